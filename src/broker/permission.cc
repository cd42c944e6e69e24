// Whether a caller may: the gate of others, the ACLs, and the topics that nobody sees.
#include "broker/core.h"
#include "broker/security/security.h"
#include "storage/hidden_topics.h"

namespace braid::broker {

bool Call::allows(Operation operation, Resource kind, std::string_view name) const {
  if (kind == Resource::topic && storage::is_hidden_topic(name)) return false;
  if (core.gate != nullptr && !core.gate->allows(caller, operation, kind, name)) return false;
  const auto* security = core.options.security;
  return security == nullptr || security->allows(caller, operation, kind, name);
}

bool Call::allows_idempotence() const {
  const auto* security = core.options.security;
  return security == nullptr || security->allows_any(caller, Operation::write, Resource::topic) || security->allows(caller, Operation::idempotent_write, Resource::cluster, cluster_name);
}

std::int32_t Call::allowed_operations(Resource kind, std::string_view name) const {
  std::int32_t bits = 0;
  if (kind == Resource::topic && storage::is_hidden_topic(name)) return bits;
  const auto* security = core.options.security;
  if (security != nullptr) {
    bits = security->allowed_operations(caller, kind, name);
  } else {
    for (const auto operation : operations_of(kind)) bits |= 1 << int(operation);
  }
  if (core.gate != nullptr)
    for (const auto operation : operations_of(kind))
      if ((bits & (1 << int(operation))) != 0 && !core.gate->allows(caller, operation, kind, name)) bits &= ~(1 << int(operation));
  return bits;
}

}  // namespace braid::broker
