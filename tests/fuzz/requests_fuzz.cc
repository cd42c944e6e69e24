// link: braid_broker braid_wire
// Every request that apis.h lists, through a real server: sockets, framing, dispatch, handlers, storage on a simulated disk. No input may break it, and
// every answer can be read. The server lives through all inputs, so that one finds what another left behind.
//
// An input is a row of requests. Each begins with: API (by its place in apis.h), version, kind. Kind: 0 to 5, the fields are filled from the input's bytes,
// so that what arrives is a request that is well-formed and strange; 6, a length (2 bytes) and a body as it is; 7, a length and a whole frame as it is.
// Times to wait are cut to some milliseconds in what is well-formed, or most inputs would be about waiting.
#include <unistd.h>

#include <array>
#include <cstdint>
#include <deque>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "base/log.h"
#include "broker/server.h"
#include "io/sim/files.h"
#include "wire/all_messages.h"
#include "wire/record_batch.h"

namespace {
using namespace braid;
using namespace braid::wire;

struct World {
  io::SimFiles files{7};
  std::unique_ptr<io::Shards> shards = io::Shards::start(2);
  std::unique_ptr<io::Shards> clients = io::Shards::start(1);
  Metrics metrics;
  std::unique_ptr<storage::Log> log;
  std::unique_ptr<storage::GroupOffsets> offsets;
  std::unique_ptr<storage::Transactions> transactions;
  std::unique_ptr<broker::Server> server;

  template <class T> static T good(Result<T> result) {
    if (result) return *std::move(result);
    std::fprintf(stderr, "fuzz_requests: %s\n", result.error().text().c_str());
    std::abort();
  }
  template <class T> T on_server(io::Task<T> task) { return io::block_on(shards->control(), std::move(task)); }
  World() {
    log::configure(log::Level::off, log::Style::text);
    storage::LogOptions options;
    options.directory = "data";
    options.wal_file_bytes = 4 << 20;
    options.free_bytes_min = 0;
    options.lock = false;
    options.retention_check_ms = 1000;
    log = good(storage::Log::open(files, *shards, options));
    offsets = good(on_server(storage::GroupOffsets::open(*log, *shards, 2)));
    transactions = good(on_server(storage::Transactions::open(*log, *offsets, *shards)));
    broker::Options broker;
    broker.endpoint = {"127.0.0.1", 0};
    broker.session_timeout_min_ms = 1;
    server = good(on_server(broker::Server::start(*shards, *log, *offsets, *transactions, nullptr, broker, metrics)));
    for (const auto& [name, policy] : {std::pair("t", "delete"), std::pair("c", "compact")}) {
      storage::NewTopic topic;
      topic.name = name;
      topic.partitions = 2;
      topic.configs = {{"cleanup.policy", policy}, {"segment.bytes", "4096"}, {"retention.bytes", "65536"}};
      if (!on_server(log->create_topic(std::move(topic)))) std::abort();
    }
  }
};
World& world() {
  static World& w = *new World;   // never destroyed: its threads end with the process
  return w;
}

// The input, byte for byte; zeros when it is used up.
class Source {
 public:
  explicit Source(BytesView bytes) : bytes_(bytes) {}
  bool empty() const { return bytes_.empty(); }
  std::uint8_t byte() {
    if (bytes_.empty()) return 0;
    const auto b = std::uint8_t(bytes_[0]);
    bytes_.remove_prefix(1);
    return b;
  }
  Bytes take(std::size_t n) {
    Bytes out(bytes_.substr(0, n));
    bytes_.remove_prefix(out.size());
    return out;
  }
  std::int64_t number() {   // mostly those that code compares with
    static constexpr std::array<std::int64_t, 16> known{0, 1, 2, -1, 3, 5, -2, -3, 100, 1000, 65536, 1'048'588, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN};
    const auto b = byte();
    if (b < known.size()) return known[b];
    if (b < 200) return b;
    std::int64_t v = 0;
    for (int i = 0; i < (b & 7); ++i) v = v << 8 | byte();
    return v;
  }


