// The activity of topics, and what products promise beside it, over a week of a clock that is turned by hand.
#include "observe/activity.h"

#include <gtest/gtest.h>

#include <random>

#include "observe/promises.h"

namespace braid::observe {
namespace {

constexpr std::int64_t start = 1'790'000'000'000 / Activity::day_ms * Activity::day_ms;   // midnight

struct Week {
  Activity activity;
  TopicNumbers n{.name = "orders", .id = {1}};
  std::int64_t now = start;
  std::optional<double> promised{};
  // Every second for so long: `rate` records a second; 0: silence.
  void pass(std::int64_t seconds, std::int64_t rate, bool up = true) {
    for (std::int64_t s = 0; s < seconds; ++s) {
      now += 1000;
      if (rate > 0) {
        n.end += rate;
        n.bytes_in += std::uint64_t(rate * 100);
        n.last_append_ms = now;
      }
      tick(up);
    }
  }
  void tick(bool up = true) {
    std::optional<double> age;
    if (n.last_append_ms >= 0) age = double(now - n.last_append_ms) / 1000;
    activity.tick(now, {{&n, age, promised}}, up);
  }
};

TEST(ActivityTest, CountsByHourAndDay) {
  Week w;
  w.tick();
  w.pass(3600 * 7, 2);
  const auto periods = w.activity.periods("orders", w.now, 6 * Activity::hour_ms, 3);
  ASSERT_EQ(periods.size(), 3u);
  EXPECT_FALSE(periods[0].bucket.observed());
  EXPECT_EQ(periods[1].from_ms, start);
  EXPECT_NEAR(double(periods[1].bucket.records), 6 * 3600 * 2, 4);
  EXPECT_EQ(periods[1].bucket.records + periods[2].bucket.records, 7u * 3600 * 2);
  EXPECT_EQ(*periods[1].bucket.availability(), 1.0);
  EXPECT_EQ(w.activity.periods("orders", w.now, Activity::day_ms, 1)[0].bucket.records, 7u * 3600 * 2);
  EXPECT_FALSE(w.activity.periods("nobody", w.now, Activity::day_ms, 1)[0].bucket.observed());
}

TEST(ActivityTest, GapsDownTimesAndBrokenFreshnessAreSeen) {
  Week w;
  w.promised = 60;
  w.tick();
  w.pass(600, 1);
  w.pass(100, 0);          // 40 s staler than promised
  w.pass(300, 1, false);   // the log takes nothing
  const auto b = w.activity.over("orders", start, w.now);
  EXPECT_EQ(b.watched_s, 1000u);
  EXPECT_EQ(b.up_s, 700u);
  EXPECT_EQ(b.worst_gap_s, 100u);
  EXPECT_EQ(b.stale_s, 40u);
  EXPECT_DOUBLE_EQ(*b.availability(), 0.7);
  EXPECT_DOUBLE_EQ(*b.uptime(), 0.66);
  w.activity.was_down(w.now, w.now + 1'000'000);
  const auto after = w.activity.over("orders", start, w.now + 1'000'000);
  EXPECT_EQ(after.down_s, 1000u);
  EXPECT_DOUBLE_EQ(*after.availability(), 0.35);
}

TEST(ActivityTest, ATopicMadeAnewCountsFromItsBeginningAndAPauseOfTheMachineIsNotWatched) {
  Week w;
  w.tick();
  w.pass(10, 5);
  w.n.id = {2};
  w.n.end = 3;
  w.n.bytes_in = 300;
  w.pass(1, 0);
  EXPECT_EQ(w.activity.over("orders", start, w.now).records, 50u);
  w.now += 3'000'000;      // asleep
  w.tick();
  EXPECT_EQ(w.activity.over("orders", start, w.now).watched_s, 11u);
}

TEST(ActivityTest, KeptAndRestored) {
  Week w;
  w.tick();
  w.pass(5000, 3);
  Activity other;
  auto kept = w.activity.changed();
  EXPECT_EQ(kept.size(), 3u);   // two hours, one day
  for (const auto& k : kept) {
    const auto restored = other.restore(k.key, *k.value);
    ASSERT_TRUE(restored) << restored.error().text();
  }
  EXPECT_EQ(other.over("orders", start, w.now), w.activity.over("orders", start, w.now));
  EXPECT_TRUE(w.activity.changed().empty());
  EXPECT_FALSE(other.restore("hour:x", *kept[0].value));
  EXPECT_FALSE(other.restore("hour:1", "junk"));
  // Ten days later the hours are removed, the day stays.
  w.now += 10 * Activity::day_ms;
  w.tick();
  w.pass(1, 1);
  std::size_t removed = 0;
  for (const auto& k : w.activity.changed()) removed += !k.value;
  EXPECT_EQ(removed, 2u);
  EXPECT_EQ(w.activity.periods("orders", w.now, Activity::day_ms, 11)[0].bucket.records, 15'000u);
}

TEST(ActivityTest, TheLastTwoHoursByTheMinute) {
  Week w;
  w.tick();
  w.pass(600, 3);
  w.pass(60, 0);
  w.pass(30, 1, false);
  const auto minutes = w.activity.periods("orders", w.now, Minutes::minute_ms, 15);
  ASSERT_EQ(minutes.size(), 15u);
  EXPECT_FALSE(minutes[0].bucket.observed()) << "before anybody watched";
  EXPECT_EQ(minutes[5].bucket.records, 180u);
  EXPECT_EQ(minutes[5].bucket.bytes, 18'000u);
  EXPECT_EQ(minutes[5].bucket.watched_s, 60u);
  EXPECT_EQ(minutes[5].from_ms, start + 120'000);
  EXPECT_LE(minutes[13].bucket.records, 3u) << "the silent minute";
  EXPECT_EQ(minutes[13].bucket.watched_s, 60u);
  EXPECT_EQ(minutes[14].bucket.records, 30u);
  EXPECT_EQ(*minutes[14].bucket.availability(), 1.0 / 31) << "the log took nothing";
  std::uint64_t sum = 0;
  for (const auto& m : minutes) sum += m.bucket.records;
  EXPECT_EQ(sum, 1830u);
  const auto quarters = w.activity.periods("orders", w.now, 15 * Minutes::minute_ms, 2);
  EXPECT_EQ(quarters[1].bucket.records, 1830u);
  EXPECT_FALSE(w.activity.periods("nobody", w.now, Minutes::minute_ms, 1)[0].bucket.observed());
  // After three silent hours nothing of it is left, and nothing of it comes back.
  w.pass(3 * 3600, 0);
  for (const auto& m : w.activity.periods("orders", w.now, Minutes::minute_ms, 120)) EXPECT_EQ(m.bucket.records, 0u);
  w.pass(1, 7);
  sum = 0;
  for (const auto& m : w.activity.periods("orders", w.now, Minutes::minute_ms, 200)) sum += m.bucket.records;
  EXPECT_EQ(sum, 7u);
}

// Held against counting plainly, over clocks that jump.
TEST(ActivityTest, MinutesAreWhatAListOfEverythingSays) {
  for (std::uint32_t seed = 1; seed <= 50; ++seed) {
    std::mt19937 random(seed);
    Minutes minutes;
    std::map<std::int64_t, std::uint64_t> came, watched;
    std::int64_t now = start;
    const std::int64_t first = now / Minutes::minute_ms;
    for (int i = 0; i < 400; ++i) {
      now += 1000 * std::int64_t(random() % (random() % 20 == 0 ? 9000 : 100) + 1);
      const std::uint64_t n = random() % 3 == 0 ? random() % 50 : 0;
      minutes.watched(now, 1, true);
      minutes.came("a", now, n, n * 10);
      came[now / Minutes::minute_ms] += n;
      ++watched[now / Minutes::minute_ms];
    }
    const std::int64_t last = now / Minutes::minute_ms;
    for (std::int64_t m = std::max(first, last - Minutes::kept + 1); m <= last; ++m) {
      const auto c = minutes.over("a", m * Minutes::minute_ms, (m + 1) * Minutes::minute_ms);
      ASSERT_EQ(c.records, came[m]) << "seed " << seed << " minute " << m - first;
      ASSERT_EQ(c.bytes, came[m] * 10);
      if (m > first) { ASSERT_EQ(c.watched_s, watched[m]); }
    }
  }
}

TEST(ActivityTest, SilentTopicsHoldNoMinutes) {
  Minutes minutes;
  for (int i = 0; i < 1000; ++i) minutes.came("topic " + std::to_string(i), start, i % 2 == 0 ? 1 : 0, 0);
  minutes.watched(start, 1, true);
  EXPECT_EQ(minutes.rings(), 500u);
  minutes.watched(start + 121 * Minutes::minute_ms, 1, true);
  EXPECT_EQ(minutes.rings(), 0u);
}

mesh::Product product(mesh::SlaTier tier) {
  mesh::Product p;
  p.name = "orders";
  p.sla = tier;
  return p;
}

const Judged& named(const std::vector<Judged>& all, std::string_view name) {
  static const Judged none;
  for (const auto& j : all)
    if (j.name == name) return j;
  return none;
}

TEST(PromisesTest, NothingIsInvented) {
  Activity activity;
  TopicPulse pulse;
  const auto all = judge(product(mesh::SlaTier::tier_1), {.now_ms = start, .topic = "orders", .pulse = &pulse, .activity = &activity});
  for (const auto& j : all) {
    EXPECT_EQ(j.state, Kept::unknown) << j.name;
    EXPECT_FALSE(j.measured) << j.name;
    EXPECT_FALSE(j.why.empty()) << j.name;
  }
  EXPECT_EQ(named(all, "freshness").why, "no record has come yet");
  EXPECT_EQ(named(judge(product(mesh::SlaTier::tier_1), {.now_ms = start, .topic = "orders", .activity = &activity}), "freshness").why, "there is no topic orders");
}

TEST(PromisesTest, FreshnessIsKeptCloseOrBroken) {
  Activity activity;
  const auto at_age = [&](double age, std::optional<std::int64_t> own = {}) {
    TopicPulse pulse;
    pulse.age_s = age;
    auto p = product(mesh::SlaTier::tier_1);
    p.promises.freshness_s = own;
    const auto all = judge(p, {.now_ms = start, .topic = "orders", .pulse = &pulse, .activity = &activity});
    return named(all, "freshness");
  };
  EXPECT_EQ(at_age(3).state, Kept::kept);
  EXPECT_EQ(at_age(55).state, Kept::close);
  EXPECT_EQ(at_age(61).state, Kept::broken);
  EXPECT_EQ(at_age(61).why, "the last record came 61 s ago, 1 s longer than promised");
  EXPECT_EQ(at_age(61).from, "tier-1");
  EXPECT_EQ(at_age(61, 300).state, Kept::kept);
  EXPECT_EQ(at_age(61, 300).from, "product");
  EXPECT_EQ(at_age(61, 300).promised, 300);
}

TEST(PromisesTest, VolumeAgainstItsOwnUsualNeedsADay) {
  Week w;
  TopicPulse pulse;
  w.tick();
  w.pass(3600 * 5, 4);
  const auto p = product(mesh::SlaTier::tier_1);
  const auto judged = [&] { return named(judge(p, {.now_ms = w.now, .topic = "orders", .pulse = &pulse, .activity = &w.activity}), "volume"); };
  EXPECT_EQ(judged().state, Kept::unknown);
  EXPECT_EQ(judged().why, "its usual volume is known after 24 whole hours; 5 have been watched");
  w.pass(3600 * 20, 4);
  EXPECT_EQ(judged().state, Kept::kept);
  w.pass(3600 * 2, 1);
  EXPECT_EQ(judged().state, Kept::broken) << judged().why;
  EXPECT_NEAR(*judged().measured, 0.25, 0.01);
}

TEST(PromisesTest, AvailabilityOverAWeekAndHistoryBySettings) {
  Week w;
  TopicPulse pulse;
  w.tick();
  w.pass(3600, 1);
  auto p = product(mesh::SlaTier::tier_1);
  p.promises.history_days = 30;
  const auto judged = [&](std::string_view name, std::optional<std::int64_t> retention, std::int64_t bytes = -1) {
    return named(judge(p, {.now_ms = w.now, .topic = "orders", .pulse = &pulse, .activity = &w.activity, .retention_ms = retention, .retention_bytes = bytes}), name);
  };
  EXPECT_EQ(judged("availability", {}).state, Kept::kept);
  w.pass(60, 1, false);
  EXPECT_EQ(judged("availability", {}).state, Kept::broken) << judged("availability", {}).why;
  EXPECT_EQ(judged("availability", {}).history.size(), 28u);
  EXPECT_EQ(judged("availability", {}).history.back().state, Kept::broken);
  EXPECT_EQ(judged("availability", {}).history.front().state, Kept::unknown);
  EXPECT_EQ(judged("history", 7 * Activity::day_ms).state, Kept::broken);
  EXPECT_EQ(judged("history", 31 * Activity::day_ms).state, Kept::kept);
  EXPECT_EQ(judged("history", 31 * Activity::day_ms, 1'000'000).state, Kept::close) << "its size may delete them earlier";
  EXPECT_EQ(judged("history", -1).state, Kept::kept);
  EXPECT_EQ(judged("history", std::nullopt).state, Kept::unknown);
  p.promises.availability = 0.9;
  EXPECT_EQ(judged("availability", {}).state, Kept::kept);
  EXPECT_EQ(judged("availability", {}).from, "product");
}

TEST(PromisesTest, ARateOfItsOwnNeedsNoDay) {
  Week w;
  TopicPulse pulse;
  w.tick();
  w.pass(600, 4);
  auto p = product(mesh::SlaTier::tier_3);
  const auto judged = [&] { return named(judge(p, {.now_ms = w.now, .topic = "orders", .pulse = &pulse, .activity = &w.activity}), "volume"); };
  EXPECT_EQ(judged().name, "") << "tier-3 promises none";
  p.promises.records_per_second_min = 3.5;
  EXPECT_EQ(judged().state, Kept::close) << judged().why;
  EXPECT_EQ(judged().unit, "records/s");
  p.promises.records_per_second_min = 4.5;
  EXPECT_EQ(judged().state, Kept::broken) << judged().why;
  EXPECT_EQ(judged().why.find("usual"), std::string::npos) << judged().why;
}

TEST(PromisesTest, TheShareOfNullsIsThatOfTheProfile) {
  TopicPulse pulse;
  auto p = product(mesh::SlaTier::tier_3);
  p.promises.null_share_max = {{"price", 0.1}, {"prize", 0}};
  Profiler::FieldCounts counts;
  const auto judged = [&](bool running = true) { return judge(p, {.now_ms = start, .topic = "orders", .pulse = &pulse, .fields = running ? &counts : nullptr}); };
  const auto of = [&](std::string_view field) {
    for (const auto& j : judged())
      if (j.name == "nulls" && j.field == field) return j;
    return Judged{};
  };
  EXPECT_EQ(of("price").state, Kept::unknown) << "no record was looked into";
  counts.profiled = 100;
  counts.fields["price"] = {95, 3, 2};
  counts.known = {"price", "side"};
  EXPECT_EQ(of("price").state, Kept::kept);
  EXPECT_DOUBLE_EQ(*of("price").measured, 0.05);
  counts.fields["price"] = {91, 4, 5};
  EXPECT_EQ(of("price").state, Kept::close);
  counts.fields["price"] = {80, 15, 5};
  EXPECT_EQ(of("price").state, Kept::broken) << of("price").why;
  EXPECT_EQ(of("prize").state, Kept::unknown);
  EXPECT_EQ(of("prize").why, "none of the 100 records that were looked into has a field prize; there is price");
  EXPECT_EQ(worst(judged()), Kept::broken);
  for (const auto& j : judged(false))
    if (j.name == "nulls") { EXPECT_EQ(j.why, "topic orders has no running profile"); }
}

struct FakeCounters final : Counters {
  std::vector<TopicNumbers> all;
  std::vector<TopicNumbers> topics() override { return all; }
  std::vector<QueryNumbers> queries() override { return {{"CSAS_X_1", "running", 10, 5, 0, 0}}; }
  NodeNumbers node() override { return {1, start, "embedded", "0", ""}; }
};

TEST(PulseTest, RatesAreOfTheLastSecondsAndUnknownBefore) {
  ManualClock clock(start);
  FakeCounters counters;
  counters.all = {{"orders", {1}, 100, 100, 0, start - 500}};
  Pulse pulse(counters, clock);
  pulse.beat();
  EXPECT_FALSE(pulse.topic("orders")->records_per_second);
  EXPECT_NEAR(*pulse.topic("orders")->age_s, 0.5, 1e-9);
  for (int i = 0; i < 20; ++i) {
    clock.advance_ms(1000);
    counters.all[0].end += i < 10 ? 100 : 10;
    counters.all[0].bytes_in += 1000;
    pulse.beat();
  }
  EXPECT_NEAR(*pulse.topic("orders")->records_per_second, 10, 0.1);
  EXPECT_NEAR(*pulse.topic("orders")->bytes_per_second, 1000, 1);
  const auto text = pulse.everything();
  EXPECT_EQ(text, pulse.everything());                    // made once
  const auto parsed = json::parse(*text);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->at("topics").at("orders").at("records_per_second").to_number<double>(), 10);
  EXPECT_TRUE(parsed->at("queries").as_object().contains("CSAS_X_1"));
  EXPECT_EQ(json::parse(pulse.only({"nobody"}))->at("topics").as_object().size(), 0u);
  counters.all[0].id = {2};                               // made anew
  counters.all[0].end = 5;
  clock.advance_ms(1000);
  pulse.beat();
  EXPECT_FALSE(pulse.topic("orders")->records_per_second);
}

}  // namespace
}  // namespace braid::observe
