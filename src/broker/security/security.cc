#include "broker/security/security.h"

#include <unordered_map>

#include "base/clock.h"
#include "base/limits/security.h"
#include "base/log.h"
#include "broker/security/crypto.h"
#include "io/sync.h"
#include "storage/hidden_topics.h"
#include "wire/record_batch.h"

namespace braid::broker {
namespace {

using StatePtr = std::shared_ptr<const SecurityState>;   // shared by the shards; immutable

struct Local {                                           // of one shard, touched there only
  StatePtr state;
  std::size_t in_check = 0;
  std::unordered_map<Bytes, Bytes> known;                // keyed hash of user and password -> the stored key that it was right for
};

class SecurityImpl final : public Security {
 public:
  SecurityImpl(storage::Log& log, io::Shards& shards, SecurityOptions options, Metrics& metrics)
      : log_(log), shards_(shards), options_(std::move(options)), hashing_(1), secret_(random_bytes(32)),
        right_(metrics.counter("braid_logins_total", "Passwords and proofs that were right.")),
        wrong_(metrics.counter("braid_login_failures_total", "Passwords and proofs that were wrong.")),
        denied_(metrics.counter("braid_kafka_denied_total", "Questions whether a caller may do something at the Kafka port that were answered with no.")) {
    for (int i = 0; i < shards.size(); ++i) locals_.push_back(std::make_unique<Local>());
  }

  io::Task<Result<void>> open() {
    topic_ = log_.topics()->find(storage::security_topic);
    if (topic_ == nullptr) {
      storage::NewTopic fresh;
      fresh.name = storage::security_topic;
      fresh.partitions = 1;
      fresh.configs = {{"cleanup.policy", "compact"}, {"segment.bytes", "1048576"}};   // a start reads all of it
      fresh.internal = true;
      auto making = log_.create_topic(std::move(fresh));
      CO_TRY(topic_, co_await std::move(making));
    }
    auto read = std::make_shared<SecurityState>();
    CO_TRY_VOID(co_await load(*read));
    current_ = read;
    co_await publish();
    co_return Result<void>{};
  }

  bool required() const override { return options_.required; }
  const SecurityOptions& options() const override { return options_; }
  bool is_super(std::string_view user) const override { return options_.super_users.contains(std::string(user)); }
  StatePtr state() const override { return local().state; }

  bool allows(const Caller& caller, Operation operation, Resource resource, std::string_view name) const override {
    if (!options_.required || is_super(caller.principal)) return true;
    const bool allowed = acls_allow(principal_of(caller.principal), caller.host, operation, resource, name);
    if (!allowed) denied_.add();
    return allowed;
  }
  bool allows_any(const Caller& caller, Operation operation, Resource resource) const override {
    if (!options_.required || is_super(caller.principal)) return true;
    const auto& acls = local().state->acls;
    return acls.allows_any(principal_of(caller.principal), caller.host, operation, resource) || (options_.allow_if_no_acl && !acls.concerns(resource, "*"));
  }
  std::int32_t allowed_operations(const Caller& caller, Resource resource, std::string_view name) const override {
    std::int32_t bits = 0;
    const bool everything = !options_.required || is_super(caller.principal);
    const auto principal = principal_of(caller.principal);
    for (const auto operation : operations_of(resource))
      if (everything || acls_allow(principal, caller.host, operation, resource, name)) bits |= 1 << int(operation);
    return bits;
  }

  io::Task<Result<std::vector<SecurityRecord>>> change(std::vector<SecurityCommand> commands, std::string who, std::string client) override {
    auto there = shards_.control().on([this, c = std::move(commands), w = std::move(who), from = std::move(client)]() mutable { return change_here(std::move(c), std::move(w), std::move(from)); });
    co_return co_await std::move(there);
  }

