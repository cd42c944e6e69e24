// The full-text index: SQLite FTS5 in memory, with our own words (tokens.h) and a vocabulary for typing errors. A projection: whoever owns it can
// build it again at any time. SQLite and the vocabulary live on one thread of a pool of their own, so the shards never wait for them; calls are
// carried out in the order in which they were made, so a search sees everything that was put before it.
// Index may be used from one shard; it must outlive its calls.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "base/error.h"
#include "catalog/search.h"
#include "io/shard.h"

namespace braid::catalog {

class Index {
 public:
  static Result<std::unique_ptr<Index>> open();
  ~Index();

  // A fill at start is work that nobody waits for: behind() lets everything else on the machine go first, as_usual() ends that. Once each, and the
  // order of calls is kept across both.
  void behind();
  void as_usual();

  void put(std::vector<Document> documents);          // new, or in place of those with the same id
  void remove(std::vector<std::uint64_t> ids);
  io::Task<Result<SearchAnswer>> search(SearchRequest request);
  io::Task<std::size_t> size();

  // The same, at once, for benchmarks and tests; only while no call is under way.
  Result<SearchAnswer> search_now(const SearchRequest& request);
  void put_now(const std::vector<Document>& documents);
  void remove_now(const std::vector<std::uint64_t>& ids);

 private:
  struct Impl;
  explicit Index(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
  io::Pool& pool() { return usual_ ? *usual_ : first_; }
  io::Pool first_{1};                                  // declared last: their threads end before what they work on goes away
  std::unique_ptr<io::Pool> usual_;                    // after as_usual(): waits for the first to have ended what it was given
};

}  // namespace braid::catalog
