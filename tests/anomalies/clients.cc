#include "clients.h"

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <cstdio>
#include <functional>
#include <random>
#include <set>

#include "broker_process.h"

namespace braid::anomalies {
namespace {

// Ends what hangs; never decides what is right. The machine may be busy with other things.
constexpr int patience_ms = 180'000;

struct Destroy {
  void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
};
using Client = std::unique_ptr<rd_kafka_t, Destroy>;
using Settings = std::vector<std::pair<const char*, std::string>>;

void set(rd_kafka_conf_t* conf, const char* name, const std::string& value) {
  char why[256];
  if (rd_kafka_conf_set(conf, name, value.c_str(), why, sizeof why) != RD_KAFKA_CONF_OK) die(why);
}

Client make(rd_kafka_type_t type, const std::string& address, const Settings& settings, const std::function<void(rd_kafka_conf_t*)>& more = {}) {
  auto* conf = rd_kafka_conf_new();
  set(conf, "bootstrap.servers", address);
  set(conf, "reconnect.backoff.max.ms", "200");
  set(conf, "retry.backoff.ms", "50");
  set(conf, "log_level", "0");
  for (const auto& [name, value] : settings) set(conf, name, value);
  if (more) more(conf);
  char why[256];
  auto* client = rd_kafka_new(type, conf, why, sizeof why);
  if (!client) die(why);
  if (type == RD_KAFKA_CONSUMER) rd_kafka_poll_set_consumer(client);
  return Client(client);
}

std::int64_t value_of(const rd_kafka_message_t* m) { return m->len == 8 ? *static_cast<const std::int64_t*>(m->payload) : -1; }

void delivery(rd_kafka_t*, const rd_kafka_message_t* m, void* opaque) {
  if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR) static_cast<Notes*>(opaque)->delivered(std::size_t(reinterpret_cast<std::uintptr_t>(m->_private)), m->offset);
}

void send(rd_kafka_t* producer, Notes& notes, const std::string& topic, Send s) {
  const auto number = notes.sending(s);
  const auto error = rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(s.partition), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_VALUE(&s.value, sizeof s.value),
                                       RD_KAFKA_V_OPAQUE(reinterpret_cast<void*>(number)), RD_KAFKA_V_END);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) notes.unsend(number);
}

void assign_from_start(rd_kafka_t* consumer, const std::string& topic) {
  auto* list = rd_kafka_topic_partition_list_new(partitions);
  for (int p = 0; p < partitions; ++p) rd_kafka_topic_partition_list_add(list, topic.c_str(), p)->offset = RD_KAFKA_OFFSET_BEGINNING;
  rd_kafka_assign(consumer, list);
  rd_kafka_topic_partition_list_destroy(list);
}

struct Trouble {
  bool any = false, fatal = false;
};
template <class Call> Trouble attempt(Call call) {   // what may be tried again is tried again
  for (const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(patience_ms);;) {
    rd_kafka_error_t* error = call();
    if (!error) return {};
    const bool again = rd_kafka_error_is_retriable(error) && !rd_kafka_error_is_fatal(error) && !rd_kafka_error_txn_requires_abort(error);
    const Trouble trouble{true, rd_kafka_error_is_fatal(error) != 0};
    const std::string text = rd_kafka_error_string(error);
    rd_kafka_error_destroy(error);
    if (!again) return trouble;
    if (std::chrono::steady_clock::now() > end) die("stuck: a call of the transactional producer is to be tried again for ever: " + text);
  }
}

std::unique_ptr<rd_kafka_t, Destroy> transactional(const std::string& address, const std::string& id, Notes& notes) {
  return make(RD_KAFKA_PRODUCER, address, {{"transactional.id", id}, {"transaction.timeout.ms", "30000"}, {"linger.ms", "1"}},
              [&](rd_kafka_conf_t* conf) {
                rd_kafka_conf_set_dr_msg_cb(conf, delivery);
                rd_kafka_conf_set_opaque(conf, &notes);
              });
}

}  // namespace

std::size_t Notes::sending(Send send) {
  const std::lock_guard lock(mutex_);
  history.sends.push_back(send);
  return history.sends.size() - 1;
}
void Notes::unsend(std::size_t number) {
  const std::lock_guard lock(mutex_);
  history.sends[number].outcome = Outcome::failed;
}
void Notes::delivered(std::size_t number, std::int64_t offset) {
  const std::lock_guard lock(mutex_);
  history.sends[number].outcome = Outcome::ok;
  history.sends[number].offset = offset;
}
int Notes::begin_transaction() {
  const std::lock_guard lock(mutex_);
  history.transactions.emplace_back();
  return int(history.transactions.size()) - 1;
}
void Notes::commit_asked(int transaction) {
  const std::lock_guard lock(mutex_);
  history.transactions[std::size_t(transaction)].commit_asked_at = ++events_;
}
void Notes::ended(int transaction, Outcome outcome) {
  const std::lock_guard lock(mutex_);
  history.transactions[std::size_t(transaction)].outcome = outcome;
}
void Notes::read(Read read) {
  const std::lock_guard lock(mutex_);
  read.at = ++events_;
  history.reads.push_back(read);
}

