// One KIP-848 consumer group: who is in it, what everybody should have and what everybody has. A state machine without I/O (DESIGN D4): every
// call takes the time and what is known of topics, changes the state and returns the answer; changed() then says what must be written.
//
// A member's assignment is moved in steps: it is told to give up what is no longer its own, says that it has, goes to the next epoch, and gets
// what others have let go. So a partition never has two owners. Epochs: the group's (its members or topics changed), the target's (computed
// for that group epoch), each member's (the target epoch that it has reached).
// Spec: KIP-848, KIP-1082 (members name themselves) and the behaviour of Apache Kafka 4.1; decision: docs/decisions/2026-11-27-consumer-groups-kip-848.md.
//
// Not thread-safe; lives on its coordinator's shard. Times are milliseconds of one clock that the caller chooses (monotonic).
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "broker/assignor.h"
#include "broker/group.h"
#include "storage/consumer_records.h"
#include "wire/messages_consumer.h"

namespace braid::broker {

struct ConsumerTimeouts {
  std::int32_t heartbeat_interval_ms = 5'000;   // group.consumer.heartbeat.interval.ms
  std::int32_t session_ms = 45'000;             // group.consumer.session.timeout.ms
  std::size_t members_max = 0;                  // 0: no bound
};

struct TopicShape {
  std::string name;
  Uuid id{};
  std::int32_t partitions = 0;
};

// The topics at one moment, as far as the caller may see them.
class TopicDirectory {
 public:
  virtual ~TopicDirectory() = default;
  virtual std::optional<TopicShape> find(const std::string& name) const = 0;
  virtual std::vector<TopicShape> matching(const std::string& regex) const = 0;   // RE2, the whole name
};

enum class ConsumerGroupState { empty, assigning, reconciling, stable };
std::string_view name_of(ConsumerGroupState state);   // "Reconciling", as Kafka's tools show it

class ConsumerGroup {
 public:
  using Reconciliation = storage::Reconciliation;
  struct Member {
    std::string id;
    std::optional<std::string> instance_id;
    std::optional<std::string> rack_id;
    Client client;
    std::int32_t rebalance_timeout_ms = 300'000;   // Kafka's max.poll.interval.ms, for a member that does not say
    std::set<std::string> topics;               // subscribed by name
    std::string regex;                          // and by pattern; empty: none
    std::optional<std::string> assignor;        // that it would like
    std::int32_t epoch = 0;                     // -2: a static member that left for a while
    std::int32_t previous_epoch = 0;
    Reconciliation state = Reconciliation::stable;
    Assignment assigned;                        // what it may use
    Assignment revoking;                        // what it was told to give up and may still use

    std::int64_t deadline_ms = 0;               // without a sign of life before, it is out
    std::optional<std::int64_t> revoke_deadline_ms;   // has to have given up `revoking` by then
  };

  ConsumerGroup(std::string id, ConsumerTimeouts timeouts) : id_(std::move(id)), timeouts_(timeouts) {}

  void set_timeouts(ConsumerTimeouts timeouts) { timeouts_ = timeouts; }   // from the next heartbeat of each member on

  // `topics_changed`: since the last call of this group, or not known.
  wire::ConsumerGroupHeartbeatResponse heartbeat(const wire::ConsumerGroupHeartbeatRequest& request, std::int16_t version, const Client& client,
                                                 const TopicDirectory& topics, bool topics_changed, std::int64_t now_ms);
  // May whoever calls itself this member commit, with this epoch? Version of OffsetCommit; empty for a commit in a transaction.
  KafkaError check_commit(const std::string& member_id, std::int32_t epoch, std::optional<std::int16_t> version) const;
  KafkaError check_fetch(const std::optional<std::string>& member_id, std::int32_t epoch) const;
  // Acts on deadlines that have passed.
  void tick(std::int64_t now_ms);
  std::optional<std::int64_t> next_deadline() const;

  // What is to be written since the last call; taking it forgets it.
  struct Changed {
    bool group = false;
    std::set<std::string> members;   // those that are in no group any more too
    bool nothing() const { return !group && members.empty(); }
  };
  Changed take_changed() { return std::exchange(changed_, {}); }
  void mark_changed(const Changed& again);   // the write failed
  storage::StoredConsumerGroup stored(const Changed& what) const;
  void restore(const storage::StoredConsumerGroup& stored, std::int64_t now_ms);   // everybody with a full session ahead

  const std::string& id() const { return id_; }
  ConsumerGroupState state() const;
  std::int32_t epoch() const { return epoch_; }
  std::int32_t assignment_epoch() const { return assignment_epoch_; }
  std::string assignor() const;                                   // that most members want
  const std::map<std::string, Member>& members() const { return members_; }
  const std::map<std::string, Assignment>& targets() const { return targets_; }
  std::set<std::string> subscribed_topics() const;                // by name or by pattern

 private:
  using Response = wire::ConsumerGroupHeartbeatResponse;
  using Request = wire::ConsumerGroupHeartbeatRequest;
  Response leave(const Request& request, std::int64_t now);
  Response refused(KafkaError error, std::string message) const;
  std::optional<Response> find_member(const Request& request, std::string& out);
  void replace_static(const std::string& old_id, const std::string& new_id);
  bool update(Member& member, const Request& request, const Client& client);   // true: it wants other topics now
  bool resolve(const TopicDirectory& topics);                                  // true: what can be assigned is another
  void remove(const std::string& member_id);
  void make_target();
  void reconcile(Member& member, const std::optional<std::vector<Request::Partitions>>& owned, std::int64_t now);
  void compute_next(Member& member, std::int32_t epoch, const std::optional<std::vector<Request::Partitions>>& owned, std::int64_t now);
  void set_current(Member& member, std::int32_t epoch, Reconciliation state, Assignment assigned, Assignment revoking, std::int64_t now);
  void touch(Member& member, std::int64_t now) { member.deadline_ms = now + timeouts_.session_ms; }
  void bump();

  std::string id_;
  ConsumerTimeouts timeouts_;
  std::int32_t epoch_ = 0;
  std::int32_t assignment_epoch_ = 0;
  std::map<std::string, Member> members_;
  std::map<std::string, std::string> static_members_;             // instance id -> member id
  std::map<std::string, Assignment> targets_;
  std::map<Uuid, std::map<std::int32_t, std::string>> owners_;    // of assigned and revoking partitions -> member id
  std::map<std::string, TopicShape> known_;                       // subscribed topics that exist, by name
  std::map<std::string, std::set<std::string>> matches_;          // regex -> topics
  bool resolved_ = false;                                         // known_ and matches_ are of this run
  Changed changed_;
};

}  // namespace braid::broker
