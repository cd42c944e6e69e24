// The registry that this node uses instead of being one (setting schema_registry_url): how it is asked, and how the node's own paths and port
// for the registry pass everything on to it. Lives on the control shard.
#pragma once
#include <memory>
#include <string>

#include "http/client.h"
#include "http/server.h"
#include "registry/registry.h"
#include "registry/upstream.h"

namespace braid::node {

struct RegistryPlace {
  http::Url url;
  std::string authorization;                       // of basic authentication: "Basic ..."; empty without
  std::shared_ptr<const io::TlsClient> trusted;    // for https, shared with what connects to others; null: whom the system trusts
  std::string name() const { return url.text(); }  // "http://registry:8081"
};
// "http://user:password@host:port/path", or https; user and password are percent-decoded.
Result<RegistryPlace> registry_place(std::string_view url);
std::string without_secret(std::string_view url);  // "http://user:***@host"

std::unique_ptr<registry::Upstream> registry_upstream(RegistryPlace place);

// Passes the registry's paths on, byte for byte, and brings the mirror up to date after a change. What only Braid answers (explain=true of
// a compatibility check) is answered by `own`, whose routes are over the mirror. `everything`: any path, for the registry's own port.
// The registry and `own` must outlive the router.
void add_forwarding(http::Router& router, RegistryPlace place, registry::Registry& registry, const http::Router& own, bool everything);

}  // namespace braid::node
