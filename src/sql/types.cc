// Names of types -> types, and texts of schemas.
#include <algorithm>
#include <charconv>

#include "sql/parser.h"
#include "sql/planner.h"

namespace braid::sql {

using data::Kind;

Result<Type> resolve_type(const TypeName& name, const Metastore& metastore) {
  const auto bad = [&](std::string message, std::string hint = {}) { return fail(ErrorCode::invalid_input, std::move(message), std::move(hint), name.place.span); };
  if (name.name == "ARRAY" && name.parts.size() == 1) {
    TRY(auto element, resolve_type(name.parts[0], metastore));
    return Type::array(std::move(element));
  }
  if (name.name == "MAP" && name.parts.size() == 2) {
    TRY(auto key, resolve_type(name.parts[0], metastore));
    TRY(auto value, resolve_type(name.parts[1], metastore));
    return Type::map(std::move(key), std::move(value));
  }
  if (name.name == "STRUCT" && (!name.parts.empty() || name.parameters.empty())) {
    std::vector<Field> fields;
    for (std::size_t i = 0; i < name.parts.size(); ++i) {
      for (const auto& f : fields)
        if (f.name == name.fields[i]) return bad("Duplicate field names found in STRUCT: '" + print(name) + "'");
      TRY(auto type, resolve_type(name.parts[i], metastore));
      fields.push_back({name.fields[i], std::move(type)});
    }
    return Type::structure(std::move(fields));
  }
  if (name.name == "DECIMAL" && name.parameters.size() == 2) {
    int numbers[2] = {0, 0};
    for (int i = 0; i < 2; ++i) {
      const auto& text = name.parameters[std::size_t(i)];
      if (std::from_chars(text.data(), text.data() + text.size(), numbers[i]).ec != std::errc{} || numbers[i] > 1000) return bad("DECIMAL(" + name.parameters[0] + ", " + name.parameters[1] + ") is out of range");
    }
    const auto text = "DECIMAL(" + std::to_string(numbers[0]) + "," + std::to_string(numbers[1]) + ")";
    if (numbers[0] < 1) return bad("DECIMAL precision must be >= 1: " + text);
    if (numbers[0] < numbers[1]) return bad("DECIMAL precision must be >= scale: " + text);
    return Type::decimal(numbers[0], numbers[1]);
  }
  struct Known { std::string_view name; Kind kind; };
  static constexpr Known known[] = {{"BOOLEAN", Kind::boolean}, {"INT", Kind::integer}, {"INTEGER", Kind::integer}, {"BIGINT", Kind::bigint}, {"DOUBLE", Kind::double_},
                                    {"STRING", Kind::string}, {"VARCHAR", Kind::string}, {"BYTES", Kind::bytes}, {"DATE", Kind::date}, {"TIME", Kind::time}, {"TIMESTAMP", Kind::timestamp}};
  for (const auto& k : known)
    if (k.name == name.name) return Type(k.kind);
  if (const auto it = metastore.types().find(name.name); it != metastore.types().end()) return it->second;
  std::vector<std::string> names;
  for (const auto& k : known) names.emplace_back(k.name);
  for (const auto& [custom, type] : metastore.types()) names.push_back(custom);
  const auto near = closest(name.name, names);
  return bad("Cannot resolve unknown type: " + name.name, near.empty() ? "CREATE TYPE gives a type a name" : "did you mean " + near + "?");
}

std::string Schema::text() const { return schema_text(*this, SourceKind::stream); }

std::string schema_text(const Schema& schema, SourceKind kind) {
  std::string out;
  const auto add = [&](const std::string& name, const std::string& rest) { out += (out.empty() ? "`" : ", `") + name + "` " + rest; };
  for (const auto& c : schema.key) add(c.name, c.type.text() + (kind == SourceKind::table ? " PRIMARY KEY" : " KEY"));
  for (const auto& c : schema.value) add(c.name, c.type.text());
  for (const auto& h : schema.headers)
    add(h.name, h.key ? "BYTES HEADER('" + *h.key + "')" : "ARRAY<STRUCT<`KEY` STRING, `VALUE` BYTES>> HEADERS");
  return out;
}

}  // namespace braid::sql
