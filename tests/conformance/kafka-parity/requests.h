// Requests that many cases make, with what is usual already in them.
#pragma once
#include "script.h"

namespace braid::parity {

using namespace wire;

inline CreateTopicsRequest create_request(const std::string& topic, std::int32_t partitions = 1, std::vector<CreateTopicsRequest::Config> configs = {}, std::int16_t replicas = 1) {
  CreateTopicsRequest request;
  request.topics.push_back({topic, partitions, replicas, {}, std::move(configs)});
  request.timeout_ms = 30'000;
  return request;
}
// Makes the topic and waits until it is there.
inline void make_topic(Script& s, const std::string& topic, std::int32_t partitions = 1, std::vector<CreateTopicsRequest::Config> configs = {}) {
  bool keeps = false;   // records of these cases are old, so that times are plain numbers; they are to stay
  for (const auto& config : configs) keeps = keeps || config.name == "retention.ms";
  if (!keeps) configs.push_back({"retention.ms", "-1"});
  const auto made = s.quiet<CreateTopicsResponse>(create_request(topic, partitions, std::move(configs)), 7);
  if (made.topics.at(0).error_code != 0) throw GiveUp{"cannot create " + topic + ": error " + std::to_string(made.topics[0].error_code)};
  MetadataRequest metadata;
  metadata.topics.emplace();
  metadata.topics->push_back({{}, topic});
  metadata.allow_auto_topic_creation = false;
  for (int i = 0; i < 200; ++i) {
    const auto seen = s.quiet<MetadataResponse>(metadata, 8);
    bool ready = seen.topics.at(0).error_code == 0 && std::int32_t(seen.topics[0].partitions.size()) == partitions;
    for (const auto& p : seen.topics[0].partitions) ready = ready && p.error_code == 0 && p.leader_id >= 0;
    if (ready) {   // and now the partitions themselves: Apache Kafka knows of a leader a moment before the leader does
      ListOffsetsRequest list;
      list.topics.push_back({topic, {}});
      for (std::int32_t p = 0; p < partitions; ++p) list.topics[0].partitions.push_back({p, -1, -1});
      const auto there = s.quiet<ListOffsetsResponse>(list, 5);
      for (const auto& p : there.topics.at(0).partitions) ready = ready && p.error_code == 0;
    }
    if (ready) return;
    Script::pause(50);
  }
  throw GiveUp{topic + " does not become ready"};
}
inline Uuid topic_id(Script& s, const std::string& topic) {
  MetadataRequest metadata;
  metadata.topics.emplace();
  metadata.topics->push_back({{}, topic});
  return s.quiet<MetadataResponse>(metadata, 12).topics.at(0).topic_id;
}

inline ProduceRequest produce_request(const std::string& topic, std::int32_t partition, std::optional<Records> records, std::int16_t acks = -1, std::optional<std::string> transactional_id = {}) {
  ProduceRequest request;
  request.acks = acks;
  request.timeout_ms = 10'000;
  request.transactional_id = std::move(transactional_id);
  request.topic_data.push_back({topic, {{partition, std::move(records)}}});
  return request;
}
inline ProduceResponse::Partition produce(Script& s, const std::string& step, const std::string& topic, const std::vector<Row>& rows, BatchOptions options = {}, std::int16_t version = 9,
                                          std::optional<std::string> transactional_id = {}) {
  const auto answer = s.ask<ProduceResponse>(step, produce_request(topic, 0, s.batch(rows, options), -1, std::move(transactional_id)), version);
  if (answer.responses.empty() || answer.responses[0].partition_responses.empty()) throw GiveUp{"an empty answer to Produce"};
  return answer.responses[0].partition_responses[0];
}

inline FetchRequest fetch_request(const std::string& topic, std::int64_t offset, std::int8_t isolation = 0, std::int32_t partition = 0) {
  FetchRequest request;
  request.max_wait_ms = 200;
  request.min_bytes = 1;
  request.max_bytes = 50'000'000;
  request.isolation_level = isolation;
  request.session_id = 0;
  request.session_epoch = -1;
  FetchRequest::Partition p;
  p.partition = partition;
  p.fetch_offset = offset;
  p.partition_max_bytes = 1'000'000;
  request.topics.push_back({topic, {}, {p}});
  return request;
}

inline ListOffsetsRequest list_request(const std::string& topic, std::int64_t timestamp, std::int8_t isolation = 0, std::int32_t partition = 0) {
  ListOffsetsRequest request;
  request.isolation_level = isolation;
  ListOffsetsRequest::Partition p;
  p.partition_index = partition;
  p.timestamp = timestamp;
  request.topics.push_back({topic, {p}});
  return request;
}

// Apache Kafka has a coordinator of transactions once somebody has looked for one.
inline void find_transactions(Script& s, const std::string& id) {
  FindCoordinatorRequest find;
  find.key = id;
  find.key_type = 1;
  for (int i = 0; i < 300; ++i) {
    if (s.quiet<FindCoordinatorResponse>(find, 1).error_code == 0) {
      InitProducerIdRequest init;
      init.transactional_id = id;
      init.transaction_timeout_ms = 60'000;
      if (s.quiet<InitProducerIdResponse>(init, 4).error_code == 0) return;
    }
    Script::pause(100);
  }
  throw GiveUp{"no coordinator of transactions"};
}

inline std::int64_t now_ms() { return system_clock().wall_ms(); }

}  // namespace braid::parity
