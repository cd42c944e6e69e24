// The registry over a journal in memory: what a caller sees, and that the records alone give the same state again.
#include "registry/registry.h"

#include <gtest/gtest.h>

#include <random>

#include "registry/example.h"
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

TEST_F(RegistryTest, ImportKeepsIdsAndVersions) {
  ASSERT_TRUE(wait(service().set_mode("", "IMPORT", false)));
  RegisterCommand command;
  command.subject = "s";
  command.request.text = " {\"type\" : \"string\"} ";
  command.request.id = 77;
  command.request.version = 5;
  EXPECT_EQ(wait(service().register_schema(command))->version, 5);
  EXPECT_EQ(service().by_id(SchemaId{77}, "")->text, "\"string\"");             // in the canonical layout, as ids depend on it
  EXPECT_EQ(wait(service().register_schema(command))->version, 5);             // once more: nothing new
  command.subject = "quirky";
  command.request.text = R"({"type":"record","name":"1","fields":[]})";        // no validation
  command.request.id = 78;
  EXPECT_EQ(wait(service().register_schema(command))->id.value, 78);
  command.request.id = 77;
  command.subject = "t";
  command.request.text = "\"int\"";
  EXPECT_EQ(wait(service().register_schema(command)).error().code, 42205);   // 77 is taken
}

// What IMPORT asks for, by format, as Confluent's: that the text can be read and its references are there. Not that it means anything.
TEST_F(RegistryTest, ImportAsksThatATextCanBeRead) {
  ASSERT_TRUE(wait(service().set_mode("", "IMPORT", false)));
  std::int32_t id = 100;
  const auto import_code = [&](const std::string& type, const std::string& text, std::vector<Reference> references = {}) {
    RegisterCommand command;
    command.subject = "s" + std::to_string(id);
    command.request.type = type;
    command.request.text = text;
    command.request.id = id++;
    command.request.references = std::move(references);
    const auto done = wait(service().register_schema(command));
    return done ? 0 : done.error().code;
  };
  EXPECT_EQ(import_code("AVRO", "{\"type\":\"record\",\"name\":"), 42201);
  EXPECT_EQ(import_code("AVRO", "\"NotDefined\""), 42201);
  EXPECT_EQ(import_code("AVRO", "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"1\",\"type\":\"int\",\"default\":\"no number\"}]}"), 0);
  EXPECT_EQ(import_code("JSON", "{\"type\":"), 42201);
  EXPECT_EQ(import_code("JSON", "{\"type\":\"no such type\",\"properties\":1,\"$ref\":\"#/nowhere\"}"), 0);
  EXPECT_EQ(import_code("PROTOBUF", "syntax = \"proto3\"; message {"), 42201);
  EXPECT_EQ(import_code("PROTOBUF", "syntax = \"proto3\"; import \"not/there.proto\"; message M { Missing m = 1; }"), 0);
  for (const char* type : {"AVRO", "JSON", "PROTOBUF"})
    EXPECT_EQ(import_code(type, std::string(type) == "PROTOBUF" ? "syntax = \"proto3\"; message M {}" : "\"string\"", {{"r", "nobody", 1}}), 42201) << type;
}

TEST_F(RegistryTest, AVersionMayBeAskedFor) {
  const auto with = [&](const std::string& text, std::int32_t version, std::int32_t id = -1) {
    RegisterCommand command;
    command.subject = "s";
    command.request.text = text;
    command.request.version = version;
    if (id >= 0) command.request.id = id;
    return wait(service().register_schema(command));
  };
  ASSERT_EQ(with(record_of(a), 0)->version, 1);
  EXPECT_EQ(with(record_of(a + "," + b_default), 3).error().message, "Version is not one more than previous version");
  const auto second = with(record_of(a + "," + b_default), 2);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->metadata->properties.at("confluent:version"), "2");
  EXPECT_EQ(with(record_of(a + "," + b_default), -1)->version, 2);             // the latest is that already
  EXPECT_EQ(with(record_of(a), 0)->version, 1);
  EXPECT_EQ(with(record_of(a), -1)->version, 3);                               // as the next one, though the first is the same
  EXPECT_EQ(with(record_of(a), 0, 1)->version, 1);                             // with the id that it has, nothing is new
  EXPECT_EQ(with(record_of(b), 0, 1).error().code, 42205);
  EXPECT_EQ(with(record_of(b), 9).error().code, 409);                          // what is incompatible is said before a wrong version is
}

