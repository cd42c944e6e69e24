// Where the mesh's ownership meets the other parts: who may change which topic or statement, and which queries read a product. Implements the
// small interfaces that api/, mesh/ and catalog/ own. Lives on the control shard; the Mesh and the Engine must outlive it.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "api/ksql/ksql.h"
#include "api/records/records.h"
#include "broker/security/security.h"
#include "catalog/queries.h"
#include "flow/engine.h"
#include "api/operations/operations.h"
#include "mesh/mesh.h"
#include "storage/log.h"

namespace braid::node {

// The engine's running queries, as the mesh and the catalog want to see them.
class RunningQueries final : public mesh::Readers, public catalog::Queries {
 public:
  explicit RunningQueries(const flow::Engine& engine) : engine_(engine) {}
  std::vector<mesh::Reader> of(const std::vector<std::string>& topics) override;
  std::vector<catalog::QueryFact> list() override;
  std::uint64_t revision() override;           // grows when a query came, went, or changed its state

 private:
  std::vector<std::string> topics_read(const flow::QueryInfo& query) const;
  const flow::Engine& engine_;
  std::uint64_t revision_ = 0;
  std::string last_seen_;                      // ids and states, to tell whether anything changed
};

// A topic that a published product offers is changed by members of the owning domain only; a topic of nobody by anybody. Where callers log in, ACLs
// decide first: who may not read a topic with a Kafka client may not do so with SQL or HTTP.
class Ownership final : public api::TopicGuard, public api::StatementGuard, public api::GroupGuard {
 public:
  // `security` and `log` may be null: there are no ACLs, as on a Kafka cluster.
  Ownership(const mesh::Mesh& mesh, const flow::Engine& engine, const broker::Security* security = nullptr, const storage::Log* log = nullptr)
      : mesh_(mesh), engine_(engine), security_(security), log_(log) {}
  Result<void> may(const http::Request& request, std::string_view action, const std::string& topic) override;
  Result<void> may(const http::Request& request, const sql::Statement& statement, const std::map<std::string, std::string>& properties) override;
  Result<void> may_end(const http::Request& request, const flow::QueryInfo& push_query) override;
  Result<void> may_group(const http::Request& request, std::string_view action, const std::string& group, const std::string& topic) override;
  // A change of the schema registry, whichever port it came to; others pass. `real_subject`: behind its alias.
  Result<void> may_registry(const http::Request& request, const std::function<std::string(const std::string&)>& real_subject) const;
  // A change of the catalog (tags, business metadata): by people of the mesh.
  Result<void> may_catalog(const http::Request& request) const;

 private:
  bool acls_decide() const { return security_ != nullptr && security_->required(); }
  bool allowed(const http::Request& request, broker::Operation operation, broker::Resource resource, std::string_view name) const;
  Result<void> may_change(const http::Request& request, std::string_view what, const std::string& topic) const;
  // The ACLs, which decide here as they do at the Kafka port.
  Result<void> acls_allow(const http::Request& request, broker::Operation operation, const std::string& topic) const;
  Result<void> acls_allow(const http::Request& request, broker::Operation operation, broker::Resource resource, std::string_view name) const;
  Result<void> acls_allow_use(const http::Request& request, const std::string& topic) const;      // read or write
  Result<void> acls_allow_source(const http::Request& request, const std::string& name) const;    // changing a stream or table
  Result<void> acls_allow_query(const http::Request& request, const flow::QueryInfo& query) const;
  Result<void> acls_allow(const http::Request& request, const sql::Statement& statement, const std::map<std::string, std::string>& properties) const;
  const mesh::Mesh& mesh_;
  const flow::Engine& engine_;
  const broker::Security* security_;
  const storage::Log* log_;
};

}  // namespace braid::node
