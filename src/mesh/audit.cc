#include "mesh/audit.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "base/limits/mesh.h"
#include "mesh/topics.h"
#include "mesh/model.h"

namespace braid::mesh {
namespace {

constexpr std::string_view mesh_prefix = "mesh-";

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) if (c >= 'A' && c <= 'Z') c = char(c + 32);
  return out;
}

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> out;
  std::string word;
  for (const char c : lower(text) + " ") {
    if (c != ' ' && c != '\t' && c != '\n') { word += c; continue; }
    if (!word.empty()) out.push_back(std::move(word));
    word.clear();
  }
  return out;
}

std::int64_t mesh_offset_of(const AuditEntry& entry) {
  if (!entry.id.starts_with(mesh_prefix)) return -1;
  std::int64_t offset = -1;
  const char* end = entry.id.data() + entry.id.size();
  const auto [p, ec] = std::from_chars(entry.id.data() + mesh_prefix.size(), end, offset);
  return ec == std::errc{} && p == end ? offset : -1;
}

json::value parsed_or_null(const std::string& text) {
  if (text.empty()) return nullptr;
  auto v = json::parse(text);
  return v ? *std::move(v) : json::value(text);
}

}  // namespace

eventlog::TopicSpec kept_for_ever(std::string topic) {
  eventlog::TopicSpec spec;
  spec.name = std::move(topic);
  spec.configs = {{"retention.ms", "-1"}, {"retention.bytes", "-1"}, {"max.message.bytes", std::to_string(limits::mesh_record_bytes_max)}};
  return spec;
}

std::string encode(const AuditEntry& e) {
  return json::print(json::object{{"id", e.id}, {"at", iso8601(e.at_ms)}, {"at_ms", e.at_ms}, {"who", e.who}, {"acting_as", e.acting_as}, {"what", e.what}, {"kind", e.kind},
                                  {"subject", e.subject}, {"domain", e.domain}, {"outcome", e.outcome}, {"message", e.message}, {"before", e.before}, {"after", e.after}, {"client", e.client}});
}

Result<AuditEntry> decode_audit_entry(std::string_view text) {
  TRY(const auto o, json::parse_object(text));
  AuditEntry e;
  TRY(const auto at, json::optional_int(o, "at_ms"));
  e.at_ms = at.value_or(0);
  const std::pair<std::string_view, std::string*> fields[] = {{"id", &e.id}, {"who", &e.who}, {"acting_as", &e.acting_as}, {"what", &e.what}, {"kind", &e.kind}, {"subject", &e.subject},
      {"domain", &e.domain}, {"outcome", &e.outcome}, {"message", &e.message}, {"before", &e.before}, {"after", &e.after}, {"client", &e.client}};
  for (const auto& [name, into] : fields) {
    TRY(auto v, json::optional_string(o, name));
    if (v) *into = *std::move(v);
  }
  if (e.id.empty() || e.what.empty()) return fail(ErrorCode::corrupt, "the audit entry has no id or does not say what happened");
  return e;
}

json::object to_json(const AuditEntry& e) {
  return {{"id", e.id}, {"at", iso8601(e.at_ms)}, {"who", e.who}, {"acting_as", e.acting_as}, {"what", e.what}, {"kind", e.kind}, {"subject", e.subject}, {"domain", e.domain},
          {"outcome", e.outcome}, {"message", e.message}, {"before", parsed_or_null(e.before)}, {"after", parsed_or_null(e.after)}, {"client", e.client}};
}

struct Audit::Impl {
  const Clock& clock;
  std::unique_ptr<eventlog::Journal> journal{};
  struct Kept {
    std::uint64_t sequence;
    AuditEntry entry;
    std::string haystack;            // all texts, in lower case
  };
  std::deque<Kept> kept{};
  bool forgot = false;               // older entries are only in the topic
  bool open = false;
  std::int64_t last_mesh_offset = -1;
  std::map<std::uint64_t, Listener> listeners{};
  std::uint64_t next_listener = 1;

