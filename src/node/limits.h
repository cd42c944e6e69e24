// The limits of this node in its metrics. Called once, on the control shard, after everything that counts what is used of them.
#pragma once

namespace braid::node {

struct Parts;
void add_limit_metrics(Parts& parts);

}  // namespace braid::node
