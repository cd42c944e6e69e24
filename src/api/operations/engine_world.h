// A node without its servers, for tests of the APIs over the engine: embedded log, registry, engine, mesh, and a router with /ksql, /api/v1/sql,
// queries, groups and topics. Every answer under /api/v1 is held against the OpenAPI document. Not part of the product. One test, one world.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/mesh/test_world.h"
#include "api/operations/groups.h"

namespace braid::api::testing {

// Groups that a test makes up; what is set in them goes to the log, as the broker's coordinator does it.
struct FakeGroups final : Groups {
  std::map<std::string, GroupInfo> all;
  eventlog::EventLog* log = nullptr;
  io::Task<std::vector<GroupInfo>> list() override;
  io::Task<std::optional<GroupInfo>> describe(std::string group) override;
  io::Task<Result<void>> set_offsets(std::string group, std::map<eventlog::TopicPartition, Offset> offsets) override;
  io::Task<Result<void>> remove(std::string group) override;
};

class EngineWorld {
 public:
  EngineWorld();
  ~EngineWorld();
  Reply call(std::string method, std::string target, std::string body = {}, std::string person = {});
  std::vector<json::value> lines(std::string target, std::string body);   // of a streamed answer, read to its end
  void sql(const std::string& statements);                                // through /ksql; must succeed
  void write(const std::string& topic, const std::string& records);       // [{"key","value"}]
  void write_raw(const std::string& topic, std::string value);
  std::int32_t register_schema(const std::string& subject, const std::string& avro);   // its id
  void set_compatibility(const std::string& subject, const std::string& level);
  json::value eventually(const std::function<json::value()>& probe);      // until it is not null; 20 s
  FakeGroups groups;
  eventlog::EventLog& log();
  io::Shard& shard();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace braid::api::testing