  Result<void> apply(const eventlog::RecordView& record) {
    if (!record.value) return {};
    TRY(AuditEntry entry, decode_audit_entry(*record.value));
    if (const std::int64_t offset = mesh_offset_of(entry); offset >= 0) {
      if (offset <= last_mesh_offset) return {};   // a second node, or a restart, has mirrored the same event
      last_mesh_offset = offset;
    }
    std::string haystack = lower(entry.who + '\n' + entry.acting_as + '\n' + entry.what + '\n' + entry.subject + '\n' + entry.domain + '\n' + entry.outcome + '\n' + entry.message + '\n' +
                                 entry.before + '\n' + entry.after + '\n' + entry.client);
    kept.push_back({std::uint64_t(record.offset.value), std::move(entry), std::move(haystack)});
    if (kept.size() > limits::audit_entries_in_memory_max) kept.pop_front(), forgot = true;
    if (open) {
      const auto now = listeners;   // a listener may take itself out
      for (const auto& [id, listener] : now) listener(kept.back().sequence, kept.back().entry);
    }
    return {};
  }
};

Audit::Audit(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Audit::~Audit() = default;

io::Task<Result<std::unique_ptr<Audit>>> Audit::open(eventlog::EventLog& log, const Clock& clock) {
  auto impl = std::make_unique<Impl>(Impl{.clock = clock});
  Impl* state = impl.get();
  eventlog::Journal::Apply apply = [state](const eventlog::RecordView& r) { return state->apply(r); };
  CO_TRY(impl->journal, co_await eventlog::Journal::open(log, kept_for_ever(std::string(topic)), std::move(apply)));
  impl->open = true;
  co_return std::unique_ptr<Audit>(new Audit(std::move(impl)));
}

io::Task<Result<void>> Audit::record(AuditEntry entry) {
  std::vector<AuditEntry> one;
  one.push_back(std::move(entry));
  co_return co_await record_all(std::move(one));
}

io::Task<Result<void>> Audit::record_all(std::vector<AuditEntry> entries) {
  if (entries.empty()) co_return Result<void>{};
  std::vector<eventlog::Record> records;
  records.reserve(entries.size());
  for (auto& entry : entries) {
    if (entry.id.empty()) entry.id = to_text(random_uuid());
    if (entry.at_ms == 0) entry.at_ms = impl_->clock.wall_ms();
    eventlog::Record record;
    record.key = entry.kind + "/" + entry.subject;
    record.value = encode(entry);
    record.timestamp_ms = entry.at_ms;
    records.push_back(std::move(record));
  }
  CO_TRY_VOID(co_await impl_->journal->write(std::move(records)));
  co_return Result<void>{};
}

AuditPage Audit::list(const AuditFilter& f) const {
  const auto wanted = words(f.text);
  const auto same = [](const std::string& asked, const std::string& is) { return asked.empty() || asked == is; };
  AuditPage page;
  page.complete = !impl_->forgot;
  for (auto it = impl_->kept.rbegin(); it != impl_->kept.rend(); ++it) {
    const AuditEntry& e = it->entry;
    if (f.since_ms && e.at_ms < f.since_ms) continue;
    if (f.until_ms && e.at_ms >= f.until_ms) continue;
    if (!same(f.who, e.who) || !same(f.kind, e.kind) || !same(f.subject, e.subject) || !same(f.domain, e.domain) || !same(f.outcome, e.outcome)) continue;
    if (!f.what.empty() && e.what != f.what && !e.what.starts_with(f.what + ".") && !e.what.ends_with("." + f.what)) continue;
    if (!std::ranges::all_of(wanted, [&](const std::string& w) { return it->haystack.find(w) != std::string::npos; })) continue;
    ++page.matched;
    if (f.before && it->sequence >= *f.before) continue;
    if (page.entries.size() < f.limit) page.entries.emplace_back(it->sequence, e);
  }
  return page;
}

std::optional<AuditEntry> Audit::find(std::string_view id) const {
  for (auto it = impl_->kept.rbegin(); it != impl_->kept.rend(); ++it)
    if (it->entry.id == id) return it->entry;
  return std::nullopt;
}

std::size_t Audit::size() const { return impl_->kept.size(); }
std::int64_t Audit::last_mesh_offset() const { return impl_->last_mesh_offset; }
std::uint64_t Audit::listen(Listener listener) {
  impl_->listeners[impl_->next_listener] = std::move(listener);
  return impl_->next_listener++;
}
void Audit::unlisten(std::uint64_t id) { impl_->listeners.erase(id); }
io::Task<void> Audit::close() { co_await impl_->journal->close(); }

}  // namespace braid::mesh
