// The rules of the mesh. Each command has one function; they share the checks of who may and of what a product needs.
#include <algorithm>
#include <set>

#include "base/clock.h"
#include "base/limits/mesh.h"
#include "mesh/promises.h"
#include "mesh/state.h"

namespace braid::mesh {
namespace {

using Decided = std::expected<Decision, Refusal>;

std::unexpected<Refusal> refuse(ErrorCode code, std::string message, std::string hint = {}) {
  return std::unexpected<Refusal>(Refusal{.error = Error{code, std::move(message), std::move(hint), {}}});
}
std::unexpected<Refusal> refuse(Error error) { return std::unexpected<Refusal>(Refusal{.error = std::move(error)}); }

#define REFUSE_UNLESS(expr) \
  do { if (auto checked_ = (expr); !checked_) return refuse(std::move(checked_).error()); } while (0)

std::string joined(const std::vector<std::string>& names, std::string_view last = " and ", std::size_t most = 8) {
  std::string out;
  const std::size_t shown = std::min(names.size(), most);
  for (std::size_t i = 0; i < shown; ++i) out += (i == 0 ? "" : i + 1 == names.size() ? std::string(last) : ", ") + names[i];
  if (names.size() > shown) out += " and " + std::to_string(names.size() - shown) + " more";
  return out;
}

template <class Map> std::vector<std::string> keys_of(const Map& map) {
  std::vector<std::string> names;
  for (const auto& [name, thing] : map) names.push_back(name);
  return names;
}

std::string did_you_mean(std::string_view wrong, const std::vector<std::string>& known, std::string_view what) {
  if (const std::string near = nearest(wrong, known); !near.empty()) return "did you mean '" + near + "'?";
  if (!known.empty()) return "there are: " + joined(known);
  const std::string_view make = what == "team" ? "; `braid teams define @NAME --domain DOMAIN` makes one" : what == "domain" ? "; `braid domains define NAME` makes one" : "";
  return "there is no " + std::string(what) + " yet" + std::string(make);
}

// One decision under way: who asks, and what there is.
struct Rules {
  const State& state;
  const Caller& caller;
  const Command& command;
  const Facts& facts;

  // --- who ---

  const Person* me() const { return caller.person.empty() ? nullptr : state.person(caller.person); }
  bool sets_up() const { return state.unclaimed(); }
  bool platform() const { return me() && me()->platform; }

  std::string who_i_am() const {
    const Person* p = me();
    if (!p) return "you are nobody";
    const auto domains = state.domains_of(*p);
    return "you are " + p->name + (domains.empty() ? ", member of no domain" : " of " + joined(domains));
  }

  Refusal nobody() const {
    Refusal r;
    r.error.code = ErrorCode::unauthenticated;
    const std::vector<std::string> people = keys_of(state.people);
    if (caller.person.empty()) {
      r.error.message = "to " + describe(command) + " you must say who you are";
      r.error.hint = "send the header 'Braid-As: NAME', or --as NAME on the command line; " + (people.empty() ? std::string("there are no people yet: PUT /api/v1/people/NAME") : "people here: " + joined(people));
    } else {
      r.error.message = "nobody here is called '" + caller.person + "'";
      r.error.hint = did_you_mean(caller.person, people, "person");
    }
    return r;
  }

  std::string whom_to_ask(std::string_view domain) const {
    std::vector<std::string> names;
    for (const auto& name : state.members_of(domain)) {
      const Person* p = state.person(name);
      if (!p->service) names.push_back(p->full_name.empty() ? p->name : p->full_name + " (" + p->name + ")");
    }
    return names.empty() ? "nobody is a member of " + std::string(domain) + " yet" : "ask " + joined(names, " or ", 4);
  }

  std::expected<void, Refusal> member_of(std::string_view domain, std::string_view kind, std::string_view name) const {
    if (!me()) return std::unexpected(nobody());
    if (state.is_member(caller.person, domain)) return {};
    return refuse(ErrorCode::forbidden,
                  std::string(kind) + " " + std::string(name) + " belongs to " + std::string(domain) + ", and only its members may " + std::string(verb()) + " it; " + who_i_am(),
                  whom_to_ask(domain));
  }
  std::string verb() const {
    const std::string text = describe(command);
    return text.substr(0, text.find(' '));
  }

  // For domains, teams and people: the domain's members, the platform's members, and anybody while the mesh is being set up.
  std::expected<void, Refusal> may_organise(std::string_view domain, std::string_view kind, std::string_view name) const {
    if (sets_up() && (caller.person.empty() || me())) return {};
    if (!me()) return std::unexpected(nobody());
    if (me()->platform || (!domain.empty() && state.is_member(caller.person, domain))) return {};
    std::vector<std::string> platform_people;
    for (const auto& [n, p] : state.people) if (p.platform) platform_people.push_back(p.full_name.empty() ? n : p.full_name + " (" + n + ")");
    return refuse(ErrorCode::forbidden,
                  "only " + (domain.empty() ? std::string() : "members of " + std::string(domain) + " and ") + "the platform's people may " + verb() + " " + std::string(kind) + " " + std::string(name) + "; " + who_i_am(),
                  "ask " + joined(platform_people, " or ", 4));
  }

