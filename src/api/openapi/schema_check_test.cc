#include "api/openapi/schema_check.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "api/errors.h"
#include "api/lineage/lineage_api.h"
#include "api/mesh/mesh_api.h"
#include "api/openapi/document.h"

namespace braid::api::testing {
namespace {

using Problems = std::vector<std::string>;

bool is_of_type(std::string_view type, const json::value& v) {
  if (type == "null") return v.is_null();
  if (type == "boolean") return v.is_bool();
  if (type == "string") return v.is_string();
  if (type == "integer") return v.is_int64() || v.is_uint64();
  if (type == "number") return v.is_number();
  if (type == "array") return v.is_array();
  if (type == "object") return v.is_object();
  return false;
}

void append(Problems& to, Problems more) { to.insert(to.end(), more.begin(), more.end()); }

const std::set<std::string_view> known_keywords = {"$ref", "type", "required", "properties", "additionalProperties", "items", "enum", "const", "allOf", "anyOf", "oneOf", "minimum", "maximum", "description", "format", "minItems", "maxLength", "minLength", "default", "example", "examples", "title"};

Problems check_object(const json::value& document, const json::object& s, const json::object& value, const std::string& at) {
  Problems out;
  if (const auto* required = s.if_contains("required"))
    for (const auto& name : required->as_array())
      if (!value.contains(name.as_string())) out.push_back(at + ": " + std::string(name.as_string()) + " is missing");
  const auto* properties = s.if_contains("properties");
  const auto* more = s.if_contains("additionalProperties");
  for (const auto& field : value) {
    const std::string place = at + "/" + std::string(field.key());
    if (const auto* p = properties ? properties->as_object().if_contains(field.key()) : nullptr) append(out, check_schema(document, *p, field.value(), place));
    else if (more && more->is_bool() && !more->as_bool()) out.push_back(place + ": not described");
    else if (more && more->is_object()) append(out, check_schema(document, *more, field.value(), place));
  }
  return out;
}

Problems check_branches(const json::value& document, const json::object& s, const json::value& value, const std::string& at) {
  Problems out;
  if (const auto* all = s.if_contains("allOf"))
    for (const auto& branch : all->as_array()) append(out, check_schema(document, branch, value, at));
  for (const char* keyword : {"anyOf", "oneOf"}) {
    const auto* any = s.if_contains(keyword);
    if (!any) continue;
    std::size_t fits = 0;
    Problems why;
    for (const auto& branch : any->as_array()) {
      const Problems problems = check_schema(document, branch, value, at);
      fits += problems.empty();
      append(why, problems);
    }
    if (fits == 0) out.push_back(at + ": fits no branch of " + keyword), append(out, why);
    if (fits > 1 && std::string_view(keyword) == "oneOf") out.push_back(at + ": fits more than one branch of oneOf");
  }
  return out;
}

}  // namespace

Problems check_schema(const json::value& document, const json::value& schema, const json::value& value, const std::string& at) {
  Problems out;
  if (schema.is_bool()) return schema.as_bool() ? out : Problems{at + ": nothing may be here"};
  const json::object& s = schema.as_object();
  for (const auto& keyword : s)
    if (!known_keywords.contains(std::string_view(keyword.key()))) out.push_back(at + ": the checker does not know '" + std::string(keyword.key()) + "'");
  if (const auto* ref = s.if_contains("$ref")) {
    boost::system::error_code ec;
    const auto* target = document.find_pointer(std::string_view(ref->as_string()).substr(1), ec);
    if (!target) return {at + ": nothing is at " + std::string(ref->as_string())};
    append(out, check_schema(document, *target, value, at));
  }
  if (const auto* type = s.if_contains("type")) {
    const bool fits = type->is_string() ? is_of_type(type->as_string(), value) : std::ranges::any_of(type->as_array(), [&](const json::value& t) { return is_of_type(t.as_string(), value); });
    if (!fits) out.push_back(at + ": must be " + json::print(*type) + ", is " + json::print(value).substr(0, 100));
  }
  if (const auto* allowed = s.if_contains("enum"); allowed && std::ranges::find(allowed->as_array(), value) == allowed->as_array().end()) out.push_back(at + ": " + json::print(value) + " is none of " + json::print(*allowed));
  if (const auto* constant = s.if_contains("const"); constant && *constant != value) out.push_back(at + ": must be " + json::print(*constant));
  if (value.is_number()) {
    if (const auto* minimum = s.if_contains("minimum"); minimum && value.to_number<double>() < minimum->to_number<double>()) out.push_back(at + ": below the minimum");
    if (const auto* maximum = s.if_contains("maximum"); maximum && value.to_number<double>() > maximum->to_number<double>()) out.push_back(at + ": above the maximum");
  }
  if (const auto* a = value.if_array())
    if (const auto* items = s.if_contains("items"))
      for (std::size_t i = 0; i < a->size(); ++i) append(out, check_schema(document, *items, (*a)[i], at + "/" + std::to_string(i)));
  if (const auto* o = value.if_object()) append(out, check_object(document, s, *o, at));
  append(out, check_branches(document, s, value, at));
  return out;
}

namespace {
std::vector<std::string> segments(std::string_view path) {
  std::vector<std::string> out;
  while (!path.empty()) {
    const auto slash = path.find('/', 1);
    out.emplace_back(path.substr(0, slash));
    path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash);
  }
  return out;
}
bool fits(std::string_view pattern, std::string_view path) {
  const auto a = segments(pattern), b = segments(path);
  return std::ranges::equal(a, b, [](const std::string& p, const std::string& s) { return p == s || p.starts_with("/{"); });
}
const json::value& resolved(const json::value& document, const json::value& v) {
  const auto* ref = v.as_object().if_contains("$ref");
  if (!ref) return v;
  boost::system::error_code ec;
  return *document.find_pointer(std::string_view(ref->as_string()).substr(1), ec);
}
}  // namespace

