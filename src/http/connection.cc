#include "http/connection.h"

#include <zlib.h>

#include <array>
#include <ctime>

#include "base/limits/units.h"

namespace braid::http {

void Connection::consume(std::size_t n) {
  consumed_ += n;
  if (consumed_ == input_.size()) {
    input_.clear();
    consumed_ = 0;
  } else if (consumed_ > 64 * limits::KiB) {
    input_.erase(0, consumed_);
    consumed_ = 0;
  }
}

io::Task<Result<bool>> Connection::read_once(io::Deadline deadline) {
  std::array<char, 16 * limits::KiB> chunk;
  CO_TRY(const auto n, co_await stream->read_some(chunk, deadline));
  if (n == 0) {
    gone_ = true;
    co_return false;
  }
  input_.append(chunk.data(), n);
  co_return true;
}

io::Task<Result<bool>> Connection::fill(io::Deadline deadline) {
  while (reading_) {   // a watch left a read under way: its bytes are ours
    const std::size_t before = input_.size();
    const bool woken = co_await read_ended_.wait(deadline);
    if (!woken) co_return fail(ErrorCode::timeout, "read from " + stream->peer().text() + ": no answer in time");
    if (input_.size() > before) co_return true;
  }
  if (gone_) co_return false;
  co_return co_await read_once(deadline);
}

void Connection::watch(std::move_only_function<void()> on_gone) {
  on_gone_ = std::move(on_gone);
  watching_ = true;
  if (gone_) {
    if (auto call = std::exchange(on_gone_, nullptr)) call();
    return;
  }
  if (!reading_) {
    reading_ = true;
    io::Shard::current()->spawn(watch_loop(shared_from_this()));
  }
}

void Connection::end_watch() {
  watching_ = false;
  on_gone_ = nullptr;
}

io::Task<void> Connection::watch_loop(std::shared_ptr<Connection> self) {
  // A pipelining client may send on meanwhile; beyond the bound we stop reading and rely on writes to notice that it left.
  while (self->watching_ && !self->gone_ && self->input_.size() - self->consumed_ < 64 * limits::KiB) {
    auto more = co_await self->read_once(io::never);
    if (!more) self->gone_ = true;
    self->read_ended_.notify_all();   // a body may be read while its answer is written
  }
  self->reading_ = false;
  self->read_ended_.notify_all();
  if (self->gone_)
    if (auto call = std::exchange(self->on_gone_, nullptr)) call();
}

void ServerState::count(int status, std::int64_t started_ns) {
  if (status >= 100 && status < 600) by_status[status / 100]->add();
  seconds->observe(double(system_clock().monotonic_ns() - started_ns) / 1e9);
}

bool text_is_field_safe(std::string_view text) { return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos; }

std::string http_date() {
  const std::time_t now = system_clock().wall_ms() / 1000;
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[40];
  static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[parts.tm_wday], parts.tm_mday, months[parts.tm_mon],
                (parts.tm_year + 1900) % 10000, parts.tm_hour, parts.tm_min, parts.tm_sec);
  return text;
}

void maybe_gzip(const Request& request, Response& response) {
  static constexpr std::size_t worth_it = 1400;   // below one packet nothing is won
  if (response.stream || response.body.size() < worth_it || response.headers.get("Content-Encoding")) return;
  if (request.headers.get_or("Accept-Encoding", "").find("gzip") == std::string_view::npos) return;
  const auto type = response.headers.get_or("Content-Type", "");
  if (!type.starts_with("text/") && type.find("json") == std::string_view::npos && type.find("yaml") == std::string_view::npos &&
      type.find("javascript") == std::string_view::npos)
    return;
  z_stream z{};
  if (deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) return;
  Bytes packed(deflateBound(&z, response.body.size()), '\0');
  z.next_in = reinterpret_cast<Bytef*>(response.body.data());
  z.avail_in = uInt(response.body.size());
  z.next_out = reinterpret_cast<Bytef*>(packed.data());
  z.avail_out = uInt(packed.size());
  const int ended = deflate(&z, Z_FINISH);
  packed.resize(z.total_out);
  deflateEnd(&z);
  if (ended != Z_STREAM_END || packed.size() >= response.body.size()) return;
  response.body = std::move(packed);
  response.headers.set("Content-Encoding", "gzip");
  response.headers.add("Vary", "Accept-Encoding");
}

}  // namespace braid::http
