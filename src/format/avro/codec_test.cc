#include "format/avro/codec.h"

#include <gtest/gtest.h>

#include <random>

#include "format/avro/compatibility.h"
#include "format/avro/datum.h"

namespace braid::format::avro {
namespace {

SchemaPtr schema(std::string_view text) {
  auto parsed = parse(text);
  EXPECT_TRUE(parsed) << parsed.error().message;
  return parsed ? *parsed : nullptr;
}
ProgramPtr program(std::string_view writer, std::string_view reader, const std::vector<bool>& wanted = {}) {
  auto made = Program::compile(schema(writer), schema(reader), wanted);
  EXPECT_TRUE(made) << made.error().message;
  return made ? *made : nullptr;
}
std::string read(std::string_view writer, std::string_view reader, BytesView bytes) {
  auto made = Program::compile(schema(writer), schema(reader));
  if (!made) return made.error().message;
  auto text = decode_to_json(**made, bytes);
  return text ? *text : text.error().message;
}

TEST(AvroCodec, BytesOfTheSpecification) {
  const auto* text = R"({"type":"record","name":"test","fields":[{"name":"a","type":"long"},{"name":"b","type":"string"}]})";
  EXPECT_EQ(read(text, text, BytesView("\x36\x06\x66\x6f\x6f", 5)), R"({"a":27,"b":"foo"})");
  const auto* list = R"({"type":"array","items":"long"})";
  EXPECT_EQ(read(list, list, BytesView("\x04\x06\x36\x00", 4)), "[3,27]");
  EXPECT_EQ(read(list, list, BytesView("\x03\x04\x06\x36\x00", 5)), "[3,27]");   // a block with its size
  const auto* either = R"(["null","string"])";
  EXPECT_EQ(read(either, either, BytesView("\x02\x02\x61", 3)), R"("a")");
}

TEST(AvroCodec, ReadsWithAnotherSchema) {
  const auto* writer = R"({"type":"record","name":"n.R","fields":[{"name":"gone","type":{"type":"map","values":"int"}},{"name":"a","type":"int"},
                           {"name":"old","type":"string"},{"name":"e","type":{"type":"enum","name":"E","symbols":["X","Y"]}}]})";
  const auto* reader = R"({"type":"record","name":"m.R","fields":[{"name":"new","aliases":["old"],"type":["null","string"]},{"name":"a","type":"double"},
                           {"name":"d","type":{"type":"array","items":"int"},"default":[1,2]},
                           {"name":"e","type":{"type":"enum","name":"E","symbols":["Y","U"],"default":"U"}}]})";
  Bytes bytes;
  put_long(bytes, 1); put_bytes(bytes, "k"); put_int(bytes, 5); put_long(bytes, 0);
  put_int(bytes, 7);
  put_bytes(bytes, "hello");
  put_long(bytes, 0);
  EXPECT_EQ(read(writer, reader, bytes), R"({"new":"hello","a":7.0,"d":[1,2],"e":"U"})");
}

TEST(AvroCodec, ReadsOnlyWhatIsWanted) {
  const auto* text = R"({"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"b","type":"string"},{"name":"c","type":"int"}]})";
  Bytes bytes;
  put_int(bytes, 1); put_bytes(bytes, "x"); put_int(bytes, 3);
  auto some = decode(*program(text, text, {false, false, true}), bytes);
  ASSERT_TRUE(some);
  EXPECT_EQ(some->items[0].type, Type::null_);
  EXPECT_EQ(some->items[2].whole, 3);
}

