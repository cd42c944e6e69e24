// The log itself: partitions on their shards, the commit thread, the write-behind and what keeps it all in step. Private to storage/log*.cc.
//
// Who touches what:
//   shard i          owners_[i]: the partitions that live there. Nobody else touches them
//   commit thread    wal_, backlog_ (commit_step() is its whole body; without threads the simulation calls it)
//   control shard    changes of topics (one at a time: changing_), checkpoints and retention (one at a time: maintaining_)
//   background pool  files of segments and checkpoints, on values that the shards prepared
//   any thread       topics_ and settings_ (immutable snapshots), inbox_
//
// A failed group: everything that was queued behind it is refused too, because its offsets would leave a gap. Each shard counts eras; the commit
// thread demands a new one after a failure and refuses entries of the old; a shard enters it by rolling its partitions back to their high watermarks.
#pragma once
#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <variant>

#include "io/inbox.h"
#include "io/sync.h"
#include "storage/checkpoint.h"
#include "storage/entries.h"
#include "storage/log.h"
#include "storage/node_settings.h"
#include "storage/partition.h"
#include "storage/wal.h"

namespace braid::storage {

using PartitionPtr = std::shared_ptr<Partition>;   // shared by the snapshots of topics, messages under way, and its owner

struct ByPlace {   // the same order in every run
  bool operator()(const PartitionPtr& a, const PartitionPtr& b) const { return std::tie(a->topic, a->number) < std::tie(b->topic, b->number); }
};

// One who waits for an entry that is no batch. Lives in the waiting coroutine, which runs on `home`.
struct EntryWait {
  io::Shard& home;
  std::coroutine_handle<> handle{};
  Result<std::uint64_t> outcome{0};                // number of the group
};

// What the commit thread is given.
struct CommitItem {
  Bytes entry;                                     // without its length; empty for a mark, which only waits for its turn
  std::shared_ptr<const Bytes> batch;              // what follows the entry's front, for a batch
  PartitionPtr partition;                          // of a batch
  std::int64_t end = 0;                            // its high watermark once this is on disk
  std::uint64_t era = 0;
  bool durable = true;                             // false: who waits is answered before the sync
  EntryWait* wait = nullptr;                       // of anything else
  std::uint64_t trim_to = 0;                       // a mark may ask to trim
};

// Runs f in the pool, or right here when there is none (simulation).
template <class F> io::Task<std::invoke_result_t<F&>> run_in(io::Pool* pool, F f) {
  if (pool == nullptr) co_return f();
  auto running = pool->run(std::move(f));
  co_return co_await std::move(running);
}

// What /metrics tells about the log. Set where the numbers change, so nothing is asked at a scrape.
struct Numbers {
  explicit Numbers(Metrics& metrics);
  Counter &groups, &bytes, &failures, &checkpoints, &compactions, &compacted_bytes;
  Gauge &wal_bytes, &unflushed_bytes, &stored_bytes, &topics, &partitions, &writable;
  Histogram& commit_seconds;
};

Result<void> check_topic_defaults(const ConfigMap& defaults);
Result<TopicConfig> config_under(const ConfigMap& defaults, const ConfigMap& own);   // what a topic says itself lies over the defaults

class LogImpl final : public Log {
 public:
  LogImpl(io::FileSystem& files, io::Shards& shards, LogOptions options);
  ~LogImpl() override;
  Result<void> start();                            // recovery; before anything else

  io::Task<void> close() override;
  std::shared_ptr<const Topics> topics() const override { return topics_.load(); }
  const Uuid& cluster_id() const override { return cluster_; }
  bool recovered() const override { return recovered_; }
  ConfigMap effective_configs(const Topic& topic) const override;

  io::Task<LogResult<TopicPtr>> create_topic(NewTopic topic) override;
  LogResult<void> check_new_topic(const NewTopic& topic) const override;
  io::Task<LogResult<void>> delete_topic(Uuid id) override;
  io::Task<LogResult<TopicPtr>> add_partitions(std::string name, std::int32_t new_total) override;
  io::Task<LogResult<TopicPtr>> alter_configs(std::string name, std::map<std::string, std::optional<std::string>> changes, bool replace) override;

