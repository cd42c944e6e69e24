#include "mesh/model.h"

#include <algorithm>

#include "base/clock.h"

namespace braid::mesh {
namespace {

template <class E, std::size_t N> Result<E> parse_enum(std::string_view what, std::string_view text, const std::pair<E, std::string_view> (&table)[N]) {
  std::string known;
  for (const auto& [value, name] : table) {
    if (name == text) return value;
    known += (known.empty() ? "" : ", ") + std::string(name);
  }
  return fail(ErrorCode::invalid_input, "'" + std::string(text.substr(0, 60)) + "' is no " + std::string(what), "choose one of: " + known);
}
template <class E, std::size_t N> std::string_view enum_name(E value, const std::pair<E, std::string_view> (&table)[N]) {
  for (const auto& [v, name] : table) if (v == value) return name;
  return "?";
}

constexpr std::pair<Quality, std::string_view> qualities[] = {{Quality::authoritative, "authoritative"}, {Quality::curated, "curated"}, {Quality::raw, "raw"}};
constexpr std::pair<SlaTier, std::string_view> tiers[] = {{SlaTier::tier_1, "tier-1"}, {SlaTier::tier_2, "tier-2"}, {SlaTier::tier_3, "tier-3"}};
constexpr std::pair<Lifecycle, std::string_view> states[] = {
    {Lifecycle::draft, "draft"}, {Lifecycle::published, "published"}, {Lifecycle::deprecated, "deprecated"}, {Lifecycle::retired, "retired"}};
constexpr std::pair<PortKind, std::string_view> kinds[] = {{PortKind::topic, "topic"}, {PortKind::table, "table"}};

// Absent or null gives `otherwise`, as json::optional_* do.
Result<std::string> text_or(const json::object& o, std::string_view field, std::string otherwise = {}) {
  TRY(auto v, json::optional_string(o, field));
  return v.value_or(std::move(otherwise));
}
Result<std::int64_t> int_or(const json::object& o, std::string_view field, std::int64_t otherwise = 0) {
  TRY(auto v, json::optional_int(o, field));
  return v.value_or(otherwise);
}
Result<bool> bool_or(const json::object& o, std::string_view field) {
  TRY(auto v, json::optional_bool(o, field));
  return v.value_or(false);
}
Result<std::int64_t> time_or(const json::object& o, std::string_view field) {
  const json::value* v = o.if_contains(field);
  if (!v || v->is_null()) return 0;
  if (const auto n = v->if_int64()) return *n;
  if (const auto s = v->if_string()) return parse_date_ms(*s);
  return fail(ErrorCode::invalid_input, "field '" + std::string(field) + "' must be a time");
}
json::value time_value(std::int64_t ms) { return ms == 0 ? json::value(nullptr) : json::value(iso8601(ms)); }

json::array strings(const std::vector<std::string>& list) {
  json::array out;
  for (const auto& s : list) out.emplace_back(s);
  return out;
}

}  // namespace

std::string_view name_of(Quality v) { return enum_name(v, qualities); }
std::string_view name_of(SlaTier v) { return enum_name(v, tiers); }
std::string_view name_of(Lifecycle v) { return enum_name(v, states); }
std::string_view name_of(PortKind v) { return enum_name(v, kinds); }
Result<Quality> parse_quality(std::string_view t) { return parse_enum("quality level", t, qualities); }
Result<SlaTier> parse_sla(std::string_view t) { return parse_enum("SLA tier", t, tiers); }
Result<Lifecycle> parse_lifecycle(std::string_view t) { return parse_enum("state of a product", t, states); }
Result<PortKind> parse_port_kind(std::string_view t) { return parse_enum("kind of port", t, kinds); }

json::object to_json(const Domain& d) {
  return {{"name", d.name}, {"title", d.title}, {"description", d.description}, {"thread", d.thread}, {"revision", d.revision}, {"created", time_value(d.created_ms)}};
}
Result<Domain> domain_from(const json::object& o) {
  Domain d;
  TRY(d.name, json::required_string(o, "name"));
  TRY(d.title, text_or(o, "title"));
  TRY(d.description, text_or(o, "description"));
  TRY(const auto thread, int_or(o, "thread"));
  d.thread = int(thread);
  TRY(d.revision, int_or(o, "revision"));
  TRY(d.created_ms, time_or(o, "created"));
  return d;
}

json::object to_json(const Team& t) {
  return {{"name", t.name}, {"domain", t.domain}, {"description", t.description}, {"revision", t.revision}, {"created", time_value(t.created_ms)}};
}
Result<Team> team_from(const json::object& o) {
  Team t;
  TRY(t.name, json::required_string(o, "name"));
  TRY(t.domain, text_or(o, "domain"));
  TRY(t.description, text_or(o, "description"));
  TRY(t.revision, int_or(o, "revision"));
  TRY(t.created_ms, time_or(o, "created"));
  return t;
}

json::object to_json(const Person& p) {
  return {{"name", p.name}, {"full_name", p.full_name}, {"email", p.email}, {"teams", strings(p.teams)}, {"platform", p.platform}, {"service", p.service},
          {"revision", p.revision}, {"created", time_value(p.created_ms)}};
}
Result<Person> person_from(const json::object& o) {
  Person p;
  TRY(p.name, json::required_string(o, "name"));
  TRY(p.full_name, text_or(o, "full_name"));
  TRY(p.email, text_or(o, "email"));
  TRY(p.teams, json::string_list(o, "teams"));
  std::ranges::sort(p.teams);
  p.teams.erase(std::ranges::unique(p.teams).begin(), p.teams.end());
  TRY(p.platform, bool_or(o, "platform"));
  TRY(p.service, bool_or(o, "service"));
  TRY(p.revision, int_or(o, "revision"));
  TRY(p.created_ms, time_or(o, "created"));
  return p;
}

json::object to_json(const Port& p) {
  return {{"name", p.name}, {"kind", name_of(p.kind)}, {"topic", p.topic}, {"table", p.table}, {"description", p.description}};
}
Result<Port> port_from(const json::object& o) {
  Port p;
  TRY(auto kind, text_or(o, "kind", "topic"));
  TRY(p.kind, parse_port_kind(kind));
  TRY(p.topic, text_or(o, "topic"));
  TRY(p.table, text_or(o, "table"));
  TRY(p.name, text_or(o, "name", p.kind == PortKind::table && !p.table.empty() ? p.table : p.topic));
  TRY(p.description, text_or(o, "description"));
  return p;
}

json::object to_json(const Product& p) {
  json::array ports;
  for (const auto& port : p.ports) ports.push_back(to_json(port));
  json::object o{{"name", p.name}, {"domain", p.domain}, {"owner", p.owner}, {"description", p.description}, {"documentation", p.documentation},
                 {"quality", name_of(p.quality)}, {"sla", name_of(p.sla)}, {"promises", to_json(p.promises)}, {"tags", strings(p.tags)}, {"ports", std::move(ports)}, {"version", p.version.text()},
                 {"state", name_of(p.state)}, {"deprecation", nullptr}, {"revision", p.revision}, {"created", time_value(p.created_ms)},
                 {"changed", time_value(p.changed_ms)}, {"changed_by", p.changed_by}};
  if (const auto& d = p.deprecation)
    o["deprecation"] = json::object{{"since", time_value(d->since_ms)}, {"sunset", time_value(d->sunset_ms)}, {"notice", d->notice}, {"replaced_by", d->replaced_by}};
  return o;
}

Result<Product> product_from(const json::object& o) {
  Product p;
  TRY(p.name, json::required_string(o, "name"));
  TRY(p.domain, text_or(o, "domain"));
  TRY(p.owner, text_or(o, "owner"));
  TRY(p.description, text_or(o, "description"));
  TRY(p.documentation, text_or(o, "documentation"));
  TRY(const auto quality, text_or(o, "quality", "raw"));
  TRY(p.quality, parse_quality(quality));
  TRY(const auto sla, text_or(o, "sla", "tier-3"));
  TRY(p.sla, parse_sla(sla));
  if (const json::value* promises = o.if_contains("promises"); promises && !promises->is_null()) {
    if (!promises->is_object()) return fail(ErrorCode::invalid_input, "field 'promises' must be an object");
    TRY(p.promises, promises_from(promises->get_object()));
  }
  TRY(p.tags, json::string_list(o, "tags"));
  if (const json::value* ports = o.if_contains("ports"); ports && !ports->is_null()) {
    if (!ports->is_array()) return fail(ErrorCode::invalid_input, "field 'ports' must be a list of objects");
    for (const auto& v : ports->get_array()) {
      if (!v.is_object()) return fail(ErrorCode::invalid_input, "field 'ports' must be a list of objects");
      TRY(auto port, port_from(v.get_object()));
      p.ports.push_back(std::move(port));
    }
  }
  TRY(const auto version, text_or(o, "version", "1.0.0"));
  TRY(p.version, Version::parse(version));
  TRY(const auto state, text_or(o, "state", "published"));
  TRY(p.state, parse_lifecycle(state));
  if (const json::value* d = o.if_contains("deprecation"); d && !d->is_null()) {
    if (!d->is_object()) return fail(ErrorCode::invalid_input, "field 'deprecation' must be an object");
    Deprecation deprecation;
    TRY(deprecation.since_ms, time_or(d->get_object(), "since"));
    TRY(deprecation.sunset_ms, time_or(d->get_object(), "sunset"));
    TRY(deprecation.notice, text_or(d->get_object(), "notice"));
    TRY(deprecation.replaced_by, text_or(d->get_object(), "replaced_by"));
    p.deprecation = std::move(deprecation);
  }
  TRY(p.revision, int_or(o, "revision"));
  TRY(p.created_ms, time_or(o, "created"));
  TRY(p.changed_ms, time_or(o, "changed"));
  TRY(p.changed_by, text_or(o, "changed_by"));
  return p;
}

json::object to_json(const Consumer& c) {
  return {{"product", c.product}, {"name", c.name}, {"team", c.team}, {"domain", c.domain}, {"purpose", c.purpose}, {"registered_by", c.registered_by}, {"since", time_value(c.since_ms)}};
}
Result<Consumer> consumer_from(const json::object& o) {
  Consumer c;
  TRY(c.product, json::required_string(o, "product"));
  TRY(c.name, json::required_string(o, "name"));
  TRY(c.team, text_or(o, "team"));
  TRY(c.domain, text_or(o, "domain"));
  TRY(c.purpose, text_or(o, "purpose"));
  TRY(c.registered_by, text_or(o, "registered_by"));
  TRY(c.since_ms, time_or(o, "since"));
  return c;
}

}  // namespace braid::mesh
