// Private to http/*.cc: one client connection, and what all connections of a server share. Everything lives on the server's shard.
#pragma once
#include <map>
#include <memory>
#include <set>

#include "base/clock.h"
#include "http/http1_parser.h"
#include "http/server.h"
#include "io/sync.h"

namespace braid::http {

// What the bytes of one socket need, whatever protocol runs on it. Shared by the serving task and, during a streamed answer, the read watch.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  explicit Connection(std::unique_ptr<io::Stream> s) : stream(std::move(s)) {}

  BytesView pending() const { return BytesView(input_).substr(consumed_); }
  void consume(std::size_t n);
  io::Task<Result<bool>> fill(io::Deadline deadline);   // true: more is pending; false: the peer has closed its side
  // Keeps reading in the background, so that a peer that goes away is noticed while we only write. on_gone is called at most once.
  void watch(std::move_only_function<void()> on_gone);
  void end_watch();
  bool gone() const { return gone_; }
  void close() { gone_ = true; stream->close(); }

  std::unique_ptr<io::Stream> stream;
  bool secure = false;           // TLS
  bool idle = true;              // between requests: stop() may close it
  std::move_only_function<void()> on_stop;   // what the protocol does when the server begins to stop

 private:
  static io::Task<void> watch_loop(std::shared_ptr<Connection> self);
  io::Task<Result<bool>> read_once(io::Deadline deadline);

  Bytes input_;
  std::size_t consumed_ = 0;
  bool watching_ = false, reading_ = false, gone_ = false;
  std::move_only_function<void()> on_gone_;
  io::Notifier read_ended_;
};

struct ServerState {
  const Router& router;
  ServerOptions options;
  bool stopping = false;
  std::set<std::shared_ptr<Connection>> connections;
  std::map<std::string, std::size_t> by_address;   // connections, by the host of the peer
  io::Gate gate;                 // everything that runs for this server is inside

  Counter* by_status[6];         // 1xx to 5xx; [0] unused
  Counter* bytes_out;
  Gauge* open_connections;
  Counter* refused;              // connections
  Counter *handshakes, *handshakes_failed;
  Histogram* seconds;

  void count(int status, std::int64_t started_ns);
};

inline constexpr std::string_view http2_preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

struct Http2Upgrade {
  std::string settings;          // decoded HTTP2-Settings
  Request request;
};

io::Task<void> serve_http1(std::shared_ptr<ServerState> server, std::shared_ptr<Connection> connection);
io::Task<void> serve_http2(std::shared_ptr<ServerState> server, std::shared_ptr<Connection> connection, std::optional<Http2Upgrade> upgrade);

// After a handler has answered with a session: the handshake, the session, the closing handshake. Then the connection is to be closed.
io::Task<void> serve_websocket(std::shared_ptr<ServerState> server, std::shared_ptr<Connection> connection, Headers request_headers, Response response);

bool text_is_field_safe(std::string_view text);   // no CR, LF or NUL: may go into a head
std::string http_date();
void maybe_gzip(const Request& request, Response& response);   // when the client takes it and it is worth it

}  // namespace braid::http
