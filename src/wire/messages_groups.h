// Consumer groups and their offsets. Declarations (message.h); names are Kafka's.
#pragma once
#include "wire/message.h"

namespace braid::wire {

struct JoinGroupRequest {
  static constexpr Message message{ApiKey::join_group, Direction::request};
  struct Protocol {
    std::string name;
    Blob metadata;
    static constexpr auto fields() { return std::tuple{field("name", &Protocol::name), field("metadata", &Protocol::metadata)}; }
    friend bool operator==(const Protocol&, const Protocol&) = default;
  };
  std::string group_id;
  std::int32_t session_timeout_ms = 0;
  std::int32_t rebalance_timeout_ms = -1;
  std::string member_id;
  std::optional<std::string> group_instance_id;
  std::string protocol_type;
  std::vector<Protocol> protocols;
  std::optional<std::string> reason;
  static constexpr auto fields() {
    using M = JoinGroupRequest;
    return std::tuple{field("group_id", &M::group_id), field("session_timeout_ms", &M::session_timeout_ms),
                      field("rebalance_timeout_ms", &M::rebalance_timeout_ms, since(1)), field("member_id", &M::member_id),
                      field("group_instance_id", &M::group_instance_id, since(5)).null_since(5), field("protocol_type", &M::protocol_type),
                      field("protocols", &M::protocols), field("reason", &M::reason, since(8)).null_since(8)};
  }
};

struct JoinGroupResponse {
  static constexpr Message message{ApiKey::join_group, Direction::response};
  struct Member {
    std::string member_id;
    std::optional<std::string> group_instance_id;
    Blob metadata;
    static constexpr auto fields() {
      return std::tuple{field("member_id", &Member::member_id), field("group_instance_id", &Member::group_instance_id, since(5)).null_since(5),
                        field("metadata", &Member::metadata)};
    }
  };
  std::int32_t throttle_time_ms = 0;
  std::int16_t error_code = 0;
  std::int32_t generation_id = -1;
  std::optional<std::string> protocol_type;
  std::optional<std::string> protocol_name;
  std::string leader;
  bool skip_assignment = false;
  std::string member_id;
  std::vector<Member> members;
  static constexpr auto fields() {
    using M = JoinGroupResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms, since(2)), field("error_code", &M::error_code),
                      field("generation_id", &M::generation_id), field("protocol_type", &M::protocol_type, since(7)).null_since(7),
                      field("protocol_name", &M::protocol_name).null_since(7), field("leader", &M::leader),
                      field("skip_assignment", &M::skip_assignment, since(9)), field("member_id", &M::member_id), field("members", &M::members)};
  }
};

struct SyncGroupRequest {
  static constexpr Message message{ApiKey::sync_group, Direction::request};
  struct Assignment {
    std::string member_id;
    Blob assignment;
    static constexpr auto fields() { return std::tuple{field("member_id", &Assignment::member_id), field("assignment", &Assignment::assignment)}; }
  };
  std::string group_id;
  std::int32_t generation_id = 0;
  std::string member_id;
  std::optional<std::string> group_instance_id;
  std::optional<std::string> protocol_type;
  std::optional<std::string> protocol_name;
  std::vector<Assignment> assignments;
  static constexpr auto fields() {
    using M = SyncGroupRequest;
    return std::tuple{field("group_id", &M::group_id), field("generation_id", &M::generation_id), field("member_id", &M::member_id),
                      field("group_instance_id", &M::group_instance_id, since(3)).null_since(3),
                      field("protocol_type", &M::protocol_type, since(5)).null_since(5), field("protocol_name", &M::protocol_name, since(5)).null_since(5),
                      field("assignments", &M::assignments)};
  }
};

struct SyncGroupResponse {
  static constexpr Message message{ApiKey::sync_group, Direction::response};
  std::int32_t throttle_time_ms = 0;
  std::int16_t error_code = 0;
  std::optional<std::string> protocol_type;
  std::optional<std::string> protocol_name;
  Blob assignment;
  static constexpr auto fields() {
    using M = SyncGroupResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms, since(1)), field("error_code", &M::error_code),
                      field("protocol_type", &M::protocol_type, since(5)).null_since(5), field("protocol_name", &M::protocol_name, since(5)).null_since(5),
                      field("assignment", &M::assignment)};
  }
};

