// Which partitions the transactional producers on this shard have added to their transactions by a Produce request (Transactions V2), so that only the
// first batch for a partition in a transaction asks the coordinator. It saves questions and decides nothing: the partition itself refuses what is late.
// While the coordinator is asked, later requests of the same producer wait in line, so that batches keep their order.
// One per shard, not thread-safe. A Line lives while a request uses it, also when it is forgotten meanwhile.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/clock.h"
#include "base/limits/kafka.h"
#include "io/sync.h"
#include "storage/transaction_marks.h"

namespace braid::broker {

class AddedPartitions {
 public:
  using Place = std::pair<Uuid, std::int32_t>;   // topic and partition

  class Standing;
  class Line {                                   // of one transactional id
   public:
    bool idle() const { return standing_ == 0; }
    bool knows(storage::ProducerIdentity who, const Place& place) const { return who == who_ && places_.contains(place); }
    void learn(storage::ProducerIdentity who, const std::set<Place>& places) {
      if (who != who_) places_.clear();          // another epoch: another transaction
      who_ = who;
      places_.insert(places.begin(), places.end());
    }

   private:
    friend class Standing;
    storage::ProducerIdentity who_;
    std::set<Place> places_;
    io::Turns turns_;
    std::size_t standing_ = 0;
  };
  using LinePtr = std::shared_ptr<Line>;         // shared by the table and the requests that use it

  // In line: first waits for its turn; gone when destroyed.
  class Standing {
   public:
    explicit Standing(LinePtr line) : line_(std::move(line)) { ++line_->standing_; }
    Standing(const Standing&) = delete;
    Standing& operator=(const Standing&) = delete;
    ~Standing() {
      turn_.reset();
      --line_->standing_;
    }
    io::Task<void> wait() {
      auto coming = line_->turns_.take();
      auto turn = co_await std::move(coming);
      turn_.emplace(std::move(turn));
    }

   private:
    LinePtr line_;
    std::optional<io::Turns::Turn> turn_;
  };

  LinePtr line(const std::string& id) {
    if (const auto at = lines_.find(id); at != lines_.end()) return at->second;
    if (lines_.size() >= limits::kafka_added_lines_max) std::erase_if(lines_, [](const auto& entry) { return entry.second->idle(); });
    return lines_[id] = std::make_shared<Line>();
  }
  void forget(const std::string& id) {           // its transaction ends
    if (const auto at = lines_.find(id); at != lines_.end() && at->second->idle()) lines_.erase(at);
  }
  std::size_t size() const { return lines_.size(); }

 private:
  std::unordered_map<std::string, LinePtr> lines_;
};

}  // namespace braid::broker
