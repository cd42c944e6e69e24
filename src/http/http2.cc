// HTTP/2 (RFC 9113) by nghttp2: one Session per connection, one task per stream.
#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>

#include "base/limits/http.h"
#include "base/log.h"
#include "http/connection.h"
#include "http/target.h"

namespace braid::http {
namespace {

constexpr std::size_t out_bytes_max = 256 * limits::KiB;   // per stream: beyond it a writer waits
constexpr std::int32_t window_bytes = 1 << 20;             // what a client may send ahead per stream

class Session;

// One request and its answer. Shared by the session's table and the task that serves it.
struct H2Stream {
  std::int32_t id = 0;
  Request request;
  std::string method, path;       // pseudo fields; a HEAD is kept in `method`
  std::size_t header_bytes = 0;
  Bytes body;                     // arrived, not yet taken
  std::size_t body_bytes = 0;
  bool admitted = false;          // by its head: until then its body waits in its window
  bool refused = false;           // answered without its body, which is dropped
  bool body_ended = false, dispatched = false, gone = false;
  Router::Found found;
  io::Notifier body_arrived;

  Bytes out;                      // to be sent
  std::size_t out_sent = 0;
  bool out_ended = false, deferred = false;
  io::Notifier out_drained;
  std::move_only_function<void()> on_close;
  std::int64_t started_ns = 0;

  void close_now() {
    if (auto call = std::exchange(on_close, nullptr)) call();
  }
};

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(std::shared_ptr<ServerState> server, std::shared_ptr<Connection> connection) : server_(std::move(server)), connection_(std::move(connection)) {}
  ~Session() { nghttp2_session_del(session_); }

  bool open(std::optional<Http2Upgrade> upgrade);
  io::Task<void> run();
  void flush();                                                  // sends what nghttp2 has ready, in a task of its own
  void consume(std::int32_t stream, std::size_t bytes);          // opens the window again
  void resume(const std::shared_ptr<H2Stream>& stream);
  io::Task<Result<void>> write(std::shared_ptr<H2Stream> stream, Bytes bytes);
  ServerState& server() { return *server_; }

 private:
  static int on_begin(nghttp2_session*, const nghttp2_frame* frame, void* user);
  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size, const std::uint8_t* value,
                       std::size_t value_size, std::uint8_t, void* user);
  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user);
  static int on_data(nghttp2_session*, std::uint8_t, std::int32_t stream, const std::uint8_t* data, std::size_t size, void* user);
  static int on_stream_close(nghttp2_session*, std::int32_t stream, std::uint32_t, void* user);
  static int on_sent(nghttp2_session*, const nghttp2_frame* frame, void* user);
  static ssize_t read_out(nghttp2_session*, std::int32_t stream, std::uint8_t* into, std::size_t size, std::uint32_t* flags, nghttp2_data_source*, void* user);

  void head_arrived(const std::shared_ptr<H2Stream>& stream);
  void dispatch(const std::shared_ptr<H2Stream>& stream);
  void admitted(const std::shared_ptr<H2Stream>& stream);
  void answer_now(const std::shared_ptr<H2Stream>& stream, int status, Error error);
  void answer_now(const std::shared_ptr<H2Stream>& stream, Response response);
  void submit(const std::shared_ptr<H2Stream>& stream, const Response& response, bool with_body);
  void drop_all();
  static io::Task<void> admit_stream(std::shared_ptr<Session> self, std::shared_ptr<H2Stream> stream, io::Gate::Pass pass);
  static io::Task<void> serve_stream(std::shared_ptr<Session> self, std::shared_ptr<H2Stream> stream, io::Gate::Pass pass);
  static io::Task<void> flush_loop(std::shared_ptr<Session> self);

  std::shared_ptr<ServerState> server_;
  std::shared_ptr<Connection> connection_;
  nghttp2_session* session_ = nullptr;
  std::map<std::int32_t, std::shared_ptr<H2Stream>> streams_;
  int running_ = 0;               // tasks, including those whose stream is gone
  bool flushing_ = false, flush_again_ = false, broken_ = false;
};

class H2Body final : public BodyReader {
 public:
  H2Body(std::shared_ptr<Session> session, std::shared_ptr<H2Stream> stream) : session_(std::move(session)), stream_(std::move(stream)) {}
  io::Task<Result<std::optional<Bytes>>> next(io::Deadline deadline) override {
    for (;;) {
      if (!stream_->body.empty()) {
        std::optional<Bytes> got(std::exchange(stream_->body, {}));
        session_->consume(stream_->id, got->size());
        co_return got;
      }
      if (stream_->body_ended) co_return std::optional<Bytes>{};
      if (stream_->gone) co_return fail(ErrorCode::io, "the client closed the stream in the middle of the body");
      const bool woken = co_await stream_->body_arrived.wait(deadline);
      if (!woken) co_return fail(ErrorCode::timeout, "no more of the request body came in time");
    }
  }

