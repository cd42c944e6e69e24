#include "format/avro/codec.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "base/limits/schemas.h"
#include "base/limits/texts.h"
#include "format/avro/compatibility.h"

namespace braid::format::avro {
namespace {

// Whether values of this type take no bytes at all. Recursive records always take one at least (their union's branch). What is too large to be
// looked at is taken not to be empty.
bool always_empty(const Node& node, int& looks) {
  if (--looks < 0) return false;
  switch (node.type) {
    case Type::null_: return true;
    case Type::fixed: return node.size == 0;
    case Type::record: return std::all_of(node.fields.begin(), node.fields.end(), [&](const Field& f) { return always_empty(*f.type, looks); });
    default: return false;
  }
}
bool always_empty(const Node& node) {
  int looks = 1'000;
  return always_empty(node, looks);
}

bool skip_blocks(const Node& node, Input& in, int depth) {
  const bool map = node.type == Type::map;
  while (true) {
    auto count = in.long_value();
    if (!in.ok()) return false;
    if (count == 0) return true;
    if (count < 0) {   // a block that says its size in bytes
      const auto size = in.long_value();
      if (size < 0) { in.fail("a negative block size"); return false; }
      in.take(std::size_t(size));
      if (!in.ok()) return false;
      continue;
    }
    if (!map && always_empty(*node.items)) continue;
    if (std::size_t(count) > in.remaining()) { in.fail("a block with more items than bytes"); return false; }
    for (; count > 0; --count) {
      if (map) in.bytes();
      if (!in.ok() || !skip(*node.items, in, depth + 1)) return false;
    }
  }
}

std::optional<Op> promotion(Type writer, Type reader) {
  if (writer == Type::int_ && reader == Type::long_) return Op::int_as_long;
  if (writer == Type::int_ && reader == Type::float_) return Op::int_as_float;
  if (writer == Type::int_ && reader == Type::double_) return Op::int_as_double;
  if (writer == Type::long_ && reader == Type::float_) return Op::long_as_float;
  if (writer == Type::long_ && reader == Type::double_) return Op::long_as_double;
  if (writer == Type::float_ && reader == Type::double_) return Op::float_as_double;
  if (writer == Type::string && reader == Type::bytes) return Op::string_as_bytes;
  if (writer == Type::bytes && reader == Type::string) return Op::bytes_as_string;
  return std::nullopt;
}

Op same_op(Type type) {
  switch (type) {
    case Type::null_: return Op::null_;
    case Type::boolean: return Op::boolean;
    case Type::int_: return Op::int_;
    case Type::long_: return Op::long_;
    case Type::float_: return Op::float_;
    case Type::double_: return Op::double_;
    case Type::bytes: return Op::bytes;
    case Type::string: return Op::string;
    case Type::fixed: return Op::fixed;
    case Type::enum_: return Op::enum_;
    case Type::record: return Op::record;
    case Type::array: return Op::array;
    case Type::map: return Op::map;
    case Type::union_: return Op::from_union;
  }
  return Op::mismatch;
}

// Bytes of a default: Avro writes them as a text whose characters 0..255 are the bytes.
Result<Bytes> bytes_of(const std::string& text) {
  Bytes out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = std::uint8_t(text[i]);
    if (c < 0x80) { out.push_back(char(c)); continue; }
    if ((c == 0xc2 || c == 0xc3) && i + 1 < text.size()) { out.push_back(char(((c & 3) << 6) | (std::uint8_t(text[++i]) & 0x3f))); continue; }
    return fail(ErrorCode::invalid_input, "a default for bytes holds a character above 255");
  }
  return out;
}

// Bounded, because a record's default may leave out fields whose own defaults leave out fields, and so on.
class DefaultWriter {
 public:
  Bytes out;

  Result<void> put(const Node& type, const JsonNode& value) {
    if (depth_ > limits::schema_nesting_max || ++steps_ > limits::avro_default_bytes_max || out.size() > limits::avro_default_bytes_max)
      return fail(ErrorCode::invalid_input, "the default has more than " + std::to_string(limits::avro_default_bytes_max) + " values or bytes, or nests too deep, once the defaults inside it are filled in",
                  "a record's default that leaves out its fields takes theirs; give them short ones, or null");
    ++depth_;
    auto done = any(type, value);
    --depth_;
    return done;
  }

