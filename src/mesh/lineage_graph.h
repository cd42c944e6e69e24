// The mesh as a graph: topics and products, the queries between them, and who writes and reads them. What was declared (ports of products,
// statements, registered consumers) and what was observed (observed.h) are held together on every edge. Pure: build() is a function of the state of
// the mesh, the queries and the flows. What it looks like as JSON: docs/guide/lineage.md and the OpenAPI document.
//
// When a declared reader or writer is the one that was seen (documented in docs/guide/lineage.md; names without regard to case and without '@'):
//   a registered consumer    its name or its team's name is the group, the client id or the principal; or the principal is a member of its team
//   a writer of a product    the principal is a member of the product's domain; or the client id is the name of the product or of the owning team;
//                            or it is a sample generator that this node was started with
//   a query                  is declared by its statement, and seen by its own counters; a registered consumer whose team owns a query that reads the
//                            product reads it by that query
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/json.h"
#include "mesh/observed.h"
#include "mesh/state.h"

namespace braid::mesh {

struct LineageColumn {
  std::string name, type;
  friend bool operator==(const LineageColumn&, const LineageColumn&) = default;
};

// How a column goes over an edge: sql/lineage.h has the words.
struct ColumnEdge {
  std::string from;            // empty: the rows as such (COUNT(*))
  std::string to;              // empty: decides which rows there are
  std::string how, text;
  bool aggregated = false, condition = false;
  friend bool operator==(const ColumnEdge&, const ColumnEdge&) = default;
};

// A persistent query, as its statement says it.
struct QueryFlow {
  std::string id, statement, sketch;
  std::string state;           // "running", "paused", "failed"
  std::string error;           // why it failed
  struct Input {
    std::string stream, topic;
    std::vector<ColumnEdge> columns;
  };
  std::vector<Input> inputs;
  std::string sink, sink_topic;
  std::vector<LineageColumn> columns;   // of its output
  std::int64_t started_ms = 0;
};

struct LineageFacts {
  std::vector<std::string> topics;
  std::vector<std::shared_ptr<const QueryFlow>> queries;   // shared: parts of the graph point at them
  std::int64_t now_ms = 0;
  bool internal = false;                                   // also topics whose names begin with _
  bool sees_kafka_clients = true;                          // false: only what this node itself reads and writes is observed
};

enum class Basis { declared, observed, both };
enum class EdgeStatus { ok, declared_never_seen, seen_not_declared, at_rest };
std::string_view name_of(Basis basis);
std::string_view name_of(EdgeStatus status);

inline constexpr std::int64_t lineage_rest_ms = 600'000;   // declared and seen, but nothing for this long: at rest

struct LineageNode {
  std::string id;              // topic:NAME, query:ID, group:NAME, client:..., consumer:TEAM/NAME
  std::string kind;            // product, topic, query, group, client, consumer
  std::string name, title;
  std::string domain, product, owner;
  std::string state;           // published, draft, deprecated, retired (product); running, paused, failed (query); seen, declared (others)
  std::shared_ptr<const QueryFlow> query;
  std::string via, principal, client_id, group, team, purpose;
  std::int64_t last_seen_ms = 0;
  bool topic_missing = false;  // of a product whose topic is not there
  bool interactive = false;    // somebody who looks, by this node's own API or SQL
  std::optional<EdgeStatus> written, read;   // of a product: is anything written, and does anybody read it?
};

struct LineageEdge {
  std::size_t from = 0, to = 0;               // indices into nodes
  std::string kind;            // reads, writes (queries); produces, consumes (everybody else)
  bool declared = false;
  std::int64_t first_seen_ms = 0, last_seen_ms = 0;   // 0: never
  std::uint64_t records = 0, bytes = 0;
  bool counted = true;
  std::optional<double> records_per_second{};
  std::vector<std::size_t> by;                // declared, and seen by these other nodes
  const std::vector<ColumnEdge>* columns = nullptr;   // of a query; inside its QueryFlow
  bool seen() const { return last_seen_ms > 0 || !by.empty(); }
  Basis basis() const { return !declared ? Basis::observed : seen() ? Basis::both : Basis::declared; }
};

class LineageGraph {
 public:
  std::vector<LineageNode> nodes;
  std::vector<LineageEdge> edges;
  std::int64_t now_ms = 0, since_ms = 0;
  bool sees_kafka_clients = true;

  static LineageGraph build(const State& state, const Observed& observed, const LineageFacts& facts);

  EdgeStatus status(const LineageEdge& edge) const;
  std::optional<std::size_t> find(std::string_view id) const;
  // "product:NAME", "topic:NAME", "query:ID", any node's id, or a bare name; in any case. Several for a product with several topics.
  // Error{not_found} with the name that was meant.
  Result<std::vector<std::size_t>> named(std::string_view of) const;
  const std::vector<std::size_t>& edges_from(std::size_t node) const { return out_[node]; }
  const std::vector<std::size_t>& edges_to(std::size_t node) const { return in_[node]; }

  // What leads to these nodes and what comes from them, `depth` edges far (0: all the way): nodes and edges, in their order.
  struct Part {
    std::vector<std::size_t> nodes, edges;
  };
  Part around(const std::vector<std::size_t>& start, std::size_t depth) const;

  // Where a column of these nodes comes from and what becomes of it.
  struct Trace {
    std::vector<std::size_t> edges;                           // in the order in which they were followed
    std::map<std::size_t, std::string> notes;                 // node -> "PRICE unchanged, over 500"
    std::map<std::size_t, std::set<std::string>> columns;     // node -> what the column is called there
  };
  Trace trace(const std::vector<std::size_t>& start, std::string_view column) const;
  // The column names that queries use of this node; for a query those of its output.
  std::set<std::string> columns_used(std::size_t node) const;

 private:
  friend class GraphBuilder;
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>> by_id_;
  std::vector<std::vector<std::size_t>> out_, in_;
};

// Columns of a topic, for answers about single nodes.
using ColumnsOf = std::function<std::vector<LineageColumn>(const std::string& topic)>;
struct LineageView {
  const LineageGraph::Part* part = nullptr;     // null: everything
  const LineageGraph::Trace* trace = nullptr;
  std::string column;
  ColumnsOf columns_of;                         // empty: nodes and edges come without columns
};
// `memory`: where the JSON's values live; a monotonic resource halves the cost of a whole mesh.
json::object to_json(const LineageGraph& graph, const LineageView& view, boost::json::storage_ptr memory = {});

}  // namespace braid::mesh
