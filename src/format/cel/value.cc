#include "format/cel/value.h"

#include <charconv>
#include <cmath>


namespace braid::format::cel {

static std::optional<long double> number(const Value& v) {   // 64 bits of mantissa: exact for all three
  if (const auto* i = v.as<std::int64_t>()) return (long double)*i;
  if (const auto* u = v.as<std::uint64_t>()) return (long double)*u;
  if (const auto* d = v.as<double>()) return (long double)*d;
  return std::nullopt;
}

const Value* Map::find(const Value& key) const {
  for (const auto& [k, v] : entries)
    if (equal(k, key)) return &v;
  return nullptr;
}
const Value* Map::find(std::string_view key) const {
  for (const auto& [k, v] : entries)
    if (const auto* text = k.as<std::string>(); text != nullptr && *text == key) return &v;
  return nullptr;
}

std::string_view Value::type() const {
  static constexpr std::string_view names[] = {"null_type", "bool", "int", "uint", "double", "string", "bytes", "list", "map", "google.protobuf.Timestamp", "google.protobuf.Duration", "type"};
  return names[data.index()];
}

Value list_of(List items) { return ListPtr(std::make_shared<const List>(std::move(items))); }
Value map_of(Map map) { return MapPtr(std::make_shared<const Map>(std::move(map))); }

Value from_json(const JsonNode& node) {
  switch (node.kind) {
    case JsonNode::Kind::null: return Null{};
    case JsonNode::Kind::boolean: return node.flag;
    case JsonNode::Kind::string: return node.text;
    case JsonNode::Kind::number: {
      std::int64_t whole = 0;
      const auto* end = node.text.data() + node.text.size();
      if (const auto [stop, ec] = std::from_chars(node.text.data(), end, whole); ec == std::errc{} && stop == end) return whole;
      return node.number();
    }
    case JsonNode::Kind::array: {
      List out;
      for (const auto& item : node.items) out.push_back(from_json(item));
      return list_of(std::move(out));
    }
    case JsonNode::Kind::object: {
      Map out;
      for (const auto& m : node.members) out.entries.emplace_back(Value(m.name), from_json(m.value));
      return map_of(std::move(out));
    }
  }
  return Null{};
}

bool equal(const Value& a, const Value& b) {
  const auto x = number(a), y = number(b);
  if (x && y) return *x == *y;
  if (a.data.index() != b.data.index()) return false;
  if (const auto* l = a.as<ListPtr>()) {
    const auto& other = **b.as<ListPtr>();
    if ((*l)->size() != other.size()) return false;
    for (std::size_t i = 0; i < other.size(); ++i)
      if (!equal((**l)[i], other[i])) return false;
    return true;
  }
  if (const auto* m = a.as<MapPtr>()) {
    const auto& other = **b.as<MapPtr>();
    if ((*m)->entries.size() != other.entries.size()) return false;
    for (const auto& [key, value] : (*m)->entries) {
      const auto* found = other.find(key);
      if (found == nullptr || !equal(value, *found)) return false;
    }
    return true;
  }
  return std::visit([&](const auto& v) -> bool {
    using T = std::remove_cvref_t<decltype(v)>;
    if constexpr (std::is_same_v<T, ListPtr> || std::is_same_v<T, MapPtr>) return false;
    else return v == *b.as<T>();
  }, a.data);
}

std::optional<int> compared(const Value& a, const Value& b) {
  const auto order = [](const auto& x, const auto& y) -> std::optional<int> { return x < y ? -1 : y < x ? 1 : 0; };
  if (const auto x = number(a), y = number(b); x && y) {
    if (std::isnan(*x) || std::isnan(*y)) return 2;   // has no order, but may be asked: every comparison is false
    return order(*x, *y);
  }
  if (a.data.index() != b.data.index()) return std::nullopt;
  if (const auto* x = a.as<bool>()) return order(*x, *b.as<bool>());
  if (const auto* x = a.as<std::string>()) return order(*x, *b.as<std::string>());
  if (const auto* x = a.as<ByteString>()) return order(x->bytes, b.as<ByteString>()->bytes);
  if (const auto* x = a.as<Timestamp>()) return order(*x, *b.as<Timestamp>());
  if (const auto* x = a.as<Duration>()) return order(*x, *b.as<Duration>());
  return std::nullopt;
}

static void print(std::string& out, const Value& value, int depth) {
  if (out.size() > 200 || depth > 20) { out += "..."; return; }
  if (value.as<Null>()) out += "null";
  else if (const auto* b = value.as<bool>()) out += *b ? "true" : "false";
  else if (const auto* i = value.as<std::int64_t>()) out += std::to_string(*i);
  else if (const auto* u = value.as<std::uint64_t>()) out += std::to_string(*u) + "u";
  else if (const auto* d = value.as<double>()) out += java_double_text(*d);
  else if (const auto* s = value.as<std::string>()) print_json_string(out, std::string_view(*s).substr(0, 200));
  else if (const auto* y = value.as<ByteString>()) out += std::to_string(y->bytes.size()) + " bytes";
  else if (const auto* t = value.as<Timestamp>()) out += "timestamp " + std::to_string(t->seconds);
  else if (const auto* n = value.as<Duration>()) out += java_double_text(double(n->nanos) / 1e9) + "s";
  else if (const auto* name = value.as<TypeName>()) out += name->name;
  else if (const auto* list = value.as<ListPtr>()) {
    out.push_back('[');
    for (std::size_t k = 0; k < (*list)->size() && out.size() < 200; ++k) { if (k > 0) out += ", "; print(out, (**list)[k], depth + 1); }
    out.push_back(']');
  } else if (const auto* map = value.as<MapPtr>()) {
    out.push_back('{');
    bool first = true;
    for (const auto& [key, v] : (*map)->entries) {
      if (out.size() > 200) break;
      if (!first) out += ", ";
      first = false;
      print(out, key, depth + 1);
      out += ": ";
      print(out, v, depth + 1);
    }
    out.push_back('}');
  }
}

std::string text_of(const Value& value) {
  std::string out;
  print(out, value, 0);
  return out;
}

}  // namespace braid::format::cel
