// /catalog/v1 as its clients use it: first the calls of the course and its scripts, word for word, then the rest.
#include <gtest/gtest.h>

#include "api/mesh/test_world.h"

namespace braid::api {
namespace {

using testing::Reply;

struct CatalogApiTest : ::testing::Test {
  testing::TestWorld world;
  void SetUp() override { world.set_up_demo(); }
  std::int64_t number(const Reply& r) { return r.body.at("error_code").as_int64(); }
};

std::string text(const json::value& v, const char* pointer) {
  boost::system::error_code ec;
  const auto* found = v.find_pointer(pointer, ec);
  return found && found->is_string() ? std::string(found->get_string()) : found ? json::print(*found) : "(nothing)";
}

constexpr const char* metadata_definition =
    R"([{"entityTypes":["kafka_topic"],"name":"DataProduct","description":"Data Product Attributes","attributeDefs":[{"name":"owner","cardinality":"SINGLE","typeName":"string"},)"
    R"({"name":"description","isOptional":"true","cardinality":"SINGLE","typeName":"string"},{"name":"domain","isOptional":"true","cardinality":"SINGLE","typeName":"string"},)"
    R"({"name":"sla","isOptional":"true","cardinality":"SINGLE","typeName":"string"},{"name":"quality","isOptional":"true","cardinality":"SINGLE","typeName":"string"}]}])";
constexpr const char* tag_definition = R"([{"entityTypes":["kafka_topic"],"name":"ProdDP","description":"Production ready Data Product","attributeDefs":[]}])";

TEST_F(CatalogApiTest, TheCourseAndItsScripts) {
  world.create_topic("clicks");
  // the set-up script
  EXPECT_EQ(world.call("GET", "/catalog/v1/types/businessmetadatadefs/DataProduct").status, 404);
  ASSERT_EQ(world.call("POST", "/catalog/v1/types/businessmetadatadefs", metadata_definition).status, 200);
  const auto definition = world.call("GET", "/catalog/v1/types/businessmetadatadefs/DataProduct");
  EXPECT_EQ(definition.status, 200);
  EXPECT_EQ(text(definition.body, "/attributeDefs/1/isOptional"), "true");
  EXPECT_TRUE(definition.body.at("attributeDefs").at(1).at("isOptional").is_bool());
  ASSERT_EQ(world.call("POST", "/catalog/v1/types/tagdefs", tag_definition).status, 200);
  EXPECT_EQ(world.call("GET", "/catalog/v1/types/tagdefs/ProdDP").status, 200);

  // publishing
  const std::string qn = "lsrc-12345:.:clicks";
  ASSERT_EQ(world.call("POST", "/catalog/v1/entity/tags", R"([{"entityType":"kafka_topic","entityName":")" + qn + R"(","typeName":"ProdDP"}])").status, 200);
  const auto put = world.call("POST", "/catalog/v1/entity/businessmetadata", R"([{"entityType":"kafka_topic","entityName":")" + qn +
      R"(","typeName":"DataProduct","attributes":{"owner":"@analytics-team","description":"Clicks","domain":"analytics","sla":"tier-3","quality":"raw"}}])");
  ASSERT_EQ(put.status, 200) << put.text;
  EXPECT_EQ(text(put.body, "/0/attributes/owner"), "@analytics-team");

  // listing, N+1 as it does
  const auto found = world.call("GET", "/catalog/v1/search/basic?types=kafka_topic&tag=ProdDP");
  ASSERT_EQ(found.status, 200);
  std::vector<std::string> names;
  for (const auto& e : found.body.at("entities").as_array()) {
    names.push_back(text(e, "/attributes/name"));
    const std::string name = text(e, "/attributes/qualifiedName");
    const auto entity = world.call("GET", "/catalog/v1/entity/type/kafka_topic/name/" + name);
    ASSERT_EQ(entity.status, 200) << name;
    EXPECT_EQ(text(entity.body, "/entity/attributes/qualifiedName"), name);
    const auto metadata = world.call("GET", "/catalog/v1/entity/type/kafka_topic/name/" + name + "/businessmetadata");
    ASSERT_EQ(metadata.body.as_array().size(), 1u) << metadata.text;
    EXPECT_EQ(text(metadata.body, "/0/typeName"), "DataProduct");
    EXPECT_EQ(text(metadata.body, "/0/entityName"), name);
    EXPECT_NE(text(metadata.body, "/0/attributes/owner"), "(nothing)");
  }
  EXPECT_EQ(names, (std::vector<std::string>{"clicks", "pageviews", "stocktrades", "users"}));
  EXPECT_GE(world.call("GET", "/catalog/v1/search/basic?types=kafka_topic").body.at("entities").as_array().size(), 4u);

  // removing
  EXPECT_EQ(world.call("DELETE", "/catalog/v1/entity/type/kafka_topic/name/" + qn + "/tags/ProdDP").status, 204);
  EXPECT_EQ(world.call("DELETE", "/catalog/v1/entity/type/kafka_topic/name/" + qn + "/businessmetadata/DataProduct").status, 204);
  EXPECT_EQ(world.call("GET", "/catalog/v1/entity/type/kafka_topic/name/" + qn + "/businessmetadata").text, "[]");
}

