// ApiVersions, Metadata, DescribeCluster, FindCoordinator: how a client finds its way. Declarations (message.h); names are Kafka's.
#pragma once
#include "wire/message.h"

namespace braid::wire {

struct ApiVersionsRequest {
  static constexpr Message message{ApiKey::api_versions, Direction::request};
  std::string client_software_name;
  std::string client_software_version;
  static constexpr auto fields() {
    using M = ApiVersionsRequest;
    return std::tuple{field("client_software_name", &M::client_software_name, since(3)),
                      field("client_software_version", &M::client_software_version, since(3))};
  }
};

struct ApiVersionsResponse {
  static constexpr Message message{ApiKey::api_versions, Direction::response};
  struct Range {
    std::int16_t api_key = 0;
    std::int16_t min_version = 0;
    std::int16_t max_version = 0;
    static constexpr auto fields() {
      return std::tuple{field("api_key", &Range::api_key), field("min_version", &Range::min_version), field("max_version", &Range::max_version)};
    }
  };
  struct Feature {
    std::string name;
    std::int16_t min_version = 0;
    std::int16_t max_version = 0;
    static constexpr auto fields() {
      return std::tuple{field("name", &Feature::name), field("min_version", &Feature::min_version), field("max_version", &Feature::max_version)};
    }
  };
  struct Finalized {
    std::string name;
    std::int16_t max_version_level = 0;
    std::int16_t min_version_level = 0;
    static constexpr auto fields() {
      return std::tuple{field("name", &Finalized::name), field("max_version_level", &Finalized::max_version_level),
                        field("min_version_level", &Finalized::min_version_level)};
    }
  };
  std::int16_t error_code = 0;
  std::vector<Range> api_keys;
  std::int32_t throttle_time_ms = 0;
  std::vector<Feature> supported_features;
  std::int64_t finalized_features_epoch = -1;
  std::vector<Finalized> finalized_features;
  static constexpr auto fields() {
    using M = ApiVersionsResponse;
    return std::tuple{field("error_code", &M::error_code),
                      field("api_keys", &M::api_keys),
                      field("throttle_time_ms", &M::throttle_time_ms, since(1)),
                      field("supported_features", &M::supported_features, since(3)).tagged(0),
                      field("finalized_features_epoch", &M::finalized_features_epoch, since(3)).tagged(1),
                      field("finalized_features", &M::finalized_features, since(3)).tagged(2)};
  }
};

struct MetadataRequest {
  static constexpr Message message{ApiKey::metadata, Direction::request};
  struct Topic {
    Uuid topic_id{};
    std::optional<std::string> name;
    static constexpr auto fields() {
      return std::tuple{field("topic_id", &Topic::topic_id, since(10)), field("name", &Topic::name).null_since(10)};
    }
  };
  std::optional<std::vector<Topic>> topics;   // v0: an empty list means all; later null means all
  bool allow_auto_topic_creation = true;
  bool include_cluster_authorized_operations = false;
  bool include_topic_authorized_operations = false;
  static constexpr auto fields() {
    using M = MetadataRequest;
    return std::tuple{field("topics", &M::topics).null_since(1), field("allow_auto_topic_creation", &M::allow_auto_topic_creation, since(4)),
                      field("include_cluster_authorized_operations", &M::include_cluster_authorized_operations, between(8, 10)),
                      field("include_topic_authorized_operations", &M::include_topic_authorized_operations, since(8))};
  }
};

inline constexpr std::int32_t operations_unknown = std::numeric_limits<std::int32_t>::min();   // authorized_operations nobody asked for

struct MetadataResponse {
  static constexpr Message message{ApiKey::metadata, Direction::response};
  struct Broker {
    std::int32_t node_id = 0;
    std::string host;
    std::int32_t port = 0;
    std::optional<std::string> rack;
    static constexpr auto fields() {
      return std::tuple{field("node_id", &Broker::node_id), field("host", &Broker::host), field("port", &Broker::port),
                        field("rack", &Broker::rack, since(1)).null_since(1)};
    }
  };
  struct Partition {
    std::int16_t error_code = 0;
    std::int32_t partition_index = 0;
    std::int32_t leader_id = 0;
    std::int32_t leader_epoch = -1;
    std::vector<std::int32_t> replica_nodes;
    std::vector<std::int32_t> isr_nodes;
    std::vector<std::int32_t> offline_replicas;
    static constexpr auto fields() {
      using M = Partition;
      return std::tuple{field("error_code", &M::error_code), field("partition_index", &M::partition_index), field("leader_id", &M::leader_id),
                        field("leader_epoch", &M::leader_epoch, since(7)), field("replica_nodes", &M::replica_nodes),
                        field("isr_nodes", &M::isr_nodes), field("offline_replicas", &M::offline_replicas, since(5))};
    }
  };
  struct Topic {
    std::int16_t error_code = 0;
    std::optional<std::string> name;
    Uuid topic_id{};
    bool is_internal = false;
    std::vector<Partition> partitions;
    std::int32_t topic_authorized_operations = operations_unknown;
    static constexpr auto fields() {
      using M = Topic;
      return std::tuple{field("error_code", &M::error_code), field("name", &M::name).null_since(12), field("topic_id", &M::topic_id, since(10)),
                        field("is_internal", &M::is_internal, since(1)), field("partitions", &M::partitions),
                        field("topic_authorized_operations", &M::topic_authorized_operations, since(8))};
    }
  };
  std::int32_t throttle_time_ms = 0;
  std::vector<Broker> brokers;
  std::optional<std::string> cluster_id;
  std::int32_t controller_id = -1;
  std::vector<Topic> topics;
  std::int32_t cluster_authorized_operations = operations_unknown;
  std::int16_t error_code = 0;
  static constexpr auto fields() {
    using M = MetadataResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms, since(3)), field("brokers", &M::brokers),
                      field("cluster_id", &M::cluster_id, since(2)).null_since(2), field("controller_id", &M::controller_id, since(1)),
                      field("topics", &M::topics), field("cluster_authorized_operations", &M::cluster_authorized_operations, between(8, 10)),
                      field("error_code", &M::error_code, since(13))};
  }
};

