// SPDX-License-Identifier: Apache-2.0
// Structured concurrency and deadlines: nothing outlives its join, and the first end decides.
#include "daemon/net/task_group.hpp"

#include <gtest/gtest.h>

#include "daemon/net/deadline.hpp"
#include "tests/unit/net/support.hpp"

namespace taktd::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

Async<void> lasting(std::chrono::steady_clock::duration time, int& ended) {
    auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer{executor, time};
    struct Count {
        int& n;
        ~Count() { ++n; }
    } count{ended};
    co_await timer.async_wait(asio::use_awaitable);
}

Async<void> fail_with(std::string what) {
    auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer{executor, 1ms};
    co_await timer.async_wait(asio::use_awaitable);
    throw std::runtime_error{what};
}

TEST(TaskGroup, Join_WaitsForEveryTask) {
    Loop loop;
    TaskGroup group{loop.io.get_executor()};
    int ended = 0;
    group.spawn(lasting(1ms, ended));
    group.spawn(lasting(5ms, ended));
    loop.run(group.join());
    EXPECT_EQ(ended, 2);
}

TEST(TaskGroup, OneFailure_CancelsTheSiblings_AndComesOutOfJoin) {
    Loop loop;
    TaskGroup group{loop.io.get_executor()};
    int ended = 0;
    group.spawn(lasting(1h, ended));
    group.spawn(fail_with("disk full"));
    try {
        loop.run(group.join());
        FAIL() << "join should throw";
    } catch (const std::runtime_error& e) {
        EXPECT_STREQ(e.what(), "disk full");
    }
    EXPECT_EQ(ended, 1);
}

TEST(TaskGroup, CancelledJoin_StillWaits) {
    Loop loop;
    TaskGroup group{loop.io.get_executor()};
    int ended = 0;
    for (int i = 0; i < 10; ++i) group.spawn(lasting(1h, ended));
    {
        Background joiner{loop, group.join()};
        loop.io.poll();
        joiner.cancel();
    }
    EXPECT_EQ(ended, 10);
    EXPECT_EQ(group.size(), 0u);
}

TEST(TaskGroup, Cancel_BeforeTheFirstStep_EndsTheTask) {
    Loop loop;
    TaskGroup group{loop.io.get_executor()};
    int ended = 0;
    group.spawn(lasting(1h, ended));
    group.cancel();
    loop.run(group.join());
    EXPECT_EQ(group.size(), 0u);
}

TEST(WithDeadline, OperationThatEndsFirst_GivesItsResult) {
    Loop loop;
    int ended = 0;
    EXPECT_TRUE(loop.get(with_deadline(steady_clock::now() + 1h, lasting(1ms, ended))));
    EXPECT_EQ(ended, 1);
}

TEST(WithDeadline, Deadline_CancelsAndJoins) {
    Loop loop;
    int ended = 0;
    EXPECT_FALSE(loop.get(with_deadline(steady_clock::now() + 5ms, lasting(1h, ended))));
    EXPECT_EQ(ended, 1);
}

TEST(WithDeadline, Failure_ComesOutAtOnce) {
    Loop loop;
    EXPECT_THROW(loop.get(with_deadline(steady_clock::now() + 1h, fail_with("no"))), std::runtime_error);
}

Async<void> note_abort(Async<bool> operation, bool& aborted) {
    try {
        co_await std::move(operation);
    } catch (const boost::system::system_error& e) {
        aborted = e.code() == asio::error::operation_aborted;
    }
}

TEST(WithDeadline, CancelledCaller_AbortsTheOperation) {
    Loop loop;
    int ended = 0;
    bool aborted = false;
    {
        Background task{loop, note_abort(with_deadline(steady_clock::now() + 1h, lasting(1h, ended)), aborted)};
        loop.io.poll();
        task.cancel();
    }
    EXPECT_TRUE(aborted);
    EXPECT_EQ(ended, 1);
}

}  // namespace
}  // namespace taktd::test
