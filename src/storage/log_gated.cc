// Appending to a topic with a contract: the gate judges, and what it diverts goes to the dead letters before the rest is written.
// A record that was diverted leaves a gap in the offsets, as compaction does, so that sequence numbers of idempotent producers go on.
#include "io/all.h"
#include "storage/log_impl.h"
#include "storage/record_gate.h"

namespace braid::storage {
namespace {

io::Task<void> store(io::Task<LogResult<Appended>> appending, std::optional<LogResult<Appended>>& out) { out.emplace(co_await std::move(appending)); }
io::Task<void> give_way(std::optional<io::Turns::Turn>& turn) {
  turn.reset();
  co_return;
}

std::unexpected<Failure> refused(const Topic& topic, const wire::BatchHeader& header, std::vector<RecordFailure> records) {
  Failure failure(Reason::invalid_record, Error{ErrorCode::invalid_input, "topic " + topic.name + " refuses " + std::to_string(records.size()) + " of " + std::to_string(header.records_count) +
                                                                              " records: record " + std::to_string(records.front().index) + ": " + records.front().message,
                                                "the topic's settings confluent.*.schema.validation and braid.contract.* say what is checked", {}});
  failure.records = std::move(records);
  return std::unexpected(std::move(failure));
}

// Nothing but the header: it takes the offsets and the sequence numbers of its records.
Bytes emptied(const wire::BatchView& batch) {
  Bytes out(batch.bytes.substr(0, wire::batch_header_bytes));
  store_be(out.data() + 8, std::int32_t(wire::batch_header_bytes - wire::batch_prefix_bytes));
  store_be(out.data() + 21, std::int16_t(batch.header.attributes & ~7));   // not compressed
  store_be(out.data() + 57, std::int32_t(0));
  store_be(out.data() + 17, wire::batch_crc(out));
  return out;
}

}  // namespace

io::Task<LogResult<void>> LogImpl::write_dead_letters(std::string name, Bytes batch) {
  auto topic = topics()->find(name);
  if (topic == nullptr) {
    NewTopic wanted;
    wanted.name = name;
    auto creating = create_topic(std::move(wanted));
    auto created = co_await std::move(creating);
    if (!created && created.error().reason != Reason::topic_exists) co_return std::unexpected(std::move(created).error());
    topic = created ? *created : topics()->find(name);
  }
  CO_TRY(auto partition, find(topic, PartitionId{0}));
  CO_TRY(const auto header, wire::parse_batch_header(batch));
  const AppendOptions options;
  auto writing = append_there(std::move(partition), topic->config.durable, std::move(batch), header, options);
  CO_TRY_VOID(co_await std::move(writing));
  co_return LogResult<void>{};
}

io::Task<LogResult<Appended>> LogImpl::append_judged(PartitionPtr partition, TopicPtr topic, PartitionId number, Bytes batch, wire::BatchHeader header, AppendOptions options,
                                                     std::int64_t now) {
  auto coming = owners_[std::size_t(io::Shard::current()->index())]->gated.take();
  auto taken = co_await std::move(coming);
  std::optional<io::Turns::Turn> turn(std::move(taken));
  const wire::BatchView view{header, batch};
  auto judging = options_.gate->judge(topic, number, view);
  CO_TRY(auto verdict, co_await std::move(judging));
  if (!verdict.refused.empty()) co_return refused(*topic, header, std::move(verdict.refused));
  if (!verdict.dead_letters.empty()) {
    auto writing = write_dead_letters(verdict.dead_letter_topic, std::move(verdict.dead_letters));
    if (auto written = co_await std::move(writing); !written) {
      written.error().error.message = "the dead letters of " + topic->name + " cannot be written to " + verdict.dead_letter_topic + ": " + written.error().error.message;
      co_return std::unexpected(std::move(written).error());
    }
    bool any = false;
    for (const char kept : verdict.keep) any = any || kept != 0;
    if (any) {
      CO_TRY(auto rest, wire::rebuild_batch(view, verdict.keep, std::nullopt));
      batch = std::move(rest);
    } else {
      batch = emptied(view);
    }
    CO_TRY(header, wire::parse_batch_header(batch));
  }
  // The next one may be judged as soon as this one has begun its way to its partition: the order stays, the disk is shared.
  std::optional<LogResult<Appended>> done;
  std::vector<io::Task<void>> both;
  both.push_back(store(append_there(std::move(partition), topic->config.durable, std::move(batch), header, options), done));
  both.push_back(give_way(turn));
  co_await io::all(std::move(both));
  if (!done) co_return refuse(Reason::storage_failed, "the append ended without an answer");
  if (*done && topic->config.log_append_time && !(*done)->duplicate) (*done)->log_append_time_ms = now;
  co_return *std::move(done);
}

}  // namespace braid::storage