  std::string acting_as(std::string_view domain) const {
    if (me() && !domain.empty() && state.is_member(caller.person, domain)) return std::string(domain);
    return platform() ? "platform" : sets_up() ? "set-up" : std::string(domain);
  }

  // --- events ---

  Event event(std::string type, std::string subject, std::string domain, std::int64_t revision) const {
    Event e;
    e.kind = type.substr(0, type.find('.'));
    e.type = std::move(type);
    e.subject = std::move(subject);
    e.acting_as = acting_as(domain);
    e.domain = std::move(domain);
    e.by = caller.person.empty() ? "anonymous" : caller.person;
    e.client = caller.client;
    e.at_ms = facts.now_ms;
    e.revision = revision;
    return e;
  }

  template <class T> static json::object form_of(const T& thing) {
    json::object o = to_json(thing);
    for (const std::string_view field : {"revision", "created", "changed", "changed_by"}) o.erase(field);
    return o;
  }

  // The event that leads from `old` (or nothing) to `now`; empty when they are equal.
  template <class T> std::vector<Event> change(const T* old, const T& now, std::string defined, std::string changed, std::string domain) const {
    Event e = event(old ? std::move(changed) : std::move(defined), now.name, std::move(domain), old ? old->revision + 1 : 1);
    if (old) difference(form_of(*old), form_of(now), e.before, e.after);
    else e.after = form_of(now);
    if (e.after.empty()) return {};
    return {std::move(e)};
  }
  template <class T> Event removal(const T& old, std::string type, std::string domain) const {
    Event e = event(std::move(type), old.name, std::move(domain), old.revision + 1);
    e.before = form_of(old);
    return e;
  }

  // --- domains, teams, people ---

  Decided operator()(const DefineDomain& c) const {
    const Domain* old = state.domain(c.name);
    if (auto may = may_organise(old ? c.name : std::string(), "domain", c.name); !may) return std::unexpected(may.error());
    if (auto ok = as_expected("domain", c.name, old, c.expected_revision); !ok) return std::unexpected(ok.error());
    REFUSE_UNLESS(check_name("domain's name", c.name));
    if (c.title) REFUSE_UNLESS(check_text("title", *c.title, limits::description_bytes_max));
    if (c.description) REFUSE_UNLESS(check_text("description", *c.description, limits::description_bytes_max));
    Domain now = old ? *old : Domain{.name = c.name, .title = {}, .description = {}};
    if (!old) for (const auto& [name, d] : state.domains) now.thread = std::max(now.thread, d.thread + 1);
    if (c.title) now.title = *c.title;
    if (c.description) now.description = *c.description;
    return Decision{change(old, now, "domain.defined", "domain.changed", c.name)};
  }

  Decided operator()(const RemoveDomain& c) const {
    const Domain* old = state.domain(c.name);
    if (auto may = may_organise(old ? c.name : std::string(), "domain", c.name); !may) return std::unexpected(may.error());
    if (old)
      if (auto ok = as_expected("domain", c.name, old, c.expected_revision); !ok) return std::unexpected(ok.error());
    if (!old) return missing("domain", c.name, keys_of(state.domains));
    std::vector<std::string> used;
    for (const auto& [name, t] : state.teams) if (t.domain == c.name) used.push_back("team " + name);
    for (const auto& [name, p] : state.products) if (p.domain == c.name) used.push_back("product " + name);
    if (!used.empty()) return refuse(ErrorCode::conflict, "domain " + c.name + " still has " + joined(used), "remove or move them first");
    return Decision{{removal(*old, "domain.removed", c.name)}};
  }

  Decided operator()(const DefineTeam& c) const {
    const Team* old = state.team(c.name);
    const std::string domain = c.domain.value_or(old ? old->domain : std::string());
    if (auto may = may_organise(old ? old->domain : domain, "team", c.name); !may) return std::unexpected(may.error());
    if (auto ok = as_expected("team", c.name, old, c.expected_revision); !ok) return std::unexpected(ok.error());
    REFUSE_UNLESS(check_name("team's name", c.name));
    if (c.description) REFUSE_UNLESS(check_text("description", *c.description, limits::description_bytes_max));
    if (domain.empty()) return refuse(ErrorCode::invalid_input, "team " + c.name + " needs a domain", "add \"domain\"; " + did_you_mean("", keys_of(state.domains), "domain"));
    if (!state.domain(domain)) return missing("domain", domain, keys_of(state.domains));
    if (old && old->domain != domain) {
      if (auto may = may_organise(domain, "team", c.name); !may) return std::unexpected(may.error());
      if (const auto owned = products_owned_by(old->name); !owned.empty())
        return refuse(ErrorCode::conflict, "team " + old->name + " cannot move to " + domain + " while it owns " + joined(owned), "give these products another owner first");
    }
    Team now = old ? *old : Team{.name = c.name, .domain = {}, .description = {}};
    now.domain = domain;
    if (c.description) now.description = *c.description;
    return Decision{change(old, now, "team.defined", "team.changed", domain)};
  }

