#include <array>
#include <cctype>
#include <charconv>

#include "base/limits/http.h"
#include "base/log.h"
#include "http/connection.h"
#include "http/target.h"

namespace braid::http {
namespace {

std::string_view reason(int status) {
  switch (status) {
    case 100: return "Continue";
    case 101: return "Switching Protocols";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 426: return "Upgrade Required";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 507: return "Insufficient Storage";
    case 505: return "HTTP Version Not Supported";
    default: return "Status";
  }
}

bool has_token(std::string_view list, std::string_view token) {
  auto lower = [](char c) { return char(std::tolower(static_cast<unsigned char>(c))); };
  for (std::size_t i = 0; i + token.size() <= list.size(); ++i)
    if (std::equal(token.begin(), token.end(), list.begin() + std::ptrdiff_t(i), [&](char a, char b) { return lower(a) == lower(b); })) return true;
  return false;
}

std::string head_text(const Response& response, int version, bool keep_alive, bool chunked, bool with_length) {
  std::string out = "HTTP/1.1 " + std::to_string(response.status) + " " + std::string(reason(response.status)) + "\r\n";
  for (const auto& [name, value] : response.headers) {
    if (!text_is_field_safe(name) || !text_is_field_safe(value)) continue;   // a value from a record must not write our head
    out += name + ": " + value + "\r\n";
  }
  out += "Date: " + http_date() + "\r\n";
  if (chunked) out += "Transfer-Encoding: chunked\r\n";
  if (with_length) out += "Content-Length: " + std::to_string(response.body.size()) + "\r\n";
  if (!keep_alive) out += "Connection: close\r\n";
  else if (version == 10) out += "Connection: keep-alive\r\n";
  return out + "\r\n";
}

// Feeds the parser until it made a step: the head is done, body bytes are there, or the message has ended.
io::Task<Result<void>> advance(Connection& connection, Http1Parser& parser, io::Deadline deadline) {
  for (;;) {
    if (!connection.pending().empty()) {
      CO_TRY(const auto used, parser.put(connection.pending()));
      connection.consume(used);
      if (used > 0 || parser.done()) co_return Result<void>{};
      // Heads have their own limit; chunk extensions and trailers meet this one.
      if (connection.pending().size() > limits::http_header_bytes_max) co_return fail(ErrorCode::invalid_input, "this is no HTTP request: a chunk's head has no end");
    }
    CO_TRY(const bool more, co_await connection.fill(deadline));
    if (!more) {
      CO_TRY_VOID(parser.put_end());
      if (!parser.done()) co_return fail(ErrorCode::io, "the connection closed in the middle of the message");
      co_return Result<void>{};
    }
  }
}

class Http1Body final : public BodyReader {
 public:
  Http1Body(std::shared_ptr<Connection> connection, std::shared_ptr<Http1Parser> parser)
      : connection_(std::move(connection)), parser_(std::move(parser)) {}
  io::Task<Result<std::optional<Bytes>>> next(io::Deadline deadline) override {
    for (;;) {
      std::optional<Bytes> got(parser_->take_body());
      if (!got->empty()) co_return got;
      if (parser_->done()) co_return std::optional<Bytes>{};
      CO_TRY_VOID(co_await advance(*connection_, *parser_, deadline));
    }
  }

 private:
  std::shared_ptr<Connection> connection_;   // shared with the serving task: the handler may keep the reader longer
  std::shared_ptr<Http1Parser> parser_;
};

class Http1Writer final : public BodyWriter {
 public:
  Http1Writer(ServerState& server, Connection& connection, bool chunked) : server_(server), connection_(connection), chunked_(chunked) {}
  io::Task<Result<void>> write(Bytes bytes) override {
    if (bytes.empty()) co_return Result<void>{};
    if (connection_.gone() || failed_) co_return gone();
    char size[20];
    const auto end = std::to_chars(size, size + sizeof size, bytes.size(), 16).ptr;
    const std::string first = std::string(size, end) + "\r\n";
    const std::array<BytesView, 3> pieces{chunked_ ? BytesView(first) : BytesView(), bytes, chunked_ ? BytesView("\r\n") : BytesView()};
    auto written = co_await connection_.stream->write(std::span<const BytesView>(pieces), io::after(server_.options.write));
    if (!written) {
      failed_ = true;
      co_return gone();
    }
    server_.bytes_out->add(double(bytes.size()));
    co_return Result<void>{};
  }
  bool closed() const override { return failed_ || connection_.gone() || server_.stopping; }
  void on_close(std::move_only_function<void()> call) override { on_close_ = std::move(call); }
  void close_now() {
    if (auto call = std::exchange(on_close_, nullptr)) call();
  }
  bool failed() const { return failed_; }

