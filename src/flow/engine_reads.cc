// What is read from the engine, and rows that are written by hand: push queries, pull queries, PRINT, INSERT.
#include <algorithm>

#include "base/log.h"
#include "flow/codec.h"
#include "flow/engine_impl.h"

namespace braid::flow {

using sql::BoundExpression;
using sql::Op;
using sql::Step;
using sql::StepKind;

namespace {

constexpr std::size_t push_queries_max = 1000;

// The leading columns that are the key, as far as they were selected in that order.
std::size_t leading_keys(const Step& root) {
  std::size_t n = 0;
  while (n < root.schema.key.size() && n < root.schema.value.size() && root.schema.key[n].name == root.schema.value[n].name) ++n;
  return n;
}

// --- push ---

class PushRows final : public RowStream {
 public:
  PushRows(EngineImpl& engine, std::string id, const Step& root, EngineImpl::Running running)
      : engine_(engine), id_(std::move(id)), columns_(root.schema.value), keys_(leading_keys(root)), running_(std::move(running)) {
    for (const auto& column : columns_) {
      bool key = false;
      for (const auto& k : root.schema.key) key = key || k.name == column.name;
      key_columns_.push_back(key);
    }
  }
  ~PushRows() override {
    close();
    engine_.forget_push(id_);
  }
  const std::string& query_id() const override { return id_; }
  const std::vector<data::Field>& columns() const override { return columns_; }
  std::size_t key_columns() const override { return keys_; }
  bool key_column(std::size_t index) const override { return key_columns_[index]; }
  bool pull() const override { return false; }
  sql::StepPtr plan() const override { return plan_; }
  void set_plan(sql::StepPtr plan) { plan_ = std::move(plan); }
  io::Task<std::vector<StepCount>> step_counts() override {
    auto task = running_.task;
    auto asked = running_.shard->on([task] { return task->step_counts(); });
    co_return co_await std::move(asked);
  }
  io::Task<std::vector<NearMiss>> near_misses() override {
    auto task = running_.task;
    auto asked = running_.shard->on([task] { return task->near_misses(); });
    co_return co_await std::move(asked);
  }
  io::Task<Result<Rows>> next(io::Deadline deadline) override {
    auto task = running_.task;
    if (closed_) co_return fail(ErrorCode::stopping, "the query " + id_ + " was ended");
    auto asked33 = running_.shard->on([task, deadline] { return task->take_rows(deadline); });
    co_return co_await std::move(asked33);
  }
  void close() override {
    if (std::exchange(closed_, true)) return;
    auto task = running_.task;
    running_.shard->post([task] { task->stop(); });
  }

 private:
  EngineImpl& engine_;
  std::string id_;
  std::vector<data::Field> columns_;
  std::size_t keys_;
  std::vector<bool> key_columns_;
  sql::StepPtr plan_;
  EngineImpl::Running running_;
  bool closed_ = false;
};

// --- pull ---

class PulledRows final : public RowStream {
 public:
  PulledRows(std::string id, const Step& root, Rows rows) : id_(std::move(id)), columns_(root.schema.value), keys_(leading_keys(root)), rows_(std::move(rows)) {}
  const std::string& query_id() const override { return id_; }
  const std::vector<data::Field>& columns() const override { return columns_; }
  std::size_t key_columns() const override { return keys_; }
  bool pull() const override { return true; }
  io::Task<Result<Rows>> next(io::Deadline) override {
    Rows out = std::exchange(rows_, Rows{});
    rows_.end = out.end;
    co_return out;
  }
  void close() override {}

