#include "node/ownership.h"

#include <algorithm>

#include "registry/subject_name.h"
#include "sql/metastore.h"

namespace braid::node {
namespace {

constexpr std::size_t detail_characters_max = 200;   // of a statement, in a list of those affected

bool is_nobody(const std::string& principal) { return principal.empty() || principal == "anonymous"; }

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  if (text.size() > detail_characters_max) text = text.substr(0, detail_characters_max) + "...";
  return text;
}

// The stream or table that a statement changes, and the query it ends; empty when it changes nothing that is there.
struct Touched {
  std::string source, query;
  std::string what;
  bool only_if_written = false;   // the source matters only if a query fills it
};
struct TouchedBy {
  Touched operator()(const sql::InsertInto& s) const { return {s.name, "", "insert into"}; }
  Touched operator()(const sql::InsertValues& s) const { return {s.name, "", "insert into"}; }
  // A stream that only describes somebody's topic is its maker's own: dropping it touches no record.
  Touched operator()(const sql::AlterSource& s) const { return {s.name, "", "alter", true}; }
  Touched operator()(const sql::DropSource& s) const { return {s.name, "", "drop", !s.delete_topic}; }
  Touched operator()(const sql::CreateSource& s) const { return {s.name, "", "replace", true}; }
  Touched operator()(const sql::CreateAs& s) const { return {s.name, "", "replace", true}; }
  Touched operator()(const sql::ControlQuery& s) const { return {"", s.query.value_or("*"), "stop or pause"}; }
  template <class T> Touched operator()(const T&) const { return {}; }
};

}  // namespace

std::vector<std::string> RunningQueries::topics_read(const flow::QueryInfo& query) const {
  std::vector<std::string> out;
  for (const auto& source : query.sources)
    if (const auto* found = engine_.metastore().find(source)) out.push_back(found->topic);
  return out;
}

std::vector<mesh::Reader> RunningQueries::of(const std::vector<std::string>& topics) {
  std::vector<mesh::Reader> out;
  for (const auto& query : engine_.queries()) {
    if (!query.persistent) continue;   // a person who looks is not affected by what is announced
    for (const auto& topic : topics_read(query))
      if (std::find(topics.begin(), topics.end(), topic) != topics.end()) out.push_back({"query", query.id, topic, one_line(query.statement)});
  }
  return out;
}

std::vector<catalog::QueryFact> RunningQueries::list() {
  std::vector<catalog::QueryFact> out;
  for (const auto& query : engine_.queries()) {
    if (!query.persistent) continue;
    catalog::QueryFact fact;
    fact.id = query.id;
    fact.statement = query.statement;
    fact.sink = query.sink;
    fact.source_topics = topics_read(query);
    fact.sink_topic = query.sink_topic;
    fact.state = flow::name_of(query.state);
    out.push_back(std::move(fact));
  }
  return out;
}

std::uint64_t RunningQueries::revision() {
  std::string seen;
  for (const auto& query : engine_.queries())
    if (query.persistent) seen += query.id + ' ' + std::string(flow::name_of(query.state)) + '\n';
  if (seen != last_seen_) {
    last_seen_ = std::move(seen);
    ++revision_;
  }
  return revision_;
}

Result<void> Ownership::may_change(const http::Request& request, std::string_view what, const std::string& topic) const {
  const auto& state = mesh_.state();
  const auto* product = state.product_of_topic(topic);
  if (!product) return {};
  const std::string belongs = "topic " + topic + " belongs to the product " + product->name + " of the domain " + product->domain;
  if (is_nobody(request.principal))
    return fail(ErrorCode::unauthenticated, belongs + ", and nobody said who asks", "say whom you act as: --as PERSON, or the header Braid-As");
  if (state.is_member(request.principal, product->domain)) return {};
  if (const auto* person = state.person(request.principal); person && person->platform) return {};
  return fail(ErrorCode::forbidden, belongs + "; " + request.principal + " is no member and may not " + std::string(what) + " it", "ask " + product->owner);
}

bool Ownership::allowed(const http::Request& request, broker::Operation operation, broker::Resource resource, std::string_view name) const {
  broker::Caller caller;
  caller.principal = request.principal;
  caller.host = request.peer.host;
  return security_->allows(caller, operation, resource, name);
}

Result<void> Ownership::acls_allow(const http::Request& request, broker::Operation operation, broker::Resource resource, std::string_view name) const {
  if (!acls_decide() || allowed(request, operation, resource, name)) return {};
  const std::string what(name_of(operation)), kind(name_of(resource)), of = resource == broker::Resource::cluster ? "" : " " + std::string(name);
  return fail(ErrorCode::forbidden, "no ACL allows " + request.principal + " to " + what + " the " + kind + of,
              "whoever manages users can allow it: braid acls add " + request.principal + " " + what + " --" + kind + of);
}

