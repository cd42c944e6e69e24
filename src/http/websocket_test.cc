#include "http/websocket.h"

#include <gtest/gtest.h>

#include <array>
#include <random>

#include "base/limits/http.h"
#include "http/server.h"
#include "io/sync.h"

namespace braid::http {
namespace {

using Kind = WebSocketEvent::Kind;
constexpr const char* mask = "\x12\x34\x56\x78";

std::string from_client(Opcode opcode, BytesView payload) { return websocket_frame(opcode, payload, mask); }
std::string fragment(Opcode opcode, BytesView payload) {
  std::string out = from_client(opcode, payload);
  out[0] = char(out[0] & 0x7F);
  return out;
}

struct Parsed {
  std::vector<WebSocketEvent> events;
  std::uint16_t failed = 0;   // 0: fine
};
Parsed parse(BytesView bytes, std::size_t piece = 1 << 20, std::size_t max = 1 << 20) {
  Parsed out;
  WebSocketParser parser(max);
  for (std::size_t at = 0; at < bytes.size(); at += piece)
    if (!parser.put(bytes.substr(at, piece), out.events)) {
      out.failed = parser.failure_code();
      break;
    }
  return out;
}

TEST(WebSocketHandshake, AnswersTheKeyOfTheSpecification) { EXPECT_EQ(websocket_accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="); }

TEST(WebSocketFrames, AreReadHoweverTheyAreCut) {
  const std::string bytes = from_client(Opcode::text, "hello") + fragment(Opcode::text, "gr\xC3") + from_client(Opcode::ping, "now") + fragment(Opcode::continuation, "") +
                            from_client(Opcode::continuation, "\xBC\xC3\x9F \xF0\x9F\x93\x88") + from_client(Opcode::binary, std::string(70'000, '\xFF')) +
                            from_client(Opcode::text, std::string(300, 'x')) + from_client(Opcode::close, close_payload(1000, "bye"));
  for (const std::size_t piece : {1, 2, 3, 7, 125, 1 << 20}) {
    const auto parsed = parse(bytes, piece);
    ASSERT_EQ(parsed.failed, 0) << piece;
    ASSERT_EQ(parsed.events.size(), 6u) << piece;
    EXPECT_EQ(parsed.events[0].data, "hello");
    EXPECT_EQ(parsed.events[1].kind, Kind::ping);
    EXPECT_EQ(parsed.events[1].data, "now");
    EXPECT_EQ(parsed.events[2].data, "gr\xC3\xBC\xC3\x9F \xF0\x9F\x93\x88");
    EXPECT_FALSE(parsed.events[3].text);
    EXPECT_EQ(parsed.events[3].data.size(), 70'000u);
    EXPECT_EQ(parsed.events[4].data.size(), 300u);
    EXPECT_EQ(parsed.events[5].kind, Kind::close);
    EXPECT_EQ(parsed.events[5].code, 1000);
    EXPECT_EQ(parsed.events[5].data, "bye");
  }
}

TEST(WebSocketFrames, WhatTheSpecificationForbidsIsRefusedWithItsCode) {
  const std::string plain = websocket_frame(Opcode::text, "not masked");
  std::string reserved = from_client(Opcode::text, "x"), unknown = from_client(Opcode::text, "x"), long_form = std::string("\x81\xFE\x00\x05", 4) + mask + "hello";
  reserved[0] = char(reserved[0] | 0x40);
  unknown[0] = char(0x83);
  const std::vector<std::pair<std::string, std::uint16_t>> cases{
      {plain, 1002}, {reserved, 1002}, {unknown, 1002}, {long_form, 1002},
      {std::string("\x81\xFF\x80\x00\x00\x00\x00\x00\x00\x00", 10) + mask, 1002},
      {fragment(Opcode::ping, "x"), 1002},
      {from_client(Opcode::ping, std::string(126, 'x')), 1002},
      {from_client(Opcode::continuation, "x"), 1002},
      {fragment(Opcode::text, "x") + from_client(Opcode::text, "y"), 1002},
      {from_client(Opcode::close, "x"), 1002},
      {from_client(Opcode::close, close_payload(1005, "")), 1002},
      {from_client(Opcode::close, close_payload(999, "")), 1002},
      {from_client(Opcode::close, close_payload(1000, "\xC3\x28")), 1007},
      {from_client(Opcode::text, "\xC0\xAF"), 1007},            // overlong
      {from_client(Opcode::text, "\xED\xA0\x80"), 1007},        // a surrogate
      {from_client(Opcode::text, "\xF4\x90\x80\x80"), 1007},    // above U+10FFFF
      {from_client(Opcode::text, "\xE2\x82"), 1007},            // half a character
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    for (const std::size_t piece : {std::size_t(1), std::size_t(1 << 20)}) {
      const auto parsed = parse(cases[i].first, piece);
      EXPECT_EQ(parsed.failed, cases[i].second) << "case " << i;
      EXPECT_TRUE(parsed.events.empty()) << "case " << i;
    }
  }
}

TEST(WebSocketFrames, AMessageThatIsTooLongIsRefusedBeforeItIsRead) {
  EXPECT_EQ(parse(from_client(Opcode::binary, std::string(1001, 'x')).substr(0, 8), 1 << 20, 1000).failed, 1009);
  EXPECT_EQ(parse(fragment(Opcode::binary, std::string(600, 'x')) + fragment(Opcode::continuation, std::string(401, 'x')), 1 << 20, 1000).failed, 1009);
  EXPECT_EQ(parse(from_client(Opcode::binary, std::string(1000, 'x')), 1 << 20, 1000).events.size(), 1u);
}

TEST(WebSocketFrames, NothingIsReadBehindAClose) {
  const auto parsed = parse(from_client(Opcode::close, "") + from_client(Opcode::text, "late"));
  ASSERT_EQ(parsed.events.size(), 1u);
  EXPECT_EQ(parsed.events[0].code, 1005);
}

TEST(WebSocketFrames, AReasonIsCutAtTheEndOfACharacter) {
  std::string reason(122, 'x');
  reason += "\xF0\x9F\x93\x88";
  EXPECT_EQ(close_payload(1000, reason).size(), 2 + 122u);
}

TEST(WebSocketFrames, RandomMessagesComeBack) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::string bytes, sent;
    std::size_t messages = 1 + random() % 4;
    std::vector<std::string> expected;
    for (std::size_t m = 0; m < messages; ++m) {
      std::string whole;
      const int parts = 1 + int(random() % 4);
      for (int p = 0; p < parts; ++p) {
        const std::string part(random() % 200, char(random()));
        const auto opcode = p == 0 ? Opcode::binary : Opcode::continuation;
        bytes += p + 1 == parts ? from_client(opcode, part) : fragment(opcode, part);
        whole += part;
      }
      expected.push_back(whole);
    }
    const auto parsed = parse(bytes, 1 + random() % 50);
    ASSERT_EQ(parsed.events.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(parsed.events[i].data, expected[i]);
  }
}

// ---- over a real socket ----

struct Node {
  Router router;
  Metrics metrics;
  std::unique_ptr<Server> server;
  int sessions = 0;
  std::string ended;
};

io::Task<void> echo(Node& node, WebSocket& socket) {
  ++node.sessions;
  for (;;) {
    auto message = co_await socket.receive();
    if (!message || !*message) break;
    if ((*message)->data == "flood") {
      while (socket.send(std::string(100'000, 'f'))) {}
      continue;
    }
    if ((*message)->data == "leave") co_return;
    socket.send("echo " + (*message)->data, (*message)->text);
  }
  node.ended = socket.closed() ? "closed" : "open";
}
io::Task<Response> upgrade(Node& node, Request request) {
  co_return upgrade_to_websocket(request, {"v12.stomp", "v11.stomp"}, [&node](WebSocket& socket) { return echo(node, socket); });
}

struct Peer {
  std::unique_ptr<io::Stream> stream;
  std::string got;
  io::Task<void> send(std::string bytes) { (void)co_await stream->write(BytesView(bytes), io::after(io::Milliseconds(5000))); }
  io::Task<bool> more() {
    std::array<char, 65536> chunk;
    const auto n = co_await stream->read_some(chunk, io::after(io::Milliseconds(5000)));
    if (!n || *n == 0) co_return false;
    got.append(chunk.data(), *n);
    co_return true;
  }
  io::Task<void> until(std::string text) {
    while (got.find(text) == std::string::npos) {
      const bool more_came = co_await more();
      if (!more_came) {
        ADD_FAILURE() << "the connection ended without " << text << ", after " << got.size() << " bytes";
        co_return;
      }
    }
  }
};

constexpr const char* handshake = "GET /socket HTTP/1.1\r\nHost: x\r\nUpgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: v11.stomp, v12.stomp\r\n\r\n";

io::Task<Peer> connect(const Node& node, std::string first) {
  Peer peer;
  auto stream = co_await io::connect(node.server->local(), io::after(io::Milliseconds(5000)));
  peer.stream = *std::move(stream);
  co_await peer.send(std::move(first));
  co_return peer;
}

io::Task<void> start(Node& node) {
  node.router.get("/socket", [&node](Request r) { return upgrade(node, std::move(r)); });
  auto started = Server::start(node.router, ServerOptions{"test", {"127.0.0.1", 0}}, node.metrics);
  EXPECT_TRUE(started);
  node.server = *std::move(started);
  co_return;
}

template <class F> void with_node(F body) {
  auto shards = io::Shards::start(1);
  Node node;
  io::block_on(shards->control(), start(node));
  io::block_on(shards->control(), body(node));
  if (node.server) io::block_on(shards->control(), node.server->stop(io::Milliseconds(2000)));
}

io::Task<void> talks(Node& node) {
  auto peer = co_await connect(node, std::string(handshake) + from_client(Opcode::text, "early"));   // a frame right behind the handshake
  co_await peer.until("echo early");
  EXPECT_TRUE(peer.got.starts_with("HTTP/1.1 101 Switching Protocols\r\n"));
  EXPECT_NE(peer.got.find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), std::string::npos);
  EXPECT_NE(peer.got.find("Sec-WebSocket-Protocol: v12.stomp\r\n"), std::string::npos);
  co_await peer.send(from_client(Opcode::ping, "are you there"));
  co_await peer.until(websocket_frame(Opcode::pong, "are you there"));
  co_await peer.send(from_client(Opcode::text, "\xF0\x9F\x93\x88"));
  co_await peer.until("echo \xF0\x9F\x93\x88");
  co_await peer.send(from_client(Opcode::close, close_payload(1000, "")));
  co_await peer.until(websocket_frame(Opcode::close, close_payload(1000, "")));
  while (co_await peer.more()) {}
  EXPECT_EQ(node.ended, "closed");
}
TEST(WebSocketServer, TalksAndCloses) { with_node(talks); }

io::Task<void> says_why(Node& node) {
  auto peer = co_await connect(node, std::string(handshake) + from_client(Opcode::text, "\xFF"));
  co_await peer.until(close_payload(1007, "WebSocket: a text message is no UTF-8"));
  while (co_await peer.more()) {}
}
TEST(WebSocketServer, SaysWhyItCloses) { with_node(says_why); }

io::Task<void> session_leaves(Node& node) {
  auto peer = co_await connect(node, std::string(handshake) + from_client(Opcode::text, "leave"));
  co_await peer.until(websocket_frame(Opcode::close, close_payload(1000, "")));
  co_await peer.send(from_client(Opcode::close, close_payload(1000, "")));
  while (co_await peer.more()) {}
}
TEST(WebSocketServer, ASessionThatReturnsClosesTheSocket) { with_node(session_leaves); }

io::Task<void> slow_peer(Node& node) {
  auto peer = co_await connect(node, std::string(handshake) + from_client(Opcode::text, "flood"));   // takes nothing while the session sends
  while (co_await peer.more()) {}
  EXPECT_LT(peer.got.size(), 3 * limits::websocket_queue_bytes_max);
  EXPECT_EQ(node.ended, "closed");
}
TEST(WebSocketServer, APeerThatTakesNothingIsClosed) { with_node(slow_peer); }

io::Task<void> stops(Node& node) {
  auto peer = co_await connect(node, std::string(handshake) + from_client(Opcode::text, "x"));
  co_await peer.until("echo x");
  co_await node.server->stop(io::Milliseconds(5000));
  co_await peer.until(close_payload(1001, "the server stops"));
  EXPECT_EQ(node.ended, "closed");
  node.server.reset();
}
TEST(WebSocketServer, StopsWithTheServer) { with_node(stops); }

io::Task<void> refuses(Node& node) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"GET /socket HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 426 "},
      {"GET /socket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: close, Upgrade\r\nSec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", "HTTP/1.1 426 "},
      {"GET /socket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: close, Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n\r\n", "HTTP/1.1 400 "},
      {"GET /socket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: close, Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n", "HTTP/1.1 400 "}};
  for (const auto& [request, expected] : cases) {
    auto peer = co_await connect(node, request);
    while (co_await peer.more()) {}
    EXPECT_TRUE(peer.got.starts_with(expected)) << peer.got;
    EXPECT_NE(peer.got.find("Sec-WebSocket-Version: 13\r\n"), std::string::npos);
  }
  EXPECT_EQ(node.sessions, 0);
}
TEST(WebSocketServer, RefusesWhatIsNoHandshake) { with_node(refuses); }

}  // namespace
}  // namespace braid::http
