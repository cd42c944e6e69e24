// The registry over a journal in memory: what a caller sees, and that the records alone give the same state again.
#include "registry/registry.h"

#include <gtest/gtest.h>

#include <random>

#include "registry/identity.h"
#include "registry/memory_journal.h"
#include "registry/service.h"

namespace braid::registry {
namespace {

// A registry on a shard that the test polls.
class RegistryTest : public testing::Test {
 protected:
  RegistryTest() : shards_(io::Shards::start(1)) {
    Registry::OpenJournal open = [this](eventlog::Journal::Apply apply) { return keep(this, std::move(apply)); };
    auto opened = io::block_on(shards_->control(), Registry::open_on(std::move(open), metrics_));
    registry_ = *std::move(opened);
  }
  static io::Task<Result<std::unique_ptr<eventlog::Journal>>> keep(RegistryTest* self, eventlog::Journal::Apply apply) {
    auto journal = std::make_unique<MemoryJournal>(std::move(apply));
    self->journal_ = journal.get();
    std::unique_ptr<eventlog::Journal> out = std::move(journal);
    co_return std::move(out);
  }
  template <class T> T wait(io::Task<T> task) { return io::block_on(shards_->control(), std::move(task)); }

  Outcome<RegisteredSchema> add(const std::string& subject, const std::string& text, SchemaType type = SchemaType::avro, std::vector<Reference> references = {}) {
    RegisterCommand command;
    command.subject = subject;
    command.request.text = text;
    command.request.type = std::string(name_of(type));
    command.request.references = std::move(references);
    return wait(service().register_schema(std::move(command)));
  }
  int add_code(const std::string& subject, const std::string& text, SchemaType type = SchemaType::avro) {
    auto out = add(subject, text, type);
    return out ? 0 : out.error().code;
  }
  Service& service() { return registry_->service(); }
  void level(const std::string& subject, const std::string& name) { ASSERT_TRUE(wait(service().set_config(subject, {{"compatibility", name}}))); }

  // Everything a reader can see, as text.
  static std::string picture(const State& state) {
    std::string out;
    for (const auto& [subject, versions] : state.subjects())
      for (const auto& [number, s] : versions)
        out += subject + "/" + std::to_string(number) + " " + std::to_string(s.id.value) + " " + guid_text(s.guid) + (s.deleted ? " deleted " : " ") + s.text +
               " " + std::string(name_of(*state.config_in_force(subject).level)) + " " + std::string(name_of(state.mode_in_force(subject))) + "\n";
    for (const auto& context : state.contexts()) out += context + " " + std::to_string(state.id_max(context)) + "\n";
    return out;
  }
  State replayed() const {
    State state;
    for (const auto& record : journal_->records()) {
      auto event = parse_record(record.key ? std::optional<BytesView>(*record.key) : std::nullopt, record.value ? std::optional<BytesView>(*record.value) : std::nullopt, 1);
      EXPECT_TRUE(event);
      if (event) { EXPECT_TRUE(state.apply(*event)); }
    }
    return state;
  }

