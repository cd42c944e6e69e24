#include "broker/group.h"

#include <algorithm>

namespace braid::broker {
namespace {

wire::JoinGroupResponse join_error(KafkaError error, const std::string& member_id) {
  wire::JoinGroupResponse out;
  out.error_code = std::int16_t(error);
  out.member_id = member_id;
  return out;
}
wire::SyncGroupResponse sync_error(KafkaError error) {
  wire::SyncGroupResponse out;
  out.error_code = std::int16_t(error);
  return out;
}

}  // namespace

std::string_view name_of(GroupState state) {
  switch (state) {
    case GroupState::empty: return "Empty";
    case GroupState::preparing_rebalance: return "PreparingRebalance";
    case GroupState::completing_rebalance: return "CompletingRebalance";
    case GroupState::stable: return "Stable";
    case GroupState::dead: return "Dead";
  }
  return "Dead";
}

void Group::join(Ticket ticket, const wire::JoinGroupRequest& request, std::int16_t version, const Client& client, const std::string& fresh_member_id,
                 std::int64_t now, Effects& out) {
  const auto refuse = [&](KafkaError error) { out.answers.push_back({ticket, join_error(error, request.member_id)}); };
  if (state_ == GroupState::dead) return refuse(KafkaError::coordinator_not_available);
  if (request.session_timeout_ms < timeouts_.session_min_ms || request.session_timeout_ms > timeouts_.session_max_ms)
    return refuse(KafkaError::invalid_session_timeout);
  if (!supports(request)) return refuse(KafkaError::inconsistent_group_protocol);
  const bool known = members_.contains(request.member_id) || pending_members_.contains(request.member_id);
  if (timeouts_.members_max > 0 && members_.size() + pending_members_.size() >= timeouts_.members_max && !known)
    return refuse(KafkaError::group_max_size_reached);
  if (request.member_id.empty()) return join_as_new(ticket, request, version, client, fresh_member_id, now, out);
  if (pending_members_.contains(request.member_id) && !request.group_instance_id) return add_member(ticket, request, client, request.member_id, now, out);
  if (const auto error = check_member(request.member_id, request.group_instance_id); error != KafkaError::none) return refuse(error);
  join_again(ticket, request, now, out);
}

void Group::join_as_new(Ticket ticket, const wire::JoinGroupRequest& request, std::int16_t version, const Client& client, const std::string& fresh_id,
                        std::int64_t now, Effects& out) {
  if (request.group_instance_id) {
    if (static_members_.contains(*request.group_instance_id)) return replace_static(ticket, request, version, client, fresh_id, now, out);
    return add_member(ticket, request, client, fresh_id, now, out);
  }
  if (version >= 4) {   // KIP-394: members that die before they know their id would linger in the group
    pending_members_[fresh_id] = now + request.session_timeout_ms;
    out.answers.push_back({ticket, join_error(KafkaError::member_id_required, fresh_id)});
    return;
  }
  add_member(ticket, request, client, fresh_id, now, out);
}

void Group::join_again(Ticket ticket, const wire::JoinGroupRequest& request, std::int64_t now, Effects& out) {
  auto& member = members_.at(request.member_id);
  const bool same = member.protocols == request.protocols;
  const auto repeat = [&] {   // it missed the answer to its join: give it again
    out.answers.push_back({ticket, joined(member)});
    touch(member, now);
  };
  switch (state_) {
    case GroupState::preparing_rebalance: return update_and_rebalance(member, ticket, request, now, out);
    case GroupState::completing_rebalance: return same ? repeat() : update_and_rebalance(member, ticket, request, now, out);
    case GroupState::stable:
      if (member.id == leader_ || !same) return update_and_rebalance(member, ticket, request, now, out);   // the leader rejoins to have the partitions given out anew
      return repeat();
    case GroupState::empty:
    case GroupState::dead: out.answers.push_back({ticket, join_error(KafkaError::unknown_member_id, request.member_id)});
  }
}

void Group::add_member(Ticket ticket, const wire::JoinGroupRequest& request, const Client& client, const std::string& id, std::int64_t now, Effects& out) {
  pending_members_.erase(id);
  if (members_.empty()) protocol_type_ = request.protocol_type;
  Member& member = members_[id];
  member.id = id;
  member.instance_id = request.group_instance_id;
  member.client = client;
  member.session_timeout_ms = request.session_timeout_ms;
  member.rebalance_timeout_ms = request.rebalance_timeout_ms < 0 ? request.session_timeout_ms : request.rebalance_timeout_ms;
  member.protocols = request.protocols;
  member.is_new = true;
  member.deadline_ms = now + timeouts_.new_member_ms;
  member.join = ticket;
  if (leader_.empty()) leader_ = id;
  if (member.instance_id) static_members_[*member.instance_id] = id;
  if (state_ == GroupState::preparing_rebalance) member_added_ = true;
  rebalance(now, out);
}

void Group::update_and_rebalance(Member& member, Ticket ticket, const wire::JoinGroupRequest& request, std::int64_t now, Effects& out) {
  member.protocols = request.protocols;
  member.session_timeout_ms = request.session_timeout_ms;
  member.rebalance_timeout_ms = request.rebalance_timeout_ms < 0 ? request.session_timeout_ms : request.rebalance_timeout_ms;
  if (member.join) out.answers.push_back({*member.join, join_error(KafkaError::rebalance_in_progress, member.id)});   // the same member asked twice: the older request gives way
  member.join = ticket;
  rebalance(now, out);
}

// A process with a known group.instance.id started again: it takes over its member's place.
void Group::replace_static(Ticket ticket, const wire::JoinGroupRequest& request, std::int16_t version, const Client& client, const std::string& fresh_id,
                           std::int64_t now, Effects& out) {
  const std::string old_id = static_members_.at(*request.group_instance_id);
  const std::string leader_before = leader_;
  auto node = members_.extract(old_id);
  Member& old = node.mapped();
  if (old.join) {
    out.answers.push_back({*old.join, join_error(KafkaError::fenced_instance_id, old_id)});
    old.join.reset();
  }
  answer_sync(old, KafkaError::fenced_instance_id, out);
  node.key() = fresh_id;
  Member& member = members_.insert(std::move(node)).position->second;
  member.id = fresh_id;
  member.client = client;
  static_members_[*request.group_instance_id] = fresh_id;
  if (leader_ == old_id) leader_ = fresh_id;
  const auto protocols_before = member.protocols;
  member.protocols = request.protocols;
  member.session_timeout_ms = request.session_timeout_ms;
  member.rebalance_timeout_ms = request.rebalance_timeout_ms < 0 ? request.session_timeout_ms : request.rebalance_timeout_ms;
  touch(member, now);
  if (state_ == GroupState::stable && protocols_before == member.protocols) {   // nothing changed for anybody: no rebalance
    auto response = joined(member);
    if (version >= 9) response.skip_assignment = member.id == leader_;
    else {
      response.leader = leader_before;    // an old client that thought itself the leader would assign again
      response.members.clear();
    }
    out.answers.push_back({ticket, std::move(response)});
    out.store = true;
    return;
  }
  member.join = ticket;
  rebalance(now, out);
}

void Group::rebalance(std::int64_t now, Effects& out) {
  if (state_ != GroupState::preparing_rebalance) {
    if (state_ == GroupState::completing_rebalance) fail_syncs(KafkaError::rebalance_in_progress, out, now);
    initial_ = state_ == GroupState::empty;
    member_added_ = false;
    const auto timeout = rebalance_timeout();
    initial_until_ms_ = now + timeout;
    join_deadline_ = now + (initial_ ? std::min<std::int64_t>(timeouts_.initial_rebalance_delay_ms, timeout) : timeout);
    sync_deadline_.reset();
    assignments_.reset();
    state_ = GroupState::preparing_rebalance;
    if (initial_ && timeouts_.initial_rebalance_delay_ms == 0) return complete_join(now, out);
  }
  complete_join_if_all_here(now, out);
}

void Group::complete_join_if_all_here(std::int64_t now, Effects& out) {
  if (state_ != GroupState::preparing_rebalance) return;
  if (initial_ && timeouts_.initial_rebalance_delay_ms > 0) return;   // it ends by its delay
  if (!pending_members_.empty()) return;
  if (std::ranges::all_of(members_, [](const auto& m) { return m.second.join.has_value(); })) complete_join(now, out);
}

bool Group::elect_leader_among_joined() {
  if (const auto it = members_.find(leader_); it != members_.end() && it->second.join) return true;
  for (const auto& [id, member] : members_) {
    if (!member.join) continue;
    leader_ = id;
    return true;
  }
  return false;
}

void Group::complete_join(std::int64_t now, Effects& out) {
  std::erase_if(members_, [](const auto& m) { return !m.second.join && !m.second.instance_id; });   // missed the rebalance; static ones have their session
  if (!members_.empty() && !elect_leader_among_joined()) {   // only static members are left and none is back yet
    join_deadline_ = now + rebalance_timeout();
    return;
  }
  join_deadline_.reset();
  initial_ = false;
  ++generation_;
  if (members_.empty()) {
    leader_.clear();
    protocol_.reset();
    state_ = GroupState::empty;
    out.store = true;
    return;
  }
  protocol_ = choose_protocol();
  state_ = GroupState::completing_rebalance;
  sync_deadline_ = now + rebalance_timeout();
  for (auto& [id, member] : members_) {
    if (!member.join) continue;
    member.is_new = false;
    member.synced = false;
    touch(member, now);
    answer_join(member, joined(member), out);
  }
}

void Group::sync(Ticket ticket, const wire::SyncGroupRequest& request, std::int64_t now, Effects& out) {
  const auto refuse = [&](KafkaError error) { out.answers.push_back({ticket, sync_error(error)}); };
  if (state_ == GroupState::dead) return refuse(KafkaError::coordinator_not_available);
  if (const auto error = check_member(request.member_id, request.group_instance_id); error != KafkaError::none) return refuse(error);
  if (request.generation_id != generation_) return refuse(KafkaError::illegal_generation);
  if ((request.protocol_type && *request.protocol_type != protocol_type_) || (request.protocol_name && request.protocol_name != protocol_))
    return refuse(KafkaError::inconsistent_group_protocol);
  auto& member = members_.at(request.member_id);
  member.synced = true;
  switch (state_) {
    case GroupState::preparing_rebalance: return refuse(KafkaError::rebalance_in_progress);
    case GroupState::stable:
      touch(member, now);
      member.sync = ticket;
      return answer_sync(member, KafkaError::none, out);
    case GroupState::completing_rebalance: {
      if (member.sync) out.answers.push_back({*member.sync, sync_error(KafkaError::rebalance_in_progress)});
      member.sync = ticket;
      touch(member, now);
      if (member.id != leader_ || assignments_) return;   // members wait for the leader's word, the leader for the log's
      auto& all = assignments_.emplace();
      for (const auto& a : request.assignments) all[a.member_id] = a.assignment.bytes;
      for (auto& [id, m] : members_) {
        const auto it = all.find(id);
        m.assignment = it == all.end() ? Bytes() : it->second;
      }
      out.store = true;
      return;
    }
    case GroupState::empty:
    case GroupState::dead: return refuse(KafkaError::unknown_member_id);
  }
}

void Group::stored(std::int32_t generation, KafkaError outcome, std::int64_t now, Effects& out) {
  if (state_ != GroupState::completing_rebalance || generation != generation_ || !assignments_) return;   // overtaken by another rebalance
  assignments_.reset();
  if (outcome != KafkaError::none) {
    fail_syncs(outcome, out, now);
    return rebalance(now, out);
  }
  state_ = GroupState::stable;
  for (auto& [id, member] : members_) {
    if (member.sync) touch(member, now);
    answer_sync(member, KafkaError::none, out);
  }
}

KafkaError Group::heartbeat(const wire::HeartbeatRequest& request, std::int64_t now) {
  if (state_ == GroupState::dead) return KafkaError::coordinator_not_available;
  if (const auto error = check_member(request.member_id, request.group_instance_id); error != KafkaError::none) return error;
  if (state_ == GroupState::empty) return KafkaError::unknown_member_id;
  if (request.generation_id != generation_) return KafkaError::illegal_generation;
  touch(members_.at(request.member_id), now);
  return state_ == GroupState::preparing_rebalance ? KafkaError::rebalance_in_progress : KafkaError::none;
}

KafkaError Group::leave(const std::string& member_id, const Instance& instance_id, std::int64_t now, Effects& out) {
  if (state_ == GroupState::dead) return KafkaError::coordinator_not_available;
  if (member_id.empty() && instance_id) {   // an administrator removes a static member
    const auto it = static_members_.find(*instance_id);
    if (it == static_members_.end()) return KafkaError::unknown_member_id;
    remove_member(std::string(it->second), now, out);
    return KafkaError::none;
  }
  if (pending_members_.erase(member_id) > 0) {
    complete_join_if_all_here(now, out);
    return KafkaError::none;
  }
  if (const auto error = check_member(member_id, instance_id); error != KafkaError::none) return error;
  remove_member(member_id, now, out);
  return KafkaError::none;
}

KafkaError Group::check_commit(std::int32_t generation, const std::string& member_id, const Instance& instance_id, std::int64_t now, bool transactional) {
  if (state_ == GroupState::dead) return KafkaError::coordinator_not_available;
  // The first versions of TxnOffsetCommit say nothing about the member; the transaction's own fencing keeps others out.
  if (transactional && generation < 0 && member_id.empty() && !instance_id) return KafkaError::none;
  if (generation < 0 && state_ == GroupState::empty) return KafkaError::none;   // a consumer that assigns itself its partitions
  if (const auto error = check_member(member_id, instance_id); error != KafkaError::none) return error;
  if (generation != generation_) return KafkaError::illegal_generation;
  if (state_ == GroupState::empty) return KafkaError::unknown_member_id;
  if (state_ == GroupState::completing_rebalance && !transactional) return KafkaError::rebalance_in_progress;
  touch(members_.at(member_id), now);
  return KafkaError::none;
}

void Group::tick(std::int64_t now, Effects& out) {
  if (state_ == GroupState::dead) return;
  if (std::erase_if(pending_members_, [&](const auto& p) { return p.second <= now; }) > 0) complete_join_if_all_here(now, out);
  std::vector<std::string> gone;
  for (const auto& [id, member] : members_) {
    const bool parked = member.waits() && !member.is_new;   // who waits for us needs no heartbeat
    if (!parked && member.deadline_ms <= now) gone.push_back(id);
  }
  for (const auto& id : gone) remove_member(id, now, out);
  if (join_deadline_ && *join_deadline_ <= now) {
    if (initial_ && member_added_ && now < initial_until_ms_) {   // members keep arriving: wait a little longer, but not for ever
      member_added_ = false;
      join_deadline_ = std::min(now + timeouts_.initial_rebalance_delay_ms, initial_until_ms_);
    } else {
      complete_join(now, out);
    }
  }
  if (sync_deadline_ && *sync_deadline_ <= now) {
    sync_deadline_.reset();
    if (state_ != GroupState::completing_rebalance && state_ != GroupState::stable) return;
    gone.clear();
    for (const auto& [id, member] : members_)
      if (!member.synced) gone.push_back(id);
    for (const auto& id : gone) remove_member(id, now, out);
  }
}

std::optional<std::int64_t> Group::next_deadline() const {
  std::optional<std::int64_t> next;
  const auto consider = [&](std::int64_t at) { next = next ? std::min(*next, at) : at; };
  for (const auto& [id, at] : pending_members_) consider(at);
  for (const auto& [id, member] : members_)
    if (!member.waits() || member.is_new) consider(member.deadline_ms);
  if (join_deadline_) consider(*join_deadline_);
  if (sync_deadline_) consider(*sync_deadline_);
  return next;
}

void Group::forget(Ticket ticket) {
  for (auto& [id, member] : members_) {
    if (member.join == ticket) member.join.reset();
    if (member.sync == ticket) member.sync.reset();
  }
}

bool Group::remove_if_empty() {
  if (!members_.empty() || state_ != GroupState::empty) return false;
  state_ = GroupState::dead;
  return true;
}

void Group::restore(std::int32_t generation, std::string protocol_type, std::optional<std::string> protocol, std::string leader, std::vector<Member> members,
                    std::int64_t now) {
  generation_ = generation;
  protocol_type_ = std::move(protocol_type);
  protocol_ = std::move(protocol);
  leader_ = std::move(leader);
  for (auto& member : members) {
    touch(member, now);
    member.synced = true;
    if (member.instance_id) static_members_[*member.instance_id] = member.id;
    members_.emplace(member.id, std::move(member));
  }
  state_ = members_.empty() ? GroupState::empty : GroupState::stable;
}

void Group::remove_member(const std::string& member_id, std::int64_t now, Effects& out) {
  const auto it = members_.find(member_id);
  if (it == members_.end()) return;
  Member member = std::move(it->second);
  members_.erase(it);
  if (member.instance_id) static_members_.erase(*member.instance_id);
  if (member.join) out.answers.push_back({*member.join, join_error(KafkaError::unknown_member_id, member.id)});
  if (member.sync) out.answers.push_back({*member.sync, sync_error(KafkaError::unknown_member_id)});
  if (leader_ == member_id) leader_ = members_.empty() ? std::string() : members_.begin()->first;
  if (state_ == GroupState::stable || state_ == GroupState::completing_rebalance) return rebalance(now, out);
  complete_join_if_all_here(now, out);
}

void Group::fail_syncs(KafkaError error, Effects& out, std::int64_t now) {
  for (auto& [id, member] : members_) {
    member.assignment.clear();
    if (!member.sync) continue;
    touch(member, now);
    answer_sync(member, error, out);
  }
}

void Group::answer_join(Member& member, wire::JoinGroupResponse response, Effects& out) {
  if (!member.join) return;
  out.answers.push_back({*member.join, std::move(response)});
  member.join.reset();
}

void Group::answer_sync(Member& member, KafkaError error, Effects& out) {
  if (!member.sync) return;
  wire::SyncGroupResponse response = sync_error(error);
  if (error == KafkaError::none) {
    response.protocol_type = protocol_type_;
    response.protocol_name = protocol_;
    response.assignment.bytes = member.assignment;
  }
  out.answers.push_back({*member.sync, std::move(response)});
  member.sync.reset();
}

wire::JoinGroupResponse Group::joined(const Member& member) const {
  wire::JoinGroupResponse out;
  out.generation_id = generation_;
  out.protocol_type = protocol_type_;
  out.protocol_name = protocol_;
  out.leader = leader_;
  out.member_id = member.id;
  if (member.id == leader_)
    for (const auto& [id, m] : members_) out.members.push_back({id, m.instance_id, {metadata_of(m)}});
  return out;
}

KafkaError Group::check_member(const std::string& member_id, const Instance& instance_id) const {
  if (instance_id) {
    const auto it = static_members_.find(*instance_id);
    if (it == static_members_.end()) return KafkaError::unknown_member_id;
    if (it->second != member_id) return KafkaError::fenced_instance_id;
  }
  return members_.contains(member_id) ? KafkaError::none : KafkaError::unknown_member_id;
}

bool Group::supports(const wire::JoinGroupRequest& request) const {
  if (request.protocol_type.empty() || request.protocols.empty()) return false;
  if (members_.empty()) return true;
  if (request.protocol_type != protocol_type_) return false;
  const auto common = common_protocols();
  return std::ranges::any_of(request.protocols, [&](const auto& p) { return common.contains(p.name); });
}

std::set<std::string> Group::common_protocols() const {
  std::map<std::string, std::size_t> count;
  for (const auto& [id, member] : members_) {
    std::set<std::string> once;
    for (const auto& p : member.protocols) once.insert(p.name);
    for (const auto& name : once) ++count[name];
  }
  std::set<std::string> out;
  for (const auto& [name, n] : count)
    if (n == members_.size()) out.insert(name);
  return out;
}

// Each member votes for the first of its protocols that all support.
std::string Group::choose_protocol() const {
  const auto common = common_protocols();
  std::map<std::string, std::size_t> votes;
  for (const auto& [id, member] : members_)
    for (const auto& p : member.protocols)
      if (common.contains(p.name)) {
        ++votes[p.name];
        break;
      }
  const auto best = std::ranges::max_element(votes, {}, [](const auto& v) { return v.second; });
  return best == votes.end() ? std::string() : best->first;
}

Bytes Group::metadata_of(const Member& member) const {
  for (const auto& p : member.protocols)
    if (protocol_ && p.name == *protocol_) return p.metadata.bytes;
  return {};
}

std::set<std::string> Group::subscribed_topics() const {
  std::set<std::string> out;
  if (protocol_type_ != "consumer") return out;
  for (const auto& [id, member] : members_) {
    const Bytes metadata = metadata_of(member);   // ConsumerProtocolSubscription: version, topics, ...
    Reader in(metadata);
    in.be<std::int16_t>();
    for (auto n = in.be<std::int32_t>(); n > 0 && in.ok(); --n) {
      const auto length = in.be<std::int16_t>();
      const auto topic = in.bytes(length < 0 ? 0 : std::size_t(length));
      if (in.ok()) out.emplace(topic);
    }
  }
  return out;
}

std::int64_t Group::rebalance_timeout() const {
  std::int64_t longest = 0;
  for (const auto& [id, member] : members_) longest = std::max<std::int64_t>(longest, member.rebalance_timeout_ms);
  return longest;
}

}  // namespace braid::broker
