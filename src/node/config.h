// What a node is told: a few settings, each in the file (YAML), as an environment variable (BRAID_NAME) and as a flag (--name).
// Later sources win: default, file, environment, flag. Plain values; load_config reads one file and the environment it is given.
// A wrong name or value is one sentence that says where it stands, and a hint.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/log.h"

namespace braid::node {

struct Config {
  std::string data = "data";
  std::string listen = "127.0.0.1";
  std::string advertise;                 // empty: the address in `listen`
  std::uint16_t kafka_port = 9092;
  std::uint16_t http_port = 8080;
  std::uint16_t registry_port = 8081;
  std::uint16_t ksql_port = 8088;
  std::string event_log = "embedded";    // or the bootstrap servers of a Kafka cluster
  std::string event_log_properties;      // file with what that cluster's clients need beside its address; empty: nothing
  std::string prototype_person = "tomas";   // whom the course's prototype API acts as
  std::string prototype_domain = "analytics";
  std::string kafka_advertised;          // host:port that Kafka clients are told; empty: advertise, or the address they reached us at
  std::string tls_certificate, tls_key;  // PEM files; empty: no TLS
  std::string tls_client_ca;             // given: clients must show a certificate that one of these has issued
  std::string tls_trusted_ca;            // whom this node trusts beside the system's authorities when it connects to others
  std::string openlineage_url;           // empty: events are kept to be fetched, not sent
  bool authentication_required = false;  // authentication: required
  std::vector<std::string> super_users = {"admin"};
  bool allow_everyone_if_no_acl_found = false;
  std::int64_t kafka_session_seconds = 0; // 0: a Kafka login holds as long as its connection
  std::string schema_registry_url;             // the registry that is used instead of being one; may hold user:password@. Empty: our own
  int threads = 0;                       // 0: one per core
  log::Level log_level = log::Level::info;
  log::Style log_format = log::Style::text;
};

struct Setting {
  std::string_view name;                 // in the file; the flag is --name with '-' for '_', the variable BRAID_NAME in capitals
  std::string_view default_text;
  std::string_view help;
  std::string_view example;              // of a value, for hints
};
std::span<const Setting> settings();     // the whole list
std::string flag_of(const Setting& setting);       // "--kafka-port"
std::string variable_of(const Setting& setting);   // "BRAID_KAFKA_PORT"

// A value and where it came from.
struct InForce {
  std::string name, value;
  std::string source;                    // "default", "file braid.yaml line 3", "environment BRAID_DATA", "flag --data"
};

struct Loaded {
  Config config;
  std::vector<InForce> in_force;         // in the order of settings()
  std::string file;                      // that was read; empty if none
};

struct Sources {
  std::string file;                                  // --config; empty: BRAID_CONFIG, then none
  std::map<std::string, std::string> environment;    // the BRAID_ variables
  std::map<std::string, std::string> flags;          // by setting name
};
Result<Loaded> load_config(const Sources& sources);

std::string print_config(const Loaded& loaded);       // aligned, for people
std::string config_as_json(const Loaded& loaded);

}  // namespace braid::node