 private:
  std::shared_ptr<Session> session_;
  std::shared_ptr<H2Stream> stream_;
};

class H2Writer final : public BodyWriter {
 public:
  H2Writer(std::shared_ptr<Session> session, std::shared_ptr<H2Stream> stream) : session_(std::move(session)), stream_(std::move(stream)) {}
  io::Task<Result<void>> write(Bytes bytes) override { return session_->write(stream_, std::move(bytes)); }
  bool closed() const override { return stream_->gone || session_->server().stopping; }
  void on_close(std::move_only_function<void()> call) override { stream_->on_close = std::move(call); }

 private:
  std::shared_ptr<Session> session_;
  std::shared_ptr<H2Stream> stream_;
};

Session& session_of(void* user) { return *static_cast<Session*>(user); }

bool Session::open(std::optional<Http2Upgrade> upgrade) {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
  nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_sent);
  nghttp2_option* option = nullptr;
  nghttp2_option_new(&option);
  nghttp2_option_set_no_auto_window_update(option, 1);   // a body that nobody takes closes the window
  const int made = nghttp2_session_server_new2(&session_, callbacks, this, option);
  nghttp2_option_del(option);
  nghttp2_session_callbacks_del(callbacks);
  if (made != 0) return false;
  if (upgrade) {
    const auto* payload = reinterpret_cast<const std::uint8_t*>(upgrade->settings.data());
    if (nghttp2_session_upgrade2(session_, payload, upgrade->settings.size(), upgrade->request.method == "HEAD", nullptr) != 0) return false;
  }
  const std::array<nghttp2_settings_entry, 3> settings{{{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits::http2_streams_max},
                                                        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, std::uint32_t(window_bytes)},
                                                        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, std::uint32_t(limits::http_header_bytes_max)}}};
  if (nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size()) != 0) return false;
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, 4 * window_bytes);
  if (upgrade) {
    auto stream = std::make_shared<H2Stream>();
    stream->id = 1;
    stream->method = upgrade->request.method;
    stream->request = std::move(upgrade->request);
    stream->request.version = 20;
    stream->body = std::move(stream->request.body);
    stream->body_ended = true;
    stream->admitted = true;      // by HTTP/1.1, before it switched
    stream->started_ns = system_clock().monotonic_ns();
    if (stream->method == "HEAD") stream->request.method = "GET";
    stream->found = server_->router.find(stream->request);
    streams_[1] = stream;
    dispatch(stream);
  }
  return true;
}

int Session::on_begin(nghttp2_session*, const nghttp2_frame* frame, void* user) {
  if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
  auto& self = session_of(user);
  // A client that opens and resets streams keeps us busy without ever waiting for an answer: the tasks count, not the streams.
  if (self.server_->stopping || self.running_ >= 2 * int(limits::http2_streams_max)) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  auto stream = std::make_shared<H2Stream>();
  stream->id = frame->hd.stream_id;
  stream->started_ns = system_clock().monotonic_ns();
  stream->request.version = 20;
  stream->request.peer = self.connection_->stream->peer();
  stream->request.local = self.connection_->stream->local();
  stream->request.secure = self.connection_->secure;
  self.streams_[stream->id] = std::move(stream);
  return 0;
}

int Session::on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size, const std::uint8_t* value,
                       std::size_t value_size, std::uint8_t, void* user) {
  auto& self = session_of(user);
  const auto found = self.streams_.find(frame->hd.stream_id);
  if (found == self.streams_.end() || frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;   // trailers are read and dropped
  H2Stream& stream = *found->second;
  const std::string_view key(reinterpret_cast<const char*>(name), name_size), text(reinterpret_cast<const char*>(value), value_size);
  stream.header_bytes += name_size + value_size + 32;
  if (stream.header_bytes > limits::http_header_bytes_max) return 0;    // answered 431 once the head is complete
  if (key == ":method") stream.method = text;
  else if (key == ":path") stream.path = text;
  else if (key == ":authority") stream.request.headers.add("Host", std::string(text));
  else if (!key.starts_with(':')) stream.request.headers.add(std::string(key), std::string(text));
  return 0;
}

int Session::on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
  auto& self = session_of(user);
  const auto found = self.streams_.find(frame->hd.stream_id);
  if (found == self.streams_.end()) return 0;
  const auto stream = found->second;
  if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST) self.head_arrived(stream);
  if ((frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM)) {
    stream->body_ended = true;
    stream->body_arrived.notify_all();
    self.dispatch(stream);
  }
  return 0;
}

