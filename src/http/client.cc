#include "http/client.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/limits/http.h"
#include "base/limits/net.h"
#include "http/connection.h"

namespace braid::http {

Result<Url> parse_url(std::string_view text) {
  const std::string given(text);
  const bool tls = text.starts_with("https://");
  if (tls) text.remove_prefix(8);
  else if (text.starts_with("http://")) text.remove_prefix(7);
  else if (text.find("://") != std::string_view::npos)
    return fail(ErrorCode::invalid_input, "'" + given + "' is no http URL", "for example http://127.0.0.1:8080 or https://braid.example.com");
  const auto slash = text.find('/');
  TRY(const auto endpoint, io::parse_endpoint(text.substr(0, slash), tls ? 443 : 80));
  Url url{endpoint.host, endpoint.port, slash == std::string_view::npos ? "" : std::string(text.substr(slash)), tls};
  while (url.path.ends_with('/')) url.path.pop_back();
  return url;
}

std::string Url::text() const { return (tls ? "https://" : "http://") + io::Endpoint{host, port}.text() + path; }

struct Client::Impl {
  Url to;
  std::shared_ptr<const io::TlsClient> tls;   // shared by the clients of one program
  std::shared_ptr<Connection> connection;     // shared with nobody but its own watch, which a client never starts

