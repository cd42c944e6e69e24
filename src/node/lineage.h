// What lineage looks at in a node: the Kafka port's traffic, the queries with their counters and plans, the generators, the streams and schemas for
// columns. Implements mesh::LineageSources. Lives on the control shard; the Parts must outlive it.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "io/tls.h"
#include "mesh/lineage.h"
#include "node/parts.h"

namespace braid::node {

class NodeLineageSources final : public mesh::LineageSources {
 public:
  explicit NodeLineageSources(Parts& parts) : parts_(parts) {}
  io::Task<mesh::Counts> counts() override;
  std::vector<std::shared_ptr<const mesh::QueryFlow>> queries() override;
  std::uint64_t revision() override;
  std::vector<mesh::LineageColumn> columns_of(const std::string& topic) override;

 private:
  Parts& parts_;
  struct Known {
    sql::StepPtr root;
    std::string state, error;
    std::shared_ptr<const mesh::QueryFlow> flow;
  };
  std::vector<std::shared_ptr<const mesh::QueryFlow>> last_;   // of revision()
  std::size_t sources_ = 0;
  std::uint64_t revision_ = 0;
  std::map<std::string, Known> known_;          // by query: its plan is looked at once
  struct Generated { std::int64_t records = 0, first_ms = 0, last_ms = 0; };
  std::map<std::string, Generated> generated_;  // by topic: when its generator last moved
};

// Sends OpenLineage events to openlineage_url, one by one in their order, as they come; where it stopped is committed, so a restart goes on there.
// A receiver that does not answer is asked again with growing pauses and holds up nothing but this; an event that it refuses is left out.
class OpenLineagePush {
 public:
  static Result<std::unique_ptr<OpenLineagePush>> start(eventlog::EventLog& log, std::string url, std::shared_ptr<const io::TlsClient> tls, Metrics& metrics);
  virtual ~OpenLineagePush() = default;
  virtual io::Task<void> stop() = 0;
};

}  // namespace braid::node
