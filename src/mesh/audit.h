// The audit: who did what, when, what it was before and after, and what was refused. One flat JSON value per entry in `_braid_audit`, so that a
// stream over it can be queried (docs/formats/audit_entries.md). Everything that changes something in a node records here.
// Lives on one shard; not thread-safe. Errors are those of the log.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "eventlog/journal.h"

namespace braid::mesh {

struct AuditEntry {
  std::string id;                  // given by the audit when empty; for a mesh event "mesh-<offset>"
  std::int64_t at_ms = 0;          // given by the audit when 0
  std::string who;                 // person, service or "anonymous"
  std::string acting_as;           // domain
  std::string what;                // "product.published", "schema.registered", "query.created", "topic.deleted", ...
  std::string kind, subject;       // "product", "stocktrades"
  std::string domain;              // that owns the subject
  std::string outcome = "done";    // "done" or "refused"
  std::string message;             // one sentence for people
  std::string before, after;       // JSON texts, empty if there is none
  std::string client;              // where from

  friend bool operator==(const AuditEntry&, const AuditEntry&) = default;
};
std::string encode(const AuditEntry& entry);
Result<AuditEntry> decode_audit_entry(std::string_view text);
json::object to_json(const AuditEntry& entry);           // as /api/v1/audit answers it: `before` and `after` as JSON, not text

struct AuditFilter {
  std::string who, what, kind, subject, domain, outcome; // empty: any. `what` also matches as a prefix up to a dot: "product"
  std::string text;                                      // every word must occur somewhere in the entry, without regard to case
  std::int64_t since_ms = 0, until_ms = 0;               // [since, until); 0: open
  std::optional<std::uint64_t> before{};                 // only entries with a smaller sequence number: the next page
  std::size_t limit = 50;
};
struct AuditPage {
  std::vector<std::pair<std::uint64_t, AuditEntry>> entries;   // newest first, with their sequence number (offset in the topic)
  std::uint64_t matched = 0;                             // in memory, on all pages
  bool complete = true;                                  // false: older entries are only in the topic (limits::audit_entries_in_memory_max)
};

// What parts that change something need. Given to registry, ksql and topic APIs by node.
class AuditSink {
 public:
  virtual ~AuditSink() = default;
  virtual io::Task<Result<void>> record(AuditEntry entry) = 0;   // returns once the entry is in the log and can be listed
};

class Audit final : public AuditSink {
 public:
  static constexpr std::string_view topic = "_braid_audit";
  static io::Task<Result<std::unique_ptr<Audit>>> open(eventlog::EventLog& log, const Clock& clock);
  ~Audit() override;

  io::Task<Result<void>> record(AuditEntry entry) override;
  io::Task<Result<void>> record_all(std::vector<AuditEntry> entries);
  AuditPage list(const AuditFilter& filter) const;
  std::optional<AuditEntry> find(std::string_view id) const;
  std::size_t size() const;                              // in memory
  // The highest mesh offset that has an entry, or -1: where the mesh goes on after a crash between its event and the entry.
  std::int64_t last_mesh_offset() const;
  using Listener = std::function<void(std::uint64_t sequence, const AuditEntry&)>;
  std::uint64_t listen(Listener listener);               // called on this shard for each new entry
  void unlisten(std::uint64_t id);
  io::Task<void> close();

 private:
  struct Impl;
  explicit Audit(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace braid::mesh
