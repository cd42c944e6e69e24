#include <algorithm>
#include <map>
#include <set>

#include "history.h"

namespace braid::anomalies {
namespace {

using Place = std::pair<int, std::int64_t>;   // partition, offset

class Checker {
 public:
  explicit Checker(const History& history) : h_(history) {
    for (const auto& send : h_.sends) by_value_[send.value] = &send;
    for (const auto* reads : {&h_.log, &h_.committed_log, &h_.reads})
      for (const auto& read : *reads)
        if (read.offset >= 0) see({read.partition, read.offset}, read.value);
    for (const auto& read : h_.log) log_[{read.partition, read.offset}] = read.value;
    for (const auto& read : h_.committed_log) committed_[{read.partition, read.offset}] = read.value;
    for (const auto& [place, value] : log_) where_.emplace(value, place);
  }

  std::vector<Anomaly> run() {
    acknowledged();
    transactions();
    isolation();
    polls();
    order();
    cycles();
    return std::move(found_);
  }

 private:
  void add(std::string kind, std::string what) {
    if (found_.size() < 100) found_.push_back({std::move(kind), std::move(what)});
  }
  static std::string text(const Place& p) { return std::to_string(p.first) + "-" + std::to_string(p.second); }
  static std::string text(std::int64_t value) { return "value " + std::to_string(value); }

  // One value at one place, one place with one value, and nothing that nobody sent: over everything that anybody saw.
  void see(const Place& place, std::int64_t value) {
    if (const auto [it, fresh] = value_at_.emplace(place, value); !fresh && it->second != value)
      add("inconsistent-offsets", "at " + text(place) + " somebody saw " + text(it->second) + ", somebody " + text(value));
    if (const auto [it, fresh] = place_of_.emplace(value, place); !fresh && it->second != place)
      add("duplicate", text(value) + " was seen at " + text(it->second) + " and at " + text(place));
    if (!by_value_.contains(value)) add("phantom", text(value) + " at " + text(place) + " was never sent");
  }

  bool committed(const Send& send) const { return send.transaction < 0 || h_.transactions[std::size_t(send.transaction)].outcome == Outcome::ok; }
  bool aborted(const Send& send) const { return send.transaction >= 0 && h_.transactions[std::size_t(send.transaction)].outcome == Outcome::failed; }

  void acknowledged() {
    std::map<int, std::int64_t> last;
    for (const auto& [place, value] : log_) last[place.first] = std::max(last[place.first], place.second);
    std::map<Place, std::int64_t> promised;
    for (const auto& send : h_.sends) {
      if (send.outcome != Outcome::ok) continue;
      const Place place{send.partition, send.offset};
      if (const auto [it, fresh] = promised.emplace(place, send.value); !fresh) add("inconsistent-offsets", "offset " + text(place) + " was acknowledged for " + text(it->second) + " and for " + text(send.value));
      const auto found = where_.find(send.value);
      if (found != where_.end()) {
        if (found->second != place) add("misplaced", text(send.value) + " was acknowledged at " + text(place) + " and stands at " + text(found->second));
      } else {
        const bool passed = last.contains(send.partition) && last[send.partition] > send.offset;
        add(passed ? "lost-write" : "unseen", text(send.value) + ", acknowledged at " + text(place) + ", is not in the log" + (passed ? "; newer ones are" : ""));
      }
      if (committed(send) && !value_committed(send.value) && found != where_.end()) add("lost-write", text(send.value) + " at " + text(place) + " is committed, and readers of committed records do not get it");
    }
  }
  bool value_committed(std::int64_t value) const {
    const auto found = where_.find(value);
    return found != where_.end() && committed_.contains(found->second);
  }

  // All of a transaction or nothing, also where nobody knows what became of it.
  void transactions() {
    std::vector<std::pair<int, int>> counts(h_.transactions.size());   // visible, and sent for certain
    for (const auto& send : h_.sends) {
      if (send.transaction < 0 || send.outcome != Outcome::ok) continue;
      auto& [visible, sent] = counts[std::size_t(send.transaction)];
      visible += value_committed(send.value);
      ++sent;
    }
    for (std::size_t t = 0; t < counts.size(); ++t) {
      const auto [visible, sent] = counts[t];
      if (visible != 0 && visible != sent)
        add("torn-transaction", "of the " + std::to_string(sent) + " records of transaction " + std::to_string(t) + " readers of committed records get " + std::to_string(visible));
    }
  }

