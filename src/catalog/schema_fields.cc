#include "catalog/schema_fields.h"

#include <algorithm>
#include <optional>

#include "base/json.h"
#include "base/limits/catalog.h"

namespace braid::catalog {
namespace {

std::string text_of(const json::object& o, std::string_view field) {
  const auto* v = o.if_contains(field);
  const auto* s = v ? v->if_string() : nullptr;
  return s ? std::string(*s) : std::string();
}
std::vector<std::string> inline_tags(const json::object& o) {
  std::vector<std::string> out;
  if (const auto* v = o.if_contains("confluent:tags"); v && v->is_array())
    for (const auto& tag : v->get_array()) if (const auto* s = tag.if_string()) out.emplace_back(*s);
  return out;
}

struct AvroReader {
  SchemaContent& out;
  bool full() const { return out.fields.size() >= limits::schema_fields_max; }

  static std::string full_name(const json::object& o, const std::string& space) {
    const std::string name = text_of(o, "name");
    if (name.find('.') != std::string::npos) return name;
    const std::string own = o.contains("namespace") ? text_of(o, "namespace") : space;
    return own.empty() ? name : own + "." + name;
  }
  static std::string space_of(const std::string& full) {
    const auto dot = full.rfind('.');
    return dot == std::string::npos ? std::string() : full.substr(0, dot);
  }

  // The type in words; records inside are added to the content.
  std::string read(const json::value& v, const std::string& space) {
    if (const auto* s = v.if_string()) return std::string(*s);
    if (const auto* a = v.if_array()) return read_union(*a, space);
    const auto* o = v.if_object();
    if (!o) return "?";
    const auto* type = o->if_contains("type");
    if (!type) return "?";
    if (!type->is_string()) return read(*type, space);
    const std::string kind(type->get_string());
    if (kind == "record" || kind == "error") return read_record(*o, space);
    if (kind == "array") return "array of " + (o->contains("items") ? read(o->at("items"), space) : "?");
    if (kind == "map") return "map of " + (o->contains("values") ? read(o->at("values"), space) : "?");
    if (kind == "enum" || kind == "fixed") return kind + " " + full_name(*o, space);
    if (const std::string logical = text_of(*o, "logicalType"); !logical.empty()) return kind + " (" + logical + ")";
    return kind;
  }
  std::string read_union(const json::array& branches, const std::string& space) {
    std::string types;
    bool optional = false;
    for (const auto& b : branches) {
      if (b.is_string() && b.get_string() == "null") { optional = true; continue; }
      types += (types.empty() ? "" : " or ") + read(b, space);
    }
    return types.empty() ? "null" : types + (optional ? ", optional" : "");
  }
  std::string read_record(const json::object& o, const std::string& space) {
    const std::string name = full_name(o, space);
    if (out.records.size() >= limits::schema_fields_max) return name;
    out.records.push_back({name, text_of(o, "doc")});
    const auto* fields = o.if_contains("fields");
    if (!fields || !fields->is_array()) return name;
    for (const auto& f : fields->get_array()) {
      const auto* field = f.if_object();
      if (!field || full()) continue;
      const std::size_t place = out.fields.size();
      out.fields.push_back({name, text_of(*field, "name"), "", text_of(*field, "doc"), inline_tags(*field)});
      const std::string type = field->contains("type") ? read(field->at("type"), space_of(name)) : "?";
      out.fields[place].type = type;
    }
    return name;
  }
};

struct JsonSchemaReader {
  SchemaContent& out;

  std::string read(const json::value& v, const std::string& name, int depth) {
    const auto* o = v.if_object();
    if (!o || depth > 50) return "any";
    if (const std::string ref = text_of(*o, "$ref"); !ref.empty()) return ref.substr(ref.rfind('/') + 1);
    for (const char* branch : {"oneOf", "anyOf", "allOf"})
      if (const auto* list = o->if_contains(branch); list && list->is_array() && !o->contains("properties")) return read_branches(list->get_array(), name, depth);
    std::string type = "any";
    bool optional = false;
    if (const auto* t = o->if_contains("type")) {
      if (const auto* s = t->if_string()) type = std::string(*s);
      if (const auto* list = t->if_array()) {
        type.clear();
        for (const auto& one : *list)
          if (const auto* s = one.if_string()) {
            if (*s == "null") optional = true;
            else type += (type.empty() ? "" : " or ") + std::string(*s);
          }
      }
    }
    if (type == "array" && o->contains("items")) type = "array of " + read(o->at("items"), name, depth + 1);
    if (const auto* properties = o->if_contains("properties"); properties && properties->is_object()) {
      type = text_of(*o, "title").empty() ? name : text_of(*o, "title");
      read_properties(*o, properties->get_object(), type, depth);
    }
    if (const std::string format = text_of(*o, "format"); !format.empty()) type += " (" + format + ")";
    return optional ? type + ", optional" : type;
  }
  std::string read_branches(const json::array& branches, const std::string& name, int depth) {
    std::string types;
    bool optional = false;
    for (const auto& b : branches) {
      if (b.is_object() && text_of(b.get_object(), "type") == "null") { optional = true; continue; }
      types += (types.empty() ? "" : " or ") + read(b, name, depth + 1);
    }
    return (types.empty() ? "null" : types) + (optional ? ", optional" : "");
  }
  void read_properties(const json::object& o, const json::object& properties, const std::string& record, int depth) {
    out.records.push_back({record, text_of(o, "description")});
    for (const auto& p : properties) {
      if (out.fields.size() >= limits::schema_fields_max) return;
      const auto* field = p.value().if_object();
      const std::size_t place = out.fields.size();
      out.fields.push_back({record, std::string(p.key()), "", field ? text_of(*field, "description") : "", field ? inline_tags(*field) : std::vector<std::string>{}});
      const std::string type = read(p.value(), record + "." + std::string(p.key()), depth + 1);
      out.fields[place].type = type;
    }
  }
};

// Words and signs of a .proto text, without comments and strings.
struct ProtoScanner {
  std::string_view text;
  std::size_t at = 0;
  std::string comment;                     // directly before the last token

