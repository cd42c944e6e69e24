// The contract gate of the embedded log: judges the records of topics whose settings ask for it (storage::ContractConfig) by the registry's
// schemas and rules, whichever way they come: Kafka's protocol, HTTP, a file, a statement. Decision: docs/decisions/2026-11-27-contract-gate.md
//
// Threads: judge() on any shard; each shard remembers what the registry said (registry::Admission) until the registry changes, so that records
// are judged there without asking anyone. attach(), report() and stop() on the control shard. Until attach() gated topics take nothing.
// Ownership: the shards and metrics outlive the gate, the gate outlives the log; the registry and the audit live from attach() to detach().
#pragma once
#include <memory>

#include "base/clock.h"
#include "base/json.h"
#include "base/metrics.h"
#include "io/shard.h"
#include "mesh/audit.h"
#include "registry/registry.h"
#include "storage/record_gate.h"

namespace braid::node {

class ContractGate : public storage::RecordGate {
 public:
  static std::unique_ptr<ContractGate> make(io::Shards& shards, Metrics& metrics, const Clock& clock = system_clock());
  virtual void attach(registry::Registry& registry) = 0;
  // One entry a topic and minute at most: that records were refused or diverted, how many, and the first reason.
  virtual void attach(mesh::AuditSink& audit) = 0;
  virtual io::Task<void> detach() = 0;                   // waits for audit entries under way; gated topics take nothing afterwards
  // What has been checked since the start and the newest faults, of one topic: for people.
  virtual json::object report(const std::string& topic) const = 0;
};

}  // namespace braid::node