  io::Task<Result<bool>> verify(std::string user, std::string password) const override {
    auto& mine = local();
    const auto* known = mine.state->user(user);
    // 512 where there is one: whichever is stored, the password is the same only if both were set by us, so one that matches is enough.
    const auto mechanism = known != nullptr && !known->contains(Mechanism::scram_sha_256) ? Mechanism::scram_sha_512 : Mechanism::scram_sha_256;
    const Credential credential = credential_for(user, mechanism);
    if (password.size() > limits::password_bytes_max) co_return false;
    const auto remembered = hmac(Hash::sha256, secret_, std::to_string(user.size()) + ":" + user + password);
    if (const auto at = mine.known.find(remembered); at != mine.known.end()) {
      if (known != nullptr && same_secret(at->second, credential.stored_key)) co_return true;
      mine.known.erase(at);   // it was right for a password that has changed
    }
    if (mine.in_check >= limits::passwords_in_check_max)
      co_return fail(ErrorCode::overloaded, "too many passwords are being checked at the moment", "try again in a second");
    const bool exists = known != nullptr;   // `known` may be gone after the wait
    ++mine.in_check;
    auto matching = hashing_.run([mechanism, &credential, &password] {
      const bool same = password_matches(mechanism, credential, password);
      wipe(password);
      return same;
    });
    bool right = co_await std::move(matching);
    --mine.in_check;
    right = right && exists;
    (right ? right_ : wrong_).add();
    if (right) {
      if (mine.known.size() >= limits::passwords_known_max) mine.known.clear();
      mine.known[remembered] = credential.stored_key;
    }
    co_return right;
  }

  io::Task<Credentials> hash_password(std::string password, int iterations) override {
    auto hashing = hashing_.run([&password, iterations] {
      Credentials out;
      for (const auto mechanism : mechanisms) out[mechanism] = make_credential(mechanism, password, iterations);
      wipe(password);
      return out;
    });
    auto hashed = co_await std::move(hashing);
    co_return hashed;
  }

  void count_login(bool right) const override { (right ? right_ : wrong_).add(); }
  Credential credential_for(std::string_view user, Mechanism mechanism) const override {
    if (const auto* known = local().state->user(user))
      if (const auto at = known->find(mechanism); at != known->end()) return at->second;
    return decoy_credential(mechanism, secret_, user, limits::scram_iterations_default);
  }

  io::Task<void> listen(Listener listener) override {
    const auto turn = co_await turns_.take();
    listener_ = std::move(listener);
    auto waiting = std::exchange(unheard_, {});
    if (!waiting.empty()) co_await listener_(std::move(waiting));
  }

  io::Task<void> close() override {
    auto there = shards_.control().on([this] { return settle(); });
    co_await std::move(there);
  }

 private:
  bool acls_allow(std::string_view principal, std::string_view host, Operation operation, Resource resource, std::string_view name) const {
    const auto& acls = local().state->acls;
    return acls.allows(principal, host, operation, resource, name) || (options_.allow_if_no_acl && !acls.concerns(resource, name));
  }

  Local& local() const { return *locals_[std::size_t(io::Shard::current()->index())]; }

  io::Task<void> settle() {
    const auto turn = co_await turns_.take();   // after the last change
    listener_ = nullptr;
  }

  io::Task<void> publish() {
    for (int i = 0; i < shards_.size(); ++i) {
      auto there = shards_.at(i).on([this, i, now = current_] { locals_[std::size_t(i)]->state = now; });
      co_await std::move(there);
    }
  }

  // On the control shard, one change at a time.
  io::Task<Result<std::vector<SecurityRecord>>> change_here(std::vector<SecurityCommand> commands, std::string who, std::string client) {
    const auto turn = co_await turns_.take();
    CO_TRY(auto records, current_->decide(commands));
    if (records.empty()) co_return records;
    const auto now = system_clock().wall_ms();
    wire::BatchBuilder builder;
    for (const auto& record : records) builder.add(now, record.key, record.value ? std::optional<BytesView>(*record.value) : std::nullopt);
    CO_TRY(auto batch, builder.finish());
    storage::AppendOptions options;
    options.trusted = true;
    auto appending = log_.append(topic_, PartitionId{0}, std::move(batch), options);
    CO_TRY_VOID(co_await std::move(appending));
    auto next = std::make_shared<SecurityState>(*current_);
    std::vector<Changed> told;
    for (const auto& record : records) {
      told.push_back({now, who, client, describe(*next, record)});
      CO_TRY_VOID(next->apply(record));
    }
    current_ = std::move(next);
    auto publishing = publish();
    co_await std::move(publishing);
    if (listener_) co_await listener_(std::move(told));
    else std::ranges::move(told, std::back_inserter(unheard_));
    co_return records;
  }

