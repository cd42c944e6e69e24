#include "mesh/openlineage.h"

#include <algorithm>
#include <cstdio>

#include "base/clock.h"

namespace braid::mesh {
namespace {

constexpr std::string_view spec = "https://openlineage.io/spec/";
constexpr std::string_view run_event_schema = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent";

std::string fingerprint_of(std::string_view text) {   // FNV-1a: tells one statement from another, no more
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : text) hash = (hash ^ std::uint8_t(c)) * 0x100000001b3ULL;
  char out[17];
  std::snprintf(out, sizeof out, "%016llx", static_cast<unsigned long long>(hash));
  return out;
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> out;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto end = std::min(text.find('\n', at), text.size());
    out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

class Events {
 public:
  explicit Events(const OpenLineageContext& context) : c_(context), producer_("urn:braid:" + (context.version.empty() ? "unknown" : context.version)) {}

  // `query` may be null: it is gone, and the run remembers its topics.
  json::object event(RunEventType type, const OpenRun& run, const QueryFlow* query, std::int64_t now_ms) const {
    const bool in_full = type == RunEventType::start;
    json::object run_facets{{"processing_engine", facet("facets/1-1-1/ProcessingEngineRunFacet.json#/$defs/ProcessingEngineRunFacet", {{"name", "Braid"}, {"version", c_.version}})}};
    if (query && query->state == "failed" && !query->error.empty())
      run_facets["errorMessage"] = facet("facets/1-0-1/ErrorMessageRunFacet.json#/$defs/ErrorMessageRunFacet", {{"message", query->error}, {"programmingLanguage", "SQL"}});
    json::object job{{"namespace", c_.job_namespace}, {"name", run.query}};
    if (query) {
      json::object facets{{"jobType", facet("facets/2-0-4/JobTypeJobFacet.json#/$defs/JobTypeJobFacet", {{"processingType", "STREAMING"}, {"integration", "BRAID"}, {"jobType", "QUERY"}})}};
      if (in_full) {
        facets["sql"] = facet("facets/1-0-1/SQLJobFacet.json#/$defs/SQLJobFacet", {{"query", query->statement}});
        if (const Product* p = product_of(query->sink_topic)) facets["ownership"] = facet("facets/1-0-1/OwnershipJobFacet.json#/$defs/OwnershipJobFacet", owners(*p));
      }
      job["facets"] = std::move(facets);
    }
    json::array inputs, outputs;
    for (const auto& topic : lines(run.inputs)) inputs.push_back(input(topic, run, in_full));
    for (const auto& topic : lines(run.output)) outputs.push_back(output(topic, run, query, in_full));
    return {{"eventType", name_of(type)}, {"eventTime", iso8601(now_ms)}, {"producer", producer_}, {"schemaURL", run_event_schema},
            {"run", json::object{{"runId", run.run_id}, {"facets", std::move(run_facets)}}}, {"job", std::move(job)}, {"inputs", std::move(inputs)}, {"outputs", std::move(outputs)}};
  }

 private:
  json::object facet(std::string_view schema, json::object fields) const {
    json::object o{{"_producer", producer_}, {"_schemaURL", std::string(spec) + std::string(schema)}};
    for (auto& field : fields) o[field.key()] = std::move(field.value());
    return o;
  }

  const Product* product_of(const std::string& topic) const { return c_.state && !topic.empty() ? c_.state->product_of_topic(topic) : nullptr; }
  static json::object owners(const Product& p) { return {{"owners", json::array{json::object{{"name", "team:" + p.owner}, {"type", "OWNER"}}}}}; }

  json::object dataset(const std::string& topic, bool in_full) const {
    json::object d{{"namespace", c_.dataset_namespace}, {"name", topic}};
    if (!in_full) return d;
    json::object facets;
    if (c_.columns_of) {
      json::array fields;
      for (const auto& c : c_.columns_of(topic)) fields.push_back(json::object{{"name", c.name}, {"type", c.type}});
      if (!fields.empty()) facets["schema"] = facet("facets/1-1-1/SchemaDatasetFacet.json#/$defs/SchemaDatasetFacet", {{"fields", std::move(fields)}});
    }
    if (const Product* p = product_of(topic)) {
      if (!p->description.empty()) facets["documentation"] = facet("facets/1-0-1/DocumentationDatasetFacet.json#/$defs/DocumentationDatasetFacet", {{"description", p->description}});
      facets["ownership"] = facet("facets/1-0-1/OwnershipDatasetFacet.json#/$defs/OwnershipDatasetFacet", owners(*p));
    }
    d["facets"] = std::move(facets);
    return d;
  }

