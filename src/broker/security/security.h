// Who may log in and who may do what, kept in the topic __braid_security of the embedded log: users with their salted keys, and ACLs. The shell
// around state.h: it reads the topic at the start, writes each change, and applies it when it is on disk.
//
// Threads: allows() and the other questions are answered on every shard from that shard's copy, without waiting. change() and verify() may be
// called on every shard. When change() returns, every shard has the change. Ownership: log and shards outlive it; close() before destroying it.
// Errors: those of decide(); of the log; overloaded when too many passwords are being checked.
#pragma once
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "broker/gate.h"
#include "broker/security/state.h"
#include "io/shard.h"
#include "storage/log.h"

namespace braid::broker {

struct SecurityOptions {
  bool required = false;                       // clients must say who they are, and ACLs decide
  std::set<std::string> super_users;           // names; everything is allowed to them
  bool allow_if_no_acl = false;                // what no ACL concerns is allowed to everybody who has logged in: Kafka's allow.everyone.if.no.acl.found
  std::int64_t session_ms_max = 0;             // how long a Kafka login holds until it must be renewed (KIP-368); 0: as long as the connection
};

class Security {
 public:
  static io::Task<Result<std::unique_ptr<Security>>> open(storage::Log& log, io::Shards& shards, SecurityOptions options, Metrics& metrics);
  virtual ~Security() = default;

  virtual bool required() const = 0;
  virtual const SecurityOptions& options() const = 0;
  virtual bool is_super(std::string_view user) const = 0;
  virtual std::shared_ptr<const SecurityState> state() const = 0;    // as this shard sees it; never changes
  // Always true while nobody is required to say who they are.
  virtual bool allows(const Caller& caller, Operation operation, Resource resource, std::string_view name) const = 0;
  virtual bool allows_any(const Caller& caller, Operation operation, Resource resource) const = 0;
  // Bit n for each operation n that is allowed: the authorized_operations of Kafka's answers.
  virtual std::int32_t allowed_operations(const Caller& caller, Resource resource, std::string_view name) const = 0;

  // All of them or none. `who`: for the audit. Returns what was written.
  virtual io::Task<Result<std::vector<SecurityRecord>>> change(std::vector<SecurityCommand> commands, std::string who, std::string client) = 0;
  // Costs a few ms of another thread the first time; a password that was right before is known by a keyed hash, and costs microseconds.
  virtual io::Task<Result<bool>> verify(std::string user, std::string password) const = 0;
  // Fresh credentials for both mechanisms; the work is done on another thread.
  virtual io::Task<Credentials> hash_password(std::string password, int iterations) = 0;
  virtual void count_login(bool right) const = 0;                    // of an exchange that went without verify(): SCRAM's
  // For SCRAM: the user's credential, or one like it for a user who does not exist.
  virtual Credential credential_for(std::string_view user, Mechanism mechanism) const = 0;

  struct Changed {
    std::int64_t at_ms = 0;
    std::string who, client;
    Described what;
  };
  // Called on the control shard for each change, in order, before change() returns; what happened before there was a listener comes first.
  using Listener = std::function<io::Task<void>(std::vector<Changed>)>;
  virtual io::Task<void> listen(Listener listener) = 0;
  virtual io::Task<void> close() = 0;
};

// For people who set a password.
Result<void> check_password(std::string_view password);
Result<void> check_iterations(std::int64_t iterations);

}  // namespace braid::broker
