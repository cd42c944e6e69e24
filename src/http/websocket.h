// WebSocket frames (RFC 6455, section 5) of the server's side, and its handshake (section 4.2). Pure: bytes in, events out; no I/O, no clock.
// A parser belongs to one connection and is not thread-safe. No extensions, so the reserved bits must be zero. Sizes in bytes.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace braid::http {

enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

struct WebSocketEvent {
  enum class Kind { message, ping, pong, close } kind = Kind::message;
  bool text = true;              // of a message
  Bytes data;                    // the whole message, a ping's or pong's payload, or the reason of a close
  std::uint16_t code = 1005;     // of a close; 1005: the peer gave none
};

class WebSocketParser {
 public:
  explicit WebSocketParser(std::size_t message_bytes_max) : message_bytes_max_(message_bytes_max) {}
  // Takes all bytes and appends what they complete. After an error (its closing code in failure_code()), or after a close, nothing more is read.
  Result<void> put(BytesView bytes, std::vector<WebSocketEvent>& out);
  std::uint16_t failure_code() const { return failure_code_; }

 private:
  Result<void> head_complete();
  Result<void> payload(BytesView bytes);       // of the frame, still masked
  Result<void> frame_complete(std::vector<WebSocketEvent>& out);
  std::unexpected<Error> broken(std::uint16_t code, std::string message);
  bool is_control() const { return opcode_ >= Opcode::close; }

  std::size_t message_bytes_max_;
  std::uint16_t failure_code_ = 1002;
  bool ended_ = false;

  Bytes head_;                                 // of the frame, until it is complete
  bool in_payload_ = false;
  bool final_ = false;
  Opcode opcode_ = Opcode::text;
  std::uint64_t left_ = 0;                     // of the frame's payload
  char mask_[4]{};
  std::size_t mask_at_ = 0;
  Bytes control_;                              // payload of a control frame, which may come between fragments

  bool in_message_ = false, text_ = false;
  Bytes message_;
  std::uint32_t utf8_need_ = 0;                // continuation bytes that the last character still wants
  std::uint8_t utf8_low_ = 0x80, utf8_high_ = 0xBF;   // what its next byte may be
  bool utf8_step(BytesView bytes);
};

// One unfragmented frame; `mask` for tests that play the client.
Bytes websocket_frame(Opcode opcode, BytesView payload, const char* mask = nullptr);
Bytes close_payload(std::uint16_t code, std::string_view reason);   // the reason is cut to what fits, at a character's end
std::string websocket_accept(std::string_view key);                 // Sec-WebSocket-Accept for a Sec-WebSocket-Key

}  // namespace braid::http
