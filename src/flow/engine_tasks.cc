// The engine's tasks: started, stopped and watched so that what runs is what the commands want.
#include <xxhash.h>

#include "base/log.h"
#include "flow/engine_impl.h"

namespace braid::flow {

namespace {
bool from_beginning(const std::map<std::string, std::string>& server, const std::map<std::string, std::string>& request) {
  for (const auto* properties : {&request, &server}) {
    for (const char* name : {"auto.offset.reset", "ksql.streams.auto.offset.reset"}) {
      const auto it = properties->find(name);
      if (it != properties->end()) return it->second == "earliest";
    }
  }
  return false;
}
}  // namespace

io::Shard& EngineImpl::shard_of(const std::string& id) { return parts_.shards.at(int(XXH3_64bits(id.data(), id.size()) % std::uint64_t(parts_.shards.size()))); }

std::string EngineImpl::state_file(const std::string& id) const {
  std::string name;
  for (const char c : id) name.push_back(std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' ? c : '%');
  const auto hash = XXH3_64bits(id.data(), id.size());   // two ids never share a file
  return options_.state_directory + "/" + name.substr(0, 150) + "." + std::to_string(hash) + ".state";
}

TaskSpec EngineImpl::spec_of(const std::string& id, const Persistent& p) const {
  TaskSpec spec;
  spec.id = id;
  spec.root = p.plan.root;
  spec.queryable = p.plan.is_table;
  spec.state_file = state_file(id);
  spec.group = "_confluent-ksql-" + options_.service_id + "query_" + id;
  spec.from_beginning = from_beginning(properties_, p.properties);
  spec.commit_interval = options_.commit_interval;
  return spec;
}

io::Task<Result<std::optional<WriteSchema>>> EngineImpl::write_schema(std::optional<SchemaId> id) {
  if (!id) co_return std::optional<WriteSchema>();
  CO_TRY(auto text, schema_text(parts_.registry, *id));
  co_return std::optional(WriteSchema{*id, std::move(text)});
}

io::Task<void> EngineImpl::stop_task(Running running) {
  if (!running.task) co_return;
  auto task = running.task;
  auto asked18 = running.shard->on([task] { task->stop(); });
  co_await std::move(asked18);
  auto asked19 = running.shard->on([task] { return task->stopped(); });
  co_await std::move(asked19);
  // The task's members belong to its shard: the last reference goes there.
  running.task.reset();
  auto asked20 = running.shard->on([task = std::move(task)]() mutable { task.reset(); });
  co_await std::move(asked20);
}

io::Task<void> EngineImpl::reconcile() {
  if (!open_) co_return;
  const auto turn = co_await reconciling_.take();
  while (!leaving_.empty()) {
    Running r = std::move(leaving_.back());
    leaving_.pop_back();
    auto asked21 = stop_task(std::move(r));
    co_await std::move(asked21);
  }
  for (const auto& path : std::exchange(files_to_remove_, {})) {
    io::FileSystem* files = &parts_.files;
    auto asked22 = parts_.pool.run([files, path] { return files->remove(path); });
    auto removed = co_await std::move(asked22);
    if (!removed) log::warn("query_state_not_removed", {{"file", path}, {"error", removed.error().text()}});
  }
  std::vector<std::string> ids;
  for (const auto& [id, p] : persistent_) ids.push_back(id);
  for (const auto& id : ids) {
    const auto it = persistent_.find(id);
    if (it == persistent_.end() || closing_) continue;
    if (it->second.restart) {
      it->second.restart = false;
      Running old = std::exchange(it->second.running, Running{});
      auto asked23 = stop_task(std::move(old));
      co_await std::move(asked23);
    }
    const auto again = persistent_.find(id);
    if (again == persistent_.end()) continue;
    if (!again->second.running.task) {
      auto asked24 = start_task(id);
      co_await std::move(asked24);
      continue;
    }
    auto task = again->second.running.task;
    const bool paused = again->second.paused;
    if (again->second.paused_there != paused) {
      again->second.paused_there = paused;
      auto asked25 = again->second.running.shard->on([task, paused] { task->pause(paused); });
      co_await std::move(asked25);
    }
  }
}

io::Task<void> EngineImpl::start_task(std::string id) {
  const Persistent& wanted = persistent_.at(id);
  TaskSpec spec = spec_of(id, wanted);
  const bool paused = wanted.paused;
  auto asked26 = write_schema(wanted.key_schema);
  auto key = co_await std::move(asked26);
  auto asked27 = write_schema(persistent_.at(id).value_schema);
  auto value = co_await std::move(asked27);
  Result<std::shared_ptr<QueryTask>> made = fail(ErrorCode::bug, "");
  io::Shard& shard = shard_of(id);
  if (!key || !value) {
    made = std::unexpected(!key ? key.error() : value.error());
  } else {
    spec.key_schema = *key;
    spec.value_schema = *value;
    const Parts parts = parts_;
    auto asked28 = shard.on([parts, spec] { return QueryTask::create(parts, spec); });
    made = co_await std::move(asked28);
  }
  const auto it = persistent_.find(id);
  if (it == persistent_.end()) co_return;
  if (!made) {
    it->second.start_error = made.error().text();
    it->second.state = QueryState::error;
    it->second.error = it->second.start_error;
    log::warn("query_not_started", {{"query", id}, {"error", it->second.start_error}});
    co_return;
  }
  it->second.running = {&shard, *made};
  it->second.paused_there = paused;
  it->second.state = paused ? QueryState::paused : QueryState::running;
  it->second.error.clear();
  it->second.start_error.clear();
  auto task = *std::move(made);
  io::Shard* home = &shard;
  auto spawning = shard.on([task, home, paused] {
    if (paused) task->pause(true);
    home->spawn(QueryTask::run(task));
  });
  co_await std::move(spawning);
  log::info("query_started", {{"query", id}, {"shard", shard.index()}});
}

// --- watching ---

namespace {
constexpr io::Milliseconds partitions_looked_for_every{5'000};   // as seldom as a question to a cluster should be, and soon enough for a person
struct Seen {
  std::string id;
  QueryCounts counts;
  QueryState state = QueryState::running;
  std::string error;
  std::vector<Problems::One> problems;
};
std::vector<Seen> look(const std::vector<std::pair<std::string, std::shared_ptr<QueryTask>>>& tasks) {
  std::vector<Seen> out;
  for (const auto& [id, task] : tasks) out.push_back({id, task->counts(), task->state(), task->error(), task->take_new_problems()});
  return out;
}
}  // namespace

io::Task<void> EngineImpl::watch() {
  while (!closing_) {
    co_await refresh();
    co_await find_new_partitions();
    bool missing = false;
    for (const auto& [id, p] : persistent_) missing |= !p.running.task;
    if (missing) co_await reconcile();              // a query that could not start is tried again
    if (closing_) break;
    co_await stop_.wait(io::after(io::Milliseconds(1000)));
  }
  watching_ = false;
}

namespace {
io::Task<void> tell(std::vector<std::shared_ptr<QueryTask>> tasks, QueryTask::TopicPartitions partitions) {
  for (const auto& task : tasks) {
    auto told = co_await task->look_for_partitions(partitions);
    if (!told) log::warn("query_new_partitions_not_read", {{"error", told.error().text()}});   // tried again at the next look
  }
}
}  // namespace

io::Task<void> EngineImpl::find_new_partitions() {
  if (std::chrono::steady_clock::now() < look_for_partitions_at_) co_return;
  look_for_partitions_at_ = io::after(partitions_looked_for_every);
  auto counted = co_await topic_partitions();
  const auto partitions = std::make_shared<const std::map<std::string, std::int32_t>>(std::move(counted));
  std::map<io::Shard*, std::vector<std::shared_ptr<QueryTask>>> by_shard;
  for (const auto& [id, p] : persistent_)
    if (p.running.task) by_shard[p.running.shard].push_back(p.running.task);
  for (const auto& [id, p] : pushes_)
    if (p.running.task) by_shard[p.running.shard].push_back(p.running.task);
  for (const auto& [shard, tasks] : by_shard) {
    auto telling = shard->on([tasks, partitions] { return tell(tasks, partitions); });
    co_await std::move(telling);
  }
}

io::Task<void> EngineImpl::refresh() {
  std::map<io::Shard*, std::vector<std::pair<std::string, std::shared_ptr<QueryTask>>>> by_shard;
  for (const auto& [id, p] : persistent_)
    if (p.running.task) by_shard[p.running.shard].emplace_back(id, p.running.task);
  for (const auto& [id, p] : pushes_)
    if (p.running.task) by_shard[p.running.shard].emplace_back(id, p.running.task);
  std::vector<std::pair<std::string, Problems::One>> found;
  for (auto& [shard, tasks] : by_shard) {
    auto asked29 = shard->on([tasks] { return look(tasks); });
    auto seen = co_await std::move(asked29);
    for (auto& s : seen) {
      for (auto& problem : s.problems) found.emplace_back(s.id, problem);
      if (const auto push = pushes_.find(s.id); push != pushes_.end()) push->second.counts = s.counts;
      const auto it = persistent_.find(s.id);
      if (it == persistent_.end()) continue;
      Persistent& p = it->second;
      const Labels labels{{"query", s.id}};
      const auto add = [&](const char* name, const char* help, std::int64_t now, std::int64_t before) {
        if (now > before) parts_.metrics.counter(name, help, labels).add(double(now - before));
      };
      add("braid_query_records_in_total", "Records read by a query.", s.counts.records_in, p.counts.records_in);
      add("braid_query_records_out_total", "Records written by a query.", s.counts.records_out, p.counts.records_out);
      add("braid_query_undecodable_total", "Records a query could not decode.", s.counts.undecodable, p.counts.undecodable);
      add("braid_query_errors_total", "Expressions of a query that failed on a record.", s.counts.errors, p.counts.errors);
      add("braid_query_late_total", "Records that came after their window had closed.", s.counts.late, p.counts.late);
      add("braid_query_null_keys_total", "Records without a key where a query needs one.", s.counts.null_keys, p.counts.null_keys);
      parts_.metrics.gauge("braid_query_lag_records", "Records that wait in a query's sources.", labels).set(double(s.counts.lag));
      parts_.metrics.gauge("braid_query_state_bytes", "Memory of a query's state.", labels).set(double(s.counts.state_bytes));
      p.counts = s.counts;
      p.state = s.state;
      p.error = s.error;
      for (auto& problem : s.problems) {
        p.problems.push_back(std::move(problem));
        if (p.problems.size() > 100) p.problems.pop_front();
      }
    }
  }
  if (!found.empty() && !closing_) {
    auto asked30 = write_problems(std::move(found));
    co_await std::move(asked30);
  }
}

// The processing log: a topic that can itself be queried. One record per problem, in ksqlDB's shape.
io::Task<void> EngineImpl::write_problems(std::vector<std::pair<std::string, Problems::One>> found) {
  const std::string topic = options_.service_id + "ksql_processing_log";
  if (!problem_topic_made_) {
    eventlog::TopicSpec spec;
    spec.name = topic;
    auto asked31 = parts_.log.create_topic(std::move(spec));
    auto made = co_await std::move(asked31);
    if (!made && made.error().code != ErrorCode::already_exists) {
      log::warn("processing_log_not_made", {{"error", made.error().text()}});
      co_return;
    }
    problem_topic_made_ = true;
  }
  std::vector<eventlog::Record> records;
  for (const auto& [query, p] : found) {
    json::object message{{"kind", p.kind}, {"errorMessage", p.reason}, {"expression", p.expression}, {"topic", p.topic}, {"partition", p.partition}, {"offset", p.offset}};
    json::object line{{"level", "ERROR"}, {"logger", "processing." + query + "." + p.step}, {"time", p.at_ms}, {"message", std::move(message)}};
    eventlog::Record record{std::nullopt, json::print(line), p.at_ms};
    records.push_back(std::move(record));
  }
  const eventlog::TopicPartition to{topic, PartitionId{0}};
  auto asked32 = writer_->write(to, std::move(records));
  auto written = co_await std::move(asked32);
  if (!written) log::warn("processing_log_not_written", {{"error", written.error().text()}});
}

// --- what runs ---

namespace {
QueryInfo info_of(const sql::QueryPlan& plan, std::int64_t started_ms, const QueryCounts& counts) {
  QueryInfo out;
  out.id = plan.id;
  out.statement = plan.statement;
  out.root = plan.root;
  out.is_table = plan.is_table;
  out.sources = plan.sources;
  out.started_ms = started_ms;
  out.counts = counts;
  if (plan.root->kind == sql::StepKind::sink) {
    out.sink = plan.root->sink;
    out.sink_topic = plan.root->topic;
  }
  return out;
}
}  // namespace

std::vector<QueryInfo> EngineImpl::queries() const {
  std::vector<QueryInfo> out;
  for (const auto& [id, p] : persistent_) {
    auto info = info_of(p.plan, p.started_ms, p.counts);
    info.state = p.paused ? QueryState::paused : p.state;
    info.error = p.error;
    out.push_back(std::move(info));
  }
  for (const auto& [id, p] : pushes_) {
    auto info = info_of(p.plan, p.started_ms, p.counts);
    info.id = id;
    info.persistent = false;
    info.state = QueryState::running;
    out.push_back(std::move(info));
  }
  return out;
}

std::optional<QueryInfo> EngineImpl::query(const std::string& id) const {
  for (auto& info : queries())
    if (info.id == id) return info;
  return std::nullopt;
}

Problems EngineImpl::problems(const std::string& query_id) const {
  Problems out;
  const auto it = persistent_.find(query_id);
  if (it != persistent_.end()) out.last.assign(it->second.problems.begin(), it->second.problems.end());
  return out;
}

}  // namespace braid::flow
