#include "adapters.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "broker/server.h"
#include "eventlog/embedded/embedded_log.h"
#include "eventlog/kafka/kafka_log.h"

namespace braid::contract {
namespace {

class EmbeddedWorld final : public World {
 public:
  EmbeddedWorld() {
    std::string name = testing::TempDir() + "braid_contract_XXXXXX";
    directory_ = ::mkdtemp(name.data());
    storage::LogOptions options;
    options.directory = directory_ + "/data";
    options.wal_file_bytes = 1 << 20;
    auto opened = storage::Log::open(*files_, *shards_, options);
    if (!opened) ADD_FAILURE() << opened.error().text();
    storage_ = *std::move(opened);
    auto offsets = io::block_on(shards_->control(), storage::GroupOffsets::open(*storage_, *shards_, 2));
    if (!offsets) ADD_FAILURE() << offsets.error().text();
    offsets_ = *std::move(offsets);
    log_ = eventlog::embedded_log(*storage_, *offsets_, "127.0.0.1:9092");
  }
  ~EmbeddedWorld() override {
    io::block_on(shards_->control(), offsets_->close());
    io::block_on(shards_->control(), storage_->close());
    shards_->stop();
    log_.reset();
    offsets_.reset();
    storage_.reset();
    std::filesystem::remove_all(directory_);
  }
  eventlog::EventLog& log() override { return *log_; }
  io::Shards& shards() override { return *shards_; }

 private:
  std::string directory_;
  std::unique_ptr<io::FileSystem> files_ = io::real_files();
  std::unique_ptr<io::Shards> shards_ = io::Shards::start(2);
  std::unique_ptr<storage::Log> storage_;
  std::unique_ptr<storage::GroupOffsets> offsets_;
  std::unique_ptr<eventlog::EventLog> log_;
};

// The Kafka adapter against our own broker's port, in the same process: only bytes on a socket go between the two.
class KafkaWorld final : public World {
 public:
  KafkaWorld() {
    std::string name = testing::TempDir() + "braid_contract_XXXXXX";
    directory_ = ::mkdtemp(name.data());
    storage::LogOptions log_options;
    log_options.directory = directory_ + "/data";
    log_options.wal_file_bytes = 1 << 20;
    auto opened = storage::Log::open(*files_, *broker_shards_, log_options);
    if (!opened) ADD_FAILURE() << opened.error().text();
    storage_ = *std::move(opened);
    auto offsets = io::block_on(broker_shards_->control(), storage::GroupOffsets::open(*storage_, *broker_shards_, 2));
    if (!offsets) ADD_FAILURE() << offsets.error().text();
    offsets_ = *std::move(offsets);
    auto transactions = io::block_on(broker_shards_->control(), storage::Transactions::open(*storage_, *offsets_, *broker_shards_));
    if (!transactions) ADD_FAILURE() << transactions.error().text();
    transactions_ = *std::move(transactions);
    broker::Options broker_options;
    broker_options.endpoint = {"127.0.0.1", 0};
    auto server = io::block_on(broker_shards_->control(), broker::Server::start(*broker_shards_, *storage_, *offsets_, *transactions_, nullptr, broker_options, metrics_));
    if (!server) ADD_FAILURE() << server.error().text();
    server_ = *std::move(server);
    eventlog::KafkaOptions options;
    options.bootstrap = server_->endpoint().text();
    auto log = eventlog::kafka_log(options);
    if (!log) ADD_FAILURE() << log.error().text();
    log_ = *std::move(log);
  }
  ~KafkaWorld() override {
    shards_->stop();
    log_.reset();
    io::block_on(broker_shards_->control(), server_->close());
    io::block_on(broker_shards_->control(), transactions_->close());
    io::block_on(broker_shards_->control(), offsets_->close());
    io::block_on(broker_shards_->control(), storage_->close());
    broker_shards_->stop();
    server_.reset();
    transactions_.reset();
    offsets_.reset();
    storage_.reset();
    std::filesystem::remove_all(directory_);
  }
  eventlog::EventLog& log() override { return *log_; }
  io::Shards& shards() override { return *shards_; }

 private:
  std::string directory_;
  Metrics metrics_;
  std::unique_ptr<io::FileSystem> files_ = io::real_files();
  std::unique_ptr<io::Shards> broker_shards_ = io::Shards::start(2);
  std::unique_ptr<io::Shards> shards_ = io::Shards::start(2);
  std::unique_ptr<storage::Log> storage_;
  std::unique_ptr<storage::GroupOffsets> offsets_;
  std::unique_ptr<storage::Transactions> transactions_;
  std::unique_ptr<broker::Server> server_;
  std::unique_ptr<eventlog::EventLog> log_;
};

// The Kafka adapter against a Kafka that somebody else started (BRAID_CONTRACT_KAFKA=HOST:PORT; `make conformance SUITE=kafka-parity` starts Apache
// Kafka). It outlives the tests, so each begins by deleting every topic there: it must be one that nobody needs.
class ForeignWorld final : public World {
 public:
  explicit ForeignWorld(std::string bootstrap) {
    eventlog::KafkaOptions options;
    options.bootstrap = std::move(bootstrap);
    auto log = eventlog::kafka_log(options);
    if (!log) {
      ADD_FAILURE() << log.error().text();
      std::abort();
    }
    log_ = *std::move(log);
    for (int tries = 0; tries < 100 && !emptied(); ++tries) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  ~ForeignWorld() override {
    shards_->stop();
    log_.reset();
  }
  eventlog::EventLog& log() override { return *log_; }
  io::Shards& shards() override { return *shards_; }

 private:
  bool emptied() {
    auto topics = io::block_on(shards_->control(), log_->list_topics());
    if (!topics) return false;
    bool empty = true;
    for (const auto& topic : *topics) {
      if (topic.name.starts_with("__")) continue;
      empty = false;
      (void)io::block_on(shards_->control(), log_->delete_topic(topic.name));
    }
    return empty;
  }

  std::unique_ptr<io::Shards> shards_ = io::Shards::start(2);
  std::unique_ptr<eventlog::EventLog> log_;
};

std::unique_ptr<World> foreign_world() { return std::make_unique<ForeignWorld>(std::getenv("BRAID_CONTRACT_KAFKA")); }

}  // namespace

std::vector<Adapter> adapters() {
  if (std::getenv("BRAID_CONTRACT_KAFKA") != nullptr) return {{"foreign_kafka", foreign_world}};
  return {
      {"embedded", []() -> std::unique_ptr<World> { return std::make_unique<EmbeddedWorld>(); }},
      {"kafka", []() -> std::unique_ptr<World> { return std::make_unique<KafkaWorld>(); }},
  };
}

}  // namespace braid::contract
