#include "broker/group.h"

#include <gtest/gtest.h>

namespace braid::broker {
namespace {

wire::JoinGroupRequest join_request(std::string member = "", std::optional<std::string> instance = {}, std::string metadata = "m") {
  wire::JoinGroupRequest r;
  r.group_id = "g";
  r.session_timeout_ms = 10'000;
  r.rebalance_timeout_ms = 60'000;
  r.member_id = std::move(member);
  r.group_instance_id = std::move(instance);
  r.protocol_type = "consumer";
  r.protocols = {{"range", {metadata}}, {"roundrobin", {metadata}}};
  return r;
}

// Drives a Group as the coordinator does, with a clock of its own.
struct Driver {
  Group group{"g", {}};
  std::int64_t now = 1'000'000;
  Ticket next = 1;
  bool stores_work = true;
  std::map<Ticket, wire::JoinGroupResponse> joins;
  std::map<Ticket, wire::SyncGroupResponse> syncs;

  explicit Driver(GroupTimeouts timeouts = {}) : group("g", timeouts) {}
  void settle(Effects effects) {
    for (auto& a : effects.answers) {
      if (auto* j = std::get_if<wire::JoinGroupResponse>(&a.response)) {
        EXPECT_TRUE(joins.emplace(a.ticket, *j).second) << "answered twice";
      } else {
        EXPECT_TRUE(syncs.emplace(a.ticket, std::get<wire::SyncGroupResponse>(a.response)).second) << "answered twice";
      }
    }
    if (!effects.store || !stores_work) return;
    Effects more;
    group.stored(group.generation(), KafkaError::none, now, more);
    settle(std::move(more));
  }
  Ticket join(wire::JoinGroupRequest request, std::int16_t version = 9) {
    const auto ticket = next++;
    Effects effects;
    group.join(ticket, request, version, {"client", "/127.0.0.1"}, "fresh-" + std::to_string(ticket), now, effects);
    settle(std::move(effects));
    return ticket;
  }
  // Joins as a modern client does: asks for an id, joins with it. Returns the member id.
  std::string enter() {
    const auto first = join(join_request());
    EXPECT_EQ(joins.at(first).error_code, std::int16_t(KafkaError::member_id_required));
    const auto id = joins.at(first).member_id;
    last_join = join(join_request(id));
    return id;
  }
  Ticket last_join = 0;
  Ticket sync(const std::string& member, std::vector<std::pair<std::string, std::string>> assignments = {}, std::optional<std::int32_t> generation = {}) {
    const auto ticket = next++;
    wire::SyncGroupRequest r;
    r.group_id = "g";
    r.member_id = member;
    r.generation_id = generation.value_or(group.generation());
    for (auto& [id, bytes] : assignments) r.assignments.push_back({id, {bytes}});
    Effects effects;
    group.sync(ticket, r, now, effects);
    settle(std::move(effects));
    return ticket;
  }
  KafkaError beat(const std::string& member) {
    wire::HeartbeatRequest r;
    r.member_id = member;
    r.generation_id = group.generation();
    return group.heartbeat(r, now);
  }
  void leave(const std::string& member, std::optional<std::string> instance = {}) {
    Effects effects;
    EXPECT_EQ(group.leave(member, instance, now, effects), KafkaError::none);
    settle(std::move(effects));
  }
  void pass(std::int64_t ms) {
    for (const auto end = now + ms; now < end;) {
      const auto next_alarm = group.next_deadline();
      now = next_alarm && *next_alarm > now && *next_alarm < end ? *next_alarm : end;
      Effects effects;
      group.tick(now, effects);
      settle(std::move(effects));
    }
  }
};

TEST(Group, OneMemberBecomesLeaderAndGetsItsAssignment) {
  Driver d;
  const auto a = d.enter();
  const auto& joined = d.joins.at(d.last_join);
  EXPECT_EQ(joined.error_code, 0);
  EXPECT_EQ(joined.generation_id, 1);
  EXPECT_EQ(joined.leader, a);
  EXPECT_EQ(joined.protocol_name, "range");
  ASSERT_EQ(joined.members.size(), 1u);
  const auto s = d.sync(a, {{a, "all"}});
  EXPECT_EQ(d.syncs.at(s).assignment.bytes, "all");
  EXPECT_EQ(d.group.state(), GroupState::stable);
  EXPECT_EQ(d.beat(a), KafkaError::none);
}

TEST(Group, TheLeadersAnswerWaitsForTheStore) {
  Driver d;
  d.stores_work = false;
  const auto a = d.enter();
  const auto s = d.sync(a, {{a, "all"}});
  EXPECT_FALSE(d.syncs.contains(s));
  Effects effects;
  d.group.stored(d.group.generation() - 1, KafkaError::none, d.now, effects);   // of an older generation
  EXPECT_TRUE(effects.answers.empty());
  d.group.stored(d.group.generation(), KafkaError::none, d.now, effects);
  d.settle(std::move(effects));
  EXPECT_EQ(d.syncs.at(s).assignment.bytes, "all");
}

// Two members in a stable generation.
std::pair<std::string, std::string> two_members(Driver& d) {
  const auto a = d.enter();
  d.sync(a, {{a, "1"}});
  const auto b = d.enter();
  EXPECT_FALSE(d.joins.contains(d.last_join));       // waits for a
  EXPECT_EQ(d.beat(a), KafkaError::rebalance_in_progress);
  const auto b_join = d.last_join;
  const auto again = d.join(join_request(a));
  EXPECT_EQ(d.joins.at(again).generation_id, 2);
  EXPECT_EQ(d.joins.at(again).members.size(), 2u);   // the leader sees all
  EXPECT_TRUE(d.joins.at(b_join).members.empty());
  const auto sb = d.sync(b);
  EXPECT_FALSE(d.syncs.contains(sb));                // waits for the leader
  const auto sa = d.sync(a, {{a, "x"}, {b, "y"}});
  EXPECT_EQ(d.syncs.at(sa).assignment.bytes, "x");
  EXPECT_EQ(d.syncs.at(sb).assignment.bytes, "y");
  return {a, b};
}

TEST(Group, ASecondMemberMakesARebalance) {
  Driver d;
  two_members(d);
  EXPECT_EQ(d.group.state(), GroupState::stable);
}

TEST(Group, LeavingMakesTheOthersRejoin) {
  Driver d;
  const auto [a, b] = two_members(d);
  d.leave(a);
  EXPECT_EQ(d.group.state(), GroupState::preparing_rebalance);
  EXPECT_EQ(d.beat(b), KafkaError::rebalance_in_progress);
  const auto again = d.join(join_request(b));
  EXPECT_EQ(d.joins.at(again).leader, b);
  d.sync(b, {{b, "all"}});
  d.leave(b);
  EXPECT_EQ(d.group.state(), GroupState::empty);
  EXPECT_EQ(d.beat(b), KafkaError::unknown_member_id);
}

TEST(Group, ASilentMemberIsOutAfterItsSession) {
  Driver d;
  const auto [a, b] = two_members(d);
  for (int i = 0; i < 4; ++i) {
    d.pass(3'000);
    EXPECT_EQ(d.beat(a), i < 3 ? KafkaError::none : KafkaError::rebalance_in_progress) << i;   // b said nothing for 12 s
  }
  EXPECT_FALSE(d.group.members().contains(b));
}

TEST(Group, WhoMissesTheRebalanceIsOut) {
  Driver d;
  const auto [a, b] = two_members(d);
  const auto again = d.join(join_request(a));   // the leader rejoins: a rebalance
  EXPECT_FALSE(d.joins.contains(again));
  for (int i = 0; i < 12; ++i) { d.pass(5'000); (void)d.beat(b); }   // alive, but does not rejoin within 60 s
  ASSERT_TRUE(d.joins.contains(again));
  EXPECT_FALSE(d.group.members().contains(b));
  EXPECT_EQ(d.joins.at(again).members.size(), 1u);
}

TEST(Group, WhoNeverSyncsIsOut) {
  Driver d;
  const auto [a, b] = two_members(d);
  const auto ja = d.join(join_request(a));
  const auto jb = d.join(join_request(b));
  EXPECT_EQ(d.joins.at(ja).generation_id, 3);
  EXPECT_EQ(d.joins.at(jb).generation_id, 3);
  const auto sb = d.sync(b);
  for (int i = 0; i < 13; ++i) { d.pass(5'000); (void)d.beat(a); }
  ASSERT_TRUE(d.syncs.contains(sb));
  EXPECT_EQ(d.syncs.at(sb).error_code, std::int16_t(KafkaError::rebalance_in_progress));
  EXPECT_FALSE(d.group.members().contains(a));
}

TEST(Group, PendingMembersExpire) {
  Driver d;
  d.join(join_request());   // asks for an id and is never seen again
  d.pass(11'000);
  const auto a = d.enter();
  d.sync(a, {{a, "1"}});
  const auto ghost = d.joins.at(d.join(join_request())).member_id;
  const auto again = d.join(join_request(a));
  EXPECT_FALSE(d.joins.contains(again));   // the rebalance waits for the announced member
  d.pass(11'000);
  EXPECT_TRUE(d.joins.contains(again));
  EXPECT_EQ(d.joins.at(d.join(join_request(ghost))).error_code, std::int16_t(KafkaError::unknown_member_id));
}

TEST(Group, NonLeaderRejoiningUnchangedGetsTheSameGeneration) {
  Driver d;
  const auto [a, b] = two_members(d);
  const auto again = d.join(join_request(b));
  EXPECT_EQ(d.joins.at(again).generation_id, 2);
  EXPECT_EQ(d.group.state(), GroupState::stable);
  d.join(join_request(b, {}, "other topics"));
  EXPECT_EQ(d.group.state(), GroupState::preparing_rebalance);
}

TEST(Group, StaticMemberComesBackWithoutARebalance) {
  Driver d;
  const auto first = d.join(join_request("", "i1"));
  const auto a = d.joins.at(first).member_id;
  EXPECT_EQ(d.joins.at(first).error_code, 0);   // no id round trip for static members
  d.sync(a, {{a, "mine"}});
  const auto again = d.join(join_request("", "i1"));
  EXPECT_EQ(d.joins.at(again).generation_id, 1);
  EXPECT_TRUE(d.joins.at(again).skip_assignment);
  const auto a2 = d.joins.at(again).member_id;
  EXPECT_NE(a2, a);
  const auto s = d.sync(a2);
  EXPECT_EQ(d.syncs.at(s).assignment.bytes, "mine");
  wire::HeartbeatRequest old;
  old.member_id = a;
  old.generation_id = 1;
  old.group_instance_id = "i1";
  EXPECT_EQ(d.group.heartbeat(old, d.now), KafkaError::fenced_instance_id);
  d.leave("", "i1");
  EXPECT_EQ(d.group.state(), GroupState::empty);
}

TEST(Group, InitialDelayGathersMembers) {
  GroupTimeouts timeouts;
  timeouts.initial_rebalance_delay_ms = 3'000;
  Driver d(timeouts);
  d.enter();
  const auto a_join = d.last_join;
  d.pass(2'000);
  d.enter();
  const auto b_join = d.last_join;
  EXPECT_FALSE(d.joins.contains(a_join));
  d.pass(2'000);
  EXPECT_FALSE(d.joins.contains(a_join));   // prolonged for the newcomer
  d.pass(3'000);
  EXPECT_EQ(d.joins.at(a_join).generation_id, 1);
  EXPECT_EQ(d.joins.at(b_join).generation_id, 1);
}

TEST(Group, RefusesWhatDoesNotFit) {
  Driver d;
  const auto a = d.enter();
  auto other = join_request();
  other.protocols = {{"sticky", {"m"}}};
  EXPECT_EQ(d.joins.at(d.join(other)).error_code, std::int16_t(KafkaError::inconsistent_group_protocol));
  auto short_session = join_request();
  short_session.session_timeout_ms = 10;
  EXPECT_EQ(d.joins.at(d.join(short_session)).error_code, std::int16_t(KafkaError::invalid_session_timeout));
  EXPECT_EQ(d.joins.at(d.join(join_request("stranger"))).error_code, std::int16_t(KafkaError::unknown_member_id));
  const auto s = d.sync(a, {}, 77);
  EXPECT_EQ(d.syncs.at(s).error_code, std::int16_t(KafkaError::illegal_generation));
}

TEST(Group, CommitsAreCheckedAgainstTheGeneration) {
  Driver d;
  EXPECT_EQ(d.group.check_commit(-1, "", {}, d.now), KafkaError::none);   // a simple consumer
  const auto a = d.enter();
  EXPECT_EQ(d.group.check_commit(1, a, {}, d.now), KafkaError::rebalance_in_progress);   // completing
  d.sync(a, {{a, "1"}});
  EXPECT_EQ(d.group.check_commit(1, a, {}, d.now), KafkaError::none);
  EXPECT_EQ(d.group.check_commit(0, a, {}, d.now), KafkaError::illegal_generation);
  EXPECT_EQ(d.group.check_commit(-1, "", {}, d.now), KafkaError::unknown_member_id);
  d.enter();
  EXPECT_EQ(d.group.check_commit(1, a, {}, d.now), KafkaError::none);     // preparing: the old generation may still commit
}

TEST(Group, SurvivesARestart) {
  Driver d;
  Group::Member m;
  m.id = "a";
  m.session_timeout_ms = 10'000;
  m.rebalance_timeout_ms = 60'000;
  m.protocols = {{"range", {"m"}}};
  m.assignment = "mine";
  d.group.restore(5, "consumer", "range", "a", {m}, d.now);
  EXPECT_EQ(d.beat("a"), KafkaError::none);
  const auto s = d.sync("a");
  EXPECT_EQ(d.syncs.at(s).assignment.bytes, "mine");
  d.pass(11'000);
  EXPECT_EQ(d.group.state(), GroupState::empty);
}

TEST(Group, ReadsSubscriptionsOfConsumers) {
  Driver d;
  Bytes subscription;
  Writer w(subscription);
  w.be<std::int16_t>(0);
  w.be<std::int32_t>(1);
  w.be<std::int16_t>(3);
  w.bytes("abc");
  const auto id = d.joins.at(d.join(join_request())).member_id;
  d.join(join_request(id, {}, subscription));
  EXPECT_EQ(d.group.subscribed_topics(), (std::set<std::string>{"abc"}));
}

}  // namespace
}  // namespace braid::broker
