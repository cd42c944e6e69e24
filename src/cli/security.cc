// braid users, braid acls.
#include <cstdio>

#include "cli/commands.h"
#include "cli/credentials.h"
#include "cli/names.h"
#include "cli/table.h"

namespace braid::cli {
namespace {

Result<void> put_user(Session& session, const Arguments& arguments) {
  const std::string user = arguments.get("USER");
  TRY(const auto iterations, arguments.whole_number("iterations", 8192));
  std::string password;
  if (arguments.flag("generate")) {
    if (arguments.has("new-password-file")) return fail(ErrorCode::invalid_input, "--generate and --new-password-file exclude each other");
    password = generated_password();
  } else {
    TRY(password, new_password(arguments.get("new-password-file")));
  }
  json::object body{{"password", password}, {"iterations", iterations}};
  TRY(auto answer, session.send("PUT", "/api/v1/users/" + encode(user), std::move(body)));
  if (session.json()) {
    if (arguments.flag("generate")) answer.as_object()["password"] = password;
    session.print(answer);
  } else if (arguments.flag("generate")) {
    std::printf("%s\n", password.c_str());
  } else {
    session.say(user + " can log in with that password");
  }
  return {};
}

struct About {
  std::string resource, name;
};
// --topic, --group, --transactional-id or --cluster; at most one of them.
Result<About> about(const Arguments& arguments, bool required) {
  About out;
  for (const char* kind : {"topic", "group", "transactional-id", "cluster"}) {
    if (!arguments.has(kind)) continue;
    if (!out.resource.empty()) return fail(ErrorCode::invalid_input, "--" + out.resource + " and --" + kind + " exclude each other", "one command for each");
    out.resource = kind;
    out.name = out.resource == "cluster" ? "kafka-cluster" : arguments.get(kind);
  }
  if (required && out.resource.empty()) return fail(ErrorCode::invalid_input, "an ACL is about something", "give --topic NAME, --group NAME, --transactional-id NAME or --cluster");
  return out;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at <= text.size();) {
    const auto comma = std::min(text.find(',', at), text.size());
    if (comma > at) out.push_back(text.substr(at, comma - at));
    at = comma + 1;
  }
  return out;
}

void print_acls(const json::array& acls) {
  Table table({"user", "", "operation", "resource", "name", "host"});
  for (const auto& acl : acls) {
    auto user = text_at(acl, "principal");
    if (user.starts_with("User:")) user.erase(0, 5);
    table.add({printable(user == "*" ? "everybody" : user), text_at(acl, "permission"), text_at(acl, "operation"), text_at(acl, "resource"),
               printable(text_at(acl, "name")) + (text_at(acl, "pattern") == "prefixed" ? "..." : ""), text_at(acl, "host")});
  }
  std::fputs(table.text().c_str(), stdout);
}

}  // namespace

Result<void> users_list(Session& session, const Arguments&) {
  TRY(const auto answer, session.get("/api/v1/users"));
  if (session.json()) return session.print(answer), Result<void>{};
  Table table({"user", "may", "logs in with"});
  for (const auto& user : array_at(answer, "users")) {
    std::string mechanisms = "PLAIN";
    for (const auto& c : array_at(user, "credentials")) mechanisms += ", " + text_at(c, "mechanism");
    const auto* super = user.as_object().if_contains("super");
    table.add({printable(text_at(user, "name")), super && super->is_bool() && super->as_bool() ? "everything" : "what ACLs allow", mechanisms});
  }
  if (table.size() == 0) session.say("nobody; `braid users add NAME` adds somebody");
  else std::fputs(table.text().c_str(), stdout);
  if (text_at(answer, "authentication") == "none") session.say("this node asks nobody who they are (authentication: none), so none of this is in force yet");
  return {};
}

Result<void> users_add(Session& session, const Arguments& arguments) {
  TRY(const auto answer, session.get("/api/v1/users"));
  for (const auto& user : array_at(answer, "users"))
    if (text_at(user, "name") == arguments.get("USER"))
      return fail(ErrorCode::already_exists, "there is a user " + arguments.get("USER") + " already", "a new password: braid users password " + arguments.get("USER"));
  return put_user(session, arguments);
}

