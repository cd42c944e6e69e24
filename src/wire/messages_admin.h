// Topics and configs. Declarations (message.h); names are Kafka's.
#pragma once
#include "wire/message.h"

namespace braid::wire {

struct CreateTopicsRequest {
  static constexpr Message message{ApiKey::create_topics, Direction::request};
  struct Assignment {
    std::int32_t partition_index = 0;
    std::vector<std::int32_t> broker_ids;
    static constexpr auto fields() {
      return std::tuple{field("partition_index", &Assignment::partition_index), field("broker_ids", &Assignment::broker_ids)};
    }
  };
  struct Config {
    std::string name;
    std::optional<std::string> value;
    static constexpr auto fields() { return std::tuple{field("name", &Config::name), field("value", &Config::value)}; }
  };
  struct Topic {
    std::string name;
    std::int32_t num_partitions = 0;
    std::int16_t replication_factor = 0;
    std::vector<Assignment> assignments;
    std::vector<Config> configs;
    static constexpr auto fields() {
      using M = Topic;
      return std::tuple{field("name", &M::name), field("num_partitions", &M::num_partitions), field("replication_factor", &M::replication_factor),
                        field("assignments", &M::assignments), field("configs", &M::configs)};
    }
  };
  std::vector<Topic> topics;
  std::int32_t timeout_ms = 60'000;
  bool validate_only = false;
  static constexpr auto fields() {
    using M = CreateTopicsRequest;
    return std::tuple{field("topics", &M::topics), field("timeout_ms", &M::timeout_ms), field("validate_only", &M::validate_only, since(1))};
  }
};

struct CreateTopicsResponse {
  static constexpr Message message{ApiKey::create_topics, Direction::response};
  struct Config {
    std::string name;
    std::optional<std::string> value;
    bool read_only = false;
    std::int8_t config_source = -1;
    bool is_sensitive = false;
    static constexpr auto fields() {
      using M = Config;
      return std::tuple{field("name", &M::name), field("value", &M::value), field("read_only", &M::read_only),
                        field("config_source", &M::config_source), field("is_sensitive", &M::is_sensitive)};
    }
  };
  struct Topic {
    std::string name;
    Uuid topic_id{};
    std::int16_t error_code = 0;
    std::optional<std::string> error_message;
    std::int16_t topic_config_error_code = 0;
    std::int32_t num_partitions = -1;
    std::int16_t replication_factor = -1;
    std::optional<std::vector<Config>> configs;
    static constexpr auto fields() {
      using M = Topic;
      return std::tuple{field("name", &M::name), field("topic_id", &M::topic_id, since(7)), field("error_code", &M::error_code),
                        field("error_message", &M::error_message, since(1)).null_since(1),
                        field("topic_config_error_code", &M::topic_config_error_code, since(5)).tagged(0),
                        field("num_partitions", &M::num_partitions, since(5)), field("replication_factor", &M::replication_factor, since(5)),
                        field("configs", &M::configs, since(5)).null_since(5)};
    }
  };
  std::int32_t throttle_time_ms = 0;
  std::vector<Topic> topics;
  static constexpr auto fields() {
    using M = CreateTopicsResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms, since(2)), field("topics", &M::topics)};
  }
};

struct DeleteTopicsRequest {
  static constexpr Message message{ApiKey::delete_topics, Direction::request};
  struct Topic {
    std::optional<std::string> name;
    Uuid topic_id{};
    static constexpr auto fields() { return std::tuple{field("name", &Topic::name, since(6)).null_since(6), field("topic_id", &Topic::topic_id, since(6))}; }
  };
  std::vector<Topic> topics;
  std::vector<std::string> topic_names;
  std::int32_t timeout_ms = 0;
  static constexpr auto fields() {
    using M = DeleteTopicsRequest;
    return std::tuple{field("topics", &M::topics, since(6)), field("topic_names", &M::topic_names, until(5)), field("timeout_ms", &M::timeout_ms)};
  }
};

struct DeleteTopicsResponse {
  static constexpr Message message{ApiKey::delete_topics, Direction::response};
  struct Outcome {
    std::optional<std::string> name;
    Uuid topic_id{};
    std::int16_t error_code = 0;
    std::optional<std::string> error_message;
    static constexpr auto fields() {
      using M = Outcome;
      return std::tuple{field("name", &M::name).null_since(6), field("topic_id", &M::topic_id, since(6)), field("error_code", &M::error_code),
                        field("error_message", &M::error_message, since(5)).null_since(5)};
    }
  };
  std::int32_t throttle_time_ms = 0;
  std::vector<Outcome> responses;
  static constexpr auto fields() {
    using M = DeleteTopicsResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms, since(1)), field("responses", &M::responses)};
  }
};

