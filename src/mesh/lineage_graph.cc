#include "mesh/lineage_graph.h"

#include <algorithm>

#include "base/clock.h"
#include "base/suggest.h"
#include "mesh/model.h"

namespace braid::mesh {
namespace {

std::string folded(std::string_view text) {
  std::string out(text.starts_with('@') ? text.substr(1) : text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = char(c + 32);
  return out;
}
bool same(std::string_view a, std::string_view b) { return !a.empty() && !b.empty() && folded(a) == folded(b); }
bool is_internal(std::string_view topic) { return topic.starts_with('_'); }
bool is_nobody(std::string_view principal) { return principal.empty() || principal == "anonymous"; }

// The column itself, of "ITEM->NAME" the column ITEM.
std::string_view head(std::string_view column) { return column.substr(0, column.find("->")); }

std::string query_state_title(const std::string& state) { return state.empty() ? "starting" : state; }

}  // namespace

std::string_view name_of(Basis basis) {
  switch (basis) {
    case Basis::declared: return "declared";
    case Basis::observed: return "observed";
    case Basis::both: return "both";
  }
  return "";
}
std::string_view name_of(EdgeStatus status) {
  switch (status) {
    case EdgeStatus::ok: return "ok";
    case EdgeStatus::declared_never_seen: return "declared_never_seen";
    case EdgeStatus::seen_not_declared: return "seen_not_declared";
    case EdgeStatus::at_rest: return "at_rest";
  }
  return "";
}

class GraphBuilder {
 public:
  GraphBuilder(const State& state, const Observed& observed, const LineageFacts& facts) : state_(state), observed_(observed), facts_(facts) {}

  LineageGraph build() {
    graph_.now_ms = facts_.now_ms;
    graph_.since_ms = observed_.since_ms();
    graph_.sees_kafka_clients = facts_.sees_kafka_clients;
    map_products();
    for (const auto& topic : facts_.topics) there_.insert(topic);
    for (const auto& topic : facts_.topics)
      if (facts_.internal || !is_internal(topic)) topic_node(topic);
    for (const auto& [topic, product] : product_of_)
      if (!there_.contains(topic) && product->state != Lifecycle::retired) topic_node(topic);
    for (const auto& [name, product] : state_.products)
      if (product.ports.empty()) portless_product(product);
    for (const auto& query : facts_.queries) add_query(query);
    declare_consumers();
    for (const auto& [who, flow] : observed_.flows()) add_flow(flow);
    consumers_by_their_queries();
    finish();
    return std::move(graph_);
  }

 private:
  void map_products() {
    // A topic that two products offer is shown as the one that is further on in its life.
    const auto rank = [](const Product& p) { return p.state == Lifecycle::published ? 0 : p.state == Lifecycle::deprecated ? 1 : p.state == Lifecycle::draft ? 2 : 3; };
    for (const auto& [name, product] : state_.products)
      for (const auto& port : product.ports) {
        const Product*& at = product_of_[port.topic];
        if (!at || rank(product) < rank(*at)) at = &product;
      }
  }
  const Product* product_of(const std::string& topic) const {
    const auto it = product_of_.find(topic);
    return it == product_of_.end() ? nullptr : it->second;
  }

  std::size_t add(LineageNode node) {
    const std::size_t at = graph_.nodes.size();
    graph_.by_id_[node.id] = at;
    graph_.nodes.push_back(std::move(node));
    return at;
  }

  std::size_t topic_node(const std::string& topic) {
    const std::string id = "topic:" + topic;
    if (const auto it = graph_.by_id_.find(id); it != graph_.by_id_.end()) return it->second;
    LineageNode n;
    n.id = id;
    n.kind = "topic";
    n.name = n.title = topic;
    if (const Product* p = product_of(topic)) {
      n.kind = "product";
      n.product = p->name;
      n.domain = p->domain;
      n.owner = p->owner;
      n.state = name_of(p->state);
      if (p->ports.size() == 1) n.name = n.title = p->name;
      else n.title = p->name + ": " + topic;
      n.topic_missing = !there_.contains(topic);
    }
    return add(std::move(n));
  }

