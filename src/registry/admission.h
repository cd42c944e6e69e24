// What the registry says to a schema that a record of a topic names: whether it exists and belongs to the topic's subject, and what is to be
// checked in records that carry it. One answer serves all records with that schema until something in the registry changes.
// admit() is called on the registry's shard; an Admission is immutable and may be used on any thread.
#pragma once
#include "registry/record_check.h"
#include "registry/registry.h"

namespace braid::registry {

enum class SubjectStrategy : std::uint8_t { topic, record, topic_record };   // of Confluent's serializers: NAME-value; full name; both

struct AdmissionQuery {
  std::string topic;
  bool key = false;
  SubjectStrategy strategy = SubjectStrategy::topic;
  RecordCheckOptions options{};        // neither structure nor rules: only the id is looked at
};

struct Admission {
  std::string fault;                   // why records with this schema may not come in; empty: they may
  std::string subject;                 // under which the schema was found
  RecordCheckPtr check{};              // null: nothing in the record is to be looked at
};
using AdmissionPtr = std::shared_ptr<const Admission>;   // shared by the shards that remember it

Admission admit(Registry& registry, const AdmissionQuery& query, std::optional<SchemaId> id, std::optional<Guid> guid);

}  // namespace braid::registry
