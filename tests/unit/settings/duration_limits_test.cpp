// SPDX-License-Identifier: Apache-2.0
// Each duration key: what is an error, what is warned of, and that both say the limit and the reason.
#include "daemon/settings/sections/duration_limits.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/settings/settings_support.hpp"

namespace taktd {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// kGoodConfig, but no secret comes from the environment, which would be warned of, too. It has one line more in its
/// first provider, instead of its own of that key.
std::string with_provider_line(const std::string& line) {
    std::string text = test::kGoodConfig;
    const std::string from_environment = "${env:HUAWEI_ACCESS_KEY}";
    text.replace(text.find(from_environment), from_environment.size(), "${credential:huawei-access-key}");
    const std::string key = "    " + line.substr(0, line.find(':') + 1);
    const auto own = text.find(key);
    if (own != std::string::npos) text.erase(own, text.find('\n', own) + 1 - own);
    const auto provider = text.find("    type: huawei-cpts\n");
    return text.insert(provider, "    " + line + "\n");
}

std::string with_policy(const std::string& line) {
    const bool has_stop = line.starts_with("stop");
    return test::with_job("provider: perf\ntask: {test_suite_id: 1, task_id: 1}\nstart: \"0 2 1 * *\"\n" +
                          std::string{has_stop ? "" : "stop: {after: 30m}\n"} + line + "\n");
}

TEST(DurationLimits, ProvidersDurations_ThatBreakThePromise_AreErrorsOrWarnedOf) {
    struct Case {
        const char* line;
        const char* words;  // nothing: it is fine
        bool is_error;
    };
    const Case cases[] = {
        {"timeout: 10m", "'timeout' is 10m, longer than 1m: a stop that gets no answer", false},
        {"timeout: 11m", "'timeout' is 11m; write at most 10m: a stop that gets no answer", true},
        {"timeout: 3650d", "'timeout' is 3650d; write at most 10m: ", true},
        {"timeout: 500ms", "'timeout' is 500ms, shorter than 1s: vendors often take longer", false},
        {"timeout: 1s", nullptr, false},
        {"timeout: 1m", nullptr, false},
        {"poll_interval: 500ms", "'poll_interval' is 500ms, shorter than 1s: looks", false},
        {"poll_interval: 11m", "'poll_interval' is 11m, longer than 10m: the end of a run", false},
        {"poll_interval: 2d", "'poll_interval' is 2d; write at most 1d: an end is not seen", true},
        {"settle: 0s", "'settle' is 0s, shorter than 10s: an answer about the previous run", false},
        {"settle: 10s", nullptr, false},
        {"settle: 1h", "'settle' is 1h, longer than 30m: ", false},
        {"settle: 3650d", "'settle' is 3650d; write at most 1d: a stop is not believed", true},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.line);
        const auto result = test::load(with_provider_line(c.line));
        if (c.words == nullptr) {
            EXPECT_THAT(test::headlines(result), IsEmpty());
            continue;
        }
        EXPECT_THAT(test::headlines(result), ElementsAre(HasSubstr(c.words)));
        EXPECT_EQ(!result.settings, c.is_error);
    }
}

TEST(DurationLimits, JobsDurations_ThatAreUnusual_AreErrorsOrWarnedOf) {
    struct Case {
        const char* line;
        const char* words;
        bool is_error;
    };
    const Case cases[] = {
        {"max_duration: 3650d", "'max_duration' is 3650d, longer than 31d: it is the last resort", false},
        {"max_duration: 31d", nullptr, false},
        {"start_grace: 2d", "'start_grace' is 2d, longer than 1d: a start may come that late", false},
        {"retry: {initial: 2d, max: 1d}", "'initial' is 2d; write at most 1d: no start is worth", true},
        {"retry: {max: 25h}", "'max' is 1d1h; write at most 1d: no start is worth", true},
        {"retry: {max: 1d}", nullptr, false},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.line);
        const auto result = test::load(with_policy(c.line));
        if (c.words == nullptr) {
            EXPECT_THAT(test::headlines(result), IsEmpty());
            continue;
        }
        EXPECT_THAT(test::all_text(result), HasSubstr(c.words));
        EXPECT_EQ(!result.settings, c.is_error);
    }
    EXPECT_THAT(test::all_text(test::load(with_policy("stop: {after: 40d}"))),
                HasSubstr("'after' is 40d, longer than 31d: a run that long is seldom meant"));
}

TEST(DurationLimits, StandIn_OnThisMachine_MayBeAsQuickAsItLikes) {
    auto text = with_provider_line("settle: 0s");
    text.insert(text.find("    settle: 0s"), "    endpoint: http://127.0.0.1:8401\n");
    EXPECT_THAT(test::headlines(test::load(text)), IsEmpty());
}

TEST(DurationLimits, RetentionOfHours_IsWarnedOf) {
    std::string text = test::kGoodConfig;
    text.replace(text.find("retention: 30d"), 14, "retention: 1h");
    EXPECT_THAT(test::all_text(test::load(text)), HasSubstr("'retention' is 1h, shorter than 1d: `taktctl runs`"));
}

}  // namespace
}  // namespace taktd
