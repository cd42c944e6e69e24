#include "node/lineage.h"

#include <algorithm>

#include "catalog/schema_fields.h"
#include "sql/lineage.h"
#include "sql/metastore.h"

namespace braid::node {
namespace {

std::string state_of(flow::QueryState state) {
  switch (state) {
    case flow::QueryState::starting: return "starting";
    case flow::QueryState::running: return "running";
    case flow::QueryState::paused: return "paused";
    case flow::QueryState::error: return "failed";
    case flow::QueryState::terminated: return "ended";
  }
  return "";
}

mesh::ColumnEdge edge_of(const sql::ColumnFlow& f) { return {f.from, f.to, std::string(sql::name_of(f.how)), f.text, f.aggregated, f.condition}; }

std::shared_ptr<const mesh::QueryFlow> flow_of(const flow::QueryInfo& query) {
  const auto lineage = sql::lineage_of(*query.root);
  mesh::QueryFlow out;
  out.id = query.id;
  out.statement = query.statement;
  out.sketch = lineage.sketch;
  out.state = state_of(query.state);
  out.error = query.state == flow::QueryState::error ? query.error : "";
  out.sink = query.sink;
  out.sink_topic = query.sink_topic;
  out.started_ms = query.started_ms;
  for (const auto* part : {&lineage.keys, &lineage.values})
    for (const auto& f : *part) out.columns.push_back({f.name, f.type.text()});
  // One input per topic: a stream that is joined with itself, or two streams over one topic, are one reading.
  for (std::size_t i = 0; i < lineage.sources.size(); ++i) {
    auto it = std::ranges::find(out.inputs, lineage.sources[i].topic, &mesh::QueryFlow::Input::topic);
    if (it == out.inputs.end()) it = out.inputs.insert(it, {lineage.sources[i].name, lineage.sources[i].topic, {}});
    for (const auto& f : lineage.flows) {
      if (std::size_t(f.source) != i) continue;
      auto edge = edge_of(f);
      if (std::ranges::find(it->columns, edge) == it->columns.end()) it->columns.push_back(std::move(edge));
    }
  }
  return std::make_shared<const mesh::QueryFlow>(std::move(out));
}

void add_query_counts(const flow::QueryInfo& query, mesh::Counts& out) {
  const auto add = [&](const flow::TopicCount& c, bool writes) {
    if (c.records == 0) return;
    mesh::Count count;
    count.who.via = query.persistent ? "query" : "sql";
    if (query.persistent) count.who.client = query.id;
    else count.who.client = "push query", count.who.principal = "anonymous";
    count.who.topic = c.topic;
    count.who.writes = writes;
    if (!query.persistent) count.host = query.id;   // each of them counts from zero
    count.first_ms = query.started_ms;
    count.last_ms = c.last_ms;
    count.records = std::uint64_t(c.records);
    count.bytes = std::uint64_t(c.bytes);
    out.counts.push_back(std::move(count));
  };
  for (const auto& c : query.counts.read) add(c, false);
  if (query.persistent) add(query.counts.written, true);
}

}  // namespace

io::Task<mesh::Counts> NodeLineageSources::counts() {
  mesh::Counts out;
  if (parts_.kafka_server) {
    const auto seen = co_await parts_.kafka_server->traffic();
    for (const auto& t : seen.traffic) {
      mesh::Count count;
      count.who = {"kafka", t.principal, t.client_id, "", t.topic, t.direction == broker::Direction::produced};
      count.host = t.host;
      count.first_ms = t.first_seen_ms;
      count.last_ms = t.last_seen_ms;
      count.records = t.records;
      count.bytes = t.bytes;
      out.counts.push_back(std::move(count));
    }
    for (const auto& g : seen.groups) out.groups.push_back({g.principal, g.client_id, g.host, g.group, g.topics, g.last_seen_ms});
  }
  if (parts_.engine)
    for (const auto& query : parts_.engine->queries()) add_query_counts(query, out);
  const auto now = parts_.clock.wall_ms();
  for (const auto& generator : parts_.generators) {
    const std::string topic(generator->topic());
    auto& g = generated_[topic];
    if (g.first_ms == 0) g.first_ms = now;
    if (generator->written() != g.records) g.last_ms = now;
    g.records = generator->written();
    if (g.records == 0) continue;
    mesh::Count count;
    count.who = {"generator", "", "sample data", "", topic, true};
    count.first_ms = g.first_ms;
    count.last_ms = g.last_ms;
    count.records = std::uint64_t(g.records);
    count.bytes = std::uint64_t(generator->written_bytes());
    out.counts.push_back(std::move(count));
  }
  co_return out;
}

std::vector<std::shared_ptr<const mesh::QueryFlow>> NodeLineageSources::queries() {
  std::vector<std::shared_ptr<const mesh::QueryFlow>> out;
  std::map<std::string, Known> now;
  for (auto& query : parts_.engine->queries()) {
    if (!query.persistent || !query.root) continue;
    const std::string state = state_of(query.state), error = query.state == flow::QueryState::error ? query.error : "";
    Known next;
    if (const auto it = known_.find(query.id); it != known_.end() && it->second.root == query.root && it->second.state == state && it->second.error == error) next = it->second;
    else next = {query.root, state, error, flow_of(query)};
    out.push_back(next.flow);
    now.emplace(query.id, std::move(next));
  }
  known_ = std::move(now);
  return out;
}

std::uint64_t NodeLineageSources::revision() {
  auto now = queries();
  const auto sources = parts_.engine->metastore().sources().size();   // they give topics their columns
  if (now != last_ || sources != sources_) ++revision_;
  last_ = std::move(now);
  sources_ = sources;
  return revision_;
}

std::vector<mesh::LineageColumn> NodeLineageSources::columns_of(const std::string& topic) {
  std::vector<mesh::LineageColumn> out;
  for (const auto& [name, source] : parts_.engine->metastore().sources()) {
    if (source.topic != topic) continue;
    for (const auto* part : {&source.schema.key, &source.schema.value})
      for (const auto& f : *part)
        if (std::ranges::find(out, f.name, &mesh::LineageColumn::name) == out.end()) out.push_back({f.name, f.type.text()});
  }
  if (!out.empty() || !parts_.registry) return out;
  const auto latest = parts_.registry->latest(topic + "-value");
  if (!latest) return out;
  const auto content = catalog::read_schema(registry::name_of(latest->type), latest->text);
  const std::string& record = content.records.empty() ? std::string() : content.records.front().name;
  for (const auto& f : content.fields)
    if (f.record == record) out.push_back({f.name, f.type});
  return out;
}

}  // namespace braid::node