 private:
  static std::unexpected<Error> gone() { return fail(ErrorCode::unavailable, "the client has gone away"); }
  ServerState& server_;
  Connection& connection_;
  bool chunked_;
  bool failed_ = false;
  std::move_only_function<void()> on_close_;
};

// Runs the stream function; false when the connection must not be used any more.
io::Task<bool> write_stream(ServerState& server, Connection& connection, Response& response, bool chunked) {
  Http1Writer writer(server, connection, chunked);
  connection.on_stop = [&writer] { writer.close_now(); };
  connection.watch([&writer] { writer.close_now(); });
  bool threw = false;
  std::string what;
  try {
    co_await response.stream(writer);
  } catch (const std::exception& e) {
    threw = true;
    what = e.what();
  }
  connection.end_watch();
  connection.on_stop = nullptr;
  if (threw) log::error("http_stream_failed", {{"server", server.options.name}, {"what", what}});
  if (threw || writer.failed() || connection.gone()) co_return false;
  if (!chunked) co_return false;   // HTTP/1.0: the end of the connection is the end of the body
  const auto ended = co_await connection.stream->write(BytesView("0\r\n\r\n"), io::after(server.options.write));
  co_return ended.has_value();
}

io::Task<bool> write_response(ServerState& server, Connection& connection, const Request& request, bool head_only, Response& response, bool keep_alive) {
  const bool bodiless = response.status == 204 || response.status == 304 || response.status < 200;
  const bool streamed = bool(response.stream) && !bodiless;
  const bool chunked = streamed && request.version >= 11;
  if (streamed && !chunked) keep_alive = false;
  if (!streamed) maybe_gzip(request, response);
  const std::string head = head_text(response, request.version, keep_alive, chunked, !streamed && !bodiless);
  const bool with_body = !streamed && !bodiless && !head_only;
  const std::array<BytesView, 2> pieces{head, with_body ? BytesView(response.body) : BytesView()};
  server.bytes_out->add(double(head.size() + pieces[1].size()));
  const auto written = co_await connection.stream->write(std::span<const BytesView>(pieces), io::after(server.options.write));
  if (!written) co_return false;
  if (streamed && !head_only) {
    const bool usable = co_await write_stream(server, connection, response, chunked);
    co_return usable && keep_alive;
  }
  co_return keep_alive;
}

Result<Request> request_of(const MessageHead& head, const Connection& connection) {
  Request request;
  request.method = head.method == "HEAD" ? "GET" : head.method;
  request.target = head.target;
  request.headers = head.headers;
  request.version = head.version;
  request.peer = connection.stream->peer();
  request.local = connection.stream->local();
  request.secure = connection.secure;
  if (head.version >= 11 && !head.headers.get("Host")) return fail(ErrorCode::invalid_input, "an HTTP/1.1 request must have a Host field");
  TRY_VOID(split_target(request));
  return request;
}

// After a last answer while the client may still be sending: a close now would reset the connection, and with it the answer under way (RFC 9112, 9.6).
io::Task<void> linger(Connection& connection) {
  connection.idle = true;   // a stop need not wait for it
  connection.stream->end_sending();
  const auto until = io::after(io::Milliseconds(limits::http_linger_ms));
  for (std::size_t passed = 0; passed < limits::http_linger_bytes_max && !connection.gone();) {
    passed += connection.pending().size();
    connection.consume(connection.pending().size());
    auto more = co_await connection.fill(until);
    if (!more || !*more) co_return;
  }
}

io::Task<void> refuse(ServerState& server, Connection& connection, std::string path, int status, Error error) {
  Response response = server.router.error(path, status, error);
  const std::string head = head_text(response, 11, false, false, true);
  const std::array<BytesView, 2> pieces{head, response.body};
  server.count(status, system_clock().monotonic_ns());
  const auto written = co_await connection.stream->write(std::span<const BytesView>(pieces), io::after(server.options.write));
  if (written && status != 408) co_await linger(connection);
}

// Reads the rest of the body into the request; the deadline covers the whole request.
io::Task<Result<void>> read_body(Connection& connection, Http1Parser& parser, Request& request, io::Deadline deadline) {
  while (!parser.done()) CO_TRY_VOID(co_await advance(connection, parser, deadline));
  request.body = parser.take_body();
  co_return Result<void>{};
}

// A call that may not be made: answered at once, whatever of its body is still to come. True when the connection can be used for another request.
// A client that waits for "100 Continue" may send its body after a final answer, or not: only a new connection is sure to be understood.
io::Task<bool> refuse_call(ServerState& server, Connection& connection, Http1Parser& parser, const Request& request, Response response, io::Deadline deadline) {
  const MessageHead& head = parser.head();
  const bool small = head.content_length && *head.content_length <= limits::http_drained_body_bytes_max && !head.headers.get("Expect");
  const bool keep_alive = head.keep_alive && (parser.done() || small) && !server.stopping;
  const bool usable = co_await write_response(server, connection, request, head.method == "HEAD", response, keep_alive);
  if (!usable) {
    if (!keep_alive && !connection.gone() && !parser.done()) co_await linger(connection);
    co_return false;
  }
  while (!parser.done()) {
    const auto step = co_await advance(connection, parser, deadline);
    if (!step) co_return false;
    (void)parser.take_body();
  }
  co_return true;
}

std::string base64url_decode(std::string_view text) {
  std::string out;
  std::uint32_t bits = 0;
  int have = 0;
  for (const char c : text) {
    int v = -1;
    if (c >= 'A' && c <= 'Z') v = c - 'A';
    else if (c >= 'a' && c <= 'z') v = c - 'a' + 26;
    else if (c >= '0' && c <= '9') v = c - '0' + 52;
    else if (c == '-' || c == '+') v = 62;
    else if (c == '_' || c == '/') v = 63;
    else break;
    bits = bits << 6 | std::uint32_t(v);
    have += 6;
    if (have >= 8) {
      have -= 8;
      out += char(bits >> have & 0xff);
    }
  }
  return out;
}

bool wants_http2(const MessageHead& head) {
  return head.version >= 11 && has_token(head.headers.get_or("Upgrade", ""), "h2c") && head.headers.get("HTTP2-Settings").has_value() &&
         has_token(head.headers.get_or("Connection", ""), "Upgrade");
}

enum class Next { another, close, http2 };

// One request and its answer.
io::Task<Next> serve_one(std::shared_ptr<ServerState> server, std::shared_ptr<Connection> connection, std::optional<Http2Upgrade>& upgrade) {
  const auto deadline = io::after(server->options.request);
  const std::int64_t started = system_clock().monotonic_ns();
  auto parser = std::make_shared<Http1Parser>(Http1Parser::Kind::request, limits::http_body_bytes_max);   // shared with a body reader
  while (!parser->head_done()) {
    auto step = co_await advance(*connection, *parser, deadline);
    if (step) continue;
    const bool theirs = step.error().code == ErrorCode::invalid_input || step.error().code == ErrorCode::overloaded;
    if (theirs) co_await refuse(*server, *connection, "/", parser->failure_status(), std::move(step).error());
    else if (step.error().code == ErrorCode::timeout) co_await refuse(*server, *connection, "/", 408, std::move(step).error());
    co_return Next::close;
  }
  const MessageHead& head = parser->head();
  auto made = request_of(head, *connection);
  if (!made) {
    co_await refuse(*server, *connection, "/", 400, std::move(made).error());
    co_return Next::close;
  }
  Request request = std::move(*made);
  const bool head_only = head.method == "HEAD";
  Router::Found found = server->router.find(request);
  const bool streamed = found.handler && found.body == Body::streamed;
  auto refusal = co_await server->router.admit(request, found);
  if (refusal) {
    const int status = refusal->status;
    const bool usable = co_await refuse_call(*server, *connection, *parser, request, std::move(*refusal), deadline);
    server->count(status, started);
    co_return usable ? Next::another : Next::close;
  }
  if (head.headers.get_or("Expect", "") == "100-continue" && found.handler && !parser->done()) {
    const auto sent = co_await connection->stream->write(BytesView("HTTP/1.1 100 Continue\r\n\r\n"), io::after(server->options.write));
    if (!sent) co_return Next::close;
  }
  if (streamed) {
    request.body_reader = std::make_shared<Http1Body>(connection, parser);
  } else {
    auto read = co_await read_body(*connection, *parser, request, deadline);
    if (!read) {
      const bool theirs = read.error().code == ErrorCode::invalid_input || read.error().code == ErrorCode::overloaded;
      if (theirs) co_await refuse(*server, *connection, request.path, parser->failure_status(), std::move(read).error());
      else if (read.error().code == ErrorCode::timeout) co_await refuse(*server, *connection, request.path, 408, std::move(read).error());
      co_return Next::close;
    }
    if (!connection->secure && wants_http2(head)) {   // over TLS it is chosen by ALPN (RFC 9113, 3.1)
      const auto sent = co_await connection->stream->write(BytesView("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"),
                                                           io::after(server->options.write));
      if (!sent) co_return Next::close;
      request.method = head.method;   // HTTP/2 handles HEAD itself
      upgrade.emplace(Http2Upgrade{base64url_decode(*head.headers.get("HTTP2-Settings")), std::move(request)});
      co_return Next::http2;
    }
  }
  Request kept;   // what the answer needs to know of the request, which the handler takes
  kept.headers = request.headers;
  kept.version = request.version;
  Response response = co_await server->router.handle(std::move(request), found);
  if (response.websocket && !head_only) {
    server->count(101, started);
    co_await serve_websocket(server, connection, std::move(kept.headers), std::move(response));
    co_return Next::close;
  }
  const bool keep_alive = head.keep_alive && parser->done() && !server->stopping && !connection->gone();
  const int status = response.status;
  const bool usable = co_await write_response(*server, *connection, kept, head_only, response, keep_alive);
  server->count(status, started);
  co_return usable ? Next::another : Next::close;
}

}  // namespace

io::Task<void> serve_http1(std::shared_ptr<ServerState> server, std::shared_ptr<Connection> connection) {
  bool first = true;
  std::optional<Http2Upgrade> upgrade;
  for (;;) {
    connection->idle = true;
    if (server->stopping) break;
    const auto idle_until = io::after(server->options.idle);
    // Empty lines before a request are allowed (RFC 9112, 2.2); the HTTP/2 preface is recognised by its first bytes.
    bool ready = true;
    while (connection->pending().empty() || (first && connection->pending().size() < http2_preface.size() && http2_preface.starts_with(connection->pending()))) {
      auto more = co_await connection->fill(idle_until);
      if (!more || !*more) {
        ready = false;
        break;
      }
    }
    if (!ready) break;
    connection->idle = false;
    if (first && connection->pending().starts_with(http2_preface)) {
      co_await serve_http2(server, connection, std::nullopt);
      co_return;
    }
    first = false;
    while (!connection->pending().empty() && (connection->pending()[0] == '\r' || connection->pending()[0] == '\n')) connection->consume(1);
    if (connection->pending().empty()) continue;
    const Next next = co_await serve_one(server, connection, upgrade);
    if (next == Next::http2) {
      co_await serve_http2(server, connection, std::move(upgrade));
      co_return;
    }
    if (next == Next::close) break;
  }
  connection->close();
}

}  // namespace braid::http
