// Reading: from the tail without waiting, from segment files in the reader pool. And the marks of a partition.
#include <algorithm>

#include "storage/log_impl.h"
#include "base/limits/event_log.h"

namespace braid::storage {
namespace {

struct FileRead {
  Result<SegmentRead> read = fail(ErrorCode::bug, "not read");
  std::shared_ptr<io::File> file;
  std::shared_ptr<const SegmentIndex> index;
};
struct FileTime {
  Result<std::optional<RecordTime>> found = fail(ErrorCode::bug, "not read");
  std::shared_ptr<io::File> file;
  std::shared_ptr<const SegmentIndex> index;
};

// Opens the file and loads its index where that was not done yet. Any thread.
Result<void> prepare(io::FileSystem& files, const SegmentPlan& plan, std::shared_ptr<io::File>& file, std::shared_ptr<const SegmentIndex>& index) {
  if (!file) {
    auto opened = files.open(plan.path, io::OpenMode::read);
    if (!opened && opened.error().code == ErrorCode::not_found)
      return fail(ErrorCode::corrupt, plan.path + " is missing, " + std::to_string(plan.info.size) + " bytes were written", "restore the file from a backup and start the node again");
    if (!opened) return std::unexpected(std::move(opened).error());
    file = *std::move(opened);
  }
  if (index) return {};
  if (!plan.index_path.empty())
    if (auto bytes = files.read_file(plan.index_path))
      if (auto known = decode_index(*bytes, plan.info)) {
        index = std::make_shared<const SegmentIndex>(*std::move(known));
        return {};
      }
  TRY(auto built, build_index(*file, plan.path, plan.info));
  index = std::make_shared<const SegmentIndex>(std::move(built));
  return {};
}

FileRead read_now(io::FileSystem& files, const SegmentPlan& plan, std::shared_ptr<io::File> file, std::size_t bytes_max, bool at_least_one) {
  FileRead out;
  out.file = std::move(file);
  out.index = plan.index;
  if (auto ready = prepare(files, plan, out.file, out.index); !ready) {
    out.read = std::unexpected(std::move(ready).error());
    return out;
  }
  out.read = read_segment(*out.file, plan.path, plan.info, *out.index, plan.from, plan.limit, bytes_max, at_least_one);
  return out;
}

FileTime find_time_now(io::FileSystem& files, const SegmentPlan& plan, std::shared_ptr<io::File> file, std::int64_t timestamp_ms, std::int64_t log_start) {
  FileTime out;
  out.file = std::move(file);
  out.index = plan.index;
  if (auto ready = prepare(files, plan, out.file, out.index); !ready) {
    out.found = std::unexpected(std::move(ready).error());
    return out;
  }
  out.found = find_time(*out.file, plan.path, plan.info, *out.index, timestamp_ms, log_start, plan.limit);
  return out;
}

std::unexpected<Failure> deleted(const Partition& partition) {
  return refuse(Reason::unknown_topic_or_partition, "topic " + partition.topic_name + " was deleted");
}

}  // namespace

std::shared_ptr<io::File> LogImpl::opened(Owner& owner, const std::string& path) {
  const auto at = owner.open_files.find(path);
  return at == owner.open_files.end() ? nullptr : at->second;
}
void LogImpl::keep_open(Owner& owner, const std::string& path, std::shared_ptr<io::File> file) {
  if (!file) return;
  // Any of them may go: opening again costs microseconds, keeping an order would cost on every read.
  if (owner.open_files.size() >= limits::open_segments_max / std::size_t(shards_.size())) owner.open_files.erase(owner.open_files.begin());
  owner.open_files[path] = std::move(file);
}

io::Task<Result<SegmentRead>> LogImpl::read_file(PartitionPtr partition, SegmentPlan plan, std::size_t bytes_max, bool at_least_one) {
  auto& owner = owner_of(*partition);
  auto reading = run_in(readers_.get(), [this, plan, file = opened(owner, plan.path), bytes_max, at_least_one] { return read_now(files_, plan, file, bytes_max, at_least_one); });
  auto done = co_await std::move(reading);
  if (!partition->gone()) {
    keep_open(owner, plan.path, std::move(done.file));
    if (done.index) partition->keep_index(plan.info, std::move(done.index));
    if (!done.read && done.read.error().code == ErrorCode::corrupt && plan.from >= partition->log_start() && partition->has_segment(plan.info)) partition->set_damage(done.read.error());
  }
  co_return std::move(done.read);
}

io::Task<LogResult<ReadOutcome>> LogImpl::read(TopicPtr topic, PartitionId number, Offset from, ReadOptions options) {
  CO_TRY(auto partition, find(topic, number));
  auto there = owner_of(*partition).shard.on([this, partition, from, options] { return read_here(partition, from, options); });
  co_return co_await std::move(there);
}

// A topic is unpublished first, then its shards are told and its files go: in between a read may find them missing.
bool LogImpl::is_going(const Partition& partition) const { return !topics_.load()->find(partition.topic); }

io::Task<LogResult<ReadOutcome>> LogImpl::read_here(PartitionPtr partition, Offset from, ReadOptions options) {
  if (partition->gone()) co_return deleted(*partition);
  if (options.current_leader_epoch >= 0 && options.current_leader_epoch != epoch_)
    co_return refuse(options.current_leader_epoch < epoch_ ? Reason::fenced_leader_epoch : Reason::unknown_leader_epoch,
                     "the leader epoch of " + partition->name() + " is " + std::to_string(epoch_) + ", not " + std::to_string(options.current_leader_epoch));
  CO_TRY_VOID(partition->check_range(from.value));
  if (partition->damage()) co_return std::unexpected(Failure(Reason::storage_failed, *partition->damage()));
  ReadOutcome out;
  out.next = from;
  const auto limit = partition->limit(options.isolation);
  // Compaction may have left nothing at `from`: then on to the next segment, up to the first batch or the limit.
  while (out.pieces.empty() && out.next.value < limit) {
    if (partition->in_tail(out.next.value)) {
      partition->read_tail(out.next.value, limit, options.bytes_max, options.at_least_one, out);
      if (options.isolation == Isolation::read_committed) out.aborted = partition->transactions().aborted(from.value, out.next.value);
      break;
    }
    auto plan = partition->plan_segment(out.next.value, limit);
    if (!plan && out.next.value < partition->clean_end()) {
      out.next = Offset{std::min(limit, partition->tail_begin())};
      continue;
    }
    if (!plan)
      co_return refuse(Reason::storage_failed, "offset " + std::to_string(out.next.value) + " of " + partition->name() + " is in no segment", "please report this: the log lost track of its files");
    // Before the file is read: compaction takes both away, and what is read may still hold them.
    if (options.isolation == Isolation::read_committed) out.aborted = partition->transactions().aborted(out.next.value, limit);
    const auto info = plan->info;
    auto reading = read_file(partition, *std::move(plan), options.bytes_max, options.at_least_one);
    auto read = co_await std::move(reading);
    if (partition->gone() || (!read && is_going(*partition))) co_return deleted(*partition);
    if (!read && !partition->has_segment(info) && out.next.value >= partition->log_start()) continue;   // compacted meanwhile
    if (!read) co_return std::unexpected(Failure(Reason::storage_failed, std::move(read).error()));
    if (read->length == 0 && read->next <= out.next.value) break;   // the first batch does not fit, or reaches over the limit
    out.next = Offset{read->next};
    std::erase_if(out.aborted, [&](const AbortedTransaction& t) { return t.first >= read->next; });
    out.bytes = read->length;
    if (read->length > 0) {
      auto owner = std::make_shared<const Bytes>(std::move(read->bytes));
      const auto view = BytesView(*owner).substr(read->skip, read->length);
      out.pieces.push_back(Piece{std::move(owner), view});
    }
  }
  if (out.pieces.empty()) out.aborted.clear();
  out.high_watermark = Offset{partition->high_watermark()};
  out.last_stable = Offset{partition->last_stable()};
  out.log_start = Offset{partition->log_start()};
  co_return out;
}

io::Task<LogResult<PartitionState>> LogImpl::state(TopicPtr topic, PartitionId number) {
  CO_TRY(auto partition, find(topic, number));
  auto there = owner_of(*partition).shard.on([this, partition]() -> LogResult<PartitionState> {
    if (partition->gone()) return deleted(*partition);
    PartitionState s;
    s.log_start = Offset{partition->log_start()};
    s.high_watermark = Offset{partition->high_watermark()};
    s.last_stable = Offset{partition->last_stable()};
    s.log_end = Offset{partition->log_end()};
    s.leader_epoch = epoch_;
    s.bytes = partition->bytes();
    return s;
  });
  co_return co_await std::move(there);
}

io::Task<LogResult<std::optional<OffsetAtTime>>> LogImpl::offset_at_time(TopicPtr topic, PartitionId number, std::int64_t timestamp_ms, Isolation isolation) {
  CO_TRY(auto partition, find(topic, number));
  auto there = owner_of(*partition).shard.on([this, partition, timestamp_ms, isolation] { return offset_at_time_here(partition, timestamp_ms, isolation); });
  co_return co_await std::move(there);
}

io::Task<LogResult<std::optional<OffsetAtTime>>> LogImpl::offset_at_time_here(PartitionPtr partition, std::int64_t timestamp_ms, Isolation isolation) {
  if (partition->gone()) co_return deleted(*partition);
  const auto limit = partition->limit(isolation);
  // Segments first, oldest first. The list may change while a file is read, so each step looks for the next one by offset.
  for (std::int64_t from = partition->log_start(); !partition->in_tail(from);) {
    auto plan = partition->plan_segment(from, limit);
    if (!plan) break;
    from = plan->info.next;
    if (plan->info.max_timestamp_ms < timestamp_ms) continue;
    auto& owner = owner_of(*partition);
    auto reading = run_in(readers_.get(), [this, plan = *plan, file = opened(owner, plan->path), timestamp_ms, start = partition->log_start()] { return find_time_now(files_, plan, file, timestamp_ms, start); });
    auto done = co_await std::move(reading);
    if (partition->gone() || (!done.found && is_going(*partition))) co_return deleted(*partition);
    keep_open(owner, plan->path, std::move(done.file));
    if (done.index) partition->keep_index(plan->info, std::move(done.index));
    if (!done.found) co_return std::unexpected(Failure(Reason::storage_failed, std::move(done.found).error()));
    if (*done.found && (**done.found).offset >= partition->log_start())
      co_return std::optional(OffsetAtTime{Offset{(**done.found).offset}, (**done.found).timestamp_ms, (**done.found).leader_epoch});
  }
  CO_TRY(const auto found, partition->find_time_in_tail(timestamp_ms, limit));
  if (!found) co_return std::optional<OffsetAtTime>{};
  co_return std::optional(OffsetAtTime{Offset{found->offset}, found->timestamp_ms, found->leader_epoch});
}

io::Task<LogResult<std::optional<OffsetAtTime>>> LogImpl::offset_of_max_timestamp(TopicPtr topic, PartitionId number) {
  CO_TRY(auto partition, find(topic, number));
  auto there = owner_of(*partition).shard.on([this, partition] { return max_timestamp_here(partition); });
  co_return co_await std::move(there);
}
io::Task<LogResult<std::optional<OffsetAtTime>>> LogImpl::max_timestamp_here(PartitionPtr partition) {
  if (partition->gone()) co_return deleted(*partition);
  std::int64_t latest = partition->max_timestamp_in_tail(partition->high_watermark());
  for (const auto& segment : partition->segments()) latest = std::max(latest, segment.info.max_timestamp_ms);
  if (latest < 0) co_return std::optional<OffsetAtTime>{};
  auto finding = offset_at_time_here(partition, latest, Isolation::read_uncommitted);
  co_return co_await std::move(finding);
}

io::Task<LogResult<EpochEnd>> LogImpl::epoch_end(TopicPtr topic, PartitionId number, std::int32_t epoch) {
  CO_TRY(auto partition, find(topic, number));
  auto there = owner_of(*partition).shard.on([this, partition, epoch]() -> LogResult<EpochEnd> {
    if (partition->gone()) return deleted(*partition);
    return partition->epoch_end(epoch, epoch_);
  });
  co_return co_await std::move(there);
}

io::Task<LogResult<Offset>> LogImpl::delete_records(TopicPtr topic, PartitionId number, Offset before) {
  CO_TRY(auto partition, find(topic, number));
  auto there = owner_of(*partition).shard.on([this, partition, before] { return delete_records_here(partition, before); });
  co_return co_await std::move(there);
}
io::Task<LogResult<Offset>> LogImpl::delete_records_here(PartitionPtr partition, Offset before) {
  if (partition->gone()) co_return deleted(*partition);
  const auto to = before.value == -1 ? partition->high_watermark() : before.value;
  if (to < 0 || to > partition->high_watermark())
    co_return refuse(Reason::offset_out_of_range, "records of " + partition->name() + " can be deleted up to " + std::to_string(partition->high_watermark()) + ", not up to " + std::to_string(to));
  auto moving = move_log_start(partition, to);
  CO_TRY_VOID(co_await std::move(moving));
  co_return Offset{partition->log_start()};
}

io::Task<LogResult<void>> LogImpl::move_log_start(PartitionPtr partition, std::int64_t offset) {
  if (stopping_) co_return refuse(Reason::stopping, "the log is being closed");
  if (offset <= partition->log_start()) co_return LogResult<void>{};
  LogStartEntry entry;
  entry.topic = partition->topic;
  entry.partition = partition->number;
  entry.offset = offset;
  auto committing = commit_entry(entry);
  CO_TRY_VOID(co_await std::move(committing));
  partition->advance_log_start(offset);
  co_return LogResult<void>{};
}

}  // namespace braid::storage