TEST(AvroCodec, RefusesWhatDoesNotFit) {
  EXPECT_EQ(read(R"("string")", R"("int")", ""), "a value written as string cannot be read as int");
  EXPECT_EQ(read(R"("long")", R"("long")", ""), "not readable as Avro: the bytes end inside a number");
  EXPECT_EQ(read(R"("boolean")", R"("boolean")", "\2"), "not readable as Avro: a boolean that is neither 0 nor 1");
  EXPECT_EQ(read(R"("int")", R"("int")", BytesView("\2\2", 2)), "not readable as Avro: 1 bytes are left after the value");
  EXPECT_EQ(read(R"("bytes")", R"("bytes")", BytesView("\x0a\x61", 2)), "not readable as Avro: the bytes end inside a value");
  EXPECT_EQ(read(R"(["int","string"])", R"("int")", BytesView("\2\0", 2)), "not readable as Avro: a value for which the reader's schema has no place");
  EXPECT_EQ(read(R"({"type":"array","items":"null"})", R"({"type":"array","items":"null"})", BytesView("\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10)),
            "not readable as Avro: a block with more items than bytes");
}

TEST(AvroCodec, RecursiveSchemasReadAndAreBounded) {
  const auto* text = R"({"type":"record","name":"L","fields":[{"name":"next","type":["null","L"]}]})";
  EXPECT_EQ(read(text, text, BytesView("\2\2\0", 3)), R"({"next":{"next":{"next":null}}})");
  EXPECT_EQ(read(text, text, Bytes(5000, '\2')), "not readable as Avro: values nested too deep");
}

// A random schema and a random value of it.
class Maker {
 public:
  explicit Maker(unsigned seed) : random_(seed) {}
  std::string schema_text(int depth = 0) {
    static const char* simple[] = {"\"null\"", "\"boolean\"", "\"int\"", "\"long\"", "\"float\"", "\"double\"", "\"bytes\"", "\"string\""};
    const auto pick = random_() % (depth > 3 ? 8 : 14);
    if (pick < 8) return simple[pick];
    const std::string name = "N" + std::to_string(names_++);
    switch (pick) {
      case 8: return R"({"type":"array","items":)" + schema_text(depth + 1) + "}";
      case 9: return R"({"type":"map","values":)" + schema_text(depth + 1) + "}";
      case 10: return R"({"type":"enum","name":")" + name + R"(","symbols":["A","B","C"]})";
      case 11: return R"({"type":"fixed","name":")" + name + R"(","size":)" + std::to_string(random_() % 5) + "}";
      case 12: return R"(["null",)" + std::string(simple[1 + random_() % 7]) + R"(,{"type":"record","name":")" + name + R"(","fields":[]}])";
      default: {
        std::string out = R"({"type":"record","name":")" + name + R"(","fields":[)";
        const auto count = random_() % 4;
        for (unsigned i = 0; i < count; ++i) out += (i == 0 ? "" : ",") + (R"({"name":"f)" + std::to_string(i)) + R"(","type":)" + schema_text(depth + 1) + "}";
        return out + "]}";
      }
    }
  }
  Datum value(const Node& node) {
    Datum d;
    d.type = node.type;
    switch (node.type) {
      case Type::null_: break;
      case Type::boolean: d.whole = std::int64_t(random_() % 2); break;
      case Type::int_: d.whole = std::int32_t(random_()); break;
      case Type::long_: d.whole = std::int64_t((std::uint64_t(random_()) << 32) | random_()) >> (random_() % 60); break;
      case Type::float_: d.real = float(int(random_() % 1000)) / 8; break;
      case Type::double_: d.real = double(random_()) / 3; break;
      case Type::bytes:
      case Type::string: d.bytes = Bytes(random_() % 20, char('a' + random_() % 26)); break;
      case Type::fixed: d.bytes = Bytes(std::size_t(node.size), 'x'); break;
      case Type::enum_: d.whole = std::int64_t(random_() % node.symbols.size()); break;
      case Type::record: for (const auto& f : node.fields) d.items.push_back(value(*f.type)); break;
      case Type::array: for (unsigned i = random_() % 4; i > 0; --i) d.items.push_back(value(*node.items)); break;
      case Type::map: for (unsigned i = random_() % 4; i > 0; --i) d.entries.emplace_back("k" + std::to_string(i), value(*node.items)); break;
      case Type::union_:
        d.whole = std::int64_t(random_() % node.branches.size());
        d.items.push_back(value(*node.branches[std::size_t(d.whole)]));
        break;
    }
    return d;
  }

 private:
  std::mt19937 random_;
  int names_ = 0;
};

TEST(AvroCodecProperty, DecodeOfEncodeIsTheValueAndSkipMovesAsFar) {
  for (unsigned seed = 0; seed < 500; ++seed) {
    Maker maker(seed);
    const auto type = schema(maker.schema_text());
    ASSERT_TRUE(type);
    // The canonical text is a fixed point, and so is the normalised one.
    const auto text = canonical_text(*type);
    ASSERT_EQ(canonical_text(*schema(text)), text) << "seed " << seed;
    ASSERT_EQ(normalised_text(*schema(normalised_text(*type))), normalised_text(*type)) << "seed " << seed;
    ASSERT_TRUE(incompatibilities(*type, *schema(text)).empty()) << "seed " << seed;
    const auto same = Program::compile(type, type);
    ASSERT_TRUE(same);
    const auto value = maker.value(type->root());
    Bytes bytes;
    ASSERT_TRUE(encode(type->root(), value, bytes));
    auto back = decode(**same, bytes);
    ASSERT_TRUE(back) << "seed " << seed << ": " << back.error().message;
    ASSERT_EQ(*back, value) << "seed " << seed;
    Input input(bytes);
    ASSERT_TRUE(skip(type->root(), input));
    ASSERT_EQ(input.remaining(), 0u) << "seed " << seed;
    for (std::size_t cut = 0; cut < bytes.size(); ++cut)   // never the whole value from a part of its bytes
      ASSERT_FALSE(decode(**same, BytesView(bytes).substr(0, cut))) << "seed " << seed << " cut " << cut;
  }
}

TEST(AvroCompatibility, ReasonsAreThoseOfAvro) {
  const auto reasons = [](std::string_view reader, std::string_view writer) {
    std::string out;
    for (const auto& i : incompatibilities(*schema(reader), *schema(writer))) out += i.kind + " " + i.location + " " + i.message + "; ";
    return out;
  };
  const std::string f1 = R"({"type":"record","name":"R","fields":[{"name":"f1","type":"string"}]})";
  const std::string f2 = R"({"type":"record","name":"R","fields":[{"name":"f1","type":"string"},{"name":"f2","type":"string"}]})";
  const std::string f2d = R"({"type":"record","name":"n.R","fields":[{"name":"f1","type":"string"},{"name":"f2","type":"string","default":"x"}]})";
  EXPECT_EQ(reasons(f2, f1), "READER_FIELD_MISSING_DEFAULT_VALUE /fields/1 f2; ");
  EXPECT_EQ(reasons(f2d, f1), "");
  EXPECT_EQ(reasons(f1, f2), "");
  EXPECT_EQ(reasons(R"("long")", R"("int")"), "");
  EXPECT_EQ(reasons(R"("int")", R"("long")"), "TYPE_MISMATCH / reader type: INT not compatible with writer type: LONG; ");
  EXPECT_EQ(reasons(R"("bytes")", R"("string")"), "");
  EXPECT_EQ(reasons(R"(["int","string"])", R"("int")"), "");
  EXPECT_EQ(reasons(R"("int")", R"(["int"])"), "");
  EXPECT_EQ(reasons(R"("int")", R"(["int","null"])"), "TYPE_MISMATCH / reader type: INT not compatible with writer type: NULL; ");
  EXPECT_EQ(reasons(R"(["int"])", R"(["int","null"])"), "MISSING_UNION_BRANCH /1 reader union lacking writer type: NULL; ");
  EXPECT_EQ(reasons(R"({"type":"enum","name":"E","symbols":["A"]})", R"({"type":"enum","name":"E","symbols":["C","A","B"]})"),
            "MISSING_ENUM_SYMBOLS /symbols [B, C]; ");
  EXPECT_EQ(reasons(R"({"type":"enum","name":"E","symbols":["A"],"default":"A"})", R"({"type":"enum","name":"E","symbols":["A","B"]})"), "");
  EXPECT_EQ(reasons(R"({"type":"fixed","name":"F","size":2})", R"({"type":"fixed","name":"G","size":3})"),
            "NAME_MISMATCH /name expected: G; FIXED_SIZE_MISMATCH /size expected: 3, found: 2; ");
  EXPECT_EQ(reasons(R"({"type":"record","name":"L","fields":[{"name":"next","type":["null","L"]}]})",
                    R"({"type":"record","name":"L","fields":[{"name":"next","type":["null","L"]}]})"), "");
}

}  // namespace
}  // namespace braid::format::avro