  const Flow* flow(const OpenRun& run, const std::string& topic, bool writes) const {
    if (!c_.observed) return nullptr;
    const auto it = c_.observed->flows().find(Seen{"query", "", run.query, "", topic, writes});
    return it == c_.observed->flows().end() ? nullptr : &it->second;
  }

  json::object input(const std::string& topic, const OpenRun& run, bool in_full) const {
    json::object d = dataset(topic, in_full);
    if (const Flow* f = flow(run, topic, false))
      d["inputFacets"] = json::object{{"inputStatistics", facet("facets/1-0-0/InputStatisticsInputDatasetFacet.json#/$defs/InputStatisticsInputDatasetFacet", {{"rowCount", f->records}, {"size", f->bytes}})}};
    return d;
  }

  json::object output(const std::string& topic, const OpenRun& run, const QueryFlow* query, bool in_full) const {
    json::object d = dataset(topic, in_full);
    if (in_full && query) d["facets"].as_object()["columnLineage"] = column_lineage(*query);
    if (const Flow* f = flow(run, topic, true))
      d["outputFacets"] = json::object{{"outputStatistics", facet("facets/1-0-2/OutputStatisticsOutputDatasetFacet.json#/$defs/OutputStatisticsOutputDatasetFacet", {{"rowCount", f->records}, {"size", f->bytes}})}};
    return d;
  }

  json::object input_field(const std::string& topic, const ColumnEdge& c) const {
    const bool decides = c.to.empty() || c.condition;
    const std::string_view subtype = c.condition                                     ? "CONDITIONAL"
                                     : !c.to.empty() && c.aggregated                 ? "AGGREGATION"
                                     : c.how == "unchanged" || c.how == "renamed"    ? "IDENTITY"
                                     : c.how == "computed"                           ? "TRANSFORMATION"
                                     : c.how == "joined"                             ? "JOIN"
                                     : c.how == "grouped"                            ? "GROUP_BY"
                                                                                     : "FILTER";
    std::string field = c.from;   // a field of a struct is written with dots there
    for (std::size_t at; (at = field.find("->")) != field.npos;) field.replace(at, 2, ".");
    json::object transformation{{"type", decides ? "INDIRECT" : "DIRECT"}, {"subtype", subtype}, {"description", c.text}, {"masking", false}};
    return {{"namespace", c_.dataset_namespace}, {"name", topic}, {"field", field}, {"transformations", json::array{std::move(transformation)}}};
  }

  json::object column_lineage(const QueryFlow& query) const {
    json::object fields;
    json::array deciding;
    for (const auto& column : query.columns) fields[column.name] = json::object{{"inputFields", json::array{}}};
    for (const auto& in : query.inputs)
      for (const auto& c : in.columns) {
        if (c.from.empty()) continue;   // counts rows: there is no field to name
        if (c.to.empty()) deciding.push_back(input_field(in.topic, c));
        else if (auto* field = fields.if_contains(c.to)) field->as_object()["inputFields"].as_array().push_back(input_field(in.topic, c));
      }
    return facet("facets/1-2-0/ColumnLineageDatasetFacet.json#/$defs/ColumnLineageDatasetFacet", {{"fields", std::move(fields)}, {"dataset", std::move(deciding)}});
  }

