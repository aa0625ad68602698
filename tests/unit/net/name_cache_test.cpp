// SPDX-License-Identifier: Apache-2.0
// Look-ups are shared, remembered, never in each other's way, and an old answer outlives a failing name server.
#include "daemon/net/name_cache.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>

#include <gtest/gtest.h>

#include "tests/unit/net/support.hpp"

namespace taktd::test {
namespace {

using Addresses = Result<std::vector<std::string>>;

// A look-up that waits until its host is let go.
struct Gate {
    std::mutex mutex;
    std::condition_variable changed;
    std::string open;
    int asked = 0;

    Addresses look_up(const std::string& host) {
        std::unique_lock lock{mutex};
        ++asked;
        changed.wait(lock, [&] { return open == "*" || open == host; });
        return std::vector<std::string>{"192.0.2.1"};
    }
    void let_go(const std::string& host) {
        std::lock_guard lock{mutex};
        open = host;
        changed.notify_all();
    }
    int count() {
        std::lock_guard lock{mutex};
        return asked;
    }
};

TEST(NameCache, Literals_AreTheirOwnAnswer) {
    Loop loop;
    std::atomic<int> asked{0};
    auto cache = create_name_cache(loop.io.get_executor(), [&](const std::string&) -> Addresses {
        ++asked;
        return unexpected{std::string{"no"}};
    });
    for (const char* literal : {"127.0.0.1", "::1", "2001:db8::1"}) {
        const auto found = loop.get(cache->resolve(literal));
        ASSERT_TRUE(found);
        EXPECT_EQ(*found, std::vector<std::string>{literal});
    }
    EXPECT_EQ(asked, 0);
}

TEST(NameCache, Answer_IsRemembered_ButNoFailure) {
    Loop loop;
    std::atomic<int> asked{0};
    auto cache = create_name_cache(loop.io.get_executor(), [&](const std::string&) -> Addresses {
        if (++asked == 1) return unexpected{std::string{"try again"}};
        return std::vector<std::string>{"192.0.2.1", "192.0.2.2"};
    });
    const auto first = loop.get(cache->resolve("a.example"));
    ASSERT_FALSE(first);
    EXPECT_EQ(first.error(), "try again");
    for (int i = 0; i < 3; ++i) EXPECT_EQ(loop.get(cache->resolve("a.example"))->size(), 2u);
    EXPECT_EQ(asked, 2);
}

TEST(NameCache, LookUpThatThrowsOrFindsNothing_IsAFailure) {
    Loop loop;
    auto cache = create_name_cache(loop.io.get_executor(), [](const std::string& host) -> Addresses {
        if (host == "throws") throw std::runtime_error{"broken"};
        return std::vector<std::string>{};
    });
    EXPECT_EQ(loop.get(cache->resolve("throws")).error(), "broken");
    EXPECT_EQ(loop.get(cache->resolve("empty")).error(), "the name has no address");
}

TEST(NameCache, LookUpsOfOneHost_AreShared_AndBlockNoOtherHost) {
    Loop loop;
    Gate gate;
    auto cache = create_name_cache(loop.io.get_executor(), [&](const std::string& host) { return gate.look_up(host); });
    int slow_ended = 0;
    auto slow = [&]() -> Async<void> {
        const auto found = co_await cache->resolve("slow.example");
        slow_ended += found.has_value();
    };
    TaskGroup group{loop.io.get_executor()};
    for (int i = 0; i < 5; ++i) group.spawn(slow());
    loop.until([&] { return gate.count() == 1; });
    gate.let_go("quick.example");
    EXPECT_TRUE(loop.get(cache->resolve("quick.example")));
    EXPECT_EQ(slow_ended, 0);
    gate.let_go("slow.example");
    loop.run(group.join());
    EXPECT_EQ(slow_ended, 5);
    EXPECT_EQ(gate.count(), 2);
}

TEST(NameCache, CancelledWaiter_LeavesTheOthers) {
    Loop loop;
    Gate gate;
    auto cache = create_name_cache(loop.io.get_executor(), [&](const std::string& host) { return gate.look_up(host); });
    int found = 0;
    auto wait = [&]() -> Async<void> {
        const auto addresses = co_await cache->resolve("a.example");
        found += addresses.has_value();
    };
    TaskGroup stays{loop.io.get_executor()};
    stays.spawn(wait());
    {
        Background leaves{loop, wait()};
        loop.until([&] { return gate.count() == 1; });
    }
    EXPECT_EQ(found, 0);
    gate.let_go("*");
    loop.run(stays.join());
    EXPECT_EQ(found, 1);
}

TEST(NameCache, LookUpsAtATime_AreLimited) {
    Loop loop;
    Gate gate;
    auto cache = create_name_cache(loop.io.get_executor(), [&](const std::string& host) { return gate.look_up(host); });
    auto wait = [&](std::string host) -> Async<void> { co_await cache->resolve(host); };
    TaskGroup group{loop.io.get_executor()};
    for (std::size_t i = 0; i < NameCache::kLookUpsMax; ++i) group.spawn(wait("host" + std::to_string(i)));
    loop.until([&] { return gate.count() == static_cast<int>(NameCache::kLookUpsMax); });
    EXPECT_FALSE(loop.get(cache->resolve("one-more")));
    gate.let_go("*");
    loop.run(group.join());
    EXPECT_TRUE(loop.get(cache->resolve("one-more")));
}

TEST(NameCache, System_KnowsLocalhost) {
    const auto found = look_up_with_system("localhost");
    ASSERT_TRUE(found) << found.error();
    EXPECT_FALSE(found->empty());
}

}  // namespace
}  // namespace taktd::test