Result<void> users_password(Session& session, const Arguments& arguments) { return put_user(session, arguments); }

Result<void> users_remove(Session& session, const Arguments& arguments) {
  const std::string user = arguments.get("USER");
  TRY(const auto answer, session.send("DELETE", "/api/v1/users/" + encode(user), nullptr));
  if (session.json()) return session.print(answer), Result<void>{};
  session.say(user + " can no longer log in");
  if (const auto left = whole_at(answer, "acls_left"); left > 0)
    session.say(std::to_string(left) + " ACLs still name " + user + ", and count again for a user of that name: braid acls remove " + user);
  return {};
}

Result<void> acls_list(Session& session, const Arguments& arguments) {
  TRY(const auto on, about(arguments, false));
  std::string target = "/api/v1/acls?";
  if (arguments.has("USER")) target += "user=" + encode(arguments.get("USER")) + "&";
  if (!on.resource.empty()) target += "resource=" + on.resource + "&name=" + encode(on.name) + (arguments.flag("exactly") ? "" : "&pattern=match");
  TRY(const auto answer, session.get(target));
  if (session.json()) return session.print(answer), Result<void>{};
  if (array_at(answer, "acls").empty()) session.say("no ACLs: only super users may do anything");
  else print_acls(array_at(answer, "acls"));
  if (const auto* enforced = answer.as_object().if_contains("enforced"); enforced && enforced->is_bool() && !enforced->as_bool())
    session.say("this node asks nobody who they are (authentication: none), so none of this is in force yet");
  return {};
}

Result<void> acls_add(Session& session, const Arguments& arguments) {
  TRY(const auto on, about(arguments, true));
  json::array acls;
  for (const auto& operation : split(arguments.get("OPERATIONS")))
    acls.push_back(json::object{{"user", arguments.get("USER")}, {"operation", operation}, {"resource", on.resource}, {"name", on.name}, {"pattern", arguments.flag("prefix") ? "prefixed" : "literal"},
                                {"permission", arguments.flag("deny") ? "deny" : "allow"}, {"host", arguments.get_or("host", "*")}});
  if (acls.empty()) return fail(ErrorCode::invalid_input, "no operation is named", "for example read,describe");
  json::object body{{"acls", std::move(acls)}};
  TRY(const auto answer, session.send("POST", "/api/v1/acls", std::move(body)));
  if (session.json()) return session.print(answer), Result<void>{};
  if (array_at(answer, "added").empty()) session.say("that was so already");
  else print_acls(array_at(answer, "added"));
  return {};
}

Result<void> acls_remove(Session& session, const Arguments& arguments) {
  TRY(const auto on, about(arguments, false));
  std::string common = "user=" + encode(arguments.get("USER"));
  if (!on.resource.empty()) common += "&resource=" + on.resource + "&name=" + encode(on.name) + "&pattern=" + (arguments.flag("prefix") ? "prefixed" : "literal");
  if (arguments.flag("deny")) common += "&permission=deny";
  if (arguments.has("host")) common += "&host=" + encode(arguments.get("host"));
  if (arguments.flag("dry-run")) common += "&dry_run=true";
  auto operations = split(arguments.get("OPERATIONS"));
  if (operations.empty()) operations.emplace_back();
  json::array removed;
  for (const auto& operation : operations) {
    TRY(const auto answer, session.send("DELETE", "/api/v1/acls?" + common + (operation.empty() ? "" : "&operation=" + encode(operation)), nullptr));
    for (const auto& acl : array_at(answer, "removed")) removed.push_back(acl);
  }
  if (session.json()) return session.print(json::object{{"dry_run", arguments.flag("dry-run")}, {"removed", std::move(removed)}}), Result<void>{};
  if (removed.empty()) session.say("there is no such ACL");
  else print_acls(removed);
  return {};
}

}  // namespace braid::cli
