// kafka_broker DIRECTORY [key=value...]: the embedded log and its Kafka port in one small program, for tests with real clients.
// Prints "listening HOST:PORT" when it serves; stops cleanly on SIGTERM and SIGINT. Settings: port, shards, partitions, auto_create (0/1),
// clamp (0/1), login (0/1: clients log in, ACLs decide; there is the super user admin with the password admin-secret; open: the same, but what no ACL concerns is allowed to everybody, and admin is no super user), rebalance_delay_ms, check_ms (how often retention and compaction are looked at), metrics=FILE (written at the end).
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include "base/log.h"
#include "broker/security/security.h"
#include "broker/server.h"

using namespace braid;

namespace {

struct Parts {
  std::unique_ptr<storage::GroupOffsets> offsets;
  std::unique_ptr<storage::Transactions> transactions;
  std::unique_ptr<broker::Security> security;
  std::unique_ptr<broker::Server> server;
};

io::Task<Result<void>> open_security(Parts& parts, io::Shards& shards, storage::Log& log, bool open, Metrics& metrics) {
  broker::SecurityOptions options;
  options.required = true;
  options.super_users.insert(open ? "root" : "admin");
  options.allow_if_no_acl = open;
  CO_TRY(parts.security, co_await broker::Security::open(log, shards, std::move(options), metrics));
  std::string password = "admin-secret", who = "kafka_broker", client;
  auto hashing = parts.security->hash_password(std::move(password), 4096);
  broker::SetUser user;
  user.user = "admin";
  user.credentials = co_await std::move(hashing);
  std::vector<broker::SecurityCommand> commands;
  commands.push_back(std::move(user));
  auto changing = parts.security->change(std::move(commands), std::move(who), std::move(client));
  auto changed = co_await std::move(changing);
  if (!changed) co_return std::unexpected(std::move(changed).error());
  co_return Result<void>{};
}

io::Task<Result<void>> start(Parts& parts, io::Shards& shards, storage::Log& log, broker::Options options, std::string login, Metrics& metrics) {
  CO_TRY(parts.offsets, co_await storage::GroupOffsets::open(log, shards, 8));
  CO_TRY(parts.transactions, co_await storage::Transactions::open(log, *parts.offsets, shards));
  if (login != "0") {
    CO_TRY_VOID(co_await open_security(parts, shards, log, login == "open", metrics));
    options.security = parts.security.get();
  }
  CO_TRY(parts.server, co_await broker::Server::start(shards, log, *parts.offsets, *parts.transactions, nullptr, options, metrics));
  co_return Result<void>{};
}

io::Task<void> stop(Parts& parts, storage::Log& log) {
  co_await parts.server->close();
  if (parts.security) co_await parts.security->close();
  co_await parts.transactions->close();
  co_await parts.offsets->close();
  co_await log.close();
}

int give_up(const Error& error) {
  std::fprintf(stderr, "kafka_broker: %s\n", error.text().c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return std::fprintf(stderr, "usage: kafka_broker DIRECTORY [port=9092] [shards=2] [partitions=4] [auto_create=1] [clamp=1] [login=0] [rebalance_delay_ms=0] [check_ms=30000] [metrics=FILE]\n"), 2;
  std::map<std::string, std::string> settings{{"port", "0"}, {"shards", "2"}, {"partitions", "4"}, {"auto_create", "1"}, {"clamp", "1"}, {"login", "0"}, {"rebalance_delay_ms", "0"}, {"check_ms", "30000"}};
  for (int i = 2; i < argc; ++i) {
    const std::string text = argv[i];
    const auto equal = text.find('=');
    if (equal == std::string::npos) return std::fprintf(stderr, "kafka_broker: '%s' is not key=value\n", argv[i]), 2;
    settings[text.substr(0, equal)] = text.substr(equal + 1);
  }
  log::configure(log::Level::info, log::Style::text);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);   // before any thread is made, so that sigwait below gets them
  std::signal(SIGPIPE, SIG_IGN);

  Metrics metrics;
  auto files = io::real_files();
  auto shards = io::Shards::start(std::atoi(settings["shards"].c_str()));
  storage::LogOptions log_options;
  log_options.directory = argv[1];
  log_options.retention_check_ms = std::atoi(settings["check_ms"].c_str());
  log_options.metrics = &metrics;
  auto log = storage::Log::open(*files, *shards, log_options);
  if (!log) return give_up(log.error());
  broker::Options options;
  options.endpoint = {"127.0.0.1", std::uint16_t(std::atoi(settings["port"].c_str()))};
  options.log_directory = argv[1];
  options.default_partitions = std::atoi(settings["partitions"].c_str());
  options.auto_create_topics = settings["auto_create"] == "1";
  options.clamp_replication_factor = settings["clamp"] == "1";
  options.initial_rebalance_delay_ms = std::atoi(settings["rebalance_delay_ms"].c_str());
  Parts parts;
  if (auto started = io::block_on(shards->control(), start(parts, *shards, **log, options, settings["login"], metrics)); !started) return give_up(started.error());
  std::printf("listening %s\n", parts.server->endpoint().text().c_str());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&signals, &signal);
  io::block_on(shards->control(), stop(parts, **log));
  if (settings.contains("metrics")) {
    if (auto* out = std::fopen(settings["metrics"].c_str(), "w")) {
      std::fputs(metrics.text().c_str(), out);
      std::fclose(out);
    }
  }
  shards->stop();
  return 0;
}
