#include "flow/store.h"

#include <xxhash.h>

#include <algorithm>

#include "flow/codec.h"

namespace braid::flow {

std::size_t BytesHash::operator()(BytesView b) const { return XXH3_64bits(b.data(), b.size()); }

namespace {

constexpr std::size_t entry_overhead_bytes = 48;   // of the hash table and the entry's own fields

Bytes payload_of(const data::Values& row, std::int64_t time) {
  Bytes out;
  Writer(out).be(time);
  append_row(out, row);
  return out;
}

}  // namespace

const TableStore::Entry* TableStore::find(BytesView key) const {
  const auto it = map_.find(key);
  return it == map_.end() ? nullptr : &it->second;
}

void TableStore::put(BytesView key, data::Values row, std::int64_t time) {
  auto it = map_.find(key);
  if (it == map_.end()) {
    it = map_.emplace(Bytes(key), Entry{}).first;
    bytes_ += key.size() + entry_overhead_bytes;
  } else {
    bytes_ -= weight(it->second.row);
  }
  bytes_ += weight(row);
  it->second.row = std::move(row);
  it->second.time = time;
  if (tracking && it->second.epoch != epoch_) {
    it->second.epoch = epoch_;
    changed_.emplace_back(key);
  }
}

void TableStore::erase(BytesView key) {
  const auto it = map_.find(key);
  if (it == map_.end()) return;
  if (tracking) changed_.emplace_back(key);
  bytes_ -= std::min(bytes_, it->first.size() + entry_overhead_bytes + weight(it->second.row));
  map_.erase(it);
}

void TableStore::for_each(const std::function<void(BytesView, const Entry&)>& f) const {
  for (const auto& [key, entry] : map_) f(key, entry);
}

void TableStore::drain_changes(const ChangeSink& sink) {
  std::sort(changed_.begin(), changed_.end());
  changed_.erase(std::unique(changed_.begin(), changed_.end()), changed_.end());
  for (const auto& key : changed_) {
    const Entry* entry = find(key);
    if (entry) sink(key, payload_of(entry->row, entry->time));
    else sink(key, std::nullopt);
  }
  changed_.clear();
  ++epoch_;
}

void TableStore::all(const ChangeSink& sink) const {
  for (const auto& [key, entry] : map_) sink(key, payload_of(entry.row, entry.time));
}

Result<void> TableStore::restore(BytesView key, std::optional<BytesView> payload) {
  const bool was = std::exchange(tracking, false);
  if (!payload) {
    erase(key);
  } else {
    Reader in(*payload);
    const auto time = in.be<std::int64_t>();
    auto row = take_row(in);
    if (!row) {
      tracking = was;
      return std::unexpected(std::move(row).error());
    }
    put(key, *std::move(row), time);
  }
  tracking = was;
  return {};
}

// --- windowed ---

namespace {
Bytes full_key(BytesView key, std::int64_t first, std::int64_t second) {
  Bytes out(key);
  Writer w(out);
  w.be(first);
  w.be(second);
  return out;
}
struct Split { BytesView key; std::int64_t first, second; };
Split split(BytesView full) {
  const std::size_t n = full.size() - 16;
  return {full.substr(0, n), load_be<std::int64_t>(full.data() + n), load_be<std::int64_t>(full.data() + n + 8)};
}
auto place_of(std::vector<WindowedStore::Entry>& entries, std::int64_t first, std::int64_t second) {
  return std::lower_bound(entries.begin(), entries.end(), std::pair(first, second),
                          [](const auto& e, const auto& p) { return std::pair(e.first, e.second) < p; });
}
}  // namespace

std::vector<WindowedStore::Entry>* WindowedStore::of_key(BytesView key) {
  const auto it = map_.find(key);
  return it == map_.end() ? nullptr : &it->second;
}

WindowedStore::Entry* WindowedStore::find(BytesView key, std::int64_t first, std::int64_t second) {
  auto* entries = of_key(key);
  if (!entries) return nullptr;
  // Nearly always it is the newest window.
  if (!entries->empty() && entries->back().first == first && entries->back().second == second) return &entries->back();
  const auto it = place_of(*entries, first, second);
  return it != entries->end() && it->first == first && it->second == second ? &*it : nullptr;
}

void WindowedStore::note(BytesView key, std::int64_t first, std::int64_t second) {
  if (tracking) changed_.push_back(full_key(key, first, second));
}

void WindowedStore::put(BytesView key, std::int64_t first, std::int64_t second, data::Values row, std::int64_t time) {
  if (Entry* entry = find(key, first, second)) {
    bytes_ += weight(row);
    bytes_ -= std::min(bytes_, weight(entry->row));
    entry->row = std::move(row);
    entry->time = time;
    if (entry->epoch != epoch_) {
      entry->epoch = epoch_;
      note(key, first, second);
    }
    return;
  }
  auto it = map_.find(key);
  if (it == map_.end()) {
    it = map_.emplace(Bytes(key), std::vector<Entry>{}).first;
    bytes_ += key.size() + entry_overhead_bytes;
  }
  bytes_ += sizeof(Entry) + weight(row) + key.size() + sizeof(Place);
  ++count_;
  it->second.insert(place_of(it->second, first, second), Entry{first, second, std::move(row), time, epoch_});
  by_first_[first].push_back({Bytes(key), second});
  note(key, first, second);
}

void WindowedStore::remove(BytesView key, std::int64_t first, std::int64_t second) {
  const auto it = map_.find(key);
  if (it == map_.end()) return;
  const auto at = place_of(it->second, first, second);
  if (at == it->second.end() || at->first != first || at->second != second) return;
  note(key, first, second);
  bytes_ -= std::min(bytes_, sizeof(Entry) + weight(at->row) + key.size() + sizeof(Place));
  --count_;
  it->second.erase(at);
  if (it->second.empty()) {
    bytes_ -= std::min(bytes_, key.size() + entry_overhead_bytes);
    map_.erase(it);
  }
}

void WindowedStore::erase(BytesView key, std::int64_t first, std::int64_t second) {
  remove(key, first, second);
  const auto bucket = by_first_.find(first);
  if (bucket == by_first_.end()) return;
  std::erase_if(bucket->second, [&](const Place& p) { return p.second == second && p.key == key; });
  if (bucket->second.empty()) by_first_.erase(bucket);
}

void WindowedStore::expire(std::int64_t bound) {
  while (!by_first_.empty() && by_first_.begin()->first < bound) {
    const std::int64_t first = by_first_.begin()->first;
    const auto places = std::move(by_first_.begin()->second);
    by_first_.erase(by_first_.begin());
    for (const auto& p : places) remove(p.key, first, p.second);
  }
}

void WindowedStore::scan(std::int64_t from, std::int64_t to, const std::function<void(BytesView, const Entry&)>& f) {
  if (from > to) return;
  for (auto it = by_first_.lower_bound(from); it != by_first_.end() && it->first <= to; ++it) {
    auto& places = it->second;
    std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) { return std::tie(a.key, a.second) < std::tie(b.key, b.second); });
    for (const auto& p : places)
      if (const Entry* entry = find(p.key, it->first, p.second)) f(p.key, *entry);
  }
}

