#include "cli/names.h"

#include <algorithm>
#include <array>

#include "base/suggest.h"

namespace braid::cli {
namespace {

const json::array no_items;

struct Listing {
  std::string_view kind, target, list, field;   // an empty list: the answer is the array itself; an empty field: it holds the names
};
constexpr std::array<Listing, 7> listings{{
    {"topic", "/api/v1/topics?internal=true", "topics", "name"},
    {"product", "/api/v1/products?state=any&limit=1000", "products", "name"},
    {"subject", "/subjects", "", ""},
    {"domain", "/api/v1/domains", "domains", "name"},
    {"team", "/api/v1/teams", "teams", "name"},
    {"person", "/api/v1/people", "people", "name"},
    {"user", "/api/v1/users", "users", "name"},
}};

bool same_letters(std::string_view a, std::string_view b) {
  auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; };
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [&](char x, char y) { return lower(x) == lower(y); });
}

Result<std::vector<std::string>> sources(Session& session) {
  std::vector<std::string> out;
  TRY(const auto answer, session.send("POST", "/ksql", json::object{{"ksql", "SHOW STREAMS; SHOW TABLES;"}}));
  if (!answer.is_array()) return out;
  for (const auto& entity : answer.as_array())
    for (const auto* list : {"streams", "tables"})
      for (const auto& one : array_at(entity, list)) out.push_back(text_at(one, "name"));
  return out;
}

}  // namespace

std::string text_at(const json::value& v, std::string_view field) {
  if (!v.is_object()) return {};
  const auto* found = v.as_object().if_contains(field);
  return found && found->is_string() ? std::string(found->as_string()) : std::string();
}

const json::array& array_at(const json::value& v, std::string_view field) {
  if (!v.is_object()) return no_items;
  const auto* found = v.as_object().if_contains(field);
  return found && found->is_array() ? found->as_array() : no_items;
}

std::int64_t whole_at(const json::value& v, std::string_view field) {
  if (!v.is_object()) return 0;
  const auto* found = v.as_object().if_contains(field);
  if (!found) return 0;
  return found->is_int64() ? found->as_int64() : found->is_uint64() ? std::int64_t(found->as_uint64()) : found->is_double() ? std::int64_t(found->as_double()) : 0;
}

Result<std::vector<std::string>> names_of(Session& session, std::string_view kind) {
  if (kind == "source") return sources(session);
  const auto listing = std::find_if(listings.begin(), listings.end(), [&](const Listing& l) { return l.kind == kind; });
  if (listing == listings.end()) {
    std::vector<std::string> kinds{"source"};
    for (const auto& l : listings) kinds.emplace_back(l.kind);
    return fail(ErrorCode::invalid_input, "there are no names of the kind '" + std::string(kind) + "'", did_you_mean(kind, kinds));
  }
  TRY(const auto answer, session.get(std::string(listing->target)));
  std::vector<std::string> out;
  const json::array& items = listing->list.empty() ? (answer.is_array() ? answer.as_array() : no_items) : array_at(answer, listing->list);
  for (const auto& item : items) {
    std::string name = item.is_string() ? std::string(item.as_string()) : text_at(item, listing->field);
    if (!name.empty()) out.push_back(std::move(name));
  }
  return out;
}

Result<std::string> find_name(Session& session, std::string_view kind, const std::string& typed) {
  TRY(const auto known, names_of(session, kind));
  if (std::find(known.begin(), known.end(), typed) != known.end()) return typed;
  std::vector<std::string> other_case;
  for (const auto& name : known)
    if (same_letters(name, typed)) other_case.push_back(name);
  if (other_case.size() == 1) return other_case.front();
  if (other_case.size() > 1)
    return fail(ErrorCode::invalid_input, "there are " + std::to_string(other_case.size()) + " with that name: " + other_case[0] + " and " + other_case[1], "type it in the exact case");
  const std::string near = did_you_mean(typed, known);
  return fail(ErrorCode::not_found, "there is no " + std::string(kind) + " named " + typed,
              !near.empty() ? near : known.empty() ? "there is none at all yet" : "`braid " + std::string(kind) + "s list` shows those there are");
}

}  // namespace braid::cli
