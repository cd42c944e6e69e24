// Start, stop and upkeep of the log: recovery, write-behind, checkpoints, retention.
#include "storage/log.h"

#include <algorithm>
#include <random>

#include "base/log.h"
#include "base/limits/event_log.h"
#include "storage/flush.h"
#include "storage/log_impl.h"

namespace braid::storage {
namespace {
constexpr std::uint64_t flush_step_bytes = 8 * limits::MiB;   // per partition and turn, so that no partition holds up the others
constexpr std::uint64_t tail_kept_bytes = 1 * limits::MiB;    // per partition, for readers at the end
constexpr io::Milliseconds failed_checkpoint_pause{250};
constexpr io::Milliseconds room_check_pause{500};   // one statvfs
}  // namespace

Result<std::unique_ptr<Log>> Log::open(io::FileSystem& files, io::Shards& shards, LogOptions options) {
  auto log = std::make_unique<LogImpl>(files, shards, std::move(options));
  TRY_VOID(log->start());
  return log;
}

LogImpl::LogImpl(io::FileSystem& files, io::Shards& shards, LogOptions options)
    : files_(files), shards_(shards), options_(std::move(options)), clock_(*options_.clock), topics_(std::make_shared<const Topics>()) {
  for (int i = 0; i < shards_.size(); ++i) owners_.push_back(std::make_unique<Owner>(shards_.at(i)));
}
LogImpl::~LogImpl() = default;

// --- recovery

Result<Checkpoint> LogImpl::read_checkpoint() {
  const auto path = options_.directory + "/checkpoint";
  TRY(const bool there, files_.exists(path));
  if (!there) {
    TRY(const bool wal, files_.exists(options_.directory + "/wal"));
    if (wal)
      return fail(ErrorCode::corrupt, path + " is missing, but " + options_.directory + "/wal is there", "restore the data directory from a backup, or choose an empty one");
    Checkpoint first;
    first.cluster = options_.new_id();
    first.clean = true;
    TRY_VOID(files_.replace_file(path, encode(first)));
    const auto slash = options_.directory.rfind('/');
    TRY_VOID(files_.sync_directory(slash == std::string::npos ? "." : slash == 0 ? "/" : options_.directory.substr(0, slash)));
    return first;
  }
  TRY(const auto bytes, files_.read_file(path));
  auto checkpoint = decode_checkpoint(bytes);
  if (!checkpoint) return std::unexpected(std::move(checkpoint).error().during(path));
  return checkpoint;
}

Result<void> LogImpl::restore(Checkpoint checkpoint) {
  cluster_ = checkpoint.cluster;
  epoch_ = checkpoint.epoch;
  next_producer_id_ = producer_ids_reserved_ = checkpoint.next_producer_id;
  auto topics = std::make_shared<Topics>();
  for (const auto& settings : checkpoint.settings) restore_settings(settings);   // topics go by them
  for (auto& t : checkpoint.topics) {
    TRY(auto topic, make_topic(t.topic, nullptr));
    for (std::size_t i = 0; i < topic->partitions.size(); ++i) {
      topic->partitions[i]->restore(std::move(t.partitions[i]));
      owner_of(*topic->partitions[i]).partitions.insert(topic->partitions[i]);
    }
    topics->put(std::move(topic));
  }
  topics_.store(std::move(topics));
  return {};
}

Result<void> LogImpl::replay(BytesView bytes) {
  TRY(auto entry, decode_entry(bytes));
  if (const auto* e = std::get_if<BatchEntry>(&entry)) {
    const auto topic = topics_.load()->find(e->topic);
    if (!topic || e->partition < 0 || e->partition >= topic->partition_count()) return {};   // deleted later, or while it was written
    TRY(const auto header, wire::parse_batch_header(e->batch));
    topic->partitions[std::size_t(e->partition)]->replay(Bytes(e->batch), header, clock_.wall_ms());
  } else if (auto* t = std::get_if<TopicEntry>(&entry)) {
    const auto before = topics_.load()->find(t->id);
    TRY(auto topic, make_topic(*t, before.get()));
    for (const auto& partition : topic->partitions) owner_of(*partition).partitions.insert(partition);
    publish(std::move(topic));
  } else if (const auto* g = std::get_if<GoneEntry>(&entry)) {
    if (const auto topic = topics_.load()->find(g->topic)) {
      for (const auto& partition : topic->partitions) {
        partition->set_gone();
        owner_of(*partition).partitions.erase(partition);
      }
      unpublish(g->topic);
    }
  } else if (const auto* s = std::get_if<LogStartEntry>(&entry)) {
    const auto topic = topics_.load()->find(s->topic);
    if (topic && s->partition >= 0 && s->partition < topic->partition_count()) topic->partitions[std::size_t(s->partition)]->advance_log_start(s->offset);
  } else if (const auto* r = std::get_if<StartedEntry>(&entry)) {
    epoch_ = std::max(epoch_, r->epoch);
  } else if (const auto* set = std::get_if<SettingsEntry>(&entry)) {
    restore_settings(*set);
  } else if (const auto* p = std::get_if<ProducersEntry>(&entry)) {
    next_producer_id_ = producer_ids_reserved_ = std::max(producer_ids_reserved_, p->next_id);
  }
  return {};
}

// A topic that was deleted just before a crash may have left its directory behind.
Result<void> LogImpl::remove_strangers() {
  const auto directory = options_.directory + "/partitions";
  TRY_VOID(files_.make_directories(directory));
  TRY(const auto names, files_.list(directory));
  std::unordered_set<std::string> known;
  for (const auto& [_, topic] : topics_.load()->by_name()) known.insert(to_text(topic->id));
  for (const auto& name : names)
    if (!known.contains(name)) doomed_directories_.push_back(directory + "/" + name);
  return {};
}

Result<void> LogImpl::start() {
  const auto begun_ns = clock_.monotonic_ns();
  TRY_VOID(check_topic_defaults(options_.topic_defaults));
  settings_.store(std::make_shared<const NodeSettings>(NodeSettings{{}, options_.topic_defaults}));
  TRY_VOID(files_.make_directories(options_.directory));
  if (options_.lock) { TRY(lock_, io::FileLock::take(options_.directory + "/lock")); }
  TRY(auto checkpoint, read_checkpoint());
  const bool clean = checkpoint.clean;
  const auto from_group = checkpoint.replay_from;
  TRY_VOID(restore(std::move(checkpoint)));
  TRY(wal_, Wal::open(files_, options_.directory + "/wal", options_.wal_file_bytes, from_group, [this](BytesView entry) { return replay(entry); }));
  recovered_ = !clean || wal_->replayed_groups() > 0;
  if (recovered_) ++epoch_;   // so that clients notice when records that were never acknowledged are gone
  TRY_VOID(remove_strangers());
  const auto entry = encode(StartedEntry{epoch_});
  Bytes framed;
  Writer writer(framed);
  writer.le(std::uint32_t(entry.size()));
  writer.bytes(entry);
  const BytesView piece(framed);
  TRY_VOID(wal_->write(std::span(&piece, 1), 1));
  wal_bytes_ = wal_->bytes();
  last_group_ = wal_->last_group();
  log::info("log_opened", {{"directory", options_.directory}, {"topics", topics_.load()->by_name().size()}, {"recovered", recovered_},
                           {"replayed_groups", wal_->replayed_groups()}, {"epoch", epoch_}, {"ms", (clock_.monotonic_ns() - begun_ns) / 1'000'000}});
  if (options_.metrics != nullptr) numbers_ = std::make_unique<Numbers>(*options_.metrics);
  count_topics();
  if (options_.threads) {
    readers_ = std::make_unique<io::Pool>(2);
    background_ = std::make_unique<io::Pool>(1);
    committer_ = std::make_unique<io::Pool>(1);
    compactor_ = std::make_unique<io::Pool>(1);
    maintenance_running_ = compaction_running_ = true;
    shards_.control().spawn(maintain());
    shards_.control().spawn(keep_compacting());
  }
  return {};
}

// --- upkeep

io::Task<LogResult<void>> LogImpl::flush_partition(PartitionPtr partition) {
  auto& owner = owner_of(*partition);
  const auto target = partition->high_watermark();
  int attempts = 2;
  while (!partition->gone() && partition->flushed_end() < target) {
    const auto topic = topics_.load()->find(partition->topic);
    if (!topic) break;
    const auto plan = partition->plan_flush(topic->config, clock_.wall_ms(), flush_step_bytes);
    if (!plan || plan->writes.empty()) break;
    auto writing = run_in(background_.get(), [this, &plan] { return carry_out(files_, *plan); });   // we await it, so plan stays
    auto done = co_await std::move(writing);
    if (!done) {
      if ((done.error().code == ErrorCode::corrupt || done.error().code == ErrorCode::not_found) && --attempts > 0) {
        log::error("segment_damaged", {{"partition", partition->name()}, {"what", done.error().message}});
        partition->set_damage(done.error());
        partition->start_new_segment();   // what is in memory still goes to disk, behind the damage
        continue;
      }
      owner.flush_failed = done.error();
      owner.flushed.notify_all();
      co_return std::unexpected(Failure(Reason::storage_failed, std::move(done).error()));
    }
    partition->flushed(*plan);
    partition->evict(owner.totals.cached > limits::tail_cache_bytes_max / std::uint64_t(shards_.size()) ? 0 : tail_kept_bytes);
    owner.flush_failed.reset();
    owner.flushed.notify_all();
  }
  co_return LogResult<void>{};
}

io::Task<LogResult<void>> LogImpl::flush_shard(int index) {
  auto& owner = *owners_[std::size_t(index)];
  std::vector<PartitionPtr> dirty;
  for (const auto& partition : owner.partitions)
    if (partition->dirty()) dirty.push_back(partition);
  std::optional<Failure> failure;
  for (const auto& partition : dirty) {
    auto flushing = flush_partition(partition);
    auto done = co_await std::move(flushing);
    if (!done && !failure) failure = std::move(done).error();
  }
  if (owner.totals.cached > limits::tail_cache_bytes_max / std::uint64_t(shards_.size()))
    for (const auto& partition : owner.partitions) partition->evict(0);
  if (failure) co_return std::unexpected(std::move(*failure));
  co_return LogResult<void>{};
}

io::Task<std::vector<LogImpl::Recorded>> LogImpl::records_of(int index) {
  std::vector<Recorded> all;
  for (const auto& partition : owners_[std::size_t(index)]->partitions) {
    Recorded r;
    r.topic = partition->topic;
    r.number = partition->number;
    r.record = partition->record();
    r.obsolete_files = partition->take_obsolete_files();
    all.push_back(std::move(r));
  }
  for (const auto& r : all)
    for (const auto& path : r.obsolete_files) owners_[std::size_t(index)]->open_files.erase(path);
  co_return all;
}

io::Task<LogResult<void>> LogImpl::checkpoint() {
  auto there = shards_.control().on([this] { return checkpoint_turn(false); });
  co_return co_await std::move(there);
}

io::Task<LogResult<void>> LogImpl::checkpoint_turn(bool clean) {
  const auto turn = co_await maintaining_.take();
  auto marking = commit_mark(0);
  CO_TRY(const auto group, co_await std::move(marking));
  for (int i = 0; i < shards_.size(); ++i) {
    auto there = shards_.at(i).on([this, i] { return flush_shard(i); });
    CO_TRY_VOID(co_await std::move(there));
  }
  Checkpoint checkpoint;
  checkpoint.replay_from = group + 1;
  checkpoint.clean = clean;
  checkpoint.epoch = epoch_;
  checkpoint.cluster = cluster_;
  checkpoint.next_producer_id = clean ? next_producer_id_ : producer_ids_reserved_;
  std::map<std::pair<Uuid, std::int32_t>, PartitionRecord> records;   // by name: addresses may be used again meanwhile
  std::vector<std::string> obsolete_files;
  for (int i = 0; i < shards_.size(); ++i) {
    auto there = shards_.at(i).on([this, i] { return records_of(i); });
    auto all = co_await std::move(there);
    for (auto& r : all) {
      std::ranges::move(r.obsolete_files, std::back_inserter(obsolete_files));
      records.emplace(std::pair(r.topic, r.number), std::move(r.record));
    }
  }
  for (const auto& [whose, settings] : settings_.load()->changed) checkpoint.settings.push_back({whose.first, whose.second, settings});
  const auto topics = topics_.load();
  for (const auto& [name, topic] : topics->by_name()) {
    CheckpointTopic t;
    t.topic = {topic->id, topic->internal, topic->created_ms, topic->name, topic->partition_count(), topic->configs};
    for (const auto& partition : topic->partitions) t.partitions.push_back(std::move(records[{partition->topic, partition->number}]));   // made since: empty, the log behind `group` has it all
    checkpoint.topics.push_back(std::move(t));
  }
  auto doomed = std::exchange(doomed_directories_, {});
  auto writing = run_in(background_.get(), [this, &checkpoint, &obsolete_files, &doomed]() -> Result<void> {
    TRY_VOID(files_.replace_file(options_.directory + "/checkpoint", encode(checkpoint)));
    for (const auto& path : obsolete_files) TRY_VOID(files_.remove(path));
    for (const auto& path : doomed) TRY_VOID(files_.remove_all(path));
    return {};
  });
  if (auto written = co_await std::move(writing); !written) {
    std::ranges::move(doomed, std::back_inserter(doomed_directories_));
    co_return std::unexpected(Failure(Reason::storage_failed, std::move(written).error()));
  }
  auto trimming = commit_mark(group);
  CO_TRY_VOID(co_await std::move(trimming));
  last_checkpoint_group_ = group;
  if (numbers_) numbers_->checkpoints.add();
  co_return LogResult<void>{};
}

io::Task<void> LogImpl::apply_retention() {
  const auto turn = co_await maintaining_.take();
  for (int i = 0; i < shards_.size(); ++i) {
    auto there = shards_.at(i).on([this, i] { return retain_shard(i); });
    co_await std::move(there);
  }
}

io::Task<void> LogImpl::retain_shard(int index) {
  auto& owner = *owners_[std::size_t(index)];
  const auto now = clock_.wall_ms();
  const std::vector<PartitionPtr> partitions(owner.partitions.begin(), owner.partitions.end());
  for (const auto& partition : partitions) {
    const auto topic = topics_.load()->find(partition->topic);
    if (!topic || partition->gone()) continue;
    partition->expire_producers(now - options_.producer_expiry_ms);
    const auto before = partition->log_start();
    const auto start = partition->retention_start(topic->config, now);
    if (start <= before) continue;
    auto moving = move_log_start(partition, start);
    const auto moved = co_await std::move(moving);
    if (!moved) co_return;   // the disk or the end of the node; the next round tries again
    log::info("retention", {{"partition", partition->name()}, {"from", before}, {"to", start}});
  }
}

io::Task<void> LogImpl::compact() {
  auto there = shards_.control().on([this] { return compact_turn(); });
  co_await std::move(there);
}
io::Task<void> LogImpl::compact_turn() {
  const auto turn = co_await compacting_.take();
  for (int i = 0; i < shards_.size() && !stopping_; ++i) {
    auto there = shards_.at(i).on([this, i] { return compact_shard(i); });
    co_await std::move(there);
  }
}

io::Task<void> LogImpl::compact_shard(int index) {
  const auto& owner = *owners_[std::size_t(index)];
  const std::vector<PartitionPtr> partitions(owner.partitions.begin(), owner.partitions.end());
  for (const auto& partition : partitions) {
    if (stopping_) co_return;
    auto compacting = compact_partition(partition);
    co_await std::move(compacting);
  }
}

io::Task<void> LogImpl::compact_partition(PartitionPtr partition) {
  const auto topic = topics_.load()->find(partition->topic);
  if (!topic) co_return;
  auto plan = partition->plan_compaction(topic->config, clock_.wall_ms());
  if (!plan) co_return;
  plan->table_bytes_max = options_.compaction_table_bytes;
  plan->hash_seed = std::random_device{}();
  plan->stop = &stopping_;
  std::uint64_t needed = 0;
  for (const auto& segment : plan->segments) needed += segment.size;
  const auto free = files_.free_bytes(options_.directory);
  if (!free || *free < options_.free_bytes_min + needed) {
    log::warn("compaction_needs_space", {{"partition", partition->name()}, {"bytes", needed}});
    co_return;
  }
  const auto begun_ns = clock_.monotonic_ns();
  auto working = run_in(compactor_.get(), [this, &plan] { return storage::compact(files_, *plan); });   // we await it, so plan stays
  auto outcome = co_await std::move(working);
  if (!outcome) {
    if (outcome.error().code == ErrorCode::stopping || partition->gone()) co_return;
    if (outcome.error().code == ErrorCode::corrupt && partition->has_segment(plan->segments.back())) partition->set_damage(outcome.error());
    log::error("compaction_failed", {{"partition", partition->name()}, {"what", outcome.error().message}});
    co_return;
  }
  if (!partition->compacted(*plan, *outcome)) {   // records were deleted meanwhile: what was written is of no use
    auto removing = run_in(compactor_.get(), [this, &plan, &outcome] {
      for (const auto& segment : outcome->segments) {
        (void)files_.remove(plan->directory + "/" + segment_name(segment));
        (void)files_.remove(plan->directory + "/" + index_name(segment));
      }
      return 0;
    });
    co_await std::move(removing);
    co_return;
  }
  if (numbers_) {
    numbers_->compactions.add();
    numbers_->compacted_bytes.add(double(outcome->bytes_before - std::min(outcome->bytes_before, outcome->bytes_after)));
  }
  log::info("compacted", {{"partition", partition->name()}, {"to", outcome->clean_end}, {"bytes_before", outcome->bytes_before}, {"bytes_after", outcome->bytes_after},
                          {"ms", (clock_.monotonic_ns() - begun_ns) / 1'000'000}});
}

io::Task<void> LogImpl::keep_compacting() {
  while (!stopping_) {
    auto waiting = compact_.wait(io::after(io::Milliseconds(options_.retention_check_ms)));
    co_await std::move(waiting);
    if (stopping_) break;
    auto compacting = compact();
    co_await std::move(compacting);
  }
  compaction_running_ = false;
  maintenance_ended_.notify_all();
}

io::Task<void> LogImpl::maintain() {
  auto next_round = io::after(io::Milliseconds(options_.retention_check_ms));
  while (!stopping_) {
    bool woken = checkpoint_wanted_;   // asked for during the last round, when nobody waited for the notice
    if (!woken) {
      auto waiting = maintain_.wait(out_of_room_ ? std::min(next_round, io::after(room_check_pause)) : next_round);
      woken = co_await std::move(waiting);
    }
    if (stopping_) break;
    if (out_of_room_) look_for_room();
    if (!woken && std::chrono::steady_clock::now() < next_round) continue;
    checkpoint_wanted_ = false;
    if (!woken) next_round = io::after(io::Milliseconds(options_.retention_check_ms));
    if (woken || last_group_.load() != last_checkpoint_group_) {
      auto making = checkpoint_turn(false);
      const auto made = co_await std::move(making);
      if (!made && !stopping_) {
        log::error("checkpoint_failed", {{"what", made.error().error.message}});
        auto pausing = io::sleep_for(failed_checkpoint_pause);   // a full disk is asked again soon, but not all the time
        co_await std::move(pausing);
      }
    }
    if (!woken) {
      auto applying = apply_retention();
      co_await std::move(applying);
    }
  }
  maintenance_running_ = false;
  maintenance_ended_.notify_all();
}

io::Task<void> LogImpl::close() {
  auto there = shards_.control().on([this] { return close_here(); });
  co_await std::move(there);
}

io::Task<void> LogImpl::close_here() {
  if (stopping_.exchange(true)) co_return;
  maintain_.notify_all();
  compact_.notify_all();
  while (maintenance_running_ || compaction_running_) {
    auto waiting = maintenance_ended_.wait();
    co_await std::move(waiting);
  }
  const auto turn = co_await changing_.take();
  for (int i = 0; i < shards_.size(); ++i) {   // nobody is between the look at stopping_ and the queue any more
    auto there = shards_.at(i).on([] { return 0; });
    co_await std::move(there);
  }
  auto making = checkpoint_turn(true);
  if (const auto made = co_await std::move(making); !made) log::error("checkpoint_failed", {{"what", made.error().error.message}});
}

LogStatus LogImpl::status() const {
  LogStatus s;
  s.wal_bytes = wal_bytes_;
  for (const auto& owner : owners_) {
    s.unflushed_bytes += owner->totals.unflushed;
    s.bytes += owner->totals.unflushed + owner->totals.in_segments;
  }
  if (const auto why = failed_.load()) s.failed = *why;
  return s;
}

}  // namespace braid::storage
