// Text -> Schema: parse, then check what a linker would: imports, names, numbers.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_set>

#include "base/limits/schemas.h"

#include "format/protobuf_schema/descriptor.h"
#include "format/protobuf_schema/from_descriptor.h"
#include "format/protobuf_schema/names.h"
#include "format/protobuf_schema/text_parser.h"

namespace braid::format::protobuf_schema {
namespace {

std::unexpected<Error> invalid(std::string message, std::string hint = {}) { return fail(ErrorCode::invalid_input, std::move(message), std::move(hint)); }

class Checker {
 public:
  explicit Checker(const Names& names, const File& file) : names_(names), file_(file) {}

  static std::unexpected<Error> too_complex() {
    return invalid("the schema is too complex: its names are too long and nested too deep to be looked up within the budget", "nest fewer messages, or give them shorter names");
  }

  Result<void> file() {
    TRY_VOID(types(file_.messages, file_.enums, file_.package.empty() ? "the file" : "package " + file_.package));
    for (const auto& m : file_.messages) TRY_VOID(message(m, file_.package));
    for (const auto& e : file_.enums) TRY_VOID(enumeration(e));
    for (const auto& s : file_.services)
      for (const auto& r : s.rpcs)
        for (const auto& type : {r.request, r.response})
          if (!names_.find(type, file_.package)) return names_.exhausted() ? too_complex() : invalid("rpc " + s.name + "." + r.name + " uses '" + type + "', which is not defined");
    return {};
  }

 private:
  static Result<void> types(const std::vector<Message>& messages, const std::vector<Enum>& enums, const std::string& where) {
    std::set<std::string> seen;
    for (const auto& m : messages)
      if (!seen.insert(m.name).second) return invalid("'" + m.name + "' is defined twice in " + where);
    for (const auto& e : enums)
      if (!seen.insert(e.name).second) return invalid("'" + e.name + "' is defined twice in " + where);
    return {};
  }

  struct Used {
    explicit Used(const Message& m) {
      for (const auto& r : m.reserved) {
        reserved_names.insert(r.names.begin(), r.names.end());
        for (const auto& range : r.ranges) {
          auto& last = ranges.try_emplace(range.first, range.last).first->second;
          last = std::max(last, range.last);
        }
      }
      std::int32_t reach = 0;   // ranges may overlap: each ends where the farthest of those before it does
      for (auto& [first, last] : ranges) last = reach = std::max(reach, last);
    }
    bool reserved(std::int32_t tag) const {
      const auto at = ranges.upper_bound(tag);
      return at != ranges.begin() && std::prev(at)->second >= tag;
    }
    std::set<std::int32_t> tags;
    std::set<std::string_view> names;
    std::unordered_set<std::string_view> reserved_names;
    std::map<std::int32_t, std::int32_t> ranges;
    bool in_oneof = false;
  };

  Result<void> field(const Field& f, const Message& m, const std::string& scope, Used& used) {
    const std::string named = "field '" + f.name + "' of message " + m.name;
    if (!used.tags.insert(f.tag).second) return invalid("multiple fields of message " + m.name + " share the number " + std::to_string(f.tag) + ": '" + f.name + "' is the second");
    if (!used.names.insert(f.name).second) return invalid("multiple fields of message " + m.name + " share the name '" + f.name + "'");
    if (f.label == Label::required && file_.syntax == "proto3") return invalid(named + " is required, which proto3 does not have");
    if (f.label == Label::none && !used.in_oneof && !f.is_map() && file_.syntax != "proto3" && !file_.edition)
      return invalid("unexpected label: " + f.type + ": " + named + " needs optional, required or repeated in front of its type in proto2",
                     file_.syntax.empty() ? "a file without a syntax line is proto2; begin it with syntax = \"proto3\";" : "");
    if (used.reserved(f.tag)) return invalid(named + " uses the number " + std::to_string(f.tag) + ", which is reserved");
    if (used.reserved_names.contains(f.name)) return invalid(named + " uses a name that is reserved");
    if (f.is_map()) {
      static constexpr std::string_view not_keys[] = {"double", "float", "bytes"};
      if (!scalar_type(f.key_type) || std::find(std::begin(not_keys), std::end(not_keys), f.key_type) != std::end(not_keys))
        return invalid(named + " has '" + f.key_type + "' as its map's key; whole numbers, bool and string are possible");
      if (f.label != Label::none) return invalid(named + " is a map and has a label");
    }
    const auto& type = f.is_map() ? f.value_type : f.type;
    if (!scalar_type(type) && !names_.find(type, scope))
      return names_.exhausted() ? too_complex() : invalid(named + " has type '" + type + "', which is not defined", "define it, or import the file that does and name its subject under \"references\"");
    return {};
  }

