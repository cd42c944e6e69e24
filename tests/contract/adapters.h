// What the contract suite runs against. Adding an adapter: one line in adapters() (adapters.cc), and a function that makes a World.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "eventlog/event_log.h"

namespace braid::contract {

// A log that is running, with an adapter to it. Destroying it stops both.
class World {
 public:
  virtual ~World() = default;
  virtual eventlog::EventLog& log() = 0;
  virtual io::Shards& shards() = 0;
};

struct Adapter {
  std::string name;
  std::unique_ptr<World> (*make)();
};
std::vector<Adapter> adapters();

}  // namespace braid::contract
