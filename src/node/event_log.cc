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

io::Task<Result<void>> open_group_offsets(Parts& parts) {
  static constexpr std::int32_t partitions = 8;   // they spread the groups over the shards
  CO_TRY(parts.group_offsets, co_await storage::GroupOffsets::open(*parts.storage, *parts.shards, partitions));
  co_return Result<void>{};
}

io::Task<Result<void>> start_broker(Parts& parts) {
  broker::Options options;
  options.endpoint = io::Endpoint{parts.config.listen, parts.config.kafka_port};
  if (!parts.config.advertise.empty()) options.advertised = io::Endpoint{parts.config.advertise, parts.config.kafka_port};
  CO_TRY(parts.kafka_server, co_await broker::Server::start(*parts.shards, *parts.storage, *parts.group_offsets, nullptr, std::move(options), parts.metrics));
  parts.addresses.kafka = io::Endpoint{parts.config.listen, parts.kafka_server->endpoint().port}.text();
  co_return Result<void>{};
}

}  // namespace braid::node
