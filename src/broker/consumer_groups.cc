#include "broker/consumer_groups.h"

#include <re2/re2.h>

#include <charconv>

#include "base/limits/kafka.h"
#include "base/log.h"
#include "io/all.h"
#include "storage/node_settings.h"

namespace braid::broker {
namespace {

using Described = wire::ConsumerGroupDescribeResponse;

void put_text(Writer& out, std::string_view text) {
  out.be(std::int16_t(text.size()));
  out.bytes(text);
}
// ConsumerProtocolSubscription and ConsumerProtocolAssignment, version 0: what clients of the classic protocol send.
Bytes classic_subscription(const std::set<std::string>& topics) {
  Bytes bytes;
  Writer out(bytes);
  out.be(std::int16_t(0));
  out.be(std::int32_t(topics.size()));
  for (const auto& name : topics) put_text(out, name);
  out.be(std::int32_t(-1));
  return bytes;
}
Bytes classic_assignment(const storage::Topics& topics, const Assignment& assigned) {
  std::map<std::string, const std::set<std::int32_t>*> by_name;
  for (const auto& [id, partitions] : assigned)
    if (const auto topic = topics.find(id)) by_name[topic->name] = &partitions;
  Bytes bytes;
  Writer out(bytes);
  out.be(std::int16_t(0));
  out.be(std::int32_t(by_name.size()));
  for (const auto& [name, partitions] : by_name) {
    put_text(out, name);
    out.be(std::int32_t(partitions->size()));
    for (const auto p : *partitions) out.be(p);
  }
  out.be(std::int32_t(-1));
  return bytes;
}

Described::Assignment named(const storage::Topics& topics, const Assignment& assigned) {
  Described::Assignment out;
  for (const auto& [id, partitions] : assigned)
    if (const auto topic = topics.find(id)) out.topic_partitions.push_back({id, topic->name, {partitions.begin(), partitions.end()}});
  return out;
}

bool same(const std::weak_ptr<const storage::Topics>& a, const std::shared_ptr<const storage::Topics>& b) { return !a.owner_before(b) && !b.owner_before(a); }

}  // namespace

std::optional<TopicShape> KnownTopics::find(const std::string& name) const {
  const auto topic = topics_->find(name);
  if (topic == nullptr) return std::nullopt;
  return TopicShape{topic->name, topic->id, topic->partition_count()};
}

std::vector<TopicShape> KnownTopics::matching(const std::string& regex) const {
  std::vector<TopicShape> out;
  const RE2 pattern(regex, RE2::Quiet);
  for (const auto& [name, topic] : topics_->by_name())
    if (!topic->internal && RE2::FullMatch(name, pattern) && call_.allows(Operation::describe, Resource::topic, name)) out.push_back({name, topic->id, topic->partition_count()});
  return out;
}

ConsumerGroups::EntryPtr ConsumerGroups::find(const std::string& name) const {
  const auto it = groups_.find(name);
  return it == groups_.end() ? nullptr : it->second;
}

// What was set for the group, else what the node has for all.
ConsumerTimeouts ConsumerGroups::timeouts_of(const std::string& name) const {
  const auto settings = storage::node_settings(core_.log);
  const auto set = [&](const char* setting, std::int32_t otherwise) {
    const auto* own = settings->find(storage::group_settings_type, name, setting);
    if (own != nullptr) std::from_chars(own->data(), own->data() + own->size(), otherwise);   // checked when it was set
    return otherwise;
  };
  ConsumerTimeouts timeouts;
  timeouts.heartbeat_interval_ms = set("consumer.heartbeat.interval.ms", core_.options.consumer_heartbeat_interval_ms);
  timeouts.session_ms = set("consumer.session.timeout.ms", core_.options.consumer_session_timeout_ms);
  timeouts.members_max = limits::kafka_group_members_max;
  return timeouts;
}

void ConsumerGroups::make(const std::string& name) {
  auto& entry = groups_[name];
  if (entry != nullptr) return;
  entry = std::make_shared<Entry>(ConsumerGroup(name, timeouts_of(name)));
  core_.metrics.groups.add(1);
}

void ConsumerGroups::forget(const std::string& name) {
  const auto it = groups_.find(name);
  if (it == groups_.end()) return;
  if (it->second->scheduled) timers_.erase({*it->second->scheduled, name});
  core_.metrics.group_members.add(-double(it->second->counted_members));
  core_.metrics.groups.add(-1);
  groups_.erase(it);
}

io::Task<wire::ConsumerGroupHeartbeatResponse> ConsumerGroups::heartbeat(wire::ConsumerGroupHeartbeatRequest request, Client client, const Call& call) {
  const auto entry = find(request.group_id);
  const KnownTopics topics(core_.log.topics(), call);
  const bool changed = !same(entry->seen, topics.snapshot());
  entry->group.set_timeouts(timeouts_of(request.group_id));
  auto out = entry->group.heartbeat(request, call.version(), client, topics, changed, core_.monotonic_ms());
  if (out.error_code != 0) {
    if (entry->group.members().empty() && entry->group.epoch() == 0) forget(request.group_id);   // nobody has ever been in it
    co_return out;
  }
  entry->seen = topics.snapshot();
  settle(*entry);
  const bool kept = co_await store(entry);
  if (kept) co_return out;
  wire::ConsumerGroupHeartbeatResponse failed;
  failed.error_code = code(KafkaError::coordinator_not_available);
  failed.error_message = "the group could not be written; try again";
  co_return failed;
}

void ConsumerGroups::settle(Entry& entry) {
  const auto members = entry.group.members().size();
  if (members != entry.counted_members) {
    core_.metrics.group_members.add(double(members) - double(entry.counted_members));
    entry.counted_members = members;
  }
  const auto next = entry.group.next_deadline();
  if (!next || (entry.scheduled && *entry.scheduled <= *next)) return;   // an alarm that is early does no harm: it sets itself again
  if (entry.scheduled) timers_.erase({*entry.scheduled, entry.group.id()});
  entry.scheduled = *next;
  timers_.insert({*next, entry.group.id()});
  if (timers_.begin()->second == entry.group.id()) timers_changed_.notify_all();
}

// One write of a group at a time, so that what is on disk is never older than what was there before. Returns when what had changed is written.
io::Task<bool> ConsumerGroups::store(EntryPtr entry) {
  const auto pass = gate_.enter();
  if (!pass) co_return false;
  while (entry->writing) co_await entry->written.wait();
  const auto changed = entry->group.take_changed();
  if (changed.nothing()) co_return true;   // another call's write took it along
  entry->writing = true;
  const auto written = co_await core_.offsets.store_consumer_group(entry->group.stored(changed));
  entry->writing = false;
  entry->written.notify_all();
  if (written) co_return true;
  log::warn("group_not_stored", {{"group", entry->group.id()}, {"error", written.error().error.message}});
  entry->group.mark_changed(changed);
  co_return false;
}

io::Task<void> ConsumerGroups::store_later(EntryPtr entry) { (void)co_await store(std::move(entry)); }

io::Task<bool> ConsumerGroups::take_out_if_empty(std::string name) {
  const auto entry = find(name);
  if (entry == nullptr) co_return true;
  while (entry->writing) co_await entry->written.wait();
  if (!entry->group.members().empty()) co_return false;
  if (find(name) == entry) forget(name);
  co_return true;
}

io::Task<void> ConsumerGroups::keep_time() {
  const auto pass = gate_.enter();
  while (!stopping_) {
    auto deadline = io::never;
    if (!timers_.empty()) deadline = io::after(io::Milliseconds(std::max<std::int64_t>(0, timers_.begin()->first - core_.monotonic_ms())));
    co_await timers_changed_.wait(deadline);
    while (!stopping_ && !timers_.empty() && timers_.begin()->first <= core_.monotonic_ms()) {
      const auto entry = find(timers_.begin()->second);
      timers_.erase(timers_.begin());
      if (entry == nullptr) continue;
      entry->scheduled.reset();
      entry->group.tick(core_.monotonic_ms());
      settle(*entry);
      io::start(store_later(entry));
    }
  }
}

void ConsumerGroups::restore(const storage::StoredConsumerGroup& stored) {
  make(stored.group);
  const auto entry = find(stored.group);
  entry->group.restore(stored, core_.monotonic_ms());
  settle(*entry);
}

Described::Group ConsumerGroups::describe(const std::string& name) const {
  Described::Group out;
  out.group_id = name;
  const auto entry = find(name);
  if (entry == nullptr) {
    out.error_code = code(KafkaError::group_id_not_found);
    out.error_message = "Group " + name + " not found.";
    out.group_state = "Dead";
    return out;
  }
  const auto& group = entry->group;
  const auto topics = core_.log.topics();
  out.group_state = name_of(group.state());
  out.group_epoch = group.epoch();
  out.assignment_epoch = group.assignment_epoch();
  out.assignor_name = group.assignor();
  for (const auto& [id, m] : group.members()) {
    auto& member = out.members.emplace_back();
    member.member_id = id;
    member.instance_id = m.instance_id;
    member.rack_id = m.rack_id;
    member.member_epoch = m.epoch;
    member.client_id = m.client.id;
    member.client_host = m.client.host;
    member.subscribed_topic_names = {m.topics.begin(), m.topics.end()};
    if (!m.regex.empty()) member.subscribed_topic_regex = m.regex;
    member.assignment = named(*topics, m.assigned);
    if (const auto target = group.targets().find(id); target != group.targets().end()) member.target_assignment = named(*topics, target->second);
    member.member_type = 1;
  }
  return out;
}

wire::DescribeGroupsResponse::Group ConsumerGroups::describe_as_classic(const std::string& name) const {
  wire::DescribeGroupsResponse::Group out;
  const auto entry = find(name);
  if (entry == nullptr) return out;
  const auto topics = core_.log.topics();
  out.group_id = name;
  out.group_state = name_of(entry->group.state());
  out.protocol_type = "consumer";
  out.protocol_data = entry->group.assignor();
  for (const auto& [id, m] : entry->group.members())
    out.members.push_back({id, m.instance_id, m.client.id, m.client.host, {classic_subscription(m.topics)}, {classic_assignment(*topics, m.assigned)}});
  return out;
}

io::Task<void> ConsumerGroups::close() {
  stopping_ = true;
  timers_changed_.notify_all();
  co_await gate_.close();
}

}  // namespace braid::broker