void Session::head_arrived(const std::shared_ptr<H2Stream>& stream) {
  Request& request = stream->request;
  request.method = stream->method == "HEAD" ? "GET" : stream->method;
  request.target = stream->path;
  if (stream->header_bytes > limits::http_header_bytes_max) {
    return answer_now(stream, 431, Error{ErrorCode::overloaded, "the head of this request is larger than the limit of " +
                                                                    std::to_string(limits::http_header_bytes_max) + " bytes"});
  }
  auto split = split_target(request);
  if (!split) return answer_now(stream, 400, std::move(split).error());
  stream->found = server_->router.find(request);
  if (!server_->router.asks_on_head()) return admitted(stream);
  auto pass = server_->gate.enter();
  if (!pass) return;
  ++running_;
  io::Shard::current()->spawn(admit_stream(shared_from_this(), stream, std::move(*pass)));
}

io::Task<void> Session::admit_stream(std::shared_ptr<Session> self, std::shared_ptr<H2Stream> stream, io::Gate::Pass pass) {
  auto refusal = co_await self->server_->router.admit(stream->request, stream->found);
  --self->running_;
  if (stream->gone || self->broken_) co_return;
  if (refusal) self->answer_now(stream, std::move(*refusal));
  else self->admitted(stream);
  (void)pass;
}

void Session::admitted(const std::shared_ptr<H2Stream>& stream) {
  stream->admitted = true;
  const bool streamed = stream->found.handler && stream->found.body == Body::streamed;
  if (!streamed && !stream->body.empty()) consume(stream->id, stream->body.size());   // what has waited
  if (streamed || stream->body_ended) dispatch(stream);
}

// Who was refused need not send the rest of a body (RFC 9113, 8.1).
int Session::on_sent(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
  if ((frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) || !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM)) return 0;
  auto& self = session_of(user);
  const auto found = self.streams_.find(frame->hd.stream_id);
  if (found == self.streams_.end() || !found->second->refused || found->second->body_ended) return 0;
  nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_NO_ERROR);
  return 0;
}

int Session::on_data(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* data, std::size_t size, void* user) {
  auto& self = session_of(user);
  const auto found = self.streams_.find(id);
  if (found == self.streams_.end()) {
    nghttp2_session_consume(self.session_, id, size);
    return 0;
  }
  const auto stream = found->second;
  const bool streamed = stream->found.handler && stream->found.body == Body::streamed;
  stream->body_bytes += size;
  if (stream->refused) {   // drop what still comes
    nghttp2_session_consume(self.session_, id, size);
    return 0;
  }
  if (!streamed) {
    if (stream->admitted) nghttp2_session_consume(self.session_, id, size);
    if (stream->body_bytes > limits::http_body_bytes_max) {
      self.answer_now(stream, 413, Error{ErrorCode::overloaded, "the body of this request is larger than the limit of " +
                                                                    std::to_string(limits::http_body_bytes_max) + " bytes"});
      return 0;
    }
  }
  stream->body.append(reinterpret_cast<const char*>(data), size);
  stream->body_arrived.notify_all();
  return 0;
}

int Session::on_stream_close(nghttp2_session*, std::int32_t id, std::uint32_t, void* user) {
  auto& self = session_of(user);
  const auto found = self.streams_.find(id);
  if (found == self.streams_.end()) return 0;
  const auto stream = found->second;
  self.streams_.erase(found);
  stream->gone = true;
  stream->out_drained.notify_all();
  stream->body_arrived.notify_all();
  stream->close_now();
  return 0;
}

