// Observed traffic: who was seen to write to and read from which topic, when first, when last, how much. Made of counters that the parts of a node
// keep anyway (the Kafka port, the queries, the record API, the sample generators); kept over restarts as records of `_braid_lineage`
// (docs/formats/lineage_records.md). Pure: no I/O, no clock. Lives on one shard. Times are milliseconds since 1970, bytes as the counting part sees
// them (the Kafka port: on the wire).
#pragma once
#include <compare>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"

namespace braid::mesh {

// One who reads or writes a topic, under the names that it gives itself.
struct Seen {
  std::string via;             // "kafka", "http" (the record API), "sql" (somebody reads a push query), "query", "generator"
  std::string principal;       // who; empty for what the node does itself
  std::string client;          // client id of kafka; id of a query; what the others call themselves
  std::string group;           // consumer group, where it is known
  std::string topic;
  bool writes = false;
  friend auto operator<=>(const Seen&, const Seen&) = default;
};

struct Flow {
  Seen who;
  std::string host;            // where from, the last time
  std::int64_t first_ms = 0, last_ms = 0;
  std::uint64_t records = 0, bytes = 0;
  // False: this group read the topic, but the same client reads it for another group too, and a fetch does not say for which. Then nothing is
  // counted here (it is, for the client).
  bool counted = true;
  std::optional<double> records_per_second{};   // over the last looks; not kept over a restart

  friend bool operator==(const Flow&, const Flow&) = default;
};

// A counter of a part: totals since that part was started.
struct Count {
  Seen who;
  std::string host{};
  std::int64_t first_ms = 0, last_ms = 0;
  std::uint64_t records = 0, bytes = 0;
};
// A client of the Kafka port that takes part in a group; `topics` empty: not known.
struct GroupUse {
  std::string principal, client, host, group;
  std::set<std::string> topics{};
  std::int64_t last_ms = 0;
};
struct Counts {
  std::vector<Count> counts;
  std::vector<GroupUse> groups;
};

class Observed {
 public:
  // Takes what has changed since the last look into the flows. A counter that is smaller than before belongs to a part that was started again.
  // Reads of a kafka client are those of the group that it was in, with that topic, in the last minute.
  void look(const Counts& now, std::int64_t now_ms);
  // Counts directly, for parts that keep no totals.
  void add(const Seen& who, const std::string& host, std::uint64_t records, std::uint64_t bytes, std::int64_t now_ms);

  const std::map<Seen, Flow>& flows() const { return flows_; }
  std::int64_t since_ms() const { return since_ms_; }              // when the observation began; 0: nothing was seen yet
  std::uint64_t revision() const { return revision_; }             // grows with every change

  // What is to be written: flows that changed, and those that are forgotten (an empty text), as key and value of a record.
  struct Entry { std::string key, value; };
  bool has_news() const { return news_; }                          // somebody was seen for the first time since the last take
  std::vector<Entry> take_changes();
  std::vector<Entry> all() const;
  Result<void> restore(std::string_view key, std::optional<std::string_view> value);

 private:
  struct Total { std::uint64_t records = 0, bytes = 0; };
  struct Look { std::int64_t at_ms; std::uint64_t records; };
  Flow& flow(const Seen& who, std::int64_t now_ms);
  void credit(const Seen& who, const Count& from, std::uint64_t records, std::uint64_t bytes, bool counted, std::int64_t now_ms);
  void forget_oldest();

  std::map<Seen, Flow> flows_;
  std::map<std::pair<Seen, std::string>, Total> totals_;           // as last seen, with the host
  std::map<Seen, std::deque<Look>> looks_;                         // of flows that moved lately, for their rate
  std::set<Seen> changed_, forgotten_;
  std::int64_t since_ms_ = 0;
  std::uint64_t revision_ = 0;
  bool news_ = false;
};

std::string key_of(const Seen& who);
std::string encode(const Flow& flow);
Result<Flow> decode_flow(std::string_view text);                   // any bytes in: a flow or an error

// For parts that see records go by and keep no totals.
class TrafficSink {
 public:
  virtual ~TrafficSink() = default;
  virtual void seen(const Seen& who, const std::string& host, std::uint64_t records, std::uint64_t bytes) = 0;
};

}  // namespace braid::mesh
