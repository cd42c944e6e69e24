#include "catalog/index.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <optional>
#include <unordered_map>

#include "base/limits/catalog.h"
#include "base/log.h"
#include "catalog/tokens.h"
#include "catalog/vocabulary.h"
#include "io/priority.h"

namespace braid::catalog {
namespace {

constexpr std::array<std::string_view, 6> columns = {"name", "description", "fields", "owner", "tags", "documentation"};
const std::string& column_of(const Document& d, std::size_t column) {
  switch (column) {
    case 0: return d.name;
    case 1: return d.description;
    case 2: return d.fields;
    case 3: return d.owner;
    case 4: return d.tags;
    default: return d.documentation;
  }
}
// How much a word in this column says about the thing.
constexpr const char* rank_expression = "bm25(docs, 10.0, 3.0, 2.0, 3.0, 4.0, 1.0)";

constexpr std::array<std::string_view, 7> facet_names = {"type", "domain", "owner", "quality", "tag", "format", "state"};
constexpr std::size_t tag_facet = 4;

// Products first, then what products are made of.
double weight_of(std::string_view type) {
  if (type == "data_product") return 8;
  if (type == "kafka_topic") return 4;
  if (type == "query" || type == "domain") return 3;
  if (type == "sr_subject_version") return 2;
  return 1;
}

std::string quoted(std::string_view word) {   // as an FTS5 string
  std::string out = "\"";
  for (const char c : word) { out += c; if (c == '"') out += '"'; }
  return out + "\"";
}

// --- our words as an FTS5 tokenizer (sqlite.org/fts5.html, section 7) ---

int create_tokenizer(void*, const char**, int, Fts5Tokenizer** out) {
  static int nothing = 0;
  *out = reinterpret_cast<Fts5Tokenizer*>(&nothing);   // it has no state; FTS5 wants a pointer that is not null
  return SQLITE_OK;
}
void delete_tokenizer(Fts5Tokenizer*) {}
int run_tokenizer(Fts5Tokenizer*, void* context, int, const char* text, int size, int (*token)(void*, int, const char*, int, int, int)) {
  int rc = SQLITE_OK;
  bool first_part = false;
  tokenize({text, std::size_t(size)}, [&](const Token& t) {
    // The whole word stands at the place of its first part.
    const int flags = t.part && first_part ? FTS5_TOKEN_COLOCATED : 0;
    first_part = !t.part;
    rc = token(context, flags, t.text.data(), int(t.text.size()), int(t.begin), int(t.end));
    return rc == SQLITE_OK;
  });
  return rc;
}

struct CloseStatement { void operator()(sqlite3_stmt* s) const { sqlite3_finalize(s); } };
using Statement = std::unique_ptr<sqlite3_stmt, CloseStatement>;

}  // namespace

struct Index::Impl {
  sqlite3* db = nullptr;
  Statement insert{}, erase{}, texts{}, begin{}, commit{};
  Vocabulary vocabulary{};
  std::string broken{};                // why SQLite failed, if it did: searches answer with it

  struct Row {
    std::array<std::uint32_t, 7> facet{};   // ordinals; the tag facet is in `tags`
    std::vector<std::uint32_t> tags;
    float weight = 1;
    std::string name;                  // folded, for exact matches and order
  };
  std::unordered_map<std::uint64_t, Row> rows{};
  std::array<std::vector<std::string>, 7> facet_values{};
  std::array<std::unordered_map<std::string, std::uint32_t>, 7> facet_ids{};

  ~Impl() {
    insert.reset(), erase.reset(), texts.reset(), begin.reset(), commit.reset();
    sqlite3_close(db);
  }

  Error failed(std::string_view doing) const { return Error{ErrorCode::bug, "search index: " + std::string(doing) + ": " + sqlite3_errmsg(db), "", {}}; }
  Result<Statement> prepare(const std::string& sql, unsigned flags = 0) {
    sqlite3_stmt* s = nullptr;
    if (sqlite3_prepare_v3(db, sql.data(), int(sql.size()), flags, &s, nullptr) != SQLITE_OK) return std::unexpected(failed("prepare"));
    return Statement(s);
  }

