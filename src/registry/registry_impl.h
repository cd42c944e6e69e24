// Private to registry/: what a Registry is behind its header. Two kinds: our own over a journal (registry.cc), and the mirror of one that runs
// elsewhere (remote.cc). Both keep a State in memory, so that reads are the same.
#pragma once
#include <atomic>

#include "registry/registry.h"
#include "registry/service.h"

namespace braid::registry {

Error to_error(Refusal refusal);

struct Registry::Impl : Service {
  explicit Impl(Metrics& metrics);
  const State& state() const override { return state_; }
  ParsedSchemas& parsed() override { return parsed_; }

  virtual io::Task<void> close() = 0;
  virtual bool remote() const { return false; }
  virtual std::string trouble() const { return {}; }   // why the registry that is used cannot be asked; empty when it can
  virtual io::Task<void> expect(SchemaId) { co_return; }
  virtual io::Task<Result<void>> refresh(std::string) { co_return Result<void>{}; }

  // What is not in the mirror may be there: then the answer is not "there is none".
  Error error_of(Refusal refusal) const {
    auto error = to_error(std::move(refusal));
    if (const auto why = trouble(); !why.empty() && error.code == ErrorCode::not_found) {
      error.code = ErrorCode::unavailable;
      error.message += " It is not among what was read from the registry that this node uses, which does not answer at the moment: " + why;
      error.hint = "check schema_registry_url and that registry";
    }
    return error;
  }
  Result<void> apply_event(Event event);     // to the state, and to who listens
  Result<ParsedPtr> parsed_of(SchemaId id) {
    auto schema = by_id(id, "");
    if (!schema) return std::unexpected(error_of(std::move(schema).error()));
    return parsed_.of(*schema);
  }
  template <class T> Result<T> parsed_as(SchemaId id, std::string_view kind) {
    TRY(auto parsed, parsed_of(id));
    if (const auto* schema = std::get_if<T>(&parsed->any())) return *schema;
    return fail(ErrorCode::invalid_input, "schema " + std::to_string(id.value) + " is " + std::string(name_of(parsed->type())) + ", not " + std::string(kind));
  }

  State state_;
  ParsedSchemas parsed_;
  std::atomic<std::uint64_t> changes_ = 0;
  std::vector<std::function<void(const Change&)>> listeners;
};

}  // namespace braid::registry
