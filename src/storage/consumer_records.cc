#include "storage/consumer_records.h"

#include <cstring>

namespace braid::storage {
namespace {

enum KeyVersion : std::int16_t { group_epoch = 3, topic_sizes = 4, member_metadata = 5, target_epoch = 6, member_target = 7, member_current = 8, regex_matches = 16 };

Bytes key_of(KeyVersion version, std::string_view group, std::optional<std::string_view> member = {}) {
  Bytes bytes;
  Writer out(bytes);
  out.be(std::int16_t(version));
  for (const auto& text : {std::optional(group), member}) {
    if (!text) continue;
    out.be(std::int16_t(text->substr(0, 32767).size()));
    out.bytes(text->substr(0, 32767));
  }
  return bytes;
}

void put_text(Writer& out, const std::optional<std::string>& text) {
  out.uvarint(text ? text->size() + 1 : 0);
  if (text) out.bytes(*text);
}
void put_partitions(Writer& out, const TopicIdPartitions& all) {
  out.uvarint(all.size() + 1);
  for (const auto& [topic, partitions] : all) {
    out.bytes(BytesView(reinterpret_cast<const char*>(topic.data()), topic.size()));
    out.uvarint(partitions.size() + 1);
    for (const auto p : partitions) out.be(p);
    out.uvarint(0);
  }
}

std::optional<std::string> take_text(Reader& in) {
  const auto n = in.uvarint();
  if (n == 0) return std::nullopt;
  if (n - 1 > in.remaining()) in.set_failed();
  return std::string(in.bytes(in.ok() ? std::size_t(n - 1) : 0));
}
std::uint64_t take_count(Reader& in) {
  const auto n = in.uvarint();
  if (n == 0 || n - 1 > in.remaining()) in.set_failed();   // each element has at least a byte
  return in.ok() ? n - 1 : 0;
}
void skip_tags(Reader& in) {
  for (auto n = in.uvarint(); n > 0 && in.ok(); --n) {
    in.uvarint();
    const auto size = in.uvarint();
    if (size > in.remaining()) in.set_failed();
    in.bytes(in.ok() ? std::size_t(size) : 0);
  }
}
TopicIdPartitions take_partitions(Reader& in) {
  TopicIdPartitions out;
  for (auto n = take_count(in); n > 0 && in.ok(); --n) {
    Uuid topic{};
    if (const auto bytes = in.bytes(topic.size()); bytes.size() == topic.size()) std::memcpy(topic.data(), bytes.data(), topic.size());
    auto& partitions = out[topic];
    for (auto k = take_count(in); k > 0 && in.ok(); --k) partitions.insert(in.be<std::int32_t>());
    skip_tags(in);
  }
  return out;
}

Bytes metadata_value(const StoredConsumerMember& m) {
  Bytes bytes;
  Writer out(bytes);
  out.be(std::int16_t(0));
  put_text(out, m.instance_id);
  put_text(out, m.rack_id);
  put_text(out, m.client_id);
  put_text(out, m.client_host);
  out.uvarint(m.topics.size() + 1);
  for (const auto& topic : m.topics) put_text(out, topic);
  put_text(out, m.regex);
  out.be(m.rebalance_timeout_ms);
  put_text(out, m.assignor);
  out.uvarint(0);
  return bytes;
}
Bytes epoch_value(std::int32_t epoch) {
  Bytes bytes;
  Writer out(bytes);
  out.be(std::int16_t(0));
  out.be(epoch);
  out.uvarint(0);
  return bytes;
}
Bytes target_value(const StoredConsumerMember& m) {
  Bytes bytes;
  Writer out(bytes);
  out.be(std::int16_t(0));
  put_partitions(out, m.target);
  out.uvarint(0);
  return bytes;
}
Bytes current_value(const StoredConsumerMember& m) {
  Bytes bytes;
  Writer out(bytes);
  out.be(std::int16_t(0));
  out.be(m.epoch);
  out.be(m.previous_epoch);
  out.u8(std::uint8_t(m.state));
  put_partitions(out, m.assigned);
  put_partitions(out, m.revoking);
  out.uvarint(0);
  return bytes;
}

void read_metadata(Reader& in, StoredConsumerMember& m) {
  m.instance_id = take_text(in);
  m.rack_id = take_text(in);
  m.client_id = take_text(in).value_or("");
  m.client_host = take_text(in).value_or("");
  m.topics.clear();
  for (auto n = take_count(in); n > 0 && in.ok(); --n) m.topics.insert(take_text(in).value_or(""));
  m.regex = take_text(in);
  m.rebalance_timeout_ms = in.be<std::int32_t>();
  m.assignor = take_text(in);
}
void read_current(Reader& in, StoredConsumerMember& m) {
  m.epoch = in.be<std::int32_t>();
  m.previous_epoch = in.be<std::int32_t>();
  const auto state = in.u8();
  if (state > 2) in.set_failed();
  m.state = Reconciliation(state);
  m.assigned = take_partitions(in);
  m.revoking = take_partitions(in);
}

}  // namespace

bool is_consumer_key_version(std::int16_t version) { return (version >= group_epoch && version <= member_current) || version == regex_matches; }

std::vector<ConsumerRecord> encode_consumer_group(const StoredConsumerGroup& group) {
  std::vector<ConsumerRecord> out;
  for (const auto& [id, member] : group.members) {
    const auto value = [&](Bytes (*make)(const StoredConsumerMember&)) { return member ? std::optional(make(*member)) : std::nullopt; };
    const auto current = ConsumerRecord{key_of(member_current, group.group, id), value(current_value)};
    const auto target = ConsumerRecord{key_of(member_target, group.group, id), value(target_value)};
    const auto metadata = ConsumerRecord{key_of(member_metadata, group.group, id), value(metadata_value)};
    // Kafka takes members apart in the other order than it makes them
    if (member) out.insert(out.end(), {metadata, target, current});
    else out.insert(out.end(), {current, target, metadata});
  }
  if (group.epoch) out.push_back({key_of(group_epoch, group.group), epoch_value(*group.epoch)});
  if (group.assignment_epoch) out.push_back({key_of(target_epoch, group.group), epoch_value(*group.assignment_epoch)});
  return out;
}

Result<void> apply_consumer_record(StoredConsumerGroup& group, BytesView key, BytesView value) {
  Reader names(key);
  const auto version = names.be<std::int16_t>();
  const auto take_name = [&] {
    const auto n = names.be<std::int16_t>();
    return std::string(names.bytes(n < 0 ? 0 : std::size_t(n)));
  };
  group.group = take_name();
  const bool of_member = version == member_metadata || version == member_target || version == member_current;
  const std::string id = of_member ? take_name() : std::string();
  if (!names.ok() || !is_consumer_key_version(version)) return fail(ErrorCode::corrupt, "__consumer_offsets has a key of a consumer group that ends too early");
  if (version == topic_sizes || version == regex_matches) return {};
  Reader in(value);
  const auto value_version = in.be<std::int16_t>();
  if (in.ok() && value_version != 0)
    return fail(ErrorCode::unsupported, "__consumer_offsets has a consumer group's record of version " + std::to_string(value_version) + ", which this program does not know");
  StoredConsumerMember nobody;
  auto& slot = group.members[id];
  auto& member = of_member ? (slot ? *slot : slot.emplace()) : nobody;
  switch (version) {
    case group_epoch: group.epoch = in.be<std::int32_t>(); break;
    case target_epoch: group.assignment_epoch = in.be<std::int32_t>(); break;
    case member_metadata: read_metadata(in, member); break;
    case member_target: member.target = take_partitions(in); break;
    case member_current: read_current(in, member); break;
    default: break;
  }
  if (!of_member) group.members.erase(id);
  skip_tags(in);
  if (!in.ok()) return fail(ErrorCode::corrupt, "__consumer_offsets has a consumer group's record that ends too early");
  return {};
}

}  // namespace braid::storage
