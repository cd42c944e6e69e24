// Runs one query over records that are handed in, without a log, threads or a clock of its own: for conformance cases, golden tests and benchmarks.
// pipe() runs the query to quiescence for that record (or for a full batch of them); what the query wrote is then in `outputs`.
// One thread. The plan, schemas and clock must outlive it. The same records give the same outputs whatever the batch size.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "flow/records.h"
#include "flow/topology.h"

namespace braid::flow {

struct DriverOptions {
  std::size_t batch_rows = 1;
  bool queryable = false;
  bool streams_expiry = false;                  // see Runtime
  std::int64_t outer_join_emit_interval_ms = 0;
  const Clock* clock = &system_clock();
  std::optional<WriteSchema> key_schema{}, value_schema{};   // of the sink
};

struct TopicRecord {
  std::optional<Bytes> key, value;
  std::int64_t timestamp = 0;
  HeadersPtr headers{};
};

class QueryDriver {
 public:
  static Result<std::unique_ptr<QueryDriver>> make(sql::StepPtr root, format::Schemas& schemas, DriverOptions options = {});

  bool reads(const std::string& topic) const;
  void pipe(const std::string& topic, TopicRecord record);
  void flush();                                 // pushes what a batch still holds
  std::vector<OutRecord> outputs;               // of the sink, in order; the caller takes them out
  std::vector<Problem> problems;
  Runtime& runtime() { return runtime_; }
  Topology& topology() { return *topology_; }

 private:
  explicit QueryDriver(DriverOptions options) : options_(std::move(options)) {}
  sql::StepPtr root_;
  DriverOptions options_;
  Runtime runtime_;
  std::unique_ptr<Topology> topology_;
  std::vector<std::unique_ptr<SourceDecoder>> decoders_;   // one per source of the topology
  std::unique_ptr<SinkEncoder> encoder_;
  std::string pending_topic_;
  std::vector<TopicRecord> pending_;
  std::map<std::string, std::int64_t> next_offset_;
};

}  // namespace braid::flow
