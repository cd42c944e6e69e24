#include "format/protobuf_schema/difference.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/limits/texts.h"
#include "format/protobuf_schema/names.h"

namespace braid::format::protobuf_schema {
namespace {

// Types whose encodings are the same: a change inside a group can be read.
enum class ScalarGroup { none, number, zigzag, text, fixed32, fixed64, float_, double_ };

ScalarGroup group_of(std::string_view type) {
  if (type == "int32" || type == "int64" || type == "uint32" || type == "uint64" || type == "bool") return ScalarGroup::number;
  if (type == "sint32" || type == "sint64") return ScalarGroup::zigzag;
  if (type == "string" || type == "bytes") return ScalarGroup::text;
  if (type == "fixed32" || type == "sfixed32") return ScalarGroup::fixed32;
  if (type == "fixed64" || type == "sfixed64") return ScalarGroup::fixed64;
  if (type == "float") return ScalarGroup::float_;
  if (type == "double") return ScalarGroup::double_;
  return ScalarGroup::none;
}

struct Placed {              // a field, and the oneof it is in
  const Field* field;
  const OneOf* oneof;
};
using Fields = std::map<std::int32_t, Placed>;

Fields fields_of(const Message& m) {
  Fields out;
  for (const auto& f : m.fields) out.emplace(f.tag, Placed{&f, nullptr});
  for (const auto& o : m.oneofs)
    for (const auto& f : o.fields) out.emplace(f.tag, Placed{&f, &o});
  return out;
}

const OneOf* oneof_named(const Message& m, const std::string& name) {
  for (const auto& o : m.oneofs)
    if (o.name == name) return &o;
  return nullptr;
}

class Comparer {
 public:
  Comparer(const Schema& original, const Schema& update) : original_(original), update_(update), original_names_(original), update_names_(update) {}

  std::vector<Difference> run() {
    const auto& before = original_.file();
    const auto& after = update_.file();
    if (before.package != after.package) add("PACKAGE_CHANGED", "#/", "is in another package: '" + before.package + "' and '" + after.package + "'");
    messages(before.messages, after.messages, before.package, after.package, "#");
    return std::move(out_);
  }

 private:
  void add(std::string kind, std::string path, std::string message) { out_.push_back({std::move(kind), std::move(path), std::move(message)}); }

  static std::string join(const std::string& scope, const std::string& name) { return scope.empty() ? name : scope + "." + name; }

  void messages(const std::vector<Message>& before, const std::vector<Message>& after, const std::string& scope_before, const std::string& scope_after,
                const std::string& path) {
    for (const auto& m : before) {
      const auto at = std::find_if(after.begin(), after.end(), [&](const Message& other) { return other.name == m.name; });
      const std::string place = path + "/" + m.name;
      if (at == after.end()) add("MESSAGE_REMOVED", place, "has no message " + m.name + " any more");
      else message(m, *at, join(scope_before, m.name), join(scope_after, m.name), place);
    }
  }

  void message(const Message& before, const Message& after, const std::string& scope_before, const std::string& scope_after, const std::string& path) {
    if (!compared_.insert({&before, &after}).second) return;
    if (depth_ > limits::schema_nesting_max) return add("SCHEMA_TOO_COMPLEX", path, "nests messages too deep to be compared");
    ++depth_;
    const auto old_fields = fields_of(before), new_fields = fields_of(after);
    for (const auto& [tag, old] : old_fields) {
      const std::string place = path + "/" + std::to_string(tag);
      const auto at = new_fields.find(tag);
      if (at == new_fields.end()) { removed(old, after, new_fields, place); continue; }
      field(*old.field, *at->second.field, scope_before, scope_after, place);
    }
    for (const auto& [tag, added] : new_fields)
      if (!old_fields.contains(tag) && added.field->label == Label::required)
        add("REQUIRED_FIELD_ADDED", path + "/" + std::to_string(tag), "requires the new field '" + added.field->name + "'");
    oneofs(before, after, old_fields, path);
    messages(before.messages, after.messages, scope_before, scope_after, path);
    --depth_;
  }

  // A field may leave a oneof only together with the whole oneof: who reads the rest would take "none" for an answer.
  void removed(const Placed& old, const Message& after, const Fields& new_fields, const std::string& place) {
    if (old.field->label == Label::required) return add("REQUIRED_FIELD_REMOVED", place, "misses the required field '" + old.field->name + "'");
    if (old.oneof == nullptr) return;
    const bool lives_on = oneof_named(after, old.oneof->name) != nullptr ||
                          std::any_of(old.oneof->fields.begin(), old.oneof->fields.end(), [&](const Field& f) {
                            const auto at = new_fields.find(f.tag);
                            return at != new_fields.end() && at->second.oneof != nullptr;
                          });
    if (lives_on)
      add("ONEOF_FIELD_REMOVED", place, "misses the field '" + old.field->name + "' of oneof '" + old.oneof->name + "'");
  }

