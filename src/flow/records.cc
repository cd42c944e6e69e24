#include "flow/records.h"

namespace braid::flow {

using data::Column;
using data::Kind;
using data::Value;

bool unwraps(const sql::FormatInfo& info, std::size_t columns, bool is_key) {
  if (columns != 1) return false;
  if (info.unwrap || !format::supports_wrapping(info.format)) return true;
  return is_key && !info.wrap && format::supports_unwrapping(info.format);
}

format::SerdeSpec serde_spec(const sql::FormatInfo& info, std::vector<data::Field> columns, bool is_key) {
  format::SerdeSpec spec;
  spec.format = info.format;
  spec.is_key = is_key;
  spec.unwrap_single = unwraps(info, columns.size(), is_key);
  spec.columns = std::move(columns);
  spec.properties = info.properties;
  return spec;
}

Result<std::int64_t> extract_time(const Value& value, const sql::ResolvedScalar* parser) {
  if (value.null()) return fail(ErrorCode::invalid_input, "the timestamp column is null");
  if (value.holds<std::int64_t>()) return value.bigint();
  if (value.holds<data::Timestamp>()) return value.timestamp().ms;
  if (!value.holds<std::string>() || !parser) return fail(ErrorCode::invalid_input, "the timestamp column has a type that is no time");
  const Value arguments[2] = {value, Value()};
  TRY(const Value parsed, parser->eval(arguments, {}, {}));
  if (parsed.holds<std::int64_t>()) return parsed.bigint();
  if (parsed.holds<data::Timestamp>()) return parsed.timestamp().ms;
  return fail(ErrorCode::invalid_input, "'" + value.string() + "' is no timestamp of this format");
}

namespace {

int index_of(const std::vector<data::Field>& fields, const std::string& name) {
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (fields[i].name == name) return int(i);
  return -1;
}

// STRINGTOTIMESTAMP with the format bound as its second argument.
Result<std::shared_ptr<const sql::ResolvedScalar>> parser_of(const std::string& pattern) {
  const sql::ArgumentType types[2] = {{Kind::string, nullptr, {}}, {Kind::string, nullptr, Value(pattern)}};
  TRY(auto resolved, sql::resolve_scalar("STRINGTOTIMESTAMP", types));
  auto eval = resolved.eval;
  resolved.eval = [eval, pattern](std::span<const Value> arguments, std::span<const sql::LambdaFunction> lambdas, const sql::CallContext& context) {
    const Value both[2] = {arguments[0], Value(pattern)};
    return eval(both, lambdas, context);
  };
  return std::make_shared<const sql::ResolvedScalar>(std::move(resolved));
}

struct TimePlace { int index = -1; bool in_key = false; std::shared_ptr<const sql::ResolvedScalar> parser; };
Result<TimePlace> time_place(const std::optional<sql::TimestampColumn>& column, const sql::Schema& schema) {
  TimePlace out;
  if (!column) return out;
  out.index = index_of(schema.value, column->column);
  if (out.index < 0) {
    out.index = index_of(schema.key, column->column);
    out.in_key = true;
  }
  if (out.index < 0) return fail(ErrorCode::invalid_input, "the timestamp column " + column->column + " is not among the columns");
  if (column->format) { TRY(out.parser, parser_of(*column->format)); }
  return out;
}

std::vector<Column*> pointers(std::vector<Column>& columns, const std::vector<bool>& needed) {
  std::vector<Column*> out;
  for (std::size_t i = 0; i < columns.size(); ++i) out.push_back(needed.empty() || needed[i] ? &columns[i] : nullptr);
  return out;
}

}  // namespace

Result<std::unique_ptr<SourceDecoder>> SourceDecoder::make(const sql::Step& source, format::Schemas& schemas, Runtime& runtime) {
  std::unique_ptr<SourceDecoder> out(new SourceDecoder(source, runtime));
  if (!source.schema.key.empty()) { TRY(out->key_, format::make_serde(serde_spec(source.key_format, source.schema.key, true), schemas)); }
  TRY(out->value_, format::make_serde(serde_spec(source.value_format, source.schema.value, false), schemas));
  TRY(auto place, time_place(source.timestamp, source.schema));
  out->time_column_ = place.index;
  out->time_in_key_ = place.in_key;
  out->time_parser_ = std::move(place.parser);
  return out;
}

std::optional<SourceDecoder::Window> SourceDecoder::take_window(BytesView& key) const {
  if (step_.window_info->kind == sql::WindowKind::session) {
    if (key.size() < 16) return std::nullopt;
    const Window w{load_be<std::int64_t>(key.data() + key.size() - 8), load_be<std::int64_t>(key.data() + key.size() - 16)};
    key.remove_suffix(16);
    return w;
  }
  if (key.size() < 8) return std::nullopt;
  const auto start = load_be<std::int64_t>(key.data() + key.size() - 8);
  key.remove_suffix(8);
  return Window{start, start + step_.window_info->size_ms.value_or(0)};
}

Result<void> SourceDecoder::decode_one(const InRecord& record, std::span<Column* const> keys, std::span<Column* const> values, std::optional<Window>& window) {
  BytesView key_bytes = record.key.value_or(BytesView());
  if (record.key && step_.window_info) {
    window = take_window(key_bytes);
    if (!window) return fail(ErrorCode::invalid_input, "the key is too short for a window");
  }
  if (record.key && key_) { TRY_VOID(key_->decode(key_bytes, keys)); }
  if (record.value) { TRY_VOID(value_->decode(*record.value, values)); }
  return {};
}

Result<std::int64_t> SourceDecoder::time_of(const InRecord& record, std::span<Column* const> keys, std::span<Column* const> values) {
  if (time_column_ < 0 || (!record.value && !time_in_key_)) return record.timestamp;
  const Column* column = time_in_key_ ? keys[std::size_t(time_column_)] : values[std::size_t(time_column_)];
  return extract_time(column->get(column->size() - 1), time_parser_.get());
}

void SourceDecoder::header_cells(const InRecord& record, std::vector<Column>& columns) const {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto& wanted = step_.schema.headers[i].key;
    if (wanted) {
      const HeaderRef* last = nullptr;
      for (const auto& h : record.headers)
        if (h.name == *wanted) last = &h;
      if (last && last->value) columns[i].append_text(*last->value);
      else columns[i].append_null();
      continue;
    }
    data::Values all;
    for (const auto& h : record.headers)
      all.push_back(Value::structure({Value(h.name), h.value ? Value(data::Blob{std::string(*h.value)}) : Value()}));
    columns[i].append(Value::array(std::move(all)));
  }
}

