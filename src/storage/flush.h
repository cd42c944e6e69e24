// Carries out a FlushPlan: batches into segment files, synced. Blocking; any thread, one at a time per partition.
#pragma once
#include "io/file.h"
#include "storage/partition.h"

namespace braid::storage {

Result<void> carry_out(io::FileSystem& files, const FlushPlan& plan);

}  // namespace braid::storage
