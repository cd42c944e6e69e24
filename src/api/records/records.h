// /api/v1/topics and /api/v1/load: topics, their records in and out, and files into topics, for people, scripts and the command line.
// Lives on the control shard with everything it uses, all of which must outlive it. Described for clients by records_openapi().
//
//   GET    /api/v1/topics                     all topics; ?internal=true with those whose names begin with _
//   POST   /api/v1/topics                     {"name","partitions","configs":{}}
//   GET    /api/v1/topics/{topic}             with partitions, configurations and schemas
//   PATCH  /api/v1/topics/{topic}             {"partitions","configs":{"retention.ms":"1000","x":null}}
//   DELETE /api/v1/topics/{topic}
//   GET    /api/v1/topics/{topic}/records     ?from=beginning|end|OFFSET|-N|TIME&partition=&limit=&key=&follow=true
//                                             an array; with follow=true (or Accept: application/x-ndjson) one object a line as they come
//   POST   /api/v1/topics/{topic}/records     {"records":[{"key","value","headers":{},"timestamp","partition"}],"value_schema":"latest"|ID|"none"}
//   POST   /api/v1/load                       ?topic=&source=&format=&delimiter=&header=&key=&partitions=&append=; the body is the file
#pragma once
#include <functional>
#include <memory>

#include "api/records/payload.h"
#include "connect/file_load.h"
#include "eventlog/event_log.h"
#include "http/server.h"
#include "mesh/audit.h"
#include "mesh/observed.h"
#include "registry/registry.h"

namespace braid::api {

std::string_view records_openapi();   // the area of topics, records and loads: see openapi/document.h

// Says whether this caller may do this to a topic; node implements it over the mesh. `action`: create, change, delete, write, read.
class TopicGuard {
 public:
  virtual ~TopicGuard() = default;
  virtual Result<void> may(const http::Request& request, std::string_view action, const std::string& topic) = 0;
};

class Records {
 public:
  // `guard`, `audit` and `traffic` may be null (nothing is refused, recorded, counted): for tests.
  Records(eventlog::EventLog& log, registry::Registry& registry, TopicGuard* guard, mesh::AuditSink* audit, mesh::TrafficSink* traffic = nullptr);
  // What the contract gate has seen in a topic; without it (the log is a Kafka cluster) nothing is said about contracts.
  void show_contracts(std::function<json::object(const std::string& topic)> report) { contract_report_ = std::move(report); }
  void add_routes(http::Router& router);

 private:
  io::Task<http::Response> list_topics(http::Request request);
  io::Task<http::Response> create_topic(http::Request request);
  io::Task<http::Response> describe_topic(http::Request request);
  io::Task<http::Response> change_topic(http::Request request);
  io::Task<http::Response> delete_topic(http::Request request);
  io::Task<http::Response> read(http::Request request);
  io::Task<http::Response> write(http::Request request);
  io::Task<http::Response> load(http::Request request);

  struct ReadPlan;
  io::Task<Result<ReadPlan>> plan_read(const http::Request& request);
  io::Task<Result<json::array>> read_all(ReadPlan plan);
  io::Task<void> follow(std::shared_ptr<ReadPlan> plan, http::BodyWriter& out);   // shared with the response that carries it
  io::Task<Result<json::object>> topic_json(eventlog::TopicInfo topic, bool in_full);
  io::Task<Result<void>> permit(const http::Request& request, std::string_view action, std::string topic);
  io::Task<void> note(const http::Request& request, std::string what, std::string topic, std::string before, std::string after);
  void count(const http::Request& request, const std::string& topic, bool writes, std::uint64_t records, std::uint64_t bytes);   // for lineage
  io::Task<void> expect_schemas(const eventlog::Chunk& chunk);   // fetched from a registry elsewhere, before records are shown
  json::object record_json(const eventlog::Chunk& chunk, const eventlog::RecordView& record);

  eventlog::EventLog& log_;
  registry::Registry& registry_;
  TopicGuard* guard_;
  mesh::AuditSink* audit_;
  mesh::TrafficSink* traffic_;
  Payloads payloads_;
  std::function<json::object(const std::string&)> contract_report_;
  std::unique_ptr<eventlog::Writer> writer_;   // made at the first write
};

}  // namespace braid::api
