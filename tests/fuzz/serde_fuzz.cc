// link: braid_format
// The first byte chooses a format, the rest are a record's bytes (for PROTOBUF and AVRO with a schema derived from the columns). Whatever comes: an error,
// or values that can be written and read again to the same values. JSON is read in two ways, which agree in values and in errors.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "format/serde/serdes.h"

namespace {

using namespace braid;
using namespace braid::format;
using data::Column;
using data::Field;
using data::Kind;
using data::Type;

struct One : Schemas {
  SchemaText text;
  const SchemaText* by_id(SchemaId) override { return &text; }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr Format formats[] = {Format::json, Format::json_sr, Format::avro, Format::protobuf, Format::protobuf_nosr, Format::delimited, Format::kafka};
  const Format format = formats[data[0] % std::size(formats)];
  std::vector<Field> columns;
  if (format == Format::kafka) columns = {{"A", Kind::double_}};
  else if (format == Format::delimited) columns = {{"A", Kind::integer}, {"B", Kind::string}, {"C", Type::decimal(9, 3)}, {"D", Kind::bytes}, {"E", Kind::double_}};
  else columns = {{"A", Kind::integer}, {"B", Kind::string}, {"C", Type::decimal(9, 3)}, {"D", Type::array(Kind::bigint)}, {"E", Type::map(Kind::string, Kind::double_)},
                  {"F", Type::structure({{"G", Kind::timestamp}, {"H", Type::array(Type::structure({{"I", Kind::date}}))}})}, {"J", Kind::boolean}, {"K", Kind::bytes}, {"L", Kind::time}};
  One schemas;
  SerdeSpec spec{.format = format, .columns = columns};
  if (uses_registry(format)) {
    auto text = derive_schema(format, columns, false, false);
    if (!text) std::abort();
    schemas.text = *text;
    spec.write_schema_id = SchemaId{7};
    spec.write_schema = *text;
  }
  auto serde = make_serde(spec, schemas);
  if (!serde) std::abort();
  Bytes payload(reinterpret_cast<const char*>(data + 1), size - 1);
  if (uses_registry(format)) payload.insert(0, std::string_view("\0\0\0\0\7", 5));
  const auto read_by = [&](Serde& by, BytesView bytes, std::vector<Column>& into) {
    std::vector<Column*> at;
    for (const auto& f : columns) into.emplace_back(f.type);
    for (auto& c : into) at.push_back(&c);
    const auto done = by.decode(bytes, at);
    if (!done) append_missing(at, 1);
    for (const auto& c : into)
      if (c.size() != 1) std::abort();
    return done ? std::string() : done.error().message;
  };
  const auto read = [&](BytesView bytes, std::vector<Column>& into) { return read_by(**serde, bytes, into).empty(); };
  if (format == Format::json || format == Format::json_sr) {
    auto careful = make_json(spec, JsonReading::careful);
    if (!careful) std::abort();
    for (int again = 0; again < 2; ++again) {   // names that were seen are read in another way
      std::vector<Column> quick_row, careful_row;
      const auto quick_error = read_by(**serde, payload, quick_row), careful_error = read_by(**careful, payload, careful_row);
      if (quick_error != careful_error) std::abort();
      for (std::size_t i = 0; i < columns.size(); ++i)
        if (quick_error.empty() && !(quick_row[i].get(0) == careful_row[i].get(0))) std::abort();
    }
  }
  std::vector<Column> first, second;
  if (!read(payload, first)) return 0;
  std::vector<const Column*> from;
  for (auto& c : first) from.push_back(&c);
  Bytes again;
  const auto written = (*serde)->encode(from, 0, again);
  if (!written || !*written) return 0;   // a null, or more digits than the column's type takes
  if (!read(again, second)) std::abort();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto before = first[i].get(0), after = second[i].get(0);
    // An empty text of DELIMITED comes back as null, and a null inside Protobuf's repeated fields as its default.
    if (format == Format::delimited || format == Format::protobuf || format == Format::protobuf_nosr) continue;
    if (!(before == after)) std::abort();
  }
  return 0;
}