  Decided operator()(const RemoveTeam& c) const {
    const Team* old = state.team(c.name);
    if (auto may = may_organise(old ? old->domain : std::string(), "team", c.name); !may) return std::unexpected(may.error());
    if (old)
      if (auto ok = as_expected("team", c.name, old, c.expected_revision); !ok) return std::unexpected(ok.error());
    if (!old) return missing("team", c.name, keys_of(state.teams));
    if (const auto owned = products_owned_by(old->name); !owned.empty())
      return refuse(ErrorCode::conflict, "team " + old->name + " owns " + joined(owned), "give these products another owner first, or remove them");
    std::vector<std::string> reads;
    for (const auto& [product, by_name] : state.consumers)
      for (const auto& [name, consumer] : by_name) if (consumer.team == old->name) reads.push_back(product + "/" + name);
    if (!reads.empty()) return refuse(ErrorCode::conflict, "team " + old->name + " is registered as consumer: " + joined(reads), "unregister these consumers first");
    std::vector<Event> events;
    for (const auto& [name, p] : state.people) {
      if (std::ranges::find(p.teams, old->name) == p.teams.end()) continue;
      Person now = p;
      std::erase(now.teams, old->name);
      for (auto& e : change(&p, now, "person.defined", "person.changed", old->domain)) events.push_back(std::move(e));
    }
    events.push_back(removal(*old, "team.removed", old->domain));
    return Decision{std::move(events)};
  }

  Decided operator()(const DefinePerson& c) const {
    const Person* old = state.person(c.name);
    if (!me() && !(sets_up() && caller.person.empty())) return std::unexpected(nobody());
    if (auto ok = as_expected("person", c.name, old, c.expected_revision); !ok) return std::unexpected(ok.error());
    REFUSE_UNLESS(check_name("person's name", c.name));
    if (c.full_name) REFUSE_UNLESS(check_text("full name", *c.full_name, limits::description_bytes_max));
    if (c.email) REFUSE_UNLESS(check_text("email", *c.email, limits::description_bytes_max));
    Person now = old ? *old : Person{.name = c.name, .full_name = {}, .email = {}, .teams = {}};
    if (c.full_name) now.full_name = *c.full_name;
    if (c.email) now.email = *c.email;
    if (c.platform) now.platform = *c.platform;
    if (c.service) now.service = *c.service;
    std::string domain;
    if (c.teams) {
      now.teams.clear();
      for (const auto& name : *c.teams) {
        const Team* t = state.team(name);
        if (!t) return missing("team", name, keys_of(state.teams));
        now.teams.push_back(t->name);
      }
      std::ranges::sort(now.teams);
      now.teams.erase(std::ranges::unique(now.teams).begin(), now.teams.end());
    }
    // Joining or leaving a team is that domain's business.
    std::vector<std::string> moved;
    std::ranges::set_symmetric_difference(old ? old->teams : std::vector<std::string>{}, now.teams, std::back_inserter(moved));
    for (const auto& name : moved)
      if (const Team* t = state.team(name)) {
        domain = t->domain;
        if (auto may = may_organise(t->domain, "the membership of", c.name + " in " + name); !may) return std::unexpected(may.error());
      }
    if ((old && (old->platform != now.platform)) || (!old && now.platform))
      if (auto may = may_organise({}, "platform rights of", c.name); !may) return std::unexpected(may.error());
    const bool myself = old && caller.person == c.name;
    if (old && !myself && moved.empty()) {
      const auto domains = state.domains_of(*old);
      domain = domains.empty() ? std::string() : domains.front();
      if (!std::ranges::any_of(domains, [&](const auto& d) { return may_organise(d, "person", c.name).has_value(); }))
        if (auto may = may_organise({}, "person", c.name); !may) return std::unexpected(may.error());
    }
    if (!old && moved.empty())
      if (auto may = may_organise({}, "person", c.name); !may) return std::unexpected(may.error());
    if (old && old->platform && !now.platform && platform_people() == 1) return last_platform_person(c.name);
    return Decision{change(old, now, "person.defined", "person.changed", domain)};
  }

  Decided operator()(const RemovePerson& c) const {
    const Person* old = state.person(c.name);
    if (!me() && !(sets_up() && caller.person.empty())) return std::unexpected(nobody());
    const auto domains = old ? state.domains_of(*old) : std::vector<std::string>{};
    if (domains.empty() || (old && old->platform)) {
      if (auto may = may_organise({}, "person", c.name); !may) return std::unexpected(may.error());
    }
    if (old)
      if (auto ok = as_expected("person", c.name, old, c.expected_revision); !ok) return std::unexpected(ok.error());
    if (!old) return missing("person", c.name, keys_of(state.people));
    for (const auto& d : domains)
      if (auto may = may_organise(d, "person", c.name); !may) return std::unexpected(may.error());
    if (old->platform && platform_people() == 1) return last_platform_person(c.name);
    return Decision{{removal(*old, "person.removed", domains.empty() ? std::string() : domains.front())}};
  }

  std::ptrdiff_t platform_people() const {
    return std::ranges::count_if(state.people, [](const auto& entry) { return entry.second.platform; });
  }
  std::unexpected<Refusal> last_platform_person(const std::string& name) const {
    return refuse(ErrorCode::conflict, name + " is the last person with platform rights", "give platform rights to somebody else first");
  }
  std::vector<std::string> products_owned_by(std::string_view team) const {
    std::vector<std::string> out;
    for (const auto& [name, p] : state.products) if (p.owner == team) out.push_back("product " + name);
    return out;
  }
  std::unexpected<Refusal> missing(std::string_view kind, std::string_view name, const std::vector<std::string>& known) const {
    return refuse(ErrorCode::not_found, "there is no " + std::string(kind) + " '" + std::string(name) + "'", did_you_mean(name, known, kind));
  }

