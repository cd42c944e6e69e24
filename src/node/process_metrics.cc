// What the process itself uses, under the names that Prometheus' own clients use.
#include <dirent.h>
#include <sys/resource.h>

#include <cstdio>
#include <ctime>

#include "node/parts.h"

namespace braid::node {
namespace {

constexpr double page_bytes = 4096;   // of the machines we build for

double resident_bytes() {
  long pages_total = 0, pages_resident = 0;
  std::FILE* in = std::fopen("/proc/self/statm", "r");
  if (!in) return 0;
  const int got = std::fscanf(in, "%ld %ld", &pages_total, &pages_resident);
  std::fclose(in);
  return got == 2 ? double(pages_resident) * page_bytes : 0;
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

double open_files() {
  DIR* directory = opendir("/proc/self/fd");
  if (!directory) return 0;
  int n = 0;
  while (readdir(directory)) ++n;
  closedir(directory);
  return n - 3;   // ".", ".." and the one that we just opened
}

}  // namespace

void add_process_metrics(Metrics& metrics) {
  auto& resident = metrics.gauge("process_resident_memory_bytes", "resident memory");
  auto& cpu = metrics.gauge("process_cpu_seconds_total", "user and system time");
  auto& files = metrics.gauge("process_open_fds", "open file descriptors");
  auto& started = metrics.gauge("process_start_time_seconds", "start of the process, seconds since 1970");
  started.set(double(system_clock().wall_ms()) / 1000);
  metrics.gauge("braid_info", "always 1; the label says which version runs", {{"version", BRAID_VERSION}}).set(1);
  metrics.before_scrape([&resident, &cpu, &files] {
    resident.set(resident_bytes());
    cpu.set(cpu_seconds());
    files.set(open_files());
  });
}

}  // namespace braid::node
