#include "broker/server.h"

#include <map>
#include <set>

#include "base/limits/kafka.h"
#include "base/log.h"
#include "broker/connection.h"
#include "broker/coordinator.h"
#include "io/all.h"

namespace braid::broker {

BrokerMetrics::BrokerMetrics(Metrics& m)
    : connections(m.gauge("braid_kafka_connections", "Open Kafka connections.")),
      accepted(m.counter("braid_kafka_connections_accepted_total", "Kafka connections taken since the start.")),
      refused(m.counter("braid_kafka_connections_refused_total", "Kafka connections closed at once because there were too many, in all or from their address.")),
      handshakes(m.counter("braid_tls_handshakes_total", "TLS handshakes that succeeded", {{"listener", "kafka"}})),
      handshakes_failed(m.counter("braid_tls_handshake_failures_total", "TLS handshakes that failed", {{"listener", "kafka"}})),
      malformed(m.counter("braid_kafka_malformed_requests_total", "Requests that could not be read or served; their connection was closed.")),
      bytes_in(m.counter("braid_kafka_received_bytes_total", "Bytes read from Kafka clients.")),
      bytes_out(m.counter("braid_kafka_sent_bytes_total", "Bytes written to Kafka clients.")),
      records_refused(m.counter("braid_kafka_produce_refused_total", "Record batches that were answered with an error.")),
      request_memory(m.gauge("braid_kafka_request_memory_bytes", "Bytes of requests that are being read or worked on, as their clients announced them.")),
      slow_cut(m.counter("braid_kafka_slow_requests_cut_total", "Connections closed because their request came slowly while others waited for the memory that it holds.")),
      groups(m.gauge("braid_kafka_groups", "Consumer groups known to the coordinator.")),
      group_members(m.gauge("braid_kafka_group_members", "Members of all consumer groups.")) {
  const std::vector<double> seconds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
  for (const auto& api : wire::apis) {
    const Labels labels{{"api", std::string(api.name)}};
    apis[api.key] = {&m.counter("braid_kafka_requests_total", "Kafka requests by API.", labels),
                     &m.counter("braid_kafka_request_failures_total", "Kafka requests that could not be served: malformed, or of a version that is not offered.", labels),
                     &m.histogram("braid_kafka_request_seconds", "From the whole request read to its answer ready; a Fetch includes the wait it asked for.", seconds, labels)};
  }
}

Core::Core(io::Shards& s, storage::Log& l, storage::GroupOffsets& f, storage::Transactions& t, const Gate* g, Options o, Metrics& m)
    : shards(s), log(l), offsets(f), transactions(t), gate(g), options(std::move(o)), metrics(m) {
  for (int i = 0; i < shards.size(); ++i) shard_states.push_back(std::make_unique<ShardState>());
}
Core::~Core() = default;

namespace {

struct ShardConnections {   // of one shard, touched there only
  std::set<std::shared_ptr<Connection>> open;
  io::Gate gate;
};

class ServerImpl final : public Server {
 public:
  ServerImpl(io::Shards& shards, storage::Log& log, storage::GroupOffsets& offsets, storage::Transactions& transactions, const Gate* gate, Options options, Metrics& metrics)
      : core_(shards, log, offsets, transactions, gate, std::move(options), metrics) {
    for (int i = 0; i < shards.size(); ++i) connections_.push_back(std::make_unique<ShardConnections>());
  }

  io::Task<Result<void>> open() {
    CO_TRY(listener_, io::Listener::bind(core_.options.endpoint));
    core_.options.endpoint = listener_->local();
    if (auto& told = core_.options.advertised; told && told->port == 0) told->port = core_.options.endpoint.port;
    CO_TRY(core_.coordinator, co_await Coordinator::open(core_));
    accepting_ = true;
    io::Shard::current()->spawn(accept_all());
    log::info("kafka_listening", {{"address", endpoint().text()}, {"tls", core_.options.tls != nullptr}});
    co_return Result<void>{};
  }

  io::Endpoint endpoint() const override { return core_.options.endpoint; }
  Coordinator& groups() override { return *core_.coordinator; }

