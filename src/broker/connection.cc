#include "broker/connection.h"

#include <algorithm>

#include "base/limits/kafka.h"
#include "base/limits/net.h"
#include "base/limits/security.h"
#include "base/log.h"
#include "io/all.h"

namespace braid::broker {
namespace {

constexpr std::size_t read_bytes = 64 * limits::KiB;   // one read takes many small requests at once

// Bytes of requests under way on this shard; gives them back when it goes.
class MemoryHold {
 public:
  MemoryHold(ShardState& shard, Gauge& gauge, std::size_t n) : shard_(&shard), gauge_(&gauge), n_(n) {
    shard_->request_bytes += n_;
    gauge_->add(double(n_));
  }
  MemoryHold(const MemoryHold&) = delete;
  ~MemoryHold() {
    shard_->request_bytes -= n_;
    gauge_->add(-double(n_));
    shard_->request_done.notify_all();
  }

 private:
  ShardState* shard_;
  Gauge* gauge_;
  std::size_t n_;
};

struct HeldFrame {   // the frame and its share of the memory budget go together
  HeldFrame(ShardState& shard, Gauge& gauge, std::size_t n) : hold(shard, gauge, n) {}
  MemoryHold hold;
  Bytes bytes;
};

class Reading {   // known to the shard as long as it lives
 public:
  Reading(ShardState& shard, io::Stream& stream, std::size_t bytes) : shard_(shard), frame_{std::chrono::steady_clock::now(), bytes, &stream} { shard_.reading.insert(&frame_); }
  Reading(const Reading&) = delete;
  ~Reading() { shard_.reading.erase(&frame_); }

