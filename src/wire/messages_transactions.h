// Transactions: a producer's side of them, and the admin questions. Declarations (message.h); names are Kafka's.
#pragma once
#include "wire/message.h"

namespace braid::wire {

struct AddPartitionsToTxnRequest {
  static constexpr Message message{ApiKey::add_partitions_to_txn, Direction::request};
  struct Topic {
    std::string name;
    std::vector<std::int32_t> partitions;
    static constexpr auto fields() { return std::tuple{field("name", &Topic::name), field("partitions", &Topic::partitions)}; }
  };
  std::string transactional_id;
  std::int64_t producer_id = -1;
  std::int16_t producer_epoch = -1;
  std::vector<Topic> topics;
  static constexpr auto fields() {
    using M = AddPartitionsToTxnRequest;
    return std::tuple{field("transactional_id", &M::transactional_id), field("producer_id", &M::producer_id), field("producer_epoch", &M::producer_epoch),
                      field("topics", &M::topics)};
  }
};

struct AddPartitionsToTxnResponse {
  static constexpr Message message{ApiKey::add_partitions_to_txn, Direction::response};
  struct Partition {
    std::int32_t partition_index = 0;
    std::int16_t partition_error_code = 0;
    static constexpr auto fields() {
      return std::tuple{field("partition_index", &Partition::partition_index), field("partition_error_code", &Partition::partition_error_code)};
    }
  };
  struct Topic {
    std::string name;
    std::vector<Partition> results_by_partition;
    static constexpr auto fields() { return std::tuple{field("name", &Topic::name), field("results_by_partition", &Topic::results_by_partition)}; }
  };
  std::int32_t throttle_time_ms = 0;
  std::vector<Topic> results_by_topic;
  static constexpr auto fields() {
    using M = AddPartitionsToTxnResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms), field("results_by_topic", &M::results_by_topic)};
  }
};

struct AddOffsetsToTxnRequest {
  static constexpr Message message{ApiKey::add_offsets_to_txn, Direction::request};
  std::string transactional_id;
  std::int64_t producer_id = -1;
  std::int16_t producer_epoch = -1;
  std::string group_id;
  static constexpr auto fields() {
    using M = AddOffsetsToTxnRequest;
    return std::tuple{field("transactional_id", &M::transactional_id), field("producer_id", &M::producer_id), field("producer_epoch", &M::producer_epoch),
                      field("group_id", &M::group_id)};
  }
};

struct AddOffsetsToTxnResponse {
  static constexpr Message message{ApiKey::add_offsets_to_txn, Direction::response};
  std::int32_t throttle_time_ms = 0;
  std::int16_t error_code = 0;
  static constexpr auto fields() {
    using M = AddOffsetsToTxnResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms), field("error_code", &M::error_code)};
  }
};

struct EndTxnRequest {
  static constexpr Message message{ApiKey::end_txn, Direction::request};
  std::string transactional_id;
  std::int64_t producer_id = -1;
  std::int16_t producer_epoch = -1;
  bool committed = false;
  static constexpr auto fields() {
    using M = EndTxnRequest;
    return std::tuple{field("transactional_id", &M::transactional_id), field("producer_id", &M::producer_id), field("producer_epoch", &M::producer_epoch),
                      field("committed", &M::committed)};
  }
};

struct EndTxnResponse {
  static constexpr Message message{ApiKey::end_txn, Direction::response};
  std::int32_t throttle_time_ms = 0;
  std::int16_t error_code = 0;
  std::int64_t producer_id = -1;      // who goes on, and with which epoch (Transactions V2)
  std::int16_t producer_epoch = -1;
  static constexpr auto fields() {
    using M = EndTxnResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms), field("error_code", &M::error_code), field("producer_id", &M::producer_id, since(5)),
                      field("producer_epoch", &M::producer_epoch, since(5))};
  }
};

struct TxnOffsetCommitRequest {
  static constexpr Message message{ApiKey::txn_offset_commit, Direction::request};
  struct Partition {
    std::int32_t partition_index = 0;
    std::int64_t committed_offset = 0;
    std::int32_t committed_leader_epoch = -1;
    std::optional<std::string> committed_metadata;
    static constexpr auto fields() {
      using M = Partition;
      return std::tuple{field("partition_index", &M::partition_index), field("committed_offset", &M::committed_offset),
                        field("committed_leader_epoch", &M::committed_leader_epoch, since(2)), field("committed_metadata", &M::committed_metadata)};
    }
  };
  struct Topic {
    std::string name;
    std::vector<Partition> partitions;
    static constexpr auto fields() { return std::tuple{field("name", &Topic::name), field("partitions", &Topic::partitions)}; }
  };
  std::string transactional_id;
  std::string group_id;
  std::int64_t producer_id = -1;
  std::int16_t producer_epoch = -1;
  std::int32_t generation_id = -1;
  std::string member_id;
  std::optional<std::string> group_instance_id;
  std::vector<Topic> topics;
  static constexpr auto fields() {
    using M = TxnOffsetCommitRequest;
    return std::tuple{field("transactional_id", &M::transactional_id), field("group_id", &M::group_id), field("producer_id", &M::producer_id),
                      field("producer_epoch", &M::producer_epoch), field("generation_id", &M::generation_id, since(3)), field("member_id", &M::member_id, since(3)),
                      field("group_instance_id", &M::group_instance_id, since(3)).null_since(3), field("topics", &M::topics)};
  }
};

