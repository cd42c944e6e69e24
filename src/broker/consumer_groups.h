// The KIP-848 groups of one shard: gives each ConsumerGroup (consumer_group.h has the rules) its time and topics, and keeps it in
// __consumer_offsets. The Coordinator owns one of these per shard and decides which kind of group a name is.
//
// Threads: made anywhere, then used on its shard only. A heartbeat is answered after what it changed is on disk.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "broker/consumer_group.h"
#include "broker/core.h"

namespace braid::broker {

// The log's topics as a caller may see them.
class KnownTopics final : public TopicDirectory {
 public:
  KnownTopics(std::shared_ptr<const storage::Topics> topics, const Call& call) : topics_(std::move(topics)), call_(call) {}
  std::optional<TopicShape> find(const std::string& name) const override;
  std::vector<TopicShape> matching(const std::string& regex) const override;
  const std::shared_ptr<const storage::Topics>& snapshot() const { return topics_; }

 private:
  std::shared_ptr<const storage::Topics> topics_;
  const Call& call_;
};

class ConsumerGroups {
 public:
  explicit ConsumerGroups(Core& core) : core_(core) {}

  struct Entry {
    explicit Entry(ConsumerGroup g) : group(std::move(g)) {}
    ConsumerGroup group;
    std::weak_ptr<const storage::Topics> seen;   // the topics that the group has looked at last
    std::optional<std::int64_t> scheduled;       // its place in timers_
    std::size_t counted_members = 0;             // in the metrics
    bool writing = false;
    io::Notifier written;
  };
  using EntryPtr = std::shared_ptr<Entry>;       // shared with calls under way, so that a deleted group outlives them

  EntryPtr find(const std::string& name) const;
  const std::map<std::string, EntryPtr>& all() const { return groups_; }
  ConsumerTimeouts timeouts_of(const std::string& name) const;
  void make(const std::string& name);            // when there is none
  // The group exists. `call` outlives the task.
  io::Task<wire::ConsumerGroupHeartbeatResponse> heartbeat(wire::ConsumerGroupHeartbeatRequest request, Client client, const Call& call);
  wire::ConsumerGroupDescribeResponse::Group describe(const std::string& name) const;
  // As DescribeGroups would show it, for those who do not ask by Kafka's protocol.
  wire::DescribeGroupsResponse::Group describe_as_classic(const std::string& name) const;
  // Takes it out when it has no members, once nothing of it is being written. False: it has members.
  io::Task<bool> take_out_if_empty(std::string name);
  void restore(const storage::StoredConsumerGroup& stored);

  io::Task<void> keep_time();                    // runs until close()
  io::Task<void> close();

 private:
  void forget(const std::string& name);
  void settle(Entry& entry);
  io::Task<bool> store(EntryPtr entry);
  io::Task<void> store_later(EntryPtr entry);

  Core& core_;
  std::map<std::string, EntryPtr> groups_;
  std::set<std::pair<std::int64_t, std::string>> timers_;
  io::Notifier timers_changed_;
  io::Gate gate_;                                // timer and writes under way
  bool stopping_ = false;
};

}  // namespace braid::broker