  io::Task<LogResult<Appended>> append(TopicPtr topic, PartitionId partition, Bytes batch, AppendOptions options) override;
  io::Task<LogResult<ReadOutcome>> read(TopicPtr topic, PartitionId partition, Offset from, ReadOptions options) override;
  std::unique_ptr<Watch> watch() override;
  io::Task<LogResult<PartitionState>> state(TopicPtr topic, PartitionId partition) override;
  io::Task<LogResult<std::optional<OffsetAtTime>>> offset_at_time(TopicPtr topic, PartitionId partition, std::int64_t timestamp_ms, Isolation isolation) override;
  io::Task<LogResult<std::optional<OffsetAtTime>>> offset_of_max_timestamp(TopicPtr topic, PartitionId partition) override;
  io::Task<LogResult<EpochEnd>> epoch_end(TopicPtr topic, PartitionId partition, std::int32_t epoch) override;
  io::Task<LogResult<Offset>> delete_records(TopicPtr topic, PartitionId partition, Offset before) override;
  io::Task<LogResult<void>> admit_transaction(TopicPtr topic, PartitionId partition, ProducerIdentity who) override;
  io::Task<LogResult<std::optional<Offset>>> end_transaction(TopicPtr topic, PartitionId partition, ProducerIdentity who, bool commit) override;
  io::Task<LogResult<std::vector<ProducerState>>> producers(TopicPtr topic, PartitionId partition) override;
  io::Task<std::vector<Open>> open_transactions() override;
  io::Task<LogResult<std::int64_t>> new_producer_id() override;
  LogStatus status() const override;

  std::shared_ptr<const NodeSettings> settings() const { return settings_.load(); }
  io::Task<LogResult<void>> change_settings(NodeSettings::Key whose, SettingChanges changes, bool replace, bool only_check);

  bool commit_step() override;
  io::Task<LogResult<void>> checkpoint() override;
  io::Task<void> apply_retention() override;
  io::Task<void> compact() override;

 private:
  struct Owner {                                   // one per shard, touched there only
    explicit Owner(io::Shard& s) : shard(s) {}
    io::Shard& shard;
    std::uint64_t era = 0;
    TailTotals totals;
    std::set<PartitionPtr, ByPlace> partitions;
    io::Notifier flushed;                          // room again in the tails
    io::Turns room;                                // appends that wait for it, in order
    int waiting_for_room = 0;
    std::unordered_map<std::string, std::shared_ptr<io::File>> open_files;   // segments being read
    io::Turns gated;                               // batches from this shard to topics with a contract: judged one after the other
    std::optional<Error> flush_failed;             // why the segments cannot be written at the moment
  };

  struct Recorded {
    Uuid topic;
    std::int32_t number;
    PartitionRecord record;
    std::vector<std::string> obsolete_files;
  };

  // log.cc: start, stop, maintenance
  Result<Checkpoint> read_checkpoint();
  Result<void> restore(Checkpoint checkpoint);
  Result<void> replay(BytesView entry);
  Result<void> remove_strangers();                 // directories of topics that are no more
  io::Task<void> maintain();
  io::Task<LogResult<void>> checkpoint_turn(bool clean);
  io::Task<LogResult<void>> flush_shard(int index);
  io::Task<LogResult<void>> flush_partition(PartitionPtr partition);
  io::Task<std::vector<Recorded>> records_of(int index);
  io::Task<void> retain_shard(int index);
  io::Task<void> close_here();
  io::Task<void> keep_compacting();
  io::Task<void> compact_turn();
  io::Task<void> compact_shard(int index);
  io::Task<void> compact_partition(PartitionPtr partition);

  // log_commit.cc: the way to the disk
  void enqueue(CommitItem item);
  io::Task<Result<std::uint64_t>> commit_entry(Entry entry);        // resumes once it is on disk
  io::Task<Result<std::uint64_t>> commit_mark(std::uint64_t trim_to);   // resumes once everything before it is
  void write_group(std::vector<CommitItem>& items);
  void complete_early(std::vector<CommitItem>& items);
  void complete(std::vector<CommitItem>& items, std::uint64_t group);
  void refuse_batches(std::vector<CommitItem>& items, const Error& why);
  void enqueue_batch(Owner& owner, const PartitionPtr& partition, std::shared_ptr<const Bytes> batch, std::int64_t end, bool durable);
  Result<void> check_space();
  void look_for_room();

  // log_topics.cc
  PartitionPtr make_partition(const TopicEntry& topic, std::int32_t number);
  Result<TopicPtr> make_topic(const TopicEntry& entry, const Topic* before);
  void publish(TopicPtr topic);
  void count_topics();
  void unpublish(const Uuid& id);
  io::Task<LogResult<TopicPtr>> change_topic(TopicEntry entry, TopicPtr before);
  io::Task<LogResult<void>> delete_topic_turn(Uuid id);
  io::Task<LogResult<TopicPtr>> create_topic_turn(NewTopic topic);
  io::Task<LogResult<TopicPtr>> add_partitions_turn(std::string name, std::int32_t new_total);
  io::Task<LogResult<TopicPtr>> alter_configs_turn(std::string name, std::map<std::string, std::optional<std::string>> changes, bool replace);
  io::Task<LogResult<std::int64_t>> producer_id_turn();

