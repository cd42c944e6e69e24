// braid topics ...
#include <cstdio>

#include "cli/commands.h"
#include "cli/names.h"
#include "cli/table.h"

namespace braid::cli {
namespace {

// "retention.ms=60000" -> name and value; a value that is empty takes the setting back to its default.
Result<json::object> configs_of(const Arguments& arguments) {
  json::object out;
  for (const auto& text : arguments.all("config")) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0)
      return fail(ErrorCode::invalid_input, "--config takes NAME=VALUE, got '" + text + "'", "for example --config retention.ms=86400000");
    const std::string value = text.substr(equals + 1);
    if (value.empty()) out[text.substr(0, equals)] = nullptr;
    else out[text.substr(0, equals)] = value;
  }
  return out;
}

// What is checked, what is done about records that do not keep it, how many there were, and the newest reasons. Nothing when nothing is checked.
std::string contract_text(const json::value& topic) {
  const auto* contract = topic.as_object().if_contains("contract");
  if (contract == nullptr || !contract->is_object()) return "";
  const auto on = [&](const char* field) { const auto* v = contract->as_object().if_contains(field); return v != nullptr && v->is_bool() && v->as_bool(); };
  if (!on("checks_keys") && !on("checks_values")) return "";
  std::string what = on("checks_keys") ? on("checks_values") ? "keys and values" : "keys" : "values";
  what += " need a schema of the topic's subject";
  if (on("checks_payload")) what += ", and must be what it says";
  if (on("checks_rules")) what += ", and keep its rules";
  const auto action = text_at(*contract, "action");
  std::string out = "  contract    " + what + "; otherwise: " + (action == "divert" ? "diverted to " + text_at(*contract, "dead_letter_topic") : action == "count" ? "only counted" : "refused") + "\n";
  out += "              " + std::to_string(whole_at(*contract, "checked")) + " checked, " + std::to_string(whole_at(*contract, "refused")) + " refused, " +
         std::to_string(whole_at(*contract, "diverted")) + " diverted, " + std::to_string(whole_at(*contract, "counted")) + " only counted\n";
  for (const auto& one : array_at(*contract, "newest"))
    out += "              " + text_at(one, "at") + " " + text_at(one, "action") + ", partition " + std::to_string(whole_at(one, "partition")) + ": " + text_at(one, "reason") + "\n";
  return out;
}

void print_topic(const json::value& topic, const json::value& live) {
  std::string out = text_at(topic, "name") + "\n";
  out += "  records     " + std::to_string(whole_at(topic, "records")) + "\n";
  out += "  partitions  " + std::to_string(whole_at(topic, "partitions")) + "\n";
  if (live.is_object()) {
    const auto number = [&](const char* field) {
      const auto* v = live.as_object().if_contains(field);
      return v && v->is_number() ? cell(*v) : std::string();
    };
    if (const auto rate = number("records_per_second"); !rate.empty()) out += "  rate        " + rate + " records/s, " + number("bytes_per_second") + " bytes/s\n";
    if (const auto age = number("age_s"); !age.empty()) out += "  last record " + age + " s ago\n";
  }
  for (const auto* side : {"key_schema", "value_schema"})
    if (const auto* schema = topic.as_object().if_contains(side); schema && schema->is_object())
      out += "  " + std::string(side == std::string_view("key_schema") ? "key         " : "value       ") + text_at(*schema, "type") + ", id " + std::to_string(whole_at(*schema, "id")) + ", " +
             text_at(*schema, "subject") + " version " + std::to_string(whole_at(*schema, "version")) + "\n";
  out += contract_text(topic);
  std::fputs(out.c_str(), stdout);
  if (!array_at(topic, "bounds").empty()) {
    Table table({"partition", "earliest", "end"});
    table.right(0).right(1).right(2);
    for (const auto& p : array_at(topic, "bounds"))
      table.add({std::to_string(whole_at(p, "partition")), std::to_string(whole_at(p, "earliest")), std::to_string(whole_at(p, "end"))});
    std::fputs(("\n" + table.text()).c_str(), stdout);
  }
  if (const auto* configs = topic.as_object().if_contains("configs"); configs && configs->is_object()) {
    Table table({"setting", "value"});
    for (const auto& [name, value] : configs->as_object()) table.add({std::string(name), cell(value)});
    std::fputs(("\n" + table.text()).c_str(), stdout);
  }
}

}  // namespace

