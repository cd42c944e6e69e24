#include "world.h"

#include "functions.h"

#include <algorithm>
#include <regex>
#include <set>

#include "flow/driver.h"
#include "payload.h"
#include "sql/parser.h"
#include "sql/planner.h"

namespace braid::cases {

namespace {

using sql::Source;
using sql::Step;
using sql::StepKind;

struct StubTopic {
  std::int32_t partitions = 4;                   // what the published cases expect when nothing is said
  std::vector<flow::TopicRecord> records;
};

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

// A new key costs a repartition topic only when something stateful follows; a sink just writes under the new key.
bool any_repartition(const Step& step, bool stateful_follows = false) {
  if (step.repartitions && stateful_follows) return true;
  const bool stateful = stateful_follows || (step.kind >= StepKind::aggregate && step.kind <= StepKind::foreign_key_join);
  return std::any_of(step.inputs.begin(), step.inputs.end(), [&](const auto& i) { return any_repartition(*i, stateful); });
}

std::set<std::string> source_topics(const Step& step) {
  std::set<std::string> out;
  if (step.kind == StepKind::source) out.insert(step.topic);
  for (const auto& i : step.inputs) out.merge(source_topics(*i));
  return out;
}

// A source's records are written the way a sink writes them.
std::shared_ptr<const Step> as_sink(const Source& s) {
  auto step = std::make_shared<Step>();
  step->kind = StepKind::sink;
  step->id = "Insert";
  step->result = s.kind;
  step->schema = s.schema;
  step->sink = s.name;
  step->topic = s.topic;
  step->key_format = s.key_format;
  step->value_format = s.value_format;
  step->windowed = s.window.has_value();
  step->window_info = s.window;
  return step;
}

class World final : public sql::SchemaLookup {
 public:
  World(const Case& c, const RunOptions& options) : case_(c), options_(options) {}
  std::string run();

  std::optional<Found> latest(std::string_view subject) override {
    const auto id = registry_.latest_id(std::string(subject));
    if (!id) return std::nullopt;
    return Found{*id, *registry_.by_id(*id)};
  }
  std::optional<Found> by_id(SchemaId id) override {
    const auto* text = registry_.by_id(id);
    if (!text) return std::nullopt;
    return Found{id, *text};
  }
  std::optional<std::int32_t> partitions(std::string_view topic) override {
    const auto it = topics_.find(std::string(topic));
    return it == topics_.end() ? std::nullopt : std::optional(it->second.partitions);
  }

 private:
  Result<void> prepare_topics(const std::vector<sql::Statement>& script);
  Result<void> listed_topic(const Json& topic);
  Result<void> statement(const sql::Statement& s);
  Result<void> insert(const sql::InsertValues& values);
  void created(const Source& source);
  void register_schema(const Source& source, bool is_key);
  std::optional<flow::WriteSchema> write_schema(const Source& source, bool is_key);
  Result<void> pipe_inputs();
  Result<void> run_query(const sql::QueryPlan& query, const std::set<std::string>& input_topics);
  std::string failure_check(const std::string& text);
  std::string check_outputs();
  std::string check_topic(const std::string& topic, const std::vector<const CaseRecord*>& expected);
  std::string check_record(const std::string& where, const CaseRecord& expected, const flow::TopicRecord& actual, const Source& source);
  std::string check_post();
  std::string check_source(const Json& expected);
  std::string check_topic_post(const Json& expected);
  const Source* source_of(const std::string& topic) const;
  Side side(const Source& source, bool is_key) const {
    return {is_key ? source.key_format : source.value_format, is_key ? source.schema.key : source.schema.value, is_key, source.topic + (is_key ? "-key" : "-value")};
  }

