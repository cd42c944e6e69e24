// The embedded event log: topics of partitions on one disk, one shared write-ahead log with group commit, segments written behind it.
// RecordBatches (magic 2) are stored byte for byte as on the wire; only base offset and leader epoch are set. See README.md.
//
// Threads: a partition is owned by one shard (by hash); every call here may be made on any shard and resumes there. open() is an ordinary
// blocking call, made before the traffic starts. Ownership: files, shards and the clock outlive the Log; the Log outlives its Watches.
// Units: offsets count records, sizes are bytes, times are milliseconds since 1970.
// Errors: Failure, whose reason the broker maps to Kafka's codes. What was acknowledged is on disk (unless the topic is `async`).
// Transactions: this is a partition's side of them, KIP-98's markers and the last stable offset; who decides is transactions.h.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/limits/units.h"
#include "base/metrics.h"
#include "io/file.h"
#include "io/shard.h"
#include "storage/failure.h"
#include "storage/topic_config.h"
#include "storage/transaction_marks.h"

namespace braid::storage {

class Partition;   // private to storage
class RecordGate;  // record_gate.h

struct LogOptions {
  std::string directory;                                   // made if absent
  std::uint64_t wal_file_bytes = 64 * limits::MiB;         // a checkpoint follows each full file, so this bounds the replay at start
  std::uint64_t free_bytes_min = 64 * limits::MiB;         // below this appends are refused; keeps room for the checkpoint that frees space
  std::int64_t retention_check_ms = 30'000;                // compaction is looked at as often
  std::size_t compaction_table_bytes = 64 * limits::MiB;   // 2 million keys at once; more keys take more rounds, not more memory
  std::int64_t producer_expiry_ms = 86'400'000;            // Kafka's producer.id.expiration.ms
  ConfigMap topic_defaults{};                              // settings of topics that do not say otherwise, over the built-in defaults
  const Clock* clock = &system_clock();
  std::function<Uuid()> new_id = random_uuid;              // of topics and of the cluster
  Metrics* metrics = nullptr;                              // optional
  RecordGate* gate = nullptr;                              // optional: judges records of topics that have a contract
  bool lock = true;                                        // hold directory/lock, so that no second node opens it (not on a simulated disk)
  bool threads = true;                                     // false: nothing happens by itself, the simulation calls the *_step() functions
};

struct Topic {
  std::string name;
  Uuid id{};                                               // survives restarts, is never used again
  bool internal = false;                                   // __consumer_offsets and its like
  ConfigMap configs;                                       // only what was set for this topic
  TopicConfig config;                                      // what is in force
  std::int64_t created_ms = 0;
  std::vector<std::shared_ptr<Partition>> partitions;      // opaque; each is touched on its own shard only
  std::int32_t partition_count() const { return std::int32_t(partitions.size()); }
};
using TopicPtr = std::shared_ptr<const Topic>;             // shared by the snapshots that list it and by calls under way

// All topics at one moment. Immutable; any thread may read it.
class Topics {
 public:
  TopicPtr find(std::string_view name) const;              // null when there is none
  TopicPtr find(const Uuid& id) const;
  const std::map<std::string, TopicPtr, std::less<>>& by_name() const { return by_name_; }

  void put(TopicPtr topic);                                // for whoever builds the snapshot
  void remove(const Uuid& id);

 private:
  std::map<std::string, TopicPtr, std::less<>> by_name_;
  std::map<Uuid, TopicPtr> by_id_;
};

enum class Ack {
  none,      // answer once the offset is given; readers see the records only when they are safe all the same
  safe,      // answer when they are on disk (topic `durable`) or written (topic `async`)
};

struct AppendOptions {
  Ack ack = Ack::safe;
  bool trusted = false;              // built by ourselves: skip the record-by-record check and max.message.bytes
};

struct Appended {
  Offset base_offset{};
  Offset last_offset{};
  std::int64_t log_append_time_ms = -1;   // -1 unless the topic uses LogAppendTime
  Offset log_start{};
  bool duplicate = false;            // an idempotent producer sent it before; base_offset is the original one
};

enum class Isolation { read_uncommitted, read_committed };   // up to the high watermark, or the last stable offset

struct ReadOptions {
  std::size_t bytes_max = limits::MiB;
  Isolation isolation = Isolation::read_uncommitted;
  bool at_least_one = true;          // a first batch larger than bytes_max is returned all the same (KIP-74)
  std::int32_t current_leader_epoch = -1;   // -1: not checked
};

// Whole batches, byte for byte. Copying shares the bytes.
struct Piece {
  std::shared_ptr<const void> owner;
  BytesView bytes;
};

struct ReadOutcome {
  std::vector<Piece> pieces;         // the first batch is the one that contains the offset asked for
  std::size_t bytes = 0;
  Offset next{};                     // where to go on
  Offset high_watermark{};
  Offset last_stable{};
  Offset log_start{};
  std::vector<AbortedTransaction> aborted;   // read_committed: those that concern the records read, by first offset
};

// One producer as a partition knows it.
struct ProducerState {
  ProducerIdentity producer;
  std::int32_t last_sequence = -1;
  std::int64_t last_seen_ms = -1;
  std::int64_t open_since = -1;      // first offset of its transaction here; -1 when it has none
  bool had_marker = false;
};

struct PartitionState {
  Offset log_start{};
  Offset high_watermark{};
  Offset last_stable{};
  Offset log_end{};
  std::int32_t leader_epoch = 0;
  std::uint64_t bytes = 0;           // on disk and in the tail
};

struct OffsetAtTime {
  Offset offset{};
  std::int64_t timestamp_ms = -1;
  std::int32_t leader_epoch = -1;
};

struct EpochEnd {
  std::int32_t epoch = -1;
  Offset end{-1};
};

// Wakes when any of the partitions it was told about has records to read beyond a given offset, or goes away.
// Belongs to the shard that made it. Destroying it forgets the partitions.
class Watch {
 public:
  virtual ~Watch() = default;
  virtual void add(const TopicPtr& topic, PartitionId partition, Offset seen, Isolation isolation = Isolation::read_uncommitted) = 0;
  virtual io::Task<bool> wait(io::Deadline deadline) = 0;    // false at the deadline; true for news since the last wait
  virtual void wake() = 0;                                   // as if there were news; on the Watch's own shard
};

struct NewTopic {
  std::string name;
  std::int32_t partitions = 1;
  ConfigMap configs{};
  bool internal = false;
};

struct LogStatus {
  std::uint64_t wal_bytes = 0;           // in WAL files
  std::uint64_t unflushed_bytes = 0;     // acknowledged, not yet in segments
  std::uint64_t bytes = 0;               // in all partitions
  std::string failed;                    // why appends are refused; empty when they are not
};

class Log {
 public:
  static Result<std::unique_ptr<Log>> open(io::FileSystem& files, io::Shards& shards, LogOptions options);
  virtual ~Log() = default;              // without close() this is like a crash: nothing acknowledged is lost
  // Refuses newcomers, commits what is queued, writes the segments and a checkpoint, so that the next start has nothing to replay.
  virtual io::Task<void> close() = 0;

