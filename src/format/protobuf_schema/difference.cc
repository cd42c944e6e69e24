#include "format/protobuf_schema/difference.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "base/limits/schemas.h"
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

class Comparer {
 public:
  Comparer(const Schema& original, const Schema& update) : original_(original), update_(update), original_names_(original), update_names_(update) {}

  std::vector<Difference> run() {
    const auto& before = original_.file();
    const auto& after = update_.file();
    if (before.package != after.package) add("PACKAGE_CHANGED", "#/", "is in another package: '" + before.package + "' and '" + after.package + "'");
    messages(before.messages, after.messages, before.package, after.package, "#");
    if (original_names_.exhausted() || update_names_.exhausted()) add("SCHEMA_TOO_COMPLEX", "#/", "has names too long and nested too deep to be looked up within the budget");
    return std::move(out_);
  }

 private:
  void add(std::string kind, std::string path, std::string message) { out_.push_back({std::move(kind), std::move(path), std::move(message)}); }

  static std::string join(const std::string& scope, const std::string& name) { return scope.empty() ? name : scope + "." + name; }

  void messages(const std::vector<Message>& before, const std::vector<Message>& after, const std::string& scope_before, const std::string& scope_after,
                const std::string& path) {
    std::unordered_map<std::string_view, const Message*> by_name;
    for (const auto& m : after) by_name.emplace(m.name, &m);
    for (const auto& m : before) {
      const auto at = by_name.find(m.name);
      const std::string place = path + "/" + m.name;
      if (at == by_name.end()) add("MESSAGE_REMOVED", place, "has no message " + m.name + " any more");
      else message(m, *at->second, join(scope_before, m.name), join(scope_after, m.name), place);
    }
  }

  void message(const Message& before, const Message& after, const std::string& scope_before, const std::string& scope_after, const std::string& path) {
    if (!compared_.insert({&before, &after}).second) return;
    if (compared_.size() > limits::schema_comparisons_max) {
      if (!exhausted_) add("SCHEMA_TOO_COMPLEX", path, "has too many messages to be compared within " + std::to_string(limits::schema_comparisons_max) + " steps");
      exhausted_ = true;
      return;
    }
    if (depth_ > limits::schema_nesting_max) return add("SCHEMA_TOO_COMPLEX", path, "nests messages too deep to be compared");
    ++depth_;
    const auto old_fields = fields_of(before), new_fields = fields_of(after);
    const auto gone = gone_oneofs(before, after, new_fields);
    for (const auto& [tag, old] : old_fields) {
      const std::string place = path + "/" + std::to_string(tag);
      const auto at = new_fields.find(tag);
      if (at == new_fields.end()) { removed(old, gone, place); continue; }
      field(*old.field, *at->second.field, scope_before, scope_after, place);
    }
    for (const auto& [tag, added] : new_fields)
      if (!old_fields.contains(tag) && added.field->label == Label::required)
        add("REQUIRED_FIELD_ADDED", path + "/" + std::to_string(tag), "requires the new field '" + added.field->name + "'");
    oneofs(after, old_fields, path);
    messages(before.messages, after.messages, scope_before, scope_after, path);
    --depth_;
  }

  // Oneofs of which nothing is left: neither their name nor a field.
  static std::set<const OneOf*> gone_oneofs(const Message& before, const Message& after, const Fields& new_fields) {
    std::set<std::string_view> names;
    for (const auto& o : after.oneofs) names.insert(o.name);
    std::set<const OneOf*> out;
    for (const auto& o : before.oneofs)
      if (!names.contains(o.name) && std::none_of(o.fields.begin(), o.fields.end(), [&](const Field& f) { return new_fields.contains(f.tag); })) out.insert(&o);
    return out;
  }

  // A field may leave a oneof only together with the whole oneof: who reads the rest would take "none" for an answer.
  void removed(const Placed& old, const std::set<const OneOf*>& gone, const std::string& place) {
    if (old.field->label == Label::required) return add("REQUIRED_FIELD_REMOVED", place, "misses the required field '" + old.field->name + "'");
    if (old.oneof != nullptr && !gone.contains(old.oneof))
      add("ONEOF_FIELD_REMOVED", place, "misses the field '" + old.field->name + "' of oneof '" + old.oneof->name + "'");
  }

  // Fields that could be set together must not exclude each other now. New fields do not count: no old record has them.
  void oneofs(const Message& after, const Fields& old_fields, const std::string& path) {
    for (const auto& o : after.oneofs) {
      std::set<std::string> origins;
      int from_outside = 0;
      for (const auto& f : o.fields) {
        const auto at = old_fields.find(f.tag);
        if (at == old_fields.end()) continue;
        if (at->second.oneof != nullptr) { origins.insert("oneof " + at->second.oneof->name); continue; }
        origins.insert("field " + std::to_string(f.tag));
        ++from_outside;
      }
      if (origins.size() > 1)
        add(from_outside > 1 ? "MULTIPLE_FIELDS_MOVED_TO_ONEOF" : "FIELD_MOVED_TO_EXISTING_ONEOF", path + "/" + o.name,
            "has fields in oneof '" + o.name + "' that could be set together before");
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
  bool exhausted_ = false;
  std::vector<Difference> out_;
};

}  // namespace

std::vector<Difference> incompatible_changes(const Schema& original, const Schema& update) { return Comparer(original, update).run(); }

}  // namespace braid::format::protobuf_schema
