// Batches to the port's records. Pure; any thread.
#pragma once
#include "eventlog/event_log.h"
#include "storage/log.h"

namespace braid::eventlog {

// Appends the records of the pieces from offset `from` on to `chunk`, whose owners keep them alive; sets chunk.next. Control batches are passed over.
Result<void> decode_pieces(const std::vector<storage::Piece>& pieces, Offset from, Chunk& chunk);

}  // namespace braid::eventlog
