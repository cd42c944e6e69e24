// Produce, Fetch, ListOffsets, OffsetForLeaderEpoch, InitProducerId: records and where they are. Declarations (message.h); names are Kafka's.
#pragma once
#include "wire/message.h"

namespace braid::wire {

struct ProduceRequest {
  static constexpr Message message{ApiKey::produce, Direction::request};
  struct Partition {
    std::int32_t index = 0;
    std::optional<Records> records;
    static constexpr auto fields() { return std::tuple{field("index", &Partition::index), field("records", &Partition::records)}; }
  };
  struct Topic {
    std::string name;
    std::vector<Partition> partition_data;
    Uuid topic_id{};
    static constexpr auto fields() {
      return std::tuple{field("name", &Topic::name, until(12)), field("topic_id", &Topic::topic_id, since(13)), field("partition_data", &Topic::partition_data)};
    }
  };
  std::optional<std::string> transactional_id;
  std::int16_t acks = 0;
  std::int32_t timeout_ms = 0;
  std::vector<Topic> topic_data;
  static constexpr auto fields() {
    using M = ProduceRequest;
    return std::tuple{field("transactional_id", &M::transactional_id, since(3)).null_since(3), field("acks", &M::acks),
                      field("timeout_ms", &M::timeout_ms), field("topic_data", &M::topic_data)};
  }
};

struct ProduceResponse {
  static constexpr Message message{ApiKey::produce, Direction::response};
  struct RecordError {
    std::int32_t batch_index = 0;
    std::optional<std::string> batch_index_error_message;
    static constexpr auto fields() {
      return std::tuple{field("batch_index", &RecordError::batch_index), field("batch_index_error_message", &RecordError::batch_index_error_message)};
    }
  };
  struct Partition {
    std::int32_t index = 0;
    std::int16_t error_code = 0;
    std::int64_t base_offset = -1;
    std::int64_t log_append_time_ms = -1;
    std::int64_t log_start_offset = -1;
    std::vector<RecordError> record_errors;
    std::optional<std::string> error_message;
    static constexpr auto fields() {
      using M = Partition;
      return std::tuple{field("index", &M::index), field("error_code", &M::error_code), field("base_offset", &M::base_offset),
                        field("log_append_time_ms", &M::log_append_time_ms, since(2)), field("log_start_offset", &M::log_start_offset, since(5)),
                        field("record_errors", &M::record_errors, since(8)), field("error_message", &M::error_message, since(8)).null_since(8)};
    }
  };
  struct Topic {
    std::string name;
    std::vector<Partition> partition_responses;
    Uuid topic_id{};
    static constexpr auto fields() {
      return std::tuple{field("name", &Topic::name, until(12)), field("topic_id", &Topic::topic_id, since(13)), field("partition_responses", &Topic::partition_responses)};
    }
  };
  std::vector<Topic> responses;
  std::int32_t throttle_time_ms = 0;
  static constexpr auto fields() {
    using M = ProduceResponse;
    return std::tuple{field("responses", &M::responses), field("throttle_time_ms", &M::throttle_time_ms, since(1))};
  }
};

struct FetchRequest {
  static constexpr Message message{ApiKey::fetch, Direction::request};
  struct Partition {
    std::int32_t partition = 0;
    std::int32_t current_leader_epoch = -1;
    std::int64_t fetch_offset = 0;
    std::int32_t last_fetched_epoch = -1;
    std::int64_t log_start_offset = -1;
    std::int32_t partition_max_bytes = 0;
    static constexpr auto fields() {
      using M = Partition;
      return std::tuple{field("partition", &M::partition), field("current_leader_epoch", &M::current_leader_epoch, since(9)),
                        field("fetch_offset", &M::fetch_offset), field("last_fetched_epoch", &M::last_fetched_epoch, since(12)),
                        field("log_start_offset", &M::log_start_offset, since(5)), field("partition_max_bytes", &M::partition_max_bytes)};
    }
  };
  struct Topic {
    std::string topic;
    Uuid topic_id{};
    std::vector<Partition> partitions;
    static constexpr auto fields() {
      return std::tuple{field("topic", &Topic::topic, until(12)), field("topic_id", &Topic::topic_id, since(13)), field("partitions", &Topic::partitions)};
    }
  };
  struct Forgotten {
    std::string topic;
    Uuid topic_id{};
    std::vector<std::int32_t> partitions;
    static constexpr auto fields() {
      using M = Forgotten;
      return std::tuple{field("topic", &M::topic, until(12)), field("topic_id", &M::topic_id, since(13)), field("partitions", &M::partitions)};
    }
  };
  std::int32_t replica_id = -1;
  std::int32_t max_wait_ms = 0;
  std::int32_t min_bytes = 0;
  std::int32_t max_bytes = std::numeric_limits<std::int32_t>::max();
  std::int8_t isolation_level = 0;   // 1: read_committed
  std::int32_t session_id = 0;
  std::int32_t session_epoch = -1;
  std::vector<Topic> topics;
  std::vector<Forgotten> forgotten_topics_data;
  std::string rack_id;
  std::optional<std::string> cluster_id;
  static constexpr auto fields() {
    using M = FetchRequest;
    return std::tuple{field("replica_id", &M::replica_id, until(14)), field("max_wait_ms", &M::max_wait_ms), field("min_bytes", &M::min_bytes),
                      field("max_bytes", &M::max_bytes, since(3)), field("isolation_level", &M::isolation_level, since(4)),
                      field("session_id", &M::session_id, since(7)), field("session_epoch", &M::session_epoch, since(7)),
                      field("topics", &M::topics), field("forgotten_topics_data", &M::forgotten_topics_data, since(7)),
                      field("rack_id", &M::rack_id, since(11)), field("cluster_id", &M::cluster_id, since(12)).null_since(12).tagged(0)};
  }
};

struct FetchResponse {
  static constexpr Message message{ApiKey::fetch, Direction::response};
  struct Aborted {
    std::int64_t producer_id = 0;
    std::int64_t first_offset = 0;
    static constexpr auto fields() { return std::tuple{field("producer_id", &Aborted::producer_id), field("first_offset", &Aborted::first_offset)}; }
  };
  struct Partition {
    std::int32_t partition_index = 0;
    std::int16_t error_code = 0;
    std::int64_t high_watermark = -1;
    std::int64_t last_stable_offset = -1;
    std::int64_t log_start_offset = -1;
    std::optional<std::vector<Aborted>> aborted_transactions;
    std::int32_t preferred_read_replica = -1;
    std::optional<Records> records;
    static constexpr auto fields() {
      using M = Partition;
      return std::tuple{field("partition_index", &M::partition_index), field("error_code", &M::error_code), field("high_watermark", &M::high_watermark),
                        field("last_stable_offset", &M::last_stable_offset, since(4)), field("log_start_offset", &M::log_start_offset, since(5)),
                        field("aborted_transactions", &M::aborted_transactions, since(4)).null_since(4),
                        field("preferred_read_replica", &M::preferred_read_replica, since(11)), field("records", &M::records)};
    }
  };
  struct Topic {
    std::string topic;
    Uuid topic_id{};
    std::vector<Partition> partitions;
    static constexpr auto fields() {
      return std::tuple{field("topic", &Topic::topic, until(12)), field("topic_id", &Topic::topic_id, since(13)), field("partitions", &Topic::partitions)};
    }
  };
  std::int32_t throttle_time_ms = 0;
  std::int16_t error_code = 0;
  std::int32_t session_id = 0;
  std::vector<Topic> responses;
  static constexpr auto fields() {
    using M = FetchResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms, since(1)), field("error_code", &M::error_code, since(7)),
                      field("session_id", &M::session_id, since(7)), field("responses", &M::responses)};
  }
};

