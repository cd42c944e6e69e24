// Stream-stream join: both sides are kept for the window; an arriving row meets the kept rows of the other side.
// Without GRACE a row of an outer side that meets nobody gives its null-padded result at once (Kafka Streams before KAFKA-10847); with GRACE the
// result waits until window and grace have passed, or is given at once when they already have.
#include "flow/codec.h"
#include "flow/operator.h"

namespace braid::flow {

using data::Value;
using data::Values;
using sql::JoinKind;

namespace {

constexpr std::int64_t day_ms = 24LL * 60 * 60 * 1000;

class StreamJoin final : public Operator {
 public:
  StreamJoin(const sql::Step& step, Runtime& runtime) : Operator(step, runtime) {
    const std::int64_t size = step.before_ms + step.after_ms;
    grace_ = step.grace_ms.value_or(0);
    retention_ = step.grace_ms ? size + grace_ : std::max(size, day_ms);
    outer_[0] = step.join == JoinKind::left || step.join == JoinKind::outer;
    for (const sql::Step* s = &step; s; s = s->inputs.empty() ? nullptr : s->inputs[0].get())
      if (s->window_info) sessions_ = s->window_info->kind == sql::WindowKind::session;
    outer_[1] = step.join == JoinKind::right || step.join == JoinKind::outer;
  }

  void process(int side, Batch batch) override {
    RowsOut out(step_.schema, false, step_.windowed);
    Bytes key;
    for (std::size_t row = 0; row < batch.rows; ++row) {
      if (!is_set(batch.now.present, row)) continue;
      if (!batch.has_key(row)) {
        if (outer_[side]) unmatched(side, batch, row, out);
        else drop(Problem::Kind::null_key, batch, row, "the join key is null");
        continue;
      }
      key.clear();
      append_key(key, batch.key, row);
      if (batch.windowed()) {                       // windowed streams join by key and window: time windows by their start, whatever their sizes
        append_key(key, Value(batch.window_start[row]));
        if (sessions_) append_key(key, Value(batch.window_end[row]));
      }
      one(side, key, batch, row, out);
    }
    if (out.size() > 0) emit(out.finish());
  }

 private:
  struct Lane { WindowedStore* sides[2]; WindowedStore* waiting; };
  Lane lane(std::int32_t number) {
    const std::string suffix = "@" + std::to_string(number);
    return {{&runtime_.stores.windowed(step_.id + "-left" + suffix), &runtime_.stores.windowed(step_.id + "-right" + suffix)},
            &runtime_.stores.windowed(step_.id + "-waiting" + suffix)};
  }

  Values joined(int side, const Values* mine, const Values* other) const {
    const Values* left = side == 0 ? mine : other;
    const Values* right = side == 0 ? other : mine;
    Values out;
    const std::size_t left_width = step_.inputs[0]->schema.value.size(), right_width = step_.inputs[1]->schema.value.size();
    out.reserve(left_width + right_width);
    if (left) out.insert(out.end(), left->begin(), left->end());
    else out.resize(left_width);
    if (right) out.insert(out.end(), right->begin(), right->end());
    else out.resize(left_width + right_width);
    return out;
  }

  void give(const Values& values, std::int64_t time, const Batch& batch, std::size_t row, RowsOut& out) {
    out.row(&values, nullptr, time, batch, row);
    if (step_.windowed) out.window(batch.window_start[row], batch.window_end[row]);
  }

  void unmatched(int side, const Batch& batch, std::size_t row, RowsOut& out) {
    const Values mine = read_row(batch.now.columns, row);
    out.key(batch.key, row);
    give(joined(side, &mine, nullptr), batch.time[row], batch, row, out);
  }

  // How far before and after its own time a row of this side looks.
  std::int64_t look_back(int side) const { return side == 0 ? step_.before_ms : step_.after_ms; }
  std::int64_t look_ahead(int side) const { return side == 0 ? step_.after_ms : step_.before_ms; }

