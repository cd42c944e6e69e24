#include "node/security.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "api/mesh/mesh_api.h"
#include "base/base64.h"
#include "base/limits/security.h"
#include "base/log.h"
#include "base/suggest.h"
#include "broker/security/crypto.h"
#include "node/parts.h"
#include "registry/service.h"

namespace braid::node {
namespace {

using broker::Acl;

api::AclInfo info_of(const Acl& acl) {
  return {acl.principal, std::string(name_of(acl.operation)), std::string(name_of(acl.resource)), acl.name, std::string(name_of(acl.pattern)), std::string(name_of(acl.permission)), acl.host};
}

template <class T, class F> Result<T> read_word(std::string_view what, const std::string& word, F named, std::initializer_list<T> all) {
  if (const std::optional<T> found = named(word)) return *found;
  std::vector<std::string> words;
  std::string list;
  for (const T one : all) {
    words.emplace_back(name_of(one));
    list += (list.empty() ? "" : ", ") + words.back();
  }
  const auto near = did_you_mean(word, words);
  return fail(ErrorCode::invalid_input, "there is no " + std::string(what) + " '" + word.substr(0, 100) + "'", near.empty() ? "there are " + list : near);
}

Result<broker::Operation> operation_from(const std::string& word) {
  using enum broker::Operation;
  return read_word<broker::Operation>("operation", word, broker::operation_named,
                                      {all, read, write, create, remove, alter, describe, cluster_action, describe_configs, alter_configs, idempotent_write});
}
Result<broker::Resource> resource_from(const std::string& word) {
  using enum broker::Resource;
  return read_word<broker::Resource>("resource", word, broker::resource_named, {topic, group, cluster, transactional_id});
}
Result<broker::Pattern> pattern_from(const std::string& word, bool filter) {
  for (const auto one : {broker::Pattern::literal, broker::Pattern::prefixed, broker::Pattern::match})
    if (name_of(one) == word && (filter || one != broker::Pattern::match)) return one;
  return fail(ErrorCode::invalid_input, "there is no pattern '" + word.substr(0, 100) + "'", filter ? "literal, prefixed or match" : "literal or prefixed");
}
Result<broker::Permission> permission_from(const std::string& word) {
  for (const auto one : {broker::Permission::allow, broker::Permission::deny})
    if (name_of(one) == word) return one;
  return fail(ErrorCode::invalid_input, "there is no permission '" + word.substr(0, 100) + "'", "allow or deny");
}

Result<Acl> acl_of(const api::AclInfo& info) {
  Acl acl;
  TRY(acl.operation, operation_from(info.operation));
  TRY(acl.resource, resource_from(info.resource));
  TRY(acl.pattern, pattern_from(info.pattern, false));
  TRY(acl.permission, permission_from(info.permission));
  acl.principal = info.principal;
  acl.name = info.name;
  acl.host = info.host;
  TRY_VOID(check(acl));
  return acl;
}

Result<broker::AclFilter> filter_of(const api::AclQuery& query) {
  broker::AclFilter filter;
  if (!query.operation.empty()) {
    TRY(filter.operation, operation_from(query.operation));
  }
  if (!query.resource.empty()) {
    TRY(filter.resource, resource_from(query.resource));
  }
  if (!query.pattern.empty()) {
    TRY(filter.pattern, pattern_from(query.pattern, true));
  }
  if (!query.permission.empty()) {
    TRY(filter.permission, permission_from(query.permission));
  }
  if (!query.principal.empty()) filter.principal = query.principal;
  if (!query.name.empty()) filter.name = query.name;
  if (!query.host.empty()) filter.host = query.host;
  return filter;
}

// Where a check of health needs no password: what it tells is that the node is there.
bool is_open(const http::Request& request) {
  static constexpr std::string_view paths[] = {"/healthz", "/readyz", "/healthcheck", "/chc/ready", "/chc/live", "/actuator/health"};
  return request.method == "GET" && std::ranges::find(paths, std::string_view(request.path)) != std::end(paths);
}

http::Response refused(const http::Router& router, const http::Request& request, const Error& error) {
  auto response = router.error(request.path, http::status_of(error.code), error);
  if (error.code == ErrorCode::unauthenticated) response.headers.set("WWW-Authenticate", "Basic realm=\"braid\", charset=\"UTF-8\"");
  return response;
}

io::Task<std::optional<http::Response>> identify(Parts* parts, const http::Router* router, http::Request* request) {
  std::optional<http::Response> answer;
  request->headers.remove(api::login_header);   // it is ours to set
  if (is_open(*request)) co_return answer;
  const auto& security = *parts->security;
  // A browser sends what it was told for these pages with every request to them, also when the page of another site makes it do so.
  const auto origin = request->headers.get("Origin");
  const bool reads_only = request->method == "GET" && !request->headers.get("Upgrade");
  if (origin && !reads_only && !same_origin(*origin, request->headers.get_or("Host", ""))) {
    answer = refused(*router, *request, {ErrorCode::forbidden, "a page of " + std::string(*origin) + " may not change anything here", "open this node's own pages"});
    co_return answer;
  }
  const auto login = parse_basic(request->headers.get_or("Authorization", ""));
  if (!login) {
    answer = refused(*router, *request, {ErrorCode::unauthenticated, "this node wants to know who asks: a user and a password (HTTP Basic)",
                                         "braid: --user NAME, or BRAID_USER and BRAID_PASSWORD, or a line in ~/.netrc; curl: -u NAME"});
    co_return answer;
  }
  auto verifying = security.verify(login->user, login->password);
  const auto right = co_await std::move(verifying);
  if (!right) {
    answer = refused(*router, *request, right.error());
    co_return answer;
  }
  if (!*right) {
    log::warn("http_login_failed", {{"user", login->user.substr(0, limits::user_name_bytes_max)}, {"peer", request->peer.host}});
    co_await io::sleep_for(io::Milliseconds(limits::sasl_failure_delay_ms));
    answer = refused(*router, *request, {ErrorCode::unauthenticated, "the user or the password is wrong", "whoever manages users can set a new one: braid users password NAME"});
    co_return answer;
  }
  request->principal = login->user;
  auto as = request->headers.get("Braid-As");
  if (!as && request->method == "GET") as = request->query_first("as");
  if (!as || *as == login->user || as->empty()) co_return answer;
  if (!security.is_super(login->user)) {
    answer = refused(*router, *request, {ErrorCode::forbidden, login->user + " may not act as " + std::string(as->substr(0, 100)), "only super users act as others; log in as that person"});
    co_return answer;
  }
  const auto& mesh = parts->mesh->state();
  if (!mesh.people.empty() && !mesh.person(std::string(*as))) {
    answer = refused(*router, *request, {ErrorCode::unauthenticated, "nobody here is called '" + std::string(as->substr(0, 100)) + "'", "braid people list"});
    co_return answer;
  }
  request->principal = std::string(*as);
  request->headers.set(api::login_header, login->user);   // the audit has it with the client
  co_return answer;
}

Result<void> write_private(const std::string& path, const std::string& text) {
  std::error_code failed;
  std::filesystem::remove(path, failed);
  { std::ofstream made(path); }
  std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, failed);   // before anything is in it
  std::ofstream out(path);
  out << text;
  out.close();
  if (failed || !out) return fail(ErrorCode::io, "the file " + path + " cannot be written", "it is to hold the first user's password; may this user write there?");
  return {};
}

std::string first_login_path(const Parts& parts) { return parts.config.data + "/first-login"; }

io::Task<Result<void>> make_first_user(Parts& parts) {
  const std::string user = parts.config.super_users.front();
  const std::string password = to_base64url(random_uuid()) + to_base64url(random_uuid()).substr(0, 6);
  const std::string path = first_login_path(parts);
  CO_TRY_VOID(write_private(path, "# The first user of this node, in the form of ~/.netrc. Give it a password of your own: braid users password " + user + "\ndefault login " + user + " password " + password + "\n"));
  auto hashing = parts.security->hash_password(password, limits::scram_iterations_default);
  auto credentials = co_await std::move(hashing);
  std::vector<broker::SecurityCommand> commands;
  commands.push_back(broker::SetUser{user, std::move(credentials)});
  auto changing = parts.security->change(std::move(commands), "anonymous", "first start");
  CO_TRY_VOID(co_await std::move(changing));
  parts.addresses.first_login = path;
  log::info("first_user_made", {{"user", user}, {"password_in", path}});
  co_return Result<void>{};
}

// The password that a start has made is worth nothing once there is another one.
void forget_first_login(Parts& parts, const broker::Described& what) {
  if (what.subject != parts.config.super_users.front() || !what.what.starts_with("user.") || what.what == "user.created") return;
  std::error_code gone;
  std::filesystem::remove(first_login_path(parts), gone);
}

io::Task<void> write_audit(Parts* parts, std::vector<broker::Security::Changed> changes) {
  for (auto& change : changes) {
    forget_first_login(*parts, change.what);
    mesh::AuditEntry entry;
    entry.at_ms = change.at_ms;
    entry.who = change.who;
    entry.client = change.client;
    entry.what = change.what.what;
    entry.kind = change.what.what.substr(0, change.what.what.find('.'));
    entry.subject = change.what.subject;
    entry.message = change.what.message;
    auto recording = parts->mesh->audit().record(std::move(entry));
    const auto recorded = co_await std::move(recording);
    if (!recorded) log::warn("audit_entry_lost", {{"what", change.what.what}, {"subject", change.what.subject}, {"reason", recorded.error().message}});
  }
}

}  // namespace

