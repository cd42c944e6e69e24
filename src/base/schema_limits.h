// The second page of base/limits.h: bounds that only schemas, documents and rules have (format/ and registry/), each with its reason.
#pragma once
#include <cstddef>

namespace braid::limits {

// Checking JSON documents
inline constexpr std::size_t json_schema_steps_max = 2'000'000;     // schema parts applied to one document: some 100 ms

// Rules in CEL
inline constexpr std::size_t cel_text_bytes_max = 64 * 1024;
inline constexpr int cel_nesting_max = 100;                         // each level of text passes some eight functions
inline constexpr std::size_t cel_steps_max = 200'000;               // of one evaluation: some 20 ms, and a record waits for it

// Registry
inline constexpr std::size_t registry_schema_bytes_max = 1'000'000; // a schema is one record of `_schemas`, and Kafka takes 1 MiB with all that is around it

}  // namespace braid::limits