void SourceDecoder::refuse(const InRecord& record, Problem::Kind kind, std::string reason) {
  runtime_.problem({kind, step_.id, std::move(reason), {}, step_.topic, record.partition, record.offset, record.timestamp});
}

Batch SourceDecoder::decode(std::span<const InRecord> records, std::span<const std::shared_ptr<const void>> owners) {
  std::vector<Column> keys, values, headers;
  for (const auto& f : step_.schema.key) keys.emplace_back(f.type);
  for (const auto& f : step_.schema.value) values.emplace_back(f.type);
  static const data::Type all_headers = data::Type::array(data::Type::structure({{"KEY", Kind::string}, {"VALUE", Kind::bytes}}));
  for (const auto& h : step_.schema.headers) headers.emplace_back(h.key ? data::Type(Kind::bytes) : all_headers);
  for (auto* columns : {&keys, &values})
    for (auto& c : *columns) c.reserve(records.size());
  const auto key_at = pointers(keys, {}), value_at = pointers(values, needed_);

  Batch out;
  std::vector<std::uint32_t> bad;
  out.key_present.reserve(records.size());
  out.now.present.reserve(records.size());
  out.time.reserve(records.size());
  out.partition.reserve(records.size());
  out.lane.reserve(records.size());
  out.offset.reserve(records.size());
  std::uint32_t row = 0;
  for (const auto& r : records) {
    ++runtime_.counters.records_in;
    std::optional<Window> window;
    const auto decoded = decode_one(r, key_at, value_at, window);
    if (!decoded || !r.key) format::append_missing(key_at, row + 1);
    if (!decoded || !r.value) format::append_missing(value_at, row + 1);
    header_cells(r, headers);
    bool good = false;
    std::int64_t time = r.timestamp;
    if (!decoded) {
      refuse(r, Problem::Kind::undecodable, decoded.error().message);
    } else if (const auto extracted = time_of(r, key_at, value_at); !extracted) {
      refuse(r, Problem::Kind::timestamp, extracted.error().message);
    } else if (*extracted < 0) {
      refuse(r, Problem::Kind::timestamp, "the timestamp is negative: " + std::to_string(*extracted));
    } else {
      time = *extracted;
      good = true;
    }
    bool has_key = r.key.has_value() && !keys.empty();
    if (has_key && keys.size() == 1 && keys[0].null(row)) has_key = false;
    if (good && !has_key && step_.result == sql::SourceKind::table) {
      refuse(r, Problem::Kind::null_key, "a row of a table needs a key");
      good = false;
    }
    if (!good) bad.push_back(row);
    out.key_present.push_back(has_key);
    out.now.present.push_back(r.value.has_value());
    out.time.push_back(time);
    out.partition.push_back(r.partition);
    out.lane.push_back(r.partition);
    out.offset.push_back(r.offset);
    if (step_.window_info) {
      out.window_start.push_back(window ? window->start : 0);
      out.window_end.push_back(window ? window->end : 0);
    }
    if (!r.headers.empty()) {
      Headers copy;
      for (const auto& h : r.headers) copy.push_back({Bytes(h.name), h.value ? std::optional<Bytes>(*h.value) : std::nullopt});
      out.headers.resize(records.size());
      out.headers[row] = std::make_shared<const Headers>(std::move(copy));
    }
    ++row;
  }
  out.rows = row;
  const auto keep = [&](Column& c) {
    if (c.type().is(Kind::string) || c.type().is(Kind::bytes))
      for (const auto& o : owners) c.share(o);
    return std::make_shared<const Column>(std::move(c));
  };
  for (auto& c : keys) out.key.push_back(keep(c));
  for (std::size_t i = 0; i < values.size(); ++i) out.now.columns.push_back(value_at[i] ? keep(values[i]) : nullptr);
  for (auto& c : headers) out.header_columns.push_back(keep(c));
  if (bad.empty()) return out;
  std::vector<std::uint32_t> good;
  for (std::uint32_t i = 0, b = 0; i < row; ++i) {
    if (b < bad.size() && bad[b] == i) ++b;
    else good.push_back(i);
  }
  return select(out, good);
}

