#include "api/records/avro_json.h"

#include <gtest/gtest.h>

namespace braid::api {
namespace {

namespace avro = format::avro;

constexpr std::string_view order_schema = R"({"type":"record","name":"Order","fields":[
  {"name":"id","type":"long"},{"name":"note","type":["null","string"],"default":null},{"name":"kind","type":{"type":"enum","name":"K","symbols":["A","B"]},"default":"B"},
  {"name":"tags","type":{"type":"array","items":"string"},"default":[]},{"name":"blob","type":"bytes","default":"ÿ"}]})";

// There and back: what was written is read again by the codec's own JSON.
std::string through(std::string_view text) {
  const auto schema = avro::parse(order_schema);
  const auto value = json::parse(text);
  const auto datum = datum_from_json((*schema)->root(), *value);
  if (!datum) return datum.error().message;
  Bytes bytes;
  if (const auto encoded = avro::encode((*schema)->root(), *datum, bytes); !encoded) return encoded.error().message;
  return *avro::decode_to_json(**avro::Program::compile(*schema, *schema), bytes);
}

TEST(AvroJson, FillsInDefaultsAndTakesUnionsWithAndWithoutTheirNames) {
  EXPECT_EQ(through(R"({"id":1})"), through(R"({"id":1,"note":null,"kind":"B","tags":[],"blob":"ÿ"})"));
  EXPECT_EQ(through(R"({"id":1,"note":"x"})"), through(R"({"id":1,"note":{"string":"x"}})"));
}
TEST(AvroJson, NamesTheFieldThatDoesNotFit) {
  EXPECT_EQ(through(R"({})"), "field 'id' is missing and has no default");
  EXPECT_EQ(through(R"({"id":"x"})"), "field 'id' must be long, got \"x\"");
  EXPECT_EQ(through(R"({"id":1,"kind":"C"})"), "field 'kind' must be enum, got \"C\"");
  EXPECT_EQ(through(R"({"id":1,"tags":["a",1]})"), "field 'tags[1]' must be string, got 1");
  EXPECT_EQ(through(R"({"id":1,"extra":1})"), "the schema has no field 'extra'");
}

}  // namespace
}  // namespace braid::api
