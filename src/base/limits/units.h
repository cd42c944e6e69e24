// The units of the limits. The table of limits is the folder base/limits: one page for each part of the product, so that a new bound
// rebuilds that part alone. Each has its reason. Reaching one is ErrorCode::overloaded or invalid_input, never growth.
#pragma once
#include <cstddef>
#include <cstdint>

namespace braid::limits {

inline constexpr std::size_t KiB = 1024, MiB = 1024 * KiB;

}  // namespace braid::limits
