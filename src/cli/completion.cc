// Completion scripts, made from the list of commands.
#include <cstdio>

#include "cli/commands.h"

namespace braid::cli {
namespace {

struct Words {
  std::string path;                      // "products publish"; empty at the top
  std::vector<std::pair<std::string, std::string>> words;   // with their help
  std::string kind;                      // of the first positional
};

std::string quoted(std::string_view text) {   // for single quotes in a shell script
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::vector<Words> all_words() {
  std::vector<Words> out(1);
  for (const auto& group : groups()) {
    out[0].words.emplace_back(group.name, group.help);
    Words inside{std::string(group.name), {}, ""};
    for (const auto& command : commands())
      if (command.path.starts_with(std::string(group.name) + " ")) inside.words.emplace_back(command.path.substr(group.name.size() + 1), command.help);
    out.push_back(std::move(inside));
  }
  for (const auto& command : commands()) {
    if (command.path.find(' ') == std::string_view::npos) out[0].words.emplace_back(command.path, command.help);
    Words inside{std::string(command.path), {}, command.positionals.empty() ? "" : std::string(command.positionals.front().kind)};
    for (const auto& option : command.options) inside.words.emplace_back("--" + std::string(option.name), option.help);
    if (command.remote)
      for (const auto& [name, help] : {std::pair{"--url", "the node to talk to"}, {"--as", "the person to act as"}, {"--user", "who you are"}, {"--password-file", "a file with your password"}, {"--json", "answer in JSON"}}) inside.words.emplace_back(name, help);
    inside.words.emplace_back("--help", "what this command does");
    out.push_back(std::move(inside));
  }
  return out;
}

std::string bash_script() {
  std::string out =
      "# bash completion for braid; made by `braid completion bash`\n"
      "_braid() {\n"
      "  local cur=${COMP_WORDS[COMP_CWORD]} path= words= kind= i\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    case \"$path ${COMP_WORDS[i]}\" in\n";
  for (const auto& words : all_words())
    if (!words.path.empty()) {
      const auto space = words.path.find(' ');
      out += "      " + quoted((space == std::string::npos ? "" : words.path.substr(0, space)) + " " + (space == std::string::npos ? words.path : words.path.substr(space + 1))) + ") path=" + quoted(words.path) + " ;;\n";
    }
  out += "    esac\n  done\n  case \"$path\" in\n";
  for (const auto& words : all_words()) {
    std::string list;
    for (const auto& [word, help] : words.words) list += (list.empty() ? "" : " ") + word;
    out += "    " + quoted(words.path) + ") words=" + quoted(list) + " kind=" + quoted(words.kind) + " ;;\n";
  }
  out +=
      "  esac\n"
      "  if [ \"$kind\" = file ]; then COMPREPLY=($(compgen -f -W \"$words\" -- \"$cur\")); return; fi\n"
      "  if [ -n \"$kind\" ] && [ \"${cur#-}\" = \"$cur\" ]; then words=\"$words $(braid names \"$kind\" 2> /dev/null)\"; fi\n"
      "  COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
      "}\n"
      "complete -F _braid braid\n";
  return out;
}

std::string zsh_script() {
  return "#compdef braid\n# zsh completion for braid; made by `braid completion zsh`. It uses the bash form.\nautoload -U +X bashcompinit && bashcompinit\n" + bash_script();
}

std::string fish_script() {
  std::string out = "# fish completion for braid; made by `braid completion fish`\ncomplete -c braid -f\n";
  for (const auto& words : all_words()) {
    std::string condition = "__fish_use_subcommand";
    if (!words.path.empty()) {
      const auto space = words.path.find(' ');
      condition = "__fish_seen_subcommand_from " + words.path.substr(0, space);
      if (space != std::string::npos) condition += "; and __fish_seen_subcommand_from " + words.path.substr(space + 1);
    }
    for (const auto& [word, help] : words.words) {
      out += "complete -c braid -n " + quoted(condition) + (word.starts_with("--") ? " -l " + word.substr(2) : " -a " + word) + " -d " + quoted(help) + "\n";
    }
    if (words.kind == "file") out += "complete -c braid -n " + quoted(condition) + " -F\n";
    else if (!words.kind.empty()) out += "complete -c braid -n " + quoted(condition) + " -a '(braid names " + words.kind + " 2> /dev/null)'\n";
  }
  return out;
}

}  // namespace

Result<std::string> completion_script(std::string_view shell) {
  if (shell == "bash") return bash_script();
  if (shell == "zsh") return zsh_script();
  if (shell == "fish") return fish_script();
  return fail(ErrorCode::invalid_input, "there is no completion for the shell '" + std::string(shell) + "'", "there is one for bash, zsh and fish");
}

Result<void> completion(Session&, const Arguments& arguments) {
  TRY(const auto script, completion_script(arguments.get("SHELL")));
  std::fputs(script.c_str(), stdout);
  return {};
}

}  // namespace braid::cli
