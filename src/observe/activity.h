// What has become of every topic, minute by minute for two hours, hour by hour for 8 days and day by day for 92: how much came, how long it could be written and read, how long it was
// silent at most, and for how long it was older than promised. Fed once a second by the pulse; kept in the log by Profiles (docs/formats/profiles.md).
// Pure: no clock, no I/O. Lives on one shard. Memory: some 20 KiB a topic after 92 days, 2 KiB more while records come, at most limits::observed_topics_max topics.
// Hours and days are those of UTC. Times are milliseconds since 1970, lengths seconds.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "observe/counters.h"
#include "observe/minutes.h"

namespace braid::observe {

struct Bucket {
  std::uint64_t records = 0, bytes = 0;
  std::uint32_t watched_s = 0;             // the node was up and looked
  std::uint32_t up_s = 0;                  // of these, the log took records
  std::uint32_t down_s = 0;                // the node was not running, though the topic was there before
  std::uint32_t stale_s = 0;               // of watched_s, the last record was older than the product promised
  std::uint32_t worst_gap_s = 0;           // the longest time without a record, as seen in this time
  std::uint32_t promised_s = 0;            // of watched_s, there was a promise of freshness
  void add(const Bucket& other);
  bool observed() const { return watched_s + down_s > 0; }
  // Share of the time in which the topic could be written and read; empty when nobody looked.
  std::optional<double> availability() const;
  // The same, less the time in which it was older than promised.
  std::optional<double> uptime() const;
  friend bool operator==(const Bucket&, const Bucket&) = default;
};

class Activity {
 public:
  static constexpr std::int64_t hour_ms = 3'600'000, day_ms = 86'400'000;
  static constexpr std::int64_t hours_kept = 8 * 24, days_kept = 92;

  struct Sight {                           // one topic, as the pulse saw it
    const TopicNumbers* numbers;
    std::optional<double> age_s;
    std::optional<double> promised_age_s;  // of the product, if it promises one
  };
  // One look at everything. `up`: the log took records.
  void tick(std::int64_t now_ms, const std::vector<Sight>& sights, bool up);
  // The node was not running from then until then: the topics that were there could not be reached. For the time between two runs.
  void was_down(std::int64_t from_ms, std::int64_t to_ms);

  // `count` periods of this length, oldest first, the last one the present; a length divides an hour, or divides or is a multiple of a day.
  // Minutes know nothing of gaps, staleness and down time.
  struct Period { std::int64_t from_ms = 0; Bucket bucket; };
  std::vector<Period> periods(const std::string& topic, std::int64_t now_ms, std::int64_t length_ms, std::size_t count) const;
  Bucket over(const std::string& topic, std::int64_t from_ms, std::int64_t to_ms) const;   // hours that lie in it, at least in part
  // The usual number of records in an hour: the median of the hours that were watched whole, of the last 7 days. Empty below 24 of them.
  struct Usual { std::optional<double> per_hour; std::size_t hours = 0; };
  Usual usual(const std::string& topic, std::int64_t now_ms) const;

  // Kept form: one record per hour and per day, with all topics. changed() gives those that changed since it was called last, and those that
  // are too old (an empty value: a tombstone).
  struct Kept { std::string key; std::optional<Bytes> value; };
  std::vector<Kept> changed();
  Result<void> restore(std::string_view key, BytesView value);
  void forget(const std::string& topic);   // deleted; its past goes with it

 private:
  struct Last { Uuid id{}; std::int64_t end = 0; std::uint64_t bytes = 0; };
  using ByTopic = std::map<std::string, Bucket, std::less<>>;
  void add(const std::string& topic, std::int64_t at_ms, const Bucket& bucket);
  void drop_old(std::int64_t now_ms);

  std::map<std::int64_t, ByTopic> hours_, days_;          // by number since 1970
  std::map<std::string, Last, std::less<>> last_;
  Minutes minutes_;
  std::int64_t ticked_ms_ = 0;
  std::map<std::string, bool, std::less<>> dirty_;        // keys; true: to be removed
};

}  // namespace braid::observe