  void isolation() {
    const auto look = [&](const Read& read) {
      const auto sent = by_value_.find(read.value);
      if (read.offset < 0 || !read.committed_only || sent == by_value_.end()) return;
      if (aborted(*sent->second)) add("aborted-read", "consumer " + std::to_string(read.consumer) + " got " + text(read.value) + ", whose transaction was aborted");
      if (sent->second->transaction < 0 || read.at == 0) return;
      const auto asked = h_.transactions[std::size_t(sent->second->transaction)].commit_asked_at;
      if (asked < 0 || read.at < asked) add("precommitted-read", "consumer " + std::to_string(read.consumer) + " got " + text(read.value) + " before anybody asked to commit it");
    };
    for (const auto& read : h_.reads) look(read);
    for (auto read : h_.committed_log) {
      read.committed_only = true;
      look(read);
    }
  }

  void polls() {
    std::map<std::pair<int, int>, std::int64_t> position;   // consumer, partition -> the last offset it got
    for (const auto& read : h_.reads) {
      const std::pair key{read.consumer, read.partition};
      if (read.offset < 0) {
        position.erase(key);
        continue;
      }
      const auto before = position.find(key);
      if (before != position.end()) {
        if (read.offset <= before->second)
          add("nonmonotonic-poll", "consumer " + std::to_string(read.consumer) + " got " + text(Place{read.partition, read.offset}) + " after " + std::to_string(before->second));
        const auto& visible = read.committed_only ? committed_ : log_;
        const auto next = visible.upper_bound({read.partition, before->second});
        if (next != visible.end() && next->first < Place{read.partition, read.offset})
          add("poll-skip", "consumer " + std::to_string(read.consumer) + " went from " + std::to_string(before->second) + " to " + text(Place{read.partition, read.offset}) + " and left out " +
                               std::to_string(next->first.second));
      }
      position[key] = read.offset;
    }
  }

  // What one producer sends to one partition stands in the order in which it was sent.
  void order() {
    std::map<std::pair<int, int>, std::pair<std::int64_t, std::int64_t>> last;   // producer, partition -> offset, value
    for (const auto& send : h_.sends) {
      const auto found = where_.find(send.value);
      if (found == where_.end()) continue;
      const auto [it, fresh] = last.try_emplace({send.producer, send.partition}, found->second.second, send.value);
      if (!fresh && found->second.second < it->second.first)
        add("nonmonotonic-send", "producer " + std::to_string(send.producer) + " sent " + text(it->second.second) + " and then " + text(send.value) + ", which stands before it in partition " + std::to_string(send.partition));
      it->second = {std::max(it->second.first, found->second.second), send.value};
    }
  }

  // Two transactions cannot both have read what the other wrote (G1c; only reads count, since writes of transactions may interleave in Kafka).
  void cycles() {
    std::map<int, std::set<int>> reads_from;
    for (const auto& read : h_.reads) {
      const auto sent = by_value_.find(read.value);
      if (read.offset < 0 || read.transaction < 0 || !read.committed_only || sent == by_value_.end()) continue;
      if (sent->second->transaction >= 0 && sent->second->transaction != read.transaction) reads_from[read.transaction].insert(sent->second->transaction);
    }
    std::map<int, int> state;   // 1: on the way, 2: done
    const auto visit = [&](const auto& self, int t) -> bool {
      if (state[t] != 0) return state[t] == 1;
      state[t] = 1;
      for (const int from : reads_from[t])
        if (self(self, from)) return true;
      state[t] = 2;
      return false;
    };
    std::vector<int> all;
    for (const auto& [t, from] : reads_from) all.push_back(t);
    for (const int t : all)
      if (state[t] == 0 && visit(visit, t)) return add("read-cycle", "transaction " + std::to_string(t) + " read what was written by one that depends on it");
  }

  const History& h_;
  std::map<std::int64_t, const Send*> by_value_;
  std::map<Place, std::int64_t> value_at_, log_, committed_;
  std::map<std::int64_t, Place> place_of_, where_;
  std::vector<Anomaly> found_;
};

}  // namespace

std::vector<Anomaly> check(const History& history) { return Checker(history).run(); }

}  // namespace braid::anomalies
