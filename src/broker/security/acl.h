// ACLs with Apache Kafka's meaning (its StandardAuthorizer): what they say, which of them a filter means, and what they allow together.
// Plain values without I/O. Principals are "User:NAME"; "User:*" is everybody, host "*" is everywhere, a literal name "*" is every resource.
//
// A call is denied where any matching ACL denies it; otherwise it is allowed where one allows it; otherwise it is denied.
// For an allowing ACL: read, write, remove and alter imply describe, alter_configs implies describe_configs, all implies everything.
#pragma once
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "broker/gate.h"

namespace braid::broker {

enum class Pattern : std::int8_t { any = 1, match = 2, literal = 3, prefixed = 4 };   // any and match are for filters
enum class Permission : std::int8_t { any = 1, deny = 2, allow = 3 };                 // any is for filters

struct Acl {
  Resource resource = Resource::topic;
  std::string name;                       // of the resource, or its beginning
  Pattern pattern = Pattern::literal;
  std::string principal;                  // "User:tomas"
  std::string host = "*";
  Operation operation = Operation::read;
  Permission permission = Permission::allow;
  friend auto operator<=>(const Acl&, const Acl&) = default;
};

// Which ACLs are meant. Pattern::match: those that concern the resource of that name.
struct AclFilter {
  Resource resource = Resource::any;
  std::optional<std::string> name{};
  Pattern pattern = Pattern::any;
  std::optional<std::string> principal{}, host{};
  Operation operation = Operation::any;
  Permission permission = Permission::any;
  bool matches(const Acl& acl) const;
};

std::string_view name_of(Resource resource);         // "topic", "transactional-id"
std::string_view name_of(Operation operation);       // "read", "describe-configs", "delete" for remove
std::string_view name_of(Pattern pattern);
std::string_view name_of(Permission permission);
std::optional<Resource> resource_named(std::string_view name);
std::optional<Operation> operation_named(std::string_view name);

std::string principal_of(std::string_view user);     // "User:" and the name
// What may be kept: numbers of the enums, names, the principal's form. Error{invalid_input} in words.
Result<void> check(const Acl& acl);
const std::vector<Operation>& operations_of(Resource resource);   // that mean something for it
std::string describe(const Acl& acl);                // one line for people: "allow User:tomas read of topic orders from *"

class AclIndex {
 public:
  bool add(const Acl& acl);                          // false: it is there already
  bool remove(const Acl& acl);
  const std::set<Acl>& all() const { return all_; }
  std::vector<Acl> find(const AclFilter& filter) const;

  bool allows(std::string_view principal, std::string_view host, Operation operation, Resource resource, std::string_view name) const;
  // Whether there is an ACL at all, for whomever, that concerns the resource of this name.
  bool concerns(Resource resource, std::string_view name) const;
  // On any resource of this kind at all (Kafka's authorizeByResourceType): there is an ACL that allows it and none that takes all of it back.
  bool allows_any(std::string_view principal, std::string_view host, Operation operation, Resource resource) const;

 private:
  struct OfKind {                                    // ACLs of one kind of resource, by what they name
    std::map<std::string, std::vector<Acl>, std::less<>> literal, prefixed;
    std::map<std::size_t, std::size_t> prefix_lengths;   // that occur, and how often: a name is looked up once for each
  };
  const OfKind* kind(Resource resource) const;
  std::set<Acl> all_;
  std::map<Resource, OfKind> kinds_;
};

}  // namespace braid::broker
