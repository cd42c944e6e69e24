// From records to profiles: sorts keys and values by the schema that wrote them, decodes each lot straight into columns (format/serde.h), and adds
// the columns to the fields. What has no schema id is JSON, text, or bytes, as it looks. A record that cannot be decoded is counted with its reason.
// Nested fields have paths: "address.city", "tags[]" for the elements of a list, "attrs{}" for the values and "attrs{key}" for the keys of a map.
// One shard; not thread-safe. Schemas must be known before add(): see unknown_schemas().
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "eventlog/event_log.h"
#include "format/serde.h"
#include "io/shard.h"
#include "observe/topic_profile.h"

namespace braid::observe {

// Schemas by id, as far as somebody has fetched them. An id that the registry does not have is asked for again after a while.
class SchemaTexts final : public format::Schemas {
 public:
  const format::SchemaText* by_id(SchemaId id) override;
  bool wanted(SchemaId id) const;                // neither known nor asked for just now
  void put(SchemaId id, Result<format::SchemaText> text);

 private:
  std::map<std::int32_t, format::SchemaText> known_;
  std::map<std::int32_t, io::Deadline> unknown_until_;
};

class RecordDecoder {
 public:
  RecordDecoder();
  ~RecordDecoder();
  RecordDecoder(RecordDecoder&&) noexcept;

  SchemaTexts& schemas() { return *schemas_; }
  std::vector<SchemaId> unknown_schemas(std::span<const eventlog::RecordView> records) const;
  // The bytes of the records must live through the call.
  void add(std::span<const eventlog::RecordView> records, TopicProfile& into);

 private:
  struct BySchema;                               // how records of one schema become columns
  struct JsonTree;                               // columns of JSON without a schema, by path
  void add_side(Side side, std::span<const eventlog::RecordView> records, TopicProfile& into);
  void add_by_schema(Side side, SchemaId id, std::span<const BytesView> payloads, TopicProfile& into);
  void add_json(Side side, std::span<const BytesView> payloads, TopicProfile& into);
  void add_column(Side side, const std::string& path, const data::Column& column, TopicProfile& into, int depth);

  std::unique_ptr<SchemaTexts> schemas_;         // the serdes below refer to it, and a RecordDecoder may move
  std::map<std::pair<Side, std::int32_t>, std::unique_ptr<BySchema>> by_schema_;
  std::unique_ptr<JsonTree> json_[2];
  Scratch scratch_;
};

}  // namespace braid::observe