  virtual std::shared_ptr<const Topics> topics() const = 0;
  virtual const Uuid& cluster_id() const = 0;                // made at the first start
  virtual bool recovered() const = 0;                        // the last run did not end by close()
  virtual ConfigMap effective_configs(const Topic& topic) const = 0;   // what is in force: built-in defaults, the node's, the topic's

  virtual io::Task<LogResult<TopicPtr>> create_topic(NewTopic topic) = 0;
  virtual LogResult<void> check_new_topic(const NewTopic& topic) const = 0;   // validate_only
  virtual io::Task<LogResult<void>> delete_topic(Uuid id) = 0;
  virtual io::Task<LogResult<TopicPtr>> add_partitions(std::string name, std::int32_t new_total) = 0;
  // Empty value: back to the default. `replace` drops every setting that is not named (Kafka's legacy AlterConfigs).
  virtual io::Task<LogResult<TopicPtr>> alter_configs(std::string name, std::map<std::string, std::optional<std::string>> changes, bool replace = false) = 0;

  // One RecordBatch as on the wire. It is checked in full before it gets an offset.
  virtual io::Task<LogResult<Appended>> append(TopicPtr topic, PartitionId partition, Bytes batch, AppendOptions options = {}) = 0;
  virtual io::Task<LogResult<ReadOutcome>> read(TopicPtr topic, PartitionId partition, Offset from, ReadOptions options = {}) = 0;
  virtual std::unique_ptr<Watch> watch() = 0;

  virtual io::Task<LogResult<PartitionState>> state(TopicPtr topic, PartitionId partition) = 0;
  // The first record with this timestamp or a later one below the isolation's bound; empty when there is none.
  virtual io::Task<LogResult<std::optional<OffsetAtTime>>> offset_at_time(TopicPtr topic, PartitionId partition, std::int64_t timestamp_ms,
                                                                          Isolation isolation = Isolation::read_uncommitted) = 0;
  virtual io::Task<LogResult<std::optional<OffsetAtTime>>> offset_of_max_timestamp(TopicPtr topic, PartitionId partition) = 0;   // ListOffsets -3
  virtual io::Task<LogResult<EpochEnd>> epoch_end(TopicPtr topic, PartitionId partition, std::int32_t epoch) = 0;               // OffsetForLeaderEpoch
  // Everything below `before` goes; Offset{-1} means the high watermark. Returns the new log start, which is on disk.
  virtual io::Task<LogResult<Offset>> delete_records(TopicPtr topic, PartitionId partition, Offset before) = 0;

  // Transactional batches of this producer are taken from now on, until end_transaction(). Not kept over a restart.
  virtual io::Task<LogResult<void>> admit_transaction(TopicPtr topic, PartitionId partition, ProducerIdentity who) = 0;
  // Appends the marker where the producer was admitted or has an open transaction; nothing otherwise. Returns the marker's offset, which is on disk.
  virtual io::Task<LogResult<std::optional<Offset>>> end_transaction(TopicPtr topic, PartitionId partition, ProducerIdentity who, bool commit) = 0;
  virtual io::Task<LogResult<std::vector<ProducerState>>> producers(TopicPtr topic, PartitionId partition) = 0;
  struct Open {
    TopicPtr topic;
    PartitionId partition{};
    OpenTransaction transaction;
  };
  virtual io::Task<std::vector<Open>> open_transactions() = 0;   // of all partitions

  virtual io::Task<LogResult<std::int64_t>> new_producer_id() = 0;   // never given twice, also over restarts
  virtual LogStatus status() const = 0;

  // For tests and the simulation; with options.threads they happen by themselves.
  virtual bool commit_step() = 0;                            // one group: write, sync, complete. False when nothing was queued
  virtual io::Task<LogResult<void>> checkpoint() = 0;        // segments, checkpoint file, WAL trimmed
  virtual io::Task<void> apply_retention() = 0;
  virtual io::Task<void> compact() = 0;                      // every partition that is due
};

// 1 to 249 characters of [a-zA-Z0-9._-], not "." or "..".
LogResult<void> check_topic_name(std::string_view name);

}  // namespace braid::storage