  // --- products ---

  std::unexpected<Refusal> no_product(std::string_view name) const {
    std::vector<std::string> known;
    for (const auto& [n, p] : state.products) if (p.state != Lifecycle::retired) known.push_back(n);
    return missing("product", name, known);
  }

  // Lays the given fields over a product. What cannot be read is a problem with its field; the rest goes on.
  void lay_over(Product& p, const ProductFields& f, std::vector<Problem>& problems) const {
    using mesh::lay_over;
    const auto text = [&](std::string_view field, const std::optional<std::string>& given, std::string& into, std::size_t most) {
      if (!given) return;
      if (auto ok = check_text(field, *given, most); !ok) problems.push_back({"/" + std::string(field), ok.error().message});
      else into = *given;
    };
    const auto choice = [&](std::string_view field, const std::optional<std::string>& given, auto parse, auto& into) {
      if (!given) return;
      if (auto parsed = parse(*given); !parsed) problems.push_back({"/" + std::string(field), parsed.error().message + "; " + parsed.error().hint});
      else into = *std::move(parsed);
    };
    if (f.domain) p.domain = *f.domain;
    if (f.owner) p.owner = *f.owner;
    if (const Team* t = state.team(p.owner)) p.owner = t->name;
    text("description", f.description, p.description, limits::description_bytes_max);
    text("documentation", f.documentation, p.documentation, limits::documentation_bytes_max);
    choice("quality", f.quality, parse_quality, p.quality);
    choice("sla", f.sla, parse_sla, p.sla);
    choice("version", f.version, Version::parse, p.version);
    if (f.tags) {
      p.tags = *f.tags;
      std::ranges::sort(p.tags);
      p.tags.erase(std::ranges::unique(p.tags).begin(), p.tags.end());
      if (p.tags.size() > limits::tags_per_product_max) problems.push_back({"/tags", "at most " + std::to_string(limits::tags_per_product_max) + " tags are allowed"});
      for (const auto& tag : p.tags)
        if (auto ok = check_name("tag", tag); !ok) { problems.push_back({"/tags", ok.error().message}); break; }
    }
    if (f.promises) lay_over(p.promises, *f.promises, problems);
    if (f.ports) p.ports = *f.ports;
    check_ports(p, problems);
  }

  void check_ports(const Product& p, std::vector<Problem>& problems) const {
    if (p.ports.size() > limits::ports_per_product_max) problems.push_back({"/ports", "at most " + std::to_string(limits::ports_per_product_max) + " ports are allowed"});
    std::set<std::string> names;
    for (std::size_t i = 0; i < p.ports.size() && i < limits::ports_per_product_max; ++i) {
      const Port& port = p.ports[i];
      const std::string at = "/ports/" + std::to_string(i);
      if (auto ok = check_name("port's name", port.name); !ok) problems.push_back({at + "/name", ok.error().message});
      else if (!names.insert(port.name).second) problems.push_back({at + "/name", "two ports are called '" + port.name + "'"});
      if (auto ok = check_text("port's description", port.description, limits::description_bytes_max); !ok) problems.push_back({at + "/description", ok.error().message});
      if (port.topic.empty()) problems.push_back({at + "/topic", "the port names no topic"});
      if (port.kind == PortKind::table && port.table.empty()) problems.push_back({at + "/table", "a port of kind table names its SQL table"});
    }
  }

  // What a product needs before others may rely on it.
  void check_complete(const Product& p, std::vector<Problem>& problems) const {
    const auto blank = [](const std::string& s) { return s.find_first_not_of(" \t\r\n") == std::string::npos; };
    if (p.owner.empty()) {
      std::vector<std::string> teams;
      for (const auto& [name, t] : state.teams) if (t.domain == p.domain) teams.push_back(name);
      problems.push_back({"/owner", "an owner is missing: a team of " + p.domain + (teams.empty() ? ", which has none yet" : ", for example " + joined(teams, " or "))});
    } else if (const Team* t = state.team(p.owner); !t) {
      problems.push_back({"/owner", "there is no team '" + p.owner + "'; " + did_you_mean(p.owner, keys_of(state.teams), "team")});
    } else if (t->domain != p.domain) {
      problems.push_back({"/owner", "team " + t->name + " belongs to " + t->domain + ", not to " + p.domain});
    }
    if (blank(p.description)) problems.push_back({"/description", "a description is missing: one sentence for someone of another team"});
    if (p.ports.empty()) problems.push_back({"/ports", "an output port is missing: there is no topic called '" + p.name + "' that could be it"});
    for (std::size_t i = 0; i < p.ports.size(); ++i) {
      const std::string& topic = p.ports[i].topic;
      if (topic.empty()) continue;
      if (std::ranges::find(facts.missing_topics, topic) != facts.missing_topics.end())
        problems.push_back({"/ports/" + std::to_string(i) + "/topic", "there is no topic '" + topic + "'"});
      if (const Product* other = state.product_of_topic(topic); other && other->name != p.name)
        problems.push_back({"/ports/" + std::to_string(i) + "/topic", "topic '" + topic + "' is already a port of product " + other->name + " of " + other->domain});
    }
  }

