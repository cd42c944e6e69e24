#include "eventlog/kafka/kafka_log.h"

#include <atomic>
#include <chrono>

#include "eventlog/kafka/admin.h"
#include "eventlog/kafka/writer.h"

namespace braid::eventlog {
namespace {

using namespace kafka;

constexpr int pool_threads = 4;                        // calls that block: questions of several queries at once
constexpr io::Milliseconds ask_again_after{50};
constexpr std::int64_t partitions_known_ns = 10'000'000'000;   // after which a topic's partitions are asked for again

class KafkaLog final : public EventLog {
 public:
  KafkaLog(KafkaOptions options, Owned<rd_kafka_t> client, std::unique_ptr<SharedProducer> producer)
      : options_(std::move(options)), client_(std::move(client)), admin_(client_.get(), options_), known_(std::make_shared<const Known>()),
        producer_(std::move(producer)), pool_(pool_threads) {}

  io::Task<Result<TopicInfo>> create_topic(TopicSpec spec) override {
    const auto name = spec.name;
    const auto partitions = spec.partitions;
    auto ordering = changed(pool_.run([this, spec = std::move(spec)] { return admin_.create_topic(spec); }));
    CO_TRY_VOID(co_await std::move(ordering));
    const auto deadline = io::after(options_.patience);
    for (;;) {   // a cluster tells its other brokers a little later
      auto made = co_await describe_topic(name);
      if (made ? made->partitions == partitions : made.error().code != ErrorCode::not_found) co_return made;
      if (std::chrono::steady_clock::now() > deadline) co_return fail(ErrorCode::unavailable, "create topic " + name + ": the cluster took the order and does not show the topic yet");
      co_await io::sleep_for(io::Milliseconds(20));
    }
  }
  io::Task<Result<void>> delete_topic(std::string name) override {
    return changed(pool_.run([this, name = std::move(name)] { return admin_.delete_topic(name); }));
  }
  io::Task<Result<void>> add_partitions(std::string name, std::int32_t new_total) override {
    return changed(pool_.run([this, name = std::move(name), new_total] { return admin_.add_partitions(name, new_total); }));
  }
  io::Task<Result<std::vector<TopicInfo>>> list_topics() override {
    return patiently([this] { return admin_.topics(); });
  }
  io::Task<Result<TopicInfo>> describe_topic(std::string name) override {
    return patiently([this, name = std::move(name)] { return admin_.topic(name); });
  }
  io::Task<Result<std::map<std::string, std::string>>> topic_configs(std::string name) override {
    return patiently([this, name = std::move(name)] { return admin_.configs(name); });
  }
  io::Task<Result<void>> alter_topic_configs(std::string name, std::map<std::string, std::optional<std::string>> changes) override {
    return pool_.run([this, name = std::move(name), changes = std::move(changes)] { return admin_.alter_configs(name, changes); });
  }
  io::Task<Result<PartitionBounds>> bounds(TopicPartition partition) override {
    return patiently([this, partition = std::move(partition)] { return admin_.bounds(partition); });
  }
  io::Task<Result<Offset>> offset_at_time(TopicPartition partition, std::int64_t timestamp_ms) override {
    return patiently([this, partition = std::move(partition), timestamp_ms] { return admin_.offset_at_time(partition, timestamp_ms); });
  }
  io::Task<Result<void>> commit(std::string group, std::map<TopicPartition, Offset> offsets) override {
    return patiently([this, group = std::move(group), offsets = std::move(offsets)] { return admin_.commit(group, offsets); });
  }
  io::Task<Result<std::map<TopicPartition, Offset>>> committed(std::string group) override {
    return patiently([this, group = std::move(group)] { return admin_.committed(group); });
  }
  io::Task<Result<std::vector<std::string>>> list_groups() override {
    return patiently([this] { return admin_.groups(); });
  }

  Result<std::unique_ptr<Reader>> reader(std::vector<std::pair<TopicPartition, Offset>> from) override {
    TRY(auto client, make_client(options_, Role::consumer,
                                 {{"group.id", "braid-readers"},   // librdkafka wants a name for its queue; the group is never joined
                                  {"enable.auto.commit", "false"},
                                  {"enable.auto.offset.store", "false"},
                                  {"enable.partition.eof", "true"},
                                  {"auto.offset.reset", "earliest"},
                                  {"isolation.level", "read_committed"},
                                  {"fetch.error.backoff.ms", "100"},
                                  {"topic.metadata.propagation.max.ms", "2000"},
                                  {"queued.min.messages", "10000"},
                                  {"queued.max.messages.kbytes", "8192"}}));   // memory of one reader
    return make_reader(std::move(client), pool_, std::move(from));
  }

  Result<std::unique_ptr<Writer>> writer() override {
    return make_writer(*producer_, [this](std::string topic) { return count_partitions(std::move(topic)); });
  }

  io::Task<Result<std::string>> cluster_id() override {
    return pool_.run([this] { return admin_.cluster_id(); });
  }
  std::string bootstrap() const override { return options_.bootstrap; }

 private:
  // Partitions of the topics, as far as writers have asked. Replaced as a whole.
  struct Known {
    std::map<std::string, std::int32_t, std::less<>> partitions;
    std::int64_t read_ns = 0;
  };

  // A question, or an order that may be given twice. A cluster elects leaders and moves coordinators while it serves: it is asked again for a while.
  template <class F> auto patiently(F ask) -> io::Task<std::invoke_result_t<F&>> {
    const auto deadline = io::after(options_.patience);
    for (;;) {
      auto copy = ask;
      auto asking = pool_.run(std::move(copy));
      auto answer = co_await std::move(asking);
      if (answer || answer.error().code != ErrorCode::unavailable || std::chrono::steady_clock::now() > deadline) co_return answer;
      co_await io::sleep_for(ask_again_after);
    }
  }

  template <class T> io::Task<Result<T>> changed(io::Task<Result<T>> change) {
    auto outcome = co_await std::move(change);
    known_.store(std::make_shared<const Known>());
    co_return outcome;
  }

  io::Task<Result<std::int32_t>> count_partitions(std::string topic) {
    const auto now = system_clock().monotonic_ns();
    const auto known = known_.load();
    if (now - known->read_ns < partitions_known_ns)
      if (const auto it = known->partitions.find(topic); it != known->partitions.end()) co_return it->second;
    CO_TRY(const auto topics, co_await pool_.run([this] { return admin_.topics(); }));
    auto fresh = std::make_shared<Known>();
    fresh->read_ns = now;
    for (const auto& info : topics) fresh->partitions[info.name] = info.partitions;
    known_.store(fresh);
    const auto it = fresh->partitions.find(topic);
    if (it == fresh->partitions.end()) co_return fail(ErrorCode::not_found, "there is no topic '" + topic + "'", "list the topics to see their names");
    co_return it->second;
  }

  const KafkaOptions options_;
  Owned<rd_kafka_t> client_;   // for questions and orders
  Admin admin_;
  std::atomic<std::shared_ptr<const Known>> known_;   // shared with calls under way
  std::unique_ptr<SharedProducer> producer_;
  io::Pool pool_;              // last: ends first, with what was begun
};

}  // namespace

Result<std::unique_ptr<EventLog>> kafka_log(KafkaOptions options) {
  TRY(auto client, make_client(options, Role::consumer, {{"allow.auto.create.topics", "false"}, {"group.id", "braid-admin"}}));
  TRY(auto producer, SharedProducer::open(options));
  return std::make_unique<KafkaLog>(std::move(options), std::move(client), std::move(producer));
}

}  // namespace braid::eventlog
