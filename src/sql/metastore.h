// What has been created: streams, tables, custom types, and which query reads and writes what. A plain value: copy it to plan ahead.
// Changed by apply() only, with commands that the planner made; a command that was planned against the same state always applies.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "sql/functions.h"
#include "sql/plan.h"
#include "sql/schema.h"

namespace braid::sql {

struct Source {
  std::string name;
  SourceKind kind = SourceKind::stream;
  Schema schema;
  std::string topic;
  FormatInfo key_format, value_format;
  std::optional<WindowInfo> window{};          // its keys are windowed
  std::optional<TimestampColumn> timestamp{};
  bool is_source = false;                      // CREATE SOURCE ...: read-only
  bool from_query = false;                     // made by CREATE ... AS SELECT
  std::string statement{};                     // as it was written
};

// The topic that a statement wants to exist; made when it does not. Absent numbers: those of the source's topic, or the log's defaults.
struct TopicWish {
  std::string name;
  std::optional<std::int32_t> partitions{};
  std::optional<std::int16_t> replicas{};
  std::optional<std::int64_t> retention_ms{};
  std::optional<std::string> cleanup_policy{};
  bool must_exist = false;                     // CREATE STREAM without PARTITIONS
};

struct PutSource { Source source; bool replace = false; };
struct DropSourceCommand { std::string name; SourceKind kind = SourceKind::stream; bool delete_topic = false; };
struct PutType { std::string name; Type type; };
struct DropTypeCommand { std::string name; };
using DdlCommand = std::variant<PutSource, DropSourceCommand, PutType, DropTypeCommand>;

struct QueryLinks {
  std::set<std::string> reads;
  std::string writes;                          // empty for transient queries
};

class Metastore {
 public:
  const Source* find(std::string_view name) const;
  const std::map<std::string, Source, std::less<>>& sources() const { return sources_; }
  const std::map<std::string, Type, std::less<>>& types() const { return types_; }
  const std::map<std::string, QueryLinks, std::less<>>& queries() const { return queries_; }
  std::vector<std::string> readers_of(std::string_view source) const;   // query ids
  std::vector<std::string> writers_of(std::string_view source) const;
  // " Did you mean ...?" for a name that is not there, with the words of ksqlDB; empty when nothing is like it.
  std::string alternatives(std::string_view name) const;
  // What statements may call: the built-in functions, and what the server adds or limits.
  const FunctionSettings& functions() const { return functions_; }
  void set_functions(FunctionSettings settings) { functions_ = std::move(settings); }

  void apply(const DdlCommand& command);
  void add_query(const QueryPlan& plan);       // a persistent query; replaces one of the same id
  void remove_query(std::string_view id);

 private:
  std::map<std::string, Source, std::less<>> sources_;
  std::map<std::string, Type, std::less<>> types_;
  std::map<std::string, QueryLinks, std::less<>> queries_;
  FunctionSettings functions_;
};

}  // namespace braid::sql
