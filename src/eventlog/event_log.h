// The port to the log (DESIGN D2): topics, readers, writers and committed offsets. Two adapters implement it, embedded/ (our own storage, in
// this process) and kafka/ (any Kafka, by librdkafka); one contract test suite runs against both. Nothing above may know which one it has.
//
// Threads: an EventLog may be called from every shard; a Reader or Writer belongs to the shard that made it. Each method resumes its caller
// on the caller's shard. Ownership: the EventLog outlives what it gives out. Units: offsets count records, times are milliseconds since 1970.
// Errors: not_found (no such topic or partition), already_exists, invalid_input, overloaded, unavailable (the cluster does not answer), io.
#pragma once
#include <compare>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "io/shard.h"

namespace braid::eventlog {

struct TopicPartition {
  std::string topic;
  PartitionId partition{0};
  friend auto operator<=>(const TopicPartition&, const TopicPartition&) = default;
};

struct Header {
  Bytes name;
  std::optional<Bytes> value;
};

// What a writer is given.
struct Record {
  std::optional<Bytes> key;
  std::optional<Bytes> value;              // empty: a tombstone
  std::optional<std::int64_t> timestamp_ms{};  // empty: now
  std::vector<Header> headers{};
};

struct HeaderView {
  BytesView name;
  std::optional<BytesView> value;
};

// What a reader gives: views into the Chunk that owns the bytes.
struct RecordView {
  Offset offset{};
  std::int64_t timestamp_ms = -1;
  std::optional<BytesView> key;
  std::optional<BytesView> value;
  std::uint32_t headers_begin = 0;         // into Chunk::headers
  std::uint32_t headers_count = 0;
};

// Some records of one partition, in offset order. Copying a Chunk shares its bytes.
struct Chunk {
  TopicPartition from;
  std::vector<RecordView> records;
  std::vector<HeaderView> headers;
  std::vector<std::shared_ptr<const void>> owners;  // keep the viewed bytes alive
  Offset next{};                           // where the next read goes on; may be beyond the last record (gaps, control records)
};

enum class Cleanup { delete_old, compact, compact_and_delete };

struct TopicSpec {
  std::string name;
  std::int32_t partitions = 1;
  Cleanup cleanup = Cleanup::delete_old;
  std::map<std::string, std::string> configs{};   // Kafka's names: retention.ms, ...; `cleanup` wins over cleanup.policy here
};

struct TopicInfo {
  std::string name;
  Uuid id{};                               // all zero when the cluster does not tell
  std::int32_t partitions = 0;
  std::int16_t replication_factor = 1;
  bool internal = false;                   // __consumer_offsets and its like
};

struct PartitionBounds {
  Offset earliest{};
  Offset end{};                            // readers see what is below it: the next offset that will be given, or where an open transaction begins
};

// Reads a set of partitions, each from its own position: what is committed, nothing of aborted transactions. One call at a time.
class Reader {
 public:
  virtual ~Reader() = default;
  // The next records of any of the partitions, or an empty vector at the deadline. At most about max_bytes. Partitions take turns.
  virtual io::Task<Result<std::vector<Chunk>>> next(io::Deadline deadline, std::size_t max_bytes = 1 << 20) = 0;
  virtual Result<void> seek(const TopicPartition& partition, Offset to) = 0;   // also adds a partition
  virtual void close() = 0;                // a next() under way ends with ErrorCode::stopping
};

// Writes records. write() returns when they are safe as the topic's policy says (on disk unless the topic is `async`).
class Writer {
 public:
  virtual ~Writer() = default;
  // In one partition, in order, all or none. Returns the offset of the first.
  virtual io::Task<Result<Offset>> write(TopicPartition to, std::vector<Record> records) = 0;
  // Partition chosen by the key as Kafka's default partitioner does (murmur2); without a key round robin.
  virtual io::Task<Result<std::pair<TopicPartition, Offset>>> write_keyed(std::string topic, Record record) = 0;
};

class EventLog {
 public:
  virtual ~EventLog() = default;

  virtual io::Task<Result<TopicInfo>> create_topic(TopicSpec spec) = 0;
  virtual io::Task<Result<void>> delete_topic(std::string name) = 0;
  virtual io::Task<Result<void>> add_partitions(std::string name, std::int32_t new_total) = 0;
  virtual io::Task<Result<std::vector<TopicInfo>>> list_topics() = 0;              // by name
  virtual io::Task<Result<TopicInfo>> describe_topic(std::string name) = 0;
  virtual io::Task<Result<std::map<std::string, std::string>>> topic_configs(std::string name) = 0;   // in force, defaults included
  virtual io::Task<Result<void>> alter_topic_configs(std::string name, std::map<std::string, std::optional<std::string>> changes) = 0;  // empty: back to the default

  virtual io::Task<Result<PartitionBounds>> bounds(TopicPartition partition) = 0;
  // The first record with this timestamp or a later one; bounds().end when there is none.
  virtual io::Task<Result<Offset>> offset_at_time(TopicPartition partition, std::int64_t timestamp_ms) = 0;

  virtual Result<std::unique_ptr<Reader>> reader(std::vector<std::pair<TopicPartition, Offset>> from) = 0;
  virtual Result<std::unique_ptr<Writer>> writer() = 0;

  // Committed offsets of a consumer group, where Kafka's tools find them.
  virtual io::Task<Result<void>> commit(std::string group, std::map<TopicPartition, Offset> offsets) = 0;
  virtual io::Task<Result<std::map<TopicPartition, Offset>>> committed(std::string group) = 0;
  virtual io::Task<Result<std::vector<std::string>>> list_groups() = 0;

  // The cluster's own name for itself, as Kafka's clients see it: /info and the registry pass it on.
  virtual io::Task<Result<std::string>> cluster_id() = 0;

  // Where other programs reach this log by Kafka's protocol, for hints and snippets: "127.0.0.1:9092".
  virtual std::string bootstrap() const = 0;
};

// Kafka's default partitioner for a key: murmur2, sign bit cleared, modulo the partitions.
PartitionId partition_of(BytesView key, std::int32_t partitions);

}  // namespace braid::eventlog
