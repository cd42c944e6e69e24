// kafka_crash BROKER DIRECTORY [rounds]: kills the broker with SIGKILL in the middle of writes, again and again, with a real client (librdkafka,
// idempotent, acks=all) at work, and looks at what is left:
//   - every acknowledged record is at the offset that was acknowledged (nothing lost),
//   - no offset ever shows two values (what a reader saw before a crash is what it sees after it, unless it was never acknowledged and is gone
//     together with its offset's place: then a newer value may stand there only if the reader had not seen the old one),
//   - no value stands at two offsets.
// Prints what it counted; exits with 1 and the reason at the first violation.
#include <librdkafka/rdkafka.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <random>
#include <set>
#include <string>

extern char** environ;

namespace {

constexpr int partitions = 4;
std::map<std::pair<int, std::int64_t>, std::string> acknowledged, seen;
std::uint64_t failed_deliveries = 0;
pid_t broker = 0;

[[noreturn]] void die(const std::string& why) {
  std::printf("VIOLATION or failure: %s\n", why.c_str());
  std::fflush(stdout);
  if (broker > 0) kill(broker, SIGKILL);
  std::_Exit(1);
}

void delivered(rd_kafka_t*, const rd_kafka_message_t* m, void*) {
  if (m->err) { ++failed_deliveries; return; }
  const std::string value(static_cast<const char*>(m->payload), m->len);
  const auto [it, fresh] = acknowledged.emplace(std::pair(int(m->partition), m->offset), value);
  if (!fresh && it->second != value) die("offset " + std::to_string(m->offset) + " of partition " + std::to_string(m->partition) + " was acknowledged for " + it->second + " and for " + value);
}

void look_at(const rd_kafka_message_t* m) {
  const std::string value(static_cast<const char*>(m->payload), m->len);
  const auto [it, fresh] = seen.emplace(std::pair(int(m->partition), m->offset), value);
  if (!fresh && it->second != value) die("offset " + std::to_string(m->offset) + " of partition " + std::to_string(m->partition) + " showed " + it->second + " and now " + value);
}

pid_t start_broker(const char* program, const std::string& directory, int port) {
  std::string port_text = "port=" + std::to_string(port);
  const char* arguments[] = {program, directory.c_str(), port_text.c_str(), nullptr};
  pid_t pid = 0;
  if (posix_spawn(&pid, program, nullptr, nullptr, const_cast<char**>(arguments), environ) != 0) die("cannot start the broker");
  return pid;
}

void set(rd_kafka_conf_t* conf, const char* name, const std::string& value) {
  char why[256];
  if (rd_kafka_conf_set(conf, name, value.c_str(), why, sizeof why) != RD_KAFKA_CONF_OK) die(why);
}

rd_kafka_t* make(rd_kafka_type_t type, const std::string& address) {
  auto* conf = rd_kafka_conf_new();
  set(conf, "bootstrap.servers", address);
  set(conf, "reconnect.backoff.max.ms", "200");
  set(conf, "log_level", "2");
  if (type == RD_KAFKA_PRODUCER) {
    set(conf, "enable.idempotence", "true");
    set(conf, "linger.ms", "1");
    set(conf, "message.timeout.ms", "120000");
    rd_kafka_conf_set_dr_msg_cb(conf, delivered);
  } else {
    set(conf, "group.id", "crash");
    set(conf, "enable.auto.commit", "false");
    set(conf, "auto.offset.reset", "earliest");
  }
  char why[256];
  auto* client = rd_kafka_new(type, conf, why, sizeof why);
  if (!client) die(why);
  return client;
}

void assign_from_start(rd_kafka_t* consumer) {
  auto* list = rd_kafka_topic_partition_list_new(partitions);
  for (int p = 0; p < partitions; ++p) rd_kafka_topic_partition_list_add(list, "crash", p)->offset = RD_KAFKA_OFFSET_BEGINNING;
  rd_kafka_assign(consumer, list);
  rd_kafka_topic_partition_list_destroy(list);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return std::fprintf(stderr, "usage: kafka_crash BROKER DIRECTORY [rounds]\n"), 2;
  const int rounds = argc > 3 ? std::atoi(argv[3]) : 5;
  const unsigned seed = argc > 4 ? unsigned(std::atoi(argv[4])) : std::random_device{}();
  std::mt19937 random(seed);
  std::printf("seed %u\n", seed);
  const int port = 20000 + int(getpid() % 20000);
  const std::string address = "127.0.0.1:" + std::to_string(port);
  broker = start_broker(argv[1], argv[2], port);
  auto* producer = make(RD_KAFKA_PRODUCER, address);
  auto* consumer = make(RD_KAFKA_CONSUMER, address);
  rd_kafka_poll_set_consumer(consumer);
  assign_from_start(consumer);
  std::uint64_t sent = 0;
  const auto work_for = [&](int ms) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(ms);
    while (std::chrono::steady_clock::now() < end) {
      for (int i = 0; i < 200; ++i) {
        const std::string value = "v" + std::to_string(sent);
        const auto error = rd_kafka_producev(producer, RD_KAFKA_V_TOPIC("crash"), RD_KAFKA_V_PARTITION(int(sent % partitions)), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                             RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()), RD_KAFKA_V_END);
        if (error) break;   // the queue is full while the broker is away
        ++sent;
      }
      rd_kafka_poll(producer, 1);
      for (int i = 0; i < 500; ++i) {
        auto* m = rd_kafka_consumer_poll(consumer, 0);
        if (!m) break;
        if (!m->err) look_at(m);
        rd_kafka_message_destroy(m);
      }
    }
  };
  for (int round = 0; round < rounds; ++round) {
    work_for(500 + int(random() % 2000));
    kill(broker, SIGKILL);
    waitpid(broker, nullptr, 0);
    work_for(int(random() % 300));
    broker = start_broker(argv[1], argv[2], port);
    std::printf("round %d: sent %llu, acknowledged %zu, seen %zu\n", round, (unsigned long long)sent, acknowledged.size(), seen.size());
    std::fflush(stdout);
  }
  work_for(500);
  if (rd_kafka_flush(producer, 60000) != 0) die("the producer could not finish");
  rd_kafka_consumer_close(consumer);
  rd_kafka_destroy(consumer);

  // Everything once more, from the start.
  auto* reader = make(RD_KAFKA_CONSUMER, address);
  rd_kafka_poll_set_consumer(reader);
  assign_from_start(reader);
  std::map<std::pair<int, std::int64_t>, std::string> last;
  for (int quiet = 0; quiet < 30;) {
    auto* m = rd_kafka_consumer_poll(reader, 100);
    if (!m) { ++quiet; continue; }
    quiet = 0;
    if (!m->err) {
      look_at(m);
      last.emplace(std::pair(int(m->partition), m->offset), std::string(static_cast<const char*>(m->payload), m->len));
    }
    rd_kafka_message_destroy(m);
  }
  rd_kafka_consumer_close(reader);
  rd_kafka_destroy(reader);
  rd_kafka_destroy(producer);
  kill(broker, SIGTERM);
  waitpid(broker, nullptr, 0);
  std::set<std::string> values;
  for (const auto& [where, value] : last)
    if (!values.insert(value).second) die("value " + value + " stands at two offsets");
  for (const auto& [where, value] : acknowledged) {
    const auto it = last.find(where);
    if (it == last.end()) die("acknowledged and lost: " + value + " at offset " + std::to_string(where.second) + " of partition " + std::to_string(where.first));
    if (it->second != value) die("offset " + std::to_string(where.second) + " was acknowledged for " + value + " and holds " + it->second);
  }
  for (const auto& [where, value] : seen)
    if (!last.contains(where)) die("seen by a reader and lost: " + value);
  std::printf("sent %llu, acknowledged %zu, seen %zu, in the log %zu, delivery failures %llu: nothing lost, nothing twice\n", (unsigned long long)sent, acknowledged.size(), seen.size(),
              last.size(), (unsigned long long)failed_deliveries);
  if (acknowledged.empty()) die("nothing was acknowledged, so nothing was tested");
  return 0;
}
