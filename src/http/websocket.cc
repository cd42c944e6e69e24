#include "http/websocket.h"

#include <openssl/evp.h>

#include <algorithm>

#include "base/base64.h"

namespace braid::http {

std::unexpected<Error> WebSocketParser::broken(std::uint16_t code, std::string message) {
  ended_ = true;
  failure_code_ = code;
  return fail(ErrorCode::invalid_input, "WebSocket: " + std::move(message));
}

// Incremental check of RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
bool WebSocketParser::utf8_step(BytesView bytes) {
  for (const char c : bytes) {
    const auto b = std::uint8_t(c);
    if (utf8_need_ > 0) {
      if (b < utf8_low_ || b > utf8_high_) return false;
      utf8_low_ = 0x80;
      utf8_high_ = 0xBF;
      --utf8_need_;
    } else if (b >= 0x80) {
      if (b < 0xC2 || b > 0xF4) return false;
      utf8_need_ = b < 0xE0 ? 1 : b < 0xF0 ? 2 : 3;
      if (b == 0xE0) utf8_low_ = 0xA0;
      if (b == 0xED) utf8_high_ = 0x9F;
      if (b == 0xF0) utf8_low_ = 0x90;
      if (b == 0xF4) utf8_high_ = 0x8F;
    }
  }
  return true;
}

Result<void> WebSocketParser::put(BytesView bytes, std::vector<WebSocketEvent>& out) {
  while (!ended_) {
    if (!in_payload_) {
      if (bytes.empty()) return {};
      head_.push_back(bytes.front());
      bytes.remove_prefix(1);
      TRY_VOID(head_complete());
      if (!in_payload_) continue;
    }
    const auto here = std::size_t(std::min<std::uint64_t>(left_, bytes.size()));
    TRY_VOID(payload(bytes.substr(0, here)));
    bytes.remove_prefix(here);
    left_ -= here;
    if (left_ > 0) return {};
    TRY_VOID(frame_complete(out));
  }
  return {};
}

// Looks at the head as far as it is there; sets in_payload_ once it is whole.
Result<void> WebSocketParser::head_complete() {
  const auto first = std::uint8_t(head_[0]);
  if (head_.size() == 1) {
    if (first & 0x70) return broken(1002, "reserved bits are set, and no extension was agreed on");
    const int code = first & 0x0F;
    if ((code > 2 && code < 8) || code > 10) return broken(1002, "frames of type " + std::to_string(code) + " do not exist");
    final_ = (first & 0x80) != 0;
    opcode_ = Opcode(code);
    if (is_control() && !final_) return broken(1002, "a control frame must not be fragmented");
    if (opcode_ == Opcode::continuation && !in_message_) return broken(1002, "a continuation without a message that it continues");
    if ((opcode_ == Opcode::text || opcode_ == Opcode::binary) && in_message_) return broken(1002, "a new message inside a fragmented one");
    return {};
  }
  const auto second = std::uint8_t(head_[1]);
  const int length = second & 0x7F;
  if (head_.size() == 2) {
    if (!(second & 0x80)) return broken(1002, "a client's frames must be masked");
    if (is_control() && length > 125) return broken(1002, "a control frame has at most 125 bytes");
  }
  const std::size_t extra = length == 126 ? 2 : length == 127 ? 8 : 0;
  if (head_.size() < 2 + extra + 4) return {};
  left_ = std::uint64_t(length);
  if (length == 126) left_ = load_be<std::uint16_t>(head_.data() + 2);
  if (length == 127) left_ = load_be<std::uint64_t>(head_.data() + 2);
  if (left_ >> 63 || (length == 126 && left_ < 126) || (length == 127 && left_ <= 0xFFFF)) return broken(1002, "the length of a frame is written in the wrong form");
  if (!is_control() && left_ > message_bytes_max_ - message_.size())
    return broken(1009, "a message of more than " + std::to_string(message_bytes_max_) + " bytes");
  std::copy_n(head_.data() + 2 + extra, 4, mask_);
  mask_at_ = 0;
  head_.clear();
  in_payload_ = true;
  if (!is_control() && !in_message_) {
    in_message_ = true;
    text_ = opcode_ == Opcode::text;
  }
  return {};
}

Result<void> WebSocketParser::payload(BytesView bytes) {
  Bytes& into = is_control() ? control_ : message_;
  const std::size_t begin = into.size();
  into.append(bytes);
  for (std::size_t i = begin; i < into.size(); ++i) into[i] = char(into[i] ^ mask_[mask_at_++ & 3]);
  if (!is_control() && text_ && !utf8_step(BytesView(into).substr(begin))) return broken(1007, "a text message is no UTF-8");
  return {};
}

Result<void> WebSocketParser::frame_complete(std::vector<WebSocketEvent>& out) {
  in_payload_ = false;
  WebSocketEvent event;
  if (!is_control()) {
    if (!final_) return {};
    if (text_ && utf8_need_ > 0) return broken(1007, "a text message ends inside a character");
    in_message_ = false;
    event.text = text_;
    event.data = std::exchange(message_, Bytes());
    out.push_back(std::move(event));
    return {};
  }
  event.data = std::exchange(control_, Bytes());
  event.kind = opcode_ == Opcode::ping ? WebSocketEvent::Kind::ping : opcode_ == Opcode::pong ? WebSocketEvent::Kind::pong : WebSocketEvent::Kind::close;
  if (opcode_ == Opcode::close) {
    if (event.data.size() == 1) return broken(1002, "a close frame with half a code");
    if (!event.data.empty()) {
      event.code = load_be<std::uint16_t>(event.data.data());
      event.data.erase(0, 2);
      const bool known = (event.code >= 1000 && event.code <= 1003) || (event.code >= 1007 && event.code <= 1014) || (event.code >= 3000 && event.code <= 4999);
      if (!known) return broken(1002, "the closing code " + std::to_string(event.code) + " must not be sent");
      WebSocketParser reason(0);
      if (!reason.utf8_step(event.data) || reason.utf8_need_ > 0) return broken(1007, "the reason of a close is no UTF-8");
    }
    ended_ = true;
  }
  out.push_back(std::move(event));
  return {};
}

Bytes websocket_frame(Opcode opcode, BytesView payload, const char* mask) {
  Bytes out;
  out.reserve(payload.size() + 14);
  Writer w(out);
  w.u8(std::uint8_t(0x80 | int(opcode)));
  const std::uint8_t masked = mask ? 0x80 : 0;
  if (payload.size() < 126) {
    w.u8(std::uint8_t(masked | payload.size()));
  } else if (payload.size() <= 0xFFFF) {
    w.u8(masked | 126);
    w.be(std::uint16_t(payload.size()));
  } else {
    w.u8(masked | 127);
    w.be(std::uint64_t(payload.size()));
  }
  if (!mask) {
    out.append(payload);
    return out;
  }
  out.append(mask, 4);
  for (std::size_t i = 0; i < payload.size(); ++i) out.push_back(char(payload[i] ^ mask[i & 3]));
  return out;
}

Bytes close_payload(std::uint16_t code, std::string_view reason) {
  Bytes out;
  Writer w(out);
  w.be(code);
  std::size_t n = std::min<std::size_t>(reason.size(), 123);
  while (n > 0 && n < reason.size() && (std::uint8_t(reason[n]) & 0xC0) == 0x80) --n;
  w.bytes(reason.substr(0, n));
  return out;
}

std::string websocket_accept(std::string_view key) {
  const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";   // RFC 6455, 1.3
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  BRAID_ASSERT(EVP_Digest(text.data(), text.size(), digest, &length, EVP_sha1(), nullptr) == 1);
  return base64({reinterpret_cast<const char*>(digest), length});
}

}  // namespace braid::http
