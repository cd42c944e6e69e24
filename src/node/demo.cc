// The demo mesh: organisation, sample data, the set-up statements and the course's three products. Set up once; what a visitor has changed since
// is left alone, so each step first looks whether it has been done.
#include "base/log.h"
#include "connect/samples.h"
#include "mesh/demo_organisation.h"
#include "node/parts.h"

namespace braid::node {
namespace {

constexpr std::string_view statements =
    "CREATE STREAM IF NOT EXISTS stocktrades WITH (kafka_topic='stocktrades', value_format='AVRO');\n"
    "CREATE STREAM IF NOT EXISTS pageviews WITH (kafka_topic='pageviews', value_format='AVRO');\n"
    "CREATE TABLE IF NOT EXISTS users (id STRING PRIMARY KEY) WITH (kafka_topic='users', value_format='AVRO');\n";

// Is there already what this step would make? Also true for what was there once and has been removed.
bool done_before(const mesh::State& state, const mesh::Command& command) {
  if (const auto* d = std::get_if<mesh::DefineDomain>(&command)) return state.domain(d->name) != nullptr;
  if (const auto* t = std::get_if<mesh::DefineTeam>(&command)) return state.team(t->name) != nullptr;
  if (const auto* p = std::get_if<mesh::DefinePerson>(&command)) return state.person(p->name) != nullptr;
  if (const auto* p = std::get_if<mesh::PublishProduct>(&command)) return state.product(p->name) != nullptr || state.history.contains(p->name);
  return false;
}

io::Task<Result<void>> carry_out(mesh::Mesh& mesh, std::vector<mesh::DemoStep> steps) {
  for (auto& step : steps) {
    if (done_before(mesh.state(), step.command)) continue;
    const std::string what = mesh::describe(step.command);
    auto done = co_await mesh.execute(step.caller, step.command);
    if (!done) co_return std::unexpected(std::move(done.error().error).during("the demo: " + what));
  }
  co_return Result<void>{};
}

io::Task<Result<void>> start_generators(Parts& parts, std::optional<double> rate) {
  for (const auto& kind : connect::sample_kinds()) {
    connect::GeneratorOptions options;
    options.records_per_second = rate;
    CO_TRY(auto generator, co_await connect::Generator::start(*parts.log, *parts.registry, kind, options, parts.metrics));
    parts.generators.push_back(std::move(generator));
  }
  co_return Result<void>{};
}

// Statements that the visitor has dropped do not come back: the set-up runs only before the products are there.
io::Task<Result<void>> create_streams(Parts& parts) {
  if (parts.mesh->state().product("stocktrades") || parts.mesh->state().history.contains("stocktrades")) co_return Result<void>{};
  flow::Session session;
  CO_TRY_VOID(co_await parts.engine->execute_script(std::string(statements), std::move(session)));
  co_return Result<void>{};
}

}  // namespace

io::Task<Result<void>> set_up_demo(Parts& parts, std::optional<double> rate) {
  CO_TRY_VOID(co_await carry_out(*parts.mesh, mesh::demo_organisation()));
  CO_TRY_VOID(co_await start_generators(parts, rate));
  CO_TRY_VOID(co_await create_streams(parts));
  CO_TRY_VOID(co_await carry_out(*parts.mesh, mesh::demo_products()));
  log::info("demo_ready", {{"generators", parts.generators.size()}});
  co_return Result<void>{};
}

io::Task<void> stop_demo(Parts& parts) {
  for (auto& generator : parts.generators) co_await generator->stop();
  parts.generators.clear();
}

}  // namespace braid::node
