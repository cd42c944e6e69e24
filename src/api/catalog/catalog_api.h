// /catalog/v1: Confluent's Stream Catalog REST API (data-catalog/v1) over our catalog, for the clients that exist: the course's scripts, Terraform,
// ns4kafka, DataHub and others. What is matched, aliases and error numbers: docs/formats/catalog_api.md.
// Lives on the control shard with the catalog, which must outlive it. Add it to the main router and to the registry's.
#pragma once
#include "catalog/catalog.h"
#include "http/server.h"

namespace braid::api {

class CatalogApi {
 public:
  explicit CatalogApi(catalog::Catalog& catalog, const Clock& clock) : catalog_(catalog), clock_(clock) {}
  void add_routes(http::Router& router);

 private:
  using Reply = io::Task<http::Response>;
  using Kind = catalog::DefinitionKind;

  Reply definitions(http::Request r, Kind kind);
  Reply definition(http::Request r, Kind kind);
  Reply define(http::Request r, Kind kind, bool update);
  Reply undefine(http::Request r, Kind kind);

  Reply update_entity(http::Request r);
  Reply entity(http::Request r);
  Reply put_tags(http::Request r, bool update);
  Reply tags(http::Request r);
  Reply remove_tag(http::Request r);
  Reply put_business_metadata(http::Request r, bool update);
  Reply business_metadata(http::Request r);
  Reply remove_business_metadata(http::Request r);

  Reply search_basic(http::Request r);
  Reply search_attribute(http::Request r);
  Reply search(http::Request r, catalog::ListRequest request);
  Reply ready(http::Request r);

  io::Task<catalog::Answer<catalog::EntityRef>> find(std::string type, std::string name);
  json::object header_of(const catalog::Entity& e, const std::vector<std::string>& extra) const;
  json::array classifications_of(const catalog::Entity& e) const;

  catalog::Catalog& catalog_;
  const Clock& clock_;
};

}  // namespace braid::api
