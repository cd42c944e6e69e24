// What the catalog needs to know about running queries: implemented by node over flow, in memory by tests. Called on the control shard, answers
// at once. `revision` grows whenever the list has changed, so that the catalog looks again only then.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace braid::catalog {

struct QueryFact {
  std::string id;                          // "CSAS_HIGH_VALUE_STOCK_TRADES_7"
  std::string statement;
  std::string sink;                        // stream or table it fills; empty if none
  std::vector<std::string> source_topics;
  std::string sink_topic;
  std::string state;                       // "RUNNING", ...
};

class Queries {
 public:
  virtual ~Queries() = default;
  virtual std::vector<QueryFact> list() = 0;
  virtual std::uint64_t revision() = 0;
};

// For a node without an engine.
class NoQueries final : public Queries {
 public:
  std::vector<QueryFact> list() override { return {}; }
  std::uint64_t revision() override { return 0; }
};

}  // namespace braid::catalog
