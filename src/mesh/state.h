// The state of the mesh, and the rules by which it changes (DESIGN D4): decide() says what a command would make happen, apply() makes it so.
// Pure: no I/O, no clock, no randomness; what they need to know of the world comes as Facts. Lives on one shard; a copy is an independent state.
#pragma once
#include <deque>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mesh/command.h"
#include "mesh/event.h"
#include "mesh/model.h"
#include "mesh/readers.h"

namespace braid::mesh {

class State {
 public:
  // Ordered by name, so that every listing is stable.
  std::map<std::string, Domain, std::less<>> domains;
  std::map<std::string, Team, std::less<>> teams;
  std::map<std::string, Person, std::less<>> people;
  std::map<std::string, Product, std::less<>> products;
  std::map<std::string, std::map<std::string, Consumer, std::less<>>, std::less<>> consumers;   // by product, then by name
  // Newest last, at most limits::product_history_max per product; also of products that were removed.
  std::map<std::string, std::deque<Event>, std::less<>> history;
  // The same for domains, teams and people, under "domain/execution": for whoever changes what somebody else has changed meanwhile.
  std::map<std::string, std::deque<Event>, std::less<>> organisation_history;

  const Domain* domain(std::string_view name) const;
  const Team* team(std::string_view name) const;         // "@analytics-team"; the '@' may be left out
  const Person* person(std::string_view name) const;
  const Product* product(std::string_view name) const;
  std::vector<std::string> domains_of(const Person& person) const;    // sorted, each once
  bool is_member(std::string_view person, std::string_view domain) const;
  std::vector<std::string> members_of(std::string_view domain) const; // names of people
  std::vector<Consumer> consumers_of(std::string_view product) const;
  const Product* product_of_topic(std::string_view topic) const;      // published or deprecated, with a port on it
  bool unclaimed() const;                                // no platform member yet: whoever is there sets the mesh up
  json::object to_json() const;                          // everything but the history; two states are equal if this is
};

// What is true outside, at the time of the decision.
struct Facts {
  std::int64_t now_ms = 0;
  std::vector<Reader> readers{};                         // of the ports of the product that the command is about
  std::vector<std::string> missing_topics{};             // of those that the command's ports name
};

// Who is affected when a product changes, and the token that says one has seen exactly this list.
struct Impact {
  std::string product;
  std::vector<Consumer> consumers;
  std::vector<Reader> readers;
  std::string confirm;                                   // empty when nobody is affected
  bool anyone() const { return !consumers.empty() || !readers.empty(); }
  std::string sentence() const;                          // "2 consumers (risk-board of accounting, ...) and 1 query (CSAS_X_1)"
};
json::object to_json(const Impact& impact);
Impact impact_of(const State& state, std::string_view product, const std::vector<Reader>& readers);

struct Problem {
  std::string field;                                     // JSON pointer into the request: "/description"
  std::string message;
};

// Why a command is refused. Beside the error everybody understands, what a program needs to go on.
struct Refusal {
  Error error;
  std::vector<Problem> problems{};                       // everything that is missing or wrong, at once
  std::optional<Impact> impact{};                        // who must be told first
  std::vector<Event> since{};                            // what others changed since the revision the caller had seen
  std::optional<std::int64_t> revision{};                // the one there is now
};

struct Decision {
  std::vector<Event> events;                             // empty: nothing would change
  std::optional<Impact> told{};                          // who was named
};

std::expected<Decision, Refusal> decide(const State& state, const Caller& caller, const Command& command, const Facts& facts);

// The only way in which a State changes. Refuses (and leaves the state alone on) what makes no sense, as a foreign writer may have written it.
Result<void> apply(State& state, const Event& event);

// The topics that a command's ports name (for Facts), and the product whose readers matter to it (empty: none).
std::vector<std::string> topics_named_by(const State& state, const Command& command);
std::string product_named_by(const Command& command);

}  // namespace braid::mesh
