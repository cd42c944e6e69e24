// A broker that is started, killed, paused, and robbed of what it had not synced. One thread uses it. Trouble ends the program with the reason.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <random>
#include <string>

namespace braid::anomalies {

[[noreturn]] void die(const std::string& why);   // "failure: why", the broker is killed too

class BrokerProcess {
 public:
  // `preload`: path of the library that keeps the table of what is not synced; empty: no power is lost.
  BrokerProcess(std::string program, std::string directory, std::string preload);
  ~BrokerProcess();
  void start();                          // returns when it listens
  void kill();                           // SIGKILL, and waits for the end
  void pause();
  void resume();
  void terminate();                      // SIGTERM; a clean end, or die()
  // After kill(): of every file, a random part of what was written and not synced is as it was before, in pieces of 512 bytes. Returns how many bytes.
  std::int64_t lose_power(std::mt19937_64& random);
  const std::string& address() const { return address_; }
  const std::string& directory() const { return directory_; }

 private:
  std::string table() const { return directory_ + ".unsynced"; }
  std::string program_, directory_, preload_, address_;
  int port_ = 0;
  pid_t pid_ = 0;
};

}  // namespace braid::anomalies
