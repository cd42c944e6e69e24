// kafka_anomalies BROKER DIRECTORY [rounds=4] [seed=N] [preload=LIBRARY] [small=DIRECTORY]: rounds of clients at work and a broker in trouble; after
// each round the checker looks for what must not be. Kinds of trouble, in turn: kill (SIGKILL), pause (SIGSTOP), power (SIGKILL, and a part of what
// was not synced is gone; needs `preload`), disk (no space left for a while; needs `small`, a directory on a small file system).
// The same seed makes the same plan; how it runs is the machine's. Exits with 1 and what was found at the first anomaly.
#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "broker_process.h"
#include "clients.h"

using namespace braid::anomalies;

namespace {

void wait_ms(std::uint64_t n) { std::this_thread::sleep_for(std::chrono::milliseconds(n)); }

struct Plan {
  std::mt19937_64 random;
  std::uint64_t roll(std::uint64_t from, std::uint64_t to) { return from + random() % (to - from); }
};

std::string kill_broker(Plan& plan, BrokerProcess& broker, bool power) {
  std::int64_t lost = 0;
  const auto times = plan.roll(1, 3);
  for (std::uint64_t i = 0; i < times; ++i) {
    wait_ms(plan.roll(200, 900));
    broker.kill();
    if (power) lost += broker.lose_power(plan.random);
    wait_ms(plan.roll(0, 200));
    broker.start();
  }
  return "killed " + std::to_string(times) + " times" + (power ? ", " + std::to_string(lost) + " bytes lost" : "");
}

std::string pause_broker(Plan& plan, BrokerProcess& broker) {
  const auto times = plan.roll(1, 4);
  for (std::uint64_t i = 0; i < times; ++i) {
    wait_ms(plan.roll(100, 400));
    broker.pause();
    wait_ms(plan.roll(50, 800));
    broker.resume();
  }
  return "paused " + std::to_string(times) + " times";
}

std::string fill_disk(Plan& plan, const std::string& directory) {
  wait_ms(plan.roll(200, 500));
  struct statvfs info {};
  if (statvfs(directory.c_str(), &info) != 0) die("cannot look at the small disk");
  const auto free = std::int64_t(info.f_bavail) * std::int64_t(info.f_frsize);
  const auto left = std::int64_t(plan.roll(0, 60)) << 20;   // the broker refuses writes below 64 MiB
  const auto path = directory + "/filler";
  const int fd = open(path.c_str(), O_RDWR | O_CREAT, 0600);
  if (fd < 0 || (free > left && posix_fallocate(fd, 0, free - left) != 0)) die("cannot fill the small disk");
  close(fd);
  wait_ms(plan.roll(300, 1200));
  unlink(path.c_str());
  return "disk full but for " + std::to_string(left >> 20) + " MiB";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return std::fprintf(stderr, "usage: kafka_anomalies BROKER DIRECTORY [rounds=4] [seed=N] [preload=LIBRARY] [small=DIRECTORY] [kind=NAME]\n"), 2;
  std::map<std::string, std::string> settings{{"rounds", "4"}, {"seed", std::to_string(std::random_device{}())}};
  for (int i = 3; i < argc; ++i) {
    const std::string text = argv[i];
    settings[text.substr(0, text.find('='))] = text.substr(text.find('=') + 1);
  }
  const auto seed = unsigned(std::stoul(settings["seed"]));
  const int rounds = std::stoi(settings["rounds"]);
  std::vector<std::string> kinds{"kill", "pause"};
  if (!settings["preload"].empty()) kinds.push_back("power");
  if (!settings["small"].empty()) kinds.push_back("disk");
  if (!settings["kind"].empty()) kinds = {settings["kind"]};
  std::printf("seed %u\n", seed);
  std::filesystem::create_directories(argv[2]);
  BrokerProcess main_broker(argv[1], std::string(argv[2]) + "/data", settings["preload"]);
  BrokerProcess small_broker(argv[1], settings["small"] + "/data", "");
  main_broker.start();
  if (!settings["small"].empty()) small_broker.start();
  for (int round = 0; round < rounds; ++round) {
    const auto& kind = kinds[std::size_t(round) % kinds.size()];
    Plan plan{std::mt19937_64(seed * 1'000'003ull + std::uint64_t(round))};
    auto& broker = kind == "disk" ? small_broker : main_broker;
    Clients clients(broker.address(), "round-" + std::to_string(round), seed + unsigned(round));
    clients.start();
    std::string what;
    if (kind == "kill" || kind == "power") what = kill_broker(plan, broker, kind == "power");
    else if (kind == "pause") what = pause_broker(plan, broker);
    else what = fill_disk(plan, settings["small"]);
    wait_ms(plan.roll(100, 500));
    clients.finish();
    const auto found = check(clients.history());
    std::printf("round %d, %s: %s; %s: %zu anomalies\n", round, kind.c_str(), what.c_str(), clients.summary().c_str(), found.size());
    for (const auto& anomaly : found) std::printf("  %s: %s\n", anomaly.kind.c_str(), anomaly.what.c_str());
    std::fflush(stdout);
    if (!found.empty()) die("anomalies in round " + std::to_string(round) + " of seed " + std::to_string(seed));
    if (clients.history().log.empty()) die("nothing was written, so nothing was tested");
  }
  main_broker.terminate();
  if (!settings["small"].empty()) small_broker.terminate();
  std::printf("%d rounds, no anomaly\n", rounds);
  return 0;
}