  io::Task<Seen> traffic() override {
    TrafficTable traffic;
    GroupUseTable groups;
    for (int i = 0; i < core_.shards.size(); ++i) {
      const auto part = co_await core_.shards.at(i).on([this] { return Seen{core_.here().traffic.list(), core_.here().group_uses.list()}; });
      traffic.merge(part.traffic);
      groups.merge(part.groups);
    }
    co_return Seen{traffic.list(), groups.list()};
  }

  io::Task<void> close() override {
    core_.stopping = true;
    listener_->close();
    while (accepting_) co_await accepting_ended_.wait();
    if (core_.coordinator) co_await core_.coordinator->close();
    for (int i = 0; i < core_.shards.size(); ++i) co_await core_.shards.at(i).on([this, i] { return close_connections(core_.here(), *connections_[std::size_t(i)]); });
  }

 private:
  io::Task<void> accept_all() {
    for (int next = 0;; next = (next + 1) % core_.shards.size()) {
      auto& owner = core_.shards.at(next);
      auto stream = co_await listener_->accept(owner);
      if (!stream) {
        if (core_.stopping || stream.error().code == ErrorCode::stopping) break;
        log::warn("kafka_accept_failed", {{"error", stream.error().message}});   // out of file descriptors, most likely
        co_await io::sleep_for(io::Milliseconds(100));
        continue;
      }
      if (too_many((*stream)->peer().host)) {
        core_.metrics.refused.add();
        owner.post([s = *std::move(stream)] { s->close(); });
        continue;
      }
      core_.metrics.accepted.add();
      owner.spawn(serve(*std::move(stream), *connections_[std::size_t(next)]));
    }
    accepting_ = false;
    accepting_ended_.notify_all();
  }

  // On the control shard. Counts the newcomer, unless it is one too many.
  bool too_many(const std::string& address) {
    const auto per_address = core_.options.connections_per_address ? core_.options.connections_per_address : limits::kafka_connections_per_address_max;
    auto& from_there = by_address_[address];
    if (open_ < limits::kafka_connections_max && from_there < per_address) {
      ++open_;
      ++from_there;
      return false;
    }
    if (from_there == 0) by_address_.erase(address);
    return true;
  }
  void has_gone(const std::string& address) {
    --open_;
    if (const auto at = by_address_.find(address); --at->second == 0) by_address_.erase(at);
  }

  io::Task<void> serve(std::unique_ptr<io::Stream> stream, ShardConnections& mine) {
    const std::string address = stream->peer().host;
    if (const auto pass = mine.gate.enter()) {
      const auto connection = std::make_shared<Connection>(core_, std::move(stream));
      mine.open.insert(connection);
      co_await Connection::run(connection);
      mine.open.erase(connection);
      auto& home = *io::Shard::current();   // inside the gate: close() waits for this
      co_await io::HopTo{core_.shards.control()};
      has_gone(address);
      co_await io::HopTo{home};
    }
  }

  static io::Task<void> close_connections(ShardState& shard, ShardConnections& mine) {
    for (auto* poll : shard.long_polls) poll->wake();
    for (const auto& connection : mine.open) connection->close();
    co_await mine.gate.close();
  }

  Core core_;
  std::unique_ptr<io::Listener> listener_;
  std::vector<std::unique_ptr<ShardConnections>> connections_;
  std::size_t open_ = 0;                              // connections, those in a handshake too
  std::map<std::string, std::size_t> by_address_;     // the same, by the host of the peer; both on the control shard
  bool accepting_ = false;
  io::Notifier accepting_ended_;
};

}  // namespace

io::Task<Result<std::unique_ptr<Server>>> Server::start(io::Shards& shards, storage::Log& log, storage::GroupOffsets& offsets, storage::Transactions& transactions,
                                                        const Gate* gate, Options options, Metrics& metrics) {
  auto server = std::make_unique<ServerImpl>(shards, log, offsets, transactions, gate, std::move(options), metrics);
  CO_TRY_VOID(co_await server->open());
  co_return std::unique_ptr<Server>(std::move(server));
}

}  // namespace braid::broker
