// Domains, teams, people, and who one is.
#include "api/mesh/mesh_api.h"
#include "api/mesh/request.h"

namespace braid::api {

mesh::Caller caller_of(const http::Request& r) {
  mesh::Caller caller;
  if (r.principal != "anonymous") caller.person = r.principal;
  caller.client = r.peer.host;
  // Who logged in, when that is somebody else than who acts. Before what the client says of itself, which is as long as it likes and may say anything.
  if (const auto login = r.headers.get(login_header)) caller.client += " (login " + std::string(*login) + ")";
  if (const auto agent = r.headers.get("User-Agent")) caller.client += (caller.client.empty() ? "" : ", ") + std::string(agent->substr(0, 100));
  // It goes into events; a header may hold any bytes.
  for (char& c : caller.client) if (c < 0x20 || c == 0x7F || (static_cast<unsigned char>(c) & 0x80)) c = '?';
  return caller;
}

namespace {
io::Task<std::optional<http::Response>> check_person(const mesh::Mesh* mesh, std::string person) {
  std::optional<http::Response> refused;
  const mesh::State& state = mesh->state();
  if (person != "anonymous" && !state.person(person) && !state.people.empty()) {
    std::vector<std::string> people;
    for (const auto& [name, p] : state.people) people.push_back(name);
    const std::string near = mesh::nearest(person, people);
    std::string list;
    for (std::size_t i = 0; i < people.size() && i < 10; ++i) list += (i ? ", " : "") + people[i];
    refused = refuse(Error{ErrorCode::unauthenticated, "nobody here is called '" + person.substr(0, 300) + "'", near.empty() ? "people here: " + list : "did you mean '" + near + "'?", {}});
  }
  co_return refused;
}
}  // namespace

http::Middleware known_people(const mesh::Mesh& mesh) {
  return [m = &mesh](http::Request& r) { return check_person(m, r.principal); };
}

MeshApi::MeshApi(mesh::Mesh& mesh, catalog::Catalog& catalog, registry::Registry* registry, eventlog::EventLog& log, const Clock& clock)
    : mesh_(mesh), catalog_(catalog), registry_(registry), log_(log), clock_(clock) {}

void MeshApi::add_routes(http::Router& router) {
  add_organisation_routes(router);
  add_product_routes(router);
  add_observation_routes(router);
}

void MeshApi::add_organisation_routes(http::Router& router) {
  router.get("/api/v1/whoami", [this](http::Request r) { return who_am_i(std::move(r)); });
  router.get("/api/v1/domains", [this](http::Request r) { return domains(std::move(r)); });
  router.get("/api/v1/domains/{domain}", [this](http::Request r) { return domain(std::move(r)); });
  router.put("/api/v1/domains/{domain}", [this](http::Request r) { return put_domain(std::move(r)); });
  router.del("/api/v1/domains/{domain}", [this](http::Request r) { return remove_domain(std::move(r)); });
  router.get("/api/v1/teams", [this](http::Request r) { return teams(std::move(r)); });
  router.get("/api/v1/teams/{team}", [this](http::Request r) { return team(std::move(r)); });
  router.put("/api/v1/teams/{team}", [this](http::Request r) { return put_team(std::move(r)); });
  router.del("/api/v1/teams/{team}", [this](http::Request r) { return remove_team(std::move(r)); });
  router.get("/api/v1/people", [this](http::Request r) { return people(std::move(r)); });
  router.get("/api/v1/people/{person}", [this](http::Request r) { return person(std::move(r)); });
  router.put("/api/v1/people/{person}", [this](http::Request r) { return put_person(std::move(r)); });
  router.del("/api/v1/people/{person}", [this](http::Request r) { return remove_person(std::move(r)); });
}

io::Task<std::expected<mesh::Done, http::Response>> MeshApi::execute(const http::Request& r, mesh::Command command) {
  using Outcome = std::expected<mesh::Done, http::Response>;
  auto done = co_await mesh_.execute(caller_of(r), std::move(command), is_dry_run(r));
  if (!done) co_return Outcome(std::unexpected(refuse(done.error())));
  co_return Outcome(*std::move(done));
}

namespace {

json::object listed(std::string_view what, json::array items) {
  const auto total = items.size();
  return {{what, std::move(items)}, {"total", total}};
}

}  // namespace

json::object MeshApi::domain_json(const mesh::Domain& d) const {
  const mesh::State& s = mesh_.state();
  json::array teams, products;
  for (const auto& [name, t] : s.teams) if (t.domain == d.name) teams.emplace_back(name);
  for (const auto& [name, p] : s.products) if (p.domain == d.name && p.state != mesh::Lifecycle::retired) products.emplace_back(name);
  json::object o = mesh::to_json(d);
  o["teams"] = std::move(teams);
  o["members"] = json_strings(s.members_of(d.name));
  o["products"] = std::move(products);
  return o;
}
json::object MeshApi::team_json(const mesh::Team& t) const {
  const mesh::State& s = mesh_.state();
  json::array members, products;
  for (const auto& [name, p] : s.people) if (std::ranges::find(p.teams, t.name) != p.teams.end()) members.emplace_back(name);
  for (const auto& [name, p] : s.products) if (p.owner == t.name && p.state != mesh::Lifecycle::retired) products.emplace_back(name);
  json::object o = mesh::to_json(t);
  o["members"] = std::move(members);
  o["products"] = std::move(products);
  return o;
}
json::object MeshApi::person_json(const mesh::Person& p) const {
  json::object o = mesh::to_json(p);
  o["domains"] = json_strings(mesh_.state().domains_of(p));
  return o;
}

MeshApi::Answer MeshApi::who_am_i(http::Request r) {
  const mesh::State& s = mesh_.state();
  const mesh::Caller caller = caller_of(r);
  json::object o{{"person", nullptr}, {"full_name", ""}, {"teams", json::array{}}, {"domains", json::array{}}, {"platform", false}, {"unclaimed", s.unclaimed()}, {"note", ""}};
  o["authentication"] = login_.required ? "required" : "none";
  json::value login = nullptr;
  if (login_.required) login = r.headers.get_or(login_header, r.principal);
  const bool super = login_.required && login_.is_super && login_.is_super(std::string(login.as_string()));
  const bool acting = login_.required && r.headers.get(login_header).has_value();
  o["login"] = login;
  o["super"] = super;
  o["by"] = login_.required ? (acting ? "super_user" : "login") : r.principal == "anonymous" ? "nobody" : "choice";
  o["means"] = acting ? "logged in as " + std::string(login.as_string()) + ", a super user, and acting as " + r.principal + ": with the rights of " + r.principal + "; the audit has both names"
               : login_.required ? "logged in as " + r.principal + " with a password" + (super ? "; a super user: ACLs do not limit you, and you may act as others" : "; ACLs decide which records you read and write")
               : r.principal == "anonymous" ? std::string("nobody asked who you are (authentication: none), and you did not say")
                                            : "you say that you are " + r.principal + ", and this node believes whoever reaches it (authentication: none)";
  if (const mesh::Person* p = s.person(caller.person)) {
    o["person"] = p->name;
    o["full_name"] = p->full_name;
    o["teams"] = json_strings(p->teams);
    o["domains"] = json_strings(s.domains_of(*p));
    o["platform"] = p->platform;
  } else if (!login.is_null()) {
    o["note"] = "you are logged in as " + std::string(login.as_string()) + ", who is no person of this mesh: you see the catalog, read and write records as ACLs allow, and change nothing in the mesh. " +
                "A person with platform rights makes you one: braid people define " + r.principal;
  } else {
    o["note"] = s.unclaimed() ? "this mesh has no people with platform rights yet, so whoever is here may set it up: PUT /api/v1/people/NAME with \"platform\": true"
                              : "you are nobody: you may read everything and change nothing. Say who you act as: Braid-As: NAME";
  }
  co_return answer(200, o);
}

MeshApi::Answer MeshApi::domains(http::Request) {
  json::array out;
  for (const auto& [name, d] : mesh_.state().domains) out.push_back(domain_json(d));
  co_return answer(200, listed("domains", std::move(out)));
}
MeshApi::Answer MeshApi::domain(http::Request r) {
  const mesh::Domain* d = mesh_.state().domain(r.param("domain"));
  if (!d) co_return refuse(unknown_thing("domain", r.param("domain"), names_in(mesh_.state().domains)));
  co_return with_revision(answer(200, domain_json(*d)), d->revision);
}
MeshApi::Answer MeshApi::put_domain(http::Request r) {
  API_TRY(const auto body, body_of(r, {"title", "description", "revision"}, {"name", "thread", "created", "teams", "members", "products"}));
  mesh::DefineDomain c{.name = r.param("domain")};
  API_TRY(c.expected_revision, expected_revision(r, body));
  API_TRY(c.title, text_field(body, "title"));
  API_TRY(c.description, text_field(body, "description"));
  const bool existed = mesh_.state().domain(c.name);
  EXECUTE(done, r, c);
  const mesh::Domain* d = mesh_.state().domain(c.name);
  if (!d) co_return refuse(unknown_thing("domain", c.name, {}));   // removed by somebody else at once
  co_return with_revision(answer(existed ? 200 : 201, domain_json(*d)), d->revision);
}
MeshApi::Answer MeshApi::remove_domain(http::Request r) {
  mesh::RemoveDomain c{.name = r.param("domain")};
  const json::object nothing;
  API_TRY(c.expected_revision, expected_revision(r, nothing));
  EXECUTE(done, r, c);
  co_return answer(200, {{"removed", r.param("domain")}, {"told", nullptr}});
}

MeshApi::Answer MeshApi::teams(http::Request r) {
  const auto domain = r.query_first("domain");
  json::array out;
  for (const auto& [name, t] : mesh_.state().teams) if (!domain || t.domain == *domain) out.push_back(team_json(t));
  co_return answer(200, listed("teams", std::move(out)));
}
MeshApi::Answer MeshApi::team(http::Request r) {
  const mesh::Team* t = mesh_.state().team(r.param("team"));
  if (!t) co_return refuse(unknown_thing("team", r.param("team"), names_in(mesh_.state().teams)));
  co_return with_revision(answer(200, team_json(*t)), t->revision);
}
MeshApi::Answer MeshApi::put_team(http::Request r) {
  API_TRY(const auto body, body_of(r, {"domain", "description", "revision"}, {"name", "created", "members", "products"}));
  mesh::DefineTeam c{.name = r.param("team")};
  API_TRY(c.expected_revision, expected_revision(r, body));
  API_TRY(c.domain, text_field(body, "domain"));
  API_TRY(c.description, text_field(body, "description"));
  const bool existed = mesh_.state().team(c.name);
  EXECUTE(done, r, c);
  const mesh::Team* t = mesh_.state().team(c.name);
  if (!t) co_return refuse(unknown_thing("team", c.name, {}));
  co_return with_revision(answer(existed ? 200 : 201, team_json(*t)), t->revision);
}
MeshApi::Answer MeshApi::remove_team(http::Request r) {
  mesh::RemoveTeam c{.name = r.param("team")};
  const json::object nothing;
  API_TRY(c.expected_revision, expected_revision(r, nothing));
  EXECUTE(done, r, c);
  co_return answer(200, {{"removed", r.param("team")}, {"told", nullptr}});
}

MeshApi::Answer MeshApi::people(http::Request r) {
  const auto domain = r.query_first("domain");
  json::array out;
  for (const auto& [name, p] : mesh_.state().people)
    if (!domain || mesh_.state().is_member(name, *domain)) out.push_back(person_json(p));
  co_return answer(200, listed("people", std::move(out)));
}
MeshApi::Answer MeshApi::person(http::Request r) {
  const mesh::Person* p = mesh_.state().person(r.param("person"));
  if (!p) co_return refuse(unknown_thing("person", r.param("person"), names_in(mesh_.state().people)));
  co_return with_revision(answer(200, person_json(*p)), p->revision);
}
MeshApi::Answer MeshApi::put_person(http::Request r) {
  API_TRY(const auto body, body_of(r, {"full_name", "email", "teams", "platform", "service", "revision"}, {"name", "created", "domains"}));
  mesh::DefinePerson c{.name = r.param("person")};
  API_TRY(c.expected_revision, expected_revision(r, body));
  API_TRY(c.full_name, text_field(body, "full_name"));
  API_TRY(c.email, text_field(body, "email"));
  API_TRY(c.teams, list_field(body, "teams"));
  API_TRY(c.platform, json::optional_bool(body, "platform"));
  API_TRY(c.service, json::optional_bool(body, "service"));
  const bool existed = mesh_.state().person(c.name);
  EXECUTE(done, r, c);
  const mesh::Person* p = mesh_.state().person(c.name);
  if (!p) co_return refuse(unknown_thing("person", c.name, {}));
  co_return with_revision(answer(existed ? 200 : 201, person_json(*p)), p->revision);
}
MeshApi::Answer MeshApi::remove_person(http::Request r) {
  mesh::RemovePerson c{.name = r.param("person")};
  const json::object nothing;
  API_TRY(c.expected_revision, expected_revision(r, nothing));
  EXECUTE(done, r, c);
  co_return answer(200, {{"removed", r.param("person")}, {"told", nullptr}});
}

}  // namespace braid::api