  void portless_product(const Product& p) {
    LineageNode n;
    n.id = "product:" + p.name;
    n.kind = "product";
    n.name = n.title = n.product = p.name;
    n.domain = p.domain;
    n.owner = p.owner;
    n.state = name_of(p.state);
    add(std::move(n));
  }

  // Node numbers are far below 2^31: limits of the mesh and of what is observed.
  static std::uint64_t edge_key(std::size_t from, std::size_t to, bool reading) { return std::uint64_t(from) << 32 | std::uint64_t(to) << 1 | std::uint64_t(reading); }

  LineageEdge& edge(std::size_t from, std::size_t to, std::string_view kind) {
    const auto [it, made] = edges_.try_emplace(edge_key(from, to, kind == "reads" || kind == "consumes"), graph_.edges.size());
    if (made) {
      LineageEdge e;
      e.from = from;
      e.to = to;
      e.kind = kind;
      graph_.edges.push_back(std::move(e));
    }
    return graph_.edges[it->second];
  }

  void add_query(const std::shared_ptr<const QueryFlow>& q) {
    LineageNode n;
    n.id = "query:" + q->id;
    n.kind = "query";
    n.name = n.title = q->id;
    n.state = query_state_title(q->state);
    n.query = q;
    if (const Product* p = product_of(q->sink_topic)) n.domain = p->domain, n.owner = p->owner, n.product = p->name;
    const std::size_t at = add(std::move(n));
    for (const auto& input : q->inputs) {
      if (!there_.contains(input.topic) && !product_of(input.topic)) continue;
      const std::size_t from = topic_node(input.topic);
      auto& e = edge(from, at, "reads");
      e.declared = true;
      e.columns = &input.columns;
      const auto flow = observed_.flows().find(Seen{"query", "", q->id, "", input.topic, false});
      if (flow != observed_.flows().end()) measure(e, flow->second);
    }
    if (q->sink_topic.empty()) return;
    const std::size_t to = topic_node(q->sink_topic);
    auto& e = edge(at, to, "writes");
    e.declared = true;
    const auto flow = observed_.flows().find(Seen{"query", "", q->id, "", q->sink_topic, true});
    if (flow != observed_.flows().end()) measure(e, flow->second);
  }

  static void measure(LineageEdge& e, const Flow& f) {
    e.first_seen_ms = e.first_seen_ms == 0 ? f.first_ms : std::min(e.first_seen_ms, f.first_ms);
    e.last_seen_ms = std::max(e.last_seen_ms, f.last_ms);
    e.records += f.records;
    e.bytes += f.bytes;
    if (!f.counted) e.counted = false;
    if (f.records_per_second) e.records_per_second = e.records_per_second.value_or(0) + *f.records_per_second;
  }

  std::size_t consumer_node(const Consumer& c) {
    const std::string id = "consumer:" + c.team + "/" + c.name;
    if (const auto it = graph_.by_id_.find(id); it != graph_.by_id_.end()) return it->second;
    LineageNode n;
    n.id = id;
    n.kind = "consumer";
    n.name = c.name;
    n.title = same(c.name, c.team) ? c.team : c.name + " of " + c.team;
    n.domain = c.domain;
    n.owner = n.team = c.team;
    n.purpose = c.purpose;
    n.state = "declared";
    return add(std::move(n));
  }

  void declare_consumers() {
    for (const auto& [product, by_name] : state_.consumers) {
      const Product* p = state_.product(product);
      if (!p) continue;
      for (const auto& [name, c] : by_name) {
        const std::size_t node = consumer_node(c);
        for (const auto& called : {folded(c.name), folded(c.team)}) {
          auto& nodes = declared_[called];
          if (std::ranges::find(nodes, node) == nodes.end()) nodes.push_back(node);
        }
        for (const auto& port : p->ports)
          if (graph_.by_id_.contains("topic:" + port.topic)) edge(topic_node(port.topic), node, "consumes").declared = true;
      }
    }
  }

  // The registered consumer that this reader is; one that is registered for this topic before one that is registered elsewhere.
  std::optional<std::size_t> declared_reader(const Seen& who, std::size_t topic) const {
    std::vector<std::string> names;
    for (const std::string* name : {&who.group, &who.client, &who.principal})
      if (!name->empty()) names.push_back(folded(*name));
    if (!is_nobody(who.principal))
      if (const Person* p = state_.person(who.principal))
        for (const auto& team : p->teams) names.push_back(folded(team));
    std::optional<std::size_t> elsewhere;
    for (const auto& name : names) {
      const auto it = declared_.find(name);
      if (it == declared_.end()) continue;
      for (const auto node : it->second) {
        if (edges_.contains(edge_key(topic, node, true))) return node;
        if (!elsewhere) elsewhere = node;
      }
    }
    return elsewhere;
  }