  // Fields that could be set together must not exclude each other now.
  void oneofs(const Message& before, const Message& after, const Fields& old_fields, const std::string& path) {
    for (const auto& o : after.oneofs) {
      std::set<std::string> origins;
      bool from_outside = false;
      for (const auto& f : o.fields) {
        const auto at = old_fields.find(f.tag);
        if (at == old_fields.end()) continue;
        if (at->second.oneof == nullptr) { origins.insert("field " + std::to_string(f.tag)); from_outside = true; }
        else origins.insert("oneof " + at->second.oneof->name);
      }
      if (origins.size() > 1)
        add(oneof_named(before, o.name) != nullptr ? "FIELD_MOVED_TO_EXISTING_ONEOF" : "MULTIPLE_FIELDS_MOVED_TO_ONEOF", path + "/" + o.name,
            "has fields in oneof '" + o.name + "' that could be set together before");
      else if (from_outside && oneof_named(before, o.name) != nullptr)
        add("FIELD_MOVED_TO_EXISTING_ONEOF", path + "/" + o.name, "has a field in oneof '" + o.name + "' that was outside of it before");
    }
  }

  void field(const Field& before, const Field& after, const std::string& scope_before, const std::string& scope_after, const std::string& place) {
    if (before.is_map() != after.is_map()) {
      add("FIELD_KIND_CHANGED", place, "has " + after.type + " where " + before.type + " was");
    } else if (before.is_map()) {
      types(before.key_type, after.key_type, scope_before, scope_after, place);
      types(before.value_type, after.value_type, scope_before, scope_after, place);
    } else {
      types(before.type, after.type, scope_before, scope_after, place);
    }
    labels(before, after, scope_before, place);
  }

  void labels(const Field& before, const Field& after, const std::string& scope_before, const std::string& place) {
    if (before.label == after.label || before.label == Label::none || after.label == Label::none) return;
    const auto group = group_of(before.type);
    const bool enumeration = group == ScalarGroup::none && original_names_.find(before.type, scope_before).enumeration != nullptr;
    if (group == ScalarGroup::text || (group == ScalarGroup::none && !enumeration)) return;
    add("FIELD_NUMERIC_LABEL_CHANGED", place, "changes the label of the number '" + before.name + "'");
  }

  void types(const std::string& before, const std::string& after, const std::string& scope_before, const std::string& scope_after, const std::string& place) {
    std::string old_full, new_full;
    const auto old_type = scalar_type(before) ? Names::Found{} : original_names_.find(before, scope_before, &old_full);
    const auto new_type = scalar_type(after) ? Names::Found{} : update_names_.find(after, scope_after, &new_full);
    const auto group = [](const std::string& written, const Names::Found& found) { return found.enumeration != nullptr ? ScalarGroup::number : group_of(written); };
    const bool old_message = !scalar_type(before) && old_type.enumeration == nullptr, new_message = !scalar_type(after) && new_type.enumeration == nullptr;
    if (old_message != new_message) return add("FIELD_KIND_CHANGED", place, "has " + after + " where " + before + " was");
    if (!old_message) {
      if (group(before, old_type) != group(after, new_type)) add("FIELD_SCALAR_KIND_CHANGED", place, "has " + after + " where " + before + " was");
      return;
    }
    const auto local = [](const std::string& full, const Names::Found& found, const std::string& written) {
      if (!found) return written.substr(written.rfind('.') + 1);
      const auto& package = found.file->package;
      return package.empty() ? full : full.substr(package.size() + 1);
    };
    if (local(old_full, old_type, before) != local(new_full, new_type, after))
      return add("FIELD_NAMED_TYPE_CHANGED", place, "has " + after + " where " + before + " was");
    // Messages of other files are compared where they are used; those of this file on their own.
    if (old_type.message != nullptr && new_type.message != nullptr && (old_type.file != &original_.file() || new_type.file != &update_.file()))
      message(*old_type.message, *new_type.message, old_full, new_full, place);
  }

  const Schema& original_;
  const Schema& update_;
  Names original_names_, update_names_;
  std::set<std::pair<const Message*, const Message*>> compared_;
  int depth_ = 0;            // messages of messages, through other files too
  std::vector<Difference> out_;
};

}  // namespace

std::vector<Difference> incompatible_changes(const Schema& original, const Schema& update) { return Comparer(original, update).run(); }

}  // namespace braid::format::protobuf_schema
