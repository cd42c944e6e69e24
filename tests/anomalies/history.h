// What clients did and saw, for the checker: every record that was sent and what came of it, every transaction, every record that was read, in order.
// Values are unique, so a value names one send. Plain data; `at` is a count of events over all clients, so that before and after can be told.
// The model and the names of anomalies are those of Jepsen's analyses of Kafka-like logs.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace braid::anomalies {

enum class Outcome { ok, failed, unknown };   // failed: certainly not there

struct Send {
  std::int64_t value = 0;
  int partition = 0;
  int producer = 0;              // sends of one producer to one partition are in the order in which it made them
  int transaction = -1;          // into History::transactions
  Outcome outcome = Outcome::unknown;
  std::int64_t offset = -1;      // where the broker said that it is
};

struct Transaction {
  Outcome outcome = Outcome::unknown;      // ok: committed, failed: aborted
  std::int64_t commit_asked_at = -1;       // -1: nobody asked for it
};

struct Read {
  int consumer = 0;
  int partition = 0;
  std::int64_t offset = -1;      // -1: no record; the consumer's position may be anywhere now (an assignment, a seek)
  std::int64_t value = 0;
  bool committed_only = false;   // isolation.level=read_committed
  int transaction = -1;          // read within this transaction
  std::int64_t at = 0;
};

struct History {
  std::vector<Send> sends;
  std::vector<Transaction> transactions;
  std::vector<Read> reads;                   // those of one consumer in its order
  std::vector<Read> log;                     // at the end: everything, by a reader from the start to the end, read_uncommitted
  std::vector<Read> committed_log;           // the same, read_committed
};

struct Anomaly {
  std::string kind, what;
};

// Empty: the history is one that a Kafka may have. Kinds: lost-write, unseen, misplaced, duplicate, inconsistent-offsets, aborted-read,
// precommitted-read, torn-transaction, nonmonotonic-poll, poll-skip, nonmonotonic-send, read-cycle, phantom.
std::vector<Anomaly> check(const History& history);

}  // namespace braid::anomalies
