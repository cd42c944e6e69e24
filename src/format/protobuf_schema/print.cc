// Tree -> canonical and normalised text. The layout is that of Confluent's printer over Square Wire's elements, because ids depend on it:
// messages before enums; in a message reserved, options, fields, oneofs, groups, extensions, extends, nested types.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <tuple>

#include "format/protobuf_schema/ast.h"
#include "format/protobuf_schema/names.h"
#include "format/protobuf_schema/schema.h"

namespace braid::format::protobuf_schema {
namespace {

// Every line two to the right, empty ones too: that is how Confluent's printer does it.
std::string indented(const std::string& text) {
  std::string out;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    out += "  " + text.substr(begin, end - begin) + "\n";
    begin = end + 1;
  }
  return out;
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    switch (c) {
      case '\a': out += "\\a"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      case '\v': out += "\\v"; break;
      case '\\': out += "\\\\"; break;
      case '\'': out += "\\'"; break;
      case '"': out += "\\\""; break;
      default: out.push_back(c);
    }
  }
  return out + "\"";
}

// Java's DecimalFormat without grouping: at most three digits behind the point. What is no number stays as it is.
std::string normal_number(const std::string& text) {
  const auto digits = text.substr(text.starts_with('-') ? 1 : 0);
  if (digits.empty() || digits[0] < '0' || digits[0] > '9') return text;
  if (digits.find_first_not_of("0123456789") == std::string::npos) {
    const auto first = digits.find_first_not_of('0');
    if (digits.size() == 1 || digits[0] != '0') return text;
    if (first == std::string::npos || digits.find_first_of("89") != std::string::npos) return text;
    return (text[0] == '-' ? "-" : "") + std::to_string(std::strtoull(digits.c_str(), nullptr, 8));
  }
  if (digits.starts_with("0x") || digits.starts_with("0X")) return (text[0] == '-' ? "-" : "") + std::to_string(std::strtoull(digits.c_str(), nullptr, 16));
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (*end != '\0' && !((*end == 'f' || *end == 'F' || *end == 'd' || *end == 'D') && end[1] == '\0')) return text;
  char buffer[400];
  std::snprintf(buffer, sizeof buffer, "%.3f", value);
  std::string out = buffer;
  out.erase(out.find_last_not_of('0') + 1);
  if (out.ends_with('.')) out.pop_back();
  return out;
}

