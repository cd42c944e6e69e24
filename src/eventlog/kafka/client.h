// Private to kafka/: librdkafka's handles with owners, its errors as ours, its queues as wake-ups of a shard.
#pragma once
#include <librdkafka/rdkafka.h>

#include <atomic>
#include <memory>
#include <string>

#include "eventlog/kafka/kafka_log.h"
#include "io/shard.h"
#include "io/sync.h"

namespace braid::eventlog::kafka {

struct Free {
  void operator()(rd_kafka_t* p) const { rd_kafka_destroy(p); }
  void operator()(rd_kafka_conf_t* p) const { rd_kafka_conf_destroy(p); }
  void operator()(rd_kafka_queue_t* p) const { rd_kafka_queue_destroy(p); }
  void operator()(rd_kafka_event_t* p) const { rd_kafka_event_destroy(p); }
  void operator()(rd_kafka_topic_partition_list_t* p) const { rd_kafka_topic_partition_list_destroy(p); }
  void operator()(rd_kafka_headers_t* p) const { rd_kafka_headers_destroy(p); }
  void operator()(rd_kafka_error_t* p) const { rd_kafka_error_destroy(p); }
  void operator()(rd_kafka_NewTopic_t* p) const { rd_kafka_NewTopic_destroy(p); }
  void operator()(rd_kafka_DeleteTopic_t* p) const { rd_kafka_DeleteTopic_destroy(p); }
  void operator()(rd_kafka_NewPartitions_t* p) const { rd_kafka_NewPartitions_destroy(p); }
  void operator()(rd_kafka_ConfigResource_t* p) const { rd_kafka_ConfigResource_destroy(p); }
  void operator()(rd_kafka_AdminOptions_t* p) const { rd_kafka_AdminOptions_destroy(p); }
  void operator()(rd_kafka_AlterConsumerGroupOffsets_t* p) const { rd_kafka_AlterConsumerGroupOffsets_destroy(p); }
  void operator()(rd_kafka_ListConsumerGroupOffsets_t* p) const { rd_kafka_ListConsumerGroupOffsets_destroy(p); }
  void operator()(rd_kafka_DeleteGroup_t* p) const { rd_kafka_DeleteGroup_destroy(p); }
  void operator()(const rd_kafka_metadata_t* p) const { rd_kafka_metadata_destroy(p); }
};
template <class T> using Owned = std::unique_ptr<T, Free>;

Error error_of(rd_kafka_resp_err_t code, const std::string& what, const char* detail = nullptr);
inline std::unexpected<Error> failed(rd_kafka_resp_err_t code, const std::string& what, const char* detail = nullptr) {
  return std::unexpected(error_of(code, what, detail));
}

enum class Role { consumer, producer };
Result<Owned<rd_kafka_t>> make_client(const KafkaOptions& options, Role role, std::map<std::string, std::string> more = {});

// Tells a shard that a queue has something. Shared by its owner, by librdkafka's thread and by messages under way to the shard.
class QueueSignal {
 public:
  explicit QueueSignal(io::Shard& home) : home_(home) {}
  // librdkafka calls back from a thread of its own; the caller keeps the returned signal for as long as the queue may call.
  static std::shared_ptr<QueueSignal> attach(rd_kafka_queue_t* queue, io::Shard& home);
  static void detach(rd_kafka_queue_t* queue) { rd_kafka_queue_cb_event_enable(queue, nullptr, nullptr); }
  io::Task<bool> wait(io::Deadline deadline);   // on the home shard; true: look into the queue
  void wake();                                  // on the home shard

 private:
  void send();                                  // from librdkafka's thread
  io::Shard& home_;
  io::Notifier changed_;
  bool news_ = false;
  std::atomic<bool> sent_ = false;
  std::weak_ptr<QueueSignal> self_;
};

std::unique_ptr<Reader> make_reader(Owned<rd_kafka_t> client, io::Pool& pool, std::vector<std::pair<TopicPartition, Offset>> from);

}  // namespace braid::eventlog::kafka