 private:
  Result<void> record(const Node& type, const JsonNode& value) {
    for (const auto& field : type.fields) {
      const auto* given = value.find(field.name);
      if (given == nullptr && !field.default_value)
        return fail(ErrorCode::invalid_input, "the default of record " + type.name.full() + " has no value for its field '" + field.name + "'");
      TRY_VOID(put(*field.type, given != nullptr ? *given : *field.default_value));
    }
    return {};
  }

  Result<void> any(const Node& type, const JsonNode& value) {
    if (type.type == Type::union_) {
      // The specification wants the first branch; schemas in use (and Avro 1.12) also take any branch that fits.
      for (std::size_t i = 0; i < type.branches.size(); ++i) {
        if (!valid_default(*type.branches[i], value)) continue;
        put_long(out, std::int64_t(i));
        return put(*type.branches[i], value);
      }
    } else if (valid_default(type, value)) {
      switch (type.type) {
        case Type::null_: return {};
        case Type::boolean: put_boolean(out, value.flag); return {};
        case Type::int_:
        case Type::long_: put_long(out, std::strtoll(value.text.c_str(), nullptr, 10)); return {};
        case Type::float_: put_float(out, float(value.number())); return {};
        case Type::double_: put_double(out, value.number()); return {};
        case Type::string: put_bytes(out, value.text); return {};
        case Type::bytes: { TRY(auto bytes, bytes_of(value.text)); put_bytes(out, bytes); return {}; }
        case Type::fixed: {
          TRY(auto bytes, bytes_of(value.text));
          if (bytes.size() != std::size_t(type.size)) break;
          put_fixed(out, bytes);
          return {};
        }
        case Type::enum_: {
          const auto at = std::find(type.symbols.begin(), type.symbols.end(), value.text);
          if (at == type.symbols.end()) break;
          put_long(out, at - type.symbols.begin());
          return {};
        }
        case Type::array:
          if (!value.items.empty()) put_long(out, std::int64_t(value.items.size()));
          for (const auto& item : value.items) TRY_VOID(put(*type.items, item));
          put_long(out, 0);
          return {};
        case Type::map:
          if (!value.members.empty()) put_long(out, std::int64_t(value.members.size()));
          for (const auto& member : value.members) { put_bytes(out, member.name); TRY_VOID(put(*type.items, member.value)); }
          put_long(out, 0);
          return {};
        case Type::record: return record(type, value);
        case Type::union_: break;
      }
    }
    return fail(ErrorCode::invalid_input, "the default " + print_json_text(value) + " does not fit its type " + std::string(name_of(type.type)));
  }

  std::size_t steps_ = 0;
  int depth_ = 0;
};

}  // namespace

bool skip(const Node& node, Input& in, int depth) {
  if (depth > limits::json_nesting_max) { in.fail("values nested too deep"); return false; }
  switch (node.type) {
    case Type::null_: break;
    case Type::boolean: in.boolean(); break;
    case Type::int_: in.int_value(); break;
    case Type::long_: in.long_value(); break;
    case Type::float_: in.take(4); break;
    case Type::double_: in.take(8); break;
    case Type::bytes:
    case Type::string: in.bytes(); break;
    case Type::fixed: in.take(std::size_t(node.size)); break;
    case Type::enum_: {
      const auto v = in.long_value();
      if (v < 0 || std::size_t(v) >= node.symbols.size()) in.fail("an enum symbol that does not exist");
      break;
    }
    case Type::record:
      if (!in.spend_fields(node.fields.size())) return false;
      for (const auto& field : node.fields)
        if (!skip(*field.type, in, depth + 1)) return false;
      break;
    case Type::array:
    case Type::map: return skip_blocks(node, in, depth);
    case Type::union_: {
      const auto v = in.long_value();
      if (v < 0 || std::size_t(v) >= node.branches.size()) { in.fail("a union branch that does not exist"); break; }
      return in.ok() && skip(*node.branches[std::size_t(v)], in, depth + 1);
    }
  }
  return in.ok();
}

Result<Bytes> encode_default(const Node& type, const JsonNode& value) {
  DefaultWriter writer;
  TRY_VOID(writer.put(type, value));
  return std::move(writer.out);
}

// Steps are memoised by (writer, reader), so recursive schemas give cyclic programs.
class Compiler {
 public:
  explicit Compiler(Program& program) : program_(program) {}

