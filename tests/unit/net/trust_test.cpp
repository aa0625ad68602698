// SPDX-License-Identifier: Apache-2.0
// When trusted certificates are read, who waits for that, and that a disk which hangs keeps nobody for long.
#include "daemon/net/trust.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>

#include <gtest/gtest.h>

#include "tests/unit/net/support.hpp"

namespace taktd::test {
namespace {

class TrustTest : public ::testing::Test {
protected:
    // Made once and handed out in turn, so that contexts can be told apart.
    std::shared_ptr<TlsContext> read() {
        std::unique_lock lock{mutex};
        const int mine = ++readings;
        changed.notify_all();
        changed.wait(lock, [&] { return !hangs; });
        if (fails) throw std::runtime_error{"the disk is gone"};
        return contexts.at(static_cast<std::size_t>(mine) - 1);
    }
    void set_hanging(bool value) {
        const std::lock_guard lock{mutex};
        hangs = value;
        changed.notify_all();
    }
    void wait_for_readings(int count) {
        std::unique_lock lock{mutex};
        changed.wait(lock, [&] { return readings >= count; });
    }
    // Of which reading the context in force is, counted from 1; 0: there is none.
    int get() {
        const auto got = loop.get(trust->get());
        for (std::size_t i = 0; got && i < contexts.size(); ++i)
            if (*got == contexts[i]) return static_cast<int>(i) + 1;
        return 0;
    }
    void TearDown() override { set_hanging(false); }

    Loop loop;
    std::mutex mutex;
    std::condition_variable changed;
    int readings = 0;
    bool hangs = false, fails = false;
    int renewed = 0;
    std::vector<std::shared_ptr<TlsContext>> contexts{create_client_tls(), create_client_tls(), create_client_tls()};
    std::unique_ptr<Trust> trust = std::make_unique<Trust>(
        loop.io.get_executor(), [this] { ++renewed; }, [this] { return read(); });
};

TEST_F(TrustTest, Bundle_WhenItIsFirstNeeded_IsReadOnce) {
    trust->renew();
    EXPECT_EQ(readings, 0) << "nothing was read that could have become old";
    EXPECT_EQ(get(), 1);
    EXPECT_EQ(get(), 1);
    EXPECT_EQ(renewed, 0);
}

TEST_F(TrustTest, Bundle_WhenItIsRenewed_IsReadAnew) {
    EXPECT_EQ(get(), 1);
    trust->renew();
    EXPECT_EQ(get(), 2);
    EXPECT_EQ(renewed, 1);
}

TEST_F(TrustTest, Renewal_DuringAReading_ReadsOnceMore) {
    EXPECT_EQ(get(), 1);
    set_hanging(true);
    trust->renew();
    wait_for_readings(2);
    trust->renew();
    trust->renew();
    set_hanging(false);
    loop.until([&] { return renewed == 2; });
    EXPECT_EQ(get(), 3);
    EXPECT_EQ(readings, 3);
}

TEST_F(TrustTest, ReadingThatHangs_LeavesTheOlderOneInForce) {
    EXPECT_EQ(get(), 1);
    set_hanging(true);
    trust->renew();
    EXPECT_EQ(get(), 1) << "after kRenewalWait";
    EXPECT_EQ(get(), 1);
    set_hanging(false);
    loop.until([&] { return renewed == 1; });
    EXPECT_EQ(get(), 2);
}

TEST_F(TrustTest, ReadingThatFails_LeavesTheOlderOneInForceAndIsTriedAgain) {
    fails = true;
    const auto none = loop.get(trust->get());
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error(), "the trusted certificates cannot be read: the disk is gone");
    fails = false;
    EXPECT_EQ(get(), 2);
    fails = true;
    trust->renew();
    EXPECT_EQ(get(), 2);
}

TEST_F(TrustTest, CancelledWaiter_LeavesTheReadingToTheOthers) {
    set_hanging(true);
    bool served = false;
    auto wait = [&]() -> Async<void> {
        auto got = co_await trust->get();
        served = got.has_value();
    };
    Background patient{loop, wait()};
    {
        Background impatient{loop, wait()};
        loop.io.restart();
        loop.io.poll();
        impatient.cancel();
    }
    EXPECT_FALSE(served);
    set_hanging(false);
    loop.until([&] { return served; });
}

}  // namespace
}  // namespace taktd::test
