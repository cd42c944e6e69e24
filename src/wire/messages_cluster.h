// What administrators ask about the cluster itself: directories, replicas, elections, quotas, resources. On one node most answers are short.
// Declarations (message.h); names are Kafka's.
#pragma once
#include "wire/message.h"

namespace braid::wire {

struct TopicPartitions {
  std::string topic;
  std::vector<std::int32_t> partitions;
  static constexpr auto fields() { return std::tuple{field("topic", &TopicPartitions::topic), field("partitions", &TopicPartitions::partitions)}; }
};

struct AlterReplicaLogDirsRequest {
  static constexpr Message message{ApiKey::alter_replica_log_dirs, Direction::request};
  struct Dir {
    std::string path;
    std::vector<TopicPartitions> topics;
    static constexpr auto fields() { return std::tuple{field("path", &Dir::path), field("topics", &Dir::topics)}; }
  };
  std::vector<Dir> dirs;
  static constexpr auto fields() { return std::tuple{field("dirs", &AlterReplicaLogDirsRequest::dirs)}; }
};

struct AlterReplicaLogDirsResponse {
  static constexpr Message message{ApiKey::alter_replica_log_dirs, Direction::response};
  struct Partition {
    std::int32_t partition_index = 0;
    std::int16_t error_code = 0;
    static constexpr auto fields() {
      return std::tuple{field("partition_index", &Partition::partition_index), field("error_code", &Partition::error_code)};
    }
  };
  struct Topic {
    std::string topic_name;
    std::vector<Partition> partitions;
    static constexpr auto fields() { return std::tuple{field("topic_name", &Topic::topic_name), field("partitions", &Topic::partitions)}; }
  };
  std::int32_t throttle_time_ms = 0;
  std::vector<Topic> results;
  static constexpr auto fields() {
    using M = AlterReplicaLogDirsResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms), field("results", &M::results)};
  }
};

struct DescribeLogDirsRequest {
  static constexpr Message message{ApiKey::describe_log_dirs, Direction::request};
  std::optional<std::vector<TopicPartitions>> topics;   // null: all
  static constexpr auto fields() { return std::tuple{field("topics", &DescribeLogDirsRequest::topics)}; }
};

struct DescribeLogDirsResponse {
  static constexpr Message message{ApiKey::describe_log_dirs, Direction::response};
  struct Partition {
    std::int32_t partition_index = 0;
    std::int64_t partition_size = 0;
    std::int64_t offset_lag = 0;
    bool is_future_key = false;
    static constexpr auto fields() {
      using M = Partition;
      return std::tuple{field("partition_index", &M::partition_index), field("partition_size", &M::partition_size), field("offset_lag", &M::offset_lag),
                        field("is_future_key", &M::is_future_key)};
    }
  };
  struct Topic {
    std::string name;
    std::vector<Partition> partitions;
    static constexpr auto fields() { return std::tuple{field("name", &Topic::name), field("partitions", &Topic::partitions)}; }
  };
  struct Dir {
    std::int16_t error_code = 0;
    std::string log_dir;
    std::vector<Topic> topics;
    std::int64_t total_bytes = -1;
    std::int64_t usable_bytes = -1;
    static constexpr auto fields() {
      using M = Dir;
      return std::tuple{field("error_code", &M::error_code), field("log_dir", &M::log_dir), field("topics", &M::topics),
                        field("total_bytes", &M::total_bytes, since(4)), field("usable_bytes", &M::usable_bytes, since(4))};
    }
  };
  std::int32_t throttle_time_ms = 0;
  std::int16_t error_code = 0;
  std::vector<Dir> results;
  static constexpr auto fields() {
    using M = DescribeLogDirsResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms), field("error_code", &M::error_code, since(3)), field("results", &M::results)};
  }
};

struct ElectLeadersRequest {
  static constexpr Message message{ApiKey::elect_leaders, Direction::request};
  std::int8_t election_type = 0;   // 0 preferred, 1 unclean
  std::optional<std::vector<TopicPartitions>> topic_partitions;   // null: all
  std::int32_t timeout_ms = 60'000;
  static constexpr auto fields() {
    using M = ElectLeadersRequest;
    return std::tuple{field("election_type", &M::election_type, since(1)), field("topic_partitions", &M::topic_partitions), field("timeout_ms", &M::timeout_ms)};
  }
};