  Result<void> message(const Message& m, const std::string& outer) {
    const std::string scope = outer.empty() ? m.name : outer + "." + m.name;
    Used used(m);
    for (const auto& f : m.fields) TRY_VOID(field(f, m, scope, used));
    for (const auto& o : m.oneofs) {
      if (o.fields.empty() && o.groups.empty()) return invalid("oneof '" + o.name + "' of message " + m.name + " has no fields");
      used.in_oneof = true;
      for (const auto& f : o.fields) {
        if (f.is_map()) return invalid("oneof '" + o.name + "' of message " + m.name + " has a map in it");
        TRY_VOID(field(f, m, scope, used));
      }
    }
    TRY_VOID(types(m.messages, m.enums, "message " + m.name));
    for (const auto& nested : m.messages) TRY_VOID(message(nested, scope));
    for (const auto& e : m.enums) TRY_VOID(enumeration(e));
    return {};
  }

  Result<void> enumeration(const Enum& e) {
    if (e.constants.empty()) return invalid("enum " + e.name + " has no constants");
    if (file_.syntax == "proto3" && e.constants[0].number != 0) return invalid("the first constant of enum " + e.name + " must be 0 in proto3");
    const bool alias = std::any_of(e.options.begin(), e.options.end(), [](const Option& o) { return o.name == "allow_alias" && o.value.text == "true"; });
    std::set<std::string> names;
    std::set<std::int32_t> numbers;
    for (const auto& c : e.constants) {
      if (!names.insert(c.name).second) return invalid("enum " + e.name + " has the constant '" + c.name + "' twice");
      if (!numbers.insert(c.number).second && !alias)
        return invalid("enum " + e.name + " has the number " + std::to_string(c.number) + " twice", "set option allow_alias = true if that is meant");
    }
    return {};
  }

  const Names& names_;
  const File& file_;
};

}  // namespace

// Canonical text is built from the inside out, so lines far in are copied once for each level.
static std::size_t indent_bytes(const OptionValue& value, std::size_t depth) {
  std::size_t out = 2 * depth;
  for (const auto& entry : value.entries) out += indent_bytes(entry.value, depth + 1);
  for (const auto& item : value.items) out += indent_bytes(item, depth + 1);
  return out;
}
static std::size_t indent_bytes(const std::vector<Option>& options, std::size_t depth) {
  std::size_t out = 0;
  for (const auto& option : options) out += indent_bytes(option.value, depth);
  return out;
}
static std::size_t indent_bytes(const Message& m, std::size_t depth) {
  std::size_t out = 2 * depth * (2 + m.fields.size() + m.reserved.size()) + indent_bytes(m.options, depth);
  for (const auto& f : m.fields) out += indent_bytes(f.options, depth + 1);
  for (const auto& o : m.oneofs)
    for (const auto& f : o.fields) out += 2 * (depth + 1) + indent_bytes(f.options, depth + 2);
  for (const auto& g : m.groups) out += 2 * (depth + 1) * (2 + g.fields.size());
  for (const auto& e : m.enums)
    for (const auto& c : e.constants) out += 2 * (depth + 1) + indent_bytes(c.options, depth + 2);
  for (const auto& nested : m.messages) out += indent_bytes(nested, depth + 1);
  return out;
}
static std::size_t indent_bytes(const File& file) {
  std::size_t out = indent_bytes(file.options, 0);
  for (const auto& m : file.messages) out += indent_bytes(m, 1);
  return out;
}

Result<File> parse_any(std::string_view text, std::span<const Reference> references) {
  auto parsed = parse_text(text);
  if (parsed) return parsed;
  const auto bytes = from_base64(text);
  google::protobuf::FileDescriptorProto proto;
  if (bytes && !bytes->empty() && bytes->size() < (std::size_t(1) << 30) && proto.ParseFromString(*bytes) && (proto.message_type_size() > 0 || proto.enum_type_size() > 0)) {
    const auto pool = pool_of(proto, references);
    return from_descriptor(proto, pool.get());
  }
  return parsed;
}

Schema::Schema(std::unique_ptr<const File> file, std::vector<Reference> references) : file_(std::move(file)), references_(std::move(references)) {
  if (!has_map_entries(*file_)) return;
  written_ = std::move(file_);
  file_ = std::make_unique<const File>(with_maps(*written_));
}
Schema::~Schema() = default;

Result<SchemaPtr> parse(std::string_view text, std::span<const Reference> references, bool lenient) {
  TRY(auto file, parse_any(text, references));
  if (!lenient && file.messages.empty() && file.enums.empty() && file.extends.empty())
    return invalid("the file defines no message and no enum", "for example: syntax = \"proto3\"; message Order { string id = 1; }");
  if (indent_bytes(file) > limits::schema_indent_bytes_max)
    return invalid("the schema is too complex: written out it would need more than " + std::to_string(limits::schema_indent_bytes_max) + " characters to indent its lines",
                   "nest fewer messages and options");
  auto schema = std::make_shared<const Schema>(std::make_unique<const File>(std::move(file)), std::vector<Reference>(references.begin(), references.end()));
  if (lenient) return schema;
  const Names names(*schema);
  if (!names.imports_found())
    return invalid("import \"" + names.missing_import() + "\" is neither among the references nor built in",
                   "register that file as a subject and name it under \"references\"");
  Checker checker(names, schema->file());
  TRY_VOID(checker.file());
  return schema;
}

}  // namespace braid::format::protobuf_schema