Result<void> Ownership::acls_allow(const http::Request& request, broker::Operation operation, const std::string& topic) const {
  if (acls_decide() && operation == broker::Operation::create && allowed(request, operation, broker::Resource::cluster, broker::cluster_name)) return {};
  return acls_allow(request, operation, broker::Resource::topic, topic);
}

Result<void> Ownership::acls_allow_use(const http::Request& request, const std::string& topic) const {
  if (acls_decide() && allowed(request, broker::Operation::write, broker::Resource::topic, topic)) return {};
  return acls_allow(request, broker::Operation::read, topic);
}

Result<void> Ownership::acls_allow_source(const http::Request& request, const std::string& name) const {
  const auto* source = engine_.metastore().find(name);
  if (source == nullptr) return {};
  return source->from_query ? acls_allow(request, broker::Operation::write, source->topic) : acls_allow_use(request, source->topic);
}

// Pausing and ending a query asks for what starting it asked for.
Result<void> Ownership::acls_allow_query(const http::Request& request, const flow::QueryInfo& query) const {
  for (const auto& name : query.sources)
    if (const auto* source = engine_.metastore().find(name)) TRY_VOID(acls_allow(request, broker::Operation::read, source->topic));
  if (!query.sink_topic.empty()) TRY_VOID(acls_allow(request, broker::Operation::write, query.sink_topic));
  return {};
}

namespace {

// Topics by what a statement does with them: it reads sources, writes a sink. A topic that a new stream is only declared over is neither.
struct Uses {
  std::vector<std::string> reads;             // names of streams and tables
  std::string writes;                         // the same
  std::string new_topic;                      // that it makes or writes to
  std::string declares;                       // a topic, over which it makes a stream
  std::string changes;                        // the stream or table that it alters, drops, replaces
  std::string prints;                         // a topic
};
std::string topic_in(const sql::Properties& with) {
  for (const auto& property : with)
    if (property.name == "KAFKA_TOPIC" && property.value.holds<std::string>()) return property.value.string();
  return {};
}
void add_sources(const sql::Query& query, Uses& out) {
  out.reads.push_back(query.from.source);
  for (const auto& join : query.joins) out.reads.push_back(join.right.source);
}
struct UsesOf {
  const std::string& topic_prefix;            // of topics that a statement does not name
  Uses operator()(const sql::Query& s) const {
    Uses out;
    add_sources(s, out);
    return out;
  }
  Uses operator()(const sql::CreateAs& s) const {
    Uses out;
    add_sources(s.query, out);
    out.new_topic = topic_in(s.with);
    if (out.new_topic.empty()) out.new_topic = topic_prefix + s.name;
    if (s.or_replace) out.changes = s.name;
    return out;
  }
  Uses operator()(const sql::InsertInto& s) const {
    Uses out;
    add_sources(s.query, out);
    out.writes = s.name;
    return out;
  }
  Uses operator()(const sql::InsertValues& s) const {
    Uses out;
    out.writes = s.name;
    return out;
  }
  Uses operator()(const sql::CreateSource& s) const {
    Uses out;
    out.declares = topic_in(s.with);
    if (s.or_replace) out.changes = s.name;
    return out;
  }
  Uses operator()(const sql::AlterSource& s) const {
    Uses out;
    out.changes = s.name;
    return out;
  }
  Uses operator()(const sql::DropSource& s) const {
    Uses out;
    out.changes = s.name;
    return out;
  }
  Uses operator()(const sql::Print& s) const {
    Uses out;
    out.prints = s.topic;
    return out;
  }
  template <class T> Uses operator()(const T&) const { return {}; }
};

}  // namespace

Result<void> Ownership::acls_allow(const http::Request& request, const sql::Statement& statement, const std::map<std::string, std::string>& properties) const {
  if (!acls_decide()) return {};
  static const std::string prefix_name = "ksql.output.topic.name.prefix";
  std::string prefix;
  for (const auto* known : {&engine_.properties(), &properties})
    if (const auto at = known->find(prefix_name); at != known->end()) prefix = at->second;
  const auto uses = std::visit(UsesOf{prefix}, statement.tree);
  const auto& known = engine_.metastore();
  const auto there = [&](const std::string& topic) { return log_ == nullptr || log_->topics()->find(topic) != nullptr; };
  for (const auto& name : uses.reads)
    if (const auto* source = known.find(name)) TRY_VOID(acls_allow(request, broker::Operation::read, source->topic));
  if (const auto* sink = uses.writes.empty() ? nullptr : known.find(uses.writes)) TRY_VOID(acls_allow(request, broker::Operation::write, sink->topic));
  if (!uses.new_topic.empty()) {
    TRY_VOID(acls_allow(request, broker::Operation::write, uses.new_topic));
    if (!there(uses.new_topic)) TRY_VOID(acls_allow(request, broker::Operation::create, uses.new_topic));
  }
  if (!uses.declares.empty()) {
    if (there(uses.declares)) TRY_VOID(acls_allow_use(request, uses.declares));
    else TRY_VOID(acls_allow(request, broker::Operation::create, uses.declares));
  }
  if (!uses.changes.empty()) TRY_VOID(acls_allow_source(request, uses.changes));
  if (!uses.prints.empty()) TRY_VOID(acls_allow(request, broker::Operation::read, uses.prints));
  if (const auto* drop = std::get_if<sql::DropSource>(&statement.tree); drop && drop->delete_topic)
    if (const auto* source = known.find(drop->name)) TRY_VOID(acls_allow(request, broker::Operation::remove, source->topic));
  if (const auto* control = std::get_if<sql::ControlQuery>(&statement.tree))
    for (const auto& query : engine_.queries())
      if (query.persistent && (!control->query || *control->query == query.id)) TRY_VOID(acls_allow_query(request, query));
  return {};
}

