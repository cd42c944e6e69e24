#include "api/records/value_json.h"

#include <cmath>
#include <cstdio>

#include "base/base64.h"
#include "base/clock.h"

namespace braid::api {

json::value to_json(const data::Value& value, const data::Type& type) {
  if (value.null()) return nullptr;
  switch (type.kind()) {
    case data::Kind::boolean: return value.boolean();
    case data::Kind::integer: return value.integer();
    case data::Kind::bigint: return value.bigint();
    case data::Kind::double_:
      if (!std::isfinite(value.real())) return json::value(data::java_double_text(value.real()));   // JSON has no NaN
      return value.real();
    case data::Kind::decimal: return json::value(value.decimal().text());
    case data::Kind::string: return json::value(value.string());
    case data::Kind::bytes: return json::value(base64(value.bytes()));
    case data::Kind::date: return json::value(iso8601(std::int64_t(value.date().days) * 86'400'000).substr(0, 10));
    case data::Kind::time: return json::value(iso8601(value.time().ms).substr(11, 12));
    case data::Kind::timestamp: return json::value(iso8601(value.timestamp().ms));
    case data::Kind::array: {
      json::array out;
      for (const auto& item : value.items()) out.push_back(to_json(item, type.element()));
      return out;
    }
    case data::Kind::map: {
      json::object out;
      for (const auto& [key, item] : value.entries()) out[key.holds<std::string>() ? key.string() : key.debug_text()] = to_json(item, type.element());
      return out;
    }
    case data::Kind::struct_: {
      json::object out;
      for (std::size_t i = 0; i < type.fields().size(); ++i) out[type.fields()[i].name] = to_json(value.fields()[i], type.fields()[i].type);
      return out;
    }
  }
  return nullptr;
}

}  // namespace braid::api
