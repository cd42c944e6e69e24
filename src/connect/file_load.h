// Loads the rows of a file into a topic: reads ahead to infer the types, registers the Avro schema, creates the topic, writes.
// A load that broke off goes on where it stopped: the last record of each write carries the header `braid.load` with the source's name and
// the line it came from, and rows up to that line are passed over in that partition. So nothing is lost and nothing comes twice.
// A row that does not fit (wrong number of cells, a text where a number was inferred) is left out, counted, and the first ones are kept
// with their line and reason.
// Lives on one shard; one call at a time. EventLog and Registry (same shard) must outlive it. Sizes in bytes.
// Errors: already_exists (the topic has other records and `append` was not asked for), invalid_input (no rows, no such key column),
// incompatible (the subject has another schema), and those of the log.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connect/infer.h"
#include "connect/rows.h"
#include "eventlog/event_log.h"
#include "registry/registry.h"

namespace braid::connect {

struct LoadSpec {
  std::string topic;
  std::string source;                         // the file's name: what a resumed load is recognised by
  std::optional<FileFormat> format{};         // empty: guessed from name and content
  std::optional<char> delimiter{};            // CSV; empty: guessed
  bool header = true;                         // CSV: the first line has the names
  std::string key{};                          // column whose text becomes the record's key; empty: no key
  std::int32_t partitions = 1;                // of the topic, if it is not there yet
  bool append = false;                        // into a topic that has other records
  std::size_t sample_rows = 50'000;           // looked at before the types are fixed
};

struct RejectedRow {
  std::string reason;                         // with its line
};

struct LoadReport {
  std::string topic, subject;
  SchemaId schema{};
  std::vector<InferredColumn> columns;
  std::int64_t rows_read = 0, rows_written = 0, rows_already_there = 0, rows_rejected = 0;
  std::vector<RejectedRow> rejected;          // the first 20
  bool topic_created = false;
};

class FileLoad {
 public:
  static std::unique_ptr<FileLoad> begin(eventlog::EventLog& log, registry::Registry& registry, LoadSpec spec);
  virtual ~FileLoad() = default;
  virtual io::Task<Result<void>> feed(Bytes bytes) = 0;    // the next bytes of the file; returns when they have been taken in
  virtual io::Task<Result<LoadReport>> finish() = 0;       // everything has been written when it returns
  virtual const LoadReport& so_far() const = 0;
};

}  // namespace braid::connect
