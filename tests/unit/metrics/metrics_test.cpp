// SPDX-License-Identifier: Apache-2.0
// Rows in, series out: each row of docs/metrics.md that follows from a row of the store moves as it says.
#include "daemon/metrics/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/stored_rows.hpp"

namespace taktd::metrics {
namespace {

using namespace std::chrono_literals;
using taktd::testing::at;
using taktd::testing::call_row;
using taktd::testing::provider;
using taktd::testing::run_row;
using taktd::testing::transition_row;
using test::operator""_call;
using ::testing::HasSubstr;
using ::testing::Not;

class MetricsTest : public ::testing::Test {
protected:
    MetricsTest() {
        Config config;
        config.providers["perf"] = provider();
        metrics.on_config(config);
    }

    std::string text(WallTime now = at(0)) {
        Facts facts = metrics.facts(now);
        facts.store_path = "/nowhere/taktd.db";
        return metrics.write(facts);
    }
    /// The value of a series, as it stands in the text; empty: there is none.
    std::string value(const std::string& series, WallTime now = at(0)) {
        std::istringstream lines{text(now)};
        for (std::string line; std::getline(lines, line);)
            if (line.starts_with(series + " ")) return line.substr(series.size() + 1);
        return {};
    }
    static RunRow stopping_run() {
        RunRow run = run_row(1, "load", RunState::stopping);
        run.updated = run.stop_due;
        return run;
    }