  Result<void> open_database() {
    if (sqlite3_open_v2(":memory:", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr) != SQLITE_OK) return std::unexpected(failed("open"));
    fts5_api* api = nullptr;
    TRY(const Statement get, prepare("SELECT fts5(?1)"));
    sqlite3_bind_pointer(get.get(), 1, &api, "fts5_api_ptr", nullptr);
    sqlite3_step(get.get());
    if (!api) return fail(ErrorCode::unsupported, "this SQLite has no FTS5", "install Debian's libsqlite3-0");
    fts5_tokenizer tokenizer{create_tokenizer, delete_tokenizer, run_tokenizer};
    if (api->xCreateTokenizer(api, "braid", nullptr, &tokenizer, nullptr) != SQLITE_OK) return std::unexpected(failed("tokenizer"));
    if (sqlite3_exec(db, "CREATE VIRTUAL TABLE docs USING fts5(name, description, fields, owner, tags, documentation, tokenize='braid', prefix='2 3')", nullptr, nullptr, nullptr) != SQLITE_OK)
      return std::unexpected(failed("create"));
    TRY(insert, prepare("INSERT INTO docs(rowid, name, description, fields, owner, tags, documentation) VALUES(?1,?2,?3,?4,?5,?6,?7)", SQLITE_PREPARE_PERSISTENT));
    TRY(erase, prepare("DELETE FROM docs WHERE rowid = ?1", SQLITE_PREPARE_PERSISTENT));
    TRY(texts, prepare("SELECT name, description, fields, owner, tags, documentation FROM docs WHERE rowid = ?1", SQLITE_PREPARE_PERSISTENT));
    TRY(begin, prepare("BEGIN", SQLITE_PREPARE_PERSISTENT));
    TRY(commit, prepare("COMMIT", SQLITE_PREPARE_PERSISTENT));
    return {};
  }

  void run(const Statement& s, std::string_view doing) {
    const int rc = sqlite3_step(s.get());
    sqlite3_reset(s.get());
    if (rc == SQLITE_DONE || rc == SQLITE_ROW) return;
    broken = failed(doing).message;
    log::error("search_index_failed", {{"error", broken}});
  }

  // --- writing ---

  std::uint32_t ordinal(std::size_t facet, const std::string& value) {
    const auto [it, is_new] = facet_ids[facet].try_emplace(value, std::uint32_t(facet_values[facet].size()));
    if (is_new) facet_values[facet].push_back(value);
    return it->second;
  }

  void forget(std::uint64_t id) {
    const auto row = rows.find(id);
    if (row == rows.end()) return;
    sqlite3_bind_int64(texts.get(), 1, sqlite3_int64(id));
    if (sqlite3_step(texts.get()) == SQLITE_ROW)
      for (std::size_t c = 0; c < columns.size(); ++c) tokenize(text_at(texts, int(c)), [&](const Token& t) { vocabulary.remove(t.text); return true; });
    sqlite3_reset(texts.get());
    sqlite3_bind_int64(erase.get(), 1, sqlite3_int64(id));
    run(erase, "delete");
    rows.erase(row);
  }

  static std::string_view text_at(const Statement& s, int column) {
    const auto* p = reinterpret_cast<const char*>(sqlite3_column_text(s.get(), column));
    return p ? std::string_view(p, std::size_t(sqlite3_column_bytes(s.get(), column))) : std::string_view{};
  }

  void write(const Document& d) {
    forget(d.id);
    sqlite3_bind_int64(insert.get(), 1, sqlite3_int64(d.id));
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const std::string& text = column_of(d, c);
      sqlite3_bind_text(insert.get(), int(c) + 2, text.data(), int(text.size()), SQLITE_STATIC);
      tokenize(text, [&](const Token& t) { vocabulary.add(t.text); return true; });
    }
    run(insert, "insert");
    Row row;
    const std::string* values[] = {&d.type, &d.domain, &d.owner_team, &d.quality, nullptr, &d.format, &d.state};
    for (std::size_t f = 0; f < facet_names.size(); ++f)
      if (values[f]) row.facet[f] = ordinal(f, *values[f]);
    for (const auto& tag : d.tag_list) row.tags.push_back(ordinal(tag_facet, tag));
    row.weight = float(weight_of(d.type));
    row.name = folded(d.name);
    rows.insert_or_assign(d.id, std::move(row));
  }

  static std::string folded(std::string_view text) {
    std::string out;
    tokenize(text, [&](const Token& t) {
      if (!t.part) out += (out.empty() ? "" : " ") + t.text;
      return true;
    });
    return out;
  }

  // --- reading ---

