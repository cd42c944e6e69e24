#include "format/json_schema/difference.h"

#include <unicode/regex.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <tuple>

#include "base/limits/schemas.h"
#include "base/limits/texts.h"
#include "format/json_schema/tree.h"

namespace braid::format::json_schema {
namespace {

using Kind = Tree::Kind;

// A difference that readers cannot live with; others are not kept.
struct Found {
  std::string kind;
  std::string path;          // relative: "/properties/a"
};
using Differences = std::vector<Found>;

// The kinds of change that readers can live with; everything else is incompatible.
constexpr std::string_view compatible_kinds[] = {
    "TYPE_EXTENDED", "SCHEMA_REMOVED", "MAX_LENGTH_INCREASED", "MAX_LENGTH_REMOVED", "MIN_LENGTH_DECREASED", "MIN_LENGTH_REMOVED", "PATTERN_REMOVED",
    "MAXIMUM_INCREASED", "MAXIMUM_REMOVED", "MINIMUM_DECREASED", "MINIMUM_REMOVED", "EXCLUSIVE_MAXIMUM_INCREASED", "EXCLUSIVE_MAXIMUM_REMOVED",
    "EXCLUSIVE_MINIMUM_DECREASED", "EXCLUSIVE_MINIMUM_REMOVED", "MULTIPLE_OF_REDUCED", "MULTIPLE_OF_REMOVED", "REQUIRED_ATTRIBUTE_REMOVED",
    "REQUIRED_ATTRIBUTE_WITH_DEFAULT_ADDED", "DEPENDENCY_ARRAY_NARROWED", "DEPENDENCY_ARRAY_REMOVED", "DEPENDENCY_SCHEMA_REMOVED",
    "MAX_PROPERTIES_INCREASED", "MAX_PROPERTIES_REMOVED", "MIN_PROPERTIES_DECREASED", "MIN_PROPERTIES_REMOVED", "ADDITIONAL_PROPERTIES_ADDED",
    "ADDITIONAL_PROPERTIES_EXTENDED", "UNEVALUATED_PROPERTIES_ADDED", "UNEVALUATED_PROPERTIES_EXTENDED", "PROPERTY_WITH_EMPTY_SCHEMA_ADDED_TO_OPEN_CONTENT_MODEL",
    "REQUIRED_PROPERTY_WITH_DEFAULT_ADDED_TO_UNOPEN_CONTENT_MODEL", "OPTIONAL_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL",
    "PROPERTY_WITH_FALSE_REMOVED_FROM_CLOSED_CONTENT_MODEL", "PROPERTY_REMOVED_FROM_OPEN_CONTENT_MODEL",
    "PROPERTY_ADDED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", "PROPERTY_REMOVED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", "MAX_ITEMS_INCREASED",
    "MAX_ITEMS_REMOVED", "MIN_ITEMS_DECREASED", "MIN_ITEMS_REMOVED", "MAX_CONTAINS_INCREASED", "MAX_CONTAINS_REMOVED", "MIN_CONTAINS_DECREASED",
    "MIN_CONTAINS_REMOVED", "UNIQUE_ITEMS_REMOVED", "ADDITIONAL_ITEMS_ADDED", "ADDITIONAL_ITEMS_EXTENDED", "UNEVALUATED_ITEMS_ADDED",
    "UNEVALUATED_ITEMS_EXTENDED", "ITEM_WITH_EMPTY_SCHEMA_ADDED_TO_OPEN_CONTENT_MODEL", "ITEM_ADDED_TO_CLOSED_CONTENT_MODEL",
    "ITEM_WITH_FALSE_REMOVED_FROM_CLOSED_CONTENT_MODEL", "ITEM_REMOVED_FROM_OPEN_CONTENT_MODEL", "ITEM_ADDED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL",
    "ITEM_REMOVED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", "ENUM_ARRAY_EXTENDED", "COMBINED_TYPE_EXTENDED", "PRODUCT_TYPE_NARROWED",
    "SUM_TYPE_EXTENDED", "NOT_TYPE_NARROWED"};
constexpr std::string_view lenient_kinds[] = {
    "ADDITIONAL_PROPERTIES_NARROWED", "ADDITIONAL_PROPERTIES_REMOVED", "UNEVALUATED_PROPERTIES_NARROWED", "UNEVALUATED_PROPERTIES_REMOVED",
    "REQUIRED_PROPERTY_WITH_DEFAULT_ADDED_TO_OPEN_CONTENT_MODEL", "OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL", "PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL",
    "PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", "PROPERTY_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL"};

template <std::size_t N> bool among(const std::string_view (&list)[N], std::string_view kind) { return std::find(std::begin(list), std::end(list), kind) != std::end(list); }

bool compatible(const Differences& found) { return found.empty(); }

// Patterns of one comparison, each compiled once. They come from strangers.
class Patterns {
 public:
  // Java's Matcher.find; a pattern that is no expression matches nothing (parse() refuses those). Empty: it takes too long.
  std::optional<bool> matches(const std::string& pattern, const std::string& text) {
    UErrorCode status = U_ZERO_ERROR;
    auto& compiled = compiled_[pattern];
    if (!compiled) compiled.reset(icu::RegexPattern::compile(icu::UnicodeString::fromUTF8(pattern), 0, status));
    if (U_FAILURE(status) || compiled == nullptr) return false;
    const icu::UnicodeString input = icu::UnicodeString::fromUTF8(text);
    const std::unique_ptr<icu::RegexMatcher> matcher(compiled->matcher(input, status));
    if (U_FAILURE(status)) return false;
    matcher->setTimeLimit(int(limits::schema_pattern_ticks), status);
    const bool found = matcher->find(status);
    if (status == U_REGEX_TIME_OUT || status == U_REGEX_STACK_OVERFLOW) return std::nullopt;
    return U_SUCCESS(status) && found;
  }

