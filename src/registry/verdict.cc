#include "registry/verdict.h"

#include <algorithm>

#include "format/avro/compatibility.h"
#include "format/json_schema/difference.h"
#include "format/protobuf_schema/difference.h"

namespace braid::registry {
namespace {

namespace avro = format::avro;
namespace json_schema = format::json_schema;
namespace protobuf_schema = format::protobuf_schema;

// What a kind of difference means. {r} is the schema of the reader, {w} that of the writer ("new" or "old"), {i} the field, type or symbol.
struct Meaning {
  std::string_view kind;
  std::string_view what;       // goes on after "The {r} schema, at path '...', "; empty: the format says it itself
  std::string_view records;    // on which records readers fail
  std::string_view allowed;
};

constexpr Meaning meanings[] = {
    // Avro
    {"READER_FIELD_MISSING_DEFAULT_VALUE", "", "no record written with the {w} schema has the field {i}, and there is nothing to put in its place",
     "give the field {i} a default in the {r} schema, or leave it out"},
    {"TYPE_MISMATCH", "", "a value written with the {w} schema does not fit the type that the {r} schema has there",
     "keep the type, or widen it for its readers: int to long, float or double; long to float or double; float to double; string to bytes and back; or a union that holds both"},
    {"NAME_MISMATCH", "", "the reader finds a type of another name and refuses the record", "keep the name, or give the {r} type the other name as an alias"},
    {"FIXED_SIZE_MISMATCH", "", "the bytes written with the {w} schema have another length", "keep the size, or add a new field of the new size with a default"},
    {"MISSING_ENUM_SYMBOLS", "", "a record that holds one of {i} has no symbol in the {r} schema", "keep the symbols, or give the {r} enum a default symbol"},
    {"MISSING_UNION_BRANCH", "", "a record that holds a value of the missing branch cannot be read", "keep the branch in the {r} union"},
    // JSON Schema
    {"TYPE_CHANGED", "has another type", "values valid with the {w} schema have the other type", "keep the type, or allow both: \"type\": [..., ...]"},
    {"TYPE_NARROWED", "allows whole numbers only", "numbers with a fraction are valid with the {w} schema", "keep \"number\""},
    {"SCHEMA_ADDED", "has a schema where the {w} schema has none", "any value is valid there with the {w} schema", "leave it out, or let it accept everything"},
    {"SCHEMA_TOO_COMPLEX", "is too large to be compared within the budget", "it is not known which", "split the schema by references, or nest fewer combinations"},
    {"MAX_LENGTH_ADDED", "limits the length of a string", "longer strings are valid with the {w} schema", "leave \"maxLength\" out, or set it in a new field"},
    {"MAX_LENGTH_DECREASED", "allows only shorter strings", "longer strings are valid with the {w} schema", "keep \"maxLength\" or raise it"},
    {"MIN_LENGTH_ADDED", "asks for a minimal length", "shorter strings are valid with the {w} schema", "leave \"minLength\" out"},
    {"MIN_LENGTH_INCREASED", "asks for longer strings", "shorter strings are valid with the {w} schema", "keep \"minLength\" or lower it"},
    {"PATTERN_ADDED", "asks strings to match a pattern", "strings that do not match are valid with the {w} schema", "leave \"pattern\" out"},
    {"PATTERN_CHANGED", "asks strings to match another pattern", "strings of the other pattern are valid with the {w} schema", "keep the pattern, or remove it"},
    {"MAXIMUM_ADDED", "has a maximum", "larger numbers are valid with the {w} schema", "leave \"maximum\" out"},
    {"MAXIMUM_DECREASED", "has a lower maximum", "numbers in between are valid with the {w} schema", "keep \"maximum\" or raise it"},
    {"MINIMUM_ADDED", "has a minimum", "smaller numbers are valid with the {w} schema", "leave \"minimum\" out"},
    {"MINIMUM_INCREASED", "has a higher minimum", "numbers in between are valid with the {w} schema", "keep \"minimum\" or lower it"},
    {"EXCLUSIVE_MAXIMUM_ADDED", "has an exclusive maximum", "larger numbers are valid with the {w} schema", "leave \"exclusiveMaximum\" out"},
    {"EXCLUSIVE_MAXIMUM_DECREASED", "has a lower exclusive maximum", "numbers in between are valid with the {w} schema", "keep \"exclusiveMaximum\" or raise it"},
    {"EXCLUSIVE_MINIMUM_ADDED", "has an exclusive minimum", "smaller numbers are valid with the {w} schema", "leave \"exclusiveMinimum\" out"},
    {"EXCLUSIVE_MINIMUM_INCREASED", "has a higher exclusive minimum", "numbers in between are valid with the {w} schema", "keep \"exclusiveMinimum\" or lower it"},
    {"MULTIPLE_OF_ADDED", "allows multiples of a number only", "other numbers are valid with the {w} schema", "leave \"multipleOf\" out"},
    {"MULTIPLE_OF_EXPANDED", "allows fewer multiples", "multiples of the smaller number are valid with the {w} schema", "keep \"multipleOf\", or divide it"},
    {"MULTIPLE_OF_CHANGED", "allows other multiples", "multiples of the other number are valid with the {w} schema", "keep \"multipleOf\", or use a divisor of it"},
    {"REQUIRED_ATTRIBUTE_ADDED", "requires a property that was optional", "objects without it are valid with the {w} schema", "leave it optional, or give the property a \"default\""},
    {"DEPENDENCY_ARRAY_ADDED", "asks for more properties when one is there", "objects without them are valid with the {w} schema", "leave the dependency out"},
    {"DEPENDENCY_ARRAY_EXTENDED", "asks for more properties when one is there", "objects without them are valid with the {w} schema", "keep the dependency, or make it shorter"},
    {"DEPENDENCY_ARRAY_CHANGED", "asks for other properties when one is there", "objects without them are valid with the {w} schema", "keep the dependency, or make it shorter"},
    {"DEPENDENCY_SCHEMA_ADDED", "asks for more when a property is there", "objects that do not fulfil it are valid with the {w} schema", "leave the dependency out"},
    {"MAX_PROPERTIES_ADDED", "limits the number of properties", "larger objects are valid with the {w} schema", "leave \"maxProperties\" out"},
    {"MAX_PROPERTIES_DECREASED", "allows fewer properties", "larger objects are valid with the {w} schema", "keep \"maxProperties\" or raise it"},
    {"MIN_PROPERTIES_ADDED", "asks for a number of properties", "smaller objects are valid with the {w} schema", "leave \"minProperties\" out"},
    {"MIN_PROPERTIES_INCREASED", "asks for more properties", "smaller objects are valid with the {w} schema", "keep \"minProperties\" or lower it"},
    {"ADDITIONAL_PROPERTIES_NARROWED", "limits properties that are not named", "objects with any other property are valid with the {w} schema", "leave \"additionalProperties\" as it was, or compatibilityPolicy LENIENT"},
    {"ADDITIONAL_PROPERTIES_REMOVED", "forbids properties that are not named", "objects with other properties are valid with the {w} schema", "leave \"additionalProperties\" true, or compatibilityPolicy LENIENT"},
    {"UNEVALUATED_PROPERTIES_NARROWED", "limits properties that nothing else looks at", "objects with any other property are valid with the {w} schema", "leave \"unevaluatedProperties\" as it was, or compatibilityPolicy LENIENT"},
    {"UNEVALUATED_PROPERTIES_REMOVED", "forbids properties that nothing else looks at", "objects with other properties are valid with the {w} schema", "leave \"unevaluatedProperties\" true, or compatibilityPolicy LENIENT"},
    {"OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL", "names a property that was free before", "objects may have that property with any other value, because the {w} schema allows properties that it does not name",
     "close the schema with \"additionalProperties\": false before adding properties, give the property an empty schema, or set compatibilityPolicy LENIENT"},
    {"REQUIRED_PROPERTY_WITH_DEFAULT_ADDED_TO_OPEN_CONTENT_MODEL", "requires a property that was free before", "objects may have that property with any other value, because the {w} schema allows properties that it does not name",
     "close the schema with \"additionalProperties\": false before adding properties, or set compatibilityPolicy LENIENT"},
    {"REQUIRED_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL", "requires a new property", "objects without the property are valid with the {w} schema", "leave it optional, or give it a \"default\" and set compatibilityPolicy LENIENT"},
    {"REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL", "requires a new property", "objects without the property are valid with the {w} schema", "leave it optional, or give it a \"default\""},
    {"PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL", "no longer names a property, and forbids those that it does not name", "objects with that property are valid with the {w} schema",
     "keep the property, or open the schema (\"additionalProperties\": true), or set compatibilityPolicy LENIENT"},
    {"PROPERTY_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", "no longer names a property, and what it says about others does not accept it", "objects with that property are valid with the {w} schema",
     "keep the property, or let patternProperties or additionalProperties accept it"},
    {"PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", "names a property that patternProperties or additionalProperties described otherwise", "objects with the property of the other kind are valid with the {w} schema",
     "give it a schema that accepts what was accepted before"},
    {"MAX_ITEMS_ADDED", "limits the number of items", "longer lists are valid with the {w} schema", "leave \"maxItems\" out"},
    {"MAX_ITEMS_DECREASED", "allows fewer items", "longer lists are valid with the {w} schema", "keep \"maxItems\" or raise it"},
    {"MIN_ITEMS_ADDED", "asks for a number of items", "shorter lists are valid with the {w} schema", "leave \"minItems\" out"},
    {"MIN_ITEMS_INCREASED", "asks for more items", "shorter lists are valid with the {w} schema", "keep \"minItems\" or lower it"},
    {"MAX_CONTAINS_ADDED", "limits how many items may match \"contains\"", "lists with more are valid with the {w} schema", "leave \"maxContains\" out"},
    {"MAX_CONTAINS_DECREASED", "lets fewer items match \"contains\"", "lists with more are valid with the {w} schema", "keep \"maxContains\" or raise it"},
    {"MIN_CONTAINS_ADDED", "asks for items that match \"contains\"", "lists with fewer are valid with the {w} schema", "leave \"minContains\" out"},
    {"MIN_CONTAINS_INCREASED", "asks for more items that match \"contains\"", "lists with fewer are valid with the {w} schema", "keep \"minContains\" or lower it"},
    {"UNIQUE_ITEMS_ADDED", "forbids equal items", "lists with equal items are valid with the {w} schema", "leave \"uniqueItems\" out"},
    {"ADDITIONAL_ITEMS_NARROWED", "limits further items", "lists with any further items are valid with the {w} schema", "leave further items as they were"},
    {"ADDITIONAL_ITEMS_REMOVED", "forbids further items", "longer lists are valid with the {w} schema", "leave further items allowed"},
    {"UNEVALUATED_ITEMS_NARROWED", "limits items that nothing else looks at", "lists with any further items are valid with the {w} schema", "leave \"unevaluatedItems\" as it was"},
    {"UNEVALUATED_ITEMS_REMOVED", "forbids items that nothing else looks at", "longer lists are valid with the {w} schema", "leave \"unevaluatedItems\" true"},
    {"ITEM_ADDED_TO_OPEN_CONTENT_MODEL", "says what an item is that was free before", "lists with another item in that place are valid with the {w} schema", "give the item an empty schema, or close the list before adding items"},
    {"ITEM_REMOVED_FROM_CLOSED_CONTENT_MODEL", "no longer names an item, and forbids further ones", "lists with that item are valid with the {w} schema", "keep the item, or allow further items"},
    {"ITEM_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", "no longer names an item, and what it says about further ones does not accept it", "lists with that item are valid with the {w} schema", "keep the item, or let further items be of its kind"},
    {"ITEM_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", "names an item that further items were described otherwise", "lists with an item of the other kind are valid with the {w} schema", "give it a schema that accepts what was accepted before"},
    {"ENUM_ARRAY_NARROWED", "lists fewer values", "the values left out are valid with the {w} schema", "keep all values; adding some is possible"},
    {"ENUM_ARRAY_CHANGED", "lists other values", "the values left out are valid with the {w} schema", "keep all values; adding some is possible"},
    {"COMBINED_TYPE_CHANGED", "combines its parts another way (allOf, anyOf, oneOf)", "values that fit some of the parts only are valid with the {w} schema", "keep the keyword; turning one into anyOf is possible"},
    {"COMBINED_TYPE_SUBSCHEMAS_CHANGED", "has parts under allOf, anyOf or oneOf that do not accept what the parts of the {w} schema accept", "values of a part without its like are valid with the {w} schema",
     "keep every part, and change each one compatibly"},
    {"PRODUCT_TYPE_EXTENDED", "has more parts under allOf", "values that do not fit the new part are valid with the {w} schema", "leave the part out"},
    {"SUM_TYPE_NARROWED", "has fewer parts under anyOf or oneOf, or fewer types", "values of the part left out are valid with the {w} schema", "keep all parts; adding some is possible"},
    {"NOT_TYPE_EXTENDED", "forbids more under \"not\"", "values that are forbidden now are valid with the {w} schema", "keep what stands under \"not\", or narrow it"},
    // Protobuf
    {"PACKAGE_CHANGED", "", "types of another package are other types for those who read them by name", "keep the package; a new one needs a new subject"},
    {"MESSAGE_REMOVED", "", "records of that message cannot be read", "keep the message, marked deprecated"},
    {"FIELD_KIND_CHANGED", "", "the bytes of the field are encoded another way and are lost or misread", "add a field with a new number, and reserve the old one"},
    {"FIELD_SCALAR_KIND_CHANGED", "", "the bytes of the field are encoded another way and are lost or misread",
     "stay within a group: int32, int64, uint32, uint64, bool and enums; sint32 and sint64; string and bytes; fixed32 and sfixed32; fixed64 and sfixed64. Or add a field with a new number"},
    {"FIELD_NAMED_TYPE_CHANGED", "", "the message in the field is another one", "add a field with a new number, and reserve the old one"},
    {"FIELD_NUMERIC_LABEL_CHANGED", "", "packed numbers and single numbers are encoded differently", "add a field with a new number, and reserve the old one"},
    {"REQUIRED_FIELD_ADDED", "", "records written with the {w} schema do not have it", "make it optional"},
    {"REQUIRED_FIELD_REMOVED", "", "readers that require it refuse records without it", "keep it; required fields are for ever"},
    {"ONEOF_FIELD_REMOVED", "", "a record that has this choice reads as if none was made", "keep the choice, or remove the whole oneof"},
    {"MULTIPLE_FIELDS_MOVED_TO_ONEOF", "", "records that have several of the fields keep only the last one", "move at most one field into a new oneof"},
    {"FIELD_MOVED_TO_EXISTING_ONEOF", "", "records that have the field and another of the oneof keep only the last one", "leave the field outside the oneof"},
};

const Meaning* meaning_of(std::string_view kind) {
  const auto at = std::find_if(std::begin(meanings), std::end(meanings), [&](const Meaning& m) { return m.kind == kind; });
  return at == std::end(meanings) ? nullptr : &*at;
}

std::string filled(std::string_view text, std::string_view reader, std::string_view writer, std::string_view info) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '{' || i + 2 >= text.size() || text[i + 2] != '}') { out.push_back(text[i]); continue; }
    out += text[i + 1] == 'r' ? reader : text[i + 1] == 'w' ? writer : info;
    i += 2;
  }
  return out;
}