std::optional<BasicLogin> parse_basic(std::string_view authorization) {
  constexpr std::string_view scheme = "basic ";
  if (authorization.size() < scheme.size() || !std::ranges::equal(authorization.substr(0, scheme.size()), scheme, [](char a, char b) { return (a | 0x20) == b || a == b; })) return std::nullopt;
  authorization.remove_prefix(scheme.size());
  while (authorization.starts_with(' ')) authorization.remove_prefix(1);
  if (authorization.size() > 4 * limits::password_bytes_max) return std::nullopt;
  const auto text = parse_base64(authorization);
  const auto colon = text ? text->find(':') : std::string::npos;
  if (colon == std::string::npos || colon == 0 || colon > limits::user_name_bytes_max) return std::nullopt;
  return BasicLogin{text->substr(0, colon), text->substr(colon + 1)};
}

bool same_origin(std::string_view origin, std::string_view host) {
  const auto scheme = origin.find("://");
  return scheme != std::string_view::npos && !host.empty() && origin.substr(scheme + 3) == host;
}

Result<void> check_authentication(const Config& config) {
  if (!config.authentication_required || config.event_log == "embedded") return {};
  return fail(ErrorCode::unsupported, "authentication: required keeps its users in the embedded event log, and event_log is the Kafka cluster " + config.event_log,
              "that cluster asks its own clients who they are; keep this node on 127.0.0.1 behind a proxy that asks for a login");
}

