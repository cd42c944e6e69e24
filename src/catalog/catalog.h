// The stream catalog: everything that can be found, with what people say about it, as a projection of the log.
//
// Fed by the topic list of the event log, the registry's changes, the mesh's events and the running queries; annotations are its own records in
// `_braid_catalog`. Whatever a call has written, the next call reads: refresh() is cheap when nothing happened and is called by every reader.
// The schemas that are there at the start are the exception: when they are many, open() does not wait for them; they come in behind, a few at a time,
// and indexing() says how far that is. What one of them is asked for by name (fetch()) is brought in at once.
// Lives on the control shard; not thread-safe; what it was opened with must outlive it. SQLite runs on a thread of its own (index.h).
// Close before destroying it.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/limits/catalog.h"
#include "catalog/annotations.h"
#include "catalog/entity.h"
#include "catalog/queries.h"
#include "catalog/search.h"
#include "eventlog/event_log.h"
#include "io/task.h"
#include "mesh/mesh.h"
#include "registry/registry.h"

namespace braid::catalog {

struct Sources {
  eventlog::EventLog& log;
  mesh::Mesh& mesh;
  registry::Registry* registry = nullptr;  // may be null
  Queries& queries;
  const Clock& clock;
};

// Who writes through the Stream Catalog's API, which has no way to say in whose name. Nobody ("anonymous") may annotate, as every Kafka client may
// write, on a loopback address; somebody known may annotate what belongs to no domain or to theirs.
struct Writer {
  std::string who = "anonymous";
  std::string client{};
};

struct ListRequest {
  std::vector<EntityType> types{};         // empty: all
  std::string text{};                      // full text; empty: all
  std::string tag{};
  std::vector<std::pair<std::string, std::string>> attribute_prefixes{};   // attribute name -> how its value begins
  std::string sort_by{};                   // attribute; empty: by relevance, or by name without text
  bool descending = false;
  std::size_t limit = 100, offset = 0;
};

struct Options {
  std::size_t subjects_at_open = limits::catalog_subjects_at_open;   // with no more than these, open() returns a whole catalog
  bool fill = true;                        // false, for tests: what open() did not take in stays out until it is asked for or changes
};

// How much of the schemas that were there at the start can be found.
struct Indexing {
  std::size_t done = 0, of = 0;            // subjects
  bool whole() const { return done == of; }
};

class Catalog {
 public:
  static constexpr std::string_view topic = "_braid_catalog";
  static io::Task<Result<std::unique_ptr<Catalog>>> open(Sources sources, Place place = {}, Options options = {});
  ~Catalog();
  io::Task<void> close();

  // Brings the projection up to date with the log's topics and the queries. Errors: the log cannot be asked.
  io::Task<Result<void>> refresh();
  Indexing indexing() const;
  std::uint64_t texts_read() const;                        // texts of schemas, since the start: one for each version that came or changed its domain
  io::Task<void> whole();                                  // waits until it is (or the catalog is closed)
  // Brings in what `ref` stands for if it belongs to a schema that is still to come. After refresh().
  void fetch(const EntityRef& ref);

  // --- reading; after refresh() ---
  const Place& place() const;
  const Annotations& annotations() const;
  const Entity* find(const EntityRef& ref) const;
  const Entity* by_id(std::uint64_t id) const;
  std::size_t size() const;
  std::string description_of(const Entity& e) const;       // people's own, else its source's
  std::vector<std::string> tags_of(const Entity& e) const; // of people and of its source, sorted
  // As the Stream Catalog's clients see it: a topic of a published product carries the course's tag ProdDP and business metadata DataProduct, whoever
  // made it a product and how. What people wrote themselves wins.
  std::vector<std::string> public_tags_of(const Entity& e) const;
  std::map<std::string, json::object> business_metadata_of(const Entity& e) const;
  json::object attributes_of(const Entity& e) const;       // all of them, qualifiedName and annotations included
  io::Task<json::object> attributes_in_full(EntityRef ref);     // for a topic with its configuration; empty when it is gone
  std::vector<EntityRef> related(const Entity& e, std::string_view relation) const;

  io::Task<Result<std::vector<EntityRef>>> list(ListRequest request);
  io::Task<Result<SearchAnswer>> search(SearchRequest request);

  // --- writing: each returns once it can be read, in the index too ---
  using Decide = std::function<Answer<std::optional<Change>>(const Annotations&)>;
  // `what`: for the audit ("tag.added"); `about`: the entity or definition.
  io::Task<Answer<void>> write(Writer writer, std::string what, std::string about, std::optional<EntityRef> entity, Decide decide);

 private:
  struct Impl;
  explicit Catalog(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace braid::catalog
