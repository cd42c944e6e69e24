// How the mesh's own topics are kept: one partition, everything. Pure.
#pragma once
#include <string>

#include "eventlog/event_log.h"

namespace braid::mesh {

eventlog::TopicSpec kept_for_ever(std::string topic);

}  // namespace braid::mesh
