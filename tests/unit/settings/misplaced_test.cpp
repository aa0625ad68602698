// SPDX-License-Identifier: Apache-2.0
// What a person writes in the wrong place or the wrong form, and the way that the message shows.
#include <gmock/gmock.h>

#include "tests/unit/settings/settings_support.hpp"

namespace taktd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::vector<std::string> told(const std::string& text) { return test::headlines(test::load(text)); }

TEST(Misplaced, EmptyValue_HasItsKeysPlace) {
    EXPECT_THAT(told(test::with_job("provider: perf\ntask: {test_suite_id: 1, task_id: 1}\nstart:\nstop:\n")),
                ElementsAre(StartsWith("taktd.yaml:13:5: error: 'start' must say when"),
                            StartsWith("taktd.yaml:14:5: error: 'stop' must be a mapping")));
}

TEST(Misplaced, SecretBesideTheCredentials_IsNotShown) {
    const auto result = test::load(
        "version: 1\nproviders:\n  p:\n    type: tencent-cfg\n    secret_key: HUNTER2\n    credentials: {secret_id: "
        "\"${env:A}\", "
        "secret_key: \"${env:B}\"}\n");
    EXPECT_THAT(test::all_text(result),
                HasSubstr("taktd.yaml:5:5: error: 'secret_key' belongs under 'credentials'; move it there"));
    EXPECT_THAT(test::all_text(result), Not(HasSubstr("HUNTER2")));
}

TEST(Misplaced, WordsAndTimes_AreNoCronStrings) {
    const auto start = [](const std::string& value) {
        return told(test::with_job("provider: perf\ntask: {test_suite_id: 1, task_id: 1}\nstart: " + value +
                                   "\nstop: {after: 5m}\n"));
    };
    EXPECT_THAT(start("daily"), ElementsAre(HasSubstr("begins with '@'; write \"@daily\"")));
    EXPECT_THAT(start("\"2026-12-05 03:00\""), ElementsAre(HasSubstr("write 'start: {at: \"2026-12-05 03:00\"}'")));
    EXPECT_THAT(told(test::with_job("provider: perf\ntask: {test_suite_id: 1, task_id: 1}\nstart: \"0 2 * * *\"\n"
                                    "stop: \"0 3 * * *\"\n")),
                ElementsAre(HasSubstr("write 'stop: {cron: \"0 3 * * *\"}'")));
}

TEST(Misplaced, MistakeInATemplate_UsedByManyJobs_IsToldOnce) {
    std::string text =
        "version: 1\nproviders:\n  perf: {type: huawei-cpts, region: r, project_id: p, credentials: {token: "
        "\"${file:/t}\"}}\n"
        "templates:\n  t: {provider: perf, task: {test_suit_id: 1}, start: \"0 2 * * *\", stop: {after: 5m}}\njobs:\n";
    for (const char* name : {"a", "b", "c"}) text += std::string{"  "} + name + ": {use: t, task: {task_id: 1}}\n";
    EXPECT_THAT(told(text), ElementsAre(HasSubstr("unknown key 'test_suit_id'; did you mean 'test_suite_id'?")));
}

TEST(Misplaced, Titles_KnowOnlyWhatIsKnownBeforeTheirTask) {
    const auto titled = [](const std::string& title) {
        return told(test::with_job("provider: chaos\ntask: {template_id: 1, title: \"" + title +
                                   "\"}\nstart: manual\nstop: {after: 5m, is_expect: true, summary: \"{elapsed}\"}\n"));
    };
    EXPECT_THAT(titled("{job} {run}"), ElementsAre());
    EXPECT_THAT(titled("{run} {elapsed}"), ElementsAre(HasSubstr("known before the start are run, job or provider")));
}

TEST(Misplaced, ReferenceInBraces_WantsQuotes) {
    EXPECT_THAT(told("version: 1\nproviders:\n  p: {type: tencent-cfg,\n      credentials: {secret_id: "
                     "${credential:a}, secret_key: x}}\n"),
                ::testing::Contains(HasSubstr("a reference must be in quotes")));
}

}  // namespace
}  // namespace taktd
