// By this others may refuse or divert single records of a topic whose settings ask for it (TopicConfig::contract), whichever way they come:
// Kafka's protocol, HTTP, a statement. The log asks after it has checked a batch and before the batch gets an offset.
//
// Threads: judge() is called on any shard; batches of one shard are judged one after the other, in the order in which they came, so a judge()
// that waits holds back gated topics of its shard and no others. The gate outlives the Log. Errors: Failure, which refuses the whole batch.
#pragma once
#include <string>
#include <vector>

#include "io/task.h"
#include "storage/failure.h"
#include "wire/record_batch.h"

namespace braid::storage {

struct Topic;

struct RecordVerdict {
  // Any of these: nothing of the batch is written, and its producer is told which records and why.
  std::vector<RecordFailure> refused{};
  // Otherwise: keep[i] is 0 for a record that goes to the dead letters instead of the topic; empty keeps all of them.
  std::vector<char> keep{};
  std::string dead_letter_topic{};    // made with one partition when it is not there
  Bytes dead_letters{};               // a batch, as it is to be written there
};

class RecordGate {
 public:
  virtual ~RecordGate() = default;
  // `batch` is whole and checked; it stays where it is until judge() has returned.
  virtual io::Task<LogResult<RecordVerdict>> judge(std::shared_ptr<const Topic> topic, PartitionId partition, wire::BatchView batch) = 0;
};

}  // namespace braid::storage
