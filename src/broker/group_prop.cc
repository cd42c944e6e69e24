// Random schedules of a classic group: members come, go, die, ask twice, are slow; time passes. Laws: each parked request is answered once and no
// later than time allows, generations only grow, in one generation everybody agrees who leads, what the leader assigned is what members get, and when
// the trouble ends the group is stable again with exactly those that live.
#include <gtest/gtest.h>

#include <random>

#include "broker/group.h"

namespace braid::broker {
namespace {

struct Consumer {
  enum class Stage { outside, wants_id, joining, joined, syncing, stable };
  int number = 0;
  std::optional<std::string> instance;
  std::string id;
  std::int32_t generation = -1;
  bool leads = false;
  std::vector<std::string> members;   // that it was told of, as the leader
  Bytes assignment;
  Stage stage = Stage::outside;
  Ticket ticket = 0;                  // the request that it waits for
};

struct Schedule {
  std::mt19937_64 random;
  Group group{"g", {}};
  std::int64_t now = 1'000'000;
  std::vector<std::unique_ptr<Consumer>> consumers;
  std::map<Ticket, Consumer*> waiting;    // null: whoever asked is gone
  std::set<Ticket> answered;
  std::map<std::int32_t, std::string> leaders;
  std::map<std::pair<std::int32_t, std::string>, Bytes> assigned;   // by generation and member, as the leader said
  std::int32_t last_generation = 0;
  Ticket next = 1;
  int names = 0;

  explicit Schedule(std::uint64_t seed) : random(seed) {}
  std::size_t below(std::size_t n) { return std::size_t(random() % n); }

