// HTTP/1.1 and HTTP/2 server: requests, responses, streaming bodies, routing. Knows no product concept.
//
// Threads: a Server, its Router and every handler live on one shard, the one that called Server::start (the control shard in a node).
// Ownership: the Router must outlive the Server; a handler gets its Request by value. Handlers are coroutines with value parameters, or plain
// lambdas that return one: `router.get("/subjects", [this](http::Request r) { return list(std::move(r)); })`.
// Errors: what cannot be parsed is answered 400 (413, 414, 431 for limits of base/limits/http.h) by the Router's error form and never reaches a
// handler; an exception in a handler is logged and answered 500. Times are deadlines, sizes bytes.
// Specifications: RFC 9110 (semantics), 9112 (HTTP/1.1), 9113 (HTTP/2, by prior knowledge and by Upgrade: h2c), 3986 (paths), 6455 (WebSocket).
// TLS: with ServerOptions::tls every connection begins with a handshake; HTTP/2 is then chosen by ALPN (RFC 7301).
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/metrics.h"
#include "io/net.h"
#include "io/shard.h"
#include "io/tls.h"

namespace braid::http {

// Fields in the order of arrival. Names compare without regard to case and may repeat.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<std::pair<std::string, std::string>> fields) : fields_(fields.begin(), fields.end()) {}
  std::optional<std::string_view> get(std::string_view name) const;   // the first of that name
  std::string_view get_or(std::string_view name, std::string_view otherwise) const { return get(name).value_or(otherwise); }
  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  void set(std::string_view name, std::string value);                 // replaces all of that name
  void remove(std::string_view name);
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  bool empty() const { return fields_.empty(); }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

// A request body that is read piece by piece; only routes added with Body::streamed get one.
class BodyReader {
 public:
  virtual ~BodyReader() = default;
  virtual io::Task<Result<std::optional<Bytes>>> next(io::Deadline deadline = io::never) = 0;   // empty: the body has ended
};

struct Request {
  std::string method;                                       // "GET"; HEAD arrives as GET, its body is dropped on the way out
  std::string target;                                       // as sent: "/subjects/a%2Fb?deleted=true"
  std::string path;                                         // the target before '?', still percent-encoded
  std::vector<std::string> segments;                        // the path split at '/', each then decoded: %2F stays inside its segment
  std::vector<std::pair<std::string, std::string>> query;   // decoded, in order, may repeat
  Headers headers;
  Bytes body;
  std::shared_ptr<BodyReader> body_reader;                  // shared with the connection; null unless the route is Body::streamed
  std::map<std::string, std::string, std::less<>> params;   // {name} parts of the route's pattern
  std::string principal = "anonymous";                      // who asks; set by middleware (authentication, "act as" on loopback)
  io::Endpoint peer, local;
  int version = 11;                                         // 10, 11 or 20
  bool secure = false;                                      // it came by TLS

  const std::string& param(std::string_view name) const;    // a name that the route's pattern has
  std::optional<std::string_view> query_first(std::string_view name) const;
  std::vector<std::string> query_all(std::string_view name) const;
  Result<bool> query_flag(std::string_view name, bool otherwise) const;          // true, false; present without a value is true
  Result<std::int64_t> query_int(std::string_view name, std::int64_t otherwise) const;
  // For tests and in-process calls: splits and decodes the target. A bad target is Error{invalid_input}.
  static Result<Request> make(std::string method, std::string target, Bytes body = {}, Headers headers = {});
};

// A response body that is written piece by piece. Lives as long as the call of the stream function that got it.
class BodyWriter {
 public:
  virtual ~BodyWriter() = default;
  // Returns once the bytes are on their way and there is room for more: await it and a slow client slows the source.
  // Error{unavailable} when the client has gone away (or was cut at the end of a stop's grace): end the stream then.
  virtual io::Task<Result<void>> write(Bytes bytes) = 0;
  // Client gone, or server stopping: an endless stream ends now (while stopping, a last write still gets through), a finite one may finish.
  virtual bool closed() const = 0;
  virtual void on_close(std::move_only_function<void()> call) = 0;        // at most once, on this shard; replaces an earlier one
};

// A WebSocket (RFC 6455, over HTTP/1.1, no extensions). Lives as long as the call of the function that got it, on the server's shard. One coroutine
// receives; anybody on the shard may send: messages leave in the order of the calls. Pings are sent and answered inside; a peer that answers none
// is taken for gone.
class WebSocket {
 public:
  struct Message {
    Bytes data;
    bool text = true;                                       // then its bytes are valid UTF-8
  };
  virtual ~WebSocket() = default;
  // The next whole message; empty once either side has closed, the peer is gone or the server stops: return then.
  virtual io::Task<Result<std::optional<Message>>> receive(io::Deadline deadline = io::never) = 0;   // Error{timeout}: call it again
  // false: it is closed. A peer that takes nothing is closed once limits::websocket_queue_bytes_max wait for it.
  virtual bool send(Bytes message, bool text = true) = 0;
  virtual void close(std::uint16_t code = 1000, std::string_view reason = {}) = 0;   // after what was sent before
  virtual bool closed() const = 0;
};

struct Response {
  int status = 200;
  Headers headers;                                          // Content-Length, Date, Connection and the like are the server's business
  Bytes body;
  // Set: `body` is ignored, the head is sent at once and this function writes the body. Returning ends it well; throwing or returning after a
  // failed write resets the connection (or the HTTP/2 stream), so a client never takes half an answer for a whole one.
  // A plain lambda that calls a named coroutine: `r.stream = [q](http::BodyWriter& w) { return rows(q, w); };`
  std::move_only_function<io::Task<void>(BodyWriter&)> stream;
  // Set by upgrade_to_websocket(): the connection becomes a WebSocket and this function its session; it is closed when the function returns.
  std::move_only_function<io::Task<void>(WebSocket&)> websocket;

