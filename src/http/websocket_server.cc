// A connection that became a WebSocket: handshake, one reader, one pump that writes what is queued, closing handshake.
#include <cctype>
#include <deque>

#include "base/base64.h"
#include "base/limits/http.h"
#include "base/log.h"
#include "http/connection.h"
#include "http/websocket.h"
#include "io/all.h"

namespace braid::http {
namespace {

constexpr io::Milliseconds close_patience{2'000};   // for the peer's half of the closing handshake

std::vector<std::string> tokens_of(const Headers& headers, std::string_view name) {
  std::vector<std::string> out;
  for (const auto& [field, value] : headers) {
    if (!std::equal(field.begin(), field.end(), name.begin(), name.end(), [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); })) continue;
    std::string word;
    for (const char c : value + ",") {
      if (c == ',') {
        if (!word.empty()) out.push_back(std::exchange(word, {}));
      } else if (c != ' ' && c != '\t') {
        word += c;
      }
    }
  }
  return out;
}

bool has_token(const Headers& headers, std::string_view name, std::string_view token) {
  for (auto& word : tokens_of(headers, name)) {
    for (auto& c : word) c = char(std::tolower(static_cast<unsigned char>(c)));
    if (word == token) return true;
  }
  return false;
}

// Shared by the session's coroutine and the pump, which may be under way when the session ends.
class Socket final : public WebSocket, public std::enable_shared_from_this<Socket> {
 public:
  Socket(std::shared_ptr<ServerState> server, std::shared_ptr<Connection> connection)
      : server_(std::move(server)), connection_(std::move(connection)), parser_(limits::websocket_message_bytes_max) {}

  io::Task<Result<std::optional<Message>>> receive(io::Deadline deadline) override {
    for (;;) {
      while (!events_.empty()) {
        WebSocketEvent event = std::move(events_.front());
        events_.pop_front();
        if (event.kind == WebSocketEvent::Kind::message) {
          if (close_sent_) continue;
          co_return std::optional<Message>(Message{std::move(event.data), event.text});
        }
        if (event.kind == WebSocketEvent::Kind::ping) queue(Opcode::pong, event.data);
        if (event.kind == WebSocketEvent::Kind::close) {
          peer_closed_ = true;
          close(event.code == 1005 ? 1000 : event.code, "");
        }
      }
      if (peer_closed_ || close_sent_ || connection_->gone()) co_return std::optional<Message>{};
      CO_TRY_VOID(co_await read(deadline));
    }
  }

  bool send(Bytes message, bool text) override {
    if (closed()) return false;
    if (queued_bytes_ + message.size() > limits::websocket_queue_bytes_max) {
      outgoing_.clear();
      queued_bytes_ = 0;
      close(1013, "messages came faster than they were taken");
      end_after_flush();
      return false;
    }
    queue(text ? Opcode::text : Opcode::binary, message);
    return true;
  }

  void close(std::uint16_t code, std::string_view reason) override {
    if (std::exchange(close_sent_, true)) return;
    queue(Opcode::close, close_payload(code, reason));
  }
  bool closed() const override { return close_sent_ || peer_closed_ || failed_ || connection_->gone(); }

  // The server stops, or the peer does not take what we send: a receive() under way must end.
  void end_after_flush() {
    end_after_flush_ = true;
    if (!pumping_) connection_->close();
  }

  io::Task<void> finish() {
    close(1000, "");
    const auto until = io::after(close_patience);
    while (!peer_closed_ && !connection_->gone() && !failed_) {
      auto more = co_await read(until);
      if (!more) break;
      for (const auto& event : events_) peer_closed_ = peer_closed_ || event.kind == WebSocketEvent::Kind::close;
      events_.clear();
    }
    while (pumping_) co_await pumped_.wait();
    connection_->close();
  }

 private:
  void queue(Opcode opcode, BytesView payload) {
    if (failed_) return;
    outgoing_.push_back(websocket_frame(opcode, payload));
    queued_bytes_ += outgoing_.back().size();
    if (!std::exchange(pumping_, true)) io::Shard::current()->spawn(pump(shared_from_this()));
  }

  static io::Task<void> pump(std::shared_ptr<Socket> self) {
    while (!self->outgoing_.empty() && !self->failed_) {
      Bytes together;
      while (!self->outgoing_.empty() && together.size() < 64 * limits::KiB) {
        together += self->outgoing_.front();
        self->queued_bytes_ -= self->outgoing_.front().size();
        self->outgoing_.pop_front();
      }
      auto written = co_await self->connection_->stream->write(BytesView(together), io::after(self->server_->options.write));
      if (!written) self->failed_ = true;
      else self->server_->bytes_out->add(double(together.size()));
    }
    self->pumping_ = false;
    self->pumped_.notify_all();
    if (self->failed_ || self->end_after_flush_) self->connection_->close();   // wakes the reader
  }

