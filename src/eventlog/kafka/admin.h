// Private to kafka/: questions and orders to the cluster. All of them block: they run on the log's pool.
#pragma once
#include "eventlog/kafka/client.h"
#include "eventlog/kafka/groups.h"

namespace braid::eventlog::kafka {

class Admin {
 public:
  Admin(rd_kafka_t* client, const KafkaOptions& options) : client_(client), options_(options) {}

  Result<std::vector<TopicInfo>> topics();                                  // by name
  Result<TopicInfo> topic(const std::string& name);
  Result<void> create_topic(const TopicSpec& spec);   // other brokers of the cluster may show it a little later
  Result<void> delete_topic(const std::string& name);
  Result<void> add_partitions(const std::string& name, std::int32_t new_total);
  Result<std::map<std::string, std::string>> configs(const std::string& name);
  Result<void> alter_configs(const std::string& name, const std::map<std::string, std::optional<std::string>>& changes);
  Result<PartitionBounds> bounds(const TopicPartition& partition);
  Result<Offset> offset_at_time(const TopicPartition& partition, std::int64_t timestamp_ms);
  Result<void> commit(const std::string& group, const std::map<TopicPartition, Offset>& offsets);
  Result<std::map<TopicPartition, Offset>> committed(const std::string& group);
  Result<std::vector<std::string>> groups();
  Result<std::vector<ClusterGroup>> describe_groups(const std::vector<std::string>& names);   // in the order of the names
  Result<void> delete_group(const std::string& name);
  Result<std::string> cluster_id();

 private:
  struct Config {
    std::string value;
    bool own = false;   // set for this topic
  };
  template <class Ask> Result<Owned<rd_kafka_event_t>> ask(rd_kafka_admin_op_t operation, const std::string& what, Ask ask);
  Result<std::map<std::string, Config>> read_configs(const std::string& name);
  Result<void> check_partition(const TopicPartition& partition);
  int wait_ms() const { return int(options_.patience.count()); }

  rd_kafka_t* client_;
  const KafkaOptions& options_;
};

}  // namespace braid::eventlog::kafka
