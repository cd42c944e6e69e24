// Request and response headers. Spec: kafka.apache.org/protocol: header v1 is api_key, api_version, correlation_id, client_id (nullable, never
// compact); v2 adds tagged fields. Response header v0 is correlation_id; v1 adds tagged fields; ApiVersions always answers with v0 (KIP-511).
#include "wire/all_messages.h"

namespace braid::wire {

Result<RequestHeader> read_request_header(Reader& in) {
  RequestHeader header;
  header.api = ApiKey(in.be<std::int16_t>());
  header.version = in.be<std::int16_t>();
  header.correlation_id = in.be<std::int32_t>();
  if (!in.ok()) return fail(ErrorCode::invalid_input, "a Kafka request is shorter than its header");
  const auto* api = find_api(header.api);
  if (api == nullptr) return fail(ErrorCode::invalid_input, "API key " + std::to_string(int(header.api)) + " is not offered");
  const auto n = in.be<std::int16_t>();
  if (n >= 0) header.client_id = std::string(in.bytes(std::size_t(n)));
  // A version above ours may have a header we do not know; ApiVersions alone is answered then, and needs no more than this.
  if (api->flexible(header.version) && header.version <= api->max) {
    for (auto left = in.uvarint(); left > 0 && in.ok(); --left) {
      in.uvarint();
      in.skip(std::size_t(in.uvarint()));
    }
  }
  if (!in.ok() || n < -1) return fail(ErrorCode::invalid_input, std::string(api->name) + " request: the header ends too early");
  return header;
}

void write_request_header(const RequestHeader& header, Gather& out) {
  out.be(std::int16_t(header.api));
  out.be(header.version);
  out.be(header.correlation_id);
  out.be(std::int16_t(header.client_id ? std::int16_t(header.client_id->size()) : -1));
  if (header.client_id) out.bytes(*header.client_id);
  if (find_api(header.api)->flexible(header.version)) out.uvarint(0);
}

void write_response_header(ApiKey api, std::int16_t version, std::int32_t correlation_id, Gather& out) {
  out.be(correlation_id);
  if (api != ApiKey::api_versions && find_api(api)->flexible(version)) out.uvarint(0);
}

std::string protocol_page() {
  std::string out =
      "# Kafka protocol as Braid speaks it\n\nPrinted from the declarations in `src/wire` (the test `WirePage` keeps it so); do not edit. `?` marks a type that has a null.\n"
      "Versions below `served from` are listed for the feature tests of old clients and answered with UNSUPPORTED_VERSION.\n\n"
      "| key | API | versions | served from | flexible from |\n|--:|---|---|---|---|\n";
  for (const auto& api : apis)
    out += "| " + std::to_string(int(api.key)) + " | " + std::string(api.name) + " | " + std::to_string(api.min) + "-" + std::to_string(api.max) + " | " +
           std::to_string(api.served_min) + " | " + (api.flexible_since == never_flexible ? "never" : std::to_string(api.flexible_since)) + " |\n";
  for_each_message(AllMessages{}, [&]<class M>() { out += "\n" + describe<M>(); });
  return out;
}

}  // namespace braid::wire
