// Appending, and the long poll's other half: who waits for what is appended.
#include <algorithm>

#include "storage/log_impl.h"
#include "storage/validate.h"
#include "base/limits/event_log.h"

namespace braid::storage {
namespace {

struct CommitAwaiter {
  Partition& partition;
  CommitWait& wait;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) {
    wait.handle = h;
    partition.add_wait(&wait);
  }
  void await_resume() const noexcept {}
};

// 10 s: a disk that does not take 128 MiB in that time will not soon; the client's own retry is the better queue.
constexpr io::Milliseconds room_wait{10'000};

class WatchImpl final : public Watch {
 public:
  explicit WatchImpl(io::Shards& shards) : shards_(shards), signal_(std::make_shared<WatchSignal>(*io::Shard::current())) {}
  void add(const TopicPtr& topic, PartitionId number, Offset seen, Isolation isolation) override {
    if (number.value < 0 || number.value >= topic->partition_count()) return WatchSignal::send(signal_);
    auto partition = topic->partitions[std::size_t(number.value)];
    auto& owner = shards_.at(partition->shard);
    if (owner.here()) return partition->watch(signal_, seen.value, isolation);
    owner.post([partition = std::move(partition), signal = signal_, seen, isolation] { partition->watch(signal, seen.value, isolation); });
  }
  io::Task<bool> wait(io::Deadline deadline) override {
    const auto signal = signal_;
    while (!signal->news) {
      auto waiting = signal->changed.wait(deadline);
      if (!co_await std::move(waiting) && !signal->news) co_return false;
    }
    signal->news = false;
    co_return true;
  }
  void wake() override {
    signal_->news = true;
    signal_->changed.notify_all();
  }

 private:
  io::Shards& shards_;
  std::shared_ptr<WatchSignal> signal_;
};

}  // namespace

std::unique_ptr<Watch> LogImpl::watch() { return std::make_unique<WatchImpl>(shards_); }

LogResult<PartitionPtr> LogImpl::find(const TopicPtr& topic, PartitionId partition) const {
  if (topic && partition.value >= 0 && partition.value < topic->partition_count()) return topic->partitions[std::size_t(partition.value)];
  if (!topic) return refuse(Reason::unknown_topic_or_partition, "there is no such topic", "list the topics to see their names");
  return refuse(Reason::unknown_topic_or_partition,
                "topic " + topic->name + " has no partition " + std::to_string(partition.value) + ", it has " + std::to_string(topic->partition_count()));
}

io::Task<LogResult<Appended>> LogImpl::append(TopicPtr topic, PartitionId number, Bytes batch, AppendOptions options) {
  CO_TRY(auto partition, find(topic, number));
  const auto now = clock_.wall_ms();
  CO_TRY(const auto header, check_batch(batch, *topic, options, now));
  if (topic->config.contract != nullptr && options_.gate != nullptr) {
    auto judging = append_judged(std::move(partition), topic, number, std::move(batch), header, options, now);
    co_return co_await std::move(judging);
  }
  auto there = append_there(std::move(partition), topic->config.durable, std::move(batch), header, options);
  auto done = co_await std::move(there);
  if (done && topic->config.log_append_time && !done->duplicate) done->log_append_time_ms = now;
  co_return done;
}

io::Task<LogResult<Appended>> LogImpl::append_there(PartitionPtr partition, bool durable, Bytes batch, wire::BatchHeader header, AppendOptions options) {
  auto& shard = owner_of(*partition).shard;
  return shard.on([this, partition = std::move(partition), batch = std::move(batch), header, options, durable]() mutable {
    return append_here(partition, std::move(batch), header, options, durable);
  });
}

io::Task<LogResult<void>> LogImpl::wait_for_room(Owner& owner) {
  const std::uint64_t most = limits::unflushed_bytes_max / std::uint64_t(shards_.size());
  if (owner.totals.unflushed <= most && owner.waiting_for_room == 0) co_return LogResult<void>{};
  struct Waiting {
    explicit Waiting(int& n) : count(n) { ++count; }
    ~Waiting() { --count; }
    int& count;
  } const waiting_too(owner.waiting_for_room);
  auto coming = owner.room.take();   // nobody overtakes: batches of one producer keep their order
  const auto turn = co_await std::move(coming);
  const auto deadline = io::after(room_wait);
  while (owner.totals.unflushed > most) {
    if (owner.flush_failed) co_return std::unexpected(Failure(Reason::storage_failed, *owner.flush_failed));
    if (!checkpoint_wanted_.exchange(true)) shards_.control().post([this] { maintain_.notify_all(); });
    auto waiting = owner.flushed.wait(deadline);
    if (!co_await std::move(waiting) && owner.totals.unflushed > most)
      co_return refuse(Reason::overloaded, "the disk does not keep up: " + std::to_string(owner.totals.unflushed / limits::MiB) + " MiB wait to be written", "send more slowly, or try again");
  }
  co_return LogResult<void>{};
}

io::Task<LogResult<Appended>> LogImpl::append_here(PartitionPtr partition, Bytes batch, wire::BatchHeader header, AppendOptions options, bool durable) {
  auto& owner = owner_of(*partition);
  if (owner.waiting_for_room > 0 || owner.totals.unflushed > limits::unflushed_bytes_max / std::uint64_t(shards_.size())) {
    auto waiting = wait_for_room(owner);
    CO_TRY_VOID(co_await std::move(waiting));
  }
  if (stopping_) co_return refuse(Reason::stopping, "the log is being closed");
  if (partition->gone()) co_return refuse(Reason::unknown_topic_or_partition, "topic " + partition->topic_name + " was deleted");
  CO_TRY(auto started, partition->start_append(std::move(batch), header, epoch_, clock_.wall_ms()));
  auto committing = await_commit(partition, std::move(started), options.ack, durable);
  co_return co_await std::move(committing);
}

// Queues what was started and waits for the disk, as `ack` says.
io::Task<LogResult<Appended>> LogImpl::await_commit(PartitionPtr partition, Partition::Started started, Ack ack, bool durable) {
  auto& owner = owner_of(*partition);
  if (!started.duplicate) {
    enqueue_batch(owner, partition, std::move(started.batch), started.last + 1, durable);
  }
  Appended done;
  done.base_offset = Offset{started.base};
  done.last_offset = Offset{started.last};
  done.log_start = Offset{partition->log_start()};
  done.duplicate = started.duplicate;
  // Also a repeated batch is answered only when its first copy is on disk.
  if (ack == Ack::none || partition->high_watermark() > started.last) co_return done;
  CommitWait wait;
  wait.end = started.last + 1;
  CommitAwaiter awaiter{*partition, wait};
  co_await awaiter;
  if (wait.failure) co_return std::unexpected(std::move(*wait.failure));
  co_return done;
}

io::Task<LogResult<void>> LogImpl::admit_transaction(TopicPtr topic, PartitionId number, ProducerIdentity who) {
  CO_TRY(auto partition, find(topic, number));
  auto there = owner_of(*partition).shard.on([partition, who]() -> LogResult<void> {
    if (partition->gone()) return refuse(Reason::unknown_topic_or_partition, "topic " + partition->topic_name + " was deleted");
    partition->admit(who);
    return {};
  });
  co_return co_await std::move(there);
}

io::Task<LogResult<std::optional<Offset>>> LogImpl::end_transaction(TopicPtr topic, PartitionId number, ProducerIdentity who, bool commit) {
  CO_TRY(auto partition, find(topic, number));
  const bool durable = topic->config.durable;
  auto there = owner_of(*partition).shard.on([this, partition, who, commit, durable] { return end_transaction_here(partition, who, commit, durable); });
  co_return co_await std::move(there);
}
io::Task<LogResult<std::optional<Offset>>> LogImpl::end_transaction_here(PartitionPtr partition, ProducerIdentity who, bool commit, bool durable) {
  if (stopping_) co_return refuse(Reason::stopping, "the log is being closed");
  if (partition->gone()) co_return refuse(Reason::unknown_topic_or_partition, "topic " + partition->topic_name + " was deleted");
  CO_TRY(auto started, partition->start_marker(who, commit, epoch_, clock_.wall_ms()));   // no waiting for room: a marker frees more than it takes
  if (!started.batch) co_return std::optional<Offset>{};
  auto committing = await_commit(partition, std::move(started), Ack::safe, durable);
  CO_TRY(const auto done, co_await std::move(committing));
  co_return std::optional(done.base_offset);
}

io::Task<LogResult<std::vector<ProducerState>>> LogImpl::producers(TopicPtr topic, PartitionId number) {
  CO_TRY(auto partition, find(topic, number));
  auto there = owner_of(*partition).shard.on([partition] { return partition->producers(); });
  co_return co_await std::move(there);
}

io::Task<std::vector<Log::Open>> LogImpl::open_transactions() {
  std::vector<Open> all;
  const auto topics = topics_.load();
  for (int i = 0; i < shards_.size(); ++i) {
    auto there = shards_.at(i).on([this, i, topics] {
      std::vector<Open> found;
      for (const auto& partition : owners_[std::size_t(i)]->partitions)
        if (const auto topic = topics->find(partition->topic))
          for (const auto& transaction : partition->transactions().all_open()) found.push_back({topic, PartitionId{partition->number}, transaction});
      return found;
    });
    auto found = co_await std::move(there);
    std::ranges::move(found, std::back_inserter(all));
  }
  co_return all;
}

}  // namespace braid::storage
