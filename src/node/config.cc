#include "node/config.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "base/json.h"
#include "base/number.h"
#include "base/suggest.h"
#include "broker/security/state.h"
#include "http/client.h"
#include "node/registry_upstream.h"

namespace braid::node {
namespace {

constexpr std::array table{
    Setting{"data", "data", "directory that holds everything this node knows", "/var/lib/braid"},
    Setting{"listen", "127.0.0.1", "address to listen on; other than loopback needs TLS and authentication", "127.0.0.1"},
    Setting{"advertise", "", "host name that clients are told to connect to; empty: the one in listen", "data.example.com"},
    Setting{"kafka_port", "9092", "port of the Kafka protocol; 0 lets the system choose", "9092"},
    Setting{"http_port", "8080", "main port: mesh, catalog, registry, SQL, metrics; 0 lets the system choose", "8080"},
    Setting{"registry_port", "8081", "port of the schema registry alone, where its clients expect it; 0 lets the system choose", "8081"},
    Setting{"ksql_port", "8088", "port of streaming SQL alone, where ksqlDB's clients expect it; 0 lets the system choose", "8088"},
    Setting{"kafka_advertised", "", "host:port that Kafka clients are told to connect to, when they reach this node through a proxy or a mapped port; empty: advertise and kafka_port", "data.example.com:9093"},
    Setting{"tls_certificate", "", "file with this node's certificate and those of its issuers (PEM); given with tls_key, every port speaks TLS", "/etc/braid/braid.crt"},
    Setting{"tls_key", "", "file with the private key of tls_certificate (PEM, without a password)", "/etc/braid/braid.key"},
    Setting{"tls_client_ca", "", "file with certificate authorities (PEM): clients of every port must show a certificate that one of them has issued", "/etc/braid/clients.crt"},
    Setting{"tls_trusted_ca", "", "file with certificate authorities (PEM) to trust, beside the system's, where this node connects to others (openlineage_url, schema_registry_url)", "/etc/braid/company.crt"},
    Setting{"authentication", "none", "none: everybody who reaches this node may do everything; required: every client says who it is, and ACLs decide", "required"},
    Setting{"super_users", "admin", "users to whom everything is allowed, with commas; the first is made at the first start with authentication: required", "admin,ops"},
    Setting{"allow_everyone_if_no_acl_found", "false", "true: what no ACL concerns is allowed to everybody who has logged in, as with Kafka's setting of this name; to manage users too", "true"},
    Setting{"kafka_session_seconds", "0", "Kafka clients must renew their login after this; 0: a login holds as long as its connection", "3600"},
    Setting{"event_log", "embedded", "embedded, or the bootstrap servers of a Kafka cluster", "kafka1:9092,kafka2:9092"},
    Setting{"event_log_properties", "", "file of client properties for that Kafka cluster (librdkafka's names, one name=value a line): TLS, SASL", "/etc/braid/kafka.properties"},
    Setting{"prototype_person", "tomas", "person as whom the API of the course's prototype (/priv) acts, because its clients do not say who asks", "tomas"},
    Setting{"prototype_domain", "analytics", "domain for which the API of the course's prototype publishes", "analytics"},
    Setting{"openlineage_url", "", "where OpenLineage events are sent, one POST each; empty: they can be fetched only", "http://marquez:5000/api/v1/lineage"},
    Setting{"schema_registry_url", "", "a schema registry to use instead of being one, with user:password@ where it asks for it; the registry's port passes everything on to it", "http://registry:8081"},
    Setting{"threads", "0", "event loops, each on its own core; 0: one per core", "2"},
    Setting{"log_level", "info", "debug, info, warn or error", "info"},
    Setting{"log_format", "text", "text or json", "json"},
};

Result<std::int64_t> whole_number(std::string_view name, std::string_view text, std::int64_t least, std::int64_t most) {
  const auto n = braid::whole_number(text);
  if (!n || *n < least || *n > most)
    return fail(ErrorCode::invalid_input, std::string(name) + " must be a whole number from " + std::to_string(least) + " to " + std::to_string(most) +
                                              ", got '" + std::string(text) + "'");
  return *n;
}

Result<std::uint16_t> port(std::string_view name, std::string_view text) {
  TRY(const auto n, whole_number(name, text, 0, 65535));
  return std::uint16_t(n);
}

template <class T> Result<T> one_of(std::string_view name, std::string_view text, std::initializer_list<std::pair<std::string_view, T>> choices) {
  std::string all;
  std::vector<std::string> names;
  for (const auto& [word, value] : choices) {
    if (word == text) return value;
    all += (all.empty() ? "" : ", ") + std::string(word);
    names.emplace_back(word);
  }
  return fail(ErrorCode::invalid_input, std::string(name) + " must be one of " + all + ", got '" + std::string(text) + "'", did_you_mean(text, names));
}

Result<void> assign(Config& config, std::string_view name, const std::string& text) {
  if (name == "data") {
    if (text.empty()) return fail(ErrorCode::invalid_input, "data must name a directory, got nothing");
    config.data = text;
  } else if (name == "listen") {
    if (text.empty()) return fail(ErrorCode::invalid_input, "listen must be an address, got nothing", "for example 127.0.0.1");
    config.listen = text;
  } else if (name == "advertise") {
    config.advertise = text;
  } else if (name == "kafka_port") {
    TRY(config.kafka_port, port(name, text));
  } else if (name == "http_port") {
    TRY(config.http_port, port(name, text));
  } else if (name == "registry_port") {
    TRY(config.registry_port, port(name, text));
  } else if (name == "ksql_port") {
    TRY(config.ksql_port, port(name, text));
  } else if (name == "kafka_advertised") {
    if (!text.empty()) {
      const auto told = io::parse_endpoint(text, 0);
      if (!told) return std::unexpected(Error{ErrorCode::invalid_input, "kafka_advertised: " + told.error().message, "for example data.example.com:9093", {}});
    }
    config.kafka_advertised = text;
  } else if (name == "tls_certificate") {
    config.tls_certificate = text;
  } else if (name == "tls_key") {
    config.tls_key = text;
  } else if (name == "tls_client_ca") {
    config.tls_client_ca = text;
  } else if (name == "tls_trusted_ca") {
    config.tls_trusted_ca = text;
  } else if (name == "authentication") {
    TRY(config.authentication_required, one_of<bool>(name, text, {{"none", false}, {"required", true}}));
  } else if (name == "super_users") {
    config.super_users.clear();
    std::stringstream all(text);
    for (std::string user; std::getline(all, user, ',');) {
      user.erase(0, user.find_first_not_of(" \t"));
      user.erase(user.find_last_not_of(" \t") + 1);
      if (user.starts_with("User:")) user.erase(0, 5);   // as Kafka's super.users has them
      if (user.empty()) continue;
      TRY_VOID(broker::check_user_name(user));
      config.super_users.push_back(user);
    }
    if (config.super_users.empty()) return fail(ErrorCode::invalid_input, "super_users must name at least one user, got nothing", "for example super_users: admin");
  } else if (name == "allow_everyone_if_no_acl_found") {
    TRY(config.allow_everyone_if_no_acl_found, one_of<bool>(name, text, {{"true", true}, {"false", false}}));
  } else if (name == "kafka_session_seconds") {
    TRY(config.kafka_session_seconds, whole_number(name, text, 0, 31'536'000));
  } else if (name == "event_log") {
    if (text.empty()) return fail(ErrorCode::invalid_input, "event_log must be 'embedded' or the bootstrap servers of a Kafka cluster, got nothing");
    config.event_log = text;
  } else if (name == "event_log_properties") {
    config.event_log_properties = text;
  } else if (name == "prototype_person") {
    config.prototype_person = text;
  } else if (name == "prototype_domain") {
    config.prototype_domain = text;
  } else if (name == "openlineage_url") {
    if (!text.empty()) {
      const auto url = http::parse_url(text);
      if (!url) return std::unexpected(Error{ErrorCode::invalid_input, "openlineage_url: " + url.error().message, "for example http://marquez:5000/api/v1/lineage", {}});
    }
    config.openlineage_url = text;
  } else if (name == "schema_registry_url") {
    if (!text.empty()) {
      const auto place = registry_place(text);
      if (!place) return std::unexpected(Error{place.error().code, "schema_registry_url: " + place.error().message, "for example http://registry:8081 or http://user:password@registry:8081", {}});
    }
    config.schema_registry_url = text;
  } else if (name == "threads") {
    TRY(const auto n, whole_number(name, text, 0, 256));
    config.threads = int(n);
  } else if (name == "log_level") {
    TRY(config.log_level, one_of<log::Level>(name, text, {{"debug", log::Level::debug}, {"info", log::Level::info}, {"warn", log::Level::warn}, {"error", log::Level::error}}));
  } else if (name == "log_format") {
    TRY(config.log_format, one_of<log::Style>(name, text, {{"text", log::Style::text}, {"json", log::Style::json}}));
  } else {
    return fail(ErrorCode::bug, "the setting " + std::string(name) + " is in the table but nobody reads it");
  }
  return {};
}

std::vector<std::string> setting_names() {
  std::vector<std::string> out;
  for (const auto& setting : table) out.emplace_back(setting.name);
  return out;
}

const Setting* find_setting(std::string_view name) {
  const auto found = std::find_if(table.begin(), table.end(), [&](const Setting& s) { return s.name == name; });
  return found == table.end() ? nullptr : &*found;
}

Error unknown_setting(const std::string& where, std::string_view name) {
  const std::string near = did_you_mean(name, setting_names());
  return {ErrorCode::invalid_input, where + ": there is no setting '" + std::string(name) + "'",
          near.empty() ? "`braid up --help` lists the settings" : near};
}

struct Given {
  std::string value, source;
};
using Layer = std::map<std::string, Given, std::less<>>;

Result<Layer> read_file(const std::string& path) {
  std::ifstream in(path);
  if (!in) return fail(ErrorCode::io, "the configuration file " + path + " cannot be read: " + std::string(std::strerror(errno)), "check the path and who may read it");
  std::stringstream text;
  text << in.rdbuf();
  Layer layer;
  try {
    const YAML::Node root = YAML::Load(text.str());
    if (root.IsNull()) return layer;
    if (!root.IsMap()) return fail(ErrorCode::invalid_input, path + ": a configuration file is a list of 'setting: value' lines, this is something else");
    for (const auto& entry : root) {
      const std::string where = path + " line " + std::to_string(entry.first.Mark().line + 1);
      if (!entry.first.IsScalar()) return fail(ErrorCode::invalid_input, where + ": the name of a setting must be one word");
      const std::string name = entry.first.Scalar();
      const Setting* setting = find_setting(name);
      if (!setting) return std::unexpected(unknown_setting(where, name));
      if (!entry.second.IsScalar() && !entry.second.IsNull())
        return fail(ErrorCode::invalid_input, where + ": " + name + " must have one value, not a list or a map", "for example " + name + ": " + std::string(setting->example));
      if (!layer.emplace(name, Given{entry.second.IsNull() ? "" : entry.second.Scalar(), "file " + where}).second)
        return fail(ErrorCode::invalid_input, where + ": " + name + " is given twice", "keep one of the two lines");
    }
  } catch (const YAML::Exception& e) {
    return fail(ErrorCode::invalid_input, path + " line " + std::to_string(e.mark.line + 1) + ": this is no YAML: " + e.msg);
  }
  return layer;
}

Result<Layer> read_environment(const std::map<std::string, std::string>& environment) {
  static constexpr std::array known_elsewhere{std::string_view("BRAID_CONFIG"), std::string_view("BRAID_URL"), std::string_view("BRAID_AS"), std::string_view("BRAID_CA"),
                                               std::string_view("BRAID_CERTIFICATE"), std::string_view("BRAID_KEY"), std::string_view("BRAID_USER"), std::string_view("BRAID_PASSWORD"),
                                               std::string_view("BRAID_NETRC")};   // of the command line
  Layer layer;
  for (const auto& [variable, value] : environment) {
    if (!variable.starts_with("BRAID_") || std::find(known_elsewhere.begin(), known_elsewhere.end(), variable) != known_elsewhere.end()) continue;
    const auto setting = std::find_if(table.begin(), table.end(), [&](const Setting& s) { return variable_of(s) == variable; });
    if (setting == table.end()) {
      std::vector<std::string> variables;
      for (const auto& s : table) variables.push_back(variable_of(s));
      const std::string near = did_you_mean(variable, variables);
      return fail(ErrorCode::invalid_input, "the environment has " + variable + ", which is no setting", near.empty() ? "`braid up --help` lists the settings" : near);
    }
    layer.emplace(std::string(setting->name), Given{value, "environment " + variable});
  }
  return layer;
}

}  // namespace

std::span<const Setting> settings() { return table; }

std::string flag_of(const Setting& setting) {
  std::string out = "--" + std::string(setting.name);
  std::replace(out.begin(), out.end(), '_', '-');
  return out;
}

std::string variable_of(const Setting& setting) {
  std::string out = "BRAID_" + std::string(setting.name);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return c >= 'a' && c <= 'z' ? char(c - 32) : c; });
  return out;
}

