#include "sql/planner.h"

#include <algorithm>

#include "sql/parser.h"
#include "sql/query_planner.h"

namespace braid::sql {
namespace {

using data::Kind;
using format::Format;

std::string upper(std::string_view s) {
  std::string out(s);
  for (auto& c : out) c = c >= 'a' && c <= 'z' ? char(c - 32) : c;
  return out;
}
std::string kind_word(SourceKind k) { return k == SourceKind::table ? "table" : "stream"; }
std::string property(const PlanContext& context, const char* name) {
  const auto it = context.properties.find(name);
  return it == context.properties.end() ? "" : it->second;
}
Error at(Error e, const Place& place) {
  if (!e.where) e.where = place.span;
  return e;
}

Result<Format> format_at(std::string_view name, const Place& place) {
  auto known = known_format(name);
  if (!known && place.span.end > 0) return std::unexpected(at(known.error(), place));
  return known;
}

Type upper_fields(const Type& t) {
  if (t.is(Kind::array)) return Type::array(upper_fields(t.element()));
  if (t.is(Kind::map)) return Type::map(upper_fields(t.key()), upper_fields(t.element()));
  if (!t.is(Kind::struct_)) return t;
  std::vector<Field> fields;
  for (const auto& f : t.fields()) fields.push_back({upper(f.name), upper_fields(f.type)});
  return Type::structure(std::move(fields));
}

// ---- CREATE STREAM | TABLE with columns

class SourceCreator {
 public:
  SourceCreator(const CreateSource& create, const PlanContext& context) : c_(create), context_(context) {}

  Result<Planned> run() {
    Planned out;
    TRY(with_, read_with(c_.with, WithUse::create));
    TRY_VOID(formats());
    TRY_VOID(columns());
    TRY_VOID(infer(true));
    TRY_VOID(infer(false));
    TRY_VOID(check_existing(out));
    if (out.nothing_to_do) return out;
    if (source_.schema.key.empty() && source_.schema.value.empty() && source_.schema.headers.empty())
      return fail(ErrorCode::invalid_input, "The statement does not define any columns.", "list the columns, or choose a format whose schema the registry knows (AVRO, PROTOBUF, JSON_SR)", c_.name_place.span);
    if (c_.kind == SourceKind::table && source_.schema.key.empty())
      return fail(ErrorCode::invalid_input, "Tables require a PRIMARY KEY. Please define the PRIMARY KEY." +
                                                (with_.value_schema_id ? "\nUse a partial schema to define the primary key and still load the value columns from the Schema Registry, for example:\n\tCREATE TABLE " +
                                                                             c_.name + " (ID INT PRIMARY KEY) WITH (...);"
                                                                       : std::string()), "write PRIMARY KEY behind the type of the column that identifies a row", c_.name_place.span);
    if (with_.window && source_.schema.key.empty())
      return fail(ErrorCode::invalid_input, "Windowed sources require a key column.", "write KEY behind the type of the key column", c_.name_place.span);
    TRY_VOID(checks());
    source_.name = c_.name;
    source_.kind = c_.kind;
    source_.topic = *with_.topic;
    source_.window = with_.window;
    source_.is_source = c_.is_source;
    TopicWish wish;
    wish.name = source_.topic;
    wish.partitions = with_.partitions;
    wish.replicas = with_.replicas;
    wish.retention_ms = with_.retention_ms;
    wish.cleanup_policy = with_.cleanup_policy;
    wish.must_exist = !with_.partitions;
    if (wish.must_exist && !context_.schemas.partitions(wish.name))
      return fail(ErrorCode::not_found, "Topic '" + wish.name + "' does not exist. If you want to create a new topic for the stream/table please re-run the statement providing the required 'PARTITIONS' configuration in the WITH clause (and optionally 'REPLICAS'). "
                                        "For example: CREATE " + std::string(c_.kind == SourceKind::table ? "TABLE " : "STREAM ") + print_identifier(c_.name) + " (...) WITH (..., PARTITIONS=2);", "add PARTITIONS=1 to the WITH clause", c_.name_place.span);
    out.topic = std::move(wish);
    out.ddl = PutSource{source_, c_.or_replace};
    out.message = c_.kind == SourceKind::table ? "Table created" : "Stream created";
    return out;
  }

