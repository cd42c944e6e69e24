// One classic consumer group: who is in it, which generation it is, what each member was assigned. A state machine without I/O (DESIGN D4):
// every call takes the time, changes the state and leaves Effects: answers to requests that were parked, and whether the group must be stored.
// Spec: Kafka's classic group protocol (KIP-62, 345 static members, 394 member id required, 559, 814 skip assignment) as brokers 2.8 to 4.x
// behave; ../shared/reference has the list of what is easy to get wrong.
//
// Not thread-safe; lives on its coordinator's shard. Times are milliseconds of one clock that the caller chooses (monotonic).
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "wire/error_code.h"
#include "wire/messages_groups.h"

namespace braid::broker {

using wire::KafkaError;

enum class GroupState { empty, preparing_rebalance, completing_rebalance, stable, dead };
std::string_view name_of(GroupState state);   // as DescribeGroups says it: "PreparingRebalance"

struct GroupTimeouts {
  std::int32_t initial_rebalance_delay_ms = 0;
  std::int32_t session_min_ms = 6'000;
  std::int32_t session_max_ms = 1'800'000;
  std::int64_t new_member_ms = 300'000;      // a member that never joined before waits in a rebalance at most this long
  std::size_t members_max = 0;               // 0: no bound
};

using Ticket = std::uint64_t;   // of a parked request; chosen by the caller
struct Answer {
  Ticket ticket;
  std::variant<wire::JoinGroupResponse, wire::SyncGroupResponse> response;
};
struct Effects {
  std::vector<Answer> answers;
  bool store = false;           // the group's metadata changed: write it, then call stored()
};

struct Client {
  std::string id;
  std::string host;             // "/127.0.0.1", as Kafka's tools show it
};

class Group {
 public:
  struct Member {
    std::string id;
    std::optional<std::string> instance_id;
    Client client;
    std::int32_t session_timeout_ms = 0;
    std::int32_t rebalance_timeout_ms = 0;
    std::vector<wire::JoinGroupRequest::Protocol> protocols;
    Bytes assignment;

    // Not stored: how it stands right now.
    bool is_new = false;
    bool synced = false;                         // has asked for its assignment in this generation
    std::int64_t deadline_ms = 0;                // without a sign of life before, it is out
    std::optional<Ticket> join, sync;            // parked requests
    bool waits() const { return join || sync; }
  };

  Group(std::string id, GroupTimeouts timeouts) : id_(std::move(id)), timeouts_(timeouts) {}

  // JoinGroup and SyncGroup are answered through Effects, now or later, each ticket exactly once.
  void join(Ticket ticket, const wire::JoinGroupRequest& request, std::int16_t version, const Client& client, const std::string& fresh_member_id,
            std::int64_t now_ms, Effects& out);
  void sync(Ticket ticket, const wire::SyncGroupRequest& request, std::int64_t now_ms, Effects& out);
  KafkaError heartbeat(const wire::HeartbeatRequest& request, std::int64_t now_ms);
  KafkaError leave(const std::string& member_id, const std::optional<std::string>& instance_id, std::int64_t now_ms, Effects& out);
  // May this member commit offsets now? Counts as a sign of life.
  KafkaError check_commit(std::int32_t generation, const std::string& member_id, const std::optional<std::string>& instance_id, std::int64_t now_ms, bool transactional = false);
  // The write that `store` asked for has ended.
  void stored(std::int32_t generation, KafkaError outcome, std::int64_t now_ms, Effects& out);
  // Acts on deadlines that have passed.
  void tick(std::int64_t now_ms, Effects& out);
  std::optional<std::int64_t> next_deadline() const;
  // A parked request's connection is gone or the node stops: forget the ticket.
  void forget(Ticket ticket);
  bool remove_if_empty();   // DeleteGroups: dead from now on; false when it has members

  // After a restart: as it was stored, everybody with a full session ahead.
  void restore(std::int32_t generation, std::string protocol_type, std::optional<std::string> protocol, std::string leader, std::vector<Member> members,
               std::int64_t now_ms);

  const std::string& id() const { return id_; }
  GroupState state() const { return state_; }
  std::int32_t generation() const { return generation_; }
  const std::string& protocol_type() const { return protocol_type_; }
  const std::optional<std::string>& protocol() const { return protocol_; }
  const std::string& leader() const { return leader_; }
  const std::map<std::string, Member>& members() const { return members_; }
  // The topics that members subscribe to, where they speak the "consumer" protocol; empty when that cannot be known.
  std::set<std::string> subscribed_topics() const;
  Bytes metadata_of(const Member& member) const;   // for the chosen protocol

 private:
  using Instance = std::optional<std::string>;
  bool supports(const wire::JoinGroupRequest& request) const;
  std::set<std::string> common_protocols() const;
  std::string choose_protocol() const;
  KafkaError check_member(const std::string& member_id, const Instance& instance_id) const;
  void join_as_new(Ticket ticket, const wire::JoinGroupRequest& request, std::int16_t version, const Client& client, const std::string& fresh_id, std::int64_t now, Effects& out);
  void join_again(Ticket ticket, const wire::JoinGroupRequest& request, std::int64_t now, Effects& out);
  void replace_static(Ticket ticket, const wire::JoinGroupRequest& request, std::int16_t version, const Client& client, const std::string& fresh_id, std::int64_t now, Effects& out);
  void add_member(Ticket ticket, const wire::JoinGroupRequest& request, const Client& client, const std::string& id, std::int64_t now, Effects& out);
  void update_and_rebalance(Member& member, Ticket ticket, const wire::JoinGroupRequest& request, std::int64_t now, Effects& out);
  void remove_member(const std::string& member_id, std::int64_t now, Effects& out);
  void rebalance(std::int64_t now, Effects& out);
  void complete_join_if_all_here(std::int64_t now, Effects& out);
  void complete_join(std::int64_t now, Effects& out);
  bool elect_leader_among_joined();
  void fail_syncs(KafkaError error, Effects& out, std::int64_t now);
  void answer_join(Member& member, wire::JoinGroupResponse response, Effects& out);
  void answer_sync(Member& member, KafkaError error, Effects& out);
  wire::JoinGroupResponse joined(const Member& member) const;
  void touch(Member& member, std::int64_t now) { member.deadline_ms = now + member.session_timeout_ms; }
  std::int64_t rebalance_timeout() const;

  std::string id_;
  GroupTimeouts timeouts_;
  GroupState state_ = GroupState::empty;
  std::int32_t generation_ = 0;
  std::string protocol_type_;
  std::optional<std::string> protocol_;
  std::string leader_;
  std::map<std::string, Member> members_;
  std::map<std::string, std::string> static_members_;          // instance id -> member id
  std::map<std::string, std::int64_t> pending_members_;        // were given an id and have not joined with it: id -> deadline
  std::optional<std::int64_t> join_deadline_;                  // of the rebalance under way
  std::optional<std::int64_t> sync_deadline_;                  // members that have not synced by then are out
  bool initial_ = false;                                       // the rebalance under way is the first of an empty group
  std::int64_t initial_until_ms_ = 0;                          // an initial delay is never prolonged beyond this
  bool member_added_ = false;                                  // during the initial delay
  std::optional<std::map<std::string, Bytes>> assignments_;    // the leader's, until they are stored
};

}  // namespace braid::broker