ssize_t Session::read_out(nghttp2_session*, std::int32_t id, std::uint8_t* into, std::size_t size, std::uint32_t* flags, nghttp2_data_source*, void* user) {
  auto& self = session_of(user);
  const auto found = self.streams_.find(id);
  if (found == self.streams_.end()) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  H2Stream& stream = *found->second;
  const std::size_t left = stream.out.size() - stream.out_sent;
  if (left == 0 && !stream.out_ended) {
    stream.deferred = true;
    return NGHTTP2_ERR_DEFERRED;
  }
  const std::size_t n = std::min(left, size);
  std::memcpy(into, stream.out.data() + stream.out_sent, n);
  stream.out_sent += n;
  if (stream.out_sent == stream.out.size()) {
    stream.out.clear();
    stream.out_sent = 0;
    if (stream.out_ended) *flags |= NGHTTP2_DATA_FLAG_EOF;
  }
  if (stream.out.size() - stream.out_sent < out_bytes_max) stream.out_drained.notify_all();
  self.server_->bytes_out->add(double(n));
  return ssize_t(n);
}

void Session::consume(std::int32_t id, std::size_t bytes) {
  if (broken_) return;
  nghttp2_session_consume(session_, id, bytes);
  flush();
}

void Session::resume(const std::shared_ptr<H2Stream>& stream) {
  if (broken_ || stream->gone) return;
  if (std::exchange(stream->deferred, false)) nghttp2_session_resume_data(session_, stream->id);
  flush();
}

io::Task<Result<void>> Session::write(std::shared_ptr<H2Stream> stream, Bytes bytes) {
  auto self = shared_from_this();
  if (stream->gone || broken_) co_return fail(ErrorCode::unavailable, "the client has gone away");
  stream->out += bytes;
  resume(stream);
  const auto until = io::after(server_->options.write);
  while (stream->out.size() - stream->out_sent >= out_bytes_max && !stream->gone) {
    const bool woken = co_await stream->out_drained.wait(until);
    if (!woken && !stream->gone && stream->out.size() - stream->out_sent >= out_bytes_max) {
      nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream->id, NGHTTP2_CANCEL);   // it takes nothing: drop it
      flush();
      co_return fail(ErrorCode::unavailable, "the client takes nothing any more");
    }
  }
  if (stream->gone) co_return fail(ErrorCode::unavailable, "the client has gone away");
  co_return Result<void>{};
}

