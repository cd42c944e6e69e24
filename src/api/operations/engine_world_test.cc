// The world of the tests over the engine; its name makes it part of the test program, not of the library.
#include "api/operations/engine_world.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "api/editor/editor.h"
#include "api/ksql/ksql.h"
#include "api/openapi/document.h"
#include "api/openapi/schema_check.h"
#include "api/operations/operations.h"
#include "api/records/records.h"
#include "eventlog/embedded/embedded_log.h"
#include "mesh/demo_organisation.h"
#include "registry/service.h"

namespace braid::api::testing {
namespace {

template <class T> T must(Result<T> r) {
  if (!r) {
    std::fprintf(stderr, "engine world: %s\n", r.error().text().c_str());
    std::abort();
  }
  if constexpr (!std::is_void_v<T>) return *std::move(r);
}

io::Task<std::optional<http::Response>> act_as(http::Request* request) {
  if (const auto as = request->headers.get("Braid-As")) request->principal = std::string(*as);
  std::optional<http::Response> none;
  co_return none;
}

// The rule of a node in small: what fills the topic of a product is its domain's.
struct Guard final : StatementGuard {
  mesh::Mesh* mesh = nullptr;
  flow::Engine* engine = nullptr;
  Result<void> may_end(const http::Request&, const flow::QueryInfo&) override { return {}; }
  Result<void> may(const http::Request& request, const sql::Statement& statement, const std::map<std::string, std::string>&) override {
    const auto* control = std::get_if<sql::ControlQuery>(&statement.tree);
    const auto query = control && control->query ? engine->query(*control->query) : std::nullopt;
    const auto* product = query ? mesh->state().product_of_topic(query->sink_topic) : nullptr;
    if (!product || mesh->state().is_member(request.principal, product->domain)) return {};
    return fail(ErrorCode::forbidden, "topic " + query->sink_topic + " belongs to " + product->domain, "ask " + product->owner);
  }
};

io::Task<Reply> run(const http::Router* router, http::Request request) {
  http::Response response = co_await router->handle(std::move(request));
  Reply reply{.status = response.status, .body = nullptr, .headers = response.headers, .text = std::move(response.body)};
  if (response.stream) {
    http::MemoryWriter writer;
    co_await response.stream(writer);
    reply.text = std::move(writer.written);
    co_return reply;
  }
  if (!reply.text.empty())
    if (auto parsed = json::parse(reply.text)) reply.body = *std::move(parsed);
  co_return reply;
}

}  // namespace

io::Task<std::vector<GroupInfo>> FakeGroups::list() {
  std::vector<GroupInfo> out;
  for (const auto& [name, group] : all) out.push_back(group);
  co_return out;
}
io::Task<std::optional<GroupInfo>> FakeGroups::describe(std::string group) {
  const auto it = all.find(group);
  co_return it == all.end() ? std::nullopt : std::optional(it->second);
}
io::Task<Result<void>> FakeGroups::set_offsets(std::string group, std::map<eventlog::TopicPartition, Offset> offsets) { return log->commit(std::move(group), std::move(offsets)); }
io::Task<Result<void>> FakeGroups::remove(std::string group) {
  all.erase(group);
  co_return Result<void>{};
}

struct EngineWorld::Parts {
  std::string directory;
  std::unique_ptr<io::FileSystem> files = io::real_files();
  std::unique_ptr<io::Shards> shards = io::Shards::start(1);
  std::unique_ptr<io::Pool> pool = std::make_unique<io::Pool>(1);
  Metrics metrics;
  FakeReaders readers;
  Guard guard;
  std::unique_ptr<storage::Log> storage;
  std::unique_ptr<storage::GroupOffsets> offsets;
  std::unique_ptr<eventlog::EventLog> log;
  std::unique_ptr<registry::Registry> registry;
  std::unique_ptr<flow::Engine> engine;
  std::unique_ptr<mesh::Mesh> mesh;
  std::unique_ptr<Ksql> ksql;
  std::unique_ptr<Records> records;
  std::unique_ptr<Editor> editor;
  std::unique_ptr<Operations> operations;
  http::Router router;

