// A reader: one librdkafka consumer with partitions assigned by hand, whose queue wakes the reader's shard.
#include <algorithm>

#include "eventlog/kafka/client.h"

namespace braid::eventlog::kafka {
namespace {

constexpr std::size_t poll_messages = 256;

struct Messages {   // keeps what the views of a chunk point to
  std::vector<rd_kafka_message_t*> list;
  ~Messages() {
    for (auto* m : list) rd_kafka_message_destroy(m);
  }
};

class KafkaReader final : public Reader {
 public:
  KafkaReader(Owned<rd_kafka_t> client, io::Pool& pool, std::vector<std::pair<TopicPartition, Offset>> from)
      : client_(std::move(client)), pool_(pool), queue_(rd_kafka_queue_get_consumer(client_.get())), signal_(QueueSignal::attach(queue_.get(), *io::Shard::current())) {
    rd_kafka_poll_set_consumer(client_.get());
    for (const auto& [partition, offset] : from) (void)seek(partition, offset);
  }
  ~KafkaReader() override {
    QueueSignal::detach(queue_.get());
    pool_.post([client = std::move(client_), queue = std::move(queue_)]() mutable {   // takes its time, and joins threads
      queue.reset();
      client.reset();
    });
  }

  io::Task<Result<std::vector<Chunk>>> next(io::Deadline deadline, std::size_t max_bytes) override {
    for (;;) {
      if (closed_) co_return fail(ErrorCode::stopping, "the reader was closed");
      std::vector<Chunk> chunks;
      std::optional<Error> error;
      take(max_bytes, chunks, error);
      if (!chunks.empty()) co_return chunks;   // an error behind them comes again
      if (error) co_return std::unexpected(*std::move(error));
      const bool news = co_await signal_->wait(deadline);
      if (!news && !closed_) co_return std::vector<Chunk>{};
    }
  }

  Result<void> seek(const TopicPartition& partition, Offset to) override {
    if (to.value < 0) return fail(ErrorCode::invalid_input, "offset " + std::to_string(to.value) + " of " + partition.topic + " is below 0");
    Owned<rd_kafka_topic_partition_list_t> one(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(one.get(), partition.topic.c_str(), partition.partition.value)->offset = to.value;
    if (const auto it = positions_.find(partition); it != positions_.end()) {
      Owned<rd_kafka_error_t> failed(rd_kafka_incremental_unassign(client_.get(), one.get()));
      if (failed) return kafka::failed(rd_kafka_error_code(failed.get()), "leave " + partition.topic, rd_kafka_error_string(failed.get()));
    }
    Owned<rd_kafka_error_t> failed(rd_kafka_incremental_assign(client_.get(), one.get()));
    if (failed) return kafka::failed(rd_kafka_error_code(failed.get()), "read " + partition.topic, rd_kafka_error_string(failed.get()));
    positions_[partition] = to.value;
    return {};
  }

  void close() override {
    closed_ = true;
    signal_->wake();
  }

 private:
  // What is in the queue now, by partition.
  void take(std::size_t max_bytes, std::vector<Chunk>& chunks, std::optional<Error>& error) {
    std::size_t bytes = 0;
    while (bytes < max_bytes && !error) {
      rd_kafka_message_t* got[poll_messages];
      const auto n = rd_kafka_consume_batch_queue(queue_.get(), 0, got, poll_messages);
      if (n <= 0) return;
      auto owner = std::make_shared<Messages>();
      owner->list.assign(got, got + n);
      for (auto* m : owner->list) {
        if (m->err) note(*m, chunks, error);
        else bytes += add(*m, owner, chunks);
      }
    }
  }

  Chunk& chunk_of(const TopicPartition& from, std::vector<Chunk>& chunks) {
    const auto it = std::ranges::find(chunks, from, &Chunk::from);
    if (it != chunks.end()) return *it;
    auto& chunk = chunks.emplace_back();
    chunk.from = from;
    return chunk;
  }

  static TopicPartition place_of(const rd_kafka_message_t& m) { return {rd_kafka_topic_name(m.rkt), PartitionId{m.partition}}; }

  std::size_t add(const rd_kafka_message_t& m, const std::shared_ptr<Messages>& owner, std::vector<Chunk>& chunks) {
    const auto from = place_of(m);
    const auto position = positions_.find(from);
    if (position == positions_.end() || m.offset < position->second) return 0;   // left over from before a seek
    auto& chunk = chunk_of(from, chunks);
    if (chunk.owners.empty() || chunk.owners.back() != owner) chunk.owners.push_back(owner);
    auto& record = chunk.records.emplace_back();
    record.offset = Offset{m.offset};
    rd_kafka_timestamp_type_t type;
    record.timestamp_ms = rd_kafka_message_timestamp(&m, &type);
    if (m.key != nullptr) record.key = BytesView(static_cast<const char*>(m.key), m.key_len);
    if (m.payload != nullptr) record.value = BytesView(static_cast<const char*>(m.payload), m.len);
    rd_kafka_headers_t* headers = nullptr;
    record.headers_begin = std::uint32_t(chunk.headers.size());
    if (rd_kafka_message_headers(&m, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
      const char* name;
      const void* value;
      size_t size;
      for (size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i)
        chunk.headers.push_back({BytesView(name), value == nullptr ? std::nullopt : std::optional(BytesView(static_cast<const char*>(value), size))});
    }
    record.headers_count = std::uint32_t(chunk.headers.size()) - record.headers_begin;
    position->second = m.offset + 1;
    chunk.next = Offset{m.offset + 1};
    return m.len + m.key_len + 16;
  }

  void note(const rd_kafka_message_t& m, std::vector<Chunk>& chunks, std::optional<Error>& error) {
    if (m.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {   // control records at the end have offsets too: the position moves over them
      const auto from = place_of(m);
      const auto position = positions_.find(from);
      if (position == positions_.end() || m.offset <= position->second) return;
      position->second = m.offset;
      chunk_of(from, chunks).next = Offset{m.offset};
      return;
    }
    switch (m.err) {   // librdkafka goes on by itself after these
      case RD_KAFKA_RESP_ERR__TRANSPORT:
      case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
      case RD_KAFKA_RESP_ERR__RESOLVE:
      case RD_KAFKA_RESP_ERR__TIMED_OUT:
      case RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED:
      case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
      case RD_KAFKA_RESP_ERR_NOT_COORDINATOR: return;
      default: break;
    }
    const std::string where = m.rkt != nullptr ? std::string(rd_kafka_topic_name(m.rkt)) : "the cluster";
    error = error_of(m.err, "read " + where, rd_kafka_message_errstr(&m));
  }

  Owned<rd_kafka_t> client_;
  io::Pool& pool_;
  Owned<rd_kafka_queue_t> queue_;
  std::shared_ptr<QueueSignal> signal_;   // shared with messages under way to this shard
  std::map<TopicPartition, std::int64_t> positions_;
  bool closed_ = false;
};

}  // namespace

std::unique_ptr<Reader> make_reader(Owned<rd_kafka_t> client, io::Pool& pool, std::vector<std::pair<TopicPartition, Offset>> from) {
  return std::make_unique<KafkaReader>(std::move(client), pool, std::move(from));
}

}  // namespace braid::eventlog::kafka
