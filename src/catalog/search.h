// What can be asked of search, and what it answers. Plain values.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace braid::catalog {

// One thing that can be found. The texts are as people wrote them and are never interpreted as HTML.
struct Document {
  std::uint64_t id = 0;                    // given by whoever adds it
  std::string type;                        // "data_product", "kafka_topic", "sr_subject_version", "sr_field", "query", "domain", ...
  std::string name, description, fields, owner, tags, documentation;   // what is searched; lists are joined by ", "
  std::string domain, owner_team, quality, format, state;              // facets
  std::vector<std::string> tag_list;       // facet
};

struct SearchRequest {
  std::string text;                        // empty: everything that passes the filters
  std::map<std::string, std::vector<std::string>> filters{};   // facet -> accepted values: type, domain, owner, quality, tag, format, state
  std::size_t limit = 20, offset = 0;
  bool explain = true;                     // false: hits without matches, and limit may go up to limits::search_ranked_max
};

// A piece of a field that matched: what to show, and which parts of it to emphasise.
struct Match {
  std::string field;                       // "name", "description", ...
  struct Segment {
    std::string text;
    bool hit = false;
  };
  std::vector<Segment> segments;
  std::string how;                         // "exact", "prefix", "inside" or "typo"
  std::string asked;                       // the word that was typed, for a typo
};
struct SearchHit {
  std::uint64_t id = 0;
  double score = 0;                        // larger is better; only the order means something
  std::vector<Match> matches;              // the best first; empty when nothing was typed
};
struct SearchAnswer {
  std::uint64_t total = 0;
  std::vector<SearchHit> hits;
  // Value -> how many would be there with it chosen (and the other filters as they are).
  std::map<std::string, std::map<std::string, std::uint64_t>> facets;
  std::map<std::string, std::string> corrected;   // typed word that nothing is called -> the one that was taken instead
  bool relaxed = false;                    // not every word was found in every result
  std::int64_t took_us = 0;
};

}  // namespace braid::catalog
