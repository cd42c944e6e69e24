#include "storage/group_offsets.h"

#include <algorithm>

#include "base/log.h"
#include "io/all.h"
#include "io/sync.h"
#include "wire/record_batch.h"

namespace braid::storage {
namespace {

// Small segments, because a start reads the whole topic: compaction keeps it at about the live records and as much again.
const ConfigMap topic_configs{{"cleanup.policy", "compact"}, {"segment.bytes", "1048576"}};

using Place = std::pair<std::string, PartitionId>;
struct Committed {
  OffsetCommit commit;
  std::int64_t at = 0;   // offset of its record: the later record of a key counts, also when a transaction ends after it
};
using OffsetMap = std::map<Place, Committed>;
struct GroupData {
  OffsetMap offsets;
  std::optional<StoredGroup> stored;
  std::map<Bytes, Bytes> consumer;   // records of a KIP-848 group, as they are in the log
  bool nothing() const { return offsets.empty() && !stored && consumer.empty(); }
};

struct Change {   // one record; an empty value removes
  std::variant<OffsetKey, GroupKey, ConsumerGroupKey> key;
  std::variant<std::monostate, OffsetCommit, StoredGroup, Bytes> value;
  std::int64_t at = 0;   // offset of its record
};

// One partition of the topic with the groups in it. Touched on its home shard only.
struct Part {
  std::map<std::string, GroupData> groups;
  std::map<std::int64_t, std::vector<Change>> undecided;   // by producer id: what its open transaction would change
  int writing = 0;                   // changes on their way to the disk
  io::Notifier changed;

  void apply(const Change& change) {
    if (const auto* key = std::get_if<OffsetKey>(&change.key)) {
      auto& group = groups[key->group];
      const Place place{key->topic, key->partition};
      if (const auto* commit = std::get_if<OffsetCommit>(&change.value)) {
        auto& known = group.offsets[place];
        if (known.at <= change.at) known = {*commit, change.at};
      } else {
        group.offsets.erase(place);
        for (auto& [_, changes] : undecided) std::erase_if(changes, [&](const Change& c) { return c.key == change.key; });
      }
      if (group.nothing()) groups.erase(key->group);
    } else if (const auto* record = std::get_if<ConsumerGroupKey>(&change.key)) {
      auto& group = groups[record->group];
      if (const auto* value = std::get_if<Bytes>(&change.value)) group.consumer.insert_or_assign(record->key, *value);
      else group.consumer.erase(record->key);
      if (group.nothing()) groups.erase(record->group);
    } else {
      const auto& name = std::get<GroupKey>(change.key).group;
      auto& group = groups[name];
      if (const auto* stored = std::get_if<StoredGroup>(&change.value)) group.stored = *stored;
      else group.stored.reset();
      if (group.nothing()) groups.erase(name);
    }
  }
  void end(std::int64_t producer_id, bool commit) {
    const auto at = undecided.find(producer_id);
    if (at == undecided.end()) return;
    const auto changes = std::move(at->second);
    undecided.erase(at);
    if (commit)
      for (const auto& change : changes) apply(change);
  }
};

Bytes key_of(const Change& change) {
  return std::visit([](const auto& key) { return encode(key); }, change.key);
}
std::optional<Bytes> value_of(const Change& change) {
  if (const auto* commit = std::get_if<OffsetCommit>(&change.value)) return encode_value(*commit);
  if (const auto* stored = std::get_if<StoredGroup>(&change.value)) return encode_value(*stored);
  if (const auto* bytes = std::get_if<Bytes>(&change.value)) return *bytes;
  return std::nullopt;
}

class GroupOffsetsImpl final : public GroupOffsets {
 public:
  GroupOffsetsImpl(Log& log, io::Shards& shards) : log_(log), shards_(shards) {}

  io::Task<Result<void>> open(std::int32_t partitions) {
    topic_ = log_.topics()->find(topic_name);
    if (topic_ == nullptr) {
      NewTopic fresh;
      fresh.name = topic_name;
      fresh.partitions = partitions;
      fresh.configs = topic_configs;
      fresh.internal = true;
      CO_TRY(topic_, co_await log_.create_topic(std::move(fresh)));
    } else if (!topic_->configs.contains("segment.bytes")) {   // made by a version that did not compact
      std::map<std::string, std::optional<std::string>> changes;
      changes.emplace("segment.bytes", topic_configs.at("segment.bytes"));
      auto altering = log_.alter_configs(topic_name, std::move(changes), false);
      CO_TRY(topic_, co_await std::move(altering));
    }
    for (std::int32_t p = 0; p < topic_->partition_count(); ++p) {
      parts_.push_back(std::make_unique<Part>());
      CO_TRY_VOID(co_await load(p));
    }
    co_return Result<void>{};
  }