  std::unexpected<Refusal> incomplete(const std::string& what, std::vector<Problem> problems) const {
    std::string missing, wrong, fields;
    std::vector<std::string> lacks;
    for (const auto& p : problems) {
      fields += (fields.empty() ? "" : ", ") + p.field.substr(1);
      if (const auto at = p.message.find(" is missing"); at != std::string::npos) lacks.push_back(p.message.substr(0, at));
      else wrong += (wrong.empty() ? "" : "; ") + p.message;
    }
    if (!lacks.empty()) missing = joined(lacks) + (lacks.size() == 1 ? " is missing" : " are missing");
    Refusal r{.error = Error{ErrorCode::invalid_input, what + ": " + missing + (missing.empty() || wrong.empty() ? "" : "; ") + wrong, "give: " + fields, {}}};
    if (problems.size() == 1 && !lacks.empty()) r.error.hint = problems[0].message;
    r.problems = std::move(problems);
    return std::unexpected(std::move(r));
  }

  // The domain of a product that does not exist yet: as said, else the owner's, else the only one of the caller.
  std::expected<std::string, Refusal> domain_for(const std::string& name, const ProductFields& f) const {
    if (!me()) return std::unexpected(nobody());
    std::string domain = f.domain.value_or("");
    if (domain.empty() && f.owner)
      if (const Team* t = state.team(*f.owner)) domain = t->domain;
    const auto mine = state.domains_of(*me());
    if (domain.empty()) {
      if (mine.empty()) return refuse(ErrorCode::forbidden, "a product belongs to a domain, and " + who_i_am(), "join a team first: a member of its domain can add you");
      if (mine.size() > 1) {
        Refusal r{.error = Error{ErrorCode::invalid_input, "product " + name + " needs a domain: you are a member of " + joined(mine), "add \"domain\"", {}}};
        r.problems.push_back({"/domain", "a domain is missing: " + joined(mine, " or ")});
        return std::unexpected(std::move(r));
      }
      domain = mine.front();
    }
    if (!state.domain(domain)) return missing("domain", domain, keys_of(state.domains));
    if (!state.is_member(caller.person, domain))
      return refuse(ErrorCode::forbidden, "product " + name + " would belong to " + domain + ", and only its members may " + verb() + " it; " + who_i_am(), whom_to_ask(domain));
    return domain;
  }

  std::expected<void, Refusal> as_expected(const Product& p, std::optional<std::int64_t> expected) const {
    const auto it = state.history.find(p.name);
    return as_expected("product", p.name, p.revision, expected, it == state.history.end() ? nullptr : &it->second);
  }
  // Of a domain, team or person; `thing` may be null: it is not there, and nobody can have seen it as it is.
  template <class T> std::expected<void, Refusal> as_expected(std::string_view kind, const std::string& name, const T* thing, std::optional<std::int64_t> expected) const {
    const auto it = state.organisation_history.find(std::string(kind) + "/" + (thing ? thing->name : name));
    return as_expected(kind, name, thing ? thing->revision : 0, expected, it == state.organisation_history.end() ? nullptr : &it->second);
  }
  std::expected<void, Refusal> as_expected(std::string_view kind, const std::string& name, std::int64_t revision, std::optional<std::int64_t> expected, const std::deque<Event>* history) const {
    if (!expected || *expected == revision) return {};
    Refusal r;
    if (revision > 0) r.revision = revision;
    if (history)
      for (const auto& e : *history)
        if (e.kind == kind && e.revision > *expected) r.since.push_back(e);
    std::string who;
    for (const auto& e : r.since) {
      std::vector<std::string> fields;
      for (const auto& field : e.after) fields.emplace_back(field.key());
      who += (who.empty() ? "" : "; ") + e.by + " " + e.type.substr(e.type.find('.') + 1) + (fields.empty() || fields.size() > 6 ? " it" : " " + joined(fields)) + " at " + iso8601(e.at_ms);
    }
    const std::string thing = std::string(kind) + " " + name, seen = ", you had seen " + std::to_string(*expected) + (who.empty() ? "" : ": " + who);
    if (revision == 0) r.error = Error{ErrorCode::conflict, thing + " is not there" + seen, "make it anew without a revision, or leave it", {}};
    else r.error = Error{ErrorCode::conflict, thing + " is at revision " + std::to_string(revision) + seen, "read it again, bring your change up to date, and send it with revision " + std::to_string(revision), {}};
    return std::unexpected(std::move(r));
  }

  std::expected<std::optional<Impact>, Refusal> seen_by_caller(const Product& p, const Acknowledgement& seen) const {
    if (p.state == Lifecycle::draft) return std::nullopt;
    Impact impact = impact_of(state, p.name, facts.readers);
    if (!impact.anyone()) return std::nullopt;
    if (seen.force || seen.confirm == impact.confirm) return impact;
    Refusal r;
    r.error = Error{ErrorCode::conflict,
                    (seen.confirm.empty() ? "product " + p.name + " is read by " : "who reads product " + p.name + " is no longer what you had seen; now it is read by ") + impact.sentence(),
                    "tell them, then repeat with confirm=" + impact.confirm + " (--yes on the command line); force=true goes on whoever reads it", {}};
    r.impact = std::move(impact);
    return std::unexpected(std::move(r));
  }
  static std::vector<std::string> names_in(const std::optional<Impact>& impact) {
    std::vector<std::string> out;
    if (!impact) return out;
    for (const auto& c : impact->consumers) out.push_back("consumer " + c.name + " of " + c.domain);
    for (const auto& r : impact->readers) out.push_back(r.kind + " " + r.name);
    return out;
  }
  Decision with(std::vector<Event> events, std::optional<Impact> told) const {
    for (auto& e : events) e.told = names_in(told);
    return Decision{std::move(events), std::move(told)};
  }