struct ElectLeadersResponse {
  static constexpr Message message{ApiKey::elect_leaders, Direction::response};
  struct Partition {
    std::int32_t partition_id = 0;
    std::int16_t error_code = 0;
    std::optional<std::string> error_message;
    static constexpr auto fields() {
      using M = Partition;
      return std::tuple{field("partition_id", &M::partition_id), field("error_code", &M::error_code), field("error_message", &M::error_message)};
    }
  };
  struct Topic {
    std::string topic;
    std::vector<Partition> partition_result;
    static constexpr auto fields() { return std::tuple{field("topic", &Topic::topic), field("partition_result", &Topic::partition_result)}; }
  };
  std::int32_t throttle_time_ms = 0;
  std::int16_t error_code = 0;
  std::vector<Topic> replica_election_results;
  static constexpr auto fields() {
    using M = ElectLeadersResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms), field("error_code", &M::error_code, since(1)),
                      field("replica_election_results", &M::replica_election_results)};
  }
};

struct AlterPartitionReassignmentsRequest {
  static constexpr Message message{ApiKey::alter_partition_reassignments, Direction::request};
  struct Partition {
    std::int32_t partition_index = 0;
    std::optional<std::vector<std::int32_t>> replicas;   // null: cancel
    static constexpr auto fields() { return std::tuple{field("partition_index", &Partition::partition_index), field("replicas", &Partition::replicas)}; }
  };
  struct Topic {
    std::string name;
    std::vector<Partition> partitions;
    static constexpr auto fields() { return std::tuple{field("name", &Topic::name), field("partitions", &Topic::partitions)}; }
  };
  std::int32_t timeout_ms = 60'000;
  bool allow_replication_factor_change = true;
  std::vector<Topic> topics;
  static constexpr auto fields() {
    using M = AlterPartitionReassignmentsRequest;
    return std::tuple{field("timeout_ms", &M::timeout_ms), field("allow_replication_factor_change", &M::allow_replication_factor_change, since(1)),
                      field("topics", &M::topics)};
  }
};

struct AlterPartitionReassignmentsResponse {
  static constexpr Message message{ApiKey::alter_partition_reassignments, Direction::response};
  struct Partition {
    std::int32_t partition_index = 0;
    std::int16_t error_code = 0;
    std::optional<std::string> error_message;
    static constexpr auto fields() {
      using M = Partition;
      return std::tuple{field("partition_index", &M::partition_index), field("error_code", &M::error_code), field("error_message", &M::error_message)};
    }
  };
  struct Topic {
    std::string name;
    std::vector<Partition> partitions;
    static constexpr auto fields() { return std::tuple{field("name", &Topic::name), field("partitions", &Topic::partitions)}; }
  };
  std::int32_t throttle_time_ms = 0;
  bool allow_replication_factor_change = true;
  std::int16_t error_code = 0;
  std::optional<std::string> error_message;
  std::vector<Topic> responses;
  static constexpr auto fields() {
    using M = AlterPartitionReassignmentsResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms), field("allow_replication_factor_change", &M::allow_replication_factor_change, since(1)),
                      field("error_code", &M::error_code), field("error_message", &M::error_message), field("responses", &M::responses)};
  }
};

struct ListPartitionReassignmentsRequest {
  static constexpr Message message{ApiKey::list_partition_reassignments, Direction::request};
  struct Topic {
    std::string name;
    std::vector<std::int32_t> partition_indexes;
    static constexpr auto fields() { return std::tuple{field("name", &Topic::name), field("partition_indexes", &Topic::partition_indexes)}; }
  };
  std::int32_t timeout_ms = 60'000;
  std::optional<std::vector<Topic>> topics;   // null: all
  static constexpr auto fields() {
    using M = ListPartitionReassignmentsRequest;
    return std::tuple{field("timeout_ms", &M::timeout_ms), field("topics", &M::topics)};
  }
};