  io::Task<LogResult<void>> commit(std::string group, std::vector<OffsetCommit> commits) override {
    std::vector<Change> changes;
    for (auto& c : commits) {
      OffsetKey key{group, c.topic, c.partition};
      changes.push_back({std::move(key), std::move(c)});
    }
    return write(group, std::move(changes));
  }
  io::Task<LogResult<void>> commit_in_transaction(std::string group, ProducerIdentity who, std::vector<OffsetCommit> commits) override {
    std::vector<Change> changes;
    for (auto& c : commits) {
      OffsetKey key{group, c.topic, c.partition};
      changes.push_back({std::move(key), std::move(c)});
    }
    return write(group, std::move(changes), who);
  }
  io::Task<LogResult<void>> end_transaction(PartitionId partition, ProducerIdentity who, bool commit) override {
    if (partition.value < 0 || partition.value >= std::int32_t(parts_.size())) co_return LogResult<void>{};
    auto there = home(partition.value).on([this, partition, who, commit] { return end_here(partition.value, who, commit); });
    co_return co_await std::move(there);
  }
  io::Task<std::set<Place>> undecided(std::string group) override {
    const auto p = part_of(group);
    auto there = home(p).on([this, p, group] {
      std::set<Place> out;
      for (const auto& [_, changes] : parts_[std::size_t(p)]->undecided)
        for (const auto& change : changes)
          if (const auto* key = std::get_if<OffsetKey>(&change.key); key != nullptr && key->group == group) out.emplace(key->topic, key->partition);
      return out;
    });
    co_return co_await std::move(there);
  }
  PartitionId partition_of(const std::string& group) const override { return PartitionId{part_of(group)}; }
  io::Task<LogResult<void>> remove(std::string group, std::vector<std::pair<std::string, PartitionId>> which) override {
    std::vector<Change> changes;
    for (auto& [topic, partition] : which) {
      OffsetKey key{group, std::move(topic), partition};
      changes.push_back({std::move(key), std::monostate{}});
    }
    return write(group, std::move(changes));
  }
  io::Task<LogResult<void>> store_group(StoredGroup group) override {
    const auto name = group.group;
    std::vector<Change> changes;
    changes.push_back({GroupKey{name}, std::move(group)});
    return write(name, std::move(changes));
  }

  io::Task<std::vector<OffsetCommit>> fetch(std::string group) override {
    const auto p = part_of(group);
    auto found = co_await home(p).on([&] {
      std::vector<OffsetCommit> out;
      const auto& groups = parts_[std::size_t(p)]->groups;
      if (const auto it = groups.find(group); it != groups.end())
        for (const auto& [_, known] : it->second.offsets) out.push_back(known.commit);
      return out;
    });
    co_return found;
  }

  io::Task<LogResult<void>> remove_group(std::string group) override {
    const auto p = part_of(group);
    auto changes = co_await home(p).on([&] {
      std::vector<Change> out;
      const auto& groups = parts_[std::size_t(p)]->groups;
      const auto it = groups.find(group);
      if (it == groups.end()) return out;
      for (const auto& [key, commit] : it->second.offsets) {
        OffsetKey gone{group, key.first, key.second};
        out.push_back({std::move(gone), std::monostate{}});
      }
      if (it->second.stored) out.push_back({GroupKey{group}, std::monostate{}});
      take_apart(out, group, it->second);
      return out;
    });
    co_return co_await write(std::move(group), std::move(changes));
  }

  io::Task<LogResult<void>> store_consumer_group(StoredConsumerGroup group) override {
    const auto p = part_of(group.group);
    const auto& name = group.group;
    auto changes = co_await home(p).on([&] {
      std::vector<Change> out;
      const auto& groups = parts_[std::size_t(p)]->groups;
      if (const auto it = groups.find(name); it != groups.end() && it->second.stored) out.push_back({GroupKey{name}, std::monostate{}});
      return out;
    });
    auto records = encode_consumer_group(group);
    for (auto& r : records) {
      ConsumerGroupKey key{name, std::move(r.key)};
      if (r.value) changes.push_back({std::move(key), *std::move(r.value)});
      else changes.push_back({std::move(key), std::monostate{}});
    }
    co_return co_await write(name, std::move(changes));
  }
  io::Task<LogResult<void>> remove_consumer_group(std::string group) override {
    const auto p = part_of(group);
    auto changes = co_await home(p).on([&] {
      std::vector<Change> out;
      const auto& groups = parts_[std::size_t(p)]->groups;
      if (const auto it = groups.find(group); it != groups.end()) take_apart(out, group, it->second);
      return out;
    });
    co_return co_await write(std::move(group), std::move(changes));
  }
  io::Task<std::vector<StoredConsumerGroup>> stored_consumer_groups() override {
    std::vector<StoredConsumerGroup> out;
    for (std::int32_t p = 0; p < std::int32_t(parts_.size()); ++p) {
      auto some = co_await home(p).on([&] {
        std::vector<StoredConsumerGroup> all;
        for (const auto& [name, group] : parts_[std::size_t(p)]->groups) {
          if (group.consumer.empty()) continue;
          auto& one = all.emplace_back();
          for (const auto& [key, value] : group.consumer)
            if (auto read = apply_consumer_record(one, key, value); !read) log::warn("group_record_skipped", {{"group", name}, {"error", read.error().message}});
        }
        return all;
      });
      for (auto& g : some) out.push_back(std::move(g));
    }
    co_return out;
  }

