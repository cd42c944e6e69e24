// A node's lower half for tests of the APIs: the embedded log in a folder of its own, registry, mesh, catalog, and a router with /api/v1,
// /catalog/v1 and the OpenAPI document. Not part of the product. Lives on the test's thread and works on a shard of its own.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "api/catalog/catalog_api.h"
#include "api/lineage/lineage_api.h"
#include "api/mesh/mesh_api.h"
#include "base/json.h"
#include "catalog/catalog.h"
#include "eventlog/event_log.h"
#include "http/server.h"
#include "mesh/mesh.h"
#include "registry/registry.h"

namespace braid::storage {
class Log;
}

namespace braid::api::testing {

struct Reply {
  int status = 0;
  json::value body;                        // null if there is none
  http::Headers headers;
  std::string text;
};

struct FakeReaders final : mesh::Readers {
  std::vector<mesh::Reader> all;
  std::vector<mesh::Reader> of(const std::vector<std::string>& topics) override;
};
struct FakeQueries final : catalog::Queries {
  std::vector<catalog::QueryFact> all;
  std::uint64_t changes = 0;
  std::vector<catalog::QueryFact> list() override { return all; }
  std::uint64_t revision() override { return changes; }
};

struct FakeLineage final : mesh::LineageSources {
  mesh::Counts seen;
  std::vector<std::shared_ptr<const mesh::QueryFlow>> flows;
  std::uint64_t changes = 0;
  std::map<std::string, std::vector<mesh::LineageColumn>> columns;
  io::Task<mesh::Counts> counts() override { co_return seen; }
  std::vector<std::shared_ptr<const mesh::QueryFlow>> queries() override { return flows; }
  std::uint64_t revision() override { return changes; }
  std::vector<mesh::LineageColumn> columns_of(const std::string& topic) override { return columns[topic]; }
};

class TestWorld {
 public:
  TestWorld();
  ~TestWorld();
  void restart();                          // closes everything and opens it again from the log

  Reply call(std::string method, std::string target, std::string body = {}, std::string person = {}, http::Headers headers = {});
  void create_topic(const std::string& name, std::int32_t partitions = 1);
  void delete_topic(const std::string& name);
  std::int32_t register_schema(const std::string& subject, const std::string& avro);   // its id
  void set_up_demo();                      // the organisation, three topics with their schemas, three products
  std::vector<std::string> raw(const std::string& topic);   // values of its records

  FakeReaders readers;
  FakeQueries queries;
  catalog::Options catalog_options;        // of the next restart()
  FakeLineage lineage_sources;             // tell it, then look()
  void look();
  mesh::Mesh& mesh();
  catalog::Catalog& catalog();
  io::Shard& shard();
  io::Shards& shards();
  eventlog::EventLog& log();
  storage::Log& storage();
  registry::Registry& registry();
  Metrics& metrics();
  http::Router& router();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace braid::api::testing
