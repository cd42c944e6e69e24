// For the people who run a node: /api/v1/queries, /api/v1/groups and /api/v1/schemas/{subject}. Described by operations_openapi().
//
// A query is paused, resumed and ended by the statements that SQL has for it, so the same guard decides and the same audit is kept; ending one that
// others depend on names them first (docs/decisions/2026-11-23-confirming-a-change.md). A group's offsets are moved only while it has no members.
// Lives on the control shard with everything it uses, all of which must outlive it.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "api/ksql/ksql.h"
#include "api/operations/groups.h"
#include "base/json.h"
#include "flow/engine.h"
#include "http/server.h"
#include "mesh/mesh.h"
#include "registry/registry.h"

namespace braid::api {

std::string_view operations_openapi();

// Says whether this caller may move or forget the offsets of a group: "reset" (of this topic), "delete".
class GroupGuard {
 public:
  virtual ~GroupGuard() = default;
  virtual Result<void> may_group(const http::Request& request, std::string_view action, const std::string& group, const std::string& topic) = 0;
};

struct OperationsParts {
  flow::Engine& engine;
  eventlog::EventLog& log;
  registry::Registry& registry;
  mesh::Mesh& mesh;
  Groups* groups = nullptr;                // null: the log is a Kafka cluster
  StatementGuard* guard = nullptr;         // null: everybody may do everything (tests)
  const Clock& clock = system_clock();
  GroupGuard* group_guard = nullptr;       // the same
};

class Operations {
 public:
  explicit Operations(OperationsParts parts) : parts_(parts) {}
  void add_routes(http::Router& router);

 private:
  using Answer = io::Task<http::Response>;

  // queries.cc
  Answer queries(http::Request r);
  Answer query(http::Request r);
  Answer control(http::Request r, sql::QueryAction action);
  json::object query_json(const flow::QueryInfo& query);
  mesh::Impact impact_of_ending(const flow::QueryInfo& query) const;

  // groups.cc
  io::Task<Result<std::vector<GroupInfo>>> all_groups();
  io::Task<Result<GroupInfo>> find_group(std::string name);
  io::Task<Result<json::object>> group_json(GroupInfo group, bool in_full);
  Result<void> may_change_group(const http::Request& r, std::string_view action, const std::string& group, const std::string& topic) const;
  Answer groups(http::Request r);
  Answer group(http::Request r);
  Answer reset_offsets(http::Request r);
  Answer remove_group(http::Request r);

  // schemas.cc
  Answer subject(http::Request r);
  Answer difference(http::Request r);

  io::Task<void> note(const http::Request& r, std::string what, std::string kind, std::string subject, std::string message, json::value before, json::value after);

  OperationsParts parts_;
  struct Sample { std::int64_t at_ms = 0, in = 0, out = 0; };
  std::map<std::string, std::pair<Sample, Sample>> samples_;   // of each query: an older and the newest look, for rates
};

}  // namespace braid::api
