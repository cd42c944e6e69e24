#include "api/observe/observe_api.h"

#include <algorithm>
#include <charconv>

#include "api/mesh/request.h"
#include "base/limits/observe.h"

namespace braid::api {
namespace {

constexpr std::int64_t newest_records = 10'000;      // of a profile on demand, unless asked otherwise
constexpr std::int64_t week_ms = 7 * observe::Activity::day_ms;

// topics=a,b and topics=a&topics=b; null when not asked.
std::shared_ptr<const std::set<std::string, std::less<>>> topics_asked(const http::Request& r) {
  if (!r.query_first("topics")) return nullptr;
  auto out = std::make_shared<std::set<std::string, std::less<>>>();
  for (const auto& list : r.query_all("topics"))
    for (std::size_t at = 0; at <= list.size();) {
      const auto comma = std::min(list.find(',', at), list.size());
      if (comma > at) out->insert(list.substr(at, comma - at));
      at = comma + 1;
    }
  return out;
}

// "1m", "1h", "6h", "1d": minutes that divide an hour, hours that divide a day, or days.
Result<std::int64_t> period_ms(std::string_view text) {
  std::int64_t n = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), n);
  const char unit = ec == std::errc{} && end + 1 == text.data() + text.size() ? *end : '?';
  const bool minutes = unit == 'm' && n > 0 && n < 60 && 60 % n == 0;
  const bool hours = unit == 'h' && n > 0 && n <= 24 && 24 % n == 0, days = unit == 'd' && n > 0 && n <= 92;
  if (!minutes && !hours && !days)
    return fail(ErrorCode::invalid_input, "period must be minutes that divide an hour, hours that divide a day, or days; got '" + std::string(text.substr(0, 40)) + "'", "for example 1m, 15m, 1h, 6h, 1d, 7d");
  return n * (minutes ? observe::Minutes::minute_ms : hours ? observe::Activity::hour_ms : observe::Activity::day_ms);
}

json::value or_null(const std::optional<double>& v) { return v ? json::value(observe::rounded(*v)) : json::value(nullptr); }
json::value exact_or_null(const std::optional<double>& v) { return v ? json::value(*v) : json::value(nullptr); }
json::value time_or_null(std::int64_t ms) { return ms < 0 ? json::value(nullptr) : json::value(iso8601(ms)); }

json::array reasons_json(const std::map<std::string, std::uint64_t>& reasons) {
  json::array out;
  for (const auto& [reason, n] : reasons) out.push_back(json::object{{"reason", reason}, {"count", n}});
  return out;
}

}  // namespace

void ObserveApi::add_routes(http::Router& router) {
  router.get("/api/v1/live", [this](http::Request r) { return live(std::move(r)); });
  router.get("/api/v1/live/snapshot", [this](http::Request r) { return snapshot(std::move(r)); });
  router.get("/api/v1/topics/{topic}/activity", [this](http::Request r) { return activity(std::move(r)); });
  router.get("/api/v1/activity", [this](http::Request r) { return activities(std::move(r)); });
  router.get("/api/v1/promises", [this](http::Request r) { return promises(std::move(r)); });
  router.get("/api/v1/topics/{topic}/profile", [this](http::Request r) { return topic_profile(std::move(r)); });
  router.get("/api/v1/products/{product}/profile", [this](http::Request r) { return product_profile(std::move(r)); });
}

ObserveApi::Answer ObserveApi::snapshot(http::Request r) {
  const auto topics = topics_asked(r);
  co_return http::Response::json(200, topics ? pulse_.only(*topics) : *pulse_.everything());
}

ObserveApi::Answer ObserveApi::live(http::Request r) {
  if (streams_ >= limits::live_streams_max)
    co_return refuse(Error{ErrorCode::overloaded, std::to_string(streams_) + " clients already listen to the live numbers, the most there may be", "ask GET /api/v1/live/snapshot from time to time", {}});
  auto topics = topics_asked(r);
  http::Response response;
  response.headers.add("Content-Type", "text/event-stream; charset=utf-8");
  response.headers.add("Cache-Control", "no-store");
  response.stream = [this, topics](http::BodyWriter& out) { return stream(out, topics); };
  co_return response;
}

