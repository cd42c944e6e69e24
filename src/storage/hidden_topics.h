// Topics that exist for the node alone. Not even their names leave it: what is in them are hashed passwords. The Kafka port and the embedded
// EventLog answer as if they were not there; whoever keeps them uses storage::Log itself.
#pragma once
#include <string_view>

namespace braid::storage {

inline constexpr const char* security_topic = "__braid_security";
inline bool is_hidden_topic(std::string_view name) { return name == security_topic; }

}  // namespace braid::storage