  struct Alternative {
    std::string word;
    std::string how;                   // exact, prefix, inside, typo
  };
  struct Term {
    std::string asked;
    std::vector<Alternative> words;
    bool prefix = true;                // every word that begins with `asked` matches, too
    std::string match;                 // FTS5 expression
  };

  Term term_for(const std::string& word, bool with_typos, SearchAnswer& answer) const {
    Term t{.asked = word, .words = {}, .match = {}};
    t.words.push_back({word, "exact"});
    for (auto& inside : vocabulary.containing(word, 24)) t.words.push_back({std::move(inside), "inside"});
    const bool known = vocabulary.has(word) || vocabulary.has_prefix(word) || t.words.size() > 1;
    if (!known || with_typos) {
      for (auto& near : vocabulary.near(word, 12)) {
        if (!known && !answer.corrected.contains(word)) answer.corrected[word] = near.word;
        t.words.push_back({std::move(near.word), "typo"});
      }
    }
    t.match = "(" + quoted(word) + "*";
    for (std::size_t i = 1; i < t.words.size(); ++i) t.match += " OR " + quoted(t.words[i].word);
    t.match += ")";
    return t;
  }

  // The accepted ordinals per facet; a value that nothing has accepts nothing.
  struct Filter {
    bool active = false;
    std::vector<std::uint32_t> accepted;
  };
  std::array<Filter, 7> filters_of(const SearchRequest& request) const {
    std::array<Filter, 7> out;
    for (std::size_t f = 0; f < facet_names.size(); ++f) {
      const auto it = request.filters.find(std::string(facet_names[f]));
      if (it == request.filters.end() || it->second.empty()) continue;
      out[f].active = true;
      for (const auto& value : it->second)
        if (const auto id = facet_ids[f].find(value); id != facet_ids[f].end()) out[f].accepted.push_back(id->second);
    }
    return out;
  }

  struct Counting {
    std::array<std::vector<std::uint64_t>, 7> counts;
    void add(const Row& row, std::size_t f) {
      const auto one = [&](std::uint32_t ordinal) {
        if (counts[f].size() <= ordinal) counts[f].resize(ordinal + 1);
        ++counts[f][ordinal];
      };
      if (f == tag_facet) for (const auto tag : row.tags) one(tag);
      else one(row.facet[f]);
    }
  };

  // Whether the row passes all filters; counts it in the facets in which it would be seen.
  bool passes(const Row& row, const std::array<Filter, 7>& filters, Counting& counting) const {
    int failed = 0;
    std::size_t failed_facet = 0;
    for (std::size_t f = 0; f < filters.size() && failed < 2; ++f) {
      if (!filters[f].active) continue;
      const auto accepts = [&](std::uint32_t o) { return std::ranges::find(filters[f].accepted, o) != filters[f].accepted.end(); };
      const bool ok = f == tag_facet ? std::ranges::any_of(row.tags, accepts) : accepts(row.facet[f]);
      if (!ok) ++failed, failed_facet = f;
    }
    if (failed == 0) for (std::size_t f = 0; f < filters.size(); ++f) counting.add(row, f);
    else if (failed == 1) counting.add(row, failed_facet);
    return failed == 0;
  }

  struct Scored {
    std::uint64_t id;
    const Row* row;
    double score;
  };

  Result<std::vector<Scored>> matching(const std::string& match, bool ranked) {
    std::vector<Scored> found;
    TRY(const Statement s, prepare(ranked ? "SELECT rowid, " + std::string(rank_expression) + " FROM docs WHERE docs MATCH ?1" : "SELECT rowid FROM docs WHERE docs MATCH ?1"));
    sqlite3_bind_text(s.get(), 1, match.data(), int(match.size()), SQLITE_STATIC);
    int rc;
    while ((rc = sqlite3_step(s.get())) == SQLITE_ROW) {
      const auto id = std::uint64_t(sqlite3_column_int64(s.get(), 0));
      const auto row = rows.find(id);
      if (row == rows.end()) continue;
      found.push_back({id, &row->second, ranked ? -sqlite3_column_double(s.get(), 1) : 0.0});   // bm25 is better the smaller it is
    }
    if (rc != SQLITE_DONE) return std::unexpected(failed("search"));
    return found;
  }

  static std::string all_of(const std::vector<Term>& terms, std::string_view between) {
    std::string match;
    for (const auto& t : terms) match += (match.empty() ? "" : std::string(between)) + t.match;
    return match;
  }

