// SPDX-License-Identifier: Apache-2.0
// Both clocks are read together, and the process knows when it was started.
#include "daemon/runtime/clock.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

namespace taktd {
namespace {

TEST(Clock, BothClocks_AdvanceTogether) {
    const Now first = read_time();
    const Now second = read_time();
    EXPECT_LE(first.boot, second.boot);
    EXPECT_GT(first.wall, wall_from_ns(1'700'000'000'000'000'000)) << "after 2023";
    EXPECT_LT(second.boot - first.boot, std::chrono::seconds{10});
}

TEST(Clock, Boot_HasAName) {
    EXPECT_EQ(read_boot_id().size(), 36U) << "a UUID";
    EXPECT_EQ(read_boot_id(), read_boot_id());
    EXPECT_EQ(boot_id_from("/proc/sys/kernel/random/boot_id"), read_boot_id());
}

TEST(Clock, BootThatCannotBeRead_IsLikeNoOther) {
    const std::string first = boot_id_from("/nowhere/boot_id");
    EXPECT_TRUE(first.starts_with("unknown-" + std::to_string(::getpid()))) << first;
    EXPECT_NE(first, boot_id_from("/nowhere/boot_id"));
    EXPECT_NE(first, read_boot_id());
}

TEST(Clock, Process_WasStartedAWhileAgo) {
    const Duration age = read_time().boot - process_start();
    EXPECT_GE(age, Duration{});
    EXPECT_LT(age, std::chrono::hours{1});
}

}  // namespace
}  // namespace taktd