 private:
  std::map<std::string, std::unique_ptr<icu::RegexPattern>> compiled_;
};

// SUM_TYPE_NARROWED -> "sum type narrowed"
std::string words(std::string_view kind) {
  std::string out(kind);
  for (auto& c : out) c = c == '_' ? ' ' : char(c | 0x20);
  return out;
}

class Comparer {
 public:
  Comparer(const Schema& original, const Schema& update, bool lenient) : original_(original), update_(update), lenient_(lenient) {}

  // A pair that is met again while it is being compared counts as compatible, and what others found under that assumption may be too good:
  // so the pairs that proved incompatible are taken as such in another pass, until no more come up.
  Differences run() {
    while (true) {
      known_.clear();
      assumed_ = false;
      auto found = compare(original_.root(), update_.root(), 0);
      if (!assumed_ || exhausted()) return found;
      const auto before = incompatible_.size();
      for (auto& [pair, list] : known_)
        if (!compatible(list)) incompatible_.try_emplace(pair, list);
      if (incompatible_.size() == before) return found;
    }
  }

  bool exhausted() const { return exhausted_ || compared_ > limits::schema_comparisons_max; }

 private:
  struct Sink {
    Comparer& comparer;
    Differences& out;
    void add(std::string_view kind, std::string path = {}) {
      if (!comparer.is_compatible(kind)) out.push_back({std::string(kind), std::move(path)});
    }
    // Parts that are used in many places would multiply their differences; some are enough to say no.
    void add_all(Differences from, const std::string& below) {
      for (auto& f : from) {
        if (!out.empty() && (out.size() >= limits::schema_differences_max || ++comparer.copies_ > limits::schema_difference_copies_max)) return;
        if (f.path.size() < 2'000) f.path = below + f.path;
        out.push_back(std::move(f));
      }
    }
  };

  bool is_compatible(std::string_view kind) const { return among(compatible_kinds, kind) || (lenient_ && among(lenient_kinds, kind)); }

  // null: no schema there.
  Differences compare(const Tree* original, const Tree* update, int depth) {
    Differences out;
    Sink sink{*this, out};
    if (original == nullptr && update == nullptr) return out;
    if (original == nullptr) { sink.add("SCHEMA_ADDED"); return out; }
    if (update == nullptr) { sink.add("SCHEMA_REMOVED"); return out; }
    original = swapped_ ? update_.resolved(original) : original_.resolved(original);
    update = swapped_ ? original_.resolved(update) : update_.resolved(update);
    if (depth > limits::schema_nesting_max || ++compared_ > limits::schema_comparisons_max) {
      exhausted_ = true;
      sink.add("SCHEMA_TOO_COMPLEX");
      return out;
    }
    const auto key = std::make_pair(original, update);
    if (const auto at = known_.find(key); at != known_.end()) return at->second;
    if (!under_way_.insert(key).second) {
      if (const auto at = incompatible_.find(key); at != incompatible_.end()) return at->second;
      assumed_ = true;
      return out;
    }
    pair(*original, *update, sink, depth);
    under_way_.erase(key);
    known_[key] = out;
    return out;
  }