  io::Task<void> open() {
    offsets = must(co_await storage::GroupOffsets::open(*storage, *shards, 1));
    log = eventlog::embedded_log(*storage, *offsets, "127.0.0.1:9092");
    registry::Options options;
    registry = must(co_await registry::Registry::open(*log, metrics, std::move(options)));
    flow::EngineOptions engine_options;
    engine_options.state_directory = directory + "/queries";
    flow::Parts needed{*log, *registry, *files, *shards, *pool, metrics};
    engine = must(co_await flow::Engine::open(needed, std::move(engine_options)));
    mesh = must(co_await mesh::Mesh::open(*log, system_clock(), readers));
    for (const auto& step : mesh::demo_organisation()) {
      auto done = co_await mesh->execute(step.caller, step.command);
      if (!done) std::abort();
    }
  }
  io::Task<void> close() {
    co_await mesh->close();
    co_await engine->close();
    co_await registry->close();
    co_await offsets->close();
    co_await storage->close();
  }
};

EngineWorld::EngineWorld() : parts_(std::make_unique<Parts>()) {
  auto& p = *parts_;
  std::string name = ::testing::TempDir() + "braid_engine_XXXXXX";
  p.directory = ::mkdtemp(name.data());
  storage::LogOptions options;
  options.directory = p.directory + "/log";
  options.wal_file_bytes = 4 << 20;
  auto opened = storage::Log::open(*p.files, *p.shards, options);
  if (!opened) std::abort();
  p.storage = *std::move(opened);
  io::block_on(shard(), p.open());
  groups.log = p.log.get();
  p.guard.mesh = p.mesh.get();
  p.guard.engine = p.engine.get();
  p.ksql = std::make_unique<Ksql>(*p.engine, *p.log, *p.registry, nullptr, nullptr, "test");
  p.records = std::make_unique<Records>(*p.log, *p.registry, nullptr, nullptr);
  p.editor = std::make_unique<Editor>(*p.engine, *p.mesh, course_use_cases());
  p.operations = std::make_unique<Operations>(OperationsParts{*p.engine, *p.log, *p.registry, *p.mesh, &groups, &p.guard});
  p.router.use([](http::Request& r) { return act_as(&r); });
  p.ksql->add_routes(p.router, false);
  p.records->add_routes(p.router);
  p.editor->add_routes(p.router);
  p.operations->add_routes(p.router);
}

EngineWorld::~EngineWorld() {
  io::block_on(shard(), parts_->close());
  parts_->shards->stop();
  const std::string directory = parts_->directory;
  parts_.reset();
  std::filesystem::remove_all(directory);
}

io::Shard& EngineWorld::shard() { return parts_->shards->control(); }
eventlog::EventLog& EngineWorld::log() { return *parts_->log; }

Reply EngineWorld::call(std::string method, std::string target, std::string body, std::string person) {
  http::Headers headers{{"Host", "127.0.0.1:8080"}};
  if (!person.empty()) headers.add("Braid-As", person);
  auto request = http::Request::make(std::move(method), std::move(target), std::move(body), std::move(headers));
  if (!request) return {.status = 400, .body = nullptr, .headers = {}, .text = request.error().message};
  const std::string path = request->path, verb = request->method;
  Reply reply = io::block_on(shard(), run(&parts_->router, *std::move(request)));
  if (path.starts_with("/api/v1/") && !reply.body.is_null()) {
    static const json::value document = must(merge_openapi({mesh_openapi(), records_openapi(), editor_openapi(), operations_openapi()}));
    for (const auto& problem : check_answer(document, verb, path, reply.status, reply.body)) ADD_FAILURE() << problem;
  }
  return reply;
}

std::vector<json::value> EngineWorld::lines(std::string target, std::string body) {
  const Reply reply = call("POST", std::move(target), std::move(body));
  EXPECT_EQ(reply.status, 200) << reply.text;
  std::vector<json::value> out;
  std::size_t at = 0;
  while (at < reply.text.size()) {
    const auto end = std::min(reply.text.find('\n', at), reply.text.size());
    out.push_back(must(json::parse(std::string_view(reply.text).substr(at, end - at))));
    at = end + 1;
  }
  return out;
}

void EngineWorld::sql(const std::string& statements) {
  json::object properties{{"ksql.streams.auto.offset.reset", "earliest"}};
  const auto reply = call("POST", "/ksql", json::print(json::object{{"ksql", statements}, {"streamsProperties", std::move(properties)}}));
  ASSERT_EQ(reply.status, 200) << statements << "\n" << reply.text;
}

void EngineWorld::write(const std::string& topic, const std::string& records) {
  const auto reply = call("POST", "/api/v1/topics/" + topic + "/records", "{\"records\":" + records + "}");
  ASSERT_EQ(reply.status, 200) << reply.text;
}

namespace {
io::Task<void> write_one(eventlog::EventLog* log, std::string topic, std::string value) {
  auto writer = must(log->writer());
  eventlog::Record record;
  record.value = std::move(value);
  auto written = co_await writer->write_keyed(std::move(topic), std::move(record));
  EXPECT_TRUE(written);
}
}  // namespace

void EngineWorld::write_raw(const std::string& topic, std::string value) { io::block_on(shard(), write_one(parts_->log.get(), topic, std::move(value))); }

std::int32_t EngineWorld::register_schema(const std::string& subject, const std::string& avro) {
  registry::SchemaDraft draft;
  draft.text = avro;
  return must(io::block_on(shard(), parts_->registry->add(subject, draft))).id.value;
}
void EngineWorld::set_compatibility(const std::string& subject, const std::string& level) {
  EXPECT_TRUE(io::block_on(shard(), parts_->registry->service().set_config(subject, json::object{{"compatibility", level}})));
}

json::value EngineWorld::eventually(const std::function<json::value()>& probe) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  for (;;) {
    auto found = probe();
    if (!found.is_null() || std::chrono::steady_clock::now() > until) return found;
    io::block_on(shard(), io::sleep_for(io::Milliseconds(20)));
  }
}

}  // namespace braid::api::testing