TEST_F(RegistryTest, LookingUpCompletesAsRegisteringDoes) {
  RegisterCommand command;
  command.subject = "s";
  command.request.text = record_of(a);
  command.request.metadata = Metadata{.tags = {}, .properties = {{"owner", "x"}}, .sensitive = {}};
  ASSERT_TRUE(wait(service().register_schema(command)));
  const auto find = [&](const std::optional<std::string>& text, std::optional<Metadata> metadata = {}, const std::string& subject = "s") {
    LookupQuery query;
    query.subject = subject;
    query.request.text = text;
    query.request.metadata = std::move(metadata);
    const auto found = service().look_up(query);
    return found ? found->version : found.error().code;
  };
  EXPECT_EQ(find(record_of(a)), 1);                                            // what it leaves out is the latest version's
  EXPECT_EQ(find(record_of(a), Metadata{.tags = {}, .properties = {{"owner", "y"}}, .sensitive = {}}), 40403);
  EXPECT_EQ(find(record_of(a), Metadata{.tags = {}, .properties = {{"owner", "x"}, {"confluent:version", "1"}}, .sensitive = {}}), 1);
  EXPECT_EQ(find(record_of(a), Metadata{.tags = {}, .properties = {{"owner", "x"}, {"confluent:version", "7"}}, .sensitive = {}}), 40403);
  EXPECT_EQ(find(std::nullopt), 40403);
  EXPECT_EQ(find(std::nullopt, {}, "none"), 40401);
  EXPECT_EQ(find("{", {}, "none"), 42201);                                     // no schema at all is said first
}

TEST_F(RegistryTest, AvroSchemasAreEqualWhateverTheOrderOfTheirProperties) {
  const auto first = add("s", R"({"type":"record","name":"R","fields":[],"x":1,"y":2,"aliases":["A","B"]})");
  ASSERT_TRUE(first);
  EXPECT_EQ(add("s", R"({"type":"record","name":"R","fields":[],"y":2,"x":1,"aliases":["B","A"]})")->version, 1);
  EXPECT_EQ(add("s", R"({"type":"record","name":"R","fields":[],"y":2,"x":3})")->version, 2);
}

TEST_F(RegistryTest, ATextThatIsLeftOutIsTheLatest) {
  EXPECT_EQ(add_code("s", " "), 42201);
  ASSERT_TRUE(add("s", record_of(a)));
  EXPECT_EQ(add("s", " ")->version, 1);
  CompatibilityQuery query;
  query.subject = "s";
  EXPECT_EQ(service().check_compatibility(query).error().message, "Empty schema");   // but nothing can be checked
}

TEST_F(RegistryTest, GroupsAreComparedInside) {
  ASSERT_TRUE(wait(service().set_config("s", {{"compatibilityGroup", "major"}})));
  RegisterCommand command;
  command.subject = "s";
  const auto in_group = [&](const char* group, const std::string& text) {
    command.request.text = text;
    command.request.metadata = Metadata{.tags = {}, .properties = {{"major", group}}, .sensitive = {}};
    auto out = wait(service().register_schema(command));
    return out ? out->version : out.error().code;
  };
  EXPECT_EQ(in_group("1", record_of(a)), 1);
  EXPECT_EQ(in_group("2", record_of(b)), 2);
  EXPECT_EQ(in_group("1", record_of(a + "," + b)), 409);
  CompatibilityQuery query;
  query.subject = "s";
  query.request.text = record_of(a + "," + b);
  query.request.metadata = Metadata{.tags = {}, .properties = {{"major", "1"}}, .sensitive = {}};
  EXPECT_FALSE(service().check_compatibility(query)->compatible);
  query.version = "2";                                                         // of another group
  EXPECT_TRUE(service().check_compatibility(query)->compatible);
  query.version.reset();
  query.request.metadata.reset();                                              // the request's group, not the latest version's
  EXPECT_TRUE(service().check_compatibility(query)->compatible);
}

TEST_F(RegistryTest, FieldNamesMayNotBeginWithTwoDollars) {
  ASSERT_TRUE(wait(service().set_config("", {{"validateFields", true}})));
  EXPECT_EQ(add_code("s", R"({"type":"object","properties":{"$$x":{}}})", SchemaType::json), 42201);
  EXPECT_EQ(add_code("s", R"({"type":"object","properties":{"$x":{}}})", SchemaType::json), 0);
}

TEST_F(RegistryTest, DeletingLooksAtModeThenReferencesThenState) {
  ASSERT_TRUE(add("e", R"({"type":"enum","name":"E","symbols":["A"]})"));
  ASSERT_TRUE(add("e", R"({"type":"record","name":"U","fields":[{"name":"e","type":"E"}]})", SchemaType::avro, {}).error().code == 42201);
  level("e", "NONE");
  ASSERT_TRUE(add("e", R"({"type":"record","name":"U","fields":[{"name":"e","type":"E"}]})", SchemaType::avro, {{"E", "e", 1}}));
  EXPECT_EQ(wait(service().delete_version("e", "1", true)).error().code, 42206);       // referenced, and not deleted softly either
  EXPECT_EQ(wait(service().delete_version("e", "2", true)).error().code, 40407);
  EXPECT_EQ(*wait(service().delete_version("e", "latest", false)), 2);
  EXPECT_EQ(wait(service().delete_version("e", "latest", true)).error().code, 40407);  // the latest that lives
  EXPECT_EQ(*wait(service().delete_version("e", "2", true)), 2);
  ASSERT_TRUE(add("e", R"({"type":"record","name":"V","fields":[{"name":"e","type":"E"}]})", SchemaType::avro, {{"E", "e", 1}}));
  EXPECT_TRUE(wait(service().delete_subject("e", false)));                             // references inside the subject go with it
  EXPECT_NE(service().state().config("e"), nullptr);                                   // a soft deletion keeps the settings
  EXPECT_EQ(wait(service().delete_version("e", "latest", true)).error().message, "Version -1 not found.");
  EXPECT_TRUE(wait(service().delete_subject("e", true)));
  EXPECT_EQ(service().state().config("e"), nullptr);
}

