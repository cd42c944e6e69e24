// The server's HTTP/2 side against nghttp2's own client side, over a real socket.
#include <gtest/gtest.h>
#include <nghttp2/nghttp2.h>

#include <array>
#include <cstring>
#include <map>

#include "base/limits/http.h"
#include "http/server.h"
#include "io/sync.h"

namespace braid::http {
namespace {

io::Task<Response> say(Response response) { co_return response; }

struct Served {
  Router router;
  Metrics metrics;
  io::Notifier closed;
  bool close_seen = false;
  io::Notifier may_decide;
  bool decides = true;
  std::unique_ptr<Server> server;
};

io::Task<void> write_many(BodyWriter& writer, int n) {
  for (int i = 0; i < n; ++i) {
    const auto written = co_await writer.write(Bytes(1000, 'r'));
    if (!written) co_return;
  }
}
io::Task<void> until_closed(Served& served, BodyWriter& writer) {
  writer.on_close([&served] {
    served.close_seen = true;
    served.closed.notify_all();
  });
  (void)co_await writer.write("first\n");
  while (!writer.closed()) (void)co_await served.closed.wait();
}

io::Task<std::optional<Response>> by_the_head(Served& served, Request& request) {
  while (!served.decides) (void)co_await served.may_decide.wait();
  std::optional<Response> out;
  if (request.headers.get_or("x-extra", "") != "let me in") out = Response::text(401, "who asks?");
  co_return out;
}

Result<void> start(Served& served) {
  served.router.get("/hello/{name}", [](Request r) { return say(Response::text(200, "hello " + r.param("name") + " by " + std::to_string(r.version))); });
  served.router.post("/echo", [](Request r) { return say(Response::text(200, std::move(r.body))); });
  served.router.get("/rows", [](Request) {
    Response response;
    response.stream = [](BodyWriter& w) { return write_many(w, 3000); };
    return say(std::move(response));
  });
  served.router.get("/endless", [&served](Request) {
    Response response;
    response.stream = [&served](BodyWriter& w) { return until_closed(served, w); };
    return say(std::move(response));
  });
  TRY(served.server, Server::start(served.router, ServerOptions{"test", {"127.0.0.1", 0}}, served.metrics));
  return {};
}

// A client session: requests are submitted, then pump() moves bytes until every stream has ended (or `enough` says so).
class Peer {
 public:
  struct Answer {
    std::map<std::string, std::string> headers;
    Bytes body;
    bool ended = false;
    std::uint32_t reset = 0;
  };
  Peer() {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, [](nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* n, std::size_t ns, const std::uint8_t* v, std::size_t vs, std::uint8_t, void* self) {
      static_cast<Peer*>(self)->answers[frame->hd.stream_id].headers[std::string(reinterpret_cast<const char*>(n), ns)] = std::string(reinterpret_cast<const char*>(v), vs);
      return 0;
    });
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, [](nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* d, std::size_t n, void* self) {
      static_cast<Peer*>(self)->answers[id].body.append(reinterpret_cast<const char*>(d), n);
      return 0;
    });
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, [](nghttp2_session*, std::int32_t id, std::uint32_t code, void* self) {
      auto& answer = static_cast<Peer*>(self)->answers[id];
      answer.ended = true;
      answer.reset = code;
      return 0;
    });
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* self) {
      if (frame->hd.type == NGHTTP2_PING && (frame->hd.flags & NGHTTP2_FLAG_ACK)) ++static_cast<Peer*>(self)->pings_answered;
      return 0;
    });
    nghttp2_session_client_new(&session_, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, nullptr, 0);
  }
  ~Peer() { nghttp2_session_del(session_); }

  std::int32_t ask(const std::string& method, const std::string& path, Bytes body = {}, const std::string& extra = {}) {
    std::vector<std::pair<std::string, std::string>> fields{{":method", method}, {":scheme", "http"}, {":authority", "localhost"}, {":path", path}};
    if (!extra.empty()) fields.emplace_back("x-extra", extra);
    std::vector<nghttp2_nv> nv;
    for (auto& [n, v] : fields) nv.push_back({reinterpret_cast<std::uint8_t*>(n.data()), reinterpret_cast<std::uint8_t*>(v.data()), n.size(), v.size(), NGHTTP2_NV_FLAG_NONE});
    bodies_.push_back(std::make_unique<Bytes>(std::move(body)));
    nghttp2_data_provider provider{};
    provider.source.ptr = bodies_.back().get();
    provider.read_callback = [](nghttp2_session*, std::int32_t, std::uint8_t* into, std::size_t size, std::uint32_t* flags, nghttp2_data_source* source, void*) -> ssize_t {
      auto& left = *static_cast<Bytes*>(source->ptr);
      const std::size_t n = std::min(size, left.size());
      std::memcpy(into, left.data(), n);
      left.erase(0, n);
      if (left.empty()) *flags |= NGHTTP2_DATA_FLAG_EOF;
      return ssize_t(n);
    };
    const bool with_body = !bodies_.back()->empty();
    const auto id = nghttp2_submit_request(session_, nullptr, nv.data(), nv.size(), with_body ? &provider : nullptr, nullptr);
    answers[id];
    return id;
  }
  void reset(std::int32_t id) { nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL); }
  void ping() { nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr); }
  int pings_answered = 0;
  bool all_ended() const {
    for (const auto& [id, answer] : answers)
      if (!answer.ended) return false;
    return true;
  }
  io::Task<bool> send(io::Stream& stream) {
    for (;;) {
      const std::uint8_t* data = nullptr;
      const auto n = nghttp2_session_mem_send(session_, &data);
      if (n <= 0) co_return n == 0;
      const auto written = co_await stream.write(BytesView(reinterpret_cast<const char*>(data), std::size_t(n)), io::after(io::Milliseconds(5000)));
      if (!written) co_return false;
    }
  }
  io::Task<bool> pump(io::Stream& stream, bool (*enough)(const Peer&)) {
    std::array<char, 16384> chunk;
    for (;;) {
      const bool sent = co_await send(stream);
      if (!sent) co_return false;
      if (enough(*this)) co_return true;
      const auto n = co_await stream.read_some(chunk, io::after(io::Milliseconds(5000)));
      if (!n || *n == 0) co_return false;
      if (nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(chunk.data()), *n) < 0) co_return false;
    }
  }
  std::size_t unsent() const { return bodies_.back()->size(); }   // of the last body
  std::int32_t window_left() const { return nghttp2_session_get_stream_remote_window_size(session_, std::int32_t(2 * bodies_.size() - 1)); }   // of the last stream
  std::map<std::int32_t, Answer> answers;

 private:
  nghttp2_session* session_ = nullptr;
  std::vector<std::unique_ptr<Bytes>> bodies_;
};

