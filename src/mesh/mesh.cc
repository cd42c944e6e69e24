#include "mesh/mesh.h"

#include <algorithm>

#include "base/limits/mesh.h"
#include "base/log.h"
#include "mesh/topics.h"

namespace braid::mesh {
namespace {

AuditEntry entry_of(const Event& e) {
  AuditEntry a;
  a.id = "mesh-" + std::to_string(e.offset);
  a.at_ms = e.at_ms;
  a.who = e.by;
  a.acting_as = e.acting_as;
  a.what = e.type;
  a.kind = e.kind;
  a.subject = e.subject;
  a.domain = e.domain;
  a.message = e.by + " " + e.type.substr(e.type.find('.') + 1) + " " + e.kind + " " + e.subject;
  if (!e.before.empty() && !e.after.empty()) {
    std::string fields;
    for (const auto& field : e.after) fields += (fields.empty() ? ": " : ", ") + std::string(field.key());
    a.message += fields;
  }
  if (!e.told.empty()) a.message += "; told: ";
  for (std::size_t i = 0; i < e.told.size(); ++i) a.message += (i ? ", " : "") + e.told[i];
  if (!e.before.empty()) a.before = json::print(e.before);
  if (!e.after.empty()) a.after = json::print(e.after);
  a.client = e.client;
  return a;
}

// Being told "no" about rights belongs into the audit; a typing error does not.
bool worth_an_entry(const Refusal& refusal, const Caller& caller) {
  return refusal.error.code == ErrorCode::forbidden || (refusal.error.code == ErrorCode::unauthenticated && !caller.person.empty());
}

AuditEntry entry_of(const Refusal& refusal, const Caller& caller, const Command& command, const State& state) {
  AuditEntry a;
  const Subject subject = subject_of(command);
  a.who = caller.person;
  if (const Person* p = state.person(caller.person)) {
    const auto domains = state.domains_of(*p);
    a.acting_as = domains.empty() ? "" : domains.front();
  }
  a.what = action_of(command);
  a.kind = subject.kind;
  a.subject = subject.name;
  if (const Product* p = state.product(product_named_by(command))) a.domain = p->domain;
  a.outcome = "refused";
  a.message = refusal.error.message;
  a.client = caller.client;
  return a;
}

}  // namespace

struct Mesh::Impl {
  eventlog::EventLog& log;
  const Clock& clock;
  Readers& readers;
  State state{};
  std::unique_ptr<Audit> audit{};
  std::unique_ptr<eventlog::Journal> journal{};
  std::deque<Event> recent{};
  std::vector<Event> unmirrored{};   // replayed events that have no audit entry yet
  bool open = false;
  std::map<std::uint64_t, Listener> listeners{};
  std::uint64_t next_listener = 1;

  Result<void> apply(const eventlog::RecordView& record) {
    if (!record.value) return {};
    TRY(Event event, decode_event(*record.value));
    event.offset = record.offset.value;
    TRY_VOID(mesh::apply(state, event));
    recent.push_back(event);
    if (recent.size() > limits::mesh_events_in_memory_max) recent.pop_front();
    if (!open) {
      if (event.offset > audit->last_mesh_offset()) unmirrored.push_back(std::move(event));
      return {};
    }
    const auto now = listeners;   // a listener may take itself out
    for (const auto& [id, listener] : now) listener(event);
    return {};
  }

