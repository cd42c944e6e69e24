// The clients of one round, with librdkafka: they send, read and move records while somebody breaks the broker, and write down what they did and saw.
// Threads: each client has its own; the History is behind one lock. A round: Clients, start(), trouble, finish(), then history() may be read.
#pragma once
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "history.h"

namespace braid::anomalies {

inline constexpr int partitions = 3;

// History with its lock, and what counts events.
class Notes {
 public:
  std::size_t sending(Send send);                        // before it is sent; returns its number
  void unsend(std::size_t number);                       // it never left: its value is not in the history's log
  void delivered(std::size_t number, std::int64_t offset);
  int begin_transaction();
  void commit_asked(int transaction);
  void ended(int transaction, Outcome outcome);
  void read(Read read);
  std::int64_t next_value() { return ++values_; }
  History history;                                       // to be read when all threads are done

 private:
  std::mutex mutex_;
  std::int64_t events_ = 0;
  std::atomic<std::int64_t> values_ = 0;
};

class Clients {
 public:
  Clients(std::string address, std::string topic, unsigned seed);
  void start();
  void finish();         // ends the work, waits until all is answered, reads the log to its end. die() when something is stuck
  const History& history() const { return notes_.history; }
  std::string summary() const;

 private:
  void plain_producer(int number);
  void transactional_producer(int number);
  void reader(int number, bool committed_only);
  void member(int number);
  void read_all(bool committed_only);

  std::string address_, topic_;
  unsigned seed_;
  Notes notes_;
  std::atomic<bool> working_ = true, reading_ = true;
  std::vector<std::thread> producers_, readers_;
};

}  // namespace braid::anomalies
