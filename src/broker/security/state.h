// Users and ACLs as a state: what a command changes (decide), as records; what a record changes (apply). No I/O; a plain value that is copied
// for each change and never changed once others can see it.
// A record of the topic __braid_security is a key and a value, both JSON (docs/formats/security_records.md); without a value it removes.
// Errors: not_found, invalid_input, overloaded (limits); corrupt for a record that cannot be read.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "broker/security/acl.h"
#include "broker/security/scram.h"

namespace braid::broker {

struct SetCredential {                 // makes the user where there is none
  std::string user;
  Mechanism mechanism = Mechanism::scram_sha_256;
  Credential credential;
};
struct RemoveCredential {              // and the user with the last one
  std::string user;
  Mechanism mechanism = Mechanism::scram_sha_256;
};
struct SetUser {                       // all credentials at once
  std::string user;
  Credentials credentials;
};
struct RemoveUser {
  std::string user;
};
struct AddAcl {
  Acl acl;
};
struct RemoveAcl {
  Acl acl;
};
using SecurityCommand = std::variant<SetCredential, RemoveCredential, SetUser, RemoveUser, AddAcl, RemoveAcl>;

struct SecurityRecord {
  std::string key;
  std::optional<std::string> value;
};

struct SecurityState {
  std::map<std::string, Credentials, std::less<>> users;
  AclIndex acls;
  const Credentials* user(std::string_view name) const;

  // One after the other, each seeing what those before it changed. Nothing to change is no record and no error.
  Result<std::vector<SecurityRecord>> decide(const std::vector<SecurityCommand>& commands) const;
  Result<void> apply(const SecurityRecord& record);
};

// "user.created", "user.password_changed", "user.removed", "acl.added", "acl.removed": what the audit calls it, and whom or what it is about.
struct Described {
  std::string what, subject, message;
};
Described describe(const SecurityState& before, const SecurityRecord& record);

Result<void> check_user_name(std::string_view name);

}  // namespace braid::broker
