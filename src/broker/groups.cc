// The group APIs: may this caller, then the coordinator.
#include <algorithm>
#include <map>

#include "broker/coordinator.h"
#include "broker/handlers.h"

namespace braid::broker {
namespace {

Client client_of(const Call& call) { return {call.caller.client_id, "/" + call.caller.host}; }

KafkaError check_group(const Call& call, const std::string& group, Operation operation) {
  if (group.empty()) return KafkaError::invalid_group_id;
  return call.allows(operation, Resource::group, group) ? KafkaError::none : KafkaError::group_authorization_failed;
}

// For lineage: who is in this group, and about which topics.
void note_use(const Call& call, const std::string& group, const std::vector<std::string_view>& topics = {}) {
  call.core.here().group_uses.note(call.caller, group, topics, call.core.now_ms());
}

// Takes out the topics about which the caller may not do this.
template <class Topic> std::vector<Topic> take_denied(const Call& call, std::vector<Topic>& topics, Operation operation) {
  std::vector<Topic> denied;
  std::erase_if(topics, [&](Topic& topic) {
    if (call.allows(operation, Resource::topic, topic.name)) return false;
    denied.push_back(std::move(topic));
    return true;
  });
  return denied;
}

// From version 10 of the offset APIs on, topics go by their ids. Gives them their names, and takes out those that are not there.
template <class Topic> std::vector<Topic> take_unknown_ids(const Call& call, std::vector<Topic>& topics) {
  const auto known = call.core.log.topics();
  std::vector<Topic> unknown;
  std::erase_if(topics, [&](Topic& topic) {
    const auto found = known->find(topic.topic_id);
    if (found != nullptr) topic.name = found->name;
    else unknown.push_back(std::move(topic));
    return found == nullptr;
  });
  return unknown;
}

template <class Topic> void add_refused(wire::OffsetCommitResponse& out, const std::vector<Topic>& topics, KafkaError error) {
  for (const auto& topic : topics) {
    auto& answers = out.topics.emplace_back();
    answers.name = topic.name;
    answers.topic_id = topic.topic_id;
    for (const auto& p : topic.partitions) answers.partitions.push_back({p.partition_index, code(error)});
  }
}

void add_refused(std::vector<wire::OffsetFetchResponse::Topic>& out, const std::vector<wire::OffsetFetchRequest::Topic>& topics, KafkaError error) {
  for (const auto& topic : topics) {
    auto& answers = out.emplace_back();
    answers.name = topic.name;
    answers.topic_id = topic.topic_id;
    for (const auto p : topic.partition_indexes) {
      auto& answer = answers.partitions.emplace_back();
      answer.partition_index = p;
      answer.metadata = "";
      answer.error_code = code(error);
    }
  }
}

// Asked for all topics, a caller is shown those it may know of; asked for one by name, it is told why not.
io::Task<std::vector<wire::OffsetFetchResponse::Topic>> fetch_allowed(const Call& call, std::string group, std::optional<std::vector<wire::OffsetFetchRequest::Topic>> topics, bool stable) {
  std::vector<wire::OffsetFetchRequest::Topic> unknown, denied;
  std::map<std::string, Uuid> ids;
  const bool by_id = call.version() >= 10;
  if (topics && by_id) unknown = take_unknown_ids(call, *topics);
  if (topics) {
    denied = take_denied(call, *topics, Operation::describe);
    for (const auto& topic : *topics) ids[topic.name] = topic.topic_id;
  } else if (by_id) {
    for (const auto& [name, topic] : call.core.log.topics()->by_name()) ids[name] = topic->id;
  }
  auto fetching = call.core.coordinator->fetch(std::move(group), std::move(topics), stable);
  auto out = co_await std::move(fetching);
  std::erase_if(out, [&](const auto& topic) { return !call.allows(Operation::describe, Resource::topic, topic.name) || (by_id && !ids.contains(topic.name)); });
  if (by_id)
    for (auto& topic : out) topic.topic_id = ids.at(topic.name);
  add_refused(out, denied, KafkaError::topic_authorization_failed);
  add_refused(out, unknown, KafkaError::unknown_topic_id);
  co_return out;
}

// Members' assignments name topics; whoever may not know of one is not shown the group.
bool may_know_topics(const Call& call, const wire::ConsumerGroupDescribeResponse::Group& group) {
  const auto known = [&](const auto& assignment) {
    return std::ranges::all_of(assignment.topic_partitions, [&](const auto& t) { return call.allows(Operation::describe, Resource::topic, t.topic_name); });
  };
  return std::ranges::all_of(group.members, [&](const auto& m) { return known(m.assignment) && known(m.target_assignment); });
}

// The topics of the subscriptions that a consumer joins with; other protocols ("connect") have none that we can read.
std::vector<std::string_view> subscribed_topics(const wire::JoinGroupRequest& request) {
  std::vector<std::string_view> out;
  if (request.protocol_type != "consumer") return out;
  for (const auto& protocol : request.protocols) {
    Reader in(protocol.metadata.bytes);   // ConsumerProtocolSubscription: version, topics, ...
    in.be<std::int16_t>();
    for (auto n = in.be<std::int32_t>(); n > 0 && in.ok(); --n) {
      const auto length = in.be<std::int16_t>();
      const auto topic = in.bytes(length < 0 ? 0 : std::size_t(length));
      if (in.ok()) out.push_back(topic);
    }
  }
  return out;
}

}  // namespace

io::Task<wire::JoinGroupResponse> join_group(const Call& call, wire::JoinGroupRequest request) {
  if (const auto error = check_group(call, request.group_id, Operation::read); error != KafkaError::none) {
    wire::JoinGroupResponse out;
    out.error_code = code(error);
    out.member_id = request.member_id;
    co_return out;
  }
  note_use(call, request.group_id, subscribed_topics(request));
  auto out = co_await call.core.coordinator->join(std::move(request), call.version(), client_of(call));
  if (call.version() < 7 && !out.protocol_name) out.protocol_name = "";
  co_return out;
}

io::Task<wire::SyncGroupResponse> sync_group(const Call& call, wire::SyncGroupRequest request) {
  if (const auto error = check_group(call, request.group_id, Operation::read); error != KafkaError::none) {
    wire::SyncGroupResponse out;
    out.error_code = code(error);
    co_return out;
  }
  co_return co_await call.core.coordinator->sync(std::move(request));
}

io::Task<wire::HeartbeatResponse> heartbeat(const Call& call, wire::HeartbeatRequest request) {
  wire::HeartbeatResponse out;
  auto error = check_group(call, request.group_id, Operation::read);
  if (error == KafkaError::none) {
    note_use(call, request.group_id);
    error = co_await call.core.coordinator->heartbeat(std::move(request));
  }
  out.error_code = code(error);
  co_return out;
}

io::Task<wire::LeaveGroupResponse> leave_group(const Call& call, wire::LeaveGroupRequest request) {
  wire::LeaveGroupResponse out;
  if (const auto error = check_group(call, request.group_id, Operation::read); error != KafkaError::none) {
    out.error_code = code(error);
    co_return out;
  }
  if (call.version() < 3) request.members = {{request.member_id, std::nullopt, std::nullopt}};
  const auto members = request.members;
  const auto outcomes = co_await call.core.coordinator->leave(std::move(request.group_id), std::move(request.members));
  if (call.version() < 3) {
    out.error_code = code(outcomes.front());
    co_return out;
  }
  for (std::size_t i = 0; i < members.size(); ++i) out.members.push_back({members[i].member_id, members[i].group_instance_id, code(outcomes[i])});
  co_return out;
}

io::Task<wire::OffsetCommitResponse> offset_commit(const Call& call, wire::OffsetCommitRequest request) {
  if (const auto error = check_group(call, request.group_id, Operation::read); error != KafkaError::none) {
    wire::OffsetCommitResponse out;
    add_refused(out, request.topics, error);
    co_return out;
  }
  std::vector<wire::OffsetCommitRequest::Topic> unknown;
  const bool by_id = call.version() >= 10;
  if (by_id) unknown = take_unknown_ids(call, request.topics);
  std::vector<std::string_view> topics;
  for (const auto& topic : request.topics) topics.push_back(topic.name);
  note_use(call, request.group_id, topics);
  const auto denied = take_denied(call, request.topics, Operation::read);
  std::map<std::string, Uuid> ids;
  for (const auto& topic : request.topics) ids[topic.name] = topic.topic_id;
  auto committing = call.core.coordinator->commit(std::move(request), call.version());
  auto out = co_await std::move(committing);
  if (by_id)
    for (auto& topic : out.topics) topic.topic_id = ids.at(topic.name);
  add_refused(out, denied, KafkaError::topic_authorization_failed);
  add_refused(out, unknown, KafkaError::unknown_topic_id);
  co_return out;
}

io::Task<wire::OffsetFetchResponse> offset_fetch(const Call& call, wire::OffsetFetchRequest request) {
  wire::OffsetFetchResponse out;
  if (call.version() < 8) {
    out.error_code = code(check_group(call, request.group_id, Operation::describe));
    if (out.error_code == 0) {
      out.topics = co_await fetch_allowed(call, std::move(request.group_id), std::move(request.topics), request.require_stable);
    } else if (call.version() < 2 && request.topics) {   // there is no error but in the partitions yet
      for (const auto& topic : *request.topics) {
        auto& answers = out.topics.emplace_back();
        answers.name = topic.name;
        for (const auto p : topic.partition_indexes) {
          auto& answer = answers.partitions.emplace_back();
          answer.partition_index = p;
          answer.committed_offset = -1;
          answer.metadata = "";
          answer.error_code = out.error_code;
        }
      }
    }
    co_return out;
  }
  for (auto& wanted : request.groups) {
    wire::OffsetFetchResponse::Group answer;
    answer.group_id = wanted.group_id;
    answer.error_code = code(check_group(call, wanted.group_id, Operation::describe));
    if (answer.error_code == 0 && call.version() >= 9) answer.error_code = code(co_await call.core.coordinator->check_fetch(wanted.group_id, wanted.member_id, wanted.member_epoch));
    if (answer.error_code == 0) answer.topics = co_await fetch_allowed(call, wanted.group_id, std::move(wanted.topics), request.require_stable);
    out.groups.push_back(std::move(answer));
  }
  co_return out;
}

io::Task<wire::ConsumerGroupHeartbeatResponse> consumer_group_heartbeat(const Call& call, wire::ConsumerGroupHeartbeatRequest request) {
  wire::ConsumerGroupHeartbeatResponse out;
  const auto refuse = [&](KafkaError error, std::string message) {
    out.error_code = code(error);
    out.error_message = std::move(message);
  };
  std::vector<std::string_view> topics;
  for (const auto& name : request.subscribed_topic_names.value_or(std::vector<std::string>())) {
    if (!call.allows(Operation::describe, Resource::topic, name)) refuse(KafkaError::topic_authorization_failed, "not allowed to describe " + name);
  }
  if (request.subscribed_topic_names) topics = {request.subscribed_topic_names->begin(), request.subscribed_topic_names->end()};
  if (!request.group_id.empty() && !call.allows(Operation::read, Resource::group, request.group_id)) refuse(KafkaError::group_authorization_failed, "not allowed to read in the group");
  if (out.error_code != 0) co_return out;
  if (request.group_id.empty()) {
    refuse(KafkaError::invalid_request, "GroupId can't be empty.");
    co_return out;
  }
  if (call.version() == 0 && request.member_id.empty() && request.member_epoch == 0) request.member_id = to_base64url(random_uuid());   // version 1 has clients choose it (KIP-1082)
  note_use(call, request.group_id, topics);
  out = co_await call.core.coordinator->consumer_heartbeat(std::move(request), client_of(call), call);
  co_return out;
}

io::Task<wire::ConsumerGroupDescribeResponse> consumer_group_describe(const Call& call, wire::ConsumerGroupDescribeRequest request) {
  wire::ConsumerGroupDescribeResponse out;
  for (const auto& name : request.group_ids) {
    const auto error = check_group(call, name, Operation::describe);
    if (error == KafkaError::none) {
      auto described = co_await call.core.coordinator->describe_consumer_group(name);
      if (!may_know_topics(call, described)) {
        auto& answer = out.groups.emplace_back();
        answer.group_id = name;
        answer.error_code = code(KafkaError::topic_authorization_failed);
        answer.error_message = "the group reads topics that the caller may not describe";
        continue;
      }
      if (request.include_authorized_operations) described.authorized_operations = call.allowed_operations(Resource::group, name);
      out.groups.push_back(std::move(described));
      continue;
    }
    auto& answer = out.groups.emplace_back();
    answer.group_id = name;
    answer.error_code = code(error);
  }
  co_return out;
}

io::Task<wire::OffsetDeleteResponse> offset_delete(const Call& call, wire::OffsetDeleteRequest request) {
  if (const auto error = check_group(call, request.group_id, Operation::remove); error != KafkaError::none) {
    wire::OffsetDeleteResponse out;
    out.error_code = code(error);
    co_return out;
  }
  auto denied = take_denied(call, request.topics, Operation::read);
  auto deleting = call.core.coordinator->delete_offsets(std::move(request));
  auto out = co_await std::move(deleting);
  for (const auto& topic : denied) {
    auto& answers = out.topics.emplace_back();
    answers.name = topic.name;
    for (const auto& p : topic.partitions) answers.partitions.push_back({p.partition_index, code(KafkaError::topic_authorization_failed)});
  }
  co_return out;
}

io::Task<wire::DescribeGroupsResponse> describe_groups(const Call& call, wire::DescribeGroupsRequest request) {
  wire::DescribeGroupsResponse out;
  for (const auto& name : request.groups) {
    wire::DescribeGroupsResponse::Group answer;
    answer.group_id = name;
    answer.error_code = code(check_group(call, name, Operation::describe));
    if (answer.error_code == 0) {
      auto found = co_await call.core.coordinator->describe(name, false);
      if (found) answer = *std::move(found);
      else {
        answer.group_state = "Dead";
        if (call.version() >= 6) {
          answer.error_code = code(KafkaError::group_id_not_found);
          answer.error_message = "there is no classic group " + name;
        }
      }
      if (request.include_authorized_operations) answer.authorized_operations = call.allowed_operations(Resource::group, name);
    }
    out.groups.push_back(std::move(answer));
  }
  co_return out;
}

io::Task<wire::ListGroupsResponse> list_groups(const Call& call, wire::ListGroupsRequest request) {
  const auto same = [](std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, [](char x, char y) { return (x | 0x20) == (y | 0x20); });
  };
  wire::ListGroupsResponse out;
  auto all = co_await call.core.coordinator->list();
  const bool everything = call.allows_cluster(Operation::describe);
  for (auto& group : all) {
    const auto wanted = [&](const std::vector<std::string>& filter, const std::string& value) {
      return filter.empty() || std::ranges::any_of(filter, [&](const auto& f) { return same(f, value); });
    };
    if (wanted(request.states_filter, group.group_state) && wanted(request.types_filter, group.group_type) &&
        (everything || call.allows(Operation::describe, Resource::group, group.group_id)))
      out.groups.push_back(std::move(group));
  }
  co_return out;
}

io::Task<wire::DeleteGroupsResponse> delete_groups(const Call& call, wire::DeleteGroupsRequest request) {
  wire::DeleteGroupsResponse out;
  for (const auto& name : request.groups_names) {
    auto error = name.empty() ? KafkaError::group_id_not_found : check_group(call, name, Operation::remove);
    if (error == KafkaError::none) error = co_await call.core.coordinator->remove(name);
    out.results.push_back({name, code(error)});
  }
  co_return out;
}

}  // namespace braid::broker
