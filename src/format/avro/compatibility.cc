#include "format/avro/compatibility.h"

#include <algorithm>
#include <map>

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
    const auto key = std::make_pair(&reader, &writer);
    if (const auto known = known_.find(key); known != known_.end()) return known->second;
    known_[key] = {};
    auto found = compare(reader, writer, at);
    known_[key] = found;
    return found;
  }

 private:
  static List one(std::string kind, const std::string& at, std::string message) {
    return {{std::move(kind), at.empty() ? "/" : at, std::move(message)}};
  }
  static void append(List& to, List from) { to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end())); }

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
    for (const auto* branch : reader.branches)
      if (check(*branch, writer, at).empty()) return {};
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
          if (!into_union(reader, *writer.branches[i], place).empty())
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
    std::vector<std::string> missing;
    for (const auto& symbol : writer.symbols)
      if (std::find(reader.symbols.begin(), reader.symbols.end(), symbol) == reader.symbols.end()) missing.push_back(symbol);
    if (missing.empty()) return {};
    std::sort(missing.begin(), missing.end());   // a TreeSet there
    return one("MISSING_ENUM_SYMBOLS", at, listed(missing));
  }

  // By name, or by an alias of the reader's field. Two different hits are the author's mistake and reported as such.
  static std::pair<const Field*, bool> writer_field(const Node& writer, const Field& reader_field) {
    const Field* found = writer.find_field(reader_field.name);
    for (const auto& alias : reader_field.aliases) {
      const auto* other = writer.find_field(alias);
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

  std::map<std::pair<const Node*, const Node*>, List> known_;
};

}  // namespace

bool names_match(const Node& reader, const Node& writer) {
  if (reader.name.name == writer.name.name) return true;
  return std::find(reader.aliases.begin(), reader.aliases.end(), writer.name) != reader.aliases.end();
}

std::vector<Incompatibility> incompatibilities(const Schema& reader, const Schema& writer) {
  return Checker().check(reader.root(), writer.root(), "");
}

}  // namespace braid::format::avro
