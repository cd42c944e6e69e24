#include "eventlog/kafka/writer.h"

#include <functional>

#include "base/log.h"

namespace braid::eventlog::kafka {

// What one write() waits for. Lives in its coroutine, which ends only when every record has been reported.
struct SharedProducer::Delivery {
  io::Shard& home;
  std::size_t left = 0;
  std::optional<std::int64_t> first;
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
  io::Notifier changed;

  struct Part {   // of the reports that came together
    std::size_t count = 0;
    std::optional<std::int64_t> first;
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
  };
  void add(const Part& part) {   // on home
    left -= part.count;
    if (part.first && (!first || *part.first < *first)) first = part.first;
    if (part.error != RD_KAFKA_RESP_ERR_NO_ERROR) error = part.error;
    if (left == 0) changed.notify_all();
  }
};

// Takes the producer's delivery reports on one shard (librdkafka calls back with its queue locked, so its thread may only post) and hands them
// to the shards of the writers that wait for them.
struct SharedProducer::Reports {
  std::atomic<io::Shard*> home = nullptr;   // set before the first record is given to the producer
  rd_kafka_queue_t* queue = nullptr;
  std::atomic<bool> sent = false;
  std::weak_ptr<Reports> self;

  void send() {   // on librdkafka's thread
    if (home == nullptr || sent.exchange(true)) return;
    home.load()->post([weak = self] {
      if (const auto reports = weak.lock()) reports->drain();
    });
  }
  void drain() {
    sent = false;
    while (Owned<rd_kafka_event_t> event{rd_kafka_queue_poll(queue, 0)}) take(event.get());
  }
  static void take(rd_kafka_event_t* event) {
    if (rd_kafka_event_type(event) != RD_KAFKA_EVENT_DR) return;
    std::map<Delivery*, Delivery::Part> parts;
    while (const auto* m = rd_kafka_event_message_next(event)) {
      auto& part = parts[static_cast<Delivery*>(m->_private)];
      ++part.count;
      if (m->err) part.error = m->err;
      else if (!part.first || m->offset < *part.first) part.first = m->offset;
    }
    for (const auto& [delivery, part] : parts) delivery->home.post([delivery, part] { delivery->add(part); });
  }
};

SharedProducer::SharedProducer(Owned<rd_kafka_t> client)
    : reports_(std::make_shared<Reports>()), client_(std::move(client)), queue_(rd_kafka_queue_get_main(client_.get())) {
  reports_->queue = queue_.get();
  reports_->self = reports_;
  rd_kafka_queue_cb_event_enable(queue_.get(), [](rd_kafka_t*, void* opaque) { static_cast<Reports*>(opaque)->send(); }, reports_.get());
}

Result<std::unique_ptr<SharedProducer>> SharedProducer::open(const KafkaOptions& options) {
  TRY(auto client, make_client(options, Role::producer,
                               {{"enable.idempotence", "true"},
                                {"acks", "all"},
                                {"linger.ms", "1"},
                                {"message.timeout.ms", std::to_string(options.patience.count())},
                                {"message.max.bytes", "100000000"},       // the broker decides what is too large
                                {"batch.num.messages", "100000"}}));
  return std::unique_ptr<SharedProducer>(new SharedProducer(std::move(client)));
}

SharedProducer::~SharedProducer() {
  rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);   // writers are gone by now; nothing should be left
  QueueSignal::detach(queue_.get());
  queue_.reset();
  client_.reset();
}