  Result<const Step*> step(const Node& writer, const Node& reader) {
    const auto key = std::make_pair(&writer, &reader);
    if (const auto at = made_.find(key); at != made_.end()) return at->second;
    if (const auto at = failed_.find(key); at != failed_.end()) return std::unexpected(at->second);   // what fails once fails again
    if (exhausted_ || depth_ > 4 * limits::schema_nesting_max || made_.size() + failed_.size() > limits::schema_comparisons_max) {
      exhausted_ = true;
      return too_complex();
    }
    Step& out = add(writer, reader);
    made_.emplace(key, &out);
    ++depth_;
    auto filled = fill(out);
    --depth_;
    if (!filled) {
      made_.erase(key);
      out.op = Op::mismatch;   // a recursive type may point here already
      failed_.emplace(key, filled.error());
      return std::unexpected(std::move(filled).error());
    }
    return &out;
  }

  bool exhausted() const { return exhausted_; }
  static std::unexpected<Error> too_complex() {
    return fail(ErrorCode::invalid_input, "the schemas are too complex to be read one with the other: more than " + std::to_string(limits::schema_comparisons_max) + " pairs of their types meet, or they nest too deep");
  }

  Result<const Step*> root(const Node& writer, const Node& reader, const std::vector<bool>& wanted) {
    if (wanted.empty() || writer.type != Type::record || reader.type != Type::record) return step(writer, reader);
    Step& out = add(writer, reader);   // not memoised: a nested use of the same record wants all its fields
    out.op = Op::record;
    TRY_VOID(fill_record(out, &wanted));
    return &out;
  }

 private:
  Step& add(const Node& writer, const Node& reader) {
    Step& out = program_.steps_.emplace_back();
    out.writer = &writer;
    out.reader = &reader;
    return out;
  }

  std::unexpected<Error> mismatch(const Step& s, const std::string& why = {}) {
    const auto text = [](const Node& n) { return n.named() ? std::string(name_of(n.type)) + " " + n.name.full() : std::string(name_of(n.type)); };
    return fail(ErrorCode::incompatible, "a value written as " + text(*s.writer) + " cannot be read as " + text(*s.reader) + why);
  }

  Result<void> fill(Step& s) {
    const Node& w = *s.writer;
    const Node& r = *s.reader;
    if (w.type == Type::union_) return fill_from_union(s);
    if (r.type == Type::union_) return fill_to_union(s);
    if (w.type != r.type) {
      const auto op = promotion(w.type, r.type);
      if (!op) return mismatch(s);
      s.op = *op;
      return {};
    }
    s.op = same_op(w.type);
    if (w.named() && !names_match(r, w)) return mismatch(s, ": the names differ");
    switch (w.type) {
      case Type::fixed:
        if (w.size != r.size) return mismatch(s, ": the sizes differ");
        return {};
      case Type::enum_: fill_enum(s); return {};
      case Type::array:
      case Type::map: {
        TRY(s.inner, step(*w.items, *r.items));
        s.empty_items = w.type == Type::array && always_empty(*w.items);
        return {};
      }
      case Type::record: return fill_record(s, nullptr);
      default: return {};
    }
  }

  void fill_enum(Step& s) {
    std::unordered_map<std::string_view, std::int32_t> places;
    for (const auto& symbol : s.reader->symbols) places.emplace(symbol, std::int32_t(places.size()));
    const auto place = [&](std::string_view symbol) { const auto at = places.find(symbol); return at == places.end() ? -1 : at->second; };
    const auto otherwise = s.reader->enum_default ? place(*s.reader->enum_default) : -1;
    for (const auto& symbol : s.writer->symbols) {
      const auto at = place(symbol);
      s.symbols.push_back(at < 0 ? otherwise : at);
    }
  }

  // A branch that cannot be read is no error until a value of it comes; only when none can be read the pair is refused.
  Result<void> fill_from_union(Step& s) {
    s.op = Op::from_union;
    bool any = s.writer->branches.empty();
    for (const auto* branch : s.writer->branches) {
      auto made = step(*branch, *s.reader);
      if (made) { s.branches.push_back(*made); any = true; continue; }
      Step& bad = add(*branch, *s.reader);
      bad.op = Op::mismatch;
      s.branches.push_back(&bad);
    }
    if (!any) return mismatch(s, ": none of its branches");
    return {};
  }