TEST_F(CatalogApiTest, AllFormsOfAQualifiedName) {
  for (const char* name : {"lsrc-x:.:users", "lsrc-x:lkc-y:users", "lkc-y:users", "users"})
    EXPECT_EQ(world.call("GET", std::string("/catalog/v1/entity/type/kafka_topic/name/") + name).status, 200) << name;
  const auto missing = world.call("GET", "/catalog/v1/entity/type/kafka_topic/name/lkc-y:nobody");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(number(missing), 4040009);
  EXPECT_EQ(text(missing.body, "/message"), "Instance kafka_topic with unique attribute {qualifiedName=lkc-y:nobody} does not exist");
  const auto type = world.call("GET", "/catalog/v1/entity/type/no_type/name/x");
  EXPECT_EQ(number(type), 4040001);
}

TEST_F(CatalogApiTest, ATopicHasItsConfigurationAndItsCluster) {
  const auto e = world.call("GET", "/catalog/v1/entity/type/kafka_topic/name/stocktrades");
  EXPECT_EQ(text(e.body, "/entity/attributes/partitionsCount"), "6");
  EXPECT_EQ(text(e.body, "/entity/attributes/cleanupPolicy"), "DELETE");
  EXPECT_TRUE(e.body.at("entity").at("attributes").at("retentionMs").is_int64());
  EXPECT_EQ(text(e.body, "/entity/relationshipAttributes/logical_cluster/typeName"), "kafka_logical_cluster");
  EXPECT_EQ(text(e.body, "/entity/businessAttributes/DataProduct/__bmName"), "DataProduct");
  EXPECT_EQ(text(e.body, "/entity/classifications/0/typeName"), "ProdDP");
  const auto bare = world.call("GET", "/catalog/v1/entity/type/kafka_topic/name/stocktrades?ignoreRelationships=true&minExtInfo=true");
  EXPECT_FALSE(bare.body.at("entity").as_object().contains("relationshipAttributes"));
}

TEST_F(CatalogApiTest, SchemasRecordsAndFields) {
  const auto versions = world.call("GET", "/catalog/v1/search/basic?type=sr_subject_version");
  EXPECT_EQ(versions.body.at("entities").as_array().size(), 3u);
  const auto id = world.register_schema("users-value", R"({"type":"record","name":"users","namespace":"ksql","fields":[{"name":"registertime","type":"long"},{"name":"userid","type":"string","confluent:tags":["PII"]},{"name":"regionid","type":"string"},{"name":"gender","type":"string"},{"name":"nick","type":["null","string"],"default":null}]})");
  const std::string schema = "lsrc-x:.:" + std::to_string(id);
  EXPECT_EQ(world.call("GET", "/catalog/v1/entity/type/sr_subject_version/name/lsrc-x:.:users-value:2").status, 200);   // at once
  EXPECT_EQ(world.call("GET", "/catalog/v1/entity/type/sr_schema/name/" + schema).status, 200);
  const auto record = world.call("GET", "/catalog/v1/entity/type/sr_record/name/" + schema + ":ksql.users");
  EXPECT_EQ(record.body.at("entity").at("relationshipAttributes").at("fields").as_array().size(), 5u);
  const auto field = world.call("GET", "/catalog/v1/entity/type/sr_field/name/" + schema + ":ksql.users.nick");
  EXPECT_EQ(text(field.body, "/entity/attributes/type"), "string, optional");
  EXPECT_EQ(text(field.body, "/entity/relationshipAttributes/record/displayText"), "ksql.users");
  const auto tagged = world.call("GET", "/catalog/v1/search/basic?type=sr_field&tag=PII");
  EXPECT_EQ(tagged.body.at("entities").as_array().size(), 1u);
}

