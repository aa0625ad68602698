// SPDX-License-Identifier: Apache-2.0
// The timers fire at their instants, once, and are quiet otherwise.
#include "daemon/runtime/timer.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <time.h>

#include "daemon/runtime/clock.hpp"

namespace taktd {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""ms;

TEST(BootTimer, Timer_OnceForEachArming_FiresAtItsInstant) {
    boost::asio::io_context io{1};
    int fired = 0;
    BootTime due = read_time().boot + 20ms;
    BootTimer* self = nullptr;
    BootTimer timer{io.get_executor(), [&] {
                        EXPECT_GE(read_time().boot, due);
                        if (++fired == 2) return self->close();
                        due = read_time().boot + 5ms;
                        self->arm(due);
                    }};
    self = &timer;
    timer.arm(due);
    io.run();
    EXPECT_EQ(fired, 2);
}

TEST(BootTimer, InstantInThePast_FiresAtOnce_AndADisarmedOneNever) {
    boost::asio::io_context io{1};
    std::vector<std::string> order;
    BootTimer disarmed{io.get_executor(), [&] { order.push_back("disarmed"); }};
    disarmed.arm(read_time().boot + 1ms);
    disarmed.arm(std::nullopt);
    BootTimer past{io.get_executor(), [&] { order.push_back("past"); }};
    past.arm(BootTime{});
    while (order.empty()) io.run_one();
    BootTimer last{io.get_executor(), [&] {
                       order.push_back("last");
                       disarmed.close();
                       past.close();
                   }};
    last.arm(read_time().boot + 30ms);
    while (order.size() < 2) io.run_one();
    last.close();
    io.run();
    EXPECT_EQ(order, (std::vector<std::string>{"past", "last"}));
}

TEST(BootTimer, DestroyedWithinItsOwnHandler_IsGoneAndFiresOnce) {
    boost::asio::io_context io{1};
    std::unique_ptr<BootTimer> timer;
    int fired = 0;
    timer = std::make_unique<BootTimer>(io.get_executor(), [&] {
        ++fired;
        timer.reset();
    });
    timer->arm(read_time().boot);
    io.run();
    EXPECT_EQ(fired, 1);
    EXPECT_EQ(timer, nullptr);
}

TEST(WallTimer, Timer_FiresAtItsInstantAndCanBeMovedEarlier) {
    boost::asio::io_context io{1};
    WallTime fired_at;
    WallTimer* self = nullptr;
    WallTimer timer{io.get_executor(),
                    [&] {
                        fired_at = read_time().wall;
                        self->close();
                    },
                    [](Duration) {}};
    self = &timer;
    const WallTime due = read_time().wall + 20ms;
    timer.arm(due + std::chrono::hours{1});
    timer.arm(due);
    io.run();
    EXPECT_GE(fired_at, due);
    EXPECT_LT(fired_at, due + std::chrono::minutes{1});
}

/// To what it shows: nobody sees a difference, and every timer that wants to know is told. False where that is not
/// allowed.
bool set_clock_to_itself() {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    return ::clock_settime(CLOCK_REALTIME, &now) == 0;
}

struct ClockSet : ::testing::Test {
    boost::asio::io_context io{1};
    int told = 0;
    WallTimer timer{io.get_executor(), [] {}, [this](Duration) { ++told, timer.close(); }};
};

TEST_F(ClockSet, ClockThatIsSet_IsTold) {
    if (!set_clock_to_itself()) GTEST_SKIP() << "no permission to set the clock";
    io.run();
    EXPECT_EQ(told, 1);
}

// After a resume from suspend another handler may run first, whose step wants the timer elsewhere.
TEST_F(ClockSet, ClockThatIsSet_BeforeAnybodyLooked_IsToldToo) {
    timer.arm(read_time().wall + 1h);
    if (!set_clock_to_itself()) GTEST_SKIP() << "no permission to set the clock";
    timer.arm(read_time().wall + 2h);
    EXPECT_EQ(told, 0) << "not inside of arm()";
    io.run();
    EXPECT_EQ(told, 1);
}

}  // namespace
}  // namespace taktd
