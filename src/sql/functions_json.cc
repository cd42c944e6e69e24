// Functions over texts that hold JSON. Read by simdjson, so numbers keep their digits; written without white space, as Jackson does.
#include <simdjson.h>

#include <algorithm>

#include "base/base64.h"
#include "data/java_text.h"
#include "sql/function_code.h"

namespace braid::sql {

using data::Kind;

namespace {

namespace od = simdjson::ondemand;

// Without white space between the tokens.
std::string compact(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (!quoted && static_cast<unsigned char>(c) <= ' ') continue;
    out += c;
    if (quoted && c == '\\' && i + 1 < text.size()) out += text[++i];
    else if (c == '"') quoted = !quoted;
  }
  return out;
}

// One parsed text: DOM, because these functions look at whole values. Numbers are given by their digits in the text.
class Document {
 public:
  explicit Document(const std::string& text) : padded_(text) { ok_ = parser_.iterate(padded_).get(doc_) == simdjson::SUCCESS; }
  bool ok() const { return ok_; }
  od::document& operator*() { return doc_; }
  od::document* operator->() { return &doc_; }
  const simdjson::padded_string& text() const { return padded_; }

 private:
  simdjson::padded_string padded_;
  od::parser parser_;
  od::document doc_;
  bool ok_ = false;
};

// Is the whole text one valid value? On-demand parsing does not look at everything, so the DOM parser decides.
bool valid(const std::string& text) {
  simdjson::dom::parser parser;
  simdjson::dom::element element;
  return parser.parse(text).get(element) == simdjson::SUCCESS;
}

struct Step {
  std::string name;
  std::int64_t index = -1;   // of an array, when name_step is false
  bool name_step = true;
};

Result<std::vector<Step>> parse_path(const std::string& path) {
  const auto bad = [&](std::size_t at) {
    return function_error("'" + path.substr(0, 100) + "' is no JSON path: see character " + std::to_string(at + 1) + "; paths look like $.log.items[0]['name']");
  };
  std::vector<Step> out;
  if (!path.starts_with('$')) return bad(0);
  std::size_t i = 1;
  while (i < path.size()) {
    if (path[i] == '.') {
      const std::size_t from = ++i;
      while (i < path.size() && path[i] != '.' && path[i] != '[') ++i;
      if (i == from) return bad(i);
      out.push_back({.name = path.substr(from, i - from)});
    } else if (path[i] == '[') {
      const std::size_t end = path.find(']', i);
      if (end == std::string::npos || end == i + 1) return bad(i);
      const std::string inside = path.substr(i + 1, end - i - 1);
      if ((inside.front() == '\'' || inside.front() == '"') && inside.size() >= 2 && inside.back() == inside.front()) {
        out.push_back({.name = inside.substr(1, inside.size() - 2)});
      } else {
        const auto index = data::parse_java_long(inside);
        if (!index) return bad(i + 1);
        out.push_back({.index = *index, .name_step = false});
      }
      i = end + 1;
    } else {
      return bad(i);
    }
  }
  return out;
}

// A value as these functions give it: a text's characters, null as null, the rest as JSON.
Value as_text(od::value value) {
  od::json_type type{};
  if (value.type().get(type)) return Value();
  if (type == od::json_type::null) return Value();
  std::string_view text;
  if (type == od::json_type::string) return value.get_string().get(text) ? Value() : Value(text);
  return simdjson::to_json_string(value).get(text) ? Value() : Value(compact(text));
}

std::string raw(od::value value) {
  std::string_view text;
  return simdjson::to_json_string(value).get(text) ? std::string() : compact(text);
}

void write_string(std::string_view text, std::string& out) {
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) { out += "\\u00"; out += "0123456789ABCDEF"[c >> 4]; out += "0123456789ABCDEF"[c & 15]; }
        else out += c;
    }
  }
  out += '"';
}

