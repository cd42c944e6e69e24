#include "connect/infer.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/limits/texts.h"

namespace braid::connect {
namespace {

bool digit(char c) { return c >= '0' && c <= '9'; }

bool whole_number(std::string_view text) {
  const auto digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.empty() || digits.size() > 18 || !std::all_of(digits.begin(), digits.end(), digit)) return false;
  return digits.size() == 1 || digits.front() != '0';
}

bool real_number(std::string_view text) {
  if (text.empty() || !(digit(text.front()) || text.front() == '-' || text.front() == '.')) return false;
  const auto digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.size() > 1 && digits.front() == '0' && digit(digits[1])) return false;
  double v = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), v);
  return ec == std::errc{} && end == text.data() + text.size();
}

// Days since 1970-01-01 of a date of the proleptic Gregorian calendar.
std::int64_t days_of(std::int64_t year, unsigned month, unsigned day) {
  year -= month <= 2;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const auto year_of_era = unsigned(year - era * 400);
  const unsigned day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + std::int64_t(year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year) - 719468;
}

struct Cursor {
  std::string_view text;
  std::size_t at = 0;
  bool failed = false;
  int number(std::size_t width) {
    int value = 0;
    for (std::size_t i = 0; i < width; ++i, ++at) {
      if (at >= text.size() || !digit(text[at])) { failed = true; return 0; }
      value = value * 10 + (text[at] - '0');
    }
    return value;
  }
  bool one_of(std::string_view options) {
    if (at < text.size() && options.find(text[at]) != std::string_view::npos) { ++at; return true; }
    return false;
  }
  bool done() const { return !failed && at == text.size(); }
};

std::optional<std::int64_t> take_date(Cursor& in) {
  const int year = in.number(4);
  if (!in.one_of("-/")) return std::nullopt;
  const int month = in.number(2);
  if (!in.one_of("-/")) return std::nullopt;
  const int day = in.number(2);
  if (in.failed || month < 1 || month > 12 || day < 1 || day > 31) return std::nullopt;
  return days_of(year, unsigned(month), unsigned(day));
}

std::optional<std::int32_t> date_days(std::string_view text) {
  Cursor in{text};
  const auto days = take_date(in);
  if (!days || !in.done()) return std::nullopt;
  return std::int32_t(*days);
}

// 2001-01-10T12:00[:30[.250]][Z|+01:00], with a blank for the T and / for the - as well.
std::optional<std::int64_t> timestamp_ms(std::string_view text) {
  Cursor in{text};
  const auto days = take_date(in);
  if (!days || !in.one_of("T ")) return std::nullopt;
  const int hour = in.number(2);
  if (!in.one_of(":")) return std::nullopt;
  const int minute = in.number(2);
  int second = 0;
  std::int64_t ms = 0;
  if (in.one_of(":")) {
    second = in.number(2);
    if (in.one_of(".,")) {
      int scale = 100;
      bool any = false;
      for (; in.at < text.size() && digit(text[in.at]); ++in.at, scale /= 10, any = true) ms += (text[in.at] - '0') * scale;
      if (!any) return std::nullopt;
    }
  }
  std::int64_t zone_minutes = 0;
  if (!in.one_of("Z") && in.at < text.size()) {
    const bool west = text[in.at] == '-';
    if (!in.one_of("+-")) return std::nullopt;
    zone_minutes = in.number(2) * 60;
    in.one_of(":");
    zone_minutes += in.number(2);
    if (west) zone_minutes = -zone_minutes;
  }
  if (!in.done() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return ((*days * 24 + hour) * 60 + minute - zone_minutes) * 60'000 + second * 1000 + ms;
}

Result<data::Value> wrong(const json::value& cell, const data::Type& type) {
  std::string shown = json::print(cell);
  if (shown.size() > 60) shown = shown.substr(0, 57) + "...";
  return fail(ErrorCode::invalid_input, shown + " is no " + type.text());
}

}  // namespace

void TypeInference::see(const json::object& row) {
  for (const auto& [name, value] : row) see_field(root_, name, value, *this, 0);
}

void TypeInference::see_field(Seen& parent, std::string_view name, const json::value& value, TypeInference& self, int depth) {
  auto [it, fresh] = parent.fields.try_emplace(std::string(name));
  if (fresh) parent.field_order.emplace_back(name);
  self.see_value(it->second, value, depth);
}

void TypeInference::see_text(Seen& seen, std::string_view text) const {
  if (timestamp_ms(text)) seen.timestamp = true;
  else if (date_days(text)) seen.date = true;
  else if (!texts_only_) seen.text = true;
  else if (text == "true" || text == "false" || text == "TRUE" || text == "FALSE") seen.boolean = true;
  else if (whole_number(text)) seen.whole = true;
  else if (real_number(text)) seen.real = true;
  else seen.text = true;
}

