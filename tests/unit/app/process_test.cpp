// SPDX-License-Identifier: Apache-2.0
// How a process ends that nobody meant to end, and which signals do not end it.
#include "daemon/app/process.hpp"

#include <csignal>
#include <cstdlib>
#include <exception>
#include <stdexcept>

#include <gtest/gtest.h>

namespace taktd {
namespace {

TEST(Process, UncaughtException_IsToldInTheLogAndEndsAsACrash) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const auto end = [] {
        harden_process();
        try {
            throw std::runtime_error{"the world is broken"};
        } catch (...) {
            std::terminate();
        }
    };
    EXPECT_EXIT(end(), testing::KilledBySignal(SIGABRT),
                "internal error; it ends as if it had crashed cause=\"the world is broken\"");
}

TEST(Process, StraySignals_DoNotEndIt) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const auto live = [] {
        harden_process();
        for (const int number : {SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGPWR, SIGXFSZ, SIGXCPU,
                                 SIGPIPE, SIGTTIN, SIGTTOU, SIGRTMIN, SIGRTMAX})
            std::raise(number);
        std::_Exit(7);
    };
    EXPECT_EXIT(live(), testing::ExitedWithCode(7), "");
}

TEST(Process, SignalsThatAreHeldBack_ComeOnceTheyAreLetThrough) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const auto live = [] {
        hold_back_signals();
        std::raise(SIGTERM);  // it would have ended here
        std::signal(SIGTERM, [](int) { std::_Exit(7); });
        let_signals_through();
        std::_Exit(8);
    };
    EXPECT_EXIT(live(), testing::ExitedWithCode(7), "");
}

}  // namespace
}  // namespace taktd
