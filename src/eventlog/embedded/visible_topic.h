// Private to eventlog/embedded: finds a topic, unless it is one that nobody sees (storage/hidden_topics.h).
#pragma once
#include <string_view>

#include "storage/hidden_topics.h"
#include "storage/log.h"

namespace braid::eventlog {

inline storage::TopicPtr visible_topic(const storage::Log& log, std::string_view name) { return storage::is_hidden_topic(name) ? nullptr : log.topics()->find(name); }

}  // namespace braid::eventlog