  void pair(const Tree& original, const Tree& update, Sink& sink, int depth) {
    if (original.kind != Kind::combined && update.kind == Kind::combined && into_combined(original, update, sink, depth)) return;
    if (original.kind == Kind::combined && update.kind != Kind::combined && out_of_combined(original, update, sink, depth)) return;
    if (original.kind != update.kind) {
      if (original.kind == Kind::nothing || update.kind == Kind::any) return;
      if (original.connect_bytes && update.connect_bytes) return;
      return sink.add("TYPE_CHANGED");
    }
    switch (original.kind) {
      case Kind::string: return strings(original, update, sink);
      case Kind::number: return numbers(original, update, sink);
      case Kind::enumeration: return enumerations(original, update, sink);
      case Kind::constant:
        if (!same_json(original.values[0], update.values[0])) sink.add("ENUM_ARRAY_CHANGED", "/const");
        return;
      case Kind::combined: return combined(original, update, sink, depth);
      case Kind::negation: return negation(original, update, sink, depth);
      case Kind::object: return objects(original, update, sink, depth);
      case Kind::array: return arrays(original, update, sink, depth);
      default: return;
    }
  }

  bool into_combined(const Tree& original, const Tree& update, Sink& sink, int depth) {
    if (update.parts.size() != 1 && update.criterion == Tree::Criterion::all) return false;
    for (const auto* part : update.parts) {
      auto found = compare(&original, part, depth + 1);
      if (!compatible(found)) continue;
      sink.add_all(std::move(found), "");
      if (update.parts.size() != 1) sink.add("SUM_TYPE_EXTENDED");
      return true;
    }
    return false;
  }

  bool out_of_combined(const Tree& original, const Tree& update, Sink& sink, int depth) {
    if (original.parts.size() != 1 && original.criterion != Tree::Criterion::all) return false;
    for (const auto* part : original.parts) {
      auto found = compare(part, &update, depth + 1);
      if (!compatible(found)) continue;
      sink.add_all(std::move(found), "");
      if (original.parts.size() != 1) sink.add("PRODUCT_TYPE_NARROWED");
      return true;
    }
    return false;
  }

  static void bound(Sink& sink, std::string_view name, std::string_view path, const std::optional<double>& original, const std::optional<double>& update) {
    if (!original && !update) return;
    const auto kind = [&](std::string_view what) { return std::string(name) + "_" + std::string(what); };
    if (!original) sink.add(kind("ADDED"), std::string(path));
    else if (!update) sink.add(kind("REMOVED"), std::string(path));
    else if (*original < *update) sink.add(kind("INCREASED"), std::string(path));
    else if (*original > *update) sink.add(kind("DECREASED"), std::string(path));
  }

  void strings(const Tree& original, const Tree& update, Sink& sink) {
    bound(sink, "MAX_LENGTH", "/maxLength", original.max_length, update.max_length);
    bound(sink, "MIN_LENGTH", "/minLength", original.min_length, update.min_length);
    if (!original.pattern && update.pattern) sink.add("PATTERN_ADDED", "/pattern");
    else if (original.pattern && !update.pattern) sink.add("PATTERN_REMOVED", "/pattern");
    else if (original.pattern != update.pattern) sink.add("PATTERN_CHANGED", "/pattern");
  }

  static bool multiple(double of, double unit) {
    if (unit == 0 || !std::isfinite(of / unit)) return false;
    const double ratio = of / unit;
    return std::fabs(ratio - std::round(ratio)) <= 1e-9 * std::fabs(ratio);   // 0.3 is a multiple of 0.1
  }