 private:
  Result<void> formats() {
    auto key = with_.key_format.value_or(property(context_, "ksql.persistence.default.format.key"));
    if (key.empty()) key = "KAFKA";
    auto value = with_.value_format.value_or(property(context_, "ksql.persistence.default.format.value"));
    if (value.empty())
      return fail(ErrorCode::invalid_input, "Statement is missing the 'VALUE_FORMAT' property from the WITH clause. Either provide one or set a default via the 'ksql.persistence.default.format.value' config.", "add VALUE_FORMAT='JSON'", c_.name_place.span);
    TRY(source_.key_format.format, format_at(key, with_.key_format_place));
    TRY(source_.value_format.format, format_at(value, with_.value_format_place));
    const auto needs_inference = [&](bool has_id, Format f, std::string_view what, std::string_view id) -> Result<void> {
      if (has_id && !format::uses_registry(f))
        return fail(ErrorCode::invalid_input, std::string(what) + " should support schema inference when " + std::string(id) + " is provided. Current format is " + std::string(format::name_of(f)) + ".", "AVRO, PROTOBUF and JSON_SR do");
      return {};
    };
    TRY_VOID(needs_inference(with_.key_schema_id.has_value(), source_.key_format.format, "KEY_FORMAT", "KEY_SCHEMA_ID"));
    TRY_VOID(needs_inference(with_.value_schema_id.has_value(), source_.value_format.format, "VALUE_FORMAT", "VALUE_SCHEMA_ID"));
    TRY(source_.key_format.properties, key_format_properties(with_, source_.key_format.format, c_.name));
    TRY(source_.value_format.properties, value_format_properties(with_, source_.value_format.format));
    source_.key_format.schema_id = with_.key_schema_id;
    source_.value_format.schema_id = with_.value_schema_id;
    return {};
  }

  Result<void> columns() {
    std::set<std::string> seen;
    for (const auto& c : c_.columns) {
      const auto bad = [&](std::string message, std::string hint = {}) { return fail(ErrorCode::invalid_input, std::move(message), std::move(hint), c.place.span); };
      if (is_system_column(c.name)) return bad("'" + c.name + "' is a reserved column name. You cannot use it as a name for a column.", "every row has ROWTIME, ROWPARTITION and ROWOFFSET already");
      if (!seen.insert(c.name).second) return bad("Failed to prepare statement: Duplicate column names: " + c.name, "give each column its own name");
      auto resolved = resolve_type(c.type, context_.metastore);
      if (!resolved) return std::unexpected(at(resolved.error(), c.place));
      switch (c.role) {
        case ColumnRole::value: source_.schema.value.push_back({c.name, *resolved}); break;
        case ColumnRole::key: case ColumnRole::primary_key: {
          const bool primary = c.role == ColumnRole::primary_key, table = c_.kind == SourceKind::table;
          if (primary != table) {
            const std::string has = primary ? "PRIMARY KEY" : "KEY", wants = primary ? "KEY" : "PRIMARY KEY";
            return bad("Failed to prepare statement: " + place_prefix(c.place) + "Column `" + c.name + "` is a '" + has + "' column: please use '" + wants + "' for " + (table ? "tables" : "streams") +
                           ".\nTables have PRIMARY KEYs, which are unique and NON NULL.\nStreams have KEYs, which have no uniqueness or NON NULL constraints.", "write " + wants);
          }
          source_.schema.key.push_back({c.name, *resolved});
          break;
        }
        case ColumnRole::headers: {
          const auto wanted = Type::array(Type::structure({{"KEY", Kind::string}, {"VALUE", Kind::bytes}}));
          if (!(*resolved == wanted)) return bad("Invalid type for HEADERS column: expected " + wanted.text() + ", got " + resolved->text());
          if (!source_.schema.headers.empty()) return bad("Schema already contains a HEADERS column.");
          source_.schema.headers.push_back({c.name, {}});
          break;
        }
        case ColumnRole::header:
          if (!resolved->is(Kind::bytes)) return bad("Invalid type for HEADER('" + c.header_key + "') column: expected BYTES, got " + resolved->text());
          for (const auto& h : source_.schema.headers) {
            if (!h.key) return bad("Schema already contains a HEADERS column.");
            if (*h.key == c.header_key) return bad("Schema already contains a HEADER('" + c.header_key + "') column.");
          }
          source_.schema.headers.push_back({c.name, c.header_key});
          break;
      }
    }
    return {};
  }

