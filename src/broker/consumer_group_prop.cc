// Random schedules of a KIP-848 group: members come, go, die, come back, lose answers; topics come and grow; the node starts again from what it
// had written. Laws: no partition has two owners; when the trouble ends, every partition has one and the shares are even.
#include <gtest/gtest.h>

#include <random>

#include "broker/testing.h"

namespace braid::broker {
namespace {

using Request = wire::ConsumerGroupHeartbeatRequest;
using Response = wire::ConsumerGroupHeartbeatResponse;

struct World final : TestTopics {
  std::uint8_t ids = 0;
  void make(const std::string& name, std::int32_t partitions) {
    Uuid id{};
    id[0] = ++ids;
    topics[name] = {name, id, partitions};
  }
};

// What a client does: gives up at once or later what it is told to, takes what it is given, joins again when it is fenced.
struct Consumer {
  std::string id;
  std::optional<std::string> instance;
  std::vector<std::string> topics;
  std::optional<std::string> regex;
  std::int32_t epoch = 0;
  Assignment owned, told;
  bool heard = false;    // of an assignment, and has not said that it is done with it
  bool say_all = true;   // after a lost answer, and when it has let go

  Request request() const {
    Request r;
    r.group_id = "g";
    r.member_id = id;
    r.member_epoch = epoch;
    r.instance_id = instance;
    if (!say_all && epoch != 0) return r;
    r.rebalance_timeout_ms = 60'000;
    if (regex) r.subscribed_topic_regex = regex;
    r.subscribed_topic_names = topics;
    r.topic_partitions.emplace();
    for (const auto& [topic, partitions] : owned) r.topic_partitions->push_back({topic, {partitions.begin(), partitions.end()}});
    return r;
  }
  void lose_everything() {
    epoch = 0;
    owned.clear();
    told.clear();
    heard = false;
    say_all = true;
  }
  void hear(const Response& r) {
    if (r.error_code != 0) return lose_everything();
    epoch = r.member_epoch;
    say_all = false;
    if (!r.assignment) return;
    told.clear();
    heard = true;
    for (const auto& t : r.assignment->topic_partitions)
      if (!t.partitions.empty()) told[t.topic_id] = {t.partitions.begin(), t.partitions.end()};
  }
  void settle() {   // the application is done with what it was told to give up
    if (!heard) return;
    heard = false;
    owned = told;
    say_all = true;
  }
};

struct Schedule {
  std::mt19937_64 random;
  World world;
  std::unique_ptr<ConsumerGroup> group = std::make_unique<ConsumerGroup>("g", ConsumerTimeouts{});
  std::map<Bytes, Bytes> disk;
  std::vector<Consumer> consumers;
  std::int64_t now = 1'000'000;
  int names = 0;
  bool topics_changed = true;
  bool range = false;

  explicit Schedule(std::uint64_t seed) : random(seed), range(seed % 5 == 0) { world.make("t0", 3); }
  std::size_t below(std::size_t n) { return std::size_t(random() % n); }