struct HeartbeatRequest {
  static constexpr Message message{ApiKey::heartbeat, Direction::request};
  std::string group_id;
  std::int32_t generation_id = 0;
  std::string member_id;
  std::optional<std::string> group_instance_id;
  static constexpr auto fields() {
    using M = HeartbeatRequest;
    return std::tuple{field("group_id", &M::group_id), field("generation_id", &M::generation_id), field("member_id", &M::member_id),
                      field("group_instance_id", &M::group_instance_id, since(3)).null_since(3)};
  }
};

struct HeartbeatResponse {
  static constexpr Message message{ApiKey::heartbeat, Direction::response};
  std::int32_t throttle_time_ms = 0;
  std::int16_t error_code = 0;
  static constexpr auto fields() {
    using M = HeartbeatResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms, since(1)), field("error_code", &M::error_code)};
  }
};

struct LeaveGroupRequest {
  static constexpr Message message{ApiKey::leave_group, Direction::request};
  struct Member {
    std::string member_id;
    std::optional<std::string> group_instance_id;
    std::optional<std::string> reason;
    static constexpr auto fields() {
      return std::tuple{field("member_id", &Member::member_id, since(3)), field("group_instance_id", &Member::group_instance_id, since(3)).null_since(3),
                        field("reason", &Member::reason, since(5)).null_since(5)};
    }
  };
  std::string group_id;
  std::string member_id;
  std::vector<Member> members;
  static constexpr auto fields() {
    using M = LeaveGroupRequest;
    return std::tuple{field("group_id", &M::group_id), field("member_id", &M::member_id, until(2)), field("members", &M::members, since(3))};
  }
};

struct LeaveGroupResponse {
  static constexpr Message message{ApiKey::leave_group, Direction::response};
  struct Member {
    std::string member_id;
    std::optional<std::string> group_instance_id;
    std::int16_t error_code = 0;
    static constexpr auto fields() {
      return std::tuple{field("member_id", &Member::member_id, since(3)), field("group_instance_id", &Member::group_instance_id, since(3)).null_since(3),
                        field("error_code", &Member::error_code, since(3))};
    }
  };
  std::int32_t throttle_time_ms = 0;
  std::int16_t error_code = 0;
  std::vector<Member> members;
  static constexpr auto fields() {
    using M = LeaveGroupResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms, since(1)), field("error_code", &M::error_code), field("members", &M::members, since(3))};
  }
};

struct OffsetCommitRequest {
  static constexpr Message message{ApiKey::offset_commit, Direction::request};
  struct Partition {
    std::int32_t partition_index = 0;
    std::int64_t committed_offset = 0;
    std::int32_t committed_leader_epoch = -1;
    std::int64_t commit_timestamp = -1;
    std::optional<std::string> committed_metadata;
    static constexpr auto fields() {
      using M = Partition;
      return std::tuple{field("partition_index", &M::partition_index), field("committed_offset", &M::committed_offset),
                        field("committed_leader_epoch", &M::committed_leader_epoch, since(6)), field("commit_timestamp", &M::commit_timestamp, between(1, 1)),
                        field("committed_metadata", &M::committed_metadata)};
    }
  };
  struct Topic {
    std::string name;
    std::vector<Partition> partitions;
    Uuid topic_id{};
    static constexpr auto fields() {
      return std::tuple{field("name", &Topic::name, until(9)), field("topic_id", &Topic::topic_id, since(10)), field("partitions", &Topic::partitions)};
    }
  };
  std::string group_id;
  std::int32_t generation_id = -1;
  std::string member_id;
  std::optional<std::string> group_instance_id;
  std::int64_t retention_time_ms = -1;
  std::vector<Topic> topics;
  static constexpr auto fields() {
    using M = OffsetCommitRequest;
    return std::tuple{field("group_id", &M::group_id), field("generation_id", &M::generation_id, since(1)), field("member_id", &M::member_id, since(1)),
                      field("group_instance_id", &M::group_instance_id, since(7)).null_since(7),
                      field("retention_time_ms", &M::retention_time_ms, between(2, 4)), field("topics", &M::topics)};
  }
};