  // Columns out of the registry's schema, for a format that has one and a side without columns.
  Result<void> infer(bool key) {
    auto& columns = key ? source_.schema.key : source_.schema.value;
    auto& info = key ? source_.key_format : source_.value_format;
    const auto id = key ? with_.key_schema_id : with_.value_schema_id;
    const std::string id_name = key ? "KEY_SCHEMA_ID" : "VALUE_SCHEMA_ID";
    if (id && !columns.empty()) return fail(ErrorCode::invalid_input, "Table elements and " + id_name + " cannot both exist for create statement.", "leave out one of them", c_.name_place.span);
    if (!columns.empty() || !format::uses_registry(info.format)) return {};
    const auto subject = *with_.topic + (key ? "-key" : "-value");
    const auto found = id ? context_.schemas.by_id(*id) : context_.schemas.latest(subject);
    if (!found) {
      std::string message = std::string("Schema for message ") + (key ? "keys" : "values") + " on topic '" + *with_.topic + "' does not exist in the Schema Registry.";
      message += id ? "\nSchema Id: " + std::to_string(id->value) : "\nSubject: " + subject;
      message += "\nPossible causes include:\n- The topic itself does not exist\n\t-> Use SHOW TOPICS; to check\n- Messages on the topic are not serialized using a format Schema Registry supports\n\t-> Use PRINT '" +
                 *with_.topic + "' FROM BEGINNING; to verify";
      return fail(ErrorCode::not_found, message, "list the columns in the statement, or register the schema first", c_.name_place.span);
    }
    auto inferred = format::infer_columns(info.format, found->text, key, info.properties);
    if (!inferred) {
      auto failed = at(inferred.error(), c_.name_place);
      if (info.properties.contains("FULL_SCHEMA_NAME") && failed.code == ErrorCode::not_found)
        failed.message = std::string("Schema for message ") + (key ? "keys" : "values") + " on topic '" + *with_.topic + "' does not exist in the Schema Registry.\n" + failed.message;
      else
        failed.message = std::string("Unable to verify if the ") + (key ? "key" : "value") + " schema for topic: " + *with_.topic + " is compatible with ksqlDB.\nReason: " + failed.message;
      return std::unexpected(std::move(failed));
    }
    columns = std::move(inferred->columns);
    // Found by the topic's name a schema's fields are SQL names, so in capitals; asked for by id they stay as they are.
    if (!id)
      for (auto& c : columns) c = {upper(c.name), upper_fields(c.type)};
    // A key of a format that can do without a record around it is one column, even when that is a record.
    const bool whole = key ? format::supports_unwrapping(info.format) && format::supports_wrapping(info.format) : with_.wrap == false;
    if (whole && !inferred->unwrapped) columns = {{"", Type::structure(std::move(columns))}};
    if (columns.size() == 1 && (inferred->unwrapped || whole)) columns[0].name = key ? "ROWKEY" : "ROWVAL";
    if (!key && inferred->unwrapped && !with_.wrap && columns.size() == 1 && format::supports_unwrapping(info.format)) inferred_unwrapped_ = true;
    for (const auto& c : columns)
      if (is_system_column(c.name))
        return fail(ErrorCode::invalid_input, "'" + c.name + "' is a reserved column name. You cannot use it as a name for a column.", "", c_.name_place.span);
    return {};
  }

  Result<void> check_existing(Planned& out) {
    const auto* existing = context_.metastore.find(c_.name);
    if (c_.or_replace && (c_.is_source || (existing && existing->is_source)))
      return fail(ErrorCode::unsupported, "Cannot add " + kind_word(c_.kind) + " '" + c_.name + "': CREATE OR REPLACE is not supported on source " + kind_word(c_.kind) + "s.", "", c_.name_place.span);
    if (!existing) return {};
    if (c_.if_not_exists) {
      out.nothing_to_do = true;
      out.message = "Cannot add " + kind_word(c_.kind) + " `" + c_.name + "`: A " + kind_word(existing->kind) + " with the same name already exists.";
      return {};
    }
    if (!c_.or_replace)
      return fail(ErrorCode::already_exists, "Cannot add " + kind_word(c_.kind) + " '" + c_.name + "': A " + kind_word(existing->kind) + " with the same name already exists", "CREATE OR REPLACE changes it; DROP removes it", c_.name_place.span);
    if (existing->kind != c_.kind)
      return fail(ErrorCode::conflict, "Cannot replace " + kind_word(existing->kind) + " `" + c_.name + "` by a " + kind_word(c_.kind) + ".", "DROP it first", c_.name_place.span);
    return {};
  }

  Result<void> checks() {
    auto checked = [&]() -> Result<void> {
      set_key_features(source_.key_format, source_.schema.key.size());
      TRY_VOID(set_value_features(source_.value_format, source_.schema.value.size(), with_.wrap, context_.properties));
      if (inferred_unwrapped_ && !source_.value_format.wrap) source_.value_format.unwrap = true;
      if (with_.timestamp_column) source_.timestamp = TimestampColumn{*with_.timestamp_column, with_.timestamp_format};
      TRY_VOID(check_timestamp_column(source_.timestamp, source_.schema));
      TRY_VOID(check_key_format(source_.key_format, source_.schema.key));
      return check_value_format(source_.value_format, source_.schema.value);
    }();
    if (!checked) return std::unexpected(at(checked.error(), c_.name_place));
    return {};
  }

