// kafka_exactly_once BROKER DIRECTORY [rounds [seed]]: read-process-write in transactions with librdkafka, the broker killed with SIGKILL in the
// middle, again and again, the processor now and then replaced by a second instance of the same transactional id while it is at work. At the end
// every input must be in the output exactly once for a reader of committed records, in the order of its partition.
// Prints what it counted; exits with 1 and the reason at the first violation.
#include <librdkafka/rdkafka.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

extern char** environ;

namespace {

constexpr int partitions = 3;
std::atomic<pid_t> broker = 0;
std::string address;

[[noreturn]] void die(const std::string& why) {
  std::printf("VIOLATION or failure: %s\n", why.c_str());
  std::fflush(stdout);
  if (broker > 0) kill(broker, SIGKILL);
  std::_Exit(1);
}

pid_t start_broker(const char* program, const std::string& directory, int port) {
  const std::string port_text = "port=" + std::to_string(port);
  const char* arguments[] = {program, directory.c_str(), port_text.c_str(), "partitions=3", nullptr};
  pid_t pid = 0;
  if (posix_spawn(&pid, program, nullptr, nullptr, const_cast<char**>(arguments), environ) != 0) die("cannot start the broker");
  return pid;
}

void set(rd_kafka_conf_t* conf, const char* name, const std::string& value) {
  char why[256];
  if (rd_kafka_conf_set(conf, name, value.c_str(), why, sizeof why) != RD_KAFKA_CONF_OK) die(why);
}

struct Destroy {
  void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
};
using Client = std::unique_ptr<rd_kafka_t, Destroy>;

Client make(rd_kafka_type_t type, std::vector<std::pair<const char*, std::string>> settings) {
  auto* conf = rd_kafka_conf_new();
  set(conf, "bootstrap.servers", address);
  set(conf, "reconnect.backoff.max.ms", "200");
  set(conf, "log_level", "2");
  for (const auto& [name, value] : settings) set(conf, name, value);
  char why[256];
  auto* client = rd_kafka_new(type, conf, why, sizeof why);
  if (!client) die(why);
  return Client(client);
}

// An error of a transactional call, or nothing. What may be tried again is tried again.
struct Trouble {
  bool any = false, fatal = false;
  std::string text;
};
template <class Call> Trouble attempt(Call call) {
  for (;;) {
    rd_kafka_error_t* error = call();
    if (!error) return {};
    const bool again = rd_kafka_error_is_retriable(error) && !rd_kafka_error_is_fatal(error) && !rd_kafka_error_txn_requires_abort(error);
    Trouble trouble{true, rd_kafka_error_is_fatal(error) != 0, rd_kafka_error_string(error)};
    rd_kafka_error_destroy(error);
    if (!again) return trouble;
  }
}

std::atomic<bool> finished = false;
std::atomic<int> instance = 0, committed = 0, aborted = 0, fenced = 0;

// One instance of the processor, until it is told to stop, fenced, or in trouble that it does not get out of.
void process(int mine, unsigned seed) {
  std::mt19937 random(seed);
  auto producer = make(RD_KAFKA_PRODUCER, {{"transactional.id", "mover"}, {"transaction.timeout.ms", "30000"}, {"linger.ms", "1"}});
  auto consumer = make(RD_KAFKA_CONSUMER, {{"group.id", "movers"}, {"enable.auto.commit", "false"}, {"auto.offset.reset", "earliest"}, {"isolation.level", "read_committed"},
                                           {"session.timeout.ms", "6000"}, {"max.poll.interval.ms", "60000"}});
  rd_kafka_poll_set_consumer(consumer.get());
  if (attempt([&] { return rd_kafka_init_transactions(producer.get(), 60'000); }).any) return;
  auto* topics = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(topics, "input", RD_KAFKA_PARTITION_UA);
  rd_kafka_subscribe(consumer.get(), topics);
  rd_kafka_topic_partition_list_destroy(topics);
  while (!finished && instance == mine) {
    std::vector<rd_kafka_message_t*> batch;
    const int wanted = 1 + int(random() % 40);
    for (int i = 0; i < wanted; ++i) {
      auto* m = rd_kafka_consumer_poll(consumer.get(), batch.empty() ? 200 : 5);
      if (!m) break;
      if (m->err) rd_kafka_message_destroy(m);
      else batch.push_back(m);
    }
    if (batch.empty()) continue;
    auto trouble = attempt([&] { return rd_kafka_begin_transaction(producer.get()); });
    std::map<int, std::int64_t> next;
    for (auto* m : batch) {
      if (!trouble.any && rd_kafka_producev(producer.get(), RD_KAFKA_V_TOPIC("output"), RD_KAFKA_V_PARTITION(m->partition), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                            RD_KAFKA_V_VALUE(m->payload, m->len), RD_KAFKA_V_END)) trouble = {true, false, "produce"};
      next[m->partition] = m->offset + 1;
      rd_kafka_message_destroy(m);
    }
    if (!trouble.any) {
      auto* offsets = rd_kafka_topic_partition_list_new(partitions);
      for (const auto& [p, offset] : next) rd_kafka_topic_partition_list_add(offsets, "input", p)->offset = offset;
      auto* group = rd_kafka_consumer_group_metadata(consumer.get());
      trouble = attempt([&] { return rd_kafka_send_offsets_to_transaction(producer.get(), offsets, group, 30'000); });
      rd_kafka_consumer_group_metadata_destroy(group);
      rd_kafka_topic_partition_list_destroy(offsets);
    }
    if (!trouble.any) trouble = attempt([&] { return rd_kafka_commit_transaction(producer.get(), 60'000); });
    if (!trouble.any) {
      ++committed;
      continue;
    }
    if (trouble.fatal) {
      ++fenced;
      break;
    }
    ++aborted;
    (void)attempt([&] { return rd_kafka_abort_transaction(producer.get(), 60'000); });
    break;   // the simplest way back to the committed offsets: begin anew
  }
  rd_kafka_consumer_close(consumer.get());
}

std::map<int, std::vector<std::string>> read_output(const std::string& isolation, std::size_t expected) {
  auto reader = make(RD_KAFKA_CONSUMER, {{"group.id", "reader"}, {"enable.auto.commit", "false"}, {"isolation.level", isolation}});
  rd_kafka_poll_set_consumer(reader.get());
  auto* list = rd_kafka_topic_partition_list_new(partitions);
  for (int p = 0; p < partitions; ++p) rd_kafka_topic_partition_list_add(list, "output", p)->offset = RD_KAFKA_OFFSET_BEGINNING;
  rd_kafka_assign(reader.get(), list);
  rd_kafka_topic_partition_list_destroy(list);
  std::map<int, std::vector<std::string>> values;
  std::size_t count = 0;
  for (int quiet = 0; quiet < (count < expected ? 300 : 20);) {
    auto* m = rd_kafka_consumer_poll(reader.get(), 100);
    if (!m) { ++quiet; continue; }
    if (!m->err) {
      values[m->partition].emplace_back(static_cast<const char*>(m->payload), m->len);
      ++count;
      quiet = 0;
    }
    rd_kafka_message_destroy(m);
  }
  rd_kafka_consumer_close(reader.get());
  return values;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return std::fprintf(stderr, "usage: kafka_exactly_once BROKER DIRECTORY [rounds [seed]]\n"), 2;
  const int rounds = argc > 3 ? std::atoi(argv[3]) : 5;
  const unsigned seed = argc > 4 ? unsigned(std::atoi(argv[4])) : std::random_device{}();
  std::mt19937 random(seed);
  std::printf("seed %u\n", seed);
  const int port = 20000 + int(getpid() % 20000);
  address = "127.0.0.1:" + std::to_string(port);
  broker = start_broker(argv[1], argv[2], port);

  std::thread processor([&] {
    unsigned turn = seed;
    std::vector<std::thread> instances;
    while (!finished) {
      const int mine = instance;
      if (++turn % 4 == 0) {   // a second one beside it: the first learns that it was fenced
        instances.emplace_back(process, mine, turn * 31);
        std::this_thread::sleep_for(std::chrono::milliseconds(1500));
      }
      process(mine, turn);
      for (auto& other : instances) other.join();
      instances.clear();
    }
  });

  auto writer = make(RD_KAFKA_PRODUCER, {{"enable.idempotence", "true"}, {"linger.ms", "1"}, {"message.timeout.ms", "300000"}});
  std::uint64_t sent = 0;
  const auto feed_for = [&](int ms) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(ms);
    while (std::chrono::steady_clock::now() < end) {
      for (int i = 0; i < 10; ++i) {
        const auto value = std::to_string(sent);
        if (rd_kafka_producev(writer.get(), RD_KAFKA_V_TOPIC("input"), RD_KAFKA_V_PARTITION(int(sent % partitions)), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                              RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()), RD_KAFKA_V_END)) break;
        ++sent;
      }
      rd_kafka_poll(writer.get(), 20);
    }
  };
  for (int round = 0; round < rounds; ++round) {
    feed_for(1500 + int(random() % 2500));
    kill(broker, SIGKILL);
    waitpid(broker, nullptr, 0);
    feed_for(int(random() % 300));
    broker = start_broker(argv[1], argv[2], port);
    std::printf("round %d: sent %llu, transactions committed %d, aborted %d, fenced %d\n", round, (unsigned long long)sent, committed.load(), aborted.load(), fenced.load());
    std::fflush(stdout);
  }
  if (rd_kafka_flush(writer.get(), 120'000) != 0) die("the writer could not finish");

  // Until the group has caught up: then nothing is left to process.
  auto asker = make(RD_KAFKA_CONSUMER, {{"group.id", "movers"}});
  for (int i = 0;; ++i) {
    if (i > 600) die("the processor does not catch up");
    auto* list = rd_kafka_topic_partition_list_new(partitions);
    std::int64_t left = 0;
    bool known = true;
    for (int p = 0; p < partitions; ++p) rd_kafka_topic_partition_list_add(list, "input", p);
    known = rd_kafka_committed(asker.get(), list, 5000) == RD_KAFKA_RESP_ERR_NO_ERROR;
    for (int p = 0; p < partitions && known; ++p) {
      std::int64_t low = 0, high = 0;
      known = rd_kafka_query_watermark_offsets(asker.get(), "input", p, &low, &high, 5000) == RD_KAFKA_RESP_ERR_NO_ERROR && list->elems[p].offset >= 0;
      left += high - list->elems[p].offset;
    }
    rd_kafka_topic_partition_list_destroy(list);
    if (known && left == 0) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  finished = true;
  processor.join();

  const auto output = read_output("read_committed", sent);
  const auto everything = read_output("read_uncommitted", sent);
  asker.reset();
  writer.reset();
  kill(broker, SIGTERM);
  waitpid(broker, nullptr, 0);
  std::size_t all = 0;
  std::uint64_t count = 0;
  for (const auto& [p, values] : everything) all += values.size();
  for (int p = 0; p < partitions; ++p) {
    const auto at = output.find(p);
    std::uint64_t expected = std::uint64_t(p);
    for (const auto& value : at == output.end() ? std::vector<std::string>{} : at->second) {
      if (value != std::to_string(expected)) die("partition " + std::to_string(p) + " of the output has " + value + " where " + std::to_string(expected) + " is due");
      expected += partitions;
      ++count;
    }
  }
  if (count != sent) die(std::to_string(sent) + " inputs, " + std::to_string(count) + " outputs");
  std::printf("sent %llu, in the output %llu, with aborted ones %zu; transactions committed %d, aborted %d, fenced %d: each exactly once\n", (unsigned long long)sent,
              (unsigned long long)count, all, committed.load(), aborted.load(), fenced.load());
  if (committed == 0) die("nothing was committed, so nothing was tested");
  return 0;
}
