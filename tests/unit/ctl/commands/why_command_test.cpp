// SPDX-License-Identifier: Apache-2.0
// `taktctl why`: how a time, a run or a job names an occurrence, what it says when nothing is known, and the forecast.
#include <fstream>
#include <regex>

#include <boost/json.hpp>
#include <gmock/gmock.h>

#include "tests/unit/ctl/commands/why_support.hpp"

namespace taktd::ctl {
namespace {

using namespace std::chrono_literals;
using test::EngineBench;
using test::make_job;

TEST_F(WhyCommand, Times_AreTakenToTheMinuteOrTheSecond) {
    EngineBench bench;
    bench.jobs = {make_job("load", "*/20 0 2 * * *", 5s)};
    bench.load();
    bench.advance(3h);
    ask(bench, "load", "");
    const auto due = [&](const std::string& time) {
        const Answer answer = ask_again(bench.now.wall, "load", time, true);
        EXPECT_EQ(answer.exit_code, kDone) << answer.err;
        const auto why = boost::json::parse(answer.out).at("why").as_object();
        return std::string{why.at("disposition").as_string()} + " " +
               (why.at("occurrence").is_null() ? "-" : std::string{why.at("occurrence").as_string()}) + " " +
               std::to_string(why.at("others").as_array().size());
    };
    EXPECT_EQ(due("2026-12-05 10:00"), "started 2026-12-05T02:00:00Z 2");
    EXPECT_EQ(due("2026-12-05 10:00:20"), "started 2026-12-05T02:00:20Z 0");
    EXPECT_EQ(due("2026-12-05T02:00:40Z"), "started 2026-12-05T02:00:40Z 0");
    EXPECT_EQ(due("2026-12-05T10:00:30+08:00"), "none - 0");
    EXPECT_EQ(due("2026-12-05 10:01"), "none - 0");
    EXPECT_EQ(due("-60m"), "started 2026-12-05T02:00:00Z 2");
    EXPECT_EQ(due(""), "started 2026-12-05T02:00:40Z 0");
}

TEST_F(WhyCommand, UnknownJobOrTime_IsSaid) {
    EngineBench bench;
    nightly(bench);
    bench.advance(3h);
    ask(bench, "load", "");
    const auto refused = [&](const std::string& job, const std::string& time, int exit_code) {
        const Answer answer = ask_again(bench.now.wall, job, time);
        EXPECT_EQ(answer.exit_code, exit_code) << answer.out;
        EXPECT_EQ(answer.out, "");
        return answer.err;
    };
    EXPECT_EQ(refused("lod", "", kFailed), "taktctl: nothing is known of a job 'lod'; did you mean 'load'?\n");
    EXPECT_EQ(refused("lod", "2026-12-05 10:00", kFailed),
              "taktctl: nothing is known of a job 'lod'; did you mean 'load'?\n");
    EXPECT_NE(refused("load", "noon", kUsage), "");
    options_.db = "";
}

TEST_F(WhyCommand, RunInPlaceOfAJob_GivesTheSameAnswer) {
    EngineBench bench;
    nightly(bench);
    bench.advance(3h);
    const std::string id = bench.order.at(0).text();
    const std::string by_job = ask(bench, "load", "").out;
    EXPECT_EQ(ask_again(bench.now.wall, id, "").out, by_job);
    EXPECT_EQ(ask_again(bench.now.wall, id.substr(id.size() - 8), "").out, by_job);
    EXPECT_EQ(ask_again(bench.now.wall, "load@2026-12-05 10:00", "").out, by_job);
}

TEST_F(WhyCommand, FutureTimes_WithTheConfig_AreForetold) {
    EngineBench bench;
    bench.jobs = {make_job("load", "", 30min)};
    bench.jobs.front().schedule.rules.emplace_back(
        CronRule{Cron::parse("0 2 * * *").value(), Zone::utc(), "0 2 * * *"});
    bench.load();
    bench.advance(3h);
    options_.config = directory_.path("taktd.yaml");
    const auto write_config = [&](const std::string& more) {
        std::ofstream{options_.config} << R"(version: 1
providers:
  perf:
    type: huawei-cpts
    region: ap-southeast-3
    project_id: 0123456789abcdef0123456789abcdef
    credentials: {access_key: "${env:A}", secret_key: "${env:B}"}
jobs:
  load: {provider: perf, task: {test_suite_id: 1, task_id: 1}, start: "0 2 * * *", stop: {after: 30m})"
                                       << more << "}\n";
    };
    write_config("");
    EXPECT_EQ(ask(bench, "load", "2026-12-06 10:00").out,
              "job          load\n"
              "occurrence   Sun 2026-12-06 10:00:00+08:00 (2026-12-06T02:00:00Z)\n"
              "disposition  to come in 23h: will start\n"
              "because      as things are now: every rule lets it start\n"
              "start        due 10:00, to be sent 10:00\n"
              "stop         due 10:30\n");
    write_config(", enabled: false");
    EXPECT_EQ(ask_again(bench.now.wall, "load", "2026-12-06 10:00").out,
              "job          load\n"
              "occurrence   Sun 2026-12-06 10:00:00+08:00 (2026-12-06T02:00:00Z)\n"
              "disposition  to come in 23h: will be skipped (disabled)\n"
              "because      as things are now: the config says enabled: false\n"
              "\n"
              "The rules, in order:\n"
              "  the job is in the config ................... yes\n"
              "> the job is enabled ......................... no  <- decided\n");
    write_config("");
    EXPECT_EQ(ask_again(bench.now.wall + 24h, "load", "2026-12-06 10:00").out,
              "job          load\n"
              "occurrence   Sun 2026-12-06 10:00:00+08:00 (2026-12-06T02:00:00Z)\n"
              "disposition  none yet: it came due 1h ago, and the daemon has not come to it\n"
              "because      as things are now: the start could not be made in time\n"
              "\n"
              "The rules, in order:\n"
              "  the job is in the config ................... yes\n"
              "  the job is enabled ......................... yes\n"
              "  no hold is engaged ......................... yes\n"
              "> it is not too late ......................... decided at 11:00, due 10:00, latest start 10:01 "
              "(misfire: skip, start_grace 1m, stop 10:30, min_window 1m)  <- decided\n");
}

TEST_F(WhyCommand, TaskThatTheVendorRefusesToMake_IsTheRuleThatDecided) {
    test::EngineBench bench;
    bench.jobs = {test::make_job("drill", "0 0 2 * * *", 30min)};
    bench.jobs[0].task.prepare_json = R"({"template_id":99})";
    bench.jobs[0].task.task_id.clear();
    bench.vendor = [&](const Send& send) {
        CallResult result = bench.obey(send);
        if (send.spec->action == Action::prepare) {
            result = test::refused(Outcome::refused_final);
            result.vendor_message = "the template does not exist";
        }
        return result;
    };
    bench.load();
    bench.advance(3h);
    ASSERT_EQ(bench.story(), "due>failed:refused");
    EXPECT_THAT(ask(bench, "drill", "2026-12-05 10:00").out,
                ::testing::HasSubstr("> the run has a task ......................... no: no task from the template: "
                                     "the template does not exist  <- decided\n"));
}

}  // namespace
}  // namespace taktd::ctl
