// The running profile of one topic: its fields, what could not be decoded, and how far every partition has been read. State and position are one
// value and are kept as one record, so that after a crash nothing is counted twice and nothing is left out (docs/formats/profiles.md).
// A plain value of one shard; copies are deep. Times are milliseconds since 1970.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "observe/field_profile.h"

namespace braid::observe {

enum class Side : std::uint8_t { key, value };
std::string_view name_of(Side side);

class TopicProfile {
 public:
  static constexpr std::uint8_t format = 1;
  static constexpr std::size_t reasons_max = 20;

  struct Field {
    Side side = Side::value;
    std::string path;
    FieldProfile profile;
    friend bool operator==(const Field&, const Field&) = default;
  };

  std::string topic;
  Uuid id{};                                     // a topic that was made anew begins a new profile
  std::int64_t since_ms = 0;                     // when it began
  std::map<std::int32_t, std::int64_t> next;     // by partition: the next offset to look at
  std::uint64_t records = 0;                     // passed, profiled or not
  std::uint64_t profiled = 0;                    // looked into
  std::uint64_t with_key = 0, with_value = 0;    // of those profiled
  std::uint64_t undecodable = 0;
  std::map<std::string, std::uint64_t> reasons;  // of those, at most reasons_max and "(others)"
  std::uint64_t bytes = 0;                       // keys and values of those profiled
  std::int64_t last_record_ms = -1;              // the newest timestamp of a profiled record
  std::uint64_t fields_left_out = 0;             // columns that came after limits::profile_fields_max

  // The field, made when it comes for the first time; null beyond the limit.
  FieldProfile* field(Side side, std::string_view path);
  const std::vector<Field>& fields() const { return fields_; }
  void note_undecodable(std::string reason, std::uint64_t n = 1);
  void merge(const TopicProfile& other);         // of other records of the same topic
  std::size_t memory_bytes() const;

  // Of a value's field, or where there is none a key's: records that have it, those in which it is null, those that do not have it. Empty: never seen.
  struct FieldCount { std::uint64_t count = 0, nulls = 0, absent = 0; };
  std::optional<FieldCount> count_of(std::string_view path) const;
  std::vector<std::string> paths() const;

  json::array fields_json() const;               // keys first, then values, each in the order of its schema

  Bytes encode() const;                          // compressed
  static Result<TopicProfile> decode(BytesView bytes);
  friend bool operator==(const TopicProfile& a, const TopicProfile& b);

 private:
  std::uint64_t absent(const Field& f) const;
  std::vector<Field> fields_;
  std::unordered_map<std::string, std::size_t> places_;   // side and path
};

// The compression of all kept state: a format byte, then one zstd frame. Refuses what would not fit limits::profile_state_bytes_max.
Bytes packed(std::uint8_t format, BytesView plain);
Result<Bytes> unpacked(std::uint8_t format, BytesView bytes);

}  // namespace braid::observe