Result<Loaded> load_config(const Sources& sources) {
  Loaded loaded;
  loaded.file = sources.file;
  if (loaded.file.empty())
    if (const auto named = sources.environment.find("BRAID_CONFIG"); named != sources.environment.end()) loaded.file = named->second;
  std::vector<Layer> layers;
  if (!loaded.file.empty()) {
    TRY(auto from_file, read_file(loaded.file));
    layers.push_back(std::move(from_file));
  }
  TRY(auto from_environment, read_environment(sources.environment));
  layers.push_back(std::move(from_environment));
  Layer from_flags;
  for (const auto& [name, value] : sources.flags) {
    const Setting* setting = find_setting(name);
    if (!setting) return std::unexpected(unknown_setting("command line", name));
    from_flags.emplace(name, Given{value, "flag " + flag_of(*setting)});
  }
  layers.push_back(std::move(from_flags));
  for (const auto& setting : table) {
    InForce chosen{std::string(setting.name), std::string(setting.default_text), "default"};
    for (const auto& layer : layers)
      if (const auto given = layer.find(setting.name); given != layer.end()) {
        auto assigned = assign(loaded.config, setting.name, given->second.value);
        if (!assigned) return std::unexpected(std::move(assigned).error().during(given->second.source));
        chosen.value = setting.name == "schema_registry_url" ? without_secret(given->second.value) : given->second.value;
        chosen.source = given->second.source;
      }
    loaded.in_force.push_back(std::move(chosen));
  }
  return loaded;
}

std::string print_config(const Loaded& loaded) {
  std::size_t names = 0, values = 0;
  for (const auto& one : loaded.in_force) {
    names = std::max(names, one.name.size());
    values = std::max(values, one.value.size() + 2);
  }
  std::string out;
  for (const auto& one : loaded.in_force) {
    const std::string value = one.value.empty() ? "\"\"" : one.value;
    out += one.name + ":" + std::string(names - one.name.size() + 1, ' ') + value + std::string(values > value.size() ? values - value.size() : 1, ' ') + "# " + one.source + "\n";
  }
  return out;
}

std::string config_as_json(const Loaded& loaded) {
  json::object all;
  for (const auto& one : loaded.in_force) all[one.name] = json::object{{"value", one.value}, {"source", one.source}};
  return json::pretty(json::value(std::move(all)));
}

}  // namespace braid::node
