#include "script.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

namespace braid::parity {
namespace {

bool wait_readable(int fd, int milliseconds) {
  pollfd p{fd, POLLIN, 0};
  return ::poll(&p, 1, milliseconds) > 0;
}

std::string quoted(const std::optional<BytesView>& text) { return text ? std::string(*text) : "null"; }

}  // namespace

Connection::Connection(const std::string& address) {
  const auto colon = address.rfind(':');
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(std::uint16_t(std::stoi(address.substr(colon + 1))));
  inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr);
  fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) throw GiveUp{"cannot connect to " + address};
}
Connection::~Connection() { ::close(fd_); }

bool Connection::send(BytesView frame) {
  while (!frame.empty()) {
    const auto n = ::send(fd_, frame.data(), frame.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    frame.remove_prefix(std::size_t(n));
  }
  return true;
}

std::optional<Bytes> Connection::receive(int seconds) {
  const auto read = [&](char* into, std::size_t size) {
    while (size > 0) {
      if (!wait_readable(fd_, seconds * 1000)) return false;
      const auto n = ::recv(fd_, into, size, 0);
      if (n <= 0) return false;
      into += n;
      size -= std::size_t(n);
    }
    return true;
  };
  char length[4];
  if (!read(length, sizeof length)) return std::nullopt;
  Bytes frame(load_be<std::uint32_t>(length), '\0');
  if (!read(frame.data(), frame.size())) return std::nullopt;
  return frame;
}

bool Connection::closed_by_peer(int milliseconds) {
  char byte;
  return wait_readable(fd_, milliseconds) && ::recv(fd_, &byte, 1, MSG_PEEK) <= 0;
}

Connection& Script::connection(int number) {
  auto& c = connections_[number];
  if (!c) c = std::make_unique<Connection>(address_);
  return *c;
}

void Script::drop(Connection& connection) {
  std::erase_if(connections_, [&](const auto& c) { return c.second.get() == &connection; });
}

void Script::skip_tags(Reader& in) {
  for (auto n = in.uvarint(); n > 0 && in.ok(); --n) {
    in.uvarint();
    in.bytes(std::size_t(in.uvarint()));
  }
}

void Script::pause(int milliseconds) { std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds)); }

bool Script::left_out(std::string_view field) {
  static constexpr std::array names{std::string_view("throttle_time_ms"), std::string_view("error_message"), std::string_view("batch_index_error_message"), std::string_view("host"),
                                    std::string_view("port"), std::string_view("cluster_id"), std::string_view("documentation")};
  return std::ranges::find(names, field) != names.end();
}

std::string Script::symbol(char kind, const std::string& text) {
  auto& s = symbols_[kind + text];
  if (s.empty()) s = kind + std::to_string(++symbol_counts_[kind]);
  return s;
}

std::string Script::leaf(std::string_view field, const std::string& text) {
  if ((field == "member_id" || field == "leader") && !text.empty()) return symbol('M', text);
  if (field == "producer_id" && text[0] != '-') return symbol('P', text);
  if ((field == "log_append_time_ms" || field == "last_timestamp" || field == "transaction_start_time_ms") && text.size() == 13) return "now";
  return text;
}

std::string Script::records_text(const wire::Records& records) {
  const Bytes bytes = records.flat();
  BytesView rest = bytes;
  std::string out;
  while (auto view = wire::next_batch_unchecked(rest)) {
    const auto& h = view->header;
    if (!out.empty()) out += " / ";
    out += "[" + std::to_string(h.base_offset) + ".." + std::to_string(h.last_offset()) + " attributes=" + std::to_string(h.attributes);
    if (h.producer_id >= 0) out += " producer=" + symbol('P', std::to_string(h.producer_id)) + "/" + std::to_string(h.producer_epoch) + " sequence=" + std::to_string(h.base_sequence);
    out += "]";
    if (h.control()) {
      const auto commits = wire::marker_commits(*view);
      out += commits ? (*commits ? " commit" : " abort") : " control";
      continue;
    }
    Bytes scratch;
    auto reader = wire::RecordReader::open(*view, scratch);
    if (!reader) {
      out += " unreadable";
      continue;
    }
    wire::RecordRef record;
    std::vector<wire::RecordHeader> headers;
    for (auto more = reader->next(record, headers); more && *more; more = reader->next(record, headers)) {
      const auto ts = std::to_string(record.timestamp_ms);
      out += " " + std::to_string(record.offset) + ":" + (ts.size() == 13 ? "now" : ts) + ":" + quoted(record.key) + "=" + quoted(record.value);
    }
  }
  return out;
}

}  // namespace braid::parity
