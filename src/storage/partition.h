// One partition: its newest batches in memory (the tail), its older ones in segments, the marks between them, and its producers.
//
//   log_start <= ... segments ... <= flushed_end <= ... tail, on disk in the write-ahead log ... <= high_watermark <= ... being committed ... < log_end
//
// Decisions without I/O: appends and reads are planned here and carried out by the log (log_impl.h); what is to be done in files comes out as
// values that any thread may work on (FlushPlan, SegmentPlan). Lives on one shard; only its constructor and destructor may run elsewhere.
// The tail keeps some flushed batches too, so that readers at the end never touch a file.
#pragma once
#include <atomic>
#include <coroutine>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "io/shard.h"
#include "io/sync.h"
#include "storage/compaction.h"
#include "storage/failure.h"
#include "storage/log.h"
#include "storage/producers.h"
#include "storage/segment.h"
#include "storage/transaction_marks.h"

namespace braid::storage {

// Bytes of all partitions of one shard. Changed there, read by anybody (status).
struct TailTotals {
  std::atomic<std::uint64_t> unflushed = 0;     // in tails, not yet in segments
  std::atomic<std::uint64_t> cached = 0;        // in tails and in segments, kept for readers
  std::atomic<std::uint64_t> in_segments = 0;
};

// How far one partition is, for whoever watches from another thread (numbers.h). Changed on its shard, read anywhere; each by itself is true.
struct PartitionNumbers {
  std::atomic<std::int64_t> start = 0, end = 0;              // log start, high watermark
  std::atomic<std::uint64_t> bytes_in = 0;                   // appended since this process started
  std::atomic<std::int64_t> last_append_ms = -1;             // after a start: the newest timestamp of the last batch
};

struct EpochStart {
  std::int32_t epoch = 0;
  std::int64_t start = 0;
};

// One who waits for offsets below `end` to be on disk. Lives in the waiting coroutine.
struct CommitWait {
  std::int64_t end = 0;
  std::coroutine_handle<> handle{};
  std::optional<Failure> failure{};
};

// The part of a Watch that partitions know. Shared by the Watch, by messages under way, and weakly by partitions.
struct WatchSignal {
  explicit WatchSignal(io::Shard& home) : home(home) {}
  io::Shard& home;
  io::Notifier changed;          // on home only
  bool news = false;             // on home only
  std::atomic<bool> sent = false;
  static void send(const std::shared_ptr<WatchSignal>& to);   // from any shard
};

struct Segment {
  SegmentInfo info;
  std::shared_ptr<const SegmentIndex> index;   // shared with reads under way; null until somebody needs it
};

// What a read needs from a file, to be carried out anywhere.
struct SegmentPlan {
  std::string path;
  std::string index_path;        // empty for the newest segment, whose index is in memory only
  SegmentInfo info;
  std::shared_ptr<const SegmentIndex> index;
  std::int64_t from = 0;
  std::int64_t limit = 0;
};

struct FlushWrite {
  SegmentInfo before, after;
  bool fresh = false;            // the file is new
  std::vector<std::shared_ptr<const Bytes>> batches;
  std::shared_ptr<const SegmentIndex> index;
};
struct FlushPlan {
  std::string directory;
  bool trim_first = false;       // bytes behind the first write's position are left over from a crash
  std::vector<FlushWrite> writes;
  std::vector<Segment> finished; // their indexes are to be written
  std::int64_t end = 0;          // flushed_end once it is done
};

// What the checkpoint keeps.
struct PartitionRecord {
  std::int64_t log_start = 0;
  std::int64_t flushed_end = 0;
  std::vector<EpochStart> epochs;
  std::int64_t clean_end = 0;    // everything below was compacted
  std::vector<SegmentInfo> segments;
  Producers::Map producers;      // only batches below flushed_end
  std::vector<OpenTransaction> open;         // as of flushed_end, like the next
  std::vector<AbortedTransaction> aborted;
};

class Partition {
 public:
  Partition(const Uuid& topic, std::string topic_name, std::int32_t number, std::string directory, int shard, TailTotals& totals);
  ~Partition();
  Partition(const Partition&) = delete;
  Partition& operator=(const Partition&) = delete;

  const Uuid topic;
  const std::string topic_name;
  const std::int32_t number;
  const std::string directory;
  const int shard;
  std::string name() const { return topic_name + "-" + std::to_string(number); }

  std::int64_t log_start() const { return log_start_; }
  std::int64_t high_watermark() const { return high_watermark_; }
  std::int64_t last_stable() const { return std::max(transactions_.last_stable(high_watermark_), log_start_); }
  std::int64_t log_end() const { return log_end_; }
  std::int64_t flushed_end() const { return flushed_end_; }
  std::int64_t clean_end() const { return clean_end_; }
  std::int64_t limit(Isolation isolation) const { return isolation == Isolation::read_committed ? last_stable() : high_watermark_; }
  std::uint64_t bytes() const { return segment_bytes_ + unflushed_; }
  bool gone() const { return gone_; }
  const std::optional<Error>& damage() const { return damage_; }
  void set_damage(Error error) { damage_ = std::move(error); }   // reads are refused until the damaged part is deleted
  void start_new_segment() { force_roll_ = true; }
  const PartitionNumbers& numbers() const { return numbers_; }           // from any thread

