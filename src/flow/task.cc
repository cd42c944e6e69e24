#include "flow/task.h"

#include <algorithm>

#include "base/log.h"
#include "flow/codec.h"
#include "io/all.h"

namespace braid::flow {

using eventlog::Chunk;
using eventlog::TopicPartition;

namespace {
constexpr std::size_t problems_kept = 100;
constexpr std::size_t rows_waiting_max = 4096;          // of a push query whose client is slow: beyond it the task waits
constexpr std::size_t batch_rows_max = 4096;
constexpr std::size_t run_bytes_max = 1 << 20;          // of records that are merged into one batch
constexpr std::size_t write_bytes_max = 4 << 20;        // at once to one partition
constexpr std::size_t buffered_records_max = 200'000;   // while one input waits for another
constexpr io::Milliseconds retry_wait{500};
// In the state file beside the positions: no topic can have this name.
std::pair<std::string, std::int32_t> lanes_entry() { return {"/lanes", 0}; }
constexpr int idle_rounds_max = 40;                     // of 5 ms each: how long an input with nothing to give holds others back
}  // namespace

const format::SchemaText* SchemaCache::by_id(SchemaId id) {
  const auto it = known_.find(id.value);
  return it == known_.end() ? nullptr : &it->second;
}

Result<format::SchemaText> schema_text(registry::Registry& registry, SchemaId id) {
  TRY(const auto schema, registry.by_id(id));
  format::SchemaText out{std::string(registry::name_of(schema.type)), schema.text};
  TRY(const auto references, registry.referenced_texts(schema));
  for (const auto& r : references) out.references.push_back(r.text);
  return out;
}

namespace {
io::Task<Result<format::SchemaText>> expected_text(registry::Registry& registry, SchemaId id) {
  co_await registry.expect(id);
  co_return schema_text(registry, id);
}
}  // namespace

io::Task<void> SchemaCache::fetch(std::vector<SchemaId> ids) {
  for (const SchemaId id : ids) {
    if (known_.contains(id.value)) continue;
    const auto asked = unknown_until_.find(id.value);
    if (asked != unknown_until_.end() && std::chrono::steady_clock::now() < asked->second) continue;
    registry::Registry* registry = &registry_;
    auto asked51 = control_.on([registry, id] { return expected_text(*registry, id); });
    auto text = co_await std::move(asked51);
    if (text) known_[id.value] = *std::move(text);
    else unknown_until_[id.value] = io::after(io::Milliseconds(5000));
  }
}

QueryTask::QueryTask(Parts parts, TaskSpec spec)
    : parts_(parts), spec_(std::move(spec)), runtime_{.stores = StoreSet(!spec_.state_file.empty())}, schemas_(parts.registry, parts.shards.control()) {
  runtime_.clock = &parts_.clock;
  runtime_.report = [this](const Problem& p) { note(p); };
}

io::Task<Result<std::shared_ptr<QueryTask>>> QueryTask::create(Parts parts, TaskSpec spec) {
  std::shared_ptr<QueryTask> task(new QueryTask(parts, std::move(spec)));
  CO_TRY_VOID(co_await task->open());
  co_return task;
}

void QueryTask::note(const Problem& p) {
  Problems::One one{parts_.clock.wall_ms(), std::string(name_of(p.kind)), p.reason, p.step, p.expression, p.topic, p.partition, p.offset};
  problems_.push_back(one);
  if (problems_.size() > problems_kept) problems_.pop_front();
  if (new_problems_.size() < 10 * problems_kept) new_problems_.push_back(std::move(one));
}

io::Task<Result<void>> QueryTask::open() {
  runtime_.near_misses = spec_.near_misses;
  std::function<void(Batch)> out;
  if (spec_.root->kind == sql::StepKind::sink) {
    if (spec_.key_schema) schemas_.put(spec_.key_schema->id, spec_.key_schema->text);
    if (spec_.value_schema) schemas_.put(spec_.value_schema->id, spec_.value_schema->text);
    CO_TRY(encoder_, SinkEncoder::make(*spec_.root, schemas_, runtime_, spec_.key_schema, spec_.value_schema));
    auto asked52 = parts_.log.describe_topic(spec_.root->topic);
    CO_TRY(const auto info, co_await std::move(asked52));
    sink_partitions_ = info.partitions;
    CO_TRY(writer_, parts_.log.writer());
    out = [this](Batch batch) { encoder_->encode(batch, outputs_); };
  } else {
    out = [this](Batch batch) { collect(batch); };
  }
  CO_TRY(topology_, Topology::build(spec_.root, runtime_, std::move(out), TopologyOptions{spec_.queryable}));
  for (const auto& source : topology_->sources()) {
    CO_TRY(auto decoder, SourceDecoder::make(*source.step, schemas_, runtime_));
    if (!spec_.near_misses) decoder->only(source.needed);
    decoders_.push_back(std::move(decoder));
  }
  if (!spec_.state_file.empty()) {
    io::FileSystem* files = &parts_.files;
    const std::string path = spec_.state_file;
    StoreSet* stores = &runtime_.stores;
    auto asked53 = parts_.pool.run([files, path, stores] { return StateFile::open(*files, path, *stores); });
    CO_TRY(state_file_, co_await std::move(asked53));
    topology_->restored();
  }
  co_return co_await open_partitions();
}

namespace {
bool stateful(const sql::Step& step) {
  if (step.kind >= sql::StepKind::aggregate && step.kind <= sql::StepKind::foreign_key_join) return true;
  return std::any_of(step.inputs.begin(), step.inputs.end(), [](const auto& input) { return stateful(*input); });
}
}  // namespace

io::Task<Result<void>> QueryTask::open_partitions() {
  std::vector<std::pair<TopicPartition, Offset>> from;
  std::int32_t lanes = 1;
  for (const auto& source : topology_->sources()) {
    auto asked54 = parts_.log.describe_topic(source.step->topic);
    CO_TRY(const auto info, co_await std::move(asked54));
    lanes = std::max(lanes, info.partitions);
    for (std::int32_t p = 0; p < info.partitions; ++p) {
      const TopicPartition place{source.step->topic, PartitionId{p}};
      if (positions_.contains(place)) continue;
      auto asked55 = parts_.log.bounds(place);
      CO_TRY(const auto bounds, co_await std::move(asked55));
      // A table is read from its beginning whatever auto.offset.reset says: without its rows it is no table.
      const bool beginning = spec_.from_beginning || (source.step->result == sql::SourceKind::table && !spec_.root->inputs.empty() && topology_->sources().size() > 1);
      Offset start = beginning ? bounds.earliest : bounds.end;
      if (state_file_) {
        const auto saved = state_file_->positions().find({place.topic, p});
        if (saved != state_file_->positions().end()) start = Offset{std::max(saved->second, bounds.earliest.value)};
      }
      positions_[place] = start;
      ends_[place] = bounds.end;
      if (spec_.until_end) stop_at_[place] = bounds.end;
      from.emplace_back(place, start);
    }
  }
  // The state is named by lane, so a query keeps the number that it began with.
  if (state_file_) {
    const auto kept = state_file_->positions().find(lanes_entry());
    if (kept != state_file_->positions().end()) lanes = std::int32_t(kept->second);
  }
  runtime_.lanes = lanes;
  ordered_ = positions_.size() > 1 && stateful(*spec_.root);
  CO_TRY(reader_, parts_.log.reader(std::move(from)));
  co_return Result<void>{};
}

io::Task<Result<void>> QueryTask::look_for_partitions(TopicPartitions partitions) {
  if (stopping_) co_return Result<void>{};
  if (const auto sink = partitions->find(spec_.root->topic); encoder_ && sink != partitions->end()) sink_partitions_ = std::max(sink_partitions_, sink->second);
  for (const auto& source : topology_->sources()) {
    const auto now = partitions->find(source.step->topic);
    if (now == partitions->end()) continue;
    for (std::int32_t p = 0; p < now->second; ++p) {
      const TopicPartition place{source.step->topic, PartitionId{p}};
      if (positions_.contains(place)) continue;
      auto asked = parts_.log.bounds(place);
      CO_TRY(const auto bounds, co_await std::move(asked));
      positions_[place] = bounds.earliest;
      CO_TRY_VOID(reader_->seek(place, bounds.earliest));   // wakes a next() that is waiting
      ends_[place] = bounds.end;
      log::info("query_reads_a_new_partition", {{"query", spec_.id}, {"topic", place.topic}, {"partition", p}});
    }
  }
  ordered_ = positions_.size() > 1 && stateful(*spec_.root);
  co_return Result<void>{};
}

io::Task<void> QueryTask::run(std::shared_ptr<QueryTask> self) {
  QueryTask& t = *self;
  t.state_ = t.paused_ ? QueryState::paused : QueryState::running;
  while (!t.stopping_) {
    if (t.paused_) {
      t.state_ = QueryState::paused;
      co_await t.commit();
      co_await t.changed_.wait();
      continue;
    }
    if (t.state_ == QueryState::paused) t.state_ = QueryState::running;
    auto done = co_await t.step();
    if (done) {
      if (t.state_ == QueryState::error) t.state_ = QueryState::running;
      continue;
    }
    if (t.stopping_ || done.error().code == ErrorCode::stopping) break;
    t.state_ = QueryState::error;
    t.error_ = done.error().text();
    log::warn("query_step_failed", {{"query", t.spec_.id}, {"error", t.error_}});
    co_await t.changed_.wait(io::after(retry_wait));
  }
  co_await t.commit();
  t.state_ = QueryState::terminated;
  t.finished_ = true;
  t.changed_.notify_all();
}

void QueryTask::stop() {
  stopping_ = true;
  if (reader_) reader_->close();
  changed_.notify_all();
}

io::Task<void> QueryTask::stopped() {
  while (!finished_) co_await changed_.wait();
}

void QueryTask::pause(bool on) {
  paused_ = on;
  changed_.notify_all();
}

std::size_t QueryTask::buffered() const {
  std::size_t out = 0;
  for (const auto& [place, chunks] : buffers_)
    for (const auto& b : chunks) out += b.chunk.records.size() - b.at;
  return out;
}

void QueryTask::check_end() {
  if (!spec_.until_end || pending_rows_.end != Rows::End::no) return;
  for (const auto& [place, end] : stop_at_)
    if (positions_[place] < end) return;
  pending_rows_.end = Rows::End::completed;
  changed_.notify_all();
}

io::Task<Result<void>> QueryTask::step() {
  check_end();
  // A slow client holds a push query back.
  while (pending_rows_.rows.size() >= rows_waiting_max && !stopping_) co_await changed_.wait();
  if (pending_rows_.end != Rows::End::no) {
    co_await changed_.wait();
    co_return Result<void>{};
  }
  const io::Deadline wake = dirty_ ? commit_at_ : io::after(io::Milliseconds(60'000));
  auto reading = reader_->next(buffered() > 0 ? io::after(io::Milliseconds(5)) : wake);
  CO_TRY(auto chunks, co_await std::move(reading));
  while (paused_ && !stopping_ && !chunks.empty()) co_await changed_.wait();
  idle_rounds_ = chunks.empty() ? idle_rounds_ + 1 : 0;
  if (chunks.empty() && (buffered() == 0 || idle_rounds_ > idle_rounds_max)) {
    // Offsets without records (a gap at the end) never arrive: such a partition has given all it has, and holds nobody back.
    for (auto& [place, end] : ends_)
      if (buffers_[place].empty()) end = positions_[place];
  }
  for (auto& chunk : chunks) {
    if (!ordered_) {
      auto asked57 = process(std::move(chunk));
      CO_TRY_VOID(co_await std::move(asked57));
      continue;
    }
    const TopicPartition place = chunk.from;
    ends_[place] = std::max(ends_[place], chunk.next);
    buffers_[place].push_back({std::move(chunk), 0});
  }
  if (ordered_) { CO_TRY_VOID(co_await process_merged()); }
  if (dirty_ && std::chrono::steady_clock::now() >= commit_at_) co_await commit();
  co_return Result<void>{};
}

namespace {
std::size_t bytes_of(const eventlog::RecordView& r) { return (r.key ? r.key->size() : 0) + (r.value ? r.value->size() : 0); }

// `headers` holds what the records' spans of headers show; it may grow, its inner vectors stay.
void append_records(const Chunk& chunk, std::size_t from, std::size_t to, std::vector<InRecord>& out, std::vector<std::vector<HeaderRef>>& headers) {
  for (std::size_t i = from; i < to; ++i) {
    const auto& r = chunk.records[i];
    InRecord in{r.key, r.value, r.timestamp_ms, chunk.from.partition.value, r.offset.value, {}};
    if (r.headers_count > 0) {
      auto& list = headers.emplace_back();
      for (std::uint32_t h = 0; h < r.headers_count; ++h) {
        const auto& header = chunk.headers[r.headers_begin + h];
        list.push_back({header.name, header.value});
      }
      in.headers = list;                          // a vector's heap memory does not move with it
    }
    out.push_back(in);
  }
}
}  // namespace

io::Task<Result<void>> QueryTask::process(Chunk chunk) {
  for (std::size_t from = 0; from < chunk.records.size(); from += batch_rows_max) {
    const std::size_t to = std::min(chunk.records.size(), from + batch_rows_max);
    std::vector<std::vector<HeaderRef>> headers;
    std::vector<InRecord> records;
    records.reserve(to - from);
    append_records(chunk, from, to, records, headers);
    auto asked58 = decode_and_push(chunk.from.topic, std::move(records), chunk.owners);
    co_await std::move(asked58);
    co_await write_outputs();
    if (stopping_) co_return Result<void>{};
    positions_[chunk.from] = Offset{chunk.records[to - 1].offset.value + 1};
    if (chunk.records.size() > batch_rows_max) co_await io::yield();
  }
  positions_[chunk.from] = chunk.next;
  ends_[chunk.from] = std::max(ends_[chunk.from], chunk.next);
  if (!dirty_) commit_at_ = io::after(spec_.commit_interval);
  dirty_ = true;
  co_return Result<void>{};
}

// The next records of one topic in the order of their times, as long as every partition that has more to give has given something. Partitions whose
// times interleave are the rule, so a run takes from all of them: a batch for each change of partition would cost a hundred times the work in it.
QueryTask::Run QueryTask::take_oldest() {
  std::vector<Input> inputs;
  for (auto& [place, position] : positions_) inputs.push_back({&place, &position, &ends_[place], &buffers_[place]});
  std::size_t held = buffered();
  Run run;
  run.number = ++runs_;
  while (run.records.size() < batch_rows_max && run.bytes < run_bytes_max) {
    const Input* oldest = nullptr;
    std::int64_t oldest_time = 0, second_time = std::numeric_limits<std::int64_t>::max();
    bool waits = false;
    for (const auto& input : inputs) {
      auto& queue = *input.queue;
      while (!queue.empty() && queue.front().at >= queue.front().chunk.records.size()) {
        *input.position = queue.front().chunk.next;
        queue.pop_front();
      }
      if (queue.empty()) {
        waits |= *input.position < *input.end;
        continue;
      }
      const std::int64_t time = queue.front().chunk.records[queue.front().at].timestamp_ms;
      if (!oldest || time < oldest_time) {
        if (oldest) second_time = std::min(second_time, oldest_time);
        oldest = &input;
        oldest_time = time;
      } else {
        second_time = std::min(second_time, time);
      }
    }
    if (!oldest || (waits && held < buffered_records_max)) break;
    if (run.topic != nullptr && *run.topic != oldest->place->topic) break;
    run.topic = &oldest->place->topic;
    Buffered& front = oldest->queue->front();
    const auto& records = front.chunk.records;
    std::size_t to = front.at;
    do run.bytes += bytes_of(records[to++]);
    while (to < records.size() && run.records.size() + (to - front.at) < batch_rows_max && run.bytes < run_bytes_max && records[to].timestamp_ms <= second_time);
    append_records(front.chunk, front.at, to, run.records, run.headers);
    if (std::exchange(front.taken_by, run.number) != run.number) run.owners.insert(run.owners.end(), front.chunk.owners.begin(), front.chunk.owners.end());
    held -= to - front.at;
    *oldest->position = Offset{records[to - 1].offset.value + 1};
    front.at = to;
  }
  return run;
}

io::Task<Result<void>> QueryTask::process_merged() {
  while (!stopping_) {
    Run run = take_oldest();
    if (run.records.empty()) break;
    if (!dirty_) commit_at_ = io::after(spec_.commit_interval);
    dirty_ = true;
    const std::string topic = *run.topic;
    auto pushing = decode_and_push(topic, std::move(run.records), std::move(run.owners));
    co_await std::move(pushing);
    const bool due = std::chrono::steady_clock::now() >= commit_at_;
    if (due || outputs_.size() >= batch_rows_max) co_await write_outputs();
    if (due) co_await commit();
    co_await io::yield();
  }
  co_await write_outputs();
  co_return Result<void>{};
}

void QueryTask::count_read(const std::string& topic, const std::vector<InRecord>& records) {
  auto it = std::ranges::find(read_, topic, &TopicCount::topic);
  if (it == read_.end()) it = read_.insert(it, TopicCount{topic});
  it->records += std::int64_t(records.size());
  for (const auto& r : records) it->bytes += std::int64_t((r.key ? r.key->size() : 0) + (r.value ? r.value->size() : 0));
  it->last_ms = parts_.clock.wall_ms();
}

io::Task<void> QueryTask::decode_and_push(const std::string& topic, std::vector<InRecord> records, std::vector<std::shared_ptr<const void>> owners) {
  count_read(topic, records);
  for (std::size_t s = 0; s < decoders_.size(); ++s) {
    if (topology_->sources()[s].step->topic != topic) continue;
    auto ids = decoders_[s]->schema_ids(records);
    if (!ids.empty()) {
      auto asked60 = schemas_.fetch(std::move(ids));
      co_await std::move(asked60);
    }
    topology_->push(s, decoders_[s]->decode(records, owners));
  }
}

io::Task<void> QueryTask::write_outputs() {
  if (outputs_.empty()) co_return;
  std::vector<std::vector<eventlog::Record>> by_partition(static_cast<std::size_t>(sink_partitions_));
  for (auto& o : outputs_) {
    const std::int32_t p = sink_partitions_ == 1 ? 0 : o.key ? eventlog::partition_of(*o.key, sink_partitions_).value : std::int32_t(round_robin_++ % std::uint32_t(sink_partitions_));
    eventlog::Record record{std::move(o.key), std::move(o.value), o.timestamp};
    if (o.headers)
      for (const auto& h : *o.headers) record.headers.push_back({h.name, h.value});
    by_partition[std::size_t(p)].push_back(std::move(record));
  }
  outputs_.clear();
  std::vector<io::Task<void>> writing;              // side by side: each waits for the disk
  for (std::int32_t p = 0; p < std::int32_t(by_partition.size()); ++p)
    if (!by_partition[std::size_t(p)].empty()) writing.push_back(write_partition(p, std::move(by_partition[std::size_t(p)])));
  auto all = io::all(std::move(writing));
  co_await std::move(all);
}

io::Task<void> QueryTask::write_partition(std::int32_t partition, std::vector<eventlog::Record> records) {
  const TopicPartition to{spec_.root->topic, PartitionId{partition}};
  for (std::size_t from = 0; from < records.size();) {
    std::vector<eventlog::Record> some;             // a copy: they are kept for another try
    std::size_t bytes = 0;
    for (std::size_t i = from; i < records.size() && (some.empty() || bytes < write_bytes_max); ++i) {
      bytes += (records[i].key ? records[i].key->size() : 0) + (records[i].value ? records[i].value->size() : 0);
      some.push_back(records[i]);
    }
    const std::size_t count = some.size();
    auto asked61 = writer_->write(to, std::move(some));
    auto written = co_await std::move(asked61);
    if (written) {
      from += count;
      written_.topic = to.topic;
      written_.records += std::int64_t(count);
      written_.bytes += std::int64_t(bytes);
      written_.last_ms = parts_.clock.wall_ms();
      continue;
    }
    error_ = "writing to " + to.topic + ": " + written.error().text();
    state_ = QueryState::error;
    log::warn("query_write_failed", {{"query", spec_.id}, {"error", error_}});
    if (stopping_) {
      outputs_lost_ = true;                         // they are made again after the last commit
      co_return;
    }
    co_await changed_.wait(io::after(retry_wait));
  }
}

io::Task<void> QueryTask::commit() {
  if (!dirty_ || !state_file_) {
    dirty_ = false;
    co_return;
  }
  if (!outputs_.empty() || outputs_lost_) co_return;
  Positions positions;
  std::map<TopicPartition, Offset> offsets;
  for (const auto& [place, offset] : positions_) {
    positions[{place.topic, place.partition.value}] = offset.value;
    offsets[place] = offset;
  }
  positions[lanes_entry()] = runtime_.lanes;
  StateFile* file = state_file_.get();
  auto prepared = std::make_shared<const StateFile::Prepared>(file->prepare(runtime_.stores, positions));
  auto asked62 = parts_.pool.run([file, prepared] { return file->write(*prepared); });
  auto written = co_await std::move(asked62);
  if (!written) {
    // The changes have left the stores' lists, so this file cannot be continued: stop here; a restart goes on from the last good block.
    state_ = QueryState::error;
    error_ = "keeping the state: " + written.error().text();
    log::error("query_state_not_kept", {{"query", spec_.id}, {"error", error_}});
    stopping_ = true;
    dirty_ = false;
    co_return;
  }
  dirty_ = false;
  auto asked63 = parts_.log.commit(spec_.group, std::move(offsets));
  auto committed = co_await std::move(asked63);
  if (!committed) log::warn("query_offsets_not_committed", {{"query", spec_.id}, {"error", committed.error().text()}});
}

QueryCounts QueryTask::counts() const {
  QueryCounts out;
  const Counters& c = runtime_.counters;
  out.records_in = c.records_in;
  out.records_out = c.records_out;
  out.undecodable = c.undecodable + c.bad_timestamps;
  out.errors = c.expression_errors;
  out.null_keys = c.null_keys;
  out.late = c.late;
  for (const auto& [place, position] : positions_) {
    const auto end = ends_.find(place);
    if (end != ends_.end()) out.lag += std::max<std::int64_t>(0, end->second.value - position.value);
  }
  out.read = read_;
  out.written = written_;
  out.state_bytes = std::int64_t(runtime_.stores.bytes());
  out.state_entries = std::int64_t(runtime_.stores.entries());
  return out;
}

// --- what is asked of it ---

Rows::Row row_of(const sql::Step& root, const Batch& batch, std::size_t row) {
  Rows::Row out;
  out.tombstone = !is_set(batch.now.present, row);
  if (!out.tombstone) {
    read_row(batch.now.columns, row, out.values);
    return out;
  }
  out.values.resize(root.schema.value.size());
  for (std::size_t k = 0; k < root.schema.key.size(); ++k)
    for (std::size_t c = 0; c < root.schema.value.size(); ++c)
      if (root.schema.value[c].name == root.schema.key[k].name) out.values[c] = batch.key[k]->get(row);
  return out;
}

void QueryTask::collect(const Batch& batch) {
  for (std::size_t row = 0; row < batch.rows && pending_rows_.end == Rows::End::no; ++row) {
    const bool present = is_set(batch.now.present, row);
    if (!present && !spec_.with_tombstones) continue;
    pending_rows_.rows.push_back(row_of(*spec_.root, batch, row));
    ++runtime_.counters.records_out;
    if (spec_.limit && ++rows_given_ >= *spec_.limit) pending_rows_.end = Rows::End::limit_reached;
  }
  changed_.notify_all();
}

io::Task<Result<Rows>> QueryTask::take_rows(io::Deadline deadline) {
  while (pending_rows_.rows.empty() && pending_rows_.end == Rows::End::no) {
    if (stopping_) co_return fail(ErrorCode::stopping, "the query " + spec_.id + " was ended");
    if (state_ == QueryState::error) co_return fail(ErrorCode::unavailable, error_);
    const bool woken = co_await changed_.wait(deadline);
    if (!woken) break;
  }
  Rows out = std::exchange(pending_rows_, Rows{});
  pending_rows_.end = out.end;
  changed_.notify_all();
  co_return out;
}

namespace {
bool in_bounds(const StateQuery& q, std::int64_t start, std::int64_t end) {
  return (!q.start_from || start >= *q.start_from) && (!q.start_to || start <= *q.start_to) && (!q.end_from || end >= *q.end_from) && (!q.end_to || end <= *q.end_to);
}
}  // namespace

Result<std::vector<StateRow>> QueryTask::read_state(const StateQuery& query) const {
  std::vector<StateRow> out;
  auto& stores = const_cast<StoreSet&>(runtime_.stores);   // finding a store does not change it
  const auto& key_fields = spec_.root->schema.key;
  const auto too_many = [&] {
    return fail(ErrorCode::overloaded, "the table has more than " + std::to_string(query.rows_max) + " rows that match", "ask for a key, a range of windows or a LIMIT");
  };
  std::vector<Bytes> wanted;
  for (const auto& k : query.keys) wanted.push_back(key_of(k));
  if (!spec_.root->windowed) {
    auto& table = stores.table(result_store);
    std::vector<std::pair<Bytes, const TableStore::Entry*>> found;
    if (!query.keys.empty()) {
      for (const auto& k : wanted)
        if (const auto* e = table.find(k)) found.emplace_back(k, e);
    } else {
      table.for_each([&](BytesView k, const TableStore::Entry& e) { if (found.size() <= query.rows_max) found.emplace_back(Bytes(k), &e); });
      std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    }
    if (found.size() > query.rows_max) return too_many();
    for (const auto& [k, e] : found) {
      TRY(auto key, take_key(k, key_fields));
      out.push_back({std::move(key), e->row, e->time});
    }
    return out;
  }
  auto& windows = stores.windowed(result_store);
  const auto* window = window_of(*spec_.root);
  const bool session = window && window->kind == sql::WindowKind::session;
  std::vector<std::pair<Bytes, const WindowedStore::Entry*>> found;
  const auto add = [&](BytesView k, const WindowedStore::Entry& e) {
    const std::int64_t start = session ? e.second : e.first, end = session ? e.first : e.first + e.second;
    if (found.size() <= query.rows_max && in_bounds(query, start, end)) found.emplace_back(Bytes(k), &e);
  };
  if (!query.keys.empty()) {
    for (const auto& k : wanted)
      if (const auto* entries = windows.of_key(k))
        for (const auto& e : *entries) add(k, e);
  } else {
    windows.for_each(add);
    std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return std::tie(a.first, a.second->first) < std::tie(b.first, b.second->first); });
  }
  if (found.size() > query.rows_max) return too_many();
  for (const auto& [k, e] : found) {
    TRY(auto key, take_key(k, key_fields));
    const std::int64_t start = session ? e->second : e->first, end = session ? e->first : e->first + e->second;
    out.push_back({std::move(key), e->row, e->time, start, end});
  }
  return out;
}

}  // namespace braid::flow
