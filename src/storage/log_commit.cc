// The way to the disk: what shards queue, the commit thread writes as groups and reports back. See log_impl.h for who touches what.
#include <algorithm>

#include "base/log.h"
#include "storage/log_impl.h"
#include "base/limits/event_log.h"

namespace braid::storage {
namespace {

// An entry with its length in front; `following` bytes of a batch come behind it.
Bytes framed(const Entry& entry, std::size_t following) {
  const auto body = encode(entry);
  Bytes out;
  out.reserve(4 + body.size());
  Writer writer(out);
  writer.le(std::uint32_t(body.size() + following));
  writer.bytes(body);
  return out;
}

std::size_t size_of(const CommitItem& item) { return item.entry.size() + (item.batch ? item.batch->size() : 0); }

}  // namespace

Numbers::Numbers(Metrics& m)
    : groups(m.counter("braid_log_commits_total", "groups written to the write-ahead log, one sync each")),
      bytes(m.counter("braid_log_commit_bytes_total", "bytes of these groups")),
      failures(m.counter("braid_log_commit_failures_total", "groups that could not be written")),
      checkpoints(m.counter("braid_log_checkpoints_total", "checkpoints written")),
      compactions(m.counter("braid_log_compactions_total", "compactions of a partition")),
      compacted_bytes(m.counter("braid_log_compacted_bytes_total", "bytes that compactions freed")),
      wal_bytes(m.gauge("braid_log_wal_bytes", "bytes of the write-ahead log that a start may have to replay")),
      unflushed_bytes(m.gauge("braid_log_unflushed_bytes", "acknowledged bytes that are not in segments yet")),
      stored_bytes(m.gauge("braid_log_bytes", "bytes in all partitions")),
      topics(m.gauge("braid_log_topics", "topics")),
      partitions(m.gauge("braid_log_partitions", "partitions")),
      writable(m.gauge("braid_log_writable", "1 while appends are taken, 0 while the disk refuses them")),
      commit_seconds(m.histogram("braid_log_commit_seconds", "time to write and sync one group", {0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5})) {
  writable.set(1);
}

void LogImpl::enqueue(CommitItem item) {
  if (inbox_.push(std::move(item)) && committer_)
    committer_->post([this] {
      while (commit_step()) {}
    });
}

void LogImpl::enqueue_batch(Owner& owner, const PartitionPtr& partition, std::shared_ptr<const Bytes> batch, std::int64_t end, bool durable) {
  CommitItem item;
  item.entry = framed(BatchEntry{partition->topic, partition->number, {}}, batch->size());
  item.batch = std::move(batch);
  item.partition = partition;
  item.end = end;
  item.era = owner.era;
  item.durable = durable;
  enqueue(std::move(item));
}

namespace {
struct EntryAwaiter {
  std::function<void(std::coroutine_handle<>)> start;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) { start(h); }
  void await_resume() const noexcept {}
};
}  // namespace

io::Task<Result<std::uint64_t>> LogImpl::commit_entry(Entry entry) {
  EntryWait wait{*io::Shard::current()};
  EntryAwaiter awaiter{[&](std::coroutine_handle<> h) {   // runs before the coroutine leaves this frame
    wait.handle = h;
    CommitItem item;
    item.entry = framed(entry, 0);
    item.wait = &wait;
    enqueue(std::move(item));
  }};
  co_await awaiter;
  co_return std::move(wait.outcome);
}

io::Task<Result<std::uint64_t>> LogImpl::commit_mark(std::uint64_t trim_to) {
  EntryWait wait{*io::Shard::current()};
  EntryAwaiter awaiter{[&](std::coroutine_handle<> h) {
    wait.handle = h;
    CommitItem item;
    item.wait = &wait;
    item.trim_to = trim_to;
    enqueue(std::move(item));
  }};
  co_await awaiter;
  co_return std::move(wait.outcome);
}

bool LogImpl::commit_step() {
  for (auto& item : inbox_.take_all()) backlog_.push_back(std::move(item));
  if (backlog_.empty()) return false;
  std::vector<CommitItem> group;
  std::size_t bytes = 0;
  while (!backlog_.empty() && (group.empty() || bytes + size_of(backlog_.front()) <= limits::commit_group_bytes_max)) {
    bytes += size_of(backlog_.front());
    group.push_back(std::move(backlog_.front()));
    backlog_.pop_front();
  }
  write_group(group);
  return true;
}

