// Running queries: what they do, and pausing, resuming and ending them.
#include <algorithm>

#include "api/editor/plan_json.h"
#include "api/errors.h"
#include "api/mesh/mesh_api.h"
#include "api/mesh/request.h"
#include "api/operations/operations.h"
#include "base/log.h"
#include "sql/metastore.h"
#include "sql/parser.h"

namespace braid::api {
namespace {

constexpr std::int64_t rate_window_min_ms = 2'000, rate_window_max_ms = 60'000;   // looks closer or older than this make no rate

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = char(c + 32);
  return out;
}

std::string_view state_of(flow::QueryState state) { return state == flow::QueryState::error ? "failed" : flow::name_of(state); }

}  // namespace

json::object Operations::query_json(const flow::QueryInfo& query) {
  json::array reads;
  for (const auto& name : query.sources)
    if (const auto* source = parts_.engine.metastore().find(name)) reads.emplace_back(source->topic);
  json::object out{{"id", query.id}, {"kind", query.persistent ? "persistent" : "push"}, {"state", lower(state_of(query.state))}, {"statement", query.statement}, {"reads", std::move(reads)},
                   {"writes", nullptr}, {"stream", nullptr}, {"is_table", query.is_table}, {"owner_domain", nullptr}, {"product", nullptr}, {"records_in", query.counts.records_in},
                   {"records_out", query.counts.records_out}, {"records_in_per_second", nullptr}, {"records_out_per_second", nullptr}, {"lag", query.counts.lag},
                   {"errors", query.counts.errors + query.counts.undecodable}, {"late", query.counts.late}, {"null_keys", query.counts.null_keys}, {"state_bytes", query.counts.state_bytes},
                   {"state_entries", query.counts.state_entries}, {"last_error", nullptr}, {"started_at", iso8601(query.started_ms)}};
  if (!query.sink_topic.empty()) out["writes"] = query.sink_topic;
  if (!query.sink.empty()) out["stream"] = query.sink;
  if (const auto* product = query.sink_topic.empty() ? nullptr : parts_.mesh.state().product_of_topic(query.sink_topic)) {
    out["owner_domain"] = product->domain;
    out["product"] = product->name;
  }
  const auto problems = parts_.engine.problems(query.id);
  if (!problems.last.empty()) out["last_error"] = json::object{{"message", problems.last.back().reason}, {"at", iso8601(problems.last.back().at_ms)}};
  else if (!query.error.empty()) out["last_error"] = json::object{{"message", query.error}, {"at", nullptr}};

  // The rate between this look and the one before it, as long as they are neither too close nor too far apart. Never guessed.
  auto& [older, newest] = samples_[query.id];
  const Sample now{parts_.clock.wall_ms(), query.counts.records_in, query.counts.records_out};
  if (newest.at_ms == 0 || now.at_ms - newest.at_ms >= rate_window_min_ms || now.in < newest.in) older = std::exchange(newest, now);
  const auto ms = now.at_ms - older.at_ms;
  if (older.at_ms > 0 && ms >= rate_window_min_ms && ms <= rate_window_max_ms && now.in >= older.in && now.out >= older.out) {
    out["records_in_per_second"] = double(now.in - older.in) * 1000 / double(ms);
    out["records_out_per_second"] = double(now.out - older.out) * 1000 / double(ms);
  }
  return out;
}

Operations::Answer Operations::queries(http::Request) {
  json::array out;
  std::map<std::string, std::pair<Sample, Sample>> seen;
  for (const auto& query : parts_.engine.queries()) {
    out.push_back(query_json(query));
    seen[query.id] = samples_[query.id];
  }
  samples_ = std::move(seen);              // those that have ended are forgotten
  co_return http::Response::json(200, json::print(out));
}

Operations::Answer Operations::query(http::Request r) {
  const auto found = parts_.engine.query(r.param("id"));
  if (!found) {
    std::vector<std::string> known;
    for (const auto& q : parts_.engine.queries()) known.push_back(q.id);
    co_return refuse(unknown_thing("query", r.param("id"), known));
  }
  json::object out = query_json(*found);
  out["plan"] = nullptr;
  const auto statement = sql::parse_statement(found->statement);
  if (found->root) out["plan"] = plan_json(*found->root, statement ? query_of(*statement) : nullptr);
  json::array problems;
  for (const auto& p : parts_.engine.problems(found->id).last)
    problems.push_back(json::object{{"at", iso8601(p.at_ms)}, {"kind", p.kind}, {"message", p.reason}, {"step", p.step}, {"expression", p.expression}, {"topic", p.topic}, {"partition", p.partition}, {"offset", p.offset}});
  out["problems"] = std::move(problems);
  co_return http::Response::json(200, json::print(out));
}

// Who would notice: the consumers of the product that the query fills, and the queries that read what it writes.
mesh::Impact Operations::impact_of_ending(const flow::QueryInfo& query) const {
  std::vector<mesh::Reader> readers;
  for (const auto& other : parts_.engine.queries()) {
    if (!other.persistent || other.id == query.id || query.sink_topic.empty()) continue;
    for (const auto& name : other.sources)
      if (const auto* source = parts_.engine.metastore().find(name); source && source->topic == query.sink_topic) {
        readers.push_back({"query", other.id, source->topic, other.sink.empty() ? other.statement.substr(0, 200) : "writes " + other.sink});
        break;
      }
  }
  const auto* product = query.sink_topic.empty() ? nullptr : parts_.mesh.state().product_of_topic(query.sink_topic);
  return mesh::impact_of(parts_.mesh.state(), product ? product->name : query.id, readers);
}

