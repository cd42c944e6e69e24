// Laws of the mesh's rules, over random commands of random people: what an event says is all that happens; who may not, changes nothing; any
// command gets a decision or a refusal with a sentence. BRAID_PROPERTY_CASES sets the number of cases (100 by default).
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "mesh/testing.h"

namespace braid::mesh {
namespace {

int cases() {
  const char* text = std::getenv("BRAID_PROPERTY_CASES");
  return text ? std::atoi(text) : 100;
}

struct RandomCommands {
  std::mt19937_64 random;
  explicit RandomCommands(std::uint64_t seed) : random(seed) {}

  bool one_in(int n) { return random() % unsigned(n) == 0; }
  template <std::size_t N> std::string pick(const char* const (&list)[N]) { return list[random() % N]; }
  std::string product() { return pick({"users", "pageviews", "stocktrades", "p1", "p2", "p\"3", "🚕", ""}); }
  std::string person() { return pick({"mira", "priya", "tomas", "amina", "lena", "paula", "jonas.weber", "nobody", "", "new"}); }
  std::string team() { return pick({"@membership-team", "@execution-team", "@analytics-team", "accounting-team", "t2", "none"}); }
  std::string domain() { return pick({"membership", "execution", "analytics", "accounting", "d2", "none"}); }
  std::string text() { return one_in(4) ? pick({"", " ", "bad \x01", "bad \xff"}) : pick({"a description", "<script>alert(1)</script>", "two\nlines"}); }

  template <class T> std::optional<T> maybe(T value) { return one_in(2) ? std::optional<T>(std::move(value)) : std::nullopt; }
  ProductFields fields() {
    ProductFields f;
    f.domain = maybe(domain());
    if (!one_in(3)) f.domain.reset();
    f.owner = maybe(team());
    f.description = maybe(text());
    if (one_in(2)) f.owner = pick({"@membership-team", "@execution-team", "@analytics-team"});
    f.documentation = maybe(text());
    f.quality = maybe<std::string>(one_in(8) ? "best" : pick({"raw", "curated", "authoritative"}));
    f.sla = maybe<std::string>(one_in(8) ? "tier-0" : pick({"tier-1", "tier-2", "tier-3"}));
    if (one_in(3)) f.promises = json::object{{"freshness_s", one_in(8) ? json::value("soon") : one_in(4) ? json::value(nullptr) : json::value(60)}, {"null_share_max", json::object{{pick({"price", "a\"b", "x"}), one_in(3) ? json::value(nullptr) : json::value(0.5)}}}};
    f.version = maybe<std::string>(one_in(8) ? "x" : pick({"1.0.0", "1.1.0", "2.0.0", "3.0.0-rc.1"}));
    f.tags = maybe(std::vector<std::string>{one_in(8) ? "" : "b", pick({"a", "c"})});
    if (one_in(8)) f.ports = std::vector<Port>{Port{.name = pick({"a", "b"}), .topic = product()}, Port{.name = pick({"a", "c"}), .kind = PortKind::table, .topic = "t", .table = pick({"T", ""})}};
    return f;
  }
  Acknowledgement seen() { return {.confirm = one_in(3) ? "0123" : "", .force = one_in(2)}; }
  std::optional<std::int64_t> revision() { return maybe<std::int64_t>(std::int64_t(random() % 4)); }