    Metrics metrics{{"1.2.3", "gcc"}};
};

TEST_F(MetricsTest, EveryLegalSeries_BeginsAtZero) {
    EXPECT_EQ(value(R"(taktd_runs_ended_total{provider="perf",reason="misfire",state="skipped"})"), "0");
    EXPECT_EQ(value(R"(taktd_runs_ended_total{provider="perf",reason="none",state="completed"})"), "0");
    EXPECT_EQ(value(R"(taktd_calls_total{action="heal",outcome="not_sent",provider="perf"})"), "0");
    EXPECT_EQ(value(R"(taktd_stop_settle_seconds_count{provider="perf"})"), "0");
    EXPECT_EQ(value("taktd_missed_occurrences_total"), "0");
    EXPECT_EQ(value(R"(taktd_build_info{compiler="gcc",version="1.2.3"})"), "1");
}

TEST_F(MetricsTest, LiveRun_IsCountedByStateUntilItEnds) {
    RunRow run = run_row(1, "load", RunState::running);
    metrics.on_committed({run});
    EXPECT_EQ(value(R"(taktd_runs{state="running"})"), "1");
    EXPECT_EQ(value(R"(taktd_obligations{provider="perf"})"), "1");
    EXPECT_THAT(value("taktd_next_stop_timestamp_seconds"), HasSubstr("1800001801"));
    run.state = RunState::stopped;
    run.obligation = Obligation::discharged;
    TransitionRow end = transition_row(run, 3, RunState::running, RunState::stopped);
    end.reason = Reason::remote;
    metrics.on_committed({end, run});
    EXPECT_EQ(value(R"(taktd_runs{state="running"})"), "0");
    EXPECT_EQ(value("taktd_next_stop_timestamp_seconds"), "");
    EXPECT_EQ(value(R"(taktd_runs_ended_total{provider="perf",reason="remote",state="stopped"})"), "1");
}

TEST_F(MetricsTest, Request_ThatHasLeft_IsCountedByHowLongItWaitedForItsPermit) {
    CallRow call = call_row(run_row(1), "call-1", Action::stop, Outcome::accepted);
    metrics.on_committed({call});  // one of the last process: nobody knows
    EXPECT_EQ(value(R"(taktd_limiter_wait_seconds_count{class="stop",provider="perf"})"), "0");
    call.permit = PermitWait{CallClass::stop, 300ms};
    metrics.on_committed({call});
    EXPECT_EQ(value(R"(taktd_limiter_wait_seconds_count{class="stop",provider="perf"})"), "1");
    EXPECT_EQ(value(R"(taktd_limiter_wait_seconds_sum{class="stop",provider="perf"})"), "0.3");
    EXPECT_EQ(value(R"(taktd_limiter_wait_seconds_count{class="start",provider="perf"})"), "0");
}

TEST_F(MetricsTest, RecoveredRun_IsLive) {
    Snapshot snapshot;
    snapshot.live.emplace_back().run = run_row(1, "load", RunState::paused);
    HoldRow hold;
    hold.scope = "job:load";
    snapshot.holds.push_back(hold);
    metrics.on_recovered(snapshot);
    EXPECT_EQ(value(R"(taktd_runs{state="paused"})"), "1");
    EXPECT_EQ(value(R"(taktd_holds{scope="job"})"), "1");
}

TEST_F(MetricsTest, OverdueStop_NamesItsJobWhileItIs) {
    RunRow run = stopping_run();
    metrics.on_committed({run});
    const std::string series = R"(taktd_obligation_overdue_seconds{provider="perf",job="load"})";
    EXPECT_EQ(value(series, run.stop_due + 1s), "");
    EXPECT_EQ(value(series, run.stop_due + 1h), "3600");
    // Its row is written at each stop; that makes it no less late.
    run.updated += 30min;
    metrics.on_committed({run});
    EXPECT_EQ(value(series, run.stop_due + 1h), "3600");
    run.state = RunState::stopped;
    run.obligation = Obligation::discharged;
    metrics.on_committed({run});
    EXPECT_EQ(value(series, run.stop_due + 1h), "");
}

TEST_F(MetricsTest, ManyOverdueStops_AreCountedAndAHundredAreNamed) {
    std::vector<Row> rows;
    for (int i = 0; i < 150; ++i) {
        RunRow run = stopping_run();
        run.id = taktd::testing::run_id(i);
        run.job = "job-" + std::to_string(i);
        rows.emplace_back(run);
    }
    metrics.on_committed(rows);
    const std::string shown = text(at(0) + 24h);
    std::size_t named = 0;
    for (std::size_t i = 0; (i = shown.find("taktd_obligation_overdue_seconds{", i)) != std::string::npos; ++i) ++named;
    EXPECT_EQ(named, 100U);
    EXPECT_THAT(shown, HasSubstr("taktd_obligations_overdue{provider=\"perf\"} 150\n"));
}

TEST_F(MetricsTest, FirstStart_IsLateBySentMinusDue_AndARepeatIsNot) {
    const RunRow run = run_row(1, "load", RunState::starting);
    CallRow call = call_row(run, "one"_call, Action::start, Outcome::throttled);
    call.record.sent = run.start_due + 2s;
    call.record.sent_boot = BootTime{100s};
    call.result->ended_boot = BootTime{100s} + 500ms;
    metrics.on_committed({run, call});
    call.id = "two"_call;
    call.record.sent = run.start_due + 1min;
    metrics.on_committed({call});
    EXPECT_EQ(value(R"(taktd_start_lateness_seconds_count{provider="perf"})"), "1");
    EXPECT_EQ(value(R"(taktd_start_lateness_seconds_sum{provider="perf"})"), "2");
    EXPECT_EQ(value(R"(taktd_calls_total{action="start",outcome="throttled",provider="perf"})"), "2");
    EXPECT_EQ(value(R"(taktd_call_duration_seconds_sum{action="start",provider="perf"})"), "1");
}

TEST_F(MetricsTest, Intent_IsNoCallYet) {
    const RunRow run = run_row(1, "load", RunState::starting);
    metrics.on_committed({run, call_row(run, "one"_call, Action::start, std::nullopt)});
    EXPECT_THAT(text(), Not(::testing::ContainsRegex("taktd_calls_total[^\n]* [1-9]")));
}

TEST_F(MetricsTest, CatchUp_IsNotLate) {
    RunRow run = run_row(1, "load", RunState::starting);
    run.origin = Origin::catch_up;
    CallRow call = call_row(run, "one"_call, Action::start, Outcome::accepted);
    call.record.sent = run.start_due + 1h;
    metrics.on_committed({run, call});
    EXPECT_EQ(value(R"(taktd_start_lateness_seconds_count{provider="perf"})"), "0");
}

TEST_F(MetricsTest, Stop_IsLateAndSettlesFromItsInstant) {
    RunRow run = stopping_run();
    CallRow call = call_row(run, "one"_call, Action::stop, Outcome::accepted);
    call.record.sent = run.stop_due + 1s;
    metrics.on_committed({run, call});
    EXPECT_EQ(value(R"(taktd_stop_lateness_seconds_sum{provider="perf"})"), "1");
    run.state = RunState::stopped;
    run.obligation = Obligation::discharged;
    TransitionRow end = transition_row(run, 4, RunState::stopping, RunState::stopped);
    end.at = run.stop_due + 7s;
    end.reason = Reason::schedule;
    metrics.on_committed({end, run});
    EXPECT_EQ(value(R"(taktd_stop_settle_seconds_sum{provider="perf"})"), "7");
    EXPECT_EQ(value(R"(taktd_stop_settle_seconds_bucket{provider="perf",le="10"})"), "1");
}

TEST_F(MetricsTest, DischargedStop_HasNotSettled) {
    RunRow run = stopping_run();
    metrics.on_committed({run});
    run.state = RunState::failed;
    run.obligation = Obligation::discharged;
    TransitionRow end = transition_row(run, 4, RunState::stopping, RunState::failed);
    end.reason = Reason::discharged;
    metrics.on_committed({end, run});
    EXPECT_EQ(value(R"(taktd_stop_settle_seconds_count{provider="perf"})"), "0");
    EXPECT_EQ(value(R"(taktd_runs_ended_total{provider="perf",reason="discharged",state="failed"})"), "1");
}

TEST_F(MetricsTest, Gap_CountsWhatItStandsFor) {
    metrics.on_committed({GapRow{"load", at(0), at(9), 10, Reason::misfire, at(10)}});
    EXPECT_EQ(value("taktd_missed_occurrences_total"), "10");
}

TEST_F(MetricsTest, Hold_CountsUntilItExpires) {
    metrics.on_committed(
        {HoldRow{.scope = "", .engaged = true, .reason = {}, .actor = {}, .since = at(0), .until = at(60)}});
    EXPECT_EQ(value(R"(taktd_holds{scope="everything"})", at(59)), "1");
    EXPECT_EQ(value(R"(taktd_holds{scope="everything"})", at(60)), "0");
}

TEST_F(MetricsTest, ForeignRun_CountsUntilItEnds) {
    ForeignRow foreign{"task", "perf", "load", at(0), at(0), RemoteState::running, std::nullopt, false};
    metrics.on_committed({foreign});
    EXPECT_EQ(value(R"(taktd_foreign_runs{provider="perf"})"), "1");
    foreign.ended = true;
    metrics.on_committed({foreign});
    EXPECT_EQ(value(R"(taktd_foreign_runs{provider="perf"})"), "");  // no config here says that there is a provider
}

TEST_F(MetricsTest, DisabledJob_IsNotEnabled) {
    auto config = std::make_shared<Config>();
    for (const char* name : {"a", "b", "c"}) {
        auto job = std::make_shared<Job>();
        job->name = name;
        job->enabled = *name != 'c';
        config->jobs[name] = job;
    }
    JobStateRow state;
    state.job = "a";
    state.disabled = true;
    metrics.on_committed({state});
    Facts facts = metrics.facts(at(0));
    facts.config = config;
    const std::string shown = metrics.write(facts);
    EXPECT_THAT(shown, HasSubstr("taktd_jobs{enabled=\"true\"} 1\n"));
    EXPECT_THAT(shown, HasSubstr("taktd_jobs{enabled=\"false\"} 2\n"));
}

TEST_F(MetricsTest, Store_IsDownBetweenItsEvents) {
    EXPECT_EQ(value("taktd_store_up"), "1");
    metrics.on_store(false);
    EXPECT_EQ(value("taktd_store_up"), "0");
    metrics.on_store(true);
    metrics.on_store_commit({2ms, 30});
    EXPECT_EQ(value("taktd_store_up"), "1");
    EXPECT_EQ(value("taktd_store_commit_rows_sum"), "30");
    EXPECT_EQ(value("taktd_store_commit_duration_seconds_sum"), "0.002");
    metrics.on_step(20us);
    EXPECT_EQ(value(R"(taktd_step_duration_seconds_bucket{le="2.5e-05"})"), "1");
}

TEST_F(MetricsTest, Request_IsCountedByItsPatternAndNeverByWhatAStrangerWrites) {
    metrics.on_request("GET", "/api/v1/jobs/{job}", 200, 1ms);
    metrics.on_request("BREW", "", 404, 1ms);
    EXPECT_EQ(value(R"(taktd_api_requests_total{method="GET",route="/api/v1/jobs/{job}",status="200"})"), "1");
    EXPECT_EQ(value(R"(taktd_api_requests_total{method="other",route="other",status="404"})"), "1");
    EXPECT_EQ(value("taktd_api_request_duration_seconds_count"), "2");
}

TEST_F(MetricsTest, Account_IsShownUnderItsProvider) {
    Facts facts = metrics.facts(at(0));
    ProviderFacts& perf = facts.providers["perf"];
    perf.tokens = 1.5;
    perf.waiting[static_cast<std::size_t>(CallClass::start)] = 7;
    perf.in_flight = 3;
    perf.is_open = false;
    perf.skew = -1500ms;
    const std::string shown = metrics.write(facts);
    for (const char* line :
         {"taktd_limiter_tokens{provider=\"perf\"} 1.5\n",
          "taktd_limiter_waiting{provider=\"perf\",class=\"start\"} 7\n",
          "taktd_calls_in_flight{provider=\"perf\"} 3\n", "taktd_provider_open{provider=\"perf\"} 0\n",
          "taktd_provider_clock_skew_seconds{provider=\"perf\"} -1.5\n"})
        EXPECT_THAT(shown, HasSubstr(line));
}

}  // namespace
}  // namespace taktd::metrics
