// A registry that runs elsewhere, mirrored: what it lists is kept in a State like our own, so that everything above reads it from memory.
// The list is fetched every few seconds; a change made through this node, and an id that is not known yet, are fetched at once.
// What is mirrored: live versions, settings of subjects. Soft-deleted ones only when a record names their id.
#include "base/log.h"
#include "base/percent.h"
#include "io/sync.h"
#include "registry/identity.h"
#include "registry/registry_impl.h"
#include "registry/upstream.h"
#include "base/limits/schemas.h"

namespace braid::registry {
namespace {

constexpr io::Milliseconds refresh_period{5'000};
constexpr int refresh_share = 20;                        // a list that takes long is fetched at most this part of the time
constexpr io::Milliseconds unknown_patience{2'000};      // an id that the registry did not have is asked for again after this
constexpr std::int64_t page_size = 1'000;                // Confluent's own limit

std::string flags(std::initializer_list<std::pair<const char*, bool>> all) {
  std::string out;
  for (const auto& [name, on] : all)
    if (on) out += (out.empty() ? "?" : "&") + std::string(name) + "=true";
  return out;
}

Result<RegisteredSchema> schema_from(const json::object& o, const std::string& subject, std::int32_t version, std::optional<SchemaId> id = std::nullopt) {
  RegisteredSchema s;
  s.subject = subject;
  s.version = version;
  TRY(const auto number, json::optional_int(o, "id"));
  if (!number && !id) return fail(ErrorCode::invalid_input, "a schema without an id");
  s.id = id ? *id : SchemaId{std::int32_t(*number)};
  TRY_VOID(read_content(o, s));
  TRY(const auto at, json::optional_int(o, "ts"));
  s.registered_ms = at.value_or(-1);
  return s;
}

bool same(const RegisteredSchema& a, const RegisteredSchema& b) { return a.id == b.id && a.guid == b.guid && a.deleted == b.deleted && a.text == b.text; }

struct RemoteRegistry final : Registry::Impl {
  RemoteRegistry(std::unique_ptr<Upstream> u, Metrics& m)
      : Impl(m), upstream(std::move(u)), calls(m.counter("braid_registry_upstream_calls_total", "Calls to the registry that this node uses.")),
        failures(m.counter("braid_registry_upstream_failures_total", "Calls to the registry that this node uses that got no answer.")) {}

  bool remote() const override { return true; }
  std::string trouble() const override { return trouble_; }
  io::Task<void> close() override {
    stopping.notify_all();
    co_await gate.close();
  }

  // --- calls

  io::Task<Outcome<json::value>> call(std::string method, std::string target, std::string body = {}) {
    calls.add();
    auto calling = upstream->call(std::move(method), target, std::move(body));
    auto answer = co_await std::move(calling);
    if (!answer) {
      failures.add();
      away_until = io::after(unknown_patience);
      note(answer.error().message);
      co_return refuse(code::store, "the registry at " + upstream->name() + " does not answer: " + answer.error().message);
    }
    note("");
    auto parsed = answer->body.empty() ? Result<json::value>(json::value()) : json::parse(answer->body);
    if (!parsed) co_return refuse(code::store, "the registry at " + upstream->name() + " answers " + target + " with what is no JSON: " + parsed.error().message);
    if (answer->status < 400) co_return *std::move(parsed);
    Refusal refusal{answer->status, "the registry at " + upstream->name() + " answers " + std::to_string(answer->status)};
    if (parsed->is_object()) {
      if (const auto* number = parsed->get_object().if_contains("error_code"); number != nullptr && number->is_int64()) refusal.code = int(number->get_int64());
      if (const auto* text = parsed->get_object().if_contains("message"); text != nullptr && text->is_string()) refusal.message = std::string(text->get_string());
    }
    co_return std::unexpected(std::move(refusal));
  }

  void note(const std::string& what) {
    if (what.empty() == trouble_.empty()) { trouble_ = what; return; }
    trouble_ = what;
    if (what.empty()) log::info("registry_upstream_answers_again", {{"url", upstream->name()}});
    else log::warn("registry_upstream_is_away", {{"url", upstream->name()}, {"reason", what}});
  }

  // --- the mirror

  void put(RegisteredSchema schema) {
    const auto* known = state_.find(schema.subject, schema.version);
    if (known != nullptr && same(*known, schema)) return;
    if (known != nullptr && (known->id != schema.id || known->guid != schema.guid)) drop(schema.subject, schema.version);   // deleted there, and made anew
    const std::string subject = schema.subject;
    if (const auto stored = apply_event(SchemaStored{std::move(schema)}); !stored)
      log::warn("registry_upstream_schema_left_out", {{"subject", subject}, {"reason", stored.error().message}});
  }
  void drop(const std::string& subject, std::int32_t version) { (void)apply_event(SchemaErased{subject, version}); }
  void mark_deleted(const RegisteredSchema& schema) {
    auto gone = schema;
    gone.deleted = true;
    put(std::move(gone));
  }

  // One of these three at a time: a list that was asked for before a change must not undo what was fetched after it.
  io::Task<Outcome<int>> fetch_all() {
    auto coming = turns.take();
    const auto turn = co_await std::move(coming);
    std::set<Place> listed;
    Place first_of_page;
    for (std::int64_t offset = 0;; offset += page_size) {
      auto calling = call("GET", "/schemas?subjectPrefix=%3A%2A%3A&offset=" + std::to_string(offset) + "&limit=" + std::to_string(page_size));
      auto page = co_await std::move(calling);
      if (!page) co_return std::unexpected(std::move(page).error());
      if (!page->is_array()) co_return refuse(code::store, "the registry at " + upstream->name() + " answers /schemas with something other than a list");
      const auto& items = page->get_array();
      bool again = false;
      for (std::size_t i = 0; i < items.size(); ++i) {
        const auto* o = items[i].if_object();
        const auto subject = o ? json::required_string(*o, "subject") : Result<std::string>(fail(ErrorCode::invalid_input, "no object"));
        const auto version = o ? json::optional_int(*o, "version") : Result<std::optional<std::int64_t>>(std::nullopt);
        if (!subject || !version || !*version) continue;
        Place place{*subject, std::int32_t(**version)};
        if (i == 0) {
          again = offset > 0 && place == first_of_page;    // a registry that does not know pages gives everything each time
          first_of_page = place;
        }
        if (again) break;
        auto schema = schema_from(*o, place.first, place.second);
        if (schema) put(*std::move(schema));
        else log::warn("registry_upstream_schema_left_out", {{"subject", place.first}, {"reason", schema.error().message}});
        listed.insert(std::move(place));
      }
      if (again || std::int64_t(items.size()) < page_size) break;
      auto letting = io::yield();
      co_await std::move(letting);
    }
    std::vector<RegisteredSchema> gone;
    for (const auto& [subject, versions] : state_.subjects())
      for (const auto& [number, schema] : versions)
        if (!schema.deleted && !listed.contains({subject, number})) gone.push_back(schema);
    for (const auto& schema : gone) mark_deleted(schema);
    auto configuring = fetch_settings("");
    co_await std::move(configuring);
    int left = int(limits::upstream_settings_max);
    std::vector<std::string> subjects;
    for (const auto& [subject, versions] : state_.subjects())
      if (left > 0 && !settings_known.contains(subject)) { subjects.push_back(subject); --left; }
    for (const auto& subject : subjects) {
      auto fetching = fetch_settings(subject);
      co_await std::move(fetching);
      if (!trouble_.empty() || gate.closed()) break;       // one call that is not answered is waited for, not one for each subject
    }
    co_return 0;
  }

  io::Task<void> fetch_settings(std::string subject) {
    auto asking = call("GET", subject.empty() ? "/config" : "/config/" + percent_encode(subject));
    auto config = co_await std::move(asking);
    if (config && config->is_object()) {
      if (const auto change = config_change(config->get_object())) {
        const auto* known = state_.config(subject);
        if (known == nullptr || *known != change->values) (void)apply_event(ConfigStored{subject, change->values});
      }
    } else if (!config && config.error().http_status() == 404 && state_.config(subject) != nullptr) {
      (void)apply_event(ConfigErased{subject});
    }
    if (config || config.error().http_status() == 404) settings_known.insert(subject);
  }

  io::Task<Outcome<int>> fetch_subject(std::string subject) {
    auto coming = turns.take();
    const auto turn = co_await std::move(coming);
    auto asking = call("GET", "/subjects/" + percent_encode(subject) + "/versions");
    auto listed = co_await std::move(asking);
    if (!listed && listed.error().http_status() != 404) co_return std::unexpected(std::move(listed).error());
    std::set<std::int32_t> live;
    if (listed && listed->is_array())
      for (const auto& number : listed->get_array())
        if (number.is_int64()) live.insert(std::int32_t(number.get_int64()));
    for (const auto number : live) {
      const auto* known = state_.find(subject, number);
      if (known != nullptr && !known->deleted && number != *live.rbegin()) continue;
      auto fetching = fetch_version(subject, number);
      auto fetched = co_await std::move(fetching);
      if (!fetched) co_return std::unexpected(std::move(fetched).error());
    }
    std::vector<RegisteredSchema> gone;
    if (const auto* versions = state_.versions(subject))
      for (const auto& [number, schema] : *versions)
        if (!schema.deleted && !live.contains(number)) gone.push_back(schema);
    for (const auto& schema : gone) mark_deleted(schema);
    auto configuring = fetch_settings(subject);
    co_await std::move(configuring);
    co_return 0;
  }

  io::Task<Outcome<int>> fetch_version(std::string subject, std::int32_t version) {
    auto asking = call("GET", "/subjects/" + percent_encode(subject) + "/versions/" + std::to_string(version) + "?deleted=true");
    auto got = co_await std::move(asking);
    if (!got) co_return std::unexpected(std::move(got).error());
    if (!got->is_object()) co_return refuse(code::store, "the registry at " + upstream->name() + " answers a version with something other than an object");
    auto schema = schema_from(got->get_object(), subject, version);
    if (!schema) co_return refuse(code::store, schema.error().message);
    for (const auto& reference : schema->references) {     // what it refers to is there before it
      const auto of = in_context_of(reference.subject, subject);
      if (state_.find(of, reference.version) != nullptr || of == subject) continue;
      auto fetching = fetch_version(of, reference.version);
      (void)co_await std::move(fetching);
    }
    put(*std::move(schema));
    co_return 0;
  }

  io::Task<void> expect(SchemaId id) override {
    if (state_.places_of(default_context, id) != nullptr) co_return;
    const auto now = std::chrono::steady_clock::now();
    if (const auto asked = unknown_until.find(id.value); asked != unknown_until.end() && now < asked->second) co_return;
    if (unknown_until.size() >= limits::upstream_unknown_ids_max) unknown_until.clear();
    auto coming = turns.take();
    const auto turn = co_await std::move(coming);
    if (state_.places_of(default_context, id) != nullptr) co_return;
    if (std::chrono::steady_clock::now() < away_until) co_return;   // many ids that are not known do not wait one behind the other
    unknown_until[id.value] = std::chrono::steady_clock::now() + unknown_patience;
    for (const char* deleted : {"", "?deleted=true"}) {
      auto asking = call("GET", "/schemas/ids/" + std::to_string(id.value) + "/versions" + deleted);
      const auto places = co_await std::move(asking);
      if (!trouble_.empty()) break;
      if (!places || !places->is_array()) continue;
      for (const auto& place : places->get_array()) {
        const auto* o = place.if_object();
        if (o == nullptr) continue;
        const auto subject = json::required_string(*o, "subject");
        const auto version = json::optional_int(*o, "version");
        if (!subject || !version || !*version) continue;
        auto fetching = fetch_version(*subject, std::int32_t(**version));
        (void)co_await std::move(fetching);
        const auto* got = state_.find(*subject, std::int32_t(**version));
        if (deleted[0] != '\0' && got != nullptr) mark_deleted(*got);
      }
      if (state_.places_of(default_context, id) != nullptr) break;
    }
    if (state_.places_of(default_context, id) != nullptr) unknown_until.erase(id.value);
  }

  io::Task<Result<void>> refresh(std::string subject) override {
    auto fetching = subject.empty() ? fetch_all() : fetch_subject(std::move(subject));
    auto done = co_await std::move(fetching);
    if (!done) co_return std::unexpected(to_error(std::move(done).error()));
    co_return Result<void>{};
  }

  io::Task<void> follow() {
    const auto pass = gate.enter();
    if (!pass) co_return;
    auto pause = refresh_period;
    while (!gate.closed()) {
      auto waiting = stopping.wait(io::after(pause));
      (void)co_await std::move(waiting);
      if (gate.closed()) break;
      const auto began = std::chrono::steady_clock::now();
      if (++rounds % 12 == 0) settings_known.clear();      // once a minute
      auto fetching = fetch_all();
      (void)co_await std::move(fetching);
      const auto took = std::chrono::duration_cast<io::Milliseconds>(std::chrono::steady_clock::now() - began);
      pause = std::max(refresh_period, took * refresh_share);
    }
  }

  // --- changes, made there

  // Changes, then takes over what has become of the subject (empty: of everything).
  io::Task<Outcome<json::value>> change(std::string method, std::string target, std::string body, std::string subject) {
    auto calling = call(std::move(method), std::move(target), std::move(body));
    auto answer = co_await std::move(calling);
    if (!answer) co_return answer;
    auto fetching = subject.empty() ? fetch_all() : fetch_subject(std::move(subject));
    auto fetched = co_await std::move(fetching);
    if (!fetched) co_return std::unexpected(std::move(fetched).error());
    co_return answer;
  }

  static json::object body_of(const SchemaRequest& request) {
    json::object body;
    if (request.text) body["schema"] = *request.text;
    if (request.type) body["schemaType"] = *request.type;
    if (request.references && !request.references->empty()) body["references"] = to_json(*request.references);
    if (request.metadata) body["metadata"] = to_json(*request.metadata);
    if (request.rule_set) body["ruleSet"] = to_json(*request.rule_set);
    if (request.version) body["version"] = *request.version;
    if (request.id) body["id"] = *request.id;
    return body;
  }

  io::Task<Outcome<RegisteredSchema>> register_schema(RegisterCommand command) override {
    const std::string target = "/subjects/" + percent_encode(command.subject) + "/versions" + flags({{"normalize", command.normalize}, {"force", command.force}});
    auto changing = change("POST", target, json::print(body_of(command.request)), command.subject);
    auto answer = co_await std::move(changing);
    if (!answer) co_return std::unexpected(std::move(answer).error());
    const auto id = answer->is_object() ? json::optional_int(answer->get_object(), "id") : Result<std::optional<std::int64_t>>(std::nullopt);
    if (!id || !*id) co_return refuse(code::store, "the registry at " + upstream->name() + " has not said which id it gave");
    co_return by_id(SchemaId{std::int32_t(**id)}, command.subject);
  }
  io::Task<Outcome<RegisteredSchema>> tag_schema(TagCommand) override {
    co_return refuse(code::not_permitted, "tags are set at the registry itself, " + upstream->name());
  }
  io::Task<Outcome<std::vector<std::int32_t>>> delete_subject(std::string subject, bool permanent) override {
    auto changing = change("DELETE", "/subjects/" + percent_encode(subject) + flags({{"permanent", permanent}}), "", subject);
    auto answer = co_await std::move(changing);
    if (!answer) co_return std::unexpected(std::move(answer).error());
    std::vector<std::int32_t> out;
    if (answer->is_array())
      for (const auto& number : answer->get_array()) if (number.is_int64()) out.push_back(std::int32_t(number.get_int64()));
    co_return out;
  }
  io::Task<Outcome<std::int32_t>> delete_version(std::string subject, std::string version, bool permanent) override {
    auto changing = change("DELETE", "/subjects/" + percent_encode(subject) + "/versions/" + percent_encode(version) + flags({{"permanent", permanent}}), "", subject);
    auto answer = co_await std::move(changing);
    if (!answer) co_return std::unexpected(std::move(answer).error());
    co_return answer->is_int64() ? std::int32_t(answer->get_int64()) : 0;
  }
  io::Task<Outcome<int>> delete_context(std::string context) override {
    auto changing = change("DELETE", "/contexts/" + percent_encode(context), "", "");
    auto answer = co_await std::move(changing);
    if (!answer) co_return std::unexpected(std::move(answer).error());
    co_return 0;
  }
  io::Task<Outcome<Config>> config_changed(std::string method, std::string subject, std::string body) {
    auto changing = call(std::move(method), subject.empty() ? "/config" : "/config/" + percent_encode(subject), std::move(body));
    auto answer = co_await std::move(changing);
    if (!answer) co_return std::unexpected(std::move(answer).error());
    auto fetching = fetch_settings(subject);
    co_await std::move(fetching);
    const auto* now = state_.config(subject);
    co_return now == nullptr ? Config{} : *now;
  }
  io::Task<Outcome<Config>> set_config(std::string subject, json::object body) override { return config_changed("PUT", std::move(subject), json::print(json::value(std::move(body)))); }
  io::Task<Outcome<Config>> delete_config(std::string subject) override { return config_changed("DELETE", std::move(subject), ""); }
  io::Task<Outcome<Mode>> set_mode(std::string, std::string, bool) override { co_return refuse(code::not_permitted, "modes are set at the registry itself, " + upstream->name()); }
  io::Task<Outcome<std::optional<Mode>>> delete_mode(std::string, bool) override { co_return refuse(code::not_permitted, "modes are set at the registry itself, " + upstream->name()); }

  std::unique_ptr<Upstream> upstream;
  Counter &calls, &failures;
  std::string trouble_;                                    // why it does not answer; empty when it does
  io::Deadline away_until{};                               // until then nobody waits for an unknown id
  std::unordered_map<std::int32_t, io::Deadline> unknown_until;
  std::set<std::string> settings_known;
  int rounds = 0;
  io::Turns turns;
  io::Notifier stopping;
  io::Gate gate;
};

}  // namespace

io::Task<Result<std::unique_ptr<Registry>>> Registry::open_remote(std::unique_ptr<Upstream> upstream, Metrics& metrics) {
  auto impl = std::make_unique<RemoteRegistry>(std::move(upstream), metrics);
  auto* raw = impl.get();
  auto fetching = raw->fetch_all();
  const auto fetched = co_await std::move(fetching);       // a registry that is away is no reason not to start: what needs it says so
  if (!fetched) log::warn("registry_upstream_not_read", {{"url", raw->upstream->name()}, {"reason", fetched.error().message}});
  else log::info("registry_is_elsewhere", {{"url", raw->upstream->name()}, {"subjects", raw->state_.subjects().size()}});
  io::Shard::current()->spawn(raw->follow());
  co_return std::unique_ptr<Registry>(new Registry(std::move(impl)));
}

}  // namespace braid::registry
