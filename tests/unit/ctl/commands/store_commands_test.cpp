// SPDX-License-Identifier: Apache-2.0
// `taktctl runs`, `show` and `verify` as functions over real stores, good and bad.
#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "daemon/ctl/commands/commands.hpp"
#include "daemon/report/json_output.hpp"
#include "tests/support/golden.hpp"
#include "tests/unit/store/support.hpp"

namespace taktd::ctl {

using namespace report;
namespace {

namespace json = boost::json;
using testing::StoreDirectory;

constexpr auto kStates = {RunState::due, RunState::starting, RunState::running, RunState::stopping, RunState::stopped};

class StoreCommands : public ::testing::Test {
protected:
    StoreCommands() {
        auto rows = testing::history(1, "load", kStates);
        for (auto& row : testing::history(2, "load", {RunState::due, RunState::starting, RunState::running}))
            rows.push_back(std::move(row));
        for (auto& row : testing::history(3, "drill", {RunState::due, RunState::skipped}))
            rows.push_back(std::move(row));
        auto call = testing::call_row(testing::run_row(1, "load"), "call-1", Action::start, Outcome::accepted);
        call.record.request_body = R"({"task_id":1,"n":1.0})";
        call.record.sent = call.intent;
        call.result->http_status = 200;
        call.result->vendor_message = "ok\x1b[31m";
        call.record.response_body = "not json\nsecond line";
        rows.emplace_back(call);
        rows.emplace_back(testing::call_row(testing::run_row(2, "load"), "call-2", Action::start, std::nullopt));
        testing::write_rows(directory_.path(), rows);
        options_.db = directory_.path();
    }

    Answer ask_runs(RunsOptions command = {}) { return runs(options_, command, context_); }
    Answer ask_show(const std::string& run, bool wire = false) { return show(options_, {run, wire}, context_); }
    json::object ask_json(const Answer& answer) {
        EXPECT_EQ(answer.exit_code, kDone) << answer.err;
        return json::parse(answer.out).as_object();
    }