  std::string next() {
    comment.clear();
    while (at < text.size()) {
      const char c = text[at];
      if (c == ' ' || c == '\t' || c == '\r' || c == '\n') { ++at; continue; }
      if (text.substr(at).starts_with("//")) {
        const auto end = std::min(text.find('\n', at), text.size());
        comment = trimmed(text.substr(at + 2, end - at - 2));
        at = end;
        continue;
      }
      if (text.substr(at).starts_with("/*")) {
        const auto end = text.find("*/", at + 2);
        comment = trimmed(text.substr(at + 2, end == std::string_view::npos ? std::string_view::npos : end - at - 2));
        at = end == std::string_view::npos ? text.size() : end + 2;
        continue;
      }
      break;
    }
    if (at >= text.size()) return {};
    const std::size_t begin = at;
    const char c = text[at];
    if (c == '"' || c == '\'') {
      for (++at; at < text.size() && text[at] != c; ++at) if (text[at] == '\\') ++at;
      at = std::min(at + 1, text.size());
      return "\"";
    }
    const auto word = [](char x) { return x == '_' || x == '.' || (x >= '0' && x <= '9') || (x >= 'a' && x <= 'z') || (x >= 'A' && x <= 'Z'); };
    while (at < text.size() && word(text[at])) ++at;
    if (at == begin) ++at;
    return std::string(text.substr(begin, at - begin));
  }
  static std::string trimmed(std::string_view s) {
    while (!s.empty() && (s.front() == ' ' || s.front() == '\n' || s.front() == '*')) s.remove_prefix(1);
    while (!s.empty() && (s.back() == ' ' || s.back() == '\n' || s.back() == '\r')) s.remove_suffix(1);
    return std::string(s);
  }
  void skip_statement() {                  // to the ';', or over a whole { block }
    int depth = 0;
    for (std::string t = next(); !t.empty(); t = next()) {
      if (t == "{") ++depth;
      if (t == "}" && --depth <= 0) return;
      if (t == ";" && depth == 0) return;
    }
  }
};

void read_message(ProtoScanner& scan, const std::string& name, SchemaContent& out, int depth) {
  for (std::string t = scan.next(); !t.empty() && t != "}"; t = scan.next()) {
    std::string doc = scan.comment;
    if (t == ";") continue;
    if (t == "message" && depth < 50) {
      const std::string inner = name + "." + scan.next();
      out.records.push_back({inner, doc});
      if (scan.next() != "{") return;
      read_message(scan, inner, out, depth + 1);
      continue;
    }
    if (t == "oneof") {
      scan.next();
      scan.next();                         // "{"; its fields follow as if they were the message's, its "}" ends below
      for (std::string inner = scan.next(); !inner.empty() && inner != "}"; inner = scan.next()) {
        if (inner == "option") { scan.skip_statement(); continue; }
        const std::string field = scan.next();
        if (out.fields.size() < limits::schema_fields_max) out.fields.push_back({name, field, inner + ", optional", scan.comment, {}});
        scan.skip_statement();
      }
      continue;
    }
    if (t == "enum" || t == "message" || t == "extend" || t == "option" || t == "reserved" || t == "extensions" || t == "group") {
      scan.skip_statement();
      continue;
    }
    std::string prefix, suffix;
    if (t == "repeated") prefix = "array of ";
    if (t == "optional") suffix = ", optional";
    if (t == "repeated" || t == "optional" || t == "required") t = scan.next();
    std::string type = t;
    if (t == "map") {
      scan.next();
      scan.next();
      scan.next();
      type = "map of " + scan.next();
      scan.next();
    }
    const std::string field = scan.next();
    if (field.empty() || field == "}" || field == ";") return;
    if (out.fields.size() < limits::schema_fields_max) out.fields.push_back({name, field, prefix + type + suffix, doc, {}});
    scan.skip_statement();
  }
}

SchemaContent read_proto(std::string_view text) {
  SchemaContent out;
  ProtoScanner scan{text, 0, {}};
  std::string package;
  for (std::string t = scan.next(); !t.empty(); t = scan.next()) {
    if (t == "package") {
      package = scan.next();
    } else if (t == "message") {
      const std::string doc = scan.comment;
      const std::string name = scan.next();
      out.records.push_back({package.empty() ? name : package + "." + name, doc});
      if (scan.next() != "{") break;
      const std::string full = out.records.back().name;   // a copy: records grow while its message is read
      read_message(scan, full, out, 0);
    } else if (t != ";") {
      scan.skip_statement();
    }
  }
  return out;
}

}  // namespace

SchemaContent read_schema(std::string_view type, std::string_view text) {
  if (type == "PROTOBUF") return read_proto(text);
  SchemaContent out;
  const auto parsed = json::parse(text);
  if (!parsed) return out;
  if (type == "JSON") JsonSchemaReader{out}.read(*parsed, "root", 0);
  else AvroReader{out}.read(*parsed, "");
  return out;
}

}  // namespace braid::catalog