TEST_F(CatalogApiTest, TopicsComeAndGo) {
  world.create_topic("brand_new");
  EXPECT_EQ(text(world.call("GET", "/catalog/v1/search/basic?query=brand_new&type=kafka_topic").body, "/entities/0/displayText"), "brand_new");
  world.delete_topic("brand_new");
  EXPECT_EQ(world.call("GET", "/catalog/v1/entity/type/kafka_topic/name/brand_new").status, 404);
  EXPECT_EQ(world.call("GET", "/catalog/v1/search/basic?query=brand_new&type=kafka_topic").text.find("brand_new"), std::string::npos);   // but perhaps what is close to it
}

TEST_F(CatalogApiTest, DefinitionsAndTheirRefusals) {
  ASSERT_EQ(world.call("POST", "/catalog/v1/types/tagdefs", R"([{"name":"PII","color":"RED","somethingNew":1}])").status, 200);
  EXPECT_EQ(number(world.call("POST", "/catalog/v1/types/tagdefs", R"([{"name":"PII"}])")), 4090001);
  EXPECT_EQ(number(world.call("POST", "/catalog/v1/types/tagdefs", R"([{"name":"1x"}])")), 4000019);
  EXPECT_EQ(number(world.call("PUT", "/catalog/v1/types/tagdefs", R"([{"name":"None"}])")), 4040001);
  const auto changed = world.call("PUT", "/catalog/v1/types/tagdefs", R"([{"name":"PII","description":"Personal"}])");
  EXPECT_EQ(text(changed.body, "/0/description"), "Personal");
  EXPECT_EQ(text(changed.body, "/0/color"), "RED");
  EXPECT_EQ(text(changed.body, "/0/version"), "2");
  const auto mixed = world.call("POST", "/catalog/v1/types/tagdefs", R"([{"name":"Good"},{"name":"PII"}])");
  EXPECT_EQ(mixed.status, 200);
  EXPECT_EQ(text(mixed.body, "/1/error/error_code"), "4090001");
  EXPECT_EQ(world.call("GET", "/catalog/v1/types/tagdefs?prefix=P").body.as_array().size(), 1u);
  ASSERT_EQ(world.call("POST", "/catalog/v1/entity/tags", R"([{"entityType":"kafka_topic","entityName":"users","typeName":"PII"}])").status, 200);
  EXPECT_EQ(number(world.call("POST", "/catalog/v1/entity/tags", R"([{"entityType":"kafka_topic","entityName":"users","typeName":"PII"}])")), 4000027);
  EXPECT_EQ(number(world.call("POST", "/catalog/v1/entity/tags", R"([{"entityType":"kafka_topic","entityName":"users","typeName":"None"}])")), 4040008);
  EXPECT_EQ(number(world.call("DELETE", "/catalog/v1/types/tagdefs/PII")), 4090002);
  EXPECT_EQ(world.call("DELETE", "/catalog/v1/entity/type/kafka_topic/name/users/tags/PII").status, 204);
  EXPECT_EQ(number(world.call("DELETE", "/catalog/v1/entity/type/kafka_topic/name/users/tags/PII")), 4000109);
  EXPECT_EQ(world.call("DELETE", "/catalog/v1/types/tagdefs/PII").status, 204);
  for (const char* bad : {"", "{", "[]", "[1]", "\"x\"", "[{}]"}) EXPECT_GE(world.call("POST", "/catalog/v1/types/tagdefs", bad).status, 400) << bad;
}