  void default_port(Product& p) const {
    if (!p.ports.empty() || std::ranges::find(facts.missing_topics, p.name) != facts.missing_topics.end()) return;
    p.ports.push_back(Port{.name = p.name, .kind = PortKind::topic, .topic = p.name, .table = {}, .description = {}});
  }

  Decided operator()(const DraftProduct& c) const {
    const Product* old = state.product(c.name);
    if (old) {
      if (auto may = member_of(old->domain, "product", c.name); !may) return std::unexpected(may.error());
      if (old->state != Lifecycle::draft)
        return refuse(ErrorCode::already_exists, "product " + c.name + " of " + old->domain + " is " + std::string(name_of(old->state)) + ", not a draft", "change it with PATCH /api/v1/products/...");
    }
    if (old)
      if (auto ok = as_expected(*old, c.expected_revision); !ok) return std::unexpected(ok.error());
    REFUSE_UNLESS(check_name("product's name", c.name));
    Product now = old ? *old : Product{.name = c.name, .domain = {}, .owner = {}, .description = {}, .documentation = {}};
    if (!old || (c.fields.domain && *c.fields.domain != old->domain)) {
      auto domain = domain_for(c.name, c.fields);
      if (!domain) return std::unexpected(domain.error());
      now.domain = *domain;
    }
    std::vector<Problem> problems;
    ProductFields fields = c.fields;
    fields.domain.reset();
    lay_over(now, fields, problems);
    if (!problems.empty()) return incomplete("draft " + c.name + " cannot be kept", std::move(problems));
    now.state = Lifecycle::draft;
    return Decision{change(old, now, "product.drafted", "product.drafted", now.domain)};
  }

  Decided operator()(const PublishProduct& c) const {
    const Product* old = state.product(c.name);
    Product now = old ? *old : Product{.name = c.name, .domain = {}, .owner = {}, .description = {}, .documentation = {}};
    if (old) {
      if (auto may = member_of(old->domain, "product", c.name); !may) return std::unexpected(may.error());
      if (old->state == Lifecycle::retired)
        return refuse(ErrorCode::conflict, "product " + c.name + " is retired", "publish under another name, or remove the retired one first");
      if (old->state != Lifecycle::draft)
        return refuse(ErrorCode::already_exists, "product " + c.name + " of " + old->domain + " is already " + std::string(name_of(old->state)) + ", in version " + old->version.text(),
                      "change it with PATCH /api/v1/products/... (braid products change)");
      if (auto ok = as_expected(*old, c.expected_revision); !ok) return std::unexpected(ok.error());
    }
    if (!old || (c.fields.domain && *c.fields.domain != old->domain)) {
      auto domain = domain_for(c.name, c.fields);
      if (!domain) return std::unexpected(domain.error());
      now.domain = *domain;
    }
    REFUSE_UNLESS(check_name("product's name", c.name));
    std::vector<Problem> problems;
    ProductFields fields = c.fields;
    fields.domain.reset();
    default_port(now);
    if (fields.ports && fields.ports->empty()) fields.ports.reset();
    lay_over(now, fields, problems);
    check_complete(now, problems);
    if (!problems.empty()) return incomplete("product " + c.name + " cannot be published", std::move(problems));
    now.state = Lifecycle::published;
    return Decision{change(old, now, "product.published", "product.published", now.domain)};
  }

  // Ports that readers had and will no longer find as they were.
  static std::vector<std::string> lost_ports(const Product& old, const Product& now) {
    std::vector<std::string> lost;
    for (const auto& port : old.ports)
      if (std::ranges::none_of(now.ports, [&](const Port& p) { return p.name == port.name && p.kind == port.kind && p.topic == port.topic && p.table == port.table; })) lost.push_back(port.name);
    return lost;
  }

  Decided operator()(const ChangeProduct& c) const {
    const Product* old = state.product(c.name);
    if (!old) return me() ? Decided(no_product(c.name)) : Decided(std::unexpected(nobody()));
    if (auto may = member_of(old->domain, "product", c.name); !may) return std::unexpected(may.error());
    if (old->state == Lifecycle::retired) return refuse(ErrorCode::conflict, "product " + c.name + " is retired and changes no more", "publish a new product");
    if (auto ok = as_expected(*old, c.expected_revision); !ok) return std::unexpected(ok.error());
    Product now = *old;
    if (c.fields.domain && *c.fields.domain != old->domain) {
      auto domain = domain_for(c.name, c.fields);
      if (!domain) return std::unexpected(domain.error());
    }
    std::vector<Problem> problems;
    lay_over(now, c.fields, problems);
    const bool promised = old->state != Lifecycle::draft;
    if (promised) check_complete(now, problems);
    if (promised && now.version < old->version)
      problems.push_back({"/version", "version " + now.version.text() + " is lower than the published " + old->version.text()});
    if (const auto lost = lost_ports(*old, now); promised && !lost.empty() && now.version.major <= old->version.major)
      problems.push_back({"/version", "port " + joined(lost) + " would no longer be there as it was, so readers break: that needs version " + std::to_string(old->version.major + 1) + ".0.0"});
    if (!problems.empty()) return incomplete("product " + c.name + " cannot be changed like this", std::move(problems));

    auto events = change(old, now, "product.changed", "product.changed", old->domain);
    if (events.empty()) return Decision{};
    const bool relied_on = !(now.ports == old->ports && now.version == old->version && now.quality == old->quality && now.sla == old->sla && now.promises == old->promises && now.owner == old->owner && now.domain == old->domain);
    if (!relied_on) {
      Impact impact = impact_of(state, c.name, facts.readers);
      return with(std::move(events), impact.anyone() && promised ? std::optional(std::move(impact)) : std::nullopt);
    }
    auto told = seen_by_caller(*old, c.seen);
    if (!told) return std::unexpected(told.error());
    return with(std::move(events), *std::move(told));
  }