struct CreatePartitionsRequest {
  static constexpr Message message{ApiKey::create_partitions, Direction::request};
  struct Assignment {
    std::vector<std::int32_t> broker_ids;
    static constexpr auto fields() { return std::tuple{field("broker_ids", &Assignment::broker_ids)}; }
  };
  struct Topic {
    std::string name;
    std::int32_t count = 0;
    std::optional<std::vector<Assignment>> assignments;
    static constexpr auto fields() {
      return std::tuple{field("name", &Topic::name), field("count", &Topic::count), field("assignments", &Topic::assignments)};
    }
  };
  std::vector<Topic> topics;
  std::int32_t timeout_ms = 0;
  bool validate_only = false;
  static constexpr auto fields() {
    using M = CreatePartitionsRequest;
    return std::tuple{field("topics", &M::topics), field("timeout_ms", &M::timeout_ms), field("validate_only", &M::validate_only)};
  }
};

struct CreatePartitionsResponse {
  static constexpr Message message{ApiKey::create_partitions, Direction::response};
  struct Outcome {
    std::string name;
    std::int16_t error_code = 0;
    std::optional<std::string> error_message;
    static constexpr auto fields() {
      return std::tuple{field("name", &Outcome::name), field("error_code", &Outcome::error_code), field("error_message", &Outcome::error_message)};
    }
  };
  std::int32_t throttle_time_ms = 0;
  std::vector<Outcome> results;
  static constexpr auto fields() {
    using M = CreatePartitionsResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms), field("results", &M::results)};
  }
};

struct DeleteRecordsRequest {
  static constexpr Message message{ApiKey::delete_records, Direction::request};
  struct Partition {
    std::int32_t partition_index = 0;
    std::int64_t offset = 0;   // -1: the high watermark
    static constexpr auto fields() { return std::tuple{field("partition_index", &Partition::partition_index), field("offset", &Partition::offset)}; }
  };
  struct Topic {
    std::string name;
    std::vector<Partition> partitions;
    static constexpr auto fields() { return std::tuple{field("name", &Topic::name), field("partitions", &Topic::partitions)}; }
  };
  std::vector<Topic> topics;
  std::int32_t timeout_ms = 0;
  static constexpr auto fields() {
    return std::tuple{field("topics", &DeleteRecordsRequest::topics), field("timeout_ms", &DeleteRecordsRequest::timeout_ms)};
  }
};

struct DeleteRecordsResponse {
  static constexpr Message message{ApiKey::delete_records, Direction::response};
  struct Partition {
    std::int32_t partition_index = 0;
    std::int64_t low_watermark = -1;
    std::int16_t error_code = 0;
    static constexpr auto fields() {
      using M = Partition;
      return std::tuple{field("partition_index", &M::partition_index), field("low_watermark", &M::low_watermark), field("error_code", &M::error_code)};
    }
  };
  struct Topic {
    std::string name;
    std::vector<Partition> partitions;
    static constexpr auto fields() { return std::tuple{field("name", &Topic::name), field("partitions", &Topic::partitions)}; }
  };
  std::int32_t throttle_time_ms = 0;
  std::vector<Topic> topics;
  static constexpr auto fields() {
    using M = DeleteRecordsResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms), field("topics", &M::topics)};
  }
};

struct DescribeConfigsRequest {
  static constexpr Message message{ApiKey::describe_configs, Direction::request};
  struct Resource {
    std::int8_t resource_type = 0;   // 2 topic, 4 broker, 8 broker logger
    std::string resource_name;
    std::optional<std::vector<std::string>> configuration_keys;   // null: all
    static constexpr auto fields() {
      using M = Resource;
      return std::tuple{field("resource_type", &M::resource_type), field("resource_name", &M::resource_name),
                        field("configuration_keys", &M::configuration_keys)};
    }
  };
  std::vector<Resource> resources;
  bool include_synonyms = false;
  bool include_documentation = false;
  static constexpr auto fields() {
    using M = DescribeConfigsRequest;
    return std::tuple{field("resources", &M::resources), field("include_synonyms", &M::include_synonyms, since(1)),
                      field("include_documentation", &M::include_documentation, since(3))};
  }
};

