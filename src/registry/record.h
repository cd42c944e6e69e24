// The records of `_schemas`, byte for byte as Confluent's registry writes and reads them.
//
//   key                                                                  value
//   {"keytype":"SCHEMA","subject":"s","version":1,"magic":1}             {"subject","version","id","md5","schemaType","references",...,"deleted"}
//   {"keytype":"CONFIG","subject":"s"|null,"magic":0}                    {"subject","compatibilityLevel",...}
//   {"keytype":"MODE","subject":"s"|null,"magic":0}                      {"subject","mode"}
//   {"keytype":"DELETE_SUBJECT","subject":"s","magic":0}                 {"subject","version"}: soft-deletes all up to that version
//   {"keytype":"CLEAR_SUBJECT","subject":"s","magic":0}                  {"subject"}
//   {"keytype":"CONTEXT","tenant":"default","context":".c","magic":0}    {"tenant","context"}
//   {"keytype":"NOOP","magic":0}                                         none
//
// A record without a value is a tombstone. Read as well: keys of magic 0 and values without a subject (old registries); keys of any other
// kind are left alone. Spec: reference of Confluent Schema Registry 8.x, KafkaStore. Pure functions. doc: docs/formats/schemas-topic.md
#pragma once
#include <variant>

#include "eventlog/event_log.h"
#include "registry/schema.h"
#include "registry/settings.h"

namespace braid::registry {

struct SchemaStored { RegisteredSchema schema; };
struct SchemaErased { std::string subject; std::int32_t version = 0; };
struct ConfigStored { std::string subject; Config config; };              // empty subject: the global one
struct ConfigErased { std::string subject; };
struct ModeStored { std::string subject; Mode mode = Mode::readwrite; };
struct ModeErased { std::string subject; };
struct SubjectDeleted { std::string subject; std::int32_t up_to_version = 0; };
struct SubjectCleared { std::string subject; };
struct ContextStored { std::string context; };
struct ContextErased { std::string context; };
struct Nothing {};                                                        // NOOP, or a kind of key that we do not know

using Event = std::variant<Nothing, SchemaStored, SchemaErased, ConfigStored, ConfigErased, ModeStored, ModeErased, SubjectDeleted, SubjectCleared,
                           ContextStored, ContextErased>;

eventlog::Record to_record(const Event& event);
Result<Event> parse_record(std::optional<BytesView> key, std::optional<BytesView> value, std::int64_t timestamp_ms);

}  // namespace braid::registry
