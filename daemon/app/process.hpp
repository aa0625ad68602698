// What a process that may hold secrets and makes ids does first: no core dumps, no death by a closed pipe, all the
// descriptors that may be had, a seed.
#pragma once

#include <cstdint>

namespace taktd {

void harden_process();

/// From the system's entropy.
std::uint64_t draw_seed();

}  // namespace taktd
