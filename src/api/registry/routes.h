// The REST API of the schema registry, as Confluent's clients speak it: paths, query parameters, shapes, error numbers and content types.
// Lives on the shard of the Registry (the control shard). The Registry, the Metrics and the Router must outlive the routes.
// Specification: Confluent Schema Registry API, versions 7 to 8.x. Associations, exporters and the DEK registry are not offered: 404,
// with a text that says so.
#pragma once
#include <string>

#include "base/metrics.h"
#include "http/server.h"
#include "registry/registry.h"

namespace braid::api::registry_api {

struct ServiceInfo {
  std::string kafka_cluster_id = "braid";
  std::string registry_cluster_id = "schema-registry";
  std::string version = BRAID_VERSION;
  std::string commit_id = "unknown";
};

// All routes, at the root ("/subjects", ...). `own_port` also answers "/", and every path that does not exist in the registry's error form.
void add_routes(http::Router& router, braid::registry::Registry& registry, Metrics& metrics, bool own_port, ServiceInfo info = {});

}  // namespace braid::api::registry_api