  Decided operator()(const DeprecateProduct& c) const {
    const Product* old = state.product(c.name);
    if (!old) return me() ? Decided(no_product(c.name)) : Decided(std::unexpected(nobody()));
    if (auto may = member_of(old->domain, "product", c.name); !may) return std::unexpected(may.error());
    if (old->state == Lifecycle::draft) return refuse(ErrorCode::conflict, "product " + c.name + " is a draft, nobody can rely on it yet", "remove the draft");
    if (old->state == Lifecycle::retired) return refuse(ErrorCode::conflict, "product " + c.name + " is already retired");
    if (auto ok = as_expected(*old, c.expected_revision); !ok) return std::unexpected(ok.error());
    REFUSE_UNLESS(check_text("notice", c.notice, limits::description_bytes_max));
    Product now = *old;
    now.state = Lifecycle::deprecated;
    Deprecation d = old->deprecation.value_or(Deprecation{.since_ms = facts.now_ms, .sunset_ms = 0, .notice = {}, .replaced_by = {}});
    constexpr std::int64_t day_ms = 86'400'000;
    d.sunset_ms = c.sunset_ms.value_or(d.sunset_ms ? d.sunset_ms : facts.now_ms + 90 * day_ms);
    if (d.sunset_ms <= facts.now_ms) {
      Refusal r{.error = Error{ErrorCode::invalid_input, "the sunset date " + iso8601(d.sunset_ms) + " is over", "choose a day on which its consumers can have moved", {}}};
      r.problems.push_back({"/sunset", "the date is over"});
      return std::unexpected(std::move(r));
    }
    if (!c.notice.empty()) d.notice = c.notice;
    if (!c.replaced_by.empty()) {
      if (c.replaced_by == c.name) return refuse(ErrorCode::invalid_input, "product " + c.name + " cannot replace itself", "name another product in replaced_by");
      if (!state.product(c.replaced_by)) return no_product(c.replaced_by);
      d.replaced_by = c.replaced_by;
    }
    now.deprecation = d;
    auto told = seen_by_caller(*old, c.seen);
    if (!told) return std::unexpected(told.error());
    return with(change(old, now, "product.deprecated", "product.deprecated", old->domain), *std::move(told));
  }

  Decided operator()(const RetireProduct& c) const {
    const Product* old = state.product(c.name);
    if (!old) return me() ? Decided(no_product(c.name)) : Decided(std::unexpected(nobody()));
    if (auto may = member_of(old->domain, "product", c.name); !may) return std::unexpected(may.error());
    if (old->state != Lifecycle::deprecated)
      return refuse(ErrorCode::conflict, "product " + c.name + " is " + std::string(name_of(old->state)) + "; only a deprecated product is retired", "deprecate it first, so that its consumers know");
    if (auto ok = as_expected(*old, c.expected_revision); !ok) return std::unexpected(ok.error());
    Product now = *old;
    now.state = Lifecycle::retired;
    auto told = seen_by_caller(*old, c.seen);
    if (!told) return std::unexpected(told.error());
    return with(change(old, now, "product.retired", "product.retired", old->domain), *std::move(told));
  }

  Decided operator()(const RemoveProduct& c) const {
    const Product* old = state.product(c.name);
    if (!old) return me() ? Decided(no_product(c.name)) : Decided(std::unexpected(nobody()));
    if (auto may = member_of(old->domain, "product", c.name); !may) return std::unexpected(may.error());
    if (auto ok = as_expected(*old, c.expected_revision); !ok) return std::unexpected(ok.error());
    auto told = seen_by_caller(*old, c.seen);
    if (!told) return std::unexpected(told.error());
    return with({removal(*old, "product.removed", old->domain)}, *std::move(told));
  }

  // --- consumers ---