  io::Task<Result<void>> load(SecurityState& into) {
    auto asking = log_.state(topic_, PartitionId{0});
    CO_TRY(const auto state, co_await std::move(asking));
    Bytes scratch;
    for (auto at = state.log_start; at < state.high_watermark;) {
      auto reading = log_.read(topic_, PartitionId{0}, at);
      CO_TRY(auto got, co_await std::move(reading));
      if (got.pieces.empty()) break;
      for (const auto& piece : got.pieces) {
        BytesView bytes = piece.bytes;
        while (!bytes.empty()) {
          CO_TRY(const auto batch, wire::take_batch(bytes));
          CO_TRY_VOID(apply_batch(into, batch, scratch));
        }
      }
      at = got.next;
    }
    co_return Result<void>{};
  }

  static Result<void> apply_batch(SecurityState& into, const wire::BatchView& batch, Bytes& scratch) {
    TRY(auto reader, wire::RecordReader::open(batch, scratch));
    wire::RecordRef record;
    std::vector<wire::RecordHeader> headers;
    for (;;) {
      TRY(const bool more, reader.next(record, headers));
      if (!more) return {};
      if (!record.key) continue;
      SecurityRecord one{std::string(*record.key), record.value ? std::optional<std::string>(*record.value) : std::nullopt};
      if (auto applied = into.apply(one); !applied)
        return std::unexpected(std::move(applied).error().during("users and ACLs, record " + std::to_string(record.offset) + " of " + storage::security_topic));
    }
  }

  storage::Log& log_;
  io::Shards& shards_;
  SecurityOptions options_;
  mutable io::Pool hashing_;                 // one thread: however many ask, guessing passwords takes no more than one core
  Bytes secret_;                     // of this process
  Counter &right_, &wrong_, &denied_;
  std::vector<std::unique_ptr<Local>> locals_;
  // On the control shard.
  storage::TopicPtr topic_;
  StatePtr current_;
  io::Turns turns_;
  Listener listener_;
  std::vector<Changed> unheard_;
};

}  // namespace

io::Task<Result<std::unique_ptr<Security>>> Security::open(storage::Log& log, io::Shards& shards, SecurityOptions options, Metrics& metrics) {
  auto security = std::make_unique<SecurityImpl>(log, shards, std::move(options), metrics);
  CO_TRY_VOID(co_await security->open());
  co_return std::unique_ptr<Security>(std::move(security));
}

Result<void> check_password(std::string_view password) {
  if (password.size() < limits::password_bytes_min || password.size() > limits::password_bytes_max)
    return fail(ErrorCode::invalid_input, "a password has " + std::to_string(limits::password_bytes_min) + " to " + std::to_string(limits::password_bytes_max) + " bytes, this one has " + std::to_string(password.size()));
  if (password.find('\0') != std::string_view::npos) return fail(ErrorCode::invalid_input, "a password cannot hold a zero byte: SASL PLAIN ends it there");
  return {};
}

Result<void> check_iterations(std::int64_t iterations) {
  if (iterations < limits::scram_iterations_min || iterations > limits::scram_iterations_max)
    return fail(ErrorCode::invalid_input, "iterations must be from " + std::to_string(limits::scram_iterations_min) + " to " + std::to_string(limits::scram_iterations_max) + ", got " + std::to_string(iterations));
  return {};
}

}  // namespace braid::broker
