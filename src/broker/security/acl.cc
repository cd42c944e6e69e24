#include "broker/security/acl.h"

#include <algorithm>
#include <array>

#include "base/limits/security.h"

namespace braid::broker {
namespace {

constexpr std::array resource_names{std::pair{Resource::any, "any"}, std::pair{Resource::topic, "topic"}, std::pair{Resource::group, "group"}, std::pair{Resource::cluster, "cluster"},
                                    std::pair{Resource::transactional_id, "transactional-id"}};
constexpr std::array operation_names{std::pair{Operation::any, "any"}, std::pair{Operation::all, "all"}, std::pair{Operation::read, "read"}, std::pair{Operation::write, "write"},
                                     std::pair{Operation::create, "create"}, std::pair{Operation::remove, "delete"}, std::pair{Operation::alter, "alter"},
                                     std::pair{Operation::describe, "describe"}, std::pair{Operation::cluster_action, "cluster-action"},
                                     std::pair{Operation::describe_configs, "describe-configs"}, std::pair{Operation::alter_configs, "alter-configs"},
                                     std::pair{Operation::idempotent_write, "idempotent-write"}};

template <class Table, class T> std::string_view find_name(const Table& table, T value) {
  for (const auto& [v, name] : table)
    if (v == value) return name;
  return "unknown";
}

bool same_who(const Acl& acl, std::string_view principal, std::string_view host) {
  return (acl.principal == principal || acl.principal == "User:*") && (acl.host == host || acl.host == "*");
}

bool implies(Operation allowed, Operation wanted) {
  if (allowed == wanted || allowed == Operation::all) return true;
  if (wanted == Operation::describe) return allowed == Operation::read || allowed == Operation::write || allowed == Operation::remove || allowed == Operation::alter;
  if (wanted == Operation::describe_configs) return allowed == Operation::alter_configs;
  return false;
}

bool denies(const Acl& acl, Operation wanted) { return acl.operation == wanted || acl.operation == Operation::all; }

struct Verdict {
  bool allowed = false, denied = false;
  void see(const std::vector<Acl>& acls, std::string_view principal, std::string_view host, Operation operation) {
    for (const auto& acl : acls) {
      if (!same_who(acl, principal, host)) continue;
      if (acl.permission == Permission::deny) denied = denied || denies(acl, operation);
      else allowed = allowed || implies(acl.operation, operation);
    }
  }
};

}  // namespace

std::string_view name_of(Resource resource) { return find_name(resource_names, resource); }
std::string_view name_of(Operation operation) { return find_name(operation_names, operation); }
std::string_view name_of(Pattern pattern) {
  switch (pattern) {
    case Pattern::any: return "any";
    case Pattern::match: return "match";
    case Pattern::literal: return "literal";
    case Pattern::prefixed: return "prefixed";
  }
  return "unknown";
}
std::string_view name_of(Permission permission) {
  switch (permission) {
    case Permission::any: return "any";
    case Permission::deny: return "deny";
    case Permission::allow: return "allow";
  }
  return "unknown";
}
std::optional<Resource> resource_named(std::string_view name) {
  for (const auto& [value, known] : resource_names)
    if (name == known) return value;
  return std::nullopt;
}
std::optional<Operation> operation_named(std::string_view name) {
  for (const auto& [value, known] : operation_names)
    if (name == known) return value;
  return std::nullopt;
}

std::string principal_of(std::string_view user) { return "User:" + std::string(user); }

const std::vector<Operation>& operations_of(Resource resource) {
  using enum Operation;
  static const std::vector<Operation> of_topic{read, write, create, remove, alter, describe, describe_configs, alter_configs};
  static const std::vector<Operation> of_group{read, remove, describe, describe_configs, alter_configs};
  static const std::vector<Operation> of_cluster{create, alter, describe, cluster_action, describe_configs, alter_configs, idempotent_write};
  static const std::vector<Operation> of_transactional_id{write, describe};
  static const std::vector<Operation> none;
  switch (resource) {
    case Resource::topic: return of_topic;
    case Resource::group: return of_group;
    case Resource::cluster: return of_cluster;
    case Resource::transactional_id: return of_transactional_id;
    case Resource::any: return none;
  }
  return none;
}

Result<void> check(const Acl& acl) {
  const auto bad = [](std::string message, std::string hint = {}) { return fail(ErrorCode::invalid_input, std::move(message), std::move(hint)); };
  if (operations_of(acl.resource).empty()) return bad("the resource type " + std::to_string(int(acl.resource)) + " is not offered here", "topic, group, cluster and transactional-id are");
  if (acl.name.empty()) return bad("Resource name should not be empty");
  if (acl.resource == Resource::cluster && acl.name != cluster_name) return bad("The only valid name for the CLUSTER resource is " + std::string(cluster_name));
  if (acl.pattern != Pattern::literal && acl.pattern != Pattern::prefixed) return bad("the pattern type must be literal or prefixed, got " + std::string(name_of(acl.pattern)));
  if (acl.permission != Permission::allow && acl.permission != Permission::deny) return bad("the permission must be allow or deny, got " + std::string(name_of(acl.permission)));
  const auto& operations = operations_of(acl.resource);
  if (acl.operation != Operation::all && std::ranges::find(operations, acl.operation) == operations.end())
    return bad("the operation " + std::string(name_of(acl.operation)) + " means nothing for a " + std::string(name_of(acl.resource)));
  if (!acl.principal.starts_with("User:") || acl.principal.size() == 5)
    return bad("Could not parse principal from `" + acl.principal + "`: it is User:NAME here, or User:* for everybody");
  if (acl.host.empty()) return bad("the host must be an address, or * for everywhere");
  for (const auto* text : {&acl.name, &acl.principal, &acl.host})
    if (text->size() > limits::acl_name_bytes_max) return bad("a name in an ACL has at most " + std::to_string(limits::acl_name_bytes_max) + " bytes");
  return {};
}

std::string describe(const Acl& acl) {
  std::string out = std::string(name_of(acl.permission)) + " " + acl.principal + " " + std::string(name_of(acl.operation)) + " of " + std::string(name_of(acl.resource));
  if (acl.resource != Resource::cluster) out += (acl.pattern == Pattern::prefixed ? "s that begin with " : " ") + acl.name;
  return acl.host == "*" ? out : out + " from " + acl.host;
}

bool AclFilter::matches(const Acl& acl) const {
  if (resource != Resource::any && resource != acl.resource) return false;
  if (principal && *principal != acl.principal) return false;
  if (host && *host != acl.host) return false;
  if (operation != Operation::any && operation != acl.operation) return false;
  if (permission != Permission::any && permission != acl.permission) return false;
  if (pattern == Pattern::literal || pattern == Pattern::prefixed) {
    if (pattern != acl.pattern) return false;
    return !name || *name == acl.name;
  }
  if (!name) return true;
  if (pattern == Pattern::any) return *name == acl.name;
  return acl.pattern == Pattern::prefixed ? name->starts_with(acl.name) : *name == acl.name || acl.name == "*";
}

bool AclIndex::add(const Acl& acl) {
  if (!all_.insert(acl).second) return false;
  auto& of_kind = kinds_[acl.resource];
  if (acl.pattern == Pattern::prefixed) ++of_kind.prefix_lengths[acl.name.size()];
  (acl.pattern == Pattern::prefixed ? of_kind.prefixed : of_kind.literal)[acl.name].push_back(acl);
  return true;
}

bool AclIndex::remove(const Acl& acl) {
  if (all_.erase(acl) == 0) return false;
  auto& of_kind = kinds_[acl.resource];
  auto& table = acl.pattern == Pattern::prefixed ? of_kind.prefixed : of_kind.literal;
  const auto at = table.find(acl.name);
  std::erase(at->second, acl);
  if (at->second.empty()) table.erase(at);
  if (acl.pattern == Pattern::prefixed && --of_kind.prefix_lengths[acl.name.size()] == 0) of_kind.prefix_lengths.erase(acl.name.size());
  return true;
}

std::vector<Acl> AclIndex::find(const AclFilter& filter) const {
  std::vector<Acl> out;
  for (const auto& acl : all_)
    if (filter.matches(acl)) out.push_back(acl);
  return out;
}

const AclIndex::OfKind* AclIndex::kind(Resource resource) const {
  const auto at = kinds_.find(resource);
  return at == kinds_.end() ? nullptr : &at->second;
}

bool AclIndex::allows(std::string_view principal, std::string_view host, Operation operation, Resource resource, std::string_view name) const {
  const auto* of_kind = kind(resource);
  if (of_kind == nullptr) return false;
  Verdict verdict;
  const auto see = [&](const auto& table, std::string_view key) {
    if (const auto at = table.find(key); at != table.end()) verdict.see(at->second, principal, host, operation);
  };
  see(of_kind->literal, name);
  if (name != "*") see(of_kind->literal, "*");
  for (const auto& [length, times] : of_kind->prefix_lengths) {
    if (length > name.size()) break;
    see(of_kind->prefixed, name.substr(0, length));
  }
  return verdict.allowed && !verdict.denied;
}

bool AclIndex::concerns(Resource resource, std::string_view name) const {
  const auto* of_kind = kind(resource);
  if (of_kind == nullptr) return false;
  if (of_kind->literal.contains(name) || of_kind->literal.contains("*")) return true;
  return std::ranges::any_of(of_kind->prefix_lengths, [&](const auto& length) { return length.first <= name.size() && of_kind->prefixed.contains(name.substr(0, length.first)); });
}

bool AclIndex::allows_any(std::string_view principal, std::string_view host, Operation operation, Resource resource) const {
  const auto* of_kind = kind(resource);
  if (of_kind == nullptr) return false;
  const auto denied = [&](const auto& table, std::string_view key) {
    const auto at = table.find(key);
    if (at == table.end()) return false;
    Verdict verdict;
    verdict.see(at->second, principal, host, operation);
    return verdict.denied;
  };
  if (denied(of_kind->literal, "*")) return false;
  // An allowed prefix or name is taken back where a denied prefix covers all of it, an allowed literal also by a denied literal of the same name.
  const auto taken_back = [&](std::string_view name) {
    for (const auto& [length, times] : of_kind->prefix_lengths) {
      if (length > name.size()) break;
      if (denied(of_kind->prefixed, name.substr(0, length))) return true;
    }
    return false;
  };
  for (const auto* table : {&of_kind->literal, &of_kind->prefixed})
    for (const auto& [name, acls] : *table) {
      Verdict verdict;
      verdict.see(acls, principal, host, operation);
      if (!verdict.allowed) continue;
      if (table == &of_kind->literal && name == "*") return true;
      if (table == &of_kind->literal && verdict.denied) continue;
      if (!taken_back(name)) return true;
    }
  return false;
}

}  // namespace braid::broker
