#include "eventlog/kafka/client.h"

#include "base/log.h"

namespace braid::eventlog::kafka {
namespace {

ErrorCode code_of(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND: return ErrorCode::not_found;
    case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS: return ErrorCode::already_exists;
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR_INVALID_PARTITIONS:
    case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
    case RD_KAFKA_RESP_ERR_INVALID_REPLICA_ASSIGNMENT:
    case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
    case RD_KAFKA_RESP_ERR_INVALID_REQUEST:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
    case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
    case RD_KAFKA_RESP_ERR_INVALID_MSG:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR__INVALID_ARG: return ErrorCode::invalid_input;
    case RD_KAFKA_RESP_ERR_NON_EMPTY_GROUP:
    case RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID:
    case RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION: return ErrorCode::conflict;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED: return ErrorCode::forbidden;
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR__AUTHENTICATION: return ErrorCode::unauthenticated;
    case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION: return ErrorCode::unsupported;
    case RD_KAFKA_RESP_ERR__QUEUE_FULL: return ErrorCode::overloaded;
    case RD_KAFKA_RESP_ERR__DESTROY:
    case RD_KAFKA_RESP_ERR__PURGE_QUEUE:
    case RD_KAFKA_RESP_ERR__PURGE_INFLIGHT: return ErrorCode::stopping;
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
    case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION: return ErrorCode::unavailable;
    case RD_KAFKA_RESP_ERR__BAD_MSG: return ErrorCode::corrupt;
    default: return ErrorCode::io;
  }
}

}  // namespace

Error error_of(rd_kafka_resp_err_t code, const std::string& what, const char* detail) {
  const auto ours = code_of(code);
  Error error{ours, what + ": " + (detail != nullptr && *detail != '\0' ? detail : rd_kafka_err2str(code))};
  if (ours == ErrorCode::unavailable) error.hint = "is the Kafka cluster running and can this machine reach it?";
  return error;
}

Result<Owned<rd_kafka_t>> make_client(const KafkaOptions& options, Role role, std::map<std::string, std::string> more) {
  Owned<rd_kafka_conf_t> conf(rd_kafka_conf_new());
  auto all = options.properties;
  all.merge(more);
  all.try_emplace("bootstrap.servers", options.bootstrap);
  all.try_emplace("client.id", "braid");
  all.try_emplace("log_level", "3");
  all.try_emplace("reconnect.backoff.max.ms", "1000");
  char why[512];
  for (const auto& [name, value] : all)
    if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), why, sizeof why) != RD_KAFKA_CONF_OK)
      return fail(ErrorCode::invalid_input, std::string("Kafka property ") + name + ": " + why);
  rd_kafka_conf_set_log_cb(conf.get(), [](const rd_kafka_t*, int level, const char* facility, const char* text) {
    log::write(level <= 3 ? log::Level::error : log::Level::warn, "librdkafka", {{"facility", facility}, {"text", text}});
  });
  if (role == Role::producer) rd_kafka_conf_set_events(conf.get(), RD_KAFKA_EVENT_DR);
  Owned<rd_kafka_t> client(rd_kafka_new(role == Role::producer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER, conf.get(), why, sizeof why));
  if (client == nullptr) return fail(ErrorCode::invalid_input, std::string("cannot make a Kafka client: ") + why);
  conf.release();   // the client owns it now
  return client;
}

std::shared_ptr<QueueSignal> QueueSignal::attach(rd_kafka_queue_t* queue, io::Shard& home) {
  auto signal = std::make_shared<QueueSignal>(home);
  signal->self_ = signal;
  rd_kafka_queue_cb_event_enable(queue, [](rd_kafka_t*, void* opaque) { static_cast<QueueSignal*>(opaque)->send(); }, signal.get());
  return signal;
}

void QueueSignal::send() {
  if (sent_.exchange(true)) return;   // one message under way is enough
  home_.post([weak = self_] {
    if (const auto signal = weak.lock()) signal->wake();
  });
}

void QueueSignal::wake() {
  sent_ = false;
  news_ = true;
  changed_.notify_all();
}

io::Task<bool> QueueSignal::wait(io::Deadline deadline) {
  if (!news_) co_await changed_.wait(deadline);
  co_return std::exchange(news_, false);
}

}  // namespace braid::eventlog::kafka
