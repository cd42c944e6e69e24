#include "storage/group_records.h"

#include "storage/consumer_records.h"

namespace braid::storage {
namespace {

void put_string(Writer& out, std::string_view text) {
  text = text.substr(0, 32767);
  out.be(std::int16_t(text.size()));
  out.bytes(text);
}
void put_nullable(Writer& out, const std::optional<std::string>& text) {
  if (text) put_string(out, *text);
  else out.be(std::int16_t(-1));
}
void put_bytes(Writer& out, BytesView bytes) {
  out.be(std::int32_t(bytes.size()));
  out.bytes(bytes);
}

std::optional<std::string> take_nullable(Reader& in) {
  const auto n = in.be<std::int16_t>();
  if (n >= 0) return std::string(in.bytes(std::size_t(n)));
  if (n < -1) in.set_failed();
  return std::nullopt;
}
std::string take_string(Reader& in) {
  auto text = take_nullable(in);
  if (!text) in.set_failed();
  return text.value_or("");
}
Bytes take_bytes(Reader& in) {
  const auto n = in.be<std::int32_t>();
  if (n < 0) in.set_failed();
  return Bytes(in.bytes(n < 0 ? 0 : std::size_t(n)));
}

std::unexpected<Error> too_new(const char* what, int version) {
  return fail(ErrorCode::unsupported, std::string("__consumer_offsets has a ") + what + " of version " + std::to_string(version) + ", which this program does not know");
}
std::unexpected<Error> broken(const char* what) { return fail(ErrorCode::corrupt, std::string("__consumer_offsets has a ") + what + " that ends too early"); }

}  // namespace

Bytes encode(const OffsetKey& key) {
  Bytes bytes;
  Writer out(bytes);
  out.be(std::int16_t(1));
  put_string(out, key.group);
  put_string(out, key.topic);
  out.be(key.partition.value);
  return bytes;
}

Bytes encode(const GroupKey& key) {
  Bytes bytes;
  Writer out(bytes);
  out.be(std::int16_t(2));
  put_string(out, key.group);
  return bytes;
}

Bytes encode_value(const OffsetCommit& commit) {
  Bytes bytes;
  Writer out(bytes);
  out.be(std::int16_t(3));
  out.be(commit.offset.value);
  out.be(commit.leader_epoch);
  put_string(out, commit.metadata);
  out.be(commit.committed_ms);
  return bytes;
}

Bytes encode_value(const StoredGroup& group) {
  Bytes bytes;
  Writer out(bytes);
  out.be(std::int16_t(3));
  put_string(out, group.protocol_type);
  out.be(group.generation);
  put_nullable(out, group.protocol);
  put_nullable(out, group.leader);
  out.be(group.state_changed_ms);
  out.be(std::int32_t(group.members.size()));
  for (const auto& m : group.members) {
    put_string(out, m.id);
    put_nullable(out, m.instance_id);
    put_string(out, m.client_id);
    put_string(out, m.client_host);
    out.be(m.rebalance_timeout_ms);
    out.be(m.session_timeout_ms);
    put_bytes(out, m.subscription);
    put_bytes(out, m.assignment);
  }
  return bytes;
}

Result<std::variant<OffsetKey, GroupKey, ConsumerGroupKey>> decode_group_key(BytesView bytes) {
  Reader in(bytes);
  const auto version = in.be<std::int16_t>();
  if (!in.ok()) return broken("key");
  if (is_consumer_key_version(version)) {
    ConsumerGroupKey key{take_string(in), Bytes(bytes)};
    if (!in.ok()) return broken("key");
    return key;
  }
  if (version < 0 || version > 2) return too_new("key", version);
  if (version == 2) {
    GroupKey key{take_string(in)};
    if (!in.ok()) return broken("key");
    return key;
  }
  OffsetKey key;
  key.group = take_string(in);
  key.topic = take_string(in);
  key.partition = PartitionId{in.be<std::int32_t>()};
  if (!in.ok()) return broken("key");
  return key;
}

Result<OffsetCommit> decode_offset_value(const OffsetKey& key, BytesView bytes) {
  Reader in(bytes);
  const auto version = in.be<std::int16_t>();
  if (in.ok() && (version < 0 || version > 3)) return too_new("committed offset", version);
  OffsetCommit out;
  out.topic = key.topic;
  out.partition = key.partition;
  out.offset = Offset{in.be<std::int64_t>()};
  if (version >= 3) out.leader_epoch = in.be<std::int32_t>();
  out.metadata = take_string(in);
  out.committed_ms = in.be<std::int64_t>();
  if (version == 1) in.be<std::int64_t>();   // when it expires, as clients of old could choose
  if (!in.ok()) return broken("committed offset");
  return out;
}

Result<StoredGroup> decode_group_value(const GroupKey& key, BytesView bytes) {
  Reader in(bytes);
  const auto version = in.be<std::int16_t>();
  if (in.ok() && (version < 0 || version > 3)) return too_new("group", version);
  StoredGroup out;
  out.group = key.group;
  out.protocol_type = take_string(in);
  out.generation = in.be<std::int32_t>();
  out.protocol = take_nullable(in);
  out.leader = take_nullable(in);
  if (version >= 2) out.state_changed_ms = in.be<std::int64_t>();
  for (auto n = in.be<std::int32_t>(); n > 0 && in.ok(); --n) {
    StoredMember m;
    m.id = take_string(in);
    if (version >= 3) m.instance_id = take_nullable(in);
    m.client_id = take_string(in);
    m.client_host = take_string(in);
    if (version >= 1) m.rebalance_timeout_ms = in.be<std::int32_t>();
    m.session_timeout_ms = in.be<std::int32_t>();
    if (version < 1) m.rebalance_timeout_ms = m.session_timeout_ms;
    m.subscription = take_bytes(in);
    m.assignment = take_bytes(in);
    if (in.ok()) out.members.push_back(std::move(m));
  }
  if (!in.ok()) return broken("group");
  return out;
}

}  // namespace braid::storage
