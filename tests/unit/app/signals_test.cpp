// SPDX-License-Identifier: Apache-2.0
// What is heard of signals, and that a flood of them keeps no loop running.
#include "daemon/app/signals.hpp"

#include <chrono>
#include <csignal>
#include <exception>
#include <optional>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

namespace taktd {
namespace {

using namespace std::chrono_literals;

struct Heard {
    boost::asio::io_context io;
    Signals signals{io.get_executor()};
    std::optional<int> last = -1;

    void listen() {
        boost::asio::co_spawn(
            io, [this]() -> Async<void> { last = co_await signals.next(); },
            [](std::exception_ptr failure) { EXPECT_FALSE(failure); });
        io.restart();
        io.run_for(30s);
    }
};

TEST(Signals, Next_TellsEachSignalInTurn) {
    Heard heard;
    for (const int signal : {SIGHUP, SIGTERM, SIGINT}) {
        ASSERT_EQ(std::raise(signal), 0);
        heard.listen();
        EXPECT_EQ(heard.last, signal);
    }
}

TEST(Signals, Wake_EndsTheWaitWithoutASignal) {
    Heard heard;
    boost::asio::post(heard.io, [&] { boost::asio::post(heard.io, [&] { heard.signals.wake(); }); });
    heard.listen();
    EXPECT_EQ(heard.last, std::nullopt);
}

TEST(Signals, OnEnd_PassesOverSighup_AndIsToldOnce) {
    Heard heard;
    int told = 0;
    for (const int signal : {SIGHUP, SIGHUP, SIGTERM, SIGINT}) ASSERT_EQ(std::raise(signal), 0);
    heard.signals.on_end([&] { ++told; });
    heard.io.run_for(30s);
    EXPECT_EQ(told, 1);
    EXPECT_TRUE(heard.io.stopped());
}

TEST(Signals, Close_BehindAFloodOfSighup_LetsTheLoopEnd) {
    Heard heard;
    for (int n = 0; n < 100; ++n) ASSERT_EQ(std::raise(SIGHUP), 0);
    heard.signals.on_end([] { ADD_FAILURE() << "nobody asked for the end"; });
    heard.io.run_one();  // the first has been heard by now, and the next is about to be
    heard.io.run_one();
    heard.signals.close();
    heard.io.run_for(30s);
    EXPECT_TRUE(heard.io.stopped());
}

}  // namespace
}  // namespace taktd