io::Task<Result<void>> open_security(Parts& parts) {
  broker::SecurityOptions options;
  options.required = parts.config.authentication_required;
  options.super_users = std::set<std::string>(parts.config.super_users.begin(), parts.config.super_users.end());
  options.allow_if_no_acl = parts.config.allow_everyone_if_no_acl_found;
  options.session_ms_max = parts.config.kafka_session_seconds * 1'000;
  auto opening = broker::Security::open(*parts.storage, *parts.shards, std::move(options), parts.metrics);
  CO_TRY(parts.security, co_await std::move(opening));
  if (!parts.config.authentication_required) co_return Result<void>{};
  const auto state = parts.security->state();
  if (state->users.empty()) co_return co_await make_first_user(parts);
  const auto there = [&](const std::string& user) { return state->user(user) != nullptr; };
  if (std::ranges::any_of(parts.config.super_users, there)) co_return Result<void>{};
  std::string all, known;
  for (const auto& user : parts.config.super_users) all += (all.empty() ? "" : ", ") + user;
  std::size_t shown = 0;
  for (const auto& [user, credentials] : state->users)
    if (shown++ < 10) known += (known.empty() ? "" : ", ") + user;
  co_return fail(ErrorCode::invalid_input, "authentication: required, but none of super_users (" + all + ") can log in, so nobody could manage this node; its users are " + known,
                 "name one of them in super_users, or start once with authentication: none on 127.0.0.1 and `braid users add " + parts.config.super_users.front() + "`");
}

io::Task<void> audit_security(Parts& parts) {
  if (!parts.security) co_return;
  broker::Security::Listener listener = [p = &parts](std::vector<broker::Security::Changed> changes) { return write_audit(p, std::move(changes)); };
  auto listening = parts.security->listen(std::move(listener));
  co_await std::move(listening);
}

io::Task<void> claim_mesh(Parts& parts) {
  if (!parts.config.authentication_required || !parts.mesh->state().unclaimed()) co_return;
  for (const auto& user : parts.config.super_users) {
    if (parts.security->state()->user(user) == nullptr) continue;
    mesh::DefinePerson person;
    person.name = user;
    person.platform = true;
    mesh::Command command = std::move(person);
    mesh::Caller nobody;   // the mesh is being set up
    if (const auto* first = parts.mesh->state().people.empty() ? nullptr : &parts.mesh->state().people.begin()->second; first && first->platform) nobody.person = first->name;
    auto defining = parts.mesh->execute(std::move(nobody), std::move(command));
    const auto defined = co_await std::move(defining);
    if (!defined) log::warn("super_user_is_no_person", {{"user", user}, {"why", defined.error().error.message}});
  }
}