std::string avro_words(const avro::Incompatibility& i, const std::string& reader, const std::string& writer) {
  const std::string& at = i.location;
  if (i.kind == "READER_FIELD_MISSING_DEFAULT_VALUE")
    return "The field '" + i.message + "' at path '" + at + "' in the " + reader + " schema has no default value and is missing in the " + writer + " schema";
  if (i.kind == "TYPE_MISMATCH")
    return "The type (path '" + at + "') of a field in the " + reader + " schema does not match with the " + writer + " schema";
  if (i.kind == "NAME_MISMATCH") return "The name of the schema has changed (path '" + at + "')";
  if (i.kind == "FIXED_SIZE_MISMATCH")
    return "The size of FIXED type field at path '" + at + "' in the " + reader + " schema does not match with the " + writer + " schema";
  if (i.kind == "MISSING_ENUM_SYMBOLS")
    return "The " + reader + " schema is missing enum symbols '" + i.message + "' at path '" + at + "' in the " + writer + " schema";
  return "The " + reader + " schema is missing a type inside a union field at path '" + at + "' in the " + writer + " schema";
}

class Wording {
 public:
  Wording(bool reader_is_new, SchemaType type) : reader_(reader_is_new ? "new" : "old"), writer_(reader_is_new ? "old" : "new"), reader_is_new_(reader_is_new), type_(type) {}

