// All that the registry knows, as the records of `_schemas` say it. apply() is the only way to change it; everything else reads.
// Pure (no I/O). Lives on one shard; not thread-safe. References it returns are valid until the next apply().
#pragma once
#include <cstring>
#include <functional>
#include <map>
#include <set>
#include <unordered_map>

#include "registry/record.h"
#include "registry/subject_name.h"

namespace braid::registry {

using Versions = std::map<std::int32_t, RegisteredSchema>;
using Place = std::pair<std::string, std::int32_t>;                  // subject and version

class State {
 public:
  // Refuses (and leaves the state as it was) a record whose id already stands for other content.
  Result<void> apply(Event event);

  // Subjects, with deleted versions among them; null when there is no version at all.
  const Versions* versions(std::string_view subject) const;
  const std::map<std::string, Versions, std::less<>>& subjects() const { return subjects_; }
  const RegisteredSchema* find(std::string_view subject, std::int32_t version) const;
  const RegisteredSchema* latest(std::string_view subject, bool deleted_too = false) const;
  bool has_live(std::string_view subject) const;

  // Ids, in one context.
  const std::set<Place>* places_of(std::string_view context, SchemaId id) const;      // null when the id is free
  std::optional<SchemaId> id_of(std::string_view context, const Guid& guid) const;
  std::int32_t id_max(std::string_view context) const;                                // 0 when there was none yet
  std::vector<std::pair<std::string, SchemaId>> ids_of(const Guid& guid) const;       // in all contexts

  std::set<Place> users_of(std::string_view subject, std::int32_t version) const;     // who refers to it, deleted ones too
  std::vector<std::string> contexts() const;                                          // "." first
  bool context_in_use(std::string_view context) const;

  // Settings as stored, and as they are in force for a subject.
  const Config* config(std::string_view subject) const;                               // empty subject: global
  std::optional<Mode> mode(std::string_view subject) const;
  const std::map<std::string, Config, std::less<>>& configs() const { return configs_; }
  const std::map<std::string, Mode, std::less<>>& modes() const { return modes_; }
  Config config_in_force(std::string_view subject) const;                             // with defaults; level is always set
  Mode mode_in_force(std::string_view subject) const;

 private:
  struct GuidHash {                                  // a digest already
    std::size_t operator()(const Guid& guid) const {
      std::size_t out;
      std::memcpy(&out, guid.data(), sizeof out);
      return out;
    }
  };
  struct Context {
    std::int32_t id_max = 0;
    std::unordered_map<std::int32_t, std::set<Place>> places;
    std::unordered_map<Guid, std::set<std::int32_t>, GuidHash> ids; // normally one id; more when another registry wrote them
    std::size_t subjects = 0;                        // with any version
  };
  Result<void> store(RegisteredSchema schema);
  void erase(const std::string& subject, std::int32_t version);
  void link(const RegisteredSchema& schema, bool add);
  Context& context_of(const std::string& subject) { return contexts_[parse_subject(subject).context]; }

  std::map<std::string, Versions, std::less<>> subjects_;
  std::map<std::string, Context, std::less<>> contexts_;
  std::map<Place, std::set<Place>> users_;
  std::map<std::string, Config, std::less<>> configs_;
  std::map<std::string, Mode, std::less<>> modes_;
  std::set<std::string, std::less<>> named_contexts_;
};

}  // namespace braid::registry
