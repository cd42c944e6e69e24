// braid search, audit, domains, teams, people, whoami.
#include <cstdio>

#include "cli/commands.h"
#include "cli/names.h"
#include "cli/table.h"

namespace braid::cli {
namespace {

std::string joined(const json::array& items) {
  std::string out;
  for (const auto& item : items) out += (out.empty() ? "" : ", ") + (item.is_object() ? text_at(item, "name") : cell(item));
  return out;
}

Result<void> list(Session& session, const std::string& target, const char* field, const std::vector<std::pair<const char*, const char*>>& columns, const char* nothing) {
  TRY(const auto answer, session.get(target));
  if (session.json()) return session.print(answer), Result<void>{};
  std::vector<std::string> titles;
  for (const auto& [title, name] : columns) titles.emplace_back(title);
  Table table(std::move(titles));
  for (const auto& item : array_at(answer, field)) {
    std::vector<std::string> row;
    for (const auto& [title, name] : columns) {
      const auto* v = item.is_object() ? item.as_object().if_contains(name) : nullptr;
      row.push_back(!v ? "" : v->is_array() ? joined(v->as_array()) : cell(*v));
    }
    table.add(std::move(row));
  }
  if (table.size() == 0) session.say(nothing);
  else std::fputs(table.text().c_str(), stdout);
  return {};
}

Result<void> define(Session& session, const std::string& kind, const std::string& target, json::object body) {
  TRY(const auto answer, session.send("PUT", target, std::move(body)));
  if (session.json()) session.print(answer);
  else session.say(kind + " is as you said");
  return {};
}

}  // namespace

Result<void> search(Session& session, const Arguments& arguments) {
  std::string words;
  for (const auto& word : arguments.all("WORDS")) words += (words.empty() ? "" : " ") + word;
  std::string target = "/api/v1/search?q=" + encode(words);
  for (const char* filter : {"type", "domain", "owner", "quality", "tag", "limit"})
    if (arguments.has(filter)) target += "&" + std::string(filter) + "=" + encode(arguments.get(filter));
  TRY(const auto answer, session.get(target));
  if (session.json()) return session.print(answer), Result<void>{};
  const auto& results = array_at(answer, "results");
  if (results.empty()) {
    session.say("nothing found for '" + words + "'");
    return {};
  }
  Table table({"type", "name", "domain", "owner", "description"});
  for (const auto& r : results) table.add({text_at(r, "type"), text_at(r, "name"), text_at(r, "domain"), text_at(r, "owner"), printable(text_at(r, "description"))});
  std::fputs(table.text().c_str(), stdout);
  return {};
}

Result<void> audit(Session& session, const Arguments& arguments) {
  std::string target = "/api/v1/audit?limit=" + arguments.get_or("limit", "50");
  for (const char* filter : {"who", "what", "kind", "subject", "domain", "outcome", "since", "until"})
    if (arguments.has(filter)) target += "&" + std::string(filter) + "=" + encode(arguments.get(filter));
  std::string words;
  for (const auto& word : arguments.all("WORDS")) words += (words.empty() ? "" : " ") + word;
  if (!words.empty()) target += "&q=" + encode(words);
  return list(session, target, "entries", {{"when", "at"}, {"who", "who"}, {"what", "what"}, {"subject", "subject"}, {"outcome", "outcome"}, {"message", "message"}}, "no entry fits");
}

Result<void> domains_list(Session& session, const Arguments&) {
  return list(session, "/api/v1/domains", "domains", {{"domain", "name"}, {"title", "title"}, {"teams", "teams"}, {"members", "members"}, {"products", "products"}}, "there is no domain yet; `braid domains define NAME` makes one");
}

Result<void> domains_define(Session& session, const Arguments& arguments) {
  json::object body;
  for (const char* field : {"title", "description"})
    if (arguments.has(field)) body[field] = arguments.get(field);
  return define(session, "domain " + arguments.get("DOMAIN"), "/api/v1/domains/" + encode(arguments.get("DOMAIN")), std::move(body));
}

Result<void> teams_list(Session& session, const Arguments&) {
  return list(session, "/api/v1/teams", "teams", {{"team", "name"}, {"domain", "domain"}, {"description", "description"}}, "there is no team yet; `braid teams define @NAME --domain DOMAIN` makes one");
}

Result<void> teams_define(Session& session, const Arguments& arguments) {
  json::object body;
  for (const char* field : {"domain", "description"})
    if (arguments.has(field)) body[field] = arguments.get(field);
  return define(session, "team " + arguments.get("TEAM"), "/api/v1/teams/" + encode(arguments.get("TEAM")), std::move(body));
}

Result<void> people_list(Session& session, const Arguments&) {
  return list(session, "/api/v1/people", "people", {{"person", "name"}, {"full name", "full_name"}, {"teams", "teams"}, {"platform", "platform"}}, "nobody is known yet; `braid people define NAME --platform` makes the one who sets up the rest");
}

Result<void> people_define(Session& session, const Arguments& arguments) {
  json::object body;
  if (arguments.has("full-name")) body["full_name"] = arguments.get("full-name");
  if (arguments.has("email")) body["email"] = arguments.get("email");
  if (arguments.has("team")) {
    json::array teams;
    for (const auto& team : arguments.all("team")) teams.emplace_back(team);
    body["teams"] = std::move(teams);
  }
  if (arguments.flag("platform")) body["platform"] = true;
  if (arguments.flag("service")) body["service"] = true;
  return define(session, "person " + arguments.get("PERSON"), "/api/v1/people/" + encode(arguments.get("PERSON")), std::move(body));
}

Result<void> whoami(Session& session, const Arguments&) {
  TRY(const auto me, session.get("/api/v1/whoami"));
  if (session.json()) return session.print(me), Result<void>{};
  const auto flag = [&](const char* name) { const auto* v = me.is_object() ? me.as_object().if_contains(name) : nullptr; return v && v->is_bool() && v->as_bool(); };
  const std::string person = text_at(me, "person"), full = text_at(me, "full_name");
  session.say(person.empty() ? "nobody" : full.empty() ? person : person + ", " + full);
  if (const auto means = text_at(me, "means"); !means.empty()) session.say("  " + means);
  if (const auto teams = joined(array_at(me, "teams")); !teams.empty()) session.say("  teams    " + teams);
  if (const auto domains = joined(array_at(me, "domains")); !domains.empty()) session.say("  domains  " + domains + ": their products may be changed");
  if (flag("platform")) session.say("  platform rights: domains, teams and people may be changed");
  if (const auto note = text_at(me, "note"); !note.empty()) session.say("  " + note);
  return {};
}

// For shell completion: one name a line, and nothing at all when there is no node.
Result<void> names(Session& session, const Arguments& arguments) {
  TRY(const auto known, names_of(session, arguments.get("KIND")));
  for (const auto& name : known) std::printf("%s\n", name.c_str());
  return {};
}

}  // namespace braid::cli
