#include "eventlog/kafka/admin.h"

#include <algorithm>

namespace braid::eventlog::kafka {
namespace {

std::string_view cleanup_text(Cleanup cleanup) {
  switch (cleanup) {
    case Cleanup::delete_old: return "delete";
    case Cleanup::compact: return "compact";
    case Cleanup::compact_and_delete: return "compact,delete";
  }
  return "delete";
}

TopicInfo info_of(const rd_kafka_metadata_topic_t& topic) {
  TopicInfo info;
  info.name = topic.topic;
  info.partitions = topic.partition_cnt;
  info.replication_factor = topic.partition_cnt > 0 ? std::int16_t(topic.partitions[0].replica_cnt) : std::int16_t(0);
  info.internal = info.name == "__consumer_offsets" || info.name == "__transaction_state";
  return info;
}

std::unexpected<Error> no_topic(const std::string& name) { return fail(ErrorCode::not_found, "there is no topic '" + name + "'", "list the topics to see their names"); }

// The one outcome of an order that concerned one topic.
template <class Event> Result<void> topic_outcome(const Event* result, const rd_kafka_topic_result_t** (*list)(const Event*, size_t*), const std::string& what) {
  size_t n = 0;
  const auto** outcomes = list(result, &n);
  for (size_t i = 0; i < n; ++i)
    if (const auto error = rd_kafka_topic_result_error(outcomes[i]); error != RD_KAFKA_RESP_ERR_NO_ERROR)
      return failed(error, what, rd_kafka_topic_result_error_string(outcomes[i]));
  return {};
}

}  // namespace

// Runs one admin request and waits for its answer.
template <class Ask> Result<Owned<rd_kafka_event_t>> Admin::ask(rd_kafka_admin_op_t operation, const std::string& what, Ask ask) {
  Owned<rd_kafka_queue_t> queue(rd_kafka_queue_new(client_));
  Owned<rd_kafka_AdminOptions_t> options(rd_kafka_AdminOptions_new(client_, operation));
  char why[256];
  rd_kafka_AdminOptions_set_request_timeout(options.get(), wait_ms(), why, sizeof why);
  ask(options.get(), queue.get());
  Owned<rd_kafka_event_t> event(rd_kafka_queue_poll(queue.get(), wait_ms() + 5'000));
  if (event == nullptr) return failed(RD_KAFKA_RESP_ERR__TIMED_OUT, what);
  if (const auto error = rd_kafka_event_error(event.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR) return failed(error, what, rd_kafka_event_error_string(event.get()));
  return event;
}

Result<std::vector<TopicInfo>> Admin::topics() {
  const rd_kafka_metadata_t* raw = nullptr;
  if (const auto error = rd_kafka_metadata(client_, 1, nullptr, &raw, wait_ms()); error != RD_KAFKA_RESP_ERR_NO_ERROR) return failed(error, "list topics");
  const std::unique_ptr<const rd_kafka_metadata_t, Free> metadata(raw);
  std::vector<TopicInfo> all;
  for (int i = 0; i < metadata->topic_cnt; ++i)
    if (metadata->topics[i].err == RD_KAFKA_RESP_ERR_NO_ERROR) all.push_back(info_of(metadata->topics[i]));
  std::ranges::sort(all, {}, &TopicInfo::name);
  return all;
}

Result<TopicInfo> Admin::topic(const std::string& name) {
  TRY(auto all, topics());   // a question about one topic could create it
  for (auto& info : all)
    if (info.name == name) return info;
  return no_topic(name);
}

Result<void> Admin::create_topic(const TopicSpec& spec) {
  const auto what = "create topic " + spec.name;
  char why[512] = "";
  Owned<rd_kafka_NewTopic_t> topic(rd_kafka_NewTopic_new(spec.name.c_str(), spec.partitions, options_.replication_factor, why, sizeof why));
  if (topic == nullptr) return fail(ErrorCode::invalid_input, what + ": " + why);
  auto configs = spec.configs;
  configs["cleanup.policy"] = cleanup_text(spec.cleanup);
  for (const auto& [name, value] : configs) rd_kafka_NewTopic_set_config(topic.get(), name.c_str(), value.c_str());
  TRY(const auto event, ask(RD_KAFKA_ADMIN_OP_CREATETOPICS, what, [&](auto* options, auto* queue) {
        rd_kafka_NewTopic_t* one = topic.get();
        rd_kafka_CreateTopics(client_, &one, 1, options, queue);
      }));
  TRY_VOID(topic_outcome(rd_kafka_event_CreateTopics_result(event.get()), rd_kafka_CreateTopics_result_topics, what));
  return {};
}

Result<void> Admin::delete_topic(const std::string& name) {
  const auto what = "delete topic " + name;
  Owned<rd_kafka_DeleteTopic_t> topic(rd_kafka_DeleteTopic_new(name.c_str()));
  TRY(const auto event, ask(RD_KAFKA_ADMIN_OP_DELETETOPICS, what, [&](auto* options, auto* queue) {
        rd_kafka_DeleteTopic_t* one = topic.get();
        rd_kafka_DeleteTopics(client_, &one, 1, options, queue);
      }));
  TRY_VOID(topic_outcome(rd_kafka_event_DeleteTopics_result(event.get()), rd_kafka_DeleteTopics_result_topics, what));
  return {};
}

Result<void> Admin::add_partitions(const std::string& name, std::int32_t new_total) {
  const auto what = "add partitions to " + name;
  char why[512] = "";
  Owned<rd_kafka_NewPartitions_t> wanted(rd_kafka_NewPartitions_new(name.c_str(), std::size_t(std::max(new_total, 0)), why, sizeof why));
  if (wanted == nullptr) return fail(ErrorCode::invalid_input, what + ": " + why);
  TRY(const auto event, ask(RD_KAFKA_ADMIN_OP_CREATEPARTITIONS, what, [&](auto* options, auto* queue) {
        rd_kafka_NewPartitions_t* one = wanted.get();
        rd_kafka_CreatePartitions(client_, &one, 1, options, queue);
      }));
  TRY_VOID(topic_outcome(rd_kafka_event_CreatePartitions_result(event.get()), rd_kafka_CreatePartitions_result_topics, what));
  return {};
}

Result<std::map<std::string, Admin::Config>> Admin::read_configs(const std::string& name) {
  const auto what = "describe topic " + name;
  Owned<rd_kafka_ConfigResource_t> resource(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name.c_str()));
  TRY(const auto event, ask(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, what, [&](auto* options, auto* queue) {
        rd_kafka_ConfigResource_t* one = resource.get();
        rd_kafka_DescribeConfigs(client_, &one, 1, options, queue);
      }));
  size_t n = 0;
  const auto** resources = rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event.get()), &n);
  std::map<std::string, Config> out;
  for (size_t i = 0; i < n; ++i) {
    if (const auto error = rd_kafka_ConfigResource_error(resources[i]); error != RD_KAFKA_RESP_ERR_NO_ERROR)
      return failed(error, what, rd_kafka_ConfigResource_error_string(resources[i]));
    size_t entries = 0;
    const auto** list = rd_kafka_ConfigResource_configs(resources[i], &entries);
    for (size_t k = 0; k < entries; ++k) {
      const char* value = rd_kafka_ConfigEntry_value(list[k]);
      out[rd_kafka_ConfigEntry_name(list[k])] = {value == nullptr ? "" : value, rd_kafka_ConfigEntry_source(list[k]) == RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG};
    }
  }
  return out;
}

Result<std::map<std::string, std::string>> Admin::configs(const std::string& name) {
  TRY(const auto all, read_configs(name));
  std::map<std::string, std::string> out;
  for (const auto& [key, config] : all) out[key] = config.value;
  return out;
}

// librdkafka 2.0 has only the call that replaces the whole set: what was set before is read and sent along.
Result<void> Admin::alter_configs(const std::string& name, const std::map<std::string, std::optional<std::string>>& changes) {
  const auto what = "change the settings of " + name;
  TRY(const auto before, read_configs(name));
  std::map<std::string, std::string> all;
  for (const auto& [key, config] : before)
    if (config.own) all[key] = config.value;
  for (const auto& [key, value] : changes) {
    if (value) all[key] = *value;
    else all.erase(key);
  }
  Owned<rd_kafka_ConfigResource_t> resource(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name.c_str()));
  for (const auto& [key, value] : all) rd_kafka_ConfigResource_set_config(resource.get(), key.c_str(), value.c_str());
  TRY(const auto event, ask(RD_KAFKA_ADMIN_OP_ALTERCONFIGS, what, [&](auto* options, auto* queue) {
        rd_kafka_ConfigResource_t* one = resource.get();
        rd_kafka_AlterConfigs(client_, &one, 1, options, queue);
      }));
  size_t n = 0;
  const auto** resources = rd_kafka_AlterConfigs_result_resources(rd_kafka_event_AlterConfigs_result(event.get()), &n);
  for (size_t i = 0; i < n; ++i)
    if (const auto error = rd_kafka_ConfigResource_error(resources[i]); error != RD_KAFKA_RESP_ERR_NO_ERROR)
      return failed(error, what, rd_kafka_ConfigResource_error_string(resources[i]));
  return {};
}