void write_json(const Value& value, const Type& type, std::string& out) {
  if (value.null()) {
    out += "null";
    return;
  }
  switch (type.kind()) {
    case Kind::string: write_string(value.string(), out); return;
    case Kind::bytes: write_string(base64(value.bytes()), out); return;
    case Kind::date: case Kind::time: case Kind::timestamp: write_string(sql_text(value, type), out); return;
    case Kind::double_: {
      const std::string text = data::java_double_text(value.real());
      if (text.back() >= '0' && text.back() <= '9') out += text;
      else write_string(text, out);
      return;
    }
    case Kind::array: {
      out += '[';
      bool first = true;
      for (const auto& item : value.items()) {
        if (!std::exchange(first, false)) out += ',';
        write_json(item, type.element(), out);
      }
      out += ']';
      return;
    }
    case Kind::map: {
      out += '{';
      bool first = true;
      for (const auto& [k, v] : value.entries()) {
        if (!std::exchange(first, false)) out += ',';
        write_string(sql_text(k, type.key()), out);
        out += ':';
        write_json(v, type.element(), out);
      }
      out += '}';
      return;
    }
    case Kind::struct_: {
      out += '{';
      for (std::size_t i = 0; i < type.fields().size(); ++i) {
        if (i > 0) out += ',';
        write_string(type.fields()[i].name, out);
        out += ':';
        write_json(value.fields()[i], type.fields()[i].type, out);
      }
      out += '}';
      return;
    }
    default: out += sql_text(value, type);
  }
}

// The items of an array text, or the members of an object text, as JSON. Empty when it is neither.
struct Parts {
  bool object = false;
  std::vector<std::pair<std::string, std::string>> members;   // array items have no name
};
std::optional<Parts> parts_of(const std::string& text, bool (*want)(od::json_type) = nullptr) {
  if (!valid(text)) return std::nullopt;
  Document doc(text);
  od::json_type type{};
  if (!doc.ok() || doc->type().get(type) || (want != nullptr && !want(type))) return std::nullopt;
  Parts out;
  if (type == od::json_type::array) {
    od::array array;
    if (doc->get_array().get(array)) return std::nullopt;
    for (auto item : array) {
      od::value v;
      if (item.get(v)) return std::nullopt;
      out.members.emplace_back("", raw(v));
    }
    return out;
  }
  if (type == od::json_type::object) {
    out.object = true;
    od::object object;
    if (doc->get_object().get(object)) return std::nullopt;
    for (auto member : object) {
      std::string_view key;
      od::value v;
      if (member.unescaped_key().get(key)) return std::nullopt;
      std::string name(key);
      if (member.value().get(v)) return std::nullopt;
      std::string json = raw(v);
      const auto same = std::find_if(out.members.begin(), out.members.end(), [&](const auto& m) { return m.first == name; });
      if (same != out.members.end()) same->second = std::move(json);
      else out.members.emplace_back(std::move(name), std::move(json));
    }
    return out;
  }
  out.members.emplace_back("", compact(text));   // a scalar: as an array of it
  return out;
}
bool is_array(od::json_type t) { return t == od::json_type::array; }
bool is_object(od::json_type t) { return t == od::json_type::object; }

}  // namespace

Result<Value> eval_extractjsonfield(const Arguments& a) {
  TRY(const auto steps, parse_path(a[1].string()));
  Document doc(a[0].string());
  if (!doc.ok()) return function_error("Invalid JSON: '" + a[0].string().substr(0, 100) + "'");
  bool scalar = true;
  if (doc->is_scalar().get(scalar)) return function_error("Invalid JSON: '" + a[0].string().substr(0, 100) + "'");
  if (scalar) {
    if (!steps.empty()) return Value();
    const auto text = compact(a[0].string());
    if (!text.starts_with('"')) return text == "null" ? Value() : Value(text);
    std::string_view inside;
    return doc->get_string().get(inside) ? Value() : Value(inside);
  }
  od::value at;
  if (doc->get_value().get(at)) return Value();
  for (const auto& step : steps) {
    if (step.name_step) {
      od::object object;
      if (at.get_object().get(object) || object.find_field_unordered(step.name).get(at)) return Value();
    } else {
      od::array array;
      if (step.index < 0 || at.get_array().get(array) || array.at(std::size_t(step.index)).get(at)) return Value();
    }
  }
  return as_text(at);
}