TEST_F(CatalogApiTest, AttributesOfAnEntity) {
  const auto changed = world.call("PUT", "/catalog/v1/entity", R"({"entity":{"typeName":"kafka_topic","attributes":{"qualifiedName":"lkc-y:users","description":"Our people","ownerEmail":"m@x.example"}}})");
  ASSERT_EQ(changed.status, 200) << changed.text;
  EXPECT_EQ(text(changed.body, "/mutatedEntities/UPDATE/0/attributes/description"), "Our people");
  EXPECT_EQ(text(world.call("GET", "/api/v1/search?q=people&type=kafka_topic").body, "/results/0/name"), "users");
  ASSERT_EQ(world.call("PUT", "/catalog/v1/entity", R"({"entity":{"typeName":"kafka_topic","attributes":{"qualifiedName":"lkc-y:users","description":"","ownerEmail":""}}})").status, 200);
  EXPECT_EQ(text(world.call("GET", "/catalog/v1/entity/type/kafka_topic/name/users").body, "/entity/attributes/ownerEmail"), "null");
}

TEST_F(CatalogApiTest, WhoSaysWhoTheyAreIsHeldToIt) {
  ASSERT_EQ(world.call("POST", "/catalog/v1/types/tagdefs", R"([{"name":"PII"}])").status, 200);
  const std::string body = R"([{"entityType":"kafka_topic","entityName":"users","typeName":"PII"}])";
  EXPECT_EQ(world.call("POST", "/catalog/v1/entity/tags", body, "tomas").status, 403);
  EXPECT_EQ(world.call("POST", "/catalog/v1/entity/tags", body, "mira").status, 200);
  const auto audit = world.call("GET", "/api/v1/audit?what=tag.added");
  EXPECT_EQ(audit.body.at("total").as_int64(), 2);
  EXPECT_EQ(text(audit.body, "/entries/0/who"), "mira");
  EXPECT_EQ(text(audit.body, "/entries/1/outcome"), "refused");
}

TEST_F(CatalogApiTest, SearchParameters) {
  const auto page = world.call("GET", "/catalog/v1/search/basic?type=sr_field&limit=2&offset=1&sortBy=name&sortOrder=DESCENDING&attr=type");
  ASSERT_EQ(page.status, 200);
  EXPECT_EQ(page.body.at("entities").as_array().size(), 2u);
  EXPECT_EQ(text(page.body, "/searchParameters/limit"), "2");
  EXPECT_NE(text(page.body, "/entities/0/attributes/type"), "(nothing)");
  EXPECT_GE(text(page.body, "/entities/0/attributes/name"), text(page.body, "/entities/1/attributes/name"));
  EXPECT_EQ(world.call("GET", "/catalog/v1/search/basic?limit=501").status, 400);
  EXPECT_EQ(world.call("GET", "/catalog/v1/search/basic?limit=x").status, 400);
  EXPECT_EQ(world.call("GET", "/catalog/v1/search/basic?type=odd").status, 404);
  const auto by_attribute = world.call("GET", "/catalog/v1/search/attribute?type=kafka_topic&attrName=name&attrValuePrefix=stock");
  ASSERT_EQ(by_attribute.body.at("entities").as_array().size(), 1u);
  EXPECT_EQ(world.call("GET", "/catalog/v1/search/attribute?attrName=name").status, 400);
  EXPECT_EQ(text(world.call("GET", "/catalog/v1/search/basic?query=pagevews&type=kafka_topic").body, "/entities/0/displayText"), "pageviews");
  EXPECT_EQ(world.call("GET", "/catalog/v1/ready").text, "true");
}

TEST_F(CatalogApiTest, AnnotationsSurviveARestart) {
  ASSERT_EQ(world.call("POST", "/catalog/v1/types/tagdefs", R"([{"name":"PII"}])").status, 200);
  ASSERT_EQ(world.call("POST", "/catalog/v1/entity/tags", R"([{"entityType":"kafka_topic","entityName":"users","typeName":"PII","attributes":{"a":"b"}}])").status, 200);
  const std::string before = world.call("GET", "/catalog/v1/entity/type/kafka_topic/name/users/tags").text;
  world.restart();
  EXPECT_EQ(world.call("GET", "/catalog/v1/entity/type/kafka_topic/name/users/tags").text, before);
  EXPECT_NE(before.find("PII"), std::string::npos);
}

}  // namespace
}  // namespace braid::api
