// braid groups ... and braid queries ...
#include <cstdio>

#include "cli/commands.h"
#include "cli/names.h"
#include "cli/table.h"

namespace braid::cli {
namespace {

std::string joined(const json::array& list) {
  std::string out;
  for (const auto& v : list) out += (out.empty() ? "" : ", ") + cell(v);
  return out;
}

std::string group_path(const Arguments& arguments) { return "/api/v1/groups/" + encode(arguments.get("GROUP")); }
std::string dry(const Arguments& arguments) { return arguments.flag("dry-run") ? "?dry_run=true" : ""; }

Result<void> control(Session& session, const Arguments& arguments, const std::string& verb) {
  std::string target = "/api/v1/queries/" + encode(arguments.get("QUERY")) + "/" + verb;
  std::string query;
  if (arguments.has("confirm")) query += "&confirm=" + encode(arguments.get("confirm"));
  if (arguments.flag("force")) query += "&force=true";
  if (arguments.flag("dry-run")) query += "&dry_run=true";
  if (!query.empty()) target += "?" + query.substr(1);
  TRY(const auto answer, session.send("POST", std::move(target), nullptr));
  if (session.json()) return session.print(answer), Result<void>{};
  session.say(arguments.flag("dry-run") ? "nothing was changed; " + verb + " would be possible" : text_at(answer, "id") + " is " + text_at(answer, "state"));
  return {};
}

}  // namespace

Result<void> groups_list(Session& session, const Arguments& arguments) {
  TRY(const auto answer, session.get("/api/v1/groups"));
  if (session.json()) return session.print(answer), Result<void>{};
  Table table({"group", "state", "members", "lag", "topics"});
  table.right(2).right(3);
  if (answer.is_array())
    for (const auto& g : answer.as_array()) {
      const auto* internal = g.as_object().if_contains("internal");
      if (internal && internal->is_bool() && internal->as_bool() && !arguments.flag("internal")) continue;
      table.add({printable(text_at(g, "group")), text_at(g, "state"), std::to_string(whole_at(g, "members")), std::to_string(whole_at(g, "lag")), printable(joined(array_at(g, "topics")))});
    }
  if (table.size() == 0) session.say("no consumer group is known; those of queries are listed with --internal");
  else std::fputs(table.text().c_str(), stdout);
  return {};
}

Result<void> groups_show(Session& session, const Arguments& arguments) {
  TRY(const auto answer, session.get(group_path(arguments)));
  if (session.json()) return session.print(answer), Result<void>{};
  std::printf("%s\n  state  %s\n  lag    %lld\n", printable(text_at(answer, "group")).c_str(), text_at(answer, "state").c_str(), static_cast<long long>(whole_at(answer, "lag")));
  for (const auto& m : array_at(answer, "members")) {
    std::string assigned;
    for (const auto& a : array_at(m, "assignment")) assigned += " " + text_at(a, "topic") + " [" + joined(array_at(a, "partitions")) + "]";
    std::printf("  member %s at %s:%s\n", printable(text_at(m, "client_id")).c_str(), text_at(m, "host").c_str(), printable(assigned).c_str());
  }
  Table table({"topic", "partition", "committed", "end", "lag"});
  table.right(1).right(2).right(3).right(4);
  for (const auto& o : array_at(answer, "offsets")) table.add({text_at(o, "topic"), cell(o.as_object(), "partition"), cell(o.as_object(), "committed"), cell(o.as_object(), "end"), cell(o.as_object(), "lag")});
  if (table.size() > 0) std::fputs(("\n" + table.text()).c_str(), stdout);
  return {};
}

Result<void> groups_reset(Session& session, const Arguments& arguments) {
  json::object body{{"topic", arguments.get("topic")}, {"to", arguments.get("to")}};
  if (arguments.has("partition")) {
    json::array partitions;
    for (const auto& text : arguments.all("partition")) {
      Arguments one;
      one.add("partition", text);
      TRY(const auto n, one.whole_number("partition", 0));
      partitions.push_back(n);
    }
    body["partitions"] = std::move(partitions);
  }
  TRY(const auto answer, session.send("POST", group_path(arguments) + "/offsets" + dry(arguments), std::move(body)));
  if (session.json()) return session.print(answer), Result<void>{};
  session.say(arguments.flag("dry-run") ? "nothing was changed; it would be:" : "moved " + printable(arguments.get("GROUP")) + ":");
  Table table({"topic", "partition", "from", "to", "lag after"});
  table.right(1).right(2).right(3).right(4);
  for (const auto& c : array_at(answer, "changes")) table.add({text_at(c, "topic"), cell(c.as_object(), "partition"), cell(c.as_object(), "from"), cell(c.as_object(), "to"), cell(c.as_object(), "lag_after")});
  std::fflush(stdout);
  std::fputs(table.text().c_str(), stdout);
  return {};
}

Result<void> groups_remove(Session& session, const Arguments& arguments) {
  TRY(const auto answer, session.send("DELETE", group_path(arguments) + dry(arguments), nullptr));
  if (session.json()) return session.print(answer), Result<void>{};
  session.say((arguments.flag("dry-run") ? "nothing was changed; it would be: removed " : "removed ") + printable(arguments.get("GROUP")) + " and its offsets");
  return {};
}

Result<void> queries_list(Session& session, const Arguments&) {
  TRY(const auto answer, session.get("/api/v1/queries"));
  if (session.json()) return session.print(answer), Result<void>{};
  Table table({"query", "state", "reads", "writes", "in", "out", "lag", "errors"});
  for (const std::size_t column : {4, 5, 6, 7}) table.right(column);
  if (answer.is_array())
    for (const auto& q : answer.as_array())
      table.add({text_at(q, "id"), text_at(q, "state"), printable(joined(array_at(q, "reads"))), text_at(q, "writes"), cell(q.as_object(), "records_in"), cell(q.as_object(), "records_out"),
                 cell(q.as_object(), "lag"), cell(q.as_object(), "errors")});
  if (table.size() == 0) session.say("no query runs; CREATE STREAM ... AS SELECT starts one");
  else std::fputs(table.text().c_str(), stdout);
  return {};
}

Result<void> queries_show(Session& session, const Arguments& arguments) {
  TRY(const auto answer, session.get("/api/v1/queries/" + encode(arguments.get("QUERY"))));
  if (session.json()) return session.print(answer), Result<void>{};
  const auto& o = answer.as_object();
  std::printf("%s\n  state    %s\n  reads    %s\n  writes   %s\n  records  %s in, %s out, %s waiting\n  errors   %s\n\n%s\n", text_at(answer, "id").c_str(), text_at(answer, "state").c_str(),
              joined(array_at(answer, "reads")).c_str(), text_at(answer, "writes").c_str(), cell(o, "records_in").c_str(), cell(o, "records_out").c_str(), cell(o, "lag").c_str(),
              cell(o, "errors").c_str(), text_at(answer, "statement").c_str());
  if (const auto* plan = o.if_contains("plan"); plan && plan->is_object()) {
    std::printf("\n");
    for (const auto& step : array_at(*plan, "steps")) {
      const auto inputs = joined(array_at(step, "inputs"));
      std::printf("  %s  %s%s\n", cell(step.as_object(), "id").c_str(), printable(text_at(step, "title")).c_str(), inputs.empty() ? "" : (" (from " + inputs + ")").c_str());
    }
  }
  for (const auto& p : array_at(answer, "problems")) std::printf("  problem  %s %s\n", text_at(p, "at").c_str(), printable(text_at(p, "message")).c_str());
  return {};
}

Result<void> queries_pause(Session& session, const Arguments& arguments) { return control(session, arguments, "pause"); }
Result<void> queries_resume(Session& session, const Arguments& arguments) { return control(session, arguments, "resume"); }
Result<void> queries_terminate(Session& session, const Arguments& arguments) { return control(session, arguments, "terminate"); }

}  // namespace braid::cli
