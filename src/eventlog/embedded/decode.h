// Batches to the port's records. Pure; any thread.
#pragma once
#include "eventlog/event_log.h"
#include "storage/log.h"

namespace braid::eventlog {

// Appends the records that were read from offset `from` on to `chunk`, whose owners keep them alive; sets chunk.next. Control batches and the batches
// of aborted transactions are passed over.
Result<void> decode_read(const storage::ReadOutcome& read, Offset from, Chunk& chunk);

}  // namespace braid::eventlog