  const CreateSource& c_;
  const PlanContext& context_;
  WithProperties with_;
  Source source_;
  bool inferred_unwrapped_ = false;
};

// ---- queries that write

void collect_sources(const NamedQuery& named, QueryPlan& plan) {
  for (const auto& s : named.sources)
    if (std::ranges::find(plan.sources, s.source->name) == plan.sources.end()) plan.sources.push_back(s.source->name);
}

Result<void> check_duplicates(const std::vector<Field>& columns, std::string_view what, const Place& place) {
  for (std::size_t i = 0; i < columns.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (columns[i].name == columns[j].name)
        return fail(ErrorCode::invalid_input, "Duplicate " + std::string(what) + " columns found in schema: `" + columns[i].name + "` " + columns[i].type.text(), "give one of them another alias", place.span);
  return {};
}

std::string canonical(const Statement& statement, const NamedQuery& named) {
  auto copy = statement;
  const auto use = [&](Query& q) {
    q = named.query;
    if (q.emit == Emit::none) q.emit = Emit::changes;
  };
  if (auto* as = std::get_if<CreateAs>(&copy.tree)) use(as->query);
  else if (auto* into = std::get_if<InsertInto>(&copy.tree)) use(into->query);
  else if (auto* q = std::get_if<Query>(&copy.tree)) *q = named.query;
  return print(copy);
}

StepPtr sink_step(const Stage& stage, const Source& sink, const Schema& schema) {
  auto step = std::make_shared<Step>();
  step->kind = StepKind::sink;
  step->id = sink.name;
  step->result = stage.step->result;
  step->windowed = stage.step->windowed;
  step->schema = schema;
  step->inputs = {stage.step};
  step->sink = sink.name;
  step->topic = sink.topic;
  step->key_format = sink.key_format;
  step->value_format = sink.value_format;
  step->window_info = sink.window;
  step->timestamp = sink.timestamp;
  return step;
}

// Does the value format hold what the functions keep between two rows?
Result<void> check_states(const Step& step, const FormatInfo& value_format) {
  for (const auto& call : step.aggregates) {
    const bool nested = call.function->state_type.nested();
    if (nested && (value_format.format == Format::delimited || value_format.format == Format::kafka))
      return fail(ErrorCode::invalid_input, "One of the functions used in the statement has an intermediate type that the value format can not handle. Please remove the function or change the format.\nConsider up-voting https://github.com/confluentinc/ksql/issues/3950, which will resolve this limitation.",
                  call.function->name + " keeps " + call.function->state_type.text() + "; use VALUE_FORMAT='JSON'");
  }
  for (const auto& input : step.inputs) TRY_VOID(check_states(*input, value_format));
  return {};
}

Result<Planned> plan_create_as(const Statement& statement, const CreateAs& c, const PlanContext& context) {
  Planned out;
  TRY(auto with, read_with(c.with, WithUse::create_as));
  TRY(const auto named, resolve_names(c.query, context.metastore));
  out.statement = canonical(statement, named);
  const auto* existing = context.metastore.find(c.name);
  if (existing && c.if_not_exists) {
    out.nothing_to_do = true;
    out.message = "Cannot add " + kind_word(c.kind) + " `" + c.name + "`: A " + kind_word(existing->kind) + " with the same name already exists.";
    return out;
  }
  if (existing && !c.or_replace)
    return fail(ErrorCode::already_exists, "Cannot add " + kind_word(c.kind) + " '" + c.name + "': A " + kind_word(existing->kind) + " with the same name already exists", "CREATE OR REPLACE changes it; DROP removes it", c.name_place.span);
  if (existing && existing->is_source)
    return fail(ErrorCode::unsupported, "Cannot add " + kind_word(c.kind) + " '" + c.name + "': CREATE OR REPLACE is not supported on source " + kind_word(c.kind) + "s.", "", c.name_place.span);
  const auto& from = *named.sources[0].source;
  Source sink;
  sink.name = c.name;
  sink.kind = c.kind;
  sink.from_query = true;
  sink.topic = with.topic.value_or(property(context, "ksql.output.topic.name.prefix") + c.name);
  // Formats: given, or those of the first source.
  const bool by_null = c.query.partition_by && c.query.partition_by->size() == 1 && (*c.query.partition_by)[0]->node == Node::literal && (*c.query.partition_by)[0]->value.null();
  auto formats = [&]() -> Result<void> {
    if (with.key_format) { TRY(sink.key_format.format, format_at(*with.key_format, with.key_format_place)); }
    else sink.key_format.format = from.key_format.format;
    if (by_null) {
      if (with.key_format && sink.key_format.format != Format::none) return fail(ErrorCode::invalid_input, "Key format specified for stream without key columns.", "leave out KEY_FORMAT");
      sink.key_format.format = Format::none;
    }
    if (with.value_format) { TRY(sink.value_format.format, format_at(*with.value_format, with.value_format_place)); }
    else sink.value_format.format = from.value_format.format;
    if (with.key_schema_id && !format::uses_registry(sink.key_format.format))
      return fail(ErrorCode::invalid_input, "KEY_FORMAT should support schema inference when KEY_SCHEMA_ID is provided. Current format is " + std::string(format::name_of(sink.key_format.format)) + ".");
    if (with.value_schema_id && !format::uses_registry(sink.value_format.format))
      return fail(ErrorCode::invalid_input, "VALUE_FORMAT should support schema inference when VALUE_SCHEMA_ID is provided. Current format is " + std::string(format::name_of(sink.value_format.format)) + ".");
    TRY(auto key_properties, key_format_properties(with, sink.key_format.format, c.name));
    TRY(auto value_properties, value_format_properties(with, sink.value_format.format));
    if (sink.key_format.format == from.key_format.format) sink.key_format.properties = inheritable(from.key_format.format, from.key_format.properties);
    if (sink.value_format.format == from.value_format.format) sink.value_format.properties = inheritable(from.value_format.format, from.value_format.properties);
    for (auto& [name, value] : key_properties) sink.key_format.properties.insert_or_assign(name, value);
    for (auto& [name, value] : value_properties) sink.value_format.properties.insert_or_assign(name, value);
    sink.key_format.schema_id = with.key_schema_id;
    sink.value_format.schema_id = with.value_schema_id;
    return {};
  }();
  if (!formats) return std::unexpected(at(formats.error(), c.name_place));
  QueryPlanner planner(named, context, {c.name, nullptr});
  TRY(auto stage, planner.plan());
  const auto& schema = stage.step->schema;
  TRY_VOID(check_duplicates(schema.key, "key", c.name_place));
  TRY_VOID(check_duplicates(schema.value, "value", c.name_place));
  const bool table = planner.result_is_table();
  if (table != (c.kind == SourceKind::table))
    return fail(ErrorCode::invalid_input, std::string("Invalid result type. Your SELECT query produces a ") + (table ? "TABLE" : "STREAM") + ". Please use CREATE " + (table ? "TABLE" : "STREAM") + " AS SELECT statement instead.",
                std::string("write CREATE ") + (table ? "TABLE" : "STREAM") + " " + print_identifier(c.name) + " AS SELECT", c.name_place.span);
  if (c.query.window) {
    const auto& w = *c.query.window;
    sink.window = WindowInfo{w.kind, w.kind == WindowKind::session ? std::nullopt : std::optional<std::int64_t>(w.size.ms())};
  } else if (stage.step->windowed) {
    sink.window = from.window;
  }
  sink.schema.key = schema.key;
  sink.schema.value = schema.value;
  auto checked = [&]() -> Result<void> {
    // A key where there was none gets the default format.
    if (!with.key_format && sink.key_format.format == Format::none && !schema.key.empty()) {
      auto name = property(context, "ksql.persistence.default.format.key");
      TRY(sink.key_format.format, known_format(name.empty() ? "KAFKA" : name));
      sink.key_format.properties.clear();
    }
    if (with.timestamp_column) sink.timestamp = TimestampColumn{*with.timestamp_column, with.timestamp_format};
    TRY_VOID(check_timestamp_column(sink.timestamp, sink.schema));
    TRY_VOID(planner.check_keys());
    auto all = schema.key;
    all.insert(all.end(), schema.value.begin(), schema.value.end());
    TRY_VOID(check_duplicates(all, "value", c.name_place));
    set_key_features(sink.key_format, schema.key.size());
    TRY_VOID(set_value_features(sink.value_format, schema.value.size(), with.wrap, context.properties));
    TRY_VOID(check_states(*stage.step, sink.value_format));
    TRY_VOID(check_key_format(sink.key_format, schema.key));
    return check_value_format(sink.value_format, schema.value);
  }();
  if (!checked) return std::unexpected(at(checked.error(), c.name_place));
  // With a schema id given, the query's columns must be those of that schema.
  for (const bool key : {true, false}) {
    const auto& id = key ? with.key_schema_id : with.value_schema_id;
    if (!id) continue;
    auto& info = key ? sink.key_format : sink.value_format;
    const auto found = context.schemas.by_id(*id);
    if (!found)
      return fail(ErrorCode::not_found, std::string("Schema for message ") + (key ? "keys" : "values") + " on topic '" + sink.topic + "' does not exist in the Schema Registry.\nSchema Id: " + std::to_string(id->value), "", c.name_place.span);
    auto inferred = format::infer_columns(info.format, found->text, key, info.properties);
    if (!inferred) return std::unexpected(at(inferred.error(), c.name_place));
    const auto& mine = key ? schema.key : schema.value;
    auto theirs = inferred->columns;
    if (theirs.size() == 1 && inferred->unwrapped) theirs[0].name = key ? "ROWKEY" : "ROWVAL";
    std::string changed, there;
    for (std::size_t i = 0; i < mine.size(); ++i)
      if (i >= theirs.size() || !(theirs[i] == mine[i])) changed += (changed.empty() ? "" : ", ") + ("`" + mine[i].name + "` " + mine[i].type.text() + (key ? " KEY" : ""));
    for (const auto& f : theirs) there += (there.empty() ? "" : ", ") + ("`" + f.name + "` " + f.type.text() + (key ? " KEY" : ""));
    if (!changed.empty())
      return fail(ErrorCode::incompatible, std::string("The following ") + (key ? "key" : "value") + " columns are changed, missing or reordered: [" + changed + "]. Schema from schema registry is [" + there + "]", "", c.name_place.span);
  }
  QueryPlan plan;
  plan.id = (c.kind == SourceKind::table ? "CTAS_" : "CSAS_") + c.name + "_" + context.query_number;
  if (existing)
    if (const auto writers = context.metastore.writers_of(c.name); !writers.empty() && !writers[0].starts_with("INSERTQUERY_")) plan.id = writers[0];
  plan.statement = out.statement;
  plan.is_table = table;
  plan.limit = c.query.limit;
  plan.root = sink_step(stage, sink, sink.schema);
  collect_sources(named, plan);
  TopicWish wish;
  wish.name = sink.topic;
  wish.partitions = with.partitions;
  wish.replicas = with.replicas;
  wish.retention_ms = with.retention_ms;
  wish.cleanup_policy = with.cleanup_policy;
  if (!wish.partitions) wish.partitions = context.schemas.partitions(from.topic);
  if (!wish.cleanup_policy && table && !sink.window) wish.cleanup_policy = "compact";
  sink.statement = statement.text;
  out.topic = std::move(wish);
  out.ddl = PutSource{std::move(sink), c.or_replace};
  out.message = "Created query with ID " + plan.id;
  out.query = std::move(plan);
  return out;
}

Result<Planned> plan_insert_into(const Statement& statement, const InsertInto& i, const PlanContext& context) {
  Planned out;
  TRY(auto with, read_with(i.with, WithUse::insert));
  const auto* target = context.metastore.find(i.name);
  if (!target)
    return fail(ErrorCode::not_found, "Source " + print_identifier(i.name) + " does not exist." + context.metastore.alternatives(i.name), "SHOW STREAMS lists what there is", i.name_place.span);
  if (target->kind != SourceKind::stream)
    return fail(ErrorCode::invalid_input, "INSERT INTO can only be used to insert into a stream. " + i.name + " is a table.", "a table is written by one query: CREATE TABLE ... AS SELECT", i.name_place.span);
  if (!target->schema.headers.empty()) return fail(ErrorCode::invalid_input, "Cannot insert into " + i.name + " because it has header columns", "", i.name_place.span);
  if (target->is_source) return fail(ErrorCode::invalid_input, "Cannot insert into read-only " + kind_word(target->kind) + ": " + i.name, "it was made by CREATE SOURCE", i.name_place.span);
  TRY(const auto named, resolve_names(i.query, context.metastore));
  out.statement = canonical(statement, named);
  QueryPlanner planner(named, context, {i.name, target});
  TRY(auto stage, planner.plan());
  if (planner.result_is_table())
    return fail(ErrorCode::invalid_input, "Incompatible data sink type. The SELECT query produces a TABLE, but the target `" + i.name + "` is a STREAM.", "", i.name_place.span);
  TRY_VOID(planner.check_keys());
  auto schema = stage.step->schema;
  const auto same = [](const std::vector<Field>& a, const std::vector<Field>& b) { return a == b; };
  if (!same(schema.key, target->schema.key) || !same(schema.value, target->schema.value))
    return fail(ErrorCode::incompatible, "Incompatible schema between results and sink.\nResult schema is " + schema_text(schema, SourceKind::stream) + "\nSink schema is " + schema_text(target->schema, SourceKind::stream),
                "the names, types and order of the columns must be the same; use aliases and CAST", i.name_place.span);
  QueryPlan plan;
  plan.id = with.query_id.value_or("INSERTQUERY_" + context.query_number);
  if (with.query_id && context.metastore.queries().contains(*with.query_id))
    return fail(ErrorCode::already_exists, "Query ID '" + *with.query_id + "' already exists.", "choose another QUERY_ID", i.name_place.span);
  plan.statement = out.statement;
  plan.limit = i.query.limit;
  plan.root = sink_step(stage, *target, target->schema);
  collect_sources(named, plan);
  out.message = "Created query with ID " + plan.id;
  out.query = std::move(plan);
  return out;
}

// ---- queries that are read by whoever asks

Result<void> check_pull(const Query& q) {
  const auto refuse = [&](std::string_view what) {
    return fail(ErrorCode::unsupported, "Pull queries don't support " + std::string(what) + ". See https://cnfl.io/queries for more info.\nAdd EMIT CHANGES if you intended to issue a push query.", "add EMIT CHANGES", q.place.span);
  };
  if (!q.joins.empty()) return refuse("JOIN clauses");
  if (q.window) return refuse("WINDOW clauses");
  if (q.group_by) return refuse("GROUP BY clauses");
  if (q.partition_by) return refuse("PARTITION BY clauses");
  if (q.having) return refuse("HAVING clauses");
  return {};
}

Result<Planned> plan_select(const Statement& statement, const Query& q, const PlanContext& context) {
  Planned out;
  TRY(const auto named, resolve_names(q, context.metastore));
  out.statement = canonical(statement, named);
  out.pull = q.emit == Emit::none;
  if (out.pull) TRY_VOID(check_pull(q));
  QueryPlanner planner(named, context, {});
  TRY(auto stage, planner.plan());
  QueryPlan plan;
  plan.id = "transient_" + q.from.source + "_" + context.query_number;
  plan.statement = out.statement;
  plan.is_table = planner.result_is_table();
  plan.limit = q.limit;
  plan.root = stage.step;
  collect_sources(named, plan);
  out.query = std::move(plan);
  return out;
}

// ---- the other changes

Result<Planned> plan_drop(const DropSource& d, const PlanContext& context) {
  Planned out;
  const auto* source = context.metastore.find(d.name);
  const std::string word = d.kind == SourceKind::table ? "Table" : "Stream";
  if (!source) {
    if (!d.if_exists)
      return fail(ErrorCode::not_found, word + " " + d.name + " does not exist." + context.metastore.alternatives(d.name), "DROP " + upper(word) + " IF EXISTS says nothing then", d.name_place.span);
    out.nothing_to_do = true;
    out.message = "Source `" + d.name + "` does not exist.";
    return out;
  }
  if (source->kind != d.kind)
    return fail(ErrorCode::invalid_input, "Incompatible data source type is " + std::string(source->kind == SourceKind::table ? "TABLE" : "STREAM") + ", but statement was DROP " + upper(word), "write DROP " + upper(kind_word(source->kind)), d.name_place.span);
  if (d.delete_topic && source->is_source)
    return fail(ErrorCode::invalid_input, "Cannot delete topic for read-only source: " + d.name, "DROP it without DELETE TOPIC", d.name_place.span);
  auto readers = context.metastore.readers_of(d.name);
  auto writers = context.metastore.writers_of(d.name);
  const auto ids = [](const std::vector<std::string>& list) {
    std::string text;
    for (const auto& id : list) text += (text.empty() ? "" : ", ") + id;
    return "[" + text + "]";
  };
  std::erase_if(writers, [&](const auto& id) { return source->from_query && !id.starts_with("INSERTQUERY_"); });   // its own query ends with it
  if (!readers.empty() || !writers.empty())
    return fail(ErrorCode::conflict, "Cannot drop " + d.name + ".\nThe following queries read from this source: " + ids(readers) + ".\nThe following queries write into this source: " + ids(writers) + ".\nYou need to terminate them before dropping " + d.name + ".",
                "TERMINATE them first", d.name_place.span);
  out.ddl = DropSourceCommand{d.name, d.kind, d.delete_topic};
  out.message = "Source `" + d.name + "` (topic: " + source->topic + ") was dropped.";
  return out;
}

Result<Planned> plan_alter(const AlterSource& a, const PlanContext& context) {
  const auto* source = context.metastore.find(a.name);
  if (!source) return fail(ErrorCode::not_found, "Source " + a.name + " does not exist." + context.metastore.alternatives(a.name), "", a.name_place.span);
  if (source->kind != a.kind)
    return fail(ErrorCode::invalid_input, "Incompatible data source type is " + std::string(source->kind == SourceKind::table ? "TABLE" : "STREAM") + ", but statement was ALTER " + upper(kind_word(a.kind)), "", a.name_place.span);
  if (source->is_source)
    return fail(ErrorCode::unsupported, "Cannot alter " + kind_word(a.kind) + " '" + a.name + "': ALTER operations are not supported on source " + kind_word(a.kind) + "s.", "", a.name_place.span);
  if (source->from_query) return fail(ErrorCode::unsupported, "ALTER command is not supported for CREATE ... AS statements.", "use CREATE OR REPLACE", a.name_place.span);
  auto changed = *source;
  for (const auto& c : a.added) {
    for (const auto* part : {&changed.schema.key, &changed.schema.value})
      for (const auto& f : *part)
        if (f.name == c.name) return fail(ErrorCode::already_exists, "Cannot add column `" + c.name + "` to schema. A column with the same name already exists.", "", c.place.span);
    if (is_system_column(c.name)) return fail(ErrorCode::invalid_input, "'" + c.name + "' is a reserved column name. You cannot use it as a name for a column.", "", c.place.span);
    TRY(auto type, resolve_type(c.type, context.metastore));
    changed.schema.value.push_back({c.name, type});
  }
  TRY_VOID(set_value_features(changed.value_format, changed.schema.value.size(), std::nullopt, context.properties));
  TRY_VOID(check_value_format(changed.value_format, changed.schema.value));
  Planned out;
  out.message = std::string(a.kind == SourceKind::table ? "Table " : "Stream ") + a.name + " altered.";
  out.ddl = PutSource{std::move(changed), true};
  return out;
}

Result<Planned> plan_create_type(const CreateType& t, const PlanContext& context) {
  Planned out;
  const auto it = context.metastore.types().find(t.name);
  if (it != context.metastore.types().end()) {
    const auto message = t.name + " is already registered with type " + it->second.text();
    if (!t.if_not_exists)
      return fail(ErrorCode::already_exists, "Cannot register custom type '" + t.name + "' since it is already registered with type: " + it->second.text(), "CREATE TYPE IF NOT EXISTS says nothing then");
    out.nothing_to_do = true;
    out.message = message;
    return out;
  }
  TRY(auto type, resolve_type(t.type, context.metastore));
  out.message = "Registered custom type with name '" + t.name + "' and SQL type " + type.text();
  out.ddl = PutType{t.name, std::move(type)};
  return out;
}

Result<Planned> plan_drop_type(const DropType& t, const PlanContext& context) {
  Planned out;
  if (!context.metastore.types().contains(t.name)) {
    if (!t.if_exists) return fail(ErrorCode::not_found, "Type " + t.name + " does not exist.", "SHOW TYPES lists those there are");
    out.nothing_to_do = true;
    out.message = "Type '" + t.name + "' does not exist";
    return out;
  }
  out.ddl = DropTypeCommand{t.name};
  out.message = "Dropped type '" + t.name + "'";
  return out;
}

}  // namespace

Result<Planned> plan(const Statement& statement, const PlanContext& context) {
  auto planned = [&]() -> Result<Planned> {
    if (const auto* c = std::get_if<CreateSource>(&statement.tree)) {
      TRY(auto out, SourceCreator(*c, context).run());
      out.statement = print(statement);
      if (out.ddl) std::get<PutSource>(*out.ddl).source.statement = statement.text;
      return out;
    }
    if (const auto* c = std::get_if<CreateAs>(&statement.tree)) return plan_create_as(statement, *c, context);
    if (const auto* i = std::get_if<InsertInto>(&statement.tree)) return plan_insert_into(statement, *i, context);
    if (const auto* q = std::get_if<Query>(&statement.tree)) return plan_select(statement, *q, context);
    if (const auto* d = std::get_if<DropSource>(&statement.tree)) return plan_drop(*d, context);
    if (const auto* a = std::get_if<AlterSource>(&statement.tree)) return plan_alter(*a, context);
    if (const auto* t = std::get_if<CreateType>(&statement.tree)) return plan_create_type(*t, context);
    if (const auto* t = std::get_if<DropType>(&statement.tree)) return plan_drop_type(*t, context);
    return fail(ErrorCode::unsupported, "this statement has no plan: " + statement.text);
  }();
  if (planned && planned->statement.empty()) planned->statement = print(statement);
  return planned;
}

std::string canonical_text(const Statement& statement, const Metastore& metastore) {
  const Query* q = nullptr;
  if (const auto* as = std::get_if<CreateAs>(&statement.tree)) q = &as->query;
  if (const auto* into = std::get_if<InsertInto>(&statement.tree)) q = &into->query;
  if (const auto* select = std::get_if<Query>(&statement.tree)) q = select;
  if (q)
    if (const auto named = resolve_names(*q, metastore)) return canonical(statement, *named);
  return print(statement);
}

}  // namespace braid::sql