  Result<SearchAnswer> search(const SearchRequest& request) {
    const auto started = std::chrono::steady_clock::now();
    if (!broken.empty()) return fail(ErrorCode::bug, broken, "restart the node; the index is rebuilt from the log");
    SearchAnswer answer;
    std::vector<Term> terms;
    std::vector<std::string> words;
    tokenize(std::string_view(request.text).substr(0, limits::search_text_bytes_max), [&](const Token& t) {
      if (!t.part && words.size() < limits::search_words_max && std::ranges::find(words, t.text) == words.end()) words.push_back(t.text);
      return true;
    });
    for (const auto& word : words) terms.push_back(term_for(word, false, answer));
    const std::string asked_name = folded(request.text);
    const auto filters = filters_of(request);
    Counting counting;
    std::vector<Scored> found;
    if (words.empty()) {
      found.reserve(rows.size());
      // Text without a single letter finds nothing; no text at all finds everything.
      if (request.text.find_first_not_of(" \t\r\n") == std::string::npos)
        for (const auto& [id, row] : rows) found.push_back({id, &row, 0.0});
    } else {
      TRY(found, find_terms(terms, words, answer));
    }
    std::erase_if(found, [&](const Scored& s) { return !passes(*s.row, filters, counting); });
    for (auto& s : found) {
      double boost = s.row->weight;
      if (!asked_name.empty() && s.row->name == asked_name) boost += 1000;
      else if (!asked_name.empty() && s.row->name.starts_with(asked_name)) boost += 20;
      for (const auto& t : terms)
        for (const auto& w : t.words)
          if (w.how == "typo" && s.row->name == w.word) boost += 100;
      s.score = s.score * 2 + boost;
    }
    answer.total = found.size();
    const std::size_t wanted = std::min(found.size(), request.offset + std::min(request.limit, request.explain ? limits::search_page_max : limits::search_ranked_max));
    std::ranges::partial_sort(found, found.begin() + std::ptrdiff_t(wanted), [](const Scored& a, const Scored& b) {
      if (a.score != b.score) return a.score > b.score;
      if (a.row->name != b.row->name) return a.row->name < b.row->name;
      return a.id < b.id;
    });
    for (std::size_t i = std::min(request.offset, found.size()); i < wanted; ++i) answer.hits.push_back({found[i].id, found[i].score, request.explain ? explain(found[i].id, terms) : std::vector<Match>{}});
    for (std::size_t f = 0; f < facet_names.size(); ++f) {
      auto& values = answer.facets[std::string(facet_names[f])];
      for (std::size_t o = 0; o < counting.counts[f].size(); ++o)
        if (counting.counts[f][o] && !facet_values[f][o].empty()) values[facet_values[f][o]] = counting.counts[f][o];
    }
    answer.took_us = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - started).count();
    return answer;
  }

  // All words; else all words or what they may have meant; else any of them.
  Result<std::vector<Scored>> find_terms(std::vector<Term>& terms, const std::vector<std::string>& words, SearchAnswer& answer) {
    TRY(auto found, matching(all_of(terms, " AND "), false));
    if (found.empty()) {
      for (std::size_t i = 0; i < words.size(); ++i) terms[i] = term_for(words[i], true, answer);
      TRY(found, matching(all_of(terms, " AND "), false));
    }
    std::string match = all_of(terms, " AND ");
    if (found.empty() && terms.size() > 1) {
      match = all_of(terms, " OR ");
      answer.relaxed = true;
      TRY(found, matching(match, false));
      if (found.empty()) answer.relaxed = false;
    }
    if (found.size() <= limits::search_ranked_max && !found.empty()) return matching(match, true);
    return found;
  }

  std::vector<Match> explain(std::uint64_t id, const std::vector<Term>& terms) {
    std::vector<Match> out;
    if (terms.empty()) return out;
    sqlite3_bind_int64(texts.get(), 1, sqlite3_int64(id));
    if (sqlite3_step(texts.get()) == SQLITE_ROW)
      for (std::size_t c = 0; c < columns.size(); ++c)
        if (auto match = match_in(columns[c], text_at(texts, int(c)), terms)) out.push_back(*std::move(match));
    sqlite3_reset(texts.get());
    return out;
  }

  struct Hit {
    std::size_t begin, end;
    int rank;                          // 0 exact, 1 prefix, 2 inside, 3 typo
    std::string asked;
  };
  static std::optional<Hit> hit_of(const Token& token, const std::vector<Term>& terms) {
    std::optional<Hit> best;
    const auto offer = [&](int rank, const std::string& asked) {
      if (!best || rank < best->rank) best = Hit{token.begin, token.end, rank, asked};
    };
    for (const auto& t : terms) {
      if (token.text == t.asked) offer(0, t.asked);
      else if (token.text.starts_with(t.asked)) offer(1, t.asked);
      else
        for (const auto& w : t.words)
          if (w.word == token.text) offer(w.how == "inside" ? 2 : 3, t.asked);
    }
    return best;
  }

  static std::optional<Match> match_in(std::string_view field, std::string_view text, const std::vector<Term>& terms) {
    std::vector<Hit> hits;
    tokenize(text, [&](const Token& token) {
      auto hit = hit_of(token, terms);
      // A part of a word that already matched as a whole adds nothing.
      if (hit && !(token.part && !hits.empty() && token.begin < hits.back().end)) hits.push_back(*std::move(hit));
      return hits.size() < 200;
    });
    if (hits.empty()) return std::nullopt;
    const Hit best = *std::ranges::min_element(hits, {}, &Hit::rank);
    constexpr const char* how[] = {"exact", "prefix", "inside", "typo"};
    Match match{.field = std::string(field), .segments = {}, .how = how[best.rank], .asked = best.rank == 3 ? best.asked : ""};
    // Short texts whole, long ones around the best hit, cut between characters.
    constexpr std::size_t around = 120;
    std::size_t from = 0, to = text.size();
    if (text.size() > 3 * around) {
      from = best.begin > around ? best.begin - around : 0;
      to = std::min(text.size(), best.end + around);
      while (from > 0 && (std::uint8_t(text[from]) & 0xC0) == 0x80) --from;
      while (to < text.size() && (std::uint8_t(text[to]) & 0xC0) == 0x80) ++to;
    }
    const auto add = [&](std::string_view piece, bool hit) {
      if (!piece.empty()) match.segments.push_back({std::string(piece), hit});
    };
    if (from > 0) add("…", false);
    std::size_t at = from;
    for (const auto& h : hits) {
      if (h.begin < at || h.end > to) continue;
      add(text.substr(at, h.begin - at), false);
      add(text.substr(h.begin, h.end - h.begin), true);
      at = h.end;
    }
    add(text.substr(at, to - at), false);
    if (to < text.size()) add("…", false);
    return match;
  }
};

