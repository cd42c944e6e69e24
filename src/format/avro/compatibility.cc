#include "format/avro/compatibility.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "base/limits/schemas.h"
#include "base/limits/texts.h"

namespace braid::format::avro {
namespace {

// What a list looks like in Java's messages: [A, B].
std::string listed(const std::vector<std::string>& items) {
  std::string out = "[";
  for (const auto& item : items) out += (out.size() > 1 ? ", " : "") + item;
  return out + "]";
}

std::string upper(Type type) {
  std::string out(name_of(type));
  for (auto& c : out) c = char(c - 32);
  return out;
}

bool promotes(Type reader, Type writer) {
  switch (reader) {
    case Type::long_: return writer == Type::int_;
    case Type::float_: return writer == Type::int_ || writer == Type::long_;
    case Type::double_: return writer == Type::int_ || writer == Type::long_ || writer == Type::float_;
    case Type::bytes: return writer == Type::string;
    case Type::string: return writer == Type::bytes;
    default: return false;
  }
}

class Checker {
 public:
  using List = std::vector<Incompatibility>;

  // Reasons with locations relative to `at`. A pair under way counts as compatible: that is how recursive types end.
  List check(const Node& reader, const Node& writer, const std::string& at) {
    const Pair key{&reader, &writer};
    if (const auto known = known_.find(key); known != known_.end()) return known->second;
    if (exhausted_ || ++steps_ > limits::schema_comparisons_max || depth_ > 4 * limits::schema_nesting_max) {
      exhausted_ = true;
      return one("SCHEMA_TOO_COMPLEX", at, "the schemas have too many parts to be compared within " + std::to_string(limits::schema_comparisons_max) + " steps");
    }
    known_[key] = {};
    ++depth_;
    auto found = compare(reader, writer, at);
    --depth_;
    known_[key] = found;
    return found;
  }

  bool exhausted() const { return exhausted_; }

 private:
  static List one(std::string kind, const std::string& at, std::string message) {
    return {{std::move(kind), at.empty() ? "/" : at, std::move(message)}};
  }
  // Parts that are used in many places would multiply their reasons; some are enough to say no.
  void append(List& to, List from) {
    for (auto& reason : from) {
      if (!to.empty() && (to.size() >= limits::schema_differences_max || ++copies_ > limits::schema_difference_copies_max)) return;
      to.push_back(std::move(reason));
    }
  }

  static List mismatch(const Node& reader, const Node& writer, const std::string& at) {
    return one("TYPE_MISMATCH", at, "reader type: " + upper(reader.type) + " not compatible with writer type: " + upper(writer.type));
  }

  List compare(const Node& reader, const Node& writer, const std::string& at) {
    if (reader.type == writer.type) return same_type(reader, writer, at);
    if (writer.type == Type::union_) {   // every branch must be readable
      List out;
      for (const auto* branch : writer.branches) append(out, check(reader, *branch, at));
      return out;
    }
    if (reader.type == Type::union_) return into_union(reader, writer, at);
    if (promotes(reader.type, writer.type)) return {};
    return mismatch(reader, writer, at);
  }

  List into_union(const Node& reader, const Node& writer, const std::string& at) {
    for (const auto* branch : reader.branches) {
      auto found = check(*branch, writer, at);
      if (found.empty()) return {};
      if (exhausted_) return found;
    }
    return one("MISSING_UNION_BRANCH", at, "reader union lacking writer type: " + upper(writer.type));
  }

  List same_type(const Node& reader, const Node& writer, const std::string& at) {
    switch (reader.type) {
      case Type::array: return check(*reader.items, *writer.items, at + "/items");
      case Type::map: return check(*reader.items, *writer.items, at + "/values");
      case Type::fixed: {
        auto out = names(reader, writer, at);
        if (reader.size != writer.size)
          append(out, one("FIXED_SIZE_MISMATCH", at + "/size", "expected: " + std::to_string(writer.size) + ", found: " + std::to_string(reader.size)));
        return out;
      }
      case Type::enum_: {
        auto out = names(reader, writer, at);
        append(out, symbols(reader, writer, at + "/symbols"));
        return out;
      }
      case Type::record: {
        auto out = names(reader, writer, at);
        append(out, fields(reader, writer, at));
        return out;
      }
      case Type::union_: {
        List out;
        for (std::size_t i = 0; i < writer.branches.size(); ++i) {
          const std::string place = at + "/" + std::to_string(i);
          auto found = into_union(reader, *writer.branches[i], place);
          if (exhausted_ && !found.empty()) return found;
          if (!found.empty())
            append(out, one("MISSING_UNION_BRANCH", place, "reader union lacking writer type: " + upper(writer.branches[i]->type)));
        }
        return out;
      }
      default: return {};
    }
  }

