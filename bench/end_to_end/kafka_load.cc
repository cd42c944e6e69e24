// A Kafka client that produces or consumes as fast as it can and says what that took. By librdkafka, so any broker can be at the other end.
//   kafka_load produce BOOTSTRAP TOPIC COUNT SIZE PARTITIONS [CODEC]   -> {"records":..,"bytes":..,"seconds":..,"cpu_seconds":..,"errors":..}
//   kafka_load spread BOOTSTRAP PREFIX TOPICS COUNT SIZE                   -> the same, over topics PREFIX-0 ... (made by the broker as needed)
//   kafka_load consume BOOTSTRAP TOPIC COUNT PARTITIONS                -> the same, and a checksum over what was read
// Settings are the same for every broker: acks=all, idempotence off, linger 5 ms, batches up to 1 MB.
#include <librdkafka/rdkafka.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }
double cpu() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

std::atomic<long> delivered{0}, failed{0};

void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
  if (message->err != 0) ++failed; else ++delivered;
}

void set(rd_kafka_conf_t* conf, const char* name, const std::string& value) {
  char error[256];
  if (rd_kafka_conf_set(conf, name, value.c_str(), error, sizeof error) != RD_KAFKA_CONF_OK) {
    std::fprintf(stderr, "kafka_load: %s\n", error);
    std::exit(1);
  }
}

void report(long records, double bytes, double started, double cpu_started, long errors, unsigned long checksum) {
  std::printf("{\"records\":%ld,\"bytes\":%.0f,\"seconds\":%.4f,\"cpu_seconds\":%.4f,\"errors\":%ld,\"checksum\":%lu}\n", records, bytes,
              now() - started, cpu() - cpu_started, errors, checksum);
}

int produce(const std::string& bootstrap, const std::string& topic, long count, std::size_t size, int partitions, const std::string& codec) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  set(conf, "bootstrap.servers", bootstrap);
  set(conf, "acks", "all");
  set(conf, "linger.ms", "5");
  set(conf, "batch.size", "1000000");
  set(conf, "batch.num.messages", "100000");
  set(conf, "queue.buffering.max.messages", "1000000");
  set(conf, "queue.buffering.max.kbytes", "1048576");
  set(conf, "compression.codec", codec);
  rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
  char error[256];
  rd_kafka_t* client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error);
  rd_kafka_topic_t* handle = rd_kafka_topic_new(client, topic.c_str(), nullptr);
  std::vector<char> payload(size);
  unsigned seed = 7;
  for (auto& c : payload) c = char('a' + (seed = seed * 1103515245 + 12345) / 65536 % 26);
  const double started = now(), cpu_started = cpu();
  for (long i = 0; i < count; ++i) {
    std::memcpy(payload.data(), &i, std::min(sizeof i, size));
    while (rd_kafka_produce(handle, int(i % partitions), RD_KAFKA_MSG_F_COPY, payload.data(), size, nullptr, 0, nullptr) == -1) {
      if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL) { ++failed; break; }
      rd_kafka_poll(client, 10);
    }
    if (i % 1000 == 0) rd_kafka_poll(client, 0);
  }
  while (rd_kafka_outq_len(client) > 0 && rd_kafka_flush(client, 1000) != 0 && now() - started < 600) {}
  report(delivered, double(delivered) * double(size), started, cpu_started, failed, 0);
  return failed == 0 && delivered == count ? 0 : 1;
}

int spread(const std::string& bootstrap, const std::string& prefix, int topics, long count, std::size_t size) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  set(conf, "bootstrap.servers", bootstrap);
  set(conf, "acks", "all");
  set(conf, "linger.ms", "50");
  set(conf, "queue.buffering.max.messages", "2000000");
  rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
  char error[256];
  rd_kafka_t* client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error);
  const std::vector<char> payload(size, 'x');
  const double started = now(), cpu_started = cpu();
  for (int t = 0; t < topics; ++t) {
    const std::string name = prefix + "-" + std::to_string(t);
    rd_kafka_topic_t* handle = rd_kafka_topic_new(client, name.c_str(), nullptr);
    for (long i = 0; i < count / topics; ++i)
      while (rd_kafka_produce(handle, 0, RD_KAFKA_MSG_F_COPY, const_cast<char*>(payload.data()), size, nullptr, 0, nullptr) == -1) rd_kafka_poll(client, 10);
    rd_kafka_poll(client, 0);
  }
  while (rd_kafka_outq_len(client) > 0 && rd_kafka_flush(client, 1000) != 0 && now() - started < 600) {}
  report(delivered, double(delivered) * double(size), started, cpu_started, failed, 0);
  return failed == 0 ? 0 : 1;
}

int consume(const std::string& bootstrap, const std::string& topic, long count, int partitions) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  set(conf, "bootstrap.servers", bootstrap);
  set(conf, "group.id", "bench");
  set(conf, "enable.auto.commit", "false");
  set(conf, "fetch.message.max.bytes", "1048576");
  set(conf, "queued.min.messages", "1000000");
  char error[256];
  rd_kafka_t* client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, error, sizeof error);
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(partitions);
  for (int p = 0; p < partitions; ++p) rd_kafka_topic_partition_list_add(list, topic.c_str(), p)->offset = RD_KAFKA_OFFSET_BEGINNING;
  rd_kafka_assign(client, list);
  rd_kafka_queue_t* queue = rd_kafka_queue_get_consumer(client);
  std::vector<rd_kafka_message_t*> messages(10'000);
  long got = 0, errors = 0;
  double bytes = 0;
  unsigned long checksum = 0;
  const double started = now(), cpu_started = cpu();
  double last = started;
  while (got < count && now() - last < 20) {
    const auto n = rd_kafka_consume_batch_queue(queue, 100, messages.data(), messages.size());
    for (ssize_t i = 0; i < n; ++i) {
      auto* m = messages[std::size_t(i)];
      if (m->err != 0) ++errors;
      else {
        ++got;
        bytes += double(m->len);
        long id = 0;
        std::memcpy(&id, m->payload, std::min(sizeof id, m->len));
        checksum += (unsigned long)id;
      }
      rd_kafka_message_destroy(m);
    }
    if (n > 0) last = now();
  }
  report(got, bytes, started, cpu_started, errors, checksum);
  return got >= count && errors == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "produce" && argc >= 7)
    return produce(argv[2], argv[3], std::atol(argv[4]), std::size_t(std::atol(argv[5])), std::atoi(argv[6]), argc > 7 ? argv[7] : "none");
  if (what == "spread" && argc >= 7) return spread(argv[2], argv[3], std::atoi(argv[4]), std::atol(argv[5]), std::size_t(std::atol(argv[6])));
  if (what == "consume" && argc >= 6) return consume(argv[2], argv[3], std::atol(argv[4]), std::atoi(argv[5]));
  std::fprintf(stderr, "usage: kafka_load produce BOOTSTRAP TOPIC COUNT SIZE PARTITIONS [CODEC] | spread BOOTSTRAP PREFIX TOPICS COUNT SIZE |\n"
                       "       kafka_load consume BOOTSTRAP TOPIC COUNT PARTITIONS\n");
  return 1;
}