  bool declared_writer(const Seen& who, const Product& p) const {
    if (who.via == "generator") return true;
    if (!is_nobody(who.principal) && state_.is_member(who.principal, p.domain)) return true;
    return same(who.client, p.name) || same(who.client, p.owner);
  }

  // A person who looks at records by this node's own API or SQL; a program that acts for a team by HTTP does more than look.
  bool looks(const Seen& who) const {
    if (who.via != "http" && who.via != "sql") return false;
    const Person* p = state_.person(who.principal);
    return !p || !p->service;
  }

  std::size_t client_node(const Flow& f) {
    const Seen& who = f.who;
    const bool group = who.via == "kafka" && !who.writes && !who.group.empty();
    const std::string id = group ? "group:" + who.group : "client:" + who.via + "/" + who.principal + "/" + who.client;
    const auto it = graph_.by_id_.find(id);
    std::size_t at;
    if (it != graph_.by_id_.end()) {
      at = it->second;
    } else {
      LineageNode n;
      n.id = id;
      n.kind = group ? "group" : "client";
      n.name = group ? who.group : who.client.empty() ? who.principal : who.client;
      n.state = "seen";
      n.via = who.via;
      n.interactive = looks(who);
      n.title = n.name;
      if (who.via == "http" || who.via == "sql") n.title = who.principal + (who.via == "http" ? ", by HTTP" : ", by SQL");
      if (const Person* p = state_.person(who.principal)) {
        const auto domains = state_.domains_of(*p);
        if (!domains.empty()) n.domain = domains.front();
      }
      at = add(std::move(n));
    }
    return at;
  }

  void note_names(std::size_t node, const Flow& f) {
    LineageNode& n = graph_.nodes[node];
    if (f.last_ms < n.last_seen_ms) return;
    n.last_seen_ms = f.last_ms;
    n.principal = f.who.principal;
    n.client_id = f.who.client;
    n.group = f.who.group;
    n.via = f.who.via;
    if (n.kind == "consumer") n.state = "seen";
  }

  void add_flow(const Flow& f) {
    if (f.who.via == "query" || !there_.contains(f.who.topic)) return;   // a query's flows are on its own edges
    if (is_internal(f.who.topic) && !facts_.internal) return;
    const std::size_t topic = topic_node(f.who.topic);
    const Product* product = product_of(f.who.topic);
    if (f.who.writes) {
      const std::size_t node = client_node(f);
      note_names(node, f);
      auto& e = edge(node, topic, "produces");
      if (product && declared_writer(f.who, *product)) e.declared = true;
      measure(e, f);
      return;
    }
    // Somebody who looks is no consumer, whatever team they are of: what the team registered is still to be seen.
    const auto declared = looks(f.who) ? std::nullopt : declared_reader(f.who, topic);
    const std::size_t node = declared ? *declared : client_node(f);
    note_names(node, f);
    measure(edge(topic, node, "consumes"), f);
  }

  // A team that registered, and reads by a query of its own: the query's reading is the consumer's.
  void consumers_by_their_queries() {
    std::map<std::string, std::vector<std::size_t>> queries_of;   // owning team -> queries
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i)
      if (graph_.nodes[i].kind == "query" && !graph_.nodes[i].owner.empty()) queries_of[folded(graph_.nodes[i].owner)].push_back(i);
    for (auto& e : graph_.edges) {
      if (e.kind != "consumes" || !e.declared || e.last_seen_ms > 0) continue;
      const auto it = queries_of.find(folded(graph_.nodes[e.to].team));
      if (it == queries_of.end()) continue;
      for (const std::size_t query : it->second)
        if (const auto read = edges_.find(edge_key(e.from, query, true)); read != edges_.end() && graph_.edges[read->second].last_seen_ms > 0) e.by.push_back(query);
    }
  }

