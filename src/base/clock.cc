#include "base/clock.h"

#include <chrono>
#include <cstdio>
#include <ctime>
#include <random>

namespace braid {
namespace {

class SystemClock final : public Clock {
 public:
  std::int64_t wall_ms() const override {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  }
  std::int64_t monotonic_ns() const override {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
  }
};

}  // namespace

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

Uuid random_uuid() {
  std::random_device source;
  Uuid uuid;
  for (auto& byte : uuid) byte = std::uint8_t(source());
  uuid[6] = std::uint8_t((uuid[6] & 0x0f) | 0x40);
  uuid[8] = std::uint8_t((uuid[8] & 0x3f) | 0x80);
  return uuid;
}

std::string to_text(const Uuid& uuid) {
  constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < uuid.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    out += digits[uuid[i] >> 4];
    out += digits[uuid[i] & 15];
  }
  return out;
}

std::string to_base64url(const Uuid& uuid) {
  constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  std::uint32_t bits = 0;
  int have = 0;
  for (auto byte : uuid) {
    bits = (bits << 8) | byte;
    have += 8;
    while (have >= 6) { have -= 6; out += digits[(bits >> have) & 63]; }
  }
  if (have > 0) out += digits[(bits << (6 - have)) & 63];
  return out;
}

std::string iso8601(std::int64_t wall_ms) {
  const std::int64_t ms = ((wall_ms % 1000) + 1000) % 1000;
  const std::time_t seconds = std::time_t((wall_ms - ms) / 1000);
  // Answers have thousands of them: the usual ones without printf.
  if (constexpr std::time_t first = -62'167'219'200, last = 253'402'300'799; seconds >= first && seconds <= last) {   // years 0 to 9999
    const std::chrono::sys_seconds at{std::chrono::seconds(seconds)};
    const auto day = std::chrono::floor<std::chrono::days>(at);
    const std::chrono::year_month_day date(day);
    const int of_day = int((at - day).count());
    std::string out = "0000-00-00T00:00:00.000Z";
    const auto put = [&](std::size_t place, int digits, int n) {
      for (int i = digits; i-- > 0; n /= 10) out[place + std::size_t(i)] = char('0' + n % 10);
    };
    put(0, 4, int(date.year()));
    put(5, 2, int(unsigned(date.month())));
    put(8, 2, int(unsigned(date.day())));
    put(11, 2, of_day / 3600);
    put(14, 2, of_day / 60 % 60);
    put(17, 2, of_day % 60);
    put(20, 3, int(ms));
    return out;
  }
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[48];
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                parts.tm_hour, parts.tm_min, parts.tm_sec, int(ms));
  return text;
}

}  // namespace braid
