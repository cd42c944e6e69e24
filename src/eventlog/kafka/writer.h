// Private to kafka/: the shared producer and the writers on it.
#pragma once
#include <functional>

#include "eventlog/kafka/client.h"

namespace braid::eventlog::kafka {

// Asks the log how many partitions a topic has; not_found when there is no such topic.
using CountPartitions = std::function<io::Task<Result<std::int32_t>>(std::string topic)>;

// One librdkafka producer for all writers. Its delivery reports are taken on the shard that used it first and handed to the waiting writers.
class SharedProducer {
 public:
  static Result<std::unique_ptr<SharedProducer>> open(const KafkaOptions& options);
  ~SharedProducer();
  // On any shard. Waits until all records are acknowledged or failed.
  io::Task<Result<Offset>> write(TopicPartition to, std::vector<Record> records);

 private:
  explicit SharedProducer(Owned<rd_kafka_t> client);
  struct Delivery;
  struct Reports;
  std::shared_ptr<Reports> reports_;   // shared with the messages that report to writers' shards
  Owned<rd_kafka_t> client_;
  Owned<rd_kafka_queue_t> queue_;
};

std::unique_ptr<Writer> make_writer(SharedProducer& producer, CountPartitions count);

}  // namespace braid::eventlog::kafka
