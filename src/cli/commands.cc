// The whole list of commands, in the order in which --help shows them.
#include "cli/commands.h"

#include <array>

namespace braid::cli {
namespace {

std::vector<Option> with_json(std::vector<Option> options) {
  options.push_back({"json", "", "answer in JSON"});
  return options;
}

constexpr std::array<Group, 0> group_list{};

}  // namespace

std::span<const Group> groups() { return group_list; }

const std::vector<Command>& commands() {
  static const std::vector<Command> list{
      {"up", "start a node and run it until Ctrl-C or SIGTERM", "braid up --data /var/lib/braid\nbraid up --config /etc/braid/braid.yaml --print-config", {}, with_json(node_options()), up, false},
      {"completion", "print the script that teaches a shell to complete braid", "braid completion bash > /etc/bash_completion.d/braid", {{"SHELL", "bash, zsh or fish"}}, {}, completion, false},
  };
  return list;
}

}  // namespace braid::cli
