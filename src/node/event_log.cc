// The log: our own storage on this disk and the Kafka port over it, or a Kafka cluster; and the port to the log that everything above uses.
#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/log.h"
#include "eventlog/embedded/embedded_log.h"
#include "eventlog/kafka/kafka_log.h"
#include "node/parts.h"

namespace braid::node {
namespace {

constexpr std::int32_t offsets_partitions = 8;   // of __consumer_offsets: they spread the groups over the shards

io::Task<Result<void>> start_broker(Parts& parts) {
  broker::Options options;
  options.endpoint = io::Endpoint{parts.config.listen, parts.config.kafka_port};
  options.tls = parts.tls;
  if (!parts.config.kafka_advertised.empty()) {
    CO_TRY(options.advertised, io::parse_endpoint(parts.config.kafka_advertised, parts.config.kafka_port));
  } else if (!parts.config.advertise.empty()) {
    options.advertised = io::Endpoint{parts.config.advertise, parts.config.kafka_port};
  }
  options.security = parts.security.get();
  options.log_directory = parts.config.data + "/log";
  options.free_bytes = [&parts] { return std::int64_t(parts.files->free_bytes(parts.config.data + "/log").value_or(std::uint64_t(-1))); };
  CO_TRY(parts.kafka_server, co_await broker::Server::start(*parts.shards, *parts.storage, *parts.group_offsets, *parts.transactions, nullptr, std::move(options), parts.metrics));
  parts.addresses.kafka = parts.config.kafka_advertised.empty() ? io::Endpoint{host_for_others(parts.config), parts.kafka_server->endpoint().port}.text() : parts.config.kafka_advertised;
  co_return Result<void>{};
}

bool on_a_cluster(const Parts& parts) { return parts.config.event_log != "embedded"; }

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blank = " \t\r";
  const auto begin = text.find_first_not_of(blank);
  return begin == std::string_view::npos ? std::string_view() : text.substr(begin, text.find_last_not_of(blank) - begin + 1);
}

// Lines name=value; '#' begins a line that says nothing. In a file of its own, because such properties hold secrets.
Result<std::map<std::string, std::string>> read_properties(const std::string& path) {
  std::map<std::string, std::string> out;
  if (path.empty()) return out;
  std::ifstream in(path);
  if (!in) return fail(ErrorCode::io, "event_log_properties: the file " + path + " cannot be read: " + std::strerror(errno), "check the path and who may read it");
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    const auto text = trimmed(line);
    if (text.empty() || text.front() == '#') continue;
    const auto equals = text.find('=');
    const auto name = trimmed(text.substr(0, equals));
    if (equals == std::string_view::npos || name.empty())
      return fail(ErrorCode::invalid_input, path + " line " + std::to_string(number) + ": a client property is name=value", "for example security.protocol=SASL_SSL");
    out[std::string(name)] = trimmed(text.substr(equals + 1));
  }
  return out;
}

io::Task<Result<void>> reach_cluster(Parts& parts) {
  eventlog::KafkaOptions options;
  options.bootstrap = parts.addresses.kafka = parts.config.event_log;
  CO_TRY(options.properties, read_properties(parts.config.event_log_properties));
  CO_TRY(parts.cluster_groups, eventlog::ClusterGroups::open(options));
  CO_TRY(parts.log, eventlog::kafka_log(std::move(options)));
  auto asked = co_await parts.log->cluster_id();
  if (!asked) co_return fail(ErrorCode::unavailable, "event_log: no Kafka broker answers at " + parts.config.event_log, "is the cluster running, can this machine reach it, and does it want event_log_properties?");
  parts.cluster_id = *std::move(asked);
  log::info("event_log_is_a_cluster", {{"bootstrap", parts.config.event_log}, {"cluster", parts.cluster_id}});
  co_return Result<void>{};
}

}  // namespace

Result<void> open_storage(Parts& parts) {
  if (on_a_cluster(parts)) return {};
  storage::LogOptions options;
  options.directory = parts.config.data + "/log";
  options.metrics = &parts.metrics;
  parts.contract_gate = ContractGate::make(*parts.shards, parts.metrics, parts.clock);
  options.gate = parts.contract_gate.get();
  auto opened = storage::Log::open(*parts.files, *parts.shards, std::move(options));
  if (!opened) return std::unexpected(std::move(opened).error().during("the event log in " + parts.config.data + "/log"));
  parts.storage = std::move(*opened);
  if (parts.storage->recovered()) log::warn("event_log_recovered", {{"why", "the last run did not end by a clean stop"}, {"topics", parts.storage->topics()->by_name().size()}});
  return {};
}

io::Task<Result<void>> open_event_log(Parts& parts) {
  if (on_a_cluster(parts)) co_return co_await reach_cluster(parts);
  CO_TRY(parts.group_offsets, co_await storage::GroupOffsets::open(*parts.storage, *parts.shards, offsets_partitions));
  CO_TRY(parts.transactions, co_await storage::Transactions::open(*parts.storage, *parts.group_offsets, *parts.shards));
  CO_TRY_VOID(co_await open_security(parts));
  CO_TRY_VOID(co_await start_broker(parts));
  parts.log = eventlog::embedded_log(*parts.storage, *parts.group_offsets, parts.addresses.kafka, parts.clock);
  parts.cluster_id = to_base64url(parts.storage->cluster_id());
  co_return Result<void>{};
}

io::Task<void> close_event_log(Parts& parts) {
  if (parts.kafka_server) co_await parts.kafka_server->close();
  if (parts.security) co_await parts.security->close();
  if (parts.transactions) co_await parts.transactions->close();
  if (parts.group_offsets) co_await parts.group_offsets->close();
  if (parts.storage) co_await parts.storage->close();
}

}  // namespace braid::node
