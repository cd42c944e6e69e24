#include "mesh/state.h"

#include <algorithm>
#include <set>

#include "base/limits/mesh.h"

namespace braid::mesh {
namespace {

template <class Map> auto* at_or_null(Map& map, std::string_view name) {
  const auto it = map.find(name);
  return it == map.end() ? nullptr : &it->second;
}

// Only what an event carries about its subject; the rest follows from the event itself.
constexpr std::string_view derived[] = {"revision", "created", "changed", "changed_by"};

// The subject's form after the event: what it was, overlaid with what the event says.
template <class T> json::object overlaid(const T* old, const Event& event, std::string_view name_field = "name") {
  json::object form = old ? to_json(*old) : json::object{};
  for (const auto& field : event.after) form[field.key()] = field.value();
  form[name_field] = event.subject;
  for (const auto& field : derived) form.erase(field);
  return form;
}

template <class T> void stamp(T& thing, const T* old, const Event& event) {
  thing.revision = event.revision;
  thing.created_ms = old ? old->created_ms : event.at_ms;
}

template <class T, class Parse> Result<void> put(std::map<std::string, T, std::less<>>& map, const Event& event, Parse parse) {
  const T* old = at_or_null(map, event.subject);
  TRY(T thing, parse(overlaid(old, event)));
  stamp(thing, old, event);
  if constexpr (std::is_same_v<T, Product>) {
    thing.changed_ms = event.at_ms;
    thing.changed_by = event.by;
  }
  map.insert_or_assign(event.subject, std::move(thing));
  return {};
}

void remember(State& state, const Event& event, const std::string& product) {
  auto& history = state.history[product];
  history.push_back(event);
  if (history.size() > limits::product_history_max) history.pop_front();
}

void remember_in_organisation(State& state, const Event& event) {
  auto& history = state.organisation_history[event.kind + "/" + event.subject];
  history.push_back(event);
  if (history.size() > limits::organisation_history_max) history.pop_front();
}

std::uint64_t fnv1a(std::uint64_t hash, std::string_view text) {
  for (const unsigned char c : text) hash = (hash ^ c) * 0x100000001b3ULL;
  return (hash ^ 0xFF) * 0x100000001b3ULL;   // ends the text, so that "ab","c" differs from "a","bc"
}

std::string listed(const std::vector<std::string>& names, std::size_t most) {
  std::string out;
  for (std::size_t i = 0; i < names.size() && i < most; ++i) out += (i ? ", " : "") + names[i];
  if (names.size() > most) out += " and " + std::to_string(names.size() - most) + " more";
  return out;
}

}  // namespace

const Domain* State::domain(std::string_view name) const { return at_or_null(domains, name); }
const Team* State::team(std::string_view name) const {
  if (const Team* found = at_or_null(teams, name)) return found;
  return at_or_null(teams, "@" + std::string(name));
}
const Person* State::person(std::string_view name) const { return at_or_null(people, name); }
const Product* State::product(std::string_view name) const { return at_or_null(products, name); }

std::vector<std::string> State::domains_of(const Person& person) const {
  std::set<std::string> found;
  for (const auto& name : person.teams)
    if (const Team* t = team(name)) found.insert(t->domain);
  return {found.begin(), found.end()};
}

bool State::is_member(std::string_view name, std::string_view domain) const {
  const Person* p = person(name);
  if (!p) return false;
  return std::ranges::any_of(p->teams, [&](const std::string& t) { const Team* found = team(t); return found && found->domain == domain; });
}

std::vector<std::string> State::members_of(std::string_view domain) const {
  std::vector<std::string> members;
  for (const auto& [name, p] : people)
    if (is_member(name, domain)) members.push_back(name);
  return members;
}

std::vector<Consumer> State::consumers_of(std::string_view product) const {
  std::vector<Consumer> out;
  if (const auto* all = at_or_null(consumers, product))
    for (const auto& [name, consumer] : *all) out.push_back(consumer);
  return out;
}

const Product* State::product_of_topic(std::string_view topic) const {
  for (const auto& [name, p] : products)
    if (p.state == Lifecycle::published || p.state == Lifecycle::deprecated)
      for (const auto& port : p.ports)
        if (port.topic == topic) return &p;
  return nullptr;
}

bool State::unclaimed() const {
  return std::ranges::none_of(people, [](const auto& entry) { return entry.second.platform; });
}

json::object State::to_json() const {
  const auto all = [](const auto& map) {
    json::array out;
    for (const auto& [name, thing] : map) out.push_back(mesh::to_json(thing));
    return out;
  };
  json::array readers;
  for (const auto& [product, by_name] : consumers)
    for (const auto& [name, consumer] : by_name) readers.push_back(mesh::to_json(consumer));
  return {{"domains", all(domains)}, {"teams", all(teams)}, {"people", all(people)}, {"products", all(products)}, {"consumers", std::move(readers)}};
}

std::string Impact::sentence() const {
  std::vector<std::string> names;
  for (const auto& c : consumers) names.push_back(c.name == c.team ? c.name + " of " + c.domain : c.name + " (" + c.team + " of " + c.domain + ")");
  std::string out;
  const auto add = [&](std::size_t n, std::string_view one, std::string_view many, const std::string& list) {
    if (n) out += (out.empty() ? "" : " and ") + std::to_string(n) + " " + std::string(n == 1 ? one : many) + ": " + list;
  };
  add(names.size(), "registered consumer", "registered consumers", listed(names, 10));
  names.clear();
  for (const auto& r : readers) names.push_back(r.name);
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  add(names.size(), "running query", "running queries", listed(names, 10));
  return out.empty() ? "nobody" : out;
}

json::object to_json(const Impact& impact) {
  json::array consumers, readers;
  for (const auto& c : impact.consumers) consumers.push_back(to_json(c));
  for (const auto& r : impact.readers) readers.push_back(json::object{{"kind", r.kind}, {"name", r.name}, {"topic", r.topic}, {"detail", r.detail}});
  return {{"product", impact.product}, {"consumers", std::move(consumers)}, {"readers", std::move(readers)},
          {"summary", impact.sentence()}, {"confirm", impact.confirm.empty() ? json::value(nullptr) : json::value(impact.confirm)}};
}

Impact impact_of(const State& state, std::string_view product, const std::vector<Reader>& readers) {
  Impact impact{.product = std::string(product), .consumers = state.consumers_of(product), .readers = readers, .confirm = {}};
  std::ranges::sort(impact.readers, {}, [](const Reader& r) { return std::tie(r.kind, r.name, r.topic); });
  if (!impact.anyone()) return impact;
  std::uint64_t hash = fnv1a(0xcbf29ce484222325ULL, product);
  for (const auto& c : impact.consumers) hash = fnv1a(fnv1a(hash, c.name), c.team);
  for (const auto& r : impact.readers) hash = fnv1a(fnv1a(hash, r.kind), r.name);
  char token[17];
  std::snprintf(token, sizeof token, "%016llx", static_cast<unsigned long long>(hash));
  impact.confirm = token;
  return impact;
}

Result<void> apply(State& state, const Event& event) {
  const auto unknown = [&] { return fail(ErrorCode::corrupt, "event " + event.type + " of '" + event.subject + "' is none this node knows", "start a newer braid on this log"); };
  const bool removes = event.type.ends_with(".removed") || event.type.ends_with(".unregistered");
  if (event.subject.empty()) return fail(ErrorCode::corrupt, "event " + event.type + " names no subject");
  if (std::ranges::find(event_types(), std::string_view(event.type)) == event_types().end() || !event.type.starts_with(event.kind + ".")) return unknown();

  if (event.kind == "domain") {
    if (removes) state.domains.erase(event.subject);
    else TRY_VOID(put(state.domains, event, domain_from));
  } else if (event.kind == "team") {
    if (removes) state.teams.erase(event.subject);
    else TRY_VOID(put(state.teams, event, team_from));
  } else if (event.kind == "person") {
    if (removes) state.people.erase(event.subject);
    else TRY_VOID(put(state.people, event, person_from));
  } else if (event.kind == "product") {
    if (removes) {
      state.products.erase(event.subject);
      state.consumers.erase(event.subject);
    } else {
      TRY_VOID(put(state.products, event, product_from));
    }
    remember(state, event, event.subject);
  } else {   // consumer: its subject is "<product>/<name>", its fields are in after or before
    const json::object& form = removes ? event.before : event.after;
    TRY(auto consumer, consumer_from(form));
    if (removes) {
      if (const auto it = state.consumers.find(consumer.product); it != state.consumers.end()) {
        it->second.erase(consumer.name);
        if (it->second.empty()) state.consumers.erase(it);
      }
    } else {
      if (!state.product(consumer.product)) return fail(ErrorCode::corrupt, "event " + event.type + " is about product '" + consumer.product + "', which does not exist");
      auto& of_product = state.consumers[consumer.product];
      const std::string name = consumer.name;
      of_product.insert_or_assign(name, std::move(consumer));
    }
    TRY(const auto product, json::required_string(form, "product"));
    remember(state, event, product);
  }
  if (event.kind == "domain" || event.kind == "team" || event.kind == "person") remember_in_organisation(state, event);
  return {};
}

}  // namespace braid::mesh
