// braid products ...: data products, their lifecycle and their consumers.
#include <unistd.h>

#include <cstdio>
#include <iterator>

#include "cli/commands.h"
#include "cli/files.h"
#include "cli/names.h"
#include "cli/table.h"

namespace braid::cli {
namespace {

std::string joined(const json::array& items) {
  std::string out;
  for (const auto& item : items) out += (out.empty() ? "" : ", ") + cell(item);
  return out;
}

std::string path_of(const std::string& product) { return "/api/v1/products/" + encode(product); }

// What the product promises otherwise than its tier, laid over what there is: a number, or `tier` for what the tier says.
Result<json::object> promises_of(const Arguments& arguments) {
  const auto number = [](const std::string& option, const std::string& text) -> Result<json::value> {
    if (text == "tier" || text == "null") return json::value(nullptr);
    auto value = json::parse(text);
    if (!value || !value->is_number()) return fail(ErrorCode::invalid_input, "--" + option + " must be a number, got '" + text + "'", "or `tier`, for what the tier says");
    return value;
  };
  json::object out, nulls;
  for (const auto& [option, field] : {std::pair{"freshness", "freshness_s"}, std::pair{"availability", "availability"}, std::pair{"min-rate", "records_per_second_min"}, std::pair{"history-days", "history_days"}})
    if (arguments.has(option)) {
      TRY(out[field], number(option, arguments.get(option)));
    }
  for (const auto& text : arguments.all("null-share")) {
    const auto equals = text.rfind('=');
    if (equals == std::string::npos || equals == 0) return fail(ErrorCode::invalid_input, "--null-share must be FIELD=SHARE, got '" + text + "'", "for example --null-share price=0.01");
    TRY(nulls[text.substr(0, equals)], number("null-share", text.substr(equals + 1)));
  }
  if (!nulls.empty()) out["null_share_max"] = std::move(nulls);
  return out;
}

// The fields that a publication or a change can set, from the options.
Result<json::object> fields_of(const Arguments& arguments) {
  json::object out;
  for (const char* field : {"domain", "owner", "description", "quality", "sla", "version"})
    if (arguments.has(field)) out[field] = arguments.get(field);
  if (arguments.has("documentation")) {
    TRY(out["documentation"], read_whole_file(arguments.get("documentation")));
  }
  TRY(auto promises, promises_of(arguments));
  if (arguments.flag("tier-promises")) {
    if (!promises.empty()) return fail(ErrorCode::invalid_input, "--tier-promises goes back to the tier in everything, so no promise can be named beside it", "do it in two steps");
    out["promises"] = nullptr;
  }
  if (!promises.empty()) out["promises"] = std::move(promises);
  if (arguments.has("tag")) {
    json::array tags;
    for (const auto& tag : arguments.all("tag")) tags.emplace_back(tag);
    out["tags"] = std::move(tags);
  }
  json::array ports;
  for (const auto& topic : arguments.all("topic")) ports.push_back(json::object{{"name", topic}, {"kind", "topic"}, {"topic", topic}});
  for (const auto& table : arguments.all("table")) ports.push_back(json::object{{"name", table}, {"kind", "table"}, {"table", table}, {"topic", table}});
  if (!ports.empty()) out["ports"] = std::move(ports);
  return out;
}

void print_affected(std::FILE* out, const json::value& impact) {
  for (const auto& consumer : array_at(impact, "consumers")) {
    const std::string name = text_at(consumer, "name"), team = text_at(consumer, "team"), purpose = text_at(consumer, "purpose");
    std::fprintf(out, "  consumer %s%s%s\n", name.c_str(), name == team ? "" : (" of " + team).c_str(), purpose.empty() ? "" : (": " + purpose).c_str());
  }
  for (const auto& reader : array_at(impact, "readers")) {
    const std::string detail = text_at(reader, "detail");
    std::fprintf(out, "  %s %s reads %s%s\n", text_at(reader, "kind").c_str(), text_at(reader, "name").c_str(), text_at(reader, "topic").c_str(),
                 detail.empty() ? "" : (": " + cut_to_width(printable(detail), 100)).c_str());
  }
}

bool asked_and_confirmed() {
  if (!::isatty(STDIN_FILENO) || !::isatty(STDERR_FILENO)) return false;
  std::fputs("Go on? [y/N] ", stderr);
  char line[16];
  return std::fgets(line, sizeof line, stdin) && (line[0] == 'y' || line[0] == 'Y');
}

// Everything that is missing or wrong, at once.
Error refusal_of(const Answer& answer) {
  Error error = error_of(answer);
  const auto body = json::parse(answer.body);
  if (!body) return error;
  const auto& problems = array_at(*body, "problems");
  for (const auto& problem : problems)
    if (error.message.find(text_at(problem, "message")) == std::string::npos)
      error.message += "\n  " + text_at(problem, "field") + ": " + text_at(problem, "message");
  return error;
}

// A change that consumers would notice is answered with who they are; the person decides with that list in view.
Result<json::value> change_with_consent(Session& session, const Arguments& arguments, std::string method, std::string target, const json::value& body) {
  const bool has_query = target.find('?') != std::string::npos;
  std::string with = target;
  if (arguments.flag("force")) with += std::string(has_query ? "&" : "?") + "force=true";
  else if (arguments.has("confirm")) with += std::string(has_query ? "&" : "?") + "confirm=" + encode(arguments.get("confirm"));
  if (arguments.flag("dry-run")) with += std::string(with.find('?') == std::string::npos ? "?" : "&") + "dry_run=true";
  const http::Headers headers{{"Content-Type", "application/json"}};
  const Bytes text = body.is_null() ? Bytes() : json::print(body);
  TRY(auto answer, session.exchange(method, with, text, headers));
  if (answer.status == 409) {
    const auto refused = json::parse(answer.body);
    const json::value* impact = refused && refused->is_object() ? refused->as_object().if_contains("impact") : nullptr;
    const std::string token = impact ? text_at(*impact, "confirm") : std::string();
    if (!token.empty()) {
      Error error = error_of(answer);
      if (session.json()) session.print(*refused);
      else {
        std::fprintf(stderr, "%s\n", error.message.c_str());
        print_affected(stderr, *impact);
      }
      if (!asked_and_confirmed()) {
        error.hint = "when they are told, repeat it with --confirm " + token;
        return std::unexpected(std::move(error));
      }
      TRY(answer, session.exchange(method, target + (has_query ? "&" : "?") + "confirm=" + encode(token), text, headers));
    }
  }
  if (answer.status >= 400) return std::unexpected(refusal_of(answer));
  if (answer.body.empty()) return json::value();
  return json::parse(answer.body);
}

Result<void> tell(Session& session, const Arguments& arguments, const json::value& answer, const std::string& done) {
  if (session.json()) return session.print(answer), Result<void>{};
  session.say(arguments.flag("dry-run") ? "nothing was changed; it would be: " + done : done);
  if (const auto* told = answer.is_object() ? answer.as_object().if_contains("told") : nullptr; told && told->is_object()) {
    session.say("this concerns:");
    std::fflush(stdout);
    print_affected(stdout, *told);
  }
  return {};
}

void print_product(const json::value& product) {
  const auto line = [&](const char* title, const std::string& text) {
    if (!text.empty()) std::printf("  %-12s %s\n", title, text.c_str());
  };
  std::printf("%s\n", text_at(product, "name").c_str());
  line("description", text_at(product, "description"));
  line("domain", text_at(product, "domain"));
  line("owner", text_at(product, "owner"));
  line("quality", text_at(product, "quality"));
  line("SLA", text_at(product, "sla"));
  if (const auto* promises = product.as_object().if_contains("promises"); promises && promises->is_object()) {
    std::string own;
    for (const auto& [name, value] : promises->get_object()) {
      if (value.is_number()) own += (own.empty() ? "" : ", ") + std::string(name) + " " + cell(value);
      if (!value.is_object()) continue;
      for (const auto& [field, share] : value.get_object()) own += (own.empty() ? "" : ", ") + std::string(name) + " of " + std::string(field) + " " + cell(share);
    }
    line("promises", own);
  }
  line("version", text_at(product, "version"));
  line("state", text_at(product, "state"));
  line("tags", joined(array_at(product, "tags")));
  line("changed", text_at(product, "changed") + (text_at(product, "changed_by").empty() ? "" : " by " + text_at(product, "changed_by")));
  if (const auto* deprecation = product.as_object().if_contains("deprecation"); deprecation && deprecation->is_object()) {
    line("sunset", text_at(*deprecation, "sunset"));
    line("notice", text_at(*deprecation, "notice"));
    line("replaced by", text_at(*deprecation, "replaced_by"));
  }
  for (const auto& port : array_at(product, "ports"))
    line("port", text_at(port, "kind") + " " + (text_at(port, "table").empty() ? text_at(port, "topic") : text_at(port, "table")));
  for (const auto& consumer : array_at(product, "consumers"))
    line("consumer", text_at(consumer, "name") + (text_at(consumer, "team") == text_at(consumer, "name") ? "" : " of " + text_at(consumer, "team")) +
                         (text_at(consumer, "purpose").empty() ? "" : ": " + text_at(consumer, "purpose")));
  for (const auto& reader : array_at(product, "readers")) line("read by", text_at(reader, "kind") + " " + text_at(reader, "name"));
  if (const auto documentation = text_at(product, "documentation"); !documentation.empty()) std::printf("\n%s\n", documentation.c_str());
}

}  // namespace

Result<void> products_list(Session& session, const Arguments& arguments) {
  std::string query;
  for (const char* filter : {"domain", "owner", "state", "quality", "sla", "tag"})
    if (arguments.has(filter)) query += (query.empty() ? "?" : "&") + std::string(filter) + "=" + encode(arguments.get(filter));
  TRY(const auto answer, session.get("/api/v1/products" + query + (query.empty() ? "?" : "&") + "limit=1000"));
  if (session.json()) return session.print(answer), Result<void>{};
  Table table({"product", "domain", "owner", "quality", "SLA", "state", "description"});
  for (const auto& p : array_at(answer, "products"))
    table.add({text_at(p, "name"), text_at(p, "domain"), text_at(p, "owner"), text_at(p, "quality"), text_at(p, "sla"), text_at(p, "state"), printable(text_at(p, "description"))});
  if (table.size() == 0) session.say(query.empty() ? "no product is published yet" : "no product fits");
  else std::fputs(table.text().c_str(), stdout);
  return {};
}

Result<void> products_show(Session& session, const Arguments& arguments) {
  TRY(const auto name, find_name(session, "product", arguments.get("PRODUCT")));
  TRY(const auto product, session.get(path_of(name)));
  if (session.json()) return session.print(product), Result<void>{};
  if (!product.is_object()) return fail(ErrorCode::bug, "the node's answer is no product");
  print_product(product);
  return {};
}

Result<void> products_publish(Session& session, const Arguments& arguments) {
  const std::string name = arguments.get("PRODUCT");
  TRY(auto body, fields_of(arguments));
  body["name"] = name;
  if (arguments.flag("draft")) body["state"] = "draft";
  TRY(const auto answer, change_with_consent(session, arguments, "POST", "/api/v1/products", std::move(body)));
  return tell(session, arguments, answer, arguments.flag("draft") ? "kept draft of " + name : "published " + name);
}

Result<void> products_change(Session& session, const Arguments& arguments) {
  TRY(const auto name, find_name(session, "product", arguments.get("PRODUCT")));
  TRY(auto body, fields_of(arguments));
  if (body.empty()) return fail(ErrorCode::invalid_input, "nothing to change was named", "`braid products change --help` lists what can be changed");
  TRY(const auto answer, change_with_consent(session, arguments, "PATCH", path_of(name), std::move(body)));
  return tell(session, arguments, answer, "changed " + name);
}

Result<void> products_deprecate(Session& session, const Arguments& arguments) {
  TRY(const auto name, find_name(session, "product", arguments.get("PRODUCT")));
  json::object body;
  if (arguments.has("sunset")) body["sunset"] = arguments.get("sunset");
  if (arguments.has("notice")) body["notice"] = arguments.get("notice");
  if (arguments.has("replaced-by")) body["replaced_by"] = arguments.get("replaced-by");
  TRY(const auto answer, change_with_consent(session, arguments, "POST", path_of(name) + "/deprecate", std::move(body)));
  return tell(session, arguments, answer, "deprecated " + name);
}

Result<void> products_retire(Session& session, const Arguments& arguments) {
  TRY(const auto name, find_name(session, "product", arguments.get("PRODUCT")));
  TRY(const auto answer, change_with_consent(session, arguments, "POST", path_of(name) + "/retire", json::object()));
  return tell(session, arguments, answer, "retired " + name);
}

Result<void> products_remove(Session& session, const Arguments& arguments) {
  TRY(const auto name, find_name(session, "product", arguments.get("PRODUCT")));
  TRY(const auto answer, change_with_consent(session, arguments, "DELETE", path_of(name), nullptr));
  return tell(session, arguments, answer, "removed " + name + " from the mesh; its topic and records stay");
}

Result<void> products_history(Session& session, const Arguments& arguments) {
  const std::string typed = arguments.get("PRODUCT");
  const auto known = find_name(session, "product", typed);   // a removed product has a history too
  TRY(const auto answer, session.get(path_of(known ? *known : typed) + "/history"));
  if (session.json()) return session.print(answer), Result<void>{};
  const json::array& events = answer.is_array() ? answer.as_array() : array_at(answer, "events").empty() ? array_at(answer, "history") : array_at(answer, "events");
  Table table({"when", "who", "what", "revision"});
  for (const auto& e : events) table.add({text_at(e, "at"), text_at(e, "by").empty() ? text_at(e, "who") : text_at(e, "by"), text_at(e, "type").empty() ? text_at(e, "what") : text_at(e, "type"), std::to_string(whole_at(e, "revision"))});
  std::fputs(table.text().c_str(), stdout);
  return {};
}

Result<void> products_register(Session& session, const Arguments& arguments) {
  TRY(const auto name, find_name(session, "product", arguments.get("PRODUCT")));
  json::object body;
  for (const char* field : {"team", "purpose", "name"})
    if (arguments.has(field)) body[field] = arguments.get(field);
  TRY(const auto answer, change_with_consent(session, arguments, "POST", path_of(name) + "/consumers", std::move(body)));
  return tell(session, arguments, answer, "registered as a consumer of " + name);
}

Result<void> products_unregister(Session& session, const Arguments& arguments) {
  TRY(const auto name, find_name(session, "product", arguments.get("PRODUCT")));
  TRY(const auto answer, change_with_consent(session, arguments, "DELETE", path_of(name) + "/consumers/" + encode(arguments.get("CONSUMER")), nullptr));
  return tell(session, arguments, answer, arguments.get("CONSUMER") + " is no consumer of " + name + " any more");
}

}  // namespace braid::cli
