// kafka_come_and_go HOST:PORT STRATEGY: one group of librdkafka consumers with that partition.assignment.strategy ("cooperative-sticky", "range"), whose
// members join and leave one after the other while records are written. No partition may have two owners at a time, and every record is read exactly
// once: each member commits what it has read before it gives a partition back. Prints what it counted; exits with 1 and the reason otherwise.
// Threads: one for each member; what they share is behind one lock. Waiting has a deadline that ends what hangs and decides nothing.
#include <librdkafka/rdkafka.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr int partitions = 6;
constexpr auto patience = std::chrono::seconds(90);
std::string address, strategy, topic, group;

[[noreturn]] void die(const std::string& why) {
  std::printf("VIOLATION or failure: %s\n", why.c_str());
  std::fflush(stdout);
  std::_Exit(1);
}

void set(rd_kafka_conf_t* conf, const char* name, const std::string& value) {
  char why[256];
  if (rd_kafka_conf_set(conf, name, value.c_str(), why, sizeof why) != RD_KAFKA_CONF_OK) die(why);
}

struct Shared {
  std::mutex lock;
  std::map<int, int> owners;             // partition -> member
  std::map<std::string, int> seen;       // record -> how often
} shared;

std::size_t owned() { const std::lock_guard hold(shared.lock); return shared.owners.size(); }
std::size_t seen() { const std::lock_guard hold(shared.lock); return shared.seen.size(); }

class Member {
 public:
  explicit Member(int number) : number_(number) {
    auto* conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", address);
    set(conf, "group.id", group);
    set(conf, "partition.assignment.strategy", strategy);
    set(conf, "enable.auto.commit", "false");
    set(conf, "auto.offset.reset", "earliest");
    set(conf, "session.timeout.ms", "10000");
    set(conf, "heartbeat.interval.ms", "200");
    rd_kafka_conf_set_opaque(conf, this);
    rd_kafka_conf_set_rebalance_cb(conf, [](rd_kafka_t*, rd_kafka_resp_err_t error, rd_kafka_topic_partition_list_t* list, void* self) { static_cast<Member*>(self)->rebalance(error, list); });
    char why[256];
    client_ = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
    if (!client_) die(why);
    rd_kafka_poll_set_consumer(client_);
    thread_ = std::thread([this] { run(); });
  }
  ~Member() {
    leaves_ = true;
    thread_.join();
    rd_kafka_destroy(client_);
  }
  bool owns_some() const {
    const std::lock_guard hold(shared.lock);
    for (const auto& [partition, member] : shared.owners)
      if (member == number_) return true;
    return false;
  }

 private:
  bool incremental() const { return strategy == "cooperative-sticky"; }
  void check(rd_kafka_error_t* error, const char* what) {
    if (error) die(std::string(what) + ": " + rd_kafka_error_string(error));
  }
  void rebalance(rd_kafka_resp_err_t error, rd_kafka_topic_partition_list_t* list) {
    if (error == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
      for (int i = 0; i < list->cnt; ++i) {
        const std::lock_guard hold(shared.lock);
        const auto [at, fresh] = shared.owners.emplace(list->elems[i].partition, number_);
        if (!fresh) die("partition " + std::to_string(at->first) + " is given to member " + std::to_string(number_) + " and still that of " + std::to_string(at->second));
      }
      if (incremental()) check(rd_kafka_incremental_assign(client_, list), "assign");
      else if (rd_kafka_assign(client_, list)) die("assign");
      return;
    }
    if (rd_kafka_assignment_lost(client_)) die("member " + std::to_string(number_) + " has lost its partitions");
    auto* offsets = rd_kafka_topic_partition_list_new(list->cnt);
    for (int i = 0; i < list->cnt; ++i)
      if (const auto at = done_.find(list->elems[i].partition); at != done_.end()) {
        rd_kafka_topic_partition_list_add(offsets, topic.c_str(), at->first)->offset = at->second;
        done_.erase(at);
      }
    if (offsets->cnt > 0)
      if (const auto failed = rd_kafka_commit(client_, offsets, 0)) die(std::string("commit: ") + rd_kafka_err2name(failed));
    rd_kafka_topic_partition_list_destroy(offsets);
    for (int i = 0; i < list->cnt; ++i) {
      const std::lock_guard hold(shared.lock);
      const auto at = shared.owners.find(list->elems[i].partition);
      if (at == shared.owners.end() || at->second != number_) die("member " + std::to_string(number_) + " gives back what it does not have");
      shared.owners.erase(at);
    }
    if (incremental()) check(rd_kafka_incremental_unassign(client_, list), "unassign");
    else rd_kafka_assign(client_, nullptr);
  }
  void run() {
    auto* topics = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(topics, topic.c_str(), RD_KAFKA_PARTITION_UA);
    if (rd_kafka_subscribe(client_, topics)) die("subscribe");
    rd_kafka_topic_partition_list_destroy(topics);
    while (!leaves_) {
      auto* message = rd_kafka_consumer_poll(client_, 50);
      if (!message) continue;
      if (!message->err) {
        const std::lock_guard hold(shared.lock);
        ++shared.seen[std::string(static_cast<const char*>(message->payload), message->len)];
        done_[message->partition] = message->offset + 1;
      }
      rd_kafka_message_destroy(message);
    }
    rd_kafka_consumer_close(client_);
  }

