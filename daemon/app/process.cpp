// SPDX-License-Identifier: Apache-2.0
// Called once, before any secret is read.
#include "daemon/app/process.hpp"

#include <csignal>
#include <cstdlib>
#include <exception>
#include <random>
#include <string>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "daemon/log/log.hpp"

namespace taktd {
namespace {

void set_signals(int how) {
    sigset_t ours{};
    ::sigemptyset(&ours);
    for (const int number : {SIGHUP, SIGTERM, SIGINT}) ::sigaddset(&ours, number);
    ::pthread_sigmask(how, &ours, nullptr);
}

[[noreturn]] void end_as_by_a_crash() {
    std::string cause = "std::terminate";
    try {
        if (const auto failure = std::current_exception()) std::rethrow_exception(failure);
    } catch (const std::exception& e) {
        cause = e.what();
    } catch (...) {
        cause = "unknown exception";
    }
    log::error("internal error; it ends as if it had crashed", {{"cause", cause}});
    log::flush();
    std::abort();
}

}  // namespace

void harden_process() {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    // Each stop needs a connection, and the store its files: never fewer descriptors than may be had.
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &files);
    }
#ifndef __SANITIZE_ADDRESS__  // the leak check traces its own process, which an undumpable one refuses
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
    std::set_terminate(end_as_by_a_crash);
    for (const int number : {SIGPIPE, SIGXFSZ, SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGPWR, SIGXCPU,
                             SIGSTKFLT, SIGTTIN, SIGTTOU})
        std::signal(number, SIG_IGN);
    for (int number = SIGRTMIN; number <= SIGRTMAX; ++number) std::signal(number, SIG_IGN);
}

void hold_back_signals() { set_signals(SIG_BLOCK); }
void let_signals_through() { set_signals(SIG_UNBLOCK); }

std::uint64_t draw_seed() {
    std::random_device device;
    return (std::uint64_t{device()} << 32) | device();
}

}  // namespace taktd