  void write() {
    for (auto& r : storage::encode_consumer_group(group->stored(group->take_changed()))) {
      if (r.value) disk[r.key] = *r.value;
      else disk.erase(r.key);
    }
  }
  void start_again() {
    storage::StoredConsumerGroup stored;
    for (const auto& [key, value] : disk) ASSERT_TRUE(storage::apply_consumer_record(stored, key, value));
    group = std::make_unique<ConsumerGroup>("g", ConsumerTimeouts{});
    group->restore(stored, now);
    topics_changed = true;
  }
  void add_consumer() {
    auto& c = consumers.emplace_back();
    c.id = "m" + std::to_string(++names);
    if (below(3) == 0) c.instance = "i" + std::to_string(names);
    if (below(4) == 0) c.regex = "t[0-9]";
    else c.topics = {"t0", "t" + std::to_string(below(3))};
  }
  void beat(Consumer& c, bool answer_is_lost) {
    auto request = c.request();
    if (range && c.epoch == 0) request.server_assignor = "range";
    const auto response = group->heartbeat(request, 1, {"c", "/h"}, world, topics_changed, now);
    if (response.error_code == 0) topics_changed = false;
    write();
    if (answer_is_lost) c.say_all = true;
    else c.hear(response);
    ASSERT_LE(response.member_epoch, group->epoch() + 1);
  }
  void nobody_owns_twice() {
    std::map<std::pair<Uuid, std::int32_t>, std::string> owners;
    for (const auto& c : consumers) {
      if (!group->members().contains(c.id)) continue;   // its session ended; it will hear of it
      for (const auto& [topic, partitions] : c.owned)
        for (const auto p : partitions) {
          const auto [it, first] = owners.emplace(std::pair(topic, p), c.id);
          ASSERT_TRUE(first) << "partition " << p << " is of " << it->second << " and of " << c.id;
        }
    }
  }
  void step() {
    switch (below(20)) {
      case 0: if (consumers.size() < 6) add_consumer(); break;
      case 1:   // one leaves in order
        if (!consumers.empty()) {
          const auto at = consumers.begin() + std::ptrdiff_t(below(consumers.size()));
          auto request = at->request();
          request.member_epoch = -1;
          request.topic_partitions.reset();
          (void)group->heartbeat(request, 1, {"c", "/h"}, world, false, now);
          write();
          consumers.erase(at);
        }
        break;
      case 2:   // one dies; a static one may be back under another name
        if (!consumers.empty()) {
          auto& c = consumers[below(consumers.size())];
          if (c.instance && below(2) == 0) {
            auto request = c.request();
            request.member_epoch = -2;
            (void)group->heartbeat(request, 1, {"c", "/h"}, world, false, now);
            write();
            c.id = "m" + std::to_string(++names);
            c.lose_everything();
          } else {
            consumers.erase(consumers.begin() + (&c - consumers.data()));
          }
        }
        break;
      case 3:
        if (below(3) == 0) world.make("t" + std::to_string(below(4)), std::int32_t(1 + below(5)));   // a new one, or one made again
        else for (auto& [name, shape] : world.topics) shape.partitions += std::int32_t(below(2));
        topics_changed = true;
        break;
      case 4: now += std::int64_t(below(20'000)); group->tick(now); write(); break;
      case 5: start_again(); break;
      case 6:   // another subscription
        if (!consumers.empty()) {
          auto& c = consumers[below(consumers.size())];
          c.topics = {"t" + std::to_string(below(4)), "t0"};
          c.say_all = true;
        }
        break;
      default:
        if (consumers.empty()) break;
        auto& c = consumers[below(consumers.size())];
        if (below(2) == 0) c.settle();
        beat(c, below(8) == 0);
    }
  }
  void calm_down() {
    for (int round = 0; round < 60; ++round) {
      now += 1'000;
      group->tick(now);
      write();
      for (auto& c : consumers) {
        c.settle();
        beat(c, false);
        ASSERT_NO_FATAL_FAILURE(nobody_owns_twice());
      }
    }
  }
  void everything_is_given_out() {
    if (consumers.empty()) return;
    ASSERT_EQ(group->state(), ConsumerGroupState::stable) << name_of(group->state());
    std::map<Uuid, std::set<std::int32_t>> given;
    for (const auto& c : consumers) {
      EXPECT_EQ(c.owned, c.told);
      for (const auto& [topic, partitions] : c.owned) given[topic].insert(partitions.begin(), partitions.end());
    }
    for (const auto& name : group->subscribed_topics()) {
      const auto shape = world.find(name);
      if (!shape) continue;
      EXPECT_EQ(std::int32_t(given[shape->id].size()), shape->partitions) << name;
    }
  }
};

TEST(ConsumerGroupProperty, NoPartitionHasTwoOwnersAndInTheEndEachHasOne) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Schedule run(seed);
    for (int i = 0; i < 150; ++i) {
      run.step();
      ASSERT_NO_FATAL_FAILURE(run.nobody_owns_twice());
    }
    run.now += 46'000;   // those that died are out
    for (auto& c : run.consumers) run.beat(c, false);
    ASSERT_NO_FATAL_FAILURE(run.calm_down());
    ASSERT_NO_FATAL_FAILURE(run.everything_is_given_out());
  }
}

TEST(AssignorProperty, UniformIsEvenAndKeeps) {
  std::mt19937_64 random(11);
  for (int round = 0; round < 300; ++round) {
    TopicSizes topics;
    std::set<Uuid> ids;
    for (auto n = 1 + random() % 4; n > 0; --n) {
      Uuid id{};
      id[0] = std::uint8_t(n);
      topics[id] = std::int32_t(random() % 9);
      ids.insert(id);
    }
    std::vector<AssignorMember> members;
    for (auto n = 1 + random() % 6; n > 0; --n) members.push_back({"m" + std::to_string(n), {}, ids, {}});
    auto first = assign("uniform", members, topics);
    for (auto& m : members) m.had = first[m.id];
    EXPECT_EQ(assign("uniform", members, topics), first) << "nothing changed, so nothing moves";
    std::size_t least = SIZE_MAX, most = 0, all = 0;
    for (const auto& [id, target] : first) {
      std::size_t n = 0;
      for (const auto& [topic, partitions] : target) n += partitions.size();
      least = std::min(least, n);
      most = std::max(most, n);
      all += n;
    }
    EXPECT_LE(most - least, 1u);
    std::size_t there = 0;
    for (const auto& [id, n] : topics) there += std::size_t(n);
    EXPECT_EQ(all, there);
    // One more member: only what it gets moves.
    members.push_back({"new", {}, ids, {}});
    const auto second = assign("uniform", members, topics);
    std::size_t moved = 0, gained = 0;
    for (const auto& [id, target] : second)
      for (const auto& [topic, partitions] : target)
        for (const auto p : partitions) {
          if (id == "new") ++gained;
          else if (!first[id].contains(topic) || !first[id].at(topic).contains(p)) ++moved;
        }
    EXPECT_EQ(moved, 0u);
    EXPECT_EQ(gained, all / members.size());
  }
}

}  // namespace
}  // namespace braid::broker