  void one(int side, const Bytes& key, const Batch& batch, std::size_t row, RowsOut& out) {
    Lane l = lane(batch.lane_of(row));
    WindowedStore& own = *l.sides[side];
    WindowedStore& other = *l.sides[1 - side];
    const std::int64_t time = batch.time[row];
    Values mine = read_row(batch.now.columns, row);
    own.stream_time = std::max(own.stream_time, time);
    if (time > own.stream_time - retention_) own.put(key, time, next_number(own, key, time), mine, time);
    else drop(Problem::Kind::late, batch, row, "the record is older than the join keeps records");
    own.expire(own.stream_time - retention_ + 1);

    l.waiting->stream_time = std::max(l.waiting->stream_time, time);
    const std::int64_t stream_time = l.waiting->stream_time;
    const bool waits = step_.grace_ms.has_value() && (outer_[0] || outer_[1]);
    if (waits && time == stream_time) give_waiting(side, *l.waiting, batch, row, out);

    bool met = false;
    const std::int64_t from = std::max<std::int64_t>(0, time - look_back(side)), to = std::max<std::int64_t>(0, time + look_ahead(side));
    if (const auto* kept = other.of_key(key)) {
      for (const auto& e : *kept) {
        if (e.first < from || e.first > to) continue;
        met = true;
        if (waits) forget(*l.waiting, 1 - side, key, e.first);
        out.key(batch.key, row);
        give(joined(side, &mine, &e.row), std::max(time, e.first), batch, row, out);
      }
    }
    if (met || !outer_[side]) return;
    if (!waits || to + grace_ < stream_time) {
      out.key(batch.key, row);
      return give(joined(side, &mine, nullptr), time, batch, row, out);
    }
    const Bytes waiting_key = waiting_key_of(side, key);
    l.waiting->put(waiting_key, time, next_number(*l.waiting, waiting_key, time), std::move(mine), time);
  }

  // The right side's come first at the same time, as in Kafka Streams' store.
  static Bytes waiting_key_of(int side, BytesView key) { return std::string(1, side == 0 ? '\1' : '\0') + std::string(key); }

  static std::int64_t next_number(WindowedStore& store, BytesView key, std::int64_t time) {
    std::int64_t number = 0;
    if (const auto* entries = store.of_key(key)) {
      for (auto it = entries->rbegin(); it != entries->rend() && it->first >= time; ++it)
        if (it->first == time) return it->second + 1;
    }
    return number;
  }

  static void forget(WindowedStore& waiting, int side, const Bytes& key, std::int64_t time) {
    const Bytes waiting_key = waiting_key_of(side, key);
    std::vector<std::int64_t> numbers;
    if (const auto* entries = waiting.of_key(waiting_key)) {
      for (const auto& e : *entries)
        if (e.first == time) numbers.push_back(e.second);
    }
    for (const auto n : numbers) waiting.erase(waiting_key, time, n);
  }

  void give_waiting(int side, WindowedStore& waiting, const Batch& batch, std::size_t row, RowsOut& out) {
    if (waiting.entries() == 0) return;
    if (runtime_.outer_join_emit_interval_ms > 0) {
      std::int64_t oldest = waiting.stream_time;
      waiting.for_each([&](BytesView, const WindowedStore::Entry& e) { oldest = std::min(oldest, e.first); });
      if (oldest + look_ahead(side) + grace_ >= waiting.stream_time) return;
      const std::int64_t wall = runtime_.clock->wall_ms();
      if (wall < next_emit_ms_) return;
      next_emit_ms_ = wall + runtime_.outer_join_emit_interval_ms;
    }
    struct Due { Bytes key; std::int64_t time, number; Values row; };
    std::vector<Due> due;
    const std::int64_t nearest = std::min(step_.before_ms, step_.after_ms);
    waiting.scan(WindowedStore::none, waiting.stream_time - grace_ - nearest - 1, [&](BytesView key, const WindowedStore::Entry& e) {
      const int its_side = key[0] == '\1' ? 0 : 1;
      if (e.first + look_ahead(its_side) + grace_ < waiting.stream_time) due.push_back({Bytes(key), e.first, e.second, e.row});
    });
    for (auto& d : due) {
      const int its_side = d.key[0] == '\1' ? 0 : 1;
      auto values = take_key(BytesView(d.key).substr(1), step_.schema.key);
      BRAID_ASSERT(values);
      out.key(*values);
      give(joined(its_side, &d.row, nullptr), d.time, batch, row, out);
      waiting.erase(d.key, d.time, d.number);
    }
  }

  std::int64_t grace_ = 0, retention_ = 0;
  bool sessions_ = false;
  bool outer_[2] = {false, false};
  std::int64_t next_emit_ms_ = 0;
};

}  // namespace

std::unique_ptr<Operator> make_stream_join(const sql::Step& step, Runtime& runtime) { return std::make_unique<StreamJoin>(step, runtime); }

}  // namespace braid::flow