void Session::submit(const std::shared_ptr<H2Stream>& stream, const Response& response, bool with_body) {
  if (broken_ || stream->gone) return;
  std::vector<std::pair<std::string, std::string>> fields;
  fields.emplace_back(":status", std::to_string(response.status));
  for (const auto& [name, value] : response.headers) {
    if (!text_is_field_safe(name) || !text_is_field_safe(value)) continue;
    std::string lower = name;
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    if (lower == "connection" || lower == "transfer-encoding" || lower == "keep-alive") continue;
    fields.emplace_back(std::move(lower), value);
  }
  fields.emplace_back("date", http_date());
  if (!response.stream && response.status != 204 && response.status != 304) fields.emplace_back("content-length", std::to_string(response.body.size()));
  std::vector<nghttp2_nv> pairs;
  pairs.reserve(fields.size());
  for (auto& [name, value] : fields)
    pairs.push_back({reinterpret_cast<std::uint8_t*>(name.data()), reinterpret_cast<std::uint8_t*>(value.data()), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
  nghttp2_data_provider provider{};
  provider.read_callback = read_out;
  nghttp2_submit_response(session_, stream->id, pairs.data(), pairs.size(), with_body ? &provider : nullptr);
  flush();
}

void Session::answer_now(const std::shared_ptr<H2Stream>& stream, int status, Error error) {
  answer_now(stream, server_->router.error(stream->request.path, status, error));
}

void Session::answer_now(const std::shared_ptr<H2Stream>& stream, Response response) {
  if (stream->dispatched) return;
  stream->dispatched = stream->refused = true;
  // What has waited for the admission was never given back to its window.
  if (const Bytes waited = std::exchange(stream->body, {}); !stream->admitted && !waited.empty()) nghttp2_session_consume(session_, stream->id, waited.size());
  const bool with_body = stream->method != "HEAD" && !response.body.empty();
  stream->out = response.body;
  stream->out_ended = true;
  submit(stream, response, with_body);
  server_->count(response.status, stream->started_ns);
}

void Session::dispatch(const std::shared_ptr<H2Stream>& stream) {
  if (stream->dispatched || !stream->admitted) return;
  stream->dispatched = true;
  auto pass = server_->gate.enter();
  if (!pass) return;
  ++running_;
  io::Shard::current()->spawn(serve_stream(shared_from_this(), stream, std::move(*pass)));
}

io::Task<void> Session::serve_stream(std::shared_ptr<Session> self, std::shared_ptr<H2Stream> stream, io::Gate::Pass pass) {
  Request request = std::move(stream->request);
  Request kept;
  kept.headers = request.headers;
  const bool head_only = stream->method == "HEAD";
  if (stream->found.handler && stream->found.body == Body::streamed) request.body_reader = std::make_shared<H2Body>(self, stream);
  else request.body = std::move(stream->body);
  Response response = co_await self->server_->router.handle(std::move(request), stream->found);
  const bool bodiless = head_only || response.status == 204 || response.status == 304;
  if (!response.stream) {
    maybe_gzip(kept, response);
    if (!bodiless) stream->out = response.body;
    stream->out_ended = true;
    self->submit(stream, response, !bodiless);
  } else {
    self->submit(stream, response, !bodiless);
    if (!bodiless) {
      bool good = true;
      std::string what;
      H2Writer writer(self, stream);
      try {
        co_await response.stream(writer);
      } catch (const std::exception& e) {
        good = false;
        what = e.what();
      }
      stream->on_close = nullptr;
      if (!good) {
        log::error("http_stream_failed", {{"server", self->server_->options.name}, {"what", what}});
        if (!stream->gone && !self->broken_) nghttp2_submit_rst_stream(self->session_, NGHTTP2_FLAG_NONE, stream->id, NGHTTP2_INTERNAL_ERROR);
        self->flush();
      } else {
        stream->out_ended = true;
        self->resume(stream);
      }
    }
  }
  self->server_->count(response.status, stream->started_ns);
  --self->running_;
  (void)pass;
}

void Session::flush() {
  if (flushing_) {
    flush_again_ = true;
    return;
  }
  flushing_ = true;   // run() waits for it, so the server's gate covers it
  io::Shard::current()->spawn(flush_loop(shared_from_this()));
}

io::Task<void> Session::flush_loop(std::shared_ptr<Session> self) {
  do {
    self->flush_again_ = false;
    for (;;) {
      Bytes batch;
      while (!self->broken_ && batch.size() < 64 * limits::KiB) {
        const std::uint8_t* data = nullptr;
        const ssize_t n = nghttp2_session_mem_send(self->session_, &data);
        if (n <= 0) break;
        batch.append(reinterpret_cast<const char*>(data), std::size_t(n));
      }
      if (batch.empty()) break;
      const auto written = co_await self->connection_->stream->write(BytesView(batch), io::after(self->server_->options.write));
      if (!written) {
        self->broken_ = true;
        self->connection_->close();
        self->drop_all();
      }
    }
  } while (self->flush_again_);
  self->flushing_ = false;
  // Both sides have said goodbye: nothing will come any more, so the reader need not wait.
  if (!self->broken_ && !nghttp2_session_want_read(self->session_) && !nghttp2_session_want_write(self->session_)) self->connection_->close();
}

void Session::drop_all() {
  auto streams = std::exchange(streams_, {});
  for (auto& [id, stream] : streams) {
    stream->gone = true;
    stream->out_drained.notify_all();
    stream->body_arrived.notify_all();
    stream->close_now();
  }
}

io::Task<void> Session::run() {
  auto self = shared_from_this();
  connection_->on_stop = [this] {
    nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(session_), NGHTTP2_NO_ERROR, nullptr, 0);
    const auto streams = streams_;
    for (const auto& [id, stream] : streams) stream->close_now();
    flush();
    if (streams_.empty()) connection_->close();
  };
  flush();
  while (!broken_) {
    const auto pending = connection_->pending();
    if (!pending.empty()) {
      const ssize_t used = nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(pending.data()), pending.size());
      if (used < 0) break;          // bytes that are no HTTP/2
      connection_->consume(std::size_t(used));
      flush();
    }
    if (!nghttp2_session_want_read(session_) && !nghttp2_session_want_write(session_)) break;
    if (server_->stopping && streams_.empty()) break;
    auto more = co_await connection_->fill(io::after(server_->options.idle));
    if (!more && more.error().code == ErrorCode::timeout && !streams_.empty()) continue;   // a long stream may be silent
    if (!more || !*more) break;
  }
  connection_->on_stop = nullptr;
  while (flushing_) co_await io::sleep_for(io::Milliseconds(1));
  broken_ = true;
  drop_all();
  connection_->close();
}

}  // namespace

io::Task<void> serve_http2(std::shared_ptr<ServerState> server, std::shared_ptr<Connection> connection, std::optional<Http2Upgrade> upgrade) {
  auto session = std::make_shared<Session>(server, connection);   // shared by its streams' tasks
  if (session->open(std::move(upgrade))) co_await session->run();
  connection->close();
}

}  // namespace braid::http