  std::deque<Bytes> kept;   // batches that requests refer to
 private:
  BytesView bytes_;
};

std::string name_for(std::string_view field, Source& in) {
  static constexpr std::array<std::string_view, 24> known{"t", "c", "t", "g", "x", "m", "absent", "", "consumer", "range", "__consumer_offsets", "a b", "Empty", "Stable", "classic", "retention.ms", "cleanup.policy",
                                                          "compact", "1", "1000", "no.such.key", "Ongoing", "t.t", "t_t"};
  const auto b = in.byte();
  if (b < 100) {   // what such a field is likely to hold
    if (field.find("group") != field.npos) return b < 90 ? "g" : "h";
    if (field.find("transactional") != field.npos) return b < 90 ? "x" : "y";
    if (field == "topic" || field == "name") return b < 60 ? "t" : b < 80 ? "c" : "absent";
    if (field == "member_id") return b < 60 ? "" : "m";
    return std::string(known[b % known.size()]);
  }
  if (b < 230) return std::string(known[b % known.size()]);
  return in.take(in.byte() % 20);
}

bool is_wait(std::string_view field) { return field.ends_with("_ms"); }

Records records_from(Source& in) {
  BatchOptions options;
  const auto kind = in.byte();
  options.codec = Codec(kind % 5);
  if (kind & 16) {
    options.producer_id = in.number();
    options.producer_epoch = std::int16_t(in.number());
    options.base_sequence = std::int32_t(in.number());
  }
  options.transactional = kind & 32;
  options.control = (kind & 192) == 192;
  BatchBuilder builder(options);
  const int count = 1 + in.byte() % 4;
  for (int i = 0; i < count; ++i) {
    const Bytes key = in.take(in.byte() % 4), value = in.take(in.byte() % 16);
    builder.add(in.number(), kind & 64 ? std::optional<BytesView>() : std::optional<BytesView>(key), value);
  }
  auto batch = builder.finish();
  Bytes bytes = batch ? *std::move(batch) : Bytes();
  const auto damage = in.byte();
  if (damage > 250 && !bytes.empty()) bytes[in.byte() % bytes.size()] = char(in.byte());
  if (damage > 200 && damage <= 225 && bytes.size() >= batch_header_bytes) {   // strange, and with a right checksum
    bytes[21 + in.byte() % 40] = char(in.byte());
    store_be(bytes.data() + 17, batch_crc(bytes));
  }
  in.kept.push_back(std::move(bytes));
  return Records{{Piece{in.kept.back()}}};
}

template <class T> void fill(std::string_view field, T& out, Source& in, int depth) {
  if constexpr (requires { out.has_value(); *out; }) {
    if (in.byte() % 8 == 7) return void(out.reset());
    std::remove_cvref_t<decltype(*out)> value{};   // clang cannot emplace() a member class whose members have defaults
    fill(field, value, in, depth);
    out.emplace(std::move(value));
  } else if constexpr (std::is_same_v<T, bool>) out = in.byte() & 1;
  else if constexpr (std::is_integral_v<T>) {
    const auto v = in.number();
    if (is_wait(field)) out = T(v < 0 ? v : v % 20);
    else if (field == "num_partitions" || field == "count") out = T(v > 64 ? INT32_MAX : v);   // few, or more than anybody makes
    else out = T(v);
  } else if constexpr (std::is_same_v<T, std::string>) out = name_for(field, in);
  else if constexpr (std::is_same_v<T, Uuid>) {
    const auto topics = world().log->topics();
    const auto topic = topics->find("t");
    if (topic && in.byte() < 200) out = topic->id;
    else out[0] = in.byte();
  } else if constexpr (std::is_same_v<T, Blob>) out.bytes = in.take(in.byte() % 32);
  else if constexpr (std::is_same_v<T, Records>) out = records_from(in);
  else if constexpr (requires { out.push_back(out[0]); }) {
    const int count = depth > 4 ? 0 : (in.byte() % 16 == 15 ? 9 : 1 + in.byte() % 3 - 1);
    for (int i = 0; i < count; ++i) fill(field, out.emplace_back(), in, depth + 1);
  } else {
    std::apply([&](const auto&... f) { (fill(f.name, out.*(f.member), in, depth + 1), ...); }, T::fields());
  }
}

// What a decoded request asks to wait, cut short.
template <class T> void hurry(std::string_view field, T& v) {
  if constexpr (requires { v.has_value(); *v; }) {
    if (v.has_value()) hurry(field, *v);
  } else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    if (is_wait(field)) v = T(v < 0 ? v : v % 20);
    if ((field == "num_partitions" || field == "count") && v > 64) v = T(INT32_MAX);
  } else if constexpr (requires { T::fields(); }) {
    std::apply([&](const auto&... f) { (hurry(f.name, v.*(f.member)), ...); }, T::fields());
  } else if constexpr (requires { v.begin()->fields(); }) {
    for (auto& e : v) hurry(field, e);
  }
}

