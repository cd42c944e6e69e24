#include "eventlog/embedded/reader.h"

#include "base/log.h"
#include "eventlog/embedded/decode.h"
#include "eventlog/embedded/visible_topic.h"

namespace braid::eventlog {
namespace {

class EmbeddedReader final : public Reader {
 public:
  EmbeddedReader(storage::Log& log, std::vector<std::pair<TopicPartition, Offset>> from) : log_(log) {
    for (auto& [partition, offset] : from) (void)seek(partition, offset);
  }

  io::Task<Result<std::vector<Chunk>>> next(io::Deadline deadline, std::size_t max_bytes) override {
    for (;;) {
      if (closed_) co_return fail(ErrorCode::stopping, "the reader was closed");
      std::vector<Chunk> chunks;
      std::size_t bytes = 0;
      const std::size_t count = positions_.size();
      for (std::size_t i = 0; i < count && bytes < max_bytes; ++i) {
        auto reading = read_one((turn_ + i) % count, max_bytes - bytes, chunks.empty(), bytes);
        CO_TRY(auto chunk, co_await std::move(reading));
        if (closed_) co_return fail(ErrorCode::stopping, "the reader was closed");
        if (chunk) chunks.push_back(*std::move(chunk));
      }
      if (count > 0) turn_ = (turn_ + 1) % count;   // so that a busy partition never starves the others
      if (!chunks.empty()) co_return chunks;
      if (sought_) {   // seek() during the read: look again
        sought_ = false;
        continue;
      }
      watch_ = log_.watch();
      for (const auto& p : positions_)
        if (p.topic) watch_->add(p.topic, p.partition.partition, p.at, storage::Isolation::read_committed);
      auto waiting = watch_->wait(deadline);
      const bool news = co_await std::move(waiting);
      watch_.reset();
      if (!news && !closed_) co_return std::vector<Chunk>{};
    }
  }

  Result<void> seek(const TopicPartition& partition, Offset to) override {
    if (to.value < 0) return fail(ErrorCode::invalid_input, "offset " + std::to_string(to.value) + " of " + partition.topic + " is below 0");
    sought_ = true;
    if (watch_) watch_->wake();
    for (auto& p : positions_)
      if (p.partition == partition) {
        p.at = to;
        ++p.sought;
        return {};
      }
    positions_.push_back({partition, to, nullptr, 0});
    return {};
  }

  void close() override {
    closed_ = true;
    if (watch_) watch_->wake();
  }

 private:
  struct Position {
    TopicPartition partition;
    Offset at;
    storage::TopicPtr topic;
    int sought = 0;
  };

  // The next records of one partition, if there are any.
  io::Task<Result<std::optional<Chunk>>> read_one(std::size_t index, std::size_t max_bytes, bool at_least_one, std::size_t& bytes) {
    for (int attempt = 0;; ++attempt) {
      auto& p = positions_[index];
      if (!p.topic) {
        p.topic = visible_topic(log_, p.partition.topic);
        if (!p.topic) co_return std::unexpected(no_such_topic(p.partition.topic));
      }
      const int sought = p.sought;
      const auto from = p.at;
      storage::ReadOptions options;
      options.bytes_max = max_bytes;
      options.at_least_one = at_least_one;
      options.isolation = storage::Isolation::read_committed;
      auto reading = log_.read(p.topic, p.partition.partition, from, options);
      auto read = co_await std::move(reading);
      auto& now = positions_[index];   // seek() may have added partitions meanwhile
      if (now.sought != sought) co_return std::optional<Chunk>{};
      if (!read) {
        if (read.error().reason == storage::Reason::unknown_topic_or_partition && attempt == 0) {   // deleted, and perhaps made again; or grown
          const auto fresh = visible_topic(log_, now.partition.topic);
          if (fresh && fresh != now.topic) {
            if (fresh->id != now.topic->id) now.at = Offset{0};
            now.topic = fresh;
            continue;
          }
          now.topic = nullptr;
        }
        if (read.error().reason == storage::Reason::offset_out_of_range && attempt < 2) {
          auto looking = log_.state(now.topic, now.partition.partition);
          CO_TRY(const auto state, co_await std::move(looking));
          log::warn("reader_position_reset", {{"topic", now.partition.topic}, {"partition", now.partition.partition.value}, {"from", from.value}, {"to", state.log_start.value}});
          positions_[index].at = state.log_start;
          continue;
        }
        if (read.error().reason == storage::Reason::unknown_topic_or_partition && now.topic) co_return std::unexpected(no_such_partition(now.partition, now.topic->partition_count()));
        if (read.error().reason == storage::Reason::unknown_topic_or_partition) co_return std::unexpected(no_such_topic(now.partition.topic));
        co_return std::unexpected(std::move(read).error());
      }
      if (read->pieces.empty() && read->next <= from) co_return std::optional<Chunk>{};
      Chunk chunk;   // without records where compaction left nothing: whoever waits for the end of the log must see it come
      chunk.from = now.partition;
      chunk.next = read->next;
      if (auto decoded = decode_read(*read, from, chunk); !decoded) co_return std::unexpected(std::move(decoded).error().during(now.partition.topic));
      now.at = chunk.next;
      bytes += read->bytes;
      co_return std::optional(std::move(chunk));
    }
  }

  storage::Log& log_;
  std::vector<Position> positions_;
  std::unique_ptr<storage::Watch> watch_;   // while next() waits
  std::size_t turn_ = 0;
  bool closed_ = false;
  bool sought_ = false;
};

}  // namespace

std::unique_ptr<Reader> embedded_reader(storage::Log& log, std::vector<std::pair<TopicPartition, Offset>> from) {
  return std::make_unique<EmbeddedReader>(log, std::move(from));
}

Error no_such_topic(const std::string& name) { return {ErrorCode::not_found, "there is no topic '" + name + "'", "list the topics to see their names"}; }
Error no_such_partition(const TopicPartition& partition, std::int32_t partitions) {
  return {ErrorCode::not_found, "topic " + partition.topic + " has no partition " + std::to_string(partition.partition.value) + ", it has " + std::to_string(partitions)};
}

}  // namespace braid::eventlog
