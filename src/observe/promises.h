// What a product promises, and whether it is kept: freshness, availability, volume, history, and the share of nulls of fields. Promised stands beside measured; what is not known is
// unknown, with the reason. Pure functions over what the pulse and the activity have seen.
//
// What each tier promises when the product says nothing else (mesh::Promises):
//   tier    freshness            available  volume of the hour     why
//   tier-1  a record in 60 s     99.9 %     half of its usual      others act on it at once: a minute of silence stops a dashboard or a trade
//   tier-2  a record in 15 min   99.5 %     a quarter of its usual reports and joins of the same hour are right
//   tier-3  a record in 24 h     99 %       -                      daily work; a rate that comes and goes is no fault
// Its own usual is the median of the hours that were watched whole, of the last 7 days. Availability is the share of the last 7 days in which the topic
// could be written and read; the time in which the node was not running counts as not available. 99.9 % leaves 10 minutes in a week.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "mesh/model.h"
#include "observe/activity.h"
#include "observe/profiler.h"
#include "observe/pulse.h"

namespace braid::observe {

struct TierPromises {
  mesh::SlaTier tier;
  std::int64_t freshness_s;
  double availability;
  double volume_share;                     // of its own usual; 0: none is promised
};
const TierPromises& promises_of(mesh::SlaTier tier);
std::int64_t promised_freshness_s(const mesh::Product& product);

enum class Kept { kept, close, broken, unknown };
std::string_view name_of(Kept state);

struct Judged {
  std::string name;                        // freshness, availability, volume, history, nulls
  std::string field;                       // of nulls: the path of the field
  std::string text;                        // "a record at least every 60 s"
  double promised = 0;
  std::string unit;                        // s, share, records/s, records/h, d
  std::string from;                        // "tier-1" or "product": who says so
  std::optional<double> measured;
  Kept state = Kept::unknown;
  std::string why;
  struct Point { std::int64_t from_ms; Kept state; std::optional<double> value; };
  std::vector<Point> history;              // periods of 6 hours, 7 days; of freshness, availability and volume, if asked for
};

struct Evidence {
  std::int64_t now_ms = 0;
  std::string topic;
  const TopicPulse* pulse = nullptr;       // null: the topic is not there
  const Activity* activity = nullptr;
  bool with_history = true;                // it costs most of the judging
  std::optional<std::int64_t> retention_ms, retention_bytes;   // settings of the topic in force; -1: no limit. Empty: not known
  const Profiler::FieldCounts* fields = nullptr;               // null: there is no running profile
};
// The worst of those that are known; unknown when none is.
Kept worst(const std::vector<Judged>& all);
std::vector<Judged> judge(const mesh::Product& product, const Evidence& evidence);
json::object to_json(const Judged& judged);

std::string length_text(double seconds);   // "45 s", "15 min", "2 h 5 min", "3 d"

}  // namespace braid::observe
