// Keeps the node's certificate fresh: looks every few seconds whether its files have changed, and loads them again then or when told to.
// Connections that are open go on with what they began with. Files that cannot be used change nothing: the log says why, and a metric counts it.
// Lives on the control shard; reload() may be called from any thread.
#pragma once
#include <memory>

#include "base/clock.h"
#include "base/metrics.h"
#include "io/shard.h"
#include "io/sync.h"
#include "io/tls.h"

namespace braid::node {

class CertificateKeeper {
 public:
  // All of them outlive the keeper.
  CertificateKeeper(io::TlsServer& tls, io::Pool& pool, Metrics& metrics, const Clock& clock);
  void start();
  io::Task<void> stop();
  void reload(std::string_view why);

 private:
  io::Task<void> watch(io::Gate::Pass pass);
  void warn_if_it_ends() const;

  io::TlsServer& tls_;
  io::Pool& pool_;
  const Clock& clock_;
  Counter &loaded_, &failed_;
  io::Notifier stopping_;
  io::Gate gate_;
};

}  // namespace braid::node