TEST_F(RegistryTest, ModesOfContexts) {
  EXPECT_EQ(wait(service().set_mode("", "FORWARD", false)).error().code, 42204);
  EXPECT_EQ(wait(service().set_mode(":.c:", "FORWARD", false)).error().code, 42204);
  EXPECT_TRUE(wait(service().set_mode(":.__GLOBAL:", "FORWARD", false)));
  EXPECT_EQ(*wait(service().delete_mode(":.__GLOBAL:", false)), Mode::forward);
  ASSERT_TRUE(wait(service().set_mode(":.c:s", "READONLY", false)));                   // of a subject without versions
  EXPECT_EQ(wait(service().delete_mode(":.c:", false)).error().code, 40401);
  EXPECT_EQ(*wait(service().delete_mode(":.c:", true)), std::nullopt);
  EXPECT_FALSE(service().state().mode(":.c:s"));
  ASSERT_TRUE(add("e", R"({"type":"enum","name":"E","symbols":["A"]})"));
  ASSERT_TRUE(add("u", R"({"type":"array","items":"E"})", SchemaType::avro, {{"E", "e", 1}}));
  ASSERT_TRUE(wait(service().delete_subject("u", false)));
  ASSERT_TRUE(wait(service().delete_subject("e", false)));
  EXPECT_EQ(wait(service().set_mode("e", "IMPORT", false)).error().code, 42206);       // it would go for good, and another subject needs it
}