void WindowedStore::for_each(const std::function<void(BytesView, const Entry&)>& f) const {
  for (const auto& [key, entries] : map_)
    for (const auto& entry : entries) f(key, entry);
}

void WindowedStore::drain_changes(const ChangeSink& sink) {
  std::sort(changed_.begin(), changed_.end());
  changed_.erase(std::unique(changed_.begin(), changed_.end()), changed_.end());
  for (const auto& full : changed_) {
    const auto [key, first, second] = split(full);
    const Entry* entry = find(key, first, second);
    if (entry) sink(full, payload_of(entry->row, entry->time));
    else sink(full, std::nullopt);
  }
  changed_.clear();
  ++epoch_;
  if (saved_stream_time_ != stream_time || saved_emitted_to_ != emitted_to) {
    sink({}, payload_of({data::Value(emitted_to)}, stream_time));
    saved_stream_time_ = stream_time;
    saved_emitted_to_ = emitted_to;
  }
}

void WindowedStore::all(const ChangeSink& sink) const {
  for (const auto& [key, entries] : map_)
    for (const auto& e : entries) sink(full_key(key, e.first, e.second), payload_of(e.row, e.time));
  sink({}, payload_of({data::Value(emitted_to)}, stream_time));
}

Result<void> WindowedStore::restore(BytesView full, std::optional<BytesView> payload) {
  if (full.size() < 16 && !full.empty()) return fail(ErrorCode::corrupt, "the key of a stored window is cut short");
  data::Values row;
  std::int64_t time = 0;
  if (payload) {
    Reader in(*payload);
    time = in.be<std::int64_t>();
    TRY(row, take_row(in));
  }
  if (full.empty()) {
    if (row.size() != 1 || !row[0].holds<std::int64_t>()) return fail(ErrorCode::corrupt, "the times of a windowed store are unreadable");
    stream_time = saved_stream_time_ = time;
    emitted_to = saved_emitted_to_ = row[0].bigint();
    return {};
  }
  const auto [key, first, second] = split(full);
  const bool was = std::exchange(tracking, false);
  if (payload) put(key, first, second, std::move(row), time);
  else erase(key, first, second);
  tracking = was;
  return {};
}

// --- set ---

TableStore& StoreSet::table(const std::string& name) {
  auto& slot = stores_["t:" + name];
  if (!slot) {
    slot = std::make_unique<TableStore>();
    slot->tracking = tracking_;
  }
  return static_cast<TableStore&>(*slot);
}

WindowedStore& StoreSet::windowed(const std::string& name) {
  auto& slot = stores_["w:" + name];
  if (!slot) {
    slot = std::make_unique<WindowedStore>();
    slot->tracking = tracking_;
  }
  return static_cast<WindowedStore&>(*slot);
}

Result<Store*> StoreSet::named(const std::string& full_name) {
  if (full_name.starts_with("t:")) return &table(full_name.substr(2));
  if (full_name.starts_with("w:")) return &windowed(full_name.substr(2));
  return fail(ErrorCode::corrupt, "the snapshot names a store of unknown kind: '" + full_name + "'");
}

std::size_t StoreSet::bytes() const {
  std::size_t out = 0;
  for (const auto& [name, store] : stores_) out += store->bytes();
  return out;
}
std::size_t StoreSet::entries() const {
  std::size_t out = 0;
  for (const auto& [name, store] : stores_) out += store->entries();
  return out;
}

}  // namespace braid::flow