struct ListPartitionReassignmentsResponse {
  static constexpr Message message{ApiKey::list_partition_reassignments, Direction::response};
  struct Partition {
    std::int32_t partition_index = 0;
    std::vector<std::int32_t> replicas;
    std::vector<std::int32_t> adding_replicas;
    std::vector<std::int32_t> removing_replicas;
    static constexpr auto fields() {
      using M = Partition;
      return std::tuple{field("partition_index", &M::partition_index), field("replicas", &M::replicas), field("adding_replicas", &M::adding_replicas),
                        field("removing_replicas", &M::removing_replicas)};
    }
  };
  struct Topic {
    std::string name;
    std::vector<Partition> partitions;
    static constexpr auto fields() { return std::tuple{field("name", &Topic::name), field("partitions", &Topic::partitions)}; }
  };
  std::int32_t throttle_time_ms = 0;
  std::int16_t error_code = 0;
  std::optional<std::string> error_message;
  std::vector<Topic> topics;
  static constexpr auto fields() {
    using M = ListPartitionReassignmentsResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms), field("error_code", &M::error_code), field("error_message", &M::error_message),
                      field("topics", &M::topics)};
  }
};

struct DescribeClientQuotasRequest {
  static constexpr Message message{ApiKey::describe_client_quotas, Direction::request};
  struct Component {
    std::string entity_type;
    std::int8_t match_type = 0;   // 0 by name, 1 the default, 2 any
    std::optional<std::string> match;
    static constexpr auto fields() {
      using M = Component;
      return std::tuple{field("entity_type", &M::entity_type), field("match_type", &M::match_type), field("match", &M::match)};
    }
  };
  std::vector<Component> components;
  bool strict = false;
  static constexpr auto fields() {
    using M = DescribeClientQuotasRequest;
    return std::tuple{field("components", &M::components), field("strict", &M::strict)};
  }
};

struct DescribeClientQuotasResponse {
  static constexpr Message message{ApiKey::describe_client_quotas, Direction::response};
  struct Entity {
    std::string entity_type;
    std::optional<std::string> entity_name;
    static constexpr auto fields() { return std::tuple{field("entity_type", &Entity::entity_type), field("entity_name", &Entity::entity_name)}; }
  };
  struct Value {
    std::string key;
    double value = 0;
    static constexpr auto fields() { return std::tuple{field("key", &Value::key), field("value", &Value::value)}; }
  };
  struct Entry {
    std::vector<Entity> entity;
    std::vector<Value> values;
    static constexpr auto fields() { return std::tuple{field("entity", &Entry::entity), field("values", &Entry::values)}; }
  };
  std::int32_t throttle_time_ms = 0;
  std::int16_t error_code = 0;
  std::optional<std::string> error_message;
  std::optional<std::vector<Entry>> entries;
  static constexpr auto fields() {
    using M = DescribeClientQuotasResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms), field("error_code", &M::error_code), field("error_message", &M::error_message),
                      field("entries", &M::entries)};
  }
};

struct ListConfigResourcesRequest {
  static constexpr Message message{ApiKey::list_config_resources, Direction::request};
  std::vector<std::int8_t> resource_types;   // empty: all
  static constexpr auto fields() { return std::tuple{field("resource_types", &ListConfigResourcesRequest::resource_types, since(1))}; }
};

struct ListConfigResourcesResponse {
  static constexpr Message message{ApiKey::list_config_resources, Direction::response};
  struct Resource {
    std::string resource_name;
    std::int8_t resource_type = 16;
    static constexpr auto fields() {
      return std::tuple{field("resource_name", &Resource::resource_name), field("resource_type", &Resource::resource_type, since(1))};
    }
  };
  std::int32_t throttle_time_ms = 0;
  std::int16_t error_code = 0;
  std::vector<Resource> config_resources;
  static constexpr auto fields() {
    using M = ListConfigResourcesResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms), field("error_code", &M::error_code), field("config_resources", &M::config_resources)};
  }
};

struct DescribeTopicPartitionsRequest {
  static constexpr Message message{ApiKey::describe_topic_partitions, Direction::request};
  struct Topic {
    std::string name;
    static constexpr auto fields() { return std::tuple{field("name", &Topic::name)}; }
  };
  struct Cursor {
    std::string topic_name;
    std::int32_t partition_index = 0;
    static constexpr auto fields() { return std::tuple{field("topic_name", &Cursor::topic_name), field("partition_index", &Cursor::partition_index)}; }
  };
  std::vector<Topic> topics;   // empty: all
  std::int32_t response_partition_limit = 2000;
  std::optional<Cursor> cursor;   // where to go on
  static constexpr auto fields() {
    using M = DescribeTopicPartitionsRequest;
    return std::tuple{field("topics", &M::topics), field("response_partition_limit", &M::response_partition_limit), field("cursor", &M::cursor)};
  }
};

