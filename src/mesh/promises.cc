#include "mesh/promises.h"

#include <algorithm>
#include <cmath>

#include "base/limits/mesh.h"
#include "base/limits/promises.h"

namespace braid::mesh {
namespace {

std::string number_text(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%.10g", v);
  return text;
}

Result<double> number_between(std::string_view what, const json::value& v, double least, double most, bool whole) {
  const std::string range = std::string(whole ? "a whole number" : "a number") + " from " + number_text(least) + " to " + number_text(most);
  if (!v.is_number()) return fail(ErrorCode::invalid_input, std::string(what) + " must be " + range + ", or null for what the tier says; got " + json::print(v).substr(0, 60));
  const double n = v.to_number<double>();
  if (!(n >= least && n <= most) || (whole && n != std::floor(n))) return fail(ErrorCode::invalid_input, std::string(what) + " must be " + range + ", got " + number_text(n));
  return n;
}

// RFC 6901.
std::string pointer_token(std::string_view name) {
  std::string out;
  for (const char c : name) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return out;
}

constexpr const char* what_there_is = "a product can promise freshness_s, availability, records_per_second_min, history_days and null_share_max";

template <class T> json::value or_null(const std::optional<T>& v) { return v ? json::value(*v) : json::value(nullptr); }

// One member but null_share_max; null takes it back.
Result<void> set(Promises& p, std::string_view name, const json::value& v) {
  if (name == "freshness_s" || name == "history_days") {
    auto& into = name == "freshness_s" ? p.freshness_s : p.history_days;
    if (v.is_null()) return into.reset(), Result<void>{};
    TRY(const auto n, number_between(name, v, 1, double(name == "freshness_s" ? limits::promised_freshness_s_max : limits::promised_history_days_max), true));
    into = std::int64_t(n);
    return {};
  }
  if (name == "availability") {
    if (v.is_null()) return p.availability.reset(), Result<void>{};
    TRY(p.availability, number_between(name, v, limits::promised_availability_least, 1, false));
    return {};
  }
  if (name == "records_per_second_min") {
    if (v.is_null()) return p.records_per_second_min.reset(), Result<void>{};
    TRY(p.records_per_second_min, number_between(name, v, 1e-6, limits::promised_rate_max, false));
    return {};
  }
  return fail(ErrorCode::invalid_input, "'" + std::string(name.substr(0, 60)) + "' cannot be promised; " + what_there_is);
}

Result<void> set_null_share(Promises& p, const std::string& field, const json::value& v) {
  TRY_VOID(check_name("path of a field", field));
  if (v.is_null()) return p.null_share_max.erase(field), Result<void>{};
  TRY(const auto share, number_between("the share of nulls of " + field, v, 0, 1, false));
  p.null_share_max[field] = share;
  return {};
}

}  // namespace

json::object to_json(const Promises& p) {
  json::object nulls;
  for (const auto& [field, share] : p.null_share_max) nulls[field] = share;
  return {{"freshness_s", or_null(p.freshness_s)}, {"availability", or_null(p.availability)}, {"records_per_second_min", or_null(p.records_per_second_min)},
          {"history_days", or_null(p.history_days)}, {"null_share_max", std::move(nulls)}};
}

Result<Promises> promises_from(const json::object& o) {
  Promises p;
  for (const auto& [name, value] : o) {
    if (name == "null_share_max" && value.is_object()) {
      for (const auto& [field, share] : value.get_object()) TRY_VOID(set_null_share(p, std::string(field), share));
      continue;
    }
    for (const std::string_view known : {"freshness_s", "availability", "records_per_second_min", "history_days"})
      if (name == known) TRY_VOID(set(p, name, value));
  }
  return p;
}

json::object no_promises() {
  json::object out;
  const json::object form = to_json(Promises{});   // named: g++ 12 lets a range's temporaries die too early
  for (const auto& [name, value] : form) out[name] = nullptr;
  return out;
}

void lay_over(Promises& p, const json::object& change, std::vector<Problem>& problems) {
  for (const auto& [name, value] : change) {
    const std::string place = "/promises/" + pointer_token(name.substr(0, 60));
    if (name != "null_share_max") {
      if (auto ok = set(p, name, value); !ok) problems.push_back({place, ok.error().message});
      continue;
    }
    if (value.is_null()) {
      p.null_share_max.clear();
      continue;
    }
    if (!value.is_object()) {
      problems.push_back({place, "null_share_max must be an object of fields and shares, as {\"price\": 0.01}"});
      continue;
    }
    for (const auto& [field, share] : value.get_object())
      if (auto ok = set_null_share(p, std::string(field), share); !ok) problems.push_back({place + "/" + pointer_token(field.substr(0, 100)), ok.error().message});
    if (p.null_share_max.size() > limits::promised_fields_max)
      problems.push_back({place, "the share of nulls can be promised for at most " + std::to_string(limits::promised_fields_max) + " fields"});
  }
}

}  // namespace braid::mesh