  Decided operator()(const RegisterConsumer& c) const {
    if (!me()) return std::unexpected(nobody());
    const Product* product = state.product(c.product);
    if (!product) return no_product(c.product);
    std::vector<Problem> problems;
    std::string team_name = c.team;
    if (team_name.empty() && me()->teams.size() == 1) team_name = me()->teams.front();
    const Team* team = team_name.empty() ? nullptr : state.team(team_name);
    if (team_name.empty()) problems.push_back({"/team", "a team is missing: " + (me()->teams.empty() ? "you are a member of none" : "yours are " + joined(me()->teams))});
    else if (!team) problems.push_back({"/team", "there is no team '" + team_name + "'; " + did_you_mean(team_name, keys_of(state.teams), "team")});
    if (c.purpose.find_first_not_of(" \t\r\n") == std::string::npos) problems.push_back({"/purpose", "a purpose is missing: one sentence on what the data is used for"});
    else if (auto ok = check_text("purpose", c.purpose, limits::description_bytes_max); !ok) problems.push_back({"/purpose", ok.error().message});
    if (!c.name.empty())
      if (auto ok = check_name("consumer's name", c.name); !ok) problems.push_back({"/name", ok.error().message});
    if (team && !state.is_member(caller.person, team->domain))
      return refuse(ErrorCode::forbidden, "team " + team->name + " belongs to " + team->domain + ", and only its members may register it; " + who_i_am(), whom_to_ask(team->domain));
    if (product->state != Lifecycle::published) return not_offered(*product);
    if (!problems.empty()) return incomplete("the consumer of " + c.product + " cannot be registered", std::move(problems));

    Consumer now{.product = c.product, .name = c.name.empty() ? team->name : c.name, .team = team->name, .domain = team->domain, .purpose = c.purpose,
                 .registered_by = caller.person, .since_ms = facts.now_ms};
    const auto existing = state.consumers_of(c.product);
    const auto same = std::ranges::find(existing, now.name, &Consumer::name);
    if (same != existing.end() && same->team != now.team)
      return refuse(ErrorCode::already_exists, "consumer " + now.name + " of " + c.product + " is already registered by " + same->team + " of " + same->domain, "choose another name");
    if (same == existing.end() && existing.size() >= limits::consumers_per_product_max)
      return refuse(ErrorCode::overloaded, "product " + c.product + " has " + std::to_string(existing.size()) + " consumers, the most there may be");
    Event e = event("consumer.registered", c.product + "/" + now.name, product->domain, 1);
    e.acting_as = team->domain;
    if (same != existing.end()) {
      now.since_ms = same->since_ms;
      now.registered_by = same->registered_by;
      if (same->purpose == now.purpose) return Decision{};
      e.before = to_json(*same);
      e.revision = 2;
    }
    e.after = to_json(now);
    return Decision{{std::move(e)}};
  }

  std::unexpected<Refusal> not_offered(const Product& p) const {
    if (p.state == Lifecycle::draft) return refuse(ErrorCode::conflict, "product " + p.name + " is a draft of " + p.domain + " and not offered yet", whom_to_ask(p.domain));
    std::string hint = whom_to_ask(p.domain);
    if (p.deprecation && !p.deprecation->replaced_by.empty()) hint = "use " + p.deprecation->replaced_by + ", which replaces it";
    const std::string until = p.deprecation ? " (sunset " + iso8601(p.deprecation->sunset_ms).substr(0, 10) + ")" : "";
    return refuse(ErrorCode::conflict, "product " + p.name + " is " + std::string(name_of(p.state)) + until + " and takes no new consumers", hint);
  }

  Decided operator()(const UnregisterConsumer& c) const {
    if (!me()) return std::unexpected(nobody());
    const Product* product = state.product(c.product);
    if (!product) return no_product(c.product);
    const auto existing = state.consumers_of(c.product);
    auto found = std::ranges::find(existing, c.name, &Consumer::name);
    if (found == existing.end()) found = std::ranges::find(existing, "@" + c.name, &Consumer::name);
    if (found == existing.end()) {
      std::vector<std::string> names;
      for (const auto& e : existing) names.push_back(e.name);
      return missing("consumer of " + c.product, c.name, names);
    }
    if (!state.is_member(caller.person, found->domain) && !state.is_member(caller.person, product->domain))
      return refuse(ErrorCode::forbidden, "consumer " + found->name + " belongs to " + found->domain + ", and only its members and those of " + product->domain + " may unregister it; " + who_i_am(),
                    whom_to_ask(found->domain));
    Event e = event("consumer.unregistered", c.product + "/" + found->name, product->domain, 1);
    e.acting_as = state.is_member(caller.person, found->domain) ? found->domain : product->domain;
    e.before = to_json(*found);
    return Decision{{std::move(e)}};
  }
};

}  // namespace

std::expected<Decision, Refusal> decide(const State& state, const Caller& caller, const Command& command, const Facts& facts) {
  return std::visit(Rules{state, caller, command, facts}, command);
}

std::string product_named_by(const Command& command) {
  const auto subject = subject_of(command);
  return subject.kind == "product" ? subject.name : std::string();
}

std::vector<std::string> topics_named_by(const State& state, const Command& command) {
  std::set<std::string> topics;
  const auto add = [&](const std::string& name, const ProductFields& fields) {
    if (fields.ports) for (const auto& port : *fields.ports) topics.insert(port.topic);
    const Product* old = state.product(name);
    if (old) for (const auto& port : old->ports) topics.insert(port.topic);
    if ((!fields.ports || fields.ports->empty()) && (!old || old->ports.empty())) topics.insert(name);
  };
  if (const auto* c = std::get_if<PublishProduct>(&command)) add(c->name, c->fields);
  if (const auto* c = std::get_if<ChangeProduct>(&command); c && c->fields.ports) add(c->name, c->fields);
  topics.erase("");
  return {topics.begin(), topics.end()};
}

}  // namespace braid::mesh