struct DescribeTopicPartitionsResponse {
  static constexpr Message message{ApiKey::describe_topic_partitions, Direction::response};
  using Cursor = DescribeTopicPartitionsRequest::Cursor;
  struct Partition {
    std::int16_t error_code = 0;
    std::int32_t partition_index = 0;
    std::int32_t leader_id = 0;
    std::int32_t leader_epoch = -1;
    std::vector<std::int32_t> replica_nodes;
    std::vector<std::int32_t> isr_nodes;
    std::optional<std::vector<std::int32_t>> eligible_leader_replicas;
    std::optional<std::vector<std::int32_t>> last_known_elr;
    std::vector<std::int32_t> offline_replicas;
    static constexpr auto fields() {
      using M = Partition;
      return std::tuple{field("error_code", &M::error_code), field("partition_index", &M::partition_index), field("leader_id", &M::leader_id),
                        field("leader_epoch", &M::leader_epoch), field("replica_nodes", &M::replica_nodes), field("isr_nodes", &M::isr_nodes),
                        field("eligible_leader_replicas", &M::eligible_leader_replicas), field("last_known_elr", &M::last_known_elr),
                        field("offline_replicas", &M::offline_replicas)};
    }
  };
  struct Topic {
    std::int16_t error_code = 0;
    std::optional<std::string> name;
    Uuid topic_id{};
    bool is_internal = false;
    std::vector<Partition> partitions;
    std::int32_t topic_authorized_operations = std::numeric_limits<std::int32_t>::min();
    static constexpr auto fields() {
      using M = Topic;
      return std::tuple{field("error_code", &M::error_code), field("name", &M::name), field("topic_id", &M::topic_id), field("is_internal", &M::is_internal),
                        field("partitions", &M::partitions), field("topic_authorized_operations", &M::topic_authorized_operations)};
    }
  };
  std::int32_t throttle_time_ms = 0;
  std::vector<Topic> topics;
  std::optional<Cursor> next_cursor;
  static constexpr auto fields() {
    using M = DescribeTopicPartitionsResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms), field("topics", &M::topics), field("next_cursor", &M::next_cursor)};
  }
};

struct UpdateFeaturesRequest {
  static constexpr Message message{ApiKey::update_features, Direction::request};
  struct Update {
    std::string feature;
    std::int16_t max_version_level = 0;
    bool allow_downgrade = false;
    std::int8_t upgrade_type = 1;   // 1 upgrade, 2 safe downgrade, 3 unsafe downgrade
    static constexpr auto fields() {
      using M = Update;
      return std::tuple{field("feature", &M::feature), field("max_version_level", &M::max_version_level), field("allow_downgrade", &M::allow_downgrade, until(0)),
                        field("upgrade_type", &M::upgrade_type, since(1))};
    }
  };
  std::int32_t timeout_ms = 60'000;
  std::vector<Update> feature_updates;
  bool validate_only = false;
  static constexpr auto fields() {
    using M = UpdateFeaturesRequest;
    return std::tuple{field("timeout_ms", &M::timeout_ms), field("feature_updates", &M::feature_updates), field("validate_only", &M::validate_only, since(1))};
  }
};

struct UpdateFeaturesResponse {
  static constexpr Message message{ApiKey::update_features, Direction::response};
  struct Outcome {
    std::string feature;
    std::int16_t error_code = 0;
    std::optional<std::string> error_message;
    static constexpr auto fields() {
      using M = Outcome;
      return std::tuple{field("feature", &M::feature), field("error_code", &M::error_code), field("error_message", &M::error_message)};
    }
  };
  std::int32_t throttle_time_ms = 0;
  std::int16_t error_code = 0;
  std::optional<std::string> error_message;
  std::vector<Outcome> results;   // version 2 has one outcome for all
  static constexpr auto fields() {
    using M = UpdateFeaturesResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms), field("error_code", &M::error_code), field("error_message", &M::error_message),
                      field("results", &M::results, until(1))};
  }
};

}  // namespace braid::wire