std::vector<SchemaId> SourceDecoder::schema_ids(std::span<const InRecord> records) const {
  std::vector<SchemaId> out;
  const auto add = [&](const format::Serde& serde, BytesView bytes) {
    const auto id = serde.schema_id_of(bytes);
    if (id && std::find(out.rbegin(), out.rend(), *id) == out.rend()) out.push_back(*id);
  };
  for (const auto& r : records) {
    if (r.key && key_) add(*key_, *r.key);
    if (r.value) add(*value_, *r.value);
  }
  return out;
}

// --- sink ---

Result<std::unique_ptr<SinkEncoder>> SinkEncoder::make(const sql::Step& sink, format::Schemas& schemas, Runtime& runtime,
                                                       std::optional<WriteSchema> key_schema, std::optional<WriteSchema> value_schema) {
  std::unique_ptr<SinkEncoder> out(new SinkEncoder(sink, runtime));
  const auto spec = [&](const sql::FormatInfo& info, const std::vector<data::Field>& columns, bool is_key, std::optional<WriteSchema>& schema) {
    auto s = serde_spec(info, columns, is_key);
    if (schema) {
      s.write_schema_id = schema->id;
      s.write_schema = std::move(schema->text);
    }
    return s;
  };
  if (!sink.schema.key.empty()) { TRY(out->key_, format::make_serde(spec(sink.key_format, sink.schema.key, true, key_schema), schemas)); }
  TRY(out->value_, format::make_serde(spec(sink.value_format, sink.schema.value, false, value_schema), schemas));
  TRY(auto place, time_place(sink.timestamp, sink.schema));
  out->time_column_ = place.index;
  out->time_in_key_ = place.in_key;
  out->time_parser_ = std::move(place.parser);
  return out;
}

Result<std::optional<Bytes>> SinkEncoder::key_bytes(const Batch& batch, std::size_t row, std::span<const Column* const> columns) {
  if (!key_ || !batch.has_key(row)) return std::optional<Bytes>();
  scratch_.clear();
  TRY(const bool some, key_->encode(columns, row, scratch_));
  if (!some) return std::optional<Bytes>();
  if (step_.windowed && batch.windowed()) {
    Writer w(scratch_);
    if (step_.window_info && step_.window_info->kind == sql::WindowKind::session) w.be(batch.window_end[row]);
    w.be(batch.window_start[row]);
  }
  return std::optional<Bytes>(scratch_);
}

// Empty: the row has no usable time and is left out.
Result<std::optional<std::int64_t>> SinkEncoder::time_of(const Batch& batch, std::size_t row) {
  if (time_column_ < 0 || !is_set(batch.now.present, row)) return std::optional(batch.time[row]);
  const auto& columns = time_in_key_ ? batch.key : batch.now.columns;
  TRY(const std::int64_t time, extract_time(columns[std::size_t(time_column_)]->get(row), time_parser_.get()));
  if (time < 0) return fail(ErrorCode::invalid_input, "the timestamp is negative: " + std::to_string(time));
  return std::optional(time);
}

void SinkEncoder::encode(const Batch& batch, std::vector<OutRecord>& out) {
  std::vector<const Column*> keys, values;
  for (const auto& c : batch.key) keys.push_back(c.get());
  for (const auto& c : batch.now.columns) values.push_back(c.get());
  out.reserve(out.size() + batch.rows);
  for (std::size_t row = 0; row < batch.rows; ++row) {
    const auto refuse = [&](Problem::Kind kind, const Error& error) {
      Problem p{kind, step_.id, error.message, {}, step_.topic};
      p.time = batch.time[row];
      runtime_.problem(std::move(p));
    };
    const auto time = time_of(batch, row);
    if (!time) {
      refuse(Problem::Kind::timestamp, time.error());
      continue;
    }
    auto key = key_bytes(batch, row, keys);
    if (!key) {
      refuse(Problem::Kind::expression, key.error());
      continue;
    }
    OutRecord record{*std::move(key), std::nullopt, **time, batch.headers_of(row)};
    if (is_set(batch.now.present, row)) {
      Bytes bytes;
      bytes.reserve(std::min<std::size_t>(value_bytes_, 4096));   // records of a topic are of much the same size: mostly one allocation each
      auto some = value_->encode(values, row, bytes);
      if (!some) {
        refuse(Problem::Kind::expression, some.error());
        continue;
      }
      value_bytes_ = bytes.size();
      if (*some) record.value = std::move(bytes);
    }
    ++runtime_.counters.records_out;
    out.push_back(std::move(record));
  }
}

}  // namespace braid::flow
