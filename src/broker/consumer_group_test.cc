#include "broker/consumer_group.h"

#include <gtest/gtest.h>

#include "broker/offset_expiry.h"
#include "broker/testing.h"

namespace braid::broker {
namespace {

Uuid id_of(std::uint8_t n) {
  Uuid out{};
  out[15] = n;
  return out;
}

struct World final : TestTopics {
  void put(const std::string& name, std::uint8_t id, std::int32_t partitions) { topics[name] = {name, id_of(id), partitions}; }
};

using Request = wire::ConsumerGroupHeartbeatRequest;
using Response = wire::ConsumerGroupHeartbeatResponse;
using Partitions = std::vector<Request::Partitions>;

struct Driver {
  ConsumerGroup group{"g", {}};
  World world;
  std::int64_t now = 1'000'000;

  Response send(Request r, std::int16_t version = 1) {
    r.group_id = "g";
    return group.heartbeat(r, version, {"client", "/127.0.0.1"}, world, true, now);
  }
  static Request join_request(const std::string& member, std::vector<std::string> topics, std::optional<std::string> instance = {}) {
    Request r;
    r.member_id = member;
    r.instance_id = std::move(instance);
    r.rebalance_timeout_ms = 60'000;
    r.subscribed_topic_names = std::move(topics);
    r.topic_partitions.emplace();
    return r;
  }
  Response join(const std::string& member, std::vector<std::string> topics, std::optional<std::string> instance = {}) { return send(join_request(member, std::move(topics), std::move(instance))); }
  Response beat(const std::string& member, std::int32_t epoch, std::optional<Partitions> owned = {}, std::optional<std::string> instance = {}) {
    Request r;
    r.member_id = member;
    r.member_epoch = epoch;
    r.topic_partitions = std::move(owned);
    r.instance_id = std::move(instance);
    return send(r);
  }
};

KafkaError error_of(const Response& r) { return KafkaError(r.error_code); }
std::vector<std::int32_t> only(const Response& r) { return r.assignment && r.assignment->topic_partitions.size() == 1 ? r.assignment->topic_partitions[0].partitions : std::vector<std::int32_t>{}; }

TEST(ConsumerGroup, TheFirstMemberGetsEverythingAtOnce) {
  Driver d;
  d.world.put("t", 1, 3);
  const auto a = d.join("a", {"t"});
  EXPECT_EQ(error_of(a), KafkaError::none);
  EXPECT_EQ(a.member_epoch, 1);
  EXPECT_EQ(a.heartbeat_interval_ms, 5'000);
  EXPECT_EQ(only(a), (std::vector<std::int32_t>{0, 1, 2}));
  EXPECT_EQ(d.group.state(), ConsumerGroupState::stable);
  EXPECT_FALSE(d.beat("a", 1).assignment) << "nothing has changed";
}

TEST(ConsumerGroup, APartitionMovesWhenItsOwnerHasLetGo) {
  Driver d;
  d.world.put("t", 1, 2);
  (void)d.join("a", {"t"});
  const auto b = d.join("b", {"t"});
  EXPECT_EQ(b.member_epoch, 2);
  EXPECT_TRUE(only(b).empty()) << "a has both";
  EXPECT_EQ(d.group.state(), ConsumerGroupState::reconciling);
  const auto told = d.beat("a", 1);
  EXPECT_EQ(told.member_epoch, 1) << "it stays where it is until it has let go";
  EXPECT_EQ(only(told), std::vector<std::int32_t>{0});
  EXPECT_TRUE(only(d.beat("b", 2)).empty());
  EXPECT_EQ(d.beat("a", 1, Partitions{{id_of(1), {0, 1}}}).member_epoch, 1) << "it says that it still has both";
  EXPECT_EQ(d.beat("a", 1, Partitions{{id_of(1), {0}}}).member_epoch, 2);
  EXPECT_EQ(only(d.beat("b", 2)), std::vector<std::int32_t>{1});
  EXPECT_EQ(d.group.state(), ConsumerGroupState::stable);
}

TEST(ConsumerGroup, WhoDoesNotLetGoInTimeIsOut) {
  Driver d;
  d.world.put("t", 1, 2);
  (void)d.join("a", {"t"});
  (void)d.join("b", {"t"});
  (void)d.beat("a", 1);
  for (int i = 0; i < 4; ++i) {   // it lives, and keeps what it should give up
    d.now += 15'000;
    (void)d.beat("a", 1);
    (void)d.beat("b", 2);
    d.group.tick(d.now);
  }
  EXPECT_EQ(error_of(d.beat("a", 1)), KafkaError::unknown_member_id);
  EXPECT_EQ(only(d.beat("b", 2)), (std::vector<std::int32_t>{0, 1}));
}

TEST(ConsumerGroup, SessionsEndAndLeavingIsAtOnce) {
  Driver d;
  d.world.put("t", 1, 2);
  (void)d.join("a", {"t"});
  EXPECT_EQ(d.group.next_deadline(), d.now + 45'000);
  d.now += 44'999;
  d.group.tick(d.now);
  EXPECT_EQ(d.group.members().size(), 1u);
  d.now += 1;
  d.group.tick(d.now);
  EXPECT_EQ(d.group.state(), ConsumerGroupState::empty);
  (void)d.join("a", {"t"});
  const auto left = d.beat("a", -1);
  EXPECT_EQ(error_of(left), KafkaError::none);
  EXPECT_EQ(left.member_epoch, -1);
  EXPECT_EQ(error_of(d.beat("a", 3)), KafkaError::unknown_member_id);
}

TEST(ConsumerGroup, EpochsFence) {
  Driver d;
  d.world.put("t", 1, 2);
  (void)d.join("a", {"t"});
  EXPECT_EQ(error_of(d.beat("a", 2)), KafkaError::fenced_member_epoch);
  (void)d.join("b", {"t"});
  (void)d.beat("b", -1);
  EXPECT_EQ(d.beat("a", 1).member_epoch, 3);
  EXPECT_EQ(error_of(d.beat("a", 1)), KafkaError::fenced_member_epoch) << "an epoch behind, and it does not say what it has";
  EXPECT_EQ(error_of(d.beat("a", 1, Partitions{{id_of(1), {0, 7}}})), KafkaError::fenced_member_epoch) << "7 was never its own";
  EXPECT_EQ(d.beat("a", 1, Partitions{{id_of(1), {0, 1}}}).member_epoch, 3) << "the answer was lost on the way";
  EXPECT_EQ(error_of(d.beat("a", 0 - 3)), KafkaError::invalid_request);
  EXPECT_EQ(d.join("a", {"t"}).member_epoch, 3) << "joining again is always allowed";
}

TEST(ConsumerGroup, CommitsAndFetchesOfOffsetsNeedTheEpoch) {
  Driver d;
  d.world.put("t", 1, 1);
  EXPECT_EQ(d.group.check_commit("", -1, 9), KafkaError::none) << "nobody is there: an administrator may";
  (void)d.join("a", {"t"});
  EXPECT_EQ(d.group.check_commit("a", 1, 9), KafkaError::none);
  EXPECT_EQ(d.group.check_commit("a", 0, 9), KafkaError::stale_member_epoch);
  EXPECT_EQ(d.group.check_commit("a", 1, 8), KafkaError::unsupported_version);
  EXPECT_EQ(d.group.check_commit("a", 0, std::nullopt), KafkaError::illegal_generation);
  EXPECT_EQ(d.group.check_commit("", -1, 9), KafkaError::unknown_member_id);
  EXPECT_EQ(d.group.check_fetch(std::nullopt, -1), KafkaError::none);
  EXPECT_EQ(d.group.check_fetch("a", 1), KafkaError::none);
  EXPECT_EQ(d.group.check_fetch("a", 2), KafkaError::stale_member_epoch);
  EXPECT_EQ(d.group.check_fetch("b", 1), KafkaError::unknown_member_id);
}

TEST(ConsumerGroup, AStaticMemberComesBackToItsPlace) {
  Driver d;
  d.world.put("t", 1, 4);
  (void)d.join("a", {"t"}, "one");
  (void)d.join("b", {"t"}, "two");
  (void)d.beat("a", 1, std::nullopt, "one");
  (void)d.beat("a", 1, Partitions{{id_of(1), {0, 1}}}, "one");
  EXPECT_EQ(only(d.beat("b", 2, std::nullopt, "two")), (std::vector<std::int32_t>{2, 3}));
  EXPECT_EQ(error_of(d.join("c", {"t"}, "one")), KafkaError::unreleased_instance_id) << "its owner lives";
  const auto away = d.beat("a", -2, std::nullopt, "one");
  EXPECT_EQ(away.member_epoch, -2);
  EXPECT_FALSE(d.beat("b", 2, std::nullopt, "two").assignment) << "nobody else gets its partitions";
  const auto back = d.join("c", {"t"}, "one");
  EXPECT_EQ(error_of(back), KafkaError::none) << back.error_message.value_or("");
  EXPECT_EQ(only(back), (std::vector<std::int32_t>{0, 1}));
  EXPECT_EQ(back.member_epoch, 2) << "nothing changed for the group";
  EXPECT_EQ(error_of(d.beat("a", 2, std::nullopt, "one")), KafkaError::fenced_instance_id);
  EXPECT_EQ(error_of(d.beat("x", 2, std::nullopt, "three")), KafkaError::unknown_member_id);
  (void)d.beat("c", -2, std::nullopt, "one");
  d.now += 45'000;
  (void)d.beat("b", 2, std::nullopt, "two");
  d.group.tick(d.now);
  EXPECT_EQ(d.group.members().size(), 1u) << "away too long";
}

TEST(ConsumerGroup, TopicsThatComeAndGrowAndGo) {
  Driver d;
  EXPECT_TRUE(d.join("a", {"t"}).assignment->topic_partitions.empty());
  d.world.put("t", 1, 1);
  EXPECT_EQ(only(d.beat("a", 1)), std::vector<std::int32_t>{0});
  d.world.put("t", 1, 2);
  EXPECT_EQ(only(d.beat("a", 2)), (std::vector<std::int32_t>{0, 1}));
  d.world.put("t", 2, 1);   // made again
  const auto again = d.beat("a", 3);
  ASSERT_TRUE(again.assignment);
  EXPECT_TRUE(again.assignment->topic_partitions.empty()) << "first it lets the old one go";
  const auto fresh = d.beat("a", 3, Partitions{});
  EXPECT_EQ(fresh.assignment->topic_partitions.at(0).topic_id, id_of(2));
  d.world.topics.clear();
  EXPECT_TRUE(d.beat("a", fresh.member_epoch).assignment->topic_partitions.empty());
}

TEST(ConsumerGroup, PatternsFindTopics) {
  Driver d;
  d.world.put("orders.eu", 1, 1);
  d.world.put("payments", 2, 1);
  auto r = Driver::join_request("a", {});
  r.subscribed_topic_names.reset();
  r.subscribed_topic_regex = "orders\\..*";
  EXPECT_EQ(d.send(r).assignment->topic_partitions.size(), 1u);
  d.world.put("orders.us", 3, 1);
  EXPECT_EQ(d.beat("a", 1).assignment->topic_partitions.size(), 2u);
  EXPECT_EQ(d.group.subscribed_topics(), (std::set<std::string>{"orders.eu", "orders.us"}));
  r.subscribed_topic_regex = "orders(";
  EXPECT_EQ(error_of(d.send(r)), KafkaError::invalid_regular_expression);
}

TEST(ConsumerGroup, RequestsAreChecked) {
  Driver d;
  auto r = Driver::join_request("a", {"t"});
  r.server_assignor = "sticky";
  EXPECT_EQ(error_of(d.send(r)), KafkaError::unsupported_assignor);
  r = Driver::join_request("", {"t"});
  EXPECT_EQ(error_of(d.send(r)), KafkaError::invalid_request);
  r = Driver::join_request("a", {"t"});
  r.topic_partitions->push_back({id_of(1), {0}});
  EXPECT_EQ(error_of(d.send(r)), KafkaError::invalid_request);
  r = Driver::join_request("a", {"t"});
  r.subscribed_topic_names.reset();
  EXPECT_EQ(error_of(d.send(r)), KafkaError::invalid_request);
  EXPECT_TRUE(d.group.members().empty());
  ConsumerGroup small("g", {5'000, 45'000, 1});
  r = Driver::join_request("a", {"t"});
  r.group_id = "g";
  EXPECT_EQ(error_of(small.heartbeat(r, 1, {}, d.world, true, 0)), KafkaError::none);
  r.member_id = "b";
  EXPECT_EQ(error_of(small.heartbeat(r, 1, {}, d.world, true, 0)), KafkaError::group_max_size_reached);
}

TEST(ConsumerGroup, AMemberThatJoinsAgainMayLeaveOutWhatItSaid) {   // librdkafka 2.12 right after it left
  Driver d;
  d.world.put("t", 1, 1);
  (void)d.join("a", {"t"});
  (void)d.beat("a", -1);
  auto r = Driver::join_request("a", {"t"});
  r.rebalance_timeout_ms = -1;
  r.topic_partitions.reset();
  EXPECT_EQ(only(d.send(r)), std::vector<std::int32_t>{0});
}

TEST(ConsumerGroup, TheAssignorThatMostWant) {
  Driver d;
  d.world.put("t", 1, 4);
  EXPECT_EQ(d.group.assignor(), "uniform");
  auto r = Driver::join_request("a", {"t"});
  r.server_assignor = "range";
  (void)d.send(r);
  EXPECT_EQ(d.group.assignor(), "range");
}

// ---- assignors

std::map<std::string, std::size_t> sizes(const std::map<std::string, Assignment>& targets) {
  std::map<std::string, std::size_t> out;
  for (const auto& [id, target] : targets)
    for (const auto& [topic, partitions] : target) out[id] += partitions.size();
  return out;
}

TEST(Assignors, RangeCutsTopicsAtTheSamePlaces) {
  const std::set<Uuid> both{id_of(1), id_of(2)};
  const auto targets = assign("range", {{"b", {}, both, {}}, {"a", {}, both, {}}}, {{id_of(1), 3}, {id_of(2), 3}});
  EXPECT_EQ(targets.at("a").at(id_of(1)), (std::set<std::int32_t>{0, 1}));
  EXPECT_EQ(targets.at("a").at(id_of(2)), (std::set<std::int32_t>{0, 1}));
  EXPECT_EQ(targets.at("b").at(id_of(2)), (std::set<std::int32_t>{2}));
}

TEST(Assignors, UniformKeepsWhatItCan) {
  const std::set<Uuid> topic{id_of(1)};
  const Assignment all{{id_of(1), {0, 1, 2, 3, 4}}};
  const auto targets = assign("uniform", {{"a", {}, topic, all}, {"b", {}, topic, {}}}, {{id_of(1), 5}});
  EXPECT_EQ(targets.at("a").at(id_of(1)), (std::set<std::int32_t>{0, 1, 2})) << "it had more, so the odd one is its";
  EXPECT_EQ(targets.at("b").at(id_of(1)), (std::set<std::int32_t>{3, 4}));
}

TEST(Assignors, UniformIsFairWhereSubscriptionsDiffer) {
  const auto targets = assign("uniform", {{"a", {}, {id_of(1), id_of(2)}, {{id_of(1), {0, 1, 2, 3}}, {id_of(2), {0, 1}}}}, {"b", {}, {id_of(1)}, {}}, {"c", {}, {}, {}}},
                              {{id_of(1), 4}, {id_of(2), 2}});
  EXPECT_EQ(sizes(targets).at("a"), 3u);
  EXPECT_EQ(sizes(targets).at("b"), 3u);
  EXPECT_TRUE(targets.at("c").empty());
}

// ---- what is forgotten

TEST(OffsetExpiry, CountsFromWhenTheGroupWasLeft) {
  const storage::OffsetCommit offset{"t", PartitionId{0}, Offset{1}, -1, "", 1'000};
  const std::int64_t keep = 500;
  EXPECT_FALSE(offset_expires(offset, {}, 1'500, keep));
  EXPECT_TRUE(offset_expires(offset, {}, 1'501, keep)) << "nobody was ever there: from the commit";
  EXPECT_FALSE(offset_expires(offset, {false, 1'400, {}}, 1'900, keep)) << "from when it became empty";
  EXPECT_TRUE(offset_expires(offset, {false, 1'400, {}}, 1'901, keep));
  EXPECT_FALSE(offset_expires(offset, {true, {}, std::set<std::string>{"t"}}, 9'000, keep)) << "somebody reads it";
  EXPECT_TRUE(offset_expires(offset, {true, {}, std::set<std::string>{"u"}}, 9'000, keep));
  EXPECT_FALSE(offset_expires(offset, {true, {}, std::nullopt}, 9'000, keep)) << "who knows";
}

}  // namespace
}  // namespace braid::broker
