// For tests of mesh, catalog and api: a mesh in memory, without a log. Not part of the product.
#pragma once
#include <utility>

#include "mesh/demo_organisation.h"
#include "mesh/state.h"

namespace braid::mesh::testing {

struct MemoryMesh {
  State state;
  Facts facts{.now_ms = 1'790'000'000'000};
  std::int64_t next_offset = 0;
  std::vector<Event> log;

  std::expected<Decision, Refusal> ask(const std::string& person, const Command& command) {
    return decide(state, Caller{.person = person, .client = "test"}, command, facts);
  }
  // Decides and applies; the events go through their JSON form, as in the log.
  std::expected<Decision, Refusal> tell(const std::string& person, const Command& command) {
    auto decision = ask(person, command);
    if (!decision) return decision;
    for (auto& event : decision->events) {
      auto stored = decode_event(encode(event));
      BRAID_ASSERT(stored);
      stored->offset = event.offset = next_offset++;
      BRAID_ASSERT(apply(state, *stored));
      log.push_back(*std::move(stored));
    }
    facts.now_ms += 1000;
    return decision;
  }
  void set_up_demo() {
    for (const auto& step : demo_organisation()) BRAID_ASSERT(tell(step.caller.person, step.command));
    for (const auto& step : demo_products()) BRAID_ASSERT(tell(step.caller.person, step.command));
  }
};

}  // namespace braid::mesh::testing
