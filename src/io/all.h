// Starting tasks without a trip through the event loop, and waiting for several at once. One shard; not thread-safe.
#pragma once
#include <vector>

#include "io/task.h"

namespace braid::io {

// Runs the task on the current shard, right now until it first waits; it then goes on by itself. An exception in it is logged as a bug.
void start(Task<void> task);

// Starts all of them, in order, and returns when the last has ended.
Task<void> all(std::vector<Task<void>> tasks);

}  // namespace braid::io
