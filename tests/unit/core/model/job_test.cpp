// SPDX-License-Identifier: Apache-2.0
// A job's window and the defaults that the config leaves open.
#include "daemon/core/model/job.hpp"

#include <gtest/gtest.h>

#include "tests/support/instants.hpp"

namespace taktd {
namespace {

using namespace std::chrono_literals;
using test::utc;

const WallTime kStart = utc("2026-12-05T03:00:00Z");

TEST(Window, OpenLengths_TakeTheirDefaults) {
    const struct {
        Duration after, max_duration, start_grace, min_window;  // as configured; 0: left open
        Duration max_end, grace, least;                         // what is expected, max_end from the start
    } cases[] = {
        {30min, 0s, 0s, 0s, 30min, 60s, 60s},
        {30min, 45min, 0s, 0s, 45min, 60s, 60s},
        {30min, 45min, 5min, 2min, 45min, 5min, 2min},
        {2min, 0s, 0s, 0s, 2min, 60s, 60s},
        {90s, 0s, 0s, 0s, 90s, 45s, 45s},  // half the window
        {10s, 20s, 0s, 0s, 20s, 5s, 5s},
        {1s, 0s, 0s, 0s, 1s, 500ms, 500ms},
        {20min, 10min, 0s, 0s, 10min, 60s, 60s},  // a ceiling below the window is the earlier end
    };
    for (const auto& c : cases) {
        Job job;
        job.stop = StopAfter{c.after};
        job.max_duration = c.max_duration;
        job.start_grace = c.start_grace;
        job.min_window = c.min_window;
        const auto window = window_of(job, kStart);
        EXPECT_EQ(window.start_due, kStart);
        EXPECT_EQ(window.stop_due, kStart + c.after);
        EXPECT_EQ(window.max_end, kStart + c.max_end);
        EXPECT_EQ(window.start_grace, c.grace);
        EXPECT_EQ(window.min_window, c.least);
    }
}

TEST(Window, Stop_AtAFixedInstant_EndsTheWindow) {
    Job job;
    job.stop = StopAt{kStart + 40s};
    const auto window = window_of(job, kStart);
    EXPECT_EQ(window.stop_due, kStart + 40s);
    EXPECT_EQ(window.max_end, kStart + 40s);
    EXPECT_EQ(window.start_grace, 20s);
}

TEST(Window, StopBeforeItsStart_LeavesNoWindow) {
    Job job;
    job.stop = StopAt{kStart - 1h};
    const auto window = window_of(job, kStart);
    EXPECT_EQ(window.max_end, kStart);
    EXPECT_EQ(window.start_grace, 0s);
}

TEST(Window, EndOfTheClock_DoesNotOverflow) {
    Job job;
    job.stop = StopAfter{Duration::max()};
    const auto window = window_of(job, kStart);
    EXPECT_EQ(window.stop_due, WallTime::max());
    EXPECT_EQ(window.max_end, WallTime::max());
}

TEST(TaskKey, Key_NamesTheTask_AndNeitherCredentialsNorRegion) {
    ProviderSpec cpts;
    cpts.name = "perf";
    cpts.type = "huawei-cpts";
    cpts.endpoint = "https://cpts.ap-southeast-3.myhuaweicloud.com";
    cpts.scope = "0123abcd";
    EXPECT_EQ(task_key_of(cpts, "42"), "huawei-cpts|https://cpts.ap-southeast-3.myhuaweicloud.com|0123abcd|42");
    auto other = cpts;
    other.name = "perf-2";
    other.region = "elsewhere";
    other.credentials = {{"access_key", "${env:A}"}};
    EXPECT_EQ(task_key_of(other, "42"), task_key_of(cpts, "42"));

    ProviderSpec cfg;
    cfg.type = "tencent-cfg";
    cfg.endpoint = "https://cfg.tencentcloudapi.com";
    EXPECT_EQ(task_key_of(cfg, "1698"), "tencent-cfg|https://cfg.tencentcloudapi.com||1698");
}

}  // namespace
}  // namespace taktd