  Metrics metrics_;
  std::unique_ptr<io::Shards> shards_;
  MemoryJournal* journal_ = nullptr;
  std::unique_ptr<Registry> registry_;
};

std::string record_of(const std::string& fields) { return R"({"type":"record","name":"R","fields":[)" + fields + "]}"; }
const std::string a = R"({"name":"a","type":"int"})", b = R"({"name":"b","type":"int"})", b_default = R"({"name":"b","type":"int","default":0})";

TEST_F(RegistryTest, TheSameContentHasOneIdInAllSubjects) {
  EXPECT_EQ(add("s1", record_of(a))->id.value, 1);
  EXPECT_EQ(add("s2", record_of(a))->id.value, 1);
  EXPECT_EQ(add("s1", " " + record_of(a))->version, 1);                 // white space makes no new version
  EXPECT_EQ(add("s1", record_of(a + "," + b_default))->id.value, 2);
  EXPECT_EQ(add("s1", record_of(a + "," + b_default))->version, 2);
  EXPECT_EQ(add(":.other:s1", record_of(b))->id.value, 1);              // ids count per context
}

TEST_F(RegistryTest, IdentityIsTheMd5OfTheText) { EXPECT_EQ(guid_text(identity_of("\"string\"", {}, {}, {})), "095d71cf-1255-6b9d-5e33-0ad575b3df5d"); }

TEST_F(RegistryTest, IncompatibleSchemasAreRefusedWithTheReason) {
  ASSERT_TRUE(add("s", record_of(a)));
  const auto refused = add("s", record_of(a + "," + b));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, 409);
  EXPECT_NE(refused.error().message.find("READER_FIELD_MISSING_DEFAULT_VALUE"), std::string::npos);
  EXPECT_NE(refused.error().message.find("{oldSchemaVersion: 1}"), std::string::npos);
  EXPECT_EQ(add_code("s", "{\"type\":\"object\"}", SchemaType::json), 409);   // another kind of schema
  level("s", "NONE");
  EXPECT_EQ(add("s", record_of(a + "," + b))->version, 2);
}

TEST_F(RegistryTest, TransitiveLevelsLookAtAllVersions) {
  level("s", "BACKWARD");
  ASSERT_TRUE(add("s", record_of(a)));
  ASSERT_TRUE(add("s", record_of(a + "," + b_default)));
  level("s", "BACKWARD_TRANSITIVE");
  EXPECT_EQ(add_code("s", record_of(a + "," + b)), 409);   // version 2 would do, version 1 lacks b
  level("s", "BACKWARD");
  EXPECT_EQ(add_code("s", record_of(a + "," + b)), 0);
}

TEST_F(RegistryTest, DeletingIsSoftFirst) {
  ASSERT_TRUE(add("s", record_of(a)));
  EXPECT_EQ(wait(service().delete_subject("s", true)).error().code, 40405);
  ASSERT_TRUE(wait(service().delete_subject("s", false)));
  EXPECT_EQ(wait(service().delete_subject("s", false)).error().code, 40404);
  EXPECT_EQ(service().version("s", "latest", false).error().code, 40401);
  EXPECT_TRUE(service().by_id(SchemaId{1}, ""));            // readers of old records still find it
  const auto again = add("s", record_of(a));
  EXPECT_EQ(again->id.value, 1);
  EXPECT_EQ(again->version, 2);
  EXPECT_EQ(service().versions("s", true, false)->size(), 1u);   // the older one has served its time
  ASSERT_TRUE(wait(service().delete_subject("s", false)));
  ASSERT_TRUE(wait(service().delete_subject("s", true)));
  EXPECT_EQ(service().by_id(SchemaId{1}, "").error().code, 40403);
}

TEST_F(RegistryTest, ReferencedSchemasStay) {
  ASSERT_TRUE(add("part", R"({"type":"record","name":"n.Part","fields":[]})"));
  const std::string whole = R"({"type":"record","name":"n.Whole","fields":[{"name":"p","type":"Part"}]})";
  EXPECT_EQ(add_code("whole", whole), 42201);
  ASSERT_TRUE(add("whole", whole, SchemaType::avro, {{"n.Part", "part", -1}}));
  EXPECT_EQ(service().version("whole", "1", false)->references[0].version, 1);   // "the latest" is settled when it is registered
  EXPECT_EQ(wait(service().delete_subject("part", false)).error().code, 42206);
  EXPECT_EQ(service().referenced_by("part", "1", false)->at(0).value, 2);
  ASSERT_TRUE(registry_->avro(SchemaId{2}));
  ASSERT_TRUE(wait(service().delete_subject("whole", false)));
  EXPECT_TRUE(wait(service().delete_subject("part", false)));
}

TEST_F(RegistryTest, ReadOnlyAnswersWhatIsThere) {
  ASSERT_TRUE(add("s", record_of(a)));
  ASSERT_TRUE(wait(service().set_mode("", "READONLY", false)));
  EXPECT_EQ(add_code("s", record_of(a)), 0);
  EXPECT_EQ(add_code("s", record_of(a + "," + b_default)), 42205);
  EXPECT_EQ(wait(service().delete_subject("s", false)).error().code, 42205);
  ASSERT_TRUE(wait(service().set_mode("s", "READWRITE", false)));
  EXPECT_EQ(add_code("s", record_of(a + "," + b_default)), 0);
}

TEST_F(RegistryTest, ImportKeepsIdsAndTexts) {
  ASSERT_TRUE(wait(service().set_mode("", "IMPORT", false)));
  RegisterCommand command;
  command.subject = "s";
  command.request.text = " {\"type\" : \"string\"} ";
  command.request.id = 77;
  command.request.version = 5;
  EXPECT_EQ(wait(service().register_schema(command))->version, 5);
  EXPECT_EQ(service().by_id(SchemaId{77}, "")->text, " {\"type\" : \"string\"} ");
  command.subject = "t";
  command.request.text = "\"int\"";
  EXPECT_EQ(wait(service().register_schema(command)).error().code, 42205);   // 77 is taken
}

TEST_F(RegistryTest, RecordsAreThoseOfConfluent) {
  ASSERT_TRUE(add("s", "\"string\""));
  level("s", "FULL");
  ASSERT_TRUE(wait(service().set_mode("", "READONLY", false)));
  ASSERT_TRUE(wait(service().set_mode("", "READWRITE", false)));
  ASSERT_TRUE(wait(service().delete_subject("s", false)));
  const auto& records = journal_->records();
  EXPECT_EQ(*records[0].key, R"({"keytype":"SCHEMA","subject":"s","version":1,"magic":1})");
  EXPECT_EQ(records[0].value->substr(0, 41), R"({"subject":"s","version":1,"id":1,"md5":")");
  EXPECT_EQ(records[0].value->substr(records[0].value->find(",\"schema\"")), R"(,"schema":"\"string\"","deleted":false})");
  EXPECT_EQ(*records[1].key, R"({"keytype":"CONFIG","subject":"s","magic":0})");
  EXPECT_EQ(*records[1].value, R"({"subject":"s","compatibilityLevel":"FULL"})");
  EXPECT_EQ(*records[2].key, R"({"keytype":"MODE","subject":null,"magic":0})");
  EXPECT_EQ(*records[2].value, R"({"subject":null,"mode":"READONLY"})");
  EXPECT_EQ(*records[4].key, R"({"keytype":"DELETE_SUBJECT","subject":"s","magic":0})");
  EXPECT_EQ(*records[4].value, R"({"subject":"s","version":1})");
}

