#include "flow/engine.h"

#include "base/log.h"
#include "flow/engine_impl.h"

namespace braid::flow {

using sql::Statement;

std::string_view name_of(QueryState state) {
  switch (state) {
    case QueryState::starting: return "STARTING";
    case QueryState::running: return "RUNNING";
    case QueryState::paused: return "PAUSED";
    case QueryState::error: return "ERROR";
    case QueryState::terminated: return "TERMINATED";
  }
  return "UNKNOWN";
}

std::string bare_name(const std::string& service_id) {
  std::string out = service_id;
  while (out.ends_with('_')) out.pop_back();
  return out;
}

namespace {

constexpr std::size_t statuses_kept = 1000;

json::object schema_json(const sql::SchemaLookup::Found& found) {
  json::array references;
  for (const auto& r : found.text.references) references.emplace_back(r);
  return {{"id", found.id.value}, {"type", found.text.type}, {"schema", found.text.text}, {"references", std::move(references)}};
}

std::string text_of(const json::object& o, std::string_view field) {
  const auto* v = o.if_contains(field);
  return v && v->is_string() ? std::string(v->as_string()) : std::string();
}

}  // namespace

// --- lookups ---

std::optional<sql::SchemaLookup::Found> NotedLookup::note(std::string key, std::optional<Found> found) {
  schemas_[std::move(key)] = found;
  return found;
}

std::optional<sql::SchemaLookup::Found> NotedLookup::latest(std::string_view subject) {
  const auto schema = registry_.latest(subject);
  if (!schema) return note("latest:" + std::string(subject), std::nullopt);
  auto text = schema_text(registry_, schema->id);
  if (!text) return note("latest:" + std::string(subject), std::nullopt);
  return note("latest:" + std::string(subject), Found{schema->id, *std::move(text)});
}

std::optional<sql::SchemaLookup::Found> NotedLookup::by_id(SchemaId id) {
  auto text = schema_text(registry_, id);
  if (!text) return note("id:" + std::to_string(id.value), std::nullopt);
  return note("id:" + std::to_string(id.value), Found{id, *std::move(text)});
}

std::optional<std::int32_t> NotedLookup::partitions(std::string_view topic) {
  const auto it = topics_.find(std::string(topic));
  const auto found = it == topics_.end() ? std::nullopt : std::optional(it->second);
  asked_topics_[std::string(topic)] = found;
  return found;
}

json::object NotedLookup::noted() const {
  json::object schemas, topics;
  for (const auto& [key, found] : schemas_) schemas[key] = found ? json::value(schema_json(*found)) : json::value(nullptr);
  for (const auto& [topic, partitions] : asked_topics_) topics[topic] = partitions ? json::value(*partitions) : json::value(nullptr);
  return {{"schemas", std::move(schemas)}, {"topics", std::move(topics)}};
}

std::optional<sql::SchemaLookup::Found> ReplayedLookup::schema(const std::string& key) const {
  const auto* schemas = noted_.if_contains("schemas");
  if (!schemas || !schemas->is_object()) return std::nullopt;
  const auto* found = schemas->as_object().if_contains(key);
  if (!found || !found->is_object()) return std::nullopt;
  const auto& o = found->as_object();
  Found out;
  if (const auto* id = o.if_contains("id"); id && id->is_int64()) out.id = SchemaId{std::int32_t(id->as_int64())};
  out.text.type = text_of(o, "type");
  out.text.text = text_of(o, "schema");
  if (const auto* references = o.if_contains("references"); references && references->is_array())
    for (const auto& r : references->as_array())
      if (r.is_string()) out.text.references.emplace_back(r.as_string());
  return out;
}

std::optional<std::int32_t> ReplayedLookup::partitions(std::string_view topic) {
  const auto* topics = noted_.if_contains("topics");
  if (!topics || !topics->is_object()) return std::nullopt;
  const auto* found = topics->as_object().if_contains(topic);
  return found && found->is_int64() ? std::optional(std::int32_t(found->as_int64())) : std::nullopt;
}

// --- commands ---

Bytes Command::value() const {
  json::object p;
  for (const auto& [name, v] : properties) p[name] = v;
  json::object out{{"statement", statement}, {"streamsProperties", std::move(p)}, {"lookups", lookups}, {"version", 1}};
  if (key_schema) out["keySchemaId"] = key_schema->value;
  if (value_schema) out["valueSchemaId"] = value_schema->value;
  return json::print(out);
}

Result<Command> Command::read(BytesView key, BytesView value) {
  Command out;
  out.id = std::string(key);
  TRY(const auto o, json::parse_object(value));
  TRY(out.statement, json::required_string(o, "statement"));
  if (const auto* p = o.if_contains("streamsProperties"); p && p->is_object())
    for (const auto& [name, v] : p->as_object())
      if (v.is_string()) out.properties[std::string(name)] = std::string(v.as_string());
  if (const auto* l = o.if_contains("lookups"); l && l->is_object()) out.lookups = l->as_object();
  TRY(const auto key_id, json::optional_int(o, "keySchemaId"));
  TRY(const auto value_id, json::optional_int(o, "valueSchemaId"));
  if (key_id) out.key_schema = SchemaId{std::int32_t(*key_id)};
  if (value_id) out.value_schema = SchemaId{std::int32_t(*value_id)};
  return out;
}

// --- open and close ---

EngineImpl::EngineImpl(Parts parts, EngineOptions options) : parts_(parts), options_(std::move(options)), properties_(options_.properties) {
  properties_.try_emplace("auto.offset.reset", "latest");
  properties_.try_emplace("ksql.service.id", options_.service_id);
}

io::Task<Result<std::unique_ptr<Engine>>> Engine::open(Parts parts, EngineOptions options) {
  auto engine = std::make_unique<EngineImpl>(parts, std::move(options));
  CO_TRY_VOID(co_await engine->start());
  co_return std::unique_ptr<Engine>(std::move(engine));
}

io::Task<Result<void>> EngineImpl::start() {
  io::FileSystem* files = &parts_.files;
  const std::string directory = options_.state_directory;
  auto asked1 = parts_.pool.run([files, directory] { return files->make_directories(directory); });
  CO_TRY_VOID(co_await std::move(asked1));
  CO_TRY(writer_, parts_.log.writer());
  eventlog::TopicSpec topic;
  topic.name = "_confluent-ksql-" + bare_name(options_.service_id) + "_command_topic";
  topic.configs["retention.ms"] = "-1";
  auto asked2 = eventlog::Journal::open(parts_.log, std::move(topic), [this](const eventlog::RecordView& record) { return apply(record); });
  CO_TRY(journal_, co_await std::move(asked2));
  open_ = true;
  co_await reconcile();
  watching_ = true;
  io::Shard::current()->spawn(watch());
  co_return Result<void>{};
}

io::Task<void> EngineImpl::close() {
  closing_ = true;
  stop_.notify_all();
  co_await gate_.close();
  while (watching_) co_await io::sleep_for(io::Milliseconds(5));
  if (journal_) co_await journal_->close();
  std::vector<Running> all = std::move(leaving_);
  for (auto& [id, p] : persistent_)
    if (p.running.task) all.push_back(std::move(p.running));
  for (auto& [id, p] : pushes_)
    if (p.running.task) all.push_back(p.running);
  for (auto& r : all) {
    auto task = r.task;
    auto asked3 = r.shard->on([task] { task->stop(); });
    co_await std::move(asked3);
  }
  for (auto& r : all) {
    auto asked4 = stop_task(std::move(r));
    co_await std::move(asked4);
  }
}

// --- statements ---

std::map<std::string, std::string> EngineImpl::merged(const Session& session) const {
  auto out = properties_;
  for (const auto& [name, value] : session.properties) out[name] = value;
  return out;
}

io::Task<std::map<std::string, std::int32_t>> EngineImpl::topic_partitions() {
  std::map<std::string, std::int32_t> out;
  auto topics = co_await parts_.log.list_topics();
  if (topics)
    for (const auto& t : *topics) out[t.name] = t.partitions;
  co_return out;
}

io::Task<Result<std::vector<Done>>> EngineImpl::execute_script(std::string sql, Session session) {
  const std::string text = sql::substitute_variables(sql, session.variables);
  CO_TRY(auto script, sql::parse_script(text));
  std::vector<Done> out;
  for (auto& statement : script) {
    auto asked5 = execute(std::move(statement), session);
    CO_TRY(auto done, co_await std::move(asked5));
    out.push_back(std::move(done));
  }
  co_return out;
}

io::Task<Result<Done>> EngineImpl::execute(Statement statement, Session session) {
  const auto pass = gate_.enter();
  if (!pass) co_return fail(ErrorCode::stopping, "the SQL engine is shutting down");
  if (std::holds_alternative<sql::InsertValues>(statement.tree)) {
    auto asked6 = insert_values(std::move(statement), std::move(session));
    co_return co_await std::move(asked6);
  }
  auto asked7 = change(std::move(statement), std::move(session));
  co_return co_await std::move(asked7);
}

namespace {

std::string quoted_name(std::string_view name) { return "`" + std::string(name) + "`"; }

struct Described { std::string command_id, message; };
Described describe(const sql::Planned& planned, const Statement& statement) {
  if (planned.query && !planned.query->root->sink.empty()) {
    const std::string kind = planned.query->is_table ? "table/" : "stream/";
    return {kind + quoted_name(planned.query->root->sink) + "/create", "Created query with ID " + planned.query->id};
  }
  if (!planned.ddl) return {"statement", planned.message};
  if (const auto* put = std::get_if<sql::PutSource>(&*planned.ddl)) {
    const bool table = put->source.kind == sql::SourceKind::table;
    const bool altered = std::holds_alternative<sql::AlterSource>(statement.tree);
    return {(table ? "table/" : "stream/") + quoted_name(put->source.name) + (altered ? "/alter" : "/create"),
            std::string(table ? "Table" : "Stream") + (altered ? " altered" : " created")};
  }
  if (const auto* drop = std::get_if<sql::DropSourceCommand>(&*planned.ddl))
    return {(drop->kind == sql::SourceKind::table ? "table/" : "stream/") + quoted_name(drop->name) + "/drop", "Source " + quoted_name(drop->name) + " was dropped."};
  if (const auto* type = std::get_if<sql::PutType>(&*planned.ddl))
    return {"type/" + quoted_name(type->name) + "/create", "Registered custom type with name '" + type->name + "' and SQL type " + type->type.text()};
  return {"type/" + quoted_name(std::get<sql::DropTypeCommand>(*planned.ddl).name) + "/drop", "Dropped type '" + std::get<sql::DropTypeCommand>(*planned.ddl).name + "'"};
}

}  // namespace

io::Task<Result<Done>> EngineImpl::change(Statement statement, Session session) {
  const auto turn = co_await journal_->turn();
  Command command;
  command.statement = statement.text;
  command.properties = session.properties;
  if (const auto* control = std::get_if<sql::ControlQuery>(&statement.tree)) {
    if (control->query && !persistent_.contains(*control->query))
      co_return fail(ErrorCode::not_found, "Unknown queryId: " + *control->query, "SHOW QUERIES lists those that run");
    const char* word = control->action == sql::QueryAction::terminate ? "terminate" : control->action == sql::QueryAction::pause ? "pause" : "resume";
    const char* said = control->action == sql::QueryAction::terminate ? "Query terminated." : control->action == sql::QueryAction::pause ? "Query paused." : "Query resumed.";
    command.id = std::string(word) + "/" + control->query.value_or("ALL") + "/execute";
    Done done{command.id, said, control->query.value_or("")};
    auto asked8 = write(std::move(command), std::move(done));
    co_return co_await std::move(asked8);
  }
  const auto properties = merged(session);
  auto topics = co_await topic_partitions();
  NotedLookup lookup(parts_.registry, std::move(topics));
  const sql::PlanContext context{metastore_, properties, lookup, std::to_string(journal_->applied().value)};
  CO_TRY(auto planned, sql::plan(statement, context));
  if (planned.nothing_to_do) {
    Done done;
    done.message = planned.message;
    done.warning = planned.message;
    co_return done;
  }
  if (planned.query && planned.query->root->kind != sql::StepKind::sink)
    co_return fail(ErrorCode::unsupported, "SELECT gives rows: it is not executed as a statement", "use /query or /query-stream");
  const auto described = describe(planned, statement);
  command.id = described.command_id;
  auto asked9 = make_topic(planned, lookup);
  CO_TRY_VOID(co_await std::move(asked9));
  auto asked10 = register_schemas(planned, command);
  CO_TRY_VOID(co_await std::move(asked10));
  command.lookups = lookup.noted();
  Done done{described.command_id, described.message, planned.query ? planned.query->id : ""};
  const auto* drop = planned.ddl ? std::get_if<sql::DropSourceCommand>(&*planned.ddl) : nullptr;
  std::string topic_to_delete;
  if (drop && drop->delete_topic)
    if (const auto* source = metastore_.find(drop->name)) topic_to_delete = source->topic;
  auto asked11 = write(std::move(command), std::move(done));
  CO_TRY(done, co_await std::move(asked11));
  if (!topic_to_delete.empty()) {
    auto asked12 = parts_.log.delete_topic(topic_to_delete);
    CO_TRY_VOID(co_await std::move(asked12));
  }
  co_return done;
}

io::Task<Result<Done>> EngineImpl::write(Command command, Done done) {
  set_status(command.id, {CommandStatus::State::executing, "Executing statement", ""});
  eventlog::Record record{command.id, command.value()};
  std::vector<eventlog::Record> records;
  records.push_back(std::move(record));
  auto asked13 = journal_->write(std::move(records));
  CO_TRY(const Offset at, co_await std::move(asked13));
  done.sequence = at.value;
  const auto status = statuses_.find(command.id);
  if (status != statuses_.end() && status->second.state == CommandStatus::State::error)
    co_return fail(ErrorCode::conflict, "the statement was written to the command topic and could not be applied: " + status->second.message);
  co_await reconcile();
  co_return done;
}

io::Task<Result<void>> EngineImpl::make_topic(const sql::Planned& planned, NotedLookup& lookup) {
  if (!planned.topic) co_return Result<void>{};
  const sql::TopicWish& wish = *planned.topic;
  if (lookup.partitions(wish.name)) co_return Result<void>{};
  if (wish.must_exist)
    co_return fail(ErrorCode::not_found, "Topic '" + wish.name + "' does not exist. If you want to create a new topic for the stream/table please re-run the statement providing the required 'PARTITIONS' configuration in the WITH clause (and optionally 'REPLICAS').");
  eventlog::TopicSpec spec;
  spec.name = wish.name;
  spec.partitions = wish.partitions.value_or(1);
  if (!wish.partitions && planned.query) {          // as many as its input has
    for (const auto& name : planned.query->sources)
      if (const auto* source = metastore_.find(name)) spec.partitions = std::max(spec.partitions, lookup.partitions(source->topic).value_or(1));
  }
  const bool compact = wish.cleanup_policy ? wish.cleanup_policy->find("compact") != std::string::npos : planned.query && planned.query->is_table;
  if (compact) spec.cleanup = wish.cleanup_policy && wish.cleanup_policy->find("delete") != std::string::npos ? eventlog::Cleanup::compact_and_delete : eventlog::Cleanup::compact;
  if (wish.retention_ms) spec.configs["retention.ms"] = std::to_string(*wish.retention_ms);
  auto asked14 = parts_.log.create_topic(std::move(spec));
  auto made = co_await std::move(asked14);
  if (!made && made.error().code != ErrorCode::already_exists) co_return std::unexpected(std::move(made).error().during("creating the topic " + wish.name));
  co_return Result<void>{};
}

io::Task<Result<std::optional<SchemaId>>> EngineImpl::register_schema(const sql::Source& source, bool is_key, bool always) {
  const auto& format = is_key ? source.key_format : source.value_format;
  const auto& columns = is_key ? source.schema.key : source.schema.value;
  if (!format::uses_registry(format.format) || columns.empty()) co_return std::optional<SchemaId>();
  const std::string subject = source.topic + (is_key ? "-key" : "-value");
  if (format.schema_id) co_return format.schema_id;
  const auto present = parts_.registry.latest(subject);
  if (present && !always) co_return std::optional(present->id);
  CO_TRY(auto text, format::derive_schema(format.format, columns, is_key, flow::unwraps(format, columns.size(), is_key), format.properties));
  registry::SchemaDraft draft;
  const auto type = registry::schema_type_named(text.type);
  if (!type) co_return fail(ErrorCode::bug, "a format derived a schema of unknown type " + text.type);
  draft.type = *type;
  draft.text = std::move(text.text);
  auto asked15 = parts_.registry.add(subject, std::move(draft));
  auto added = co_await std::move(asked15);
  if (!added) co_return std::unexpected(std::move(added).error().during("registering the schema of " + subject));
  co_return std::optional(added->id);
}

io::Task<Result<void>> EngineImpl::register_schemas(const sql::Planned& planned, Command& command) {
  const sql::Source* source = nullptr;
  bool sink = planned.query.has_value();
  if (planned.ddl) {
    const auto* put = std::get_if<sql::PutSource>(&*planned.ddl);
    if (!put) co_return Result<void>{};
    source = &put->source;
  } else if (planned.query) {
    source = metastore_.find(planned.query->root->sink);   // INSERT INTO: its schema is there
    sink = false;
  }
  if (!source) co_return Result<void>{};
  auto asked16 = register_schema(*source, true, sink);
  CO_TRY(command.key_schema, co_await std::move(asked16));
  auto asked17 = register_schema(*source, false, sink);
  CO_TRY(command.value_schema, co_await std::move(asked17));
  co_return Result<void>{};
}

// --- applying ---

void EngineImpl::set_status(const std::string& command_id, CommandStatus status) {
  if (!statuses_.contains(command_id)) {
    status_order_.push_back(command_id);
    if (status_order_.size() > statuses_kept) {
      statuses_.erase(status_order_.front());
      status_order_.pop_front();
    }
  }
  statuses_[command_id] = std::move(status);
}

std::optional<CommandStatus> EngineImpl::status(const std::string& command_id) const {
  const auto it = statuses_.find(command_id);
  return it == statuses_.end() ? std::nullopt : std::optional(it->second);
}

Result<void> EngineImpl::apply(const eventlog::RecordView& record) {
  if (!record.key || !record.value) return {};
  auto command = Command::read(*record.key, *record.value);
  auto done = command ? apply_command(*command, record.offset) : Result<void>(std::unexpected(command.error()));
  const std::string id(*record.key);
  if (done) return {};
  set_status(id, {CommandStatus::State::error, done.error().message, ""});
  log::error("command_skipped", {{"command", id}, {"offset", record.offset.value}, {"error", done.error().text()}});
  return done;
}

Result<void> EngineImpl::apply_command(const Command& command, Offset at) {
  TRY(auto statement, sql::parse_statement(command.statement));
  if (const auto* control = std::get_if<sql::ControlQuery>(&statement.tree)) {
    TRY_VOID(apply_control(*control));
    set_status(command.id, {CommandStatus::State::success, "Statement executed", control->query.value_or("")});
    return {};
  }
  auto properties = properties_;
  for (const auto& [name, value] : command.properties) properties[name] = value;
  ReplayedLookup lookup(command.lookups);
  const std::string number = std::to_string(at.value);
  const sql::PlanContext context{metastore_, properties, lookup, number};
  TRY(auto planned, sql::plan(statement, context));
  if (planned.nothing_to_do) return {};
  if (planned.ddl) {
    if (const auto* drop = std::get_if<sql::DropSourceCommand>(&*planned.ddl)) {
      auto ending = metastore_.writers_of(drop->name);   // what made it ends with it
      for (const auto& id : metastore_.readers_of(drop->name))
        if (id.starts_with("CST_")) ending.push_back(id);
      for (const auto& id : ending) TRY_VOID(apply_control({sql::QueryAction::terminate, id}));
    }
    metastore_.apply(*planned.ddl);
    if (auto plan = materializing(*planned.ddl, number)) start_query(*std::move(plan), command);
  }
  const auto described = describe(planned, statement);
  std::string query_id;
  if (planned.query) {
    query_id = planned.query->id;
    start_query(*std::move(planned.query), command);
  }
  set_status(command.id, {CommandStatus::State::success, described.message, query_id});
  return {};
}

// CREATE SOURCE TABLE keeps its rows, so that pull queries may read them.
std::optional<sql::QueryPlan> EngineImpl::materializing(const sql::DdlCommand& ddl, const std::string& number) const {
  const auto* put = std::get_if<sql::PutSource>(&ddl);
  if (!put || !put->source.is_source || put->source.kind != sql::SourceKind::table) return std::nullopt;
  const sql::Source& s = put->source;
  auto step = std::make_shared<sql::Step>();
  step->kind = sql::StepKind::source;
  step->id = "Source";
  step->result = sql::SourceKind::table;
  step->schema = s.schema;
  step->windowed = s.window.has_value();
  step->source = s.name;
  step->topic = s.topic;
  step->key_format = s.key_format;
  step->value_format = s.value_format;
  step->window_info = s.window;
  step->timestamp = s.timestamp;
  sql::QueryPlan plan;
  plan.id = "CST_" + s.name + "_" + number;
  plan.statement = s.statement;
  plan.root = std::move(step);
  plan.sources = {s.name};
  plan.is_table = true;
  return plan;
}

void EngineImpl::start_query(sql::QueryPlan plan, const Command& command) {
  metastore_.add_query(plan);
  Persistent& p = persistent_[plan.id];
  p.restart = p.running.task != nullptr;
  p.plan = std::move(plan);
  p.properties = command.properties;
  p.key_schema = command.key_schema;
  p.value_schema = command.value_schema;
  p.started_ms = parts_.clock.wall_ms();
  p.start_error.clear();
}

Result<void> EngineImpl::apply_control(const sql::ControlQuery& control) {
  std::vector<std::string> ids;
  if (control.query) {
    if (!persistent_.contains(*control.query)) return fail(ErrorCode::not_found, "Unknown queryId: " + *control.query);
    ids.push_back(*control.query);
  } else {
    for (const auto& [id, p] : persistent_) ids.push_back(id);
  }
  for (const auto& id : ids) {
    Persistent& p = persistent_.at(id);
    if (control.action != sql::QueryAction::terminate) {
      p.paused = control.action == sql::QueryAction::pause;
      continue;
    }
    if (p.running.task) leaving_.push_back(std::move(p.running));
    files_to_remove_.push_back(state_file(id));
    metastore_.remove_query(id);
    persistent_.erase(id);
  }
  return {};
}

}  // namespace braid::flow
