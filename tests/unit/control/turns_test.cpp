// SPDX-License-Identifier: Apache-2.0
// How many requests are at work and how many wait.
#include "daemon/control/turns.hpp"

#include <list>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace taktd::control {
namespace {

class TurnsTest : public ::testing::Test {
protected:
    void TearDown() override {  // nobody waits for a turn that is gone
        while (!at_work.empty()) {
            at_work.pop_front();
            settle();
        }
    }
    void ask(bool is_read) {
        asio::co_spawn(io, wait(is_read), [](std::exception_ptr failure) {
            if (failure) std::rethrow_exception(failure);
        });
        settle();
    }
    void settle() {
        io.restart();
        io.poll();
    }
    Async<void> wait(bool is_read) {
        const bool may = co_await turns.wait(is_read);
        if (may) at_work.emplace_back(turns, is_read);
        if (!may) ++refused;
    }

    asio::io_context io{1};
    Turns turns{io.get_executor()};
    std::list<Turn> at_work;
    int refused = 0;
};

TEST_F(TurnsTest, Requests_WaitWhenEightAreAtWork_AndGoOnWhenOneEnds) {
    for (int i = 0; i < 10; ++i) ask(false);
    EXPECT_EQ(at_work.size(), 8U);
    at_work.pop_front();
    settle();
    EXPECT_EQ(at_work.size(), 8U);
    at_work.pop_front();
    at_work.pop_front();
    settle();
    EXPECT_EQ(at_work.size(), 7U);
    EXPECT_EQ(refused, 0);
}

TEST_F(TurnsTest, Reads_LeavePlacesToActions) {
    for (int i = 0; i < 9; ++i) ask(true);
    EXPECT_EQ(at_work.size(), 6U);
    ask(false);
    ask(false);
    EXPECT_EQ(at_work.size(), 8U);
}

TEST_F(TurnsTest, MoreThanSixtyFourThatWait_AreRefused) {
    for (int i = 0; i < 8 + 64; ++i) ask(false);
    EXPECT_EQ(refused, 0);
    ask(false);
    EXPECT_EQ(refused, 1);
    at_work.pop_front();
    settle();
    ask(false);
    EXPECT_EQ(refused, 1) << "one of those that waited is at work";
}

}  // namespace
}  // namespace taktd::control