TEST_F(RegistryTest, UnqualifiedNamesAreLookedForVersionByVersion) {
  ASSERT_TRUE(add("s", record_of(a)));
  ASSERT_TRUE(add(":.c:s", record_of(a)));
  ASSERT_TRUE(add(":.c:s", record_of(a + "," + b_default)));
  EXPECT_EQ(service().version("s", "1", false)->subject, "s");
  EXPECT_EQ(service().version("s", "2", false)->subject, ":.c:s");
  EXPECT_EQ(service().version("s", "3", false).error().code, 40402);
  ASSERT_TRUE(add(":.d:t", record_of(a)));
  EXPECT_EQ(service().version("t", "1", false)->subject, ":.d:t");
  EXPECT_EQ(service().versions("t", false, false).error().code, 40401);                // lists do not look around
  EXPECT_EQ(service().subjects(":.", false, false), (std::vector<std::string>{":.c:s", ":.d:t", "s"}));
  EXPECT_EQ(service().subjects(":.c", false, false), (std::vector<std::string>{":.c:s"}));
  EXPECT_EQ(service().subjects("", false, false), (std::vector<std::string>{"s"}));
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

// The usual record has a reader of its own; what is a little unusual takes the careful one. Both must say the same.
TEST_F(RegistryTest, TheUsualRecordIsReadLikeAllOthers) {
  const auto read = [](std::string_view key, std::string_view value) {
    auto event = parse_record(BytesView(key), BytesView(value), 5);
    const auto* stored = event ? std::get_if<SchemaStored>(&*event) : nullptr;
    return stored ? std::optional(stored->schema) : std::nullopt;
  };
  const std::string key = R"({"keytype":"SCHEMA","subject":"s\u00e9","version":7,"magic":1})";
  const std::string fields = R"("subject":"sé","version":7,"id":9,"md5":"x","schemaType":"JSON","schema":"{\"a\":\"\\u0041\tB\"}","deleted":true)";
  const auto usual = read(key, "{" + fields + "}");
  ASSERT_TRUE(usual);
  EXPECT_EQ(usual->subject, "sé");
  EXPECT_EQ(usual->text, "{\"a\":\"\\u0041\tB\"}");
  EXPECT_EQ(usual->type, SchemaType::json);
  EXPECT_EQ(usual->version, 7);
  EXPECT_EQ(usual->id.value, 9);
  EXPECT_TRUE(usual->deleted);
  EXPECT_EQ(usual->registered_ms, 5);
  const auto same = [&](const std::optional<RegisteredSchema>& other) {
    return other && other->subject == usual->subject && other->version == usual->version && other->id == usual->id && other->guid == usual->guid && other->type == usual->type && other->text == usual->text &&
           other->deleted == usual->deleted && other->registered_ms == usual->registered_ms && other->references.empty() && !other->metadata && !other->rule_set;
  };
  EXPECT_TRUE(same(read(key, "{" + fields + R"(,"references":[]})")));                      // the careful one
  EXPECT_TRUE(same(read(key, "{" + fields + R"(,"references":null,"metadata":null,"ruleSet":null,"schemaTags":{"x":[1]}} )")));
  EXPECT_TRUE(same(read(R"({"magic":1,"version":7,"subject":"sé","keytype":"SCHEMA"})", "{" + fields + "}")));
  EXPECT_EQ(read(key, "{" + fields + R"(,"references":[{"name":"n","subject":"t","version":1}]})")->references.size(), 1u);
  EXPECT_TRUE(read(key, "{" + fields + R"(,"metadata":{"properties":{"a":"b"}}})")->metadata);
  EXPECT_TRUE(read(key, R"({"id":1,"schema":"\"int\"","deleted":null})"));
  EXPECT_EQ(read(key, R"({"id":1,"schema":"\"int\""})")->type, SchemaType::avro);
  // Neither takes these.
  EXPECT_FALSE(read(key, "{" + fields + "} x"));
  EXPECT_FALSE(read(key, "{" + fields));
  EXPECT_FALSE(read(key, R"({"schema":"\"int\""})"));
  EXPECT_FALSE(read(key, R"({"id":1})"));
  EXPECT_FALSE(read(key, R"({"id":9999999999,"schema":"\"int\""})"));
  EXPECT_FALSE(read(key, R"({"id":1,"schema":"\"int\"","schemaType":"XML"})"));
  EXPECT_FALSE(read(R"({"keytype":"SCHEMA","subject":"s","magic":1})", "{" + fields + "}"));
  EXPECT_FALSE(read(R"({"keytype":"SCHEMA","version":1,"magic":1})", "{" + fields + "}"));
}

// A topic as another registry has left it: the state is what its author would answer, and our own records go on behind it.
class TakeOver : public RegistryTest {
 protected:
  void topic(std::vector<std::pair<std::string, std::optional<std::string>>> records) {
    std::vector<eventlog::Record> out;
    for (auto& [key, value] : records) out.push_back({.key = std::move(key), .value = std::move(value)});
    ASSERT_TRUE(wait(journal_->write(std::move(out))));
  }
};

TEST_F(TakeOver, FromConfluent) {
  topic({{R"({"keytype":"NOOP","magic":0})", std::nullopt},
         {R"({"keytype":"CONFIG","subject":null,"magic":0})", R"({"subject":null,"compatibilityLevel":"FULL"})"},
         {R"({"keytype":"SCHEMA","subject":"orders-value","version":1,"magic":1})", R"({"subject":"orders-value","version":1,"id":1,"schema":"\"string\"","deleted":false})"},
         {R"({"keytype":"SCHEMA","subject":"part","version":1,"magic":1})",
          R"({"subject":"part","version":1,"id":2,"md5":"xxxxxxxxxxxxxxxxxxxxxx==","schema":"{\"type\":\"record\",\"name\":\"Part\",\"namespace\":\"n\",\"fields\":[]}","deleted":false})"},
         {R"({"keytype":"SCHEMA","subject":"whole","version":1,"magic":1})",
          R"({"subject":"whole","version":1,"id":3,"md5":"xxxxxxxxxxxxxxxxxxxxxx==","references":[{"name":"n.Part","subject":"part","version":1}],"metadata":{"properties":{"owner":"ann"}},"ruleSet":{"domainRules":[{"name":"r","kind":"CONDITION","mode":"WRITE","type":"CEL","expr":"true","disabled":false}]},"schema":"{\"type\":\"record\",\"name\":\"Whole\",\"namespace\":\"n\",\"fields\":[{\"name\":\"p\",\"type\":\"Part\"}]}","deleted":false})"},
         {R"({"keytype":"SCHEMA","subject":"doc","version":1,"magic":1})", R"({"subject":"doc","version":1,"id":4,"schemaType":"JSON","schema":"{\"type\":\"object\"}","deleted":true})"},
         {R"({"keytype":"CONTEXT","tenant":"default","context":".lab","magic":0})", R"({"tenant":"default","context":".lab"})"},
         {R"({"keytype":"SCHEMA","subject":":.lab:s","version":1,"magic":1})", R"({"subject":":.lab:s","version":1,"id":1,"schema":"\"long\"","deleted":false})"},
         {R"({"keytype":"CONFIG","subject":"part","magic":0})", R"({"subject":"part","compatibilityLevel":"NONE","compatibilityGroup":"major","overrideMetadata":{"properties":{"team":"x"}}})"},
         {R"({"keytype":"MODE","subject":"part","magic":0})", R"({"subject":"part","mode":"READONLY"})"},
         {R"({"keytype":"SCHEMA","subject":"gone","version":1,"magic":1})", R"({"subject":"gone","version":1,"id":5,"schema":"\"int\"","deleted":false})"},
         {R"({"keytype":"DELETE_SUBJECT","subject":"gone","magic":0})", R"({"subject":"gone","version":1})"},
         {R"({"keytype":"SCHEMA","subject":"gone2","version":1,"magic":1})", R"({"subject":"gone2","version":1,"id":6,"schema":"\"bytes\"","deleted":false})"},
         {R"({"keytype":"SCHEMA","subject":"gone2","version":1,"magic":1})", std::nullopt}});
  EXPECT_EQ(service().subjects(":*:", false, false), (std::vector<std::string>{":.lab:s", "orders-value", "part", "whole"}));
  EXPECT_EQ(service().subjects(":*:", false, true), (std::vector<std::string>{"doc", "gone"}));
  EXPECT_EQ(service().version("whole", "1", false)->rule_set->domain_rules[0].name, "r");
  EXPECT_EQ(service().version("whole", "1", false)->metadata->properties.at("owner"), "ann");
  ASSERT_TRUE(registry_->avro(SchemaId{3}));
  EXPECT_EQ(*service().state().config_in_force("orders-value").level, Level::full);
  EXPECT_EQ(*service().state().config_in_force("part").group, "major");
  EXPECT_EQ(add_code("part", "\"int\""), 42205);
  EXPECT_EQ(service().state().contexts(), (std::vector<std::string>{".", ".lab"}));
  // Going on: what is there keeps its id, new content gets the next one, ids that were used are not used again.
  EXPECT_EQ(add("other", "\"string\"")->id.value, 1);
  EXPECT_EQ(add("gone", "\"int\"")->id.value, 5);
  EXPECT_EQ(service().version("gone", "latest", false)->version, 2);
  EXPECT_EQ(add("new", "\"double\"")->id.value, 7);
  EXPECT_EQ(picture(replayed()), picture(service().state()));
}