namespace {

rd_kafka_vu_t argument(rd_kafka_vtype_t type) {
  rd_kafka_vu_t v{};
  v.vtype = type;
  return v;
}

rd_kafka_headers_t* headers_of(const Record& record) {
  auto* headers = rd_kafka_headers_new(record.headers.size());
  for (const auto& h : record.headers)
    rd_kafka_header_add(headers, h.name.data(), ssize_t(h.name.size()), h.value ? h.value->data() : nullptr, h.value ? ssize_t(h.value->size()) : 0);
  return headers;
}

// The record's bytes are not copied: the caller keeps them until the delivery report.
rd_kafka_resp_err_t produce(rd_kafka_t* client, const TopicPartition& to, const Record& record, void* opaque) {
  rd_kafka_vu_t arguments[8];
  size_t n = 0;
  arguments[n] = argument(RD_KAFKA_VTYPE_TOPIC);
  arguments[n++].u.cstr = to.topic.c_str();
  arguments[n] = argument(RD_KAFKA_VTYPE_PARTITION);
  arguments[n++].u.i32 = to.partition.value;
  arguments[n] = argument(RD_KAFKA_VTYPE_OPAQUE);
  arguments[n++].u.ptr = opaque;
  arguments[n] = argument(RD_KAFKA_VTYPE_VALUE);
  if (record.value) arguments[n].u.mem = {const_cast<char*>(record.value->data()), record.value->size()};
  ++n;
  arguments[n] = argument(RD_KAFKA_VTYPE_KEY);
  if (record.key) arguments[n].u.mem = {const_cast<char*>(record.key->data()), record.key->size()};
  ++n;
  if (record.timestamp_ms) {
    arguments[n] = argument(RD_KAFKA_VTYPE_TIMESTAMP);
    arguments[n++].u.i64 = *record.timestamp_ms;
  }
  Owned<rd_kafka_headers_t> headers;
  if (!record.headers.empty()) {
    headers.reset(headers_of(record));
    arguments[n] = argument(RD_KAFKA_VTYPE_HEADERS);
    arguments[n++].u.headers = headers.get();
  }
  Owned<rd_kafka_error_t> error(rd_kafka_produceva(client, arguments, n));
  if (error) return rd_kafka_error_code(error.get());
  headers.release();   // the message owns them now
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

}  // namespace

io::Task<Result<Offset>> SharedProducer::write(TopicPartition to, std::vector<Record> records) {
  const std::string what = "write to " + to.topic + "-" + std::to_string(to.partition.value);
  if (records.empty()) co_return fail(ErrorCode::invalid_input, what + ": there are no records");
  Delivery delivery{*io::Shard::current()};
  io::Shard* nobody = nullptr;
  reports_->home.compare_exchange_strong(nobody, io::Shard::current());
  rd_kafka_resp_err_t refused = RD_KAFKA_RESP_ERR_NO_ERROR;
  for (const auto& record : records) {
    ++delivery.left;
    refused = produce(client_.get(), to, record, &delivery);
    while (refused == RD_KAFKA_RESP_ERR__QUEUE_FULL) {   // the cluster is slower than we are
      co_await io::sleep_for(io::Milliseconds(2));
      refused = produce(client_.get(), to, record, &delivery);
    }
    if (refused == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    --delivery.left;
    break;
  }
  while (delivery.left > 0) co_await delivery.changed.wait();
  if (refused != RD_KAFKA_RESP_ERR_NO_ERROR) co_return failed(refused, what);
  if (delivery.error != RD_KAFKA_RESP_ERR_NO_ERROR) co_return failed(delivery.error, what);
  if (!delivery.first) co_return fail(ErrorCode::bug, what + ": acknowledged without an offset");
  co_return Offset{*delivery.first};
}

namespace {

class KafkaWriter final : public Writer {
 public:
  KafkaWriter(SharedProducer& producer, CountPartitions count) : producer_(producer), count_(std::move(count)) {}

  io::Task<Result<Offset>> write(TopicPartition to, std::vector<Record> records) override {
    CO_TRY(const auto partitions, co_await count_(to.topic));
    if (to.partition.value < 0 || to.partition.value >= partitions)
      co_return fail(ErrorCode::not_found, "topic " + to.topic + " has no partition " + std::to_string(to.partition.value) + ", it has " + std::to_string(partitions));
    co_return co_await producer_.write(std::move(to), std::move(records));
  }

  io::Task<Result<std::pair<TopicPartition, Offset>>> write_keyed(std::string topic, Record record) override {
    CO_TRY(const auto partitions, co_await count_(topic));
    TopicPartition to{topic, record.key ? partition_of(*record.key, partitions) : PartitionId{std::int32_t(turn_++ % std::uint32_t(partitions))}};
    std::vector<Record> records;
    records.push_back(std::move(record));
    CO_TRY(const auto offset, co_await producer_.write(to, std::move(records)));
    co_return std::pair(std::move(to), offset);
  }

 private:
  SharedProducer& producer_;
  CountPartitions count_;
  std::uint32_t turn_ = 0;
};

}  // namespace

std::unique_ptr<Writer> make_writer(SharedProducer& producer, CountPartitions count) { return std::make_unique<KafkaWriter>(producer, std::move(count)); }

}  // namespace braid::eventlog::kafka
