#include "broker/consumer_group.h"

#include <re2/re2.h>

#include <algorithm>

namespace braid::broker {
namespace {

using Request = wire::ConsumerGroupHeartbeatRequest;
using Response = wire::ConsumerGroupHeartbeatResponse;
using Owned = std::optional<std::vector<Request::Partitions>>;
constexpr std::int32_t joins = 0, leaves = -1, leaves_for_a_while = -2;

struct Wrong {
  KafkaError error;
  std::string message;
};

std::optional<Wrong> check_request(const Request& r, std::int16_t version) {
  const auto invalid = [](std::string message) { return Wrong{KafkaError::invalid_request, std::move(message)}; };
  if (r.group_id.empty()) return invalid("GroupId can't be empty.");
  if (r.member_epoch < leaves_for_a_while) return invalid("MemberEpoch is invalid.");
  if (r.member_id.empty() && (version >= 1 || r.member_epoch != joins)) return invalid("MemberId can't be empty.");
  if (r.instance_id && r.instance_id->empty()) return invalid("InstanceId can't be empty.");
  if (r.rack_id && r.rack_id->empty()) return invalid("RackId can't be empty.");
  if (r.member_epoch == leaves_for_a_while && !r.instance_id) return invalid("InstanceId can't be null.");
  if (r.member_epoch == joins) {
    // Kafka also wants RebalanceTimeoutMs and TopicPartitions here. librdkafka 2.12 leaves both out when it joins right after it left, and
    // dies of the refusal (its test 0045); who joins has nothing, so nothing is lost by taking it in.
    if (r.topic_partitions && !r.topic_partitions->empty()) return invalid("TopicPartitions must be empty when (re-)joining.");
    if (!r.subscribed_topic_names && !r.subscribed_topic_regex) return invalid("Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.");
  }
  if (r.server_assignor && !is_assignor(*r.server_assignor))
    return Wrong{KafkaError::unsupported_assignor, "ServerAssignor " + *r.server_assignor + " is not supported. Supported assignors: uniform, range."};
  if (r.subscribed_topic_regex && !r.subscribed_topic_regex->empty())
    if (const RE2 pattern(*r.subscribed_topic_regex, RE2::Quiet); !pattern.ok())
      return Wrong{KafkaError::invalid_regular_expression, "SubscribedTopicRegex `" + *r.subscribed_topic_regex + "` is not a valid regular expression: " + pattern.error() + "."};
  return std::nullopt;
}

std::size_t count_of(const Assignment& a) {
  std::size_t n = 0;
  for (const auto& [topic, partitions] : a) n += partitions.size();
  return n;
}
void add(Assignment& to, const Uuid& topic, std::set<std::int32_t> partitions) {
  if (!partitions.empty()) to[topic].merge(partitions);
}
// Does the member say that it has one of these? One that does not say may have them all.
bool owns_some(const Owned& owned, const Assignment& of) {
  if (!owned) return count_of(of) > 0;
  for (const auto& topic : *owned) {
    const auto it = of.find(topic.topic_id);
    if (it == of.end()) continue;
    for (const auto p : topic.partitions)
      if (it->second.contains(p)) return true;
  }
  return false;
}
bool is_subset(const Owned& owned, const Assignment& of) {
  if (!owned) return false;
  for (const auto& topic : *owned) {
    const auto it = of.find(topic.topic_id);
    for (const auto p : topic.partitions)
      if (it == of.end() || !it->second.contains(p)) return false;
  }
  return true;
}

}  // namespace

std::string_view name_of(ConsumerGroupState state) {
  switch (state) {
    case ConsumerGroupState::empty: return "Empty";
    case ConsumerGroupState::assigning: return "Assigning";
    case ConsumerGroupState::reconciling: return "Reconciling";
    case ConsumerGroupState::stable: return "Stable";
  }
  return "Empty";
}

ConsumerGroupState ConsumerGroup::state() const {
  if (members_.empty()) return ConsumerGroupState::empty;
  if (epoch_ > assignment_epoch_) return ConsumerGroupState::assigning;
  const bool settled = std::ranges::all_of(members_, [&](const auto& m) { return m.second.state == Reconciliation::stable && m.second.epoch == assignment_epoch_; });
  return settled ? ConsumerGroupState::stable : ConsumerGroupState::reconciling;
}

Response ConsumerGroup::refused(KafkaError error, std::string message) const {
  Response out;
  out.error_code = std::int16_t(error);
  out.error_message = std::move(message);
  return out;
}

Response ConsumerGroup::heartbeat(const Request& request, std::int16_t version, const Client& client, const TopicDirectory& topics, bool topics_changed, std::int64_t now) {
  if (auto wrong = check_request(request, version)) return refused(wrong->error, std::move(wrong->message));
  if (request.member_epoch < 0) return leave(request, now);
  std::string id;
  if (auto refusal = find_member(request, id)) return *std::move(refusal);
  const bool fresh = !members_.contains(id);
  Member& member = members_[id];
  member.id = id;
  if (request.instance_id) static_members_[*request.instance_id] = id;
  const bool other_topics = update(member, request, client) || fresh;
  touch(member, now);
  // Kafka looks at topics when their metadata changes; so do we, on the heartbeat that comes next.
  const bool others = (other_topics || topics_changed || !resolved_) && resolve(topics);
  if (other_topics || others) bump();
  if (epoch_ > assignment_epoch_) make_target();
  const auto before = member.assigned;
  const Owned nothing{std::in_place};
  reconcile(member, request.member_epoch == joins ? nothing : request.topic_partitions, now);

  Response out;
  out.member_id = id;
  out.member_epoch = member.epoch;
  out.heartbeat_interval_ms = timeouts_.heartbeat_interval_ms;
  const bool full = request.rebalance_timeout_ms != -1 && (request.subscribed_topic_names || request.subscribed_topic_regex) && request.topic_partitions;
  if (request.member_epoch == joins || full || member.assigned != before) {
    auto& assignment = out.assignment.emplace();
    for (const auto& [topic, partitions] : member.assigned) assignment.topic_partitions.push_back({topic, {partitions.begin(), partitions.end()}});
  }
  return out;
}

// Whose heartbeat is it? Sets the member's id, or says why it is refused.
std::optional<Response> ConsumerGroup::find_member(const Request& request, std::string& out) {
  out = request.member_id;
  const bool joining = request.member_epoch == joins;
  auto known = members_.find(out);
  if (request.instance_id) {
    const auto place = static_members_.find(*request.instance_id);
    if (place == static_members_.end()) {
      if (!joining) return refused(KafkaError::unknown_member_id, "Instance id " + *request.instance_id + " is unknown.");
    } else if (place->second != out) {
      if (!joining) return refused(KafkaError::fenced_instance_id, "Static member " + out + " with instance id " + *request.instance_id + " was fenced by member " + place->second + ".");
      if (members_.at(place->second).epoch != leaves_for_a_while)
        return refused(KafkaError::unreleased_instance_id, "Static member " + out + " with instance id " + *request.instance_id + " cannot join the group because the instance id is owned by " +
                                                               place->second + " member.");
      replace_static(std::string(place->second), out);
      known = members_.find(out);
    }
  }
  if (known == members_.end()) {
    if (!joining) return refused(KafkaError::unknown_member_id, "Member " + out + " is not a member of group " + id_ + ".");
    if (timeouts_.members_max > 0 && members_.size() >= timeouts_.members_max) return refused(KafkaError::group_max_size_reached, "The consumer group has reached its maximum capacity of " + std::to_string(timeouts_.members_max) + " members.");
    return std::nullopt;
  }
  const auto& member = known->second;
  if (joining) return std::nullopt;
  if (request.member_epoch > member.epoch)
    return refused(KafkaError::fenced_member_epoch, "The consumer group member has a greater member epoch (" + std::to_string(request.member_epoch) +
                                                        ") than the one known by the group coordinator (" + std::to_string(member.epoch) + "). The member must abandon all its partitions and rejoin.");
  // With the epoch before and nothing that is not its own it missed our last answer; anybody else has been left behind.
  if (request.member_epoch < member.epoch && (request.member_epoch != member.previous_epoch || !is_subset(request.topic_partitions, member.assigned)))
    return refused(KafkaError::fenced_member_epoch, "The consumer group member has a smaller member epoch (" + std::to_string(request.member_epoch) +
                                                        ") than the one known by the group coordinator (" + std::to_string(member.epoch) + "). The member must abandon all its partitions and rejoin.");
  return std::nullopt;
}

// The process behind an instance id is back under another member id: it gets the other's place.
void ConsumerGroup::replace_static(const std::string& old_id, const std::string& new_id) {
  auto node = members_.extract(old_id);
  node.key() = new_id;
  Member& member = members_.insert(std::move(node)).position->second;
  member.id = new_id;
  member.epoch = 0;
  member.previous_epoch = 0;
  if (auto target = targets_.extract(old_id)) {
    target.key() = new_id;
    targets_.insert(std::move(target));
  }
  for (auto& [topic, partitions] : owners_)
    for (auto& [p, owner] : partitions)
      if (owner == old_id) owner = new_id;
  static_members_[*member.instance_id] = new_id;
  changed_.members.insert({old_id, new_id});
}

bool ConsumerGroup::update(Member& member, const Request& request, const Client& client) {
  const Member before = member;
  if (request.instance_id) member.instance_id = request.instance_id;
  if (request.rack_id) member.rack_id = request.rack_id;
  if (request.rebalance_timeout_ms != -1) member.rebalance_timeout_ms = request.rebalance_timeout_ms;
  if (request.subscribed_topic_names) member.topics = {request.subscribed_topic_names->begin(), request.subscribed_topic_names->end()};
  if (request.subscribed_topic_regex) member.regex = *request.subscribed_topic_regex;
  if (request.server_assignor) member.assignor = request.server_assignor;
  member.client = client;
  const bool wants_other = member.topics != before.topics || member.regex != before.regex || member.assignor != before.assignor;
  if (wants_other || member.instance_id != before.instance_id || member.rack_id != before.rack_id || member.rebalance_timeout_ms != before.rebalance_timeout_ms ||
      member.client.id != before.client.id || member.client.host != before.client.host)
    changed_.members.insert(member.id);
  return wants_other;
}

bool ConsumerGroup::resolve(const TopicDirectory& topics) {
  std::map<std::string, TopicShape> known;
  std::map<std::string, std::set<std::string>> matches;
  for (const auto& [id, member] : members_) {
    for (const auto& name : member.topics)
      if (!known.contains(name))
        if (auto shape = topics.find(name)) known.emplace(name, *std::move(shape));
    if (member.regex.empty() || matches.contains(member.regex)) continue;
    auto& names = matches[member.regex];
    for (auto& shape : topics.matching(member.regex)) {
      names.insert(shape.name);
      known.emplace(shape.name, std::move(shape));
    }
  }
  const auto same = [](const TopicShape& a, const TopicShape& b) { return a.id == b.id && a.partitions == b.partitions; };
  const bool as_before = resolved_ && matches == matches_ && std::ranges::equal(known, known_, [&](const auto& a, const auto& b) { return a.first == b.first && same(a.second, b.second); });
  known_ = std::move(known);
  matches_ = std::move(matches);
  resolved_ = true;
  return !as_before;
}

void ConsumerGroup::bump() {
  ++epoch_;
  changed_.group = true;
}

std::string ConsumerGroup::assignor() const {
  std::map<std::string_view, std::size_t> votes;
  for (const auto& [id, member] : members_)
    if (member.assignor) ++votes[*member.assignor];
  std::string_view best = assignors.front();
  for (const auto name : assignors)
    if (votes[name] > votes[best]) best = name;
  return std::string(best);
}

void ConsumerGroup::make_target() {
  TopicSizes sizes;
  for (const auto& [name, shape] : known_) sizes[shape.id] = shape.partitions;
  std::vector<AssignorMember> all;
  for (const auto& [id, member] : members_) {
    auto& m = all.emplace_back();
    m.id = id;
    m.instance_id = member.instance_id;
    const auto subscribe = [&](const std::string& name) {
      if (const auto it = known_.find(name); it != known_.end()) m.topics.insert(it->second.id);
    };
    for (const auto& name : member.topics) subscribe(name);
    if (const auto it = matches_.find(member.regex); it != matches_.end())
      for (const auto& name : it->second) subscribe(name);
    if (const auto it = targets_.find(id); it != targets_.end()) m.had = it->second;
  }
  auto targets = assign(assignor(), all, sizes);
  for (const auto& [id, target] : targets)
    if (const auto it = targets_.find(id); it == targets_.end() || it->second != target) changed_.members.insert(id);
  targets_ = std::move(targets);
  assignment_epoch_ = epoch_;
  changed_.group = true;
}

// One step of the member towards its target (KIP-848, "Member Reconciliation").
void ConsumerGroup::reconcile(Member& member, const Owned& owned, std::int64_t now) {
  switch (member.state) {
    case Reconciliation::stable:
      if (member.epoch != assignment_epoch_) compute_next(member, member.epoch, owned, now);
      return;
    case Reconciliation::unrevoked_partitions:
      if (owns_some(owned, member.revoking)) return;
      return compute_next(member, member.epoch + 1, owned, now);
    case Reconciliation::unreleased_partitions: return compute_next(member, member.epoch, owned, now);
  }
}

void ConsumerGroup::compute_next(Member& member, std::int32_t epoch, const Owned& owned, std::int64_t now) {
  const auto& target = targets_[member.id];
  Assignment keeps, gives_up, gets;
  bool unreleased = false;
  for (const auto& [topic, partitions] : member.assigned) {
    const auto wanted = target.find(topic);
    for (const auto p : partitions) (wanted != target.end() && wanted->second.contains(p) ? keeps : gives_up)[topic].insert(p);
  }
  for (const auto& [topic, partitions] : target) {
    const auto kept = keeps.find(topic);
    const auto owners = owners_.find(topic);
    for (const auto p : partitions) {
      if (kept != keeps.end() && kept->second.contains(p)) continue;
      const auto owner = owners == owners_.end() ? nullptr : [&]() -> const std::string* {
        const auto it = owners->second.find(p);
        return it == owners->second.end() ? nullptr : &it->second;
      }();
      if (owner != nullptr && *owner != member.id) unreleased = true;   // another has it still
      else gets[topic].insert(p);
    }
  }
  if (!gives_up.empty() && owns_some(owned, gives_up)) return set_current(member, epoch, Reconciliation::unrevoked_partitions, std::move(keeps), std::move(gives_up), now);
  for (auto& [topic, partitions] : gets) add(keeps, topic, std::move(partitions));
  set_current(member, assignment_epoch_, unreleased ? Reconciliation::unreleased_partitions : Reconciliation::stable, std::move(keeps), {}, now);
}

void ConsumerGroup::set_current(Member& member, std::int32_t epoch, Reconciliation state, Assignment assigned, Assignment revoking, std::int64_t now) {
  if (state != Reconciliation::unrevoked_partitions) member.revoke_deadline_ms.reset();
  else if (member.state != state || member.revoking != revoking) member.revoke_deadline_ms = now + member.rebalance_timeout_ms;
  if (epoch == member.epoch && state == member.state && assigned == member.assigned && revoking == member.revoking) return;
  for (const auto* had : {&member.assigned, &member.revoking})
    for (const auto& [topic, partitions] : *had)
      for (const auto p : partitions) owners_[topic].erase(p);
  for (const auto* has : {&assigned, &revoking})
    for (const auto& [topic, partitions] : *has)
      for (const auto p : partitions) owners_[topic][p] = member.id;
  std::erase_if(owners_, [](const auto& o) { return o.second.empty(); });
  if (epoch != member.epoch) member.previous_epoch = member.epoch;
  member.epoch = epoch;
  member.state = state;
  member.assigned = std::move(assigned);
  member.revoking = std::move(revoking);
  changed_.members.insert(member.id);
}

Response ConsumerGroup::leave(const Request& request, std::int64_t) {
  std::string id = request.member_id;
  if (request.instance_id) {
    const auto place = static_members_.find(*request.instance_id);
    if (place == static_members_.end()) return refused(KafkaError::unknown_member_id, "Instance id " + *request.instance_id + " is unknown.");
    if (place->second != id) return refused(KafkaError::fenced_instance_id, "Static member " + id + " with instance id " + *request.instance_id + " was fenced by member " + place->second + ".");
  }
  const auto it = members_.find(id);
  if (it == members_.end()) return refused(KafkaError::unknown_member_id, "Member " + id + " is not a member of group " + id_ + ".");
  if (request.member_epoch == leaves_for_a_while) {   // its session goes on; back before its end it finds everything as it was
    if (it->second.epoch != leaves_for_a_while) it->second.previous_epoch = it->second.epoch;
    it->second.epoch = leaves_for_a_while;
    changed_.members.insert(id);
  } else {
    remove(id);
  }
  Response out;
  out.member_id = id;
  out.member_epoch = request.member_epoch;
  return out;
}

void ConsumerGroup::remove(const std::string& member_id) {
  const auto it = members_.find(member_id);
  if (it == members_.end()) return;
  const Member member = std::move(it->second);
  members_.erase(it);
  if (member.instance_id) static_members_.erase(*member.instance_id);
  targets_.erase(member_id);
  for (const auto* had : {&member.assigned, &member.revoking})
    for (const auto& [topic, partitions] : *had)
      for (const auto p : partitions) owners_[topic].erase(p);
  std::erase_if(owners_, [](const auto& o) { return o.second.empty(); });
  changed_.members.insert(member_id);
  bump();   // the others' targets are made on the next heartbeat
}

void ConsumerGroup::tick(std::int64_t now) {
  std::vector<std::string> gone;
  for (const auto& [id, member] : members_)
    if (member.deadline_ms <= now || (member.revoke_deadline_ms && *member.revoke_deadline_ms <= now)) gone.push_back(id);
  for (const auto& id : gone) remove(id);
}

std::optional<std::int64_t> ConsumerGroup::next_deadline() const {
  std::optional<std::int64_t> next;
  const auto consider = [&](std::int64_t at) { next = next ? std::min(*next, at) : at; };
  for (const auto& [id, member] : members_) {
    consider(member.deadline_ms);
    if (member.revoke_deadline_ms) consider(*member.revoke_deadline_ms);
  }
  return next;
}

KafkaError ConsumerGroup::check_commit(const std::string& member_id, std::int32_t epoch, std::optional<std::int16_t> version) const {
  // An administrator, while nobody is there; or a version of TxnOffsetCommit that says nothing about the member.
  if (epoch < 0 && (members_.empty() || (!version && member_id.empty()))) return KafkaError::none;
  const auto it = members_.find(member_id);
  if (it == members_.end()) return KafkaError::unknown_member_id;
  if (version && *version < 9) return KafkaError::unsupported_version;   // clients before that do not know STALE_MEMBER_EPOCH
  if (epoch != it->second.epoch) return version ? KafkaError::stale_member_epoch : KafkaError::illegal_generation;
  return KafkaError::none;
}

KafkaError ConsumerGroup::check_fetch(const std::optional<std::string>& member_id, std::int32_t epoch) const {
  if ((!member_id || member_id->empty()) && epoch < 0) return KafkaError::none;   // an administrator
  const auto it = members_.find(member_id.value_or(""));
  if (it == members_.end()) return KafkaError::unknown_member_id;
  return epoch == it->second.epoch ? KafkaError::none : KafkaError::stale_member_epoch;
}

std::set<std::string> ConsumerGroup::subscribed_topics() const {
  std::set<std::string> out;
  for (const auto& [id, member] : members_) {
    out.insert(member.topics.begin(), member.topics.end());
    if (const auto matched = matches_.find(member.regex); matched != matches_.end()) out.insert(matched->second.begin(), matched->second.end());   // those of members that left stay in matches_
  }
  return out;
}

void ConsumerGroup::mark_changed(const Changed& again) {
  changed_.group = changed_.group || again.group;
  changed_.members.insert(again.members.begin(), again.members.end());
}

storage::StoredConsumerGroup ConsumerGroup::stored(const Changed& what) const {
  storage::StoredConsumerGroup out;
  out.group = id_;
  if (what.group) {
    out.epoch = epoch_;
    out.assignment_epoch = assignment_epoch_;
  }
  for (const auto& id : what.members) {
    auto& slot = out.members[id];
    const auto it = members_.find(id);
    if (it == members_.end()) continue;
    const auto& m = it->second;
    auto& s = slot.emplace();
    s.instance_id = m.instance_id;
    s.rack_id = m.rack_id;
    s.client_id = m.client.id;
    s.client_host = m.client.host;
    s.topics = m.topics;
    if (!m.regex.empty()) s.regex = m.regex;
    s.rebalance_timeout_ms = m.rebalance_timeout_ms;
    s.assignor = m.assignor;
    if (const auto target = targets_.find(id); target != targets_.end()) s.target = target->second;
    s.epoch = m.epoch;
    s.previous_epoch = m.previous_epoch;
    s.state = m.state;
    s.assigned = m.assigned;
    s.revoking = m.revoking;
  }
  return out;
}

void ConsumerGroup::restore(const storage::StoredConsumerGroup& stored, std::int64_t now) {
  epoch_ = stored.epoch.value_or(0);
  assignment_epoch_ = std::min(stored.assignment_epoch.value_or(0), epoch_);
  for (const auto& [id, kept] : stored.members) {
    if (!kept) continue;
    Member& m = members_[id];
    m.id = id;
    m.instance_id = kept->instance_id;
    m.rack_id = kept->rack_id;
    m.client = {kept->client_id, kept->client_host};
    m.rebalance_timeout_ms = kept->rebalance_timeout_ms;
    m.topics = kept->topics;
    m.regex = kept->regex.value_or("");
    m.assignor = kept->assignor;
    m.epoch = kept->epoch;
    m.previous_epoch = kept->previous_epoch;
    m.state = kept->state;
    m.assigned = kept->assigned;
    m.revoking = kept->revoking;
    touch(m, now);
    if (m.state == Reconciliation::unrevoked_partitions) m.revoke_deadline_ms = now + m.rebalance_timeout_ms;
    if (m.instance_id) static_members_[*m.instance_id] = id;
    targets_[id] = kept->target;
    for (const auto* has : {&m.assigned, &m.revoking})
      for (const auto& [topic, partitions] : *has)
        for (const auto p : partitions) owners_[topic][p] = id;
  }
}

}  // namespace braid::broker