    StoreDirectory directory_;
    Options options_;
    Context context_{.now = testing::at(60), .zone = Zone::utc(), .colour = false};
};

TEST_F(StoreCommands, Runs_AreListedNewestStartFirst) {
    const auto answer = ask_runs();
    EXPECT_EQ(answer.exit_code, kDone);
    EXPECT_EQ(answer.out,
              "RUN       JOB    STATE    START DUE                  STOP DUE                   OBLIGATION\n"
              "00005ccd  drill  skipped  2027-01-15 08:00:03+00:00  2027-01-15 08:30:03+00:00\n"
              "00003dde  load   running  2027-01-15 08:00:02+00:00  2027-01-15 08:30:02+00:00  open\n"
              "00001eef  load   stopped  2027-01-15 08:00:01+00:00  2027-01-15 08:30:01+00:00\n");
}

TEST_F(StoreCommands, Runs_ShowWhatATerminalHasRoomFor) {
    for (const std::size_t width : {60, 80, 100, 200}) {
        context_.width = width;
        test::expect_golden(ask_runs().out, "unit/ctl/commands/golden/tables/runs_" + std::to_string(width) + ".txt");
    }
}

TEST_F(StoreCommands, Runs_TakeSeveralConditions) {
    const auto count = [&](const RunsOptions& command) { return std::ranges::count(ask_runs(command).out, '\n') - 1; };
    EXPECT_EQ(count({.states = {"running", "stopped"}}), 2);
    EXPECT_EQ(count({.is_live = true}), 1);
    EXPECT_EQ(count({.provider = "perf"}), 3);
    EXPECT_EQ(count({.until = "2027-01-15T08:00:02Z"}), 1);
    EXPECT_EQ(ask_runs({.is_overdue = true}).out, "No runs.\n");
    EXPECT_EQ(ask_runs({.reason = "no"}).exit_code, kUsage);
    EXPECT_EQ(ask_runs({.until = "then"}).exit_code, kUsage);
    EXPECT_EQ(ask_runs({.label = "team"}).exit_code, kUsage);
}

TEST_F(StoreCommands, History_IsExportedInOrderOfTime) {
    const auto answer = history(options_, {.format = "csv"}, context_);
    EXPECT_EQ(answer.exit_code, kDone) << answer.err;
    EXPECT_EQ(answer.out.find("at,job,provider,run_id,"), 0U);
    EXPECT_EQ(std::ranges::count(answer.out, '\n'), 1 + 5 + 3 + 2);
    const auto json = ask_json(history(options_, {.format = "json"}, context_));
    std::string before;
    for (const json::value& each : json.at("transitions").as_array()) {
        const std::string at{each.at("at").as_string()};
        EXPECT_LE(before, at);
        before = at;
    }
    EXPECT_EQ(history(options_, {.job = "drill", .format = "csv"}, context_).out.find("load"), std::string::npos);
    const auto cut = history(options_, {.limit = 2}, context_);
    EXPECT_NE(cut.err.find("the oldest 2"), std::string::npos) << cut.err;
    EXPECT_EQ(history(options_, {.since = "then"}, context_).exit_code, kUsage);
}

TEST_F(StoreCommands, ForeignTasks_AreListed) {
    EXPECT_EQ(foreign(options_, {}, context_).out, "No task runs without us.\n");
    testing::write_rows(directory_.path(), {ForeignRow{"huawei|7", "perf", "load", testing::at(1), testing::at(2),
                                                       RemoteState::running, "4711", false}});
    EXPECT_NE(foreign(options_, {}, context_).out.find("huawei|7"), std::string::npos);
    options_.json = true;
    EXPECT_EQ(ask_json(foreign(options_, {}, context_)).at("foreign").as_array().size(), 1U);
}

TEST_F(StoreCommands, Runs_SayWhenThereAreMore) {
    EXPECT_EQ(ask_runs({.limit = 2}).err,
              "taktctl: these are the newest 2 runs; narrow the list, or ask for more with --limit\n");
    EXPECT_EQ(ask_runs({.limit = 3}).err, "");
}

TEST_F(StoreCommands, Runs_GiveAPageToPeopleAndEverythingToPrograms) {
    std::vector<Row> rows;
    for (int n = 10; n < 70; ++n) {
        for (auto& row : testing::history(n, "many", {RunState::due, RunState::skipped}))
            rows.push_back(std::move(row));
    }
    testing::write_rows(directory_.path(), rows);
    EXPECT_EQ(std::ranges::count(ask_runs().out, '\n'), 1 + kListDefault);
    options_.json = true;
    EXPECT_EQ(ask_json(ask_runs()).at("runs").as_array().size(), 63U);
}

TEST_F(StoreCommands, Runs_MarkWhatIsOverdue) {
    context_.now = testing::at(3600);
    context_.colour = true;
    EXPECT_NE(ask_runs().out.find("\x1b[31mopen, overdue\x1b[0m"), std::string::npos);
}

TEST_F(StoreCommands, Runs_MarkWhatAnOperatorHasStoppedAndWhatGoesOn) {
    RunRow run = testing::run_row(9, "load", RunState::stopping);
    run.stop_due = run.max_end = testing::at(4 * 3600);
    run.updated = testing::at(300);  // the end that the operator wanted
    testing::write_rows(directory_.path(), {run});
    context_.now = testing::at(900);
    EXPECT_NE(ask_runs({.states = {"stopping"}}).out.find("open, overdue"), std::string::npos);
}

TEST_F(StoreCommands, RunsAndShow_MarkWhatADrillLeftBehind) {
    RunRow left = testing::run_row(1, "load", RunState::stopped);
    left.residue = "CPU load (action 17)";
    left.updated = testing::at(30);
    RunRow waits = testing::run_row(2, "load", RunState::running);
    waits.waits_for = "Packet loss (action 18) has failed";
    waits.waits_since = testing::at(20);
    waits.updated = testing::at(30);
    testing::write_rows(directory_.path(), {left, waits});
    const auto list = ask_runs().out;
    EXPECT_NE(list.find("  DRILL\n"), std::string::npos) << list;
    EXPECT_NE(list.find("  faults left\n"), std::string::npos) << list;
    EXPECT_NE(list.find("  waits for a person\n"), std::string::npos) << list;
    EXPECT_NE(ask_show(left.id.text()).out.find("faults      may still be in place: CPU load (action 17)\n"),
              std::string::npos);
    EXPECT_NE(
        ask_show(waits.id.text()).out.find("waited for  a person: Packet loss (action 18) has failed, seen first at "),
        std::string::npos);
    options_.json = true;
    const auto run = ask_json(ask_show(left.id.text())).at("run").as_object();
    EXPECT_EQ(run.at("residue").as_string(), "CPU load (action 17)");
    EXPECT_TRUE(run.at("waits_for").is_null());
    EXPECT_EQ(ask_json(ask_show(waits.id.text())).at("run").at("waits_since").as_string(), "2027-01-15T08:00:20Z");
}

TEST_F(StoreCommands, Runs_AreFilteredByEachCondition) {
    options_.json = true;
    const auto ids = [&](RunsOptions command) {
        std::string text;
        const auto answer = ask_json(ask_runs(command));
        for (const auto& run : answer.at("runs").as_array())
            text += std::string{run.at("id").as_string().subview(28)} + " ";
        return text;
    };
    EXPECT_EQ(ids({.job = "load"}), "00003dde 00001eef ");
    EXPECT_EQ(ids({.states = {"stopped"}}), "00001eef ");
    EXPECT_EQ(ids({.since = "2027-01-15T08:00:02Z"}), "00005ccd 00003dde ");
    EXPECT_EQ(ids({.limit = 1}), "00005ccd ");
    EXPECT_EQ(ask_runs({.job = "none"}).exit_code, kFailed);
    EXPECT_NE(ask_runs({.job = "laod"}).err.find("did you mean 'load'"), std::string::npos);
    EXPECT_EQ(ask_runs({.states = {"runing"}}).exit_code, kUsage);
    EXPECT_EQ(ask_runs({.since = "then"}).exit_code, kUsage);
}

TEST_F(StoreCommands, Json_BearsTheColumnsNamesAndUtcInstants) {
    options_.json = true;
    const auto shown = ask_json(ask_show(testing::run_id(1).text()));
    const auto& run = shown.at("run").as_object();
    EXPECT_EQ(run.at("start_due").as_string(), "2027-01-15T08:00:01Z");
    EXPECT_EQ(run.at("occurrence").as_string(), "2027-01-15T08:00:01Z");
    EXPECT_EQ(run.at("obligation").as_string(), "discharged");
    EXPECT_EQ(run.at("task").at("task_id").as_int64(), 1);
    EXPECT_TRUE(run.at("stop_plan").is_object());
    EXPECT_TRUE(run.at("reason").is_null());
    EXPECT_TRUE(run.at("vendor_run_id").is_null());
    EXPECT_EQ(shown.at("transitions").as_array().size(), 5U);
    const auto& first = shown.at("transitions").at(0).as_object();
    EXPECT_TRUE(first.at("from_state").is_null());
    EXPECT_EQ(first.at("to_state").as_string(), "due");
    EXPECT_EQ(first.at("at").as_string(), "2027-01-15T08:00:02Z");
    const auto& call = shown.at("calls").at(0).as_object();
    EXPECT_EQ(call.at("outcome").as_string(), "accepted");
    EXPECT_EQ(call.at("http_status").as_int64(), 200);
    EXPECT_EQ(call.at("request_body").as_string(), R"({"task_id":1,"n":1.0})");
    EXPECT_EQ(call.at("done").as_string(), "2027-01-15T08:00:02Z");
}

TEST_F(StoreCommands, CallInFlight_HasNoOutcome) {
    options_.json = true;
    const auto shown = ask_json(ask_show("load"));
    EXPECT_EQ(shown.at("run").at("id").as_string(), testing::run_id(2).text());  // the live one
    EXPECT_TRUE(shown.at("calls").at(0).at("outcome").is_null());
    EXPECT_TRUE(shown.at("calls").at(0).at("done").is_null());
    EXPECT_TRUE(shown.at("calls").at(0).at("http_status").is_null());
}

TEST_F(StoreCommands, Show_FindsRunsByEveryName) {
    options_.json = true;
    const auto id_of = [&](const std::string& name) {
        return std::string{ask_json(ask_show(name)).at("run").at("id").as_string()};
    };
    EXPECT_EQ(id_of(testing::run_id(1).text()), testing::run_id(1).text());
    EXPECT_EQ(id_of("1eef"), testing::run_id(1).text());
    EXPECT_EQ(id_of("00001eef"), testing::run_id(1).text());
    EXPECT_EQ(id_of("drill"), testing::run_id(3).text());
    EXPECT_EQ(id_of("load@2027-01-15T08:00:01Z"), testing::run_id(1).text());
    EXPECT_EQ(id_of("load@2027-01-15 08:00:01"), testing::run_id(1).text());
}

TEST_F(StoreCommands, Show_SaysWhyThereIsNoSuchRun) {
    for (const char* name : {"eef", "none", "load@2027-01-15T09:00:00Z", "", "0000-", "no\x1b[31m"}) {
        const auto answer = ask_show(name);
        EXPECT_EQ(answer.exit_code, kFailed) << name;
        EXPECT_TRUE(answer.err.starts_with("taktctl: ")) << answer.err;
        EXPECT_EQ(std::ranges::count(answer.err, '\n'), 1) << answer.err;
    }
}

TEST_F(StoreCommands, Show_TakesABadTimeForAUsageError) {
    EXPECT_EQ(ask_show("load@noon").exit_code, kUsage);
    EXPECT_EQ(ask_show("@").exit_code, kUsage);
}

TEST_F(StoreCommands, Show_TellsTheStoryWithRequestsAndAnswers) {
    const auto told = ask_show("1eef", true);
    EXPECT_EQ(told.exit_code, kDone);
    const auto has = [&](const std::string& text) { return told.out.find(text) != std::string::npos; };
    EXPECT_TRUE(has("state       stopped\n")) << told.out;
    EXPECT_TRUE(has("08:00:03.000  due -> starting\n")) << told.out;
    EXPECT_TRUE(has("start  accepted  HTTP 200  in 1.0s  \"ok\\x1b[31m\"\n")) << told.out;
    EXPECT_TRUE(has("POST /v1/x\n")) << told.out;
    EXPECT_TRUE(has("> {\n                >   \"task_id\": 1,\n                >   \"n\": 1.0\n                > }\n"))
        << told.out;
    EXPECT_TRUE(has("< not json\n                < second line\n")) << told.out;
    EXPECT_EQ(told.out.find('\x1b'), std::string::npos);
    EXPECT_EQ(ask_show("1eef").out.find("task_id\": 1"), std::string::npos);
}

TEST_F(StoreCommands, Verify_FindsWhatWasPlanted) {
    testing::run_sql(directory_.path(), "UPDATE runs SET reason = 'misfire' WHERE state = 'skipped'");
    EXPECT_EQ(verify_store(options_, {}, context_).out, "No violations.\n");
    testing::run_sql(directory_.path(), "UPDATE transitions SET seq = 9 WHERE seq = 5");
    const auto told = verify_store(options_, {}, context_);
    EXPECT_EQ(told.exit_code, kFailed);
    EXPECT_TRUE(told.out.find("R10   00001eef  load") != std::string::npos) << told.out;
    options_.json = true;
    const auto answer = verify_store(options_, {}, context_);
    EXPECT_EQ(answer.exit_code, kFailed);
    const auto violations = json::parse(answer.out).at("violations");
    EXPECT_EQ(violations.at(0).at("rule").as_string(), "R10");
    EXPECT_EQ(violations.at(0).at("run_id").as_string(), testing::run_id(1).text());
}

TEST_F(StoreCommands, StoreThatCannotBeRead_IsNamedInOneLine) {
    const auto expect_failure = [&](const std::string& path, const std::string& says) {
        options_.db = path;
        for (const auto& answer : {ask_runs(), ask_show("load"), verify_store(options_, {}, context_)}) {
            EXPECT_EQ(answer.exit_code, kFailed);
            EXPECT_EQ(answer.out, "");
            EXPECT_NE(answer.err.find(path), std::string::npos) << answer.err;
            EXPECT_NE(answer.err.find(says), std::string::npos) << answer.err;
            EXPECT_EQ(std::ranges::count(answer.err, '\n'), 1) << answer.err;
        }
    };
    expect_failure(directory_.path("missing.db"), "No such file");
    expect_failure(directory_.root().string(), "");
    std::FILE* file = std::fopen(directory_.path("text.db").c_str(), "w");
    std::fputs("this is a text and no database, however long one reads in it\n", file);
    std::fclose(file);
    expect_failure(directory_.path("text.db"), "is not an SQLite database");
    testing::run_sql(directory_.path(), "UPDATE schema_migrations SET number = 99 WHERE number = 1");
    expect_failure(directory_.path(), "newer");
}

TEST_F(StoreCommands, StoreBetweenTwoMigrations_IsNoDamage_AndExitCode3SaysWhatToDo) {
    testing::run_sql(directory_.path(),
                     "DELETE FROM schema_migrations WHERE number = (SELECT max(number) FROM schema_migrations)");
    for (const Answer& answer : {ask_runs(), verify_store(options_, {}, context_)}) {
        EXPECT_EQ(answer.exit_code, kUnreachable);
        EXPECT_EQ(answer.out, "");
        EXPECT_NE(answer.err.find("is of an older version (migration "), std::string::npos) << answer.err;
        EXPECT_NE(answer.err.find("taktd finishes it at its next start"), std::string::npos) << answer.err;
    }
}

TEST_F(StoreCommands, NoStore_EndsWithExitCode3AndSaysWhatToDo) {
    options_.db.clear();
    if (::access(kDefaultConfig, R_OK) == 0) GTEST_SKIP() << "this machine has a config";
    const auto answer = ask_runs();
    EXPECT_EQ(answer.exit_code, kUnreachable);
    EXPECT_NE(answer.err.find("--db FILE"), std::string::npos);
}

TEST(IndentedJson, EveryValue_IsKeptAsItWasSpelled) {
    EXPECT_EQ(indented_json(R"({"a":[1.0,12345678901234567890123,{}],"b":[],"c":"x{\"[\\"})"),
              "{\n  \"a\": [\n    1.0,\n    12345678901234567890123,\n    {}\n  ],\n  \"b\": [],\n  \"c\": "
              "\"x{\\\"[\\\\\"\n}");
    EXPECT_EQ(indented_json(R"(  "text"  )"), "\"text\"");
    EXPECT_EQ(indented_json(R"({"cut": tr)"), std::nullopt);
    EXPECT_EQ(indented_json(""), std::nullopt);
}

}  // namespace
}  // namespace taktd::ctl
