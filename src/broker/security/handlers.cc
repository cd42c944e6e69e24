// SaslHandshake, SaslAuthenticate, and the admin APIs of users and ACLs.
#include <set>

#include "base/limits/security.h"
#include "broker/handlers.h"
#include "broker/security/sasl.h"
#include "broker/security/security.h"

namespace braid::broker {
namespace {

constexpr std::string_view disabled = "No Authorizer is configured: this node runs with authentication: none, so ACLs would decide nothing";

struct Refused {
  KafkaError error = KafkaError::none;
  std::string message;
};

// ACLs are there only where logins are; without them they would be decoration.
std::optional<Refused> acls_refused(const Call& call, Operation operation) {
  const auto* security = call.core.options.security;
  if (security == nullptr || !security->required()) return Refused{KafkaError::security_disabled, std::string(disabled)};
  if (!call.allows_cluster(operation)) return Refused{KafkaError::cluster_authorization_failed, principal_of(call.caller.principal) + " may not " + std::string(name_of(operation)) + " the cluster"};
  return std::nullopt;
}

std::optional<Refused> users_refused(const Call& call, Operation operation) {
  if (call.core.options.security == nullptr) return Refused{KafkaError::security_disabled, "this node keeps no users"};
  if (!call.allows_cluster(operation)) return Refused{KafkaError::cluster_authorization_failed, principal_of(call.caller.principal) + " may not " + std::string(name_of(operation)) + " the cluster"};
  return std::nullopt;
}

KafkaError error_of(const Error& error) {
  switch (error.code) {
    case ErrorCode::invalid_input: return KafkaError::invalid_request;
    case ErrorCode::overloaded: return KafkaError::policy_violation;
    default: return kafka_error(error.code);
  }
}

template <class F> std::optional<AclFilter> filter_from(const F& f) {
  if (f.pattern_type_filter < 1 || f.pattern_type_filter > 4 || f.permission_type < 1 || f.permission_type > 3 || f.operation < 1 || f.resource_type_filter < 1) return std::nullopt;
  AclFilter out;
  out.resource = Resource(f.resource_type_filter);
  out.name = f.resource_name_filter;
  out.pattern = Pattern(f.pattern_type_filter);
  out.principal = f.principal_filter;
  out.host = f.host_filter;
  out.operation = Operation(f.operation);
  out.permission = Permission(f.permission_type);
  return out;
}

std::string client_text(const Call& call) { return call.caller.host + (call.caller.client_id.empty() ? "" : ", " + call.caller.client_id); }

}  // namespace

io::Task<wire::SaslHandshakeResponse> sasl_handshake(const Call& call, wire::SaslHandshakeRequest request) {
  wire::SaslHandshakeResponse out;
  out.error_code = code(call.login->handshake(request.mechanism, call.version() == 0));
  if (call.login->offered()) out.mechanisms = Login::mechanisms_offered();
  co_return out;
}

io::Task<wire::SaslAuthenticateResponse> sasl_authenticate(const Call& call, wire::SaslAuthenticateRequest request) {
  auto stepping = call.login->step(std::move(request.auth_bytes.bytes), call.core.monotonic_ms());
  auto step = co_await std::move(stepping);
  wire::SaslAuthenticateResponse out;
  out.error_code = code(step.error);
  if (step.error != KafkaError::none) out.error_message = std::move(step.message);
  out.auth_bytes.bytes = std::move(step.answer);
  out.session_lifetime_ms = step.session_ms;
  co_return out;
}

io::Task<wire::DescribeAclsResponse> describe_acls(const Call& call, wire::DescribeAclsRequest request) {
  wire::DescribeAclsResponse out;
  const auto refuse = [&](Refused why) {
    out.error_code = code(why.error);
    out.error_message = std::move(why.message);
  };
  if (auto refused = acls_refused(call, Operation::describe)) {
    refuse(*std::move(refused));
    co_return out;
  }
  const auto filter = filter_from(request);
  if (!filter) {
    refuse({KafkaError::invalid_request, "the filter has a pattern type, operation or permission that is none"});
    co_return out;
  }
  std::map<std::tuple<Resource, std::string, Pattern>, std::size_t> places;
  for (const auto& acl : call.core.options.security->state()->acls.find(*filter)) {
    const auto [at, fresh] = places.try_emplace({acl.resource, acl.name, acl.pattern}, out.resources.size());
    if (fresh) out.resources.push_back({std::int8_t(acl.resource), acl.name, std::int8_t(acl.pattern), {}});
    out.resources[at->second].acls.push_back({acl.principal, acl.host, std::int8_t(acl.operation), std::int8_t(acl.permission)});
  }
  co_return out;
}

io::Task<wire::CreateAclsResponse> create_acls(const Call& call, wire::CreateAclsRequest request) {
  wire::CreateAclsResponse out;
  out.results.resize(request.creations.size());
  const auto refuse = [&](std::size_t i, KafkaError error, std::string message) {
    out.results[i].error_code = code(error);
    out.results[i].error_message = std::move(message);
  };
  if (const auto refused = acls_refused(call, Operation::alter)) {
    for (std::size_t i = 0; i < out.results.size(); ++i) refuse(i, refused->error, refused->message);
    co_return out;
  }
  std::vector<SecurityCommand> commands;
  for (std::size_t i = 0; i < request.creations.size(); ++i) {
    const auto& c = request.creations[i];
    Acl acl{Resource(c.resource_type), c.resource_name, Pattern(c.resource_pattern_type), c.principal, c.host, Operation(c.operation), Permission(c.permission_type)};
    if (const auto checked = check(acl); !checked) refuse(i, KafkaError::invalid_request, checked.error().text());
    else commands.push_back(AddAcl{std::move(acl)});
  }
  if (commands.empty()) co_return out;
  auto changing = call.core.options.security->change(std::move(commands), call.caller.principal, client_text(call));
  if (const auto changed = co_await std::move(changing); !changed)
    for (std::size_t i = 0; i < out.results.size(); ++i)
      if (out.results[i].error_code == 0) refuse(i, error_of(changed.error()), changed.error().message);
  co_return out;
}

io::Task<wire::DeleteAclsResponse> delete_acls(const Call& call, wire::DeleteAclsRequest request) {
  wire::DeleteAclsResponse out;
  out.filter_results.resize(request.filters.size());
  const auto refuse = [&](std::size_t i, KafkaError error, std::string message) {
    out.filter_results[i].error_code = code(error);
    out.filter_results[i].error_message = std::move(message);
    out.filter_results[i].matching_acls.clear();
  };
  if (const auto refused = acls_refused(call, Operation::alter)) {
    for (std::size_t i = 0; i < out.filter_results.size(); ++i) refuse(i, refused->error, refused->message);
    co_return out;
  }
  std::set<Acl> doomed;
  const auto state = call.core.options.security->state();
  for (std::size_t i = 0; i < request.filters.size(); ++i) {
    const auto filter = filter_from(request.filters[i]);
    if (!filter) {
      refuse(i, KafkaError::invalid_request, "the filter has a pattern type, operation or permission that is none");
      continue;
    }
    for (const auto& acl : state->acls.find(*filter)) {
      doomed.insert(acl);
      out.filter_results[i].matching_acls.push_back(
          {0, std::nullopt, std::int8_t(acl.resource), acl.name, std::int8_t(acl.pattern), acl.principal, acl.host, std::int8_t(acl.operation), std::int8_t(acl.permission)});
    }
  }
  if (doomed.empty()) co_return out;
  std::vector<SecurityCommand> commands;
  for (const auto& acl : doomed) commands.push_back(RemoveAcl{acl});
  auto changing = call.core.options.security->change(std::move(commands), call.caller.principal, client_text(call));
  if (const auto changed = co_await std::move(changing); !changed)
    for (std::size_t i = 0; i < out.filter_results.size(); ++i)
      if (out.filter_results[i].error_code == 0) refuse(i, error_of(changed.error()), changed.error().message);
  co_return out;
}

io::Task<wire::DescribeUserScramCredentialsResponse> describe_user_scram_credentials(const Call& call, wire::DescribeUserScramCredentialsRequest request) {
  wire::DescribeUserScramCredentialsResponse out;
  if (const auto refused = users_refused(call, Operation::describe)) {
    out.error_code = code(refused->error);
    out.error_message = refused->message;
    co_return out;
  }
  const auto state = call.core.options.security->state();
  const auto tell = [&](const std::string& name) {
    auto& answer = out.results.emplace_back();
    answer.user = name;
    const auto* credentials = state->user(name);
    if (credentials == nullptr) {
      answer.error_code = code(KafkaError::resource_not_found);
      answer.error_message = "Attempt to describe a user credential that does not exist: " + name;
      return;
    }
    for (const auto& [mechanism, credential] : *credentials) answer.credential_infos.push_back({std::int8_t(mechanism), credential.iterations});
  };
  if (!request.users || request.users->empty()) {
    for (const auto& [name, credentials] : state->users) tell(name);
    co_return out;
  }
  std::map<std::string, int> times;
  for (const auto& user : *request.users) ++times[user.name];
  for (const auto& [name, n] : times) {
    if (n == 1) {
      tell(name);
      continue;
    }
    auto& answer = out.results.emplace_back();
    answer.user = name;
    answer.error_code = code(KafkaError::duplicate_resource);
    answer.error_message = "Cannot describe SCRAM credentials for the same user twice in a single request: " + name;
  }
  co_return out;
}

io::Task<wire::AlterUserScramCredentialsResponse> alter_user_scram_credentials(const Call& call, wire::AlterUserScramCredentialsRequest request) {
  wire::AlterUserScramCredentialsResponse out;
  std::map<std::string, std::vector<SecurityCommand>> commands;
  std::map<std::string, Refused> refused;
  const auto all_refused = users_refused(call, Operation::alter);
  std::set<std::pair<std::string, std::int8_t>> seen;
  const auto consider = [&](const std::string& user, std::int8_t mechanism) {
    commands[user];
    if (user.empty()) refused[user] = {KafkaError::unacceptable_credential, "Username must not be empty"};
    else if (mechanism != 1 && mechanism != 2) refused[user] = {KafkaError::unsupported_sasl_mechanism, "Unknown SCRAM mechanism"};
    else if (!seen.insert({user, mechanism}).second) refused[user] = {KafkaError::duplicate_resource, "A user credential cannot be altered twice in the same request"};
  };
  for (const auto& d : request.deletions) {
    consider(d.name, d.mechanism);
    commands[d.name].push_back(RemoveCredential{d.name, Mechanism(d.mechanism)});
  }
  for (auto& u : request.upsertions) {
    consider(u.name, u.mechanism);
    const auto length = u.mechanism == 1 ? 32u : 64u;
    if (u.iterations > limits::scram_iterations_max) refused.try_emplace(u.name, Refused{KafkaError::unacceptable_credential, "Too many iterations"});
    else if (u.iterations < limits::scram_iterations_min) refused.try_emplace(u.name, Refused{KafkaError::unacceptable_credential, "Too few iterations"});
    else if (u.salt.bytes.empty() || u.salted_password.bytes.size() != length) refused.try_emplace(u.name, Refused{KafkaError::unacceptable_credential, "Empty salt, or a salted password of the wrong length"});
    if (refused.contains(u.name)) continue;
    commands[u.name].push_back(SetCredential{u.name, Mechanism(u.mechanism), credential_from(Mechanism(u.mechanism), u.salted_password.bytes, std::move(u.salt.bytes), u.iterations)});
  }
  for (auto& [user, wanted] : commands) {
    auto& answer = out.results.emplace_back();
    answer.user = user;
    std::optional<Refused> why = all_refused;
    if (const auto at = refused.find(user); !why && at != refused.end()) why = at->second;
    if (!why) {
      auto changing = call.core.options.security->change(std::move(wanted), call.caller.principal, client_text(call));
      if (const auto changed = co_await std::move(changing); !changed)
        why = Refused{changed.error().code == ErrorCode::not_found ? KafkaError::resource_not_found : changed.error().code == ErrorCode::invalid_input ? KafkaError::unacceptable_credential : error_of(changed.error()),
                      changed.error().message};
    }
    if (!why) continue;
    answer.error_code = code(why->error);
    answer.error_message = why->message;
  }
  co_return out;
}

}  // namespace braid::broker
