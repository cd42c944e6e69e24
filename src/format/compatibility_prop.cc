// What the difference rules promise, held against real readers: a schema that is called compatible reads every record of the one before.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/unknown_field_set.h>
#include <gtest/gtest.h>

#include <random>

#include "format/avro/compatibility.h"
#include "format/avro/datum.h"
#include "format/json_schema/difference.h"
#include "format/json_schema/validator.h"
#include "format/protobuf_schema/descriptor.h"
#include "format/protobuf_schema/difference.h"

namespace braid::format {
namespace {

namespace pb = google::protobuf;
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

// A record of `before` that `program` cannot read. Empty: none was found.
std::optional<Bytes> unreadable(const avro::Schema& before, const avro::Program& program, Random& random) {
  for (int i = 0; i < 3000; ++i) {
    Bytes bytes;
    if (avro::encode(before.root(), random_datum(random, before.root()), bytes) && !avro::decode(program, bytes)) return bytes;
  }
  return std::nullopt;
}

TEST(AvroProperty, CompatibleSchemasReadEveryOldRecordAndOthersDoNot) {
  int compatible = 0, refused = 0, refused_by_a_record = 0;
  for (unsigned seed = 0; compatible < 100 || refused < 500; ++seed) {
    ASSERT_LT(seed, 20'000u) << "the generator gives too few: " << compatible << " compatible, " << refused << " not";
    Random random(seed);
    const Random usual(seed / 10);
    const auto before = avro::parse(avro_record(random, usual)), after = avro::parse(avro_record(random, usual));
    ASSERT_TRUE(before && after) << seed;
    const auto program = avro::Program::compile(*before, *after);
    if (const auto why = avro::incompatibilities(**after, **before); !why.empty()) {
      ++refused;
      if (!program) continue;   // no record at all can be read
      ++refused_by_a_record;
      EXPECT_TRUE(unreadable(**before, **program, random)) << seed << " is refused, and every record is read:\n" << avro::canonical_text(**before) << "\n" << avro::canonical_text(**after);
      continue;
    }
    if (++compatible > 100) continue;
    ASSERT_TRUE(program) << seed << " " << program.error().message << "\n" << avro::canonical_text(**before) << "\n" << avro::canonical_text(**after);
    for (int i = 0; i < 10; ++i) {
      Bytes bytes;
      ASSERT_TRUE(avro::encode((*before)->root(), random_datum(random, (*before)->root()), bytes));
      const auto read = avro::decode(**program, bytes);
      ASSERT_TRUE(read) << seed << " " << read.error().message << "\n" << avro::canonical_text(**before) << "\n" << avro::canonical_text(**after);
    }
  }
  EXPECT_GT(refused_by_a_record, 50);   // a nullable value where null is not taken, a symbol that is not known: not all are seen beforehand
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
  int compatible = 0, refused = 0, documents = 0, shown = 0;
  for (unsigned seed = 0; seed < 2000; ++seed) {
    Random random(seed);
    const Random usual(seed / 10);
    const auto before = json_schema::parse(json_object_schema(random, usual)), after = json_schema::parse(json_object_schema(random, usual));
    ASSERT_TRUE(before && after) << seed;
    if (!json_schema::incompatible_changes(**before, **after, false).empty()) {
      if (++refused > 300) continue;
      const auto old_reader = json_schema::Validator::compile(*before), new_reader = json_schema::Validator::compile(*after);
      ASSERT_TRUE(old_reader && new_reader);
      bool found = false;
      for (int i = 0; i < 500 && !found; ++i) {
        const auto document = json_document(random);
        const auto was = (*old_reader)->check(document), is = (*new_reader)->check(document);
        ASSERT_TRUE(was && is);
        found = !was->has_value() && is->has_value();
      }
      shown += found ? 1 : 0;
      continue;
    }
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
  EXPECT_GT(shown, 150) << "of 300 refused changes so many have a document that was valid and is no more";
}

// --- Protobuf ---

std::string proto_file(Random& random, Random usual) {
  static constexpr std::string_view types[] = {"int32", "int64", "uint32", "sint32", "bool", "string", "bytes", "fixed32", "fixed64", "float", "double", "Inner", "Colour"};
  // The label stays: Confluent's rules, which decide, compare labels only where both are written, so "repeated int64" may become "int64" there.
  const auto type_of = [](Random& from) { return std::string(types[from() % std::size(types)]); };
  std::string out = "syntax = \"proto3\"; package p; enum Colour { NONE = 0; RED = 1; } message Inner { int32 n = 1; string t = 2; } message M {";
  for (int number = 1; number <= 5; ++number) {
    Random own(usual());   // of this field, the same in both files
    const std::string label = one_in(own, 4) ? "repeated " : "";
    const auto type = label + (one_in(random, 6) ? type_of(random) : type_of(own));
    if (!one_in(random, 6)) out += " " + type + " f" + std::to_string(number) + " = " + std::to_string(number) + ";";
  }
  return out + " }";
}

void fill(Random& random, pb::Message& message) {
  const auto& r = *message.GetReflection();
  const auto* d = message.GetDescriptor();
  for (int i = 0; i < d->field_count(); ++i) {
    const auto* f = d->field(i);
    for (auto n = f->is_repeated() ? random() % 3 : unsigned(!one_in(random, 4)); n > 0; --n) {
      const auto set = [&](auto add, auto one, auto value) { f->is_repeated() ? (r.*add)(&message, f, value) : (r.*one)(&message, f, value); };
      switch (f->cpp_type()) {
        case pb::FieldDescriptor::CPPTYPE_INT32: set(&pb::Reflection::AddInt32, &pb::Reflection::SetInt32, std::int32_t(random())); break;
        case pb::FieldDescriptor::CPPTYPE_INT64: set(&pb::Reflection::AddInt64, &pb::Reflection::SetInt64, std::int64_t(random()) - 1'000'000); break;
        case pb::FieldDescriptor::CPPTYPE_UINT32: set(&pb::Reflection::AddUInt32, &pb::Reflection::SetUInt32, std::uint32_t(random())); break;
        case pb::FieldDescriptor::CPPTYPE_UINT64: set(&pb::Reflection::AddUInt64, &pb::Reflection::SetUInt64, std::uint64_t(random())); break;
        case pb::FieldDescriptor::CPPTYPE_BOOL: set(&pb::Reflection::AddBool, &pb::Reflection::SetBool, true); break;
        case pb::FieldDescriptor::CPPTYPE_FLOAT: set(&pb::Reflection::AddFloat, &pb::Reflection::SetFloat, float(random()) / 7); break;
        case pb::FieldDescriptor::CPPTYPE_DOUBLE: set(&pb::Reflection::AddDouble, &pb::Reflection::SetDouble, double(random()) / 7); break;
        case pb::FieldDescriptor::CPPTYPE_ENUM: set(&pb::Reflection::AddEnumValue, &pb::Reflection::SetEnumValue, 1); break;
        case pb::FieldDescriptor::CPPTYPE_STRING: f->is_repeated() ? r.AddString(&message, f, "ab") : r.SetString(&message, f, "ab"); break;
        case pb::FieldDescriptor::CPPTYPE_MESSAGE: fill(random, f->is_repeated() ? *r.AddMessage(&message, f) : *r.MutableMessage(&message, f)); break;
      }
    }
  }
}

// Whether `bytes` are read in full by `reader`: nothing that both know by its number is left aside as unknown.
bool reads(pb::Message& reader, const std::string& bytes) {
  if (!reader.ParseFromString(bytes)) return false;
  const auto& unknown = reader.GetReflection()->GetUnknownFields(reader);
  for (int i = 0; i < unknown.field_count(); ++i)
    if (reader.GetDescriptor()->FindFieldByNumber(unknown.field(i).number()) != nullptr) return false;
  return true;
}

TEST(ProtobufProperty, WhatWasWrittenIsReadWithTheSameAndWithCompatibleSchemas) {
  int compatible = 0, refused = 0, shown = 0;
  for (unsigned seed = 0; compatible < 100 || refused < 500; ++seed) {
    ASSERT_LT(seed, 20'000u) << "the generator gives too few: " << compatible << " compatible, " << refused << " not";
    Random random(seed);
    const Random usual(seed / 10);
    const auto before = protobuf_schema::parse(proto_file(random, usual)), after = protobuf_schema::parse(proto_file(random, usual));
    ASSERT_TRUE(before && after) << seed;
    const bool fits = protobuf_schema::incompatible_changes(**before, **after).empty();
    (fits ? compatible : refused)++;
    if ((fits ? compatible : refused) > 500) continue;
    const auto old_pool = protobuf_schema::Descriptors::build(**before), new_pool = protobuf_schema::Descriptors::build(**after);
    ASSERT_TRUE(old_pool && new_pool) << seed;
    pb::DynamicMessageFactory factory;
    const auto make = [&](const protobuf_schema::Descriptors& of) { return std::unique_ptr<pb::Message>(factory.GetPrototype(of.file().FindMessageTypeByName("M"))->New()); };
    bool broken = false;
    for (int i = 0; i < 20; ++i) {
      const auto written = make(**old_pool), again = make(**old_pool), read = make(**new_pool);
      fill(random, *written);
      const auto bytes = written->SerializeAsString();
      ASSERT_TRUE(again->ParseFromString(bytes));
      ASSERT_EQ(again->DebugString(), written->DebugString()) << seed;
      const bool whole = reads(*read, bytes);
      broken = broken || !whole;
      ASSERT_TRUE(whole || !fits) << seed << "\n" << protobuf_schema::canonical_text(**before) << "\n" << protobuf_schema::canonical_text(**after) << "\n" << written->DebugString();
    }
    if (!fits && broken) ++shown;
  }
  EXPECT_GT(shown, 100);   // others are read as another value, which only a person can tell: sint32 as int32
}

}  // namespace
}  // namespace braid::format
