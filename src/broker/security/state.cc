#include "broker/security/state.h"

#include "base/base64.h"
#include "base/json.h"
#include "base/limits/security.h"

namespace braid::broker {
namespace {

std::string user_key(std::string_view name) { return json::print(json::object{{"user", name}}); }

std::string acl_key(const Acl& acl) {
  return json::print(json::object{{"acl", json::object{{"permission", name_of(acl.permission)}, {"principal", acl.principal}, {"host", acl.host}, {"operation", name_of(acl.operation)},
                                                       {"resource", name_of(acl.resource)}, {"name", acl.name}, {"pattern", name_of(acl.pattern)}}}});
}

std::string user_value(const Credentials& credentials) {
  json::object all;
  for (const auto& [mechanism, c] : credentials)
    all[name_of(mechanism)] = json::object{{"salt", base64(c.salt)}, {"stored_key", base64(c.stored_key)}, {"server_key", base64(c.server_key)}, {"iterations", c.iterations}};
  return json::print(json::object{{"v", 1}, {"credentials", std::move(all)}});
}

Result<Bytes> bytes_field(const json::object& o, std::string_view field, std::size_t size) {
  TRY(const auto text, json::required_string(o, field));
  auto bytes = parse_base64(text);
  if (!bytes || bytes->empty() || (size != 0 && bytes->size() != size)) return fail(ErrorCode::corrupt, "the field " + std::string(field) + " holds no key");
  return *std::move(bytes);
}

Result<Credentials> parse_credentials(std::string_view value) {
  TRY(const auto o, json::parse_object(value));
  const auto* all = o.if_contains("credentials");
  if (all == nullptr || !all->is_object()) return fail(ErrorCode::corrupt, "it has no credentials");
  Credentials out;
  for (const auto& [name, one] : all->as_object()) {
    const auto mechanism = mechanism_named(name);
    if (!mechanism || !one.is_object()) return fail(ErrorCode::corrupt, "the mechanism " + std::string(name) + " is not known");
    const std::size_t size = *mechanism == Mechanism::scram_sha_256 ? 32 : 64;
    Credential c;
    TRY(c.salt, bytes_field(one.as_object(), "salt", 0));
    TRY(c.stored_key, bytes_field(one.as_object(), "stored_key", size));
    TRY(c.server_key, bytes_field(one.as_object(), "server_key", size));
    TRY(const auto iterations, json::optional_int(one.as_object(), "iterations"));
    if (!iterations || *iterations < 1 || *iterations > 10'000'000) return fail(ErrorCode::corrupt, "it has no number of iterations");
    c.iterations = int(*iterations);
    out[*mechanism] = std::move(c);
  }
  if (out.empty()) return fail(ErrorCode::corrupt, "it has no credentials");
  return out;
}

Result<Acl> parse_acl(const json::object& o) {
  Acl acl;
  TRY(const auto resource, json::required_string(o, "resource"));
  TRY(const auto operation, json::required_string(o, "operation"));
  TRY(const auto pattern, json::required_string(o, "pattern"));
  TRY(const auto permission, json::required_string(o, "permission"));
  TRY(acl.principal, json::required_string(o, "principal"));
  TRY(acl.host, json::required_string(o, "host"));
  TRY(acl.name, json::required_string(o, "name"));
  const auto kind = resource_named(resource);
  const auto what = operation_named(operation);
  if (!kind || !what) return fail(ErrorCode::corrupt, "its resource or operation is not known");
  acl.resource = *kind;
  acl.operation = *what;
  acl.pattern = pattern == "prefixed" ? Pattern::prefixed : Pattern::literal;
  acl.permission = permission == "deny" ? Permission::deny : Permission::allow;
  TRY_VOID(check(acl));
  return acl;
}

struct Key {
  std::string user;
  std::optional<Acl> acl{};
};
Result<Key> parse_key(std::string_view text) {
  TRY(const auto o, json::parse_object(text));
  Key out;
  if (const auto* user = o.if_contains("user"); user && user->is_string()) {
    out.user = user->as_string();
    return out;
  }
  if (const auto* acl = o.if_contains("acl"); acl && acl->is_object()) {
    TRY(out.acl, parse_acl(acl->as_object()));
    return out;
  }
  return fail(ErrorCode::corrupt, "it is about neither a user nor an ACL");
}

struct Decide {
  const SecurityState& state;
  using Out = Result<std::optional<SecurityRecord>>;

