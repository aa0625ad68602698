// SPDX-License-Identifier: Apache-2.0
// What a process that may hold secrets, makes ids and must not end by chance does first: no core dumps, no death by a
// stray signal, all the descriptors that may be had, a seed.
#pragma once

#include <cstdint>

namespace taktd {

/// Called once, before any secret is read and any thread is started. Signals that mean nothing here and whose default
/// is death (SIGUSR1, SIGALRM, a real-time one, a closed pipe, a file's limit) are ignored, and so are those by which a
/// terminal halts a program that writes to it from the background. An exception that nobody catches ends the process by
/// way of the log, whose waits are bounded, and not by a write to stderr, which may last for ever.
void harden_process();

/// SIGHUP, SIGTERM and SIGINT wait until somebody listens: one that comes before the daemon is up is heeded once it is.
void hold_back_signals();
void let_signals_through();

/// From the system's entropy.
std::uint64_t draw_seed();

}  // namespace taktd
