// The registry, the engine, the mesh and the catalog: what is kept in the log's own topics. And the APIs over them.
#include "node/lineage.h"
#include "node/parts.h"

namespace braid::node {

io::Task<Result<void>> open_registry(Parts& parts) {
  if (parts.config.schema_registry_url.empty()) {
    registry::Options options;   // named: g++ 12 destroys a braced default argument of a co_await expression twice
    auto opening = registry::Registry::open(*parts.log, parts.metrics, std::move(options));
    CO_TRY(parts.registry, co_await std::move(opening));
  } else {
    CO_TRY(auto place, registry_place(parts.config.schema_registry_url));
    place.trusted = parts.trusted;
    auto opening = registry::Registry::open_remote(registry_upstream(std::move(place)), parts.metrics);
    CO_TRY(parts.registry, co_await std::move(opening));
  }
  if (parts.contract_gate) parts.contract_gate->attach(*parts.registry);
  co_return Result<void>{};
}

io::Task<void> close_registry(Parts& parts) {
  if (parts.registry) co_await parts.registry->close();
}

io::Task<Result<void>> open_mesh(Parts& parts) {
  parts.queries = std::make_unique<RunningQueries>(*parts.engine);
  CO_TRY(parts.mesh, co_await mesh::Mesh::open(*parts.log, parts.clock, *parts.queries));
  if (parts.contract_gate) parts.contract_gate->attach(parts.mesh->audit());
  catalog::Sources sources{*parts.log, *parts.mesh, parts.registry.get(), *parts.queries, parts.clock};
  catalog::Place place;
  CO_TRY(parts.catalog, co_await catalog::Catalog::open(sources, std::move(place)));
  co_return Result<void>{};
}

io::Task<Result<void>> open_engine(Parts& parts) {
  flow::EngineOptions options;
  options.state_directory = parts.config.data + "/queries";
  flow::Parts needed{*parts.log, *parts.registry, *parts.files, *parts.shards, *parts.pool, parts.metrics, parts.clock};
  CO_TRY(parts.engine, co_await flow::Engine::open(needed, std::move(options)));
  co_return Result<void>{};
}

io::Task<void> close_engine(Parts& parts) {
  if (parts.engine) co_await parts.engine->close();
}

io::Task<Result<void>> open_lineage(Parts& parts) {
  parts.lineage_sources = std::make_unique<NodeLineageSources>(parts);
  mesh::LineageOptions options;
  options.version = BRAID_VERSION;
  options.sees_kafka_clients = parts.kafka_server != nullptr;
  CO_TRY(parts.lineage, co_await mesh::Lineage::open(*parts.log, parts.clock, *parts.mesh, *parts.lineage_sources, std::move(options)));
  if (!parts.config.openlineage_url.empty()) {
    CO_TRY(parts.openlineage_push, OpenLineagePush::start(*parts.log, parts.config.openlineage_url, parts.trusted, parts.metrics));
  }
  co_return Result<void>{};
}

io::Task<void> close_lineage(Parts& parts) {
  if (parts.openlineage_push) co_await parts.openlineage_push->stop();
  if (parts.lineage) co_await parts.lineage->close();
}

void make_apis(Parts& parts) {
  parts.ownership = std::make_unique<Ownership>(*parts.mesh, *parts.engine, parts.security.get(), parts.storage.get());
  parts.mesh_api = std::make_unique<api::MeshApi>(*parts.mesh, *parts.catalog, parts.registry.get(), *parts.log, parts.clock);
  if (parts.config.authentication_required) parts.mesh_api->tell_logins({true, [security = parts.security.get()](const std::string& user) { return security->is_super(user); }});
  parts.catalog_api = std::make_unique<api::CatalogApi>(*parts.catalog, parts.clock);
  parts.lineage_api = std::make_unique<api::LineageApi>(*parts.lineage, *parts.log, parts.clock);
  parts.records_api = std::make_unique<api::Records>(*parts.log, *parts.registry, parts.ownership.get(), &parts.mesh->audit(), parts.lineage.get());
  if (parts.contract_gate) parts.records_api->show_contracts([gate = parts.contract_gate.get()](const std::string& topic) { return gate->report(topic); });
  parts.observe_api = std::make_unique<api::ObserveApi>(*parts.pulse, *parts.profiles, *parts.mesh, *parts.log, parts.clock, parts.ownership.get());
  parts.ksql_api = std::make_unique<api::Ksql>(*parts.engine, *parts.log, *parts.registry, parts.ownership.get(), &parts.mesh->audit(), parts.cluster_id);
  parts.editor_api = std::make_unique<api::Editor>(*parts.engine, *parts.mesh, parts.use_cases, parts.ownership.get());
  if (parts.kafka_server) parts.groups = std::make_unique<BrokerGroups>(*parts.kafka_server);
  else if (parts.cluster_groups) parts.groups = std::make_unique<KafkaGroups>(std::move(parts.cluster_groups));
  parts.operations_api = std::make_unique<api::Operations>(
      api::OperationsParts{*parts.engine, *parts.log, *parts.registry, *parts.mesh, parts.groups.get(), parts.ownership.get(), parts.clock, parts.ownership.get()});
  if (parts.security) parts.users_and_acls = std::make_unique<UsersAndAcls>(*parts.security);
  parts.security_api = std::make_unique<api::SecurityApi>(parts.users_and_acls.get());
  api::PrototypeOptions prototype{parts.config.prototype_person, parts.config.prototype_domain, parts.use_cases};
  parts.prototype_api = std::make_unique<api::Prototype>(parts.main_router, std::move(prototype));
}

io::Task<void> close_mesh(Parts& parts) {
  if (parts.contract_gate) co_await parts.contract_gate->detach();
  if (parts.catalog) co_await parts.catalog->close();
  if (parts.mesh) co_await parts.mesh->close();
}

}  // namespace braid::node
