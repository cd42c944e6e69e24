// A Kafka client that measures waiting, not throughput. By librdkafka, so any broker can be at the other end. Each mode prints one line of JSON.
//   kafka_pace end_to_end BOOTSTRAP TOPIC RATE SECONDS SIZE   records at a fixed rate; from the time when each was due to its arrival at a consumer
//   kafka_pace ping BOOTSTRAP TOPIC COUNT SIZE                one record in flight: produced, and waited for at a consumer
//   kafka_pace many BOOTSTRAP TOPIC PARTITIONS PRODUCERS SECONDS SIZE   small producers, linger 0, at most 16 records in flight each, over all partitions
//   kafka_pace transactions BOOTSTRAP TOPIC ID SECONDS RECORDS SIZE     transactions of RECORDS records, one after the other
//   kafka_pace count BOOTSTRAP TOPIC PARTITIONS               how many offsets there are between the starts and the ends
// Open loop: a record's time counts from when it was due, whether or not the one before was late (no coordinated omission). Percentiles are of all
// samples. acks=all everywhere; errors are counted and make the exit code 1, but for `many`, which is also used while the broker is killed.
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace {

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

using Settings = std::vector<std::pair<const char*, std::string>>;
rd_kafka_t* make(rd_kafka_type_t type, const std::string& bootstrap, const Settings& settings, void (*delivered)(rd_kafka_t*, const rd_kafka_message_t*, void*) = nullptr, void* opaque = nullptr) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  char error[256];
  const auto set = [&](const char* name, const std::string& value) {
    if (rd_kafka_conf_set(conf, name, value.c_str(), error, sizeof error) == RD_KAFKA_CONF_OK) return;
    std::fprintf(stderr, "kafka_pace: %s\n", error);
    std::exit(1);
  };
  set("bootstrap.servers", bootstrap);
  set("log_level", "2");
  for (const auto& [name, value] : settings) set(name, value);
  if (delivered) rd_kafka_conf_set_dr_msg_cb(conf, delivered);
  rd_kafka_conf_set_opaque(conf, opaque);
  auto* client = rd_kafka_new(type, conf, error, sizeof error);
  if (client == nullptr) {
    std::fprintf(stderr, "kafka_pace: %s\n", error);
    std::exit(1);
  }
  if (type == RD_KAFKA_CONSUMER) rd_kafka_poll_set_consumer(client);
  return client;
}

void print(const char* what, double per_second, std::vector<double>& seconds, long errors) {
  std::ranges::sort(seconds);
  const auto at = [&](double share) { return seconds.empty() ? 0.0 : 1000 * seconds[std::min(seconds.size() - 1, std::size_t(share * double(seconds.size())))]; };
  std::printf("{\"%s_per_second\":%.1f,\"samples\":%zu,\"p50_ms\":%.3f,\"p95_ms\":%.3f,\"p99_ms\":%.3f,\"p999_ms\":%.3f,\"max_ms\":%.3f,\"errors\":%ld}\n", what, per_second, seconds.size(), at(0.5), at(0.95),
              at(0.99), at(0.999), at(1.0), errors);
}

rd_kafka_t* tail_consumer(const std::string& bootstrap, const std::string& topic) {
  auto* consumer = make(RD_KAFKA_CONSUMER, bootstrap, {{"group.id", "pace"}, {"enable.auto.commit", "false"}, {"fetch.wait.max.ms", "500"}, {"fetch.min.bytes", "1"}, {"enable.partition.eof", "true"}});
  auto* list = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(list, topic.c_str(), 0)->offset = RD_KAFKA_OFFSET_END;
  rd_kafka_assign(consumer, list);
  rd_kafka_topic_partition_list_destroy(list);
  for (const double end = now() + 60; now() < end;) {   // until it stands at the end
    auto* m = rd_kafka_consumer_poll(consumer, 100);
    const bool there = m != nullptr && m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
    if (m != nullptr) rd_kafka_message_destroy(m);
    if (there) break;
  }
  return consumer;
}

std::atomic<long> failures{0};
void count_failures(rd_kafka_t*, const rd_kafka_message_t* m, void*) { failures += m->err != 0; }

