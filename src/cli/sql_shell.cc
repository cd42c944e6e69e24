// The interactive side of braid sql: line editing, history and completion by libedit.
#include <editline/readline.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "cli/names.h"
#include "cli/sql.h"

namespace braid::cli {
namespace {

constexpr const char* keywords[] = {"CREATE STREAM", "CREATE TABLE", "CREATE OR REPLACE", "SELECT", "INSERT INTO", "DESCRIBE", "SHOW STREAMS;", "SHOW TABLES;", "SHOW TOPICS;", "SHOW QUERIES;",
                                    "SHOW FUNCTIONS;", "EXPLAIN", "TERMINATE", "DROP STREAM", "DROP TABLE", "PRINT", "FROM", "WHERE", "GROUP BY", "PARTITION BY", "HAVING", "EMIT CHANGES;",
                                    "LIMIT", "WINDOW TUMBLING (SIZE", "WINDOW HOPPING (SIZE", "WINDOW SESSION (", "LEFT JOIN", "INNER JOIN", "WITHIN", "WITH (", "KAFKA_TOPIC", "VALUE_FORMAT"};

// libedit calls plain functions, so what they complete from has to live here, for as long as the shell does.
std::vector<std::string> completions;

char* next_completion(const char* typed, int state) {
  static std::size_t at = 0;
  if (state == 0) at = 0;
  const std::size_t length = std::strlen(typed);
  while (at < completions.size()) {
    const auto& word = completions[at++];
    if (word.size() >= length && ::strncasecmp(word.c_str(), typed, length) == 0) return ::strdup(word.c_str());
  }
  return nullptr;
}

char** complete(const char* typed, int, int) {
  rl_attempted_completion_over = 1;   // no file names
  return rl_completion_matches(typed, next_completion);
}

// In any case: a stream STOCKTRADES over a topic stocktrades would leave two words to choose from, and the key would do nothing.
bool offered(const std::string& name) {
  for (const auto& word : completions)
    if (::strcasecmp(word.c_str(), name.c_str()) == 0) return true;
  return false;
}

void refresh_completions(Session& session) {
  completions.assign(std::begin(keywords), std::end(keywords));
  for (const char* kind : {"source", "topic"})
    if (const auto known = names_of(session, kind))
      for (const auto& name : *known)
        if (!name.starts_with("_") && !offered(name)) completions.push_back(name);
}

std::string history_file() {
  const char* home = std::getenv("HOME");
  return home ? std::string(home) + "/.braid_history" : "";
}

constexpr const char* help_text =
    "Statements end with ';' and may take several lines. Some to begin with:\n"
    "  SHOW STREAMS;   SHOW TABLES;   DESCRIBE stocktrades;\n"
    "  SELECT * FROM stocktrades EMIT CHANGES;        Ctrl-C ends it\n"
    "  PRINT pageviews LIMIT 3;\n"
    "Of the shell: help, exit; `from beginning` and `from now` say where queries start to read.\n";

// true: it was a command of the shell itself.
bool shell_command(std::string_view line, SqlOptions& options, bool& leave) {
  while (!line.empty() && (line.back() == ' ' || line.back() == ';')) line.remove_suffix(1);
  while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
  if (line == "exit" || line == "quit" || line == "\\q") leave = true;
  else if (line == "help" || line == "?" || line == "\\?") std::fputs(help_text, stdout);
  else if (line == "from beginning") options.earliest = true, std::puts("queries read from the beginning");
  else if (line == "from now") options.earliest = false, std::puts("queries read what comes from now on");
  else return false;
  return true;
}

void show_error(Error error, const std::string& statement) { std::fputs(render(error, statement).c_str(), stderr); }

}  // namespace

Result<void> sql_shell(Session& session, SqlOptions options) {
  TRY_VOID(session.get("/info"));    // says at once when nobody answers
  std::printf("Braid %s, %s. Statements end with ';'. help, exit.\n", BRAID_VERSION, session.url().c_str());
  const std::string history = history_file();
  ::using_history();
  ::stifle_history(2000);
  if (!history.empty()) ::read_history(history.c_str());
  rl_readline_name = const_cast<char*>("braid");
  rl_attempted_completion_function = complete;
  refresh_completions(session);
  std::signal(SIGINT, SIG_IGN);      // at the prompt; while a query runs Ctrl-C ends the query
  std::string pending;
  for (bool leave = false; !leave;) {
    ::rl_prep_terminal(1);           // libedit shows the prompt first and would then be ready: Ctrl-D typed in between would be lost
    char* typed = ::readline(pending.empty() ? "braid> " : "    -> ");
    if (!typed) break;
    const std::string line(typed);
    std::free(typed);
    if (pending.empty() && shell_command(line, options, leave)) continue;
    pending += (pending.empty() ? "" : "\n") + line;
    auto statements = split_statements(pending);
    if (statements.whole.empty()) {
      if (statements.rest.empty()) pending.clear();
      continue;
    }
    std::string one_line = pending;
    for (auto& c : one_line)
      if (c == '\n') c = ' ';
    ::add_history(one_line.c_str());
    if (!history.empty()) ::write_history(history.c_str());
    for (const auto& statement : statements.whole) {
      const auto ran = run_statement(session, statement, options);
      if (!ran) {
        show_error(ran.error(), statement.text);
        break;
      }
      if (session.interrupted()) break;
    }
    session.go_on_after_interrupt();
    pending = statements.rest;
    refresh_completions(session);
  }
  std::puts("");
  return {};
}

}  // namespace braid::cli
