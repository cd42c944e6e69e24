#include "cases.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

namespace braid::cases {

namespace {

std::string replace_all(std::string text, std::string_view what, std::string_view by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) text.replace(at, what.size(), by);
  return text;
}

std::vector<CaseRecord> records_of(const Json* list) {
  std::vector<CaseRecord> out;
  if (!list) return out;
  for (const auto& j : list->items) {
    CaseRecord r;
    r.topic = j.string_or("topic", "");
    if (const Json* k = j.find("key")) r.key = *k;
    if (const Json* v = j.find("value")) r.value = *v;
    if (const Json* t = j.find("timestamp"); t && t->is(Json::Kind::number)) r.timestamp = j.int_or("timestamp", 0);
    if (const Json* w = j.find("window"); w && w->is(Json::Kind::object))
      r.window = Window{w->int_or("start", 0), w->int_or("end", 0), w->string_or("type", "") == "session"};
    if (const Json* headers = j.find("headers")) {
      for (const auto& h : headers->items) {
        const Json* v = h.find("VALUE");
        r.headers.emplace_back(h.string_or("KEY", ""), v && v->is(Json::Kind::string) ? std::optional(v->text) : std::nullopt);
      }
    }
    out.push_back(std::move(r));
  }
  return out;
}

std::string property_text(const Json& v) { return v.is(Json::Kind::string) ? v.text : print(v); }

Case make_case(const std::string& file, const Json& j, const std::string& format, const std::string& config) {
  Case out;
  out.name = file + " - " + j.string_or("name", "");
  if (!format.empty()) out.name += " - " + format;
  if (const Json* statements = j.find("statements"))
    for (const auto& s : statements->items) out.statements.push_back(format.empty() ? s.text : replace_all(s.text, "{FORMAT}", format));
  if (const Json* properties = j.find("properties")) {
    for (const auto& [name, value] : properties->fields) {
      std::string text = property_text(value);
      if (text == "{CONFIG}") {
        text = config;
        out.name += " - " + name + "=" + config;
      }
      out.properties[name] = text;
    }
  }
  if (const Json* topics = j.find("topics")) out.topics = topics->items;
  out.has_inputs = j.find("inputs") != nullptr;
  out.inputs = records_of(j.find("inputs"));
  out.outputs = records_of(j.find("outputs"));
  out.expected_exception = j.find("expectedException");
  out.post = j.find("post");
  return out;
}

std::vector<std::string> choices(const Json& j, std::string_view field) {
  std::vector<std::string> out;
  if (const Json* list = j.find(field); list && list->is(Json::Kind::array))
    for (const auto& f : list->items) out.push_back(property_text(f));
  if (out.empty()) out.emplace_back();
  return out;
}

}  // namespace

Result<std::vector<CaseFile>> load_cases(const std::string& folder) {
  std::vector<std::filesystem::path> paths;
  std::error_code ec;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ec))
    if (entry.path().extension() == ".json") paths.push_back(entry.path());
  if (ec) return fail(ErrorCode::io, "cannot list the folder " + folder + ": " + ec.message());
  std::sort(paths.begin(), paths.end());
  std::vector<CaseFile> out;
  for (const auto& path : paths) {
    std::ifstream in(path);
    std::stringstream text;
    text << in.rdbuf();
    auto json = parse_json(text.str());
    if (!json) return std::unexpected(std::move(json).error().during(path.filename().string()));
    CaseFile file;
    file.name = path.stem().string();
    file.json = std::make_shared<const Json>(*std::move(json));
    const Json* tests = file.json->find("tests");
    if (!tests) return fail(ErrorCode::invalid_input, path.filename().string() + " has no field 'tests'");
    for (const auto& j : tests->items) {
      if (const Json* enabled = j.find("enabled"); enabled && enabled->is(Json::Kind::boolean) && !enabled->boolean) continue;
      for (const auto& format : choices(j, "format"))
        for (const auto& config : choices(j, "config")) file.cases.push_back(make_case(file.name, j, format, config));
    }
    out.push_back(std::move(file));
  }
  return out;
}

}  // namespace braid::cases
