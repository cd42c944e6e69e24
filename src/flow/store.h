// The state of one task: tables (key -> row) and windowed stores (key, two numbers -> row, with an index by the first number). In memory.
// Every store knows which entries changed since the last commit, so that a commit writes only those (snapshot.h).
// Keys are bytes made by codec.h. One shard; not thread-safe. Pointers to entries are valid until the next change of that store.
#pragma once
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "data/value.h"

namespace braid::flow {

struct BytesHash {
  using is_transparent = void;
  std::size_t operator()(BytesView b) const;
};
template <class V> using BytesMap = boost::unordered_flat_map<Bytes, V, BytesHash, std::equal_to<>>;

// A change for the snapshot: an empty payload means that the entry is gone.
using ChangeSink = std::function<void(BytesView key, std::optional<BytesView> payload)>;

class Store {
 public:
  virtual ~Store() = default;
  virtual void drain_changes(const ChangeSink& sink) = 0;   // and forgets them
  virtual void all(const ChangeSink& sink) const = 0;
  virtual Result<void> restore(BytesView key, std::optional<BytesView> payload) = 0;
  virtual std::size_t entries() const = 0;
  virtual std::size_t bytes() const = 0;                     // estimate of the memory in use
  bool tracking = true;                                      // false: nobody takes snapshots, so changes are not noted
};

class TableStore final : public Store {
 public:
  struct Entry {
    data::Values row;
    std::int64_t time = 0;
    std::uint32_t epoch = 0;
  };
  const Entry* find(BytesView key) const;
  void put(BytesView key, data::Values row, std::int64_t time);
  void erase(BytesView key);
  void for_each(const std::function<void(BytesView key, const Entry&)>& f) const;

  void drain_changes(const ChangeSink& sink) override;
  void all(const ChangeSink& sink) const override;
  Result<void> restore(BytesView key, std::optional<BytesView> payload) override;
  std::size_t entries() const override { return map_.size(); }
  std::size_t bytes() const override { return bytes_; }

 private:
  BytesMap<Entry> map_;
  std::vector<Bytes> changed_;
  std::uint32_t epoch_ = 1;
  std::size_t bytes_ = 0;
};

// Entries of a key are ordered by (first, second): a time window's (start, 0), a session's (end, start), a joined record's (time, number).
class WindowedStore final : public Store {
 public:
  struct Entry {
    std::int64_t first = 0, second = 0;
    data::Values row;
    std::int64_t time = 0;
    std::uint32_t epoch = 0;
  };
  static constexpr std::int64_t none = std::numeric_limits<std::int64_t>::min();

  // Times that belong to the state: the owner sets them, a snapshot keeps them.
  std::int64_t stream_time = none;
  std::int64_t emitted_to = none;               // EMIT FINAL: windows that ended up to here have been given out

  std::vector<Entry>* of_key(BytesView key);                       // ordered; null when there are none
  Entry* find(BytesView key, std::int64_t first, std::int64_t second);
  void put(BytesView key, std::int64_t first, std::int64_t second, data::Values row, std::int64_t time);
  void erase(BytesView key, std::int64_t first, std::int64_t second);
  // Erases entries whose `first` is below the bound.
  void expire(std::int64_t bound);
  // In the order of (first, key, second), with from <= first <= to. `f` must not change the store.
  void scan(std::int64_t from, std::int64_t to, const std::function<void(BytesView key, const Entry&)>& f);
  void for_each(const std::function<void(BytesView key, const Entry&)>& f) const;

  void drain_changes(const ChangeSink& sink) override;
  void all(const ChangeSink& sink) const override;
  Result<void> restore(BytesView key, std::optional<BytesView> payload) override;
  std::size_t entries() const override { return count_; }
  std::size_t bytes() const override { return bytes_; }

 private:
  struct Place { Bytes key; std::int64_t second; };
  void note(BytesView key, std::int64_t first, std::int64_t second);
  void remove(BytesView key, std::int64_t first, std::int64_t second);

  BytesMap<std::vector<Entry>> map_;
  std::map<std::int64_t, std::vector<Place>> by_first_;   // may name entries that are gone
  std::vector<Bytes> changed_;
  std::uint32_t epoch_ = 1;
  std::size_t bytes_ = 0, count_ = 0;
  std::int64_t saved_stream_time_ = none, saved_emitted_to_ = none;
};

// All stores of a task, by name. A store is made when it is first asked for.
class StoreSet {
 public:
  explicit StoreSet(bool tracking = true) : tracking_(tracking) {}
  TableStore& table(const std::string& name);
  WindowedStore& windowed(const std::string& name);
  Result<Store*> named(const std::string& full_name);          // "t:..." or "w:..."
  const std::map<std::string, std::unique_ptr<Store>>& all() const { return stores_; }
  std::size_t bytes() const;
  std::size_t entries() const;

 private:
  bool tracking_;
  std::map<std::string, std::unique_ptr<Store>> stores_;
};

}  // namespace braid::flow