 private:
  std::string id_;
  std::vector<data::Field> columns_;
  std::size_t keys_;
  Rows rows_;
};

const Step* source_step(const Step& root) {
  const Step* step = &root;
  while (step->kind != StepKind::source) {
    if (step->inputs.size() != 1) return nullptr;
    step = step->inputs[0].get();
  }
  return step;
}
const Step* filter_over_source(const Step& root) {
  for (const Step* step = &root; step->inputs.size() == 1; step = step->inputs[0].get())
    if (step->kind == StepKind::filter && step->inputs[0]->kind == StepKind::source) return step;
  return nullptr;
}

bool constant(const BoundExpression& e) {
  if (e.op == Op::column || e.op == Op::lambda_parameter) return false;
  return std::all_of(e.args.begin(), e.args.end(), [](const auto& a) { return !a || constant(*a); });
}

// What the condition says about the key and the window, as far as it is a plain AND; the rest is checked row by row.
struct Constraints {
  std::map<int, std::vector<data::Value>> keys;    // key column -> values it may have
  StateQuery windows;
};

void note_bound(std::optional<std::int64_t>& from, std::optional<std::int64_t>& to, Op op, std::int64_t v) {
  const auto at_least = [&](std::int64_t x) { from = from ? std::max(*from, x) : x; };
  const auto at_most = [&](std::int64_t x) { to = to ? std::min(*to, x) : x; };
  switch (op) {
    case Op::eq: at_least(v); at_most(v); break;
    case Op::gt: at_least(v + 1); break;
    case Op::ge: at_least(v); break;
    case Op::lt: at_most(v - 1); break;
    case Op::le: at_most(v); break;
    default: break;
  }
}

Op mirrored(Op op) { return op == Op::lt ? Op::gt : op == Op::gt ? Op::lt : op == Op::le ? Op::ge : op == Op::ge ? Op::le : op; }

void constrain(const BoundExpression& e, const sql::CallContext& context, Constraints& out) {
  using Space = sql::ColumnRef::Space;
  if (e.op == Op::and_) {
    constrain(*e.args[0], context, out);
    constrain(*e.args[1], context, out);
    return;
  }
  const bool in = e.op == Op::in;
  if (!in && (e.op < Op::eq || e.op > Op::ge)) return;
  const BoundExpression* left = e.args[0].get();
  std::vector<const BoundExpression*> rest;
  for (std::size_t i = 1; i < e.args.size(); ++i) rest.push_back(e.args[i].get());
  Op op = e.op;
  if (!in && left->op != Op::column) {
    std::swap(left, rest[0]);
    op = mirrored(op);
  }
  if (left->op != Op::column || !std::all_of(rest.begin(), rest.end(), [](const auto* r) { return constant(*r); })) return;
  std::vector<data::Value> values;
  for (const auto* r : rest) {
    auto v = evaluate_constant(*r, context);
    if (!v) return;
    values.push_back(*std::move(v));
  }
  if (left->column.space == Space::key && (in || op == Op::eq)) {
    out.keys.try_emplace(left->column.index, std::move(values));
    return;
  }
  if (in || values[0].null() || !(values[0].holds<std::int64_t>() || values[0].holds<std::int32_t>())) return;
  auto& w = out.windows;
  if (left->column.space == Space::windowstart) note_bound(w.start_from, w.start_to, op, values[0].to_int64());
  if (left->column.space == Space::windowend) note_bound(w.end_from, w.end_to, op, values[0].to_int64());
}

// Every combination of the key columns' values; empty when a column is not constrained.
std::vector<data::Values> key_combinations(const Constraints& c, std::size_t columns) {
  std::vector<data::Values> out = {{}};
  for (std::size_t i = 0; i < columns; ++i) {
    const auto it = c.keys.find(int(i));
    if (it == c.keys.end()) return {};
    std::vector<data::Values> longer;
    for (const auto& prefix : out)
      for (const auto& v : it->second) {
        auto next = prefix;
        next.push_back(v);
        longer.push_back(std::move(next));
      }
    out = std::move(longer);
  }
  return columns == 0 ? std::vector<data::Values>{} : out;
}

Batch batch_of(const Step& source, const std::vector<StateRow>& rows) {
  ColumnsBuilder keys(source.schema.key), values(source.schema.value);
  Batch out;
  out.rows = rows.size();
  for (const auto& r : rows) {
    keys.append(r.key);
    values.append(r.row);
    out.time.push_back(r.time);
    if (source.windowed) {
      out.window_start.push_back(r.window_start);
      out.window_end.push_back(r.window_end);
    }
  }
  out.key = keys.finish();
  out.now.columns = values.finish();
  return out;
}

Result<Rows> run_pull(const sql::QueryPlan& plan, const Step& source, const std::vector<StateRow>& rows, const Clock& clock) {
  Runtime runtime{.stores = StoreSet(false)};
  runtime.clock = &clock;
  Rows out;
  out.end = Rows::End::completed;
  std::string problem;
  runtime.report = [&](const Problem& p) { problem = p.reason; };
  const auto collect = [&](Batch batch) {
    for (std::size_t row = 0; row < batch.rows; ++row) {
      if (!is_set(batch.now.present, row)) continue;
      if (plan.limit && std::int64_t(out.rows.size()) >= *plan.limit) {
        out.end = Rows::End::limit_reached;
        return;
      }
      out.rows.push_back(row_of(*plan.root, batch, row));
    }
  };
  TRY(auto topology, Topology::build(plan.root, runtime, collect));
  if (plan.limit && *plan.limit == 0) return out;
  topology->push(0, batch_of(source, rows));
  if (plan.limit && std::int64_t(out.rows.size()) >= *plan.limit) out.end = Rows::End::limit_reached;
  return out;
}

bool setting(const std::map<std::string, std::string>& properties, const std::string& name, bool otherwise) {
  const auto it = properties.find(name);
  return it == properties.end() ? otherwise : it->second == "true";
}

}  // namespace

void EngineImpl::forget_push(const std::string& id) { pushes_.erase(id); }

bool EngineImpl::end_push_query(const std::string& query_id) {
  const auto it = pushes_.find(query_id);
  if (it == pushes_.end()) return false;
  auto task = it->second.running.task;
  it->second.running.shard->post([task] { task->stop(); });
  return true;
}

io::Task<Result<std::unique_ptr<RowStream>>> EngineImpl::select_text(std::string sql, Session session) {
  CO_TRY(auto statement, sql::parse_statement(sql::substitute_variables(sql, session.variables)));
  auto asked34 = select(std::move(statement), std::move(session));
  co_return co_await std::move(asked34);
}

io::Task<Result<std::unique_ptr<RowStream>>> EngineImpl::select(sql::Statement statement, Session session) {
  const auto pass = gate_.enter();
  if (!pass) co_return fail(ErrorCode::stopping, "the SQL engine is shutting down");
  if (!std::holds_alternative<sql::Query>(statement.tree))
    co_return fail(ErrorCode::invalid_input, "only SELECT gives rows, this is another statement", "send it to /ksql");
  const auto properties = merged(session);
  auto topics = co_await topic_partitions();
  NotedLookup lookup(parts_.registry, std::move(topics));
  const sql::PlanContext context{metastore_, properties, lookup, std::to_string(next_push_)};
  CO_TRY(auto planned, sql::plan(statement, context));
  if (!planned.query) co_return fail(ErrorCode::bug, "the planner made no query of a SELECT");
  if (!planned.pull) {
    auto asked35 = push(std::move(planned), std::move(session), false);
    co_return co_await std::move(asked35);
  }
  const Step* source = source_step(*planned.query->root);
  if (source && source->result == sql::SourceKind::stream) {
    auto asked36 = push(std::move(planned), std::move(session), true);
    co_return co_await std::move(asked36);
  }
  auto asked37 = pull(std::move(planned), std::move(session));
  co_return co_await std::move(asked37);
}

io::Task<Result<sql::QueryPlan>> EngineImpl::explain(sql::Statement statement, Session session) {
  const auto properties = merged(session);
  auto topics = co_await topic_partitions();
  NotedLookup lookup(parts_.registry, std::move(topics));
  const sql::PlanContext context{metastore_, properties, lookup, "0"};
  CO_TRY(auto planned, sql::plan(statement, context));
  if (!planned.query) co_return fail(ErrorCode::invalid_input, "the statement runs no query, so there is no plan to show");
  co_return *std::move(planned.query);
}

io::Task<std::unique_ptr<sql::SchemaLookup>> EngineImpl::schema_lookup() {
  auto topics = co_await topic_partitions();
  co_return std::unique_ptr<sql::SchemaLookup>(std::make_unique<NotedLookup>(parts_.registry, std::move(topics)));
}

io::Task<Result<std::unique_ptr<RowStream>>> EngineImpl::push(sql::Planned planned, Session session, bool until_end) {
  if (pushes_.size() >= push_queries_max)
    co_return fail(ErrorCode::overloaded, std::to_string(pushes_.size()) + " push queries are running, more are not allowed", "end one of them first");
  const std::string id = (until_end ? "pull_" : "transient_") + std::to_string(++next_push_) + "_" + std::to_string(parts_.clock.wall_ms());
  Push& p = pushes_[id];
  p.plan = *std::move(planned.query);
  p.started_ms = parts_.clock.wall_ms();
  TaskSpec spec;
  spec.id = id;
  spec.root = p.plan.root;
  spec.limit = p.plan.limit;
  spec.until_end = until_end;
  spec.near_misses = session.near_misses;
  const auto properties = merged(session);
  const auto reset = properties.find("ksql.streams.auto.offset.reset");
  spec.from_beginning = until_end || (session.properties.contains("auto.offset.reset") || reset == properties.end() ? properties.at("auto.offset.reset") : reset->second) == "earliest";
  io::Shard* shard = &shard_of(id);
  const Parts parts = parts_;
  auto asked38 = shard->on([parts, spec] { return QueryTask::create(parts, spec); });
  auto made = co_await std::move(asked38);
  if (!made) {
    pushes_.erase(id);
    co_return std::unexpected(std::move(made).error());
  }
  auto task = *std::move(made);
  auto asked39 = shard->on([task, shard] { shard->spawn(QueryTask::run(task)); });
  co_await std::move(asked39);
  const auto it = pushes_.find(id);
  it->second.running = {shard, task};
  auto rows = std::make_unique<PushRows>(*this, id, *spec.root, Running{shard, task});
  rows->set_plan(spec.root);
  co_return std::unique_ptr<RowStream>(std::move(rows));
}

io::Task<Result<std::unique_ptr<RowStream>>> EngineImpl::pull(sql::Planned planned, Session session) {
  const sql::QueryPlan& plan = *planned.query;
  const Step* source = source_step(*plan.root);
  if (!source) co_return fail(ErrorCode::unsupported, "Pull queries don't support JOIN clauses.", "add EMIT CHANGES for a push query");
  const Persistent* writer = nullptr;
  for (const auto& id : metastore_.writers_of(source->source))
    if (const auto it = persistent_.find(id); it != persistent_.end() && it->second.plan.is_table) writer = &it->second;
  for (const auto& [id, p] : persistent_)
    if (p.plan.root->kind == StepKind::source && p.plan.root->source == source->source) writer = &p;
  const std::string name = "`" + source->source + "`";
  if (!writer)
    co_return fail(ErrorCode::invalid_input, "The " + name + " table isn't queryable. To derive a queryable table, you can do 'CREATE TABLE QUERYABLE_" + source->source + " AS SELECT * FROM " + source->source + "'.");
  if (!writer->running.task) co_return fail(ErrorCode::unavailable, "the query that fills " + name + " is not running: " + writer->start_error, "SHOW QUERIES says more");
  Constraints constraints;
  const auto properties = merged(session);
  const sql::CallContext call{parts_.clock.wall_ms()};
  if (const Step* filter = filter_over_source(*plan.root)) constrain(*filter->condition, call, constraints);
  StateQuery query = constraints.windows;
  query.keys = key_combinations(constraints, source->schema.key.size());
  if (query.keys.empty() && !setting(properties, "ksql.query.pull.table.scan.enabled", true))
    co_return fail(ErrorCode::invalid_input, "Missing WHERE clause. See https://cnfl.io/queries for more info.\nAdd EMIT CHANGES if you intended to issue a push query.\nPull queries require a WHERE clause that:\n - includes a key equality expression, e.g. `SELECT * FROM X WHERE <key-column>=Y;`.",
                   "or enable table scans with 'ksql.query.pull.table.scan.enabled'");
  auto task = writer->running.task;
  io::Shard* shard = writer->running.shard;
  auto asked40 = shard->on([task, query] { return task->read_state(query); });
  CO_TRY(auto rows, co_await std::move(asked40));
  CO_TRY(auto out, run_pull(plan, *source, rows, parts_.clock));
  const std::string id = "query_" + std::to_string(parts_.clock.wall_ms()) + "_" + std::to_string(++next_push_);
  co_return std::unique_ptr<RowStream>(std::make_unique<PulledRows>(id, *plan.root, std::move(out)));
}

// --- INSERT ---

io::Task<Result<void>> EngineImpl::write_row(const sql::Source& source, sql::InsertRow row) {
  auto step = std::make_shared<Step>();
  step->kind = StepKind::sink;
  step->id = "Insert";
  step->result = source.kind;
  step->schema = source.schema;
  step->sink = source.name;
  step->topic = source.topic;
  step->key_format = source.key_format;
  step->value_format = source.value_format;
  const std::string topic = source.topic;
  auto asked41 = register_schema(source, true, false);
  CO_TRY(const auto key_id, co_await std::move(asked41));
  auto asked42 = register_schema(source, false, false);
  CO_TRY(const auto value_id, co_await std::move(asked42));
  auto asked43 = write_schema(key_id);
  CO_TRY(auto key_schema, co_await std::move(asked43));
  auto asked44 = write_schema(value_id);
  CO_TRY(auto value_schema, co_await std::move(asked44));
  SchemaCache schemas(parts_.registry, parts_.shards.control());
  if (key_schema) schemas.put(key_schema->id, key_schema->text);
  if (value_schema) schemas.put(value_schema->id, value_schema->text);
  Runtime runtime{.stores = StoreSet(false)};
  std::string problem = "the row cannot be written";
  runtime.report = [&](const Problem& p) { problem = p.reason; };
  CO_TRY(auto encoder, SinkEncoder::make(*step, schemas, runtime, std::move(key_schema), std::move(value_schema)));
  RowsOut out(step->schema, false, false);
  out.key(row.key);
  out.row(row.null_value ? nullptr : &row.value, nullptr, row.rowtime.value_or(parts_.clock.wall_ms()), Batch{}, 0);
  Batch batch = out.finish();
  if (std::all_of(row.key.begin(), row.key.end(), [](const auto& v) { return v.null(); })) batch.key_present[0] = 0;
  std::vector<OutRecord> records;
  encoder->encode(batch, records);
  if (records.empty()) co_return fail(ErrorCode::invalid_input, "Failed to insert values into '" + step->sink + "'. " + problem);
  eventlog::Record record{std::move(records[0].key), std::move(records[0].value), records[0].timestamp};
  auto asked45 = writer_->write_keyed(topic, std::move(record));
  CO_TRY_VOID(co_await std::move(asked45));
  co_return Result<void>{};
}

io::Task<Result<Done>> EngineImpl::insert_values(sql::Statement statement, Session session) {
  const auto properties = merged(session);
  auto topics = co_await topic_partitions();
  NotedLookup lookup(parts_.registry, std::move(topics));
  const sql::PlanContext context{metastore_, properties, lookup};
  CO_TRY(auto row, sql::plan_insert(std::get<sql::InsertValues>(statement.tree), context));
  const sql::Source source = *row.source;
  auto asked46 = write_row(source, std::move(row));
  CO_TRY_VOID(co_await std::move(asked46));
  Done done;
  done.message = "Row inserted";
  co_return done;
}

io::Task<Result<void>> EngineImpl::insert(std::string name, std::vector<std::pair<std::string, data::Value>> values, Session session) {
  const auto pass = gate_.enter();
  if (!pass) co_return fail(ErrorCode::stopping, "the SQL engine is shutting down");
  (void)session;
  const sql::Source* found = metastore_.find(name);
  if (!found) co_return fail(ErrorCode::not_found, "Cannot insert values into an unknown stream/table: `" + name + "`");
  const sql::Source source = *found;
  if (source.is_source) co_return fail(ErrorCode::invalid_input, "Cannot insert values into read-only stream/table: `" + name + "`");
  sql::InsertRow row;
  row.source = &source;
  row.key.resize(source.schema.key.size());
  row.value.resize(source.schema.value.size());
  for (auto& [column, value] : values) {
    bool known = column == "ROWTIME";
    if (known && (value.holds<std::int64_t>() || value.holds<std::int32_t>())) row.rowtime = value.to_int64();
    for (const bool is_key : {true, false}) {
      const auto& fields = is_key ? source.schema.key : source.schema.value;
      for (std::size_t i = 0; i < fields.size(); ++i) {
        if (fields[i].name != column) continue;
        (is_key ? row.key : row.value)[i] = std::move(value);
        known = true;
      }
    }
    if (!known) co_return fail(ErrorCode::invalid_input, "Column name `" + column + "` does not exist in `" + name + "`", "DESCRIBE " + name + " lists its columns");
  }
  if (source.kind == sql::SourceKind::table && std::any_of(row.key.begin(), row.key.end(), [](const auto& v) { return v.null(); }))
    co_return fail(ErrorCode::invalid_input, "Failed to insert values into '" + name + "'. Value for primary key column(s) is required for tables");
  auto asked47 = write_row(source, std::move(row));
  co_return co_await std::move(asked47);
}

// --- PRINT ---

namespace {

bool printable(BytesView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](unsigned char c) { return c >= 0x20 || c == '\t' || c == '\n' || c == '\r'; });
}

