// Who owns a vendor's task, and who waits for it.
#include "daemon/core/state/tasks.hpp"

#include <gtest/gtest.h>

#include "daemon/core/base/check.hpp"

namespace taktd {
namespace {

using Runs = std::set<RunId>;

RunId owner_of(const Tasks& tasks, const std::string& task_key) {
    const RunId* owner = tasks.owner(task_key);
    return owner ? *owner : "nobody";
}

TEST(Tasks, ATask_isNobodysUntilARunOwnsIt) {
    Tasks tasks;
    EXPECT_EQ(owner_of(tasks, "task"), "nobody");
    EXPECT_FALSE(tasks.is_owned("task"));
    tasks.own("task", "run");
    EXPECT_EQ(owner_of(tasks, "task"), "run");
    EXPECT_TRUE(tasks.is_owned("task"));
    EXPECT_FALSE(tasks.is_owned("other"));
}

TEST(Tasks, ATask_hasOneOwner) {
    Tasks tasks;
    tasks.own("task", "run");
    tasks.own("task", "next");
    EXPECT_EQ(owner_of(tasks, "task"), "next");
}

TEST(Tasks, ATaskThatIsReleased_isNobodys_andTheOthersStay) {
    Tasks tasks;
    tasks.own("task", "run");
    tasks.own("other", "another run");
    tasks.release("task");
    tasks.release("unheard of");
    EXPECT_EQ(owner_of(tasks, "task"), "nobody");
    EXPECT_EQ(owner_of(tasks, "other"), "another run");
}

TEST(Tasks, RunsThatWait_areToldByTask) {
    Tasks tasks;
    tasks.wait("task", "b");
    tasks.wait("task", "a");
    tasks.wait("task", "b");
    tasks.wait("other", "c");
    EXPECT_EQ(tasks.waiting("task"), (Runs{"a", "b"}));
    EXPECT_EQ(tasks.waiting("other"), Runs{"c"});
    EXPECT_EQ(tasks.waiting("unheard of"), Runs{});
}

TEST(Tasks, ARunThatStopsWaiting_leavesTheOthers) {
    Tasks tasks;
    tasks.wait("task", "a");
    tasks.wait("task", "b");
    tasks.wait("other", "a");
    tasks.stop_waiting("task", "a");
    tasks.stop_waiting("task", "unheard of");
    tasks.stop_waiting("unheard of", "b");
    EXPECT_EQ(tasks.waiting("task"), Runs{"b"});
    EXPECT_EQ(tasks.waiting("other"), Runs{"a"});
}

TEST(Tasks, ATaskThatNobodyWaitsForAnyMore_isNotListed) {
    Tasks tasks;
    tasks.wait("task", "a");
    tasks.stop_waiting("task", "a");
    EXPECT_EQ(tasks.waiting("task"), Runs{});
    EXPECT_NO_THROW(tasks.assert_invariants());
}

TEST(Tasks, ARun_waitsForNoTaskOfItsOwn) {
    Tasks tasks;
    tasks.own("task", "owner");
    tasks.own("other", "waits");
    tasks.wait("task", "waits");
    EXPECT_NO_THROW(tasks.assert_invariants());
    tasks.wait("task", "owner");
    EXPECT_THROW(tasks.assert_invariants(), BrokenRule);
    tasks.stop_waiting("task", "owner");
    EXPECT_NO_THROW(tasks.assert_invariants());
    tasks.own("task", "waits");
    EXPECT_THROW(tasks.assert_invariants(), BrokenRule) << "it has its turn, and still waits";
    tasks.stop_waiting("task", "waits");
    EXPECT_NO_THROW(tasks.assert_invariants());
}

}  // namespace
}  // namespace taktd
