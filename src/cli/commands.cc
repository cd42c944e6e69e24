// The whole list of commands, in the order in which --help shows them.
#include "cli/commands.h"

#include <array>

namespace braid::cli {
namespace {

std::vector<Option> with_json(std::vector<Option> options) {
  options.push_back({"json", "", "answer in JSON"});
  return options;
}

constexpr std::array group_list{
    Group{"topics", "topics of the event log"},
    Group{"schemas", "schemas of the registry"},
    Group{"groups", "consumer groups: how far they are, and moving them"},
    Group{"queries", "running queries: what they do, pause, resume, end"},
    Group{"products", "data products: find, publish, change, deprecate, use"},
    Group{"domains", "domains of the mesh"},
    Group{"teams", "teams of the domains"},
    Group{"people", "people, and what teams they are in"},
    Group{"users", "who may log in"},
    Group{"acls", "who may do what with topics, groups and the node"},
};

const Option config_option{"config", "NAME=VALUE", "a setting by Kafka's name; may be repeated", "", false, true};
const Option schema_type_option{"type", "TYPE", "avro, json or protobuf; by default what the file's name says"};
const std::vector<Option> consent_options{{"confirm", "TOKEN", "goes on: the list of those affected that was shown with this token is known"},
                                          {"force", "", "goes on whoever is affected"},
                                          {"dry-run", "", "says what would happen and changes nothing"}};

std::vector<Option> joined(std::vector<Option> a, const std::vector<Option>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

std::vector<Option> product_fields() {
  return {{"owner", "TEAM", "the team that answers for it: @analytics-team"},
          {"description", "TEXT", "one or two sentences"},
          {"domain", "DOMAIN", "by default that of the owner"},
          {"documentation", "FILE", "a Markdown file"},
          {"quality", "LEVEL", "authoritative, curated or raw"},
          {"sla", "TIER", "tier-1, tier-2 or tier-3"},
          {"freshness", "SECONDS", "promise: the last record is at most so old (or tier, as for the next four: what its tier says)"},
          {"availability", "SHARE", "promise: can be written and read so much of the time, as 0.995"},
          {"min-rate", "RATE", "promise: at least so many records a second"},
          {"history-days", "DAYS", "promise: records are kept so long at least"},
          {"null-share", "FIELD=SHARE", "promise: at most this share of a field is null or absent; may be repeated", "", false, true},
          {"tier-promises", "", "promise what its tier says, in everything"},
          {"tag", "TAG", "may be repeated", "", false, true},
          {"version", "VERSION", "as in 1.2.0"},
          {"topic", "TOPIC", "where its records are; by default the topic of the same name; may be repeated", "", false, true},
          {"table", "TABLE", "an SQL table that can be queried; may be repeated", "", false, true}};
}

std::vector<Command> node_commands() {
  return {
      {"up", "start a node and run it until Ctrl-C or SIGTERM", "braid up --data /var/lib/braid\nbraid up --config /etc/braid/braid.yaml --print-config", {}, with_json(node_options()), up, false},
      {"demo", "start a node with the demo mesh: three domains that share data, and one for you", "braid demo\nbraid demo --data /tmp/demo --rate 100", {}, with_json(demo_options()), demo, false},
  };
}

std::vector<Command> data_commands() {
  return {
      {"sql", "run SQL statements; without -e, -f or a pipe interactively",
       "braid sql\nbraid sql -e \"SELECT * FROM stocktrades EMIT CHANGES LIMIT 5;\"\nbraid sql -f statements.sql", {},
       {{"execute", "SQL", "run this and end; may be repeated", "", false, true, 'e'}, {"file", "FILE", "run what is in the file and end", "", false, true, 'f'},
        {"from", "WHERE", "where queries start to read: beginning or now", "now"}}, sql},
      {"produce", "write records to a topic", "braid produce orders '{\"id\": 1, \"amount\": 20}'\nbraid produce orders --key-separator : < records.txt",
       {{"TOPIC", "where to", true, false, "topic"}, {"VALUE", "records; without any, one a line from the standard input", false, true}},
       {{"key", "KEY", "the key of every record"}, {"key-separator", "TEXT", "what stands between key and value in each record"},
        {"schema", "SCHEMA", "latest (if the topic has one), none, or the id of a registered schema"}, {"text", "", "values are plain text, even if they look like JSON"}}, produce},
      {"consume", "show records of a topic", "braid consume stocktrades --last 5\nbraid consume pageviews --follow --json",
       {{"TOPIC", "where from", true, false, "topic"}},
       {{"last", "N", "the newest N"}, {"from", "WHERE", "beginning, end, an offset, or a time such as 2026-11-23T08:00:00Z"}, {"limit", "N", "at most N records"},
        {"partition", "N", "of this partition only"}, {"key", "KEY", "with this key only"}, {"follow", "", "go on with what comes, until Ctrl-C"}, {"values", "", "values only"}}, consume},
      {"load", "load a CSV or JSON file into a topic, with a schema made from its content", "braid load flights.csv\nbraid load flights-200k.json flights --key origin",
       {{"FILE", "CSV, JSON lines, or one JSON array of objects", true, false, "file"}, {"TOPIC", "by default the file's name", false, false, "topic"}},
       {{"format", "FORMAT", "csv or json; by default what name and content say"}, {"delimiter", "CHARACTER", "CSV: what stands between cells, or tab"}, {"no-header", "", "CSV: the first line is data"},
        {"key", "COLUMN", "the column that becomes the record's key"}, {"partitions", "N", "of the topic, if it is made", "1"}, {"append", "", "also into a topic that has other records"}}, load},
      {"topics list", "list the topics", "braid topics list", {}, {{"internal", "", "also those that the node keeps for itself"}}, topics_list},
      {"topics describe", "partitions, settings and schemas of a topic", "braid topics describe stocktrades", {{"TOPIC", "its name, in any case", true, false, "topic"}}, {}, topics_describe},
      {"topics show", "the same as describe", "braid topics show stocktrades", {{"TOPIC", "its name, in any case", true, false, "topic"}}, {}, topics_describe},
      {"topics profile", "what is in the records of a topic, field by field", "braid topics profile stocktrades --records 5000", {{"TOPIC", "its name, in any case", true, false, "topic"}},
       {{"records", "N", "of the newest so many records; by default 10,000, or all since a product offers the topic"}, {"follow", "", "show it again as it changes, until Ctrl-C"}}, topics_profile},
      {"topics create", "make a topic", "braid topics create orders --partitions 3 --config retention.ms=86400000", {{"TOPIC", "its name"}}, {{"partitions", "N", "how many", "1"}, config_option}, topics_create},
      {"topics change", "add partitions, change settings", "braid topics change orders --config retention.ms=3600000", {{"TOPIC", "its name", true, false, "topic"}},
       {{"partitions", "N", "more than there are"}, config_option}, topics_change},
      {"topics delete", "delete a topic with its records", "braid topics delete orders", {{"TOPIC", "its name", true, false, "topic"}}, {}, topics_delete},
      {"schemas list", "list the subjects with their latest schema", "braid schemas list", {}, {}, schemas_list},
      {"schemas show", "show a schema", "braid schemas show stocktrades-value", {{"SUBJECT", "its name", true, false, "subject"}}, {{"version", "N", "a version, or latest", "latest"}}, schemas_show},
      {"schemas register", "register a schema under a subject", "braid schemas register orders-value order.avsc", {{"SUBJECT", "its name"}, {"FILE", "the schema", true, false, "file"}},
       {schema_type_option}, schemas_register},
      {"schemas check", "may a schema follow the registered ones? Says what would break for whom, and what would do instead",
       "braid schemas check stocktrades-value.avsc\nbraid schemas check trade2.avsc stocktrades-value",
       {{"FILE", "the schema", true, false, "file"}, {"SUBJECT", "by default the file's name without its ending", false, false, "subject"}}, {schema_type_option}, schemas_check},
      {"schemas delete", "delete a subject, or one version of it", "braid schemas delete orders-value", {{"SUBJECT", "its name", true, false, "subject"}},
       {{"version", "N", "only this version"}, {"permanent", "", "for good: its ids cannot be read any more"}}, schemas_delete},
  };
}

std::vector<Command> operation_commands() {
  const Positional group{"GROUP", "its name"}, query{"QUERY", "its id, as `braid queries list` says it"};
  const Option dry_run{"dry-run", "", "says what would happen and changes nothing"};
  return {
      {"groups list", "list the consumer groups with their lag", "braid groups list", {}, {{"internal", "", "also those of queries"}}, groups_list},
      {"groups show", "members of a group, and how far it is in each partition", "braid groups show settlement-check", {group}, {}, groups_show},
      {"groups reset", "move a group without members in a topic", "braid groups reset settlement-check --topic stocktrades --to earliest --dry-run --as lena", {group},
       {{"topic", "TOPIC", "in this topic", "", true}, {"to", "WHERE", "earliest, latest, an offset, -N for N records before the end, or a time", "", true},
        {"partition", "N", "only this partition; may be repeated", "", false, true}, dry_run}, groups_reset},
      {"groups remove", "forget a group without members, and its offsets", "braid groups remove settlement-check --as lena", {group}, {dry_run}, groups_remove},
      {"queries list", "list the running queries", "braid queries list", {}, {}, queries_list},
      {"queries show", "a query: statement, plan, counts, last problems", "braid queries show CSAS_HIGH_VALUE_STOCK_TRADES_5", {query}, {}, queries_show},
      {"queries pause", "a query stops reading and keeps its place", "braid queries pause CSAS_HIGH_VALUE_STOCK_TRADES_5 --as tomas", {query}, {dry_run}, queries_pause},
      {"queries resume", "a paused query goes on where it was", "braid queries resume CSAS_HIGH_VALUE_STOCK_TRADES_5 --as tomas", {query}, {dry_run}, queries_resume},
      {"queries terminate", "end a query for good; who reads what it writes is named first", "braid queries terminate CSAS_HIGH_VALUE_STOCK_TRADES_5 --as tomas", {query}, consent_options, queries_terminate},
  };
}

std::vector<Command> mesh_commands() {
  const Positional product{"PRODUCT", "its name, in any case", true, false, "product"};
  return {
      {"search", "find products, topics, schemas, fields and queries; typing errors are forgiven", "braid search pagevews\nbraid search user region --type product",
       {{"WORDS", "what to look for", false, true}},
       {{"type", "TYPE", "product, topic, schema, field, query"}, {"domain", "DOMAIN", "of this domain only"}, {"owner", "TEAM", "of this team only"}, {"quality", "LEVEL", "of this quality only"},
        {"tag", "TAG", "with this tag only"}, {"limit", "N", "at most N results"}}, search},
      {"lineage", "where data comes from and who reads it: declared and observed, to the column", "braid lineage stocktrades\nbraid lineage stocktrades --column price\nbraid lineage",
       {{"NAME", "a product, topic, query or group, in any case; without it every flow of the mesh", false, false, "product"}},
       {{"column", "COLUMN", "follow this column"}, {"depth", "N", "how many steps far, or all"}}, lineage},
      {"products list", "list the data products", "braid products list --domain analytics", {},
       {{"domain", "DOMAIN", "of this domain only"}, {"owner", "TEAM", "of this team only"}, {"state", "STATE", "draft, published, deprecated, retired or any"}, {"quality", "LEVEL", "authoritative, curated or raw"},
        {"sla", "TIER", "tier-1, tier-2 or tier-3"}, {"tag", "TAG", "with this tag only"}}, products_list},
      {"products show", "everything about a product", "braid products show stocktrades", {product}, {}, products_show},
      {"products publish", "publish a product, or a draft of it",
       "braid products publish high_value_stock_trades --owner @analytics-team --description \"Trades worth looking at\" --as tomas", {{"PRODUCT", "its name"}},
       joined(product_fields(), {{"draft", "", "keep it as a draft for now"}, {"dry-run", "", "says what would happen and changes nothing"}}), products_publish},
      {"products change", "change a product; those who use it are named first", "braid products change pageviews --sla tier-1 --as jonas.weber", {product}, joined(product_fields(), consent_options), products_change},
      {"products deprecate", "announce that a product will end; those who use it are named first", "braid products deprecate stocktrades --sunset 2027-01-31 --notice \"use trades2\" --as priya", {product},
       joined({{"sunset", "DATE", "until when it is kept; by default 90 days from now"}, {"notice", "TEXT", "what its users are told"}, {"replaced-by", "PRODUCT", "what to use instead"}}, consent_options), products_deprecate},
      {"products retire", "end a deprecated product; it can still be looked up", "braid products retire stocktrades --as priya", {product}, consent_options, products_retire},
      {"products remove", "take a product out of the mesh; topic, records and history stay", "braid products remove stocktrades --as priya", {product}, consent_options, products_remove},
      {"products profile", "what is in the records of a product, and what it promises beside what is measured", "braid products profile stocktrades\nbraid products profile stocktrades --follow", {product},
       {{"follow", "", "show it again as it changes, until Ctrl-C"}}, products_profile},
      {"products promises", "what products promise beside what is measured", "braid products promises\nbraid products promises --state broken,close --domain execution", {},
       {{"state", "STATES", "kept, close, broken, unknown; several with commas between"}, {"domain", "DOMAIN", "of this domain only"}, {"owner", "TEAM", "of this team only"}}, products_promises},
      {"products history", "every change of a product", "braid products history stocktrades", {product}, {}, products_history},
      {"products register", "register a team as a consumer of a product", "braid products register stocktrades --team @accounting-team --purpose \"daily report\" --as lena", {product},
       {{"team", "TEAM", "who reads it; by default yours"}, {"purpose", "TEXT", "what for"}, {"name", "NAME", "of the application; by default the team's"}}, products_register},
      {"products unregister", "end a registration", "braid products unregister stocktrades @accounting-team --as lena", {product, {"CONSUMER", "the name it was registered with"}}, {}, products_unregister},
      {"domains list", "list the domains", "braid domains list", {}, {}, domains_list},
      {"domains define", "make a domain, or change its texts", "braid domains define shipping --title Shipping --as paula", {{"DOMAIN", "its name", true, false, "domain"}},
       {{"title", "TEXT", "what people call it"}, {"description", "TEXT", "what it is about"}}, domains_define},
      {"teams list", "list the teams", "braid teams list", {}, {}, teams_list},
      {"teams define", "make a team, or change it", "braid teams define @shipping-team --domain shipping --as paula", {{"TEAM", "its name", true, false, "team"}},
       {{"domain", "DOMAIN", "it belongs to"}, {"description", "TEXT", "what it does"}}, teams_define},
      {"people list", "list the people", "braid people list", {}, {}, people_list},
      {"people define", "add a person, or change them", "braid people define nora --full-name \"Nora Lang\" --team @shipping-team --as paula", {{"PERSON", "a short name", true, false, "person"}},
       {{"full-name", "TEXT", "their name"}, {"email", "ADDRESS", "where to reach them"}, {"team", "TEAM", "they are in; may be repeated", "", false, true},
        {"platform", "", "may define domains, teams and people"}, {"service", "", "is a program, not a person"}}, people_define},
      {"audit", "who did what", "braid audit --since 1h\nbraid audit stocktrades deprecated", {{"WORDS", "that occur in an entry", false, true}},
       {{"who", "PERSON", "by this person"}, {"what", "ACTION", "as product.published, or product for all of them"}, {"kind", "KIND", "product, topic, schema, query, ..."}, {"subject", "NAME", "about this"},
        {"domain", "DOMAIN", "of this domain"}, {"outcome", "OUTCOME", "done or refused"}, {"since", "TIME", "7d, 2h, or a time"}, {"until", "TIME", "7d, 2h, or a time"}, {"limit", "N", "at most N entries", "50"}}, audit},
      {"whoami", "who you act as, and what you may change", "braid whoami --as tomas", {}, {}, whoami},
  };
}

std::vector<Command> security_commands() {
  const Positional user{"USER", "a name", true, false, "user"};
  const std::vector<Option> password{{"new-password-file", "FILE", "a file whose first line is the new password; else it is asked for, or the first line of a pipe"},
                                     {"generate", "", "a random password, which is printed"}, {"iterations", "N", "4096 to 16384: how slow a guess is", "8192"}};
  const std::vector<Option> about{{"topic", "NAME", "this topic, or * for all"}, {"group", "NAME", "this consumer group"}, {"transactional-id", "NAME", "this transactional id"}, {"cluster", "", "the node itself"}};
  const Option host{"host", "ADDRESS", "only from this address"};
  return {
      {"users list", "list who may log in", "braid users list", {}, {}, users_list},
      {"users add", "let somebody log in, with HTTP and with Kafka clients (PLAIN, SCRAM-SHA-256, SCRAM-SHA-512)", "braid users add tomas --generate", {{"USER", "a name; a person of that name in the mesh is the same"}}, password, users_add},
      {"users password", "give a user a new password; everybody may give themselves one", "braid users password tomas --generate", {user}, password, users_password},
      {"users remove", "a user can no longer log in", "braid users remove tomas", {user}, {}, users_remove},
      {"acls list", "list what is allowed and denied", "braid acls list\nbraid acls list tomas\nbraid acls list --topic stocktrades", {{"USER", "of this user, or * for everybody", false, false, "user"}},
       joined(about, {{"exactly", "", "only ACLs that name it, without those of prefixes and of *"}}), acls_list},
      {"acls add", "allow or deny something", "braid acls add tomas read,describe --topic stocktrades\nbraid acls add tomas read --group settlement --prefix\nbraid acls add '*' write --topic stocktrades --deny",
       {{"USER", "a name, or * for everybody", true, false, "user"}, {"OPERATIONS", "with commas: read, write, create, delete, alter, describe, describe-configs, alter-configs, all, ..."}},
       joined(about, {{"prefix", "", "everything whose name begins with it"}, {"deny", "", "denied, whatever is allowed elsewhere"}, host}), acls_add},
      {"acls remove", "take ACLs back", "braid acls remove tomas --topic stocktrades --dry-run",
       {{"USER", "a name, or * for everybody", true, false, "user"}, {"OPERATIONS", "by default all", false}},
       joined(about, {{"prefix", "", "the ACL with this prefix"}, {"deny", "", "one that denies"}, host, {"dry-run", "", "says what would go and changes nothing"}}), acls_remove},
  };
}

std::vector<Command> shell_commands() {
  return {
      {"names", "names of one kind, one a line (shell completion uses it)", "braid names topic", {{"KIND", "topic, product, subject, domain, team, person, user or source"}}, {}, names},
      {"completion", "print the script that teaches a shell to complete braid", "braid completion bash > /etc/bash_completion.d/braid", {{"SHELL", "bash, zsh or fish"}}, {}, completion, false},
  };
}

}  // namespace

std::span<const Group> groups() { return group_list; }

const std::vector<Command>& commands() {
  static const std::vector<Command> list = [] {
    std::vector<Command> all;
    for (auto& part : {node_commands(), data_commands(), operation_commands(), mesh_commands(), security_commands(), shell_commands()}) all.insert(all.end(), part.begin(), part.end());
    return all;
  }();
  return list;
}

}  // namespace braid::cli
