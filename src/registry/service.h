// Every operation of the registry's public API over one state. Reads answer at once; writes resume when they are applied.
// Lives on one shard; not thread-safe. Answers are values, so nothing the caller keeps is changed behind its back.
#pragma once
#include "io/task.h"
#include "registry/decide.h"

namespace braid::registry {

struct Page { std::int64_t offset = 0; std::int64_t limit = -1; };   // a limit below 1 means no limit

class Service {
 public:
  virtual ~Service() = default;
  virtual const State& state() const = 0;
  virtual ParsedSchemas& parsed() = 0;

  virtual io::Task<Outcome<RegisteredSchema>> register_schema(RegisterCommand command) = 0;
  virtual io::Task<Outcome<RegisteredSchema>> tag_schema(TagCommand command) = 0;
  virtual io::Task<Outcome<std::vector<std::int32_t>>> delete_subject(std::string subject, bool permanent) = 0;
  virtual io::Task<Outcome<std::int32_t>> delete_version(std::string subject, std::string version, bool permanent) = 0;
  virtual io::Task<Outcome<int>> delete_context(std::string context) = 0;
  virtual io::Task<Outcome<Config>> set_config(std::string subject, json::object body) = 0;
  virtual io::Task<Outcome<Config>> delete_config(std::string subject) = 0;
  virtual io::Task<Outcome<Mode>> set_mode(std::string subject, std::string mode, bool force) = 0;
  virtual io::Task<Outcome<std::optional<Mode>>> delete_mode(std::string subject, bool recursive) = 0;

  Outcome<RegisteredSchema> look_up(const LookupQuery& query);
  Outcome<Verdict> check_compatibility(const CompatibilityQuery& query);

  // `version` is "latest", "-1" or a number. An unqualified subject is looked for in all contexts.
  Outcome<RegisteredSchema> version(const std::string& subject, const std::string& version, bool deleted);
  Outcome<std::vector<std::int32_t>> versions(const std::string& subject, bool deleted, bool deleted_only);
  Outcome<std::vector<SchemaId>> referenced_by(const std::string& subject, const std::string& version, bool deleted);
  // The newest place of an id. A subject gives the context, and the place in it when it is there.
  Outcome<RegisteredSchema> by_id(SchemaId id, const std::string& subject);
  Outcome<std::vector<Place>> places(SchemaId id, const std::string& subject, bool deleted);
  Outcome<RegisteredSchema> by_guid(std::string_view guid);
  std::vector<std::string> subjects(const std::string& prefix, bool deleted, bool deleted_only);
  std::vector<RegisteredSchema> schemas(const std::string& prefix, bool deleted, bool latest_only);
  // The latest version whose metadata has all these properties.
  Outcome<RegisteredSchema> with_metadata(const std::string& subject, const std::map<std::string, std::string>& properties, bool deleted);
  std::vector<std::string> aliases_of(const std::string& subject) const;   // subjects that stand for it by their alias
  std::string real_subject(const std::string& subject) const;   // what its alias stands for, or itself
};

}  // namespace braid::registry
