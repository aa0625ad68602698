// SPDX-License-Identifier: Apache-2.0
// A job's schedule in words, one line per rule.
#include "daemon/report/schedule_words.hpp"

#include <gtest/gtest.h>

#include "daemon/zones/zone_loader.hpp"

namespace taktd::report {
namespace {

Job job_with(const std::string& schedule, StopRule stop = StopAfter{std::chrono::hours{1}}) {
    Job job;
    job.schedule = parse_schedule(schedule, load_zone).value();
    job.zone = load_zone("Asia/Shanghai");
    job.stop = std::move(stop);
    return job;
}

TEST(StartSentences, EachRule_IsOneSentence) {
    const struct {
        const char* schedule;
        std::vector<std::string> expected;
    } cases[] = {
        {"manual", {}},
        {"cron 30 2 * * MON Europe/Berlin", {"At 02:30 on Monday, in Europe/Berlin (30 2 * * MON)."}},
        {"at 2026-12-05T03:00:00Z", {"Once, at Sat 2026-12-05 11:00:00+08:00."}},
        {"every 90m from 2026-12-05T03:00:00Z", {"Every 1h30m, from Sat 2026-12-05 03:00:00+00:00 on."}},
        {"every 2d from 2026-12-05T03:00:00 Europe/Berlin",
         {"Every 2d, from Sat 2026-12-05 03:00:00+01:00 on, by the calendar of Europe/Berlin."}},
        {"cron 0 2 * * * UTC | at 2026-12-05T03:00:00Z",
         {"At 02:00 every day, in UTC (0 2 * * *).", "Once, at Sat 2026-12-05 11:00:00+08:00."}},
    };
    for (const auto& each : cases) EXPECT_EQ(start_sentences(job_with(each.schedule)), each.expected) << each.schedule;
}

TEST(StopSentence, Sentence_TellsTheRuleAndTheCeiling) {
    Job job = job_with("manual");
    EXPECT_EQ(stop_sentence(job), "1h after its start.");
    job.max_duration = std::chrono::hours{2};
    EXPECT_EQ(stop_sentence(job), "1h after its start, at the latest 2h after its start.");
    job.stop = StopWhenDone{};
    EXPECT_EQ(stop_sentence(job), "When the task ends by itself, at the latest 2h after its start.");
    job.stop = StopCron{.cron = Cron::parse("0 6 * * *").value(), .text = "0 6 * * *"};
    job.max_duration = {};
    EXPECT_EQ(stop_sentence(job), "At 06:00 every day (0 6 * * *).");
    job.stop = StopAt{WallTime{std::chrono::sys_days{std::chrono::year{2026} / 12 / 5}}};
    EXPECT_EQ(stop_sentence(job), "At Sat 2026-12-05 08:00:00+08:00.");
}

}  // namespace
}  // namespace taktd::report
