// Laws for every format: what is written is read back, in all columns or some; what is derived is inferred back; no bytes break a reader.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "format/serde.h"

namespace braid::format {
namespace {

using data::Column;
using data::Field;
using data::Kind;
using data::Type;
using data::Value;

class Random {
 public:
  explicit Random(unsigned seed) : rng_(seed) {}
  std::uint64_t below(std::uint64_t n) { return rng_() % n; }
  std::uint64_t bits() { return rng_(); }

  // Protobuf's repeated fields and maps do not nest without a message in between.
  Type type(Format format, int depth, bool repeated = false) {
    const bool nested = format != Format::delimited && format != Format::kafka;
    const bool protobuf = format == Format::protobuf || format == Format::protobuf_nosr;
    auto pick = below(nested && depth < 3 ? 14 : 11);
    if (protobuf && repeated && (pick == 11 || pick == 12)) pick = 13;
    switch (pick) {
      case 0: return format == Format::kafka ? Kind::integer : Kind::boolean;
      case 1: return Kind::integer;
      case 2: return Kind::bigint;
      case 3: return Kind::double_;
      case 4: return Kind::string;
      case 5: return Kind::bytes;
      case 6: case 7: case 8: case 9: case 10: {
        if (format == Format::kafka) return Kind::bigint;
        const int scale = int(below(10));
        const Type types[] = {Kind::date, Kind::time, Kind::timestamp, Type::decimal(scale + 1 + int(below(20)), scale), Kind::string};
        return types[pick - 6];
      }
      case 11: return Type::array(type(format, depth + 1, true));
      case 12: return Type::map(Kind::string, type(format, depth + 1, true));
      default: {
        std::vector<Field> fields;
        for (std::size_t i = 0; i <= below(3); ++i) fields.push_back({"F" + std::to_string(i), type(format, depth + 1)});
        return Type::structure(std::move(fields));
      }
    }
  }

  std::string text() {
    static const char* const pieces[] = {"a", "B", "7", " ", "\"", "\\", ",", "\n", "\t", "ä", "€", "😀", "{", "null", "\x01", "|", "'"};
    std::string out = "x";
    for (std::size_t i = below(8); i > 0; --i) out += pieces[below(std::size(pieces))];
    return out;
  }

  enum class Nulls { no, top, everywhere };
  Value value(const Type& t, Nulls nulls_here) {
    if (nulls_here != Nulls::no && below(6) == 0) return {};
    const Nulls nulls = nulls_here == Nulls::everywhere ? nulls_here : Nulls::no;
    switch (t.kind()) {
      case Kind::boolean: return Value(below(2) == 1);
      case Kind::integer: return Value(std::int32_t(bits()) >> below(32));
      case Kind::bigint: return Value(std::int64_t(bits()) >> below(64));
      case Kind::double_: {
        const double some[] = {0.0, 1.5, -2e300, 1e-7, 123456789.125, 1e7, 0.001, std::nan(""), double(std::int64_t(bits())) / 1e9};
        return Value(some[below(std::size(some))]);
      }
      case Kind::decimal: {
        data::Int128 v = 0;
        for (std::uint64_t i = below(std::uint64_t(t.precision())) + 1; i > 0; --i) v = v * 10 + below(10);
        return Value(data::Decimal(below(2) ? -v : v, t.scale()));
      }
      case Kind::string: return Value(text());
      case Kind::bytes: {
        std::string b = "b";
        for (std::size_t i = below(6); i > 0; --i) b += char(bits());
        return Value(data::Blob{b});
      }
      case Kind::date: return Value(data::Date{std::int32_t(below(40000)) - 20000});
      case Kind::time: return Value(data::Time{std::int32_t(below(86'400'000))});
      case Kind::timestamp: return Value(data::Timestamp{std::int64_t(below(4'000'000'000'000)) - 1'000'000'000'000});
      case Kind::array: {
        data::Values items;
        for (std::size_t i = below(4); i > 0; --i) items.push_back(value(t.element(), nulls));
        return Value::array(std::move(items));
      }
      case Kind::map: {
        data::Entries entries;
        for (std::size_t i = below(4); i > 0; --i) entries.emplace_back(Value("k" + std::to_string(i)), value(t.element(), nulls));
        return Value::map(std::move(entries));
      }
      case Kind::struct_: {
        data::Values fields;
        for (const auto& f : t.fields()) fields.push_back(value(f.type, nulls));
        return Value::structure(std::move(fields));
      }
    }
    return {};
  }

