// Joins of a stream with a table and of two tables, by key and by foreign key. A row of a join: the left side's value columns, then the right's.
#include <set>

#include "flow/codec.h"
#include "flow/operator.h"

namespace braid::flow {

using data::Column;
using data::Value;
using data::Values;
using sql::JoinKind;

namespace {

std::size_t width(const sql::Step& step, int side) { return step.inputs[std::size_t(side)]->schema.value.size(); }

Values join_rows(const Values* left, const Values* right, std::size_t left_width, std::size_t right_width) {
  Values out;
  out.reserve(left_width + right_width);
  if (left) out.insert(out.end(), left->begin(), left->end());
  else out.resize(left_width);
  if (right) out.insert(out.end(), right->begin(), right->end());
  else out.resize(left_width + right_width);
  return out;
}

// Each event meets the row that the table has for its key at that moment. The table's changes give nothing on.
class StreamTableJoin final : public Operator {
 public:
  StreamTableJoin(const sql::Step& step, Runtime& runtime) : Operator(step, runtime), table_(runtime.stores.table(step.id + "-right")) {}

  void process(int input, Batch batch) override {
    if (input == 1) return remember(batch);
    const bool left_join = step_.join == JoinKind::left;
    std::vector<std::uint32_t> rows;
    rows.reserve(batch.rows);
    const std::size_t left_width = batch.now.columns.size();
    std::vector<Column> right;
    for (std::size_t i = left_width; i < step_.schema.value.size(); ++i) right.emplace_back(step_.schema.value[i].type);
    Bytes key;
    for (std::uint32_t row = 0; row < batch.rows; ++row) {
      if (!is_set(batch.now.present, row)) continue;
      const TableStore::Entry* found = nullptr;
      if (batch.has_key(row)) {
        key.clear();
        append_key(key, batch.key, row);
        found = table_.find(key);
      } else if (!left_join) {
        drop(Problem::Kind::null_key, batch, row, "the join key is null");
        continue;
      }
      if (!found && !left_join) continue;
      rows.push_back(row);
      for (std::size_t i = 0; i < right.size(); ++i) {
        if (found) right[i].append(found->row[i]);
        else right[i].append_null();
      }
    }
    if (rows.empty()) return;
    Batch out = rows.size() == batch.rows ? std::move(batch) : select(batch, rows);
    for (auto& c : right) out.now.columns.push_back(std::make_shared<Column>(std::move(c)));
    emit(std::move(out));
  }

 private:
  void remember(const Batch& batch) {
    Bytes key;
    for (std::size_t row = 0; row < batch.rows; ++row) {
      if (!batch.has_key(row)) {
        drop(Problem::Kind::null_key, batch, row, "a row of a table needs a key");
        continue;
      }
      key.clear();
      append_key(key, batch.key, row);
      if (is_set(batch.now.present, row)) table_.put(key, read_row(batch.now.columns, row), batch.time[row]);
      else table_.erase(key);
    }
  }
  TableStore& table_;
};

class TableTableJoin final : public Operator {
 public:
  TableTableJoin(const sql::Step& step, Runtime& runtime, bool before)
      : Operator(step, runtime), with_before_(before), sides_{&runtime.stores.table(step.id + "-left"), &runtime.stores.table(step.id + "-right")} {}

  void process(int input, Batch batch) override {
    RowsOut out(step_.schema, with_before_, false);
    Bytes key;
    for (std::size_t row = 0; row < batch.rows; ++row) {
      if (!batch.has_key(row)) {
        drop(Problem::Kind::null_key, batch, row, "the join key is null");
        continue;
      }
      key.clear();
      append_key(key, batch.key, row);
      one(input, key, batch, row, out);
    }
    if (out.size() > 0) emit(out.finish());
  }

 private:
  // What the join holds for a left and a right row; empty when it holds nothing.
  std::optional<Values> joined(const Values* left, const Values* right) const {
    const bool holds = step_.join == JoinKind::inner ? left && right : step_.join == JoinKind::left ? left != nullptr
                     : step_.join == JoinKind::right ? right != nullptr : left || right;
    if (!holds) return std::nullopt;
    return join_rows(left, right, width(step_, 0), width(step_, 1));
  }

