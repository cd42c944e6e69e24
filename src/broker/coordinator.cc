#include "broker/coordinator.h"

#include <algorithm>
#include <chrono>
#include <set>

#include "base/limits/kafka.h"
#include "base/log.h"
#include "broker/consumer_groups.h"
#include "broker/offset_expiry.h"
#include "io/all.h"

namespace braid::broker {
namespace {

constexpr std::int64_t expiry_check_ms = 600'000;   // Kafka's offsets.retention.check.interval.ms

GroupTimeouts timeouts_of(const Options& options) {
  GroupTimeouts t;
  t.initial_rebalance_delay_ms = options.initial_rebalance_delay_ms;
  t.session_min_ms = options.session_timeout_min_ms;
  t.session_max_ms = options.session_timeout_max_ms;
  t.members_max = limits::kafka_group_members_max;
  return t;
}

std::uint64_t hash_of(std::string_view name) {   // FNV-1a: the shard of a group is the same in every run, which makes logs easier to read
  std::uint64_t h = 14695981039346656037ull;
  for (unsigned char c : name) h = (h ^ c) * 1099511628211ull;
  return h;
}

wire::JoinGroupResponse join_error(KafkaError error, const std::string& member_id) {
  wire::JoinGroupResponse out;
  out.error_code = code(error);
  out.member_id = member_id;
  return out;
}
wire::SyncGroupResponse sync_error(KafkaError error) {
  wire::SyncGroupResponse out;
  out.error_code = code(error);
  return out;
}

}  // namespace

struct Coordinator::Local {
  explicit Local(Core& c) : core(c), consumers(c) {}

  struct Entry {
    explicit Entry(Group g) : group(std::move(g)) {}
    Group group;
    std::optional<std::int64_t> scheduled;   // its place in `timers`
    std::int64_t empty_since_ms = 0;         // wall clock; offsets of an empty group expire
    std::size_t counted_members = 0;         // in the metrics
  };
  struct Parked {
    std::optional<std::variant<wire::JoinGroupResponse, wire::SyncGroupResponse, std::monostate>> answer{};   // monostate: the node stops
    io::Notifier answered;
  };
  using EntryPtr = std::shared_ptr<Entry>;   // shared with calls under way, so that a deleted group outlives them

  io::Task<wire::JoinGroupResponse> join(wire::JoinGroupRequest request, std::int16_t version, Client client);
  io::Task<wire::SyncGroupResponse> sync(wire::SyncGroupRequest request);
  io::Task<std::vector<KafkaError>> leave(std::string name, std::vector<wire::LeaveGroupRequest::Member> members);
  io::Task<wire::ConsumerGroupHeartbeatResponse> consumer_heartbeat(wire::ConsumerGroupHeartbeatRequest request, Client client, const Call& call);
  io::Task<KafkaError> stranger(std::string name) const;
  KafkaError check_fetch(const std::string& name, const std::optional<std::string>& member_id, std::int32_t member_epoch) const;
  io::Task<wire::OffsetCommitResponse> commit(wire::OffsetCommitRequest request, std::int16_t version);
  io::Task<wire::TxnOffsetCommitResponse> commit_in_transaction(wire::TxnOffsetCommitRequest request, KafkaError error, std::int16_t version);
  io::Task<wire::OffsetDeleteResponse> delete_offsets(wire::OffsetDeleteRequest request);
  template <class Request, class Response> std::vector<storage::OffsetCommit> sort_out(Request& request, KafkaError error, Response& out) const;
  io::Task<KafkaError> remove(std::string name);
  KafkaError heartbeat(const wire::HeartbeatRequest& request);
  std::optional<wire::DescribeGroupsResponse::Group> describe(const std::string& name);
  std::vector<wire::ListGroupsResponse::Group> list() const;
  void restore(const storage::StoredGroup& stored);
  GroupFacts facts_of(const std::string& name) const;

  EntryPtr find(const std::string& name) const {
    const auto it = groups.find(name);
    return it == groups.end() ? nullptr : it->second;
  }
  EntryPtr find_or_make(const std::string& name);
  void forget(const std::string& name);
  void settle(const EntryPtr& entry, Effects effects);
  io::Task<void> store(EntryPtr entry, std::int32_t generation);
  void schedule(Entry& entry);
  io::Task<void> keep_time();
  io::Task<void> expire_offsets();
  io::Task<void> close();
  std::unique_ptr<Parked>& park(Ticket ticket) { return parked[ticket] = std::make_unique<Parked>(); }
  storage::GroupOffsets& offsets() const { return core.offsets; }