  Command command() {
    switch (random() % 16) {
      case 0: return DefineDomain{.name = domain(), .title = maybe(text()), .description = maybe(text())};
      case 1: return RemoveDomain{domain()};
      case 2: return DefineTeam{.name = team(), .domain = maybe(domain()), .description = maybe(text())};
      case 3: return RemoveTeam{team()};
      case 4: return DefinePerson{.name = person(), .full_name = maybe(text()), .teams = maybe(std::vector<std::string>{team()}), .platform = maybe(one_in(2))};
      case 5: return RemovePerson{person()};
      case 6: return DraftProduct{product(), fields()};
      case 7: case 8: return PublishProduct{.name = product(), .fields = fields(), .expected_revision = revision()};
      case 9: case 10: return ChangeProduct{.name = product(), .fields = fields(), .expected_revision = revision(), .seen = seen()};
      case 11: return DeprecateProduct{.name = product(), .notice = text(), .replaced_by = one_in(3) ? product() : "", .expected_revision = revision(), .seen = seen()};
      case 12: return RetireProduct{.name = product(), .seen = seen()};
      case 13: return RemoveProduct{.name = product(), .seen = seen()};
      case 14: return RegisterConsumer{.product = product(), .team = team(), .purpose = text(), .name = one_in(2) ? "app" : ""};
      default: return UnregisterConsumer{.product = product(), .name = pick({"app", "@analytics-team", "x"})};
    }
  }
};

// What the caller could see happen to something their domains do not own.
bool touches_only_own(const State& before, const std::string& person, const Event& e) {
  const Person* p = before.person(person);
  if (!p) return before.unclaimed();
  if (e.kind == "product") {
    const Product* old = before.product(e.subject);
    return before.is_member(person, old ? old->domain : e.domain);
  }
  if (e.kind == "consumer") {
    const json::object& form = e.after.empty() ? e.before : e.after;
    auto c = consumer_from(form);
    return c && (before.is_member(person, c->domain) || before.is_member(person, before.product(c->product)->domain));
  }
  return p->platform || before.unclaimed() || before.is_member(person, e.domain) || (e.kind == "person" && e.subject == person);
}

TEST(MeshLaws, EventsAreAllThatHappensAndOnlyTheOwnersMakeThem) {
  int done = 0, refused = 0;
  for (int seed = 0; seed < cases(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomCommands random{std::uint64_t(seed)};
    testing::MemoryMesh mesh;
    if (seed % 4 != 0) mesh.set_up_demo();
    for (int i = 0; i < 200; ++i) {
      if (random.one_in(4)) mesh.facts.readers = {{"query", "Q" + std::to_string(random.random() % 3), "t", ""}};
      else mesh.facts.readers.clear();
      mesh.facts.missing_topics.clear();
      if (random.one_in(4)) mesh.facts.missing_topics.push_back(random.product());
      const std::string person = random.person();
      const Command command = random.command();
      const State before = mesh.state;
      const json::object form = before.to_json();
      auto decision = mesh.tell(person, command);
      if (!decision) {
        ++refused;
        ASSERT_FALSE(decision.error().error.message.empty());
        ASSERT_NE(decision.error().error.code, ErrorCode::bug);
        ASSERT_EQ(mesh.state.to_json(), form) << describe(command) << " was refused but changed something";
        continue;
      }
      ++done;
      ASSERT_EQ(decision->events.empty(), mesh.state.to_json() == form) << describe(command);
      for (const auto& e : decision->events)
        ASSERT_TRUE(touches_only_own(before, person, e)) << person << " could " << describe(command) << ": " << encode(e);
      // Nobody gets platform rights without someone who has them.
      ASSERT_TRUE(before.unclaimed() || !mesh.state.unclaimed()) << describe(command);
    }
    // The same log gives the same state, however often it is read.
    State again;
    for (const auto& e : mesh.log) ASSERT_TRUE(apply(again, e));
    ASSERT_EQ(again.to_json(), mesh.state.to_json());
    ASSERT_EQ(again.history.size(), mesh.state.history.size());
    // Every published product is complete.
    for (const auto& [name, p] : mesh.state.products) {
      if (p.state == Lifecycle::draft) continue;
      ASSERT_FALSE(p.description.empty() || p.owner.empty() || p.ports.empty()) << name;
    }
  }
  EXPECT_GT(done, cases() * 5);        // the generator makes commands that work
  EXPECT_GT(refused, cases() * 5);
}

TEST(MeshLaws, EventsSurviveTheirJson) {
  for (int seed = 0; seed < cases(); ++seed) {
    RandomCommands random{std::uint64_t(seed) + 1'000'000};
    testing::MemoryMesh mesh;
    mesh.set_up_demo();
    for (int i = 0; i < 40; ++i) {
      auto decision = mesh.ask(random.person(), random.command());
      if (!decision) continue;
      for (const auto& e : decision->events) {
        auto read = decode_event(encode(e));
        ASSERT_TRUE(read);
        ASSERT_EQ(*read, e);
      }
    }
  }
}

}  // namespace
}  // namespace braid::mesh
