// SPDX-License-Identifier: Apache-2.0
// A store that has seen a clock far ahead, and what the correction makes of its tables.
#include "daemon/store/sqlite/clock_correction_sql.hpp"

#include "daemon/core/rules/clock_correction.hpp"
#include "daemon/store/verify/verify.hpp"
#include "tests/unit/store/support.hpp"

namespace taktd {
namespace {

using testing::ask_sql;
using testing::at;
using testing::history;
using testing::open_reader;
using testing::open_store;
using testing::StoreDirectory;
using testing::write_rows;
using namespace std::chrono_literals;
using enum RunState;

constexpr int kAhead = 200'000;  // seconds

void append_all(std::vector<Row>& rows, std::vector<Row> more) { std::ranges::move(more, std::back_inserter(rows)); }

std::string violations(const std::string& path) {
    auto reader = open_reader(path);
    std::string text;
    for (const auto& found : verify(reader)) text += found.rule + " " + found.text + "\n";
    return text;
}

Past whole_past(Reader& reader) {
    return past_of(reader.snapshot(), [](const std::string&) { return Zone::utc(); });
}

/// As `taktctl clock` does it at at(100).
void correct(const std::string& path) {
    auto reader = open_reader(path);
    write_rows(path, correct_clock(whole_past(reader), reader.gaps(),
                                   {.now = at(100), .actor = "ann", .reason = "dead battery"}));
}

class ClockAhead : public ::testing::Test {
protected:
    ClockAhead() {
        std::vector<Row> rows = history(1, "load", {due, starting, running, stopping, stopped});
        append_all(rows, history(kAhead, "load", {due, starting, running, stopping, stopped}));
        append_all(rows, history(kAhead + 100, "load", {due, skipped}));
        std::get<RunRow>(rows[rows.size() - 4]).reason = Reason::misfire;
        append_all(rows, history(kAhead + 200, "load", {due}));
        append_all(rows, history(kAhead + 300, "other", {due, starting, running}));
        rows.emplace_back(GapRow{"load", at(50), at(100'000), 1000, Reason::misfire, at(kAhead)});
        rows.emplace_back(GapRow{"load", at(120'000), at(150'000), 9, Reason::misfire, at(kAhead)});
        write_rows(path(), rows);
    }
    std::string path() const { return directory_.path(); }

    StoreDirectory directory_;
};

TEST_F(ClockAhead, TheCorrection_MovesBackWhatHoldsStartsBack_AndKeepsTheRules) {
    ASSERT_EQ(violations(path()), "");
    ASSERT_GT(open_reader(path()).newest(), at(kAhead));
    correct(path());
    EXPECT_EQ(violations(path()), "");
    auto reader = open_reader(path());
    EXPECT_EQ(reader.newest(), at(100));
    const Snapshot found = reader.snapshot();
    for (const auto& job : found.jobs) EXPECT_EQ(job.watermark, at(100)) << job.job;
    const std::set<std::pair<std::string, WallTime>> ahead{{"load", at(kAhead)}, {"other", at(kAhead + 300)}};
    EXPECT_EQ(found.disposed_ahead, ahead) << "what ran does not run again";
    EXPECT_EQ(ask_sql(path(), "SELECT count(*) FROM runs WHERE state = 'skipped' AND occurrence_ns IS NULL"), "2")
        << "what was skipped, and what was due and not begun, comes again";
    EXPECT_EQ(ask_sql(path(), "SELECT count(*), max(last_ns) <= " + std::to_string(to_ns(at(100))) + " FROM gaps"),
              "1|1");
    EXPECT_EQ(ask_sql(path(), "SELECT actor, reason, newest_ns > at_ns FROM clock_corrections"), "ann|dead battery|1");
    ASSERT_EQ(found.live.size(), 1U);
    EXPECT_EQ(found.live.front().run.stop_due, at(kAhead + 300) + 30min) << "what is owed stays as it was";
    EXPECT_EQ(found.live.front().run.obligation, Obligation::open);
    EXPECT_GT(found.live.front().newest_row, at(kAhead)) << "after a reboot it is stopped at once";
}

TEST_F(ClockAhead, TheCorrection_AppliedTwice_IsTheSame) {
    auto reader = open_reader(path());
    const auto rows =
        correct_clock(whole_past(reader), reader.gaps(), {.now = at(100), .actor = "ann", .reason = "dead battery"});
    write_rows(path(), rows);
    const auto first = ask_sql(path(), "SELECT * FROM occurrences_ahead");
    write_rows(path(), rows);
    EXPECT_EQ(ask_sql(path(), "SELECT * FROM occurrences_ahead"), first);
    EXPECT_EQ(ask_sql(path(), "SELECT count(*) FROM clock_corrections"), "1");
    EXPECT_EQ(open_reader(path()).newest(), at(100));
    EXPECT_EQ(violations(path()), "");
}

TEST_F(ClockAhead, AfterTheCorrection_AnswersAndDebtsFromThen_MakeTheStoreNoNewer) {
    correct(path());
    CallRow cut = testing::call_row(testing::run_row(kAhead + 300, "other"), "stop", Action::stop, Outcome::uncertain);
    cut.result->ended = at(101);  // its intent lies ahead; recovery found no answer
    write_rows(path(), {cut});
    EXPECT_EQ(open_reader(path()).newest(), at(101));
}

TEST_F(ClockAhead, RunsOfTheTimeThatWasTakenBack_ProveNoOverlap) {
    correct(path());
    // The same task, by now's clock in the middle of a run that is known by the wrong one.
    auto rows = history(kAhead + 1, "load", {due, starting, running, stopping, stopped});
    std::get<RunRow>(rows.front()).task_key = testing::run_row(kAhead).task_key;
    std::get<RunRow>(rows.front()).occurrence.reset();
    write_rows(path(), rows);
    EXPECT_EQ(violations(path()), "");
}

TEST_F(ClockAhead, AForeignRun_IsTakenBackToo) {
    ForeignRow foreign{"task", "perf", "load", at(kAhead), at(kAhead + 5), RemoteState::running, std::nullopt, false};
    write_rows(path(), {foreign});
    correct(path());
    const Snapshot found = open_reader(path()).snapshot();
    ASSERT_EQ(found.foreign.size(), 1U);
    EXPECT_EQ(found.foreign.front().last_seen, at(100));
}

}  // namespace
}  // namespace taktd
