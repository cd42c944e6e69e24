#include "eventlog/kafka/groups.h"

#include "eventlog/kafka/admin.h"

namespace braid::eventlog {

using namespace kafka;

struct ClusterGroups::Impl {
  const KafkaOptions options;
  Owned<rd_kafka_t> client;
  Admin admin;
  io::Pool pool{1};            // last: ends first, with what was begun
  Impl(KafkaOptions o, Owned<rd_kafka_t> c) : options(std::move(o)), client(std::move(c)), admin(client.get(), options) {}
};

ClusterGroups::ClusterGroups(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ClusterGroups::~ClusterGroups() = default;

Result<std::unique_ptr<ClusterGroups>> ClusterGroups::open(KafkaOptions options) {
  TRY(auto client, make_client(options, Role::consumer, {{"allow.auto.create.topics", "false"}, {"group.id", "braid-admin"}}));
  return std::unique_ptr<ClusterGroups>(new ClusterGroups(std::make_unique<Impl>(std::move(options), std::move(client))));
}

io::Task<Result<std::vector<ClusterGroup>>> ClusterGroups::all() {
  return impl_->pool.run([i = impl_.get()]() -> Result<std::vector<ClusterGroup>> {
    TRY(const auto names, i->admin.groups());
    return i->admin.describe_groups(names);
  });
}

io::Task<Result<std::optional<ClusterGroup>>> ClusterGroups::one(std::string name) {
  return impl_->pool.run([i = impl_.get(), name = std::move(name)]() -> Result<std::optional<ClusterGroup>> {
    TRY(auto found, i->admin.describe_groups({name}));
    std::optional<ClusterGroup> out;
    if (!found.empty() && found.front().state != "Dead") out = std::move(found.front());   // so a coordinator says that it knows none of that name
    return out;
  });
}

io::Task<Result<void>> ClusterGroups::set_offsets(std::string group, std::map<TopicPartition, Offset> offsets) {
  return impl_->pool.run([i = impl_.get(), group = std::move(group), offsets = std::move(offsets)] { return i->admin.commit(group, offsets); });
}

io::Task<Result<void>> ClusterGroups::remove(std::string group) {
  return impl_->pool.run([i = impl_.get(), group = std::move(group)] { return i->admin.delete_group(group); });
}

}  // namespace braid::eventlog