TEST_F(TakeOver, FromKarapace) {
  // Blanks between the parts, keys in another order, no subject inside settings, no md5.
  topic({{R"({"keytype": "CONFIG", "subject": null, "magic": 0})", R"({"compatibilityLevel": "FORWARD"})"},
         {R"({"subject": "s", "version": 1, "magic": 1, "keytype": "SCHEMA"})", R"({"subject": "s", "version": 1, "id": 1, "schema": "{\"type\": \"record\", \"name\": \"R\", \"fields\": []}", "deleted": false})"},
         {R"({"subject": "p", "version": 1, "magic": 1, "keytype": "SCHEMA"})",
          R"({"subject": "p", "version": 1, "id": 2, "schema": "syntax = \"proto3\";\nmessage M {\n  string a = 1;\n}\n", "deleted": false, "schemaType": "PROTOBUF"})"},
         {R"({"keytype": "CONFIG", "subject": "s", "magic": 0})", R"({"compatibilityLevel": "NONE"})"},
         {R"({"subject": "s", "magic": 0, "keytype": "DELETE_SUBJECT"})", R"({"subject": "s", "version": 1})"},
         {R"({"subject": "s", "version": 2, "magic": 1, "keytype": "SCHEMA"})", R"({"subject": "s", "version": 2, "id": 3, "schema": "\"int\"", "deleted": false})"}});
  EXPECT_EQ(*service().state().config_in_force("").level, Level::forward);
  EXPECT_EQ(*service().state().config_in_force("s").level, Level::none);
  EXPECT_EQ(service().version("s", "latest", false)->version, 2);
  ASSERT_TRUE(registry_->protobuf(SchemaId{2}));
  EXPECT_EQ(add("p", "syntax = \"proto3\"; message M { string a = 1; }", SchemaType::protobuf)->id.value, 2);   // the same, however it is laid out
  EXPECT_EQ(add("s", "\"long\"")->id.value, 4);
  EXPECT_EQ(picture(replayed()), picture(service().state()));
}

TEST_F(RegistryTest, VerdictsTeach) {
  ASSERT_TRUE(add("s", record_of(a)));
  CompatibilityQuery query{.subject = "s", .version = "latest"};
  query.request.text = record_of(a + "," + b);
  const auto verdict = service().check_compatibility(query);
  ASSERT_TRUE(verdict);
  ASSERT_EQ(verdict->differences.size(), 1u);
  const auto& d = verdict->differences[0];
  EXPECT_EQ(d.path, "/fields/1");
  EXPECT_EQ(breaks(d), "readers");
  EXPECT_EQ(d.why, "whoever reads with the new schema fails on records that are there already: no record written with the old schema has the field b, and there is nothing to put in its place");
  EXPECT_EQ(d.allowed, "give the field b a default in the new schema, or leave it out");
  EXPECT_NE(verdict->messages[0].find("allowed:'give the field b a default"), std::string::npos);
  EXPECT_EQ(verdict->against, 1);
  level("s", "FORWARD");
  query.request.text = record_of(b_default);
  const auto forward = service().check_compatibility(query);
  ASSERT_EQ(forward->differences.size(), 1u);
  EXPECT_EQ(breaks(forward->differences[0]), "writers");
  EXPECT_EQ(forward->differences[0].why.substr(0, 86), "whoever still reads with the old schema fails on records written with the new one: no ");
}

