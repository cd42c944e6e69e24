// Search, the audit, and the stream of changes.
#include <algorithm>
#include <charconv>
#include <deque>
#include <memory>

#include "api/mesh/mesh_api.h"
#include "api/mesh/request.h"
#include "base/limits/catalog.h"
#include "base/limits/mesh.h"
#include "io/sync.h"

namespace braid::api {
namespace {

constexpr std::pair<std::string_view, std::string_view> facet_parameters[] = {
    {"type", "type"}, {"domain", "domain"}, {"owner", "owner"}, {"quality", "quality"}, {"tag", "tag"}, {"format", "format"}, {"state", "state"}};

json::object match_json(const catalog::Match& m) {
  json::array segments;
  for (const auto& s : m.segments) segments.push_back(json::object{{"text", s.text}, {"hit", s.hit}});
  json::object o{{"field", m.field}, {"how", m.how}, {"segments", std::move(segments)}};
  if (!m.asked.empty()) o["asked"] = m.asked;
  return o;
}

}  // namespace

void MeshApi::add_observation_routes(http::Router& router) {
  router.get("/api/v1/search", [this](http::Request r) { return search(std::move(r)); });
  router.get("/api/v1/audit", [this](http::Request r) { return audit(std::move(r)); });
  router.get("/api/v1/audit/{id}", [this](http::Request r) { return audit_entry(std::move(r)); });
  router.get("/api/v1/events", [this](http::Request r) { return events(std::move(r)); });
}

MeshApi::Answer MeshApi::search(http::Request r) {
  API_TRY(const auto page, paging(r, 20));
  catalog::SearchRequest request{.text = std::string(r.query_first("q").value_or("")), .limit = page.limit, .offset = page.offset};
  if (request.text.size() > limits::search_text_bytes_max)
    co_return refuse(Error{ErrorCode::invalid_input, "q has " + std::to_string(request.text.size()) + " bytes; at most " + std::to_string(limits::search_text_bytes_max) + " are searched for", "search for a few words", {}});
  for (const auto& [parameter, facet] : facet_parameters)
    for (auto& value : r.query_all(parameter)) request.filters[std::string(facet)].push_back(std::move(value));
  auto fresh = co_await catalog_.refresh();
  if (!fresh) co_return refuse(fresh.error());
  const std::string asked = request.text;
  const catalog::Indexing indexing = catalog_.indexing();   // before the search, which sees all that was in by now
  auto found = co_await catalog_.search(std::move(request));
  if (!found) co_return refuse(found.error());
  json::array results;
  for (const auto& hit : found->hits) {
    const catalog::Entity* e = catalog_.by_id(hit.id);
    if (!e) continue;                      // taken away while the search ran
    json::array matches;
    for (const auto& m : hit.matches) matches.push_back(match_json(m));
    json::object o{{"type", catalog::name_of(e->ref.type)}, {"name", e->name}, {"qualified_name", catalog::qualified_name(catalog_.place(), e->ref)}, {"description", catalog_.description_of(*e)},
                   {"domain", e->domain}, {"owner", e->owner}, {"quality", e->quality}, {"format", e->format}, {"state", e->state}, {"tags", json_strings(catalog_.tags_of(*e))}, {"matches", std::move(matches)}};
    // Where it stands in the lineage (api/lineage), if it does.
    o["lineage"] = e->ref.type == catalog::EntityType::data_product  ? json::value("product:" + e->ref.key)
                   : e->ref.type == catalog::EntityType::kafka_topic ? json::value("topic:" + e->ref.key)
                   : e->ref.type == catalog::EntityType::query       ? json::value("query:" + e->ref.key)
                                                                     : json::value(nullptr);
    if (e->ref.type == catalog::EntityType::data_product)
      if (const mesh::Product* p = mesh_.state().product(e->ref.key)) {
        o["sla"] = mesh::name_of(p->sla);
        o["version"] = p->version.text();
      }
    results.push_back(std::move(o));
  }
  json::object facets, corrected;
  for (const auto& [facet, values] : found->facets) {
    std::vector<std::pair<std::string, std::uint64_t>> counted(values.begin(), values.end());
    std::ranges::stable_sort(counted, std::greater<>{}, [](const auto& v) { return v.second; });
    json::array list;
    for (const auto& [value, count] : counted) list.push_back(json::object{{"value", value}, {"count", count}});
    facets[facet] = std::move(list);
  }
  for (const auto& [wrong, meant] : found->corrected) corrected[wrong] = meant;
  json::object o{{"q", asked}, {"total", found->total}, {"results", std::move(results)}, {"facets", std::move(facets)}, {"corrected", std::move(corrected)}, {"relaxed", found->relaxed}, {"took_us", found->took_us}};
  if (!indexing.whole()) o["indexing"] = json::object{{"done", indexing.done}, {"of", indexing.of}};
  co_return answer(200, std::move(o));
}

MeshApi::Answer MeshApi::audit(http::Request r) {
  const auto asked = [&](std::string_view name) { return std::string(r.query_first(name).value_or("")); };
  mesh::AuditFilter f{.who = asked("who"), .what = asked("what"), .kind = asked("kind"), .subject = asked("subject"), .domain = asked("domain"), .outcome = asked("outcome"), .text = asked("q")};
  API_TRY(const auto page, paging(r, 50));
  f.limit = page.limit;
  API_TRY(f.since_ms, time_parameter(r, "since", clock_.wall_ms()));
  API_TRY(f.until_ms, time_parameter(r, "until", clock_.wall_ms()));
  if (r.query_first("before")) {
    API_TRY(const auto before, r.query_int("before", 0));
    if (before < 0) co_return refuse(Error{ErrorCode::invalid_input, "before must not be negative", "pass the \"next\" of the page before", {}});
    f.before = std::uint64_t(before);
  }
  const mesh::AuditPage found = mesh_.audit().list(f);
  json::array entries;
  for (const auto& [sequence, entry] : found.entries) {
    json::object o = mesh::to_json(entry);
    o["sequence"] = sequence;
    entries.push_back(std::move(o));
  }
  const json::value next = found.entries.size() == f.limit && !found.entries.empty() ? json::value(found.entries.back().first) : json::value(nullptr);
  co_return answer(200, {{"entries", std::move(entries)}, {"total", found.matched}, {"complete", found.complete}, {"next", next}});
}

MeshApi::Answer MeshApi::audit_entry(http::Request r) {
  auto entry = mesh_.audit().find(r.param("id"));
  if (!entry) co_return refuse(Error{ErrorCode::not_found, "there is no audit entry '" + r.param("id") + "' in memory", "older entries are in the topic _braid_audit; query it with SQL", {}});
  co_return answer(200, mesh::to_json(*entry));
}

namespace {

// What one client of the stream has still to get. Shared by the stream's coroutine, the mesh's listener and the connection's end.
struct Feed {
  std::deque<mesh::Event> events;
  io::Notifier changed;
  bool closed = false;
  bool overrun = false;                    // too slow: it must come back with Last-Event-ID
};

std::string as_event(const mesh::Event& e) {
  return "id: " + std::to_string(e.offset) + "\nevent: " + e.type + "\ndata: " + json::print(mesh::to_json(e)) + "\n\n";
}

}  // namespace

MeshApi::Answer MeshApi::events(http::Request r) {
  std::int64_t after = -1;
  const auto recent = mesh_.recent(-1, limits::mesh_events_in_memory_max);
  if (!recent.empty()) after = recent.back().offset;
  std::string_view last = r.query_first("after").value_or(r.headers.get_or("Last-Event-ID", ""));
  if (!last.empty()) {
    const auto [p, ec] = std::from_chars(last.data(), last.data() + last.size(), after);
    if (ec != std::errc{} || p != last.data() + last.size()) co_return refuse(Error{ErrorCode::invalid_input, "after must be the id of an event, got '" + std::string(last.substr(0, 60)) + "'", "leave it out to begin now, or pass -1 for all there are", {}});
  }
  http::Response response;
  response.headers.add("Content-Type", "text/event-stream; charset=utf-8");
  response.headers.add("Cache-Control", "no-store");
  response.stream = [this, after](http::BodyWriter& out) { return stream_events(out, after); };
  co_return response;
}

// `out` lives as long as this call, which the server awaits.
io::Task<void> MeshApi::stream_events(http::BodyWriter& out, std::int64_t after) {
  auto feed = std::make_shared<Feed>();
  for (auto& e : mesh_.recent(after, limits::mesh_events_in_memory_max)) feed->events.push_back(std::move(e));
  const std::uint64_t listener = mesh_.listen([feed](const mesh::Event& e) {
    if (feed->events.size() >= limits::mesh_events_in_memory_max) feed->overrun = true;
    else feed->events.push_back(e);
    feed->changed.notify_all();
  });
  out.on_close([feed] {
    feed->closed = true;
    feed->changed.notify_all();
  });
  auto sent = co_await out.write(": changes of the mesh, one event each\n\n");
  while (sent && !feed->closed && !feed->overrun) {
    if (feed->events.empty()) {
      const bool woken = co_await feed->changed.wait(io::after(io::Milliseconds(15'000)));
      if (!woken && !feed->closed) sent = co_await out.write(": still here\n\n");   // so that proxies keep the connection and a dead client is noticed
      continue;
    }
    std::string text;
    while (!feed->events.empty() && text.size() < 64 * 1024) {
      text += as_event(feed->events.front());
      feed->events.pop_front();
    }
    sent = co_await out.write(std::move(text));
  }
  mesh_.unlisten(listener);
}

}  // namespace braid::api
