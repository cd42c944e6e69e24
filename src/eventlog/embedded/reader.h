// Private to embedded/: the Reader and the Writer of the embedded log.
#pragma once
#include "eventlog/event_log.h"
#include "storage/log.h"

namespace braid::eventlog {

std::unique_ptr<Reader> embedded_reader(storage::Log& log, std::vector<std::pair<TopicPartition, Offset>> from);
std::unique_ptr<Writer> embedded_writer(storage::Log& log, const Clock& clock);
Error no_such_topic(const std::string& name);
Error no_such_partition(const TopicPartition& partition, std::int32_t partitions);

}  // namespace braid::eventlog
