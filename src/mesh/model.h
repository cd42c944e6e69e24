// What the mesh consists of: domains, teams, people, data products and their consumers. Plain values; what they look like as JSON is the one
// form in events, in answers of /api/v1 and in audit entries (docs/formats/mesh_events.md). Times are milliseconds since 1970.
#pragma once
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"

namespace braid::mesh {

enum class Quality { authoritative, curated, raw };
enum class SlaTier { tier_1, tier_2, tier_3 };
enum class Lifecycle { draft, published, deprecated, retired };
enum class PortKind { topic, table };

std::string_view name_of(Quality quality);      // "authoritative"
std::string_view name_of(SlaTier tier);         // "tier-1"
std::string_view name_of(Lifecycle state);
std::string_view name_of(PortKind kind);
Result<Quality> parse_quality(std::string_view text);   // the error lists what there is
Result<SlaTier> parse_sla(std::string_view text);
Result<Lifecycle> parse_lifecycle(std::string_view text);
Result<PortKind> parse_port_kind(std::string_view text);

// Semantic Versioning 2.0.0: MAJOR.MINOR.PATCH[-pre-release][+build]. Build metadata does not take part in the order.
struct Version {
  std::uint64_t major = 1, minor = 0, patch = 0;
  std::string pre_release{}, build{};
  static Result<Version> parse(std::string_view text);
  std::string text() const;
  friend std::strong_ordering operator<=>(const Version& a, const Version& b);
  friend bool operator==(const Version& a, const Version& b) { return (a <=> b) == 0; }
};

struct Domain {
  std::string name, title, description;
  int thread = 0;                                // its place in the portal's list of colours and marks; kept for ever
  std::int64_t revision = 0, created_ms = 0;
};

struct Team {
  std::string name, domain, description;
  std::int64_t revision = 0, created_ms = 0;
};

// A person, or a service that acts for a team.
struct Person {
  std::string name;                              // short, what one types: "tomas"
  std::string full_name, email;
  std::vector<std::string> teams;                // sorted
  bool platform = false;                         // may define domains, and the teams and people of any domain
  bool service = false;
  std::int64_t revision = 0, created_ms = 0;
};

// Where a product's data can be read.
struct Port {
  std::string name;                              // unique inside the product
  PortKind kind = PortKind::topic;
  std::string topic;                             // the topic that holds the records; for a table, its changelog or sink topic
  std::string table;                             // name of the SQL table; empty for a topic
  std::string description;
  friend bool operator==(const Port&, const Port&) = default;
};

struct Deprecation {
  std::int64_t since_ms = 0, sunset_ms = 0;
  std::string notice, replaced_by;
  friend bool operator==(const Deprecation&, const Deprecation&) = default;
};

// What a product promises otherwise than its tier, or beyond it (the tiers: observe/promises.h). What is empty is as the tier says.
struct Promises {
  std::optional<std::int64_t> freshness_s{};        // the last record is at most so old
  std::optional<double> availability{};             // share of the last 7 days in which it can be written and read
  std::optional<double> records_per_second_min{};
  std::optional<std::int64_t> history_days{};       // how long records are kept at least
  std::map<std::string, double> null_share_max{};   // by path of a field, as in its profile: at most this share is null or absent
  friend bool operator==(const Promises&, const Promises&) = default;
};

struct Product {
  std::string name;
  std::string domain, owner;                     // owner is a team of the domain
  std::string description;                       // one or two sentences
  std::string documentation;                     // Markdown, kept as text
  Quality quality = Quality::raw;
  SlaTier sla = SlaTier::tier_3;
  Promises promises{};
  std::vector<std::string> tags;                 // sorted
  std::vector<Port> ports;
  Version version{};
  Lifecycle state = Lifecycle::draft;
  std::optional<Deprecation> deprecation{};
  std::int64_t revision = 0, created_ms = 0, changed_ms = 0;
  std::string changed_by;
};

// Who reads a product, and what for. One entry per application of a team.
struct Consumer {
  std::string product;
  std::string name;                              // the application: "risk-board"; unique per product. Defaults to the team's name
  std::string team, domain, purpose;
  std::string registered_by;
  std::int64_t since_ms = 0;
};

json::object to_json(const Domain& d);
json::object to_json(const Team& t);
json::object to_json(const Person& p);
json::object to_json(const Port& p);
json::object to_json(const Promises& p);
json::object to_json(const Product& p);
json::object to_json(const Consumer& c);
// From the same form. Strict about types and enum names, lenient about fields it does not know (a newer node may have written them).
Result<Domain> domain_from(const json::object& o);
Result<Team> team_from(const json::object& o);
Result<Person> person_from(const json::object& o);
Result<Port> port_from(const json::object& o);
Result<Promises> promises_from(const json::object& o);
Result<Product> product_from(const json::object& o);
Result<Consumer> consumer_from(const json::object& o);

// Names that people give: 1 to limits::name_characters_max characters of any script; no control characters, no bidirectional overrides, no
// space at either end. `what` names the thing in the error: "product name".
Result<void> check_name(std::string_view what, std::string_view name);
// Texts: valid UTF-8 of at most `bytes_max` bytes, no control characters but tab and line ends.
Result<void> check_text(std::string_view what, std::string_view text, std::size_t bytes_max);
std::size_t characters(std::string_view utf8);   // code points
// The known name that is nearest to a mistyped one, or empty.
std::string nearest(std::string_view wrong, const std::vector<std::string>& known);

// "2027-01-31" (the end of that day, UTC), "2027-01-31T12:00:00Z", or milliseconds since 1970.
Result<std::int64_t> parse_date_ms(std::string_view text);

}  // namespace braid::mesh