  void finish() {
    graph_.out_.resize(graph_.nodes.size());
    graph_.in_.resize(graph_.nodes.size());
    for (std::size_t i = 0; i < graph_.edges.size(); ++i) {
      graph_.out_[graph_.edges[i].from].push_back(i);
      graph_.in_[graph_.edges[i].to].push_back(i);
    }
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      LineageNode& n = graph_.nodes[i];
      const auto latest = [&](const std::vector<std::size_t>& edges) {
        std::int64_t last = 0;
        for (const auto e : edges) last = std::max(last, graph_.edges[e].last_seen_ms);
        return last;
      };
      const auto written = latest(graph_.in_[i]), seen = latest(graph_.out_[i]);
      std::int64_t read = 0;                 // by those who do more than look
      for (const auto e : graph_.out_[i])
        if (!graph_.nodes[graph_.edges[e].to].interactive) read = std::max(read, graph_.edges[e].last_seen_ms);
      if (n.kind == "query" || n.kind == "topic" || n.kind == "product") n.last_seen_ms = std::max(written, seen);
      if (n.kind != "product" || n.state == "draft" || n.state == "retired") continue;
      const auto judged = [&](std::int64_t last) { return last == 0 ? EdgeStatus::declared_never_seen : last + lineage_rest_ms < graph_.now_ms ? EdgeStatus::at_rest : EdgeStatus::ok; };
      n.written = judged(written);
      n.read = judged(read);
    }
  }

  const State& state_;
  const Observed& observed_;
  const LineageFacts& facts_;
  LineageGraph graph_;
  std::map<std::string, const Product*, std::less<>> product_of_;
  std::set<std::string, std::less<>> there_;
  std::unordered_map<std::uint64_t, std::size_t> edges_;   // by edge_key()
  std::map<std::string, std::vector<std::size_t>, std::less<>> declared_;     // what a registered consumer may be called -> its node
};

LineageGraph LineageGraph::build(const State& state, const Observed& observed, const LineageFacts& facts) { return GraphBuilder(state, observed, facts).build(); }

EdgeStatus LineageGraph::status(const LineageEdge& e) const {
  if (!e.declared) return EdgeStatus::seen_not_declared;
  if (!e.seen()) return EdgeStatus::declared_never_seen;
  std::int64_t last = e.last_seen_ms;
  for (const auto query : e.by) last = std::max(last, nodes[query].last_seen_ms);
  return last + lineage_rest_ms < now_ms ? EdgeStatus::at_rest : EdgeStatus::ok;
}

std::optional<std::size_t> LineageGraph::find(std::string_view id) const {
  const auto it = by_id_.find(id);
  if (it == by_id_.end()) return std::nullopt;
  return it->second;
}

Result<std::vector<std::size_t>> LineageGraph::named(std::string_view of) const {
  if (const auto exact = find(of)) return std::vector{*exact};
  const auto colon = of.find(':');
  const std::string_view kind = colon == std::string_view::npos ? std::string_view() : of.substr(0, colon);
  const bool has_kind = kind == "product" || kind == "topic" || kind == "query" || kind == "group" || kind == "client" || kind == "consumer";
  const std::string_view name = has_kind ? of.substr(colon + 1) : of;
  const auto names_of = [&](std::size_t i) {
    const LineageNode& n = nodes[i];
    std::vector<std::string> out;
    const bool data = n.id.starts_with("topic:") || n.id.starts_with("product:");
    if (!has_kind || kind == "product") {
      if (data && !n.product.empty()) out.push_back(n.product);
    }
    if (!has_kind || kind == "topic") {
      if (n.id.starts_with("topic:")) out.push_back(n.id.substr(6));
    }
    if (!data && (!has_kind || kind == n.kind)) {
      out.push_back(n.name);
      out.push_back(n.id.substr(n.id.find(':') + 1));
      if (n.query && !n.query->sink.empty() && !has_kind) out.push_back(n.query->sink);
    }
    return out;
  };
  // Exactly so, then in any case; data before queries before readers.
  for (const bool exactly : {true, false}) {
    std::vector<std::size_t> data, queries, others;
    for (std::size_t i = 0; i < nodes.size(); ++i)
      for (const auto& n : names_of(i))
        if (exactly ? n == name : same(n, name)) {
          auto& list = nodes[i].kind == "query" ? queries : nodes[i].kind == "topic" || nodes[i].kind == "product" ? data : others;
          list.push_back(i);
          break;
        }
    for (auto* found : {&data, &queries, &others})
      if (!found->empty()) return std::move(*found);
  }
  std::vector<std::string> known;
  for (std::size_t i = 0; i < nodes.size(); ++i)
    for (auto& n : names_of(i)) known.push_back(std::move(n));
  std::ranges::sort(known);
  known.erase(std::ranges::unique(known).begin(), known.end());
  const std::string what = has_kind ? std::string(kind) : "product, topic, query, group or client";
  const std::string meant = did_you_mean(name, known);
  std::string list;
  for (std::size_t i = 0; i < known.size() && i < 10; ++i) list += (i ? ", " : "") + known[i];
  return fail(ErrorCode::not_found, "there is no " + what + " '" + std::string(name.substr(0, 200)) + "' in the mesh", !meant.empty() ? meant : list.empty() ? "there is none yet" : "there are: " + list + (known.size() > 10 ? ", ..." : ""));
}

