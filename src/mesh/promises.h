// Promises that a product makes otherwise than its tier: what may be promised, and how a change is laid over those there are. Pure.
// Judging them is observe's business (observe/promises.h).
#pragma once
#include <vector>

#include "mesh/state.h"

namespace braid::mesh {

// `change` is a merge patch (RFC 7396) of the form of to_json(Promises). Each member that cannot be promised is a problem with its place, and changes nothing.
void lay_over(Promises& promises, const json::object& change, std::vector<Problem>& problems);
// The change that goes back to the tier in everything.
json::object no_promises();

}  // namespace braid::mesh