  void numbers(const Tree& original, const Tree& update, Sink& sink) {
    bound(sink, "MAXIMUM", "/maximum", original.maximum, update.maximum);
    bound(sink, "MINIMUM", "/minimum", original.minimum, update.minimum);
    bound(sink, "EXCLUSIVE_MAXIMUM", "/exclusiveMaximum", original.exclusive_maximum, update.exclusive_maximum);
    bound(sink, "EXCLUSIVE_MINIMUM", "/exclusiveMinimum", original.exclusive_minimum, update.exclusive_minimum);
    if (!original.multiple_of && update.multiple_of) {
      sink.add("MULTIPLE_OF_ADDED", "/multipleOf");
    } else if (original.multiple_of && !update.multiple_of) {
      sink.add("MULTIPLE_OF_REMOVED", "/multipleOf");
    } else if (original.multiple_of) {
      const double before = std::strtod(original.multiple_of->c_str(), nullptr), after = std::strtod(update.multiple_of->c_str(), nullptr);
      if (before == after) {}
      else if (after > before && multiple(after, before)) sink.add("MULTIPLE_OF_EXPANDED", "/multipleOf");
      else if (before > after && multiple(before, after)) sink.add("MULTIPLE_OF_REDUCED", "/multipleOf");
      else sink.add("MULTIPLE_OF_CHANGED", "/multipleOf");
    }
    if (original.integer != update.integer) sink.add(original.integer ? "TYPE_EXTENDED" : "TYPE_NARROWED");
  }

  void enumerations(const Tree& original, const Tree& update, Sink& sink) {
    const auto contains_all = [](const Tree& outer, const Tree& inner) {
      return std::all_of(inner.values.begin(), inner.values.end(), [&](const JsonNode& v) {
        return std::any_of(outer.values.begin(), outer.values.end(), [&](const JsonNode& o) { return same_json(o, v); });
      });
    };
    const bool more = contains_all(update, original), less = contains_all(original, update);
    if (more && less) return;
    sink.add(more ? "ENUM_ARRAY_EXTENDED" : less ? "ENUM_ARRAY_NARROWED" : "ENUM_ARRAY_CHANGED", "/enum");
  }

  void negation(const Tree& original, const Tree& update, Sink& sink, int depth) {
    swapped_ = !swapped_;
    const auto found = compare(update.parts[0], original.parts[0], depth + 1);
    swapped_ = !swapped_;
    sink.add(compatible(found) ? "NOT_TYPE_NARROWED" : "NOT_TYPE_EXTENDED", "/not");
  }

  // Duplicates count once.
  std::vector<const Tree*> distinct(const std::vector<const Tree*>& parts) {
    std::vector<const Tree*> out;
    std::set<std::tuple<int, bool, int, int>> seen;
    for (const auto* part : parts)
      if (seen.insert({int(part->kind), part->integer, int(part->criterion), content(*part->source)}).second) out.push_back(part);
    return out;
  }
  // A number that is the same for equal JSON, whatever the order of keys. Each node is looked at once.
  int content(const JsonNode& node) {
    if (const auto at = contents_.find(&node); at != contents_.end()) return at->second;
    std::string text(1, char('0' + int(node.kind)));
    if (node.is_boolean()) text += node.flag ? '1' : '0';
    text += node.text;
    for (const auto& item : node.items) text += "," + std::to_string(content(item));
    std::map<std::string_view, int> members;
    for (const auto& member : node.members) members.emplace(member.name, content(member.value));
    for (const auto& [name, value] : members) text += "," + std::to_string(name.size()) + ":" + std::string(name) + std::to_string(value);
    const int number = numbers_of_.try_emplace(std::move(text), int(numbers_of_.size())).first->second;
    contents_.emplace(&node, number);
    return number;
  }

  void combined(const Tree& original, const Tree& update, Sink& sink, int depth) {
    const auto before = distinct(original.parts), after = distinct(update.parts);
    if (original.criterion != update.criterion) {
      const bool single_before = original.parts.size() == 1, single_after = update.parts.size() == 1;
      const bool fine = update.criterion == Tree::Criterion::any || (single_before && single_after) || (single_before && update.criterion == Tree::Criterion::one) ||
                        (single_after && original.criterion == Tree::Criterion::all);
      if (!fine) return sink.add("COMBINED_TYPE_CHANGED");
      sink.add("COMBINED_TYPE_EXTENDED");
    }
    if (before.size() < after.size()) sink.add(update.criterion == Tree::Criterion::all ? "PRODUCT_TYPE_EXTENDED" : "SUM_TYPE_EXTENDED");
    if (before.size() > after.size()) sink.add(original.criterion == Tree::Criterion::all ? "PRODUCT_TYPE_NARROWED" : "SUM_TYPE_NARROWED");

    // Compatible pairs, of which as many as possible must stand side by side.
    std::vector<std::vector<std::size_t>> edges(before.size());
    for (std::size_t i = 0; i < before.size(); ++i)
      for (std::size_t j = 0; j < after.size(); ++j)
        if (compatible(compare(before[i], after[j], depth + 1))) edges[i].push_back(j);
    if (matching(edges, after.size()) < std::min(before.size(), after.size())) sink.add("COMBINED_TYPE_SUBSCHEMAS_CHANGED");
  }

