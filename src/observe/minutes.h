// What came in the last two hours, minute by minute, for charts of now: records and bytes of each topic, and in which minutes anybody watched.
// In memory only: after a start the minutes before it are not known. Fed by Activity. Pure; lives on one shard.
// Memory: 2 KiB for each topic that had a record in the last two hours, some 100 bytes for each other one. Times are milliseconds since 1970.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace braid::observe {

class Minutes {
 public:
  static constexpr std::int64_t minute_ms = 60'000, kept = 120;

  struct Count {
    std::uint64_t records = 0, bytes = 0;
    std::uint32_t watched_s = 0, up_s = 0;         // of the minutes in which the topic was known
  };

  // `seconds` that end now were watched; `up`: the log took records.
  void watched(std::int64_t now_ms, std::uint32_t seconds, bool up);
  void came(const std::string& topic, std::int64_t now_ms, std::uint64_t records, std::uint64_t bytes);   // also with nothing: the topic is there
  Count over(const std::string& topic, std::int64_t from_ms, std::int64_t to_ms) const;                   // whole minutes from..to
  void forget(const std::string& topic) { topics_.erase(topic); }
  std::size_t rings() const;                       // how many topics hold counts, for the test of the bound

 private:
  struct Slot { std::uint64_t records = 0, bytes = 0; };
  struct Topic {
    std::int64_t since_minute = 0, last_minute = 0;
    std::vector<Slot> ring;                        // empty, or `kept` slots by minute modulo kept
  };
  struct Watch {
    std::int64_t minute = -1;
    std::uint32_t watched_s = 0, up_s = 0;
  };
  std::array<Watch, std::size_t(kept)> watches_{};
  std::map<std::string, Topic, std::less<>> topics_;
  std::int64_t swept_minute_ = 0;
};

}  // namespace braid::observe
