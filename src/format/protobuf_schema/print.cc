// Tree -> canonical and normalised text. The layout is that of Confluent's printer over Square Wire's elements, because ids depend on it:
// messages before enums; in a message reserved, options, fields, oneofs, groups, extensions, nested types, extends.
#include <algorithm>
#include <functional>

#include "format/protobuf_schema/ast.h"
#include "format/protobuf_schema/names.h"
#include "format/protobuf_schema/schema.h"

namespace braid::format::protobuf_schema {
namespace {

std::string indented(const std::string& text) {
  std::string out;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    if (end > begin) out += "  " + text.substr(begin, end - begin);
    out += "\n";
    begin = end + 1;
  }
  return out;
}

std::string value_text(const OptionValue& value) {
  switch (value.kind) {
    case OptionValue::Kind::text: return "\"" + value.text + "\"";
    case OptionValue::Kind::word: return value.text;
    case OptionValue::Kind::message: {
      std::string inside;
      for (std::size_t i = 0; i < value.entries.size(); ++i)
        inside += value.entries[i].name + ": " + value_text(value.entries[i].value) + (i + 1 < value.entries.size() ? "," : "") + "\n";
      return "{\n" + indented(inside) + "}";
    }
    case OptionValue::Kind::list: {
      std::string inside;
      for (std::size_t i = 0; i < value.items.size(); ++i) inside += value_text(value.items[i]) + (i + 1 < value.items.size() ? "," : "") + "\n";
      return "[\n" + indented(inside) + "]";
    }
  }
  return {};
}
std::string option_text(const Option& option) { return option.name + " = " + value_text(option.value); }
std::string option_statement(const Option& option) { return "option " + option_text(option) + ";\n"; }

std::string bracketed(const std::vector<Option>& options) {
  if (options.empty()) return {};
  if (options.size() == 1) return " [" + option_text(options[0]) + "]";
  std::string inside;
  for (std::size_t i = 0; i < options.size(); ++i) inside += option_text(options[i]) + (i + 1 < options.size() ? "," : "") + "\n";
  return " [\n" + indented(inside) + "]";
}

std::string_view label_text(Label label) {
  switch (label) {
    case Label::optional: return "optional ";
    case Label::required: return "required ";
    case Label::repeated: return "repeated ";
    case Label::none: break;
  }
  return "";
}

std::string range_text(const Range& range) {
  if (range.first == range.last) return std::to_string(range.first);
  return std::to_string(range.first) + " to " + (range.last == INT32_MAX ? "max" : std::to_string(range.last));
}

std::string reserved_text(const Reserved& reserved) {
  std::string out = "reserved ";
  const char* separator = "";
  for (const auto& range : reserved.ranges) { out += separator + range_text(range); separator = ", "; }
  for (const auto& name : reserved.names) { out += separator + ("\"" + name + "\""); separator = ", "; }
  return out + ";\n";
}

template <class List> auto by_tag(const List& list) {
  std::vector<const typename List::value_type*> out;
  for (const auto& item : list) out.push_back(&item);
  std::stable_sort(out.begin(), out.end(), [](const auto* a, const auto* b) { return a->tag < b->tag; });
  return out;
}

class Printer {
 public:
  // `names` set: normalised.
  explicit Printer(const Names* names) : names_(names) {}

  std::string file(const File& f) {
    std::string out;
    if (f.edition) out += "edition = \"" + f.syntax + "\";\n";
    else if (!f.syntax.empty() && !(names_ != nullptr && f.syntax == "proto2")) out += "syntax = \"" + f.syntax + "\";\n";
    if (!f.package.empty()) out += "package " + f.package + ";\n";
    imports(out, f);
    const auto options = ordered(f.options);
    if (!options.empty()) out += "\n";
    for (const auto& option : options) out += option_statement(option);
    if (!f.messages.empty() || !f.enums.empty()) out += "\n";
    for (const auto& m : f.messages) out += message(m, f.package);
    for (const auto& e : f.enums) out += enumeration(e);
    if (!f.extends.empty()) out += "\n";
    for (const auto& e : f.extends) out += extend(e, f.package);
    if (!f.services.empty()) out += "\n";
    for (const auto& s : f.services) out += service(s, f.package);
    return out;
  }

