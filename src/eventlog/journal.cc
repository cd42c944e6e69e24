#include "eventlog/journal.h"

#include "base/log.h"

namespace braid::eventlog {
namespace {

constexpr io::Milliseconds follow_patience{60'000};   // how long one read waits before it asks again
constexpr io::Milliseconds retry_pause{200};          // after a read that failed
constexpr std::size_t replay_bytes = 4 << 20;

class JournalImpl final : public Journal {
 public:
  JournalImpl(EventLog& log, TopicPartition topic, Apply apply, Offset start)
      : log_(log), topic_(std::move(topic)), apply_(std::move(apply)), applied_(start) {}

  io::Task<io::Turns::Turn> turn() override { return turns_.take(); }
  Offset applied() const override { return applied_; }

  io::Task<Result<Offset>> write(std::vector<Record> records) override {
    const auto pass = gate_.enter();
    if (!pass) co_return fail(ErrorCode::stopping, "the node is stopping");
    const auto count = std::int64_t(records.size());
    CO_TRY(const auto first, co_await writer_->write(topic_, std::move(records)));
    CO_TRY_VOID(co_await until(Offset{first.value + count}));
    co_return first;
  }

  io::Task<Result<void>> catch_up() override {
    CO_TRY(const auto bounds, co_await log_.bounds(topic_));
    co_return co_await until(bounds.end);
  }

  io::Task<void> close() override {
    closing_ = true;
    if (reader_) reader_->close();
    moved_.notify_all();
    co_await gate_.close();
  }

  // Opens reader and writer, replays what is there, and goes on following in the background.
  io::Task<Result<void>> start() {
    CO_TRY(writer_, log_.writer());
    CO_TRY(const auto bounds, co_await log_.bounds(topic_));
    applied_ = std::max(applied_, bounds.earliest);
    std::vector<std::pair<TopicPartition, Offset>> from{{topic_, applied_}};
    CO_TRY(reader_, log_.reader(std::move(from)));
    while (applied_ < bounds.end) {
      CO_TRY(const auto chunks, co_await reader_->next(io::after(follow_patience), replay_bytes));
      apply_all(chunks);
    }
    io::Shard::current()->spawn(follow());
    co_return Result<void>{};
  }

 private:
  io::Task<void> follow() {
    const auto pass = gate_.enter();
    if (!pass) co_return;
    while (!closing_) {
      const auto chunks = co_await reader_->next(io::after(follow_patience), replay_bytes);
      if (chunks) {
        apply_all(*chunks);
      } else if (!closing_) {
        log::warn("journal_read_failed", {{"topic", topic_.topic}, {"reason", chunks.error().message}});
        co_await moved_.wait(io::after(retry_pause));
      }
    }
  }

  void apply_all(const std::vector<Chunk>& chunks) {
    for (const auto& chunk : chunks) {
      for (const auto& record : chunk.records) {
        if (record.offset < applied_) continue;   // a batch may begin before the offset asked for
        if (const auto done = apply_(record); !done)
          log::warn("journal_record_skipped", {{"topic", topic_.topic}, {"offset", record.offset.value}, {"reason", done.error().message}});
        applied_ = Offset{record.offset.value + 1};
      }
      applied_ = std::max(applied_, chunk.next);
    }
    if (!chunks.empty()) moved_.notify_all();
  }

  io::Task<Result<void>> until(Offset end) {
    while (applied_ < end && !closing_) co_await moved_.wait();
    if (applied_ < end) co_return fail(ErrorCode::stopping, "the node is stopping");
    co_return Result<void>{};
  }

  EventLog& log_;
  TopicPartition topic_;
  Apply apply_;
  Offset applied_;
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<Reader> reader_;
  io::Turns turns_;
  io::Gate gate_;
  io::Notifier moved_;
  bool closing_ = false;
};

}  // namespace

io::Task<Result<std::unique_ptr<Journal>>> Journal::open(EventLog& log, TopicSpec topic, Apply apply) {
  topic.partitions = 1;
  const std::string name = topic.name;
  auto found = co_await log.describe_topic(name);
  if (!found && found.error().code == ErrorCode::not_found) {
    found = co_await log.create_topic(std::move(topic));
    if (!found && found.error().code == ErrorCode::already_exists) found = co_await log.describe_topic(name);   // another node was faster
  }
  if (!found) co_return std::unexpected(std::move(found).error().during("opening the journal " + name));
  if (found->partitions != 1)
    co_return fail(ErrorCode::conflict, "the topic " + name + " has " + std::to_string(found->partitions) + " partitions and must have one",
                   "its records have one order; move that topic away and start again");
  TopicPartition partition{name, PartitionId{0}};
  auto journal = std::make_unique<JournalImpl>(log, std::move(partition), std::move(apply), Offset{0});
  auto started = co_await journal->start();
  if (!started) co_return std::unexpected(std::move(started).error().during("reading the journal " + name));
  co_return journal;
}

}  // namespace braid::eventlog