// `out` lives as long as this call, which the server awaits. A slow client misses beats, it does not queue them.
io::Task<void> ObserveApi::stream(http::BodyWriter& out, std::shared_ptr<const Wanted> topics) {
  ++streams_;
  bool more = true;
  observe::Pulse* pulse = &pulse_;
  out.on_close([pulse] { pulse->nudge(); });
  while (more && !out.closed()) {
    std::string text = "id: " + std::to_string(pulse_.beats()) + "\nevent: tick\ndata: ";
    if (topics) text += pulse_.only(*topics);
    else text += *pulse_.everything();
    text += "\n\n";
    const auto sent = co_await out.write(std::move(text));
    if (!sent || out.closed()) break;
    more = co_await pulse_.next(io::after(io::Milliseconds(5'000)));
    if (!more) more = !out.closed() && pulse_.at_ms() + 60'000 > clock_.wall_ms();   // a beat that is late is no end
  }
  --streams_;
}

Error ObserveApi::no_topic(const std::string& name) const {
  std::vector<std::string> names;
  for (const auto& [known, p] : pulse_.topics()) names.push_back(known);
  return unknown_thing("topic", name, names);
}

ObserveApi::Answer ObserveApi::activity(http::Request r) {
  const std::string topic = r.param("topic");
  API_TRY(const auto length, period_ms(r.query_first("period").value_or("6h")));
  API_TRY(const auto count, r.query_int("periods", 28));
  if (count < 1 || count > 500) co_return refuse(Error{ErrorCode::invalid_input, "periods must be from 1 to 500, got " + std::to_string(count), {}, {}});
  const auto* pulse = pulse_.topic(topic);
  if (!pulse) co_return refuse(no_topic(topic));
  const bool bytes_known = pulse->now.bytes_known;
  json::array periods;
  for (const auto& p : profiles_.activity().periods(topic, clock_.wall_ms(), length, std::size_t(count))) {
    const auto& b = p.bucket;
    const bool watched = b.watched_s > 0;
    periods.push_back(json::object{{"from", iso8601(p.from_ms)}, {"records", watched ? json::value(b.records) : json::value(nullptr)}, {"bytes", watched && bytes_known ? json::value(b.bytes) : json::value(nullptr)},
                                   {"availability", exact_or_null(b.availability())}, {"worst_gap_s", watched && length >= observe::Activity::hour_ms ? json::value(b.worst_gap_s) : json::value(nullptr)}, {"watched_s", b.watched_s}, {"down_s", b.down_s}});
  }
  co_return answer(200, {{"topic", topic}, {"period_s", length / 1000}, {"periods", std::move(periods)}});
}

// Short, for charts of many topics: one list of times, and for each topic a list of counts beside it.
ObserveApi::Answer ObserveApi::activities(http::Request r) {
  const auto topics = topics_asked(r);
  API_TRY(const auto length, period_ms(r.query_first("period").value_or("1m")));
  API_TRY(const auto count, r.query_int("periods", 60));
  if (count < 1 || count > 500) co_return refuse(Error{ErrorCode::invalid_input, "periods must be from 1 to 500, got " + std::to_string(count), {}, {}});
  std::vector<std::string> names;
  if (topics) names.assign(topics->begin(), topics->end());
  else for (const auto& [name, p] : pulse_.topics()) names.push_back(name);
  const std::int64_t now = clock_.wall_ms(), present = now / length * length;
  json::array from;
  for (std::int64_t i = count; i-- > 0;) from.push_back(json::value(iso8601(present - i * length)));
  json::object all;
  std::size_t done = 0;
  for (const auto& name : names) {
    if (++done % 16 == 0) co_await io::yield();
    const auto* pulse = pulse_.topic(name);
    if (!pulse) continue;                              // unknown names are left out, as in the live numbers
    const bool bytes_known = pulse->now.bytes_known;
    json::array records, bytes;
    for (const auto& p : profiles_.activity().periods(name, now, length, std::size_t(count))) {
      const bool watched = p.bucket.watched_s > 0;
      records.push_back(watched ? json::value(p.bucket.records) : json::value(nullptr));
      bytes.push_back(watched && bytes_known ? json::value(p.bucket.bytes) : json::value(nullptr));
    }
    all[name] = json::object{{"records", std::move(records)}, {"bytes", std::move(bytes)}};
  }
  co_return answer(200, {{"period_s", length / 1000}, {"from", std::move(from)}, {"topics", std::move(all)}});
}

ObserveApi::Answer ObserveApi::promises(http::Request r) {
  const std::string domain(r.query_first("domain").value_or("")), owner(r.query_first("owner").value_or(""));
  std::set<std::string> states;
  for (const auto& text : r.query_all("state"))
    for (std::size_t at = 0; at <= text.size();) {
      const auto comma = std::min(text.find(',', at), text.size());
      const std::string one = text.substr(at, comma - at);
      at = comma + 1;
      if (one.empty()) continue;
      if (one != "kept" && one != "close" && one != "broken" && one != "unknown")
        co_return refuse(Error{ErrorCode::invalid_input, "state '" + one.substr(0, 60) + "' is none of a promise", "kept, close, broken or unknown; several with commas between", {}});
      states.insert(one);
    }
  const auto names = names_in(mesh_.state().products);
  json::array products;
  std::map<std::string_view, std::size_t> summary{{"kept", 0}, {"close", 0}, {"broken", 0}, {"unknown", 0}};
  std::size_t looked_at = 0;
  for (const auto& name : names) {
    if (++looked_at % 16 == 0) co_await io::yield();   // a thousand products take a while
    const mesh::Product* now = mesh_.state().product(name);
    if (!now || (now->state != mesh::Lifecycle::published && now->state != mesh::Lifecycle::deprecated)) continue;
    if ((!domain.empty() && now->domain != domain) || (!owner.empty() && now->owner != owner && now->owner != "@" + owner)) continue;
    const mesh::Product p = *now;
    std::vector<observe::Judged> all;
    json::array list;
    std::set<std::string> seen;
    for (const auto& port : p.ports) {
      if (!seen.insert(port.topic).second) continue;
      auto judging = profiles_.judged(p, port.topic, false);
      const auto judged = co_await std::move(judging);
      for (const auto& j : judged) {
        json::object o{{"port", port.name}, {"topic", port.topic}};
        auto form = observe::to_json(j);              // named: g++ 12 lets a range's temporaries die too early
        form.erase("history");
        for (auto& [key, value] : form) o[key] = std::move(value);
        list.push_back(std::move(o));
        all.push_back(j);
      }
    }
    const auto state = observe::name_of(observe::worst(all));
    if (!states.empty() && !states.contains(std::string(state))) continue;
    ++summary[state];
    products.push_back(json::object{{"product", p.name}, {"domain", p.domain}, {"owner", p.owner}, {"sla", mesh::name_of(p.sla)}, {"state", state}, {"promises", std::move(list)}});
  }
  json::object counts;
  for (const auto& [state, n] : summary) counts[state] = n;
  co_return answer(200, {{"at", iso8601(clock_.wall_ms())}, {"summary", std::move(counts)}, {"products", std::move(products)}});
}

io::Task<Result<json::object>> ObserveApi::profile_json(std::string topic, const mesh::Product* product, std::optional<std::int64_t> records) {
  json::object o{{"topic", topic}};
  std::optional<mesh::Product> owner;                  // it may change while we wait
  if (product) owner = *product;
  std::optional<observe::Profiler::View> view;
  if (!records) {
    auto viewing = profiles_.view(topic);
    view = co_await std::move(viewing);
  }
  if (view) {
    const double share = view->records == 0 ? 1 : double(view->profiled) / double(view->records);
    o["basis"] = json::object{{"kind", "running"}, {"text", "all records that were there on " + iso8601(view->since_ms) + ", and every one since"}};
    if (view->sampling > 0 || view->profiled < view->records) {
      const std::string now = "1/" + std::to_string(1 << view->sampling);
      o["basis"].get_object()["text"] = "a sample of the records that were there on " + iso8601(view->since_ms) + " and since, " + std::to_string(view->profiled) + " of " + std::to_string(view->records) + "; they come faster than a profile may cost";
      o["sampled"] = json::object{{"now", now}, {"share", share}};
    } else {
      o["sampled"] = nullptr;
    }
    o["since"] = iso8601(view->since_ms);
    o["records"] = view->records;
    o["profiled"] = view->profiled;
    o["undecodable"] = view->undecodable;
    o["undecodable_reasons"] = reasons_json(view->reasons);
    o["fields_left_out"] = view->fields_left_out;
    o["lag"] = view->lag;
    o["problem"] = view->problem.empty() ? json::value(nullptr) : json::value(view->problem);
    o["memory_bytes"] = view->memory;
    o["fields"] = std::move(view->fields);
  } else {
    const auto wanted = std::uint64_t(records.value_or(newest_records));
    auto profiling = profiles_.profile_newest(topic, wanted);
    CO_TRY(const auto profile, co_await std::move(profiling));
    std::string text = "the newest " + std::to_string(profile.records) + " records, read just now";
    if (const auto why = profiles_.why_not(topic); !why.empty()) text += "; it is not followed: " + why;
    else if (!records) text += "; topics are followed once they are ports of a product";
    o["basis"] = json::object{{"kind", "newest"}, {"text", text}};
    o["sampled"] = nullptr;
    o["since"] = nullptr;
    o["records"] = profile.records;
    o["profiled"] = profile.profiled;
    o["undecodable"] = profile.undecodable;
    o["undecodable_reasons"] = reasons_json(profile.reasons);
    o["fields_left_out"] = profile.fields_left_out;
    o["lag"] = 0;
    o["problem"] = nullptr;
    o["memory_bytes"] = profile.memory_bytes();
    o["fields"] = profile.fields_json();
  }
  const auto* pulse = pulse_.topic(topic);
  o["records_per_second"] = pulse ? or_null(pulse->records_per_second) : json::value(nullptr);
  o["bytes_per_second"] = pulse ? or_null(pulse->bytes_per_second) : json::value(nullptr);
  o["last_record_at"] = pulse ? time_or_null(pulse->now.last_append_ms) : json::value(nullptr);
  o["age_s"] = pulse ? or_null(pulse->age_s) : json::value(nullptr);
  json::array promises;
  if (owner) {
    auto judging = profiles_.judged(*owner, topic);
    const auto judged = co_await std::move(judging);
    for (const auto& j : judged) promises.push_back(observe::to_json(j));
  }
  o["promises"] = std::move(promises);
  const auto now = clock_.wall_ms();
  const auto week = profiles_.activity().over(topic, now - week_ms, now);
  const bool known = week.watched_s + week.down_s >= 60;
  const std::uint32_t seen = week.watched_s + week.down_s;
  o["uptime"] = json::object{{"value", known ? exact_or_null(week.uptime()) : json::value(nullptr)}, {"over_s", seen},
                             {"why", known ? "of the " + observe::length_text(seen) + " that are known of the last 7 days, the share in which it could be written and read" +
                                                 (week.promised_s > 0 ? " and was as fresh as promised" : std::string())
                                           : "it has been watched for " + observe::length_text(seen) + " only"}};
  co_return o;
}

// Who may not read the topic is told how many, how often and of which type, and nothing that was in a record.
void ObserveApi::hide_values(const http::Request& r, const std::string& topic, json::object& profile) const {
  profile["values_hidden"] = nullptr;
  if (guard_ == nullptr) return;
  const auto may = guard_->may(r, "read", topic);
  if (may) return;
  profile["values_hidden"] = may.error().message;
  profile["undecodable_reasons"] = json::array{};
  profile["problem"] = nullptr;
  auto* fields = profile.if_contains("fields");
  if (fields == nullptr || !fields->is_array()) return;
  auto& list = fields->get_array();
  // The keys of a map are values of records too: attrs{colour}.
  const auto last = std::remove_if(list.begin(), list.end(), [](const json::value& field) {
    const std::string path(field.at("path").as_string());
    const auto open = path.find('{');
    return open != std::string::npos && path.find("{}") != open;
  });
  list.erase(last, list.end());
  for (auto& field : list) {
    auto& f = field.as_object();
    for (const char* name : {"min", "max", "mean", "quantiles", "histogram", "lengths"})
      if (f.contains(name)) f[name] = nullptr;
    for (const char* name : {"top", "shapes"})
      if (f.contains(name)) f[name] = json::array{};
  }
}

ObserveApi::Answer ObserveApi::topic_profile(http::Request r) {
  const std::string topic = r.param("topic");
  std::optional<std::int64_t> records;
  if (r.query_first("records")) {
    API_TRY(records, r.query_int("records", newest_records));
    if (*records < 1 || *records > std::int64_t(limits::profile_sample_records_max))
      co_return refuse(Error{ErrorCode::invalid_input, "records must be from 1 to " + std::to_string(limits::profile_sample_records_max) + ", got " + std::to_string(*records), {}, {}});
  }
  auto describing = log_.describe_topic(topic);
  const auto there = co_await std::move(describing);
  if (!there) co_return refuse(there.error().code == ErrorCode::not_found ? no_topic(topic) : there.error());
  auto making = profile_json(topic, mesh_.state().product_of_topic(topic), records);
  auto made = co_await std::move(making);
  if (!made) co_return refuse(made.error());
  hide_values(r, topic, *made);
  co_return answer(200, *made);
}

ObserveApi::Answer ObserveApi::product_profile(http::Request r) {
  const mesh::Product* product = mesh_.state().product(r.param("product"));
  if (!product) co_return refuse(unknown_thing("product", r.param("product"), names_in(mesh_.state().products)));
  const mesh::Product copy = *product;
  json::array ports;
  std::optional<double> uptime;
  bool all = true;
  std::set<std::string> seen;
  for (const auto& port : copy.ports) {
    if (!seen.insert(port.topic).second) continue;
    auto making = profile_json(port.topic, &copy, std::nullopt);
    auto made = co_await std::move(making);
    if (!made) {
      // The topic was deleted under the product: that is what there is to say about this port.
      if (made.error().code != ErrorCode::not_found) co_return refuse(made.error());
      all = false;
      ports.push_back(json::object{{"port", port.name}, {"topic", port.topic}, {"missing", made.error().message}});
      continue;
    }
    hide_values(r, port.topic, *made);
    const auto& value = made->at("uptime").at("value");
    if (value.is_null()) all = false;
    else uptime = std::min(uptime.value_or(1), value.to_number<double>());
    json::object o{{"port", port.name}};
    for (auto& [name, v] : *made) o[name] = std::move(v);
    ports.push_back(std::move(o));
  }
  co_return answer(200, {{"product", copy.name}, {"sla", mesh::name_of(copy.sla)}, {"uptime", all ? exact_or_null(uptime) : json::value(nullptr)}, {"ports", std::move(ports)}});
}

}  // namespace braid::api
