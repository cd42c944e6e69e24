// kafka_parity OURS THEIRS DIFFERENCES [CASE]: runs every case against both brokers (HOST:PORT; fresh ones) and compares what they answered.
// DIFFERENCES lists what differs on purpose, a line each: CASE/STEP | PATH | ours | theirs | why. `*` stands for anything in the first four.
// A difference that is not listed fails; so does a line of the list that no longer applies. Without a case on the command line all are run.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>

#include "script.h"

using namespace braid::parity;

namespace {

struct Known {
  std::string step, path, ours, theirs, why;
  bool used = false;
};

std::string trimmed(std::string text) {
  const auto first = text.find_first_not_of(" \t"), last = text.find_last_not_of(" \t");
  return first == std::string::npos ? std::string() : text.substr(first, last - first + 1);
}

bool like(std::string_view pattern, std::string_view text) {   // only `*` is special
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*') {
    for (std::size_t i = 0; i <= text.size(); ++i)
      if (like(pattern.substr(1), text.substr(i))) return true;
    return false;
  }
  return !text.empty() && pattern[0] == text[0] && like(pattern.substr(1), text.substr(1));
}

std::vector<Known> read_known(const char* path) {
  std::vector<Known> known;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    if (trimmed(line).empty() || line[0] == '#') continue;
    std::vector<std::string> parts;
    for (std::size_t at = 0; at <= line.size() && parts.size() < 5;) {
      const auto bar = parts.size() == 4 ? std::string::npos : line.find(" | ", at);
      parts.push_back(trimmed(line.substr(at, bar == std::string::npos ? bar : bar - at)));
      at = bar == std::string::npos ? line.size() + 1 : bar + 3;
    }
    if (parts.size() != 5 || parts[4].empty()) {
      std::printf("fail differences.txt: '%s' is not CASE/STEP | PATH | ours | theirs | why\n", line.c_str());
      std::exit(1);
    }
    known.push_back({parts[0], parts[1], parts[2], parts[3], parts[4]});
  }
  return known;
}

Transcript run(const Case& c, const std::string& address) {
  Script script(address, std::string(c.name));
  std::string why;
  try {
    c.run(script);
  } catch (const GiveUp& g) {
    why = g.why;
  } catch (const std::exception& e) {   // an answer without what a case counts on
    why = e.what();
  }
  auto transcript = script.take_transcript();
  transcript["end | "] = why.empty() ? "reached" : "given up: " + why;
  return transcript;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return std::fprintf(stderr, "usage: kafka_parity OURS THEIRS DIFFERENCES [CASE]\n"), 2;
  auto known = read_known(argv[3]);
  const std::string only = argc > 4 ? argv[4] : "";
  std::vector<Case> cases;
  for (const auto& list : {topic_cases(), data_cases(), group_cases(), transaction_cases()}) cases.insert(cases.end(), list.begin(), list.end());
  int passed = 0, failed = 0, compared = 0, on_purpose = 0;
  for (const auto& c : cases) {
    if (!only.empty() && only != c.name) continue;
    const auto started = std::chrono::steady_clock::now();
    const auto ours = run(c, argv[1]);
    const auto between = std::chrono::steady_clock::now();
    const auto theirs = run(c, argv[2]);
    const auto seconds = [](auto from, auto to) { return std::chrono::duration<double>(to - from).count(); };
    const double our_seconds = seconds(started, between), their_seconds = seconds(between, std::chrono::steady_clock::now());
    std::map<std::string, std::pair<std::string, std::string>> both;
    for (const auto& [where, value] : ours) both[where] = {value, "absent"};
    for (const auto& [where, value] : theirs) {
      auto& pair = both.try_emplace(where, "absent", "absent").first->second;
      pair.second = value;
    }
    // Where one broker ended the connection there is nothing to compare but that.
    std::erase_if(both, [&](const auto& entry) {
      const auto step = entry.first.substr(0, entry.first.find(" | "));
      const auto silent = both.find(step + " | answer");
      return silent != both.end() && silent->first != entry.first;
    });
    bool good = true;
    std::map<std::string, int> told;   // some lines of each step are enough, unless VERBOSE is set
    for (const auto& [where, pair] : both) {
      ++compared;
      const auto bar = where.find(" | ");
      const std::string step = std::string(c.name) + "/" + where.substr(0, bar), path = where.substr(bar + 3);
      bool listed = false;   // every line that fits is used: lines may overlap
      for (auto& k : known)
        if (like(k.step, step) && like(k.path, path) && like(k.ours, pair.first) && like(k.theirs, pair.second)) {
          if (pair.first != pair.second) k.used = listed = true;
        }
      if (pair.first == pair.second) continue;
      if (listed) {
        ++on_purpose;
        continue;
      }
      good = false;
      if (++told[step] > 6 && std::getenv("VERBOSE") == nullptr) continue;
      std::printf("  differs: %s | %s | %s | %s\n", step.c_str(), path.c_str(), pair.first.c_str(), pair.second.c_str());
    }
    for (const auto& [step, lines] : told)
      if (lines > 6 && std::getenv("VERBOSE") == nullptr) std::printf("  differs: %s | and %d more values\n", step.c_str(), lines - 6);
    std::printf("%s %s (%zu values; %.1f s, theirs %.1f s)\n", good ? "pass" : "fail", std::string(c.name).c_str(), both.size(), our_seconds, their_seconds);
    std::fflush(stdout);
    ++(good ? passed : failed);
  }
  for (const auto& k : known)
    if (!k.used && only.empty()) {
      std::printf("fail differences.txt: '%s | %s | %s | %s' does not differ any more: take it out\n", k.step.c_str(), k.path.c_str(), k.ours.c_str(), k.theirs.c_str());
      ++failed;
    }
  std::printf("%d values compared, %d differ on purpose\n%d passed, %d failed\n", compared, on_purpose, passed, failed);
  return failed == 0 ? 0 : 1;
}
