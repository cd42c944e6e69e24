// The properties that clients of ksqlDB set and ask for: what each means here. One visible list (properties.cc). Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace braid::api {

struct KsqlProperty {
  std::string_view name;           // as SHOW PROPERTIES prints it
  std::string_view default_text;
  bool editable;                   // may be SET for a request
};
const std::vector<KsqlProperty>& ksql_properties();
bool known_ksql_property(std::string_view name);   // with or without "ksql.streams."; clients' own ones (consumer., producer.) too

}  // namespace braid::api
