#include "io/net.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "io/impl.h"

namespace braid::io {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// Runs one asynchronous operation as an awaitable; at the deadline `cancel` is called and the operation ends with operation_aborted.
template <class Start> struct Operation {
  Start start;                       // (handler) starts it
  std::move_only_function<void()> cancel;
  asio::io_context& context;
  Deadline deadline;

  std::optional<asio::steady_timer> timer{};
  std::shared_ptr<bool> finished = std::make_shared<bool>(false);
  bool timed_out = false;
  error_code ec{};
  std::size_t bytes = 0;

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) {
    if (deadline != never) {
      timer.emplace(context, deadline);
      timer->async_wait([this, done = finished](error_code waited) {
        if (*done || waited) return;
        timed_out = true;
        cancel();
      });
    }
    start([this, h, done = finished](error_code failed, std::size_t n = 0) {
      *done = true;
      ec = failed;
      bytes = n;
      if (timer) timer->cancel();
      h.resume();
    });
  }
  void await_resume() const noexcept {}
};
template <class S, class C> Operation(S, C, asio::io_context&, Deadline) -> Operation<S>;

Error os_error(std::string_view what, const error_code& ec, bool timed_out) {
  if (timed_out) return {ErrorCode::timeout, std::string(what) + ": no answer in time"};
  if (ec == asio::error::operation_aborted || ec == asio::error::bad_descriptor) return {ErrorCode::stopping, std::string(what) + ": closed by us"};
  return {ErrorCode::io, std::string(what) + ": " + ec.message()};
}

// A listener on "::" sees IPv4 clients under addresses of IPv6; whoever allows or denies by address means 10.0.0.5, not ::ffff:10.0.0.5.
Endpoint endpoint_of(const tcp::endpoint& e) {
  const auto address = e.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) return {asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string(), e.port()};
  return {address.to_string(), e.port()};
}

class TcpStream final : public Stream {
 public:
  TcpStream(tcp::socket socket, asio::io_context& context) : socket_(std::move(socket)), context_(context) {
    error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    peer_ = endpoint_of(socket_.remote_endpoint(ignored));
    local_ = endpoint_of(socket_.local_endpoint(ignored));
  }
  Task<Result<std::size_t>> read_some(std::span<char> into, Deadline deadline) override {
    error_code ready;
    socket_.non_blocking(true, ready);
    const std::size_t now = socket_.read_some(asio::buffer(into.data(), into.size()), ready);  // most reads need no trip through the loop
    if (!ready) co_return now;
    if (ready == asio::error::eof) co_return 0;
    if (ready != asio::error::would_block) co_return std::unexpected(os_error("read from " + peer_.text(), ready, false));
    Operation operation{[&](auto handler) { socket_.async_read_some(asio::buffer(into.data(), into.size()), std::move(handler)); },
                        [this] { cancel(); }, context_, deadline};
    co_await operation;
    if (operation.ec == asio::error::eof) co_return 0;
    if (operation.ec) co_return std::unexpected(os_error("read from " + peer_.text(), operation.ec, operation.timed_out));
    co_return operation.bytes;
  }
  Task<Result<void>> write(std::span<const BytesView> pieces, Deadline deadline) override {
    std::vector<asio::const_buffer> buffers;
    buffers.reserve(pieces.size());
    for (auto piece : pieces)
      if (!piece.empty()) buffers.emplace_back(piece.data(), piece.size());
    Operation operation{[&](auto handler) { asio::async_write(socket_, buffers, std::move(handler)); }, [this] { cancel(); }, context_, deadline};
    co_await operation;
    if (operation.ec) co_return std::unexpected(os_error("write to " + peer_.text(), operation.ec, operation.timed_out));
    co_return Result<void>{};
  }
  void end_sending() override {
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
  }
  void close() override {
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
  }
  Endpoint peer() const override { return peer_; }
  Endpoint local() const override { return local_; }

 private:
  void cancel() {
    error_code ignored;
    socket_.cancel(ignored);
  }
  tcp::socket socket_;
  asio::io_context& context_;
  Endpoint peer_, local_;
};

class TcpListener final : public Listener {
 public:
  TcpListener(tcp::acceptor acceptor, asio::io_context& context) : acceptor_(std::move(acceptor)), context_(context) {}
  Task<Result<std::unique_ptr<Stream>>> accept(Shard& owner) override {
    auto& target = owner.impl().context;
    tcp::socket socket(target);
    Operation operation{[&](auto handler) { acceptor_.async_accept(socket, [h = std::move(handler)](error_code ec) mutable { h(ec, 0); }); },
                        [] {}, context_, never};
    co_await operation;
    if (operation.ec) co_return std::unexpected(os_error("accept on " + local().text(), operation.ec, false));
    co_return std::make_unique<TcpStream>(std::move(socket), target);
  }
  Endpoint local() const override {
    error_code ignored;
    return endpoint_of(acceptor_.local_endpoint(ignored));
  }
  void close() override {
    error_code ignored;
    acceptor_.close(ignored);
  }