Result<void> Admin::check_partition(const TopicPartition& partition) {
  TRY(const auto info, topic(partition.topic));
  if (partition.partition.value < 0 || partition.partition.value >= info.partitions)
    return fail(ErrorCode::not_found,
                "topic " + partition.topic + " has no partition " + std::to_string(partition.partition.value) + ", it has " + std::to_string(info.partitions));
  return {};
}

Result<PartitionBounds> Admin::bounds(const TopicPartition& partition) {
  TRY_VOID(check_partition(partition));
  std::int64_t low = 0, high = 0;
  const auto error = rd_kafka_query_watermark_offsets(client_, partition.topic.c_str(), partition.partition.value, &low, &high, wait_ms());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return failed(error, "look for the bounds of " + partition.topic);
  return PartitionBounds{Offset{low}, Offset{high}};
}

Result<Offset> Admin::offset_at_time(const TopicPartition& partition, std::int64_t timestamp_ms) {
  TRY(const auto limits, bounds(partition));
  Owned<rd_kafka_topic_partition_list_t> list(rd_kafka_topic_partition_list_new(1));
  auto* one = rd_kafka_topic_partition_list_add(list.get(), partition.topic.c_str(), partition.partition.value);
  one->offset = std::max<std::int64_t>(timestamp_ms, 0);
  auto error = rd_kafka_offsets_for_times(client_, list.get(), wait_ms());
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) error = one->err;
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return failed(error, "look for a time in " + partition.topic);
  return one->offset < 0 ? limits.end : Offset{one->offset};
}

