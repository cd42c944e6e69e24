// ksqlDB's REST API over the engine: statements, push and pull queries as streams, and what the server says of itself.
// Shapes and error numbers: reference page ksqldb.md 3.2, 3.3; ksqlDB's API reference. Served on the ksql port and on the main port.
// Lives on the control shard with everything it uses, all of which must outlive it.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "eventlog/event_log.h"
#include "flow/engine.h"
#include "http/server.h"
#include "mesh/audit.h"
#include "registry/registry.h"
#include "sql/ast.h"

namespace braid::api {

// Says whether this caller may run this statement with these properties (they can name the topic that it writes), or end this push query; node
// implements it over the mesh and the ACLs.
class StatementGuard {
 public:
  virtual ~StatementGuard() = default;
  virtual Result<void> may(const http::Request& request, const sql::Statement& statement, const std::map<std::string, std::string>& properties) = 0;
  virtual Result<void> may_end(const http::Request& request, const flow::QueryInfo& push_query) = 0;
};

class Ksql {
 public:
  // `guard` and `audit` may be null: for tests. `kafka_cluster_id` is what /info tells.
  Ksql(flow::Engine& engine, eventlog::EventLog& log, registry::Registry& registry, StatementGuard* guard, mesh::AuditSink* audit,
       std::string kafka_cluster_id);
  // On the main port `/` belongs to others: only what cannot be mistaken is added there.
  void add_routes(http::Router& router, bool own_port);

 private:
  struct Call;
  io::Task<http::Response> statements(http::Request request);                          // POST /ksql
  io::Task<Result<json::value>> run_one(const http::Request& request, const sql::Statement& statement, flow::Session& session);
  io::Task<Result<json::value>> change(const http::Request& request, const sql::Statement& statement, flow::Session session);
  io::Task<Result<json::value>> show(const sql::Statement& statement, const flow::Session& session);
  io::Task<http::Response> query(http::Request request, bool old_endpoint);            // POST /query, /query-stream
  io::Task<http::Response> print(sql::Statement statement, flow::Session session);
  io::Task<http::Response> close_query(http::Request request);
  io::Task<http::Response> inserts_stream(http::Request request);
  io::Task<void> insert_lines(std::shared_ptr<http::Request> request, http::BodyWriter& out);   // shared with the response that carries it
  io::Task<http::Response> status(http::Request request);
  io::Task<http::Response> info(http::Request request);
  io::Task<http::Response> healthcheck(http::Request request);
  io::Task<http::Response> cluster_status(http::Request request);
  io::Task<http::Response> metadata(http::Request request);
  io::Task<http::Response> is_valid_property(http::Request request);
  io::Task<http::Response> not_built(http::Request request, std::string what);

  io::Task<Result<json::value>> show_topics(const sql::Show& show, std::string text);
  io::Task<Result<json::value>> assert_topic(const sql::AssertTopic& wanted, std::string text);
  io::Task<Result<json::value>> assert_schema(const sql::AssertSchema& wanted, std::string text);

  flow::Engine& engine_;
  eventlog::EventLog& log_;
  registry::Registry& registry_;
  StatementGuard* guard_;
  mesh::AuditSink* audit_;
  std::string kafka_cluster_id_;
};

}  // namespace braid::api
