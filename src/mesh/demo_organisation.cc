#include "mesh/demo_organisation.h"

namespace braid::mesh {
namespace {

DefineDomain domain(std::string name, std::string title, std::string description) {
  return DefineDomain{.name = std::move(name), .title = std::move(title), .description = std::move(description)};
}
DefineTeam team(std::string name, std::string domain, std::string description) {
  return DefineTeam{.name = std::move(name), .domain = std::move(domain), .description = std::move(description)};
}
DefinePerson person(std::string name, std::string full_name, std::vector<std::string> teams, bool platform = false) {
  DefinePerson p{.name = name};
  p.full_name = std::move(full_name);
  p.email = name + "@demo.example";
  p.teams = std::move(teams);
  p.platform = platform;
  return p;
}

PublishProduct product(std::string name, std::string domain, std::string owner, std::string description, std::string quality, std::string sla, std::vector<std::string> tags, std::string documentation) {
  PublishProduct p{.name = std::move(name)};
  p.fields.domain = std::move(domain);
  p.fields.owner = std::move(owner);
  p.fields.description = std::move(description);
  p.fields.quality = std::move(quality);
  p.fields.sla = std::move(sla);
  p.fields.tags = std::move(tags);
  p.fields.documentation = std::move(documentation);
  return p;
}

}  // namespace

std::vector<DemoStep> demo_organisation() {
  const Caller setup{.person = {}, .client = "braid demo"};
  const Caller platform{.person = "paula", .client = "braid demo"};
  std::vector<DemoStep> steps;
  // The first person has platform rights and defines the rest, so that the audit begins with a name.
  steps.push_back({setup, person("paula", "Paula Lindqvist", {}, true)});
  for (auto& d : {domain("membership", "Membership", "Who our users are, in all regions"), domain("edge", "Edge", "The website and what happens on it"),
                  domain("execution", "Execution", "Trades, from order to settlement"), domain("analytics", "Analytics", "New streams made out of those of others"),
                  domain("accounting", "Accounting", "Reports, checks and risk")})
    steps.push_back({platform, d});
  for (auto& t : {team("@membership-team", "membership", "Keeps the register of users"), team("@edge-team", "edge", "Runs the website"),
                  team("@execution-team", "execution", "Executes trades"), team("@analytics-team", "analytics", "Builds on the data of others"),
                  team("@accounting-team", "accounting", "Reports and checks")})
    steps.push_back({platform, t});
  for (auto& p : {person("mira", "Mira Okafor", {"@membership-team"}), person("jonas.weber", "Jonas Weber", {"@edge-team"}), person("priya", "Priya Raman", {"@execution-team"}),
                  person("jonas.hart", "Jonas Hart", {"@execution-team"}), person("tomas", "Tomás Silva", {"@analytics-team"}), person("amina", "Amina Diallo", {"@analytics-team"}),
                  person("lena", "Lena Fischer", {"@accounting-team"})})
    steps.push_back({platform, p});
  return steps;
}

std::vector<DemoStep> demo_products() {
  std::vector<DemoStep> steps;
  steps.push_back({{.person = "mira", .client = "braid demo"},
                   product("users", "membership", "@membership-team", "All users from all regions (both national and international)", "authoritative", "tier-1", {"master-data"},
                           "One record is the current state of one user; the key is `userid`.\n\nA later record of the same user replaces the earlier one, so read it as a table:\n\n"
                           "```sql\nCREATE TABLE users (id STRING PRIMARY KEY) WITH (kafka_topic='users', value_format='AVRO');\n```\n\n"
                           "`registertime` is in milliseconds since 1970. `regionid` has the values `Region_1` to `Region_9`.\n")});
  steps.push_back({{.person = "jonas.weber", .client = "braid demo"},
                   product("pageviews", "edge", "@edge-team", "Website page views", "curated", "tier-2", {"web"},
                           "One record is one page shown to one user.\n\nJoin with `users` on `userid`. `viewtime` rises by 10 from record to record; it is no wall-clock time.\n")});
  steps.push_back({{.person = "priya", .client = "braid demo"},
                   product("stocktrades", "execution", "@execution-team", "Includes all BUY and SELL trades, as well as trades from all regions (both national and international)",
                           "authoritative", "tier-1", {"trading"},
                           "One record is one executed trade; the key is `symbol`, so trades of one symbol stay in order.\n\nJoin with `users` on `userid`. `price` is in pennies: divide by 100 for dollars. "
                           "`side` is `BUY` or `SELL`.\n")});
  return steps;
}

}  // namespace braid::mesh
