// SPDX-License-Identifier: Apache-2.0
// verify() is silent on a store in good order and finds each kind of planted violation, one test line per kind.
#include "daemon/store/verify/verify.hpp"

#include <gmock/gmock.h>

#include "tests/unit/store/support.hpp"

namespace taktd {
namespace {

using testing::at;
using ::testing::HasSubstr;
using testing::history;
using testing::open_reader;
using testing::run_id;
using testing::run_row;
using testing::StoreDirectory;
using testing::write_rows;
using namespace std::chrono_literals;
using enum RunState;

/// Runs of every kind, with their calls, a gap and calls at the very rate of the limit.
std::vector<Row> good_rows() {
    std::vector<Row> rows;
    const std::vector<std::vector<RunState>> lives = {
        {due},
        {due, skipped},
        {due, cancelled},
        {due, starting},
        {due, starting, skipped},
        {due, starting, due, failed},
        {due, starting, due, starting, running, stopping, stopped},
        {due, starting, unconfirmed, running, paused, running, completed},
        {due, starting, unconfirmed, stopping, failed},
        {due, starting, running},
    };
    int n = 0;
    for (const auto& states : lives) {
        ++n;
        auto more = history(n, "job-" + std::to_string(n % 3), states);
        if (states.back() == skipped) std::get<RunRow>(more.front()).reason = Reason::misfire;
        rows.insert(rows.end(), more.begin(), more.end());
    }
    rows.emplace_back(GapRow{"job-1", at(-100), at(-50), 7, Reason::misfire, at(0)});
    rows.emplace_back(GapRow{"job-1", at(-40), at(-40), 1, Reason::misfire, at(0)});
    rows.emplace_back(testing::call_row(run_row(7), "s1", Action::start, Outcome::refused_retryable));
    rows.emplace_back(testing::call_row(run_row(7), "s2", Action::start, Outcome::accepted));
    rows.emplace_back(testing::call_row(run_row(6), "s3", Action::start, Outcome::not_sent));
    rows.emplace_back(testing::call_row(run_row(10), "s4", Action::start, std::nullopt));
    const RateLimit limit = testing::provider()->rate_limit;
    for (int i = 0; i < 50; ++i) {
        CallRow query = testing::call_row(run_row(10), "q" + std::to_string(i), Action::query, Outcome::accepted);
        query.record.sent_boot = BootTime{limit.interval * std::max(0, i + 1 - limit.burst)};
        rows.emplace_back(query);
    }
    return rows;
}

std::vector<Violation> verify_with(const std::vector<Row>& more, const std::vector<std::string>& sql = {}) {
    const StoreDirectory directory;
    auto rows = good_rows();
    rows.insert(rows.end(), more.begin(), more.end());
    write_rows(directory.path(), rows);
    for (const std::string& statement : sql) testing::run_sql(directory.path(), statement);
    Reader reader = open_reader(directory.path());
    return verify(reader);
}

TEST(Verify, StoreInGoodOrder_IsPassedInSilence) {
    for (const Violation& v : verify_with({})) ADD_FAILURE() << v.rule << " " << v.job << ": " << v.text;
}

TEST(Verify, EmptyStore_IsPassedInSilence) {
    const StoreDirectory directory;
    write_rows(directory.path(), {});
    Reader reader = open_reader(directory.path());
    EXPECT_TRUE(verify(reader).empty());
}

const std::string id_of_s2 = test::call_of("s2").text();

struct Planted {
    const char* what;
    std::vector<Row> rows;
    std::vector<std::string> sql;
    const char* rule;
    std::optional<RunId> run;
    const char* text;
};

std::vector<Row> crowd() {
    std::vector<Row> rows;
    for (int i = 0; i < 8; ++i) {
        CallRow query = testing::call_row(run_row(10), "crowd" + std::to_string(i), Action::query, Outcome::accepted);
        query.record.sent_boot = boot_from_ns(std::chrono::nanoseconds{1h}.count() + i);
        rows.emplace_back(query);
    }
    return rows;
}

std::vector<Row> sent_too_soon() {
    CallRow call = testing::call_row(run_row(10), "s4", Action::start, Outcome::accepted);
    call.boot_id = "boot-2";
    call.result->ended_boot = boot_from_ns(std::chrono::nanoseconds{1h}.count());
    call.record.sent = call.intent - 2s;
    return {call};
}

std::vector<Row> overlap() {
    auto rows = history(20, "job-1", {due, starting, running, stopping, stopped});
    auto more = history(21, "job-2", {due, starting, running, stopping, stopped});
    for (auto* const run : {&std::get<RunRow>(rows.front()), &std::get<RunRow>(more.front())}) run->task_key = "one";
    rows.insert(rows.end(), more.begin(), more.end());
    return rows;
}

std::vector<Row> second_open_one() {
    auto rows = history(20, "job-1", {due, starting, running});
    std::get<RunRow>(rows.front()).task_key = run_row(10).task_key;
    return rows;
}

TEST(Verify, StopOfAForeignRun_IsTakenForWhatItIs) {
    CallRow stop = testing::call_row(run_row(10), "f1", Action::stop, Outcome::accepted);
    stop.run.reset();
    ForeignRow foreign;
    foreign.task_key = "huawei-cpts|https://h|p|1";
    foreign.provider = stop.provider;
    foreign.first_seen = foreign.last_seen = stop.intent;
    foreign.remote = RemoteState::running;
    EXPECT_THAT(verify_with({stop, foreign}), ::testing::IsEmpty());
    EXPECT_EQ(verify_with({stop}).size(), 1U) << "a stop of nobody's run";
}

TEST(Verify, PlantedFaults_AreFound) {
    const std::string live = "WHERE id = '" + run_id(10).text() + "'";
    const Planted cases[] = {
        {"a start that may have worked twice",
         {testing::call_row(run_row(7), "s9", Action::start, Outcome::uncertain)},
         {},
         "R2",
         run_id(7),
         "2 start calls"},
        {"a running run that owes nothing",
         {},
         {"UPDATE runs SET obligation = 'none' " + live},
         "R3",
         run_id(10),
         "must be 'open'"},
        {"an ended run that was not discharged",
         {},
         {"UPDATE runs SET obligation = 'open' WHERE id = '" + run_id(8).text() + "'"},
         "R3",
         run_id(8),
         "must be 'discharged'"},
        {"a discharged run that never owed",
         {},
         {"UPDATE runs SET obligation = 'discharged' WHERE id = '" + run_id(2).text() + "'"},
         "R3",
         run_id(2),
         "must be 'none'"},
        {"a start that no commit has opened an obligation for",
         {testing::call_row(run_row(7), "s9", Action::start, Outcome::refused_retryable)},
         {},
         "R1",
         run_id(7),
         "3 start calls, but the run was 'starting' 2 times"},
        {"a stop of a run that was not to be stopped",
         {testing::call_row(run_row(10), "p1", Action::stop, Outcome::accepted)},
         {},
         "R1",
         run_id(10),
         "never 'stopping'"},
        {"a start that was sent before it was written", sent_too_soon(), {}, "R1", run_id(10), "was sent 2s before"},
        {"a start of no run",
         {},
         {"UPDATE calls SET run_id = NULL WHERE id = '" + id_of_s2 + "'"},
         "R3",
         std::nullopt,
         "call 73320000-0000-0000-0000-000000000000 belongs to no run"},
        {"a start of a run that is not there",
         {},
         {"UPDATE calls SET run_id = '" + run_id(99).text() + "' WHERE id = '" + id_of_s2 + "'"},
         "R3",
         run_id(99),
         "its run is not in the store"},
        {"a run without an end",
         {},
         {"UPDATE runs SET max_end_ns = start_due_ns " + live},
         "R5",
         run_id(10),
         "not after its start"},
        {"a skip without a reason",
         {},
         {"UPDATE runs SET reason = NULL WHERE id = '" + run_id(2).text() + "'"},
         "R8",
         run_id(2),
         "without a reason"},
        {"two runs of one task at once, long ago", overlap(), {}, "R9", run_id(21), "still owed a stop to its task"},
        {"a start in flight without an obligation",
         {testing::call_row(run_row(1), "s9", Action::start, std::nullopt)},
         {},
         "R3",
         run_id(1),
         "carries no obligation"},
        {"a stop plan without its provider",
         {},
         {"UPDATE runs SET stop_plan = json_set(stop_plan, '$.provider', null) " + live},
         "R3",
         run_id(10),
         "names no provider"},
        {"a stop plan that is garbage",
         {},
         {"UPDATE runs SET stop_plan = 'x' " + live},
         "R3",
         run_id(10),
         "cannot be used"},
        {"more requests than the limit", crowd(), {}, "R6", std::nullopt, "got more than its limit allows"},
        {"a run after the watermark",
         {},
         {"UPDATE job_state SET watermark_ns = watermark_ns - 1000000000 WHERE job = 'job-1'"},
         "R8",
         run_id(10),
         "after the job's watermark"},
        {"a run of a job without watermark",
         {},
         {"DELETE FROM job_state WHERE job = 'job-2'"},
         "R8",
         run_id(8),
         "(none)"},
        {"an occurrence with a run and in a gap",
         {GapRow{"job-1", at(3), at(5), 3, Reason::misfire, at(9)}},
         {},
         "R8",
         run_id(4),
         "also lies in the gap"},
        {"gaps that overlap",
         {GapRow{"job-1", at(-60), at(-45), 3, Reason::misfire, at(9)}},
         {},
         "R8",
         std::nullopt,
         "overlaps"},
        {"a gap that holds nothing",
         {GapRow{"job-1", at(-30), at(-20), 0, Reason::misfire, at(9)}},
         {},
         "R8",
         std::nullopt,
         "cannot hold 0"},
        {"a gap after the watermark",
         {GapRow{"job-1", at(100), at(200), 5, Reason::misfire, at(9)}},
         {},
         "R8",
         std::nullopt,
         "ends after"},
        {"two owed stops on one task", second_open_one(), {}, "R9", run_id(20), "is owed a stop by run "},
        {"a hole in the sequence",
         {},
         {"DELETE FROM transitions WHERE run_id = '" + run_id(10).text() + "' AND seq = 2"},
         "R10",
         run_id(10),
         "stands where 2 belongs"},
        {"an illegal move",
         {},
         {"UPDATE transitions SET from_state = 'due', to_state = 'running' WHERE run_id = '" + run_id(10).text() +
              "' AND seq = 2",
          "DELETE FROM transitions WHERE run_id = '" + run_id(10).text() + "' AND seq = 3"},
         "R10",
         run_id(10),
         "from 'due' to 'running' is not a legal move"},
        {"life after the end",
         {},
         {"INSERT INTO transitions VALUES ('" + run_id(2).text() + "', 3, 'skipped', 'due', 1, null, 'x', null)"},
         "R10",
         run_id(2),
         "follows the final state 'skipped'"},
        {"a transition from elsewhere",
         {},
         {"UPDATE transitions SET from_state = 'paused' WHERE run_id = '" + run_id(10).text() + "' AND seq = 3"},
         "R10",
         run_id(10),
         "leaves 'paused', but the run was in 'starting'"},
        {"a state without its transition",
         {},
         {"UPDATE runs SET state = 'paused' " + live},
         "R10",
         run_id(10),
         "its last transition leads to 'running'"},
        {"no transitions at all",
         {run_row(30, "job-1", due), testing::job_state_row("job-1", at(30))},
         {},
         "R10",
         run_id(30),
         "no transitions"},
    };
    for (const Planted& c : cases) {
        const auto found = verify_with(c.rows, c.sql);
        const bool seen = std::ranges::any_of(found, [&](const Violation& v) {
            return v.rule == c.rule && v.run == c.run && v.text.find(c.text) != std::string::npos;
        });
        std::string all;
        for (const Violation& v : found) all += v.rule + " " + (v.run ? v.run->text() : "-") + " " + v.text + "\n";
        EXPECT_TRUE(seen) << c.what << "; found:\n" << all;
    }
}

TEST(Verify, Findings_AreListedUpToTheirLimit) {
    std::vector<Row> rows;
    for (int n = 100; n < 1300; ++n) rows.emplace_back(run_row(n, "job-1"));
    rows.emplace_back(testing::job_state_row("job-1", at(1300)));
    EXPECT_EQ(verify_with(rows).size(), kViolationsMax);
}

}  // namespace
}  // namespace taktd
