// Private to node/*.cc: what a node consists of, in the order in which it is built. Destruction is the reverse.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "api/catalog/catalog_api.h"
#include "api/editor/editor.h"
#include "api/ksql/ksql.h"
#include "api/lineage/lineage_api.h"
#include "api/mesh/mesh_api.h"
#include "api/observe/observe_api.h"
#include "api/operations/operations.h"
#include "api/prototype/prototype.h"
#include "api/records/records.h"
#include "api/security/security_api.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "broker/server.h"
#include "catalog/catalog.h"
#include "connect/generator.h"
#include "eventlog/event_log.h"
#include "flow/engine.h"
#include "http/server.h"
#include "io/file.h"
#include "io/shard.h"
#include "mesh/lineage.h"
#include "mesh/mesh.h"
#include "node/contract_gate.h"
#include "node/groups.h"
#include "node/node.h"
#include "node/ownership.h"
#include "node/security.h"
#include "node/registry_upstream.h"
#include "observe/profiles.h"
#include "registry/registry.h"
#include "storage/log.h"

namespace braid::node {

class NodeLineageSources;   // lineage.h
class OpenLineagePush;
class CertificateKeeper;    // certificates.h

struct Parts {
  Parts();
  ~Parts();

  Config config;
  std::vector<api::UseCase> use_cases;         // of the demo
  Addresses addresses;
  const Clock& clock = system_clock();
  Metrics metrics;
  std::unique_ptr<io::FileSystem> files;
  std::unique_ptr<io::FileLock> lock;          // of the data directory
  std::unique_ptr<io::Shards> shards;
  std::unique_ptr<io::Pool> pool;              // long work
  std::shared_ptr<io::TlsServer> tls;          // shared with the servers; null without tls_certificate
  std::shared_ptr<io::TlsClient> trusted;      // shared with what connects to others
  std::unique_ptr<CertificateKeeper> certificates;   // null without tls_certificate
  // The embedded log, who judges its records, and its Kafka port; null when the log is a Kafka cluster.
  std::unique_ptr<ContractGate> contract_gate;
  std::unique_ptr<storage::Log> storage;
  std::unique_ptr<storage::GroupOffsets> group_offsets;
  std::unique_ptr<storage::Transactions> transactions;
  std::unique_ptr<broker::Security> security;   // users and ACLs
  std::unique_ptr<broker::Server> kafka_server;
  std::unique_ptr<eventlog::EventLog> log;
  std::string cluster_id;
  std::unique_ptr<registry::Registry> registry;
  std::unique_ptr<flow::Engine> engine;
  std::unique_ptr<RunningQueries> queries;
  std::unique_ptr<mesh::Mesh> mesh;
  std::unique_ptr<catalog::Catalog> catalog;
  std::unique_ptr<NodeLineageSources> lineage_sources;
  std::unique_ptr<mesh::Lineage> lineage;
  std::unique_ptr<OpenLineagePush> openlineage_push;             // null without openlineage_url
  std::unique_ptr<observe::Counters> counters;
  std::unique_ptr<observe::Pulse> pulse;
  std::unique_ptr<observe::Profiles> profiles;
  std::unique_ptr<Ownership> ownership;
  std::unique_ptr<api::MeshApi> mesh_api;
  std::unique_ptr<api::CatalogApi> catalog_api;
  std::unique_ptr<api::LineageApi> lineage_api;
  std::unique_ptr<api::Records> records_api;
  std::unique_ptr<api::ObserveApi> observe_api;
  std::unique_ptr<api::Ksql> ksql_api;
  std::unique_ptr<api::Prototype> prototype_api;
  std::unique_ptr<api::Editor> editor_api;
  std::unique_ptr<eventlog::ClusterGroups> cluster_groups;   // on a Kafka cluster, until `groups` has them
  std::unique_ptr<api::Groups> groups;         // of the broker, or of the cluster
  std::unique_ptr<UsersAndAcls> users_and_acls;   // null on a Kafka cluster
  std::unique_ptr<api::SecurityApi> security_api;
  std::unique_ptr<api::Operations> operations_api;
  http::Router own_registry_router;            // over the mirror, when the registry is elsewhere
  http::Router main_router, registry_router, ksql_router;
  std::unique_ptr<http::Server> main_server, registry_server, ksql_server;
  std::vector<std::unique_ptr<connect::Generator>> generators;   // of the demo
  bool ready = false, stopped = false;
};

// Each builds its part or says why it cannot, in this order. The first ones are called on the main thread, before there are shards or traffic.
Result<void> check_reach(const Config& config);                   // no strangers without TLS and authentication
Result<void> open_data_directory(Parts& parts);
Result<void> open_certificates(Parts& parts);                     // what this node shows to others, and whom it trusts
Result<void> check_authentication(const Config& config);         // where it can be kept
void add_process_metrics(Metrics& metrics);
Result<void> open_storage(Parts& parts);                          // nothing to do on a Kafka cluster
// On the control shard.
io::Task<Result<void>> open_event_log(Parts& parts);              // group offsets, the Kafka port, the port to the log
io::Task<Result<void>> open_security(Parts& parts);              // before the Kafka port; makes the first user
io::Task<void> audit_security(Parts& parts);                      // from now on changes are in the audit, and those before too
io::Task<void> claim_mesh(Parts& parts);                          // a mesh without people gets the super users, or any user could set it up
io::Task<Result<void>> open_registry(Parts& parts);
io::Task<Result<void>> open_engine(Parts& parts);
io::Task<Result<void>> open_mesh(Parts& parts);                   // the mesh and the catalog
io::Task<Result<void>> open_lineage(Parts& parts);
io::Task<Result<void>> open_observation(Parts& parts);            // live numbers, activity, profiles
void make_apis(Parts& parts);
Result<void> add_routes(Parts& parts);
io::Task<Result<void>> start_servers(Parts& parts);

io::Task<Result<void>> set_up_demo(Parts& parts, std::optional<double> rate);
io::Task<void> stop_demo(Parts& parts);
io::Task<void> stop_servers(Parts& parts);
io::Task<void> close_lineage(Parts& parts);                       // while what it looks at is still there
io::Task<void> close_observation(Parts& parts);
io::Task<void> close_mesh(Parts& parts);
io::Task<void> close_engine(Parts& parts);
io::Task<void> close_registry(Parts& parts);
io::Task<void> close_event_log(Parts& parts);

std::string host_for_others(const Config& config);                // the host of the addresses that we print

http::Middleware local_caller();                                  // who asks, on a loopback address
http::Middleware logged_in_caller(Parts& parts, const http::Router& router);   // who asks, with authentication: required
http::Middleware path_rules(Parts& parts, const http::Router& router);        // behind it: who may change the registry and the catalog

}  // namespace braid::node
