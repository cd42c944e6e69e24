// Why the registry says no: Confluent's error numbers and texts, which clients look at. The first three digits are the HTTP status.
#pragma once
#include <expected>
#include <string>
#include <string_view>

#include "registry/subject_name.h"

namespace braid::registry {

struct Refusal {
  int code = 0;
  std::string message;
  int http_status() const { return code >= 1000 ? code / 100 : code; }
};

template <class T> using Outcome = std::expected<T, Refusal>;

namespace code {
inline constexpr int subject_not_found = 40401, version_not_found = 40402, schema_not_found = 40403;
inline constexpr int subject_soft_deleted = 40404, subject_not_soft_deleted = 40405, version_soft_deleted = 40406, version_not_soft_deleted = 40407;
inline constexpr int no_subject_compatibility = 40408, no_subject_mode = 40409;
inline constexpr int incompatible = 409;   // see docs/decisions/2026-11-23-registry-error-409.md
inline constexpr int invalid_schema = 42201, invalid_version = 42202, invalid_level = 42203, invalid_mode = 42204, not_permitted = 42205;
inline constexpr int reference_exists = 42206, id_mismatch = 42207, invalid_subject = 42208, too_large = 42209, invalid_rules = 42210, context_not_empty = 42211;
inline constexpr int store = 50001;
// id_mismatch (42207) is in Confluent's list, but nothing in it raises it any more; an id that belongs to other content is 42205 there and here.
}  // namespace code

inline std::unexpected<Refusal> refuse(int code, std::string message) { return std::unexpected(Refusal{code, std::move(message)}); }

inline std::unexpected<Refusal> subject_not_found(std::string_view subject) {
  return refuse(code::subject_not_found, "Subject '" + std::string(subject) + "' not found.");
}
inline std::unexpected<Refusal> version_not_found(std::string_view version) {
  return refuse(code::version_not_found, "Version " + std::string(version) + " not found.");
}

// What Confluent puts behind "in context": nothing for the default one.
inline std::string context_text(std::string_view subject) {
  const auto name = parse_subject(subject);
  return name.context == default_context ? "" : context_subject(name.context);
}
inline std::unexpected<Refusal> not_in_mode(std::string_view subject, std::string_view what) {
  return refuse(code::not_permitted, "Subject " + std::string(subject) + " in context " + context_text(subject) + " is " + std::string(what));
}

}  // namespace braid::registry

// TRY for an Outcome.
#define OUTCOME_TRY_(tmp, lhs, ...) \
  auto tmp = (__VA_ARGS__); \
  if (!tmp) [[unlikely]] return std::unexpected<::braid::registry::Refusal>(std::move(tmp).error()); \
  lhs = *std::move(tmp)
#define OUTCOME_TRY(lhs, ...) OUTCOME_TRY_(BRAID_CONCAT(outcome_, __LINE__), lhs, __VA_ARGS__)
