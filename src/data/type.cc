#include "data/type.h"

namespace braid::data {

struct Type::Nested {
  Type key{Kind::string};
  Type element{Kind::string};
  std::vector<Field> fields;
};

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::boolean: return "BOOLEAN";
    case Kind::integer: return "INTEGER";
    case Kind::bigint: return "BIGINT";
    case Kind::double_: return "DOUBLE";
    case Kind::decimal: return "DECIMAL";
    case Kind::string: return "STRING";
    case Kind::bytes: return "BYTES";
    case Kind::date: return "DATE";
    case Kind::time: return "TIME";
    case Kind::timestamp: return "TIMESTAMP";
    case Kind::array: return "ARRAY";
    case Kind::map: return "MAP";
    case Kind::struct_: return "STRUCT";
  }
  return "STRING";
}

Type Type::decimal(int precision, int scale) {
  Type type(Kind::decimal);
  type.precision_ = std::int16_t(precision);
  type.scale_ = std::int16_t(scale);
  return type;
}
Type Type::array(Type element) {
  Type type(Kind::array);
  auto nested = std::make_shared<Nested>();
  nested->element = std::move(element);
  type.nested_ = std::move(nested);
  return type;
}
Type Type::map(Type key, Type value) {
  Type type(Kind::map);
  auto nested = std::make_shared<Nested>();
  nested->key = std::move(key);
  nested->element = std::move(value);
  type.nested_ = std::move(nested);
  return type;
}
Type Type::structure(std::vector<Field> fields) {
  Type type(Kind::struct_);
  auto nested = std::make_shared<Nested>();
  nested->fields = std::move(fields);
  type.nested_ = std::move(nested);
  return type;
}

const Type& Type::element() const {
  BRAID_ASSERT(nested_);
  return nested_->element;
}
const Type& Type::key() const {
  BRAID_ASSERT(nested_);
  return nested_->key;
}
const std::vector<Field>& Type::fields() const {
  BRAID_ASSERT(nested_);
  return nested_->fields;
}
int Type::field_index(std::string_view name) const {
  const auto& list = fields();
  for (std::size_t i = 0; i < list.size(); ++i)
    if (list[i].name == name) return int(i);
  return -1;
}

std::string Type::text() const {
  switch (kind_) {
    case Kind::decimal: return "DECIMAL(" + std::to_string(precision_) + ", " + std::to_string(scale_) + ")";
    case Kind::array: return "ARRAY<" + element().text() + ">";
    case Kind::map: return "MAP<" + key().text() + ", " + element().text() + ">";
    case Kind::struct_: {
      std::string out = "STRUCT<";
      for (const auto& field : fields()) {
        if (out.back() != '<') out += ", ";
        out += "`" + field.name + "` " + field.type.text();
      }
      return out + (out.back() == '<' ? " >" : ">");  // ksqlDB prints the empty struct as STRUCT< >
    }
    default: return std::string(name_of(kind_));
  }
}

bool operator==(const Type& a, const Type& b) {
  if (a.kind_ != b.kind_ || a.precision_ != b.precision_ || a.scale_ != b.scale_) return false;
  if (a.nested_ == b.nested_) return true;
  if (!a.nested_ || !b.nested_) return false;
  return a.nested_->key == b.nested_->key && a.nested_->element == b.nested_->element && a.nested_->fields == b.nested_->fields;
}

}  // namespace braid::data