  const Case& case_;
  const RunOptions& options_;
  MemoryRegistry registry_;
  sql::Metastore metastore_;
  std::map<std::string, StubTopic> topics_;
  std::set<std::string> listed_;                  // topics whose schemas the case gives
  std::map<std::string, Source> by_topic_;        // the last source that was made on a topic
  std::vector<sql::QueryPlan> queries_;
  int query_number_ = 0;
  std::vector<const Json*> listed_later_;
  bool runtime_failure_ = false;
  std::string runtime_reason_;
  ManualClock clock_{system_clock().wall_ms()};   // stands still during the case
};

std::string schema_type(format::Format f) { return f == format::Format::avro ? "AVRO" : f == format::Format::protobuf ? "PROTOBUF" : "JSON"; }

Result<void> World::listed_topic(const Json& topic) {
  const std::string name = topic.string_or("name", "");
  topics_[name].partitions = std::int32_t(topic.int_or("partitions", 4));
  for (const bool is_key : {true, false}) {
    const std::string prefix = is_key ? "key" : "value";
    const Json* schema = topic.find(prefix + "Schema");
    if (!schema || schema->null()) continue;
    listed_.insert(name + (is_key ? "-key" : "-value"));
    TRY(const auto format, format::parse_format(topic.string_or(prefix + "Format", "AVRO")));
    format::SchemaText text{schema_type(format), schema->is(Json::Kind::string) && (format == format::Format::protobuf || schema->text.starts_with("{") || schema->text.starts_with("[")) ? schema->text : print(*schema)};
    std::vector<std::pair<std::string, format::SchemaText>> referenced_schemas;
    if (const Json* references = topic.find(prefix + "SchemaReferences")) {
      for (const auto& r : references->items) {
        const Json* inner = r.find("schema");
        format::SchemaText referenced{text.type, inner && inner->is(Json::Kind::string) ? inner->text : inner ? print(*inner) : ""};
        text.references.push_back(referenced.text);
        referenced_schemas.emplace_back(r.string_or("name", ""), std::move(referenced));
      }
    }
    // The cases count ids without the referenced schemas.
    std::optional<int> id;
    if (topic.find(prefix + "SchemaId")) id = int(topic.int_or(prefix + "SchemaId", 0));
    registry_.add(name + (is_key ? "-key" : "-value"), std::move(text), id);
    for (auto& [subject, referenced] : referenced_schemas) registry_.add(subject, std::move(referenced));
  }
  return {};
}

Result<void> World::prepare_topics(const std::vector<sql::Statement>& script) {
  std::vector<const Json*> with_ids, without;
  for (const auto& t : case_.topics) (t.find("valueSchemaId") || t.find("keySchemaId") ? with_ids : without).push_back(&t);
  // Ids count on: first topics that name theirs, then those that the statements create or read, then the other listed ones.
  std::set<std::string> created;
  for (const auto& s : script)
    if (const auto* create = std::get_if<sql::CreateSource>(&s.tree))
      for (const auto& p : create->with)
        if (p.name == "KAFKA_TOPIC" && p.value.holds<std::string>()) created.insert(p.value.string());
  for (const Json* t : with_ids) TRY_VOID(listed_topic(*t));
  for (const Json* t : without) {
    if (created.contains(t->string_or("name", ""))) TRY_VOID(listed_topic(*t));
    else listed_later_.push_back(t);
  }
  for (const auto& s : script) {
    const auto* create = std::get_if<sql::CreateSource>(&s.tree);
    if (!create) continue;
    std::string topic = create->name;
    std::int32_t partitions = 4;                   // what the published cases expect when nothing is said
    for (const auto& p : create->with) {
      if (p.name == "KAFKA_TOPIC" && p.value.holds<std::string>()) topic = p.value.string();
      if (p.name == "PARTITIONS" && (p.value.holds<std::int32_t>() || p.value.holds<std::int64_t>())) partitions = std::int32_t(p.value.to_int64());
    }
    if (!topics_.contains(topic)) topics_[topic].partitions = partitions;
  }
  for (const auto& r : case_.inputs)
    if (!topics_.contains(r.topic)) topics_[r.topic];
  return {};
}

void World::register_schema(const Source& source, bool is_key) {
  const auto& format = is_key ? source.key_format : source.value_format;
  const auto& columns = is_key ? source.schema.key : source.schema.value;
  const std::string subject = source.topic + (is_key ? "-key" : "-value");
  if (!format::uses_registry(format.format) || columns.empty() || (!source.from_query && registry_.latest_id(subject))) return;   // a sink gets the schema of its columns
  if (format.schema_id) {
    if (const auto* text = registry_.by_id(*format.schema_id)) registry_.add(subject, *text, format.schema_id->value);
    return;
  }
  auto text = format::derive_schema(format.format, columns, is_key, flow::unwraps(format, columns.size(), is_key), format.properties);
  if (text) registry_.add(subject, *std::move(text));
}

std::optional<flow::WriteSchema> World::write_schema(const Source& source, bool is_key) {
  const auto& format = is_key ? source.key_format : source.value_format;
  if (!format::uses_registry(format.format)) return std::nullopt;
  auto id = format.schema_id ? format.schema_id : registry_.latest_id(source.topic + (is_key ? "-key" : "-value"));
  if (!id || !registry_.by_id(*id)) return std::nullopt;
  return flow::WriteSchema{*id, *registry_.by_id(*id)};
}

void World::created(const Source& source) {
  if (!topics_.contains(source.topic)) topics_[source.topic];
  register_schema(source, true);
  register_schema(source, false);
  by_topic_[source.topic] = source;
}

Result<void> World::insert(const sql::InsertValues& values) {
  const sql::PlanContext context{metastore_, case_.properties, *this};
  TRY(const auto row, sql::plan_insert(values, context));
  const auto sink = as_sink(*row.source);
  flow::Runtime runtime;
  std::string problem;
  runtime.report = [&](const flow::Problem& p) { problem = p.reason; };
  TRY(auto encoder, flow::SinkEncoder::make(*sink, registry_, runtime, write_schema(*row.source, true), write_schema(*row.source, false)));
  flow::RowsOut out(sink->schema, false, false);
  out.key(row.key);
  out.row(row.null_value ? nullptr : &row.value, nullptr, row.rowtime.value_or(clock_.wall_ms()), flow::Batch{}, 0);
  std::vector<flow::OutRecord> records;
  flow::Batch batch = out.finish();
  if (row.key.size() == 1 && row.key[0].null()) batch.key_present[0] = 0;
  encoder->encode(batch, records);
  if (records.empty()) return fail(ErrorCode::invalid_input, problem);
  topics_[row.source->topic].records.push_back({records[0].key, records[0].value, records[0].timestamp, nullptr});
  return {};
}

Result<void> World::statement(const sql::Statement& s) {
  if (const auto* values = std::get_if<sql::InsertValues>(&s.tree)) return insert(*values);
  const sql::PlanContext context{metastore_, case_.properties, *this, std::to_string(query_number_)};
  TRY(auto planned, sql::plan(s, context));
  if (planned.ddl) {
    metastore_.apply(*planned.ddl);
    if (const auto* put = std::get_if<sql::PutSource>(&*planned.ddl)) created(put->source);
    if (planned.topic && planned.topic->partitions) topics_[planned.topic->name].partitions = *planned.topic->partitions;
  }
  if (planned.query) {
    metastore_.add_query(*planned.query);
    ++query_number_;
    const auto same = std::find_if(queries_.begin(), queries_.end(), [&](const auto& q) { return q.id == planned.query->id; });
    if (same != queries_.end()) *same = *planned.query;
    else queries_.push_back(*planned.query);
  }
  return {};
}

const Source* World::source_of(const std::string& topic) const {
  const auto it = by_topic_.find(topic);
  return it == by_topic_.end() ? nullptr : &it->second;
}

Result<void> World::pipe_inputs() {
  for (const auto& r : case_.inputs) {
    const Source* source = source_of(r.topic);
    if (!source) continue;                        // nobody reads it
    flow::TopicRecord record;
    auto key = encode(r.key, side(*source, true), registry_);
    if (!key) return std::unexpected(std::move(key).error().during("writing an input's key to " + r.topic));
    record.key = *std::move(key);
    if (r.window) {
      if (!record.key) record.key.emplace();
      Writer w(*record.key);
      if (r.window->session) w.be(std::int64_t(r.window->end));
      w.be(std::int64_t(r.window->start));
    }
    auto value = encode(r.value, side(*source, false), registry_);
    if (!value) return std::unexpected(std::move(value).error().during("writing an input's value to " + r.topic));
    record.value = *std::move(value);
    record.timestamp = r.timestamp.value_or(0);
    if (!r.headers.empty()) {
      flow::Headers headers;
      for (const auto& [name, v] : r.headers) headers.push_back({name, v ? std::optional(from_base64(*v)) : std::nullopt});
      record.headers = std::make_shared<const flow::Headers>(std::move(headers));
    }
    topics_[r.topic].records.push_back(std::move(record));
  }
  return {};
}

Result<void> World::run_query(const sql::QueryPlan& query, const std::set<std::string>& input_topics) {
  const Source* sink = metastore_.find(query.root->sink);
  flow::DriverOptions options;
  options.batch_rows = options_.batch_rows;
  options.streams_expiry = true;
  options.outer_join_emit_interval_ms = 1000;
  options.clock = &clock_;
  if (sink) {
    options.key_schema = write_schema(*sink, true);
    options.value_schema = write_schema(*sink, false);
  }
  TRY(auto driver, flow::QueryDriver::make(query.root, registry_, options));
  const auto sources = source_topics(*query.root);
  std::vector<std::pair<std::string, flow::TopicRecord>> feed;
  const bool any_input = std::any_of(sources.begin(), sources.end(), [&](const auto& t) { return input_topics.contains(t); });
  if (any_input) {
    std::map<std::string, std::size_t> next;
    for (const auto& r : case_.inputs) {
      auto& at = next[r.topic];
      if (sources.contains(r.topic)) feed.emplace_back(r.topic, topics_[r.topic].records[at]);
      ++at;
    }
  }
  for (const auto& topic : sources) {
    if (input_topics.contains(topic)) continue;
    for (const auto& r : topics_[topic].records) feed.emplace_back(topic, r);
  }
  for (auto& [topic, record] : feed) driver->pipe(topic, std::move(record));
  driver->flush();
  auto& out = topics_[query.root->topic].records;
  for (auto& r : driver->outputs) out.push_back({std::move(r.key), std::move(r.value), r.timestamp, r.headers});
  for (const auto& p : driver->problems) {
    if (p.kind == flow::Problem::Kind::timestamp) runtime_failure_ = true;
    runtime_reason_ += p.reason + "\n";
  }
  return {};
}

// The text an expected message may be found in.
std::string World::failure_check(const std::string& text) {
  const Json& expected = *case_.expected_exception;
  for (const char* field : {"message", "causeMessage"}) {
    const std::string wanted = expected.string_or(field, "");
    if (!wanted.empty() && text.find(wanted) == std::string::npos)
      return "expected the error: " + first_line(wanted) + (wanted.find('\n') != std::string::npos ? " ..." : "") + "\n  but it was: " + first_line(text);
  }
  return "";
}

std::string World::run() {
  sql::FunctionSettings functions;
  functions.extra = &test_functions();
  const auto limit = [&](const char* name) -> std::optional<std::int64_t> {
    const auto it = case_.properties.find(name);
    return it == case_.properties.end() ? std::nullopt : std::optional<std::int64_t>(std::atoll(it->second.c_str()));
  };
  functions.collect_list_limit = limit("ksql.functions.collect_list.limit");
  functions.collect_set_limit = limit("ksql.functions.collect_set.limit");
  metastore_.set_functions(functions);
  std::string script;
  for (const auto& s : case_.statements) script += s + "\n";
  auto parsed = sql::parse_script(script);
  if (!parsed) {
    if (case_.expected_exception) return failure_check(parsed.error().message + "\nStatement: " + script);
    return "does not parse: " + first_line(parsed.error().message);
  }
  if (auto prepared = prepare_topics(*parsed); !prepared) return "topics: " + first_line(prepared.error().message);
  for (std::size_t i = 0; i < parsed->size(); ++i) {
    const auto& s = (*parsed)[i];
    if (!std::holds_alternative<sql::CreateSource>(s.tree)) {
      for (const Json* t : std::exchange(listed_later_, {}))
        if (auto listed = listed_topic(*t); !listed) return "topics: " + first_line(listed.error().message);
    }
    auto done = statement(s);
    if (done) continue;
    if (case_.expected_exception && i + 1 == parsed->size())
      return failure_check(done.error().message + "\nStatement: " + sql::canonical_text(s, metastore_) + "\n" + done.error().message);
    return "statement " + std::to_string(i + 1) + " fails: " + first_line(done.error().message);
  }
  const bool runtime_error_expected = case_.expected_exception && case_.expected_exception->string_or("type", "").ends_with("StreamsException");
  if (case_.expected_exception && !runtime_error_expected) return "expected the error: " + first_line(case_.expected_exception->string_or("message", "?")) + "\n  but all statements succeeded";
  if (queries_.empty()) return "no statement makes a persistent query";
  if (auto piped = pipe_inputs(); !piped) return first_line(piped.error().message);
  std::set<std::string> input_topics;
  for (const auto& r : case_.inputs) input_topics.insert(r.topic);
  for (const auto& q : queries_) {
    if (auto ran = run_query(q, input_topics); !ran) return "query " + q.id + ": " + first_line(ran.error().message);
  }
  if (runtime_error_expected) return runtime_reason_.empty() ? "expected the query to fail while it runs" : "";
  if (auto d = check_outputs(); !d.empty()) return d + (runtime_reason_.empty() ? "" : "\n  reported while running: " + first_line(runtime_reason_));
  return check_post();
}

std::string World::check_outputs() {
  std::vector<std::string> order;
  std::map<std::string, std::vector<const CaseRecord*>> by_topic;
  for (const auto& r : case_.outputs) {
    std::string topic = r.topic.empty() ? queries_.back().root->topic : r.topic;
    if (!by_topic.contains(topic)) order.push_back(topic);
    by_topic[topic].push_back(&r);
  }
  for (const auto& topic : order)
    if (auto d = check_topic(topic, by_topic[topic]); !d.empty()) return d;
  return "";
}

std::string World::check_topic(const std::string& topic, const std::vector<const CaseRecord*>& expected) {
  const auto& actual = topics_[topic].records;
  const Source* source = source_of(topic);
  if (!source) return "topic " + topic + " was never made";
  for (std::size_t i = 0; i < std::min(expected.size(), actual.size()); ++i) {
    const std::string where = topic + " record " + std::to_string(i + 1) + " of " + std::to_string(expected.size());
    if (auto d = check_record(where, *expected[i], actual[i], *source); !d.empty()) return d;
  }
  if (expected.size() == actual.size()) return "";
  return topic + ": expected " + std::to_string(expected.size()) + " records, got " + std::to_string(actual.size());
}

std::string World::check_record(const std::string& where, const CaseRecord& expected, const flow::TopicRecord& actual, const Source& source) {
  std::optional<Bytes> key = actual.key;
  std::optional<Window> window;
  if (source.window && key) {
    const bool session = source.window->kind == sql::WindowKind::session;
    const std::size_t n = session ? 16 : 8;
    if (key->size() >= n) {
      const auto start = load_be<std::int64_t>(key->data() + key->size() - 8);
      const auto end = session ? load_be<std::int64_t>(key->data() + key->size() - 16) : start + source.window->size_ms.value_or(0);
      window = Window{start, end, session};
      key->resize(key->size() - n);
    }
  }
  const bool exact = !case_.properties.contains("use.exact.numeric.comparison") || case_.properties.at("use.exact.numeric.comparison") != "false";
  auto k = decode(key, side(source, true), registry_);
  if (!k) return where + ": the key cannot be read back: " + first_line(k.error().message);
  auto v = decode(actual.value, side(source, false), registry_);
  if (!v) return where + ": the value cannot be read back: " + first_line(v.error().message);
  if (auto d = difference(expected.value, *v, exact); !d.empty()) return where + ", value: " + d;
  if (auto d = difference(expected.key, *k, exact); !d.empty()) return where + ", key: " + d;
  if (window.has_value() != expected.window.has_value()) return where + ": " + (window ? "has a window, the case has none" : "has no window, the case has one");
  if (window && (window->start != expected.window->start || window->end != expected.window->end))
    return where + ": expected window [" + std::to_string(expected.window->start) + ", " + std::to_string(expected.window->end) + "], got [" + std::to_string(window->start) + ", " + std::to_string(window->end) + "]";
  const bool any_time = !case_.has_inputs && expected.timestamp == 0;
  if (expected.timestamp && !any_time && *expected.timestamp != actual.timestamp)
    return where + ": expected timestamp " + std::to_string(*expected.timestamp) + ", got " + std::to_string(actual.timestamp);
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
  if (actual.headers)
    for (const auto& h : *actual.headers) headers.emplace_back(h.name, h.value ? std::optional(to_base64(*h.value)) : std::nullopt);
  if (headers != expected.headers) return where + ": expected " + std::to_string(expected.headers.size()) + " headers, got " + std::to_string(headers.size()) + (headers.size() == expected.headers.size() ? " others" : "");
  return "";
}

// --- post conditions ---

std::string window_name(const std::optional<sql::WindowInfo>& w) {
  if (!w) return "";
  return w->kind == sql::WindowKind::session ? "SESSION" : w->kind == sql::WindowKind::hopping ? "HOPPING" : "TUMBLING";
}

std::string check_key_format(const std::string& where, const Json& expected, const sql::FormatInfo& format, const std::optional<sql::WindowInfo>& window) {
  const std::string name = expected.string_or("format", "");
  if (!name.empty() && name != format::name_of(format.format)) return where + ": expected key format " + name + ", got " + std::string(format::name_of(format.format));
  const std::string wanted = expected.string_or("windowType", "");
  if (wanted != window_name(window)) return where + ": expected window type '" + wanted + "', got '" + window_name(window) + "'";
  if (window && window->size_ms && expected.find("windowSize") && expected.int_or("windowSize", -1) != *window->size_ms)
    return where + ": expected window size " + std::to_string(expected.int_or("windowSize", -1)) + ", got " + std::to_string(*window->size_ms);
  return "";
}

std::string check_features(const std::string& where, const Json* expected, const sql::FormatInfo& format) {
  if (!expected || !expected->is(Json::Kind::array)) return "";
  std::set<std::string> wanted, have;
  for (const auto& f : expected->items) wanted.insert(f.text);
  if (format.wrap) have.insert("WRAP_SINGLES");
  if (format.unwrap) have.insert("UNWRAP_SINGLES");
  return wanted == have ? "" : where + ": expected " + print(*expected) + ", got " + (format.wrap ? "WRAP" : format.unwrap ? "UNWRAP" : "no feature");
}

std::string World::check_source(const Json& expected) {
  const std::string name = expected.string_or("name", "");
  const std::string where = "post: source " + name;
  const Source* source = metastore_.find(name);
  if (!source) return where + " does not exist";
  const std::string type = expected.string_or("type", "");
  if (!type.empty() && (type == "table" || type == "TABLE") != (source->kind == sql::SourceKind::table)) return where + " is not a " + type;
  if (const Json* schema = expected.find("schema"); schema && schema->is(Json::Kind::string)) {
    auto columns = sql::parse_columns(schema->text);
    if (!columns) return where + ": the case's schema does not parse: " + first_line(columns.error().message);
    sql::Schema wanted;
    for (const auto& c : *columns) {
      if (c.role == sql::ColumnRole::headers || c.role == sql::ColumnRole::header) {
        wanted.headers.push_back({c.name, c.role == sql::ColumnRole::header ? std::optional(c.header_key) : std::nullopt});
        continue;
      }
      auto t = sql::resolve_type(c.type, metastore_);
      if (!t) return where + ": " + first_line(t.error().message);
      (c.role == sql::ColumnRole::value ? wanted.value : wanted.key).push_back({c.name, *t});
    }
    const auto same_headers = [](const auto& a, const auto& b) {
      return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](const auto& x, const auto& y) { return x.name == y.name && x.key == y.key; });
    };
    if (wanted.key != source->schema.key || wanted.value != source->schema.value || !same_headers(wanted.headers, source->schema.headers))
      return where + ": expected schema " + schema->text + "\n  got " + source->schema.text();
  }
  if (const Json* f = expected.find("keyFormat"); f && f->is(Json::Kind::object))
    if (auto d = check_key_format(where, *f, source->key_format, source->window); !d.empty()) return d;
  if (const Json* f = expected.find("valueFormat")) {
    const std::string wanted = f->is(Json::Kind::string) ? f->text : f->string_or("format", "");
    if (!wanted.empty() && wanted != format::name_of(source->value_format.format)) return where + ": expected value format " + wanted;
  }
  if (auto d = check_features(where + " key features", expected.find("keyFeatures"), source->key_format); !d.empty()) return d;
  if (auto d = check_features(where + " value features", expected.find("valueFeatures"), source->value_format); !d.empty()) return d;
  if (const Json* is_source = expected.find("isSource"); is_source && is_source->is(Json::Kind::boolean) && is_source->boolean != source->is_source) return where + ": isSource differs";
  return "";
}