  void settle(Effects effects) {
    for (auto& answer : effects.answers) {
      ASSERT_TRUE(answered.insert(answer.ticket).second) << "answered twice";
      const auto at = waiting.find(answer.ticket);
      ASSERT_NE(at, waiting.end());
      Consumer* c = at->second;
      waiting.erase(at);
      if (c == nullptr || c->ticket != answer.ticket) continue;
      c->ticket = 0;
      if (auto* joined = std::get_if<wire::JoinGroupResponse>(&answer.response)) hear(*c, *joined);
      else hear(*c, std::get<wire::SyncGroupResponse>(answer.response));
      if (testing::Test::HasFatalFailure()) return;
    }
    ASSERT_GE(group.generation(), last_generation);
    last_generation = group.generation();
    if (!effects.store) return;
    Effects more;
    group.stored(group.generation(), below(10) == 0 ? KafkaError::coordinator_not_available : KafkaError::none, now, more);
    settle(std::move(more));
  }
  void hear(Consumer& c, const wire::JoinGroupResponse& r) {
    if (KafkaError(r.error_code) == KafkaError::member_id_required) {
      c.id = r.member_id;
      c.stage = Consumer::Stage::wants_id;
      return;
    }
    if (r.error_code != 0) return fail(c, KafkaError(r.error_code));
    c.id = r.member_id;
    c.generation = r.generation_id;
    c.leads = r.leader == r.member_id && !r.skip_assignment;
    const auto [leader, first] = leaders.emplace(r.generation_id, r.leader);
    if (!first && !c.instance) {   // a static leader's place may go to its new name
      ASSERT_EQ(leader->second, r.leader) << "generation " << r.generation_id;
    }
    c.members.clear();
    for (const auto& m : r.members) c.members.push_back(m.member_id);
    if (c.leads) {
      ASSERT_EQ(c.members.size(), group.members().size());
    }
    c.stage = Consumer::Stage::joined;
  }
  void hear(Consumer& c, const wire::SyncGroupResponse& r) {
    if (r.error_code != 0) return fail(c, KafkaError(r.error_code));
    c.assignment = r.assignment.bytes;
    c.stage = Consumer::Stage::stable;
    const auto said = assigned.find({c.generation, c.id});
    if (said != assigned.end()) {
      ASSERT_EQ(said->second, c.assignment);
    }
  }
  static void fail(Consumer& c, KafkaError error) {
    c.stage = error == KafkaError::rebalance_in_progress || error == KafkaError::coordinator_not_available ? (c.id.empty() ? Consumer::Stage::outside : Consumer::Stage::wants_id) : Consumer::Stage::outside;
    if (c.stage == Consumer::Stage::outside) c.id.clear();
  }
  Ticket park(Consumer& c) {
    const auto ticket = next++;
    waiting[ticket] = &c;
    c.ticket = ticket;
    return ticket;
  }
  void join(Consumer& c) {
    wire::JoinGroupRequest r;
    r.group_id = "g";
    r.session_timeout_ms = 10'000;
    r.rebalance_timeout_ms = 30'000;
    r.member_id = c.id;
    r.group_instance_id = c.instance;
    r.protocol_type = "consumer";
    r.protocols = {{"range", {"m"}}};
    c.stage = Consumer::Stage::joining;
    Effects effects;
    group.join(park(c), r, 9, {"c", "/h"}, "fresh-" + std::to_string(++names), now, effects);
    settle(std::move(effects));
  }
  void sync(Consumer& c) {
    wire::SyncGroupRequest r;
    r.group_id = "g";
    r.generation_id = c.generation;
    r.member_id = c.id;
    r.group_instance_id = c.instance;
    if (c.leads)
      for (const auto& id : c.members) {
        const Bytes share = id + "@" + std::to_string(c.generation);
        r.assignments.push_back({id, {share}});
        assigned.emplace(std::pair(c.generation, id), share);
      }
    c.stage = Consumer::Stage::syncing;
    Effects effects;
    group.sync(park(c), r, now, effects);
    settle(std::move(effects));
  }
  void heartbeat(Consumer& c) {
    wire::HeartbeatRequest r;
    r.group_id = "g";
    r.generation_id = c.generation;
    r.member_id = c.id;
    r.group_instance_id = c.instance;
    if (const auto error = group.heartbeat(r, now); error != KafkaError::none) fail(c, error);
  }
  void go_on(Consumer& c) {   // what a client does next
    switch (c.stage) {
      case Consumer::Stage::outside:
      case Consumer::Stage::wants_id: return join(c);
      case Consumer::Stage::joined: return sync(c);
      case Consumer::Stage::stable: return heartbeat(c);
      case Consumer::Stage::joining:
      case Consumer::Stage::syncing: return;
    }
  }
  void die(std::size_t at) {
    for (auto& [ticket, c] : waiting)
      if (c == consumers[at].get()) {
        group.forget(ticket);
        c = nullptr;
      }
    std::erase_if(waiting, [](const auto& w) { return w.second == nullptr; });
    consumers.erase(consumers.begin() + std::ptrdiff_t(at));
  }
  void leave(std::size_t at) {
    const auto id = consumers[at]->id;
    const auto instance = consumers[at]->instance;
    Effects effects;
    if (!id.empty()) (void)group.leave(id, instance, now, effects);
    settle(std::move(effects));
    die(at);
  }
  void pass_time(std::int64_t ms) {
    now += ms;
    Effects effects;
    group.tick(now, effects);
    settle(std::move(effects));
  }
  void step() {
    switch (below(16)) {
      case 0:
        if (consumers.size() < 5) {
          auto c = std::make_unique<Consumer>();
          c->number = ++names;
          if (below(3) == 0) c->instance = "i" + std::to_string(names);
          consumers.push_back(std::move(c));
        }
        break;
      case 1: if (!consumers.empty()) die(below(consumers.size())); break;
      case 2: if (!consumers.empty()) leave(below(consumers.size())); break;
      case 3: pass_time(std::int64_t(below(15'000))); break;
      case 4:   // a static one starts again
        if (!consumers.empty()) {
          auto& c = *consumers[below(consumers.size())];
          if (c.instance && c.ticket == 0) {
            c.id.clear();
            c.stage = Consumer::Stage::outside;
          }
        }
        break;
      default: if (!consumers.empty()) go_on(*consumers[below(consumers.size())]);
    }
  }
};

TEST(GroupProperty, RandomSchedulesKeepTheLawsAndEndStable) {
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Schedule run(seed);
    for (int i = 0; i < 200; ++i) {
      run.step();
      ASSERT_FALSE(testing::Test::HasFatalFailure());
    }
    for (int round = 0; round < 400; ++round) {   // nobody comes or goes; time passes, so that those who died are out, also new ones (5 minutes)
      for (auto& c : run.consumers) run.go_on(*c);
      ASSERT_NO_FATAL_FAILURE(run.pass_time(1'000));
    }
    if (run.consumers.empty()) {
      ASSERT_EQ(run.group.state(), GroupState::empty);
      continue;
    }
    ASSERT_EQ(name_of(run.group.state()), "Stable");
    ASSERT_EQ(run.group.members().size(), run.consumers.size());
    for (const auto& c : run.consumers) {
      ASSERT_EQ(c->stage, Consumer::Stage::stable);
      ASSERT_TRUE(run.group.members().contains(c->id));
      ASSERT_FALSE(c->assignment.empty());
    }
    ASSERT_TRUE(run.waiting.empty()) << "a request that nobody answers";
  }
}

}  // namespace
}  // namespace braid::broker