 private:
  tcp::acceptor acceptor_;
  asio::io_context& context_;
};

}  // namespace

std::string Endpoint::text() const {
  return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + std::to_string(port);
}

bool Endpoint::loopback() const {
  if (host == "localhost") return true;
  error_code ec;
  const auto address = asio::ip::make_address(host, ec);
  return !ec && address.is_loopback();
}

Result<Endpoint> parse_endpoint(std::string_view text, std::uint16_t default_port) {
  Endpoint out{std::string(text), default_port};
  std::string_view port;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return fail(ErrorCode::invalid_input, "'" + std::string(text) + "' opens a [ and never closes it");
    out.host = text.substr(1, close - 1);
    if (close + 1 < text.size()) port = text.substr(close + 1).substr(1);
  } else if (const auto colon = text.rfind(':'); colon != std::string_view::npos && text.find(':') == colon) {
    out.host = text.substr(0, colon);
    port = text.substr(colon + 1);
  }
  if (!port.empty()) {
    const auto [end, ec] = std::from_chars(port.data(), port.data() + port.size(), out.port);
    if (ec != std::errc{} || end != port.data() + port.size())
      return fail(ErrorCode::invalid_input, "'" + std::string(port) + "' is no port number", "a port is a whole number from 0 to 65535, as in 127.0.0.1:9092");
  }
  if (out.host.empty()) return fail(ErrorCode::invalid_input, "'" + std::string(text) + "' has no host", "for example 127.0.0.1:9092");
  return out;
}

Task<Result<void>> Stream::write(BytesView bytes, Deadline deadline) {
  const std::array pieces{bytes};
  co_return co_await write(std::span<const BytesView>(pieces), deadline);
}

Task<Result<void>> Stream::read_exactly(std::span<char> into, Deadline deadline) {
  std::size_t done = 0;
  while (done < into.size()) {
    CO_TRY(const auto n, co_await read_some(into.subspan(done), deadline));
    if (n == 0)
      co_return fail(ErrorCode::io, peer().text() + " closed after " + std::to_string(done) + " of " + std::to_string(into.size()) + " bytes");
    done += n;
  }
  co_return Result<void>{};
}

Result<std::unique_ptr<Listener>> Listener::bind(const Endpoint& at) {
  BRAID_ASSERT(Shard::current() != nullptr);
  auto& context = Shard::current()->impl().context;
  error_code ec;
  const auto address = asio::ip::make_address(at.host == "localhost" ? "127.0.0.1" : at.host, ec);
  if (ec) return fail(ErrorCode::invalid_input, "'" + at.host + "' is no address to listen on", "use an IP address, for example 127.0.0.1 or 0.0.0.0");
  tcp::acceptor acceptor(context);
  const tcp::endpoint where(address, at.port);
  acceptor.open(where.protocol(), ec);
  if (!ec) acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
  if (!ec) acceptor.bind(where, ec);
  if (!ec) acceptor.listen(tcp::acceptor::max_listen_connections, ec);
  if (ec == asio::error::address_in_use)
    return fail(ErrorCode::conflict, "cannot listen on " + at.text() + ": another process uses that port",
                "stop it (see `ss -ltnp`), or choose another port in the configuration");
  if (ec) return fail(ErrorCode::io, "cannot listen on " + at.text() + ": " + ec.message());
  return std::make_unique<TcpListener>(std::move(acceptor), context);
}

Task<Result<std::unique_ptr<Stream>>> connect(Endpoint to, Deadline deadline) {
  auto& context = Shard::current()->impl().context;
  tcp::resolver resolver(context);
  error_code failed;
  const auto found = resolver.resolve(to.host, std::to_string(to.port), tcp::resolver::numeric_service, failed);
  if (failed) co_return fail(ErrorCode::unavailable, "cannot find the host of " + to.text() + ": " + failed.message());
  Error last{ErrorCode::unavailable, "cannot connect to " + to.text()};
  for (const auto& entry : found) {
    tcp::socket socket(context);
    const tcp::endpoint where = entry.endpoint();
    Operation operation{[&](auto handler) { socket.async_connect(where, [h = std::move(handler)](error_code ec) mutable { h(ec, 0); }); },
                        [&socket] { error_code ignored; socket.cancel(ignored); }, context, deadline};
    co_await operation;
    if (!operation.ec) co_return std::make_unique<TcpStream>(std::move(socket), context);
    last = os_error("cannot connect to " + to.text(), operation.ec, operation.timed_out);
    if (last.code == ErrorCode::io) last.code = ErrorCode::unavailable;
  }
  co_return std::unexpected(std::move(last));
}

}  // namespace braid::io