struct OffsetCommitResponse {
  static constexpr Message message{ApiKey::offset_commit, Direction::response};
  struct Partition {
    std::int32_t partition_index = 0;
    std::int16_t error_code = 0;
    static constexpr auto fields() { return std::tuple{field("partition_index", &Partition::partition_index), field("error_code", &Partition::error_code)}; }
  };
  struct Topic {
    std::string name;
    std::vector<Partition> partitions;
    Uuid topic_id{};
    static constexpr auto fields() {
      return std::tuple{field("name", &Topic::name, until(9)), field("topic_id", &Topic::topic_id, since(10)), field("partitions", &Topic::partitions)};
    }
  };
  std::int32_t throttle_time_ms = 0;
  std::vector<Topic> topics;
  static constexpr auto fields() {
    using M = OffsetCommitResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms, since(3)), field("topics", &M::topics)};
  }
};

struct OffsetFetchRequest {
  static constexpr Message message{ApiKey::offset_fetch, Direction::request};
  struct Topic {
    std::string name;
    std::vector<std::int32_t> partition_indexes;
    Uuid topic_id{};
    static constexpr auto fields() {
      return std::tuple{field("name", &Topic::name, until(9)), field("topic_id", &Topic::topic_id, since(10)), field("partition_indexes", &Topic::partition_indexes)};
    }
  };
  struct Group {
    std::string group_id;
    std::optional<std::string> member_id;
    std::int32_t member_epoch = -1;
    std::optional<std::vector<Topic>> topics;   // null: all
    static constexpr auto fields() {
      using M = Group;
      return std::tuple{field("group_id", &M::group_id), field("member_id", &M::member_id, since(9)).null_since(9),
                        field("member_epoch", &M::member_epoch, since(9)), field("topics", &M::topics)};
    }
  };
  std::string group_id;
  std::optional<std::vector<Topic>> topics;
  std::vector<Group> groups;
  bool require_stable = false;
  static constexpr auto fields() {
    using M = OffsetFetchRequest;
    return std::tuple{field("group_id", &M::group_id, until(7)), field("topics", &M::topics, until(7)).null_since(2),
                      field("groups", &M::groups, since(8)), field("require_stable", &M::require_stable, since(7))};
  }
};

struct OffsetFetchResponse {
  static constexpr Message message{ApiKey::offset_fetch, Direction::response};
  struct Partition {
    std::int32_t partition_index = 0;
    std::int64_t committed_offset = -1;
    std::int32_t committed_leader_epoch = -1;
    std::optional<std::string> metadata;
    std::int16_t error_code = 0;
    static constexpr auto fields() {
      using M = Partition;
      return std::tuple{field("partition_index", &M::partition_index), field("committed_offset", &M::committed_offset),
                        field("committed_leader_epoch", &M::committed_leader_epoch, since(5)), field("metadata", &M::metadata),
                        field("error_code", &M::error_code)};
    }
  };
  struct Topic {
    std::string name;
    std::vector<Partition> partitions;
    Uuid topic_id{};
    static constexpr auto fields() {
      return std::tuple{field("name", &Topic::name, until(9)), field("topic_id", &Topic::topic_id, since(10)), field("partitions", &Topic::partitions)};
    }
  };
  struct Group {
    std::string group_id;
    std::vector<Topic> topics;
    std::int16_t error_code = 0;
    static constexpr auto fields() {
      return std::tuple{field("group_id", &Group::group_id), field("topics", &Group::topics), field("error_code", &Group::error_code)};
    }
  };
  std::int32_t throttle_time_ms = 0;
  std::vector<Topic> topics;
  std::int16_t error_code = 0;
  std::vector<Group> groups;
  static constexpr auto fields() {
    using M = OffsetFetchResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms, since(3)), field("topics", &M::topics, until(7)),
                      field("error_code", &M::error_code, between(2, 7)), field("groups", &M::groups, since(8))};
  }
};

struct OffsetDeleteRequest {
  static constexpr Message message{ApiKey::offset_delete, Direction::request};
  struct Partition {
    std::int32_t partition_index = 0;
    static constexpr auto fields() { return std::tuple{field("partition_index", &Partition::partition_index)}; }
  };
  struct Topic {
    std::string name;
    std::vector<Partition> partitions;
    static constexpr auto fields() { return std::tuple{field("name", &Topic::name), field("partitions", &Topic::partitions)}; }
  };
  std::string group_id;
  std::vector<Topic> topics;
  static constexpr auto fields() {
    return std::tuple{field("group_id", &OffsetDeleteRequest::group_id), field("topics", &OffsetDeleteRequest::topics)};
  }
};

