// The registry that this node uses instead of being one (setting schema_registry_url): how it is asked, and how the node's own paths and port
// for the registry pass everything on to it. Lives on the control shard.
#pragma once
#include <memory>
#include <string>

#include "base/limits/upstream.h"
#include "http/client.h"
#include "http/server.h"
#include "registry/registry.h"
#include "registry/upstream.h"

namespace braid::node {

struct RegistryPlace {
  http::Url url;
  std::string authorization;                       // of basic authentication: "Basic ..."; empty without
  std::shared_ptr<const io::TlsClient> trusted;    // for https, shared with what connects to others; null: whom the system trusts
  io::Milliseconds patience{limits::upstream_patience_ms};   // for one answer
  io::Milliseconds away{limits::upstream_away_ms};           // after no answer: what is known is answered without asking again
  std::size_t answer_bytes_max = limits::upstream_answer_bytes_max;
  std::string name() const { return url.text(); }  // "http://registry:8081"
};
// "http://user:password@host:port/path", or https; user and password are percent-decoded.
Result<RegistryPlace> registry_place(std::string_view url);
std::string without_secret(std::string_view url);  // "http://user:***@host"

std::unique_ptr<registry::Upstream> registry_upstream(RegistryPlace place);

// An answer that does not come in time, is cut, too large, no HTTP, or sends elsewhere is an error that names the call, the registry and what to do.
// Passes the registry's paths on, byte for byte, and brings the mirror up to date after a change. What only Braid answers (explain=true of
// a compatibility check) is answered by `own`, whose routes are over the mirror. `everything`: any path, for the registry's own port.
// The registry and `own` must outlive the router.
void add_forwarding(http::Router& router, RegistryPlace place, registry::Registry& registry, const http::Router& own, bool everything);

}  // namespace braid::node