LineageGraph::Part LineageGraph::around(const std::vector<std::size_t>& start, std::size_t depth) const {
  std::set<std::size_t> in_part(start.begin(), start.end()), edges_in_part;
  for (const bool up : {true, false}) {
    std::set<std::size_t> seen(start.begin(), start.end());
    std::vector<std::size_t> front(start);
    for (std::size_t step = 0; !front.empty() && (depth == 0 || step < depth); ++step) {
      std::vector<std::size_t> next;
      for (const auto node : front)
        for (const auto e : up ? in_[node] : out_[node]) {
          edges_in_part.insert(e);
          const std::size_t other = up ? edges[e].from : edges[e].to;
          in_part.insert(other);
          if (seen.insert(other).second) next.push_back(other);
        }
      front = std::move(next);
    }
  }
  return {{in_part.begin(), in_part.end()}, {edges_in_part.begin(), edges_in_part.end()}};
}

std::set<std::string> LineageGraph::columns_used(std::size_t node) const {
  std::set<std::string> out;
  if (nodes[node].query)
    for (const auto& c : nodes[node].query->columns) out.insert(c.name);
  for (const auto e : out_[node])
    if (edges[e].columns)
      for (const auto& c : *edges[e].columns)
        if (!c.from.empty()) out.insert(std::string(head(c.from)));
  for (const auto e : in_[node])
    if (const auto& writer = nodes[edges[e].from]; writer.query && edges[e].kind == "writes")
      for (const auto& c : writer.query->columns) out.insert(c.name);
  return out;
}