bool same_schema(const Json& expected, const format::SchemaText& actual) {
  if (actual.type == "PROTOBUF") {
    const auto squeeze = [](const std::string& s) {
      std::string out;
      for (const char c : s)
        if (!std::isspace(static_cast<unsigned char>(c))) out.push_back(c);
      return out;
    };
    return squeeze(expected.text) == squeeze(actual.text);
  }
  const auto a = parse_json(actual.text);
  if (!a) return false;
  if (expected.is(Json::Kind::string)) {
    const auto e = parse_json(expected.text);
    return e && difference(*e, *a, true).empty();
  }
  return difference(expected, *a, true).empty();
}

std::string World::check_topic_post(const Json& expected) {
  const std::string name = expected.string_or("name", "");
  if (name.starts_with("_confluent-ksql-")) return "";   // names of internal topics are not ours to have
  const std::string where = "post: topic " + name;
  const Source* source = source_of(name);
  if (!source) return where + " does not exist";
  if (const Json* f = expected.find("keyFormat"); f && f->is(Json::Kind::object))
    if (auto d = check_key_format(where, *f, source->key_format, source->window); !d.empty()) return d;
  if (const Json* f = expected.find("valueFormat"); f && f->is(Json::Kind::object) && f->find("format") && f->string_or("format", "") != format::name_of(source->value_format.format))
    return where + ": expected value format " + f->string_or("format", "");
  if (expected.find("partitions") && expected.int_or("partitions", 1) != topics_[name].partitions)
    return where + ": expected " + std::to_string(expected.int_or("partitions", 1)) + " partitions, got " + std::to_string(topics_[name].partitions);
  for (const bool is_key : {true, false}) {
    const Json* schema = expected.find(is_key ? "keySchema" : "valueSchema");
    if (!schema || schema->null()) continue;
    const auto* actual = registry_.latest(name + (is_key ? "-key" : "-value"));
    if (!actual) return where + ": no schema is registered for its " + (is_key ? "key" : "value");
    if (!same_schema(*schema, *actual)) return where + ": another " + (is_key ? "key" : "value") + " schema\n  expected " + print(*schema).substr(0, 300) + "\n  got " + actual->text.substr(0, 300);
  }
  return "";
}

std::string World::check_post() {
  if (!case_.post) return "";
  if (const Json* sources = case_.post->find("sources"))
    for (const auto& s : sources->items)
      if (auto d = check_source(s); !d.empty()) return d;
  const Json* topics = case_.post->find("topics");
  if (!topics) return "";
  if (const std::string blacklist = topics->string_or("blacklist", ""); blacklist == ".*-repartition") {
    for (const auto& q : queries_)
      if (any_repartition(*q.root)) return "post: query " + q.id + " repartitions, and must not";
  }
  if (const Json* list = topics->find("topics"))
    for (const auto& t : list->items)
      if (auto d = check_topic_post(t); !d.empty()) return d;
  return "";
}

}  // namespace

std::string run_case(const Case& c, const RunOptions& options) { return World(c, options).run(); }

}  // namespace braid::cases
