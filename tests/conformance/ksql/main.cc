// ksql_cases FOLDER [--only REGEX] [--list] [--ratchet FILE [--update]] [--batch N] [--summary]
// Runs ksqlDB's published query cases against the real parser, planner and engine; prints each failure in at most three lines and ends with
// "N passed, N failed". Each case runs in a child process that is replaced when it dies, so a crash or a hang is one failed case.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <regex>
#include <set>

#include "world.h"

namespace {

using namespace braid;
using namespace braid::cases;

constexpr unsigned seconds_per_case_max = 10;

struct Arguments {
  std::string folder, only, ratchet;
  bool list = false, update = false, summary = false;
  RunOptions run;
};

int usage() {
  std::cerr << "usage: ksql_cases FOLDER [--only REGEX] [--list] [--ratchet FILE [--update]] [--batch N] [--summary]\n";
  return 2;
}

struct Outcome { bool ran = false; std::string failure; };

void write_all(int fd, const std::string& text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto n = ::write(fd, text.data() + at, text.size() - at);
    if (n <= 0) _exit(3);
    at += std::size_t(n);
  }
}

// In the child: cases from `first` on, one line "index<TAB>failure" each, newlines inside written as \x1f.
[[noreturn]] void child(const std::vector<const Case*>& cases, std::size_t first, int fd, const RunOptions& options) {
  for (std::size_t i = first; i < cases.size(); ++i) {
    ::alarm(seconds_per_case_max);
    std::string failure = run_case(*cases[i], options);
    std::replace(failure.begin(), failure.end(), '\n', '\x1f');
    write_all(fd, std::to_string(i) + "\t" + failure + "\n");
  }
  _exit(0);
}

std::vector<Outcome> run_all(const std::vector<const Case*>& cases, const RunOptions& options) {
  std::vector<Outcome> out(cases.size());
  std::size_t next = 0;
  while (next < cases.size()) {
    int pipe_fd[2];
    if (::pipe(pipe_fd) != 0) return out;
    std::fflush(nullptr);
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::close(pipe_fd[0]);
      child(cases, next, pipe_fd[1], options);
    }
    ::close(pipe_fd[1]);
    FILE* in = ::fdopen(pipe_fd[0], "r");
    char* line = nullptr;
    std::size_t capacity = 0;
    while (::getline(&line, &capacity, in) > 0) {
      std::string text(line);
      text.pop_back();
      const auto tab = text.find('\t');
      const std::size_t index = std::stoul(text.substr(0, tab));
      std::string failure = text.substr(tab + 1);
      std::replace(failure.begin(), failure.end(), '\x1f', '\n');
      out[index] = {true, std::move(failure)};
      next = index + 1;
    }
    std::free(line);
    std::fclose(in);
    int status = 0;
    ::waitpid(pid, &status, 0);
    if (next < cases.size()) {
      const bool hung = WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM;
      out[next] = {true, hung ? "runs longer than " + std::to_string(seconds_per_case_max) + " s" : "crashes (signal " + std::to_string(WIFSIGNALED(status) ? WTERMSIG(status) : 0) + ")"};
      ++next;
    }
  }
  return out;
}

std::string three_lines(const std::string& text) {
  std::string out;
  int lines = 0;
  for (const char c : text) {
    if (c == '\n' && ++lines == 2) break;
    out.push_back(c);
    if (c == '\n') out += "  ";
  }
  return out;
}

std::set<std::string> read_lines(const std::string& path) {
  std::set<std::string> out;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);)
    if (!line.empty()) out.insert(line);
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments a;
  for (int i = 1; i < argc; ++i) {
    const std::string arg = argv[i];
    const auto value = [&] { return i + 1 < argc ? argv[++i] : ""; };
    if (arg == "--only") a.only = value();
    else if (arg == "--ratchet" || arg == "--known") a.ratchet = value();
    else if (arg == "--batch") a.run.batch_rows = std::strtoul(value(), nullptr, 10);
    else if (arg == "--list") a.list = true;
    else if (arg == "--update") a.update = true;
    else if (arg == "--summary") a.summary = true;
    else if (a.folder.empty() && !arg.starts_with("--")) a.folder = arg;
    else return usage();
  }
  if (a.folder.empty()) return usage();
  const auto files = load_cases(a.folder);
  if (!files) {
    std::cerr << files.error().text() << "\n";
    return 2;
  }
  const std::regex only(a.only.empty() ? ".*" : a.only, std::regex::icase);
  std::vector<const Case*> cases;
  std::map<std::string, int> seen;
  std::vector<std::string> names;
  for (const auto& f : *files) {
    for (const auto& c : f.cases) {
      if (!std::regex_search(c.name, only)) continue;
      cases.push_back(&c);
      const int n = seen[c.name]++;
      names.push_back(n == 0 ? c.name : c.name + " #" + std::to_string(n + 1));
    }
  }
  if (a.list) {
    for (const auto& n : names) std::cout << n << "\n";
    return 0;
  }
  const auto outcomes = run_all(cases, a.run);
  int passed = 0, failed = 0, lost = 0;
  std::set<std::string> known = a.ratchet.empty() ? std::set<std::string>() : read_lines(a.ratchet);
  std::set<std::string> passing;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    if (outcomes[i].ran && outcomes[i].failure.empty()) {
      ++passed;
      passing.insert(names[i]);
      continue;
    }
    ++failed;
    const bool was = known.contains(names[i]);
    lost += was;
    if (!a.summary || was) std::cout << (was ? "LOST " : "FAIL ") << names[i] << "\n  " << three_lines(outcomes[i].failure) << "\n";
  }
  if (a.update && !a.ratchet.empty()) {
    passing.insert(known.begin(), known.end());
    std::ofstream out(a.ratchet);
    for (const auto& n : passing) out << n << "\n";
  }
  if (lost > 0) std::cout << lost << " cases that passed before (" << a.ratchet << ") fail now\n";
  std::cout << passed << " passed, " << failed << " failed\n";
  return a.ratchet.empty() ? (failed > 0 ? 1 : 0) : (lost > 0 ? 1 : 0);
}