  Core& core;
  std::map<std::string, EntryPtr> groups;   // the classic ones
  ConsumerGroups consumers;                 // those of KIP-848; a name is in one of the two
  std::map<Ticket, std::unique_ptr<Parked>> parked;
  std::set<std::pair<std::int64_t, std::string>> timers;
  io::Notifier timers_changed;
  io::Notifier stopped;
  io::Gate gate;                 // timer and writes under way
  Ticket next_ticket = 1;
  bool stopping = false;
};

Coordinator::Local::EntryPtr Coordinator::Local::find_or_make(const std::string& name) {
  auto& entry = groups[name];
  if (entry == nullptr) {
    entry = std::make_shared<Entry>(Group(name, timeouts_of(core.options)));
    entry->empty_since_ms = core.now_ms();
    core.metrics.groups.add(1);
  }
  return entry;
}

void Coordinator::Local::forget(const std::string& name) {
  const auto it = groups.find(name);
  if (it == groups.end()) return;
  if (it->second->scheduled) timers.erase({*it->second->scheduled, name});
  core.metrics.group_members.add(-double(it->second->counted_members));
  core.metrics.groups.add(-1);
  groups.erase(it);
}

// Hands out answers, writes what is to be written, and sets the group's alarm.
void Coordinator::Local::settle(const EntryPtr& entry, Effects effects) {
  for (auto& answer : effects.answers) {
    const auto it = parked.find(answer.ticket);
    if (it == parked.end()) continue;
    std::visit([&](auto& response) { it->second->answer.emplace(std::move(response)); }, answer.response);
    it->second->answered.notify_all();
  }
  auto& group = entry->group;
  const auto members = group.members().size();
  if (members != entry->counted_members) {
    core.metrics.group_members.add(double(members) - double(entry->counted_members));
    entry->counted_members = members;
  }
  if (group.state() == GroupState::empty && effects.store) entry->empty_since_ms = core.now_ms();
  if (effects.store) io::start(store(entry, group.generation()));
  schedule(*entry);
}

void Coordinator::Local::schedule(Entry& entry) {
  const auto next = entry.group.next_deadline();
  if (!next || (entry.scheduled && *entry.scheduled <= *next)) return;   // an alarm that is early does no harm: it sets itself again
  if (entry.scheduled) timers.erase({*entry.scheduled, entry.group.id()});
  entry.scheduled = *next;
  timers.insert({*next, entry.group.id()});
  if (timers.begin()->second == entry.group.id()) timers_changed.notify_all();
}

io::Task<void> Coordinator::Local::keep_time() {
  const auto pass = gate.enter();
  while (!stopping) {
    auto deadline = io::never;
    if (!timers.empty()) deadline = io::after(io::Milliseconds(std::max<std::int64_t>(0, timers.begin()->first - core.monotonic_ms())));
    co_await timers_changed.wait(deadline);
    while (!stopping && !timers.empty() && timers.begin()->first <= core.monotonic_ms()) {
      const auto entry = find(timers.begin()->second);
      timers.erase(timers.begin());
      if (entry == nullptr) continue;
      entry->scheduled.reset();
      Effects effects;
      entry->group.tick(core.monotonic_ms(), effects);
      settle(entry, std::move(effects));
    }
  }
}

io::Task<void> Coordinator::Local::store(EntryPtr entry, std::int32_t generation) {
  const auto pass = gate.enter();
  if (!pass) co_return;
  const auto& group = entry->group;
  storage::StoredGroup record;
  record.group = group.id();
  record.protocol_type = group.protocol_type();
  record.generation = group.generation();
  record.protocol = group.protocol();
  if (!group.leader().empty()) record.leader = group.leader();
  record.state_changed_ms = core.now_ms();
  for (const auto& [id, m] : group.members())
    record.members.push_back({m.id, m.instance_id, m.client.id, m.client.host, m.rebalance_timeout_ms, m.session_timeout_ms, group.metadata_of(m), m.assignment});
  const auto written = co_await offsets().store_group(std::move(record));
  if (!written) log::warn("group_not_stored", {{"group", entry->group.id()}, {"error", written.error().error.message}});
  Effects effects;
  entry->group.stored(generation, written ? KafkaError::none : KafkaError::coordinator_not_available, core.monotonic_ms(), effects);
  settle(entry, std::move(effects));
}

void Coordinator::Local::restore(const storage::StoredGroup& stored) {
  const auto entry = find_or_make(stored.group);
  std::vector<Group::Member> members;
  for (const auto& m : stored.members) {
    auto& member = members.emplace_back();
    member.id = m.id;
    member.instance_id = m.instance_id;
    member.client = {m.client_id, m.client_host};
    member.session_timeout_ms = m.session_timeout_ms;
    member.rebalance_timeout_ms = m.rebalance_timeout_ms;
    if (stored.protocol) member.protocols.push_back({*stored.protocol, {m.subscription}});
    member.assignment = m.assignment;
  }
  entry->empty_since_ms = stored.state_changed_ms;
  entry->group.restore(stored.generation, stored.protocol_type, stored.protocol, stored.leader.value_or(""), std::move(members), core.monotonic_ms());
  settle(entry, {});
}

io::Task<wire::JoinGroupResponse> Coordinator::Local::join(wire::JoinGroupRequest request, std::int16_t version, Client client) {
  if (stopping) co_return join_error(KafkaError::coordinator_not_available, request.member_id);
  auto entry = find(request.group_id);
  if (entry == nullptr) {
    if (!request.member_id.empty()) co_return join_error(KafkaError::unknown_member_id, request.member_id);
    if (consumers.find(request.group_id) != nullptr) {   // an empty group changes its kind; one with members does not (the decision file says why)
      const bool out = co_await consumers.take_out_if_empty(request.group_id);
      if (!out) co_return join_error(KafkaError::inconsistent_group_protocol, request.member_id);
      const auto removed = co_await offsets().remove_consumer_group(request.group_id);
      if (!removed || consumers.find(request.group_id) != nullptr) co_return join_error(KafkaError::coordinator_not_available, request.member_id);
    }
    if (groups.size() + consumers.all().size() >= limits::kafka_groups_max) co_return join_error(KafkaError::group_max_size_reached, request.member_id);
    entry = find_or_make(request.group_id);
  }
  const auto ticket = next_ticket++;
  Parked& place = *park(ticket);
  // A member is recognised by its name in logs, so it starts with what its client calls itself.
  const auto fresh_id = (request.group_instance_id ? *request.group_instance_id : client.id) + "-" + to_text(random_uuid());
  Effects effects;
  entry->group.join(ticket, request, version, client, fresh_id, core.monotonic_ms(), effects);
  settle(entry, std::move(effects));
  while (!place.answer) co_await place.answered.wait();
  auto answer = *std::move(place.answer);
  parked.erase(ticket);
  if (auto* joined = std::get_if<wire::JoinGroupResponse>(&answer)) co_return std::move(*joined);
  co_return join_error(KafkaError::coordinator_not_available, request.member_id);   // released by a stop
}

io::Task<wire::SyncGroupResponse> Coordinator::Local::sync(wire::SyncGroupRequest request) {
  if (stopping) co_return sync_error(KafkaError::coordinator_not_available);
  const auto entry = find(request.group_id);
  if (entry == nullptr) co_return sync_error(KafkaError::unknown_member_id);
  const auto ticket = next_ticket++;
  Parked& place = *park(ticket);
  Effects effects;
  entry->group.sync(ticket, request, core.monotonic_ms(), effects);
  settle(entry, std::move(effects));
  while (!place.answer) co_await place.answered.wait();
  auto answer = *std::move(place.answer);
  parked.erase(ticket);
  if (auto* synced = std::get_if<wire::SyncGroupResponse>(&answer)) co_return std::move(*synced);
  co_return sync_error(KafkaError::coordinator_not_available);
}

KafkaError Coordinator::Local::heartbeat(const wire::HeartbeatRequest& request) {
  const auto entry = find(request.group_id);
  return entry == nullptr ? KafkaError::unknown_member_id : entry->group.heartbeat(request, core.monotonic_ms());
}

io::Task<std::vector<KafkaError>> Coordinator::Local::leave(std::string name, std::vector<wire::LeaveGroupRequest::Member> members) {
  std::vector<KafkaError> out;
  const auto entry = find(name);
  Effects effects;
  for (const auto& member : members)
    out.push_back(entry == nullptr ? KafkaError::unknown_member_id : entry->group.leave(member.member_id, member.group_instance_id, core.monotonic_ms(), effects));
  if (entry != nullptr) settle(entry, std::move(effects));
  co_return out;
}

io::Task<wire::ConsumerGroupHeartbeatResponse> Coordinator::Local::consumer_heartbeat(wire::ConsumerGroupHeartbeatRequest request, Client client, const Call& call) {
  const auto refuse = [](KafkaError error, std::string message) {
    wire::ConsumerGroupHeartbeatResponse out;
    out.error_code = code(error);
    out.error_message = std::move(message);
    return out;
  };
  const auto& name = request.group_id;
  if (stopping) co_return refuse(KafkaError::coordinator_not_available, "the node is stopping");
  if (const auto classic = find(name); classic != nullptr) {
    if (request.member_epoch != 0 || !classic->group.remove_if_empty()) co_return refuse(KafkaError::group_id_not_found, "Group " + name + " is not a consumer group: members of the classic protocol are in it.");
    forget(name);
  }
  if (consumers.find(name) == nullptr) {
    if (request.member_epoch != 0) co_return refuse(KafkaError::group_id_not_found, "Group " + name + " not found.");
    if (groups.size() + consumers.all().size() >= limits::kafka_groups_max) co_return refuse(KafkaError::coordinator_not_available, "this node has as many groups as it may have");
    consumers.make(name);
  }
  auto out = co_await consumers.heartbeat(std::move(request), std::move(client), call);
  co_return out;
}

KafkaError Coordinator::Local::check_fetch(const std::string& name, const std::optional<std::string>& member_id, std::int32_t member_epoch) const {
  const auto entry = consumers.find(name);
  return entry == nullptr ? KafkaError::none : entry->group.check_fetch(member_id, member_epoch);
}

// A member of a generation commits to a group that has no members here: one that only ever committed does not know it, and nobody was ever in another.
io::Task<KafkaError> Coordinator::Local::stranger(std::string name) const {
  const auto committed = co_await offsets().fetch(name);
  if (!committed.empty()) co_return KafkaError::unknown_member_id;
  const auto undecided = co_await offsets().undecided(name);
  co_return undecided.empty() ? KafkaError::illegal_generation : KafkaError::unknown_member_id;
}

// What of the request can be committed; the rest is answered in `out`.
template <class Request, class Response> std::vector<storage::OffsetCommit> Coordinator::Local::sort_out(Request& request, KafkaError error, Response& out) const {
  std::vector<storage::OffsetCommit> commits;
  const auto topics = core.log.topics();
  for (auto& topic : request.topics) {
    auto& answers = out.topics.emplace_back();
    answers.name = topic.name;
    const auto known = topics->find(topic.name);
    for (auto& p : topic.partitions) {
      auto outcome = error;
      if (outcome == KafkaError::none && (known == nullptr || p.partition_index < 0 || p.partition_index >= known->partition_count())) outcome = KafkaError::unknown_topic_or_partition;
      if (outcome == KafkaError::none && p.committed_metadata && p.committed_metadata->size() > limits::kafka_offset_metadata_bytes_max) outcome = KafkaError::offset_metadata_too_large;
      answers.partitions.push_back({p.partition_index, code(outcome)});
      if (outcome != KafkaError::none) continue;
      storage::OffsetCommit c;
      c.topic = topic.name;
      c.partition = PartitionId{p.partition_index};
      c.offset = Offset{p.committed_offset};
      c.leader_epoch = p.committed_leader_epoch;
      c.metadata = p.committed_metadata.value_or("");
      c.committed_ms = core.now_ms();
      commits.push_back(std::move(c));
    }
  }
  return commits;
}

io::Task<wire::OffsetCommitResponse> Coordinator::Local::commit(wire::OffsetCommitRequest request, std::int16_t version) {
  auto entry = find(request.group_id);
  auto error = KafkaError::none;
  const auto consumer = consumers.find(request.group_id);
  if (stopping) error = KafkaError::coordinator_not_available;
  else if (consumer != nullptr) error = consumer->group.check_commit(request.member_id, request.generation_id, version);
  else if (entry == nullptr && request.generation_id >= 0) error = co_await stranger(request.group_id);
  else if (entry == nullptr && groups.size() >= limits::kafka_groups_max) error = KafkaError::coordinator_not_available;
  if (error == KafkaError::none && consumer == nullptr) {
    if (entry == nullptr) entry = find_or_make(request.group_id);
    error = entry->group.check_commit(request.generation_id, request.member_id, request.group_instance_id, core.monotonic_ms());
  }
  wire::OffsetCommitResponse out;
  auto commits = sort_out(request, error, out);
  if (commits.empty()) co_return out;
  const auto written = co_await offsets().commit(request.group_id, std::move(commits));
  if (written) co_return out;
  for (auto& topic : out.topics)
    for (auto& p : topic.partitions)
      if (p.error_code == 0) p.error_code = code(KafkaError::coordinator_not_available);
  co_return out;
}

io::Task<wire::TxnOffsetCommitResponse> Coordinator::Local::commit_in_transaction(wire::TxnOffsetCommitRequest request, KafkaError error, std::int16_t version) {
  const auto entry = find(request.group_id);
  if (error == KafkaError::none && stopping) error = KafkaError::coordinator_not_available;
  if (error == KafkaError::none && request.producer_epoch < 0) error = KafkaError::invalid_producer_epoch;
  const auto consumer = consumers.find(request.group_id);
  if (error == KafkaError::none && consumer != nullptr) error = consumer->group.check_commit(request.member_id, request.generation_id, std::nullopt);
  else if (error == KafkaError::none && entry == nullptr && request.generation_id >= 0) error = co_await stranger(request.group_id);
  if (error == KafkaError::none && entry != nullptr)
    error = entry->group.check_commit(request.generation_id, request.member_id, request.group_instance_id, core.monotonic_ms(), true);
  wire::TxnOffsetCommitResponse out;
  auto commits = sort_out(request, error, out);
  if (commits.empty()) co_return out;
  const storage::ProducerIdentity who{request.producer_id, request.producer_epoch};
  const auto written = co_await offsets().commit_in_transaction(request.group_id, who, std::move(commits));
  if (written) co_return out;
  using storage::Reason;
  const auto reason = written.error().reason;
  auto failed = kafka_error(reason);
  if (reason == Reason::storage_failed || reason == Reason::overloaded || reason == Reason::stopping) failed = KafkaError::coordinator_not_available;   // the client tries again
  if (reason == Reason::invalid_transaction_state) {   // not in this transaction: perhaps because the producer was fenced
    if (version >= 4) failed = KafkaError::transaction_abortable;
    const auto now = co_await core.transactions.describe(request.transactional_id);
    if (now && now->producer.id == request.producer_id && request.producer_epoch < now->producer.epoch) failed = KafkaError::invalid_producer_epoch;
  }
  for (auto& topic : out.topics)
    for (auto& p : topic.partitions)
      if (p.error_code == 0) p.error_code = code(failed);
  co_return out;
}

io::Task<wire::OffsetDeleteResponse> Coordinator::Local::delete_offsets(wire::OffsetDeleteRequest request) {
  wire::OffsetDeleteResponse out;
  const auto entry = find(request.group_id);
  const auto committed = co_await offsets().fetch(request.group_id);
  const auto consumer = consumers.find(request.group_id);
  if (entry == nullptr && consumer == nullptr && committed.empty()) {
    out.error_code = code(KafkaError::group_id_not_found);
    co_return out;
  }
  const bool live = entry != nullptr && !entry->group.members().empty();
  if (live && entry->group.protocol_type() != "consumer") {
    out.error_code = code(KafkaError::group_id_not_empty);
    co_return out;
  }
  auto subscribed = live ? entry->group.subscribed_topics() : std::set<std::string>();
  if (consumer != nullptr) subscribed = consumer->group.subscribed_topics();
  std::vector<std::pair<std::string, PartitionId>> gone;
  const auto topics = core.log.topics();
  for (const auto& topic : request.topics) {
    auto& answers = out.topics.emplace_back();
    answers.name = topic.name;
    const auto known = topics->find(topic.name);
    for (const auto& p : topic.partitions) {
      auto error = subscribed.contains(topic.name) ? KafkaError::group_subscribed_to_topic : KafkaError::none;
      if (known == nullptr || p.partition_index < 0 || p.partition_index >= known->partition_count()) error = KafkaError::unknown_topic_or_partition;
      answers.partitions.push_back({p.partition_index, code(error)});
      if (error == KafkaError::none) gone.emplace_back(topic.name, PartitionId{p.partition_index});
    }
  }
  const auto removed = co_await offsets().remove(request.group_id, std::move(gone));
  if (!removed) out.error_code = code(KafkaError::coordinator_not_available);
  co_return out;
}

io::Task<KafkaError> Coordinator::Local::remove(std::string name) {
  const auto entry = find(name);
  const auto committed = co_await offsets().fetch(name);
  if (entry == nullptr && consumers.find(name) == nullptr && committed.empty()) co_return KafkaError::group_id_not_found;
  const bool out = co_await consumers.take_out_if_empty(name);
  if (!out) co_return KafkaError::group_id_not_empty;
  if (entry != nullptr && !entry->group.remove_if_empty()) co_return KafkaError::group_id_not_empty;
  forget(name);
  const auto removed = co_await offsets().remove_group(name);
  co_return removed ? KafkaError::none : KafkaError::coordinator_not_available;
}

std::optional<wire::DescribeGroupsResponse::Group> Coordinator::Local::describe(const std::string& name) {
  const auto entry = find(name);
  if (entry == nullptr) return std::nullopt;
  const auto& group = entry->group;
  wire::DescribeGroupsResponse::Group out;
  out.group_id = name;
  out.group_state = name_of(group.state());
  out.protocol_type = group.protocol_type();
  const bool stable = group.state() == GroupState::stable;
  if (stable) out.protocol_data = group.protocol().value_or("");
  for (const auto& [id, m] : group.members())
    out.members.push_back({m.id, m.instance_id, m.client.id, m.client.host, {stable ? group.metadata_of(m) : Bytes()}, {m.assignment}});   // while members join, what they had
  return out;
}

std::vector<wire::ListGroupsResponse::Group> Coordinator::Local::list() const {
  std::vector<wire::ListGroupsResponse::Group> out;
  for (const auto& [name, entry] : groups) out.push_back({name, entry->group.protocol_type(), std::string(name_of(entry->group.state())), "classic"});
  for (const auto& [name, entry] : consumers.all()) out.push_back({name, "consumer", std::string(name_of(entry->group.state())), "consumer"});
  return out;
}

GroupFacts Coordinator::Local::facts_of(const std::string& name) const {
  GroupFacts out;
  if (const auto consumer = consumers.find(name)) {
    out.has_members = !consumer->group.members().empty();
    out.subscribed = consumer->group.subscribed_topics();
  } else if (const auto entry = find(name)) {
    const auto& group = entry->group;
    out.has_members = !group.members().empty() || group.state() != GroupState::empty;
    if (!out.has_members && !group.protocol_type().empty()) out.empty_since_ms = entry->empty_since_ms;
    if (group.state() == GroupState::stable && group.protocol_type() == "consumer") out.subscribed = group.subscribed_topics();
  }
  return out;
}

io::Task<void> Coordinator::Local::expire_offsets() {
  const auto pass = gate.enter();
  while (!stopping) {
    const auto next = io::after(io::Milliseconds(expiry_check_ms));
    while (!stopping && std::chrono::steady_clock::now() < next) co_await stopped.wait(next);
    if (stopping) co_return;
    std::set<std::string> names;
    for (const auto& [name, entry] : groups) names.insert(name);
    for (const auto& [name, entry] : consumers.all()) names.insert(name);
    const auto with_offsets = co_await offsets().groups();
    for (const auto& name : with_offsets)   // those that only ever committed, and were not asked about since the start
      if (int(hash_of(name) % std::uint64_t(core.shards.size())) == io::Shard::current()->index()) names.insert(name);
    for (const auto& name : names) {
      if (stopping) co_return;
      const auto all = co_await offsets().fetch(name);
      const auto facts = facts_of(name);
      const auto now = core.now_ms();
      std::vector<std::pair<std::string, PartitionId>> old;
      for (const auto& c : all)
        if (offset_expires(c, facts, now, core.options.offsets_retention_ms)) old.emplace_back(c.topic, c.partition);
      const bool long_empty = !facts.has_members && (!facts.empty_since_ms || now - *facts.empty_since_ms > core.options.offsets_retention_ms);
      if (old.size() == all.size() && long_empty) (void)co_await remove(name);
      else if (!old.empty()) (void)co_await offsets().remove(name, std::move(old));
    }
  }
}

io::Task<void> Coordinator::Local::close() {
  stopping = true;
  for (auto& [ticket, place] : parked) {
    if (place->answer) continue;
    for (auto& [name, entry] : groups) entry->group.forget(ticket);
    place->answer.emplace(std::monostate{});
    place->answered.notify_all();
  }
  timers_changed.notify_all();
  stopped.notify_all();
  co_await consumers.close();
  co_await gate.close();
}

Coordinator::Coordinator(Core& core) : core_(core) {
  for (int i = 0; i < core.shards.size(); ++i) locals_.push_back(std::make_unique<Local>(core));
}
Coordinator::~Coordinator() = default;

io::Shard& Coordinator::home(const std::string& group) const { return core_.shards.at(int(hash_of(group) % std::uint64_t(core_.shards.size()))); }
Coordinator::Local& Coordinator::local(const std::string& group) const { return *locals_[std::size_t(home(group).index())]; }

io::Task<Result<std::unique_ptr<Coordinator>>> Coordinator::open(Core& core) {
  std::unique_ptr<Coordinator> out(new Coordinator(core));
  const auto stored = co_await core.offsets.stored_groups();
  for (const auto& group : stored) {
    auto& local = out->local(group.group);
    co_await out->home(group.group).on([&local, &group] { local.restore(group); });
  }
  const auto consumer_groups = co_await core.offsets.stored_consumer_groups();
  for (const auto& group : consumer_groups) {
    auto& local = out->local(group.group);
    co_await out->home(group.group).on([&local, &group] { local.consumers.restore(group); });
  }
  for (int i = 0; i < core.shards.size(); ++i) {
    auto& local = *out->locals_[std::size_t(i)];
    core.shards.at(i).spawn(local.keep_time());
    core.shards.at(i).spawn(local.consumers.keep_time());
    core.shards.at(i).spawn(local.expire_offsets());
  }
  co_return out;
}

io::Task<wire::JoinGroupResponse> Coordinator::join(wire::JoinGroupRequest request, std::int16_t version, Client client) {
  auto& mine = local(request.group_id);
  co_return co_await home(request.group_id).on([&] { return mine.join(std::move(request), version, std::move(client)); });
}
io::Task<wire::SyncGroupResponse> Coordinator::sync(wire::SyncGroupRequest request) {
  auto& mine = local(request.group_id);
  co_return co_await home(request.group_id).on([&] { return mine.sync(std::move(request)); });
}
io::Task<KafkaError> Coordinator::heartbeat(wire::HeartbeatRequest request) {
  auto& mine = local(request.group_id);
  co_return co_await home(request.group_id).on([&] { return mine.heartbeat(request); });
}
io::Task<std::vector<KafkaError>> Coordinator::leave(std::string group, std::vector<wire::LeaveGroupRequest::Member> members) {
  auto& mine = local(group);
  auto& shard = home(group);
  co_return co_await shard.on([&] { return mine.leave(std::move(group), std::move(members)); });
}
io::Task<wire::OffsetCommitResponse> Coordinator::commit(wire::OffsetCommitRequest request, std::int16_t version) {
  auto& mine = local(request.group_id);
  co_return co_await home(request.group_id).on([&] { return mine.commit(std::move(request), version); });
}
io::Task<wire::ConsumerGroupHeartbeatResponse> Coordinator::consumer_heartbeat(wire::ConsumerGroupHeartbeatRequest request, Client client, const Call& call) {
  auto& mine = local(request.group_id);
  co_return co_await home(request.group_id).on([&] { return mine.consumer_heartbeat(std::move(request), std::move(client), call); });
}
io::Task<wire::ConsumerGroupDescribeResponse::Group> Coordinator::describe_consumer_group(std::string group) {
  auto& mine = local(group);
  co_return co_await home(group).on([&] { return mine.consumers.describe(group); });
}
io::Task<KafkaError> Coordinator::check_fetch(std::string group, std::optional<std::string> member_id, std::int32_t member_epoch) {
  auto& mine = local(group);
  co_return co_await home(group).on([&] { return mine.check_fetch(group, member_id, member_epoch); });
}
io::Task<wire::TxnOffsetCommitResponse> Coordinator::commit_in_transaction(wire::TxnOffsetCommitRequest request, KafkaError error, std::int16_t version) {
  auto& mine = local(request.group_id);
  co_return co_await home(request.group_id).on([&] { return mine.commit_in_transaction(std::move(request), error, version); });
}
io::Task<wire::OffsetDeleteResponse> Coordinator::delete_offsets(wire::OffsetDeleteRequest request) {
  auto& mine = local(request.group_id);
  co_return co_await home(request.group_id).on([&] { return mine.delete_offsets(std::move(request)); });
}
io::Task<std::optional<wire::DescribeGroupsResponse::Group>> Coordinator::describe(std::string group, bool any_kind) {
  auto& mine = local(group);
  bool other_kind = false;
  auto found = co_await home(group).on([&]() -> std::optional<wire::DescribeGroupsResponse::Group> {
    other_kind = mine.consumers.find(group) != nullptr;
    if (!other_kind) return mine.describe(group);
    if (any_kind) return mine.consumers.describe_as_classic(group);
    return std::nullopt;
  });
  if (found || other_kind) co_return found;
  const auto committed = co_await core_.offsets.fetch(group);
  if (committed.empty()) co_return found;
  found.emplace();   // it has offsets and never had members since the start
  found->group_id = group;
  found->group_state = name_of(GroupState::empty);
  co_return found;
}
io::Task<KafkaError> Coordinator::remove(std::string group) {
  auto& mine = local(group);
  co_return co_await home(group).on([&] { return mine.remove(group); });
}

io::Task<std::vector<wire::OffsetFetchResponse::Topic>> Coordinator::fetch(std::string group, std::optional<std::vector<wire::OffsetFetchRequest::Topic>> topics, bool stable) {
  std::set<std::pair<std::string, PartitionId>> undecided;
  if (stable) undecided = co_await core_.offsets.undecided(group);   // before the offsets: what is decided in between is in them
  const auto committed = co_await core_.offsets.fetch(std::move(group));
  std::map<std::string, std::map<std::int32_t, const storage::OffsetCommit*>> found;
  for (const auto& c : committed) found[c.topic][c.partition.value] = &c;
  const auto answer = [&](const std::string& topic, std::int32_t partition, const storage::OffsetCommit* c) {
    wire::OffsetFetchResponse::Partition p;
    p.partition_index = partition;
    p.metadata = "";
    if (undecided.contains({topic, PartitionId{partition}})) {
      p.error_code = code(KafkaError::unstable_offset_commit);
    } else if (c != nullptr) {
      p.committed_offset = c->offset.value;
      p.committed_leader_epoch = c->leader_epoch;
      p.metadata = c->metadata;
    }
    return p;
  };
  std::vector<wire::OffsetFetchResponse::Topic> out;
  if (!topics) {
    for (const auto& [name, partitions] : found) {
      auto& topic = out.emplace_back();
      topic.name = name;
      for (const auto& [partition, c] : partitions) topic.partitions.push_back(answer(name, partition, c));
    }
    co_return out;
  }
  for (const auto& wanted : *topics) {
    auto& topic = out.emplace_back();
    topic.name = wanted.name;
    const auto& partitions = found[wanted.name];
    for (const auto p : wanted.partition_indexes) {
      const auto it = partitions.find(p);
      topic.partitions.push_back(answer(wanted.name, p, it == partitions.end() ? nullptr : it->second));
    }
  }
  co_return out;
}

io::Task<std::vector<wire::ListGroupsResponse::Group>> Coordinator::list() {
  std::map<std::string, wire::ListGroupsResponse::Group> all;
  const auto with_offsets = co_await core_.offsets.groups();   // those that only ever committed
  for (const auto& name : with_offsets) all[name] = {name, "", "Empty", "classic"};
  for (int i = 0; i < core_.shards.size(); ++i) {
    auto part = co_await core_.shards.at(i).on([this, i] { return locals_[std::size_t(i)]->list(); });
    for (auto& group : part) all[group.group_id] = std::move(group);
  }
  std::vector<wire::ListGroupsResponse::Group> out;
  for (auto& [name, group] : all) out.push_back(std::move(group));
  co_return out;
}

io::Task<void> Coordinator::forget_topic(std::string topic) {
  const auto removed = co_await core_.offsets.remove_topic(std::move(topic));
  if (!removed) log::warn("offsets_of_deleted_topic_kept", {{"error", removed.error().error.message}});
}

io::Task<void> Coordinator::close() {
  for (int i = 0; i < core_.shards.size(); ++i) co_await core_.shards.at(i).on([this, i] { return locals_[std::size_t(i)]->close(); });
}

}  // namespace braid::broker
