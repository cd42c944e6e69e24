// INSERT INTO ... VALUES: which columns are meant, and their values in the columns' types.
#include <algorithm>

#include "sql/binder.h"
#include "sql/parser.h"
#include "sql/planner.h"
#include "sql/query_names.h"

namespace braid::sql {
namespace {

using data::Kind;

Result<Value> constant(const BoundExpression& e) {
  switch (e.op) {
    case Op::literal: return e.literal;
    case Op::cast: {
      TRY(auto inner, constant(*e.args[0]));
      return cast_value(inner, e.args[0]->type, e.type);
    }
    case Op::negate: {
      TRY(auto inner, constant(*e.args[0]));
      if (inner.null()) return inner;
      if (inner.holds<std::int32_t>()) return Value(std::int32_t(-std::int64_t(std::get<std::int32_t>(inner.rep()))));
      if (inner.holds<std::int64_t>()) return Value(std::int64_t(0 - std::uint64_t(std::get<std::int64_t>(inner.rep()))));
      if (inner.holds<double>()) return Value(-std::get<double>(inner.rep()));
      const auto& d = std::get<data::Decimal>(inner.rep());
      return Value(data::Decimal(-d.unscaled(), d.scale()));
    }
    case Op::array: case Op::structure: {
      data::Values items;
      for (const auto& arg : e.args) {
        TRY(auto item, constant(*arg));
        items.push_back(std::move(item));
      }
      return e.op == Op::array ? Value::array(std::move(items)) : Value::structure(std::move(items));
    }
    case Op::map: {
      data::Entries entries;
      for (std::size_t i = 0; i + 1 < e.args.size(); i += 2) {
        TRY(auto key, constant(*e.args[i]));
        TRY(auto value, constant(*e.args[i + 1]));
        entries.emplace_back(std::move(key), std::move(value));
      }
      return Value::map(std::move(entries));
    }
    case Op::call: {
      if (!e.lambdas.empty()) break;
      data::Values args;
      for (const auto& arg : e.args) {
        TRY(auto value, constant(*arg));
        if (value.null() && e.function->null_in_null_out) return Value();
        args.push_back(std::move(value));
      }
      return e.function->eval(args, {}, CallContext{});
    }
    default: break;
  }
  return fail(ErrorCode::unsupported, "INSERT VALUES takes constants, got: " + e.text, "literals, CAST and functions of them");
}

std::unexpected<Error> at_place(Error e, const Place& place) {
  if (!e.where) e.where = place.span;
  return std::unexpected(std::move(e));
}

}  // namespace

Result<Value> coerce_literal(const Value& value, const Type& from, const Type& to) {
  if (value.null() || from == to) return value;
  if (to.is(Kind::struct_) && from.is(Kind::struct_) && value.holds<data::Struct>()) {
    // By the names of the fields; those that are not given are null.
    const auto& fields = *std::get<data::Struct>(value.rep()).fields;
    data::Values out;
    for (const auto& f : to.fields()) {
      const int i = from.field_index(f.name);
      if (i < 0) { out.emplace_back(); continue; }
      TRY(auto field, coerce_literal(fields[std::size_t(i)], from.fields()[std::size_t(i)].type, f.type));
      out.push_back(std::move(field));
    }
    return Value::structure(std::move(out));
  }
  if (!coercible(from, to, true)) return fail(ErrorCode::invalid_input, "Expected type " + to.text() + " for field but got " + from.text());
  auto cast = cast_value(value, from, to);
  if (!cast || cast->null()) return fail(ErrorCode::invalid_input, "Expected type " + to.text() + " for field but got " + from.text() + "(" + value.debug_text() + ")");
  return cast;
}

Result<InsertRow> plan_insert(const InsertValues& insert, const PlanContext& context) {
  InsertRow row;
  const auto* source = context.metastore.find(insert.name);
  if (!source) {
    return fail(ErrorCode::not_found, "Cannot insert values into an unknown stream/table: `" + insert.name + "`" + context.metastore.alternatives(insert.name),
                "SHOW STREAMS and SHOW TABLES list what there is; CREATE STREAM name WITH (kafka_topic='...', value_format='AVRO') makes one of a topic", insert.name_place.span);
  }
  const auto refuse = [&](std::string message, std::string hint = {}) { return fail(ErrorCode::invalid_input, std::move(message), std::move(hint), insert.name_place.span); };
  const std::string kind = source->kind == SourceKind::table ? "table" : "stream";
  if (source->is_source) return refuse("Cannot insert values into read-only " + kind + ": " + insert.name, "it was made by CREATE SOURCE");
  if (source->window) return refuse("Cannot insert values into windowed stream/table!");
  if (!source->schema.headers.empty()) return refuse("Cannot insert into " + insert.name + " because it has header columns");
  row.source = source;
  const auto& schema = source->schema;
  row.key.resize(schema.key.size());
  row.value.resize(schema.value.size());
  std::vector<std::string> columns = insert.columns;
  if (columns.empty()) {
    for (const auto& c : schema.key) columns.push_back(c.name);
    for (const auto& c : schema.value) columns.push_back(c.name);
    if (insert.values.size() != columns.size())
      return refuse("Failed to insert values into '" + insert.name + "'. Expected a value for each column. Expected Columns: " + [&] {
        std::string list;
        for (const auto& c : columns) list += (list.empty() ? "" : ", ") + ("`" + c + "`");
        return "[" + list + "]";
      }() + ". Got " + [&] {
        std::string list;
        for (const auto& v : insert.values) list += (list.empty() ? "" : ", ") + print(*v);
        return "[" + list + "]";
      }(), "name the columns that you give: INSERT INTO " + print_identifier(insert.name) + " (...) VALUES (...)");
  } else if (columns.size() != insert.values.size()) {
    return refuse("Expected number columns and values to match: " + std::to_string(columns.size()) + " columns, " + std::to_string(insert.values.size()) + " values");
  }
  const Scope none;
  Binder binder(none, context.metastore);
  bool any_key = false, any_value = false;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto& name = columns[i];
    const auto& place = insert.values[i]->place;
    const auto named = [&](const auto& f) { return f.name == name; };
    const auto key = std::ranges::find_if(schema.key, named);
    const auto value = std::ranges::find_if(schema.value, named);
    const bool rowtime = name == "ROWTIME";
    if (name == "ROWPARTITION" || name == "ROWOFFSET")
      return refuse("Inserting into column `" + name + "` is not allowed.", "it is given by the log");
    if (key == schema.key.end() && value == schema.value.end() && !rowtime) {
      std::vector<std::string> names;
      for (const auto* part : {&schema.key, &schema.value})
        for (const auto& f : *part) names.push_back(f.name);
      const auto near = closest(name, names);
      return refuse("Column name `" + name + "` does not exist.", near.empty() ? "DESCRIBE " + print_identifier(insert.name) + " shows the columns" : "did you mean " + print_identifier(near) + "?");
    }
    const Type type = rowtime ? Type(Kind::bigint) : key != schema.key.end() ? key->type : value->type;
    auto bound = binder.bind(insert.values[i].of);
    if (!bound) return at_place(bound.error(), place);
    auto constant_value = constant(*bound->expression);
    if (!constant_value) return at_place(constant_value.error(), place);
    auto coerced = bound->untyped ? Result<Value>(Value()) : coerce_literal(*constant_value, bound->expression->type, type);
    if (!coerced) {
      auto failed = coerced.error();
      failed.message = "Failed to insert values into '" + insert.name + "'. Expected type " + type.text() + " for field `" + name + "` but got " + bound->expression->type.text() + "(" + print(*insert.values[i]) + ")";
      return at_place(std::move(failed), place);
    }
    if (rowtime) { if (!coerced->null()) row.rowtime = coerced->to_int64(); continue; }
    if (key != schema.key.end()) { any_key = any_key || !coerced->null(); row.key[std::size_t(key - schema.key.begin())] = *std::move(coerced); }
    else { any_value = true; row.value[std::size_t(value - schema.value.begin())] = *std::move(coerced); }
  }
  if (source->kind == SourceKind::table && std::ranges::any_of(row.key, [](const auto& v) { return v.null(); })) {
    std::string list;
    for (const auto& c : schema.key) list += (list.empty() ? "" : ", ") + c.name;
    return refuse("Failed to insert values into '" + insert.name + "'. Value for primary key column(s) " + list + " is required for tables", "name the key column and give it a value");
  }
  row.null_value = !any_value && !schema.value.empty();
  (void)any_key;
  return row;
}

}  // namespace braid::sql