void LogImpl::write_group(std::vector<CommitItem>& items) {
  // Of an era that ended with a failure: their partitions have rolled them back, or are about to.
  std::erase_if(items, [&](const CommitItem& item) { return item.partition && item.era < required_era_; });
  const bool batches = std::ranges::any_of(items, [](const CommitItem& item) { return item.partition != nullptr; });
  if (batches) {
    if (auto space = check_space(); !space) {
      refuse_batches(items, space.error());
      if (!out_of_room_.exchange(true)) shards_.control().post([this] { maintain_.notify_all(); });
    } else {
      out_of_room_ = false;
    }
  }
  std::vector<BytesView> pieces;
  std::uint32_t entries = 0;
  std::uint64_t bytes = 0;
  for (const auto& item : items) {
    if (item.entry.empty()) continue;
    ++entries;
    pieces.emplace_back(item.entry);
    if (item.batch) pieces.emplace_back(*item.batch);
    bytes += size_of(item);
  }
  const auto begun_ns = clock_.monotonic_ns();
  if (entries > 0) {
    auto written = wal_->append(pieces, entries);
    if (written) {
      complete_early(items);
      if (std::ranges::any_of(items, [](const CommitItem& item) { return !item.entry.empty(); })) written = wal_->sync();
    }
    if (!written) {
      refuse_batches(items, written.error());
      for (auto& item : items)
        if (!item.entry.empty()) item.wait->outcome = std::unexpected(written.error());
    } else if (failed_.load() != nullptr && !wal_->broken() && !out_of_room_) {   // what makes room is written even then
      failed_.store(nullptr);
      log::info("event_log_writable_again");
    }
    if (numbers_) {
      numbers_->groups.add();
      numbers_->bytes.add(double(bytes));
      numbers_->commit_seconds.observe(double(clock_.monotonic_ns() - begun_ns) * 1e-9);
    }
  }
  for (const auto& item : items)
    if (item.trim_to > 0) {
      if (auto trimmed = wal_->trim(item.trim_to); !trimmed) item.wait->outcome = std::unexpected(std::move(trimmed).error());
      bytes_since_checkpoint_ = 0;
    }
  wal_bytes_ = wal_->bytes();
  last_group_ = wal_->last_group();
  bytes_since_checkpoint_ += bytes;
  if (bytes_since_checkpoint_ >= options_.wal_file_bytes && !checkpoint_wanted_.exchange(true)) shards_.control().post([this] { maintain_.notify_all(); });
  if (numbers_) {
    const auto now = status();
    numbers_->wal_bytes.set(double(now.wal_bytes));
    numbers_->unflushed_bytes.set(double(now.unflushed_bytes));
    numbers_->stored_bytes.set(double(now.bytes));
    numbers_->writable.set(now.failed.empty() ? 1 : 0);
  }
  complete(items, wal_->last_group());
}

Result<void> LogImpl::check_space() {
  TRY(const auto free, files_.free_bytes(options_.directory));
  if (free >= options_.free_bytes_min) return {};
  return fail(ErrorCode::io, "the disk of " + options_.directory + " has only " + std::to_string(free / limits::MiB) + " MiB left, appends are refused below " +
                                 std::to_string(options_.free_bytes_min / limits::MiB) + " MiB", "free some space on that disk, or shorten the retention of large topics");
}

// Nobody may write, so that nobody finds out: readiness and metrics must not wait for that. Control shard.
void LogImpl::look_for_room() {
  if (!check_space()) return;
  out_of_room_ = false;
  failed_.store(nullptr);
  if (numbers_) numbers_->writable.set(1);
  log::info("event_log_writable_again");
}

// Takes the batches out of the group and has every partition forget what is not on disk.
void LogImpl::refuse_batches(std::vector<CommitItem>& items, const Error& why) {
  if (failed_.load() == nullptr) log::error("event_log_not_writable", {{"why", why.message}, {"hint", why.hint}});
  failed_.store(std::make_shared<const std::string>(why.message));
  if (numbers_) numbers_->failures.add();
  std::erase_if(items, [](const CommitItem& item) { return item.partition != nullptr; });
  const auto era = ++required_era_;
  for (auto& owner : owners_)
    owner->shard.post([owner = owner.get(), era, why] {
      owner->era = era;
      const std::vector<PartitionPtr> partitions(owner->partitions.begin(), owner->partitions.end());   // a waiter may change the set
      for (const auto& partition : partitions)
        if (partition->log_end() > partition->high_watermark()) partition->roll_back(why);
      // Only now: who waits may append at once, and would be given an offset of a partition that is still to be rolled back.
      for (const auto& partition : partitions) partition->resume_waits();
    });
}

// Batches of topics that do not wait for the disk; except behind one of the same partition that does, whose offsets would be shown with theirs.
void LogImpl::complete_early(std::vector<CommitItem>& items) {
  if (std::ranges::all_of(items, [](const CommitItem& item) { return item.durable; })) return;
  std::vector<CommitItem> early, rest;
  std::unordered_set<const Partition*> waiting;
  for (auto& item : items) {
    const bool waits = item.durable || waiting.contains(item.partition.get());
    if (waits && item.partition) waiting.insert(item.partition.get());
    (waits ? rest : early).push_back(std::move(item));
  }
  items = std::move(rest);
  if (!early.empty()) complete(early, wal_->last_group());
}

void LogImpl::complete(std::vector<CommitItem>& items, std::uint64_t group) {
  std::vector<std::vector<std::pair<PartitionPtr, std::int64_t>>> done(owners_.size());
  for (auto& item : items)
    if (item.partition) {
      auto& list = done[std::size_t(item.partition->shard)];
      if (!list.empty() && list.back().first == item.partition) list.back().second = item.end;
      else list.emplace_back(std::move(item.partition), item.end);
    }
  for (std::size_t i = 0; i < done.size(); ++i) {
    if (done[i].empty()) continue;
    owners_[i]->shard.post([list = std::move(done[i])] {
      for (const auto& [partition, end] : list) partition->committed(end);
    });
  }
  // After the batches, so that who waited for a mark finds everything before it applied.
  for (auto& item : items)
    if (item.wait != nullptr) {
      if (item.wait->outcome) item.wait->outcome = group;
      item.wait->home.post([handle = item.wait->handle] { handle.resume(); });
    }
}

}  // namespace braid::storage