  std::vector<Reader> readers_of(std::string_view product) const {
    const Product* p = state.product(product);
    if (!p) return {};
    std::vector<std::string> topics;
    for (const auto& port : p->ports) topics.push_back(port.topic);
    std::ranges::sort(topics);
    topics.erase(std::ranges::unique(topics).begin(), topics.end());
    return readers.of(topics);
  }
};

Mesh::Mesh(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Mesh::~Mesh() = default;

io::Task<Result<std::unique_ptr<Mesh>>> Mesh::open(eventlog::EventLog& log, const Clock& clock, Readers& readers) {
  auto impl = std::make_unique<Impl>(Impl{.log = log, .clock = clock, .readers = readers});
  Impl* state = impl.get();
  CO_TRY(impl->audit, co_await Audit::open(log, clock));
  eventlog::Journal::Apply apply = [state](const eventlog::RecordView& r) { return state->apply(r); };
  auto journal = co_await eventlog::Journal::open(log, kept_for_ever(std::string(topic)), std::move(apply));
  if (!journal) {
    co_await impl->audit->close();
    co_return std::unexpected(std::move(journal).error());
  }
  impl->journal = *std::move(journal);
  // What was written just before a crash gets its entry now.
  std::vector<AuditEntry> entries;
  for (const auto& event : impl->unmirrored) entries.push_back(entry_of(event));
  impl->unmirrored.clear();
  if (!entries.empty()) log::info("mesh_audit_completed", {{"entries", entries.size()}});
  auto mirrored = co_await impl->audit->record_all(std::move(entries));
  if (!mirrored) {
    co_await impl->journal->close();
    co_await impl->audit->close();
    co_return std::unexpected(std::move(mirrored).error());
  }
  impl->open = true;
  co_return std::unique_ptr<Mesh>(new Mesh(std::move(impl)));
}

io::Task<std::expected<Done, Refusal>> Mesh::execute(Caller caller, Command command, bool dry_run) {
  using Answer = std::expected<Done, Refusal>;
  Facts facts;
  for (const auto& name : topics_named_by(impl_->state, command)) {
    auto found = co_await impl_->log.describe_topic(name);
    if (found) continue;
    if (found.error().code != ErrorCode::not_found && found.error().code != ErrorCode::invalid_input)
      co_return Answer(std::unexpected(Refusal{.error = std::move(found).error()}));
    facts.missing_topics.push_back(name);
  }
  // Nothing changes between the decision, its events and their audit entries, so entries stand in the order of the events.
  const auto turn = co_await impl_->journal->turn();
  facts.now_ms = impl_->clock.wall_ms();
  facts.readers = impl_->readers_of(product_named_by(command));
  auto decision = decide(impl_->state, caller, command, facts);
  if (!decision) {
    if (!dry_run && worth_an_entry(decision.error(), caller)) {
      auto noted = co_await impl_->audit->record(entry_of(decision.error(), caller, command, impl_->state));
      if (!noted) log::warn("audit_entry_not_written", {{"what", action_of(command)}, {"error", noted.error().message}});
    }
    co_return Answer(std::unexpected(std::move(decision).error()));
  }
  Done done{.events = std::move(decision->events), .told = std::move(decision->told)};
  if (dry_run || done.events.empty()) co_return Answer(std::move(done));

  std::vector<eventlog::Record> records;
  for (const auto& event : done.events) {
    eventlog::Record record;
    record.key = event.kind + "/" + event.subject;
    record.value = encode(event);
    record.timestamp_ms = event.at_ms;
    records.push_back(std::move(record));
  }
  auto first = co_await impl_->journal->write(std::move(records));
  if (!first) co_return Answer(std::unexpected(Refusal{.error = std::move(first).error().during(describe(command))}));
  std::vector<AuditEntry> entries;
  for (std::size_t i = 0; i < done.events.size(); ++i) {
    done.events[i].offset = first->value + std::int64_t(i);
    entries.push_back(entry_of(done.events[i]));
  }
  // The change stands even if its entry cannot be written now: opening the mesh again completes the audit.
  auto noted = co_await impl_->audit->record_all(std::move(entries));
  if (!noted) log::warn("audit_entry_not_written", {{"what", action_of(command)}, {"error", noted.error().message}});
  co_return Answer(std::move(done));
}

const State& Mesh::state() const { return impl_->state; }
Audit& Mesh::audit() { return *impl_->audit; }
Impact Mesh::impact(std::string_view product) const { return impact_of(impl_->state, product, impl_->readers_of(product)); }

std::uint64_t Mesh::listen(Listener listener) {
  impl_->listeners[impl_->next_listener] = std::move(listener);
  return impl_->next_listener++;
}
void Mesh::unlisten(std::uint64_t id) { impl_->listeners.erase(id); }

std::vector<Event> Mesh::recent(std::int64_t after_offset, std::size_t limit) const {
  std::vector<Event> out;
  auto it = std::ranges::upper_bound(impl_->recent, after_offset, {}, &Event::offset);
  for (; it != impl_->recent.end() && out.size() < limit; ++it) out.push_back(*it);
  return out;
}

io::Task<void> Mesh::close() {
  co_await impl_->journal->close();
  co_await impl_->audit->close();
}

}  // namespace braid::mesh