  void one(int side, const Bytes& key, const Batch& batch, std::size_t row, RowsOut& out) {
    TableStore& own = *sides_[side];
    const auto* other = sides_[1 - side]->find(key);
    const auto* old = own.find(key);
    const bool had_row = old != nullptr;
    const Values old_row = old ? old->row : Values();
    std::optional<Values> new_row;
    if (is_set(batch.now.present, row)) new_row = read_row(batch.now.columns, row);
    const auto pair = [&](const Values* mine) {
      const Values* theirs = other ? &other->row : nullptr;
      return side == 0 ? joined(mine, theirs) : joined(theirs, mine);
    };
    const auto before = pair(had_row ? &old_row : nullptr);
    const auto now = pair(new_row ? &*new_row : nullptr);
    const std::int64_t time = other ? std::max(batch.time[row], other->time) : batch.time[row];
    if (new_row) own.put(key, *std::move(new_row), batch.time[row]);
    else own.erase(key);
    if (!now && !before) return;
    out.key(batch.key, row);
    out.row(now ? &*now : nullptr, before ? &*before : nullptr, time, batch, row);
  }

  const bool with_before_;
  TableStore* sides_[2];
};

// The left side names the right side's key in one of its columns. Results have the left side's key.
class ForeignKeyJoin final : public Operator {
 public:
  ForeignKeyJoin(const sql::Step& step, Runtime& runtime, bool before)
      : Operator(step, runtime), with_before_(before), left_(runtime.stores.table(step.id + "-left")), right_(runtime.stores.table(step.id + "-right")) {}

  void process(int input, Batch batch) override {
    RowsOut out(step_.schema, with_before_, false);
    if (input == 0) from_left(batch, out);
    else from_right(batch, out);
    if (out.size() > 0) emit(out.finish());
  }

  void restored() override {
    subscribers_.clear();
    left_.for_each([&](BytesView key, const TableStore::Entry& entry) {
      if (const auto fk = foreign_key(entry.row)) subscribers_[*fk].emplace(key);
    });
  }

 private:
  // A left row is kept with its foreign key (as stored bytes) behind its columns; null when it has none.
  std::optional<Bytes> foreign_key(const Values& stored) const {
    const Value& fk = stored.back();
    if (fk.null()) return std::nullopt;
    return fk.bytes();
  }
  static Values without_key(const Values& stored) { return Values(stored.begin(), stored.end() - 1); }

  std::optional<Values> joined(const Values* left, const Values* right) const {
    if (!left || (step_.join == JoinKind::inner && !right)) return std::nullopt;
    return join_rows(left, right, width(step_, 0), width(step_, 1));
  }

  void from_left(const Batch& batch, RowsOut& out) {
    const Columns fk{eval(*step_.foreign_key, batch, batch.now.columns, batch.now.present)};
    for (std::size_t row = 0; row < batch.rows; ++row) {
      if (!batch.has_key(row)) {
        drop(Problem::Kind::null_key, batch, row, "a row of a table needs a key");
        continue;
      }
      Bytes key;
      append_key(key, batch.key, row);
      std::optional<Bytes> new_fk;
      if (is_set(batch.now.present, row) && !fk[0]->null(row)) append_key(new_fk.emplace(), fk, row);
      left_row(key, new_fk, batch, row, out);
    }
  }

