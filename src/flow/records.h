// Between a topic's records and batches: a source decodes, a sink encodes. Windowed keys, header columns, timestamp columns and wrapping are done
// here; formats are format/'s. A record that cannot be decoded is reported to the Runtime and left out. One shard; not thread-safe.
#pragma once
#include <memory>
#include <span>
#include <vector>

#include "flow/batch.h"
#include "flow/operator.h"
#include "format/serde.h"
#include "sql/plan.h"

namespace braid::flow {

struct HeaderRef { BytesView name; std::optional<BytesView> value; };
// A record as a topic gives it; views that live as long as the owners given beside them.
struct InRecord {
  std::optional<BytesView> key, value;
  std::int64_t timestamp = 0;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::span<const HeaderRef> headers{};
};
struct OutRecord {
  std::optional<Bytes> key, value;
  std::int64_t timestamp = 0;
  HeadersPtr headers;
};

bool unwraps(const sql::FormatInfo& info, std::size_t columns, bool is_key);
format::SerdeSpec serde_spec(const sql::FormatInfo& info, std::vector<data::Field> columns, bool is_key);

// What a sink writes with, when the registry knows the schema.
struct WriteSchema {
  SchemaId id{};
  format::SchemaText text;
};

class SourceDecoder {
 public:
  static Result<std::unique_ptr<SourceDecoder>> make(const sql::Step& source, format::Schemas& schemas, Runtime& runtime);
  // `owners` keep the records' bytes alive; every column of the batch shares them.
  Batch decode(std::span<const InRecord> records, std::span<const std::shared_ptr<const void>> owners);
  // Value columns that nobody reads are not decoded: their column is a null pointer in the batch.
  void only(std::vector<bool> needed_values) { needed_ = std::move(needed_values); }
  // The registry ids that these records name; the caller sees to it that `schemas` knows them before it decodes.
  std::vector<SchemaId> schema_ids(std::span<const InRecord> records) const;
  const sql::Step& step() const { return step_; }

 private:
  SourceDecoder(const sql::Step& step, Runtime& runtime) : step_(step), runtime_(runtime) {}
  struct Window { std::int64_t start = 0, end = 0; };
  std::optional<Window> take_window(BytesView& key) const;
  Result<std::int64_t> time_of(const InRecord& record, std::span<data::Column* const> keys, std::span<data::Column* const> values);
  void refuse(const InRecord& record, Problem::Kind kind, std::string reason);   // reported; the caller leaves its row out
  Result<void> decode_one(const InRecord& record, std::span<data::Column* const> keys, std::span<data::Column* const> values, std::optional<Window>& window);
  void header_cells(const InRecord& record, std::vector<data::Column>& columns) const;

  const sql::Step& step_;
  Runtime& runtime_;
  std::unique_ptr<format::Serde> key_, value_;
  std::vector<bool> needed_;
  int time_column_ = -1;
  bool time_in_key_ = false;
  std::shared_ptr<const sql::ResolvedScalar> time_parser_;
};

class SinkEncoder {
 public:
  static Result<std::unique_ptr<SinkEncoder>> make(const sql::Step& sink, format::Schemas& schemas, Runtime& runtime,
                                                   std::optional<WriteSchema> key_schema = {}, std::optional<WriteSchema> value_schema = {});
  void encode(const Batch& batch, std::vector<OutRecord>& out);

 private:
  SinkEncoder(const sql::Step& step, Runtime& runtime) : step_(step), runtime_(runtime) {}
  Result<std::optional<Bytes>> key_bytes(const Batch& batch, std::size_t row, std::span<const data::Column* const> columns);
  Result<std::optional<std::int64_t>> time_of(const Batch& batch, std::size_t row);

  const sql::Step& step_;
  Runtime& runtime_;
  std::unique_ptr<format::Serde> key_, value_;
  int time_column_ = -1;
  bool time_in_key_ = false;
  std::shared_ptr<const sql::ResolvedScalar> time_parser_;
  Bytes scratch_;
  std::size_t value_bytes_ = 0;   // of the value written last
};

// The rows' times from a TIMESTAMP column: BIGINT or TIMESTAMP as they are, text by its format.
Result<std::int64_t> extract_time(const data::Value& value, const sql::ResolvedScalar* parser);

}  // namespace braid::flow
