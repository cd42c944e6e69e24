// `braid up`: starts a node in this process and runs it until it is told to stop.
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "base/log.h"
#include "cli/commands.h"
#include "node/config.h"
#include "node/node.h"

extern char** environ;

namespace braid::cli {
namespace {

std::map<std::string, std::string> braid_variables() {
  std::map<std::string, std::string> out;
  for (char** entry = environ; *entry; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (text.starts_with("BRAID_") && equals != std::string_view::npos) out.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return out;
}

// Signals are taken by the main thread alone, so they are blocked before any other thread starts.
sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);
  return set;
}

// SIGHUP says "read your files again" to a service, and "your terminal has gone" to what was started in one.
bool has_terminal() {
  const int terminal = ::open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);
  if (terminal >= 0) ::close(terminal);
  return terminal >= 0;
}

// Until a signal asks for the end; returns its name.
std::string_view wait_for_the_end(const sigset_t& signals, node::Node& running) {
  const bool hangups_ignored = std::signal(SIGHUP, SIG_DFL) == SIG_IGN;   // nohup: the terminal may go
  const bool in_terminal = !hangups_ignored && has_terminal();
  for (int got = 0;;) {
    sigwait(&signals, &got);
    if (got == SIGINT) return "SIGINT";
    if (got == SIGTERM) return "SIGTERM";
    if (in_terminal && !has_terminal()) return "SIGHUP";
    running.reload();
  }
}

// Who asks a second time does not want to wait for the rest of a clean stop; what was acknowledged is on disk anyway. A second signal within
// the same moment is the same wish (`timeout` and shells send it to the process and to its group).
std::time_t impatience_begins = 0;
extern "C" void leave_at_once(int) {
  if (std::time(nullptr) > impatience_begins) _exit(exit_interrupted);
}

void print_addresses(const node::Addresses& at, const std::string& data) {
  std::string out = "Braid " BRAID_VERSION " listens on\n";
  auto line = [&](std::string_view what, const std::string& where) {
    if (!where.empty()) out += "  " + std::string(what) + std::string(10 - what.size(), ' ') + where + "\n";
  };
  line("main", at.main);
  line("registry", at.registry);
  line("ksql", at.ksql);
  line("kafka", at.kafka);
  line("data in", data);
  if (!at.first_login.empty())
    out += "The first user was made; its password is in " + at.first_login + ". Use it:\n  BRAID_NETRC=" + at.first_login + " braid users list\n";
  out += "Stop with Ctrl-C.\n";
  std::fputs(out.c_str(), stdout);
  std::fflush(stdout);
}

}  // namespace

Result<node::Loaded> load_node_config(const Arguments& arguments) {
  node::Sources sources;
  sources.file = arguments.get("config");
  sources.environment = braid_variables();
  for (const auto& setting : node::settings()) {
    const std::string flag = node::flag_of(setting).substr(2);
    if (arguments.has(flag)) sources.flags[std::string(setting.name)] = arguments.get(flag);
  }
  return node::load_config(sources);
}

std::vector<Option> node_options() {
  // The texts live as long as the program: the settings are a table, the flags are made once.
  static const std::vector<std::string> flags = [] {
    std::vector<std::string> out;
    for (const auto& setting : node::settings()) out.push_back(node::flag_of(setting).substr(2));
    return out;
  }();
  static const std::vector<std::string> helps = [] {
    std::vector<std::string> out;
    for (const auto& setting : node::settings())
      out.push_back(std::string(setting.help) + " [" + node::variable_of(setting) + (setting.default_text.empty() ? "]" : "; default " + std::string(setting.default_text) + "]"));
    return out;
  }();
  std::vector<Option> out{{"config", "FILE", "YAML file with any of these settings [BRAID_CONFIG]"},
                          {"print-config", "", "show what is in force and where it comes from, and start nothing"}};
  for (std::size_t i = 0; i < flags.size(); ++i) out.push_back({flags[i], "VALUE", helps[i]});
  return out;
}

Result<void> run_node(const node::Loaded& loaded, std::optional<node::Demo> demo, const AfterStart& after_start) {
  const sigset_t signals = stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  log::configure(loaded.config.log_level, loaded.config.log_format);
  TRY(const auto running, node::Node::start(loaded.config, demo));
  if (after_start) TRY_VOID(after_start(*running));
  else print_addresses(running->addresses(), loaded.config.data);
  log::info("node_stopping", {{"signal", wait_for_the_end(signals, *running)}});
  impatience_begins = std::time(nullptr) + 1;
  std::signal(SIGINT, leave_at_once);
  std::signal(SIGTERM, leave_at_once);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  running->stop();
  return {};
}

Result<void> up(Session& session, const Arguments& arguments) {
  TRY(const auto loaded, load_node_config(arguments));
  if (arguments.flag("print-config")) {
    std::fputs((session.json() || arguments.flag("json") ? node::config_as_json(loaded) + "\n" : node::print_config(loaded)).c_str(), stdout);
    return {};
  }
  return run_node(loaded, std::nullopt, nullptr);
}

}  // namespace braid::cli