Problems check_answer(const json::value& document, std::string_view method, std::string_view path, int status, const json::value& body) {
  std::string lower(method);
  for (char& c : lower) c = char(std::tolower(c));
  const json::object* operation = nullptr;
  std::size_t literal = 0;
  for (const auto& p : document.at("paths").as_object()) {
    if (!fits(p.key(), path) || !p.value().as_object().contains(lower)) continue;
    const std::size_t score = 100 - std::size_t(std::ranges::count(std::string_view(p.key()), '{'));
    if (score > literal) literal = score, operation = &p.value().at(lower).as_object();
  }
  const std::string what = std::string(method) + " " + std::string(path) + " " + std::to_string(status);
  if (!operation) return {what + ": not described"};
  const json::object& responses = operation->at("responses").as_object();
  const json::value* response = responses.if_contains(std::to_string(status));
  if (!response && status >= 400) response = responses.if_contains("default");
  if (!response) return {what + ": this status is not described"};
  const json::value& content = resolved(document, *response).at("content");
  const auto* as_json = content.as_object().if_contains("application/json");
  if (!as_json) return {};
  return check_schema(document, as_json->at("schema"), body, what + " ");
}

namespace {

json::value document() { return *merge_openapi({mesh_openapi(), lineage_openapi()}); }

TEST(OpenApi, EveryOperationHasNameSummaryAndErrors) {
  const json::value d = document();
  std::set<std::string> ids;
  for (const auto& path : d.at("paths").as_object())
    for (const auto& operation : path.value().as_object()) {
      if (operation.key() == "parameters") continue;
      const json::object& o = operation.value().as_object();
      const std::string what = std::string(operation.key()) + " " + std::string(path.key());
      ASSERT_TRUE(o.contains("operationId") && o.contains("summary") && o.contains("tags")) << what;
      EXPECT_TRUE(ids.insert(std::string(o.at("operationId").as_string())).second) << what;
      EXPECT_TRUE(o.at("responses").as_object().contains("default")) << what;
    }
}

TEST(OpenApi, WhatIsDescribedTwiceOrNowhereIsRefused) {
  EXPECT_FALSE(merge_openapi({mesh_openapi(), mesh_openapi()}));
  EXPECT_FALSE(merge_openapi({R"({"paths":{"/x":{"get":{"responses":{"200":{"$ref":"#/components/responses/None"}}}}}})"}));
  EXPECT_FALSE(merge_openapi({"{"}));
  EXPECT_TRUE(merge_openapi({openapi_common(), mesh_openapi()}));
  EXPECT_TRUE(merge_openapi({mesh_openapi(), R"({"paths":{"/x":{"get":{"responses":{"default":{"$ref":"#/components/responses/Error"}}}}}})"}));
}

TEST(SchemaCheck, FindsWhatIsWrong) {
  const json::value d = document();
  const auto error = [&](const char* text) { return check_schema(d, d.at("components").at("schemas").at("Error"), *json::parse(text)); };
  EXPECT_TRUE(error(R"({"error_code":400,"code":"conflict","message":"m"})").empty());
  EXPECT_FALSE(error(R"({"error_code":400,"code":"conflict"})").empty());
  EXPECT_FALSE(error(R"({"error_code":"400","code":"conflict","message":"m"})").empty());
  EXPECT_FALSE(error(R"({"error_code":400,"code":"odd","message":"m"})").empty());
  EXPECT_FALSE(error(R"({"error_code":400,"code":"conflict","message":"m","problems":[{"field":"/x"}]})").empty());
  EXPECT_FALSE(check_answer(d, "GET", "/api/v1/nowhere", 200, {}).empty());
  EXPECT_FALSE(check_answer(d, "GET", "/api/v1/domains", 200, json::object{{"domains", "none"}, {"total", 0}}).empty());
  EXPECT_FALSE(check_schema(d, json::object{{"pattern", "x"}}, "x").empty());
}

TEST(ApiErrors, EveryCodeHasAStatusAndIsDescribed) {
  const json::value d = document();
  const json::array& described = d.at("components").at("schemas").at("Error").at("properties").at("code").at("enum").as_array();
  int codes = 0;
  for (int i = 0;; ++i) {
    const auto code = ErrorCode(i);
    if (i > int(ErrorCode::bug)) break;
    ++codes;
    EXPECT_GE(http::status_of(code), 400) << name_of(code);
    EXPECT_NE(std::ranges::find(described, json::value(name_of(code))), described.end()) << name_of(code);
    const auto response = refuse(Error{code, "message", "hint", SourceSpan{1, 2}});
    EXPECT_EQ(response.status, http::status_of(code));
    EXPECT_TRUE(check_schema(d, d.at("components").at("schemas").at("Error"), *json::parse(response.body)).empty());
  }
  EXPECT_EQ(std::size_t(codes), described.size());
}

}  // namespace
}  // namespace braid::api::testing
