// SQL for an editor: /api/v1/sql/check (what would this text do, without doing it), /sql/preview (what would come out, nothing is saved),
// /sql/words (what can be typed) and /use-cases (where to begin). Described by editor_openapi().
//
// check plans each statement against a copy of the engine's metastore, in which the statements before it have had their effect; nothing is
// registered, made or written. preview runs the SELECT of a statement as a transient query within bounds, counts what passes each step, and ends
// it when the client goes away. Lives on the control shard with the engine and the mesh, which must outlive it.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "api/editor/use_cases.h"
#include "api/ksql/ksql.h"
#include "base/json.h"
#include "flow/engine.h"
#include "http/server.h"
#include "mesh/mesh.h"

namespace braid::api {

std::string_view editor_openapi();

class Editor {
 public:
  // `guard` says whether a caller may read what a statement reads; null: everybody may (tests).
  Editor(flow::Engine& engine, const mesh::Mesh& mesh, std::vector<UseCase> use_cases, StatementGuard* guard = nullptr);
  void add_routes(http::Router& router);

 private:
  io::Task<http::Response> check(http::Request request);
  io::Task<http::Response> preview(http::Request request);
  io::Task<http::Response> words(http::Request request);
  io::Task<http::Response> list_use_cases(http::Request request);

  flow::Engine& engine_;
  const mesh::Mesh& mesh_;
  std::vector<UseCase> use_cases_;
  StatementGuard* guard_;
};

}  // namespace braid::api