struct ListOffsetsRequest {
  static constexpr Message message{ApiKey::list_offsets, Direction::request};
  struct Partition {
    std::int32_t partition_index = 0;
    std::int32_t current_leader_epoch = -1;
    std::int64_t timestamp = 0;   // or -1 latest, -2 earliest, -3 the largest timestamp, -4 earliest local, -5 latest tiered
    static constexpr auto fields() {
      using M = Partition;
      return std::tuple{field("partition_index", &M::partition_index), field("current_leader_epoch", &M::current_leader_epoch, since(4)),
                        field("timestamp", &M::timestamp)};
    }
  };
  struct Topic {
    std::string name;
    std::vector<Partition> partitions;
    static constexpr auto fields() { return std::tuple{field("name", &Topic::name), field("partitions", &Topic::partitions)}; }
  };
  std::int32_t replica_id = -1;
  std::int8_t isolation_level = 0;
  std::vector<Topic> topics;
  std::int32_t timeout_ms = 0;   // for offsets that lie in another store; ours never do
  static constexpr auto fields() {
    using M = ListOffsetsRequest;
    return std::tuple{field("replica_id", &M::replica_id), field("isolation_level", &M::isolation_level, since(2)), field("topics", &M::topics),
                      field("timeout_ms", &M::timeout_ms, since(10))};
  }
};

