// The only file that includes CLI11: it costs seconds to compile.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "base/number.h"
#include "base/suggest.h"
#include "cli/command.h"
#include "cli/credentials.h"
#include "cli/session.h"

namespace braid::cli {
namespace {

constexpr std::string_view default_url = "http://127.0.0.1:8080";

std::string environment_or(const char* name, std::string_view otherwise) {
  const char* value = std::getenv(name);
  return value && *value ? value : std::string(otherwise);
}

std::pair<std::string_view, std::string_view> split_path(std::string_view path) {
  const auto space = path.find(' ');
  return space == std::string_view::npos ? std::pair(path, std::string_view()) : std::pair(path.substr(0, space), path.substr(space + 1));
}

std::string footer_of(const Command& command) {
  if (command.example.empty()) return "";
  std::string out = "Example:\n";
  for (std::string_view rest = command.example; !rest.empty();) {
    const auto end = rest.find('\n');
    out += "  " + std::string(rest.substr(0, end)) + "\n";
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  return out;
}

// What the parser fills for one command.
struct Bound {
  const Command* command = nullptr;
  CLI::App* app = nullptr;
  std::map<std::string, std::vector<std::string>> values;   // nodes stay where they are, so CLI11 may keep references
  std::map<std::string, bool> flags;
  std::string url, as, ca, user, password_file;
  bool json = false;
};

void bind(Bound& bound) {
  const Command& command = *bound.command;
  CLI::App& app = *bound.app;
  app.footer(footer_of(command));
  for (const auto& positional : command.positionals) {
    auto* option = app.add_option(std::string(positional.name), bound.values[std::string(positional.name)], std::string(positional.help));
    option->required(positional.required)->type_name("");
    if (positional.repeated) option->expected(1, CLI::detail::expected_max_vector_size);   // shown as VALUE...; not given at all is fine where it is not required
    else option->expected(1)->allow_extra_args(false);   // else a list takes what belongs to the next positional
  }
  for (const auto& spec : command.options) {
    std::string names = "--" + std::string(spec.name);
    if (spec.letter) names = "-" + std::string(1, spec.letter) + "," + names;
    std::string help(spec.help);
    if (!spec.default_text.empty()) help += " (default: " + std::string(spec.default_text) + ")";
    if (spec.value.empty()) {
      app.add_flag(names, bound.flags[std::string(spec.name)], help);
      continue;
    }
    auto* option = app.add_option(names, bound.values[std::string(spec.name)], help);
    option->type_name(std::string(spec.value))->required(spec.required);
    option->expected(1)->multi_option_policy(spec.repeated ? CLI::MultiOptionPolicy::TakeAll : CLI::MultiOptionPolicy::TakeLast);
    if (spec.repeated) option->allow_extra_args(false);
  }
  if (command.remote) {
    app.add_option("--url", bound.url, "the node to talk to (default: $BRAID_URL, then " + std::string(default_url) + ")")->type_name("URL");
    app.add_option("--as", bound.as, "the person to act as (default: $BRAID_AS)")->type_name("PERSON");
    app.add_option("--ca", bound.ca, "certificates to trust for an https URL, beside the system's (default: $BRAID_CA)")->type_name("FILE");
    app.add_option("--user", bound.user, "who you are, where a node asks (default: $BRAID_USER, then ~/.netrc); the password comes from $BRAID_PASSWORD, ~/.netrc, or is asked for")->type_name("NAME");
    app.add_option("--password-file", bound.password_file, "a file whose first line is your password")->type_name("FILE");
    app.add_flag("--json", bound.json, "answer in JSON");
  }
}

Arguments arguments_of(const Bound& bound) {
  Arguments out;
  for (const auto& [name, values] : bound.values)
    for (const auto& value : values) out.add(name, value);
  for (const auto& [name, set] : bound.flags)
    if (set) out.add(name, "true");
  for (const auto& option : bound.command->options)
    if (!option.value.empty() && !option.default_text.empty() && !out.has(option.name)) out.add(std::string(option.name), std::string(option.default_text));
  return out;
}

int report(const Error& error) {
  std::fflush(stdout);
  std::fprintf(stderr, "error: %s\n", error.message.c_str());
  if (!error.hint.empty()) std::fprintf(stderr, "hint: %s\n", error.hint.c_str());
  return exit_code_of(error.code);
}

// CLI11 says "The following argument was not expected: pubish"; a person wants to know what was meant.
int usage(const CLI::App& app, const CLI::Error& error) {
  const CLI::App* at = &app;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
  std::string message = error.what();
  std::string hint = "`" + (at->get_parent() ? "braid " + std::string(at == &app ? "" : at->get_parent() == &app ? at->get_name() : at->get_parent()->get_name() + " " + at->get_name()) : std::string("braid")) + " --help` shows what there is";
  const auto left = app.remaining(true);
  if (!left.empty()) {
    std::vector<std::string> known;
    const bool option = left.front().starts_with("-");
    if (option) {
      for (const auto* o : at->get_options())
        if (!o->get_lnames().empty()) known.push_back("--" + o->get_lnames().front());   // else it is a place, not an option
      message = "there is no option " + left.front();
    } else {
      for (const auto* s : at->get_subcommands([](const CLI::App*) { return true; })) known.push_back(s->get_name());
      message = known.empty() ? "'" + left.front() + "' is one argument too many" : "there is no command '" + left.front() + "'";
    }
    const std::string near = did_you_mean(left.front(), known);
    if (!near.empty()) hint = near;
  }
  return report(Error{ErrorCode::invalid_input, message, hint});
}

int run(const Bound& bound) {
  Session session(bound.url.empty() ? environment_or("BRAID_URL", default_url) : bound.url, bound.as.empty() ? environment_or("BRAID_AS", "") : bound.as, bound.json);
  session.trust(io::TlsTrust{bound.ca.empty() ? environment_or("BRAID_CA", "") : bound.ca, bound.ca.empty() ? "BRAID_CA" : "--ca", environment_or("BRAID_CERTIFICATE", ""), environment_or("BRAID_KEY", "")});
  if (bound.command->remote) {
    const auto login = find_login({bound.user, bound.password_file, session.url()});
    if (!login) return report(login.error());
    if (*login) session.log_in(**login);
  }
  const auto done = bound.command->run(session, arguments_of(bound));
  std::fflush(stdout);
  if (!done) return report(done.error());
  return session.interrupted() ? exit_interrupted : 0;
}

}  // namespace

std::string Arguments::get(std::string_view name) const { return get_or(name, ""); }

std::string Arguments::get_or(std::string_view name, std::string_view otherwise) const {
  const auto found = values_.find(name);
  return found == values_.end() || found->second.empty() ? std::string(otherwise) : found->second.back();
}

std::vector<std::string> Arguments::all(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>() : found->second;
}

Result<std::int64_t> Arguments::whole_number(std::string_view name, std::int64_t otherwise) const {
  if (!has(name)) return otherwise;
  const std::string text = get(name);
  const auto n = braid::whole_number(text);
  if (!n || *n < 0) return fail(ErrorCode::invalid_input, "--" + std::string(name) + " must be a whole number, got '" + text + "'");
  return *n;
}

int exit_code_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_input: return 1;
    case ErrorCode::not_found: return 2;
    case ErrorCode::already_exists: return 3;
    case ErrorCode::conflict: return 3;
    case ErrorCode::incompatible: return 4;
    case ErrorCode::unauthenticated: return 5;
    case ErrorCode::forbidden: return 5;
    case ErrorCode::unsupported: return 6;
    case ErrorCode::unavailable: return 7;
    case ErrorCode::stopping: return 7;
    case ErrorCode::timeout: return 8;
    case ErrorCode::overloaded: return 9;
    case ErrorCode::io: return 10;
    case ErrorCode::corrupt: return 10;
    case ErrorCode::bug: return 70;
  }
  return 70;
}