// What an incompatible schema breaks is shown by a record, and the record is proved: it is valid where it was written and fails where it is read.
TEST(Examples, AreRecordsThatFail) {
  const auto parsed = [](SchemaType type, const std::string& text) { return *Parsed::parse(type, text, {}, {}); };
  const auto shown = [&](SchemaType type, const std::string& reader, const std::string& writer) {
    const auto example = failing_record(*parsed(type, reader), *parsed(type, writer), true);
    return example ? example->record : std::string("none");
  };
  const auto avro = [](const std::string& field) { return R"({"type":"record","name":"R","fields":[)" + field + "]}"; };
  EXPECT_EQ(shown(SchemaType::avro, avro(R"({"name":"a","type":"int"})"), avro(R"({"name":"a","type":["null","int"],"default":null})")), R"({"a":null})");
  EXPECT_EQ(shown(SchemaType::avro, avro(R"({"name":"a","type":["null","int"]})"), avro(R"({"name":"a","type":["null","int","string"]})")), R"({"a":""})");
  EXPECT_EQ(shown(SchemaType::avro, avro(R"({"name":"a","type":{"type":"enum","name":"E","symbols":["X"]}})"), avro(R"({"name":"a","type":{"type":"enum","name":"E","symbols":["X","Y"]}})")), R"({"a":"Y"})");
  EXPECT_EQ(shown(SchemaType::avro, avro(R"({"name":"a","type":"int"},{"name":"b","type":"int"})"), avro(R"({"name":"a","type":"int"})")), R"({"a":0})");
  EXPECT_EQ(shown(SchemaType::avro, avro(R"({"name":"a","type":{"type":"array","items":"int"}})"), avro(R"({"name":"a","type":{"type":"array","items":["int","null"]}})")), R"({"a":[null]})");
  EXPECT_EQ(shown(SchemaType::avro, avro(R"({"name":"a","type":"long"})"), avro(R"({"name":"a","type":"int"})")), "none");
  EXPECT_EQ(shown(SchemaType::json, R"({"type":"object","properties":{"a":{"type":"integer"}}})", R"({"type":"object","properties":{"a":{"type":"number"}}})"), R"({"a":0.5})");
  EXPECT_EQ(shown(SchemaType::json, R"({"type":"object","properties":{"a":{"type":"string","maxLength":5}}})", R"({"type":"object","properties":{"a":{"type":"string","maxLength":9}}})"), R"({"a":"xxxxxxxxx"})");
  EXPECT_EQ(shown(SchemaType::json, R"({"type":"object","properties":{"a":{},"b":{"type":"integer"}}})", R"({"type":"object","properties":{"a":{}}})"), R"({"b":"any"})");
  EXPECT_EQ(shown(SchemaType::json, R"({"type":"object","properties":{"a":{}},"required":["a"]})", R"({"type":"object","properties":{"a":{}}})"), "{}");
  EXPECT_EQ(shown(SchemaType::json, R"({"type":"object","properties":{"a":{}},"additionalProperties":false})", R"({"type":"object","properties":{"a":{}}})"), R"({"another":"any"})");
  EXPECT_EQ(shown(SchemaType::json, R"({"enum":["a"]})", R"({"enum":["a","b"]})"), R"("b")");
}

