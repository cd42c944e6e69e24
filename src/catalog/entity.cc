#include "catalog/entity.h"

namespace braid::catalog {
namespace {

constexpr std::string_view type_names[] = {"kafka_topic", "kafka_logical_cluster", "cf_environment", "sr_subject_version", "sr_schema", "sr_record", "sr_field", "data_product", "query", "domain"};

bool of_registry(EntityType t) { return t == EntityType::sr_subject_version || t == EntityType::sr_schema || t == EntityType::sr_record || t == EntityType::sr_field; }

std::uint64_t fnv1a(std::uint64_t hash, std::string_view text) {
  for (const unsigned char c : text) hash = (hash ^ c) * 0x100000001b3ULL;
  return hash;
}

}  // namespace

std::string_view name_of(EntityType type) { return type_names[int(type)]; }
std::optional<EntityType> entity_type_named(std::string_view name) {
  for (const EntityType type : entity_types) if (name_of(type) == name) return type;
  return std::nullopt;
}

std::string qualified_name(const Place& place, const EntityRef& ref) {
  if (ref.type == EntityType::kafka_logical_cluster || ref.type == EntityType::cf_environment) return ref.key;
  // A key of another context begins with ".ctx:"; that of the default one has none.
  if (of_registry(ref.type) && ref.key.starts_with(".")) return place.registry + ":" + ref.key;
  return place.registry + ":.:" + ref.key;
}

EntityRef parse_qualified_name(EntityType type, std::string_view name) {
  EntityRef ref{type, {}};
  const auto first = name.find(':');
  switch (type) {
    case EntityType::kafka_logical_cluster:
    case EntityType::cf_environment:
      ref.key = name;
      return ref;
    case EntityType::kafka_topic:   // topics have no ':' in their names
      ref.key = name.substr(name.rfind(':') == std::string_view::npos ? 0 : name.rfind(':') + 1);
      return ref;
    default: break;
  }
  const auto second = first == std::string_view::npos ? first : name.find(':', first + 1);
  if (second == std::string_view::npos || !name.starts_with("lsrc-")) {
    ref.key = name;
    return ref;
  }
  const std::string_view context = name.substr(first + 1, second - first - 1);
  ref.key = std::string(of_registry(type) && context != "." && context.starts_with(".") ? std::string(context) + ":" : "") + std::string(name.substr(second + 1));
  return ref;
}

std::string guid_of(const EntityRef& ref) {
  std::uint64_t high = fnv1a(0xcbf29ce484222325ULL, name_of(ref.type));
  high = fnv1a(high ^ 0x2f, ref.key);
  std::uint64_t low = fnv1a(0x84222325cbf29ce4ULL, ref.key);
  low = fnv1a(low ^ 0x3a, name_of(ref.type));
  high = (high & ~0xF000ULL) | 0x8000ULL;                                       // version 8: our own scheme (RFC 9562)
  low = (low & 0x3FFFFFFFFFFFFFFFULL) | 0x8000000000000000ULL;                  // variant
  char out[37];
  std::snprintf(out, sizeof out, "%08llx-%04llx-%04llx-%04llx-%012llx", static_cast<unsigned long long>(high >> 32), static_cast<unsigned long long>(high >> 16 & 0xFFFF),
                static_cast<unsigned long long>(high & 0xFFFF), static_cast<unsigned long long>(low >> 48), static_cast<unsigned long long>(low & 0xFFFFFFFFFFFFULL));
  return out;
}

}  // namespace braid::catalog