Operations::Answer Operations::control(http::Request r, sql::QueryAction action) {
  const auto found = parts_.engine.query(r.param("id"));
  if (!found) {
    std::vector<std::string> known;
    for (const auto& q : parts_.engine.queries()) known.push_back(q.id);
    co_return refuse(unknown_thing("query", r.param("id"), known));
  }
  const char* verb = action == sql::QueryAction::terminate ? "terminate" : action == sql::QueryAction::pause ? "pause" : "resume";
  if (!found->persistent) {
    if (action != sql::QueryAction::terminate)
      co_return refuse(Error{ErrorCode::invalid_input, "the query " + found->id + " is somebody's reading and cannot be " + std::string(verb) + "d", "only persistent queries can"});
    if (parts_.guard) {
      const auto may = parts_.guard->may_end(r, *found);
      if (!may) co_return refuse(may.error());
    }
    parts_.engine.end_push_query(found->id);
    json::object ended{{"id", found->id}, {"state", "terminated"}, {"told", nullptr}, {"dry_run", false}};
    co_return http::Response::json(200, json::print(ended));
  }
  sql::Statement statement;
  statement.tree = sql::ControlQuery{action, found->id};
  std::string word(verb);
  for (char& c : word) c = char(c - 32);
  statement.text = word + " " + found->id + ";";
  if (parts_.guard) {
    const std::map<std::string, std::string> none;
    const auto may = parts_.guard->may(r, statement, none);
    if (!may) co_return refuse(may.error());
  }
  json::value told = nullptr;
  if (action == sql::QueryAction::terminate) {
    const auto seen = acknowledgement(r);
    if (!seen) co_return refuse(seen.error());
    const auto impact = impact_of_ending(*found);
    if (impact.anyone()) {
      told = mesh::to_json(impact);
      if (!is_dry_run(r) && !seen->force && seen->confirm != impact.confirm) {
        mesh::Refusal refusal;
        refusal.error = Error{ErrorCode::conflict, "what the query " + found->id + " writes (" + found->sink_topic + ") is read by " + impact.sentence(),
                              "tell them, then repeat with confirm=" + impact.confirm + "; force=true goes on whoever reads it"};
        refusal.impact = impact;
        co_return refuse(refusal);
      }
    }
  }
  if (is_dry_run(r)) {
    json::object would{{"id", found->id}, {"state", lower(state_of(found->state))}, {"told", std::move(told)}, {"dry_run", true}};
    co_return http::Response::json(200, json::print(would));
  }
  flow::Session session;
  auto done = co_await parts_.engine.execute(std::move(statement), std::move(session));
  if (!done) co_return refuse(done.error());
  const char* deed = action == sql::QueryAction::terminate ? "query.terminated" : action == sql::QueryAction::pause ? "query.paused" : "query.resumed";
  json::value before = json::object{{"state", lower(state_of(found->state))}, {"statement", found->statement}};
  const char* state = action == sql::QueryAction::terminate ? "terminated" : action == sql::QueryAction::pause ? "paused" : "running";
  json::value after = json::object{{"state", state}};
  co_await note(r, deed, "query", found->id, done->message, std::move(before), std::move(after));
  json::object out{{"id", found->id}, {"state", state}, {"told", std::move(told)}, {"dry_run", false}};
  co_return http::Response::json(200, json::print(out));
}

io::Task<void> Operations::note(const http::Request& r, std::string what, std::string kind, std::string subject, std::string message, json::value before, json::value after) {
  mesh::AuditEntry entry;
  entry.who = r.principal;
  entry.what = what;
  entry.kind = std::move(kind);
  entry.subject = subject;
  entry.message = std::move(message);
  if (!before.is_null()) entry.before = json::print(before);
  if (!after.is_null()) entry.after = json::print(after);
  entry.client = caller_of(r).client;
  const auto recorded = co_await parts_.mesh.audit().record(std::move(entry));
  if (!recorded) log::warn("audit_entry_lost", {{"what", what}, {"subject", subject}, {"reason", recorded.error().message}});
}

void Operations::add_routes(http::Router& router) {
  router.get("/api/v1/queries", [this](http::Request r) { return queries(std::move(r)); });
  router.get("/api/v1/queries/{id}", [this](http::Request r) { return query(std::move(r)); });
  router.post("/api/v1/queries/{id}/pause", [this](http::Request r) { return control(std::move(r), sql::QueryAction::pause); });
  router.post("/api/v1/queries/{id}/resume", [this](http::Request r) { return control(std::move(r), sql::QueryAction::resume); });
  router.post("/api/v1/queries/{id}/terminate", [this](http::Request r) { return control(std::move(r), sql::QueryAction::terminate); });
  router.get("/api/v1/groups", [this](http::Request r) { return groups(std::move(r)); });
  router.get("/api/v1/groups/{group}", [this](http::Request r) { return group(std::move(r)); });
  router.post("/api/v1/groups/{group}/offsets", [this](http::Request r) { return reset_offsets(std::move(r)); });
  router.del("/api/v1/groups/{group}", [this](http::Request r) { return remove_group(std::move(r)); });
  router.get("/api/v1/schemas/{subject}", [this](http::Request r) { return subject(std::move(r)); });
  router.get("/api/v1/schemas/{subject}/diff", [this](http::Request r) { return difference(std::move(r)); });
}

}  // namespace braid::api
