// Classic consumer groups: membership, states, offsets, administration.
#include "requests.h"

namespace braid::parity {
namespace {

JoinGroupRequest join_request(const std::string& group, const std::string& member, std::optional<std::string> instance = {}) {
  JoinGroupRequest request;
  request.group_id = group;
  request.session_timeout_ms = 10'000;
  request.rebalance_timeout_ms = 20'000;
  request.member_id = member;
  request.group_instance_id = std::move(instance);
  request.protocol_type = "consumer";
  request.protocols = {{"range", {"meta"}}};
  return request;
}
SyncGroupRequest sync_request(const std::string& group, std::int32_t generation, const std::string& member, std::vector<SyncGroupRequest::Assignment> assignments = {}) {
  SyncGroupRequest request;
  request.group_id = group;
  request.generation_id = generation;
  request.member_id = member;
  request.protocol_type = "consumer";
  request.protocol_name = "range";
  request.assignments = std::move(assignments);
  return request;
}
HeartbeatRequest heartbeat_request(const std::string& group, std::int32_t generation, const std::string& member) {
  HeartbeatRequest request;
  request.group_id = group;
  request.generation_id = generation;
  request.member_id = member;
  return request;
}
DescribeGroupsRequest describe_request(const std::string& group) {
  DescribeGroupsRequest request;
  request.groups = {group};
  return request;
}
OffsetCommitRequest commit_request(const std::string& group, const std::string& topic, std::int64_t offset, std::int32_t generation = -1, const std::string& member = "", std::string metadata = "m") {
  OffsetCommitRequest request;
  request.group_id = group;
  request.generation_id = generation;
  request.member_id = member;
  OffsetCommitRequest::Partition p;
  p.partition_index = 0;
  p.committed_offset = offset;
  p.committed_metadata = std::move(metadata);
  request.topics.push_back({topic, {p}});
  return request;
}
OffsetFetchRequest offsets_request(const std::string& group, std::optional<std::vector<OffsetFetchRequest::Topic>> topics) {
  OffsetFetchRequest request;
  request.group_id = group;
  request.topics = topics;
  OffsetFetchRequest::Group g;
  g.group_id = group;
  g.topics = std::move(topics);
  request.groups.push_back(g);
  return request;
}

// The coordinator of Apache Kafka is there a moment after it was asked for.
void ready(Script& s, const std::string& group) {
  FindCoordinatorRequest find;
  find.key = group;
  for (int i = 0; i < 300; ++i) {
    if (s.quiet<FindCoordinatorResponse>(find, 1).error_code == 0) {
      const auto state = s.quiet<ListGroupsResponse>(ListGroupsRequest{}, 0).error_code;
      const auto heart = s.quiet<HeartbeatResponse>(heartbeat_request(group, 1, "nobody"), 0).error_code;
      if (state == 0 && heart != 14 && heart != 15 && heart != 16) return;
    }
    Script::pause(100);
  }
  throw GiveUp{"no coordinator"};
}

// Joins as Java clients do: a first answer gives the member its id.
JoinGroupResponse join(Script& s, const std::string& step, const std::string& group, Connection& by) {
  s.send(by, join_request(group, ""), 5);
  const auto first = s.take<JoinGroupResponse>(by, "", 5);
  s.send(by, join_request(group, first.member_id), 5);
  return s.take<JoinGroupResponse>(by, step, 5);
}

void coordinator(Script& s) {
  ready(s, s.name("g"));
  FindCoordinatorRequest find;
  find.key = s.name("g");
  for (std::int16_t v = 0; v <= 3; ++v) s.ask<FindCoordinatorResponse>("version " + std::to_string(v), find, v);
  find.coordinator_keys = {s.name("g"), s.name("h")};
  for (std::int16_t v = 4; v <= 6; ++v) s.ask<FindCoordinatorResponse>("version " + std::to_string(v), find, v);
  find.coordinator_keys = {""};
  s.ask<FindCoordinatorResponse>("empty key", find, 4);
  find.key = "";
  s.ask<FindCoordinatorResponse>("empty key, version 2", find, 2);
  find.key = "x";
  find.key_type = 9;
  s.ask<FindCoordinatorResponse>("unknown kind", find, 2);
}

void refused(Script& s) {
  const auto group = s.name("g");
  ready(s, group);
  auto request = join_request(group, "");
  request.session_timeout_ms = 1;
  s.ask<JoinGroupResponse>("session too short", request, 5);
  request.session_timeout_ms = 10'000'000;
  s.ask<JoinGroupResponse>("session too long", request, 5);
  s.ask<JoinGroupResponse>("no group", join_request("", ""), 5);
  s.ask<JoinGroupResponse>("unknown member", join_request(group, "nobody"), 5);
  s.ask<JoinGroupResponse>("first of version 4", join_request(s.name("g4"), ""), 4);
  request = join_request(group, "");
  request.protocols.clear();
  s.ask<JoinGroupResponse>("no protocols", request, 3);
  request = join_request(group, "");
  request.protocol_type = "";
  s.ask<JoinGroupResponse>("no protocol type", request, 3);
  s.ask<SyncGroupResponse>("sync of nobody", sync_request(group, 1, "nobody"), 3);
  s.ask<SyncGroupResponse>("sync of nobody, version 5", sync_request(group, 1, "nobody"), 5);
  s.ask<HeartbeatResponse>("heartbeat of nobody", heartbeat_request(group, 1, "nobody"), 3);
  s.ask<HeartbeatResponse>("heartbeat without a group", heartbeat_request("", 1, "nobody"), 3);
  LeaveGroupRequest leave;
  leave.group_id = group;
  leave.member_id = "nobody";
  for (std::int16_t v = 0; v <= 2; ++v) s.ask<LeaveGroupResponse>("leave of nobody, version " + std::to_string(v), leave, v);
  leave.members = {{"nobody", {}, {}}, {"", "instance", {}}};
  for (std::int16_t v = 3; v <= 5; ++v) s.ask<LeaveGroupResponse>("leave of nobody, version " + std::to_string(v), leave, v);
  for (std::int16_t v = 0; v <= 6; ++v) s.ask<DescribeGroupsResponse>("describe an unknown one, version " + std::to_string(v), describe_request(s.name("absent")), v);
  DeleteGroupsRequest remove;
  remove.groups_names = {s.name("absent"), ""};
  for (std::int16_t v = 0; v <= 2; ++v) s.ask<DeleteGroupsResponse>("delete an unknown one, version " + std::to_string(v), remove, v);
}

void life(Script& s) {
  const auto group = s.name("g");
  ready(s, group);
  auto& a = s.connection(1);
  auto& b = s.connection(2);
  make_topic(s, s.name("t"));
  const auto first = join(s, "a joins", group, a);
  s.ask<DescribeGroupsResponse>("before sync", describe_request(group), 5);
  s.ask<HeartbeatResponse>("heartbeat before sync", heartbeat_request(group, first.generation_id, first.member_id), 3);
  s.ask<OffsetCommitResponse>("commit before sync", commit_request(group, s.name("t"), 1, first.generation_id, first.member_id), 7);
  s.ask<SyncGroupResponse>("a syncs", sync_request(group, first.generation_id, first.member_id, {{first.member_id, {"all"}}}), 5);
  s.ask<SyncGroupResponse>("a syncs again", sync_request(group, first.generation_id, first.member_id), 5);
  auto wrong = sync_request(group, first.generation_id, first.member_id);
  wrong.protocol_name = "sticky";
  s.ask<SyncGroupResponse>("sync with another protocol", wrong, 5);
  s.ask<SyncGroupResponse>("sync of the wrong generation", sync_request(group, first.generation_id + 1, first.member_id), 5);
  s.ask<HeartbeatResponse>("heartbeat", heartbeat_request(group, first.generation_id, first.member_id), 4);
  s.ask<HeartbeatResponse>("heartbeat of the wrong generation", heartbeat_request(group, first.generation_id + 7, first.member_id), 4);
  for (std::int16_t v = 0; v <= 6; ++v) s.ask<DescribeGroupsResponse>("stable, version " + std::to_string(v), describe_request(group), v);
  DeleteGroupsRequest remove;
  remove.groups_names = {group};
  s.ask<DeleteGroupsResponse>("delete while there are members", remove, 2);
  auto other_type = join_request(group, "");
  other_type.protocol_type = "connect";
  s.ask<JoinGroupResponse>("another protocol type", other_type, 3);
  auto other_protocol = join_request(group, "");
  other_protocol.protocols = {{"sticky", {"x"}}};
  s.ask<JoinGroupResponse>("no protocol in common", other_protocol, 3);

  // b comes: a is told, both join, a (the leader) gives out.
  s.send(b, join_request(group, ""), 5);
  const auto named = s.take<JoinGroupResponse>(b, "b is named", 5);
  s.send(b, join_request(group, named.member_id), 5);
  for (int i = 0; i < 100; ++i) {
    if (s.quiet<HeartbeatResponse>(heartbeat_request(group, first.generation_id, first.member_id), 3).error_code == 27) break;
    Script::pause(50);
  }
  s.ask<HeartbeatResponse>("a is told", heartbeat_request(group, first.generation_id, first.member_id), 3);
  s.ask<DescribeGroupsResponse>("rebalancing", describe_request(group), 5);
  s.ask<OffsetCommitResponse>("commit while rebalancing", commit_request(group, s.name("t"), 1, first.generation_id, first.member_id), 7);
  s.send(a, join_request(group, first.member_id), 5);
  const auto again = s.take<JoinGroupResponse>(a, "a joins again", 5);
  const auto second = s.take<JoinGroupResponse>(b, "b has joined", 5);
  s.send(b, sync_request(group, second.generation_id, second.member_id), 3);
  s.send(a, sync_request(group, again.generation_id, again.member_id, {{again.member_id, {"half"}}, {second.member_id, {"other"}}}), 3);
  s.take<SyncGroupResponse>(a, "a has half", 3);
  s.take<SyncGroupResponse>(b, "b has half", 3);
  s.send(b, join_request(group, second.member_id), 5);
  s.take<JoinGroupResponse>(b, "a follower joins again, unchanged", 5);
  s.ask<OffsetCommitResponse>("commit of a member", commit_request(group, s.name("t"), 5, again.generation_id, again.member_id), 7);
  s.ask<OffsetCommitResponse>("commit of the old generation", commit_request(group, s.name("t"), 6, first.generation_id, again.member_id), 7);
  s.ask<OffsetCommitResponse>("commit of nobody", commit_request(group, s.name("t"), 6, again.generation_id, "nobody"), 7);
  s.ask<OffsetCommitResponse>("commit from outside", commit_request(group, s.name("t"), 6), 7);
  LeaveGroupRequest leave;
  leave.group_id = group;
  leave.members = {{again.member_id, {}, {}}, {second.member_id, {}, {}}, {"nobody", {}, {}}};
  s.ask<LeaveGroupResponse>("both leave", leave, 4);
  s.until<DescribeGroupsResponse>("empty", describe_request(group), 5, [](const DescribeGroupsResponse& r) { return r.groups.at(0).group_state == "Empty"; });
  s.ask<DeleteGroupsResponse>("delete", remove, 2);
  s.ask<DescribeGroupsResponse>("deleted", describe_request(group), 5);
  s.ask<OffsetFetchResponse>("its offsets are gone", offsets_request(group, {{{s.name("t"), {0}}}}), 7);
}

void static_member(Script& s) {
  const auto group = s.name("g");
  ready(s, group);
  auto& a = s.connection(1);
  s.send(a, join_request(group, "", "one"), 5);
  const auto first = s.take<JoinGroupResponse>(a, "joins", 5);
  s.ask<SyncGroupResponse>("syncs", sync_request(group, first.generation_id, first.member_id, {{first.member_id, {"all"}}}), 3);
  s.ask<DescribeGroupsResponse>("stable", describe_request(group), 5);
  auto& again = s.connection(2);
  s.send(again, join_request(group, "", "one"), 5);
  const auto second = s.take<JoinGroupResponse>(again, "comes back", 5);
  s.note("comes back", "another member id", second.member_id == first.member_id ? "no" : "yes");
  auto old = heartbeat_request(group, first.generation_id, first.member_id);
  old.group_instance_id = "one";
  s.ask<HeartbeatResponse>("the old one", old, 4);
  auto sync = sync_request(group, second.generation_id, second.member_id);
  sync.group_instance_id = "one";
  s.ask<SyncGroupResponse>("the new one has it", sync, 5);
  LeaveGroupRequest leave;
  leave.group_id = group;
  leave.members = {{"", "two", {}}};
  s.ask<LeaveGroupResponse>("leave of an unknown instance", leave, 4);
  leave.members = {{first.member_id, "one", {}}};
  s.ask<LeaveGroupResponse>("leave with the old id", leave, 4);
  leave.members = {{"", "one", {}}};
  s.ask<LeaveGroupResponse>("removed by its instance", leave, 4);
  s.until<DescribeGroupsResponse>("empty", describe_request(group), 5, [](const DescribeGroupsResponse& r) { return r.groups.at(0).group_state == "Empty"; });
}

void offsets(Script& s) {
  const auto group = s.name("g"), topic = s.name("t");
  ready(s, group);
  make_topic(s, topic, 2);
  s.ask<OffsetFetchResponse>("nothing yet", offsets_request(group, {{{topic, {0, 1}}}}), 7);
  for (std::int16_t v = 2; v <= 9; ++v) s.ask<OffsetCommitResponse>("commit, version " + std::to_string(v), commit_request(group, topic, 10 + v), v);
  for (std::int16_t v = 1; v <= 9; ++v) s.ask<OffsetFetchResponse>("fetch, version " + std::to_string(v), offsets_request(group, {{{topic, {0, 1}}}}), v);
  s.ask<OffsetFetchResponse>("fetch all", offsets_request(group, std::nullopt), 7);
  s.ask<OffsetFetchResponse>("fetch all, version 8", offsets_request(group, std::nullopt), 8);
  s.ask<OffsetFetchResponse>("of an unknown topic", offsets_request(group, {{{s.name("absent"), {0}}}}), 7);
  s.ask<OffsetFetchResponse>("of an unknown group", offsets_request(s.name("nobody"), {{{topic, {0}}}}), 8);
  s.ask<OffsetFetchResponse>("all of an unknown group", offsets_request(s.name("nobody"), std::nullopt), 8);
  s.ask<OffsetCommitResponse>("to an unknown topic", commit_request(group, s.name("absent"), 1), 7);
  auto request = commit_request(group, topic, 1);
  request.topics[0].partitions[0].partition_index = 9;
  s.ask<OffsetCommitResponse>("to an unknown partition", request, 7);
  s.ask<OffsetCommitResponse>("metadata too large", commit_request(group, topic, 1, -1, "", std::string(5000, 'm')), 7);
  s.ask<OffsetCommitResponse>("negative offset", commit_request(group, topic, -1), 7);
  s.ask<OffsetCommitResponse>("without a group", commit_request("", topic, 1), 7);
  s.ask<OffsetCommitResponse>("of a generation that never was", commit_request(s.name("other"), topic, 1, 3, "nobody"), 7);
  request = commit_request(group, topic, 44);
  request.topics[0].partitions[0].committed_leader_epoch = 0;
  s.ask<OffsetCommitResponse>("with a leader epoch", request, 7);
  s.ask<OffsetFetchResponse>("the leader epoch is kept", offsets_request(group, {{{topic, {0}}}}), 7);
  s.ask<DescribeGroupsResponse>("a group without members", describe_request(group), 5);
  ListGroupsRequest list;
  for (std::int16_t v = 0; v <= 5; ++v) {
    const auto answer = s.quiet<ListGroupsResponse>(list, v);
    for (const auto& g : answer.groups)
      if (g.group_id == group) s.note("list, version " + std::to_string(v), "group", g.protocol_type + "," + g.group_state + "," + g.group_type);
  }
  for (const char* state : {"Empty", "Stable", "empty", "NoSuchState"}) {
    list.states_filter = {state};
    bool there = false;
    const auto answer = s.quiet<ListGroupsResponse>(list, 4);
    for (const auto& g : answer.groups) there = there || g.group_id == group;
    s.note("list " + std::string(state), "there", there ? "yes" : "no");
    s.note("list " + std::string(state), "error", std::to_string(answer.error_code));
  }
  for (const char* type : {"classic", "consumer", "Classic"}) {
    list.states_filter.clear();
    list.types_filter = {type};
    bool there = false;
    const auto answer = s.quiet<ListGroupsResponse>(list, 5);
    for (const auto& g : answer.groups) there = there || g.group_id == group;
    s.note("list type " + std::string(type), "there", there ? "yes" : "no");
  }
  OffsetDeleteRequest remove;
  remove.group_id = group;
  remove.topics = {{topic, {{0}, {1}, {9}}}};
  s.ask<OffsetDeleteResponse>("delete offsets", remove, 0);
  s.ask<OffsetFetchResponse>("after that", offsets_request(group, {{{topic, {0}}}}), 7);
  remove.group_id = s.name("nobody");
  s.ask<OffsetDeleteResponse>("delete offsets of an unknown group", remove, 0);
}

}  // namespace

std::vector<Case> group_cases() {
  return {{"coordinator", coordinator}, {"group-refused", refused}, {"group-life", life}, {"static-member", static_member}, {"group-offsets", offsets}};
}

}  // namespace braid::parity
