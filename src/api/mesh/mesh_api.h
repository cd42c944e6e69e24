// /api/v1: domains, teams, people, products, consumers, search, audit, the stream of changes, and who one is. Described by openapi.cc, which the
// tests hold real answers against; the short way in is docs/guide/api.md.
// Lives on the control shard with everything it uses, all of which must outlive it and the servers that route to it.
#pragma once
#include <functional>
#include <string>

#include "catalog/catalog.h"
#include "eventlog/event_log.h"
#include "http/server.h"
#include "mesh/mesh.h"
#include "registry/registry.h"

namespace braid::api {

std::string_view mesh_openapi();

// Refuses callers who say they are somebody whom the mesh does not know; those who say nothing are nobody and may read. For every router.
http::Middleware known_people(const mesh::Mesh& mesh);
mesh::Caller caller_of(const http::Request& request);
// Set on a request by whoever checks logins, when a super user acts as somebody else; never taken from a client.
inline constexpr std::string_view login_header = "Braid-Login";
struct LoginRule {
  bool required = false;                                       // callers log in
  std::function<bool(const std::string& user)> is_super{};
};

class MeshApi {
 public:
  // `registry` may be null: then products come without their schemas.
  MeshApi(mesh::Mesh& mesh, catalog::Catalog& catalog, registry::Registry* registry, eventlog::EventLog& log, const Clock& clock);
  void add_routes(http::Router& router);
  void tell_logins(LoginRule rule) { login_ = std::move(rule); }   // for whoami

 private:
  using Answer = io::Task<http::Response>;

  // organisation.cc
  void add_organisation_routes(http::Router& router);
  Answer who_am_i(http::Request r);
  Answer domains(http::Request r);
  Answer domain(http::Request r);
  Answer put_domain(http::Request r);
  Answer remove_domain(http::Request r);
  Answer teams(http::Request r);
  Answer team(http::Request r);
  Answer put_team(http::Request r);
  Answer remove_team(http::Request r);
  Answer people(http::Request r);
  Answer person(http::Request r);
  Answer put_person(http::Request r);
  Answer remove_person(http::Request r);
  json::object domain_json(const mesh::Domain& d) const;
  json::object team_json(const mesh::Team& t) const;
  json::object person_json(const mesh::Person& p) const;

  // products.cc
  void add_product_routes(http::Router& router);
  Answer products(http::Request r);
  Answer product(http::Request r);
  Answer publish(http::Request r);
  Answer publish_draft(http::Request r);
  Answer change(http::Request r);
  Answer deprecate(http::Request r);
  Answer retire(http::Request r);
  Answer remove_product(http::Request r);
  Answer impact(http::Request r);
  Answer history(http::Request r);
  Answer consumers(http::Request r);
  Answer register_consumer(http::Request r);
  Answer unregister_consumer(http::Request r);
  Answer answer_product(http::Request r, mesh::Command command, int status);
  json::object product_summary(const mesh::Product& p) const;
  json::object product_in_full(const mesh::Product& p, const http::Request& r) const;
  json::object how_to_read(const mesh::Port& port, const http::Request& r) const;

  // observation.cc
  void add_observation_routes(http::Router& router);
  Answer search(http::Request r);
  Answer audit(http::Request r);
  Answer audit_entry(http::Request r);
  Answer events(http::Request r);
  io::Task<void> stream_events(http::BodyWriter& out, std::int64_t after);

  // Carries out a command; a refusal is already the answer.
  io::Task<std::expected<mesh::Done, http::Response>> execute(const http::Request& r, mesh::Command command);

  mesh::Mesh& mesh_;
  catalog::Catalog& catalog_;
  registry::Registry* registry_;
  eventlog::EventLog& log_;
  const Clock& clock_;
  LoginRule login_;
};

}  // namespace braid::api
