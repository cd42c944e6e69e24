// /api/v1/lineage: the graph of the mesh (mesh/lineage_graph.h), the surroundings of one thing in it, the trace of a column, and OpenLineage events.
// Lives on the control shard with everything it uses, which must outlive it.
//
//   GET /api/v1/lineage                   ?of=product:NAME|topic:NAME|query:ID|NAME&depth=1..100|all&column=NAME&internal=true&columns=true
//   GET /api/v1/lineage/openlineage       ?since=TIME&after=N&limit=N; one event a line with Accept: application/x-ndjson
#pragma once
#include <memory>
#include <string>

#include "eventlog/event_log.h"
#include "http/server.h"
#include "mesh/lineage.h"

namespace braid::api {

std::string_view lineage_openapi();

class LineageApi {
 public:
  LineageApi(mesh::Lineage& lineage, eventlog::EventLog& log, const Clock& clock) : lineage_(lineage), log_(log), clock_(clock) {}
  void add_routes(http::Router& router);

 private:
  io::Task<http::Response> graph(http::Request r);
  io::Task<http::Response> events(http::Request r);

  // The whole mesh as text, made once for as long as nothing changes: pages poll it.
  struct Whole {
    std::shared_ptr<const mesh::LineageGraph> of;
    std::string text, etag;
  };
  const Whole& whole(std::shared_ptr<const mesh::LineageGraph> graph, bool internal, bool columns);

  mesh::Lineage& lineage_;
  eventlog::EventLog& log_;
  const Clock& clock_;
  Whole whole_[4];
};

}  // namespace braid::api