 private:
  ShardState& shard_;
  FrameBeingRead frame_;
};

// Somebody waits for memory: the request that is under way for longest gives its share back, if it had time enough to come.
void cut_slowest(Core& core, ShardState& shard) {
  const auto oldest = std::ranges::min_element(shard.reading, {}, [](const FrameBeingRead* one) { return one->began; });
  if (oldest == shard.reading.end() || std::chrono::steady_clock::now() - (*oldest)->began < io::Milliseconds(core.options.slow_request_ms)) return;
  core.metrics.slow_cut.add();
  log::warn("kafka_slow_request_cut", {{"peer", (*oldest)->stream->peer().text()}, {"announced_bytes", (*oldest)->bytes}, {"hint", "others waited for the memory that this request holds"}});
  (*oldest)->stream->close();
}

void grow(Bytes& bytes, std::size_t size) {   // without writing zeros that a read will overwrite
  bytes.resize_and_overwrite(size, [](char*, std::size_t n) { return n; });
}

}  // namespace

Connection::Connection(Core& core, std::unique_ptr<io::Stream> stream)
    : core_(core), stream_(std::move(stream)), login_(core.options.security), login_deadline_(io::after(io::Milliseconds(limits::sasl_login_ms_max))) {
  if (!core_.options.tls) return;
  auto wrapped = core_.options.tls->wrap(std::move(stream_), {});   // Kafka has no name in ALPN
  tls_ = wrapped.get();
  stream_ = std::move(wrapped);
}

io::Task<bool> Connection::shake_hands() {
  const auto done = co_await tls_->handshake(io::after(io::Milliseconds(limits::tls_handshake_ms_max)));
  if (done) {
    core_.metrics.handshakes.add();
    co_return true;
  }
  if (done.error().code == ErrorCode::stopping) co_return false;
  core_.metrics.handshakes_failed.add();
  Error error = done.error();
  if (!tls_->plain_text().empty()) error.hint = "this port speaks Kafka over TLS: clients need security.protocol=SSL, or SASL_SSL to log in";
  io::log_failed_handshake("kafka", tls_->peer(), error);
  co_return false;
}

void Connection::failed(std::string_view what, const Error& error) {
  broken_ = true;
  log::warn("kafka_connection_closed", {{"peer", stream_->peer().text()}, {"why", what}, {"error", error.message}, {"hint", error.hint}});
}

io::Task<void> Connection::run(std::shared_ptr<Connection> self) {
  auto& metrics = self->core_.metrics;
  metrics.connections.add(1);
  if (self->tls_) {
    const bool ready = co_await self->shake_hands();
    self->broken_ = !ready;
  }
  while (!self->broken_) {
    auto frame = co_await self->read_frame();
    if (!frame) {
      if (frame.error().code == ErrorCode::invalid_input) {
        metrics.malformed.add();
        self->failed("malformed_frame", frame.error());
      }
      break;
    }
    if (*frame == nullptr) break;
    const auto served = co_await self->serve_frame(*std::move(frame));
    if (!served) {
      if (served.error().code == ErrorCode::invalid_input || served.error().code == ErrorCode::unsupported) {
        metrics.malformed.add();
        self->failed("bad_request", served.error());
      } else if (served.error().code == ErrorCode::unauthenticated) {
        self->failed("not_logged_in", served.error());
      } else if (served.error().code == ErrorCode::bug) {
        self->failed("bug", served.error());
      }
      break;
    }
  }
  self->broken_ = true;
  while (!self->slots_.empty()) co_await self->changed_.wait();
  self->stream_->close();
  metrics.connections.add(-1);
}

io::Task<Result<std::shared_ptr<const Bytes>>> Connection::read_frame() {
  const auto deadline = login_.done() ? io::after(io::Milliseconds(limits::kafka_idle_ms_max)) : login_deadline_;
  const auto bytes_max = login_.done() ? limits::kafka_request_bytes_max : limits::sasl_bytes_max;   // strangers get no memory
  while (input_.size() - taken_ < 4) {
    if (taken_ == input_.size()) { input_.clear(); taken_ = 0; }
    const auto had = input_.size();
    grow(input_, had + read_bytes);
    const auto got = co_await stream_->read_some(std::span(input_.data() + had, read_bytes), deadline);
    input_.resize(had + (got ? *got : 0));
    if (!got) co_return std::unexpected(got.error());
    if (*got == 0) co_return std::shared_ptr<const Bytes>();
    core_.metrics.bytes_in.add(double(*got));
  }
  const auto size = load_be<std::uint32_t>(input_.data() + taken_);
  if (size > limits::kafka_request_bytes_max && !tls_ && size >> 16 == 0x1603)   // a ClientHello
    co_return fail(ErrorCode::invalid_input, "the client speaks TLS, and this port does not", "set tls_certificate and tls_key, or security.protocol=PLAINTEXT in the client");
  if (size > bytes_max)   // covers negative ones
    co_return fail(ErrorCode::invalid_input, "a frame of " + std::to_string(size) + " bytes was announced; the limit is " + std::to_string(bytes_max));
  taken_ += 4;
  auto& shard = core_.here();
  const auto budget = (core_.options.request_memory ? core_.options.request_memory : limits::kafka_request_memory_max) / std::size_t(core_.shards.size());
  while (shard.request_bytes > 0 && shard.request_bytes + size > budget) {   // push back: the socket waits, not our memory
    const bool woken = co_await shard.request_done.wait(std::min(deadline, io::after(io::Milliseconds(core_.options.slow_request_ms / 10))));
    if (!woken) cut_slowest(core_, shard);
    if (!woken && std::chrono::steady_clock::now() >= deadline) co_return fail(ErrorCode::timeout, "no memory for a request of " + std::to_string(size) + " bytes");
  }
  auto held = std::make_shared<HeldFrame>(shard, core_.metrics.request_memory, size);
  const Reading reading(shard, *stream_, size);
  auto& bytes = held->bytes;
  const auto at_hand = std::min<std::size_t>(size, input_.size() - taken_);
  bytes.reserve(std::min<std::size_t>(size, std::max(at_hand, limits::kafka_allocation_ahead_max)));
  bytes.assign(input_, taken_, at_hand);
  taken_ += at_hand;
  if (taken_ == input_.size()) { input_.clear(); taken_ = 0; }
  while (bytes.size() < size) {
    const auto had = bytes.size();
    const auto step = std::min<std::size_t>(size - had, std::max(had, limits::kafka_allocation_ahead_max));   // doubles as the bytes really come
    grow(bytes, had + step);
    const auto got = co_await stream_->read_some(std::span(bytes.data() + had, step), deadline);
    bytes.resize(had + (got ? *got : 0));
    if (!got) co_return std::unexpected(got.error());
    if (*got == 0) co_return std::shared_ptr<const Bytes>();   // died in the middle of a request: nothing to answer
    core_.metrics.bytes_in.add(double(*got));
  }
  co_return std::shared_ptr<const Bytes>(held, &held->bytes);
}

io::Task<Result<void>> Connection::serve_frame(std::shared_ptr<const Bytes> frame) {
  if (login_.raw_tokens()) co_return co_await serve_token(std::move(frame));
  Reader in(*frame);
  CO_TRY(auto header, wire::read_request_header(in));
  CO_TRY_VOID(may_ask(header));
  const auto body_at = in.position();
  const auto& api = *wire::find_api(header.api);
  auto& counters = core_.metrics.apis.at(header.api);
  counters.requests->add();
  if (header.version < api.min || (header.version > api.max && header.api != wire::ApiKey::api_versions)) {
    counters.failures->add();
    co_return fail(ErrorCode::unsupported, std::string(api.name) + " version " + std::to_string(header.version) + " is not offered (" + std::to_string(api.min) + " to " +
                                               std::to_string(api.max) + " are)");
  }
  Call call{core_, std::move(header), {}, stream_->local()};
  call.login = &login_;
  if (!login_.user().empty()) call.caller.principal = login_.user();
  call.caller.client_id = call.header.client_id.value_or("");
  call.caller.host = stream_->peer().host;
  const Serve serve = find_handler(api.key);
  if (api.key == wire::ApiKey::produce) {
    while (slots_.size() >= limits::kafka_produce_in_flight_max) co_await changed_.wait();
    auto slot = std::make_shared<Slot>();
    slots_.push_back(slot);
    io::start(produce(shared_from_this(), std::move(slot), std::move(frame), std::move(call), serve, body_at));
    co_return Result<void>{};
  }
  while (!slots_.empty()) co_await changed_.wait();
  if (broken_) co_return Result<void>{};
  const auto begun = std::chrono::steady_clock::now();
  auto answer = co_await serve(call, BytesView(*frame).substr(body_at));
  counters.seconds->observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count());
  if (!answer) {
    counters.failures->add();
    co_return std::unexpected(answer.error());
  }
  frame.reset();
  if (login_.failed()) co_await io::sleep_for(io::Milliseconds(limits::sasl_failure_delay_ms));
  if (*answer) CO_TRY_VOID(co_await write(**std::move(answer)));
  if (login_.failed()) broken_ = true;
  co_return Result<void>{};
}