// The name without parentheses, and what follows them: "(a.b).c.d" is a.b and c.d.
struct OptionName { std::string_view bare, rest; bool custom; };
OptionName split(std::string_view name) {
  const auto close = name.find(')');
  if (!name.starts_with('(') || close == std::string_view::npos) return {name, {}, false};
  return {name.substr(1, close - 1), close + 2 < name.size() ? name.substr(close + 2) : std::string_view(), true};
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
    const auto options = ordered(f.options, f.package);
    if (!options.empty()) out += "\n";
    for (const auto& option : options) out += option_statement(option, f.package);
    if (!f.messages.empty() || !f.enums.empty()) out += "\n";
    for (const auto& m : f.messages) out += message(m, f.package);
    for (const auto& e : f.enums) out += enumeration(e, f.package);
    if (!f.extends.empty()) out += "\n";
    for (const auto& e : grouped(f.extends, f.package)) out += extend(e, f.package);
    if (!f.services.empty()) out += "\n";
    for (const auto& s : f.services) out += service(s, f.package);
    return out;
  }

 private:
  // Normalised options: custom ones by their full names and as one {...}, in the order of the names.
  std::vector<Option> ordered(std::vector<Option> options, const std::string& scope) const {
    if (names_ == nullptr) return options;
    std::map<std::string, bool> repeated;
    for (auto& option : options) {
      const auto name = split(option.name);
      bool many = false;
      const auto full = name.custom ? names_->extension(name.bare, scope, &many) : std::nullopt;
      if (!full) continue;
      const std::string rest(name.rest);
      option.name = "(" + *full + ")";
      repeated[option.name] = many;
      for (auto end = rest.size(); end > 0;) {   // the innermost name first
        const auto dot = rest.rfind('.', end - 1);
        const auto begin = dot == std::string::npos ? 0 : dot + 1;
        OptionValue outer;
        outer.kind = OptionValue::Kind::message;
        outer.entries.push_back({rest.substr(begin, end - begin), std::move(option.value)});
        option.value = std::move(outer);
        end = dot == std::string::npos ? 0 : dot;
      }
    }
    std::stable_sort(options.begin(), options.end(), [](const Option& a, const Option& b) { return split(a.name).bare < split(b.name).bare; });
    std::vector<Option> out;
    for (auto& option : options) {
      const auto at = repeated.find(option.name);
      if (out.empty() || out.back().name != option.name || at == repeated.end() || at->second) out.push_back(std::move(option));
      else merge(out.back().value, std::move(option.value));
    }
    for (auto& option : out)
      if (option.value.kind == OptionValue::Kind::message) unite(option.value);
    return out;
  }

  static void merge(OptionValue& into, OptionValue from) {
    if (into.kind != OptionValue::Kind::message || from.kind != OptionValue::Kind::message) { into = std::move(from); return; }
    into.entries.insert(into.entries.end(), std::make_move_iterator(from.entries.begin()), std::make_move_iterator(from.entries.end()));
  }
  // Entries of one name become one: messages are put together, other values are listed.
  static void unite(OptionValue& value) {
    auto& entries = value.entries;
    std::stable_sort(entries.begin(), entries.end(), [](const Option& a, const Option& b) { return a.name < b.name; });
    std::vector<Option> out;
    for (auto& entry : entries) {
      if (out.empty() || out.back().name != entry.name) { out.push_back(std::move(entry)); continue; }
      auto& before = out.back().value;
      if (before.kind == OptionValue::Kind::message && entry.value.kind == OptionValue::Kind::message) { merge(before, std::move(entry.value)); continue; }
      if (before.kind != OptionValue::Kind::list) {
        OptionValue list;
        list.kind = OptionValue::Kind::list;
        list.items.push_back(std::move(before));
        before = std::move(list);
      }
      if (entry.value.kind != OptionValue::Kind::list) before.items.push_back(std::move(entry.value));
      else before.items.insert(before.items.end(), std::make_move_iterator(entry.value.items.begin()), std::make_move_iterator(entry.value.items.end()));
    }
    entries = std::move(out);
    for (auto& entry : entries)
      if (entry.value.kind == OptionValue::Kind::message) unite(entry.value);
  }

  std::string value_text(const OptionValue& value, const std::string& scope) const {
    const bool normal = names_ != nullptr;
    switch (value.kind) {
      case OptionValue::Kind::text: return quoted(value.text);
      case OptionValue::Kind::word: return normal ? normal_number(value.text) : value.text;
      case OptionValue::Kind::message: {
        std::vector<std::pair<std::string, const OptionValue*>> entries;
        for (const auto& e : value.entries) {
          if (normal && e.value.kind == OptionValue::Kind::list && e.value.items.empty()) continue;
          auto name = e.name;
          if (normal && name.starts_with('[') && name.ends_with(']'))
            if (const auto full = names_->extension(std::string_view(name).substr(1, name.size() - 2), scope)) name = "[" + *full + "]";
          entries.emplace_back(std::move(name), &e.value);
        }
        if (normal) std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
        std::string inside;
        for (std::size_t i = 0; i < entries.size(); ++i)
          inside += indented(entries[i].first + ": " + value_text(*entries[i].second, scope) + (i + 1 < entries.size() ? "," : ""));
        return "{\n" + inside + "}";
      }
      case OptionValue::Kind::list: {
        if (normal && value.items.size() == 1) return value_text(value.items[0], scope);
        std::string inside;
        for (std::size_t i = 0; i < value.items.size(); ++i) inside += indented(value_text(value.items[i], scope) + (i + 1 < value.items.size() ? "," : ""));
        return "[\n" + inside + "]";
      }
    }
    return {};
  }
  std::string option_text(const Option& option, const std::string& scope) const {
    const auto& value = option.value;
    if (value.kind == OptionValue::Kind::list && value.items.size() == 1) return option.name + " = [" + value_text(value.items[0], scope) + "]";
    return option.name + " = " + value_text(value, scope);
  }
  std::string option_statement(const Option& option, const std::string& scope) const { return "option " + option_text(option, scope) + ";\n"; }
  std::string statements(const std::vector<Option>& options, const std::string& scope) const {
    std::string out;
    for (const auto& option : ordered(options, scope)) out += indented(option_statement(option, scope));
    return out;
  }
  std::string bracketed(const std::vector<Option>& written, const std::string& scope) const {
    const auto options = ordered(written, scope);
    if (options.empty()) return {};
    if (options.size() == 1) return " [" + option_text(options[0], scope) + "]";
    std::string inside;
    for (std::size_t i = 0; i < options.size(); ++i) inside += indented(option_text(options[i], scope) + (i + 1 < options.size() ? "," : ""));
    return " [\n" + inside + "]";
  }

  std::string range_text(const Range& range) const {
    if (range.first == range.last && (names_ != nullptr || !range.pair)) return std::to_string(range.first);
    return std::to_string(range.first) + " to " + (range.last >= field_number_max ? "max" : std::to_string(range.last));
  }
  std::string reserved_text(const Reserved& reserved) const {
    std::string out = "reserved ";
    const char* separator = "";
    for (const auto& range : reserved.ranges) { out += separator + range_text(range); separator = ", "; }
    for (const auto& name : reserved.names) { out += separator + ("\"" + name + "\""); separator = ", "; }
    return out + ";\n";
  }
  std::string type(const std::string& written, const std::string& scope) const {
    return names_ == nullptr ? written : names_->full_with_dot(written, scope);
  }

  void imports(std::string& out, const File& f) const {
    auto plain = f.imports, exported = f.public_imports;
    if (names_ != nullptr) {
      for (auto* list : {&plain, &exported}) {
        std::sort(list->begin(), list->end());
        list->erase(std::unique(list->begin(), list->end()), list->end());
      }
    }
    if (plain.empty() && exported.empty() && f.weak_imports.empty()) return;
    out += "\n";
    for (const auto& name : plain) out += "import \"" + name + "\";\n";
    for (const auto& name : exported) out += "import public \"" + name + "\";\n";
    for (const auto& name : f.weak_imports) out += "import weak \"" + name + "\";\n";
  }

  std::string field(const Field& f, const std::string& scope) const {
    const std::string written = f.is_map() ? "map<" + type(f.key_type, scope) + ", " + type(f.value_type, scope) + ">" : type(f.type, scope);
    return std::string(label_text(f.label)) + written + " " + f.name + " = " + std::to_string(f.tag) + bracketed(f.options, scope) + ";\n";
  }
  std::string fields(const std::vector<Field>& list, const std::string& scope) const {
    std::string out;
    if (names_ == nullptr) for (const auto& f : list) out += indented(field(f, scope));
    else for (const auto* f : by_tag(list)) out += indented(field(*f, scope));
    return out;
  }
  std::string group(const Group& g, const std::string& scope) const {
    return std::string(label_text(g.label)) + "group " + g.name + " = " + std::to_string(g.tag) + " {" + (g.fields.empty() ? "" : "\n" + fields(g.fields, scope)) + "}\n";
  }

  std::string groups(const std::vector<Group>& list, const std::string& scope) const {
    std::string out = list.empty() ? "" : "\n";
    if (names_ == nullptr) for (const auto& g : list) out += indented(group(g, scope));
    else for (const auto* g : by_tag(list)) out += indented(group(*g, scope));
    return out;
  }

  std::string oneof(const OneOf& o, const std::string& scope) const {
    std::string out = "oneof " + o.name + " {";
    if (!o.options.empty()) out += "\n" + statements(o.options, scope);
    if (!o.fields.empty()) out += "\n" + fields(o.fields, scope);
    out += groups(o.groups, scope);
    return out + "}\n";
  }

  std::string all_reserved(const std::vector<Reserved>& list) const {
    if (list.empty()) return {};
    std::string out = "\n";
    if (names_ == nullptr) {
      for (const auto& r : list) out += indented(reserved_text(r));
      return out;
    }
    // Normalised: a statement each, numbers in their order, then the names.
    std::vector<Reserved> each;
    for (const auto& r : list) {
      for (const auto& range : r.ranges) each.push_back({{range}, {}});
      for (const auto& name : r.names) each.push_back({{}, {name}});
    }
    const auto place = [](const Reserved& r) { return r.ranges.empty() ? INT32_MAX : r.ranges[0].first; };
    std::stable_sort(each.begin(), each.end(), [&](const Reserved& a, const Reserved& b) {
      if (place(a) != place(b)) return place(a) < place(b);
      return !a.names.empty() && !b.names.empty() && a.names[0] < b.names[0];
    });
    for (const auto& r : each) out += indented(reserved_text(r));
    return out;
  }

  std::string extensions(const std::vector<Extensions>& list, const std::string& scope) const {
    std::vector<Extensions> each;
    for (const auto& e : list) {
      if (names_ == nullptr) each.push_back(e);
      else for (const auto& range : e.ranges) each.push_back({{range}, e.options});
    }
    if (names_ != nullptr) std::stable_sort(each.begin(), each.end(), [](const auto& a, const auto& b) { return a.ranges[0].first < b.ranges[0].first; });
    std::string out = each.empty() ? "" : "\n";
    for (const auto& e : each) {
      std::string ranges;
      for (const auto& r : e.ranges) ranges += (ranges.empty() ? "" : ", ") + range_text(r);
      out += indented("extensions " + ranges + bracketed(e.options, scope) + ";\n");
    }
    return out;
  }

  // Normalised: one block for each message that is extended.
  std::vector<Extend> grouped(const std::vector<Extend>& list, const std::string& scope) const {
    if (names_ == nullptr) return list;
    std::vector<Extend> out;
    std::map<std::string, std::size_t> places;
    for (const auto& e : list) {
      const auto name = type(e.name, scope);
      const auto [place, added] = places.try_emplace(name, out.size());
      if (added) out.push_back({name, {}});
      auto& fields = out[place->second].fields;
      fields.insert(fields.end(), e.fields.begin(), e.fields.end());
    }
    return out;
  }

  std::string message(const Message& m, const std::string& scope) const {
    const std::string inside = scope.empty() ? m.name : scope + "." + m.name;
    std::string out = "message " + m.name + " {" + all_reserved(m.reserved);
    if (!m.options.empty()) out += "\n" + statements(m.options, inside);
    if (!m.fields.empty()) out += "\n" + fields(m.fields, inside);
    if (!m.oneofs.empty()) out += "\n";
    for (const auto* o : ordered_oneofs(m.oneofs)) out += indented(oneof(*o, inside));
    out += groups(m.groups, inside);
    out += extensions(m.extensions, inside);
    if (!m.extends.empty()) out += "\n";
    for (const auto& e : grouped(m.extends, inside)) out += indented(extend(e, inside));
    if (!m.messages.empty() || !m.enums.empty()) out += "\n";
    for (const auto& nested : m.messages) out += indented(message(nested, inside));
    for (const auto& nested : m.enums) out += indented(enumeration(nested, inside));
    return out + "}\n";
  }

  std::vector<const OneOf*> ordered_oneofs(const std::vector<OneOf>& list) const {
    std::vector<const OneOf*> out;
    for (const auto& o : list)
      if (names_ == nullptr || !o.fields.empty()) out.push_back(&o);
    const auto first_tag = [](const OneOf* o) {
      std::int32_t tag = INT32_MAX;
      for (const auto& f : o->fields) tag = std::min(tag, f.tag);
      return tag;
    };
    if (names_ != nullptr) std::stable_sort(out.begin(), out.end(), [&](const auto* a, const auto* b) { return first_tag(a) < first_tag(b); });
    return out;
  }

  std::string enumeration(const Enum& e, const std::string& scope) const {
    const std::string inside = scope.empty() ? e.name : scope + "." + e.name;
    std::string out = "enum " + e.name + " {" + all_reserved(e.reserved);
    if (e.reserved.empty() && (!e.options.empty() || !e.constants.empty())) out += "\n";
    out += statements(e.options, inside);
    std::vector<const EnumConstant*> constants;
    for (const auto& c : e.constants) constants.push_back(&c);
    if (names_ != nullptr)
      std::stable_sort(constants.begin(), constants.end(), [](const auto* a, const auto* b) { return std::tie(a->number, a->name) < std::tie(b->number, b->name); });
    for (const auto* c : constants) out += indented(c->name + " = " + std::to_string(c->number) + bracketed(c->options, inside) + ";\n");
    return out + "}\n";
  }

  std::string extend(const Extend& e, const std::string& scope) const {
    std::string out = "extend " + e.name + " {";
    if (!e.fields.empty()) out += "\n" + fields(e.fields, scope);
    return out + "}\n";
  }

  std::string service(const Service& s, const std::string& scope) const {
    std::string out = "service " + s.name + " {";
    if (!s.options.empty()) out += "\n" + statements(s.options, scope);
    if (!s.rpcs.empty()) out += "\n";
    for (const auto& r : s.rpcs) {
      std::string text = "rpc " + r.name + " (" + (r.request_stream ? "stream " : "") + type(r.request, scope) + ") returns (" +
                         (r.response_stream ? "stream " : "") + type(r.response, scope) + ")";
      if (!r.options.empty()) {
        text += " {\n" + statements(r.options, scope) + "}";
      }
      out += indented(text + ";\n");
    }
    return out + "}\n";
  }

  const Names* names_;
};

}  // namespace

std::string canonical_text(const Schema& schema) { return Printer(nullptr).file(schema.written()); }
std::string linkable_text(const Schema& schema) { return Printer(nullptr).file(schema.file()); }

static void drop_custom(std::vector<Option>& options) {
  // Confluent's own are no extensions to it: it knows what they mean.
  std::erase_if(options, [](const Option& o) { return o.name.starts_with('(') && !o.name.starts_with("(confluent."); });
}
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
  m.extensions.clear();
  for (auto& o : m.oneofs) {
    drop_custom(o.options);
    drop_custom(o.fields);
  }
  for (auto& nested : m.messages) drop_custom(nested);
  for (auto& e : m.enums) drop_custom(e);
}

std::string plain_text(const Schema& schema) {
  File file = schema.written();
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
