#include "io/tls.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <filesystem>

#include "base/clock.h"
#include "io/sync.h"
#include "io/test_certificates.h"

namespace braid::io {
namespace {

constexpr Milliseconds patience{30'000};   // for what must happen; nothing waits so long unless something is broken

// A server that shakes hands with one client, and what came of it.
struct Meeting {
  std::unique_ptr<Listener> listener;
  std::unique_ptr<TlsStream> server;
  Result<void> server_says = fail(ErrorCode::bug, "not asked");
  bool done = false;
  Notifier changed;

  Task<void> wait() {
    while (!done) co_await changed.wait();
  }
};

Task<void> receive(Meeting& meeting, const TlsServer& tls, std::vector<std::string> protocols, Milliseconds time) {
  auto stream = co_await meeting.listener->accept(*Shard::current());
  BRAID_ASSERT(stream.has_value());
  meeting.server = tls.wrap(*std::move(stream), std::move(protocols));
  meeting.server_says = co_await meeting.server->handshake(after(time));
  meeting.done = true;
  meeting.changed.notify_all();
}

Task<std::unique_ptr<Stream>> reach(Meeting& meeting, const TlsServer& tls, std::vector<std::string> protocols, Milliseconds time = patience) {
  meeting.listener = *Listener::bind(Endpoint{"127.0.0.1", 0});
  Shard::current()->spawn(receive(meeting, tls, std::move(protocols), time));
  auto stream = co_await connect(meeting.listener->local(), after(patience));
  BRAID_ASSERT(stream.has_value());
  co_return *std::move(stream);
}

class Tls : public testing::Test {
 protected:
  Tls() { certificates.issue("node", "DNS:localhost,DNS:node.example.com,IP:127.0.0.1"); }
  TlsFiles files() const { return {certificates.path("node.crt"), certificates.path("node.key"), ""}; }
  std::shared_ptr<TlsClient> client(const std::string& identity = "") const {
    TlsTrust trust{certificates.path("ca.crt"), "--ca", "", ""};
    if (!identity.empty()) {
      trust.certificate = certificates.path(identity + ".crt");
      trust.key = certificates.path(identity + ".key");
    }
    return *TlsClient::open(trust);
  }
  template <class T> T run(Task<T> task) { return block_on(shards->control(), std::move(task)); }

  TestCertificates certificates;
  std::unique_ptr<Shards> shards = Shards::start(1);
};

std::string pattern(std::size_t bytes, unsigned seed) {
  std::string out(bytes, '\0');
  for (auto& c : out) {
    seed = seed * 1664525u + 1013904223u;
    c = char(seed >> 24);
  }
  return out;
}

// Echoes what comes until the other side closes.
Task<void> echo(TlsStream& stream, bool& ended) {
  std::vector<char> chunk(50'000);
  for (;;) {
    const auto n = co_await stream.read_some(chunk, after(patience));
    if (!n || *n == 0) break;
    const auto written = co_await stream.write(BytesView(chunk.data(), *n), after(patience));
    if (!written) break;
  }
  stream.close();
  ended = true;
}

Task<void> send_pieces(TlsStream& stream, const std::string& text, std::vector<std::size_t> sizes, bool& ended) {
  std::vector<BytesView> pieces;
  std::size_t at = 0;
  for (std::size_t i = 0; at < text.size(); ++i) {
    const auto n = std::min(text.size() - at, sizes[i % sizes.size()]);
    pieces.push_back(BytesView(text).substr(at, n));
    at += n;
  }
  const auto written = co_await stream.write(std::span<const BytesView>(pieces), after(patience));
  EXPECT_TRUE(written) << written.error().text();
  ended = true;
}

Task<std::string> round_trip(const TlsServer& tls, const TlsClient& trust, std::vector<std::size_t> sizes, std::size_t total) {
  Meeting meeting;
  auto raw = co_await reach(meeting, tls, {});
  const auto mine = trust.wrap(std::move(raw), "localhost", {});
  const auto greeted = co_await mine->handshake(after(patience));
  EXPECT_TRUE(greeted) << greeted.error().text();
  co_await meeting.wait();
  EXPECT_TRUE(meeting.server_says) << meeting.server_says.error().text();
  EXPECT_EQ(mine->version(), "TLSv1.3");
  bool echo_ended = false, sent = false;
  Shard::current()->spawn(echo(*meeting.server, echo_ended));
  const std::string text = pattern(total, 7);
  Shard::current()->spawn(send_pieces(*mine, text, std::move(sizes), sent));   // reading and writing at the same time
  std::string back(total, '\0');
  const auto got = co_await mine->read_exactly(std::span(back.data(), back.size()), after(patience));
  EXPECT_TRUE(got) << got.error().text();
  while (!sent) co_await yield();
  mine->close();
  while (!echo_ended) co_await yield();
  co_return back;
}

TEST_F(Tls, CarriesPiecesOfAnySize) {
  const auto tls = TlsServer::open(files());
  ASSERT_TRUE(tls) << tls.error().text();
  const auto trust = client();
  const std::vector<std::vector<std::size_t>> shapes{{1}, {3, 20'000, 1}, {16'384}, {16'383, 2}, {7, 300'000}, {5'000'000}};
  for (const auto& shape : shapes) {
    const std::size_t total = shape == shapes[0] ? 3'000 : 3'333'333;
    EXPECT_EQ(run(round_trip(**tls, *trust, shape, total)), pattern(total, 7)) << shape[0];
  }
}

Task<std::string> say_goodbye(const TlsServer& tls, const TlsClient& trust, bool cut) {
  Meeting meeting;
  auto raw = co_await reach(meeting, tls, {});
  const auto mine = trust.wrap(std::move(raw), "127.0.0.1", {});
  (void)co_await mine->handshake(after(patience));
  co_await meeting.wait();
  if (cut) meeting.server->under().close();
  else meeting.server->close();
  std::array<char, 10> into;
  const auto n = co_await mine->read_some(into, after(patience));
  co_return n ? std::to_string(*n) : n.error().message.find("without saying goodbye") != std::string::npos ? "cut" : n.error().message;
}

TEST_F(Tls, AClientTellsAnEndFromACut) {
  const auto tls = *TlsServer::open(files());
  EXPECT_EQ(run(say_goodbye(*tls, *client(), false)), "0");
  EXPECT_EQ(run(say_goodbye(*tls, *client(), true)), "cut");
}

Task<bool> time_out_and_go_on(const TlsServer& tls, const TlsClient& trust) {
  Meeting meeting;
  auto raw = co_await reach(meeting, tls, {});
  const auto mine = trust.wrap(std::move(raw), "localhost", {});
  (void)co_await mine->handshake(after(patience));
  co_await meeting.wait();
  std::array<char, 10> into;
  const auto nothing = co_await mine->read_some(into, after(Milliseconds(1)));
  EXPECT_FALSE(nothing);
  EXPECT_EQ(nothing ? "read" : name_of(nothing.error().code), "timeout");
  (void)co_await meeting.server->write(BytesView("hello"), after(patience));
  const auto got = co_await mine->read_some(into, after(patience));
  co_return got && std::string_view(into.data(), *got) == "hello";
}
TEST_F(Tls, AStreamIsUsableAfterATimeout) {
  const auto tls = *TlsServer::open(files());
  EXPECT_TRUE(run(time_out_and_go_on(*tls, *client())));
}

struct Outcome {
  Result<void> server, client;
  std::string protocol, subject;
};
Task<Outcome> meet(const TlsServer& tls, const TlsClient& trust, std::string name, std::vector<std::string> theirs, std::vector<std::string> ours) {
  Meeting meeting;
  auto raw = co_await reach(meeting, tls, std::move(ours));
  const auto mine = trust.wrap(std::move(raw), std::move(name), std::move(theirs));
  Outcome out;
  out.client = co_await mine->handshake(after(patience));
  if (out.client) {   // in TLS 1.3 a refusal of the client's certificate comes with the first read
    std::array<char, 1> into;
    const auto sent = co_await mine->write(BytesView("x"), after(patience));
    co_await meeting.wait();
    if (meeting.server_says) (void)co_await meeting.server->write(BytesView("x"), after(patience));
    const auto got = co_await mine->read_some(into, after(patience));
    if (!got) out.client = std::unexpected(got.error());
    else if (!sent) out.client = sent;
  } else {
    mine->close();
  }
  co_await meeting.wait();
  out.server = std::move(meeting.server_says);
  out.protocol = mine->protocol();
  if (out.server) out.subject = meeting.server->peer_subject();
  co_return out;
}

TEST_F(Tls, ChoosesAProtocol) {
  const auto tls = *TlsServer::open(files());
  const auto trust = client();
  EXPECT_EQ(run(meet(*tls, *trust, "localhost", {"http/1.1", "h2"}, {"h2", "http/1.1"})).protocol, "h2");
  EXPECT_EQ(run(meet(*tls, *trust, "localhost", {"http/1.1"}, {"h2", "http/1.1"})).protocol, "http/1.1");
  EXPECT_EQ(run(meet(*tls, *trust, "localhost", {}, {"h2", "http/1.1"})).protocol, "");
  EXPECT_EQ(run(meet(*tls, *trust, "localhost", {"h2"}, {})).protocol, "");
  EXPECT_FALSE(run(meet(*tls, *trust, "localhost", {"mqtt"}, {"h2", "http/1.1"})).client);
}

TEST_F(Tls, ChecksWhomItTalksTo) {
  const auto tls = *TlsServer::open(files());
  EXPECT_TRUE(run(meet(*tls, *client(), "node.example.com", {}, {})).client);
  EXPECT_TRUE(run(meet(*tls, *client(), "127.0.0.1", {}, {})).client);
  for (const char* other : {"other.example.com", "127.0.0.2", "example.com"}) {
    const auto wrong = run(meet(*tls, *client(), other, {}, {}));
    ASSERT_FALSE(wrong.client) << other;
    EXPECT_EQ(wrong.client.error().code, ErrorCode::unauthenticated);
    EXPECT_NE(wrong.client.error().message.find("mismatch"), std::string::npos) << wrong.client.error().text();
  }
  const auto stranger = run(meet(*tls, **TlsClient::open(TlsTrust{}), "localhost", {}, {}));
  ASSERT_FALSE(stranger.client);
  EXPECT_NE(stranger.client.error().hint.find("--ca"), std::string::npos);
  ASSERT_FALSE(stranger.server);
  EXPECT_NE(stranger.server.error().message.find("does not trust our certificate"), std::string::npos) << stranger.server.error().text();
}

TEST_F(Tls, RefusesACertificateThatIsOver) {
  certificates.issue("node", "DNS:localhost", -1);
  const auto tls = *TlsServer::open(files());
  EXPECT_LT(tls->expires_ms(), system_clock().wall_ms());
  const auto late = run(meet(*tls, *client(), "localhost", {}, {}));
  ASSERT_FALSE(late.client);
  EXPECT_NE(late.client.error().message.find("expired"), std::string::npos) << late.client.error().text();
}

TEST_F(Tls, AsksClientsForACertificate) {
  TestCertificates others;
  others.issue("mallory", "DNS:mallory");
  certificates.issue("loader", "DNS:loader");
  std::filesystem::copy_file(others.path("mallory.crt"), certificates.path("mallory.crt"));
  std::filesystem::copy_file(others.path("mallory.key"), certificates.path("mallory.key"));
  auto asking = files();
  asking.client_ca = certificates.path("ca.crt");
  const auto tls = *TlsServer::open(asking);
  const auto known = run(meet(*tls, *client("loader"), "localhost", {}, {}));
  EXPECT_TRUE(known.server) << known.server.error().text();
  EXPECT_EQ(known.subject, "CN=loader");
  const auto none = run(meet(*tls, *client(), "localhost", {}, {}));
  ASSERT_FALSE(none.server);
  EXPECT_EQ(none.server.error().code, ErrorCode::unauthenticated);
  EXPECT_NE(none.server.error().message.find("showed no certificate"), std::string::npos);
  EXPECT_FALSE(none.client);
  const auto wrong = run(meet(*tls, *client("mallory"), "localhost", {}, {}));
  ASSERT_FALSE(wrong.server);
  EXPECT_EQ(wrong.server.error().code, ErrorCode::unauthenticated);
  EXPECT_FALSE(wrong.client);
}

TEST_F(Tls, LoadsNewFilesAndKeepsTheOldWhenTheyAreNoGood) {
  const auto tls = *TlsServer::open(files());
  const auto before = tls->expires_ms();
  EXPECT_FALSE(tls->files_changed());
  certificates.issue("node", "DNS:localhost", 90);
  EXPECT_TRUE(tls->files_changed());
  EXPECT_EQ(tls->expires_ms(), before);
  ASSERT_TRUE(tls->reload());
  EXPECT_FALSE(tls->files_changed());
  const auto fresh = tls->expires_ms();
  EXPECT_GT(fresh, before);
  certificates.write("node.crt", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  EXPECT_TRUE(tls->files_changed());
  EXPECT_FALSE(tls->reload());
  EXPECT_FALSE(tls->files_changed());   // said once
  EXPECT_EQ(tls->expires_ms(), fresh);
  EXPECT_TRUE(run(meet(*tls, *client(), "localhost", {}, {})).client);
}

TEST_F(Tls, SaysWhichFileIsWrongAndHowToMakeOne) {
  certificates.issue("other", "DNS:localhost");
  certificates.write("empty.pem", "");
  certificates.write("text.pem", "hello");
  certificates.write("bad.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  certificates.write("locked.key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgc\n-----END ENCRYPTED PRIVATE KEY-----\n");
  certificates.write("reversed.crt", certificates.read("ca.crt") + certificates.read("node.crt"));
  const auto why = [&](const std::string& certificate, const std::string& key, const std::string& ca = "") {
    const auto at = [&](const std::string& file) { return file.empty() ? "" : certificates.path(file); };
    const auto opened = TlsServer::open(TlsFiles{at(certificate), at(key), at(ca)});
    if (opened) return std::string("accepted");
    EXPECT_EQ(opened.error().code, ErrorCode::invalid_input);
    EXPECT_FALSE(opened.error().hint.empty()) << opened.error().text();
    std::string text = opened.error().message;
    for (std::size_t i; (i = text.find(certificates.path(""))) != std::string::npos;) text.erase(i, certificates.path("").size());
    return text;
  };
  EXPECT_EQ(why("node.crt", ""), "tls_certificate is given without tls_key");
  EXPECT_EQ(why("", "node.key"), "tls_key is given without tls_certificate");
  EXPECT_EQ(why("", "", "ca.crt"), "tls_client_ca is given without tls_certificate");
  EXPECT_EQ(why("none.crt", "node.key"), "tls_certificate: the file none.crt cannot be read: No such file or directory");
  EXPECT_EQ(why("empty.pem", "node.key"), "tls_certificate: the file empty.pem is empty");
  EXPECT_EQ(why("text.pem", "node.key").substr(0, 54), "tls_certificate: the file text.pem is not in PEM form ");
  EXPECT_EQ(why("bad.pem", "node.key").substr(0, 68), "tls_certificate: the file bad.pem holds a damaged certificate (numbe");
  EXPECT_EQ(why("node.key", "node.key"), "tls_certificate: the file node.key holds no certificate but a private key");
  EXPECT_EQ(why("node.crt", "node.crt").substr(0, 47), "tls_key: the file node.crt holds no private key");
  EXPECT_EQ(why("node.crt", "locked.key").substr(0, 54), "tls_key: the file locked.key is protected by a passwor");
  EXPECT_EQ(why("node.crt", "other.key"), "tls_key: the key in other.key does not belong to the certificate in node.crt");
  EXPECT_EQ(why("reversed.crt", "node.key"), "tls_key: the key in node.key does not belong to the certificate in reversed.crt");
  EXPECT_EQ(why("node.crt", "node.key", "text.pem").substr(0, 52), "tls_client_ca: the file text.pem is not in PEM form ");
  EXPECT_EQ(why("node.crt", "node.key", "ca.crt"), "accepted");
}

Task<Meeting*> half(Meeting& meeting, const TlsServer& tls, std::string bytes, bool close, Milliseconds time) {
  auto raw = co_await reach(meeting, tls, {}, time);
  (void)co_await raw->write(BytesView(bytes), after(patience));
  if (close) raw->close();
  co_await meeting.wait();
  co_return &meeting;
}
TEST_F(Tls, EndsHalfHandshakesAndOtherTongues) {
  const auto tls = *TlsServer::open(files());
  {
    Meeting meeting;
    run(half(meeting, *tls, "GET / HTTP/1.1\r\n\r\n", false, patience));
    ASSERT_FALSE(meeting.server_says);
    EXPECT_EQ(meeting.server->plain_text(), "GET / HTTP/1.1\r\n\r\n");
    EXPECT_NE(meeting.server_says.error().message.find("does not speak TLS"), std::string::npos);
  }
  const std::string beginning("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11);
  {
    Meeting meeting;
    run(half(meeting, *tls, beginning, true, patience));
    ASSERT_FALSE(meeting.server_says);
    EXPECT_EQ(meeting.server_says.error().code, ErrorCode::io);
  }
  {
    Meeting meeting;
    run(half(meeting, *tls, beginning, false, Milliseconds(20)));
    ASSERT_FALSE(meeting.server_says);
    EXPECT_EQ(meeting.server_says.error().code, ErrorCode::timeout);
  }
  {
    Meeting meeting;
    run(half(meeting, *tls, std::string("\x16\x03\x01\x00\x10", 5) + std::string(16, 'x'), false, patience));
    ASSERT_FALSE(meeting.server_says);
    EXPECT_TRUE(meeting.server->plain_text().empty());
  }
}

Task<std::string> close_under_way(const TlsServer& tls, const TlsClient& trust) {
  Meeting meeting;
  auto raw = co_await reach(meeting, tls, {});
  const auto mine = trust.wrap(std::move(raw), "localhost", {});
  (void)co_await mine->handshake(after(patience));
  co_await meeting.wait();
  Shard::current()->post([&mine] { mine->close(); });
  std::array<char, 10> into;
  const auto n = co_await mine->read_some(into, after(patience));
  const auto written = co_await mine->write(BytesView("late"), after(patience));
  co_return std::string(n ? "read" : name_of(n.error().code)) + " " + std::string(written ? "written" : name_of(written.error().code));
}
TEST_F(Tls, ClosingEndsWhatIsUnderWay) {
  const auto tls = *TlsServer::open(files());
  EXPECT_EQ(run(close_under_way(*tls, *client())), "stopping stopping");
}

}  // namespace
}  // namespace braid::io