  void add(const avro::Incompatibility& i) { add({.kind = i.kind, .path = i.location, .what = avro_words(i, reader_, writer_), .info = i.message}); }
  void add(const json_schema::Difference& d) {
    const auto* meaning = meaning_of(d.kind);
    const std::string words = meaning != nullptr ? filled(meaning->what, reader_, writer_, "") : d.message;
    add({.kind = d.kind, .path = d.path, .what = "The " + reader_ + " schema, at path '" + d.path + "', " + words});
  }
  void add(const protobuf_schema::Difference& d) {
    add({.kind = d.kind, .path = d.path, .what = "The " + reader_ + " schema, at path '" + d.path + "', " + d.message});
  }
  std::vector<Difference> out;

 private:
  void add(Difference d) {
    d.new_reads_old = reader_is_new_;
    d.type = type_;
    const auto* meaning = meaning_of(d.kind);
    d.why = reader_is_new_ ? "whoever reads with the new schema fails on records that are there already"
                           : "whoever still reads with the old schema fails on records written with the new one";
    if (meaning != nullptr) {
      d.why += ": " + filled(meaning->records, reader_, writer_, d.info);
      d.allowed = filled(meaning->allowed, reader_, writer_, d.info);
    }
    out.push_back(std::move(d));
  }

  std::string reader_, writer_;
  bool reader_is_new_;
  SchemaType type_;
};

}  // namespace

