// link: braid_mesh
// Lineage of a large mesh: 1,000 products, 500 queries of 10 columns, 2,000 registered consumers and 3,000 flows. What a poll of the home page costs
// when everything has changed (build and text), what the surroundings of one product cost, and what a look at the counters costs.
#include <benchmark/benchmark.h>

#include "mesh/lineage_graph.h"

namespace {

using namespace braid;
using namespace braid::mesh;

struct World {
  State state;
  Observed observed;
  LineageFacts facts;
  Counts counts;

  World() {
    constexpr std::int64_t now = 1'790'000'000'000;
    const auto name = [](const char* prefix, int i) { return std::string(prefix) + std::to_string(i); };
    for (int i = 0; i < 20; ++i) state.teams[name("@team-", i)] = Team{.name = name("@team-", i), .domain = name("domain-", i)};
    for (int i = 0; i < 1'000; ++i) {
      Product p;
      p.name = name("product_", i);
      p.domain = name("domain-", i % 20);
      p.owner = name("@team-", i % 20);
      p.state = Lifecycle::published;
      Port port;
      port.name = port.topic = p.name;
      p.ports.push_back(port);
      state.products[p.name] = p;
      facts.topics.push_back(p.name);
      for (int c = 0; c < 2; ++c) {
        Consumer consumer;
        consumer.product = p.name;
        consumer.name = name("app-", i * 2 + c);
        consumer.team = name("@team-", (i + c) % 20);
        state.consumers[p.name][consumer.name] = consumer;
      }
      for (int r = 0; r < 2; ++r) counts.counts.push_back({{"kafka", "anonymous", name("client-", i % 97), name("app-", i * 2 + r), p.name, false}, "h", now, now, std::uint64_t(i + 1), 10});
    }
    for (int i = 0; i < 500; ++i) {
      QueryFlow q;
      q.id = name("CSAS_Q_", i);
      q.statement = std::string(300, 's');
      q.sketch = "join, filter";
      q.state = "running";
      q.sink_topic = name("product_", 500 + i);
      for (int input = 0; input < 2; ++input) {
        QueryFlow::Input in;
        in.topic = name("product_", (i * 7 + input * 13) % 500);
        for (int c = 0; c < 5; ++c) in.columns.push_back({name("C", c), name("C", input * 5 + c), "renamed", ""});
        q.inputs.push_back(std::move(in));
        counts.counts.push_back({{"query", "", q.id, "", q.inputs.back().topic, false}, "", now, now, std::uint64_t(i + 1), 10});
      }
      for (int c = 0; c < 10; ++c) q.columns.push_back({name("C", c), "STRING"});
      facts.queries.push_back(std::make_shared<const QueryFlow>(std::move(q)));
    }
    facts.now_ms = now;
    observed.look(counts, now);
  }
};

void build(benchmark::State& s) {
  const World w;
  for (auto _ : s) benchmark::DoNotOptimize(LineageGraph::build(w.state, w.observed, w.facts));
}
BENCHMARK(build)->Unit(benchmark::kMillisecond);

void build_and_text(benchmark::State& s) {
  const World w;
  std::size_t bytes = 0;
  for (auto _ : s) {
    boost::json::monotonic_resource memory(256 * 1024);   // as api/lineage does
    const auto text = json::print(to_json(LineageGraph::build(w.state, w.observed, w.facts), {}, &memory));
    bytes = text.size();
  }
  s.counters["bytes"] = double(bytes);
}
BENCHMARK(build_and_text)->Unit(benchmark::kMillisecond);

void around_one(benchmark::State& s) {
  const World w;
  const auto g = LineageGraph::build(w.state, w.observed, w.facts);
  for (auto _ : s) {
    const auto start = g.named("product:product_7");
    const auto part = g.around(*start, 2);
    LineageView view;
    view.part = &part;
    benchmark::DoNotOptimize(json::print(to_json(g, view)));
  }
}
BENCHMARK(around_one)->Unit(benchmark::kMicrosecond);

void look(benchmark::State& s) {
  World w;
  std::int64_t now = 1'790'000'000'000;
  for (auto _ : s) {
    now += 5'000;
    for (auto& c : w.counts.counts) c.records += 3, c.last_ms = now;
    w.observed.look(w.counts, now);
  }
}
BENCHMARK(look)->Unit(benchmark::kMillisecond);

}  // namespace
