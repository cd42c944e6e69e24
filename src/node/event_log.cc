// The log: our own storage on this disk, the Kafka port over it, and the port to the log that everything above uses.
#include "base/log.h"
#include "eventlog/embedded/embedded_log.h"
#include "node/parts.h"

namespace braid::node {
namespace {

constexpr std::int32_t offsets_partitions = 8;   // of __consumer_offsets: they spread the groups over the shards

io::Task<Result<void>> start_broker(Parts& parts) {
  broker::Options options;
  options.endpoint = io::Endpoint{parts.config.listen, parts.config.kafka_port};
  if (!parts.config.advertise.empty()) options.advertised = io::Endpoint{parts.config.advertise, parts.config.kafka_port};
  CO_TRY(parts.kafka_server, co_await broker::Server::start(*parts.shards, *parts.storage, *parts.group_offsets, nullptr, std::move(options), parts.metrics));
  parts.addresses.kafka = io::Endpoint{parts.config.listen, parts.kafka_server->endpoint().port}.text();
  co_return Result<void>{};
}

}  // namespace

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

io::Task<Result<void>> open_event_log(Parts& parts) {
  CO_TRY(parts.group_offsets, co_await storage::GroupOffsets::open(*parts.storage, *parts.shards, offsets_partitions));
  CO_TRY_VOID(co_await start_broker(parts));
  parts.log = eventlog::embedded_log(*parts.storage, *parts.group_offsets, parts.addresses.kafka, parts.clock);
  co_return Result<void>{};
}

io::Task<void> close_event_log(Parts& parts) {
  if (parts.kafka_server) co_await parts.kafka_server->close();
  if (parts.group_offsets) co_await parts.group_offsets->close();
  if (parts.storage) co_await parts.storage->close();
}

}  // namespace braid::node