void TypeInference::see_value(Seen& seen, const json::value& value, int depth) {
  if (depth > limits::schema_nesting_max) {
    seen.text = true;
    return;
  }
  switch (value.kind()) {
    case boost::json::kind::null: return;
    case boost::json::kind::bool_: seen.boolean = true; return;
    case boost::json::kind::int64: seen.whole = true; return;
    case boost::json::kind::uint64:
    case boost::json::kind::double_: seen.real = true; return;
    case boost::json::kind::string: return see_text(seen, value.get_string());
    case boost::json::kind::array:
      seen.array = true;
      if (seen.element.empty()) seen.element.emplace_back();
      for (const auto& item : value.get_array()) see_value(seen.element.front(), item, depth + 1);
      return;
    case boost::json::kind::object:
      seen.object = true;
      for (const auto& [name, field] : value.get_object()) see_field(seen, name, field, *this, depth + 1);
      return;
  }
}

data::Type TypeInference::type_of(const Seen& seen) {
  const int kinds = int(seen.whole || seen.real) + int(seen.boolean) + int(seen.date || seen.timestamp) + int(seen.text) + int(seen.object) + int(seen.array);
  if (kinds != 1 || seen.text) return data::Kind::string;
  if (seen.object) {
    std::vector<data::Field> fields;
    for (const auto& name : seen.field_order) fields.push_back({name, type_of(seen.fields.at(name))});
    return data::Type::structure(std::move(fields));
  }
  if (seen.array) return data::Type::array(type_of(seen.element.front()));
  if (seen.boolean) return data::Kind::boolean;
  if (seen.real) return data::Kind::double_;
  if (seen.whole) return data::Kind::bigint;
  return seen.timestamp ? data::Kind::timestamp : data::Kind::date;
}

std::vector<InferredColumn> TypeInference::columns() const {
  std::vector<InferredColumn> out;
  std::vector<std::string> taken;
  for (const auto& name : root_.field_order) {
    taken.push_back(schema_name(name, taken));
    out.push_back({name, taken.back(), type_of(root_.fields.at(name))});
  }
  return out;
}

Result<data::Value> to_value(const json::value& cell, const data::Type& type) {
  if (cell.is_null()) return data::Value();
  const auto text = cell.is_string() ? std::string_view(cell.get_string()) : std::string_view();
  switch (type.kind()) {
    case data::Kind::string: return cell.is_string() ? data::Value(text) : data::Value(json::print(cell));
    case data::Kind::boolean:
      if (cell.is_bool()) return data::Value(cell.get_bool());
      if (text == "true" || text == "TRUE") return data::Value(true);
      if (text == "false" || text == "FALSE") return data::Value(false);
      return wrong(cell, type);
    case data::Kind::bigint: {
      if (cell.is_int64()) return data::Value(std::int64_t(cell.get_int64()));
      std::int64_t v = 0;
      const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), v);
      if (text.empty() || ec != std::errc{} || end != text.data() + text.size()) return wrong(cell, type);
      return data::Value(v);
    }
    case data::Kind::double_: {
      if (cell.is_number()) return data::Value(cell.to_number<double>());
      double v = 0;
      const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), v);
      if (text.empty() || ec != std::errc{} || end != text.data() + text.size()) return wrong(cell, type);
      return data::Value(v);
    }
    case data::Kind::date:
      if (const auto days = date_days(text)) return data::Value(data::Date{*days});
      return wrong(cell, type);
    case data::Kind::timestamp:
      if (const auto ms = timestamp_ms(text)) return data::Value(data::Timestamp{*ms});
      if (const auto days = date_days(text)) return data::Value(data::Timestamp{std::int64_t(*days) * 86'400'000});
      return wrong(cell, type);
    case data::Kind::array: {
      if (!cell.is_array()) return wrong(cell, type);
      data::Values items;
      for (const auto& item : cell.get_array()) {
        TRY(auto v, to_value(item, type.element()));
        items.push_back(std::move(v));
      }
      return data::Value::array(std::move(items));
    }
    case data::Kind::struct_: {
      if (!cell.is_object()) return wrong(cell, type);
      data::Values fields;
      for (const auto& field : type.fields()) {
        const auto* found = cell.get_object().if_contains(field.name);
        if (found == nullptr) {
          fields.emplace_back();
          continue;
        }
        TRY(auto v, to_value(*found, field.type));
        fields.push_back(std::move(v));
      }
      return data::Value::structure(std::move(fields));
    }
    default: return wrong(cell, type);
  }
}

std::string schema_name(std::string_view text, const std::vector<std::string>& taken) {
  std::string name;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (letter || digit(c) || c == '_') name += c;
    else if (!name.empty() && name.back() != '_') name += '_';
  }
  while (name.size() > 1 && name.back() == '_' && text.back() != '_') name.pop_back();
  if (name.empty() || digit(name.front())) name.insert(0, name.empty() ? "column" : "_");
  const std::string base = name;
  for (int n = 2; std::find(taken.begin(), taken.end(), name) != taken.end(); ++n) name = base + "_" + std::to_string(n);
  return name;
}

}  // namespace braid::connect