  // Some bytes into events. Error{timeout} at the deadline only.
  io::Task<Result<void>> read(io::Deadline deadline) {
    if (connection_->pending().empty()) {
      const auto ping_at = io::after(io::Milliseconds(limits::websocket_ping_ms));
      auto more = co_await connection_->fill(std::min(deadline, ping_at));
      if (!more && more.error().code == ErrorCode::timeout) {
        if (deadline <= ping_at) co_return std::unexpected(std::move(more).error());
        if (std::exchange(ping_unanswered_, true)) connection_->close();
        else queue(Opcode::ping, "");
        co_return Result<void>{};
      }
      if (!more || !*more) {
        connection_->close();
        co_return Result<void>{};
      }
    }
    ping_unanswered_ = false;
    std::vector<WebSocketEvent> found;
    auto parsed = parser_.put(connection_->pending(), found);
    connection_->consume(connection_->pending().size());
    for (auto& event : found) events_.push_back(std::move(event));
    if (!parsed) {
      close(parser_.failure_code(), parsed.error().message);
      peer_closed_ = true;   // what follows cannot be read
    }
    co_return Result<void>{};
  }

  std::shared_ptr<ServerState> server_;
  std::shared_ptr<Connection> connection_;
  WebSocketParser parser_;
  std::deque<WebSocketEvent> events_;
  std::deque<Bytes> outgoing_;
  std::size_t queued_bytes_ = 0;
  bool pumping_ = false, failed_ = false, close_sent_ = false, peer_closed_ = false, end_after_flush_ = false, ping_unanswered_ = false;
  io::Notifier pumped_;
};

Response refused(int status, std::string message, std::string hint) {
  auto response = error_response(status, Error{ErrorCode::invalid_input, std::move(message), std::move(hint)});
  response.headers.set("Upgrade", "websocket");
  response.headers.set("Sec-WebSocket-Version", "13");
  return response;
}

}  // namespace

Response upgrade_to_websocket(const Request& request, const std::vector<std::string>& protocols, std::move_only_function<io::Task<void>(WebSocket&)> session) {
  if (request.version != 11 || !has_token(request.headers, "Upgrade", "websocket") || !has_token(request.headers, "Connection", "upgrade"))
    return refused(426, request.path + " is a WebSocket", "connect with a WebSocket client, over HTTP/1.1");
  if (request.headers.get_or("Sec-WebSocket-Version", "") != "13") return refused(426, "this server speaks version 13 of the WebSocket protocol", "send Sec-WebSocket-Version: 13");
  const auto key = parse_base64(request.headers.get_or("Sec-WebSocket-Key", ""));
  if (!key || key->size() != 16) return refused(400, "Sec-WebSocket-Key must be 16 bytes in base64", "use a WebSocket client");
  Response response;
  response.status = 101;
  response.websocket = std::move(session);
  if (protocols.empty()) return response;
  const auto offered = tokens_of(request.headers, "Sec-WebSocket-Protocol");
  for (const auto& ours : protocols)
    if (std::find(offered.begin(), offered.end(), ours) != offered.end()) {
      response.headers.set("Sec-WebSocket-Protocol", ours);
      return response;
    }
  if (offered.empty()) return response;   // RFC 6455, 4.2.2: a client that asks for none gets none
  std::string list;
  for (const auto& ours : protocols) list += (list.empty() ? "" : ", ") + ours;
  return refused(400, "none of the protocols that the client offers is spoken at " + request.path, "it speaks " + list);
}

io::Task<void> serve_websocket(std::shared_ptr<ServerState> server, std::shared_ptr<Connection> connection, Headers request_headers, Response response) {
  std::string head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
                     websocket_accept(request_headers.get_or("Sec-WebSocket-Key", "")) + "\r\n";
  for (const auto& [name, value] : response.headers)
    if (text_is_field_safe(name) && text_is_field_safe(value)) head += name + ": " + value + "\r\n";
  head += "\r\n";
  const auto sent = co_await connection->stream->write(BytesView(head), io::after(server->options.write));
  if (!sent) co_return;
  const auto socket = std::make_shared<Socket>(server, connection);
  connection->on_stop = [socket] {
    socket->close(1001, "the server stops");
    socket->end_after_flush();
  };
  std::string what;
  try {
    co_await response.websocket(*socket);
  } catch (const std::exception& e) {
    what = e.what();
  }
  if (!what.empty()) {
    log::error("websocket_failed", {{"server", server->options.name}, {"what", what}});
    socket->close(1011, "this session met a bug of ours");
  }
  co_await socket->finish();
  connection->on_stop = nullptr;
}

}  // namespace braid::http
