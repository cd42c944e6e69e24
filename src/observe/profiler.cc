#include "observe/profiler.h"

#include <algorithm>
#include <cmath>

#include "base/log.h"

namespace braid::observe {

using eventlog::Chunk;
using eventlog::TopicPartition;

namespace {

constexpr std::size_t read_bytes = 256 * 1024;
constexpr std::size_t slice_records = 512;               // decoded at one go: some 100 µs in which the shard does nothing else
constexpr io::Milliseconds pause{150};                   // at the end of the log: a trickle is taken in handfuls
constexpr io::Milliseconds retry{2000};
constexpr int jump_from = 2;                             // a read of 256 KiB brings two or three blocks anyway
constexpr double most_saved_ns = 20e6;                   // of the allowance, while there was nothing to do
constexpr std::int64_t second_ns = 1'000'000'000;
constexpr std::int64_t look_ns = 30 * second_ns;

}  // namespace

io::Milliseconds Allowance::wait(std::int64_t now_ns) {
  if (at_ns_ != 0) left_ns_ = std::min(most_saved_ns, left_ns_ + double(now_ns - at_ns_) * share_);
  at_ns_ = now_ns;
  if (left_ns_ >= 0) return io::Milliseconds(0);
  return io::Milliseconds(std::int64_t(std::ceil(-left_ns_ / share_ / 1e6)));
}

void Allowance::note_worker(std::int64_t now_ns, std::int64_t& last_second) {
  const std::int64_t second = now_ns / second_ns;
  if (second != second_) {
    workers_before_ = second == second_ + 1 ? workers_now_ : 0;
    workers_now_ = 0;
    second_ = second;
  }
  if (last_second == second) return;
  last_second = second;
  ++workers_now_;
}

io::Task<void> Profiler::run(std::shared_ptr<Profiler> self) {
  Profiler& p = *self;
  while (!p.stopping_) {
    Result<void> done;                                   // no conditional operator around a co_await: io/task.h
    if (p.reader_) done = co_await p.step();
    else done = co_await p.open();
    if (done) {
      p.problem_.clear();
      continue;
    }
    if (p.stopping_ || done.error().code == ErrorCode::stopping) break;
    p.problem_ = done.error().text();
    p.reader_.reset();
    co_await p.changed_.wait(io::after(retry));
  }
  p.finished_ = true;
  p.changed_.notify_all();
}

void Profiler::stop() {
  stopping_ = true;
  if (reader_) reader_->close();
  changed_.notify_all();
}

io::Task<void> Profiler::stopped() {
  while (!finished_) co_await changed_.wait();
}

io::Task<Result<void>> Profiler::open() {
  auto describing = parts_.log.describe_topic(profile_.topic);
  CO_TRY(const auto info, co_await std::move(describing));
  std::vector<std::pair<TopicPartition, Offset>> from;
  for (std::int32_t n = 0; n < info.partitions; ++n) {
    const TopicPartition place{profile_.topic, PartitionId{n}};
    auto asking = parts_.log.bounds(place);
    CO_TRY(const auto bounds, co_await std::move(asking));
    auto& next = profile_.next[n];
    next = std::clamp(next, bounds.earliest.value, std::max(bounds.earliest.value, bounds.end.value));
    from.emplace_back(place, Offset{next});
    ends_[n] = bounds.end.value;
  }
  CO_TRY(reader_, parts_.log.reader(std::move(from)));
  looked_ns_ = 0;
  co_return co_await look_ahead();
}

io::Task<Result<void>> Profiler::step() {
  auto reading = reader_->next(io::after(io::Milliseconds(60'000)), read_bytes);
  CO_TRY(auto chunks, co_await std::move(reading));
  std::size_t taken = 0;
  for (auto& chunk : chunks) {
    if (stopping_) break;
    taken += chunk.records.size();
    co_await take(std::move(chunk));
  }
  if (sampling_ >= jump_from && !stopping_) CO_TRY_VOID(jump());
  // A trickle needs no looking ahead, only a look now and then whether the topic has grown.
  const auto every = lag_ > 0 ? second_ns / 5 : taken >= slice_records ? second_ns : look_ns;
  if (parts_.clock.monotonic_ns() - looked_ns_ >= every) CO_TRY_VOID(co_await look_ahead());
  auto rest = parts_.allowance.wait(parts_.clock.monotonic_ns());
  if (lag_ == 0) rest = std::max(rest, pause);
  if (rest.count() > 0 && !stopping_) co_await changed_.wait(io::after(rest));
  co_return Result<void>{};
}

// Reading what nobody looks at costs the shard, too, and is in no allowance. With one block in four and fewer the blocks between are left out.
Result<void> Profiler::jump() {
  for (auto& [n, next] : profile_.next) {
    const auto end = ends_.find(n);
    if (end == ends_.end() || is_chosen(next, sampling_)) continue;
    const std::int64_t to = std::min(next_chosen(next, sampling_), end->second);
    if (to <= next) continue;
    TRY_VOID(reader_->seek({profile_.topic, PartitionId{n}}, Offset{to}));
    profile_.records += std::uint64_t(to - next);
    next = to;
  }
  return {};
}

io::Task<Result<void>> Profiler::look_ahead() {
  std::int64_t arrived = 0, lag = 0;
  auto describing = parts_.log.describe_topic(profile_.topic);
  CO_TRY(const auto info, co_await std::move(describing));
  if (info.id != profile_.id || std::size_t(info.partitions) != ends_.size())
    co_return fail(ErrorCode::unavailable, "the topic " + profile_.topic + " was changed", "it is opened again");
  for (auto& [n, end] : ends_) {
    TopicPartition place{profile_.topic, PartitionId{n}};
    auto asking = parts_.log.bounds(std::move(place));
    CO_TRY(const auto bounds, co_await std::move(asking));
    arrived += std::max<std::int64_t>(0, bounds.end.value - end);
    end = bounds.end.value;
    lag += std::max<std::int64_t>(0, end - profile_.next[n]);
  }
  const auto now = parts_.clock.monotonic_ns();
  const double seconds = looked_ns_ == 0 ? 1 : double(now - looked_ns_) / 1e9;
  const double arriving = looked_ns_ == 0 ? 0 : double(arrived) / std::max(0.05, seconds);
  looked_ns_ = now;
  lag_ = lag;
  sampling_ = sampling_for({.arriving_per_s = arriving, .lag = lag, .ns_per_record = ns_per_record_, .share = parts_.allowance.share_each()}, sampling_);
  co_return Result<void>{};
}

io::Task<void> Profiler::take(Chunk chunk) {
  const std::int32_t partition = chunk.from.partition.value;
  auto& next = profile_.next[partition];
  auto& records = chunk.records;
  const auto first = std::ranges::lower_bound(records, next, {}, [](const auto& r) { return r.offset.value; });
  std::size_t at = std::size_t(first - records.begin());
  while (at < records.size() && !stopping_) {
    // A stretch of records of one block, so that they are all chosen or all passed over.
    const std::int64_t block = block_of(records[at].offset.value);
    std::size_t end = at;
    while (end < records.size() && end - at < slice_records && block_of(records[end].offset.value) == block) ++end;
    const std::span stretch(records.data() + at, end - at);
    if (chosen(records[at].offset.value)) {
      for (const SchemaId id : decoder_.unknown_schemas(stretch)) {
        const SchemaLookup* lookup = &parts_.schema;
        auto asking = parts_.control.on([lookup, id] { return (*lookup)(id); });
        auto text = co_await std::move(asking);
        decoder_.schemas().put(id, std::move(text));
      }
      const auto before = parts_.clock.monotonic_ns();
      decoder_.add(stretch, profile_);
      const auto spent = parts_.clock.monotonic_ns() - before;
      cpu_ns_ += spent;
      parts_.allowance.spend(spent);
      parts_.allowance.note_worker(before, last_second_);
      // Small lots cost more each, and say little of what a flood would cost.
      if (stretch.size() >= 64 || ns_per_record_ == 0) {
        const double each = double(spent) / double(stretch.size());
        ns_per_record_ = ns_per_record_ == 0 ? each : ns_per_record_ * 0.9 + each * 0.1;
      }
    }
    profile_.records += stretch.size();
    next = records[end - 1].offset.value + 1;
    at = end;
    if (at < records.size()) co_await io::yield();
  }
  if (stopping_) co_return;
  next = std::max(next, chunk.next.value);
  // Go straight to the next block that is looked at, as far as the log reaches.
  if (!chosen(next)) {
    const std::int64_t step = std::int64_t(1) << (block_shift + sampling_);
    const std::int64_t to = (next / step + 1) * step;
    if (to <= ends_[partition]) {
      profile_.records += std::uint64_t(to - next);
      next = to;
      (void)reader_->seek(chunk.from, Offset{to});
    }
  }
}

Profiler::View Profiler::view(bool with_fields) const {
  View v;
  if (with_fields) v.fields = profile_.fields_json();
  v.since_ms = profile_.since_ms;
  v.last_record_ms = profile_.last_record_ms;
  v.records = profile_.records;
  v.profiled = profile_.profiled;
  v.undecodable = profile_.undecodable;
  v.bytes = profile_.bytes;
  v.fields_left_out = profile_.fields_left_out;
  v.reasons = profile_.reasons;
  v.sampling = sampling_;
  v.lag = lag_;
  v.cpu_ns = cpu_ns_;
  v.memory = profile_.memory_bytes();
  v.problem = problem_;
  return v;
}

Profiler::FieldCounts Profiler::field_counts(const std::vector<std::string>& paths) const {
  FieldCounts out;
  out.profiled = profile_.profiled;
  out.since_ms = profile_.since_ms;
  for (const auto& path : paths)
    if (const auto count = profile_.count_of(path)) out.fields.emplace(path, *count);
  if (out.fields.size() < paths.size()) out.known = profile_.paths();
  return out;
}

io::Task<Result<TopicProfile>> profile_of_newest(eventlog::EventLog& log, SchemaLookup schema, std::string topic, std::uint64_t wanted) {
  auto describing = log.describe_topic(topic);
  CO_TRY(const auto info, co_await std::move(describing));
  TopicProfile out;
  out.topic = topic;
  out.id = info.id;
  // Each partition gives its part of them, by how much it holds.
  std::vector<std::pair<std::int64_t, std::int64_t>> held;
  std::uint64_t all = 0;
  for (std::int32_t n = 0; n < info.partitions; ++n) {
    TopicPartition place{topic, PartitionId{n}};
    auto asking = log.bounds(std::move(place));
    CO_TRY(const auto bounds, co_await std::move(asking));
    held.emplace_back(bounds.earliest.value, bounds.end.value);
    all += std::uint64_t(std::max<std::int64_t>(0, bounds.end.value - bounds.earliest.value));
  }
  std::vector<std::pair<TopicPartition, Offset>> from;
  for (std::int32_t n = 0; n < info.partitions; ++n) {
    const auto [earliest, end] = held[std::size_t(n)];
    if (end <= earliest) continue;
    const auto part = all <= wanted ? end - earliest : std::int64_t(std::ceil(double(end - earliest) * double(wanted) / double(all)));
    out.next[n] = std::max(earliest, end - part);
    from.emplace_back(TopicPartition{topic, PartitionId{n}}, Offset{out.next[n]});
  }
  if (from.empty()) co_return out;
  CO_TRY(auto reader, log.reader(std::move(from)));
  RecordDecoder decoder;
  const auto waiting = [&] {
    return std::ranges::any_of(out.next, [&](const auto& p) { return p.second < held[std::size_t(p.first)].second; });
  };
  while (waiting()) {
    auto reading = reader->next(io::after(io::Milliseconds(500)), read_bytes);
    CO_TRY(const auto chunks, co_await std::move(reading));
    if (chunks.empty()) break;   // the rest are gaps
    for (const auto& chunk : chunks) {
      auto& next = out.next[chunk.from.partition.value];
      const std::int64_t end = held[std::size_t(chunk.from.partition.value)].second;
      const auto begin = std::ranges::lower_bound(chunk.records, next, {}, [](const auto& r) { return r.offset.value; });
      const auto until = std::ranges::lower_bound(chunk.records, end, {}, [](const auto& r) { return r.offset.value; });
      for (auto at = begin; at < until;) {
        const auto stop = until - at > std::ptrdiff_t(slice_records) ? at + std::ptrdiff_t(slice_records) : until;
        const std::span stretch(&*at, std::size_t(stop - at));
        for (const SchemaId id : decoder.unknown_schemas(stretch)) decoder.schemas().put(id, schema(id));
        decoder.add(stretch, out);
        out.records += stretch.size();
        at = stop;
        co_await io::yield();
      }
      next = std::max(next, chunk.next.value);
    }
  }
  co_return out;
}

}  // namespace braid::observe
