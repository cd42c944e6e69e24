// The schema registry of a node: subjects, versions and ids over the topic `_schemas`, byte-compatible with Confluent's.
//
// Reads are plain functions over the state in memory; writes are decided one after the other, written to the log, and return once they have
// been applied, so a caller reads its own writes. Rules are in decide.h (pure); this is the shell.
// Threads: lives on one shard (the control shard); others ask with `co_await shard.on(...)`. The parsed schemas it gives out are immutable and
// may be used on any thread. The EventLog must outlive it.
// Errors of this in-process API: not_found, invalid_input (not a schema), incompatible, forbidden (a read-only subject), conflict.
// The REST API under api/registry uses the full set of operations in `service()`, whose refusals carry Confluent's error numbers.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/id.h"
#include "base/metrics.h"
#include "eventlog/journal.h"
#include "format/avro/schema.h"
#include "format/json_schema/schema.h"
#include "format/protobuf_schema/schema.h"
#include "io/task.h"
#include "registry/schema.h"

namespace braid::registry {

class Service;   // every operation of the REST API: service.h
class Upstream;  // a registry that runs elsewhere: upstream.h

struct Options {
  std::string topic = "_schemas";
};

// Something changed in a subject: versions came or went, or its configuration did. Empty subject: a global setting.
struct Change {
  std::string subject;
};

class Registry {
 public:
  static io::Task<Result<std::unique_ptr<Registry>>> open(eventlog::EventLog& log, Metrics& metrics, Options options = {});
  // The same over any journal; tests use one in memory.
  using OpenJournal = std::function<io::Task<Result<std::unique_ptr<eventlog::Journal>>>(eventlog::Journal::Apply)>;
  static io::Task<Result<std::unique_ptr<Registry>>> open_on(OpenJournal open_journal, Metrics& metrics);
  // A registry that runs elsewhere, used instead of being one: what it has is mirrored here, changes are made there (upstream.h).
  static io::Task<Result<std::unique_ptr<Registry>>> open_remote(std::unique_ptr<Upstream> upstream, Metrics& metrics);
  ~Registry();
  io::Task<void> close();   // call before destroying it

  // Registers under the subject's compatibility level. Content that is there already gives its present id and version.
  io::Task<Result<RegisteredSchema>> add(std::string subject, SchemaDraft draft);

  Result<RegisteredSchema> by_id(SchemaId id) const;                 // of the default context; deleted ones too
  Result<RegisteredSchema> latest(std::string_view subject) const;
  Result<RegisteredSchema> version(std::string_view subject, std::int32_t version) const;
  std::vector<std::string> subjects() const;                         // with live versions, all contexts, by name
  std::vector<RegisteredSchema> versions(std::string_view subject) const;   // live ones, oldest first; empty when unknown
  std::vector<RegisteredSchema> all_latest() const;                  // the latest of every subject

  // Parsed and cached, with all they refer to. Wrong kind of schema: invalid_input.
  Result<format::avro::SchemaPtr> avro(SchemaId id);
  Result<format::protobuf_schema::SchemaPtr> protobuf(SchemaId id);
  Result<format::json_schema::SchemaPtr> json_schema(SchemaId id);

  // Texts of all that a schema refers to, directly or not, each after those it needs itself.
  Result<std::vector<ReferencedText>> referenced_texts(const RegisteredSchema& schema) const;

  // How many changes were applied. Any thread may ask; whoever remembers an answer of this registry asks again when the number is another one.
  std::uint64_t changes() const;
  bool remote() const;                                               // open_remote() made it
  // Before by_id() where a record names the id: one that was registered elsewhere a moment ago is fetched. Our own registry has all there are.
  io::Task<void> expect(SchemaId id);
  io::Task<Result<void>> refresh(std::string subject = {});          // after a change that somebody made upstream: the subject, or everything

  void on_change(std::function<void(const Change&)> listener);       // called on this shard after each applied record
  Service& service();

  struct Impl;   // known to registry/*.cc only
 private:
  explicit Registry(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace braid::registry
