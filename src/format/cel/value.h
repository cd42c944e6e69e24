// Values of the Common Expression Language. Plain values; lists and maps are shared and never change once made, so copies are cheap.
// Specification: github.com/google/cel-spec (language definition).
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"
#include "format/json_text.h"

namespace braid::format::cel {

struct Value;
struct Null { friend bool operator==(Null, Null) = default; };
struct ByteString { std::string bytes; friend bool operator==(const ByteString&, const ByteString&) = default; };
struct Timestamp { std::int64_t seconds = 0; std::int32_t nanos = 0; friend auto operator<=>(const Timestamp&, const Timestamp&) = default; };   // since 1970 UTC; nanos 0..999,999,999
struct Duration { std::int64_t nanos = 0; friend auto operator<=>(const Duration&, const Duration&) = default; };
struct TypeName { std::string name; friend bool operator==(const TypeName&, const TypeName&) = default; };

using List = std::vector<Value>;
// A map, or a record: its fields as entries. `absent` names fields that have a value to read (a default, null) but are not set: has() says no.
struct Map {
  std::vector<std::pair<Value, Value>> entries;
  std::vector<std::string> absent;
  const Value* find(const Value& key) const;
  const Value* find(std::string_view key) const;
};
using ListPtr = std::shared_ptr<const List>;   // shared by all copies of a value
using MapPtr = std::shared_ptr<const Map>;

struct Value {
  std::variant<Null, bool, std::int64_t, std::uint64_t, double, std::string, ByteString, ListPtr, MapPtr, Timestamp, Duration, TypeName> data;

  Value() = default;
  template <class T> requires(!std::is_same_v<std::remove_cvref_t<T>, Value> && std::is_constructible_v<decltype(data), T>) Value(T&& value) : data(std::forward<T>(value)) {}
  template <class T> const T* as() const { return std::get_if<T>(&data); }
  std::string_view type() const;               // "int", "string", "list", ...
};

Value list_of(List items);
Value map_of(Map map);
Value from_json(const JsonNode& node);         // whole numbers are int, others double
std::string text_of(const Value& value);       // for messages: 5, "a", [1, 2]

bool equal(const Value& a, const Value& b);    // numbers by value, whatever their types
// -1, 0, 1; empty: these two have no order.
std::optional<int> compared(const Value& a, const Value& b);

}  // namespace braid::format::cel