struct TxnOffsetCommitResponse {
  static constexpr Message message{ApiKey::txn_offset_commit, Direction::response};
  struct Partition {
    std::int32_t partition_index = 0;
    std::int16_t error_code = 0;
    static constexpr auto fields() { return std::tuple{field("partition_index", &Partition::partition_index), field("error_code", &Partition::error_code)}; }
  };
  struct Topic {
    std::string name;
    std::vector<Partition> partitions;
    static constexpr auto fields() { return std::tuple{field("name", &Topic::name), field("partitions", &Topic::partitions)}; }
  };
  std::int32_t throttle_time_ms = 0;
  std::vector<Topic> topics;
  static constexpr auto fields() {
    using M = TxnOffsetCommitResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms), field("topics", &M::topics)};
  }
};

struct DescribeProducersRequest {
  static constexpr Message message{ApiKey::describe_producers, Direction::request};
  struct Topic {
    std::string name;
    std::vector<std::int32_t> partition_indexes;
    static constexpr auto fields() { return std::tuple{field("name", &Topic::name), field("partition_indexes", &Topic::partition_indexes)}; }
  };
  std::vector<Topic> topics;
  static constexpr auto fields() { return std::tuple{field("topics", &DescribeProducersRequest::topics)}; }
};

struct DescribeProducersResponse {
  static constexpr Message message{ApiKey::describe_producers, Direction::response};
  struct Producer {
    std::int64_t producer_id = -1;
    std::int32_t producer_epoch = -1;
    std::int32_t last_sequence = -1;
    std::int64_t last_timestamp = -1;
    std::int32_t coordinator_epoch = -1;
    std::int64_t current_txn_start_offset = -1;
    static constexpr auto fields() {
      using M = Producer;
      return std::tuple{field("producer_id", &M::producer_id), field("producer_epoch", &M::producer_epoch), field("last_sequence", &M::last_sequence),
                        field("last_timestamp", &M::last_timestamp), field("coordinator_epoch", &M::coordinator_epoch),
                        field("current_txn_start_offset", &M::current_txn_start_offset)};
    }
  };
  struct Partition {
    std::int32_t partition_index = 0;
    std::int16_t error_code = 0;
    std::optional<std::string> error_message;
    std::vector<Producer> active_producers;
    static constexpr auto fields() {
      using M = Partition;
      return std::tuple{field("partition_index", &M::partition_index), field("error_code", &M::error_code), field("error_message", &M::error_message),
                        field("active_producers", &M::active_producers)};
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
    using M = DescribeProducersResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms), field("topics", &M::topics)};
  }
};

struct DescribeTransactionsRequest {
  static constexpr Message message{ApiKey::describe_transactions, Direction::request};
  std::vector<std::string> transactional_ids;
  static constexpr auto fields() { return std::tuple{field("transactional_ids", &DescribeTransactionsRequest::transactional_ids)}; }
};

struct DescribeTransactionsResponse {
  static constexpr Message message{ApiKey::describe_transactions, Direction::response};
  struct Topic {
    std::string topic;
    std::vector<std::int32_t> partitions;
    static constexpr auto fields() { return std::tuple{field("topic", &Topic::topic), field("partitions", &Topic::partitions)}; }
  };
  struct State {
    std::int16_t error_code = 0;
    std::string transactional_id;
    std::string transaction_state;
    std::int32_t transaction_timeout_ms = 0;
    std::int64_t transaction_start_time_ms = -1;
    std::int64_t producer_id = -1;
    std::int16_t producer_epoch = -1;
    std::vector<Topic> topics;
    static constexpr auto fields() {
      using M = State;
      return std::tuple{field("error_code", &M::error_code), field("transactional_id", &M::transactional_id), field("transaction_state", &M::transaction_state),
                        field("transaction_timeout_ms", &M::transaction_timeout_ms), field("transaction_start_time_ms", &M::transaction_start_time_ms),
                        field("producer_id", &M::producer_id), field("producer_epoch", &M::producer_epoch), field("topics", &M::topics)};
    }
  };
  std::int32_t throttle_time_ms = 0;
  std::vector<State> transaction_states;
  static constexpr auto fields() {
    using M = DescribeTransactionsResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms), field("transaction_states", &M::transaction_states)};
  }
};

struct ListTransactionsRequest {
  static constexpr Message message{ApiKey::list_transactions, Direction::request};
  std::vector<std::string> state_filters;
  std::vector<std::int64_t> producer_id_filters;
  std::int64_t duration_filter = -1;   // ms; those that run longer
  std::optional<std::string> transactional_id_pattern;   // RE2; null or empty: all
  static constexpr auto fields() {
    using M = ListTransactionsRequest;
    return std::tuple{field("state_filters", &M::state_filters), field("producer_id_filters", &M::producer_id_filters), field("duration_filter", &M::duration_filter, since(1)),
                      field("transactional_id_pattern", &M::transactional_id_pattern, since(2)).null_since(2)};
  }
};

struct ListTransactionsResponse {
  static constexpr Message message{ApiKey::list_transactions, Direction::response};
  struct State {
    std::string transactional_id;
    std::int64_t producer_id = -1;
    std::string transaction_state;
    static constexpr auto fields() {
      using M = State;
      return std::tuple{field("transactional_id", &M::transactional_id), field("producer_id", &M::producer_id), field("transaction_state", &M::transaction_state)};
    }
  };
  std::int32_t throttle_time_ms = 0;
  std::int16_t error_code = 0;
  std::vector<std::string> unknown_state_filters;
  std::vector<State> transaction_states;
  static constexpr auto fields() {
    using M = ListTransactionsResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms), field("error_code", &M::error_code), field("unknown_state_filters", &M::unknown_state_filters),
                      field("transaction_states", &M::transaction_states)};
  }
};

}  // namespace braid::wire
