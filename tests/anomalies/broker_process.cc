#include "broker_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include "unsynced.h"

extern char** environ;

namespace braid::anomalies {
namespace {

pid_t running = 0;   // for die()

int free_port() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  if (bind(fd, reinterpret_cast<sockaddr*>(&at), size) != 0 || getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size) != 0) die("there is no free port");
  close(fd);
  return ntohs(at.sin_port);
}

// Bytes [begin, end) of the file as they were before: from the shadow, zeros where that has none.
void put_back(int file, int shadow, std::int64_t begin, std::int64_t end) {
  std::vector<char> old(std::size_t(end - begin), '\0');
  if (shadow >= 0 && pread(shadow, old.data(), old.size(), begin) < 0) die("cannot read what was before");
  if (pwrite(file, old.data(), old.size(), begin) != ssize_t(old.size())) die("cannot put back what was before");
}

}  // namespace

void die(const std::string& why) {
  std::printf("failure: %s\n", why.c_str());
  std::fflush(stdout);
  if (running > 0) ::kill(running, SIGKILL);
  std::_Exit(1);
}

BrokerProcess::BrokerProcess(std::string program, std::string directory, std::string preload)
    : program_(std::move(program)), directory_(std::move(directory)), preload_(std::move(preload)), port_(free_port()) {
  address_ = "127.0.0.1:" + std::to_string(port_);
}
BrokerProcess::~BrokerProcess() {
  if (pid_ > 0) kill();
}

void BrokerProcess::start() {
  const auto port = "port=" + std::to_string(port_);
  const auto log = directory_ + ".log", out = directory_ + ".out";
  std::vector<std::string> environment;
  for (char** e = environ; *e != nullptr; ++e) environment.emplace_back(*e);
  if (!preload_.empty()) {
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(directory_).parent_path()))
      if (entry.path().string().starts_with(table())) std::filesystem::remove(entry.path(), ignored);
    environment.push_back("LD_PRELOAD=" + preload_);
    environment.push_back("UNSYNCED_TABLE=" + table());
  }
  std::vector<char*> envp;
  for (auto& e : environment) envp.push_back(e.data());
  envp.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_addopen(&actions, 2, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  const char* arguments[] = {program_.c_str(), directory_.c_str(), port.c_str(), "partitions=3", "check_ms=700", nullptr};
  if (posix_spawn(&pid_, program_.c_str(), &actions, nullptr, const_cast<char**>(arguments), envp.data()) != 0) die("cannot start " + program_);
  posix_spawn_file_actions_destroy(&actions);
  running = pid_;
  for (int i = 0; i < 1200; ++i) {
    std::ifstream in(out);
    std::string word;
    if (in >> word && word == "listening") return;
    if (int status = 0; waitpid(pid_, &status, WNOHANG) == pid_) die("the broker does not start again; see " + log);
    usleep(50'000);
  }
  die("the broker does not listen within a minute; see " + log);
}

void BrokerProcess::kill() {
  ::kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = running = 0;
}
void BrokerProcess::pause() { ::kill(pid_, SIGSTOP); }
void BrokerProcess::resume() { ::kill(pid_, SIGCONT); }
void BrokerProcess::terminate() {
  ::kill(pid_, SIGTERM);
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = running = 0;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) die("the broker did not end cleanly (status " + std::to_string(status) + "); see " + directory_ + ".log");
}

std::int64_t BrokerProcess::lose_power(std::mt19937_64& random) {
  std::ifstream in(table(), std::ios::binary);
  auto seen = std::make_unique<UnsyncedTable>();
  if (!in.read(reinterpret_cast<char*>(seen.get()), sizeof *seen)) die("the table of what is not synced cannot be read: " + table());
  std::int64_t lost = 0;
  for (std::int64_t i = 0; i < seen->count; ++i) {
    const auto& file = seen->files[i];
    if (file.path[0] == '\0' || (file.waiting.empty() && file.syncing.empty())) continue;
    const int fd = ::open(file.path, O_RDWR);
    if (fd < 0) continue;   // removed since
    const int shadow = ::open((table() + "." + std::to_string(i)).c_str(), O_RDONLY);
    const auto manner = random() % 4;   // all stays, all goes, the end goes, any sectors go
    for (const auto* range : {&file.waiting, &file.syncing}) {
      if (range->empty() || manner == 0) continue;
      const auto cut = range->begin + std::int64_t(random() % std::uint64_t(range->end - range->begin + 1));
      for (std::int64_t at = range->begin; at < range->end;) {
        const auto end = std::min((at / 512 + 1) * 512, range->end);
        if (manner == 1 || (manner == 2 && at >= cut) || (manner == 3 && random() % 2 == 0)) {
          put_back(fd, shadow, at, end);
          lost += end - at;
        }
        at = end;
      }
    }
    ::close(fd);
    if (shadow >= 0) ::close(shadow);
  }
  return lost;
}

}  // namespace braid::anomalies