  io::Task<LogResult<void>> remove_topic(std::string topic) override {
    for (std::int32_t p = 0; p < std::int32_t(parts_.size()); ++p) {
      auto affected = co_await home(p).on([&] {
        std::map<std::string, std::vector<std::pair<std::string, PartitionId>>> out;
        for (const auto& [name, group] : parts_[std::size_t(p)]->groups)
          for (const auto& [key, commit] : group.offsets)
            if (key.first == topic) out[name].push_back(key);
        return out;
      });
      for (auto& [group, which] : affected) {
        auto done = co_await remove(group, std::move(which));
        if (!done) co_return done;
      }
    }
    co_return LogResult<void>{};
  }

  io::Task<std::vector<std::string>> groups() override {
    std::vector<std::string> out;
    for (std::int32_t p = 0; p < std::int32_t(parts_.size()); ++p) {
      auto names = co_await home(p).on([&] {
        std::vector<std::string> some;
        for (const auto& [name, group] : parts_[std::size_t(p)]->groups) some.push_back(name);
        return some;
      });
      out.insert(out.end(), names.begin(), names.end());
    }
    std::ranges::sort(out);
    co_return out;
  }

  io::Task<std::vector<StoredGroup>> stored_groups() override {
    std::vector<StoredGroup> out;
    for (std::int32_t p = 0; p < std::int32_t(parts_.size()); ++p) {
      auto some = co_await home(p).on([&] {
        std::vector<StoredGroup> all;
        for (const auto& [name, group] : parts_[std::size_t(p)]->groups)
          if (group.stored) all.push_back(*group.stored);
        return all;
      });
      for (auto& g : some) out.push_back(std::move(g));
    }
    co_return out;
  }

  io::Task<void> close() override {
    for (std::int32_t p = 0; p < std::int32_t(parts_.size()); ++p) co_await home(p).on([this, p] { return settle(*parts_[std::size_t(p)]); });
  }

 private:
  static void take_apart(std::vector<Change>& out, const std::string& group, const GroupData& data) {
    for (const auto& [record, value] : data.consumer) {
      ConsumerGroupKey key{group, record};
      out.push_back({std::move(key), std::monostate{}});
    }
  }
  std::int32_t part_of(const std::string& group) const { return partition_of_group(group, std::int32_t(parts_.size())).value; }
  io::Shard& home(std::int32_t part) const { return shards_.at(part % shards_.size()); }

  static io::Task<void> settle(Part& part) {
    while (part.writing > 0) co_await part.changed.wait();
  }

  io::Task<LogResult<void>> write(std::string group, std::vector<Change> changes, std::optional<ProducerIdentity> transaction = {}) {
    const auto p = part_of(group);
    if (changes.empty()) co_return LogResult<void>{};
    auto done = co_await home(p).on([&] { return write_here(p, std::move(changes), transaction); });
    co_return done;
  }

  // On the home shard.
  io::Task<LogResult<void>> write_here(std::int32_t p, std::vector<Change> changes, std::optional<ProducerIdentity> transaction) {
    auto& part = *parts_[std::size_t(p)];
    ++part.writing;
    auto written = co_await append(p, changes, transaction);
    if (written) {
      for (auto at = written->value; auto& change : changes) change.at = at++;
      if (transaction) std::ranges::move(changes, std::back_inserter(part.undecided[transaction->id]));
      else
        for (const auto& change : changes) part.apply(change);
    }
    --part.writing;
    part.changed.notify_all();
    if (!written) co_return std::unexpected(std::move(written).error());
    co_return LogResult<void>{};
  }

