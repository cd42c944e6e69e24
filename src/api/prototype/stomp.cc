#include "api/prototype/stomp.h"

#include <charconv>

namespace braid::api {
namespace {

constexpr std::size_t frame_bytes_max = 64 * 1024, headers_max = 100;

Result<std::string> unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    const char c = ++i < text.size() ? text[i] : '\0';
    if (c == 'n') out += '\n';
    else if (c == 'r') out += '\r';
    else if (c == 'c') out += ':';
    else if (c == '\\') out += '\\';
    else return fail(ErrorCode::invalid_input, "a STOMP header has an escape that does not exist", "there are \\n, \\r, \\c and \\\\");
  }
  return out;
}
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') out += "\\n";
    else if (c == '\r') out += "\\r";
    else if (c == ':') out += "\\c";
    else if (c == '\\') out += "\\\\";
    else out += c;
  }
  return out;
}

// CONNECT and CONNECTED are not escaped: 1.0 knew no escapes.
bool plain(std::string_view command) { return command == "CONNECT" || command == "STOMP" || command == "CONNECTED"; }

// Moves behind one line; empty: its end is not there yet.
std::optional<std::string_view> line_of(std::string_view text, std::size_t& at) {
  const auto end = text.find('\n', at);
  if (end == std::string_view::npos) return std::nullopt;
  auto line = text.substr(at, end - at);
  if (line.ends_with('\r')) line.remove_suffix(1);
  at = end + 1;
  return line;
}

// Empty: not whole yet.
Result<std::optional<StompFrame>> take_one(std::string_view text, std::size_t& at) {
  StompFrame frame;
  const auto command = line_of(text, at);
  if (!command) return std::nullopt;
  frame.command = *command;
  for (;;) {
    const auto line = line_of(text, at);
    if (!line) return std::nullopt;
    if (line->empty()) break;
    const auto colon = line->find(':');
    if (colon == std::string_view::npos) return fail(ErrorCode::invalid_input, "a STOMP header has no colon");
    if (frame.headers.size() >= headers_max) return fail(ErrorCode::invalid_input, "a STOMP frame has more than " + std::to_string(headers_max) + " headers");
    std::string name(line->substr(0, colon)), value(line->substr(colon + 1));
    if (!plain(frame.command)) {
      TRY(name, unescaped(name));
      TRY(value, unescaped(value));
    }
    frame.headers.emplace_back(std::move(name), std::move(value));
  }
  std::size_t length = 0;
  if (const auto given = frame.header("content-length"); !given.empty()) {
    const auto [p, ec] = std::from_chars(given.data(), given.data() + given.size(), length);
    if (ec != std::errc{} || p != given.data() + given.size() || length > frame_bytes_max) return fail(ErrorCode::invalid_input, "a STOMP frame has no sensible content-length");
    if (text.size() - at <= length) return std::nullopt;
    if (text[at + length] != '\0') return fail(ErrorCode::invalid_input, "a STOMP frame does not end where its content-length says");
  } else {
    const auto end = text.find('\0', at);
    if (end == std::string_view::npos) return std::nullopt;
    length = end - at;
  }
  frame.body = text.substr(at, length);
  at += length + 1;
  return frame;
}

}  // namespace

std::string_view StompFrame::header(std::string_view name) const {
  for (const auto& [n, value] : headers)
    if (n == name) return value;
  return {};
}

Result<std::vector<StompFrame>> take_stomp_frames(std::string& text) {
  std::vector<StompFrame> out;
  std::size_t done = 0;
  for (;;) {
    while (done < text.size() && (text[done] == '\n' || text[done] == '\r')) ++done;
    std::size_t at = done;
    TRY(auto frame, take_one(text, at));
    if (!frame) break;
    out.push_back(*std::move(frame));
    done = at;
  }
  text.erase(0, done);
  if (text.size() > frame_bytes_max) return fail(ErrorCode::invalid_input, "a STOMP frame of more than " + std::to_string(frame_bytes_max) + " bytes");
  return out;
}

std::string print(const StompFrame& frame) {
  std::string out = frame.command + "\n";
  const bool as_it_is = plain(frame.command);
  for (const auto& [name, value] : frame.headers) out += (as_it_is ? name : escaped(name)) + ":" + (as_it_is ? value : escaped(value)) + "\n";
  if (!frame.body.empty()) out += "content-length:" + std::to_string(frame.body.size()) + "\n";
  out += "\n" + frame.body;
  out += '\0';
  return out;
}

}  // namespace braid::api