TEST(Examples, ShowWhatProtobufReadsAsSomethingElse) {
  const auto example = [](const std::string& reader, const std::string& writer, const std::string& syntax = "proto3") {
    const auto parsed = [&](const std::string& text) { return *Parsed::parse(SchemaType::protobuf, "syntax = \"" + syntax + "\"; package p; " + text, {}, {}); };
    const auto found = failing_record(*parsed(reader), *parsed(writer), true);
    return found ? found->record + " " + found->error : std::string("none");
  };
  EXPECT_EQ(example("message A {}", "message A { int32 a = 1; }"), "none");
  EXPECT_EQ(example("message A { int64 a = 1; bytes b = 2; }", "message A { int32 a = 1; string b = 2; }"), "none");
  EXPECT_EQ(example("message A { sint32 a = 1; }", "message A { int32 a = 1; }"), R"({"a":1} message A: the field a (number 1), written as int32 1, is read as sint32 -1)");
  EXPECT_EQ(example("message A { string a = 1; }", "message A { int32 a = 1; }"),
            R"({"a":1} message A: the field a (number 1), written as int32 1, is not read as string: it is as if it had not been written)");
  EXPECT_EQ(example("message A { float a = 1; }", "message A { fixed32 a = 1; }").substr(0, 80), R"({"a":1} message A: the field a (number 1), written as fixed32 1, is read as floa)");
  EXPECT_EQ(example("message I { int32 x = 9; } message A { I a = 1; }", "message I { int32 x = 9; } message A { string a = 1; }"), R"({"a":"text"} message A: the bytes of this record cannot be read)");
  EXPECT_EQ(example("message I { sint32 n = 1; } message A { I i = 1; }", "message I { int32 n = 1; } message A { I i = 1; }"),
            R"({"n":1} message I: the field n (number 1), written as int32 1, is read as sint32 -1)");
  EXPECT_EQ(example("message A { I i = 1; message I { sint32 n = 1; } }", "message A { I i = 1; message I { int32 n = 1; } }"),
            R"({"i":{"n":1}} message A: the field i.n (number 1), written as int32 1, is read as sint32 -1)");
  EXPECT_EQ(example("message A { map<string, sint32> m = 1; }", "message A { map<string, int32> m = 1; }"),
            R"({"m":{"text":1}} message A: the field m.value (number 2), written as int32 1, is read as sint32 -1)");
  EXPECT_EQ(example("message A { int32 a = 1; }", "message A { repeated int32 a = 1; }"),
            R"({"a":[1]} message A: the field a (number 1), written as repeated int32 1, is not read as int32: it is as if it had not been written)");
  EXPECT_EQ(example("message A { oneof o { int32 a = 1; } }", "message A { oneof o { int32 a = 1; string b = 2; } }"),
            R"({"b":"text"} message A: the field b (number 2) is not known: the oneof o reads as if nothing had been chosen)");
  EXPECT_EQ(example("message A { int32 a = 1; }", "message A { oneof o { int32 a = 1; string b = 2; } }").substr(0, 59), R"({"b":"text"} message A: the field b (number 2) is not known)");
  EXPECT_EQ(example("message A {}", "message A { oneof o { int32 a = 1; string b = 2; } }"), "none");
  EXPECT_EQ(example("message A { oneof o { int32 a = 1; string b = 2; } }", "message A { int32 a = 1; string b = 2; }"),
            R"({"a":1,"b":"text"} message A: the field a (number 1) is lost: in the oneof o only one is kept, and b came behind it)");
  EXPECT_EQ(example("message A {}", "message A {} message B { int32 n = 1; }"), R"({"n":1} there is no message B in the schema that reads)");
  EXPECT_EQ(example("message A { optional int32 a = 1; required int32 b = 2; }", "message A { optional int32 a = 1; }", "proto2"), R"({"a":1} message A: this record does not have what is required: b)");
  EXPECT_EQ(example("message A { required A a = 1; required sint32 b = 2; }", "message A { required A a = 1; required int32 b = 2; }", "proto2"), "none");   // nobody can write such a record
}