 private:
  std::vector<Option> ordered(std::vector<Option> options) const {
    if (names_ != nullptr) std::stable_sort(options.begin(), options.end(), [](const Option& a, const Option& b) { return a.name < b.name; });
    return options;
  }
  std::string type(const std::string& written, const std::string& scope) const {
    return names_ == nullptr ? written : names_->full_with_dot(written, scope);
  }

  void imports(std::string& out, const File& f) const {
    auto plain = f.imports, exported = f.public_imports;
    if (names_ != nullptr) {
      std::sort(plain.begin(), plain.end());
      std::sort(exported.begin(), exported.end());
    }
    if (plain.empty() && exported.empty() && f.weak_imports.empty()) return;
    out += "\n";
    for (const auto& name : plain) out += "import \"" + name + "\";\n";
    for (const auto& name : exported) out += "import public \"" + name + "\";\n";
    for (const auto& name : f.weak_imports) out += "import weak \"" + name + "\";\n";
  }

  std::string field(const Field& f, const std::string& scope) const {
    const std::string written = f.is_map() ? "map<" + type(f.key_type, scope) + ", " + type(f.value_type, scope) + ">" : type(f.type, scope);
    return std::string(label_text(f.label)) + written + " " + f.name + " = " + std::to_string(f.tag) + bracketed(ordered(f.options)) + ";\n";
  }
  std::string fields(const std::vector<Field>& list, const std::string& scope) const {
    std::string out;
    if (names_ == nullptr) for (const auto& f : list) out += indented(field(f, scope));
    else for (const auto* f : by_tag(list)) out += indented(field(*f, scope));
    return out;
  }
  std::string group(const Group& g, const std::string& scope) const {
    return std::string(label_text(g.label)) + "group " + g.name + " = " + std::to_string(g.tag) + " {\n" + fields(g.fields, scope) + "}\n";
  }

  std::string oneof(const OneOf& o, const std::string& scope) const {
    std::string out = "oneof " + o.name + " {";
    if (!o.options.empty()) out += "\n";
    for (const auto& option : ordered(o.options)) out += indented(option_statement(option));
    if (!o.fields.empty()) out += "\n" + fields(o.fields, scope);
    if (!o.groups.empty()) out += "\n";
    for (const auto& g : o.groups) out += indented(group(g, scope));
    return out + "}\n";
  }

  std::string all_reserved(const std::vector<Reserved>& list) const {
    if (list.empty()) return {};
    std::string out = "\n";
    if (names_ == nullptr) {
      for (const auto& r : list) out += indented(reserved_text(r));
      return out;
    }
    Reserved numbers, names;   // normalised: one statement each, sorted
    for (const auto& r : list) {
      numbers.ranges.insert(numbers.ranges.end(), r.ranges.begin(), r.ranges.end());
      names.names.insert(names.names.end(), r.names.begin(), r.names.end());
    }
    std::sort(numbers.ranges.begin(), numbers.ranges.end());
    std::sort(names.names.begin(), names.names.end());
    if (!numbers.ranges.empty()) out += indented(reserved_text(numbers));
    if (!names.names.empty()) out += indented(reserved_text(names));
    return out;
  }

  std::string message(const Message& m, const std::string& scope) const {
    const std::string inside = scope.empty() ? m.name : scope + "." + m.name;
    std::string out = "message " + m.name + " {" + all_reserved(m.reserved);
    if (!m.options.empty()) out += "\n";
    for (const auto& option : ordered(m.options)) out += indented(option_statement(option));
    if (!m.fields.empty()) out += "\n" + fields(m.fields, inside);
    if (!m.oneofs.empty()) out += "\n";
    for (const auto* o : ordered_oneofs(m.oneofs)) out += indented(oneof(*o, inside));
    if (!m.groups.empty()) out += "\n";
    for (const auto& g : m.groups) out += indented(group(g, inside));
    if (!m.extensions.empty()) out += "\n";
    for (const auto& e : m.extensions) {
      std::string ranges;
      for (const auto& r : e.ranges) ranges += (ranges.empty() ? "" : ", ") + range_text(r);
      out += indented("extensions " + ranges + bracketed(ordered(e.options)) + ";\n");
    }
    if (!m.messages.empty() || !m.enums.empty()) out += "\n";
    for (const auto& nested : m.messages) out += indented(message(nested, inside));
    for (const auto& nested : m.enums) out += indented(enumeration(nested));
    if (!m.extends.empty()) out += "\n";
    for (const auto& e : m.extends) out += indented(extend(e, inside));
    return out + "}\n";
  }

