// The small interface by which others may refuse a principal or a record before the broker acts (DESIGN section 3: access grants, contracts).
// Implementations are thread-safe: every shard calls them, on the path of each request, so they decide from memory and never wait.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/id.h"

namespace braid::broker {

struct Caller {
  std::string principal = "anonymous";   // until SASL says who it is
  std::string client_id;                 // what the client calls itself
  std::string host;                      // 127.0.0.1
};

enum class Operation { read, write, create, remove, alter, describe };
enum class Resource { topic, group, cluster, transactional_id };

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