LineageGraph::Trace LineageGraph::trace(const std::vector<std::size_t>& start, std::string_view wanted) const {
  Trace t;
  std::set<std::size_t> edges_seen;
  const auto follow = [&](std::size_t e) {
    if (edges_seen.insert(e).second) t.edges.push_back(e);
  };
  std::map<std::size_t, std::vector<std::string>> sayings;
  const auto say = [&](std::size_t node, std::string text) {
    auto& all = sayings[node];
    if (std::ranges::find(all, text) == all.end()) all.push_back(std::move(text));
  };
  // What a query does with a column of its input, in words.
  const auto saying = [](const ColumnEdge& c) -> std::string {
    if (c.to.empty()) {
      const std::string prefix = c.from + " ";
      return c.text.starts_with(prefix) ? c.text.substr(prefix.size()) : c.text;
    }
    if (c.how == "unchanged") return c.to + " unchanged";
    if (c.how == "renamed") return c.from + " becomes " + c.to;
    return c.to + (c.condition ? " is chosen by " : " = ") + c.text;
  };
  using At = std::pair<std::size_t, std::string>;
  std::vector<At> front;
  for (const auto node : start) {
    t.columns[node].insert(std::string(wanted));
    front.emplace_back(node, std::string(wanted));
  }
  for (const bool up : {false, true}) {
    std::set<At> seen(front.begin(), front.end());
    std::vector<At> todo = front;
    const auto visit = [&](std::size_t node, const std::string& column) {
      t.columns[node].insert(column);
      if (seen.emplace(node, column).second) todo.emplace_back(node, column);
    };
    while (!todo.empty()) {
      const auto [node, column] = todo.back();
      todo.pop_back();
      if (!up) {
        for (const auto e : out_[node]) {
          const LineageEdge& edge = edges[e];
          if (edge.kind == "consumes" || edge.kind == "writes") {   // a reader gets the whole record; a query writes what it makes
            follow(e);
            if (edge.kind == "writes") visit(edge.to, column);
            continue;
          }
          if (!edge.columns) continue;
          for (const auto& c : *edge.columns) {
            if (!same(head(c.from), head(column))) continue;
            if (column.find("->") != column.npos && !same(c.from, column) && !same(c.from, head(column))) continue;
            follow(e);
            say(edge.to, saying(c));
            if (!c.to.empty()) visit(edge.to, c.to);
          }
        }
      } else {
        for (const auto e : in_[node]) {
          const LineageEdge& edge = edges[e];
          if (edge.kind == "produces") {
            follow(e);
            continue;
          }
          if (edge.kind == "writes") {
            const auto& made = nodes[edge.from].query->columns;
            if (std::ranges::none_of(made, [&](const auto& c) { return same(c.name, head(column)); })) continue;
            follow(e);
            visit(edge.from, std::string(head(column)));
            continue;
          }
          if (edge.kind != "reads" || !edge.columns) continue;
          for (const auto& c : *edge.columns) {
            if (c.to.empty() || !same(c.to, column)) continue;
            follow(e);
            say(node, saying(c));
            for (const auto& d : *edge.columns)   // what this column also decides
              if (d.to.empty() && !c.from.empty() && same(d.from, c.from)) say(node, saying(d));
            if (!c.from.empty()) visit(edge.from, c.from);
          }
        }
      }
    }
  }
  for (auto& [node, texts] : sayings) {
    std::string all;
    for (const auto& text : texts) all += (all.empty() ? "" : ", ") + text;
    t.notes[node] = std::move(all);
  }
  for (const auto& [node, columns] : t.columns)
    if (!t.notes.contains(node)) {
      std::string all;
      for (const auto& c : columns) all += (all.empty() ? "" : ", ") + c;
      t.notes[node] = std::move(all);
    }
  return t;
}

namespace {

json::value text_or_null(const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); }
json::value time_or_null(std::int64_t ms) { return ms == 0 ? json::value(nullptr) : json::value(iso8601(ms)); }

json::array columns_json(const std::vector<LineageColumn>& columns, const boost::json::storage_ptr& memory) {
  json::array out(memory);
  for (const auto& c : columns) out.push_back(json::object({{"name", c.name}, {"type", c.type}}, memory));
  return out;
}

json::object node_json(const LineageNode& n, const LineageView& view, const boost::json::storage_ptr& memory) {
  json::object o({{"id", n.id}, {"kind", n.kind}, {"name", n.name}, {"title", n.title}, {"domain", text_or_null(n.domain)}, {"product", text_or_null(n.product)}, {"owner", text_or_null(n.owner)},
                 {"state", text_or_null(n.state)}, {"last_seen", time_or_null(n.last_seen_ms)}}, 24, memory);
  if (n.id.starts_with("topic:")) o["topic"] = n.id.substr(6);
  if (n.written) o["written"] = name_of(*n.written);
  if (n.read) o["read"] = name_of(*n.read);
  if (n.topic_missing) o["topic_missing"] = true;
  if (n.query) {
    o["sketch"] = n.query->sketch;
    o["statement"] = n.query->statement;
    if (!n.query->error.empty()) o["error"] = n.query->error;
  }
  if (n.kind == "client" || n.kind == "group" || n.kind == "consumer") {
    o["via"] = text_or_null(n.via);
    o["principal"] = text_or_null(n.principal);
    o["client_id"] = text_or_null(n.client_id);
    o["group"] = text_or_null(n.group);
    o["interactive"] = n.interactive;
  }
  if (n.kind == "consumer") o["team"] = n.team, o["purpose"] = n.purpose;
  if (view.columns_of) o["columns"] = n.query ? columns_json(n.query->columns, memory) : n.id.starts_with("topic:") ? columns_json(view.columns_of(n.id.substr(6)), memory) : json::array();
  return o;
}