struct DescribeClusterRequest {
  static constexpr Message message{ApiKey::describe_cluster, Direction::request};
  bool include_cluster_authorized_operations = false;
  std::int8_t endpoint_type = 1;   // 1 brokers, 2 controllers
  bool include_fenced_brokers = false;
  static constexpr auto fields() {
    using M = DescribeClusterRequest;
    return std::tuple{field("include_cluster_authorized_operations", &M::include_cluster_authorized_operations),
                      field("endpoint_type", &M::endpoint_type, since(1)), field("include_fenced_brokers", &M::include_fenced_brokers, since(2))};
  }
};

struct DescribeClusterResponse {
  static constexpr Message message{ApiKey::describe_cluster, Direction::response};
  struct Broker {
    std::int32_t broker_id = 0;
    std::string host;
    std::int32_t port = 0;
    std::optional<std::string> rack;
    bool is_fenced = false;
    static constexpr auto fields() {
      return std::tuple{field("broker_id", &Broker::broker_id), field("host", &Broker::host), field("port", &Broker::port), field("rack", &Broker::rack),
                        field("is_fenced", &Broker::is_fenced, since(2))};
    }
  };
  std::int32_t throttle_time_ms = 0;
  std::int16_t error_code = 0;
  std::optional<std::string> error_message;
  std::int8_t endpoint_type = 1;
  std::string cluster_id;
  std::int32_t controller_id = -1;
  std::vector<Broker> brokers;
  std::int32_t cluster_authorized_operations = operations_unknown;
  static constexpr auto fields() {
    using M = DescribeClusterResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms), field("error_code", &M::error_code), field("error_message", &M::error_message),
                      field("endpoint_type", &M::endpoint_type, since(1)), field("cluster_id", &M::cluster_id),
                      field("controller_id", &M::controller_id), field("brokers", &M::brokers),
                      field("cluster_authorized_operations", &M::cluster_authorized_operations)};
  }
};

struct FindCoordinatorRequest {
  static constexpr Message message{ApiKey::find_coordinator, Direction::request};
  std::string key;
  std::int8_t key_type = 0;   // 0 group, 1 transaction, 2 share
  std::vector<std::string> coordinator_keys;
  static constexpr auto fields() {
    using M = FindCoordinatorRequest;
    return std::tuple{field("key", &M::key, until(3)), field("key_type", &M::key_type, since(1)), field("coordinator_keys", &M::coordinator_keys, since(4))};
  }
};

struct FindCoordinatorResponse {
  static constexpr Message message{ApiKey::find_coordinator, Direction::response};
  struct Coordinator {
    std::string key;
    std::int32_t node_id = -1;
    std::string host;
    std::int32_t port = -1;
    std::int16_t error_code = 0;
    std::optional<std::string> error_message;
    static constexpr auto fields() {
      using M = Coordinator;
      return std::tuple{field("key", &M::key), field("node_id", &M::node_id), field("host", &M::host), field("port", &M::port),
                        field("error_code", &M::error_code), field("error_message", &M::error_message)};
    }
  };
  std::int32_t throttle_time_ms = 0;
  std::int16_t error_code = 0;
  std::optional<std::string> error_message;
  std::int32_t node_id = -1;
  std::string host;
  std::int32_t port = -1;
  std::vector<Coordinator> coordinators;
  static constexpr auto fields() {
    using M = FindCoordinatorResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms, since(1)), field("error_code", &M::error_code, until(3)),
                      field("error_message", &M::error_message, between(1, 3)), field("node_id", &M::node_id, until(3)),
                      field("host", &M::host, until(3)), field("port", &M::port, until(3)), field("coordinators", &M::coordinators, since(4))};
  }
};

}  // namespace braid::wire