  const int number_;
  rd_kafka_t* client_ = nullptr;
  std::thread thread_;
  std::atomic<bool> leaves_ = false;
  std::map<int, std::int64_t> done_;   // partition -> what is to be read next; touched by the member's thread
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return std::fprintf(stderr, "usage: kafka_come_and_go HOST:PORT STRATEGY\n"), 2;
  address = argv[1];
  strategy = argv[2];
  topic = group = "come-and-go-" + strategy + "-" + std::to_string(getpid());
  char why[512];
  auto* conf = rd_kafka_conf_new();
  set(conf, "bootstrap.servers", address);
  set(conf, "linger.ms", "1");
  auto* producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
  if (!producer) die(why);
  auto* fresh = rd_kafka_NewTopic_new(topic.c_str(), partitions, 1, why, sizeof why);
  auto* queue = rd_kafka_queue_new(producer);
  rd_kafka_CreateTopics(producer, &fresh, 1, nullptr, queue);
  auto* made = rd_kafka_queue_poll(queue, 30'000);
  if (!made || rd_kafka_event_error(made)) die("the topic cannot be made");
  rd_kafka_event_destroy(made);
  rd_kafka_queue_destroy(queue);
  rd_kafka_NewTopic_destroy(fresh);

  std::map<int, std::unique_ptr<Member>> members;
  int written = 0, step_number = 0;
  const auto wait_until = [&](auto good, bool writing, const std::string& what) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!good()) {
      if (std::chrono::steady_clock::now() > end) die(what + ": " + std::to_string(owned()) + " partitions are owned, " + std::to_string(seen()) + " of " + std::to_string(written) + " records were read");
      for (int i = 0; writing && i < 20; ++i) {
        const auto value = std::to_string(written);
        if (rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(written % partitions), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()),
                              RD_KAFKA_V_END) == RD_KAFKA_RESP_ERR_NO_ERROR)
          ++written;
      }
      rd_kafka_poll(producer, 50);
    }
  };
  for (const int step : {1, 2, 3, -1, 1, 4, -2, -3, 2, -4, -1, 3, 1, -2}) {   // who joins (above 0) and who leaves
    ++step_number;
    if (step > 0) members[step] = std::make_unique<Member>(step);
    else members.erase(-step);
    wait_until(
        [&] {
          if (owned() != std::size_t(partitions)) return false;
          for (const auto& [number, member] : members)
            if (!member->owns_some()) return false;
          return true;
        },
        true, "after step " + std::to_string(step_number));
  }
  if (rd_kafka_flush(producer, 30'000)) die("not all records were written");
  wait_until([&] { return seen() == std::size_t(written); }, false, "at the end");
  members.clear();
  if (owned() != 0) die("partitions are owned by nobody's member");
  for (const auto& [record, times] : shared.seen)
    if (times != 1) die("record " + record + " was read " + std::to_string(times) + " times");
  rd_kafka_destroy(producer);
  std::printf("%d records were read once by members that came and went in %d steps\n", written, step_number);
  return 0;
}