Result<void> Admin::commit(const std::string& group, const std::map<TopicPartition, Offset>& offsets) {
  const auto what = "commit offsets of group " + group;
  Owned<rd_kafka_topic_partition_list_t> list(rd_kafka_topic_partition_list_new(int(offsets.size())));
  for (const auto& [partition, offset] : offsets)
    rd_kafka_topic_partition_list_add(list.get(), partition.topic.c_str(), partition.partition.value)->offset = offset.value;
  if (list->cnt == 0) return {};
  Owned<rd_kafka_AlterConsumerGroupOffsets_t> order(rd_kafka_AlterConsumerGroupOffsets_new(group.c_str(), list.get()));
  TRY(const auto event, ask(RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS, what, [&](auto* options, auto* queue) {
        rd_kafka_AlterConsumerGroupOffsets_t* one = order.get();
        rd_kafka_AlterConsumerGroupOffsets(client_, &one, 1, options, queue);
      }));
  size_t n = 0;
  const auto** results = rd_kafka_AlterConsumerGroupOffsets_result_groups(rd_kafka_event_AlterConsumerGroupOffsets_result(event.get()), &n);
  for (size_t i = 0; i < n; ++i) {
    if (const auto* error = rd_kafka_group_result_error(results[i])) return failed(rd_kafka_error_code(error), what, rd_kafka_error_string(error));
    const auto* partitions = rd_kafka_group_result_partitions(results[i]);
    for (int k = 0; partitions != nullptr && k < partitions->cnt; ++k)
      if (partitions->elems[k].err != RD_KAFKA_RESP_ERR_NO_ERROR) return failed(partitions->elems[k].err, what);
  }
  return {};
}

Result<std::map<TopicPartition, Offset>> Admin::committed(const std::string& group) {
  const auto what = "read the offsets of group " + group;
  Owned<rd_kafka_ListConsumerGroupOffsets_t> question(rd_kafka_ListConsumerGroupOffsets_new(group.c_str(), nullptr));
  TRY(const auto event, ask(RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS, what, [&](auto* options, auto* queue) {
        rd_kafka_ListConsumerGroupOffsets_t* one = question.get();
        rd_kafka_ListConsumerGroupOffsets(client_, &one, 1, options, queue);
      }));
  size_t n = 0;
  std::map<TopicPartition, Offset> out;
  const auto** results = rd_kafka_ListConsumerGroupOffsets_result_groups(rd_kafka_event_ListConsumerGroupOffsets_result(event.get()), &n);
  for (size_t i = 0; i < n; ++i) {
    if (const auto* error = rd_kafka_group_result_error(results[i])) return failed(rd_kafka_error_code(error), what, rd_kafka_error_string(error));
    const auto* partitions = rd_kafka_group_result_partitions(results[i]);
    for (int k = 0; partitions != nullptr && k < partitions->cnt; ++k)
      if (partitions->elems[k].offset >= 0) out[{partitions->elems[k].topic, PartitionId{partitions->elems[k].partition}}] = Offset{partitions->elems[k].offset};
  }
  return out;
}