  const OpenLineageContext& c_;
  std::string producer_;
};

void remember_topics(OpenRun& run, const QueryFlow& q) {
  run.inputs.clear();
  for (const auto& in : q.inputs)
    if (("\n" + run.inputs + "\n").find("\n" + in.topic + "\n") == std::string::npos) run.inputs += (run.inputs.empty() ? "" : "\n") + in.topic;
  run.output = q.sink_topic;
}

}  // namespace

std::string_view name_of(RunEventType type) {
  switch (type) {
    case RunEventType::start: return "START";
    case RunEventType::running: return "RUNNING";
    case RunEventType::complete: return "COMPLETE";
    case RunEventType::abort: return "ABORT";
  }
  return "";
}

std::string run_key(std::string_view query) { return json::print(json::array{"run", query}); }

std::string encode(const OpenRun& r) {
  return json::print(json::object{{"kind", "run"}, {"query", r.query}, {"run_id", r.run_id}, {"fingerprint", r.fingerprint}, {"started", iso8601(r.started_ms)}, {"told", iso8601(r.told_ms)},
                                  {"told_records", r.told_records}, {"told_error", r.told_error}, {"inputs", r.inputs}, {"output", r.output}});
}

Result<OpenRun> decode_open_run(std::string_view text) {
  TRY(const auto o, json::parse_object(text));
  OpenRun r;
  TRY(r.query, json::required_string(o, "query"));
  TRY(r.run_id, json::required_string(o, "run_id"));
  TRY(r.fingerprint, json::required_string(o, "fingerprint"));
  TRY(const auto started, json::required_string(o, "started"));
  TRY(r.started_ms, parse_date_ms(started));
  TRY(const auto told, json::required_string(o, "told"));
  TRY(r.told_ms, parse_date_ms(told));
  TRY(const auto records, json::optional_int(o, "told_records"));
  r.told_records = std::uint64_t(std::max<std::int64_t>(0, records.value_or(0)));
  for (const auto& [name, into] : {std::pair("told_error", &r.told_error), {"inputs", &r.inputs}, {"output", &r.output}}) {
    TRY(auto value, json::optional_string(o, name));
    *into = std::move(value).value_or("");
  }
  return r;
}

RunDecision decide_runs(std::map<std::string, OpenRun>& runs, const std::vector<std::shared_ptr<const QueryFlow>>& queries, const OpenLineageContext& context,
                        const std::function<std::string()>& new_run_id, std::int64_t now_ms) {
  RunDecision out;
  const Events events(context);
  const auto written = [&](const OpenRun& run) -> std::uint64_t {
    if (!context.observed) return 0;
    const auto it = context.observed->flows().find(Seen{"query", "", run.query, "", run.output, true});
    return it == context.observed->flows().end() ? 0 : it->second.records;
  };
  const auto tell = [&](RunEventType type, OpenRun& run, const QueryFlow* query) {
    run.told_ms = now_ms;
    run.told_records = written(run);
    run.told_error = query && query->state == "failed" ? query->error : "";
    out.events.push_back(events.event(type, run, query, now_ms));
  };
  const auto start = [&](const QueryFlow& q) {
    OpenRun run;
    run.query = q.id;
    run.run_id = new_run_id();
    run.fingerprint = fingerprint_of(q.statement);
    run.started_ms = now_ms;
    remember_topics(run, q);
    tell(RunEventType::start, run, &q);
    runs[q.id] = std::move(run);
    out.changed.push_back(q.id);
  };
  std::set<std::string> there;
  for (const auto& q : queries) {
    there.insert(q->id);
    const auto it = runs.find(q->id);
    if (it == runs.end()) {
      start(*q);
      continue;
    }
    OpenRun& run = it->second;
    if (run.fingerprint != fingerprint_of(q->statement)) {
      tell(RunEventType::abort, run, nullptr);
      start(*q);
      continue;
    }
    // An error whose words change with every try is told once a minute.
    const bool newly_failed = q->state == "failed" && !q->error.empty() && q->error != run.told_error && (run.told_error.empty() || now_ms - run.told_ms >= 60'000);
    const bool moved = now_ms - run.told_ms >= running_event_ms && written(run) != run.told_records;
    if (!newly_failed && !moved) continue;
    tell(RunEventType::running, run, q.get());
    out.changed.push_back(q->id);
  }
  for (auto it = runs.begin(); it != runs.end();) {
    if (there.contains(it->first)) {
      ++it;
      continue;
    }
    tell(RunEventType::complete, it->second, nullptr);
    out.ended.push_back(it->first);
    it = runs.erase(it);
  }
  return out;
}

}  // namespace braid::mesh