enum class Guess { none, json, registered, bigint, integer, text, bytes };
std::string_view name_of(Guess g) {
  switch (g) {
    case Guess::none: return "¯\\_(ツ)_/¯ - no data processed";
    case Guess::json: return "JSON or KAFKA_STRING";
    case Guess::registered: return "AVRO, JSON_SR or PROTOBUF";
    case Guess::bigint: return "KAFKA_BIGINT or KAFKA_DOUBLE";
    case Guess::integer: return "KAFKA_INT";
    case Guess::text: return "KAFKA_STRING";
    case Guess::bytes: return "UNRECOGNIZED_BYTES";
  }
  return "";
}

Guess guess(BytesView bytes) {
  if (bytes.size() >= 5 && bytes[0] == '\0' && load_be<std::int32_t>(bytes.data() + 1) > 0 && bytes.size() != 8) return Guess::registered;
  if (!bytes.empty() && (bytes[0] == '{' || bytes[0] == '[') && json::parse(bytes)) return Guess::json;
  if (bytes.size() == 8 && !printable(bytes)) return Guess::bigint;
  if (bytes.size() == 4 && !printable(bytes)) return Guess::integer;
  return printable(bytes) ? Guess::text : Guess::bytes;
}

std::string hex(BytesView bytes) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string out = "\\x";
  for (const unsigned char c : bytes) {
    out.push_back(digits[c >> 4]);
    out.push_back(digits[c & 15]);
  }
  return out;
}

