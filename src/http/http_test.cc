#include <gtest/gtest.h>

#include <array>

#include "base/limits/http.h"
#include "http/client.h"
#include "http/http1_parser.h"
#include "http/server.h"
#include "http/static_files.h"
#include "io/sync.h"
#include "io/test_certificates.h"

namespace braid::http {
namespace {

io::Task<Response> say(Response response) { co_return response; }

TEST(Target, KeepsAnEncodedSlashInsideItsSegment) {
  const auto request = Request::make("GET", "/subjects/a%2Fb/versions/?x=1&x=2&y=a+b%26c&flag");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->segments, (std::vector<std::string>{"subjects", "a/b", "versions"}));
  EXPECT_EQ(request->query_all("x"), (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(request->query_first("y"), "a b&c");
  EXPECT_TRUE(*request->query_flag("flag", false));
  EXPECT_EQ(*request->query_int("x", 0), 1);
  EXPECT_FALSE(request->query_int("y", 0));
  EXPECT_TRUE(Request::make("GET", "/")->segments.empty());
  EXPECT_EQ(Request::make("GET", "/a//b")->segments, (std::vector<std::string>{"a", "", "b"}));
  EXPECT_EQ(Request::make("GET", "http://host:1/a")->segments, (std::vector<std::string>{"a"}));
}

TEST(Target, RefusesWhatIsNoTarget) {
  for (const char* bad : {"", "a", "/%", "/%4", "/%zz", "/?a=%G1"}) EXPECT_FALSE(Request::make("GET", bad)) << bad;
}

TEST(Headers, CompareWithoutCaseAndMayRepeat) {
  Headers headers{{"Content-Type", "a"}, {"X", "1"}, {"x", "2"}};
  EXPECT_EQ(headers.get("content-type"), "a");
  EXPECT_EQ(headers.get("X"), "1");
  headers.set("X", "3");
  EXPECT_EQ(std::distance(headers.begin(), headers.end()), 2);
  EXPECT_FALSE(headers.get("Y"));
}

Router sample_router() {
  Router router;
  router.get("/subjects", [](Request) { return say(Response::json(200, "[]")); });
  router.get("/subjects/{subject}/versions/{version}", [](Request r) { return say(Response::text(200, r.param("subject") + "@" + r.param("version"))); });
  router.get("/subjects/{subject}/versions/latest", [](Request r) { return say(Response::text(200, r.param("subject") + " latest")); });
  router.get("/files/{rest*}", [](Request r) { return say(Response::text(200, "file " + r.param("rest"))); });
  router.post("/echo", [](Request r) { return say(Response::text(200, std::move(r.body))); });
  router.get("/throws", [](Request) -> io::Task<Response> { throw std::runtime_error("boom"); });
  return router;
}

Response ask(const Router& router, std::string method, std::string target) {
  auto shards = io::Shards::start(1);
  auto request = Request::make(std::move(method), std::move(target));
  return io::block_on(shards->control(), router.handle(std::move(*request)));
}

TEST(Router, FindsTheMostLiteralRoute) {
  const Router router = sample_router();
  EXPECT_EQ(ask(router, "GET", "/subjects").body, "[]");
  EXPECT_EQ(ask(router, "GET", "/subjects/a%2Fb/versions/7").body, "a/b@7");
  EXPECT_EQ(ask(router, "GET", "/subjects/x/versions/latest/").body, "x latest");
  EXPECT_EQ(ask(router, "GET", "/files/a/b.css").body, "file a/b.css");
  EXPECT_EQ(ask(router, "GET", "/files").body, "file ");
}

TEST(Router, SaysWhatIsNotThereAndWhatIsNotAllowed) {
  const Router router = sample_router();
  const auto missing = ask(router, "GET", "/nothing");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.body, R"({"error_code":404,"code":"not_found","message":"nothing is served at /nothing"})");
  const auto wrong = ask(router, "PUT", "/subjects");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.headers.get("Allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(ask(router, "GET", "/throws").status, 500);
}

TEST(Router, UsesTheErrorFormOfTheLongestPrefix) {
  Router router = sample_router();
  router.error_form("/", [](int status, const Error&) { return Response::text(status, "outer"); });
  router.error_form("/subjects", [](int status, const Error&) { return Response::text(status, "inner"); });
  EXPECT_EQ(ask(router, "GET", "/subjects/a/b/c/d").body, "inner");
  EXPECT_EQ(ask(router, "GET", "/other").body, "outer");
}

io::Task<std::optional<Response>> only_ana(Request& request) {
  request.principal = std::string(request.headers.get_or("Braid-As", ""));
  std::optional<Response> out;
  if (request.principal != "ana") out = Response::empty(401);
  co_return out;
}
TEST(Router, MiddlewareComesFirst) {
  Router router = sample_router();
  router.use([](Request& r) { return only_ana(r); });
  EXPECT_EQ(ask(router, "GET", "/subjects").status, 401);
  EXPECT_EQ(ask(router, "GET", "/nothing/there").status, 401) << "a stranger is not told what there is";
  EXPECT_EQ(ask(router, "PATCH", "/subjects").status, 401);
}

TEST(Router, AsksOnTheHeadBeforeTheMiddleware) {
  Router router = sample_router();
  router.use([](Request& r) {
    r.headers.set("Seen", "by the middleware");
    return only_ana(r);
  });
  router.use_on_head([](Request& r) -> io::Task<std::optional<Response>> {
    EXPECT_FALSE(r.headers.get("Seen"));
    throw std::runtime_error("boom");
  });
  EXPECT_EQ(ask(router, "GET", "/subjects").status, 500);
}

TEST(Parser, TakesARequestInAnyPieces) {
  const std::string text = "POST /echo?a=1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    Http1Parser parser(Http1Parser::Kind::request, 100);
    std::string pending, body;
    for (std::size_t at = 0; at < text.size() || !pending.empty();) {
      pending += text.substr(at, piece);
      at = std::min(text.size(), at + piece);
      for (;;) {
        const auto used = parser.put(pending);
        ASSERT_TRUE(used) << used.error().message;
        pending.erase(0, *used);
        body += parser.take_body();
        if (*used == 0) break;
      }
      if (at == text.size() && parser.done()) break;
    }
    EXPECT_TRUE(parser.done());
    EXPECT_EQ(body, "abcde");
    EXPECT_EQ(parser.head().target, "/echo?a=1");
    EXPECT_TRUE(parser.head().chunked);
  }
}

// ---- over real sockets ----

struct Node {
  std::unique_ptr<Server> server;
  Router router;
  Metrics metrics;
  io::Notifier never_notified;
  bool close_seen = false;
  ServerOptions options{"test", {"127.0.0.1", 0}};
};

io::Task<void> count_to(BodyWriter& writer, int n) {
  for (int i = 0; i < n; ++i) {
    const auto written = co_await writer.write(std::to_string(i) + "\n");
    if (!written) co_return;
  }
}
io::Task<void> until_closed(Node& node, BodyWriter& writer) {
  writer.on_close([&node] {
    node.close_seen = true;
    node.never_notified.notify_all();
  });
  (void)co_await writer.write("first\n");
  while (!writer.closed()) (void)co_await node.never_notified.wait();
}
io::Task<Response> upload(Request request) {
  std::size_t total = 0, pieces = 0;
  for (;;) {
    auto piece = co_await request.body_reader->next(io::after(io::Milliseconds(5000)));
    if (!piece) co_return error_response(piece.error());
    if (!*piece) break;
    total += (*piece)->size();
    ++pieces;
  }
  co_return Response::text(200, std::to_string(total) + (pieces > 0 ? " in pieces" : ""));
}

io::Task<void> answer_each(std::shared_ptr<BodyReader> body, BodyWriter& writer) {
  for (;;) {
    auto piece = co_await body->next(io::after(io::Milliseconds(5000)));
    if (!piece || !*piece) co_return;
    (void)co_await writer.write("got " + **piece + "\n");
  }
}

io::Task<Result<void>> start(Node& node) {
  node.router = sample_router();
  node.router.get("/count/{n}", [](Request r) {
    Response response;
    response.headers.add("Content-Type", "text/plain");
    response.stream = [n = std::stoi(r.param("n"))](BodyWriter& w) { return count_to(w, n); };
    return say(std::move(response));
  });
  node.router.get("/endless", [&node](Request) {
    Response response;
    response.stream = [&node](BodyWriter& w) { return until_closed(node, w); };
    return say(std::move(response));
  });
  node.router.add("POST", "/answer_each", [](Request r) {
    Response response;
    response.stream = [body = r.body_reader](BodyWriter& w) { return answer_each(body, w); };
    return say(std::move(response));
  }, Body::streamed);
  node.router.add("POST", "/upload", [](Request r) { return upload(std::move(r)); }, Body::streamed);
  CO_TRY(node.server, Server::start(node.router, node.options, node.metrics));
  co_return Result<void>{};
}

Url url_of(const Node& node) { return Url{"127.0.0.1", node.server->local().port, ""}; }

io::Task<std::string> talk_raw(const Node& node, std::string bytes) {
  auto stream = co_await io::connect(node.server->local(), io::after(io::Milliseconds(5000)));
  (void)co_await (*stream)->write(BytesView(bytes), io::after(io::Milliseconds(5000)));
  std::string out;
  std::array<char, 4096> chunk;
  for (;;) {
    const auto n = co_await (*stream)->read_some(chunk, io::after(io::Milliseconds(5000)));
    if (!n || *n == 0) break;
    out.append(chunk.data(), *n);
  }
  co_return out;
}

#define NODE_TEST(name)                                                \
  io::Task<void> name##_case(Node& node);                              \
  io::Task<void> name##_run() {                                        \
    Node node;                                                         \
    const auto started = co_await start(node);                         \
    EXPECT_TRUE(started);                                              \
    if (!started) co_return;                                           \
    co_await name##_case(node);                                        \
    co_await node.server->stop(io::Milliseconds(2000));                \
  }                                                                    \
  TEST(Server, name) {                                                 \
    auto shards = io::Shards::start(1);                                \
    io::block_on(shards->control(), name##_run());                     \
  }                                                                    \
  io::Task<void> name##_case([[maybe_unused]] Node& node)

NODE_TEST(AnswersOverOneKeptConnection) {
  Client client(url_of(node));
  for (int i = 0; i < 3; ++i) {
    ClientRequest request{"POST", "/echo"};
    request.body = std::string(std::size_t(100'000 * i + 1), 'x');
    const auto answer = co_await client.call(request, io::after(io::Milliseconds(5000)));
    EXPECT_TRUE(answer);
    if (!answer) co_return;
    EXPECT_EQ(answer->body, request.body);
  }
  EXPECT_EQ(node.metrics.gauge("braid_http_connections", "", {{"server", "test"}}).value(), 1);
}

NODE_TEST(ABodyIsReadWhileItsAnswerIsWritten) {   // as POST /inserts-stream
  auto connected = co_await io::connect(node.server->local(), io::after(io::Milliseconds(5000)));
  auto& stream = **connected;
  std::string out;
  std::array<char, 4096> chunk;
  const auto say_and_wait = [](io::Stream& s, std::string said, std::string wanted, std::string& all, std::span<char> room) -> io::Task<void> {
    (void)co_await s.write(BytesView(said), io::after(io::Milliseconds(5000)));
    while (all.find(wanted) == std::string::npos) {
      const auto n = co_await s.read_some(room, io::after(io::Milliseconds(2000)));
      if (!n || *n == 0) co_return;
      all.append(room.data(), *n);
    }
  };
  // Each piece is sent only when the answer has begun, or the last piece was answered.
  co_await say_and_wait(stream, "POST /answer_each HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\n", "\r\n\r\n", out, chunk);
  co_await say_and_wait(stream, "one", "got one\n", out, chunk);
  co_await say_and_wait(stream, "two", "0\r\n\r\n", out, chunk);
  EXPECT_NE(out.find("got one\n"), std::string::npos) << out;
  EXPECT_NE(out.find("got two\n"), std::string::npos) << out;
  EXPECT_TRUE(out.ends_with("0\r\n\r\n")) << out;
}

NODE_TEST(AnswersPipelinedRequestsInOrder) {
  const std::string out = co_await talk_raw(node,
      "GET /subjects/a/versions/1 HTTP/1.1\r\nHost: x\r\n\r\nGET /subjects/b/versions/2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const auto a = out.find("a@1"), b = out.find("b@2");
  EXPECT_NE(a, std::string::npos);
  EXPECT_NE(b, std::string::npos);
  EXPECT_LT(a, b);
}

NODE_TEST(RefusesWhatIsNoRequestAndLives) {
  for (const std::string bad : {"\x16\x03\x01garbage\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n",
                                "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", "GET /subjects HTTP/1.1\r\n\r\n",
                                "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
    const std::string out = co_await talk_raw(node, bad);
    EXPECT_TRUE(out.starts_with("HTTP/1.1 400 ") || out.starts_with("HTTP/1.1 505 ")) << bad << " -> " << out;
    EXPECT_NE(out.find("\"message\""), std::string::npos) << out;
  }
  const std::string long_head = "GET /subjects HTTP/1.1\r\nHost: x\r\nA: " + std::string(limits::http_header_bytes_max, 'a') + "\r\n\r\n";
  const std::string refused_head = co_await talk_raw(node, long_head);
  EXPECT_TRUE(refused_head.starts_with("HTTP/1.1 431 ")) << refused_head.substr(0, 100);
  const std::string big = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(limits::http_body_bytes_max + 1) + "\r\n\r\n";
  const std::string refused_body = co_await talk_raw(node, big);
  EXPECT_TRUE(refused_body.starts_with("HTTP/1.1 413 ")) << refused_body.substr(0, 100);
  Client client(url_of(node));
  ClientRequest request{"GET", "/subjects"};
  const auto answer = co_await client.call(request, io::after(io::Milliseconds(5000)));
  EXPECT_TRUE(answer && answer->status == 200);
}

NODE_TEST(StreamsAnAnswer) {
  Client client(url_of(node));
  std::string all;
  ClientRequest request{"GET", "/count/20000"};
  Client::OnHead head = [](const ClientResponse& r) { return r.status == 200; };
  Client::OnPiece piece = [&all](BytesView more) {
    all += more;
    return true;
  };
  const auto answer = co_await client.stream(request, head, piece, io::after(io::Milliseconds(20'000)));
  EXPECT_TRUE(answer);
  EXPECT_TRUE(all.starts_with("0\n1\n2\n"));
  EXPECT_TRUE(all.ends_with("19998\n19999\n"));
}

NODE_TEST(NoticesThatAStreamsClientHasLeft) {
  {
    Client client(url_of(node));
    ClientRequest request{"GET", "/endless"};
    Client::OnHead head = [](const ClientResponse&) { return true; };
    Client::OnPiece piece = [](BytesView) { return false; };   // enough after the first piece: the connection closes
    const auto answer = co_await client.stream(request, head, piece, io::after(io::Milliseconds(5000)));
    EXPECT_TRUE(answer) << answer.error().message;
  }
  for (int i = 0; i < 5000 && !node.close_seen; ++i) co_await io::sleep_for(io::Milliseconds(1));
  EXPECT_TRUE(node.close_seen);
}

NODE_TEST(StopTellsAnEndlessStream) {
  auto stream = co_await io::connect(node.server->local(), io::after(io::Milliseconds(5000)));
  (void)co_await (*stream)->write(BytesView("GET /endless HTTP/1.1\r\nHost: x\r\n\r\n"), io::after(io::Milliseconds(5000)));
  std::array<char, 4096> chunk;
  (void)co_await (*stream)->read_some(chunk, io::after(io::Milliseconds(5000)));
  co_await node.server->stop(io::Milliseconds(5000));   // returns only when the stream has ended
  EXPECT_TRUE(node.close_seen);
}

NODE_TEST(ReadsAStreamedBody) {
  Client client(url_of(node));
  ClientRequest request{"POST", "/upload"};
  request.body = std::string(3'000'000, 'u');
  const auto answer = co_await client.call(request, io::after(io::Milliseconds(10'000)));
  EXPECT_TRUE(answer);
  if (!answer) co_return;
  EXPECT_EQ(answer->body, "3000000 in pieces");
}

NODE_TEST(AnswersExpectContinueAndHead) {
  const std::string out = co_await talk_raw(node, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\nokHEAD /subjects HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(out.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")) << out;
  EXPECT_TRUE(out.ends_with("Connection: close\r\n\r\n")) << out;   // no body behind the second head
  EXPECT_NE(out.find("Content-Length: 2\r\n"), std::string::npos);
}

// What comes until `wanted` is there or the server has said its last.
io::Task<std::string> read_until(io::Stream& stream, std::string wanted) {
  std::string out;
  std::array<char, 4096> chunk;
  while (wanted.empty() || out.find(wanted) == std::string::npos) {
    const auto n = co_await stream.read_some(chunk, io::after(io::Milliseconds(20'000)));
    if (!n || *n == 0) break;
    out.append(chunk.data(), *n);
  }
  co_return out;
}

std::string echo_head(std::string fields) { return "POST /echo HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n"; }

NODE_TEST(AStrangersBodyIsNotReadBeforeTheAnswer) {
  node.router.use_on_head([](Request& r) { return only_ana(r); });
  for (const std::string fields : {"Content-Length: 10000000\r\n", "Transfer-Encoding: chunked\r\n", "Content-Length: 10000000\r\nExpect: 100-continue\r\n",
                                   "Content-Length: 5\r\nExpect: 100-continue\r\n"}) {
    const std::string asked = echo_head(fields);
    const std::string out = co_await talk_raw(node, asked);   // to the end: the server closes its side although the body never comes
    EXPECT_TRUE(out.starts_with("HTTP/1.1 401 ")) << fields << out;
    EXPECT_NE(out.find("Connection: close\r\n"), std::string::npos) << fields << out;
  }
  const std::string streamed = "POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n";
  const std::string out = co_await talk_raw(node, streamed);
  EXPECT_TRUE(out.starts_with("HTTP/1.1 401 ")) << out;
}

NODE_TEST(WhoIsLetInIsAskedForTheBody) {
  node.router.use_on_head([](Request& r) { return only_ana(r); });
  auto connected = co_await io::connect(node.server->local(), io::after(io::Milliseconds(5000)));
  const std::string asked = echo_head("Braid-As: ana\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n");
  (void)co_await (*connected)->write(BytesView(asked), io::after(io::Milliseconds(5000)));
  const std::string asks_on = co_await read_until(**connected, "\r\n\r\n");
  EXPECT_EQ(asks_on, "HTTP/1.1 100 Continue\r\n\r\n");
  (void)co_await (*connected)->write(BytesView("ok"), io::after(io::Milliseconds(5000)));
  const std::string out = co_await read_until(**connected, "");
  EXPECT_TRUE(out.starts_with("HTTP/1.1 200 ")) << out;
  EXPECT_TRUE(out.ends_with("\r\n\r\nok")) << out;
}

NODE_TEST(AConnectionIsKeptAfterASmallRefusedBody) {
  node.router.use_on_head([](Request& r) { return only_ana(r); });
  auto connected = co_await io::connect(node.server->local(), io::after(io::Milliseconds(5000)));
  const std::string asked = echo_head("Content-Length: 30000\r\n");
  (void)co_await (*connected)->write(BytesView(asked), io::after(io::Milliseconds(5000)));
  const std::string refused = co_await read_until(**connected, "\r\n\r\n");   // and the body has not been sent
  EXPECT_TRUE(refused.starts_with("HTTP/1.1 401 ")) << refused;
  EXPECT_EQ(refused.find("Connection: close"), std::string::npos) << refused;
  const std::string rest = std::string(30'000, 'G') + echo_head("Braid-As: ana\r\nContent-Length: 5\r\nConnection: close\r\n") + "hello";
  (void)co_await (*connected)->write(BytesView(rest), io::after(io::Milliseconds(5000)));
  const std::string out = co_await read_until(**connected, "");
  EXPECT_TRUE(out.starts_with("HTTP/1.1 200 ")) << out;
  EXPECT_TRUE(out.ends_with("hello")) << out;
}

NODE_TEST(WhoSendsBeforeLookingStillReadsTheRefusal) {
  node.router.use_on_head([](Request& r) { return only_ana(r); });
  for (int i = 0; i < 5; ++i) {
    Client client(url_of(node));
    ClientRequest request{"POST", "/echo"};
    request.body = std::string(10'000'000, 'b');   // all of it is sent before the answer is looked at
    const auto answer = co_await client.call(request, io::after(io::Milliseconds(20'000)));
    EXPECT_EQ(answer ? answer->status : 0, 401) << (answer ? answer->body : answer.error().text());
  }
  Client client(url_of(node));
  ClientRequest too_large{"POST", "/echo"};
  too_large.headers.add("Braid-As", "ana");
  too_large.body = std::string(limits::http_body_bytes_max + 100'000, 'b');
  const auto answer = co_await client.call(too_large, io::after(io::Milliseconds(20'000)));
  EXPECT_EQ(answer ? answer->status : 0, 413) << (answer ? answer->body : answer.error().text());
}

NODE_TEST(ClientSaysThatNobodyListens) {
  Client client(Url{"127.0.0.1", 1, ""});
  ClientRequest request{"GET", "/"};
  const auto answer = co_await client.call(request, io::after(io::Milliseconds(5000)));
  EXPECT_FALSE(answer);
  if (answer) co_return;
  EXPECT_EQ(answer.error().code, ErrorCode::unavailable);
}

constexpr io::Milliseconds patience{30'000};

double counted(Node& node, const std::string& name, const Labels& labels) { return node.metrics.counter(name, "", labels).value(); }

io::Task<void> secure_case(const io::TestCertificates& certificates) {
  Node node;
  node.options.tls = *io::TlsServer::open(io::TlsFiles{certificates.path("node.crt"), certificates.path("node.key"), ""});
  const auto started = co_await start(node);
  EXPECT_TRUE(started);
  if (!started) co_return;
  const Url url = *parse_url("https://localhost:" + std::to_string(node.server->local().port));
  const std::shared_ptr<const io::TlsClient> trust = *io::TlsClient::open(io::TlsTrust{certificates.path("ca.crt"), "--ca", "", ""});
  {
    Client client(url, trust);
    for (int i = 0; i < 3; ++i) {   // one connection, one handshake
      ClientRequest request{"POST", "/echo"};
      request.body = std::string(std::size_t(400'000 * i + 1), 'x');
      const auto answer = co_await client.call(request, io::after(patience));
      EXPECT_TRUE(answer) << answer.error().text();
      EXPECT_TRUE(answer && answer->body == request.body);
    }
    EXPECT_EQ(counted(node, "braid_tls_handshakes_total", {{"listener", "test"}}), 1);
  }
  {
    Client client(url, trust);
    ClientRequest request{"POST", "/upload"};
    request.body = std::string(3'000'000, 'u');
    const auto answer = co_await client.call(request, io::after(patience));
    EXPECT_EQ(answer ? answer->body : answer.error().message, "3000000 in pieces");
  }
  {
    Client client(url);   // trusts the system's authorities alone
    ClientRequest request{"GET", "/subjects"};
    const auto answer = co_await client.call(request, io::after(patience));
    EXPECT_EQ(answer ? "answered" : name_of(answer.error().code), "unauthenticated");
  }
  {
    node.router.use_on_head([](Request& r) { return only_ana(r); });
    Client client(url, trust);
    ClientRequest request{"POST", "/echo"};
    request.body = std::string(10'000'000, 's');   // all of it is sent before the answer is looked at
    const auto answer = co_await client.call(request, io::after(patience));
    EXPECT_EQ(answer ? answer->status : 0, 401) << (answer ? answer->body : answer.error().text());
  }
  const std::string plain = co_await talk_raw(node, "GET /subjects HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(plain.starts_with("HTTP/1.1 400 ")) << plain;
  EXPECT_NE(plain.find("this port speaks HTTPS"), std::string::npos) << plain;
  const std::string nonsense = co_await talk_raw(node, std::string("\0\0\0\x10hello", 9));
  EXPECT_EQ(nonsense, "");
  // A client that stops in the middle of its handshake does not keep the server from stopping.
  auto half = co_await io::connect(node.server->local(), io::after(patience));
  (void)co_await (*half)->write(BytesView("\x16\x03\x01"), io::after(patience));
  co_await node.server->stop(patience);
  std::array<char, 16> chunk;
  const auto ended = co_await (*half)->read_some(chunk, io::after(patience));
  EXPECT_TRUE(!ended || *ended == 0);
}

TEST(Server, SpeaksTls) {
  io::TestCertificates certificates;
  certificates.issue("node", "DNS:localhost");
  auto shards = io::Shards::start(1);
  io::block_on(shards->control(), secure_case(certificates));
}

io::Task<void> crowd_case() {
  Node node;
  node.options.connections_per_address = 3;
  const auto started = co_await start(node);
  EXPECT_TRUE(started);
  if (!started) co_return;
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<Client>(url_of(node)));
    ClientRequest request{"GET", "/subjects"};
    const auto answer = co_await clients.back()->call(request, io::after(patience));
    EXPECT_TRUE(answer);
  }
  const std::string refused = co_await talk_raw(node, "GET /subjects HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(refused, "");
  EXPECT_EQ(counted(node, "braid_http_connections_refused_total", {{"server", "test"}}), 1);
  clients.pop_back();
  for (;;) {   // the place is free once the server has seen the end
    const std::string answer = co_await talk_raw(node, "GET /subjects HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    if (answer.starts_with("HTTP/1.1 200 ")) break;
    co_await io::sleep_for(io::Milliseconds(1));
  }
  co_await node.server->stop(patience);
}

TEST(Server, RefusesTooManyConnectionsOfOneAddress) {
  auto shards = io::Shards::start(1);
  io::block_on(shards->control(), crowd_case());
}

TEST(StaticFiles, KnowTheirEtag) {
  const auto file = static_file("body { }", content_type_of("a.css"));
  const auto fresh = serve_static(*Request::make("GET", "/a.css"), file);
  EXPECT_EQ(fresh.status, 200);
  EXPECT_EQ(fresh.body, "body { }");
  const auto known = serve_static(*Request::make("GET", "/a.css", "", Headers{{"If-None-Match", file.etag}}), file);
  EXPECT_EQ(known.status, 304);
  EXPECT_TRUE(known.body.empty());
}

TEST(Url, IsReadOrRefused) {
  EXPECT_EQ(parse_url("http://127.0.0.1:8080/")->port, 8080);
  EXPECT_EQ(parse_url("localhost:9")->host, "localhost");
  EXPECT_EQ(parse_url("https://x/a/")->text(), "https://x:443/a");
  EXPECT_FALSE(parse_url("ftp://x"));
  EXPECT_EQ(percent_encode("a/b c"), "a%2Fb%20c");
}

}  // namespace
}  // namespace braid::http
