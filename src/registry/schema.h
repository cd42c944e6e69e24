// What the registry keeps: schemas under subjects with versions and ids, what they refer to, and the metadata and rules that belong to them.
// Plain values. Field names and meanings are those of Confluent's Schema Registry API.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/id.h"

namespace braid::registry {

enum class SchemaType : std::uint8_t { avro, json, protobuf };
std::string_view name_of(SchemaType type);                              // "AVRO", "JSON", "PROTOBUF"
std::optional<SchemaType> schema_type_named(std::string_view name);     // exactly those names

struct Reference {
  std::string name;          // how the schema that refers calls it: a type, an import path, a $ref
  std::string subject;
  std::int32_t version = 0;  // -1: the latest at the time of registering
  friend bool operator==(const Reference&, const Reference&) = default;
  friend auto operator<=>(const Reference&, const Reference&) = default;
};

struct Metadata {
  std::map<std::string, std::set<std::string>> tags;      // path pattern -> tags
  std::map<std::string, std::string> properties;
  std::set<std::string> sensitive;
  friend bool operator==(const Metadata&, const Metadata&) = default;
};

struct Rule {
  std::string name;
  std::optional<std::string> doc, kind, mode, type;
  std::set<std::string> tags;
  std::map<std::string, std::string> params;
  std::optional<std::string> expr, on_success, on_failure;
  bool disabled = false;
  friend bool operator==(const Rule&, const Rule&) = default;
};

struct RuleSet {
  std::vector<Rule> migration_rules, domain_rules, encoding_rules;
  std::optional<std::string> enable_at;
  friend bool operator==(const RuleSet&, const RuleSet&) = default;
};

// A schema as somebody wants it registered or looked up.
struct SchemaDraft {
  SchemaType type = SchemaType::avro;
  std::string text;
  std::vector<Reference> references{};
  std::optional<Metadata> metadata{};
  std::optional<RuleSet> rule_set{};
};

using Guid = std::array<std::uint8_t, 16>;

struct RegisteredSchema {
  std::string subject;               // with its context when that is not the default one: ":.ctx:name"
  std::int32_t version = 0;
  SchemaId id{};                     // unique in its context
  Guid guid{};                       // the same content has the same GUID everywhere
  SchemaType type = SchemaType::avro;
  std::string text;                  // as stored (canonical)
  std::vector<Reference> references;
  std::optional<Metadata> metadata;
  std::optional<RuleSet> rule_set;
  std::int64_t registered_ms = -1;   // time of its record; -1 when unknown
  bool deleted = false;              // softly: can still be read by id
};

// The text of something that a schema refers to.
struct ReferencedText {
  std::string name;                  // the name in the reference
  std::string text;
};

}  // namespace braid::registry