json::object edge_json(const LineageGraph& g, const LineageEdge& e, bool with_columns, const boost::json::storage_ptr& memory) {
  json::object o({{"from", g.nodes[e.from].id}, {"to", g.nodes[e.to].id}, {"kind", e.kind}, {"basis", name_of(e.basis())}, {"status", name_of(g.status(e))},
                 {"first_seen", time_or_null(e.first_seen_ms)}, {"last_seen", time_or_null(e.last_seen_ms)}}, 12, memory);
  const bool amounts = e.counted && e.last_seen_ms > 0;
  o["records"] = amounts ? json::value(e.records) : json::value(nullptr);
  o["bytes"] = amounts ? json::value(e.bytes) : json::value(nullptr);
  o["records_per_second"] = e.records_per_second && e.counted ? json::value(*e.records_per_second) : json::value(nullptr);
  if (!e.by.empty()) {
    json::array by(memory);
    for (const auto n : e.by) by.emplace_back(g.nodes[n].id);
    o["by"] = std::move(by);
  }
  if (with_columns) {
    json::array columns(memory);
    if (e.columns)
      for (const auto& c : *e.columns) columns.push_back(json::object({{"from", text_or_null(c.from)}, {"to", text_or_null(c.to)}, {"how", c.how}, {"text", c.text}}, memory));
    if (e.kind == "writes")
      for (const auto& c : g.nodes[e.from].query->columns) columns.push_back(json::object({{"from", c.name}, {"to", c.name}, {"how", "unchanged"}, {"text", ""}}, memory));
    o["columns"] = std::move(columns);
  }
  return o;
}

}  // namespace

json::object to_json(const LineageGraph& g, const LineageView& view, boost::json::storage_ptr memory) {
  std::vector<std::size_t> all_nodes, all_edges;
  if (!view.part) {
    for (std::size_t i = 0; i < g.nodes.size(); ++i) all_nodes.push_back(i);
    for (std::size_t i = 0; i < g.edges.size(); ++i) all_edges.push_back(i);
  }
  const auto& node_list = view.part ? view.part->nodes : all_nodes;
  const auto& edge_list = view.part ? view.part->edges : all_edges;
  json::array nodes(memory), edges(memory);
  nodes.reserve(node_list.size());
  edges.reserve(edge_list.size());
  std::map<std::size_t, std::size_t> place;   // of an edge in the answer
  std::int64_t never = 0, undeclared = 0, resting = 0;
  for (const auto i : node_list) nodes.push_back(node_json(g.nodes[i], view, memory));
  for (const auto i : edge_list) {
    const LineageEdge& e = g.edges[i];
    const EdgeStatus status = g.status(e);
    never += status == EdgeStatus::declared_never_seen;
    undeclared += status == EdgeStatus::seen_not_declared && !g.nodes[e.from].interactive && !g.nodes[e.to].interactive;
    resting += status == EdgeStatus::at_rest;
    if (view.trace) place[i] = edges.size();
    edges.push_back(edge_json(g, e, bool(view.columns_of), memory));
  }
  json::object o({{"nodes", std::move(nodes)}, {"edges", std::move(edges)}, {"observed_since", time_or_null(g.since_ms)}, {"kafka_clients_seen", g.sees_kafka_clients},
                 {"summary", json::object{{"nodes", node_list.size()}, {"edges", edge_list.size()}, {"declared_never_seen", never}, {"seen_not_declared", undeclared}, {"at_rest", resting}}}}, memory);
  if (view.trace) {
    json::array path;
    json::object notes, columns;
    for (const auto e : view.trace->edges)
      if (const auto it = place.find(e); it != place.end()) path.emplace_back(it->second);
    for (const auto& [node, text] : view.trace->notes)
      if (std::ranges::binary_search(node_list, node)) notes[g.nodes[node].id] = text;
    for (const auto& [node, names] : view.trace->columns) {
      if (!std::ranges::binary_search(node_list, node)) continue;
      json::array list;
      for (const auto& name : names) list.emplace_back(name);
      columns[g.nodes[node].id] = std::move(list);
    }
    o["trace"] = json::object{{"column", view.column}, {"path", std::move(path)}, {"notes", std::move(notes)}, {"columns", std::move(columns)}};
  }
  return o;
}

}  // namespace braid::mesh
