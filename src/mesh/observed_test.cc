// Flows out of counters: what is counted to whom, and what is kept.
#include "mesh/observed.h"

#include <gtest/gtest.h>

#include "base/limits/mesh.h"

namespace braid::mesh {
namespace {

constexpr std::int64_t t0 = 1'790'000'000'000;

Seen kafka(std::string client, std::string topic, bool writes = false, std::string group = {}) { return {"kafka", "anonymous", std::move(client), std::move(group), std::move(topic), writes}; }
Count count(Seen who, std::uint64_t records, std::int64_t last_ms = t0, std::string host = "h") { return {std::move(who), std::move(host), t0, last_ms, records, records * 10}; }
GroupUse use(std::string client, std::string group, std::set<std::string> topics, std::int64_t last_ms = t0) { return {"anonymous", std::move(client), "h", std::move(group), std::move(topics), last_ms}; }

std::string text(const Observed& o) {
  std::string out;
  for (const auto& [who, f] : o.flows())
    out += who.client + (who.group.empty() ? "" : " in " + who.group) + (who.writes ? " -> " : " <- ") + who.topic + " " + (f.counted ? std::to_string(f.records) : "?") + "\n";
  return out;
}

TEST(Observed, OnlyWhatHasChangedSinceTheLastLookIsAdded) {
  Observed o;
  o.look({{count(kafka("a", "t"), 5), count(kafka("p", "t", true), 7)}, {}}, t0);
  o.look({{count(kafka("a", "t"), 8), count(kafka("p", "t", true), 7)}, {}}, t0 + 5'000);
  EXPECT_EQ(text(o), "a <- t 8\np -> t 7\n");
  o.look({{count(kafka("a", "t"), 2), count(kafka("p", "t", true), 7)}, {}}, t0 + 10'000);   // started again: counts from zero
  EXPECT_EQ(text(o), "a <- t 10\np -> t 7\n");
  EXPECT_EQ(o.flows().begin()->second.bytes, 100u);
  EXPECT_EQ(o.since_ms(), t0);
  const auto before = o.revision();
  o.look({{count(kafka("a", "t"), 2), count(kafka("p", "t", true), 7)}, {}}, t0 + 10'000);
  EXPECT_EQ(o.revision(), before) << "nothing happened";
}

TEST(Observed, TheSameClientFromTwoHostsIsOneFlow) {
  Observed o;
  o.look({{count(kafka("a", "t"), 5, t0, "h1"), count(kafka("a", "t"), 6, t0, "h2")}, {}}, t0);
  o.look({{count(kafka("a", "t"), 6, t0, "h1"), count(kafka("a", "t"), 6, t0, "h2")}, {}}, t0);
  EXPECT_EQ(text(o), "a <- t 12\n");
}

TEST(Observed, AFetchBelongsToTheGroupThatTheClientIsIn) {
  Observed o;
  o.look({{count(kafka("rdkafka", "t"), 5), count(kafka("rdkafka", "u"), 3), count(kafka("other", "t"), 1)}, {use("rdkafka", "g", {"t"})}}, t0);
  EXPECT_EQ(text(o), "other <- t 1\nrdkafka <- u 3\nrdkafka in g <- t 5\n");
  // Another group of the same client and another topic: told apart by topic. A membership that says nothing about topics is not asked then.
  o.look({{count(kafka("rdkafka", "t"), 6), count(kafka("rdkafka", "u"), 4)}, {use("rdkafka", "g", {"t"}), use("rdkafka", "k", {"u"}), use("rdkafka", "silent", {})}}, t0 + 1);
  EXPECT_EQ(text(o), "other <- t 1\nrdkafka <- u 3\nrdkafka in g <- t 6\nrdkafka in k <- u 1\n");
  // Left long ago.
  o.look({{count(kafka("rdkafka", "t"), 9, t0 + 100'000)}, {use("rdkafka", "g", {"t"}, t0)}}, t0 + 100'000);
  EXPECT_EQ(text(o), "other <- t 1\nrdkafka <- t 3\nrdkafka <- u 3\nrdkafka in g <- t 6\nrdkafka in k <- u 1\n");
}

TEST(Observed, TwoGroupsOfOneClientOnOneTopicAreSeenButNotCounted) {
  Observed o;
  o.look({{count(kafka("rdkafka", "t"), 5)}, {use("rdkafka", "g", {"t"}), use("rdkafka", "k", {"t"})}}, t0);
  EXPECT_EQ(text(o), "rdkafka <- t 5\nrdkafka in g <- t ?\nrdkafka in k <- t ?\n");
}

TEST(Observed, RatesAreMeasuredAndEndWithTheTraffic) {
  Observed o;
  const auto rate = [&] { return o.flows().begin()->second.records_per_second; };
  o.look({{count(kafka("a", "t"), 100)}, {}}, t0);
  EXPECT_EQ(rate(), std::nullopt) << "one look measures nothing";
  o.look({{count(kafka("a", "t"), 150, t0 + 5'000)}, {}}, t0 + 5'000);
  EXPECT_EQ(rate(), 10.0);
  for (int i = 2; i < 12; ++i) o.look({{count(kafka("a", "t"), 150, t0 + 5'000)}, {}}, t0 + i * 5'000);
  EXPECT_EQ(rate(), 0.0);
  const auto before = o.revision();
  o.look({{count(kafka("a", "t"), 150, t0 + 5'000)}, {}}, t0 + 100'000);
  EXPECT_EQ(o.revision(), before);
}

TEST(Observed, WhatIsTakenRestoresTheSame) {
  Observed o;
  o.look({{count(kafka("ünï \"quoted\"", "t"), 5), count({"query", "", "CSAS_1", "", "u", true}, 7)}, {}}, t0);
  o.add({"http", "tomas", "", "", "t", false}, "127.0.0.1", 3, 30, t0 + 5);
  EXPECT_TRUE(o.has_news());
  Observed again;
  for (const auto& e : o.take_changes()) ASSERT_TRUE(again.restore(e.key, e.value));
  EXPECT_EQ(again.flows(), o.flows());
  EXPECT_EQ(again.since_ms(), o.since_ms());
  EXPECT_FALSE(o.has_news());
  EXPECT_TRUE(o.take_changes().empty());
  o.add({"http", "tomas", "", "", "t", false}, "127.0.0.1", 1, 10, t0 + 6);
  EXPECT_FALSE(o.has_news()) << "known already";
  const auto changes = o.take_changes();
  ASSERT_EQ(changes.size(), 1u);
  ASSERT_TRUE(again.restore(changes[0].key, changes[0].value));
  EXPECT_EQ(again.flows(), o.flows());
  ASSERT_TRUE(again.restore(changes[0].key, std::nullopt));
  EXPECT_EQ(again.flows().size(), o.flows().size() - 1);
  EXPECT_FALSE(again.restore("[]", "{}"));
  EXPECT_FALSE(again.restore("[]", R"({"via":"kafka","topic":"t","direction":"sideways","first_seen":"2026-01-01T00:00:00Z","last_seen":"2026-01-01T00:00:00Z"})"));
}

TEST(Observed, IsBoundedAndForgetsTheLongestUnseen) {
  Observed o;
  for (std::size_t i = 0; i < limits::lineage_flows_max; ++i) o.add(kafka("c" + std::to_string(i), "t"), "h", 1, 1, t0 + std::int64_t(i));
  o.take_changes();
  o.add(kafka("new", "t"), "h", 1, 1, t0 + 1'000'000);
  EXPECT_EQ(o.flows().size(), limits::lineage_flows_max);
  EXPECT_FALSE(o.flows().contains(kafka("c0", "t")));
  const auto changes = o.take_changes();
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[1].key, key_of(kafka("c0", "t")));
  EXPECT_TRUE(changes[1].value.empty());
  // Names are chosen by clients.
  Observed big;
  big.add(kafka(std::string(100'000, 'x'), "t"), "h", 1, 1, t0);
  EXPECT_LT(big.all().front().value.size() + big.all().front().key.size(), limits::lineage_record_bytes_max);
}

}  // namespace
}  // namespace braid::mesh