TEST(Examples, AreLookedForWithinABudget) {
  std::string text = R"({"type":"record","name":"d12","fields":[{"name":"x","type":["null","int","string"]}]})";
  for (int i = 11; i >= 0; --i)
    text = R"({"type":"record","name":"d)" + std::to_string(i) + R"(","fields":[{"name":"a","type":)" + text + R"(},{"name":"b","type":"d)" + std::to_string(i + 1) + R"("}]})";
  const auto writer = *Parsed::parse(SchemaType::avro, text, {}, {});
  const auto reader = *Parsed::parse(SchemaType::avro, R"({"type":"record","name":"d0","fields":[{"name":"missing","type":"int"}]})", {}, {});
  EXPECT_FALSE(failing_record(*reader, *writer, true));                        // 4,096 values: more than a person would read
  const auto endless = *Parsed::parse(SchemaType::avro, R"({"type":"record","name":"L","fields":[{"name":"next","type":"L"}]})", {}, {});
  EXPECT_FALSE(failing_record(*reader, *endless, true));                       // nobody can write such a record
  std::string wide = "syntax = \"proto3\"; message M {";                        // each of these in each of these, six deep
  for (int i = 1; i <= 1'000; ++i) wide += (i % 2 ? " M f" : " int32 f") + std::to_string(i) + " = " + std::to_string(i) + ";";
  const auto many = *Parsed::parse(SchemaType::protobuf, wide + " }", {}, {});
  EXPECT_FALSE(failing_record(*many, *many, true));
}

TEST_F(RegistryTest, EveryDifferenceIsExplained) {
  level("j", "FULL");
  const std::pair<std::string, std::string> changes[] = {
      {R"({"type":"object","properties":{"a":{"type":"integer","maximum":9}}})", R"({"type":"object","required":["a"],"properties":{"a":{"type":"string"},"b":{"enum":[1]}},"additionalProperties":false})"},
      {R"({"oneOf":[{"type":"string","maxLength":5},{"type":"array","uniqueItems":true}]})", R"({"oneOf":[{"type":"string","pattern":"a"}]})"}};
  for (const auto& [before, after] : changes) {
    (void)wait(service().delete_subject("j", false));
    ASSERT_TRUE(add("j", before, SchemaType::json));
    CompatibilityQuery query{.subject = "j", .version = "latest"};
    query.request.text = after;
    query.request.type = "JSON";
    const auto verdict = service().check_compatibility(query);
    ASSERT_TRUE(verdict);
    EXPECT_FALSE(verdict->differences.empty());
    for (const auto& d : verdict->differences) {
      EXPECT_FALSE(d.allowed.empty()) << d.kind;
      EXPECT_EQ(d.what.find('{'), std::string::npos) << d.what;
    }
  }
}

TEST_F(RegistryTest, TagsMakeANewVersion) {
  ASSERT_TRUE(add("s", R"({"type":"record","name":"n.R","fields":[{"name":"a","type":"int"}]})"));
  TagCommand command{.subject = "s", .version = "latest"};
  command.request.tags.add = {{"n.R.a", false, {"PII"}}, {".n.R", true, {"OPEN"}}};
  const auto tagged = wait(service().tag_schema(command));
  ASSERT_TRUE(tagged) << tagged.error().message;
  EXPECT_EQ(tagged->version, 2);
  EXPECT_EQ(tagged->text, R"({"type":"record","name":"R","namespace":"n","fields":[{"name":"a","type":"int","confluent:tags":["PII"]}],"confluent:tags":["OPEN"]})");
  command.request.tags = {.remove = {{"n.R.a", false, {"PII"}}}};
  command.request.new_version = 3;
  const auto untagged = wait(service().tag_schema(command));
  ASSERT_TRUE(untagged) << untagged.error().message;
  EXPECT_EQ(untagged->text, R"({"type":"record","name":"R","namespace":"n","fields":[{"name":"a","type":"int"}],"confluent:tags":["OPEN"]})");
  EXPECT_EQ(untagged->metadata->properties.at("confluent:version"), "3");
  command.request = {};
  command.request.tags.add = {{"n.R.b", false, {"PII"}}};
  EXPECT_EQ(wait(service().tag_schema(command)).error().code, 42201);
  command.version = "9";
  EXPECT_EQ(wait(service().tag_schema(command)).error().code, 40402);
  // Tags of the version before go on to a text that does not have them.
  RegisterCommand next;
  next.subject = "s";
  next.request.text = R"({"type":"record","name":"n.R","fields":[{"name":"a","type":"int"},{"name":"b","type":"int","default":0}]})";
  next.request.propagate_tags = true;
  EXPECT_NE(wait(service().register_schema(next))->text.find("OPEN"), std::string::npos);
}

TEST_F(RegistryTest, TagsInEveryFormat) {
  const auto parsed = [](SchemaType type, std::string_view text) { return *Parsed::parse(type, text, {}, {}); };
  const auto proto = parsed(SchemaType::protobuf, R"(syntax = "proto3"; package p; message M { string a = 1; message N { int32 b = 1; } })");
  const auto tagged = proto->with_tags({.add = {{".p.M.N.b", false, {"X", "Y"}}, {"p.M", true, {"Z"}}}});
  ASSERT_TRUE(tagged) << tagged.error().message;
  const auto again = parsed(SchemaType::protobuf, *tagged)->inline_tags();
  const std::vector<format::EntityTags> expected{{".p.M", true, {"Z"}}, {".p.M.N.b", false, {"X", "Y"}}};
  EXPECT_EQ(again, expected) << *tagged;
  const auto json = parsed(SchemaType::json, R"({"type":"object","properties":{"a":{"type":"object","properties":{"b":{"type":"string"}}}}})");
  const auto json_tagged = json->with_tags({.add = {{"object.a.object.b", false, {"X"}}}});
  ASSERT_TRUE(json_tagged) << json_tagged.error().message;
  EXPECT_EQ(*json_tagged, R"({"type":"object","properties":{"a":{"type":"object","properties":{"b":{"type":"string","confluent:tags":["X"]}}}}})");
}

TEST(TagPaths, Match) {
  EXPECT_TRUE(format::path_matches("**.ssn", "n.Person.ssn"));
  EXPECT_TRUE(format::path_matches("**.ssn", "ssn"));
  EXPECT_TRUE(format::path_matches("n.*.ssn", "n.Person.ssn"));
  EXPECT_FALSE(format::path_matches("*.ssn", "n.Person.ssn"));
  EXPECT_TRUE(format::path_matches("n.Person.s?n", "n.Person.ssn"));
  EXPECT_FALSE(format::path_matches("n.Person", "n.Person.ssn"));
  EXPECT_TRUE(format::path_matches("**", "anything.at.all"));
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
