// Rows leave once and in order; what waits for a step to be durable waits for those before it as well.
#include "daemon/core/state/journal.hpp"

#include <gtest/gtest.h>

#include "daemon/core/base/check.hpp"

namespace taktd {
namespace {

CallRow call_row(const CallId& id) {
    CallRow row;
    row.id = id;
    return row;
}

HoldRow hold_row(const std::string& scope) {
    HoldRow row;
    row.scope = scope;
    return row;
}

Reply yes(CommandId command) {
    Reply reply;
    reply.command = command;
    return reply;
}

Reply no(CommandId command) {
    Reply reply = yes(command);
    reply.verdict = Verdict::no_such;
    return reply;
}

TEST(Journal, Close_ofAStepThatWroteNothing_appendsNothing) {
    Journal journal;
    EXPECT_FALSE(journal.close({}).append);
    journal.assert_invariants();
}

TEST(Journal, Close_putsRowsOfRunsFirstAndKeepsTheOrder) {
    Journal journal;
    journal.write(hold_row("a"));
    journal.write(hold_row("b"));
    RunRow run;
    run.id = "run-1";
    const auto closed = journal.close({Row{run}});
    ASSERT_TRUE(closed.append);
    ASSERT_EQ(closed.append->rows.size(), 3U);
    EXPECT_EQ(std::get<RunRow>(closed.append->rows[0]).id, "run-1");
    EXPECT_EQ(std::get<HoldRow>(closed.append->rows[1]).scope, "a");
    EXPECT_EQ(std::get<HoldRow>(closed.append->rows[2]).scope, "b");
}

TEST(Journal, Steps_areNumberedWithoutGaps) {
    Journal journal;
    for (StepId step = 1; step <= 3; ++step) {
        journal.close({});
        journal.write(hold_row(""));
        EXPECT_EQ(journal.close({}).append->step, step);
    }
}

TEST(Journal, Intent_isGivenBackOnceItsStepIsDurable) {
    Journal journal;
    journal.write_intent(call_row("call-1"));
    journal.close({});
    journal.write_intent(call_row("call-2"));
    journal.close({});
    EXPECT_EQ(journal.commit(1).intents, std::vector<CallId>{"call-1"});
    EXPECT_EQ(journal.commit(2).intents, std::vector<CallId>{"call-2"});
    EXPECT_TRUE(journal.commit(2).intents.empty());
    journal.assert_invariants();
}

TEST(Journal, Commit_ofALaterStep_bringsTheEarlierOnesInOrder) {
    Journal journal;
    journal.write_intent(call_row("call-1"));
    journal.close({});
    journal.write_intent(call_row("call-2"));
    journal.close({});
    EXPECT_EQ(journal.commit(2).intents, (std::vector<CallId>{"call-1", "call-2"}));
}

TEST(Journal, Yes_waitsForItsOwnRows) {
    Journal journal;
    journal.write(hold_row(""));
    journal.promise(yes(7));
    EXPECT_TRUE(journal.close({}).replies.empty());
    const auto committed = journal.commit(1);
    ASSERT_EQ(committed.replies.size(), 1U);
    EXPECT_EQ(committed.replies[0].command, 7U);
}

TEST(Journal, Yes_withoutRowsOfItsOwn_waitsForEarlierOnes) {
    Journal journal;
    journal.write(hold_row(""));
    journal.close({});
    journal.promise(yes(7));
    EXPECT_TRUE(journal.close({}).replies.empty()) << "what it says may stem from the step before";
    EXPECT_EQ(journal.commit(1).replies.size(), 1U);
}

TEST(Journal, Yes_withNothingToWaitFor_isGivenAtOnce) {
    Journal journal;
    journal.promise(yes(7));
    EXPECT_EQ(journal.close({}).replies.size(), 1U);
}

TEST(Journal, No_withoutRowsOfItsOwn_waitsForNothing) {
    Journal journal;
    journal.write(hold_row(""));
    journal.close({});
    journal.promise(no(7));
    EXPECT_EQ(journal.close({}).replies.size(), 1U);
}

TEST(Journal, Room_endsAtItsLimitAndComesBackWithTheCommit) {
    Journal journal;
    for (std::size_t i = 0; i < kUncommittedRowsMax; ++i) {
        EXPECT_TRUE(journal.has_room_for_more());
        journal.write(hold_row(""));
    }
    EXPECT_FALSE(journal.has_room_for_more());
    EXPECT_TRUE(journal.has_room()) << "rows of this step are not late yet";
    journal.close({});
    EXPECT_FALSE(journal.has_room());
    EXPECT_TRUE(journal.commit(1).has_room_again);
    EXPECT_TRUE(journal.has_room());
    EXPECT_FALSE(journal.commit(1).has_room_again) << "it is told once";
}

TEST(Journal, Place_tellsWhetherMoreFollowed) {
    Journal journal;
    const auto place = journal.write(call_row("call-1"));
    EXPECT_FALSE(journal.has_more_than(place));
    journal.call_at(place).replaces = {"call-0"};
    journal.touch("run-1");
    EXPECT_TRUE(journal.has_more_than(place));
    RunRow run;
    run.id = "run-1";
    const auto closed = journal.close({Row{run}});
    EXPECT_EQ(std::get<CallRow>(closed.append->rows[1]).replaces, std::vector<CallId>{"call-0"});
}

TEST(Journal, Invariants_failWithinAStep) {
    Journal journal;
    journal.write(hold_row(""));
    EXPECT_THROW(journal.assert_invariants(), BrokenRule);
}

}  // namespace
}  // namespace taktd