  // Gives the batch its offset and puts it into the tail. For a repeated batch of an idempotent producer `duplicate` is set and nothing changes.
  struct Started {
    std::int64_t base = 0;
    std::int64_t last = 0;
    bool duplicate = false;
    std::shared_ptr<const Bytes> batch;   // null for a duplicate
  };
  LogResult<Started> start_append(Bytes batch, wire::BatchHeader header, std::int32_t epoch, std::int64_t now_ms);
  // The marker of the producer's transaction, where it was admitted or has one open; `batch` is null where not.
  LogResult<Started> start_marker(ProducerIdentity who, bool commit, std::int32_t epoch, std::int64_t now_ms);
  const TransactionMarks& transactions() const { return transactions_; }
  void admit(ProducerIdentity who) { transactions_.admit(who); }
  std::vector<ProducerState> producers() const;
  // All below `end` is on disk: readers may see it.
  void committed(std::int64_t end);
  // The batches above the high watermark could not be written: they never were.
  // Who waits for them goes on at resume_waits(), which the caller calls when every partition of the shard is rolled back.
  void roll_back(const Error& why);
  void resume_waits();
  void add_wait(CommitWait* wait) { waits_.push_back(wait); }
  void watch(const std::shared_ptr<WatchSignal>& signal, std::int64_t seen, Isolation isolation);
  void set_gone();                         // the topic was deleted: everybody who waits here is told

  // Batches in memory from the one that contains `from`. Nothing when `from` lies in a segment.
  std::int64_t tail_begin() const { return tail_.empty() ? log_end_ : tail_.front().base; }
  bool in_tail(std::int64_t from) const { return from >= tail_begin(); }
  void read_tail(std::int64_t from, std::int64_t limit, std::size_t bytes_max, bool at_least_one, ReadOutcome& out) const;
  std::optional<SegmentPlan> plan_segment(std::int64_t from, std::int64_t limit) const;   // the segment with this offset, or the next one
  void keep_index(const SegmentInfo& of, std::shared_ptr<const SegmentIndex> index);
  LogResult<void> check_range(std::int64_t from) const;
  const std::deque<Segment>& segments() const { return segments_; }
  Result<std::optional<RecordTime>> find_time_in_tail(std::int64_t timestamp_ms, std::int64_t limit) const;
  std::int64_t max_timestamp_in_tail(std::int64_t limit) const;
  EpochEnd epoch_end(std::int32_t epoch, std::int32_t current) const;

  // Segments. One flush at a time; nothing when there is nothing to write.
  std::optional<FlushPlan> plan_flush(const TopicConfig& config, std::int64_t now_ms, std::uint64_t bytes_max);
  void flushed(const FlushPlan& plan);
  void evict(std::uint64_t keep_bytes);    // forgets flushed batches of the tail
  bool dirty() const { return flushed_end_ < high_watermark_; }

  std::int64_t retention_start(const TopicConfig& config, std::int64_t now_ms) const;   // where the log would begin by time and size
  void advance_log_start(std::int64_t offset);
  // Finished segments that are due by dirty ratio and lag (KIP-58); nothing when none are. The caller fills in what the log decides.
  std::optional<CompactionPlan> plan_compaction(const TopicConfig& config, std::int64_t now_ms) const;
  // Puts the outcome in the place of the plan's segments; false when they are not what they were, and then nothing happened. The old files
  // stay until a checkpoint no longer lists them.
  bool compacted(const CompactionPlan& plan, const CompactionOutcome& outcome);
  bool has_segment(const SegmentInfo& info) const;
  std::vector<std::string> take_obsolete_files();   // of segments that lie wholly below the log start
  void expire_producers(std::int64_t before_ms) {
    producers_.expire(before_ms, [&](std::int64_t id) { return transactions_.concerns(id); });
  }

  PartitionRecord record() const;
  void restore(PartitionRecord record);
  void replay(Bytes batch, const wire::BatchHeader& header, std::int64_t now_ms);       // from the write-ahead log, in order

 private:
  struct TailBatch {
    std::int64_t base;
    std::int64_t last;
    std::int64_t max_timestamp_ms;
    std::shared_ptr<const Bytes> bytes;
  };
  std::shared_ptr<const Bytes> place(Bytes batch, wire::BatchHeader& header, std::int32_t epoch);   // sets offset and epoch, puts it into the tail
  void push_tail(const wire::BatchHeader& header, std::shared_ptr<const Bytes> batch);
  void obsolete(const SegmentInfo& info);
  void drop_below_start();                 // what lies wholly below log_start_ and is not needed to go on
  void tell_watchers(bool everybody);

  TailTotals& totals_;
  PartitionNumbers numbers_;
  std::uint64_t appending_bytes_ = 0;      // in the tail, not yet committed
  std::int64_t appended_ms_ = -1;          // when the newest batch came
  std::int64_t log_start_ = 0;
  std::int64_t clean_end_ = 0;
  std::int64_t flushed_end_ = 0;
  std::int64_t high_watermark_ = 0;
  std::int64_t log_end_ = 0;
  std::uint64_t segment_bytes_ = 0;
  std::uint64_t unflushed_ = 0;
  std::uint64_t cached_ = 0;
  bool gone_ = false;
  bool trimmed_ = false;                   // the newest segment's file was cut to its size since the start
  bool force_roll_ = false;                // the newest segment's file is damaged: go on in a new one
  std::optional<Error> damage_;
  std::deque<TailBatch> tail_;
  std::deque<Segment> segments_;           // oldest first
  std::vector<EpochStart> epochs_;
  std::vector<std::string> obsolete_files_;
  Producers producers_;
  TransactionMarks transactions_;
  std::vector<CommitWait*> waits_;
  struct Watching {
    std::weak_ptr<WatchSignal> signal;
    std::int64_t seen;
    Isolation isolation;
  };
  std::vector<Watching> watching_;
  std::size_t watching_sweep_ = 16;        // forget the dead when there are more than so many
};

}  // namespace braid::storage
