// braid schemas ...: the schema registry, by the calls that every Confluent client makes.
#include <cstdio>

#include "cli/commands.h"
#include "cli/files.h"
#include "cli/names.h"
#include "cli/table.h"

namespace braid::cli {
namespace {

std::string version_or_latest(const Arguments& arguments) { return arguments.get_or("version", "latest"); }

// A schema file is the text itself; its type follows from the name unless --type says it.
Result<json::object> schema_body(const Arguments& arguments, const std::string& path) {
  TRY(auto text, read_whole_file(path));
  std::string type = arguments.get("type");
  if (type.empty()) type = path.ends_with(".proto") ? "PROTOBUF" : path.ends_with(".schema.json") ? "JSON" : "AVRO";
  for (auto& c : type) c = char(std::toupper(static_cast<unsigned char>(c)));
  if (type != "AVRO" && type != "JSON" && type != "PROTOBUF") return fail(ErrorCode::invalid_input, "--type must be avro, json or protobuf, got '" + arguments.get("type") + "'");
  json::object body{{"schema", std::move(text)}};
  if (type != "AVRO") body["schemaType"] = type;
  return body;
}

std::string readable(const std::string& schema) {
  const auto parsed = json::parse(schema);
  return parsed ? json::pretty(*parsed) : schema;
}

}  // namespace

Result<void> schemas_list(Session& session, const Arguments&) {
  TRY(const auto subjects, session.get("/subjects"));
  if (!subjects.is_array()) return fail(ErrorCode::bug, "the registry's answer is no list of subjects");
  json::array latest;
  for (const auto& subject : subjects.as_array()) {
    TRY(auto schema, session.get("/subjects/" + encode(std::string_view(subject.as_string())) + "/versions/latest"));
    latest.push_back(std::move(schema));
  }
  if (session.json()) return session.print(std::move(latest)), Result<void>{};
  Table table({"subject", "versions up to", "id", "type"});
  table.right(1).right(2);
  for (const auto& schema : latest)
    table.add({text_at(schema, "subject"), std::to_string(whole_at(schema, "version")), std::to_string(whole_at(schema, "id")), text_at(schema, "schemaType").empty() ? "AVRO" : text_at(schema, "schemaType")});
  if (table.size() == 0) session.say("no schema is registered yet");
  else std::fputs(table.text().c_str(), stdout);
  return {};
}

Result<void> schemas_show(Session& session, const Arguments& arguments) {
  TRY(const auto subject, find_name(session, "subject", arguments.get("SUBJECT")));
  TRY(const auto schema, session.get("/subjects/" + encode(subject) + "/versions/" + encode(version_or_latest(arguments))));
  if (session.json()) return session.print(schema), Result<void>{};
  const std::string type = text_at(schema, "schemaType").empty() ? "AVRO" : text_at(schema, "schemaType");
  std::printf("%s version %lld, id %lld, %s\n%s\n", subject.c_str(), static_cast<long long>(whole_at(schema, "version")), static_cast<long long>(whole_at(schema, "id")), type.c_str(),
              readable(text_at(schema, "schema")).c_str());
  return {};
}

Result<void> schemas_register(Session& session, const Arguments& arguments) {
  TRY(auto body, schema_body(arguments, arguments.get("FILE")));
  const std::string subject = arguments.get("SUBJECT");
  TRY(const auto answer, session.send("POST", "/subjects/" + encode(subject) + "/versions", std::move(body)));
  if (session.json()) session.print(answer);
  else session.say("registered under " + subject + " with id " + std::to_string(whole_at(answer, "id")));
  return {};
}

// "orders-value.avsc" is about the subject orders-value. Whoever writes SUBJECT FILE, as in `register`, is understood as well.
static std::pair<std::string, std::string> subject_and_file(const Arguments& arguments) {
  std::string file = arguments.get("FILE"), subject = arguments.get("SUBJECT");
  if (!subject.empty()) {
    if (!is_file(file) && is_file(subject)) std::swap(file, subject);
    return {subject, file};
  }
  subject = file.substr(file.rfind('/') + 1);
  for (const std::string_view ending : {".schema.json", ".avsc", ".proto", ".json"})
    if (subject.ends_with(ending)) { subject.resize(subject.size() - ending.size()); break; }
  return {subject, file};
}

Result<void> schemas_check(Session& session, const Arguments& arguments) {
  const auto [named, file] = subject_and_file(arguments);
  auto found = find_name(session, "subject", named);
  if (!found && arguments.get("SUBJECT").empty()) found.error().hint = "the file's name says which subject is meant; or name it: braid schemas check " + file + " SUBJECT";
  TRY(const auto subject, std::move(found));
  TRY(auto body, schema_body(arguments, file));
  TRY(const auto answer, session.send("POST", "/compatibility/subjects/" + encode(subject) + "/versions?verbose=true&explain=true", std::move(body)));
  if (session.json()) session.print(answer);
  const auto* compatible = answer.is_object() ? answer.as_object().if_contains("is_compatible") : nullptr;
  const std::string level = text_at(answer, "compatibility");
  if (compatible && compatible->is_bool() && compatible->as_bool()) {
    session.say("compatible with " + subject + " (" + level + ")");
    return {};
  }
  const auto version = whole_at(answer, "version");
  std::string why = "not compatible with " + subject + (version > 0 ? " version " + std::to_string(version) : "") + (level.empty() ? "" : " (" + level + ")");
  if (session.json()) return fail(ErrorCode::incompatible, std::move(why));
  const auto& differences = array_at(answer, "differences");
  for (const auto& d : differences)
    why += "\n\n  " + text_at(d, "kind") + " at " + text_at(d, "path") + "\n    " + text_at(d, "what") + "\n    breaks " + text_at(d, "breaks") + ": " + text_at(d, "why") +
           "\n    allowed: " + text_at(d, "allowed");
  if (const auto* example = answer.is_object() ? answer.as_object().if_contains("example") : nullptr; example != nullptr && example->is_object())
    why += "\n\n  for example, a record written with the " + text_at(*example, "written_with") + " schema fails:\n    " + text_at(*example, "record") + "\n    " + text_at(*example, "error");
  if (differences.empty())
    for (const auto& message : array_at(answer, "messages")) why += "\n  " + cell(message);
  return fail(ErrorCode::incompatible, std::move(why));
}

Result<void> schemas_delete(Session& session, const Arguments& arguments) {
  TRY(const auto subject, find_name(session, "subject", arguments.get("SUBJECT")));
  std::string target = "/subjects/" + encode(subject);
  if (arguments.has("version")) target += "/versions/" + encode(arguments.get("version"));
  TRY(auto answer, session.send("DELETE", target, nullptr));
  if (arguments.flag("permanent")) {
    TRY(answer, session.send("DELETE", target + "?permanent=true", nullptr));
  }
  if (session.json()) session.print(answer);
  else session.say("deleted " + subject + (arguments.has("version") ? " version " + arguments.get("version") : "") + (arguments.flag("permanent") ? " for good" : "; its ids can still be read"));
  return {};
}

}  // namespace braid::cli
