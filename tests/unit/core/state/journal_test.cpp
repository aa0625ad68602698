// SPDX-License-Identifier: Apache-2.0
// The rows of a step, and what waits until they are durable: nothing leaves before, and nothing is forgotten.
#include "daemon/core/state/journal.hpp"

#include <string>

#include <gtest/gtest.h>

#include "daemon/core/base/check.hpp"
#include "tests/support/ids.hpp"

namespace taktd {
namespace {

using namespace test::id_literals;

JobStateRow job_row(std::string job) {
    JobStateRow row;
    row.job = std::move(job);
    return row;
}

CallRow call_row(const CallId& id) {
    CallRow row;
    row.id = id;
    return row;
}

RunRow run_row(const RunId& id) {
    RunRow row;
    row.id = id;
    return row;
}

Reply reply(CommandId command, bool ok) {
    Reply reply;
    reply.command = command;
    reply.verdict = ok ? Verdict::done : Verdict::no_such;
    return reply;
}

void write_rows(Journal& journal, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) journal.write(job_row("job"));
}

/// Ends a step that wrote so many rows.
StepId close_step(Journal& journal, std::size_t rows) {
    write_rows(journal, rows);
    return journal.close({}).append.value().step;
}

std::vector<CommandId> commands_of(const std::vector<Reply>& replies) {
    std::vector<CommandId> commands;
    for (const auto& reply : replies) commands.push_back(reply.command);
    return commands;
}

using Intents = std::vector<CallId>;
using Commands = std::vector<CommandId>;

TEST(Journal, Rows_LeaveInTheirOrder_AfterThoseOfTheRuns) {
    Journal journal;
    EXPECT_EQ(journal.write(job_row("first")), 0U);
    journal.write_intent(call_row("second"_call));
    EXPECT_EQ(journal.write(job_row("third")), 2U);
    const auto closed = journal.close({run_row("run"_run)});
    ASSERT_TRUE(closed.append);
    const auto& rows = closed.append->rows;
    ASSERT_EQ(rows.size(), 4U);
    EXPECT_EQ(std::get<RunRow>(rows[0]).id, "run"_run);
    EXPECT_EQ(std::get<JobStateRow>(rows[1]).job, "first");
    EXPECT_EQ(std::get<CallRow>(rows[2]).id, "second"_call);
    EXPECT_EQ(std::get<JobStateRow>(rows[3]).job, "third");
}

TEST(Journal, Rows_LeaveOnce) {
    Journal journal;
    close_step(journal, 2);
    EXPECT_FALSE(journal.close({}).append);
}

TEST(Journal, AStepThatWroteNothing_TakesNoNumber) {
    Journal journal;
    EXPECT_FALSE(journal.close({}).append);
    EXPECT_EQ(close_step(journal, 1), 1U);
    EXPECT_FALSE(journal.close({}).append);
    EXPECT_EQ(close_step(journal, 1), 2U);
}

TEST(Journal, ARunThatChanged_IsToldOnceUntilTheEndOfTheStep) {
    Journal journal;
    journal.touch("run"_run);
    journal.touch("run"_run);
    EXPECT_EQ(journal.touched(), std::set<RunId>{"run"_run});
    journal.close({run_row("run"_run)});
    EXPECT_TRUE(journal.touched().empty());
}

TEST(Journal, AnIntent_MayLeaveWithTheCommitOfItsStep) {
    Journal journal;
    journal.write_intent(call_row("a"_call));
    journal.close({});
    journal.write_intent(call_row("b"_call));
    journal.close({});
    EXPECT_EQ(journal.commit(0).intents, Intents{});
    EXPECT_EQ(journal.commit(1).intents, Intents{"a"_call});
    EXPECT_EQ(journal.commit(2).intents, Intents{"b"_call});
    EXPECT_EQ(journal.commit(2).intents, Intents{}) << "once";
}

TEST(Journal, ACommit_CoversTheStepsBeforeItInTheirOrder) {
    Journal journal;
    journal.write_intent(call_row("b"_call));
    journal.promise(reply(1, true));
    journal.close({});
    journal.write_intent(call_row("a"_call));
    journal.write_intent(call_row("c"_call));
    journal.promise(reply(2, true));
    journal.close({});
    const auto committed = journal.commit(2);
    EXPECT_EQ(committed.intents, (Intents{"b"_call, "a"_call, "c"_call}));
    EXPECT_EQ(commands_of(committed.replies), (Commands{1, 2}));
}

TEST(Journal, AReply_WaitsForWhatItMayStemFrom) {
    const struct {
        const char* what;
        bool ok, has_earlier, wrote;
        bool waits;
    } cases[] = {
        {"yes, and nothing was written", true, false, false, false},
        {"yes, and its step has rows", true, false, true, true},
        {"yes, and an earlier step is not durable", true, true, false, true},
        {"yes, both", true, true, true, true},
        {"no, and nothing was written", false, false, false, false},
        {"no, and its step has rows", false, false, true, true},
        {"no, and an earlier step is not durable", false, true, false, false},
    };
    for (const auto& c : cases) {
        Journal journal;
        StepId last = c.has_earlier ? close_step(journal, 1) : 0;
        journal.promise(reply(7, c.ok));
        if (c.wrote) write_rows(journal, 1), ++last;
        const auto closed = journal.close({});
        const auto committed = journal.commit(last);
        EXPECT_EQ(commands_of(closed.replies), c.waits ? Commands{} : Commands{7}) << c.what;
        EXPECT_EQ(commands_of(committed.replies), c.waits ? Commands{7} : Commands{}) << c.what;
    }
}

TEST(Journal, AYes_WaitsForTheLastOfTheStepsThatAreNotDurable) {
    Journal journal;
    close_step(journal, 1);
    close_step(journal, 1);
    journal.promise(reply(7, true));
    journal.close({});
    EXPECT_EQ(commands_of(journal.commit(1).replies), Commands{});
    EXPECT_EQ(commands_of(journal.commit(2).replies), Commands{7});
}

TEST(Journal, AYesOfADurableStep_IsGivenAtOnce) {
    Journal journal;
    journal.commit(close_step(journal, 1));
    journal.promise(reply(7, true));
    EXPECT_EQ(commands_of(journal.close({}).replies), Commands{7});
    EXPECT_EQ(commands_of(journal.close({}).replies), Commands{}) << "once";
}

TEST(Journal, RowsThatAreNotDurable_TakeItsRoom) {
    Journal journal;
    close_step(journal, kUncommittedRowsMax - 1);
    EXPECT_TRUE(journal.has_room());
    EXPECT_TRUE(journal.has_room_for_more());
    journal.close({run_row("run"_run)});
    EXPECT_FALSE(journal.has_room());
    EXPECT_FALSE(journal.has_room_for_more());
}

TEST(Journal, RowsOfThisStep_TakeRoomForMoreOnly) {
    Journal journal;
    close_step(journal, 24);
    write_rows(journal, kUncommittedRowsMax - 25);
    EXPECT_TRUE(journal.has_room_for_more());
    write_rows(journal, 1);
    EXPECT_FALSE(journal.has_room_for_more());
    EXPECT_TRUE(journal.has_room());
}

TEST(Journal, ACommitThatMakesRoom_SaysSo) {
    Journal journal;
    close_step(journal, 1);
    close_step(journal, kUncommittedRowsMax);
    close_step(journal, 1);
    EXPECT_FALSE(journal.commit(1).has_room_again) << "it is still full";
    EXPECT_TRUE(journal.commit(2).has_room_again);
    EXPECT_TRUE(journal.has_room());
    EXPECT_FALSE(journal.commit(3).has_room_again) << "it had room before";
}

TEST(Journal, HasMoreThanARow_WhenSomethingWasWrittenAfterItOrARunTouched) {
    const struct {
        const char* what;
        std::size_t before, after;
        bool touches;
        bool has_more;
    } cases[] = {
        {"nothing else", 0, 0, false, false},    {"a row before it", 1, 0, false, false},
        {"a row after it", 0, 1, false, true},   {"a row before it and one after", 1, 1, false, true},
        {"a run was touched", 0, 0, true, true},
    };
    for (const auto& c : cases) {
        Journal journal;
        write_rows(journal, c.before);
        const auto place = journal.write(call_row("call"_call));
        write_rows(journal, c.after);
        if (c.touches) journal.touch("run"_run);
        EXPECT_EQ(journal.has_more_than(place), c.has_more) << c.what;
    }
}

TEST(Journal, ACallsRow_LeavesAsItWasChangedLast) {
    Journal journal;
    journal.write(job_row("job"));
    const auto place = journal.write(call_row("call"_call));
    journal.write(call_row("other"_call));
    journal.call_at(place).replaces = {"older"_call};
    const auto closed = journal.close({});
    EXPECT_EQ(std::get<CallRow>(closed.append.value().rows[1]).replaces, (std::vector<CallId>{"older"_call}));
}

TEST(Journal, BetweenSteps_NothingIsLeftUnwritten) {
    const struct {
        const char* what;
        void (*write)(Journal&);
    } cases[] = {
        {"a row", [](Journal& journal) { journal.write(job_row("job")); }},
        {"an intent", [](Journal& journal) { journal.write_intent(call_row("call"_call)); }},
        {"a run that changed", [](Journal& journal) { journal.touch("run"_run); }},
        {"a reply", [](Journal& journal) { journal.promise(reply(7, false)); }},
    };
    for (const auto& c : cases) {
        Journal journal;
        journal.assert_invariants();
        c.write(journal);
        EXPECT_THROW(journal.assert_invariants(), BrokenRule) << c.what;
        journal.close({});
        EXPECT_NO_THROW(journal.assert_invariants()) << c.what;
    }
}

TEST(Journal, EachRowThatIsNotDurable_IsCountedOnce) {
    Journal journal;
    for (int i = 0; i < 4; ++i) {
        journal.touch("run"_run);
        write_rows(journal, kUncommittedRowsMax / 4 - 1);
        journal.close({run_row("run"_run)});
        EXPECT_NO_THROW(journal.assert_invariants());
    }
    EXPECT_FALSE(journal.has_room());
    for (const StepId step : {2U, 2U, 4U}) {
        journal.commit(step);
        EXPECT_NO_THROW(journal.assert_invariants());
    }
    close_step(journal, kUncommittedRowsMax - 1);
    EXPECT_TRUE(journal.has_room()) << "all that was written before is durable";
}

}  // namespace
}  // namespace taktd