bool all_ended(const Peer& peer) { return peer.all_ended(); }
bool first_bytes(const Peer& peer) { return !peer.answers.begin()->second.body.empty(); }

io::Task<void> answers_many(Served& served) {
  auto stream = co_await io::connect(served.server->local(), io::after(io::Milliseconds(5000)));
  Peer peer;
  const Bytes big(300'000, 'b');
  const auto hello = peer.ask("GET", "/hello/a%2Fb"), echo = peer.ask("POST", "/echo", big), rows = peer.ask("GET", "/rows"), none = peer.ask("GET", "/none"), head = peer.ask("HEAD", "/hello/x");
  const bool done = co_await peer.pump(**stream, all_ended);
  EXPECT_TRUE(done);
  EXPECT_EQ(peer.answers[hello].body, "hello a/b by 20");
  EXPECT_EQ(peer.answers[hello].headers[":status"], "200");
  EXPECT_EQ(peer.answers[echo].body, big);
  EXPECT_EQ(peer.answers[rows].body.size(), 3'000'000u);
  EXPECT_EQ(peer.answers[none].headers[":status"], "404");
  EXPECT_EQ(peer.answers[head].body, "");
  EXPECT_EQ(peer.answers[head].headers["content-length"], "13");
}

io::Task<void> refuses_too_much(Served& served) {
  auto stream = co_await io::connect(served.server->local(), io::after(io::Milliseconds(5000)));
  Peer peer;
  const auto long_head = peer.ask("GET", "/hello/x", {}, std::string(limits::http_header_bytes_max - 200, 'h'));
  const auto fine = peer.ask("GET", "/hello/y");
  const bool done = co_await peer.pump(**stream, all_ended);
  EXPECT_TRUE(done);
  EXPECT_EQ(peer.answers[fine].headers[":status"], "200");
  EXPECT_TRUE(peer.answers[long_head].headers[":status"] == "200" || peer.answers[long_head].headers[":status"] == "431");
}

io::Task<void> notices_a_reset(Served& served) {
  auto stream = co_await io::connect(served.server->local(), io::after(io::Milliseconds(5000)));
  Peer peer;
  const auto endless = peer.ask("GET", "/endless");
  const bool begun = co_await peer.pump(**stream, first_bytes);
  EXPECT_TRUE(begun);
  peer.reset(endless);
  const bool done = co_await peer.pump(**stream, all_ended);
  EXPECT_TRUE(done);
  for (int i = 0; i < 5000 && !served.close_seen; ++i) co_await io::sleep_for(io::Milliseconds(1));
  EXPECT_TRUE(served.close_seen);
}

io::Task<void> survives_garbage(Served& served) {
  auto stream = co_await io::connect(served.server->local(), io::after(io::Milliseconds(5000)));
  const std::string bytes = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + std::string(500, '\xff');
  (void)co_await (*stream)->write(BytesView(bytes), io::after(io::Milliseconds(5000)));
  std::array<char, 4096> chunk;
  for (;;) {   // settings and a goodbye, then the end
    const auto n = co_await (*stream)->read_some(chunk, io::after(io::Milliseconds(5000)));
    if (!n || *n == 0) break;
  }
  auto again = co_await io::connect(served.server->local(), io::after(io::Milliseconds(5000)));
  Peer peer;
  const auto id = peer.ask("GET", "/hello/z");
  const bool done = co_await peer.pump(**again, all_ended);
  EXPECT_TRUE(done);
  EXPECT_EQ(peer.answers[id].body, "hello z by 20");
}

bool sent_all_it_may(const Peer& peer) { return peer.window_left() == 0 && peer.unsent() < 5'000'000; }   // once it has heard how much that is

bool answered_two_pings(const Peer& peer) { return peer.pings_answered == 2; }
bool answered_a_ping(const Peer& peer) { return peer.pings_answered == 1; }

io::Task<void> refuses_by_the_head(Served& served) {
  served.router.use_on_head([&served](Request& r) { return by_the_head(served, r); });
  auto stream = co_await io::connect(served.server->local(), io::after(io::Milliseconds(5000)));
  Peer peer;
  // Each would fill its window, and together several times that of the connection, if what they have sent were not given back.
  for (int i = 0; i < 12; ++i) {
    const auto refused = peer.ask("POST", "/echo", Bytes(16'000'000, 'b'));
    const bool done = co_await peer.pump(**stream, all_ended);
    EXPECT_TRUE(done);
    EXPECT_EQ(peer.answers[refused].headers[":status"], "401");
    EXPECT_EQ(peer.answers[refused].body, "who asks?");
    EXPECT_EQ(peer.answers[refused].reset, std::uint32_t(NGHTTP2_NO_ERROR));
    EXPECT_GT(peer.unsent(), 10'000'000u) << "the server has asked for all of a body that it does not want";
  }
  const auto head = peer.ask("HEAD", "/hello/x"), none = peer.ask("GET", "/none");
  const Bytes big(6'000'000, 'b');
  const auto welcome = peer.ask("POST", "/echo", big, "let me in");
  const bool done = co_await peer.pump(**stream, all_ended);
  EXPECT_TRUE(done);
  EXPECT_EQ(peer.answers[head].headers[":status"], "401");
  EXPECT_EQ(peer.answers[head].body, "");
  EXPECT_EQ(peer.answers[none].headers[":status"], "401");
  EXPECT_EQ(peer.answers[welcome].headers[":status"], "200");
  EXPECT_TRUE(peer.answers[welcome].body == big);
}

io::Task<void> holds_no_more_than_a_window(Served& served) {
  served.decides = false;
  served.router.use_on_head([&served](Request& r) { return by_the_head(served, r); });
  auto stream = co_await io::connect(served.server->local(), io::after(io::Milliseconds(5000)));
  Peer peer;
  const Bytes big(6'000'000, 'b');
  const auto welcome = peer.ask("POST", "/echo", big, "let me in");
  const bool full = co_await peer.pump(**stream, sent_all_it_may);
  EXPECT_TRUE(full);
  peer.ping();   // the answer to the second comes behind whatever the server had to say to what came before the first
  const bool once = co_await peer.pump(**stream, answered_a_ping);
  peer.ping();
  const bool twice = co_await peer.pump(**stream, answered_two_pings);
  EXPECT_TRUE(once && twice);
  EXPECT_EQ(peer.window_left(), 0) << "more of the body is asked for before it is decided who may send one";
  EXPECT_EQ(peer.unsent(), 6'000'000u - (1u << 20));
  served.decides = true;
  served.may_decide.notify_all();
  const bool done = co_await peer.pump(**stream, all_ended);
  EXPECT_TRUE(done);
  EXPECT_EQ(peer.answers[welcome].headers[":status"], "200");
  EXPECT_TRUE(peer.answers[welcome].body == big);
}

io::Task<void> run(io::Task<void> (*test)(Served&)) {
  Served served;
  const auto started = start(served);
  EXPECT_TRUE(started);
  if (!started) co_return;
  co_await test(served);
  co_await served.server->stop(io::Milliseconds(2000));
}
void run_test(io::Task<void> (*test)(Served&)) {
  auto shards = io::Shards::start(1);
  io::block_on(shards->control(), run(test));
}

TEST(Http2, AnswersManyStreamsOnOneConnection) { run_test(answers_many); }
TEST(Http2, RefusesAHeadThatIsTooLong) { run_test(refuses_too_much); }
TEST(Http2, NoticesAResetStream) { run_test(notices_a_reset); }
TEST(Http2, RefusesByTheHeadAndLeavesTheBody) { run_test(refuses_by_the_head); }
TEST(Http2, HoldsNoMoreThanAWindowBeforeItIsDecided) { run_test(holds_no_more_than_a_window); }
TEST(Http2, SurvivesBytesThatAreNoFrames) { run_test(survives_garbage); }

}  // namespace
}  // namespace braid::http
