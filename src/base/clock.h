// Time and randomness, behind interfaces so that tests and simulation decide both. Implementations are thread-safe unless they say otherwise.
#pragma once
#include <array>
#include <cstdint>
#include <string>

namespace braid {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::int64_t wall_ms() const = 0;       // milliseconds since 1970-01-01 UTC
  virtual std::int64_t monotonic_ns() const = 0;  // only differences mean something
};
const Clock& system_clock();  // stateless, so one for the process is no singleton to fear

// A clock that stands still until told. For tests; not thread-safe.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(std::int64_t wall_ms = 0) : wall_ms_(wall_ms) {}
  std::int64_t wall_ms() const override { return wall_ms_; }
  std::int64_t monotonic_ns() const override { return wall_ms_ * 1'000'000; }
  void advance_ms(std::int64_t ms) { wall_ms_ += ms; }
  void set_ms(std::int64_t wall_ms) { wall_ms_ = wall_ms; }

 private:
  std::int64_t wall_ms_;
};

using Uuid = std::array<std::uint8_t, 16>;
Uuid random_uuid();                          // version 4, from the operating system
std::string to_text(const Uuid& uuid);       // 8-4-4-4-12, lower case
std::string to_base64url(const Uuid& uuid);  // 22 characters, as Kafka prints topic ids

std::string iso8601(std::int64_t wall_ms);   // 2026-11-23T05:40:13.000Z

}  // namespace braid
