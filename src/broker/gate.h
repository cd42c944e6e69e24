// The small interface by which others may refuse a principal or a record before the broker acts (DESIGN section 3: access grants, contracts).
// Implementations are thread-safe: every shard calls them, on the path of each request, so they decide from memory and never wait.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/id.h"

namespace braid::broker {

struct Caller {
  std::string principal = "anonymous";   // the user's name; ACLs call it "User:NAME". Stays anonymous where nobody has to say who they are
  std::string client_id;                 // what the client calls itself
  std::string host;                      // 127.0.0.1
};

// Kafka's numbers, as they are on the wire. A call is for one of read to idempotent_write; any is for filters, all for ACLs and filters.
enum class Operation : std::int8_t {
  any = 1, all = 2, read = 3, write = 4, create = 5, remove = 6, alter = 7, describe = 8, cluster_action = 9, describe_configs = 10, alter_configs = 11, idempotent_write = 12,
};
enum class Resource : std::int8_t { any = 1, topic = 2, group = 3, cluster = 4, transactional_id = 5 };
inline constexpr std::string_view cluster_name = "kafka-cluster";   // the one name of a Resource::cluster

// Why a batch was refused: `records` names single records by their index in the batch; empty means the batch as a whole.
struct Refusal {
  Error error;
  struct Record {
    std::int32_t index = 0;
    std::string message;
  };
  std::vector<Record> records{};
};

class Gate {
 public:
  virtual ~Gate() = default;
  virtual bool allows(const Caller& caller, Operation operation, Resource kind, std::string_view name) const = 0;
  // One record batch (magic 2, not yet checked by storage) on its way into a topic.
  virtual std::optional<Refusal> refuses(const Caller& caller, std::string_view topic, PartitionId partition, BytesView batch) const = 0;
};

}  // namespace braid::broker