Result<Value> eval_is_json_string(const Arguments& a) { return Value(!a.null(0) && valid(a[0].string())); }

Result<Value> eval_json_array_contains(const Arguments& a) {
  if (a.null(0)) return Value(false);
  const auto parts = parts_of(a[0].string(), is_array);
  if (!parts) return Value(false);
  std::string wanted;
  write_json(a[1], a.types[1], wanted);
  const bool number = !a.null(1) && a.types[1].numeric();
  for (const auto& [name, json] : parts->members) {
    if (json == wanted) return Value(true);
    if (number && !json.empty() && (json[0] == '-' || (json[0] >= '0' && json[0] <= '9'))) {
      const bool whole = json.find_first_of(".eE") == std::string::npos;   // 1 is an integer, 1.0 a double: never equal
      const bool wants_whole = a.types[1].is(Kind::integer) || a.types[1].is(Kind::bigint);
      if (whole == wants_whole && data::parse_java_double(json) == a[1].to_double()) return Value(true);
    }
  }
  return Value(false);
}

Result<Value> eval_json_array_length(const Arguments& a) {
  const auto parts = parts_of(a[0].string(), is_array);
  return parts ? Value(std::int32_t(parts->members.size())) : Value();
}

Result<Value> eval_json_concat(const Arguments& a) {
  std::vector<Parts> all;
  bool objects = true;
  for (const auto& v : a.values) {
    if (v.null()) return Value();
    auto parts = parts_of(v.string());
    if (!parts) return Value();
    objects = objects && parts->object;
    all.push_back(std::move(*parts));
  }
  std::string out(objects ? "{" : "[");
  const auto comma = [&] { if (out.size() > 1) out += ','; };
  if (objects) {
    std::vector<std::pair<std::string, std::string>> merged;
    for (auto& parts : all)
      for (auto& member : parts.members) {
        const auto same = std::find_if(merged.begin(), merged.end(), [&](const auto& m) { return m.first == member.first; });
        if (same != merged.end()) same->second = member.second;
        else merged.push_back(member);
      }
    for (const auto& [name, json] : merged) {
      comma();
      write_string(name, out);
      out += ":" + json;
    }
    return Value(out + "}");
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].object) {
      comma();
      out += compact(a[i].string());
      continue;
    }
    for (const auto& [name, json] : all[i].members) {
      comma();
      out += json;
    }
  }
  return Value(out + "]");
}

Result<Value> eval_json_items(const Arguments& a) {
  const auto parts = parts_of(a[0].string(), is_array);
  if (!parts) return Value();
  data::Values out;
  for (const auto& [name, json] : parts->members) out.push_back(Value(json));
  return Value::array(std::move(out));
}

Result<Value> eval_json_keys(const Arguments& a) {
  const auto parts = parts_of(a[0].string(), is_object);
  if (!parts) return Value();
  data::Values out;
  for (const auto& [name, json] : parts->members) out.push_back(Value(name));
  return Value::array(std::move(out));
}

Result<Value> eval_json_records(const Arguments& a) {
  const auto parts = parts_of(a[0].string(), is_object);
  if (!parts) return Value();
  data::Entries out;
  for (const auto& [name, json] : parts->members) {
    if (!json.starts_with('"')) {
      out.emplace_back(Value(name), Value(json));
      continue;
    }
    Document text(json);   // a text gives its characters
    std::string_view inside;
    out.emplace_back(Value(name), text.ok() && !text->get_string().get(inside) ? Value(inside) : Value(json));
  }
  return Value::map(std::move(out));
}

Result<Value> eval_to_json_string(const Arguments& a) {
  std::string out;
  write_json(a[0], a.types[0], out);
  return Value(std::move(out));
}

}  // namespace braid::sql
