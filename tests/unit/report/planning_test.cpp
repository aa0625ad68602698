// SPDX-License-Identifier: Apache-2.0
// What a config would do: windows, the policies that skip them, waits at the limiter, and words about clock changes.
#include "daemon/report/planning.hpp"

#include <gtest/gtest.h>

#include "daemon/report/dst_notes.hpp"
#include "daemon/zones/zone_loader.hpp"
#include "tests/support/instants.hpp"

namespace taktd::report {
namespace {

using namespace std::chrono_literals;
using test::local;
using test::utc;

ProviderPtr provider(Duration interval = 1s, int burst = 1000) {
    ProviderSpec spec;
    spec.name = "perf";
    spec.account = "account";
    spec.rate_limit = {interval, burst};
    return std::make_shared<const ProviderSpec>(spec);
}

StartRule cron(const char* text, const char* zone = "UTC") {
    return CronRule{.cron = *Cron::parse(text), .zone = load_zone(zone), .text = text};
}

Job job(const char* name, StartRule rule, Duration window = 30min) {
    Job job;
    job.name = name;
    job.provider = provider();
    job.task.task_id = name;
    job.task_key = task_key_of(*job.provider, name);
    job.schedule.rules = {std::move(rule)};
    job.stop = StopAfter{window};
    return job;
}

void on_task_of(const char* other, Job& job) {
    job.task.task_id = other;
    job.task_key = task_key_of(*job.provider, other);
}

Config config_of(std::vector<Job> jobs) {
    Config config;
    for (Job& j : jobs) config.jobs.emplace(j.name, std::make_shared<const Job>(j));
    return config;
}

std::string joined(const std::vector<std::string>& notes) {
    std::string text;
    for (const auto& note : notes) text += (text.empty() ? "" : "; ") + note;
    return text;
}

/// `job start skip`, one line per window.
std::string plan_text(const Config& config, PlanRequest request) {
    std::string text;
    for (const auto& w : make_plan(config, request, Zone::utc()).windows) {
        text += w.job->name + " " + to_rfc3339(w.window.start_due) + " " + std::string{name_of(w.skip)} + "\n";
    }
    return text;
}

const PlanRequest kDay{.from = utc("2026-11-22T00:00:00Z"), .until = utc("2026-11-23T00:00:00Z"), .job = {}};

TEST(Plan, WindowsOfAllJobs_AreListedInOrderOfTime) {
    const auto config = config_of({job("a", cron("0 0,12 * * *")), job("b", cron("0 6 * * *"))});
    EXPECT_EQ(plan_text(config, kDay),
              "a 2026-11-22T00:00:00Z \n"
              "b 2026-11-22T06:00:00Z \n"
              "a 2026-11-22T12:00:00Z \n");
}

TEST(Plan, StartsThatPoliciesSkip_AreSkipped) {
    Job off = job("off", cron("0 1 * * *"));
    off.enabled = false;
    Job narrow = job("narrow", cron("0 2 * * *"));
    narrow.min_window = 1h;
    Job twin = job("twin", cron("15 3 * * *"));
    on_task_of("long", twin);
    const auto config = config_of({off, narrow, twin, job("long", cron("0,10,40 3 * * *"))});
    EXPECT_EQ(plan_text(config, kDay),
              "off 2026-11-22T01:00:00Z disabled\n"
              "narrow 2026-11-22T02:00:00Z window_too_short\n"
              "long 2026-11-22T03:00:00Z \n"
              "long 2026-11-22T03:10:00Z overlap\n"
              "twin 2026-11-22T03:15:00Z task_busy\n"
              "long 2026-11-22T03:40:00Z \n");
}

TEST(Plan, StartAtTheInstantOfTheStopBeforeIt_ComesTooEarly) {
    const auto config = config_of({job("a", cron("0,30 3 * * *"))});
    EXPECT_EQ(plan_text(config, kDay), "a 2026-11-22T03:00:00Z \na 2026-11-22T03:30:00Z overlap\n");
}

TEST(Plan, MissedStart_ThatTheDaemonWillMakeWhenItIsBack_IsListed) {
    Job late = job("late", cron("50 2,14 * * *"));
    late.misfire = Misfire::run_late;
    const auto config = config_of({late});
    auto request = kDay;
    request.from = request.past_at = utc("2026-11-22T03:00:00Z");
    request.past.emplace();
    JobStateRow& state = request.past->snapshot.jobs.emplace_back();
    state.job = "late";
    state.schedule = late.schedule.fingerprint();
    state.watermark = utc("2026-11-21T14:50:00Z");
    request.past->schedules.emplace("late", late.schedule);
    const auto made = make_plan(config, request, Zone::utc());
    ASSERT_EQ(made.windows.size(), 2U);
    EXPECT_EQ(made.windows[0].window.start_due, utc("2026-11-22T02:50:00Z"));
    EXPECT_EQ(joined(made.windows[0].notes), "was missed; starts late (misfire: run_late)");
    EXPECT_EQ(made.windows[1].window.start_due, utc("2026-11-22T14:50:00Z"));
}

TEST(Plan, PlanOfOneJob_StillReckonsWithTheOthers) {
    Job twin = job("twin", cron("15 3 * * *"));
    on_task_of("long", twin);
    auto request = kDay;
    request.job = "twin";
    EXPECT_EQ(plan_text(config_of({twin, job("long", cron("0 3 * * *"))}), request),
              "twin 2026-11-22T03:15:00Z task_busy\n");
}

TEST(Plan, Plan_EndsAtItsLimitAndSaysSo) {
    auto request = kDay;
    request.windows_max = 10;
    const auto made = make_plan(config_of({job("a", cron("* * * * * *"))}), request, Zone::utc());
    EXPECT_EQ(made.windows.size(), 10U);
    EXPECT_EQ(made.cut_at, utc("2026-11-22T00:00:10Z"));
    request.windows_max = 1;
    EXPECT_FALSE(make_plan(config_of({job("a", cron("0 3 * * *"))}), request, Zone::utc()).cut_at);
}

TEST(Plan, WaitsAtTheLimiter_AreTold_WithTheStartsThatTheyCost) {
    std::vector<Job> jobs;
    for (const char* name : {"a", "b", "c", "d"}) {
        jobs.push_back(job(name, cron("0 3 * * *")));
        jobs.back().provider = provider(20s, 2);
        jobs.back().start_grace = 1min;
    }
    const auto made = make_plan(config_of(jobs), kDay, Zone::utc());
    ASSERT_EQ(made.windows.size(), 4U);
    // A permit each 20 s, from 02:59:50 on: a baseline, its start at 03:00:10, the next baseline, its start at
    // 03:00:50. Nothing is asked for starts that could not follow by 03:01.
    EXPECT_EQ(joined(made.windows[0].notes), "starts 10.0s late: the provider's limit of 3/m");
    EXPECT_EQ(joined(made.windows[1].notes), "starts 50.0s late: the provider's limit of 3/m");
    for (const std::size_t late : {2U, 3U}) {
        EXPECT_EQ(made.windows[late].skip, Reason::misfire);
        EXPECT_EQ(joined(made.windows[late].notes), "the provider's limit of 3/m leaves no permit in time");
    }

    std::vector<Job> without;
    for (Job& j : jobs) {
        ProviderSpec spec = *j.provider;
        spec.baseline = false;
        j.provider = std::make_shared<const ProviderSpec>(spec);
        without.push_back(j);
    }
    const auto second = make_plan(config_of(without), kDay, Zone::utc());
    EXPECT_EQ(joined(second.windows[0].notes), "");
    EXPECT_EQ(joined(second.windows[1].notes), "starts 20.0s late: the provider's limit of 3/m");
    EXPECT_EQ(second.windows[3].skip, Reason::none);
}

TEST(Plan, MaxDuration_ThatEndsARun_IsTold) {
    Job a = job("a", cron("0 3 * * *"));
    a.max_duration = 10min;
    EXPECT_EQ(joined(make_plan(config_of({a}), kDay, Zone::utc()).windows.at(0).notes),
              "max_duration ends it at 03:10");
}

struct NoteCase {
    StartRule rule;
    const char *after, *expected;
};

TEST(DstNotes, Notes_TellWhatTheClocksDoToAStart) {
    const auto every_day = [](const char* from, const char* zone) {
        const ZonePtr table = load_zone(zone);
        return StartRule{EveryRule{
            .period = 24h, .from = local(from), .from_instant = table->meaning_of(local(from)).first, .zone = table}};
    };
    const std::vector<NoteCase> cases{
        {cron("30 2 * * *", "Europe/Berlin"), "2026-03-28T12:00:00Z",
         "02:30 does not exist on this day; it starts at 03:00, when the clocks have gone forward"},
        {cron("0 3 * * *", "Europe/Berlin"), "2026-03-28T12:00:00Z", ""},
        {cron("*/30 * * * *", "Europe/Berlin"), "2026-03-29T00:30:00Z", ""},
        {cron("30 2 * * *", "Europe/Berlin"), "2026-10-24T12:00:00Z",
         "02:30 comes twice on this day; this is the first one"},
        {cron("*/30 * * * *", "Europe/Berlin"), "2026-10-25T01:00:00Z",
         "02:30 comes twice on this day; this is the second one"},
        {cron("15 2 * * *", "Australia/Lord_Howe"), "2026-10-03T12:00:00Z",
         "02:15 does not exist on this day; it starts at 02:30, when the clocks have gone forward"},
        {cron("30 2 * * *", "Asia/Shanghai"), "2026-03-28T12:00:00Z", ""},
        {every_day("2026-03-01T02:30", "Europe/Berlin"), "2026-03-28T12:00:00Z",
         "02:30 does not exist on this day; it starts at 03:00, when the clocks have gone forward"},
        {OnceRule{utc("2026-10-25T00:30:00Z")}, "2026-03-28T12:00:00Z", ""},
    };
    for (const auto& c : cases) {
        const auto due = next_due(Schedule{{c.rule}}, utc(c.after));
        ASSERT_TRUE(due);
        EXPECT_EQ(joined(notes_on_start(c.rule, *due)), c.expected) << Schedule{{c.rule}}.fingerprint();
    }
}

TEST(DstNotes, Notes_TellOfChangesWhileARunLasts) {
    const ZonePtr berlin = load_zone("Europe/Berlin");
    EXPECT_EQ(joined(notes_between(utc("2026-10-25T00:30:00Z"), utc("2026-10-25T01:30:00Z"), *berlin)),
              "the clocks go back from 03:00 to 02:00 meanwhile");
    EXPECT_EQ(joined(notes_between(utc("2026-03-29T00:30:00Z"), utc("2026-03-29T01:30:00Z"), *berlin)),
              "the clocks go forward from 02:00 to 03:00 meanwhile");
    EXPECT_EQ(joined(notes_between(utc("2026-10-25T01:00:00Z"), utc("2026-10-25T01:30:00Z"), *berlin)), "");
}

}  // namespace
}  // namespace taktd::report
