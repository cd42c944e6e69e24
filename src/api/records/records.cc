// Records of a topic: read some, follow them, write some.
#include "api/records/records.h"

#include <algorithm>
#include <set>

#include "base/base64.h"
#include "base/number.h"
#include "connect/infer.h"

namespace braid::api {
namespace {

constexpr std::int64_t limit_default = 100, limit_max = 10'000;
constexpr std::size_t hex_bytes_max = 1'024;              // of what cannot be read: enough to see what it is
constexpr io::Milliseconds read_patience{5'000};          // for records that are there already
constexpr io::Milliseconds follow_patience{1'000};        // then a look at whether the client is still there

}  // namespace

struct Records::ReadPlan {
  std::vector<std::pair<eventlog::TopicPartition, Offset>> from;
  std::map<eventlog::TopicPartition, Offset> until;        // not followed: read to here
  std::int64_t limit = limit_default;
  std::optional<std::string> key;
  bool follow = false;
  bool newest = false;                                     // from=-N: the last N of all partitions together
  std::string principal, host;                             // who reads, for lineage
};

namespace {
std::uint64_t bytes_of(const eventlog::RecordView& r) { return (r.key ? r.key->size() : 0) + (r.value ? r.value->size() : 0); }
std::uint64_t bytes_of(const eventlog::Record& r) { return (r.key ? r.key->size() : 0) + (r.value ? r.value->size() : 0); }
}  // namespace

io::Task<Result<Records::ReadPlan>> Records::plan_read(const http::Request& request) {
  ReadPlan plan;
  plan.principal = request.principal;
  plan.host = request.peer.host;
  CO_TRY(const auto topic, co_await log_.describe_topic(request.param("topic")));
  if (guard_ != nullptr) CO_TRY_VOID(guard_->may(request, "read", topic.name));
  CO_TRY(plan.follow, request.query_flag("follow", request.headers.get_or("Accept", "") == "application/x-ndjson"));
  CO_TRY(plan.limit, request.query_int("limit", plan.follow ? 0 : limit_default));
  if (plan.limit < 0 || (!plan.follow && plan.limit > limit_max))
    co_return fail(ErrorCode::invalid_input, "limit must be from 0 to " + std::to_string(limit_max) + ", got " + std::to_string(plan.limit),
                   "for more, follow the topic (follow=true) or read it with a Kafka client");
  if (const auto key = request.query_first("key")) plan.key = std::string(*key);
  CO_TRY(const auto only, request.query_int("partition", -1));
  if (only >= topic.partitions)
    co_return fail(ErrorCode::not_found, "the topic " + topic.name + " has partitions 0 to " + std::to_string(topic.partitions - 1) + ", not " + std::to_string(only));
  const std::string from(request.query_first("from").value_or(plan.follow ? "end" : "-" + std::to_string(plan.limit)));
  const auto number = whole_number(from);
  std::optional<std::int64_t> time_ms;
  if (!number && from != "beginning" && from != "end") {
    const auto time = connect::to_value(json::value(from), data::Kind::timestamp);
    if (!time)
      co_return fail(ErrorCode::invalid_input, "from must be beginning, end, an offset, -N for the last N, or a time, got '" + from + "'",
                     "for example from=beginning, from=-10 or from=2026-11-23T08:00:00Z");
    time_ms = time->timestamp().ms;
  }
  plan.newest = number && *number < 0;
  for (std::int32_t p = 0; p < topic.partitions; ++p) {
    if (only >= 0 && p != only) continue;
    const eventlog::TopicPartition at{topic.name, PartitionId{p}};
    CO_TRY(const auto bounds, co_await log_.bounds(at));
    Offset start = bounds.earliest;
    if (from == "end") start = bounds.end;
    if (number) start.value = *number < 0 ? bounds.end.value + *number : *number;
    if (time_ms) {
      CO_TRY(start, co_await log_.offset_at_time(at, *time_ms));
    }
    start = std::clamp(start, bounds.earliest, bounds.end);
    plan.until[at] = bounds.end;
    if (plan.follow || start < bounds.end) plan.from.emplace_back(at, start);
  }
  co_return plan;
}

json::object Records::record_json(const eventlog::Chunk& chunk, const eventlog::RecordView& record) {
  json::object out{{"partition", chunk.from.partition.value}, {"offset", record.offset.value}, {"timestamp", iso8601(record.timestamp_ms)}};
  const auto put = [&](const std::string& side, const std::optional<BytesView>& payload) {
    if (!payload) {
      out[side] = nullptr;
      return;
    }
    auto decoded = payloads_.decode(*payload);
    out[side] = std::move(decoded.value);
    out[side + "_format"] = decoded.format;
    if (decoded.schema_id >= 0) out[side + "_schema_id"] = decoded.schema_id;
    if (!decoded.problem.empty()) out[side + "_problem"] = decoded.problem;
    if (!decoded.problem.empty() || decoded.format == "BINARY") {
      out[side + "_bytes"] = payload->size();
      out[side + "_hex"] = hex(payload->substr(0, hex_bytes_max));
    }
  };
  put("key", record.key);
  put("value", record.value);
  if (record.headers_count > 0) {
    json::array headers;
    for (std::uint32_t i = 0; i < record.headers_count; ++i) {
      const auto& header = chunk.headers[record.headers_begin + i];
      json::object one{{"name", header.name}};
      if (header.value) one["value"] = payloads_.decode(*header.value).value;
      else one["value"] = nullptr;
      headers.push_back(std::move(one));
    }
    out["headers"] = std::move(headers);
  }
  return out;
}

io::Task<Result<json::array>> Records::read_all(ReadPlan plan) {
  struct Found {
    std::int64_t timestamp_ms;                                  // to order across partitions
    std::uint64_t bytes;
    json::object record;
  };
  std::vector<Found> found;
  if (plan.from.empty() || plan.limit == 0) co_return json::array();
  auto left = plan.until;
  std::erase_if(left, [&](const auto& entry) {
    return std::none_of(plan.from.begin(), plan.from.end(), [&](const auto& f) { return f.first == entry.first; });
  });
  CO_TRY(auto reader, log_.reader(plan.from));
  const auto deadline = io::after(read_patience);
  const auto enough = [&] { return !plan.newest && std::int64_t(found.size()) >= plan.limit; };
  while (!left.empty() && !enough()) {
    CO_TRY(const auto chunks, co_await reader->next(deadline));
    if (chunks.empty()) break;
    for (const auto& chunk : chunks) {
      const auto until = left.find(chunk.from);
      if (until == left.end()) continue;
      co_await expect_schemas(chunk);
      for (const auto& record : chunk.records) {
        if (record.offset >= until->second || enough()) break;
        if (plan.key && (!record.key || *record.key != *plan.key)) continue;
        found.push_back({record.timestamp_ms, bytes_of(record), record_json(chunk, record)});
      }
      if (chunk.next >= until->second) left.erase(until);
    }
  }
  std::stable_sort(found.begin(), found.end(), [](const Found& a, const Found& b) { return a.timestamp_ms < b.timestamp_ms; });
  if (std::int64_t(found.size()) > plan.limit) {
    if (plan.newest) found.erase(found.begin(), found.end() - plan.limit);
    else found.erase(found.begin() + plan.limit, found.end());
  }
  json::array out;
  std::uint64_t bytes = 0;
  for (auto& f : found) {
    bytes += f.bytes;
    out.push_back(std::move(f.record));
  }
  if (traffic_ && !out.empty()) traffic_->seen({"http", plan.principal, "", "", plan.from.front().first.topic, false}, plan.host, out.size(), bytes);
  co_return out;
}

io::Task<void> Records::expect_schemas(const eventlog::Chunk& chunk) {
  if (!registry_.remote()) co_return;
  std::set<std::int32_t> ids;
  for (const auto& record : chunk.records)
    for (const auto& bytes : {record.key, record.value})
      if (bytes && bytes->size() >= 5 && (*bytes)[0] == 0) ids.insert(load_be<std::int32_t>(bytes->data() + 1));
  for (const auto id : ids) {
    auto expecting = registry_.expect(SchemaId{id});
    co_await std::move(expecting);
  }
}

io::Task<void> Records::follow(std::shared_ptr<ReadPlan> plan, http::BodyWriter& out) {
  auto reader = log_.reader(plan->from);
  if (!reader) co_return;
  std::int64_t given = 0;
  while (!out.closed()) {
    const auto chunks = co_await (*reader)->next(io::after(follow_patience));
    if (!chunks) {
      json::object problem{{"error", chunks.error().message}};
      Bytes line = json::print(problem) + "\n";
      (void)co_await out.write(std::move(line));
      co_return;
    }
    Bytes lines;
    std::uint64_t records = 0, bytes = 0;
    for (const auto& chunk : *chunks) {
      co_await expect_schemas(chunk);
      for (const auto& record : chunk.records) {
        if (plan->key && (!record.key || *record.key != *plan->key)) continue;
        if (plan->limit > 0 && given == plan->limit) break;
        lines += json::print(record_json(chunk, record));
        lines += '\n';
        ++given;
        ++records;
        bytes += bytes_of(record);
      }
    }
    if (!lines.empty()) {
      if (traffic_) traffic_->seen({"http", plan->principal, "", "", chunks->front().from.topic, false}, plan->host, records, bytes);
      const auto written = co_await out.write(std::move(lines));
      if (!written) co_return;
    }
    if (plan->limit > 0 && given >= plan->limit) co_return;
  }
}

io::Task<http::Response> Records::read(http::Request request) {
  auto plan = co_await plan_read(request);
  if (!plan) co_return http::error_response(plan.error());
  if (plan->follow) {
    http::Response response;
    response.headers.set("Content-Type", "application/x-ndjson");
    response.stream = [this, shared = std::make_shared<ReadPlan>(*std::move(plan))](http::BodyWriter& out) { return follow(shared, out); };
    co_return response;
  }
  auto found = co_await read_all(*std::move(plan));
  if (!found) co_return http::error_response(found.error());
  co_return http::Response::json(200, json::print(json::object{{"records", *std::move(found)}}));
}

namespace {

struct Wanted {
  std::optional<registry::RegisteredSchema> schema;        // to encode with; empty: plain
};

// "latest" (if the subject exists), "none", or an id.
Result<Wanted> wanted_schema(registry::Registry& registry, const json::object& body, std::string_view field, const std::string& subject) {
  Wanted out;
  const auto* given = body.if_contains(field);
  if (given != nullptr && given->is_int64()) {
    TRY(out.schema, registry.by_id(SchemaId{std::int32_t(given->get_int64())}));
    return out;
  }
  const std::string text = given != nullptr && given->is_string() ? std::string(given->get_string()) : "latest";
  if (text == "none") return out;
  if (text != "latest") return fail(ErrorCode::invalid_input, "field '" + std::string(field) + "' must be \"latest\", \"none\" or the id of a schema, got " + text);
  if (auto schema = registry.latest(subject)) out.schema = *std::move(schema);
  return out;
}

}  // namespace

io::Task<http::Response> Records::write(http::Request request) {
  const std::string topic = request.param("topic");
  const auto body = json::parse_object(request.body);
  if (!body) co_return http::error_response(body.error());
  const auto* given = body->if_contains("records");
  if (given == nullptr || !given->is_array())
    co_return http::error_response(Error{ErrorCode::invalid_input, "field 'records' must be an array of {\"key\", \"value\"}"});
  const auto permitted = co_await permit(request, "write", topic);
  if (!permitted) co_return http::error_response(permitted.error());
  const auto described = co_await log_.describe_topic(topic);
  if (!described) co_return http::error_response(described.error());
  const auto key_schema = wanted_schema(registry_, *body, "key_schema", topic + "-key");
  if (!key_schema) co_return http::error_response(key_schema.error());
  const auto value_schema = wanted_schema(registry_, *body, "value_schema", topic + "-value");
  if (!value_schema) co_return http::error_response(value_schema.error());

  // Everything is encoded before anything is written: a wrong record in the middle leaves nothing behind.
  std::map<std::int32_t, std::vector<eventlog::Record>> by_partition;
  std::vector<std::pair<std::int32_t, std::size_t>> places;
  std::int32_t round = 0;
  for (const auto& item : given->get_array()) {
    const auto place = "record " + std::to_string(places.size() + 1);
    if (!item.is_object()) co_return http::error_response(Error{ErrorCode::invalid_input, place + " must be an object with \"key\" and \"value\""});
    const auto& fields = item.get_object();
    eventlog::Record record;
    const auto side = [&](const char* name, const Wanted& wanted, std::optional<Bytes>& into) -> Result<void> {
      const auto* value = fields.if_contains(name);
      if (value == nullptr || value->is_null()) return {};
      auto bytes = payloads_.encode(*value, wanted.schema ? &*wanted.schema : nullptr);
      if (!bytes) return std::unexpected(std::move(bytes).error().during(place + ", " + name));
      into = *std::move(bytes);
      return {};
    };
    auto encoded = side("key", *key_schema, record.key);
    if (encoded) encoded = side("value", *value_schema, record.value);
    if (!encoded) co_return http::error_response(encoded.error());
    const auto timestamp = json::optional_int(fields, "timestamp");
    if (!timestamp) co_return http::error_response(timestamp.error());
    record.timestamp_ms = *timestamp;
    if (const auto* headers = fields.if_contains("headers"); headers != nullptr && headers->is_object())
      for (const auto& [name, value] : headers->get_object()) {
        eventlog::Header header{Bytes(name), std::nullopt};
        if (!value.is_null()) header.value = value.is_string() ? Bytes(value.get_string()) : Bytes(json::print(value));
        record.headers.push_back(std::move(header));
      }
    const auto partition = json::optional_int(fields, "partition");
    if (!partition) co_return http::error_response(partition.error());
    if (*partition && (**partition < 0 || **partition >= described->partitions))
      co_return http::error_response(Error{ErrorCode::invalid_input, place + ": the topic " + topic + " has no partition " + std::to_string(**partition)});
    const auto to = *partition ? std::int32_t(**partition)
                    : record.key ? eventlog::partition_of(*record.key, described->partitions).value
                                 : round++ % described->partitions;
    auto& records = by_partition[to];
    places.emplace_back(to, records.size());
    records.push_back(std::move(record));
  }
  if (!writer_) {
    auto writer = log_.writer();
    if (!writer) co_return http::error_response(writer.error());
    writer_ = *std::move(writer);
  }
  std::map<std::int32_t, Offset> firsts;
  for (auto& [partition, records] : by_partition) {
    const std::uint64_t size = records.size();
    std::uint64_t bytes = 0;
    for (const auto& record : records) bytes += bytes_of(record);
    eventlog::TopicPartition to{topic, PartitionId{partition}};
    const auto offset = co_await writer_->write(std::move(to), std::move(records));
    if (!offset) co_return http::error_response(offset.error());
    firsts[partition] = *offset;
    count(request, topic, true, size, bytes);
  }
  json::array offsets;
  for (const auto& [partition, index] : places)
    offsets.push_back(json::object{{"partition", partition}, {"offset", firsts[partition].value + std::int64_t(index)}});
  co_return http::Response::json(200, json::print(json::object{{"written", places.size()}, {"offsets", std::move(offsets)}}));
}

}  // namespace braid::api