struct ListOffsetsResponse {
  static constexpr Message message{ApiKey::list_offsets, Direction::response};
  struct Partition {
    std::int32_t partition_index = 0;
    std::int16_t error_code = 0;
    std::int64_t timestamp = -1;
    std::int64_t offset = -1;
    std::int32_t leader_epoch = -1;
    static constexpr auto fields() {
      using M = Partition;
      return std::tuple{field("partition_index", &M::partition_index), field("error_code", &M::error_code), field("timestamp", &M::timestamp, since(1)),
                        field("offset", &M::offset, since(1)), field("leader_epoch", &M::leader_epoch, since(4))};
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
    using M = ListOffsetsResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms, since(2)), field("topics", &M::topics)};
  }
};

struct OffsetForLeaderEpochRequest {
  static constexpr Message message{ApiKey::offset_for_leader_epoch, Direction::request};
  struct Partition {
    std::int32_t partition = 0;
    std::int32_t current_leader_epoch = -1;
    std::int32_t leader_epoch = 0;
    static constexpr auto fields() {
      using M = Partition;
      return std::tuple{field("partition", &M::partition), field("current_leader_epoch", &M::current_leader_epoch, since(2)),
                        field("leader_epoch", &M::leader_epoch)};
    }
  };
  struct Topic {
    std::string topic;
    std::vector<Partition> partitions;
    static constexpr auto fields() { return std::tuple{field("topic", &Topic::topic), field("partitions", &Topic::partitions)}; }
  };
  std::int32_t replica_id = -2;
  std::vector<Topic> topics;
  static constexpr auto fields() {
    using M = OffsetForLeaderEpochRequest;
    return std::tuple{field("replica_id", &M::replica_id, since(3)), field("topics", &M::topics)};
  }
};

struct OffsetForLeaderEpochResponse {
  static constexpr Message message{ApiKey::offset_for_leader_epoch, Direction::response};
  struct Partition {
    std::int16_t error_code = 0;
    std::int32_t partition = 0;
    std::int32_t leader_epoch = -1;
    std::int64_t end_offset = -1;
    static constexpr auto fields() {
      using M = Partition;
      return std::tuple{field("error_code", &M::error_code), field("partition", &M::partition), field("leader_epoch", &M::leader_epoch, since(1)),
                        field("end_offset", &M::end_offset)};
    }
  };
  struct Topic {
    std::string topic;
    std::vector<Partition> partitions;
    static constexpr auto fields() { return std::tuple{field("topic", &Topic::topic), field("partitions", &Topic::partitions)}; }
  };
  std::int32_t throttle_time_ms = 0;
  std::vector<Topic> topics;
  static constexpr auto fields() {
    using M = OffsetForLeaderEpochResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms, since(2)), field("topics", &M::topics)};
  }
};

struct InitProducerIdRequest {
  static constexpr Message message{ApiKey::init_producer_id, Direction::request};
  std::optional<std::string> transactional_id;
  std::int32_t transaction_timeout_ms = 0;
  std::int64_t producer_id = -1;
  std::int16_t producer_epoch = -1;
  static constexpr auto fields() {
    using M = InitProducerIdRequest;
    return std::tuple{field("transactional_id", &M::transactional_id), field("transaction_timeout_ms", &M::transaction_timeout_ms),
                      field("producer_id", &M::producer_id, since(3)), field("producer_epoch", &M::producer_epoch, since(3))};
  }
};

struct InitProducerIdResponse {
  static constexpr Message message{ApiKey::init_producer_id, Direction::response};
  std::int32_t throttle_time_ms = 0;
  std::int16_t error_code = 0;
  std::int64_t producer_id = -1;
  std::int16_t producer_epoch = 0;
  static constexpr auto fields() {
    using M = InitProducerIdResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms), field("error_code", &M::error_code), field("producer_id", &M::producer_id),
                      field("producer_epoch", &M::producer_epoch)};
  }
};

}  // namespace braid::wire