  // Maximum bipartite matching by augmenting paths.
  static std::size_t matching(const std::vector<std::vector<std::size_t>>& edges, std::size_t right_count) {
    std::vector<int> owner(right_count, -1);
    std::vector<char> tried;
    std::function<bool(std::size_t)> place = [&](std::size_t left) {
      for (const auto right : edges[left]) {
        if (tried[right]) continue;
        tried[right] = 1;
        if (owner[right] < 0 || place(std::size_t(owner[right]))) { owner[right] = int(left); return true; }
      }
      return false;
    };
    std::size_t out = 0;
    for (std::size_t left = 0; left < edges.size(); ++left) {
      tried.assign(right_count, 0);
      if (place(left)) ++out;
    }
    return out;
  }

  static bool open_properties(const Tree& t) {
    return t.pattern_properties.empty() && open_items(t);
  }
  // The schema that a property not named in `t` must meet; null when it may not be there at all.
  const Tree* partial_property(const Tree& t, const std::string& name) {
    for (const auto& [pattern, schema] : t.pattern_properties) {
      if ((compared_ += limits::schema_pattern_steps) > limits::schema_comparisons_max) break;
      const auto matched = patterns_.matches(pattern, name);
      if (!matched) exhausted_ = true;
      else if (*matched) return schema;
    }
    return partial_item(t);
  }

  void property_removed(const std::string& name, const Tree* before, const Tree& update, Sink& sink, int depth) {
    const std::string path = "/properties/" + name;
    if (open_properties(update)) return sink.add("PROPERTY_REMOVED_FROM_OPEN_CONTENT_MODEL", path);
    if (const auto* partial = partial_property(update, name)) {
      auto found = compare(before, partial, depth + 1);
      const bool covered = compatible(found);
      sink.add_all(std::move(found), path);
      return sink.add(covered ? "PROPERTY_REMOVED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL" : "PROPERTY_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", path);
    }
    sink.add(before->kind == Kind::nothing ? "PROPERTY_WITH_FALSE_REMOVED_FROM_CLOSED_CONTENT_MODEL" : "PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL", path);
  }

  void property_added(const std::string& name, const Tree* after, const Tree& original, const Tree& update, Sink& sink, int depth) {
    const std::string path = "/properties/" + name;
    const bool required = update.required.contains(name);
    if (open_properties(original)) {
      if (after->kind == Kind::any) return sink.add("PROPERTY_WITH_EMPTY_SCHEMA_ADDED_TO_OPEN_CONTENT_MODEL", path);
      if (!required) return sink.add("OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL", path);
      return sink.add(after->has_default ? "REQUIRED_PROPERTY_WITH_DEFAULT_ADDED_TO_OPEN_CONTENT_MODEL" : "REQUIRED_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL", path);
    }
    if (const auto* partial = partial_property(original, name)) {
      auto found = compare(partial, after, depth + 1);
      const bool covered = compatible(found);
      sink.add_all(std::move(found), path);
      sink.add(covered ? "PROPERTY_ADDED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL" : "PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", path);
    }
    if (!required) return sink.add("OPTIONAL_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL", path);
    sink.add(after->has_default ? "REQUIRED_PROPERTY_WITH_DEFAULT_ADDED_TO_UNOPEN_CONTENT_MODEL" : "REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL", path);
  }

  void objects(const Tree& original, const Tree& update, Sink& sink, int depth) {
    for (const auto& [name, before] : original.properties) {
      const auto at = update.properties.find(name);
      if (at == update.properties.end()) property_removed(name, before, update, sink, depth);
      else sink.add_all(compare(before, at->second, depth + 1), "/properties/" + name);
    }
    for (const auto& [name, after] : update.properties)
      if (!original.properties.contains(name)) property_added(name, after, original, update, sink, depth);
    required(original, update, sink);
    dependencies(original, update, sink, depth);
    rest("ADDITIONAL_PROPERTIES", "/additionalProperties", original.additional, update.additional, sink, depth);
    unevaluated("UNEVALUATED_PROPERTIES", "/unevaluatedProperties", original.unevaluated, update.unevaluated, sink, depth);
    bound(sink, "MAX_PROPERTIES", "/maxProperties", original.max_properties, update.max_properties);
    bound(sink, "MIN_PROPERTIES", "/minProperties", original.min_properties, update.min_properties);
  }

