// KAFKA and NONE: a record's key or value is one bare primitive in Kafka's own serialisation (big-endian numbers, UTF-8 text), or nothing.
// Specification: org.apache.kafka.common.serialization of Apache Kafka: Integer 4 bytes, Long 8, Double 8 (IEEE 754 bits).
#include <bit>

#include "format/serde/serdes.h"

namespace braid::format {
namespace {

using data::Column;
using data::Kind;

class NoneSerde final : public Serde {
 public:
  Result<void> decode(BytesView, std::span<Column* const>) override { return {}; }
  Result<bool> encode(std::span<const Column* const>, std::size_t, Bytes&) override { return false; }
};

class KafkaSerde final : public Serde {
 public:
  explicit KafkaSerde(data::Field column) : column_(std::move(column)) {}

  Result<void> decode(BytesView payload, std::span<Column* const> columns) override {
    Column* column = columns[0];
    if (column == nullptr) return {};
    const auto sized = [&](std::size_t bytes) -> Result<void> {
      if (payload.size() == bytes) return {};
      return fail(ErrorCode::invalid_input, "column " + column_.name + ": Kafka's " + std::string(data::name_of(column_.type.kind())) + " has " +
                                                std::to_string(bytes) + " bytes, the record has " + std::to_string(payload.size()));
    };
    switch (column_.type.kind()) {
      case Kind::integer:
        TRY_VOID(sized(4));
        column->append_int(load_be<std::int32_t>(payload.data()));
        break;
      case Kind::bigint:
        TRY_VOID(sized(8));
        column->append_long(load_be<std::int64_t>(payload.data()));
        break;
      case Kind::double_:
        TRY_VOID(sized(8));
        column->append_double(std::bit_cast<double>(load_be<std::uint64_t>(payload.data())));
        break;
      default: column->append_view(payload);
    }
    return {};
  }

  Result<bool> encode(std::span<const Column* const> columns, std::size_t row, Bytes& out) override {
    const Column& column = *columns[0];
    if (column.null(row)) return false;
    Writer w(out);
    switch (column_.type.kind()) {
      case Kind::integer: w.be(column.ints()[row]); break;
      case Kind::bigint: w.be(column.longs()[row]); break;
      case Kind::double_: w.be(std::bit_cast<std::uint64_t>(column.doubles()[row])); break;
      default: w.bytes(column.texts()[row]);
    }
    return true;
  }

 private:
  data::Field column_;
};

}  // namespace

Result<std::unique_ptr<Serde>> make_none(const SerdeSpec&) { return std::make_unique<NoneSerde>(); }

Result<std::unique_ptr<Serde>> make_kafka(SerdeSpec spec) {
  if (spec.columns.empty()) return std::make_unique<NoneSerde>();   // a keyless stream whose key format is KAFKA: keys are not looked at
  return std::make_unique<KafkaSerde>(std::move(spec.columns[0]));
}

}  // namespace braid::format
