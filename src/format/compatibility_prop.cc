// What the difference rules promise, held against real readers: a schema that is called compatible reads every record of the one before.
#include <gtest/gtest.h>

#include <random>

#include "format/avro/compatibility.h"
#include "format/avro/datum.h"
#include "format/json_schema/difference.h"
#include "format/json_schema/validator.h"

namespace braid::format {
namespace {

using Random = std::mt19937;
bool one_in(Random& random, unsigned n) { return random() % n == 0; }

// --- Avro ---

std::string avro_type(Random& random, int depth, int& names) {
  static constexpr std::string_view simple[] = {"\"int\"", "\"long\"", "\"float\"", "\"double\"", "\"string\"", "\"bytes\"", "\"boolean\"", "\"null\""};
  if (depth > 2 || !one_in(random, 3)) return std::string(simple[random() % std::size(simple)]);
  switch (random() % 4) {
    case 0: return R"({"type":"array","items":)" + avro_type(random, depth + 1, names) + "}";
    case 1: return R"({"type":"map","values":)" + avro_type(random, depth + 1, names) + "}";
    case 2: return "[\"null\"," + std::string(simple[random() % 7]) + "]";
    default: {
      const std::string name = "E" + std::to_string(names++);
      return R"({"type":"enum","name":")" + name + R"(","symbols":["A","B")" + (one_in(random, 2) ? ",\"C\"" : "") + "]" + (one_in(random, 2) ? ",\"default\":\"A\"" : "") + "}";
    }
  }
}

// A record of fields a..e, some of which are there, some with another type than usual, some with a default.
std::string avro_record(Random& random, Random usual) {
  std::string fields;
  int names = 0;
  for (char name = 'a'; name < 'f'; ++name) {
    const auto type = one_in(random, 4) ? avro_type(random, 0, names) : avro_type(usual, 0, names);
    usual.discard(50);
    if (one_in(random, 5)) continue;
    const bool nullable = one_in(random, 3) && type[0] == '"' && type != "\"null\"";
    fields += (fields.empty() ? "" : ",") + std::string(R"({"name":")") + name + R"(","type":)" + (nullable ? "[\"null\"," + type + R"(],"default":null)" : type) + "}";
  }
  return R"({"type":"record","name":"R","fields":[)" + fields + "]}";
}

avro::Datum random_datum(Random& random, const avro::Node& node, int depth = 0) {
  avro::Datum out{.type = node.type};
  switch (node.type) {
    case avro::Type::boolean: out.whole = int(random() % 2); break;
    case avro::Type::int_: out.whole = std::int32_t(random()); break;
    case avro::Type::long_: out.whole = std::int64_t(random()) << (random() % 31); break;
    case avro::Type::float_: out.real = float(random()) / 7; break;
    case avro::Type::double_: out.real = double(random()) / 7; break;
    case avro::Type::bytes: case avro::Type::string: out.bytes = Bytes(random() % 5, 'x'); break;
    case avro::Type::fixed: out.bytes = Bytes(std::size_t(node.size), 'x'); break;
    case avro::Type::enum_: out.whole = std::int64_t(random() % node.symbols.size()); break;
    case avro::Type::array: for (auto n = depth > 3 ? 0 : random() % 3; n > 0; --n) out.items.push_back(random_datum(random, *node.items, depth + 1)); break;
    case avro::Type::map: for (auto n = depth > 3 ? 0 : random() % 3; n > 0; --n) out.entries.emplace_back("k" + std::to_string(n), random_datum(random, *node.items, depth + 1)); break;
    case avro::Type::union_: out.whole = std::int64_t(random() % node.branches.size()); out.items = {random_datum(random, *node.branches[std::size_t(out.whole)], depth + 1)}; break;
    case avro::Type::record: for (const auto& f : node.fields) out.items.push_back(random_datum(random, *f.type, depth + 1)); break;
    default: break;
  }
  return out;
}

TEST(AvroProperty, CompatibleSchemasReadEveryOldRecord) {
  int compatible = 0, refused = 0;
  for (unsigned seed = 0; seed < 1500; ++seed) {
    Random random(seed);
    const Random usual(seed / 10);
    const auto before = avro::parse(avro_record(random, usual)), after = avro::parse(avro_record(random, usual));
    ASSERT_TRUE(before && after) << seed;
    const auto program = avro::Program::compile(*before, *after);
    if (!avro::incompatibilities(**after, **before).empty()) {
      ++refused;
      continue;
    }
    ++compatible;
    ASSERT_TRUE(program) << seed << " " << program.error().message << "\n" << avro::canonical_text(**before) << "\n" << avro::canonical_text(**after);
    for (int i = 0; i < 10; ++i) {
      Bytes bytes;
      ASSERT_TRUE(avro::encode((*before)->root(), random_datum(random, (*before)->root()), bytes));
      const auto read = avro::decode(**program, bytes);
      ASSERT_TRUE(read) << seed << " " << read.error().message << "\n" << avro::canonical_text(**before) << "\n" << avro::canonical_text(**after);
    }
  }
  EXPECT_GT(compatible, 30);
  EXPECT_GT(refused, 100);
}

TEST(AvroProperty, WhatWasWrittenIsRead) {
  for (unsigned seed = 0; seed < 1000; ++seed) {
    Random random(seed);
    const auto schema = avro::parse(avro_record(random, Random(seed)));
    ASSERT_TRUE(schema);
    const auto program = avro::Program::compile(*schema, *schema);
    ASSERT_TRUE(program);
    const auto value = random_datum(random, (*schema)->root());
    Bytes bytes;
    ASSERT_TRUE(avro::encode((*schema)->root(), value, bytes));
    const auto read = avro::decode(**program, bytes);
    ASSERT_TRUE(read) << seed << " " << read.error().message;
    EXPECT_EQ(*read, value) << seed;
  }
}

TEST(AvroProperty, CanonicalTextIsAFixedPoint) {
  for (unsigned seed = 0; seed < 1000; ++seed) {
    Random random(seed);
    const auto schema = avro::parse(avro_record(random, Random(seed)));
    ASSERT_TRUE(schema);
    const auto text = avro::canonical_text(**schema);
    EXPECT_EQ(avro::canonical_text(**avro::parse(text)), text);
    EXPECT_EQ(avro::normalised_text(**avro::parse(avro::normalised_text(**schema))), avro::normalised_text(**schema));
  }
}

// --- JSON Schema ---

std::string json_value_schema(Random& random) {
  const auto number = [&] { return std::to_string(random() % 6); };
  switch (random() % 7) {
    case 0: return R"({"type":"integer"})";
    case 1: return R"({"type":"number","minimum":)" + number() + "}";
    case 2: return R"({"type":"number","maximum":)" + number() + "}";
    case 3: return R"({"type":"string","minLength":)" + number() + "}";
    case 4: return R"({"type":"string"})";
    case 5: return R"({"enum":[)" + number() + (one_in(random, 2) ? ",\"a\"" : "") + "]}";
    default: return R"({"type":["string","null"]})";
  }
}

std::string json_object_schema(Random& random, Random usual) {
  std::string properties, required;
  for (char name = 'a'; name < 'e'; ++name) {
    const auto schema = one_in(random, 4) ? json_value_schema(random) : json_value_schema(usual);
    usual.discard(10);
    if (one_in(random, 4)) continue;
    properties += (properties.empty() ? "\"" : ",\"") + std::string(1, name) + "\":" + schema;
    if (one_in(random, 3)) required += (required.empty() ? "\"" : ",\"") + std::string(1, name) + "\"";
  }
  return R"({"type":"object","properties":{)" + properties + "}" + (required.empty() ? "" : ",\"required\":[" + required + "]") + (one_in(random, 2) ? R"(,"additionalProperties":false)" : "") +
         (one_in(random, 4) ? ",\"maxProperties\":" + std::to_string(1 + random() % 4) : "") + "}";
}

std::string json_document(Random& random) {
  static constexpr std::string_view values[] = {"0", "1", "2.5", "5", "9", "\"\"", "\"a\"", "\"abcdef\"", "null", "true"};
  std::string out;
  for (char name = 'a'; name < 'f'; ++name)
    if (!one_in(random, 3)) out += (out.empty() ? "\"" : ",\"") + std::string(1, name) + "\":" + std::string(values[random() % std::size(values)]);
  return "{" + out + "}";
}

TEST(JsonSchemaProperty, CompatibleSchemasAcceptEveryOldDocument) {
  int compatible = 0, refused = 0, documents = 0;
  for (unsigned seed = 0; seed < 2000; ++seed) {
    Random random(seed);
    const Random usual(seed / 10);
    const auto before = json_schema::parse(json_object_schema(random, usual)), after = json_schema::parse(json_object_schema(random, usual));
    ASSERT_TRUE(before && after) << seed;
    if (!json_schema::incompatible_changes(**before, **after, false).empty()) { ++refused; continue; }
    ++compatible;
    const auto old_reader = json_schema::Validator::compile(*before), new_reader = json_schema::Validator::compile(*after);
    ASSERT_TRUE(old_reader && new_reader);
    for (int i = 0; i < 100; ++i) {
      const auto document = json_document(random);
      const auto was = (*old_reader)->check(document);
      ASSERT_TRUE(was);
      if (was->has_value()) continue;
      ++documents;
      const auto is = (*new_reader)->check(document);
      ASSERT_TRUE(is);
      ASSERT_FALSE(is->has_value()) << seed << " " << document << " " << (*is)->text() << "\n" << json_schema::canonical_text(**before) << "\n" << json_schema::canonical_text(**after);
    }
  }
  EXPECT_GT(compatible, 50);
  EXPECT_GT(refused, 100);
  EXPECT_GT(documents, 100);
}

}  // namespace
}  // namespace braid::format