// `braid --url http://... search x`: what every command takes may stand before the command, too. It is moved behind it.
std::vector<std::string> with_common_options_last(int argc, char** argv, const auto& parents) {
  std::vector<std::string> words(argv + 1, argv + argc), moved;
  while (!words.empty() && words.front().starts_with("--")) {
    const std::string name = words.front().substr(0, words.front().find('='));
    const bool valued = name == "--url" || name == "--as" || name == "--ca" || name == "--user" || name == "--password-file";
    if (!valued && name != "--json") break;
    const bool apart = valued && name == words.front() && words.size() > 1;
    moved.insert(moved.end(), words.begin(), words.begin() + (apart ? 2 : 1));
    words.erase(words.begin(), words.begin() + (apart ? 2 : 1));
  }
  const std::size_t path = !words.empty() && parents.contains(words.front()) ? 2 : 1;
  if (words.size() < path) return words;   // no command at all: that is what is said
  words.insert(words.begin() + std::ptrdiff_t(path), moved.begin(), moved.end());
  return words;
}

int run_command_line(int argc, char** argv) {
  CLI::App app("Braid: a data mesh in one binary", "braid");
  app.set_version_flag("--version", std::string("braid ") + BRAID_VERSION);
  app.require_subcommand(1);
  app.footer("Start with:\n  braid demo            a node with the demo mesh\n  braid sql             statements, interactively\n  braid search orders   what is there\nExit codes: 0 done, 1 usage, 2 not found, 3 conflict, "
             "4 incompatible, 5 not allowed, 6 not offered,\n  7 nobody answers, 8 timeout, 9 limit reached, 10 disk, 70 bug, 130 interrupted");
  std::map<std::string, CLI::App*, std::less<>> parents;
  for (const auto& group : groups()) {
    auto* parent = app.add_subcommand(std::string(group.name), std::string(group.help));
    parent->require_subcommand(1);
    parents[std::string(group.name)] = parent;
  }
  std::vector<std::unique_ptr<Bound>> bounds;
  for (const auto& command : commands()) {
    const auto [first, second] = split_path(command.path);
    CLI::App* parent = second.empty() ? &app : parents.at(std::string(first));
    auto bound = std::make_unique<Bound>();
    bound->command = &command;
    bound->app = parent->add_subcommand(std::string(second.empty() ? first : second), std::string(command.help));
    bind(*bound);
    bounds.push_back(std::move(bound));
  }
  if (argc <= 1) {
    std::fputs(app.help().c_str(), stdout);
    return 0;
  }
  try {
    auto words = with_common_options_last(argc, argv, parents);
    std::reverse(words.begin(), words.end());   // as CLI11 takes them
    app.parse(std::move(words));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);   // --help, --version
    return usage(app, error);
  }
  for (const auto& bound : bounds)
    if (bound->app->parsed()) return run(*bound);
  return report(Error{ErrorCode::bug, "the command line was understood, but no command took it"});
}

}  // namespace braid::cli