  void left_row(const Bytes& key, const std::optional<Bytes>& new_fk, const Batch& batch, std::size_t row, RowsOut& out) {
    const bool present = is_set(batch.now.present, row);
    const bool left_join = step_.join == JoinKind::left;
    const auto* old = left_.find(key);
    std::optional<Bytes> old_fk;
    Values old_row;
    const bool had = old != nullptr;
    if (old) {
      old_fk = foreign_key(old->row);
      old_row = without_key(old->row);
    }
    Values now_row;
    if (present) now_row = read_row(batch.now.columns, row);
    const auto* old_match = old_fk ? right_.find(*old_fk) : nullptr;
    const auto before = had ? joined(&old_row, old_match ? &old_match->row : nullptr) : std::nullopt;
    if (old_fk && old_fk != new_fk) unsubscribe(*old_fk, key);
    if (present) {
      if (new_fk) subscribers_[*new_fk].insert(key);
      Values stored = now_row;
      stored.push_back(new_fk ? Value(data::Blob{*new_fk}) : Value());
      left_.put(key, std::move(stored), batch.time[row]);
    } else {
      left_.erase(key);
    }
    const auto give = [&](const std::optional<Values>& now, const std::optional<Values>& was, const TableStore::Entry* match) {
      out.key(batch.key, row);
      out.row(now ? &*now : nullptr, was ? &*was : nullptr, match ? std::max(batch.time[row], match->time) : batch.time[row], batch, row);
    };
    const auto* match = new_fk ? right_.find(*new_fk) : nullptr;
    const auto now = present ? joined(&now_row, match ? &match->row : nullptr) : std::nullopt;
    if (!had) {
      if (now) give(now, std::nullopt, match);
      return;
    }
    if (left_join && old_fk && old_fk != new_fk) {   // the old match is taken back in a step of its own
      const auto unmatched = present ? joined(&now_row, nullptr) : std::nullopt;
      give(unmatched, before, old_match);
      if (present) give(now, unmatched, match);
      return;
    }
    if (!left_join && !old_fk && !now) return;       // it was not in the result, and is not now
    give(now, before, match ? match : present ? nullptr : old_match);
  }

  void unsubscribe(const Bytes& fk, const Bytes& key) {
    const auto it = subscribers_.find(fk);
    if (it == subscribers_.end()) return;
    it->second.erase(key);
    if (it->second.empty()) subscribers_.erase(it);
  }

  void from_right(const Batch& batch, RowsOut& out) {
    for (std::size_t row = 0; row < batch.rows; ++row) {
      if (!batch.has_key(row)) {
        drop(Problem::Kind::null_key, batch, row, "a row of a table needs a key");
        continue;
      }
      Bytes fk;
      append_key(fk, batch.key, row);
      std::optional<Values> old_row, new_row;
      if (const auto* old = right_.find(fk)) old_row = old->row;
      if (is_set(batch.now.present, row)) new_row = read_row(batch.now.columns, row);
      if (new_row) right_.put(fk, *new_row, batch.time[row]);
      else right_.erase(fk);
      const auto subscribed = subscribers_.find(fk);
      if (subscribed == subscribers_.end()) continue;
      for (const auto& key : subscribed->second) {
        const auto* left = left_.find(key);
        const Values left_values = without_key(left->row);
        const auto now = joined(&left_values, new_row ? &*new_row : nullptr);
        const auto before = joined(&left_values, old_row ? &*old_row : nullptr);
        auto values = take_key(key, step_.schema.key);
        BRAID_ASSERT(values);
        out.key(*values);
        out.row(now ? &*now : nullptr, before ? &*before : nullptr, std::max(batch.time[row], left->time), batch, row);
      }
    }
  }

  const bool with_before_;
  TableStore& left_;
  TableStore& right_;
  BytesMap<std::set<Bytes>> subscribers_;         // foreign key -> keys of left rows, in key order
};

}  // namespace

std::unique_ptr<Operator> make_stream_table_join(const sql::Step& step, Runtime& runtime) { return std::make_unique<StreamTableJoin>(step, runtime); }
std::unique_ptr<Operator> make_table_join(const sql::Step& step, Runtime& runtime, bool before) {
  return std::make_unique<TableTableJoin>(step, runtime, before);
}
std::unique_ptr<Operator> make_foreign_key_join(const sql::Step& step, Runtime& runtime, bool before) {
  return std::make_unique<ForeignKeyJoin>(step, runtime, before);
}

}  // namespace braid::flow
