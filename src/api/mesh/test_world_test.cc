// The world of the API tests; its name makes it part of the test program, not of the library.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "api/mesh/test_world.h"
#include "api/observe/observe_api.h"
#include "api/openapi/document.h"
#include "api/openapi/schema_check.h"
#include "eventlog/embedded/embedded_log.h"
#include "mesh/demo_organisation.h"

namespace braid::api::testing {

std::vector<mesh::Reader> FakeReaders::of(const std::vector<std::string>& topics) {
  std::vector<mesh::Reader> out;
  for (const auto& r : all)
    if (std::ranges::find(topics, r.topic) != topics.end()) out.push_back(r);
  return out;
}

struct TestWorld::Parts {
  std::string directory;
  std::unique_ptr<io::FileSystem> files = io::real_files();
  std::unique_ptr<io::Shards> shards = io::Shards::start(1);
  Metrics metrics;
  std::unique_ptr<storage::Log> storage;
  std::unique_ptr<storage::GroupOffsets> offsets;
  std::unique_ptr<eventlog::EventLog> log;
  std::unique_ptr<registry::Registry> registry;
  std::unique_ptr<mesh::Mesh> mesh;
  std::unique_ptr<catalog::Catalog> catalog;
  std::unique_ptr<mesh::Lineage> lineage;
  std::unique_ptr<MeshApi> mesh_api;
  std::unique_ptr<LineageApi> lineage_api;
  std::unique_ptr<CatalogApi> catalog_api;
  std::unique_ptr<http::Router> router;
};

namespace {

template <class T> T must(Result<T> r) {
  if (!r) {
    std::fprintf(stderr, "test world: %s\n", r.error().text().c_str());
    std::abort();
  }
  if constexpr (!std::is_void_v<T>) return *std::move(r);
}

io::Task<std::optional<http::Response>> act_as(http::Request* request) {
  if (const auto as = request->headers.get("Braid-As")) request->principal = std::string(*as);
  std::optional<http::Response> none;
  co_return none;
}

io::Task<std::vector<std::string>> read_all(eventlog::EventLog* log, std::string topic) {
  std::vector<std::string> out;
  const eventlog::TopicPartition partition{topic, PartitionId{0}};
  std::vector<std::pair<eventlog::TopicPartition, Offset>> from;
  from.emplace_back(partition, Offset{0});
  auto reader = must(log->reader(from));
  const auto bounds = must(co_await log->bounds(partition));
  while (std::int64_t(out.size()) < bounds.end.value) {
    const auto chunks = must(co_await reader->next(io::after(io::Milliseconds(5000))));
    if (chunks.empty()) break;
    for (const auto& chunk : chunks)
      for (const auto& r : chunk.records) out.emplace_back(r.value.value_or(""));
  }
  co_return out;
}

io::Task<void> open_upper(TestWorld* world, std::unique_ptr<registry::Registry>* registry, std::unique_ptr<mesh::Mesh>* mesh, std::unique_ptr<catalog::Catalog>* catalog, std::unique_ptr<mesh::Lineage>* lineage, eventlog::EventLog* log, Metrics* metrics) {
  registry::Options options;
  *registry = must(co_await registry::Registry::open(*log, *metrics, std::move(options)));
  *mesh = must(co_await mesh::Mesh::open(*log, system_clock(), world->readers));
  catalog::Sources sources{*log, **mesh, registry->get(), world->queries, system_clock()};
  catalog::Place place;
  *catalog = must(co_await catalog::Catalog::open(sources, std::move(place), world->catalog_options));
  mesh::LineageOptions options_of_lineage;
  options_of_lineage.watch = false;
  options_of_lineage.version = "test";
  *lineage = must(co_await mesh::Lineage::open(*log, system_clock(), **mesh, world->lineage_sources, std::move(options_of_lineage)));
}
io::Task<void> close_upper(registry::Registry* registry, mesh::Mesh* mesh, catalog::Catalog* catalog, mesh::Lineage* lineage) {
  co_await lineage->close();
  co_await catalog->close();
  co_await mesh->close();
  co_await registry->close();
}

io::Task<Reply> run(const http::Router* router, http::Request request) {
  http::Response response = co_await router->handle(std::move(request));
  Reply reply{.status = response.status, .body = nullptr, .headers = response.headers, .text = std::move(response.body)};
  if (!reply.text.empty()) {
    auto parsed = json::parse(reply.text);
    if (parsed) reply.body = *std::move(parsed);
  }
  co_return reply;
}

}  // namespace

TestWorld::TestWorld() : parts_(std::make_unique<Parts>()) {
  std::string name = ::testing::TempDir() + "braid_api_XXXXXX";
  parts_->directory = ::mkdtemp(name.data());
  storage::LogOptions options;
  options.directory = parts_->directory + "/log";
  options.wal_file_bytes = 4 << 20;
  auto opened = storage::Log::open(*parts_->files, *parts_->shards, options);
  if (!opened) std::fprintf(stderr, "test world: %s\n", opened.error().text().c_str()), std::abort();
  parts_->storage = *std::move(opened);
  auto offsets = io::block_on(shard(), storage::GroupOffsets::open(*parts_->storage, *parts_->shards, 1));
  if (!offsets) std::abort();
  parts_->offsets = *std::move(offsets);
  parts_->log = eventlog::embedded_log(*parts_->storage, *parts_->offsets, "127.0.0.1:9092");
  restart();
}

void TestWorld::restart() {
  if (parts_->mesh) io::block_on(shard(), close_upper(parts_->registry.get(), parts_->mesh.get(), parts_->catalog.get(), parts_->lineage.get()));
  parts_->router.reset(), parts_->lineage_api.reset(), parts_->lineage.reset(), parts_->mesh_api.reset(), parts_->catalog_api.reset(), parts_->catalog.reset(), parts_->mesh.reset(), parts_->registry.reset();
  io::block_on(shard(), open_upper(this, &parts_->registry, &parts_->mesh, &parts_->catalog, &parts_->lineage, parts_->log.get(), &parts_->metrics));
  parts_->router = std::make_unique<http::Router>();
  parts_->router->use([](http::Request& r) { return act_as(&r); });
  parts_->router->use(known_people(*parts_->mesh));
  parts_->mesh_api = std::make_unique<MeshApi>(*parts_->mesh, *parts_->catalog, parts_->registry.get(), *parts_->log, system_clock());
  parts_->mesh_api->add_routes(*parts_->router);
  parts_->catalog_api = std::make_unique<CatalogApi>(*parts_->catalog, system_clock());
  parts_->catalog_api->add_routes(*parts_->router);
  parts_->lineage_api = std::make_unique<LineageApi>(*parts_->lineage, *parts_->log, system_clock());
  parts_->lineage_api->add_routes(*parts_->router);
  must(add_openapi_routes(*parts_->router, {mesh_openapi(), lineage_openapi()}));
}

TestWorld::~TestWorld() {
  io::block_on(shard(), close_upper(parts_->registry.get(), parts_->mesh.get(), parts_->catalog.get(), parts_->lineage.get()));
  io::block_on(shard(), parts_->offsets->close());
  io::block_on(shard(), parts_->storage->close());
  parts_->shards->stop();
  const std::string directory = parts_->directory;
  parts_.reset();
  std::filesystem::remove_all(directory);
}

Reply TestWorld::call(std::string method, std::string target, std::string body, std::string person, http::Headers headers) {
  if (!person.empty()) headers.add("Braid-As", person);
  headers.add("Host", "127.0.0.1:8080");
  auto request = http::Request::make(std::move(method), std::move(target), std::move(body), std::move(headers));
  if (!request) return {.status = 400, .body = nullptr, .headers = {}, .text = request.error().message};
  const std::string path = request->path, verb = request->method;
  Reply reply = io::block_on(shard(), run(parts_->router.get(), *std::move(request)));
  const bool lines = reply.headers.get_or("Content-Type", "") == "application/x-ndjson";   // one document a line; the form of each is told where it is one
  if (path.starts_with("/api/v1/") && path != "/api/v1/openapi.json" && !lines) {
    static const json::value document = *merge_openapi({mesh_openapi(), lineage_openapi(), observe_openapi()});
    for (const auto& problem : check_answer(document, verb, path, reply.status, reply.body)) ADD_FAILURE() << problem;
  }
  return reply;
}

void TestWorld::create_topic(const std::string& name, std::int32_t partitions) {
  must(io::block_on(shard(), parts_->log->create_topic(eventlog::TopicSpec{.name = name, .partitions = partitions})));
}
void TestWorld::delete_topic(const std::string& name) { must(io::block_on(shard(), parts_->log->delete_topic(name))); }
std::int32_t TestWorld::register_schema(const std::string& subject, const std::string& avro) {
  registry::SchemaDraft draft;
  draft.text = avro;
  return must(io::block_on(shard(), parts_->registry->add(subject, draft))).id.value;
}
std::vector<std::string> TestWorld::raw(const std::string& topic) { return io::block_on(shard(), read_all(parts_->log.get(), topic)); }

void TestWorld::set_up_demo() {
  create_topic("users");
  create_topic("pageviews");
  create_topic("stocktrades", 6);
  register_schema("users-value", R"({"type":"record","name":"users","namespace":"ksql","fields":[{"name":"registertime","type":"long"},{"name":"userid","type":"string"},{"name":"regionid","type":"string"},{"name":"gender","type":"string"}]})");
  register_schema("pageviews-value", R"({"type":"record","name":"pageviews","namespace":"ksql","fields":[{"name":"viewtime","type":"long"},{"name":"userid","type":"string"},{"name":"pageid","type":"string"}]})");
  register_schema("stocktrades-value", R"({"type":"record","name":"StockTrade","namespace":"ksql","fields":[{"name":"side","type":"string"},{"name":"quantity","type":"int"},{"name":"symbol","type":"string"},{"name":"price","type":"int"},{"name":"account","type":"string"},{"name":"userid","type":"string"}]})");
  for (const auto& steps : {mesh::demo_organisation(), mesh::demo_products()})
    for (const auto& step : steps) {
      auto done = io::block_on(shard(), parts_->mesh->execute(step.caller, step.command));
      if (!done) std::fprintf(stderr, "test world: %s\n", done.error().error.text().c_str()), std::abort();
    }
}

void TestWorld::look() { io::block_on(shard(), parts_->lineage->look()); }

mesh::Mesh& TestWorld::mesh() { return *parts_->mesh; }
catalog::Catalog& TestWorld::catalog() { return *parts_->catalog; }
io::Shards& TestWorld::shards() { return *parts_->shards; }
eventlog::EventLog& TestWorld::log() { return *parts_->log; }
storage::Log& TestWorld::storage() { return *parts_->storage; }
registry::Registry& TestWorld::registry() { return *parts_->registry; }
Metrics& TestWorld::metrics() { return parts_->metrics; }
io::Shard& TestWorld::shard() { return parts_->shards->control(); }
http::Router& TestWorld::router() { return *parts_->router; }

}  // namespace braid::api::testing