  std::vector<const OneOf*> ordered_oneofs(const std::vector<OneOf>& list) const {
    std::vector<const OneOf*> out;
    for (const auto& o : list) out.push_back(&o);
    const auto first_tag = [](const OneOf* o) {
      std::int32_t tag = INT32_MAX;
      for (const auto& f : o->fields) tag = std::min(tag, f.tag);
      return tag;
    };
    if (names_ != nullptr) std::stable_sort(out.begin(), out.end(), [&](const auto* a, const auto* b) { return first_tag(a) < first_tag(b); });
    return out;
  }

  std::string enumeration(const Enum& e) const {
    std::string out = "enum " + e.name + " {" + all_reserved(e.reserved);
    if (!e.options.empty()) out += "\n";
    for (const auto& option : ordered(e.options)) out += indented(option_statement(option));
    if (!e.constants.empty()) out += "\n";
    std::vector<const EnumConstant*> constants;
    for (const auto& c : e.constants) constants.push_back(&c);
    if (names_ != nullptr) std::stable_sort(constants.begin(), constants.end(), [](const auto* a, const auto* b) { return a->number < b->number; });
    for (const auto* c : constants) out += indented(c->name + " = " + std::to_string(c->number) + bracketed(ordered(c->options)) + ";\n");
    return out + "}\n";
  }

  std::string extend(const Extend& e, const std::string& scope) const {
    std::string out = "extend " + type(e.name, scope) + " {";
    if (!e.fields.empty()) out += "\n" + fields(e.fields, scope);
    return out + "}\n";
  }

  std::string service(const Service& s, const std::string& scope) const {
    std::string out = "service " + s.name + " {";
    if (!s.options.empty()) out += "\n";
    for (const auto& option : ordered(s.options)) out += indented(option_statement(option));
    if (!s.rpcs.empty()) out += "\n";
    for (const auto& r : s.rpcs) {
      std::string text = "rpc " + r.name + " (" + (r.request_stream ? "stream " : "") + type(r.request, scope) + ") returns (" +
                         (r.response_stream ? "stream " : "") + type(r.response, scope) + ")";
      if (!r.options.empty()) {
        text += " {\n";
        for (const auto& option : ordered(r.options)) text += indented(option_statement(option));
        text += "}";
      }
      out += indented(text + ";\n");
    }
    return out + "}\n";
  }

  const Names* names_;
};

}  // namespace

std::string canonical_text(const Schema& schema) { return Printer(nullptr).file(schema.file()); }

static void drop_custom(std::vector<Option>& options) { std::erase_if(options, [](const Option& o) { return o.name.starts_with('('); }); }
static void drop_custom(Enum& e) {
  drop_custom(e.options);
  for (auto& c : e.constants) drop_custom(c.options);
}
static void drop_custom(std::vector<Field>& fields) {
  for (auto& f : fields) drop_custom(f.options);
}
static void drop_custom(Message& m) {
  drop_custom(m.options);
  drop_custom(m.fields);
  m.extends.clear();
  for (auto& o : m.oneofs) {
    drop_custom(o.options);
    drop_custom(o.fields);
  }
  for (auto& nested : m.messages) drop_custom(nested);
  for (auto& e : m.enums) drop_custom(e);
}

std::string plain_text(const Schema& schema) {
  File file = schema.file();
  drop_custom(file.options);
  file.extends.clear();
  for (auto& m : file.messages) drop_custom(m);
  for (auto& e : file.enums) drop_custom(e);
  for (auto& s : file.services) {
    drop_custom(s.options);
    for (auto& r : s.rpcs) drop_custom(r.options);
  }
  return Printer(nullptr).file(file);
}

std::string normalised_text(const Schema& schema) {
  const Names names(schema);
  return Printer(&names).file(schema.file());
}

}  // namespace braid::format::protobuf_schema