Result<std::vector<std::string>> Admin::groups() {
  TRY(const auto event, ask(RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS, "list groups", [&](auto* options, auto* queue) { rd_kafka_ListConsumerGroups(client_, options, queue); }));
  const auto* result = rd_kafka_event_ListConsumerGroups_result(event.get());
  size_t n = 0;
  const auto** errors = rd_kafka_ListConsumerGroups_result_errors(result, &n);
  if (n > 0) return failed(rd_kafka_error_code(errors[0]), "list groups", rd_kafka_error_string(errors[0]));
  const auto** list = rd_kafka_ListConsumerGroups_result_valid(result, &n);
  std::vector<std::string> out;
  for (size_t i = 0; i < n; ++i) out.emplace_back(rd_kafka_ConsumerGroupListing_group_id(list[i]));
  std::ranges::sort(out);
  return out;
}

Result<std::vector<ClusterGroup>> Admin::describe_groups(const std::vector<std::string>& names) {
  std::vector<ClusterGroup> out;
  if (names.empty()) return out;
  const std::string what = names.size() == 1 ? "describe group " + names[0] : "describe groups";
  std::vector<const char*> texts;
  for (const auto& name : names) texts.push_back(name.c_str());
  TRY(const auto event, ask(RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS, what, [&](auto* options, auto* queue) {
        rd_kafka_DescribeConsumerGroups(client_, texts.data(), texts.size(), options, queue);
      }));
  const auto text = [](const char* t) { return t == nullptr ? std::string() : std::string(t); };
  size_t n = 0;
  const auto** groups = rd_kafka_DescribeConsumerGroups_result_groups(rd_kafka_event_DescribeConsumerGroups_result(event.get()), &n);
  for (size_t i = 0; i < n; ++i) {
    if (const auto* error = rd_kafka_ConsumerGroupDescription_error(groups[i])) {
      if (names.size() == 1) return failed(rd_kafka_error_code(error), what, rd_kafka_error_string(error));
      out.push_back({text(rd_kafka_ConsumerGroupDescription_group_id(groups[i])), "Unknown", "", {}});   // one that may not be looked at hides no other
      continue;
    }
    ClusterGroup group{text(rd_kafka_ConsumerGroupDescription_group_id(groups[i])), text(rd_kafka_consumer_group_state_name(rd_kafka_ConsumerGroupDescription_state(groups[i]))),
                       text(rd_kafka_ConsumerGroupDescription_partition_assignor(groups[i])), {}};
    for (size_t k = 0; k < rd_kafka_ConsumerGroupDescription_member_count(groups[i]); ++k) {
      const auto* m = rd_kafka_ConsumerGroupDescription_member(groups[i], k);
      ClusterGroup::Member member{text(rd_kafka_MemberDescription_consumer_id(m)), text(rd_kafka_MemberDescription_client_id(m)), text(rd_kafka_MemberDescription_host(m)), {}};
      if (member.host.starts_with('/')) member.host.erase(0, 1);
      const auto* assigned = rd_kafka_MemberDescription_assignment(m);
      const auto* partitions = assigned == nullptr ? nullptr : rd_kafka_MemberAssignment_partitions(assigned);
      for (int p = 0; partitions != nullptr && p < partitions->cnt; ++p) member.assignment[partitions->elems[p].topic].push_back(partitions->elems[p].partition);
      group.members.push_back(std::move(member));
    }
    out.push_back(std::move(group));
  }
  return out;
}

Result<void> Admin::delete_group(const std::string& name) {
  const auto what = "remove group " + name;
  Owned<rd_kafka_DeleteGroup_t> order(rd_kafka_DeleteGroup_new(name.c_str()));
  TRY(const auto event, ask(RD_KAFKA_ADMIN_OP_DELETEGROUPS, what, [&](auto* options, auto* queue) {
        rd_kafka_DeleteGroup_t* one = order.get();
        rd_kafka_DeleteGroups(client_, &one, 1, options, queue);
      }));
  size_t n = 0;
  const auto** results = rd_kafka_DeleteGroups_result_groups(rd_kafka_event_DeleteGroups_result(event.get()), &n);
  for (size_t i = 0; i < n; ++i)
    if (const auto* error = rd_kafka_group_result_error(results[i])) return failed(rd_kafka_error_code(error), what, rd_kafka_error_string(error));
  return {};
}

Result<std::string> Admin::cluster_id() {
  char* id = rd_kafka_clusterid(client_, wait_ms());
  if (id == nullptr) return failed(RD_KAFKA_RESP_ERR__TIMED_OUT, "ask the cluster at " + options_.bootstrap + " for its id");
  std::string out(id);
  rd_kafka_mem_free(client_, id);
  return out;
}

}  // namespace braid::eventlog::kafka