struct DescribeConfigsResponse {
  static constexpr Message message{ApiKey::describe_configs, Direction::response};
  struct Synonym {
    std::string name;
    std::optional<std::string> value;
    std::int8_t source = 0;
    static constexpr auto fields() {
      return std::tuple{field("name", &Synonym::name), field("value", &Synonym::value), field("source", &Synonym::source)};
    }
  };
  struct Config {
    std::string name;
    std::optional<std::string> value;
    bool read_only = false;
    std::int8_t config_source = -1;
    bool is_sensitive = false;
    std::vector<Synonym> synonyms;
    std::int8_t config_type = 0;
    std::optional<std::string> documentation;
    static constexpr auto fields() {
      using M = Config;
      return std::tuple{field("name", &M::name), field("value", &M::value), field("read_only", &M::read_only),
                        field("config_source", &M::config_source, since(1)), field("is_sensitive", &M::is_sensitive),
                        field("synonyms", &M::synonyms, since(1)), field("config_type", &M::config_type, since(3)),
                        field("documentation", &M::documentation, since(3)).null_since(3)};
    }
  };
  struct Outcome {
    std::int16_t error_code = 0;
    std::optional<std::string> error_message;
    std::int8_t resource_type = 0;
    std::string resource_name;
    std::vector<Config> configs;
    static constexpr auto fields() {
      using M = Outcome;
      return std::tuple{field("error_code", &M::error_code), field("error_message", &M::error_message), field("resource_type", &M::resource_type),
                        field("resource_name", &M::resource_name), field("configs", &M::configs)};
    }
  };
  std::int32_t throttle_time_ms = 0;
  std::vector<Outcome> results;
  static constexpr auto fields() {
    using M = DescribeConfigsResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms), field("results", &M::results)};
  }
};

struct AlterConfigsRequest {
  static constexpr Message message{ApiKey::alter_configs, Direction::request};
  struct Config {
    std::string name;
    std::optional<std::string> value;
    static constexpr auto fields() { return std::tuple{field("name", &Config::name), field("value", &Config::value)}; }
  };
  struct Resource {
    std::int8_t resource_type = 0;
    std::string resource_name;
    std::vector<Config> configs;
    static constexpr auto fields() {
      using M = Resource;
      return std::tuple{field("resource_type", &M::resource_type), field("resource_name", &M::resource_name), field("configs", &M::configs)};
    }
  };
  std::vector<Resource> resources;
  bool validate_only = false;
  static constexpr auto fields() {
    return std::tuple{field("resources", &AlterConfigsRequest::resources), field("validate_only", &AlterConfigsRequest::validate_only)};
  }
};

struct AlterConfigsResponse {
  static constexpr Message message{ApiKey::alter_configs, Direction::response};
  struct Outcome {
    std::int16_t error_code = 0;
    std::optional<std::string> error_message;
    std::int8_t resource_type = 0;
    std::string resource_name;
    static constexpr auto fields() {
      using M = Outcome;
      return std::tuple{field("error_code", &M::error_code), field("error_message", &M::error_message), field("resource_type", &M::resource_type),
                        field("resource_name", &M::resource_name)};
    }
  };
  std::int32_t throttle_time_ms = 0;
  std::vector<Outcome> responses;
  static constexpr auto fields() {
    using M = AlterConfigsResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms), field("responses", &M::responses)};
  }
};

struct IncrementalAlterConfigsRequest {
  static constexpr Message message{ApiKey::incremental_alter_configs, Direction::request};
  struct Config {
    std::string name;
    std::int8_t config_operation = 0;   // 0 set, 1 delete, 2 append, 3 subtract
    std::optional<std::string> value;
    static constexpr auto fields() {
      return std::tuple{field("name", &Config::name), field("config_operation", &Config::config_operation), field("value", &Config::value)};
    }
  };
  struct Resource {
    std::int8_t resource_type = 0;
    std::string resource_name;
    std::vector<Config> configs;
    static constexpr auto fields() {
      using M = Resource;
      return std::tuple{field("resource_type", &M::resource_type), field("resource_name", &M::resource_name), field("configs", &M::configs)};
    }
  };
  std::vector<Resource> resources;
  bool validate_only = false;
  static constexpr auto fields() {
    using M = IncrementalAlterConfigsRequest;
    return std::tuple{field("resources", &M::resources), field("validate_only", &M::validate_only)};
  }
};

struct IncrementalAlterConfigsResponse {
  static constexpr Message message{ApiKey::incremental_alter_configs, Direction::response};
  using Outcome = AlterConfigsResponse::Outcome;
  std::int32_t throttle_time_ms = 0;
  std::vector<Outcome> responses;
  static constexpr auto fields() {
    using M = IncrementalAlterConfigsResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms), field("responses", &M::responses)};
  }
};

}  // namespace braid::wire