Clients::Clients(std::string address, std::string topic, unsigned seed) : address_(std::move(address)), topic_(std::move(topic)), seed_(seed) {}

void Clients::start() {
  {   // the topic is there before anybody reads it
    auto asker = make(RD_KAFKA_PRODUCER, address_, {});
    for (int i = 0;; ++i) {
      const rd_kafka_metadata_t* seen = nullptr;
      auto* topic = rd_kafka_topic_new(asker.get(), topic_.c_str(), nullptr);
      const bool there = rd_kafka_metadata(asker.get(), 0, topic, &seen, 10'000) == RD_KAFKA_RESP_ERR_NO_ERROR && seen->topic_cnt == 1 && seen->topics[0].partition_cnt == partitions;
      if (seen) rd_kafka_metadata_destroy(seen);
      rd_kafka_topic_destroy(topic);
      if (there) break;
      if (i > 200) die("topic " + topic_ + " does not come to be");
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }
  for (int i = 0; i < 2; ++i) producers_.emplace_back(&Clients::plain_producer, this, i);
  for (int i = 2; i < 4; ++i) producers_.emplace_back(&Clients::transactional_producer, this, i);
  readers_.emplace_back(&Clients::reader, this, 0, true);
  readers_.emplace_back(&Clients::reader, this, 1, false);
  for (int i = 2; i < 4; ++i) readers_.emplace_back(&Clients::member, this, i);
}

void Clients::plain_producer(int number) {
  std::mt19937 random(seed_ * 31 + unsigned(number));
  auto producer = make(RD_KAFKA_PRODUCER, address_, {{"enable.idempotence", "true"}, {"linger.ms", "1"}, {"message.timeout.ms", std::to_string(patience_ms)}, {"queue.buffering.max.messages", "2000"}},
                       [&](rd_kafka_conf_t* conf) {
                         rd_kafka_conf_set_dr_msg_cb(conf, delivery);
                         rd_kafka_conf_set_opaque(conf, &notes_);
                       });
  while (working_) {
    for (int i = 0, n = 1 + int(random() % 10); i < n; ++i) send(producer.get(), notes_, topic_, Send{notes_.next_value(), int(random() % partitions), number});
    rd_kafka_poll(producer.get(), 5);
  }
  if (rd_kafka_flush(producer.get(), patience_ms) != RD_KAFKA_RESP_ERR_NO_ERROR) die("stuck: a producer gets no answer");
}

void Clients::transactional_producer(int number) {
  std::mt19937 random(seed_ * 37 + unsigned(number));
  const auto id = topic_ + "-" + std::to_string(number);
  auto consumer = make(RD_KAFKA_CONSUMER, address_, {{"group.id", "unused"}, {"enable.auto.commit", "false"}, {"auto.offset.reset", "earliest"}, {"isolation.level", "read_committed"}});
  assign_from_start(consumer.get(), topic_);
  while (working_) {
    auto producer = transactional(address_, id, notes_);
    if (attempt([&] { return rd_kafka_init_transactions(producer.get(), 10'000); }).any) continue;
    bool good = true;
    while (working_ && good) {
      const int transaction = notes_.begin_transaction();
      auto trouble = attempt([&] { return rd_kafka_begin_transaction(producer.get()); });
      for (int i = 0; i < 3; ++i)   // what it reads it has read within its transaction
        if (auto* m = rd_kafka_consumer_poll(consumer.get(), 5)) {
          if (!m->err) notes_.read(Read{10 + number, m->partition, m->offset, value_of(m), true, transaction});
          rd_kafka_message_destroy(m);
        }
      for (int i = 0, n = 1 + int(random() % 5); i < n && !trouble.any; ++i) send(producer.get(), notes_, topic_, Send{notes_.next_value(), int(random() % partitions), number, transaction});
      if (!trouble.any && random() % 4 != 0) {
        notes_.commit_asked(transaction);
        trouble = attempt([&] { return rd_kafka_commit_transaction(producer.get(), 20'000); });
        if (!trouble.any) {
          notes_.ended(transaction, Outcome::ok);
          continue;
        }
        good = false;   // it may be committed or not: nobody knows, and the next instance begins anew
      } else if (!trouble.fatal) {
        trouble = attempt([&] { return rd_kafka_abort_transaction(producer.get(), 20'000); });
        if (!trouble.any) notes_.ended(transaction, Outcome::failed);
        good = !trouble.any;
      }
      good = good && !trouble.fatal;
    }
  }
  // A last instance: what is still open is ended by it.
  for (int i = 0;; ++i) {
    auto last = transactional(address_, id, notes_);
    if (!attempt([&] { return rd_kafka_init_transactions(last.get(), 20'000); }).any) break;
    if (i > 20) die("stuck: a transactional producer does not start again");
  }
  rd_kafka_consumer_close(consumer.get());
}

void Clients::reader(int number, bool committed_only) {
  auto consumer = make(RD_KAFKA_CONSUMER, address_,
                       {{"group.id", "unused"}, {"enable.auto.commit", "false"}, {"auto.offset.reset", "earliest"}, {"isolation.level", committed_only ? "read_committed" : "read_uncommitted"}});
  assign_from_start(consumer.get(), topic_);
  while (reading_)
    if (auto* m = rd_kafka_consumer_poll(consumer.get(), 50)) {
      if (!m->err) notes_.read(Read{number, m->partition, m->offset, value_of(m), committed_only});
      rd_kafka_message_destroy(m);
    }
  rd_kafka_consumer_close(consumer.get());
}

// One of two members of a group. After each assignment its position is where the group committed.
void Clients::member(int number) {
  struct Context {
    Notes* notes;
    int number;
  } context{&notes_, number};
  auto consumer = make(RD_KAFKA_CONSUMER, address_,
                       {{"group.id", topic_ + "-group"}, {"enable.auto.commit", "true"}, {"auto.commit.interval.ms", "200"}, {"auto.offset.reset", "earliest"}, {"isolation.level", "read_committed"},
                        {"session.timeout.ms", "6000"}, {"heartbeat.interval.ms", "300"}},
                       [&](rd_kafka_conf_t* conf) {
                         rd_kafka_conf_set_opaque(conf, &context);
                         rd_kafka_conf_set_rebalance_cb(conf, [](rd_kafka_t* c, rd_kafka_resp_err_t what, rd_kafka_topic_partition_list_t* list, void* opaque) {
                           auto& mine = *static_cast<Context*>(opaque);
                           if (what != RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) return void(rd_kafka_assign(c, nullptr));
                           for (int i = 0; i < list->cnt; ++i) mine.notes->read(Read{mine.number, list->elems[i].partition, -1, 0, true});
                           rd_kafka_assign(c, list);
                         });
                       });
  auto* list = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(list, topic_.c_str(), RD_KAFKA_PARTITION_UA);
  rd_kafka_subscribe(consumer.get(), list);
  rd_kafka_topic_partition_list_destroy(list);
  while (reading_)
    if (auto* m = rd_kafka_consumer_poll(consumer.get(), 50)) {
      if (!m->err) notes_.read(Read{number, m->partition, m->offset, value_of(m), true});
      rd_kafka_message_destroy(m);
    }
  rd_kafka_consumer_close(consumer.get());
}

void Clients::read_all(bool committed_only) {
  auto consumer = make(RD_KAFKA_CONSUMER, address_,
                       {{"group.id", "unused"}, {"enable.auto.commit", "false"}, {"auto.offset.reset", "earliest"}, {"enable.partition.eof", "true"}, {"isolation.level", committed_only ? "read_committed" : "read_uncommitted"}});
  assign_from_start(consumer.get(), topic_);
  std::set<int> ended;
  auto& into = committed_only ? notes_.history.committed_log : notes_.history.log;
  for (const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(patience_ms); ended.size() < std::size_t(partitions);) {
    if (std::chrono::steady_clock::now() > end) die("stuck: a reader does not come to the end of the log");
    auto* m = rd_kafka_consumer_poll(consumer.get(), 200);
    if (!m) continue;
    if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) ended.insert(m->partition);
    else if (!m->err) into.push_back(Read{100, m->partition, m->offset, value_of(m), committed_only});
    rd_kafka_message_destroy(m);
  }
  rd_kafka_consumer_close(consumer.get());
}

void Clients::finish() {
  working_ = false;
  for (auto& t : producers_) t.join();
  reading_ = false;
  for (auto& t : readers_) t.join();
  read_all(false);
  read_all(true);
}

std::string Clients::summary() const {
  const auto& h = notes_.history;
  std::size_t acknowledged = 0, committed = 0, aborted = 0;
  for (const auto& s : h.sends) acknowledged += s.outcome == Outcome::ok;
  for (const auto& t : h.transactions) committed += t.outcome == Outcome::ok, aborted += t.outcome == Outcome::failed;
  return std::to_string(h.sends.size()) + " sent, " + std::to_string(acknowledged) + " acknowledged, " + std::to_string(committed) + " transactions committed, " + std::to_string(aborted) + " aborted, " +
         std::to_string(h.transactions.size() - committed - aborted) + " unknown, " + std::to_string(h.reads.size()) + " reads";
}

}  // namespace braid::anomalies
