#include <malloc.h>

#include "cli/command.h"

int main(int argc, char** argv) {
  // Requests and answers of a megabyte come and go. glibc would give each back to the system at once and take fresh, zeroed pages for the next
  // one; this lets a burst keep its pages. What a node holds at rest does not change.
  ::mallopt(M_MMAP_THRESHOLD, 32 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 64 << 20);
  return braid::cli::run_command_line(argc, argv);
}