  // log_settings.cc
  void put_settings(NodeSettings& settings, const SettingsEntry& entry) const;
  Result<std::shared_ptr<Topics>> topics_under(const NodeSettings& settings);
  void restore_settings(const SettingsEntry& entry);
  io::Task<LogResult<void>> change_settings_turn(NodeSettings::Key whose, SettingChanges changes, bool replace, bool only_check);

  // log_append.cc, log_read.cc; the *_here run on the partition's shard
  LogResult<PartitionPtr> find(const TopicPtr& topic, PartitionId partition) const;
  io::Task<LogResult<Appended>> append_there(PartitionPtr partition, bool durable, Bytes batch, wire::BatchHeader header, AppendOptions options);   // on its shard
  io::Task<LogResult<Appended>> append_judged(PartitionPtr partition, TopicPtr topic, PartitionId number, Bytes batch, wire::BatchHeader header, AppendOptions options,
                                              std::int64_t now);
  io::Task<LogResult<void>> write_dead_letters(std::string topic, Bytes batch);
  io::Task<LogResult<Appended>> append_here(PartitionPtr partition, Bytes batch, wire::BatchHeader header, AppendOptions options, bool durable);
  io::Task<LogResult<std::optional<Offset>>> end_transaction_here(PartitionPtr partition, ProducerIdentity who, bool commit, bool durable);
  io::Task<LogResult<Appended>> await_commit(PartitionPtr partition, Partition::Started started, Ack ack, bool durable);
  io::Task<LogResult<void>> wait_for_room(Owner& owner);
  bool is_going(const Partition& partition) const;
  io::Task<LogResult<ReadOutcome>> read_here(PartitionPtr partition, Offset from, ReadOptions options);
  io::Task<Result<SegmentRead>> read_file(PartitionPtr partition, SegmentPlan plan, std::size_t bytes_max, bool at_least_one);
  io::Task<LogResult<std::optional<OffsetAtTime>>> offset_at_time_here(PartitionPtr partition, std::int64_t timestamp_ms, Isolation isolation);
  io::Task<LogResult<std::optional<OffsetAtTime>>> max_timestamp_here(PartitionPtr partition);
  io::Task<LogResult<Offset>> delete_records_here(PartitionPtr partition, Offset before);
  io::Task<LogResult<void>> move_log_start(PartitionPtr partition, std::int64_t offset);
  std::shared_ptr<io::File> opened(Owner& owner, const std::string& path);
  void keep_open(Owner& owner, const std::string& path, std::shared_ptr<io::File> file);
  Owner& owner_of(const Partition& partition) { return *owners_[std::size_t(partition.shard)]; }

  io::FileSystem& files_;
  io::Shards& shards_;
  LogOptions options_;
  const Clock& clock_;
  std::unique_ptr<io::FileLock> lock_;
  Uuid cluster_{};
  std::int32_t epoch_ = 0;
  bool recovered_ = false;
  std::vector<std::unique_ptr<Owner>> owners_;
  std::atomic<std::shared_ptr<const Topics>> topics_;
  std::atomic<std::shared_ptr<const NodeSettings>> settings_;   // changed on the control shard, with changing_

  // commit thread
  io::Inbox<CommitItem> inbox_;
  std::deque<CommitItem> backlog_;
  std::unique_ptr<Wal> wal_;
  std::uint64_t required_era_ = 0;
  std::uint64_t bytes_since_checkpoint_ = 0;

  // control shard
  io::Turns changing_;
  io::Turns maintaining_;
  io::Notifier compact_;                           // wakes the compaction at a stop
  bool compaction_running_ = false;
  io::Turns compacting_;                           // two at once would write the same files
  io::Notifier maintain_;                          // wakes the maintenance early
  std::atomic<bool> stopping_ = false;
  bool maintenance_running_ = false;
  std::uint64_t last_checkpoint_group_ = 0;
  io::Notifier maintenance_ended_;
  std::int64_t producer_ids_reserved_ = 0;         // those below are on disk as given out
  std::int64_t next_producer_id_ = 0;
  std::vector<std::string> doomed_directories_;    // of deleted topics

  // for status(), any thread
  std::atomic<std::uint64_t> wal_bytes_ = 0;
  std::atomic<std::uint64_t> last_group_ = 0;
  std::atomic<std::shared_ptr<const std::string>> failed_;
  std::atomic<bool> out_of_room_ = false;          // failed_ says that the disk has too little room: the maintenance looks for it
  std::atomic<bool> checkpoint_wanted_ = false;

  std::unique_ptr<Numbers> numbers_;               // null without metrics

  // Last, so that their threads end first.
  std::unique_ptr<io::Pool> readers_;
  std::unique_ptr<io::Pool> background_;
  std::unique_ptr<io::Pool> compactor_;            // of its own: a large partition must not hold up segments and checkpoints
  std::unique_ptr<io::Pool> committer_;
};

}  // namespace braid::storage