int end_to_end(const std::string& bootstrap, const std::string& topic, double rate, double seconds, std::size_t size) {
  auto* consumer = tail_consumer(bootstrap, topic);
  auto* producer = make(RD_KAFKA_PRODUCER, bootstrap, {{"acks", "all"}, {"linger.ms", "0"}}, count_failures);
  auto* handle = rd_kafka_topic_new(producer, topic.c_str(), nullptr);
  const long count = long(rate * seconds), warm = long(rate * std::min(1.0, seconds / 4));
  std::vector<double> waited;
  waited.reserve(std::size_t(count));
  std::thread reading([&] {
    long got = 0;
    for (double last = now(); got < count && now() - last < 20;) {
      auto* m = rd_kafka_consumer_poll(consumer, 100);
      if (m == nullptr) continue;
      if (m->err == 0) {
        double due = 0;
        std::memcpy(&due, m->payload, sizeof due);
        if (++got > warm) waited.push_back(now() - due);
        last = now();
      }
      rd_kafka_message_destroy(m);
    }
    failures += count - got;
  });
  std::vector<char> payload(std::max(size, sizeof(double)), 'x');
  const double started = now() + 0.1;
  for (long i = 0; i < count;) {
    const double due = started + double(i) / rate, time = now();
    if (time < due) {
      rd_kafka_poll(producer, 0);
      std::this_thread::sleep_for(std::chrono::duration<double>(std::min(due - time, 0.001)));
      continue;
    }
    std::memcpy(payload.data(), &due, sizeof due);
    if (rd_kafka_produce(handle, 0, RD_KAFKA_MSG_F_COPY, payload.data(), payload.size(), nullptr, 0, nullptr) == 0) ++i;
    else rd_kafka_poll(producer, 1);
  }
  rd_kafka_flush(producer, 60'000);
  const double took = now() - started;
  reading.join();
  print("records", double(count) / took, waited, failures);
  return failures == 0 ? 0 : 1;
}

int ping(const std::string& bootstrap, const std::string& topic, long count, std::size_t size) {
  auto* consumer = tail_consumer(bootstrap, topic);
  auto* producer = make(RD_KAFKA_PRODUCER, bootstrap, {{"acks", "all"}, {"linger.ms", "0"}}, count_failures);
  auto* handle = rd_kafka_topic_new(producer, topic.c_str(), nullptr);
  std::vector<char> payload(size, 'x');
  std::vector<double> waited;
  const long warm = count / 10;
  double started = now();
  for (long i = 0; i < count + warm; ++i) {
    if (i == warm) started = now();
    const double sent = now();
    rd_kafka_produce(handle, 0, RD_KAFKA_MSG_F_COPY, payload.data(), payload.size(), nullptr, 0, nullptr);
    for (bool here = false; !here;) {
      auto* m = rd_kafka_consumer_poll(consumer, 1000);
      here = m != nullptr && m->err == 0;
      if (m != nullptr) rd_kafka_message_destroy(m);
      if (!here && now() - sent > 30) return std::fprintf(stderr, "kafka_pace: a record does not arrive\n"), 1;
    }
    if (i >= warm) waited.push_back(now() - sent);
    rd_kafka_poll(producer, 0);
  }
  print("records", double(count) / (now() - started), waited, failures);
  return failures == 0 ? 0 : 1;
}

struct Many {
  std::mutex mutex;
  std::vector<double> waited;
  std::atomic<long> acknowledged{0}, failed{0}, flying{0};
};
int many(const std::string& bootstrap, const std::string& topic, int partitions, int producers, double seconds, std::size_t size) {
  Many all;
  const double started = now(), end = started + seconds;
  std::vector<std::thread> threads;
  for (int number = 0; number < producers; ++number)
    threads.emplace_back([&, number] {
      struct Mine {
        Many* all;
        std::vector<double> waited;
        int flying = 0;
      } mine{&all, {}, 0};
      auto* producer = make(RD_KAFKA_PRODUCER, bootstrap, {{"acks", "all"}, {"linger.ms", "0"}, {"enable.idempotence", "true"}, {"message.timeout.ms", "15000"}}, [](rd_kafka_t*, const rd_kafka_message_t* m, void* opaque) {
        auto& me = *static_cast<Mine*>(opaque);
        --me.flying;
        if (m->err != 0) {
          ++me.all->failed;
          return;
        }
        ++me.all->acknowledged;
        double sent = 0;
        std::memcpy(&sent, m->payload, sizeof sent);
        me.waited.push_back(now() - sent);
      }, &mine);
      auto* handle = rd_kafka_topic_new(producer, topic.c_str(), nullptr);
      std::vector<char> payload(std::max(size, sizeof(double)), 'x');
      for (long i = number; now() < end;) {
        if (mine.flying >= 16) {
          rd_kafka_poll(producer, 10);
          continue;
        }
        const double sent = now();
        std::memcpy(payload.data(), &sent, sizeof sent);
        if (rd_kafka_produce(handle, int(i % partitions), RD_KAFKA_MSG_F_COPY, payload.data(), payload.size(), nullptr, 0, nullptr) == 0) ++mine.flying, i += 61;   // prime, so that all partitions get their turn
        rd_kafka_poll(producer, 0);
      }
      rd_kafka_flush(producer, 20'000);
      const std::lock_guard lock(all.mutex);
      all.waited.insert(all.waited.end(), mine.waited.begin(), mine.waited.end());
    });
  for (auto& t : threads) t.join();
  print("records", double(all.acknowledged) / seconds, all.waited, all.failed);
  return 0;
}

int transactions(const std::string& bootstrap, const std::string& topic, const std::string& id, double seconds, int records, std::size_t size) {
  auto* producer = make(RD_KAFKA_PRODUCER, bootstrap, {{"transactional.id", id}, {"linger.ms", "0"}}, count_failures);
  const auto good = [](rd_kafka_error_t* error) {
    if (error == nullptr) return true;
    std::fprintf(stderr, "kafka_pace: %s\n", rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    return false;
  };
  if (!good(rd_kafka_init_transactions(producer, 60'000))) return 1;
  auto* handle = rd_kafka_topic_new(producer, topic.c_str(), nullptr);
  std::vector<char> payload(size, 'x');
  std::vector<double> waited;
  const double started = now();
  while (now() - started < seconds) {
    const double begun = now();
    if (!good(rd_kafka_begin_transaction(producer))) return 1;
    for (int i = 0; i < records; ++i) rd_kafka_produce(handle, 0, RD_KAFKA_MSG_F_COPY, payload.data(), payload.size(), nullptr, 0, nullptr);
    if (!good(rd_kafka_commit_transaction(producer, 60'000))) return 1;
    waited.push_back(now() - begun);
  }
  print("transactions", double(waited.size()) / (now() - started), waited, failures);
  return failures == 0 ? 0 : 1;
}

int count(const std::string& bootstrap, const std::string& topic, int partitions) {
  auto* client = make(RD_KAFKA_CONSUMER, bootstrap, {{"group.id", "pace"}});
  long total = 0;
  for (int p = 0; p < partitions; ++p) {
    std::int64_t low = 0, high = 0;
    const auto error = rd_kafka_query_watermark_offsets(client, topic.c_str(), p, &low, &high, 30'000);
    if (error != 0) return std::fprintf(stderr, "kafka_pace: %s\n", rd_kafka_err2str(error)), 1;
    total += high - low;
  }
  std::printf("{\"records\":%ld}\n", total);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> a(argv + 1, argv + argc);
  const auto is = [&](const char* what, std::size_t words) { return a.size() == words && a[0] == what; };
  if (is("end_to_end", 6)) return end_to_end(a[1], a[2], std::stod(a[3]), std::stod(a[4]), std::stoul(a[5]));
  if (is("ping", 5)) return ping(a[1], a[2], std::stol(a[3]), std::stoul(a[4]));
  if (is("many", 7)) return many(a[1], a[2], std::stoi(a[3]), std::stoi(a[4]), std::stod(a[5]), std::stoul(a[6]));
  if (is("transactions", 7)) return transactions(a[1], a[2], a[3], std::stod(a[4]), std::stoi(a[5]), std::stoul(a[6]));
  if (is("count", 4)) return count(a[1], a[2], std::stoi(a[3]));
  std::fprintf(stderr, "usage: kafka_pace end_to_end BOOTSTRAP TOPIC RATE SECONDS SIZE | ping BOOTSTRAP TOPIC COUNT SIZE | many BOOTSTRAP TOPIC PARTITIONS PRODUCERS SECONDS SIZE |\n"
                       "       kafka_pace transactions BOOTSTRAP TOPIC ID SECONDS RECORDS SIZE | count BOOTSTRAP TOPIC PARTITIONS\n");
  return 1;
}
