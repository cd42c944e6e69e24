#include "base/json.h"

#include <algorithm>

#include "base/limits/texts.h"

namespace braid::json {
namespace {

std::string kind_of(const value& v) {
  switch (v.kind()) {
    case boost::json::kind::null: return "null";
    case boost::json::kind::bool_: return "a boolean";
    case boost::json::kind::int64:
    case boost::json::kind::uint64:
    case boost::json::kind::double_: return "a number";
    case boost::json::kind::string: return "a string";
    case boost::json::kind::array: return "an array";
    case boost::json::kind::object: return "an object";
  }
  return "something else";
}

std::unexpected<Error> wrong_type(std::string_view field, std::string_view wanted, const value& got) {
  return fail(ErrorCode::invalid_input, "field '" + std::string(field) + "' must be " + std::string(wanted) + ", got " + kind_of(got));
}

const value* present(const object& o, std::string_view field) {
  const auto* v = o.if_contains(field);
  return v == nullptr || v->is_null() ? nullptr : v;
}

void pretty_into(std::string& out, const value& v, int depth) {
  const std::string pad(std::size_t(depth + 1) * 2, ' ');
  const std::string close(std::size_t(depth) * 2, ' ');
  if (const auto* o = v.if_object(); o != nullptr && !o->empty()) {
    out += "{\n";
    bool first = true;
    for (const auto& [name, field] : *o) {
      if (!first) out += ",\n";
      first = false;
      out += pad + boost::json::serialize(name) + ": ";
      pretty_into(out, field, depth + 1);
    }
    out += "\n" + close + "}";
  } else if (const auto* a = v.if_array(); a != nullptr && !a->empty()) {
    out += "[\n";
    bool first = true;
    for (const auto& item : *a) {
      if (!first) out += ",\n";
      first = false;
      out += pad;
      pretty_into(out, item, depth + 1);
    }
    out += "\n" + close + "]";
  } else {
    out += boost::json::serialize(v);
  }
}

}  // namespace

Result<value> parse(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = std::size_t(limits::json_nesting_max);
  boost::json::stream_parser parser({}, options);
  boost::system::error_code ec;
  const std::size_t read = parser.write_some(text.data(), text.size(), ec);
  if (!ec && read < text.size()) {
    const auto rest = text.substr(read);
    if (rest.find_first_not_of(" \t\r\n") != std::string_view::npos) ec = boost::json::error::extra_data;
  }
  if (!ec) parser.finish(ec);
  if (ec) {
    const std::size_t at = std::min(read, text.size());
    const auto line = 1 + std::count(text.begin(), text.begin() + std::ptrdiff_t(at), '\n');
    const auto newline = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
    const auto column = at - (newline == std::string_view::npos ? 0 : newline + 1) + 1;
    return fail(ErrorCode::invalid_input,
                "not valid JSON at line " + std::to_string(line) + ", column " + std::to_string(column) + ": " + ec.message(), {},
                SourceSpan{at, at + 1});
  }
  return parser.release();
}

Result<object> parse_object(std::string_view text) {
  TRY(auto v, parse(text));
  if (!v.is_object()) return fail(ErrorCode::invalid_input, "the body must be a JSON object, got " + kind_of(v));
  return std::move(v.as_object());
}

std::string print(const value& v) { return boost::json::serialize(v); }

std::string pretty(const value& v) {
  std::string out;
  pretty_into(out, v, 0);
  return out;
}

Result<std::optional<std::string>> optional_string(const object& o, std::string_view field) {
  const auto* v = present(o, field);
  if (v == nullptr) return std::nullopt;
  if (!v->is_string()) return wrong_type(field, "a string", *v);
  return std::string(v->as_string());
}

Result<std::optional<std::int64_t>> optional_int(const object& o, std::string_view field) {
  const auto* v = present(o, field);
  if (v == nullptr) return std::nullopt;
  if (!v->is_int64()) return wrong_type(field, "a whole number", *v);
  return v->as_int64();
}

Result<std::optional<bool>> optional_bool(const object& o, std::string_view field) {
  const auto* v = present(o, field);
  if (v == nullptr) return std::nullopt;
  if (!v->is_bool()) return wrong_type(field, "true or false", *v);
  return v->as_bool();
}

Result<std::string> required_string(const object& o, std::string_view field) {
  TRY(auto v, optional_string(o, field));
  if (!v) return fail(ErrorCode::invalid_input, "field '" + std::string(field) + "' is missing");
  return *std::move(v);
}

Result<std::vector<std::string>> string_list(const object& o, std::string_view field) {
  std::vector<std::string> out;
  const auto* v = present(o, field);
  if (v == nullptr) return out;
  if (!v->is_array()) return wrong_type(field, "an array of strings", *v);
  for (const auto& item : v->as_array()) {
    if (!item.is_string()) return wrong_type(field, "an array of strings", *v);
    out.emplace_back(item.as_string());
  }
  return out;
}

}  // namespace braid::json
