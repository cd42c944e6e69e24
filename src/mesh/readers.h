// What mesh needs to know about what reads a product's ports: implemented by node over the running queries (flow), and in memory by tests.
// Called on the control shard; answers at once. The implementation outlives the Mesh.
#pragma once
#include <string>
#include <vector>

namespace braid::mesh {

struct Reader {
  std::string kind;       // "query"; later "connector", "group"
  std::string name;       // "CSAS_HIGH_VALUE_STOCK_TRADES_7"
  std::string topic;      // which of the asked topics it reads
  std::string detail;     // one line for people: the statement, or what it writes
};

class Readers {
 public:
  virtual ~Readers() = default;
  virtual std::vector<Reader> of(const std::vector<std::string>& topics) = 0;
};

// Nobody reads anything: for a node without an engine.
class NoReaders final : public Readers {
 public:
  std::vector<Reader> of(const std::vector<std::string>&) override { return {}; }
};

}  // namespace braid::mesh