Result<void> topics_list(Session& session, const Arguments& arguments) {
  TRY(const auto answer, session.get(arguments.flag("internal") ? "/api/v1/topics?internal=true" : "/api/v1/topics"));
  if (session.json()) return session.print(answer), Result<void>{};
  Table table({"topic", "partitions", "records", "value"});
  table.right(1).right(2);
  for (const auto& topic : array_at(answer, "topics")) {
    const auto* schema = topic.as_object().if_contains("value_schema");
    table.add({text_at(topic, "name"), std::to_string(whole_at(topic, "partitions")), std::to_string(whole_at(topic, "records")), schema ? text_at(*schema, "type") : ""});
  }
  if (table.size() == 0) session.say("there is no topic yet; `braid topics create NAME` makes one");
  else std::fputs(table.text().c_str(), stdout);
  return {};
}

Result<void> topics_describe(Session& session, const Arguments& arguments) {
  TRY(const auto name, find_name(session, "topic", arguments.get("TOPIC")));
  TRY(const auto topic, session.get("/api/v1/topics/" + encode(name)));
  TRY(const auto snapshot, session.get("/api/v1/live/snapshot?topics=" + encode(name)));
  json::value live;
  if (snapshot.is_object())
    if (const auto* topics = snapshot.as_object().if_contains("topics"); topics && topics->is_object())
      if (const auto* found = topics->as_object().if_contains(name)) live = *found;
  if (!session.json()) return print_topic(topic, live), Result<void>{};
  json::value with = topic;
  if (with.is_object()) with.as_object()["live"] = live;
  session.print(with);
  return {};
}

Result<void> topics_create(Session& session, const Arguments& arguments) {
  TRY(auto configs, configs_of(arguments));
  TRY(const auto partitions, arguments.whole_number("partitions", 1));
  json::object body{{"name", arguments.get("TOPIC")}, {"partitions", partitions}};
  if (!configs.empty()) body["configs"] = std::move(configs);
  TRY(const auto topic, session.send("POST", "/api/v1/topics", std::move(body)));
  if (session.json()) session.print(topic);
  else session.say("created topic " + text_at(topic, "name") + " with " + std::to_string(whole_at(topic, "partitions")) + (whole_at(topic, "partitions") == 1 ? " partition" : " partitions"));
  return {};
}

Result<void> topics_change(Session& session, const Arguments& arguments) {
  TRY(const auto name, find_name(session, "topic", arguments.get("TOPIC")));
  TRY(auto configs, configs_of(arguments));
  TRY(const auto partitions, arguments.whole_number("partitions", 0));
  json::object body;
  if (partitions > 0) body["partitions"] = partitions;
  if (!configs.empty()) body["configs"] = std::move(configs);
  if (body.empty()) return fail(ErrorCode::invalid_input, "nothing to change was named", "use --partitions N or --config NAME=VALUE");
  TRY(const auto topic, session.send("PATCH", "/api/v1/topics/" + encode(name), std::move(body)));
  if (session.json()) session.print(topic);
  else session.say("changed topic " + name);
  return {};
}

Result<void> topics_delete(Session& session, const Arguments& arguments) {
  TRY(const auto name, find_name(session, "topic", arguments.get("TOPIC")));
  TRY(const auto answer, session.send("DELETE", "/api/v1/topics/" + encode(name), nullptr));
  if (session.json()) session.print(json::object{{"deleted", name}});
  else session.say("deleted topic " + name);
  return {};
}

}  // namespace braid::cli
