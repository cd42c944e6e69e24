#include "storage/partition.h"

#include <algorithm>
#include <utility>

namespace braid::storage {

void WatchSignal::send(const std::shared_ptr<WatchSignal>& to) {
  if (to->sent.exchange(true)) return;   // a message is under way already
  to->home.post([to] {
    to->sent = false;
    to->news = true;
    to->changed.notify_all();
  });
}

Partition::Partition(const Uuid& topic_id, std::string name_of_topic, std::int32_t n, std::string dir, int owner, TailTotals& totals)
    : topic(topic_id), topic_name(std::move(name_of_topic)), number(n), directory(std::move(dir)), shard(owner), totals_(totals) {}
Partition::~Partition() = default;

// --- appending

LogResult<Partition::Started> Partition::start_append(Bytes batch, wire::BatchHeader header, std::int32_t epoch, std::int64_t now_ms) {
  if (header.idempotent()) {
    TRY(const auto repeated, producers_.check(header));
    if (repeated) return Started{repeated->base_offset, repeated->last_offset, true, nullptr};
    if (header.transactional() && !transactions_.admitted({header.producer_id, header.producer_epoch}))
      return refuse(Reason::invalid_transaction_state, name() + " is not part of a transaction of producer " + std::to_string(header.producer_id) + " with epoch " +
                                                           std::to_string(header.producer_epoch), "the transaction was ended, perhaps by its timeout; begin another one");
    if (!header.transactional() && transactions_.open(header.producer_id))
      return refuse(Reason::invalid_transaction_state, "producer " + std::to_string(header.producer_id) + " has an open transaction in " + name() + " and sent a batch outside of it");
  }
  auto shared = place(std::move(batch), header, epoch);
  appended_ms_ = now_ms;
  producers_.add(header, now_ms, high_watermark_);
  if (header.transactional()) transactions_.data(header);
  return Started{header.base_offset, header.last_offset(), false, std::move(shared)};
}

std::shared_ptr<const Bytes> Partition::place(Bytes batch, wire::BatchHeader& header, std::int32_t epoch) {
  header.base_offset = log_end_;
  header.leader_epoch = epoch;
  wire::set_base_offset(batch, header.base_offset);
  wire::set_leader_epoch(batch, epoch);
  auto shared = std::make_shared<const Bytes>(std::move(batch));
  push_tail(header, shared);
  appending_bytes_ += shared->size();
  return shared;
}

LogResult<Partition::Started> Partition::start_marker(ProducerIdentity who, bool commit, std::int32_t epoch, std::int64_t now_ms) {
  if (!transactions_.concerns(who.id)) return Started{};
  auto batch = wire::marker_batch(who.id, who.epoch, commit, now_ms);
  TRY(auto header, wire::parse_batch_header(batch));
  TRY_VOID(producers_.check(header));   // an older epoch may not end what a newer one began
  auto shared = place(std::move(batch), header, epoch);
  producers_.add(header, now_ms, high_watermark_);
  transactions_.marker(header, commit);
  return Started{header.base_offset, header.last_offset(), false, std::move(shared)};
}

std::vector<ProducerState> Partition::producers() const {
  std::vector<ProducerState> all;
  for (const auto& [id, batches] : producers_.all()) {
    ProducerState state;
    state.producer = {id, batches.back().epoch};
    state.last_seen_ms = batches.back().seen_ms;
    for (const auto& batch : batches) {
      if (batch.sequenced() && batch.epoch == state.producer.epoch) state.last_sequence = batch.last_sequence;
      if (!batch.sequenced()) state.had_marker = true;
    }
    all.push_back(state);
  }
  std::ranges::sort(all, {}, &ProducerState::producer);
  for (const auto& open : transactions_.all_open()) {
    const auto at = std::ranges::lower_bound(all, open.producer.id, {}, [](const ProducerState& p) { return p.producer.id; });
    if (at != all.end() && at->producer.id == open.producer.id) at->open_since = open.first;
  }
  return all;
}

void Partition::push_tail(const wire::BatchHeader& header, std::shared_ptr<const Bytes> batch) {
  if (epochs_.empty() || epochs_.back().epoch < header.leader_epoch) epochs_.push_back({header.leader_epoch, header.base_offset});
  unflushed_ += batch->size();
  totals_.unflushed += batch->size();
  tail_.push_back({header.base_offset, header.last_offset(), header.max_timestamp, std::move(batch)});
  log_end_ = header.next_offset();
}

void Partition::committed(std::int64_t end) {
  if (gone_ || end <= high_watermark_) return;
  high_watermark_ = end;
  transactions_.committed(end);
  numbers_.end = end;
  numbers_.bytes_in += std::exchange(appending_bytes_, 0);
  numbers_.last_append_ms = appended_ms_;
  tell_watchers(false);
  resume_waits();
}

void Partition::roll_back(const Error& why) {
  for (; !tail_.empty() && tail_.back().base >= high_watermark_; tail_.pop_back()) {
    unflushed_ -= tail_.back().bytes->size();
    totals_.unflushed -= tail_.back().bytes->size();
  }
  log_end_ = high_watermark_;
  appending_bytes_ = 0;
  producers_.truncate(log_end_);
  transactions_.truncate(log_end_);
  while (!epochs_.empty() && epochs_.back().start >= log_end_ && epochs_.size() > 1) epochs_.pop_back();
  for (auto* wait : waits_)
    if (wait->end > high_watermark_) wait->failure = Failure(Reason::storage_failed, why);
}

void Partition::resume_waits() {
  std::vector<CommitWait*> ready;
  std::erase_if(waits_, [&](CommitWait* wait) {
    const bool done = wait->failure || wait->end <= high_watermark_;
    if (done) ready.push_back(wait);
    return done;
  });
  for (auto* wait : ready) wait->handle.resume();   // may append again, so waits_ is no longer touched here
}

void Partition::watch(const std::shared_ptr<WatchSignal>& signal, std::int64_t seen, Isolation isolation) {
  if (gone_ || seen < limit(isolation)) return WatchSignal::send(signal);
  if (watching_.size() >= watching_sweep_) {
    std::erase_if(watching_, [](const Watching& w) { return w.signal.expired(); });
    watching_sweep_ = std::max<std::size_t>(16, watching_.size() * 2);
  }
  watching_.push_back({signal, seen, isolation});
}

void Partition::tell_watchers(bool everybody) {
  std::erase_if(watching_, [&](const Watching& w) {
    if (!everybody && w.seen >= limit(w.isolation)) return false;
    if (const auto signal = w.signal.lock()) WatchSignal::send(signal);
    return true;
  });
}

void Partition::set_gone() {
  gone_ = true;
  totals_.unflushed -= unflushed_;
  totals_.cached -= cached_;
  totals_.in_segments -= segment_bytes_;
  unflushed_ = cached_ = segment_bytes_ = 0;
  tail_.clear();
  tell_watchers(true);
  for (auto* wait : waits_)
    wait->failure = Failure(Reason::unknown_topic_or_partition, Error{ErrorCode::not_found, "topic " + topic_name + " was deleted meanwhile"});
  resume_waits();
}

// --- reading

LogResult<void> Partition::check_range(std::int64_t from) const {
  if (from >= log_start_ && from <= log_end_) return {};
  return refuse(Reason::offset_out_of_range, "offset " + std::to_string(from) + " of " + name() + " is outside its log, which has " + std::to_string(log_start_) +
                                                 " to " + std::to_string(log_end_));
}

void Partition::read_tail(std::int64_t from, std::int64_t limit, std::size_t bytes_max, bool at_least_one, ReadOutcome& out) const {
  auto at = std::upper_bound(tail_.begin(), tail_.end(), from, [](std::int64_t offset, const TailBatch& b) { return offset <= b.last; });
  for (; at != tail_.end() && at->last < limit; ++at) {
    if (out.bytes + at->bytes->size() > bytes_max && !(out.pieces.empty() && at_least_one)) break;
    out.pieces.push_back({at->bytes, *at->bytes});
    out.bytes += at->bytes->size();
    out.next = Offset{at->last + 1};
  }
}

std::optional<SegmentPlan> Partition::plan_segment(std::int64_t from, std::int64_t limit) const {
  auto at = std::upper_bound(segments_.begin(), segments_.end(), from, [](std::int64_t offset, const Segment& s) { return offset < s.info.next; });
  if (at == segments_.end() || at->info.base >= limit) return std::nullopt;
  SegmentPlan plan{directory + "/" + segment_name(at->info), {}, at->info, at->index, from, limit};
  if (std::next(at) != segments_.end()) plan.index_path = directory + "/" + index_name(at->info);
  return plan;
}

void Partition::keep_index(const SegmentInfo& of, std::shared_ptr<const SegmentIndex> index) {
  for (auto& segment : segments_)   // unless it has grown meanwhile
    if (segment.info == of && !segment.index) segment.index = std::move(index);
}

Result<std::optional<RecordTime>> Partition::find_time_in_tail(std::int64_t timestamp_ms, std::int64_t limit) const {
  for (const auto& batch : tail_) {
    if (batch.last >= limit) break;
    if (batch.max_timestamp_ms < timestamp_ms || batch.last < log_start_) continue;
    BytesView bytes(*batch.bytes);
    const auto view = wire::next_batch_unchecked(bytes);
    BRAID_ASSERT(view);
    TRY(const auto found, find_time_in_batch(*view, timestamp_ms, log_start_));
    if (found) return found;
  }
  return std::nullopt;
}

std::int64_t Partition::max_timestamp_in_tail(std::int64_t limit) const {
  std::int64_t latest = wire::no_timestamp;
  for (const auto& batch : tail_)
    if (batch.last < limit && batch.last >= log_start_) latest = std::max(latest, batch.max_timestamp_ms);
  return latest;
}

EpochEnd Partition::epoch_end(std::int32_t epoch, std::int32_t current) const {
  if (epoch > current) return {};
  if (epoch == current) return {current, Offset{log_end_}};
  const EpochStart* best = nullptr;
  std::int64_t end = log_end_;
  for (const auto& e : epochs_) {
    if (e.epoch <= epoch) best = &e;
    else { end = e.start; break; }
  }
  if (best == nullptr) return {};
  return {best->epoch, Offset{end}};
}

// --- segments

std::optional<FlushPlan> Partition::plan_flush(const TopicConfig& config, std::int64_t now_ms, std::uint64_t bytes_max) {
  if (gone_ || !dirty()) return std::nullopt;
  FlushPlan plan;
  plan.directory = directory;
  plan.trim_first = !trimmed_;
  plan.end = flushed_end_;
  std::uint64_t planned = 0;
  // What is compacted must leave the newest segment in time.
  const auto roll_ms = config.compacted ? std::min(config.segment_ms, config.compaction_lag_ms_max) : config.segment_ms;
  std::shared_ptr<SegmentIndex> growing;   // of the last write, once it was copied to be extended
  for (const auto& batch : tail_) {
    if (batch.last < flushed_end_) continue;
    if (batch.base >= high_watermark_ || planned >= bytes_max) break;
    BytesView bytes(*batch.bytes);
    const auto header = wire::next_batch_unchecked(bytes)->header;
    const SegmentInfo* newest = !plan.writes.empty() ? &plan.writes.back().after : segments_.empty() ? nullptr : &segments_.back().info;
    const bool roll = newest == nullptr || (force_roll_ && plan.writes.empty()) || (newest->size > 0 && (newest->size + header.size() > std::uint64_t(config.segment_bytes) ||
                                                                 now_ms - newest->created_ms >= roll_ms));
    if (roll) {
      if (newest != nullptr) plan.finished.push_back(!plan.writes.empty() ? Segment{plan.writes.back().after, plan.writes.back().index} : segments_.back());
      FlushWrite write;
      write.fresh = true;
      write.before = write.after = {header.base_offset, header.base_offset, 0, wire::no_timestamp, now_ms};
      write.index = growing = std::make_shared<SegmentIndex>();
      plan.writes.push_back(std::move(write));
    } else if (plan.writes.empty()) {
      FlushWrite write;
      write.before = write.after = segments_.back().info;
      write.index = segments_.back().index;
      plan.writes.push_back(std::move(write));
    }
    auto& write = plan.writes.back();
    if (write.index) {   // unknown after a start, until a reader builds it; then it stays unknown
      if (!growing) write.index = growing = std::make_shared<SegmentIndex>(*write.index);
      extend_index(*growing, write.after, header);
    }
    write.after.size += header.size();
    write.after.next = header.next_offset();
    write.after.max_timestamp_ms = std::max(write.after.max_timestamp_ms, header.max_timestamp);
    write.batches.push_back(batch.bytes);
    planned += header.size();
    plan.end = header.next_offset();
  }
  return plan;
}

void Partition::flushed(const FlushPlan& plan) {
  if (gone_) return;
  for (const auto& write : plan.writes) {
    if (write.fresh) segments_.push_back({write.after, write.index});
    else segments_.back() = {write.after, write.index};
    const auto more = write.after.size - write.before.size;
    segment_bytes_ += more;
    totals_.in_segments += more;
    unflushed_ -= more;
    cached_ += more;
    totals_.unflushed -= more;
    totals_.cached += more;
  }
  trimmed_ = true;
  force_roll_ = false;
  flushed_end_ = plan.end;
  transactions_.flushed(flushed_end_);
  drop_below_start();
}

void Partition::evict(std::uint64_t keep_bytes) {
  while (cached_ > keep_bytes && !tail_.empty() && tail_.front().last < flushed_end_) {
    cached_ -= tail_.front().bytes->size();
    totals_.cached -= tail_.front().bytes->size();
    tail_.pop_front();
  }
  if (tail_.empty()) std::deque<TailBatch>().swap(tail_);
}

std::int64_t Partition::retention_start(const TopicConfig& config, std::int64_t now_ms) const {
  std::int64_t start = log_start_;
  if (!config.deletes_old) return start;
  std::uint64_t left = bytes();
  for (const auto& segment : segments_) {
    const auto& info = segment.info;
    const bool old = config.retention_ms >= 0 && info.max_timestamp_ms >= 0 && info.max_timestamp_ms < now_ms - config.retention_ms;
    const bool over = config.retention_bytes >= 0 && left >= info.size + std::uint64_t(config.retention_bytes);
    if (!old && !over) break;
    start = std::max(start, info.next);
    left -= info.size;
  }
  return start;
}

void Partition::advance_log_start(std::int64_t offset) {
  if (gone_ || offset <= log_start_) return;
  log_start_ = offset;
  transactions_.log_starts(offset);
  numbers_.start = offset;
  if (damage_) damage_.reset();   // what is damaged may be gone now; a reader finds out
  drop_below_start();
}

void Partition::obsolete(const SegmentInfo& info) {
  obsolete_files_.push_back(directory + "/" + segment_name(info));
  obsolete_files_.push_back(directory + "/" + index_name(info));
  segment_bytes_ -= info.size;
  totals_.in_segments -= info.size;
}

void Partition::drop_below_start() {
  while (!segments_.empty() && segments_.front().info.next <= log_start_ && segments_.front().info.next <= flushed_end_) {
    obsolete(segments_.front().info);
    segments_.pop_front();
  }
  while (!tail_.empty() && tail_.front().last < log_start_ && tail_.front().last < flushed_end_) {
    cached_ -= tail_.front().bytes->size();
    totals_.cached -= tail_.front().bytes->size();
    tail_.pop_front();
  }
}

// --- compaction

std::optional<CompactionPlan> Partition::plan_compaction(const TopicConfig& config, std::int64_t now_ms) const {
  if (gone_ || damage_ || !config.compacted || segments_.size() < 2) return std::nullopt;
  const auto limit = std::min(last_stable(), flushed_end_);
  CompactionPlan plan;
  std::uint64_t clean = 0, dirty = 0;
  bool overdue = false;
  for (std::size_t i = 0; i + 1 < segments_.size(); ++i) {   // never the newest, which still grows
    const auto& info = segments_[i].info;
    if (info.next > limit) break;
    if (config.compaction_lag_ms_min > 0 && info.max_timestamp_ms > now_ms - config.compaction_lag_ms_min) break;
    const bool is_clean = info.next <= clean_end_;
    (is_clean ? clean : dirty) += info.size;
    if (!is_clean && config.compaction_lag_ms_max != INT64_MAX && info.created_ms <= now_ms - config.compaction_lag_ms_max) overdue = true;
    plan.segments.push_back(info);
  }
  if (dirty == 0 || (!overdue && double(dirty) < config.dirty_ratio_min * double(clean + dirty))) return std::nullopt;
  plan.directory = directory;
  plan.clean_end = clean_end_;
  plan.aborted = transactions_.aborted(log_start_, plan.segments.back().next);
  plan.log_start = log_start_;
  plan.now_ms = now_ms;
  plan.delete_retention_ms = config.delete_retention_ms;
  plan.segment_bytes = std::uint64_t(config.segment_bytes);
  return plan;
}

bool Partition::compacted(const CompactionPlan& plan, const CompactionOutcome& outcome) {
  if (gone_ || segments_.size() <= plan.segments.size()) return false;
  for (std::size_t i = 0; i < plan.segments.size(); ++i)
    if (segments_[i].info != plan.segments[i]) return false;
  for (const auto& info : plan.segments) {
    obsolete(info);
    segments_.pop_front();
  }
  for (std::size_t i = outcome.segments.size(); i-- > 0;) {
    segments_.push_front({outcome.segments[i], std::make_shared<const SegmentIndex>(outcome.indexes[i])});
    segment_bytes_ += outcome.segments[i].size;
    totals_.in_segments += outcome.segments[i].size;
  }
  clean_end_ = outcome.clean_end;
  // From memory nobody may read on what is no longer in the files: without their entries aborted batches would look committed.
  while (!tail_.empty() && tail_.front().base < plan.segments.back().next && tail_.front().last < flushed_end_) {
    cached_ -= tail_.front().bytes->size();
    totals_.cached -= tail_.front().bytes->size();
    tail_.pop_front();
  }
  transactions_.ended(outcome.ended);
  return true;
}

bool Partition::has_segment(const SegmentInfo& info) const {
  return std::ranges::any_of(segments_, [&](const Segment& s) { return s.info == info; });
}

std::vector<std::string> Partition::take_obsolete_files() { return std::exchange(obsolete_files_, {}); }

// --- what the checkpoint keeps, and coming back from it

PartitionRecord Partition::record() const {
  PartitionRecord record{log_start_, flushed_end_, {}, clean_end_, {}, {}, transactions_.open_at(flushed_end_), transactions_.aborted_at(flushed_end_)};
  for (const auto& e : epochs_)
    if (e.start < flushed_end_) record.epochs.push_back(e);
  for (const auto& s : segments_) record.segments.push_back(s.info);
  for (const auto& [id, batches] : producers_.all()) {
    std::vector<ProducerBatch> kept;
    for (const auto& b : batches)
      if (b.last_offset < flushed_end_) kept.push_back(b);
    if (!kept.empty()) record.producers.emplace(id, std::move(kept));
  }
  return record;
}

void Partition::restore(PartitionRecord record) {
  log_start_ = record.log_start;
  flushed_end_ = high_watermark_ = log_end_ = record.flushed_end;
  numbers_.start = log_start_;
  numbers_.end = high_watermark_;
  if (!record.segments.empty()) numbers_.last_append_ms = record.segments.back().max_timestamp_ms;
  epochs_ = std::move(record.epochs);
  clean_end_ = record.clean_end;
  for (const auto& info : record.segments) {
    segments_.push_back({info, nullptr});
    segment_bytes_ += info.size;
    totals_.in_segments += info.size;
  }
  for (auto& [id, batches] : record.producers) producers_.restore(id, std::move(batches));
  transactions_.restore(std::move(record.open), std::move(record.aborted));
}

void Partition::replay(Bytes batch, const wire::BatchHeader& header, std::int64_t now_ms) {
  if (header.base_offset != log_end_) return;   // in a segment already; or behind a gap of an `async` topic, which promised nothing
  const auto shared = std::make_shared<const Bytes>(std::move(batch));
  push_tail(header, shared);
  producers_.add(header, now_ms, log_end_);
  if (header.control()) {
    if (const auto commit = wire::marker_commits({header, *shared})) transactions_.marker(header, *commit);
  } else if (header.transactional()) {
    transactions_.data(header);
  }
  high_watermark_ = log_end_;
  transactions_.committed(high_watermark_);
  numbers_.end = high_watermark_;
  numbers_.last_append_ms = header.max_timestamp;
}

}  // namespace braid::storage
