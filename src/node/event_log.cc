// The log: our own storage on this disk, and the port to it that everything above uses.
#include "base/log.h"
#include "node/parts.h"

namespace braid::node {

Result<void> open_storage(Parts& parts) {
  if (parts.config.event_log != "embedded")
    return fail(ErrorCode::unsupported, "event_log: " + parts.config.event_log + " asks for a Kafka cluster, which this version does not run on yet", "use event_log: embedded");
  storage::LogOptions options;
  options.directory = parts.config.data + "/log";
  options.metrics = &parts.metrics;
  auto opened = storage::Log::open(*parts.files, *parts.shards, std::move(options));
  if (!opened) return std::unexpected(std::move(opened).error().during("the event log in " + parts.config.data + "/log"));
  parts.storage = std::move(*opened);
  if (parts.storage->recovered()) log::warn("event_log_recovered", {{"why", "the last run did not end by a clean stop"}, {"topics", parts.storage->topics()->by_name().size()}});
  return {};
}

}  // namespace braid::node
