// A plan made ready to run: its operators, linked. Batches are pushed in at a source and come out at the sink, all within the call.
// Belongs to one task on one shard. The plan's steps and the Runtime must outlive it.
#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "flow/operator.h"

namespace braid::flow {

struct TopologyOptions {
  bool queryable = false;                       // a table: keep its rows for pull queries in the stores "Result"
};

class Topology {
 public:
  static Result<std::unique_ptr<Topology>> build(sql::StepPtr root, Runtime& runtime, std::function<void(Batch)> out, TopologyOptions options = {});

  struct Source {
    const sql::Step* step = nullptr;
    Operator* first = nullptr;
    int input = 0;
    std::vector<bool> needed;                   // value columns that anybody reads
    std::int64_t pushed = 0;                    // rows
  };
  const std::vector<Source>& sources() const { return sources_; }
  void push(std::size_t source, Batch batch);
  std::vector<StepCount> counts() const;        // of every step but the sink, sources first
  std::vector<NearMiss> near_misses() const;    // nearest first
  void restored();                              // call once after the stores have been filled from a snapshot

 private:
  Topology(sql::StepPtr root, Runtime& runtime) : root_(std::move(root)), runtime_(runtime) {}
  Result<void> add(const sql::Step& step, Operator& next, int input, bool before);
  Operator& own(std::unique_ptr<Operator> op, Operator& next, int input);

  sql::StepPtr root_;
  Runtime& runtime_;
  std::vector<std::unique_ptr<Operator>> operators_;   // the sink first
  std::vector<Source> sources_;
};

// Where a queryable table's rows are: a TableStore, or a WindowedStore with (start, end - start) for time windows and (end, start) for sessions.
inline const std::string result_store = "Result";
const sql::WindowSpec* window_of(const sql::Step& root);   // of the aggregate that made the rows; null when there is none

}  // namespace braid::flow