  static Response json(int status, std::string text, std::string content_type = "application/json");
  static Response text(int status, std::string text, std::string content_type = "text/plain; charset=utf-8");
  static Response empty(int status) { Response r; r.status = status; return r; }
};

// The one table from our errors to HTTP statuses, and the product's own error form:
// {"error_code":404,"code":"not_found","message":"...","hint":"...","where":{"begin":3,"end":7}}  (hint and where only if there is one)
int status_of(ErrorCode code);
Response error_response(const Error& error);
Response error_response(int status, const Error& error);

// The answer to a WebSocket handshake. `protocols`: those that are spoken here, best first; the first that the client offers too is chosen. None in
// common: refused, unless `protocols` is empty. What is no handshake is answered 426 (or 400 for a broken one).
Response upgrade_to_websocket(const Request& request, const std::vector<std::string>& protocols, std::move_only_function<io::Task<void>(WebSocket&)> session);

using Handler = std::function<io::Task<Response>(Request)>;
using Middleware = std::function<io::Task<std::optional<Response>>(Request&)>;   // a Response ends the request there
using ErrorForm = std::function<Response(int status, const Error& error)>;       // how an API writes 400, 404, 405, 413 and 500

enum class Body { whole, streamed };

// Which handler serves what. Patterns: "/subjects/{subject}/versions/{version}", and "{rest*}" last for any tail (its segments joined by '/').
// A literal segment wins over a {name}, and that over {rest*}. One trailing '/' in a request is ignored. Build it before the server starts.
class Router {
 public:
  Router();
  ~Router();
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;

  void add(std::string_view method, std::string_view pattern, Handler handler, Body body = Body::whole);
  void get(std::string_view pattern, Handler h) { add("GET", pattern, std::move(h)); }
  void post(std::string_view pattern, Handler h) { add("POST", pattern, std::move(h)); }
  void put(std::string_view pattern, Handler h) { add("PUT", pattern, std::move(h)); }
  void patch(std::string_view pattern, Handler h) { add("PATCH", pattern, std::move(h)); }
  void del(std::string_view pattern, Handler h) { add("DELETE", pattern, std::move(h)); }
  // Who may call, by the head alone: asked before anything of the body is read, so that a stranger's body is never held. In the order added.
  void use_on_head(Middleware middleware);
  void use(Middleware middleware);                                  // in the order added, when the body is there, before every handler
  void error_form(std::string_view path_prefix, ErrorForm form);    // the longest prefix wins; "/" replaces the default
  // For requests whose path begins with a segment that no route begins with (so an API's own 404 stays what it is), if `takes` says so.
  void otherwise(std::function<bool(const Request&)> takes, Handler handler);
  std::vector<std::string> first_segments() const;                  // literal ones, sorted: what belongs to routes

  struct Found {
    const Handler* handler = nullptr;
    Body body = Body::whole;
    std::map<std::string, std::string, std::less<>> params;
    std::string pattern;                                            // for metrics: bounded, unlike paths
    std::optional<Response> refusal;                                // 404, or 405 with Allow
  };
  Found find(const Request& request) const;
  Response error(std::string_view path, int status, const Error& error) const;
  bool asks_on_head() const { return !on_head_.empty(); }
  // What use_on_head() decides; a Response ends the request there. The request has its head, and must live until the answer.
  io::Task<std::optional<Response>> admit(Request& request, const Found& found) const;
  // Of an admitted request: middleware, then the handler, then exceptions caught.
  io::Task<Response> handle(Request request, const Found& found) const;
  // All of it for a request that is whole: the way to test an API without a socket.
  io::Task<Response> handle(Request request) const;

 private:
  Response met_a_bug(std::string_view path, const Found& found, std::exception_ptr thrown) const;

  struct Node;
  std::unique_ptr<Node> root_;
  std::vector<Middleware> on_head_, middleware_;
  std::map<std::string, ErrorForm, std::greater<>> error_forms_;
  std::function<bool(const Request&)> otherwise_takes_;
  Handler otherwise_;
};

// Collects what a stream writes; for tests and in-process calls. close() plays the client that goes away.
class MemoryWriter final : public BodyWriter {
 public:
  io::Task<Result<void>> write(Bytes bytes) override;
  bool closed() const override { return closed_; }
  void on_close(std::move_only_function<void()> call) override { on_close_ = std::move(call); }
  void close();
  Bytes written;

 private:
  bool closed_ = false;
  std::move_only_function<void()> on_close_;
};

struct ServerOptions {
  std::string name;                         // "main", "registry": label of metrics and log lines
  io::Endpoint listen;
  io::Milliseconds idle{75'000};            // a connection without a request is closed after this
  io::Milliseconds request{30'000};         // a request must be complete this long after its first byte
  io::Milliseconds write{30'000};           // a client that takes nothing for this long is dropped
  std::shared_ptr<const io::TlsServer> tls{};   // shared with the node, which reloads it; null: plain text
  std::size_t connections_per_address = 0;  // at one time; 0: the limit of base/limits/http.h
};

class Server {
 public:
  static Result<std::unique_ptr<Server>> start(const Router& router, ServerOptions options, Metrics& metrics);
  virtual ~Server() = default;
  virtual io::Endpoint local() const = 0;
  // No new connections or requests; streams are told to end; what still runs after `grace` is cut. Await it before destroying the Server.
  virtual io::Task<void> stop(io::Milliseconds grace) = 0;
};

}  // namespace braid::http
