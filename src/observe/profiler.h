// Follows one topic and keeps its profile up to date: a coroutine on one shard, with a reader of its own. At rest it costs nothing but its reader.
//
// It takes at most limits of its Allowance, the share of a shard's time that all profilers on it may use together. When records come faster than that
// allows, it looks only at one block of 1,024 offsets in 2, 4, 8 ... (block number modulo 2^n), by offset and not by chance, so that the same records
// are chosen again after a crash; what is passed over is counted, and
// as far as it can be not even read (offsets without a record count as passed there). A backlog is worked off within about a minute in the same way.
// Position and sketches change together between two suspensions, so encode() at any time is a state that can be gone on from.
// Threads: everything but make() runs on `shard`. What Parts names outlives it; its run() and Profiles share it.
#pragma once
#include <functional>
#include <memory>
#include <optional>

#include "base/metrics.h"
#include "eventlog/event_log.h"
#include "io/sync.h"
#include "observe/record_decoder.h"
#include "observe/sampling.h"

namespace braid::observe {

// The time that the profilers of one shard may take, together. Lives on that shard.
class Allowance {
 public:
  explicit Allowance(double share) : share_(share) {}
  void spend(std::int64_t ns) { left_ns_ -= double(ns); }
  io::Milliseconds wait(std::int64_t now_ns);              // until something is left
  // How many profilers have worked lately, so that each can tell its part.
  void note_worker(std::int64_t now_ns, std::int64_t& last_second);
  double share_each() const { return share_ / double(std::max(1, workers_before_)); }

 private:
  double share_;
  double left_ns_ = 0;
  std::int64_t at_ns_ = 0, second_ = 0;
  int workers_now_ = 0, workers_before_ = 0;
};

using SchemaLookup = std::function<Result<format::SchemaText>(SchemaId)>;   // called on the control shard

struct ProfilerParts {
  eventlog::EventLog& log;
  io::Shard& shard;
  io::Shard& control;
  SchemaLookup schema;
  Allowance& allowance;                                    // of `shard`
  const Clock& clock;
};

class Profiler {
 public:
  Profiler(ProfilerParts parts, TopicProfile state) : parts_(parts), profile_(std::move(state)) {}
  static io::Task<void> run(std::shared_ptr<Profiler> self);   // spawn it on `shard`; returns after stop()
  void stop();
  io::Task<void> stopped();

  struct View {                                            // plain values, for other shards
    json::array fields;
    std::int64_t since_ms = 0, last_record_ms = -1;
    std::uint64_t records = 0, profiled = 0, undecodable = 0, bytes = 0, fields_left_out = 0;
    std::map<std::string, std::uint64_t> reasons;
    int sampling = 0;                                      // now 1 in 2^n
    std::int64_t lag = 0;                                  // records that wait
    std::int64_t cpu_ns = 0;
    std::size_t memory = 0;
    std::string problem;                                   // why it does not get on
  };
  View view(bool with_fields) const;
  // What promises of null shares are judged by.
  struct FieldCounts {
    std::map<std::string, TopicProfile::FieldCount, std::less<>> fields;   // those of the asked ones that have been seen
    std::vector<std::string> known;                                        // the others there are; only if one of the asked is missing
    std::uint64_t profiled = 0;
    std::int64_t since_ms = 0;
  };
  FieldCounts field_counts(const std::vector<std::string>& paths) const;
  Bytes encode() const { return profile_.encode(); }
  std::uint64_t records() const { return profile_.records; }
  bool caught_up() const { return lag_ == 0; }

 private:
  io::Task<Result<void>> open();
  io::Task<Result<void>> step();
  io::Task<void> take(eventlog::Chunk chunk);
  Result<void> jump();                                     // over blocks that are not chosen, without reading them
  io::Task<Result<void>> look_ahead();                     // lag, speed, and how much to look at
  bool chosen(std::int64_t offset) const { return is_chosen(offset, sampling_); }

  ProfilerParts parts_;
  TopicProfile profile_;
  RecordDecoder decoder_;
  std::unique_ptr<eventlog::Reader> reader_;
  std::map<std::int32_t, std::int64_t> ends_;
  std::int64_t looked_ns_ = 0, arrived_ = 0, lag_ = 0;     // at the last look_ahead()
  std::int64_t cpu_ns_ = 0, last_second_ = -1;
  double ns_per_record_ = 0;                               // smoothed
  int sampling_ = 0;
  std::string problem_;
  bool stopping_ = false, finished_ = false;
  io::Notifier changed_;
};

// A profile of the newest `records` records, read and computed now. Runs where it is called (the control shard); gives way between chunks.
io::Task<Result<TopicProfile>> profile_of_newest(eventlog::EventLog& log, SchemaLookup schema, std::string topic, std::uint64_t records);

}  // namespace braid::observe