  io::Task<LogResult<void>> end_here(std::int32_t p, ProducerIdentity who, bool commit) {
    auto& part = *parts_[std::size_t(p)];
    ++part.writing;
    const PartitionId partition{p};
    auto ended = co_await log_.end_transaction(topic_, partition, who, commit);
    if (ended) part.end(who.id, commit);
    --part.writing;
    part.changed.notify_all();
    if (!ended) co_return std::unexpected(std::move(ended).error());
    co_return LogResult<void>{};
  }

  // The offset of the first record. One batch: a group's change is there as a whole or not at all.
  io::Task<LogResult<Offset>> append(std::int32_t p, const std::vector<Change>& changes, std::optional<ProducerIdentity> transaction) {
    wire::BatchOptions batch_options;
    if (transaction) {
      batch_options.producer_id = transaction->id;
      batch_options.producer_epoch = transaction->epoch;
      batch_options.transactional = true;
    }
    wire::BatchBuilder builder(batch_options);
    const auto now = system_clock().wall_ms();
    for (const auto& change : changes) {
      const auto key = key_of(change);
      const auto value = value_of(change);
      builder.add(now, key, value ? std::optional<BytesView>(*value) : std::nullopt);
    }
    auto batch = builder.finish();
    if (!batch) co_return std::unexpected(Failure(std::move(batch).error()));
    AppendOptions options;
    options.trusted = true;
    const PartitionId partition{p};
    auto appended = co_await log_.append(topic_, partition, *std::move(batch), options);
    if (!appended) co_return std::unexpected(std::move(appended).error());
    co_return appended->base_offset;
  }

  io::Task<Result<void>> load(std::int32_t p) {
    auto& part = *parts_[std::size_t(p)];
    const PartitionId partition{p};
    CO_TRY(const auto state, co_await log_.state(topic_, partition));
    ReadOptions options;
    Bytes scratch;
    std::vector<wire::RecordHeader> headers;
    for (auto at = state.log_start; at < state.high_watermark;) {
      CO_TRY(const auto outcome, co_await log_.read(topic_, partition, at, options));
      if (outcome.next <= at) break;
      at = outcome.next;
      for (const auto& piece : outcome.pieces) {
        BytesView bytes = piece.bytes;
        while (auto batch = wire::next_batch_unchecked(bytes)) CO_TRY_VOID(read_batch(part, *batch, scratch, headers));
      }
    }
    co_return Result<void>{};
  }

  static Result<void> read_batch(Part& part, const wire::BatchView& batch, Bytes& scratch, std::vector<wire::RecordHeader>& headers) {
    if (const auto commit = wire::marker_commits(batch)) part.end(batch.header.producer_id, *commit);
    if (batch.header.control()) return {};
    TRY(auto reader, wire::RecordReader::open(batch, scratch));
    wire::RecordRef record;
    for (;;) {
      headers.clear();
      TRY(const bool more, reader.next(record, headers));
      if (!more) return {};
      if (!record.key) continue;
      if (auto read = read_record(part, record, batch.header); !read)   // a record of a newer program must not keep the node from starting
        log::warn("offset_record_skipped", {{"offset", record.offset}, {"error", read.error().message}});
    }
  }
  static Result<void> read_record(Part& part, const wire::RecordRef& record, const wire::BatchHeader& header) {
    TRY(auto key, decode_group_key(*record.key));
    Change change;
    change.key = key;
    change.at = record.offset;
    if (record.value) {
      if (const auto* offset_key = std::get_if<OffsetKey>(&key)) {
        TRY(change.value, decode_offset_value(*offset_key, *record.value));
      } else if (const auto* group_key = std::get_if<GroupKey>(&key)) {
        TRY(change.value, decode_group_value(*group_key, *record.value));
      } else {
        change.value = Bytes(*record.value);
      }
    }
    if (header.transactional()) part.undecided[header.producer_id].push_back(std::move(change));
    else part.apply(change);
    return {};
  }

  Log& log_;
  io::Shards& shards_;
  TopicPtr topic_;
  std::vector<std::unique_ptr<Part>> parts_;
};

}  // namespace

PartitionId partition_of_group(std::string_view group, std::int32_t partitions) {
  std::uint32_t hash = 0;
  for (unsigned char c : group) hash = hash * 31 + c;   // the same as Java's for ASCII names
  return PartitionId{std::int32_t((hash & 0x7fffffffu) % std::uint32_t(partitions))};
}

io::Task<Result<std::unique_ptr<GroupOffsets>>> GroupOffsets::open(Log& log, io::Shards& shards, std::int32_t partitions) {
  auto out = std::make_unique<GroupOffsetsImpl>(log, shards);
  CO_TRY_VOID(co_await out->open(partitions));
  co_return std::unique_ptr<GroupOffsets>(std::move(out));
}

}  // namespace braid::storage
