#include "observe/sampling.h"

#include <algorithm>
#include <cmath>

namespace braid::observe {

int sampling_for(const Load& load, int now) {
  if (load.ns_per_record <= 0) return now;
  const double needed = std::max(0.0, load.arriving_per_s) + double(std::max<std::int64_t>(0, load.lag)) / catch_up_seconds;
  const double can = load.share * 1e9 / load.ns_per_record;
  int wanted = 0;
  while (wanted < sampling_max && needed > std::ldexp(can, wanted)) ++wanted;
  return wanted >= now ? wanted : now - 1;
}

}  // namespace braid::observe