  static void required(const Tree& original, const Tree& update, Sink& sink) {
    for (const auto& [name, before] : original.properties) {
      const auto at = update.properties.find(name);
      if (at == update.properties.end()) continue;
      const bool was = original.required.contains(name), is = update.required.contains(name);
      if (was && !is) sink.add("REQUIRED_ATTRIBUTE_REMOVED", "/required/" + name);
      if (!was && is) sink.add(at->second->has_default ? "REQUIRED_ATTRIBUTE_WITH_DEFAULT_ADDED" : "REQUIRED_ATTRIBUTE_ADDED", "/required/" + name);
    }
  }

  void dependencies(const Tree& original, const Tree& update, Sink& sink, int depth) {
    const auto path = [](const std::string& name) { return "/dependencies/" + name; };
    for (const auto& [name, before] : original.dependent_required) {
      const auto at = update.dependent_required.find(name);
      if (at == update.dependent_required.end()) { sink.add("DEPENDENCY_ARRAY_REMOVED", path(name)); continue; }
      const auto& after = at->second;
      if (before == after) continue;
      const bool more = std::includes(after.begin(), after.end(), before.begin(), before.end());
      const bool less = std::includes(before.begin(), before.end(), after.begin(), after.end());
      sink.add(more ? "DEPENDENCY_ARRAY_EXTENDED" : less ? "DEPENDENCY_ARRAY_NARROWED" : "DEPENDENCY_ARRAY_CHANGED", path(name));
    }
    for (const auto& [name, after] : update.dependent_required)
      if (!original.dependent_required.contains(name)) sink.add("DEPENDENCY_ARRAY_ADDED", path(name));
    for (const auto& [name, before] : original.dependent_schemas) {
      const auto at = update.dependent_schemas.find(name);
      if (at == update.dependent_schemas.end()) sink.add("DEPENDENCY_SCHEMA_REMOVED", path(name));
      else sink.add_all(compare(before, at->second, depth + 1), path(name));
    }
    for (const auto& [name, after] : update.dependent_schemas)
      if (!original.dependent_schemas.contains(name)) sink.add("DEPENDENCY_SCHEMA_ADDED", path(name));
  }

  void rest(std::string_view name, const std::string& path, const Tree::Rest& original, const Tree::Rest& update, Sink& sink, int depth) {
    const auto kind = [&](std::string_view what) { return std::string(name) + "_" + std::string(what); };
    if (original.permitted != update.permitted) return sink.add(kind(update.permitted ? "ADDED" : "REMOVED"), path);
    if (original.schema == nullptr && update.schema == nullptr) return;
    if (original.schema == nullptr) return sink.add(kind("NARROWED"), path);
    if (update.schema == nullptr) return sink.add(kind("EXTENDED"), path);
    sink.add_all(compare(original.schema, update.schema, depth + 1), path);
  }

  // Confluent's rules: to say "true" where nothing was said narrows as well.
  void unevaluated(std::string_view name, const std::string& path, const Tree::Rest& original, const Tree::Rest& update, Sink& sink, int depth) {
    const auto kind = [&](std::string_view what) { return std::string(name) + "_" + std::string(what); };
    const auto any = [](const Tree::Rest& r) { return r.permitted && (r.schema == nullptr || r.schema->kind == Kind::any); };
    if (!original.given && !update.given) return;
    if (!original.given) return sink.add(kind(update.permitted ? "NARROWED" : "REMOVED"), path);
    if (!update.given) return sink.add(kind(original.permitted ? "EXTENDED" : "ADDED"), path);
    if (original.permitted != update.permitted) return sink.add(kind(update.permitted ? "ADDED" : "REMOVED"), path);
    if (any(original) != any(update)) return sink.add(kind(any(original) ? "NARROWED" : "EXTENDED"), path);
    if (!any(original) && original.permitted) sink.add_all(compare(original.schema, update.schema, depth + 1), path);
  }

  static bool open_items(const Tree& t) {
    return t.additional.permitted && t.additional.schema == nullptr && t.unevaluated.permitted && (t.unevaluated.schema == nullptr || t.unevaluated.schema->kind == Kind::any);
  }
  static const Tree* partial_item(const Tree& t) {
    if (t.additional.schema != nullptr) return t.additional.schema;
    const bool counts = t.additional.permitted && t.unevaluated.schema != nullptr && t.unevaluated.schema->kind != Kind::any;
    return counts ? t.unevaluated.schema : nullptr;
  }

