// The consumer groups of KIP-848: one heartbeat says and asks everything. Declarations (message.h); names are Kafka's.
#pragma once
#include "wire/message.h"

namespace braid::wire {

struct ConsumerGroupHeartbeatRequest {
  static constexpr Message message{ApiKey::consumer_group_heartbeat, Direction::request};
  struct Partitions {
    Uuid topic_id{};
    std::vector<std::int32_t> partitions;
    static constexpr auto fields() { return std::tuple{field("topic_id", &Partitions::topic_id), field("partitions", &Partitions::partitions)}; }
  };
  std::string group_id;
  std::string member_id;
  std::int32_t member_epoch = 0;   // 0: join, -1: leave, -2: a static member leaves for a while
  std::optional<std::string> instance_id;
  std::optional<std::string> rack_id;
  std::int32_t rebalance_timeout_ms = -1;   // null and -1 in what follows: as it was
  std::optional<std::vector<std::string>> subscribed_topic_names;
  std::optional<std::string> subscribed_topic_regex;
  std::optional<std::string> server_assignor;
  std::optional<std::vector<Partitions>> topic_partitions;   // what the member owns
  static constexpr auto fields() {
    using M = ConsumerGroupHeartbeatRequest;
    return std::tuple{field("group_id", &M::group_id),
                      field("member_id", &M::member_id),
                      field("member_epoch", &M::member_epoch),
                      field("instance_id", &M::instance_id),
                      field("rack_id", &M::rack_id),
                      field("rebalance_timeout_ms", &M::rebalance_timeout_ms),
                      field("subscribed_topic_names", &M::subscribed_topic_names),
                      field("subscribed_topic_regex", &M::subscribed_topic_regex, since(1)),
                      field("server_assignor", &M::server_assignor),
                      field("topic_partitions", &M::topic_partitions)};
  }
};

struct ConsumerGroupHeartbeatResponse {
  static constexpr Message message{ApiKey::consumer_group_heartbeat, Direction::response};
  using Partitions = ConsumerGroupHeartbeatRequest::Partitions;
  struct Assignment {
    std::vector<Partitions> topic_partitions;
    static constexpr auto fields() { return std::tuple{field("topic_partitions", &Assignment::topic_partitions)}; }
  };
  std::int32_t throttle_time_ms = 0;
  std::int16_t error_code = 0;
  std::optional<std::string> error_message;
  std::optional<std::string> member_id;
  std::int32_t member_epoch = 0;
  std::int32_t heartbeat_interval_ms = 0;
  std::optional<Assignment> assignment;   // null: as it was
  static constexpr auto fields() {
    using M = ConsumerGroupHeartbeatResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms), field("error_code", &M::error_code), field("error_message", &M::error_message),
                      field("member_id", &M::member_id), field("member_epoch", &M::member_epoch),
                      field("heartbeat_interval_ms", &M::heartbeat_interval_ms), field("assignment", &M::assignment)};
  }
};

struct ConsumerGroupDescribeRequest {
  static constexpr Message message{ApiKey::consumer_group_describe, Direction::request};
  std::vector<std::string> group_ids;
  bool include_authorized_operations = false;
  static constexpr auto fields() {
    using M = ConsumerGroupDescribeRequest;
    return std::tuple{field("group_ids", &M::group_ids), field("include_authorized_operations", &M::include_authorized_operations)};
  }
};

struct ConsumerGroupDescribeResponse {
  static constexpr Message message{ApiKey::consumer_group_describe, Direction::response};
  struct Partitions {
    Uuid topic_id{};
    std::string topic_name;
    std::vector<std::int32_t> partitions;
    static constexpr auto fields() {
      using M = Partitions;
      return std::tuple{field("topic_id", &M::topic_id), field("topic_name", &M::topic_name), field("partitions", &M::partitions)};
    }
  };
  struct Assignment {
    std::vector<Partitions> topic_partitions;
    static constexpr auto fields() { return std::tuple{field("topic_partitions", &Assignment::topic_partitions)}; }
  };
  struct Member {
    std::string member_id;
    std::optional<std::string> instance_id;
    std::optional<std::string> rack_id;
    std::int32_t member_epoch = 0;
    std::string client_id;
    std::string client_host;
    std::vector<std::string> subscribed_topic_names;
    std::optional<std::string> subscribed_topic_regex;
    Assignment assignment;
    Assignment target_assignment;
    std::int8_t member_type = -1;   // 1: speaks this protocol
    static constexpr auto fields() {
      using M = Member;
      return std::tuple{field("member_id", &M::member_id),
                        field("instance_id", &M::instance_id),
                        field("rack_id", &M::rack_id),
                        field("member_epoch", &M::member_epoch),
                        field("client_id", &M::client_id),
                        field("client_host", &M::client_host),
                        field("subscribed_topic_names", &M::subscribed_topic_names),
                        field("subscribed_topic_regex", &M::subscribed_topic_regex),
                        field("assignment", &M::assignment),
                        field("target_assignment", &M::target_assignment),
                        field("member_type", &M::member_type, since(1))};
    }
  };
  struct Group {
    std::int16_t error_code = 0;
    std::optional<std::string> error_message;
    std::string group_id;
    std::string group_state;
    std::int32_t group_epoch = 0;
    std::int32_t assignment_epoch = 0;
    std::string assignor_name;
    std::vector<Member> members;
    std::int32_t authorized_operations = std::numeric_limits<std::int32_t>::min();
    static constexpr auto fields() {
      using M = Group;
      return std::tuple{field("error_code", &M::error_code), field("error_message", &M::error_message), field("group_id", &M::group_id),
                        field("group_state", &M::group_state), field("group_epoch", &M::group_epoch), field("assignment_epoch", &M::assignment_epoch),
                        field("assignor_name", &M::assignor_name), field("members", &M::members),
                        field("authorized_operations", &M::authorized_operations)};
    }
  };
  std::int32_t throttle_time_ms = 0;
  std::vector<Group> groups;
  static constexpr auto fields() {
    using M = ConsumerGroupDescribeResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms), field("groups", &M::groups)};
  }
};

}  // namespace braid::wire
