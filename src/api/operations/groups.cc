// Consumer groups: who is in them, how far they are, and moving or forgetting their offsets.
#include <algorithm>
#include <set>

#include "api/errors.h"
#include "api/mesh/request.h"
#include "api/operations/operations.h"
#include "base/number.h"

namespace braid::api {
namespace {

constexpr std::string_view of_queries = "_confluent-ksql-";   // groups of persistent queries: the engine moves their offsets

}  // namespace

io::Task<Result<std::vector<GroupInfo>>> Operations::all_groups() {
  std::vector<GroupInfo> out;
  if (parts_.groups) out = co_await parts_.groups->list();
  std::set<std::string> known;
  for (const auto& g : out) known.insert(g.name);
  CO_TRY(const auto with_offsets, co_await parts_.log.list_groups());
  for (const auto& name : with_offsets)
    if (!known.contains(name)) out.push_back({name, parts_.groups ? "Empty" : "Unknown", "", {}});
  std::ranges::sort(out, {}, &GroupInfo::name);
  co_return out;
}

io::Task<Result<GroupInfo>> Operations::find_group(std::string name) {
  std::optional<GroupInfo> found;
  if (parts_.groups) found = co_await parts_.groups->describe(name);
  if (found) co_return *std::move(found);
  CO_TRY(const auto all, co_await all_groups());
  std::vector<std::string> names;
  for (const auto& g : all) {
    if (g.name == name) co_return g;
    names.push_back(g.name);
  }
  co_return std::unexpected(unknown_thing("group", name, names));
}

io::Task<Result<json::object>> Operations::group_json(GroupInfo group, bool in_full) {
  CO_TRY(const auto committed, co_await parts_.log.committed(group.name));
  std::int64_t lag = 0;
  std::set<std::string> topics;
  json::array offsets, members;
  for (const auto& [at, offset] : committed) {
    topics.insert(at.topic);
    json::object one{{"topic", at.topic}, {"partition", at.partition.value}, {"committed", offset.value}, {"end", nullptr}, {"lag", nullptr}};
    const auto bounds = co_await parts_.log.bounds(at);
    if (bounds) {                          // a topic that was deleted has no end
      const auto behind = std::max<std::int64_t>(0, bounds->end.value - offset.value);
      lag += behind;
      one["end"] = bounds->end.value;
      one["lag"] = behind;
    }
    offsets.push_back(std::move(one));
  }
  for (const auto& m : group.members) {
    json::array assigned;
    for (const auto& [topic, partitions] : m.assignment) {
      topics.insert(topic);
      json::array list;
      for (const auto p : partitions) list.push_back(p);
      assigned.push_back(json::object{{"topic", topic}, {"partitions", std::move(list)}});
    }
    members.push_back(json::object{{"id", m.id}, {"client_id", m.client_id}, {"host", m.host}, {"assignment", std::move(assigned)}});
  }
  json::array topic_list;
  for (const auto& t : topics) topic_list.emplace_back(t);
  std::string state = group.state;
  for (char& c : state)
    if (c >= 'A' && c <= 'Z') c = char(c + 32);
  json::object out{{"group", group.name}, {"state", state}, {"protocol", group.protocol}, {"topics", std::move(topic_list)}, {"lag", lag}, {"internal", group.name.starts_with(of_queries)}};
  if (in_full) {
    out["members"] = std::move(members);
    out["offsets"] = std::move(offsets);
  } else {
    out["members"] = group.members.size();
  }
  co_return out;
}

Operations::Answer Operations::groups(http::Request) {
  auto all = co_await all_groups();
  if (!all) co_return refuse(all.error());
  json::array out;
  for (auto& g : *all) {
    auto described = co_await group_json(std::move(g), false);
    if (!described) co_return refuse(described.error());
    out.push_back(*std::move(described));
  }
  co_return http::Response::json(200, json::print(out));
}

Operations::Answer Operations::group(http::Request r) {
  auto found = co_await find_group(r.param("group"));
  if (!found) co_return refuse(found.error());
  auto described = co_await group_json(*std::move(found), true);
  if (!described) co_return refuse(described.error());
  co_return http::Response::json(200, json::print(*described));
}

// Groups have no owner in the mesh; moving one is an act of somebody, and the offsets of a query are the engine's.
Result<void> Operations::may_change_group(const http::Request& r, std::string_view action, const std::string& group, const std::string& topic) const {
  if (group.starts_with(of_queries))
    return fail(ErrorCode::forbidden, "the group " + group + " belongs to a persistent query, which keeps its own place", "end the query and create it again with auto.offset.reset");
  if ((r.principal.empty() || r.principal == "anonymous") && !parts_.mesh.state().unclaimed())
    return fail(ErrorCode::unauthenticated, "nobody said who changes the group " + group, "say whom you act as: --as PERSON, or the header Braid-As");
  if (parts_.group_guard) return parts_.group_guard->may_group(r, action, group, topic);
  return {};
}

Operations::Answer Operations::reset_offsets(http::Request r) {
  const std::string name = r.param("group");
  const auto body = body_of(r, {"topic", "partitions", "to"});
  if (!body) co_return refuse(body.error());
  const auto topic = json::required_string(*body, "topic");
  if (!topic) co_return refuse(topic.error());
  std::string to;
  if (const auto* v = body->if_contains("to"); v && v->is_string()) to = v->get_string();
  else if (v && v->is_int64()) to = std::to_string(v->get_int64());
  else co_return refuse(Error{ErrorCode::invalid_input, "field 'to' is missing", "earliest, latest, an offset, -N for N records before the end, or a time"});
  const auto info = co_await parts_.log.describe_topic(*topic);
  if (!info) co_return refuse(info.error());

  std::set<std::int32_t> wanted;
  if (const auto* list = body->if_contains("partitions"); list && !list->is_null()) {
    if (!list->is_array()) co_return refuse(Error{ErrorCode::invalid_input, "field 'partitions' must be a list of numbers"});
    for (const auto& p : list->get_array()) {
      if (!p.is_int64() || p.get_int64() < 0 || p.get_int64() >= info->partitions)
        co_return refuse(Error{ErrorCode::invalid_input, "the topic " + *topic + " has partitions 0 to " + std::to_string(info->partitions - 1) + ", not " + json::print(p)});
      wanted.insert(std::int32_t(p.get_int64()));
    }
  } else {
    for (std::int32_t p = 0; p < info->partitions; ++p) wanted.insert(p);
  }
  const auto number = whole_number(to);
  std::optional<std::int64_t> time_ms;
  if (!number && to != "earliest" && to != "latest") {
    const auto parsed = mesh::parse_date_ms(to);
    if (!parsed) co_return refuse(Error{ErrorCode::invalid_input, "'to' must be earliest, latest, an offset, -N or a time, got '" + to.substr(0, 60) + "'", "for example 2026-11-27T08:00:00Z, or -100 for the last hundred records of each partition"});
    time_ms = *parsed;
  }
  auto existing = co_await find_group(name);
  if (!existing) co_return refuse(existing.error());
  if (!existing->members.empty()) {
    std::string who;
    for (const auto& m : existing->members) who += (who.empty() ? "" : ", ") + m.client_id + " at " + m.host;
    co_return refuse(Error{ErrorCode::conflict, "the group " + name + " has " + std::to_string(existing->members.size()) + " members (" + who + "), whose next commit would undo the change",
                           "stop them first; then repeat"});
  }
  const auto committed = co_await parts_.log.committed(name);
  if (!committed) co_return refuse(committed.error());
  json::array changes;
  std::map<eventlog::TopicPartition, Offset> moved;
  json::object before, after;
  for (const auto p : wanted) {
    const eventlog::TopicPartition at{*topic, PartitionId{p}};
    const auto bounds = co_await parts_.log.bounds(at);
    if (!bounds) co_return refuse(bounds.error());
    Offset target = bounds->earliest;
    if (to == "latest") target = bounds->end;
    if (number) target.value = *number < 0 ? bounds->end.value + *number : *number;
    if (time_ms) {
      const auto found = co_await parts_.log.offset_at_time(at, *time_ms);
      if (!found) co_return refuse(found.error());
      target = *found;
    }
    target = std::clamp(target, bounds->earliest, bounds->end);
    json::value from = nullptr;
    if (const auto it = committed->find(at); it != committed->end()) from = it->second.value;
    changes.push_back(json::object{{"topic", *topic}, {"partition", p}, {"from", from}, {"to", target.value}, {"lag_after", bounds->end.value - target.value}});
    before[*topic + "/" + std::to_string(p)] = from;
    after[*topic + "/" + std::to_string(p)] = target.value;
    moved[at] = target;
  }
  const bool dry = is_dry_run(r);
  const auto may = may_change_group(r, "reset", name, *topic);
  if (!may) co_return refuse(may.error());
  if (!dry) {
    auto done = parts_.groups ? parts_.groups->set_offsets(name, moved) : parts_.log.commit(name, moved);
    const auto outcome = co_await std::move(done);
    if (!outcome) co_return refuse(outcome.error());
    co_await note(r, "group.offsets_reset", "group", name, "reset the offsets of group " + name + " in topic " + *topic + " to " + to, std::move(before), std::move(after));
  }
  co_return http::Response::json(200, json::print(json::object{{"dry_run", dry}, {"group", name}, {"changes", std::move(changes)}}));
}

Operations::Answer Operations::remove_group(http::Request r) {
  const std::string name = r.param("group");
  auto found = co_await find_group(name);
  if (!found) co_return refuse(found.error());
  const auto may = may_change_group(r, "delete", name, "");
  if (!may) co_return refuse(may.error());
  if (!parts_.groups) co_return refuse(Error{ErrorCode::unsupported, "groups of a Kafka cluster are removed with Kafka's own tools", "kafka-consumer-groups.sh --delete --group " + name});
  if (!found->members.empty())
    co_return refuse(Error{ErrorCode::conflict, "the group " + name + " has " + std::to_string(found->members.size()) + " members and cannot be removed", "stop them first; then repeat"});
  auto before = co_await group_json(*found, true);
  const bool dry = is_dry_run(r);
  if (!dry) {
    const auto removed = co_await parts_.groups->remove(name);
    if (!removed) co_return refuse(removed.error());
    json::value was = before ? json::value(*before) : json::value(nullptr);
    co_await note(r, "group.removed", "group", name, "removed group " + name + " and its offsets", std::move(was), nullptr);
  }
  co_return http::Response::json(200, json::print(json::object{{"dry_run", dry}, {"removed", name}}));
}

}  // namespace braid::api
