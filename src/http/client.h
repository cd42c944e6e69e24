// HTTP/1.1 client, with TLS for https: for the command line, for what a node sends, and for tests. One Client talks to one server and keeps its connection open between calls.
// Lives on one shard; one call at a time. Errors: unavailable (nobody listens there), timeout, io (the answer is no HTTP or ended early),
// unauthenticated (https, and the server's certificate is not trusted).
// A status of 400 or more is no error here: the caller reads the body.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/percent.h"
#include "http/server.h"

namespace braid::http {

struct Url {
  std::string host;
  std::uint16_t port = 80;
  std::string path;                                // base path, without a trailing '/'
  bool tls = false;                                // https
  std::string text() const;                        // "https://host:port/path"
};
Result<Url> parse_url(std::string_view text);      // http://host:port/path or https://
using braid::percent_encode;

struct ClientRequest {
  std::string method = "GET";
  std::string target;                              // begins with '/', already encoded
  Headers headers{};
  Bytes body{};
  // Instead of `body`, when it is large: called until it gives an empty optional; the pieces must add up to body_bytes.
  std::function<Result<std::optional<Bytes>>()> body_source{};
  std::uint64_t body_bytes = 0;
};
struct ClientResponse {
  int status = 0;
  Headers headers;
  Bytes body;
};

class Client {
 public:
  // `tls`: whom to trust, for https; null: whom the system trusts.
  explicit Client(Url to, std::shared_ptr<const io::TlsClient> tls = nullptr);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  io::Task<Result<ClientResponse>> call(ClientRequest request, io::Deadline deadline = io::never);
  // The body piece by piece, as it arrives. `head` is called once before the first piece; a false from either ends the call (and the connection).
  // The response's body stays empty.
  using OnHead = std::function<bool(const ClientResponse&)>;
  using OnPiece = std::function<bool(BytesView)>;
  using GoOn = std::function<bool()>;   // asked ten times a second while nothing arrives; false ends the call with Error{stopping}
  io::Task<Result<ClientResponse>> stream(ClientRequest request, OnHead head, OnPiece piece, io::Deadline deadline = io::never, GoOn go_on = nullptr);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace braid::http
