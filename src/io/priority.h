// How much of the processor the calling thread gets when others want it too. For a thread of a pool whose work nobody waits for.
#pragma once

namespace braid::io {

// Whatever else runs comes first: about a tenth of its share is left on a crowded machine, all of it on a free one (nice 10). There is no way
// back without privileges, so a thread that is lowered ends lowered.
void lower_this_threads_priority();
int this_threads_nice();                             // 0 is the usual

}  // namespace braid::io