  // First a branch of the very same type and name, then one of the same type, then one by promotion, as Java's resolver does.
  Result<void> fill_to_union(Step& s) {
    s.op = Op::to_union;
    const auto& branches = s.reader->branches;
    for (int pass = 0; pass < 3; ++pass) {
      for (std::size_t i = 0; i < branches.size(); ++i) {
        const bool same = branches[i]->type == s.writer->type;
        if (pass == 0 ? !same || (s.writer->named() && branches[i]->name != s.writer->name) : pass == 1 ? !same : same) continue;
        auto made = step(*s.writer, *branches[i]);
        if (!made) continue;
        s.branch = std::uint32_t(i);
        s.inner = *made;
        return {};
      }
    }
    return mismatch(s, ": no branch fits");
  }

  Result<void> fill_record(Step& s, const std::vector<bool>* wanted) {
    const Node& w = *s.writer;
    const Node& r = *s.reader;
    const auto is_wanted = [&](std::size_t i) { return wanted == nullptr || (i < wanted->size() && (*wanted)[i]); };
    std::vector<bool> filled(r.fields.size());
    const ReaderFields by_name(r, w);
    for (const auto& field : w.fields) {
      const auto target = by_name.of(field);
      if (target < 0 || !is_wanted(std::size_t(target))) {
        s.fields.push_back({nullptr, field.type, 0});
        if (target >= 0) filled[std::size_t(target)] = true;
        continue;
      }
      filled[std::size_t(target)] = true;
      auto made = step(*field.type, *r.fields[std::size_t(target)].type);
      if (!made) return std::unexpected(std::move(made).error().during("field " + r.fields[std::size_t(target)].name));
      s.fields.push_back({*made, field.type, std::uint32_t(target)});
    }
    for (std::size_t i = 0; i < r.fields.size(); ++i) {
      const auto& field = r.fields[i];
      if (filled[i] || !is_wanted(i)) continue;
      if (!field.default_value)
        return mismatch(s, ": field '" + field.name + "' is missing in what was written and has no default");
      auto encoded = encode_default(*field.type, *field.default_value);
      if (!encoded) return std::unexpected(std::move(encoded).error().during("field " + field.name));
      TRY(auto* made, step(*field.type, *field.type));
      s.defaults.push_back({made, *std::move(encoded), std::uint32_t(i)});
    }
    return {};
  }

  // The reader's field for a field of the writer: by name, or by an alias of the reader's field that has no namesake in the writer.
  class ReaderFields {
   public:
    ReaderFields(const Node& reader, const Node& writer) {
      for (const auto& f : reader.fields) places_.emplace(f.name, int(places_.size()));
      std::unordered_set<std::string_view> written;
      for (const auto& f : writer.fields) written.insert(f.name);
      for (std::size_t i = 0; i < reader.fields.size(); ++i)
        if (!written.contains(reader.fields[i].name))
          for (const auto& alias : reader.fields[i].aliases) aliases_.emplace(alias, int(i));
    }
    int of(const Field& field) const {
      if (const auto at = places_.find(field.name); at != places_.end()) return at->second;
      const auto at = aliases_.find(field.name);
      return at == aliases_.end() ? -1 : at->second;
    }

   private:
    std::unordered_map<std::string_view, int> places_, aliases_;
  };

  Program& program_;
  std::map<std::pair<const Node*, const Node*>, const Step*> made_;
  std::map<std::pair<const Node*, const Node*>, Error> failed_;
  int depth_ = 0;
  bool exhausted_ = false;
};

Result<std::shared_ptr<const Program>> Program::compile(SchemaPtr writer, SchemaPtr reader, const std::vector<bool>& wanted) {
  auto program = std::make_shared<Program>();
  Compiler compiler(*program);
  auto root = compiler.root(writer->root(), reader->root(), wanted);
  if (compiler.exhausted()) return Compiler::too_complex();   // a union may have taken the failure for a branch that does not fit
  if (!root) return std::unexpected(std::move(root).error());
  program->root_ = *root;
  program->writer_ = std::move(writer);
  program->reader_ = std::move(reader);
  return program;
}

std::unexpected<Error> Program::failure(const Input& input) const {
  const std::string why = input.why();
  const bool no_place = why.find("reader's schema") != std::string::npos;
  return fail(no_place ? ErrorCode::incompatible : ErrorCode::corrupt, "not readable as Avro: " + why,
              "the bytes do not fit the schema they claim to be written with");
}

std::unexpected<Error> Program::trailing(const Input& input) const {
  return fail(ErrorCode::corrupt, "not readable as Avro: " + std::to_string(input.remaining()) + " bytes are left after the value",
              "the bytes do not fit the schema they claim to be written with");
}

}  // namespace braid::format::avro