class PrintedLines final : public LineStream {
 public:
  PrintedLines(std::unique_ptr<eventlog::Reader> reader, registry::Registry& registry, sql::Print print) : reader_(std::move(reader)), registry_(registry), print_(std::move(print)) {}
  io::Task<Result<std::vector<std::string>>> next(io::Deadline deadline) override {
    std::vector<std::string> lines;
    if (ended_) co_return lines;
    auto asked48 = reader_->next(deadline);
    CO_TRY(const auto chunks, co_await std::move(asked48));
    for (const auto& chunk : chunks)
      for (const auto& record : chunk.records) {
        if (ended_) break;
        if (print_.interval && *print_.interval > 1 && seen_++ % *print_.interval != 0) continue;
        line(chunk, record, lines);
        if (print_.limit && ++given_ >= *print_.limit) ended_ = true;
      }
    co_return lines;
  }
  bool ended() const override { return ended_; }
  void close() override { reader_->close(); }

 private:
  void line(const eventlog::Chunk& chunk, const eventlog::RecordView& r, std::vector<std::string>& lines) {
    const auto note = [&](Guess& known, const std::optional<BytesView>& bytes, const char* what) {
      if (!bytes) return;
      const Guess g = guess(*bytes);
      if (g == known) return;
      known = g;
      lines.push_back(std::string(what) + " format: " + std::string(name_of(g)));
    };
    note(key_, r.key, "Key");
    note(value_, r.value, "Value");
    std::string time = iso8601(r.timestamp_ms);
    lines.push_back("rowtime: " + time + ", key: " + shown(r.key) + ", value: " + shown(r.value) + ", partition: " + std::to_string(chunk.from.partition.value));
  }
  std::string shown(const std::optional<BytesView>& bytes) {
    if (!bytes) return "<null>";
    switch (guess(*bytes)) {
      case Guess::json: case Guess::text: return std::string(*bytes);
      case Guess::bigint: return std::to_string(load_be<std::int64_t>(bytes->data()));
      case Guess::integer: return std::to_string(load_be<std::int32_t>(bytes->data()));
      case Guess::registered: return registered(*bytes);
      default: return hex(*bytes);
    }
  }
  // Decoded by the schema that it names; as bytes when that fails.
  std::string registered(BytesView bytes) {
    const SchemaId id{load_be<std::int32_t>(bytes.data() + 1)};
    struct One final : format::Schemas {
      const format::SchemaText* text = nullptr;
      const format::SchemaText* by_id(SchemaId) override { return text; }
    } one;
    const auto text = schema_text(registry_, id);
    if (!text) return hex(bytes);
    one.text = &*text;
    const auto format = text->type == "AVRO" ? format::Format::avro : text->type == "PROTOBUF" ? format::Format::protobuf : format::Format::json_sr;
    const auto inferred = format::infer_columns(format, *text, false);
    if (!inferred) return hex(bytes);
    format::SerdeSpec spec;
    spec.format = format;
    spec.columns = inferred->columns;
    spec.unwrap_single = inferred->unwrapped;
    auto serde = format::make_serde(spec, one);
    format::SerdeSpec as_json;
    as_json.format = format::Format::json;
    as_json.columns = inferred->columns;
    as_json.unwrap_single = inferred->unwrapped;
    auto writer = format::make_serde(as_json, one);
    if (!serde || !writer) return hex(bytes);
    std::vector<data::Column> columns;
    for (const auto& f : inferred->columns) columns.emplace_back(f.type);
    std::vector<data::Column*> into;
    std::vector<const data::Column*> from;
    for (auto& c : columns) {
      into.push_back(&c);
      from.push_back(&c);
    }
    Bytes out;
    if (!(*serde)->decode(bytes, into) || !(*writer)->encode(from, 0, out)) return hex(bytes);
    return out;
  }

