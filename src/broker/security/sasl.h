// What a connection knows of who is at its other end, and the exchange that tells it: SaslHandshake, then tokens of PLAIN or SCRAM, again when
// the session must be renewed (KIP-368). Lives with its connection, on one shard; the Security must outlive it.
// Spec: KIP-43, KIP-152 (SaslAuthenticate), KIP-368; RFC 4616 (PLAIN), scram.h.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/limits/security.h"
#include "broker/security/security.h"
#include "io/task.h"
#include "wire/error_code.h"

namespace braid::broker {

class Login {
 public:
  // `security` may be null: then nobody has to say who they are.
  explicit Login(const Security* security) : security_(security), done_(security == nullptr || !security->required()) {}

  bool offered() const { return security_ != nullptr && security_->required(); }
  bool done() const { return done_; }                      // requests may be served
  const std::string& user() const { return user_; }        // empty: anonymous
  bool raw_tokens() const { return raw_ && in_exchange(); }   // after SaslHandshake version 0: frames are tokens without header
  bool in_exchange() const { return stage_ != Stage::none; }
  bool failed() const { return failed_; }                  // the answer is sent, then the connection ends
  // The session is over, or the user is gone: nothing but a new exchange may be served.
  bool expired(std::int64_t now_ms);

  wire::KafkaError handshake(const std::string& mechanism, bool raw);
  struct Step {
    wire::KafkaError error = wire::KafkaError::none;
    std::string message;                                   // with an error
    Bytes answer;
    std::int64_t session_ms = 0;                           // once done: how long it holds; 0: as long as the connection
  };
  io::Task<Step> step(Bytes token, std::int64_t now_ms);

  static const std::vector<std::string>& mechanisms_offered();

 private:
  enum class Stage { none, plain, scram_first, scram_final };
  io::Task<Step> plain(Bytes token, std::int64_t now_ms);
  Step scram_begin(BytesView token);
  Step scram_finish(BytesView token, std::int64_t now_ms);
  Step succeed(std::string user, Bytes answer, std::int64_t now_ms);
  Step fail_with(std::string user, std::string message);

  const Security* security_;
  bool done_;
  bool raw_ = false, failed_ = false;
  Stage stage_ = Stage::none;
  std::string mechanism_, mechanism_of_user_;
  std::string user_;
  std::int64_t expires_ms_ = 0;                            // 0: not
  std::shared_ptr<const SecurityState> seen_;              // in which the user was last looked up
  std::optional<ScramExchange> scram_;
};

}  // namespace braid::broker
