#include "observe/topic_profile.h"
#include "base/limits/observe.h"

#include <zstd.h>

#include <algorithm>
#include <cstring>


namespace braid::observe {
namespace {

constexpr std::size_t reason_bytes_max = 200;

std::string place_of(Side side, std::string_view path) {
  std::string out(1, side == Side::key ? 'k' : 'v');
  out += path;
  return out;
}

}  // namespace

std::string_view name_of(Side side) { return side == Side::key ? "key" : "value"; }

FieldProfile* TopicProfile::field(Side side, std::string_view path) {
  auto place = place_of(side, path);
  const auto at = places_.find(place);
  if (at != places_.end()) return &fields_[at->second].profile;
  if (fields_.size() >= limits::profile_fields_max) {
    ++fields_left_out;
    return nullptr;
  }
  places_.emplace(std::move(place), fields_.size());
  return &fields_.emplace_back(Field{side, std::string(path), {}}).profile;
}

void TopicProfile::note_undecodable(std::string reason, std::uint64_t n) {
  undecodable += n;
  reason = std::string(cut_text(reason, reason_bytes_max));
  const auto at = reasons.find(reason);
  if (at != reasons.end()) at->second += n;
  else if (reasons.size() < reasons_max) reasons.emplace(std::move(reason), n);
  else reasons["(others)"] += n;
}

void TopicProfile::merge(const TopicProfile& other) {
  records += other.records;
  profiled += other.profiled;
  with_key += other.with_key;
  with_value += other.with_value;
  bytes += other.bytes;
  last_record_ms = std::max(last_record_ms, other.last_record_ms);
  fields_left_out += other.fields_left_out;
  for (const auto& [reason, n] : other.reasons) note_undecodable(reason, n);
  for (const auto& [partition, offset] : other.next) {
    auto& mine = next[partition];
    mine = std::max(mine, offset);
  }
  for (const auto& f : other.fields_)
    if (auto* mine = field(f.side, f.path)) mine->merge(f.profile);
}

std::size_t TopicProfile::memory_bytes() const {
  std::size_t out = sizeof *this;
  for (const auto& f : fields_) out += sizeof(Field) + 2 * f.path.capacity() + 64 + f.profile.memory_bytes() - sizeof(FieldProfile);
  return out;
}

std::uint64_t TopicProfile::absent(const Field& f) const {
  const std::uint64_t seen = f.profile.count() + f.profile.nulls(), all = f.side == Side::key ? with_key : with_value;
  // Inside lists and maps there may be any number in a record, so nothing can be said of those without.
  const bool counted = f.path.find("[]") == std::string::npos && f.path.find("{}") == std::string::npos;
  return counted && all > seen ? all - seen : 0;
}

std::optional<TopicProfile::FieldCount> TopicProfile::count_of(std::string_view path) const {
  for (const Side side : {Side::value, Side::key})
    if (const auto at = places_.find(place_of(side, path)); at != places_.end()) {
      const Field& f = fields_[at->second];
      return FieldCount{f.profile.count(), f.profile.nulls(), absent(f)};
    }
  return std::nullopt;
}

std::vector<std::string> TopicProfile::paths() const {
  std::vector<std::string> out;
  for (const auto& f : fields_) out.push_back(f.path);
  return out;
}

json::array TopicProfile::fields_json() const {
  json::array out;
  for (const Side side : {Side::key, Side::value})
    for (const auto& f : fields_) {
      if (f.side != side) continue;
      out.push_back(f.profile.to_json(f.path, name_of(side), absent(f)));
    }
  return out;
}

Bytes TopicProfile::encode() const {
  Bytes plain;
  Writer w(plain);
  const auto text = [&](std::string_view t) {
    w.uvarint(t.size());
    w.bytes(t);
  };
  text(topic);
  w.bytes({reinterpret_cast<const char*>(id.data()), id.size()});
  w.varint(since_ms);
  w.uvarint(next.size());
  for (const auto& [partition, offset] : next) {
    w.uvarint(std::uint64_t(partition));
    w.varint(offset);
  }
  for (const auto n : {records, profiled, with_key, with_value, bytes, fields_left_out, undecodable}) w.uvarint(n);
  w.varint(last_record_ms);
  w.uvarint(reasons.size());
  for (const auto& [reason, n] : reasons) {
    text(reason);
    w.uvarint(n);
  }
  w.uvarint(fields_.size());
  for (const auto& f : fields_) {
    w.u8(std::uint8_t(f.side));
    text(f.path);
    f.profile.encode(plain);
  }
  return packed(format, plain);
}

Result<TopicProfile> TopicProfile::decode(BytesView bytes) {
  const auto bad = [](const char* what) { return fail(ErrorCode::corrupt, std::string("a kept profile ") + what); };
  TRY(const auto plain, unpacked(format, bytes));
  Reader in(plain);
  const auto text = [&] { return std::string(in.bytes(in.uvarint())); };
  TopicProfile out;
  out.topic = text();
  const auto id = in.bytes(out.id.size());
  if (!in.ok()) return bad("is cut short");
  std::memcpy(out.id.data(), id.data(), id.size());
  out.since_ms = in.varint();
  const auto partitions = in.uvarint();
  if (!in.ok() || partitions > in.remaining()) return bad("has an impossible number of partitions");
  for (std::uint64_t i = 0; i < partitions; ++i) {
    const auto partition = in.uvarint();
    const auto offset = in.varint();
    if (!in.ok() || partition > 1'000'000 || offset < 0) return bad("has an impossible position");
    out.next[std::int32_t(partition)] = offset;
  }
  for (auto* n : {&out.records, &out.profiled, &out.with_key, &out.with_value, &out.bytes, &out.fields_left_out, &out.undecodable}) *n = in.uvarint();
  out.last_record_ms = in.varint();
  const auto reasons = in.uvarint();
  if (!in.ok() || reasons > reasons_max + 1) return bad("has too many reasons");
  for (std::uint64_t i = 0; i < reasons; ++i) {
    auto reason = text();
    out.reasons[std::move(reason)] = in.uvarint();
  }
  const auto fields = in.uvarint();
  if (!in.ok() || fields > limits::profile_fields_max) return bad("has too many fields");
  for (std::uint64_t i = 0; i < fields; ++i) {
    const auto side = in.u8();
    auto path = text();
    if (!in.ok() || side > 1) return bad("has a field that cannot be read");
    auto* profile = out.field(Side(side), path);
    if (profile == nullptr || out.fields_.size() != i + 1) return bad("names a field twice");
    TRY(*profile, FieldProfile::decode(in));
  }
  if (!in.done()) return bad("is longer than its fields");
  return out;
}

bool operator==(const TopicProfile& a, const TopicProfile& b) {
  return a.topic == b.topic && a.id == b.id && a.since_ms == b.since_ms && a.next == b.next && a.records == b.records && a.profiled == b.profiled && a.with_key == b.with_key &&
         a.with_value == b.with_value && a.undecodable == b.undecodable && a.reasons == b.reasons && a.bytes == b.bytes && a.last_record_ms == b.last_record_ms &&
         a.fields_left_out == b.fields_left_out && a.fields_ == b.fields_;
}

Bytes packed(std::uint8_t format, BytesView plain) {
  Bytes out(1 + ZSTD_compressBound(plain.size()), '\0');
  out[0] = char(format);
  const std::size_t n = ZSTD_compress(out.data() + 1, out.size() - 1, plain.data(), plain.size(), 1);
  BRAID_ASSERT(!ZSTD_isError(n));
  out.resize(1 + n);
  return out;
}

Result<Bytes> unpacked(std::uint8_t format, BytesView bytes) {
  if (bytes.empty() || std::uint8_t(bytes[0]) != format)
    return fail(ErrorCode::unsupported, bytes.empty() ? "a kept state is empty" : "a kept state has the form " + std::to_string(std::uint8_t(bytes[0])) + ", this node reads " + std::to_string(format),
                "it was written by another version of the program");
  bytes.remove_prefix(1);
  const auto size = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > limits::profile_state_bytes_max)
    return fail(ErrorCode::corrupt, "a kept state is not compressed as it should be, or too large");
  Bytes out(size, '\0');
  const std::size_t n = ZSTD_decompress(out.data(), out.size(), bytes.data(), bytes.size());
  if (ZSTD_isError(n) || n != size) return fail(ErrorCode::corrupt, "a kept state cannot be decompressed");
  return out;
}

}  // namespace braid::observe
