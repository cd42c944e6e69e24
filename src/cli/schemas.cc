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
Result<json::object> schema_body(const Arguments& arguments) {
  const std::string path = arguments.get("FILE");
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
  TRY(auto body, schema_body(arguments));
  const std::string subject = arguments.get("SUBJECT");
  TRY(const auto answer, session.send("POST", "/subjects/" + encode(subject) + "/versions", std::move(body)));
  if (session.json()) session.print(answer);
  else session.say("registered under " + subject + " with id " + std::to_string(whole_at(answer, "id")));
  return {};
}

Result<void> schemas_check(Session& session, const Arguments& arguments) {
  TRY(const auto subject, find_name(session, "subject", arguments.get("SUBJECT")));
  TRY(auto body, schema_body(arguments));
  TRY(const auto answer, session.send("POST", "/compatibility/subjects/" + encode(subject) + "/versions/latest?verbose=true", std::move(body)));
  if (session.json()) session.print(answer);
  const auto* compatible = answer.is_object() ? answer.as_object().if_contains("is_compatible") : nullptr;
  if (compatible && compatible->is_bool() && compatible->as_bool()) {
    session.say("compatible with the latest version of " + subject);
    return {};
  }
  std::string why;
  for (const auto& message : array_at(answer, "messages")) why += "\n  " + cell(message);
  return fail(ErrorCode::incompatible, "not compatible with the latest version of " + subject + (session.json() ? "" : why));
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