  Out put(const std::string& user, Credentials credentials) const {
    TRY_VOID(check_user_name(user));
    if (!state.users.contains(user) && state.users.size() >= limits::users_max)
      return fail(ErrorCode::overloaded, "there are " + std::to_string(limits::users_max) + " users already", "remove some that nobody is");
    return SecurityRecord{user_key(user), user_value(credentials)};
  }
  Out operator()(const SetCredential& c) const {
    Credentials all;
    if (const auto* known = state.user(c.user)) all = *known;
    all[c.mechanism] = c.credential;
    return put(c.user, std::move(all));
  }
  Out operator()(const SetUser& c) const { return put(c.user, c.credentials); }
  Out operator()(const RemoveCredential& c) const {
    const auto* known = state.user(c.user);
    if (known == nullptr || !known->contains(c.mechanism)) return fail(ErrorCode::not_found, "Attempt to delete a user credential that does not exist");
    auto rest = *known;
    rest.erase(c.mechanism);
    if (rest.empty()) return SecurityRecord{user_key(c.user), std::nullopt};
    return SecurityRecord{user_key(c.user), user_value(rest)};
  }
  Out operator()(const RemoveUser& c) const {
    if (state.user(c.user) == nullptr) return fail(ErrorCode::not_found, "there is no user '" + c.user.substr(0, limits::user_name_bytes_max) + "'", "`braid users list` shows those there are");
    return SecurityRecord{user_key(c.user), std::nullopt};
  }
  Out operator()(const AddAcl& c) const {
    TRY_VOID(check(c.acl));
    if (state.acls.all().contains(c.acl)) return std::nullopt;
    if (state.acls.all().size() >= limits::acls_max)
      return fail(ErrorCode::overloaded, "there are " + std::to_string(limits::acls_max) + " ACLs already", "one ACL with a prefix does the work of many");
    return SecurityRecord{acl_key(c.acl), "{\"v\":1}"};
  }
  Out operator()(const RemoveAcl& c) const {
    if (!state.acls.all().contains(c.acl)) return std::nullopt;
    return SecurityRecord{acl_key(c.acl), std::nullopt};
  }
};

}  // namespace

Result<void> check_user_name(std::string_view name) {
  const auto bad = [&](std::string why) { return fail(ErrorCode::invalid_input, "a user cannot be called '" + std::string(name.substr(0, 80)) + "': " + why); };
  if (name.empty()) return bad("a name has at least one character");
  if (name.size() > limits::user_name_bytes_max) return bad("a name has at most " + std::to_string(limits::user_name_bytes_max) + " bytes");
  if (name == "anonymous" || name == "ANONYMOUS" || name == "*") return bad("the name means something else here");
  for (const char c : name)
    if (std::uint8_t(c) <= 0x20 || c == 0x7f || c == ':') return bad("spaces, colons and control characters cannot be in it");
  return {};
}

const Credentials* SecurityState::user(std::string_view name) const {
  const auto at = users.find(name);
  return at == users.end() ? nullptr : &at->second;
}

Result<std::vector<SecurityRecord>> SecurityState::decide(const std::vector<SecurityCommand>& commands) const {
  std::vector<SecurityRecord> out;
  if (commands.size() == 1) {
    TRY(auto record, std::visit(Decide{*this}, commands.front()));
    if (record) out.push_back(*std::move(record));
    return out;
  }
  SecurityState after = *this;
  for (const auto& command : commands) {
    TRY(auto record, std::visit(Decide{after}, command));
    if (!record) continue;
    TRY_VOID(after.apply(*record));
    out.push_back(*std::move(record));
  }
  return out;
}

Result<void> SecurityState::apply(const SecurityRecord& record) {
  TRY(auto key, parse_key(record.key));
  if (key.acl) {
    if (record.value) acls.add(*key.acl);
    else acls.remove(*key.acl);
    return {};
  }
  if (!record.value) {
    users.erase(key.user);
    return {};
  }
  TRY(auto credentials, parse_credentials(*record.value));
  users[key.user] = std::move(credentials);
  return {};
}

Described describe(const SecurityState& before, const SecurityRecord& record) {
  const auto key = parse_key(record.key);
  if (!key) return {"security.changed", "", ""};
  if (key->acl) {
    const std::string text = describe(*key->acl);
    return record.value ? Described{"acl.added", key->acl->principal.substr(5), text} : Described{"acl.removed", key->acl->principal.substr(5), text};
  }
  if (!record.value) return {"user.removed", key->user, "the user " + key->user + " was removed"};
  if (before.user(key->user) == nullptr) return {"user.created", key->user, "the user " + key->user + " was added"};
  return {"user.password_changed", key->user, "the password of " + key->user + " was changed"};
}

}  // namespace braid::broker