namespace {

// What is decided by path, because it is the same on several ports and for a registry elsewhere: changes of the registry and of the catalog.
io::Task<std::optional<http::Response>> check_path(Parts* parts, const http::Router* router, http::Request* request) {
  static constexpr std::string_view of_registry[] = {"subjects", "schemas", "compatibility", "config", "mode", "contexts", "v1"};
  std::optional<http::Response> answer;
  if (request->method == "GET" || request->segments.empty() || parts->ownership == nullptr) co_return answer;
  const bool own_port = router == &parts->registry_router && request->segments[0] != "catalog";
  Result<void> may;
  if (request->segments[0] == "catalog") may = parts->ownership->may_catalog(*request);
  else if (own_port || (router == &parts->main_router && std::ranges::find(of_registry, std::string_view(request->segments[0])) != std::end(of_registry)))
    may = parts->ownership->may_registry(*request, [parts](const std::string& subject) { return parts->registry->service().real_subject(subject); });
  if (!may) answer = refused(*router, *request, may.error());
  co_return answer;
}

}  // namespace

http::Middleware logged_in_caller(Parts& parts, const http::Router& router) {
  return [p = &parts, r = &router](http::Request& request) { return identify(p, r, &request); };
}

http::Middleware path_rules(Parts& parts, const http::Router& router) {
  return [p = &parts, r = &router](http::Request& request) { return check_path(p, r, &request); };
}

Result<void> UsersAndAcls::may(const http::Request& request, bool change) const {
  broker::Caller caller;
  caller.principal = request.principal;
  caller.host = request.peer.host;
  if (security_.allows(caller, change ? broker::Operation::alter : broker::Operation::describe, broker::Resource::cluster, broker::cluster_name)) return {};
  return fail(ErrorCode::forbidden, request.principal + " may not " + (change ? "change" : "see") + " users and ACLs",
              std::string("super users may, and who has the ACL ") + (change ? "alter" : "describe") + " of the cluster");
}

std::vector<api::UserInfo> UsersAndAcls::users() const {
  std::vector<api::UserInfo> out;
  for (const auto& [name, credentials] : security_.state()->users) {
    auto& user = out.emplace_back();
    user.name = name;
    user.super = security_.is_super(name);
    for (const auto& [mechanism, credential] : credentials) user.credentials.emplace_back(name_of(mechanism), credential.iterations);
  }
  return out;
}

io::Task<Result<bool>> UsersAndAcls::set_password(std::string user, std::string password, std::optional<std::int64_t> iterations, Who who) {
  CO_TRY_VOID(broker::check_user_name(user));
  CO_TRY_VOID(broker::check_password(password));
  if (iterations) CO_TRY_VOID(broker::check_iterations(*iterations));
  auto hashing = security_.hash_password(std::move(password), int(iterations.value_or(limits::scram_iterations_default)));
  auto credentials = co_await std::move(hashing);
  const bool fresh = security_.state()->user(user) == nullptr;
  std::vector<broker::SecurityCommand> commands;
  commands.push_back(broker::SetUser{user, std::move(credentials)});
  auto changing = security_.change(std::move(commands), who.user, who.client);
  CO_TRY_VOID(co_await std::move(changing));
  co_return fresh;
}

io::Task<Result<void>> UsersAndAcls::remove_user(std::string user, Who who) {
  std::vector<broker::SecurityCommand> commands;
  commands.push_back(broker::RemoveUser{user});
  auto changing = security_.change(std::move(commands), who.user, who.client);
  auto changed = co_await std::move(changing);
  if (!changed) co_return std::unexpected(std::move(changed).error());
  co_return Result<void>{};
}

Result<std::vector<api::AclInfo>> UsersAndAcls::acls(const api::AclQuery& query) const {
  TRY(const auto filter, filter_of(query));
  std::vector<api::AclInfo> out;
  for (const auto& acl : security_.state()->acls.find(filter)) out.push_back(info_of(acl));
  return out;
}

io::Task<Result<std::vector<api::AclInfo>>> UsersAndAcls::add_acls(std::vector<api::AclInfo> acls, Who who) {
  std::vector<broker::SecurityCommand> commands;
  std::vector<api::AclInfo> fresh;
  const auto state = security_.state();
  for (const auto& info : acls) {
    CO_TRY(auto acl, acl_of(info));
    if (!state->acls.all().contains(acl)) fresh.push_back(info_of(acl));
    commands.push_back(broker::AddAcl{std::move(acl)});
  }
  auto changing = security_.change(std::move(commands), who.user, who.client);
  CO_TRY_VOID(co_await std::move(changing));
  co_return fresh;
}

io::Task<Result<void>> UsersAndAcls::remove_acls(std::vector<api::AclInfo> acls, Who who) {
  std::vector<broker::SecurityCommand> commands;
  for (const auto& info : acls) {
    CO_TRY(auto acl, acl_of(info));
    commands.push_back(broker::RemoveAcl{std::move(acl)});
  }
  auto changing = security_.change(std::move(commands), who.user, who.client);
  auto changed = co_await std::move(changing);
  if (!changed) co_return std::unexpected(std::move(changed).error());
  co_return Result<void>{};
}

}  // namespace braid::node
