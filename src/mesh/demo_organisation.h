// The people of the demo mesh: the domains, teams and products of the data mesh course, and an analytics domain for the visitor. Pure data, as the
// commands that make it so; giving them again changes nothing (a product that exists is left alone). Used by `braid demo` and by tests.
#pragma once
#include <vector>

#include "mesh/command.h"

namespace braid::mesh {

struct DemoStep {
  Caller caller;
  Command command;
};

inline constexpr std::string_view demo_visitor = "tomas";    // of analytics: whom the visitor acts as

// Domains membership, edge, execution, analytics and accounting, their teams and people, and the platform's own. Needs no topics.
std::vector<DemoStep> demo_organisation();
// The course's three products: users, pageviews, stocktrades. Their topics must exist.
std::vector<DemoStep> demo_products();

}  // namespace braid::mesh
