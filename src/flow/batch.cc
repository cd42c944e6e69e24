#include "flow/batch.h"

namespace braid::flow {

using data::Column;
using data::Kind;

Columns select(const Columns& columns, std::span<const std::uint32_t> rows) {
  Columns out;
  out.reserve(columns.size());
  for (const auto& c : columns) out.push_back(c ? std::make_shared<Column>(c->select(rows)) : nullptr);
  return out;
}

Flags select(const Flags& flags, std::span<const std::uint32_t> rows) {
  Flags out;
  if (flags.empty()) return out;
  out.reserve(rows.size());
  for (const auto r : rows) out.push_back(flags[r]);
  return out;
}

namespace {
template <class T> void pick(std::vector<T>& out, const std::vector<T>& in, std::span<const std::uint32_t> rows) {
  out.clear();
  if (in.empty()) return;
  out.reserve(rows.size());
  for (const auto r : rows) out.push_back(in[r]);
}
}  // namespace

void select_meta(Batch& out, const Batch& from, std::span<const std::uint32_t> rows) {
  out.rows = rows.size();
  pick(out.time, from.time, rows);
  pick(out.window_start, from.window_start, rows);
  pick(out.window_end, from.window_end, rows);
  pick(out.partition, from.partition, rows);
  pick(out.offset, from.offset, rows);
  pick(out.lane, from.lane, rows);
  pick(out.headers, from.headers, rows);
}

Batch select(const Batch& batch, std::span<const std::uint32_t> rows) {
  Batch out;
  select_meta(out, batch, rows);
  out.key = select(batch.key, rows);
  out.key_present = select(batch.key_present, rows);
  out.now.columns = select(batch.now.columns, rows);
  out.now.present = select(batch.now.present, rows);
  if (batch.before) out.before = Side{select(batch.before->columns, rows), select(batch.before->present, rows)};
  out.header_columns = select(batch.header_columns, rows);
  return out;
}

void append_cell(Column& out, const Column& in, std::size_t row) {
  if (in.null(row)) return out.append_null();
  switch (in.type().kind()) {
    case Kind::boolean: return out.append_bool(in.bools()[row] != 0);
    case Kind::integer: case Kind::date: case Kind::time: return out.append_int(in.ints()[row]);
    case Kind::bigint: case Kind::timestamp: return out.append_long(in.longs()[row]);
    case Kind::double_: return out.append_double(in.doubles()[row]);
    case Kind::string: case Kind::bytes: return out.append_text(in.texts()[row]);
    default: return out.append(in.values()[row]);
  }
}

ColumnsBuilder::ColumnsBuilder(const std::vector<data::Field>& fields) {
  columns_.reserve(fields.size());
  for (const auto& f : fields) columns_.emplace_back(f.type);
}

void ColumnsBuilder::append(std::span<const data::Value> row) {
  BRAID_ASSERT(row.size() == columns_.size());
  for (std::size_t i = 0; i < columns_.size(); ++i) columns_[i].append(row[i]);
}

void ColumnsBuilder::append_nulls() {
  for (auto& c : columns_) c.append_null();
}

Columns ColumnsBuilder::finish() {
  Columns out;
  out.reserve(columns_.size());
  for (auto& c : columns_) out.push_back(std::make_shared<Column>(std::move(c)));
  columns_.clear();
  return out;
}

void read_row(const Columns& columns, std::size_t row, data::Values& out) {
  out.clear();
  out.reserve(columns.size());
  for (const auto& c : columns) out.push_back(c->get(row));
}

}  // namespace braid::flow