  void arrays(const Tree& original, const Tree& update, Sink& sink, int depth) {
    bound(sink, "MAX_ITEMS", "/maxItems", original.max_items, update.max_items);
    bound(sink, "MIN_ITEMS", "/minItems", original.min_items, update.min_items);
    bound(sink, "MAX_CONTAINS", "/maxContains", original.max_contains, update.max_contains);
    bound(sink, "MIN_CONTAINS", "/minContains", original.min_contains, update.min_contains);
    if (original.unique_items != update.unique_items) sink.add(update.unique_items ? "UNIQUE_ITEMS_ADDED" : "UNIQUE_ITEMS_REMOVED", "/uniqueItems");
    rest("ADDITIONAL_ITEMS", "/additionalItems", original.additional, update.additional, sink, depth);
    unevaluated("UNEVALUATED_ITEMS", "/unevaluatedItems", original.unevaluated, update.unevaluated, sink, depth);
    sink.add_all(compare(original.all_items, update.all_items, depth + 1), "/items");
    for (std::size_t i = 0; i < std::max(original.items.size(), update.items.size()); ++i) {
      const std::string path = "/items/" + std::to_string(i);
      if (i >= update.items.size()) item_removed(original.items[i], update, path, sink, depth);
      else if (i >= original.items.size()) item_added(update.items[i], original, path, sink, depth);
      else sink.add_all(compare(original.items[i], update.items[i], depth + 1), path);
    }
  }

  void item_removed(const Tree* before, const Tree& update, const std::string& path, Sink& sink, int depth) {
    if (open_items(update)) return sink.add("ITEM_REMOVED_FROM_OPEN_CONTENT_MODEL", path);
    if (const auto* partial = partial_item(update)) {
      auto found = compare(before, partial, depth + 1);
      const bool covered = compatible(found);
      sink.add_all(std::move(found), path);
      return sink.add(covered ? "ITEM_REMOVED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL" : "ITEM_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", path);
    }
    sink.add(before->kind == Kind::nothing ? "ITEM_WITH_FALSE_REMOVED_FROM_CLOSED_CONTENT_MODEL" : "ITEM_REMOVED_FROM_CLOSED_CONTENT_MODEL", path);
  }

  void item_added(const Tree* after, const Tree& original, const std::string& path, Sink& sink, int depth) {
    if (open_items(original)) return sink.add(after->kind == Kind::any ? "ITEM_WITH_EMPTY_SCHEMA_ADDED_TO_OPEN_CONTENT_MODEL" : "ITEM_ADDED_TO_OPEN_CONTENT_MODEL", path);
    if (const auto* partial = partial_item(original)) {
      auto found = compare(partial, after, depth + 1);
      const bool covered = compatible(found);
      sink.add_all(std::move(found), path);
      return sink.add(covered ? "ITEM_ADDED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL" : "ITEM_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", path);
    }
    sink.add("ITEM_ADDED_TO_CLOSED_CONTENT_MODEL", path);
  }

  Forest original_, update_;
  bool lenient_;
  bool swapped_ = false;     // inside a `not` the two change sides
  std::size_t compared_ = 0, copies_ = 0;
  bool exhausted_ = false;
  bool assumed_ = false;     // in this pass: some pair was taken as compatible while it was under way
  using Pair = std::pair<const Tree*, const Tree*>;
  std::map<Pair, Differences> known_, incompatible_;
  std::set<Pair> under_way_;
  Patterns patterns_;
  std::unordered_map<const JsonNode*, int> contents_;
  std::unordered_map<std::string, int> numbers_of_;
};

}  // namespace

std::vector<Difference> incompatible_changes(const Schema& original, const Schema& update, bool lenient) {
  std::vector<Difference> out;
  Comparer comparer(original, update, lenient);
  auto all = comparer.run();
  if (comparer.exhausted()) all = {{"SCHEMA_TOO_COMPLEX", ""}};   // the rest would be half of an answer
  for (const auto& found : all)
    out.push_back({found.kind, "#" + (found.path.empty() ? "/" : found.path), "differs in a way that readers cannot live with: " + words(found.kind)});
  return out;
}

}  // namespace braid::format::json_schema
