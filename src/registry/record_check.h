// What a registered schema demands of a record, checked on the server: that the bytes are what the schema says, and the CONDITION rules of its
// rule set where `enableAt` is SERVER or ALL (types CEL and CEL_FIELD; others run in clients).
// Compiled once per schema; immutable, so any number of threads may check with it. The caller finds the schema by frame_of() and says what a
// complaint means for the record: Complaint::action is what the schema's owner asked for.
// Specification: reference of Confluent's data contracts. doc: docs/formats/data-contracts.md
#pragma once
#include <memory>

#include "base/bytes.h"
#include "registry/parsed.h"

namespace braid::registry {

// The schema that a record names, and what is behind that.
struct Frame {
  std::optional<SchemaId> id;          // byte 0, four bytes
  std::optional<Guid> guid;            // byte 1, sixteen bytes
  BytesView rest;                      // message indexes of Protobuf, then the value; of a header only the indexes
};
std::optional<Frame> frame_of(BytesView bytes);      // a record's key or value, or its header __key_schema_id, __value_schema_id

struct Complaint {
  enum class Action : std::uint8_t { reject, divert, note };   // onFailure: ERROR (or none), DLQ, NONE
  std::string rule;                    // empty: the bytes do not fit the schema
  std::string field;                   // of a field rule
  std::string message;                 // what was asked and what was seen
  Action action = Action::reject;
};

struct RecordCheckOptions {
  bool structure = true;               // do the bytes fit the schema?
  bool rules = true;                   // the rule set's conditions
  bool reading = false;                // rules of reading (READ, WRITEREAD) instead of writing
};

class RecordCheck {
 public:
  // Refuses rules that cannot be compiled (invalid_input names the rule and the place).
  static Result<std::shared_ptr<const RecordCheck>> compile(const RegisteredSchema& schema, ParsedPtr parsed, RecordCheckOptions options = {});
  ~RecordCheck();

  bool idle() const;                   // nothing to check at all
  std::size_t rule_count() const;
  // `body`: what is behind the schema id. Protobuf: the message indexes stand in front, unless they came in a header and are given apart.
  std::vector<Complaint> check(BytesView body, std::optional<BytesView> indexes = std::nullopt) const;

 private:
  struct Impl;
  explicit RecordCheck(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};
using RecordCheckPtr = std::shared_ptr<const RecordCheck>;   // shared by the cache and the threads that check

// Conditions of the rule set that the server evaluates.
std::vector<const Rule*> server_conditions(const RuleSet& rule_set, bool reading);

}  // namespace braid::registry