Index::Index(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Index::~Index() = default;

Result<std::unique_ptr<Index>> Index::open() {
  auto impl = std::make_unique<Impl>();
  TRY_VOID(impl->open_database());
  return std::unique_ptr<Index>(new Index(std::move(impl)));
}

void Index::put_now(const std::vector<Document>& documents) {
  impl_->run(impl_->begin, "begin");
  for (const auto& d : documents) impl_->write(d);
  impl_->run(impl_->commit, "commit");
}
void Index::remove_now(const std::vector<std::uint64_t>& ids) {
  impl_->run(impl_->begin, "begin");
  for (const auto id : ids) impl_->forget(id);
  impl_->run(impl_->commit, "commit");
}
Result<SearchAnswer> Index::search_now(const SearchRequest& request) { return impl_->search(request); }

void Index::behind() { first_.post(io::lower_this_threads_priority); }
void Index::as_usual() {
  BRAID_ASSERT(usual_ == nullptr);
  auto ended = std::make_shared<std::atomic<bool>>(false);   // shared by the two threads
  first_.post([ended] {
    *ended = true;
    ended->notify_all();
  });
  usual_ = std::make_unique<io::Pool>(1);
  usual_->post([ended] { ended->wait(false); });
}

void Index::put(std::vector<Document> documents) {
  if (!documents.empty()) pool().post([this, documents = std::move(documents)] { put_now(documents); });
}
void Index::remove(std::vector<std::uint64_t> ids) {
  if (!ids.empty()) pool().post([this, ids = std::move(ids)] { remove_now(ids); });
}
io::Task<Result<SearchAnswer>> Index::search(SearchRequest request) {
  auto look = [this, request = std::move(request)] { return search_now(request); };   // named: g++ 12 destroys such a temporary of a co_await twice
  co_return co_await pool().run(std::move(look));
}
io::Task<std::size_t> Index::size() {
  co_return co_await pool().run([this] { return impl_->rows.size(); });
}

}  // namespace braid::catalog
