#include "api/ksql/properties.h"

#include <algorithm>

namespace braid::api {

const std::vector<KsqlProperty>& ksql_properties() {
  static const std::vector<KsqlProperty> list{
      {"ksql.persistence.default.format.key", "KAFKA", true},
      {"ksql.persistence.default.format.value", "", true},
      {"ksql.persistence.wrap.single.values", "", true},
      {"ksql.query.pull.limit.clause.enabled", "true", true},
      {"ksql.query.pull.range.scan.enabled", "true", true},
      {"ksql.query.pull.table.scan.enabled", "true", true},
      {"ksql.schema.registry.url", "", false},
      {"ksql.service.id", "default_", false},
      {"ksql.streams.auto.offset.reset", "latest", true},
      {"ksql.streams.cache.max.bytes.buffering", "0", true},
      {"ksql.streams.commit.interval.ms", "1000", true},
      {"ksql.streams.num.stream.threads", "", true},
      {"ksql.streams.processing.guarantee", "at_least_once", true},
  };
  return list;
}

bool known_ksql_property(std::string_view name) {
  constexpr std::string_view streams = "ksql.streams.";
  const auto& list = ksql_properties();
  const auto same = [&](const KsqlProperty& property) { return property.name == name || (property.name.starts_with(streams) && property.name.substr(streams.size()) == name); };
  if (std::any_of(list.begin(), list.end(), same)) return true;
  // Settings of the clients inside Kafka Streams have no effect here, and are taken so that scripts written for ksqlDB run.
  return name.starts_with("consumer.") || name.starts_with("producer.") || name.starts_with("ksql.") || name.starts_with("topic.");
}

}  // namespace braid::api