// Kafka closes a connection that asks for anything else before it has said who it is, and one whose session is over.
Result<void> Connection::may_ask(const wire::RequestHeader& header) {
  if (header.api == wire::ApiKey::api_versions || header.api == wire::ApiKey::sasl_handshake || header.api == wire::ApiKey::sasl_authenticate) return {};
  if (!login_.done())
    return fail(ErrorCode::unauthenticated, std::string(wire::find_api(header.api)->name) + " was asked before a login", "set security.protocol, sasl.mechanism and the user's name and password in the client");
  if (login_.expired(core_.monotonic_ms())) return fail(ErrorCode::unauthenticated, "the login of " + login_.user() + " is over: the session was not renewed, or the user was removed");
  return {};
}

io::Task<Result<void>> Connection::serve_token(std::shared_ptr<const Bytes> frame) {
  auto stepping = login_.step(Bytes(*frame), core_.monotonic_ms());
  auto step = co_await std::move(stepping);
  frame.reset();
  if (login_.failed()) {   // there is no way to say why
    co_await io::sleep_for(io::Milliseconds(limits::sasl_failure_delay_ms));
    broken_ = true;
    co_return Result<void>{};
  }
  wire::Gather out;
  out.be<std::uint32_t>(std::uint32_t(step.answer.size()));
  out.bytes(step.answer);
  co_return co_await write(std::move(out));
}

io::Task<void> Connection::produce(std::shared_ptr<Connection> self, std::shared_ptr<Slot> slot, std::shared_ptr<const Bytes> frame, Call call, Serve serve, std::size_t body_at) {
  auto& counters = self->core_.metrics.apis.at(wire::ApiKey::produce);
  const auto begun = std::chrono::steady_clock::now();
  auto answer = co_await serve(call, BytesView(*frame).substr(body_at));
  counters.seconds->observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count());
  frame.reset();
  slot->done = true;
  if (answer) {
    slot->answer = *std::move(answer);
  } else {
    counters.failures->add();
    if (!self->broken_) {
      self->core_.metrics.malformed.add();
      self->failed("bad_request", answer.error());
      self->stream_->close();   // ends the read under way
    }
  }
  co_await self->write_ready();
}

io::Task<void> Connection::write_ready() {
  if (writing_) co_return;   // whoever writes comes by
  writing_ = true;
  while (!slots_.empty() && slots_.front()->done) {
    auto answer = std::move(slots_.front()->answer);
    if (answer && !broken_) (void)co_await write(*std::move(answer));
    slots_.pop_front();
    changed_.notify_all();
  }
  writing_ = false;
}

io::Task<Result<void>> Connection::write(wire::Gather answer) {
  const auto pieces = answer.pieces();
  auto written = co_await stream_->write(std::span<const BytesView>(pieces), io::after(io::Milliseconds(limits::kafka_write_ms_max)));
  if (!written) {
    broken_ = true;
    stream_->close();
    co_return written;
  }
  core_.metrics.bytes_out.add(double(answer.size()));
  co_return Result<void>{};
}

}  // namespace braid::broker