  std::string name() const { return io::Endpoint{to.host, to.port}.text(); }
  std::string head_text(const ClientRequest& request) const {
    std::string out = request.method + " " + to.path + request.target + " HTTP/1.1\r\nHost: " + name() + "\r\n";
    for (const auto& [field, value] : request.headers)
      if (text_is_field_safe(field) && text_is_field_safe(value)) out += field + ": " + value + "\r\n";
    if (request.body_source) out += "Content-Length: " + std::to_string(request.body_bytes) + "\r\n";
    else if (!request.body.empty() || request.method != "GET") out += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
    return out + "\r\n";
  }
  io::Task<Result<void>> open(io::Deadline deadline) {
    io::Endpoint where{to.host, to.port};
    auto stream = co_await io::connect(where, deadline);
    if (!stream)
      co_return fail(ErrorCode::unavailable, std::string("nothing answers at ") + (to.tls ? "https://" : "http://") + name() + " (" + stream.error().message + ")",
                     "start a node with `braid up` or `braid demo`, or name another one with --url");
    if (to.tls) {
      if (!tls) {
        CO_TRY(tls, io::TlsClient::open(io::TlsTrust{}));
      }
      std::vector<std::string> protocols{"http/1.1"};
      auto wrapped = tls->wrap(std::move(*stream), to.host, std::move(protocols));
      CO_TRY_VOID(co_await wrapped->handshake(std::min(deadline, io::after(io::Milliseconds(limits::tls_handshake_ms_max)))));
      *stream = std::move(wrapped);
    }
    connection = std::make_shared<Connection>(std::move(*stream));
    co_return Result<void>{};
  }
  io::Task<Result<void>> send(const ClientRequest& request, io::Deadline deadline) {
    const std::string head = head_text(request);
    const std::array<BytesView, 2> pieces{head, request.body};
    auto begun = co_await connection->stream->write(std::span<const BytesView>(pieces), deadline);
    if (!begun && to.tls) {   // with TLS 1.3 a refusal of our certificate comes after the handshake: what it says is worth more than "broken pipe"
      std::array<char, 1> nothing;
      const auto told = co_await connection->stream->read_some(nothing, std::min(deadline, io::after(io::Milliseconds(1'000))));
      if (!told && told.error().code == ErrorCode::unauthenticated) co_return std::unexpected(told.error());
    }
    if (!begun) co_return begun;
    while (request.body_source) {
      CO_TRY(auto piece, request.body_source());
      if (!piece) break;
      const auto written = co_await connection->stream->write(BytesView(*piece), deadline);
      if (!written) break;   // the server has closed: it has answered before the end, most likely with a refusal
    }
    co_return Result<void>{};
  }
  io::Task<Result<void>> step(Http1Parser& parser, io::Deadline deadline, const Client::GoOn& go_on) {
    for (;;) {
      if (!connection->pending().empty()) {
        CO_TRY(const auto used, parser.put(connection->pending()));
        connection->consume(used);
        if (used > 0 || parser.done()) co_return Result<void>{};
        if (connection->pending().size() > limits::http_header_bytes_max) co_return fail(ErrorCode::io, name() + " answers with something that is no HTTP");
      }
      if (go_on && !go_on()) co_return fail(ErrorCode::stopping, "ended by the caller");
      const auto until = go_on ? std::min(deadline, io::after(io::Milliseconds(100))) : deadline;
      auto filled = co_await connection->fill(until);
      if (!filled && go_on && filled.error().code == ErrorCode::timeout && std::chrono::steady_clock::now() < deadline) continue;
      CO_TRY(const bool more, std::move(filled));
      if (!more) {
        CO_TRY_VOID(parser.put_end());
        if (!parser.done()) co_return fail(ErrorCode::io, name() + " closed the connection in the middle of its answer");
        co_return Result<void>{};
      }
    }
  }
  // Sends the request and reads the head. A kept connection may have been closed by the server meanwhile: then once more on a new one.
  io::Task<Result<std::shared_ptr<Http1Parser>>> begin(const ClientRequest& request, io::Deadline deadline, const Client::GoOn& go_on) {
    for (;;) {
      const bool kept = connection != nullptr;
      if (!kept) CO_TRY_VOID(co_await open(deadline));
      auto parser = std::make_shared<Http1Parser>(Http1Parser::Kind::response, limits::http_client_body_bytes_max);
      if (request.method == "HEAD") parser->no_body();
      auto result = co_await send(request, deadline);
      while (result && !(parser->head_done() && parser->head().status >= 200)) {
        if (parser->head_done()) {   // 100 Continue and its like
          parser = std::make_shared<Http1Parser>(Http1Parser::Kind::response, limits::http_client_body_bytes_max);
        }
        result = co_await step(*parser, deadline, go_on);
      }
      if (result) co_return parser;
      connection.reset();
      if (!kept || request.body_source || parser->head_done() || result.error().code == ErrorCode::timeout || result.error().code == ErrorCode::stopping) co_return std::unexpected(std::move(result).error());
    }
  }
};

Client::Client(Url to, std::shared_ptr<const io::TlsClient> tls) : impl_(new Impl{std::move(to), std::move(tls), nullptr}) {}
Client::~Client() = default;

io::Task<Result<ClientResponse>> Client::stream(ClientRequest request, OnHead head, OnPiece piece, io::Deadline deadline, GoOn go_on) {
  CO_TRY(auto parser, co_await impl_->begin(request, deadline, go_on));
  ClientResponse response;
  response.status = parser->head().status;
  response.headers = parser->head().headers;
  const bool keep_alive = parser->head().keep_alive;
  bool more = head(response);
  while (more) {
    const Bytes body = parser->take_body();
    if (!body.empty()) more = piece(body);
    if (!more || (parser->done() && body.empty())) break;
    if (parser->done()) continue;
    auto stepped = co_await impl_->step(*parser, deadline, go_on);
    if (!stepped) {
      impl_->connection.reset();
      co_return std::unexpected(std::move(stepped).error());
    }
  }
  if (!parser->done() || !keep_alive) impl_->connection.reset();
  co_return response;
}

namespace {
bool take_any_head(const ClientResponse&) { return true; }
}  // namespace

io::Task<Result<ClientResponse>> Client::call(ClientRequest request, io::Deadline deadline) {
  Bytes body;
  OnHead head = take_any_head;
  OnPiece piece = [&body](BytesView more) {
    body += more;
    return true;
  };
  CO_TRY(auto response, co_await stream(std::move(request), std::move(head), std::move(piece), deadline));
  response.body = std::move(body);
  co_return response;
}

}  // namespace braid::http