 private:
  std::mt19937_64 rng_;
};

struct OneSchema : Schemas {
  SchemaText text;
  const SchemaText* by_id(SchemaId id) override { return id.value == 7 ? &text : nullptr; }
};

struct Case {
  std::vector<Field> columns;
  OneSchema schemas;
  std::unique_ptr<Serde> serde;
  bool unwrap = false;
};

std::unique_ptr<Case> make_case(Random& random, Format format, const FormatProperties& properties) {
  auto c = std::make_unique<Case>();
  const std::size_t n = format == Format::kafka ? 1 : 1 + random.below(5);
  for (std::size_t i = 0; i < n; ++i) c->columns.push_back({"COL" + std::to_string(i), random.type(format, 0)});
  c->unwrap = n == 1 && supports_unwrapping(format) && (!supports_wrapping(format) || random.below(2) == 0);
  SerdeSpec spec{.format = format, .unwrap_single = c->unwrap, .columns = c->columns, .properties = properties};
  if (uses_registry(format)) {
    auto text = derive_schema(format, c->columns, false, c->unwrap, properties);
    EXPECT_TRUE(text) << text.error().message;
    if (!text) return nullptr;
    c->schemas.text = *text;
    spec.write_schema_id = SchemaId{7};
    spec.write_schema = *text;
    const auto inferred = infer_columns(format, *text, false, properties);
    EXPECT_TRUE(inferred) << inferred.error().message << "\n" << text->text;
    // A bare STRUCT has a record's schema, so its fields are taken for columns.
    if (inferred && !(c->unwrap && c->columns[0].type.is(Kind::struct_))) {
      EXPECT_EQ(inferred->columns.size(), n) << text->text;
      for (std::size_t i = 0; i < std::min(n, inferred->columns.size()); ++i) EXPECT_EQ(inferred->columns[i].type.text(), c->columns[i].type.text()) << text->text;
      EXPECT_EQ(inferred->unwrapped, c->unwrap);
    }
  }
  auto serde = make_serde(spec, c->schemas);
  EXPECT_TRUE(serde) << serde.error().message;
  if (!serde) return nullptr;
  c->serde = std::move(*serde);
  return c;
}

void round_trip(Format format, unsigned seeds, Random::Nulls nulls, const FormatProperties& properties = {}) {
  for (unsigned seed = 1; seed <= seeds; ++seed) {
    Random random(seed);
    auto c = make_case(random, format, properties);
    ASSERT_TRUE(c) << "seed " << seed;
    const std::size_t n = c->columns.size();
    std::vector<Column> in, out;
    std::vector<const Column*> from;
    std::vector<Column*> to;
    for (const auto& f : c->columns) { in.emplace_back(f.type); out.emplace_back(f.type); }
    std::vector<Bytes> payloads;
    for (int row = 0; row < 10; ++row)
      for (std::size_t i = 0; i < n; ++i) {
        // Protobuf has no null array and no null map.
        const bool repeated = c->columns[i].type.is(Kind::array) || c->columns[i].type.is(Kind::map);
        in[i].append(random.value(c->columns[i].type, nulls == Random::Nulls::top && repeated ? Random::Nulls::no : nulls));
      }
    for (std::size_t i = 0; i < n; ++i) { from.push_back(&in[i]); to.push_back(random.below(4) == 0 ? nullptr : &out[i]); }
    for (std::size_t row = 0; row < 10; ++row) {
      payloads.emplace_back();
      const auto there = c->serde->encode(from, row, payloads.back());
      ASSERT_TRUE(there) << "seed " << seed << ": " << there.error().message;
      if (!*there) {
        EXPECT_TRUE(in[0].null(row));
        for (Column* column : to) if (column != nullptr) column->append_null();
        continue;
      }
      const auto read = c->serde->decode(payloads.back(), to);
      ASSERT_TRUE(read) << "seed " << seed << " " << name_of(format) << ": " << read.error().message << "\n" << payloads.back();
      for (std::size_t i = 0; i < n; ++i) {
        if (to[i] == nullptr) continue;
        ASSERT_EQ(out[i].size(), row + 1);
        ASSERT_EQ(out[i].get(row).debug_text(), in[i].get(row).debug_text()) << "seed " << seed << " " << name_of(format) << " " << c->columns[i].type.text() << "\n" << c->schemas.text.text;
      }
    }
    // Broken bytes: an error or a value, and the columns can be brought back into step.
    for (int k = 0; k < 20; ++k) {
      Bytes bytes = payloads[random.below(payloads.size())];
      if (bytes.empty()) continue;
      const std::size_t head = uses_registry(format) ? std::min<std::size_t>(5, bytes.size()) : 0;
      if (random.below(3) == 0) bytes.resize(random.below(bytes.size()));
      else if (bytes.size() > head) bytes[head + random.below(bytes.size() - head)] = char(random.bits());
      std::vector<Column> garbage;
      std::vector<Column*> into;
      for (const auto& f : c->columns) garbage.emplace_back(f.type);
      for (auto& column : garbage) into.push_back(&column);
      if (!c->serde->decode(bytes, into)) append_missing(into, 1);
      for (auto& column : garbage) ASSERT_EQ(column.size(), 1u) << "seed " << seed;
    }
  }
}

TEST(RoundTrip, Json) { round_trip(Format::json, 200, Random::Nulls::everywhere); }
TEST(RoundTrip, JsonSr) { round_trip(Format::json_sr, 200, Random::Nulls::everywhere); }
TEST(RoundTrip, Delimited) { round_trip(Format::delimited, 200, Random::Nulls::everywhere); }
TEST(RoundTrip, Kafka) { round_trip(Format::kafka, 50, Random::Nulls::everywhere); }
TEST(RoundTrip, Avro) { round_trip(Format::avro, 300, Random::Nulls::everywhere); }
TEST(RoundTrip, Protobuf) { round_trip(Format::protobuf, 300, Random::Nulls::no); }
TEST(RoundTrip, ProtobufOptional) { round_trip(Format::protobuf, 100, Random::Nulls::top, {{"NULLABLE_REPRESENTATION", "OPTIONAL"}}); }
TEST(RoundTrip, ProtobufWrapper) { round_trip(Format::protobuf, 100, Random::Nulls::top, {{"NULLABLE_REPRESENTATION", "WRAPPER"}}); }
TEST(RoundTrip, ProtobufNoSr) { round_trip(Format::protobuf_nosr, 100, Random::Nulls::no); }

}  // namespace
}  // namespace braid::format
