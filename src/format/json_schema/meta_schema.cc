#include "format/json_schema/meta_schema.h"

namespace braid::format::json_schema {
namespace {

// What a keyword's value must be. The fragments stand in the document once, as definitions.
enum class Value { schema, by_name, list, count, number, positive, text, flag, names, names_by_name, any, array, items, rest, dependencies, types, anchor, address };

struct Keyword {
  std::string_view name;
  Value value;
  Draft first = Draft::draft4, last = Draft::draft2020;
};

constexpr Keyword keywords[] = {
    {"id", Value::text, Draft::draft4, Draft::draft4}, {"$id", Value::text, Draft::draft6, Draft::draft7}, {"$id", Value::address, Draft::draft2019}, {"$schema", Value::text}, {"$ref", Value::text}, {"$comment", Value::text, Draft::draft7},
    {"$anchor", Value::anchor, Draft::draft2019}, {"$recursiveRef", Value::text, Draft::draft2019, Draft::draft2019}, {"$recursiveAnchor", Value::flag, Draft::draft2019, Draft::draft2019},
    {"$dynamicRef", Value::text, Draft::draft2020}, {"$dynamicAnchor", Value::anchor, Draft::draft2020},
    {"title", Value::text}, {"description", Value::text}, {"default", Value::any}, {"examples", Value::array, Draft::draft6}, {"readOnly", Value::flag, Draft::draft7},
    {"writeOnly", Value::flag, Draft::draft7}, {"deprecated", Value::flag, Draft::draft2019},
    {"multipleOf", Value::positive}, {"maximum", Value::number}, {"minimum", Value::number},
    {"exclusiveMaximum", Value::flag, Draft::draft4, Draft::draft4}, {"exclusiveMinimum", Value::flag, Draft::draft4, Draft::draft4},
    {"exclusiveMaximum", Value::number, Draft::draft6}, {"exclusiveMinimum", Value::number, Draft::draft6},
    {"maxLength", Value::count}, {"minLength", Value::count}, {"pattern", Value::text}, {"format", Value::text},
    {"items", Value::items, Draft::draft4, Draft::draft2019}, {"items", Value::schema, Draft::draft2020}, {"prefixItems", Value::list, Draft::draft2020},
    {"additionalItems", Value::rest, Draft::draft4, Draft::draft2019}, {"maxItems", Value::count}, {"minItems", Value::count}, {"uniqueItems", Value::flag},
    {"contains", Value::schema, Draft::draft6}, {"maxContains", Value::count, Draft::draft2019}, {"minContains", Value::count, Draft::draft2019},
    {"unevaluatedItems", Value::schema, Draft::draft2019}, {"maxProperties", Value::count}, {"minProperties", Value::count}, {"required", Value::names},
    {"properties", Value::by_name}, {"patternProperties", Value::by_name}, {"additionalProperties", Value::rest}, {"propertyNames", Value::schema, Draft::draft6},
    {"dependencies", Value::dependencies, Draft::draft4, Draft::draft7}, {"dependentSchemas", Value::by_name, Draft::draft2019},
    {"dependentRequired", Value::names_by_name, Draft::draft2019}, {"unevaluatedProperties", Value::schema, Draft::draft2019},
    {"enum", Value::array}, {"const", Value::any, Draft::draft6}, {"type", Value::types}, {"if", Value::schema, Draft::draft7}, {"then", Value::schema, Draft::draft7},
    {"else", Value::schema, Draft::draft7}, {"allOf", Value::list}, {"anyOf", Value::list}, {"oneOf", Value::list}, {"not", Value::schema},
    {"definitions", Value::by_name}, {"$defs", Value::by_name, Draft::draft2019}, {"contentMediaType", Value::text, Draft::draft7}, {"contentEncoding", Value::text, Draft::draft7},
};

std::string fragment(Value value, Draft draft) {
  switch (value) {
    case Value::schema: return R"({"$ref":"#"})";
    case Value::by_name: return R"({"type":"object","additionalProperties":{"$ref":"#"}})";
    case Value::list: return R"({"type":"array","minItems":1,"items":{"$ref":"#"}})";
    case Value::count: return R"({"type":"integer","minimum":0})";
    case Value::number: return R"({"type":"number"})";
    case Value::positive: return draft == Draft::draft4 ? R"({"type":"number","minimum":0,"exclusiveMinimum":true})" : R"({"type":"number","exclusiveMinimum":0})";
    case Value::text: return R"({"type":"string"})";
    case Value::flag: return R"({"type":"boolean"})";
    case Value::names: return draft == Draft::draft4 ? R"({"type":"array","minItems":1,"uniqueItems":true,"items":{"type":"string"}})" : R"({"type":"array","uniqueItems":true,"items":{"type":"string"}})";
    case Value::names_by_name: return R"({"type":"object","additionalProperties":{"type":"array","uniqueItems":true,"items":{"type":"string"}}})";
    case Value::anchor: return R"({"type":"string","pattern":"^[A-Za-z_][-A-Za-z0-9._]*$"})";
    case Value::address: return R"({"type":"string","pattern":"^[^#]*#?$"})";
    case Value::any: return "{}";
    case Value::array: return R"({"type":"array"})";
    case Value::items: return R"({"anyOf":[{"$ref":"#"},{"type":"array","minItems":1,"items":{"$ref":"#"}}]})";
    case Value::rest: return draft == Draft::draft4 ? R"({"anyOf":[{"type":"boolean"},{"$ref":"#"}]})" : R"({"$ref":"#"})";
    case Value::dependencies: return R"({"type":"object","additionalProperties":{"anyOf":[{"$ref":"#"},{"type":"array","uniqueItems":true,"items":{"type":"string"}}]}})";
    case Value::types:
      return R"({"anyOf":[{"enum":["array","boolean","integer","null","number","object","string"]},{"type":"array","minItems":1,"uniqueItems":true,"items":{"enum":["array","boolean","integer","null","number","object","string"]}}]})";
  }
  return "{}";
}

}  // namespace

std::string_view meta_schema_uri(Draft draft) {
  switch (draft) {
    case Draft::draft4: return "http://json-schema.org/draft-04/schema";
    case Draft::draft6: return "http://json-schema.org/draft-06/schema";
    case Draft::draft7: return "http://json-schema.org/draft-07/schema";
    case Draft::draft2019: return "https://json-schema.org/draft/2019-09/schema";
    case Draft::draft2020: return "https://json-schema.org/draft/2020-12/schema";
  }
  return "";
}

std::string meta_schema_text(Draft draft) {
  const std::string uri(meta_schema_uri(draft));
  std::string out = "{\"$schema\":\"" + uri + "#\",\"" + (draft == Draft::draft4 ? "id" : "$id") + "\":\"" + uri + "\",\"type\":" +
                    (draft == Draft::draft4 ? "\"object\"" : "[\"object\",\"boolean\"]") + ",\"properties\":{";
  bool first = true;
  for (const auto& k : keywords) {
    if (draft < k.first || draft > k.last) continue;
    if (!first) out += ",";
    first = false;
    out += "\"" + std::string(k.name) + "\":" + fragment(k.value, draft);
  }
  return out + "}}";
}

}  // namespace braid::format::json_schema
