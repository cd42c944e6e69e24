// What the `braid` command can do, as data: one list of commands from which the parser, --help and the shell completions are made.
// A command is a plain function; it prints its answer to stdout, and returns an Error for main to print to stderr and turn into an exit code.
// Everything but `up`, `demo` and `completion` talks HTTP to a running node, like everybody.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace braid::cli {

struct Option {
  std::string_view name;            // "owner"
  std::string_view value;           // "TEAM"; empty for a flag
  std::string_view help;
  std::string_view default_text{};  // shown in help; given to the command if the option is not there
  bool required = false;
  bool repeated = false;
  char letter = 0;                  // short form
};

struct Positional {
  std::string_view name;            // "PRODUCT"
  std::string_view help;
  bool required = true;
  bool repeated = false;
  std::string_view kind{};          // what completes it: "product", "topic", "subject", "file"
};

class Arguments;
class Session;

struct Command {
  std::string_view path;            // "products publish"
  std::string_view help;            // one line
  std::string_view example;         // one or more lines, each a command that works on the demo mesh
  std::vector<Positional> positionals;
  std::vector<Option> options;
  Result<void> (*run)(Session&, const Arguments&);
  bool remote = true;               // takes --url, --as, --json
};
const std::vector<Command>& commands();          // the whole list (commands.cc)
struct Group { std::string_view name, help; };
std::span<const Group> groups();                 // "products": commands with a common first word

// What the command line said, by option and positional name.
class Arguments {
 public:
  bool flag(std::string_view option) const { return values_.contains(option); }
  bool has(std::string_view name) const { return values_.contains(name); }
  std::string get(std::string_view name) const;                        // empty if absent
  std::string get_or(std::string_view name, std::string_view otherwise) const;
  std::vector<std::string> all(std::string_view name) const;
  Result<std::int64_t> whole_number(std::string_view name, std::int64_t otherwise) const;   // Error{invalid_input} names the option
  void add(std::string name, std::string value) { values_[std::move(name)].push_back(std::move(value)); }

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

// Exit codes, one per kind of failure, so that scripts can tell them apart (docs/guide/command_line.md has this table).
int exit_code_of(ErrorCode code);
inline constexpr int exit_interrupted = 130;     // Ctrl-C, as shells have it

// Parses and runs; returns the exit code.
int run_command_line(int argc, char** argv);

// The script that teaches a shell to complete `braid`.
Result<std::string> completion_script(std::string_view shell);

}  // namespace braid::cli
