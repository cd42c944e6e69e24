// The port over any Kafka, by librdkafka 2.0 or newer: Apache Kafka, Redpanda, a cloud service, our own broker. Threads, ownership and errors
// as the port says. librdkafka's threads only post to shards; what it can do in a blocking way only runs on a small pool. A reader has a
// librdkafka client of its own (some threads each); all writers share one idempotent producer.
// Weaker than the embedded log in one place: a write() that does not fit one batch of the producer may fail after a part of it was written.
#pragma once
#include <map>
#include <memory>
#include <string>

#include "eventlog/event_log.h"

namespace braid::eventlog {

struct KafkaOptions {
  std::string bootstrap;                            // host:port,host:port
  std::map<std::string, std::string> properties{};  // librdkafka's names: security.protocol, sasl.username, ssl.ca.location, ...
  io::Milliseconds patience{30'000};                // how long a call tries before it is Error{unavailable}
  std::int16_t replication_factor = -1;             // of topics we make; -1 is the cluster's default
};

// Called on any thread. A wrong property is an error here; a cluster that does not answer is one at the first call.
Result<std::unique_ptr<EventLog>> kafka_log(KafkaOptions options);

}  // namespace braid::eventlog
