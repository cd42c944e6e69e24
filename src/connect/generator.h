// Fills one topic with sample data, like a DatagenSource connector: registers the schema, then writes records at the connector's pace.
// Lives on one shard; not thread-safe. The EventLog and the Registry (on the same shard) must outlive it. It goes on where the topic ends:
// the number of records in the topic is its position, so a restart needs no state of its own.
// Errors after the start are logged once per kind of trouble, and the generator tries again: a full disk or a slow cluster does not end it.
#pragma once
#include <memory>
#include <optional>

#include "base/metrics.h"
#include "connect/samples.h"
#include "eventlog/event_log.h"
#include "io/sync.h"
#include "registry/registry.h"

namespace braid::connect {

struct GeneratorOptions {
  std::optional<double> records_per_second{};   // empty: the connector's own pace, a pause of U(0,1) * interval before each record
  std::int32_t partitions = 6;                  // of the topic, if it is not there yet
  std::optional<std::uint64_t> seed{};          // empty: from the operating system
};

class Generator {
 public:
  // Creates topic and schema as needed and starts to write.
  static io::Task<Result<std::unique_ptr<Generator>>> start(eventlog::EventLog& log, registry::Registry& registry, const SampleKind& kind,
                                                            GeneratorOptions options, Metrics& metrics);
  virtual ~Generator() = default;
  virtual std::string_view topic() const = 0;
  virtual std::int64_t written() const = 0;     // records since start() of this process
  virtual std::int64_t written_bytes() const = 0;   // of their keys and values
  virtual io::Task<void> stop() = 0;            // returns when the last write has ended; call before destroying it
};

}  // namespace braid::connect