  static List names(const Node& reader, const Node& writer, const std::string& at) {
    if (names_match(reader, writer)) return {};
    return one("NAME_MISMATCH", at + "/name", "expected: " + writer.name.full());
  }

  static List symbols(const Node& reader, const Node& writer, const std::string& at) {
    if (reader.enum_default) return {};
    const std::unordered_set<std::string_view> known(reader.symbols.begin(), reader.symbols.end());
    std::vector<std::string> missing;
    for (const auto& symbol : writer.symbols)
      if (!known.contains(symbol)) missing.push_back(symbol);
    if (missing.empty()) return {};
    std::sort(missing.begin(), missing.end());   // a TreeSet there
    return one("MISSING_ENUM_SYMBOLS", at, listed(missing));
  }

  // By name, or by an alias of the reader's field. Two different hits are the author's mistake and reported as such.
  std::pair<const Field*, bool> writer_field(const Node& writer, const Field& reader_field) {
    auto& by_name = fields_[&writer];
    if (by_name.empty())
      for (const auto& field : writer.fields) by_name.emplace(field.name, &field);
    const auto named = [&](std::string_view name) -> const Field* {
      const auto at = by_name.find(name);
      return at == by_name.end() ? nullptr : at->second;
    };
    const Field* found = named(reader_field.name);
    for (const auto& alias : reader_field.aliases) {
      const auto* other = named(alias);
      if (other == nullptr) continue;
      if (found != nullptr && found != other) return {nullptr, true};
      found = other;
    }
    return {found, false};
  }

  List fields(const Node& reader, const Node& writer, const std::string& at) {
    List out;
    for (std::size_t i = 0; i < reader.fields.size(); ++i) {
      const auto& field = reader.fields[i];
      const std::string place = at + "/fields/" + std::to_string(i);
      const auto [source, ambiguous] = writer_field(writer, field);
      if (ambiguous) {
        append(out, one("TYPE_MISMATCH", place, "Reader record field " + field.name + " matches multiple fields in writer record schema " + writer.name.full()));
      } else if (source == nullptr) {
        if (!field.default_value) append(out, one("READER_FIELD_MISSING_DEFAULT_VALUE", place, field.name));
      } else {
        append(out, check(*field.type, *source->type, place + "/type"));
      }
    }
    return out;
  }

  using Pair = std::pair<const Node*, const Node*>;
  struct PairHash {
    std::size_t operator()(const Pair& p) const { return std::hash<const void*>()(p.first) * 31 + std::hash<const void*>()(p.second); }
  };
  std::unordered_map<Pair, List, PairHash> known_;
  std::unordered_map<const Node*, std::unordered_map<std::string_view, const Field*>> fields_;
  std::size_t steps_ = 0, copies_ = 0;
  int depth_ = 0;
  bool exhausted_ = false;
};

}  // namespace

bool names_match(const Node& reader, const Node& writer) {
  if (reader.name.name == writer.name.name) return true;
  return std::find(reader.aliases.begin(), reader.aliases.end(), writer.name) != reader.aliases.end();
}

std::vector<Incompatibility> incompatibilities(const Schema& reader, const Schema& writer) {
  Checker checker;
  auto out = checker.check(reader.root(), writer.root(), "");
  if (!checker.exhausted()) return out;
  // What was found until then may hide behind other kinds (a union's branch that was not looked at); the one reason is the budget.
  return {{"SCHEMA_TOO_COMPLEX", "/", "the schemas have too many parts to be compared within " + std::to_string(limits::schema_comparisons_max) + " steps"}};
}

}  // namespace braid::format::avro
