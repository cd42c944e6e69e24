// The port over our own storage, in the same process and without sockets: a record that is read is a view into the bytes that storage keeps,
// unless its batch was compressed. Threads, ownership and errors as the port says; storage and offsets outlive the log.
#pragma once
#include "eventlog/event_log.h"
#include "storage/group_offsets.h"
#include "storage/log.h"

namespace braid::eventlog {

// `bootstrap`: where our broker listens, as the port's bootstrap() answers.
std::unique_ptr<EventLog> embedded_log(storage::Log& log, storage::GroupOffsets& offsets, std::string bootstrap, const Clock& clock = system_clock());

}  // namespace braid::eventlog