  std::unique_ptr<eventlog::Reader> reader_;
  registry::Registry& registry_;
  sql::Print print_;
  Guess key_ = Guess::none, value_ = Guess::none;
  std::int64_t seen_ = 0, given_ = 0;
  bool ended_ = false;
};

}  // namespace

io::Task<Result<std::unique_ptr<LineStream>>> EngineImpl::print(sql::Statement statement, Session session) {
  (void)session;
  const auto* print = std::get_if<sql::Print>(&statement.tree);
  if (!print) co_return fail(ErrorCode::invalid_input, "this is no PRINT statement");
  const sql::Print wanted = *print;
  auto asked49 = parts_.log.describe_topic(wanted.topic);
  auto info = co_await std::move(asked49);
  if (!info) co_return std::unexpected(std::move(info).error());
  std::vector<std::pair<eventlog::TopicPartition, Offset>> from;
  for (std::int32_t p = 0; p < info->partitions; ++p) {
    const eventlog::TopicPartition place{wanted.topic, PartitionId{p}};
    auto asked50 = parts_.log.bounds(place);
    CO_TRY(const auto bounds, co_await std::move(asked50));
    from.emplace_back(place, wanted.from_beginning ? bounds.earliest : bounds.end);
  }
  CO_TRY(auto reader, parts_.log.reader(std::move(from)));
  co_return std::unique_ptr<LineStream>(std::make_unique<PrintedLines>(std::move(reader), parts_.registry, wanted));
}

}  // namespace braid::flow
