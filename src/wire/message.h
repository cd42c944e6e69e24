// How a Kafka message is declared (STYLE R18): a struct whose fields() lists its members in wire order with versions, nullability and tags.
// Reader, writer, size and the documentation table all come out of that list (codec_impl.h); nothing else knows a message's layout.
//
//   struct HeartbeatRequest {
//     static constexpr Message message{ApiKey::heartbeat, Direction::request};
//     std::string group_id;
//     std::optional<std::string> group_instance_id;
//     static constexpr auto fields() {
//       using M = HeartbeatRequest;
//       return std::tuple{field("group_id", &M::group_id), field("group_instance_id", &M::group_instance_id, since(3))};
//     }
//   };
//
// Member types and what they are on the wire: bool, intN_t and double (FLOAT64) as themselves, std::string STRING, Blob BYTES, Records RECORDS, Uuid UUID,
// std::vector ARRAY, std::optional of those the nullable form, a struct with fields() its fields. From the API's first flexible version on
// (apis.h) the compact forms and tagged fields are used, as KIP-482 has it. Members keep their initial value when a version lacks them.
// Spec: the message definitions of Apache Kafka 3.9 to 4.2. Plain values; no I/O.
#pragma once
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/error.h"
#include "wire/apis.h"
#include "wire/gather.h"

namespace braid::wire {

enum class Direction { request, response };
struct Message {
  ApiKey api;
  Direction direction;
};

// BYTES, where std::string would mean STRING.
struct Blob {
  Bytes bytes;
  friend bool operator==(const Blob&, const Blob&) = default;
};

// RECORDS: one or more record batches, not looked into here. Decoded, it is one view into the frame; encoded, pieces go out uncopied.
struct Records {
  std::vector<Piece> pieces;
  std::size_t size() const {
    std::size_t n = 0;
    for (const auto& p : pieces) n += p.bytes.size();
    return n;
  }
  Bytes flat() const {
    Bytes out;
    for (const auto& p : pieces) out.append(p.bytes);
    return out;
  }
  friend bool operator==(const Records& a, const Records& b) { return a.flat() == b.flat(); }
};

struct Versions {
  std::int16_t from = 0;
  std::int16_t to = std::numeric_limits<std::int16_t>::max();
  constexpr bool contain(std::int16_t v) const { return v >= from && v <= to; }
};
inline constexpr Versions all_versions{};
constexpr Versions since(std::int16_t v) { return {v}; }
constexpr Versions until(std::int16_t v) { return {0, v}; }
constexpr Versions between(std::int16_t from, std::int16_t to) { return {from, to}; }

template <class S, class T> struct Field {
  std::string_view name;
  T S::*member;
  Versions versions;
  Versions nullable{};   // looked at only where T is optional
  int tag = -1;          // a tagged field has its number, all others -1

  constexpr Field null_since(std::int16_t v) const { Field f = *this; f.nullable = {v}; return f; }
  constexpr Field tagged(int number) const { Field f = *this; f.tag = number; return f; }
};
template <class S, class T> constexpr Field<S, T> field(std::string_view name, T S::*member, Versions versions = all_versions) {
  return {name, member, versions};
}

// Reads the body of a message of that version (the bytes behind the header). The error names the message, version and field. Never reads past
// the end and never allocates more than the bytes at hand justify. Views in the result (Records) point into `body`.
template <class M> Result<M> decode(BytesView body, std::int16_t version);
template <class M> void encode(const M& message, std::int16_t version, Gather& out);
template <class M> std::size_t encoded_size(const M& message, std::int16_t version);
// One line of markdown per field: name, type, versions.
template <class M> std::string describe();

// Request header (v1, or v2 where the request is flexible) and response header.
struct RequestHeader {
  ApiKey api{};
  std::int16_t version = 0;
  std::int32_t correlation_id = 0;
  std::optional<std::string> client_id{};
};
// Reads the header and leaves the reader at the body. An API that apis.h does not list is an error (invalid_input).
Result<RequestHeader> read_request_header(Reader& in);
void write_request_header(const RequestHeader& header, Gather& out);
void write_response_header(ApiKey api, std::int16_t version, std::int32_t correlation_id, Gather& out);

// A whole frame, length included.
template <class M> Gather frame_response(std::int32_t correlation_id, const M& message, std::int16_t version) {
  Gather out;
  out.be<std::uint32_t>(0);
  write_response_header(M::message.api, version, correlation_id, out);
  encode(message, version, out);
  out.patch_be32(0, std::uint32_t(out.size() - 4));
  return out;
}
template <class M> Gather frame_request(const RequestHeader& header, const M& message) {
  Gather out;
  out.be<std::uint32_t>(0);
  write_request_header(header, out);
  encode(message, header.version, out);
  out.patch_be32(0, std::uint32_t(out.size() - 4));
  return out;
}

}  // namespace braid::wire