struct OffsetDeleteResponse {
  static constexpr Message message{ApiKey::offset_delete, Direction::response};
  using Partition = OffsetCommitResponse::Partition;
  using Topic = OffsetCommitResponse::Topic;
  std::int16_t error_code = 0;
  std::int32_t throttle_time_ms = 0;
  std::vector<Topic> topics;
  static constexpr auto fields() {
    using M = OffsetDeleteResponse;
    return std::tuple{field("error_code", &M::error_code), field("throttle_time_ms", &M::throttle_time_ms), field("topics", &M::topics)};
  }
};

struct DescribeGroupsRequest {
  static constexpr Message message{ApiKey::describe_groups, Direction::request};
  std::vector<std::string> groups;
  bool include_authorized_operations = false;
  static constexpr auto fields() {
    using M = DescribeGroupsRequest;
    return std::tuple{field("groups", &M::groups), field("include_authorized_operations", &M::include_authorized_operations, since(3))};
  }
};

struct DescribeGroupsResponse {
  static constexpr Message message{ApiKey::describe_groups, Direction::response};
  struct Member {
    std::string member_id;
    std::optional<std::string> group_instance_id;
    std::string client_id;
    std::string client_host;
    Blob member_metadata;
    Blob member_assignment;
    static constexpr auto fields() {
      using M = Member;
      return std::tuple{field("member_id", &M::member_id), field("group_instance_id", &M::group_instance_id, since(4)).null_since(4),
                        field("client_id", &M::client_id), field("client_host", &M::client_host), field("member_metadata", &M::member_metadata),
                        field("member_assignment", &M::member_assignment)};
    }
  };
  struct Group {
    std::int16_t error_code = 0;
    std::optional<std::string> error_message;
    std::string group_id;
    std::string group_state;
    std::string protocol_type;
    std::string protocol_data;
    std::vector<Member> members;
    std::int32_t authorized_operations = std::numeric_limits<std::int32_t>::min();
    static constexpr auto fields() {
      using M = Group;
      return std::tuple{field("error_code", &M::error_code), field("error_message", &M::error_message, since(6)).null_since(6),
                        field("group_id", &M::group_id), field("group_state", &M::group_state), field("protocol_type", &M::protocol_type),
                        field("protocol_data", &M::protocol_data), field("members", &M::members),
                        field("authorized_operations", &M::authorized_operations, since(3))};
    }
  };
  std::int32_t throttle_time_ms = 0;
  std::vector<Group> groups;
  static constexpr auto fields() {
    using M = DescribeGroupsResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms, since(1)), field("groups", &M::groups)};
  }
};

struct ListGroupsRequest {
  static constexpr Message message{ApiKey::list_groups, Direction::request};
  std::vector<std::string> states_filter;
  std::vector<std::string> types_filter;
  static constexpr auto fields() {
    using M = ListGroupsRequest;
    return std::tuple{field("states_filter", &M::states_filter, since(4)), field("types_filter", &M::types_filter, since(5))};
  }
};

struct ListGroupsResponse {
  static constexpr Message message{ApiKey::list_groups, Direction::response};
  struct Group {
    std::string group_id;
    std::string protocol_type;
    std::string group_state;
    std::string group_type;
    static constexpr auto fields() {
      using M = Group;
      return std::tuple{field("group_id", &M::group_id), field("protocol_type", &M::protocol_type), field("group_state", &M::group_state, since(4)),
                        field("group_type", &M::group_type, since(5))};
    }
  };
  std::int32_t throttle_time_ms = 0;
  std::int16_t error_code = 0;
  std::vector<Group> groups;
  static constexpr auto fields() {
    using M = ListGroupsResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms, since(1)), field("error_code", &M::error_code), field("groups", &M::groups)};
  }
};

struct DeleteGroupsRequest {
  static constexpr Message message{ApiKey::delete_groups, Direction::request};
  std::vector<std::string> groups_names;
  static constexpr auto fields() { return std::tuple{field("groups_names", &DeleteGroupsRequest::groups_names)}; }
};

struct DeleteGroupsResponse {
  static constexpr Message message{ApiKey::delete_groups, Direction::response};
  struct Outcome {
    std::string group_id;
    std::int16_t error_code = 0;
    static constexpr auto fields() { return std::tuple{field("group_id", &Outcome::group_id), field("error_code", &Outcome::error_code)}; }
  };
  std::int32_t throttle_time_ms = 0;
  std::vector<Outcome> results;
  static constexpr auto fields() {
    using M = DeleteGroupsResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms), field("results", &M::results)};
  }
};

}  // namespace braid::wire
