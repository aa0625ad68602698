// SPDX-License-Identifier: Apache-2.0
// Who owns a vendor's task, and who waits for it.
#include "daemon/core/state/tasks.hpp"

#include <gtest/gtest.h>

#include "daemon/core/base/check.hpp"
#include "tests/support/ids.hpp"

namespace taktd {
namespace {

using namespace test::id_literals;
using Runs = std::set<RunId>;

std::optional<RunId> owner_of(const Tasks& tasks, const std::string& task_key) {
    const RunId* owner = tasks.owner(task_key);
    return owner ? std::optional{*owner} : std::nullopt;
}

TEST(Tasks, ATask_IsNobodysUntilARunOwnsIt) {
    Tasks tasks;
    EXPECT_EQ(owner_of(tasks, "task"), std::nullopt);
    EXPECT_FALSE(tasks.is_owned("task"));
    tasks.own("task", "run"_run);
    EXPECT_EQ(owner_of(tasks, "task"), "run"_run);
    EXPECT_TRUE(tasks.is_owned("task"));
    EXPECT_FALSE(tasks.is_owned("other"));
}

TEST(Tasks, ATask_HasOneOwner) {
    Tasks tasks;
    tasks.own("task", "run"_run);
    tasks.own("task", "next"_run);
    EXPECT_EQ(owner_of(tasks, "task"), "next"_run);
}

TEST(Tasks, ATaskThatIsReleased_IsNobodys_AndTheOthersStay) {
    Tasks tasks;
    tasks.own("task", "run"_run);
    tasks.own("other", "another run"_run);
    tasks.release("task");
    tasks.release("unheard of");
    EXPECT_EQ(owner_of(tasks, "task"), std::nullopt);
    EXPECT_EQ(owner_of(tasks, "other"), "another run"_run);
}

TEST(Tasks, RunsThatWait_AreToldByTask) {
    Tasks tasks;
    tasks.wait("task", "b"_run);
    tasks.wait("task", "a"_run);
    tasks.wait("task", "b"_run);
    tasks.wait("other", "c"_run);
    EXPECT_EQ(tasks.waiting("task"), (Runs{"a"_run, "b"_run}));
    EXPECT_EQ(tasks.waiting("other"), Runs{"c"_run});
    EXPECT_EQ(tasks.waiting("unheard of"), Runs{});
}

TEST(Tasks, ARunThatStopsWaiting_LeavesTheOthers) {
    Tasks tasks;
    tasks.wait("task", "a"_run);
    tasks.wait("task", "b"_run);
    tasks.wait("other", "a"_run);
    tasks.stop_waiting("task", "a"_run);
    tasks.stop_waiting("task", "unheard of"_run);
    tasks.stop_waiting("unheard of", "b"_run);
    EXPECT_EQ(tasks.waiting("task"), Runs{"b"_run});
    EXPECT_EQ(tasks.waiting("other"), Runs{"a"_run});
}

TEST(Tasks, ATaskThatNobodyWaitsForAnyMore_IsNotListed) {
    Tasks tasks;
    tasks.wait("task", "a"_run);
    tasks.stop_waiting("task", "a"_run);
    EXPECT_EQ(tasks.waiting("task"), Runs{});
    EXPECT_NO_THROW(tasks.assert_invariants());
}

TEST(Tasks, ARun_WaitsForNoTaskOfItsOwn) {
    Tasks tasks;
    tasks.own("task", "owner"_run);
    tasks.own("other", "waits"_run);
    tasks.wait("task", "waits"_run);
    EXPECT_NO_THROW(tasks.assert_invariants());
    tasks.wait("task", "owner"_run);
    EXPECT_THROW(tasks.assert_invariants(), BrokenRule);
    tasks.stop_waiting("task", "owner"_run);
    EXPECT_NO_THROW(tasks.assert_invariants());
    tasks.own("task", "waits"_run);
    EXPECT_THROW(tasks.assert_invariants(), BrokenRule) << "it has its turn, and still waits";
    tasks.stop_waiting("task", "waits"_run);
    EXPECT_NO_THROW(tasks.assert_invariants());
}

}  // namespace
}  // namespace taktd
