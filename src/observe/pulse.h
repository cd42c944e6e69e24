// Live numbers: once a second the counters are read, rates over the last five seconds are made of them, and all who listen get the same text.
// Lives on the control shard; not thread-safe. Counters and Clock outlive it; await close() before destroying it.
// Cost: a second with 1,000 topics and nobody listening is the reading of the counters; JSON is made only if somebody listens.
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/json.h"
#include "io/sync.h"
#include "observe/counters.h"

namespace braid::observe {

// A rate is unknown until there are two readings.
struct TopicPulse {
  TopicNumbers now;
  std::optional<double> records_per_second, bytes_per_second;
  std::optional<double> age_s;             // since the last record came
};
struct QueryPulse {
  QueryNumbers now;
  std::optional<double> records_in_per_second, records_out_per_second;
};
struct NodePulse {
  NodeNumbers now;
  std::optional<double> records_per_second, bytes_per_second;
};

class Pulse {
 public:
  static constexpr io::Milliseconds period{1000};

  Pulse(Counters& counters, const Clock& clock);
  void start(io::Shard& shard);            // beats by itself from now on
  io::Task<void> close();

  void beat();                             // reads the counters once; start() does it every second
  const std::map<std::string, TopicPulse, std::less<>>& topics() const { return topics_; }
  const std::map<std::string, QueryPulse, std::less<>>& queries() const { return queries_; }
  const NodePulse& node() const { return node_; }
  const TopicPulse* topic(std::string_view name) const;
  std::int64_t at_ms() const { return at_ms_; }

  // Everything, or only the topics asked for; one text per beat, however many ask for everything.
  std::shared_ptr<const std::string> everything();
  std::string only(const std::set<std::string, std::less<>>& topics) const;
  std::uint64_t beats() const { return beats_; }
  io::Task<bool> next(io::Deadline deadline);   // waits for the next beat; false at the deadline and once close() was called
  void nudge();                                // who waits in next() looks around now: its client has gone

  using Listener = std::function<void(const Pulse&)>;
  void listen(Listener listener) { listeners_.push_back(std::move(listener)); }   // called on each beat, here

 private:
  struct Reading { std::int64_t at_ns; std::int64_t a; std::uint64_t b; };
  using Readings = std::deque<Reading>;
  static io::Task<void> run(Pulse* self);
  json::object json(const std::set<std::string, std::less<>>* topics) const;

  Counters& counters_;
  const Clock& clock_;
  std::int64_t at_ms_ = 0;
  std::uint64_t beats_ = 0, nudges_ = 0;
  std::map<std::string, TopicPulse, std::less<>> topics_;
  std::map<std::string, QueryPulse, std::less<>> queries_;
  NodePulse node_;
  std::map<std::string, Readings, std::less<>> topic_readings_, query_readings_;
  std::shared_ptr<const std::string> text_;   // shared with the streams that are sending it
  std::vector<Listener> listeners_;
  io::Notifier beaten_, stop_;
  bool stopping_ = false, running_ = false, ended_ = false;
};

// A rate with three digits, so that a text does not carry sixteen of noise.
double rounded(double v);

}  // namespace braid::observe
