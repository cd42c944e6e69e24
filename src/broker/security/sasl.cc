#include "broker/security/sasl.h"

#include "base/base64.h"
#include "base/log.h"
#include "broker/security/crypto.h"

namespace braid::broker {
namespace {

using wire::KafkaError;

constexpr std::string_view plain_name = "PLAIN";

struct PlainToken {
  std::string authorize_as, user, password;
};
// [authzid] NUL authcid NUL passwd
std::optional<PlainToken> parse_plain(BytesView token) {
  const auto first = token.find('\0');
  const auto second = first == BytesView::npos ? first : token.find('\0', first + 1);
  if (second == BytesView::npos || token.find('\0', second + 1) != BytesView::npos) return std::nullopt;
  PlainToken out{std::string(token.substr(0, first)), std::string(token.substr(first + 1, second - first - 1)), std::string(token.substr(second + 1))};
  if (out.user.empty() || out.password.empty() || out.user.size() > limits::user_name_bytes_max) return std::nullopt;
  return out;
}

}  // namespace

const std::vector<std::string>& Login::mechanisms_offered() {
  static const std::vector<std::string> all{std::string(plain_name), std::string(name_of(Mechanism::scram_sha_256)), std::string(name_of(Mechanism::scram_sha_512))};
  return all;
}

bool Login::expired(std::int64_t now_ms) {
  if (!offered() || !done_) return false;
  if (expires_ms_ != 0 && now_ms >= expires_ms_) return true;
  if (auto now = security_->state(); now != seen_) {   // something changed: is the user still there?
    if (now->user(user_) == nullptr) return true;
    seen_ = std::move(now);
  }
  return false;
}

KafkaError Login::handshake(const std::string& mechanism, bool raw) {
  if (!offered()) return KafkaError::illegal_sasl_state;
  if (in_exchange()) {
    failed_ = true;
    return KafkaError::illegal_sasl_state;
  }
  if (mechanism == plain_name) {
    stage_ = Stage::plain;
  } else if (const auto known = mechanism_named(mechanism)) {
    stage_ = Stage::scram_first;
    scram_.emplace(*known, base64(random_bytes(18)));
  } else {
    failed_ = true;
    return KafkaError::unsupported_sasl_mechanism;
  }
  mechanism_ = mechanism;
  raw_ = raw;
  return KafkaError::none;
}

Login::Step Login::succeed(std::string user, Bytes answer, std::int64_t now_ms) {
  if (done_ && (user != user_ || mechanism_ != mechanism_of_user_)) return fail_with(std::move(user), "Cannot change principals during re-authentication");
  stage_ = Stage::none;
  scram_.reset();
  done_ = true;
  user_ = std::move(user);
  mechanism_of_user_ = mechanism_;
  seen_ = security_->state();
  Step out;
  out.answer = std::move(answer);
  out.session_ms = security_->options().session_ms_max;
  expires_ms_ = out.session_ms > 0 ? now_ms + out.session_ms : 0;
  return out;
}

Login::Step Login::fail_with(std::string user, std::string message) {
  stage_ = Stage::none;
  scram_.reset();
  failed_ = true;
  log::warn("kafka_login_failed", {{"user", user}, {"mechanism", mechanism_}, {"why", message}});
  Step out;
  out.error = KafkaError::sasl_authentication_failed;
  out.message = std::move(message);
  return out;
}

io::Task<Login::Step> Login::step(Bytes token, std::int64_t now_ms) {
  switch (stage_) {
    case Stage::plain: {
      auto checking = plain(std::move(token), now_ms);
      co_return co_await std::move(checking);
    }
    case Stage::scram_first: co_return scram_begin(token);
    case Stage::scram_final: co_return scram_finish(token, now_ms);
    case Stage::none: break;
  }
  failed_ = offered();   // where nobody logs in, the client is told and may stay
  Step out;
  out.error = KafkaError::illegal_sasl_state;
  out.message = offered() ? "SaslAuthenticate request received without a SaslHandshake before it" : "this node asks nobody who they are (authentication: none): connect with PLAINTEXT";
  co_return out;
}

io::Task<Login::Step> Login::plain(Bytes token, std::int64_t now_ms) {
  const std::string why = "Authentication failed: Invalid username or password";
  auto parsed = parse_plain(token);
  wipe(token);
  if (!parsed) co_return fail_with("", "Invalid SASL/PLAIN response: it is [authzid] NUL user NUL password");
  const std::string user = parsed->user;
  if (!parsed->authorize_as.empty() && parsed->authorize_as != user) co_return fail_with(user, "Authentication failed: Client requested an authorization id that is different from username");
  auto verifying = security_->verify(user, std::move(parsed->password));
  const auto right = co_await std::move(verifying);
  if (!right) co_return fail_with(user, right.error().message);
  if (!*right) co_return fail_with(user, why);
  co_return succeed(user, "", now_ms);
}

Login::Step Login::scram_begin(BytesView token) {
  auto first = parse_scram_first(token);
  if (!first) return fail_with("", first.error().message);
  const std::string user = first->user;
  if (!first->authorize_as.empty() && first->authorize_as != user) return fail_with(user, "Authentication failed: Client requested an authorization id that is different from username");
  auto answer = scram_->begin(*std::move(first), security_->credential_for(user, scram_->mechanism()));
  if (!answer) return fail_with(user, answer.error().message);
  stage_ = Stage::scram_final;
  Step out;
  out.answer = *std::move(answer);
  return out;
}

Login::Step Login::scram_finish(BytesView token, std::int64_t now_ms) {
  const std::string user = scram_->user();
  auto answer = scram_->finish(token);
  security_->count_login(answer.has_value());
  if (!answer) return fail_with(user, "Authentication failed during authentication due to invalid credentials with SASL mechanism " + mechanism_);
  return succeed(user, *std::move(answer), now_ms);
}

}  // namespace braid::broker