Result<void> Ownership::may_end(const http::Request& request, const flow::QueryInfo& push_query) { return acls_allow_query(request, push_query); }

Result<void> Ownership::may_group(const http::Request& request, std::string_view action, const std::string& group, const std::string& topic) {
  if (action == "delete") return acls_allow(request, broker::Operation::remove, broker::Resource::group, group);
  TRY_VOID(acls_allow(request, broker::Operation::read, broker::Resource::group, group));
  return acls_allow(request, broker::Operation::read, topic);
}

Result<void> Ownership::may_catalog(const http::Request& request) const {
  if (!acls_decide() || request.method == "GET" || security_->is_super(request.principal) || mesh_.state().person(request.principal)) return {};
  return fail(ErrorCode::forbidden, "tags and business metadata are changed by people of the mesh, and " + request.principal + " is none", "braid people define " + request.principal + " --team @TEAM");
}

// A subject is its topic's: NAME-key and NAME-value, or NAME itself, stand for the topic NAME, whichever context it is in.
Result<void> Ownership::may_registry(const http::Request& request, const std::function<std::string(const std::string&)>& real_subject) const {
  if (!acls_decide() || request.method == "GET") return {};
  auto at = request.segments;
  while (at.size() > 2 && at[0] == "contexts") at.erase(at.begin(), at.begin() + 2);
  while (!at.empty() && at.back().empty()) at.pop_back();
  const bool settings = !at.empty() && (at[0] == "config" || at[0] == "mode");                // of the subject itself, not of what its alias stands for
  const auto topic_of = [&](const std::string& written) {
    std::string name = registry::parse_subject(settings ? written : real_subject(written)).subject;
    for (const std::string_view suffix : {"-key", "-value"})
      if (name.size() > suffix.size() && name.ends_with(suffix)) return name.substr(0, name.size() - suffix.size());
    return name;
  };
  using broker::Operation;
  if (at.empty() || at[0] == "compatibility") return {};                                     // asks, changes nothing
  const auto of_topic = [&](Operation operation) -> Result<void> {
    const auto topic = topic_of(at[1]);
    return topic.empty() ? acls_allow(request, operation == Operation::alter_configs ? operation : Operation::alter, broker::Resource::cluster, broker::cluster_name) : acls_allow(request, operation, topic);
  };
  if (at[0] == "subjects" && at.size() >= 2) {
    if (request.method == "POST" && at.size() == 2) return {};                               // a look-up
    if (request.method == "POST") return of_topic(Operation::write);
    if (request.method == "DELETE") return of_topic(Operation::remove);
  }
  if (settings) {
    if (at.size() >= 2) return of_topic(Operation::alter_configs);
    return acls_allow(request, Operation::alter_configs, broker::Resource::cluster, broker::cluster_name);
  }
  return acls_allow(request, Operation::alter, broker::Resource::cluster, broker::cluster_name);
}

Result<void> Ownership::may(const http::Request& request, std::string_view action, const std::string& topic) {
  using broker::Operation;
  const auto operation = action == "create" ? Operation::create : action == "delete" ? Operation::remove : action == "write" ? Operation::write : action == "read" ? Operation::read : Operation::alter;
  TRY_VOID(acls_allow(request, operation, topic));
  if (action == "read") return {};
  TRY_VOID(may_change(request, action, topic));
  if (action == "delete")
    if (const auto* product = mesh_.state().product_of_topic(topic))
      return fail(ErrorCode::conflict, "topic " + topic + " holds the records of the product " + product->name, "take the product out of the mesh first: braid products remove " + product->name);
  return {};
}

Result<void> Ownership::may(const http::Request& request, const sql::Statement& statement, const std::map<std::string, std::string>& properties) {
  TRY_VOID(acls_allow(request, statement, properties));
  const Touched touched = std::visit(TouchedBy{}, statement.tree);
  if (!touched.source.empty())
    if (const auto* source = engine_.metastore().find(touched.source); source && (!touched.only_if_written || source->from_query))
      return may_change(request, touched.what, source->topic);
  if (touched.query.empty()) return {};
  for (const auto& query : engine_.queries())
    if (query.persistent && !query.sink_topic.empty() && (touched.query == "*" || touched.query == query.id)) TRY_VOID(may_change(request, touched.what, query.sink_topic));
  return {};
}

}  // namespace braid::node
