// A registry that runs elsewhere, as Registry::open_remote() talks to it: Confluent's REST API, one call at a time.
// Implemented by node/ over HTTP, by tests in memory. Lives on one shard; the Registry owns it.
#pragma once
#include <string>

#include "base/error.h"
#include "io/task.h"

namespace braid::registry {

struct UpstreamAnswer {
  int status = 0;
  std::string body;
};

class Upstream {
 public:
  virtual ~Upstream() = default;
  virtual std::string name() const = 0;         // for people: "http://registry:8081", without what is secret
  // `target` begins with '/' and is encoded. Errors: unavailable, timeout, io. A status of 400 and more is no error here.
  virtual io::Task<Result<UpstreamAnswer>> call(std::string method, std::string target, std::string body) = 0;
};

}  // namespace braid::registry