struct Question {
  Api api{};
  std::int16_t version = 0;
  Bytes frame;
  bool silent = false;   // acks=0: there is no answer
};

Question make_question(Source& in) {
  Question q;
  q.api = apis[in.byte() % apis.size()];
  q.version = std::int16_t(q.api.served_min + in.byte() % (q.api.max - q.api.served_min + 1));
  const auto kind = in.byte() % 8;
  RequestHeader header{q.api.key, q.version, 1, "fuzz"};
  if (kind == 7) {
    const std::size_t length = in.byte() | (in.byte() & 15) << 8;
    const Bytes body = in.take(length);
    q.frame.assign(4, '\0');
    q.frame += body;
    store_be(q.frame.data(), std::uint32_t(body.size()));
    q.version = -1;
    return q;
  }
  for_each_message(AllMessages{}, [&]<class M>() {
    if constexpr (M::message.direction == Direction::request) {
      if (M::message.api != q.api.key) return;
      M message{};
      if (kind == 6) {
        const Bytes body = in.take(in.byte() | (in.byte() & 15) << 8);
        auto decoded = decode<M>(body, q.version);
        if (decoded) {
          message = *std::move(decoded);
          hurry("", message);
          if constexpr (requires { message.acks; }) q.silent = message.acks == 0;
          q.frame = frame_request(header, message).flat();
          return;
        }
        Gather head;
        head.be<std::uint32_t>(0);
        write_request_header(header, head);
        q.frame = head.flat() + body;
        store_be(q.frame.data(), std::uint32_t(q.frame.size() - 4));
        return;
      }
      fill("", message, in, 0);
      if constexpr (requires { message.acks; }) q.silent = message.acks == 0;
      q.frame = frame_request(header, message).flat();
    }
  });
  return q;
}

void check_answer(const Question& q, BytesView frame) {
  Reader in(frame);
  in.be<std::int32_t>();
  if (q.version < 0) return;
  if (q.api.key != ApiKey::api_versions && q.api.flexible(q.version)) in.uvarint();
  const auto body = in.rest();
  for_each_message(AllMessages{}, [&]<class M>() {
    if constexpr (M::message.direction == Direction::response) {
      if (M::message.api != q.api.key) return;
      const auto answer = decode<M>(body, q.version);
      if (!answer) {
        std::fprintf(stderr, "an answer to %s version %d cannot be read: %s\n", std::string(q.api.name).c_str(), int(q.version), answer.error().text().c_str());
        std::abort();
      }
    }
  });
}

// One connection for as long as it lasts. A request that waits for others (a member for its group) gets no answer in time: then a new connection.
struct Client {
  std::unique_ptr<io::Stream> stream;

  io::Task<Result<Bytes>> ask(Bytes frame, bool silent) {
    if (!stream) {
      auto connected = co_await io::connect(world().server->endpoint(), io::after(io::Milliseconds(5000)));
      if (!connected) co_return std::unexpected(std::move(connected).error());
      stream = *std::move(connected);
    }
    const auto deadline = io::after(io::Milliseconds(100));   // a member that waits for others is not waited for
    CO_TRY_VOID(co_await stream->write(BytesView(frame), deadline));
    if (silent) co_return Bytes();
    char length[4];
    CO_TRY_VOID(co_await stream->read_exactly(length, deadline));
    Bytes answer(load_be<std::uint32_t>(length), '\0');
    CO_TRY_VOID(co_await stream->read_exactly(answer, deadline));
    co_return answer;
  }
  io::Task<void> leave() {
    if (stream) stream->close();
    stream.reset();
    co_return;
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Client client;
  if (world().server == nullptr) return 0;
  Source in(BytesView(reinterpret_cast<const char*>(data), size));
  for (int i = 0; i < 8 && !in.empty(); ++i) {
    const auto question = make_question(in);
    auto asking = client.ask(question.frame, question.silent);
    const auto answer = io::block_on(world().clients->control(), std::move(asking));
    if (question.silent && answer) continue;
    if (answer) {
      check_answer(question, *answer);
    } else {
      auto leaving = client.leave();
      io::block_on(world().clients->control(), std::move(leaving));
    }
  }
  return 0;
}