std::vector<Difference> differences(const Parsed& reader, const Parsed& writer, bool reader_is_new, Policy policy) {
  Wording words(reader_is_new, reader.type());
  if (reader.type() != writer.type())
    return {{.kind = "SCHEMA_TYPE_CHANGED", .path = "/", .what = "Incompatible because of different schema type",
             .why = "records of the two kinds have different bytes, and no reader takes both for one subject",
             .allowed = "register the new kind under a subject of its own", .new_reads_old = reader_is_new, .type = reader.type()}};
  if (const auto* r = std::get_if<avro::SchemaPtr>(&reader.any())) {
    for (const auto& i : avro::incompatibilities(**r, *std::get<avro::SchemaPtr>(writer.any()))) words.add(i);
  } else if (const auto* j = std::get_if<json_schema::SchemaPtr>(&reader.any())) {
    for (const auto& d : json_schema::incompatible_changes(*std::get<json_schema::SchemaPtr>(writer.any()), **j, policy == Policy::lenient)) words.add(d);
  } else {
    const auto& p = std::get<protobuf_schema::SchemaPtr>(reader.any());
    for (const auto& d : protobuf_schema::incompatible_changes(*std::get<protobuf_schema::SchemaPtr>(writer.any()), *p)) words.add(d);
  }
  return std::move(words.out);
}

std::string message_of(const Difference& d) {
  if (d.kind == "SCHEMA_TYPE_CHANGED") return d.what;
  const char* quote = d.type == SchemaType::avro ? "'" : "\"";
  const auto part = [&](std::string_view name, const std::string& text) { return std::string(name) + ":" + quote + text + quote; };
  std::string out = "{" + part("errorType", d.kind) + ", " + part("description", d.what);
  if (d.type == SchemaType::avro) out += ", " + part("additionalInfo", d.info);
  if (!d.why.empty()) out += ", " + part("breaks", d.why);
  if (!d.allowed.empty()) out += ", " + part("allowed", d.allowed);
  return out + "}";
}

}  // namespace braid::registry
