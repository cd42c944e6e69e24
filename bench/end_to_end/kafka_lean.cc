// Many small producers that cost next to nothing, so that the broker is what is measured. librdkafka looks at every partition of a topic at each wake-up:
// with 1,000 partitions and 16 producers it takes three quarters of two cores. Any broker can be at the other end; the protocol is Kafka's.
//   kafka_lean BOOTSTRAP TOPIC PARTITIONS PRODUCERS SECONDS SIZE   -> the same line as `kafka_pace many`
// Each producer is a connection with an idempotent producer id, at most 16 records in flight and at most 5 requests, one record a batch, acks=all. What
// may go goes at once, in one request (linger 0). One thread, one poll() for all.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <string>
#include <vector>

#include "wire/codec_impl.h"
#include "wire/messages_data.h"
#include "wire/record_batch.h"

namespace {

using namespace braid;

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

[[noreturn]] void fail(const std::string& why) {
  std::fprintf(stderr, "kafka_lean: %s\n", why.c_str());
  std::exit(1);
}

struct Producer {
  static constexpr int records_max = 16, requests_max = 5;
  struct Request {
    double sent = 0;
    int records = 0;
  };
  int socket = -1, flying = 0, next = 0;
  std::int64_t id = -1;
  std::int16_t epoch = 0;
  std::vector<std::int32_t> sequence;   // next of each partition
  std::deque<Request> requests;         // answers come in their order
  Bytes in;
};

void send_all(int socket, BytesView bytes) {
  while (!bytes.empty()) {
    const auto n = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) fail("the broker closed the connection");
    bytes.remove_prefix(std::size_t(n));
  }
}

Bytes receive(int socket) {   // one frame, waited for
  Bytes out(4, '\0');
  const auto fill = [&](std::size_t from) {
    while (from < out.size()) {
      const auto n = ::recv(socket, out.data() + from, out.size() - from, 0);
      if (n <= 0) fail("the broker closed the connection");
      from += std::size_t(n);
    }
  };
  fill(0);
  out.resize(4 + load_be<std::uint32_t>(out.data()));
  fill(4);
  return out;
}

int connect_to(const std::string& bootstrap) {
  const auto colon = bootstrap.rfind(':');
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(std::uint16_t(std::atoi(bootstrap.c_str() + colon + 1)));
  if (colon == std::string::npos || inet_pton(AF_INET, bootstrap.substr(0, colon).c_str(), &address.sin_addr) != 1) fail("want an address as 127.0.0.1:9092, got " + bootstrap);
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0), yes = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fail("cannot connect to " + bootstrap);
  return socket;
}

void start(Producer& p) {
  const wire::InitProducerIdRequest question{.transactional_id = std::nullopt, .transaction_timeout_ms = 60'000};
  send_all(p.socket, wire::frame_request({wire::ApiKey::init_producer_id, 1, 0, "lean"}, question).flat());
  const auto frame = receive(p.socket);
  const auto answer = wire::decode<wire::InitProducerIdResponse>(BytesView(frame).substr(8), 1);
  if (!answer || answer->error_code != 0) fail("no producer id");
  p.id = answer->producer_id;
  p.epoch = answer->producer_epoch;
}

void produce(Producer& p, const std::string& topic, int partitions, BytesView payload) {
  if (p.flying == Producer::records_max || p.requests.size() == Producer::requests_max) return;
  std::deque<Bytes> batches;
  wire::ProduceRequest question{.transactional_id = std::nullopt, .acks = -1, .timeout_ms = 15'000, .topic_data = {{topic, {}}}};
  const auto sent = now();
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  int records = 0;
  for (; p.flying < Producer::records_max; ++p.flying, ++records) {
    const int partition = p.next % partitions;
    p.next += 61;   // prime, so that all partitions get their turn
    wire::BatchBuilder builder({.producer_id = p.id, .producer_epoch = p.epoch, .base_sequence = p.sequence[std::size_t(partition)]++});
    builder.add(ms, std::nullopt, payload);
    batches.push_back(*builder.finish());
    question.topic_data[0].partition_data.push_back({partition, wire::Records{{wire::Piece{batches.back()}}}});
  }
  send_all(p.socket, wire::frame_request({wire::ApiKey::produce, 7, 0, "lean"}, question).flat());
  p.requests.push_back({sent, records});
}

// Takes what has come; adds to `waited` and `errors`.
void take(Producer& p, std::vector<double>& waited, long& errors) {
  char room[65536];
  const auto n = ::recv(p.socket, room, sizeof room, 0);
  if (n <= 0) fail("the broker closed the connection");
  p.in.append(room, std::size_t(n));
  std::size_t at = 0;
  for (; p.in.size() - at >= 4; ) {
    const std::size_t size = load_be<std::uint32_t>(p.in.data() + at);
    if (p.in.size() - at - 4 < size) break;
    const auto answer = wire::decode<wire::ProduceResponse>(BytesView(p.in).substr(at + 8, size - 4), 7);
    if (!answer || p.requests.empty()) fail("an answer that cannot be read");
    const auto request = p.requests.front();
    p.requests.pop_front();
    p.flying -= request.records;
    for (const auto& topic : answer->responses)
      for (const auto& partition : topic.partition_responses) {
        if (partition.error_code != 0) ++errors;
        else waited.push_back(now() - request.sent);
      }
    at += 4 + size;
  }
  p.in.erase(0, at);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) fail("usage: kafka_lean BOOTSTRAP TOPIC PARTITIONS PRODUCERS SECONDS SIZE");
  const std::string topic = argv[2];
  const int partitions = std::atoi(argv[3]);
  const double seconds = std::atof(argv[5]);
  const Bytes payload(std::size_t(std::atol(argv[6])), 'x');
  std::vector<Producer> all(std::size_t(std::atoi(argv[4])));
  std::vector<pollfd> polled;
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].socket = connect_to(argv[1]);
    all[i].next = int(i);
    all[i].sequence.resize(std::size_t(partitions));
    start(all[i]);
    polled.push_back({all[i].socket, POLLIN, 0});
  }
  std::vector<double> waited;
  long errors = 0;
  const double end = now() + seconds;
  for (bool going = true; going || std::ranges::any_of(all, [](const auto& p) { return p.flying > 0; });) {
    going = now() < end;
    if (going) for (auto& p : all) produce(p, topic, partitions, payload);
    if (::poll(polled.data(), polled.size(), 100) < 0) fail("poll");
    for (std::size_t i = 0; i < all.size(); ++i)
      if (polled[i].revents != 0) take(all[i], waited, errors);
    if (now() > end + 20) fail("20 s after the end answers are still missing");
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::ranges::sort(waited);
  const auto at = [&](double share) { return waited.empty() ? 0.0 : 1000 * waited[std::min(waited.size() - 1, std::size_t(share * double(waited.size())))]; };
  std::printf("{\"records_per_second\":%.1f,\"samples\":%zu,\"p50_ms\":%.3f,\"p95_ms\":%.3f,\"p99_ms\":%.3f,\"p999_ms\":%.3f,\"max_ms\":%.3f,\"errors\":%ld,\"client_cpu_seconds\":%.2f}\n", double(waited.size()) / seconds,
              waited.size(), at(0.5), at(0.95), at(0.99), at(0.999), at(1.0), errors, double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
  return errors == 0 ? 0 : 1;
}
