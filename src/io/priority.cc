#include "io/priority.h"

#include <sys/resource.h>
#include <unistd.h>

namespace braid::io {

void lower_this_threads_priority() {
  if (this_threads_nice() < 10) (void)setpriority(PRIO_PROCESS, id_t(gettid()), 10);   // Linux keeps it by thread, unlike POSIX
}
int this_threads_nice() { return getpriority(PRIO_PROCESS, id_t(gettid())); }

}  // namespace braid::io