TEST_F(RegistryTest, RecordsOfOthersAreRead) {
  State state;
  const auto apply = [&](std::string_view key, std::optional<BytesView> value) {
    auto event = parse_record(BytesView(key), value, 5);
    return event && state.apply(*event);
  };
  EXPECT_TRUE(apply(R"({"keytype":"SCHEMA","subject":"old","version":1,"magic":0})", R"({"version":1,"id":9,"schema":"\"int\"","deleted":false})"));
  EXPECT_TRUE(apply(R"({"keytype":"NOOP","magic":0})", std::nullopt));
  EXPECT_TRUE(apply(R"({"keytype":"ASSOC","anything":1,"magic":0})", "{}"));
  EXPECT_FALSE(apply(R"({"keytype":"SCHEMA","subject":"other","version":1,"magic":1})", R"({"subject":"other","version":1,"id":9,"schema":"\"long\"","deleted":false})"));
  EXPECT_FALSE(apply("not json", "x"));
  EXPECT_EQ(state.find("old", 1)->id.value, 9);
  EXPECT_EQ(state.find("other", 1), nullptr);
}

TEST_F(RegistryTest, AnyHistoryReplaysToTheSameState) {
  std::mt19937 random(7);
  const std::string subjects[] = {"a", "b", ":.ctx:a"};
  const std::string fields[] = {a, b_default, R"({"name":"c","type":["null","string"],"default":null})"};
  for (int step = 0; step < 600; ++step) {
    const auto& subject = subjects[random() % 3];
    switch (random() % 8) {
      case 0: (void)wait(service().delete_subject(subject, random() % 2 == 0)); break;
      case 1: (void)wait(service().delete_version(subject, std::to_string(1 + random() % 6), random() % 2 == 0)); break;
      case 2: (void)wait(service().set_config(subject, {{"compatibility", random() % 2 == 0 ? "NONE" : "FULL_TRANSITIVE"}})); break;
      case 3: (void)wait(service().delete_config(subject)); break;
      case 4: (void)wait(service().set_mode(subject, random() % 4 == 0 ? "READONLY" : "READWRITE", false)); break;
      default: {
        std::string text;
        for (const auto& field : fields)
          if (random() % 2 == 0) text += (text.empty() ? "" : ",") + field;
        (void)add(subject, record_of(text));
      }
    }
  }
  EXPECT_GT(journal_->records().size(), 100u);
  EXPECT_EQ(picture(replayed()), picture(service().state()));
}

TEST(RuleSets, AreChecked) {
  const auto rule = [](std::string name, std::optional<std::string> mode) {
    Rule r;
    r.name = std::move(name);
    r.type = "CEL";
    r.mode = std::move(mode);
    return r;
  };
  EXPECT_FALSE(wrong_rule({.domain_rules = {rule("a", "WRITE"), rule("b", std::nullopt)}}));
  EXPECT_TRUE(wrong_rule({.domain_rules = {rule("a", "WRITE"), rule("a", "READ")}}));
  EXPECT_TRUE(wrong_rule({.domain_rules = {rule("1a", "WRITE")}}));
  EXPECT_TRUE(wrong_rule({.domain_rules = {rule("a", "UPGRADE")}}));
  EXPECT_TRUE(wrong_rule({.migration_rules = {rule("a", "WRITE")}}));
}

TEST(SubjectNames, CarryTheirContext) {
  EXPECT_EQ(parse_subject(":.c:s").context, ".c");
  EXPECT_EQ(parse_subject(":.c:s").subject, "s");
  EXPECT_EQ(parse_subject(":.:s").text(), "s");
  EXPECT_EQ(parse_subject("a:b").subject, "a:b");
  EXPECT_EQ(in_context_of("t", ":.c:s"), ":.c:t");
  EXPECT_EQ(in_context_of(":.d:t", ":.c:s"), ":.d:t");
  EXPECT_FALSE(valid_subject("a\nb"));
  EXPECT_FALSE(valid_subject("__GLOBAL"));
  EXPECT_TRUE(valid_subject("grün/ü"));
}

}  // namespace
}  // namespace braid::registry
