// SPDX-License-Identifier: Apache-2.0
// A resume may be what the vendor takes for a start: one whose outcome nobody knows can start a task again that has
// ended meanwhile.
#include <algorithm>

#include "tests/support/engine_bench.hpp"

namespace taktd {
namespace {

using namespace std::chrono_literals;
using test::EngineBench;
using test::kMidnight;
using test::kTwo;
using test::make_job;

/// A run of 30 minutes that an operator has paused after five, and resumes: the resume is on its way.
class EngineResume : public ::testing::Test {
protected:
    void SetUp() override {
        bench.provider.traits.token_names_run = false;  // as CFG's start times
        bench.jobs = {make_job("load", "0 0 2 * * *", 30min)};
        bench.load();
        bench.advance_to(kTwo + 5min);
        bench.event(Command{1, "ann", PauseRun{bench.order[0]}});
        bench.advance(1s);
        ASSERT_EQ(bench.run().state, RunState::paused);
        bench.manual_answers = true;
        bench.event(Command{2, "ann", ResumeRun{bench.order[0]}});
        show_task();
        ASSERT_EQ(bench.sent_of(Action::resume).size(), 1U);
        resume = bench.sent_of(Action::resume)[0].send.call;
    }
    /// The look that goes before a resume is answered.
    void show_task() {
        ASSERT_EQ(bench.in_flight.size(), 1U);
        ASSERT_EQ(bench.in_flight[0].spec->action, Action::query);
        const CallResult shown = bench.obey(bench.in_flight[0]);
        bench.answer(0, shown);
    }
    void answer_resume(Outcome outcome) {
        bench.manual_answers = false;
        const auto sent = std::ranges::find(bench.in_flight, resume, &Send::call);
        ASSERT_NE(sent, bench.in_flight.end());
        bench.answer(static_cast<std::size_t>(sent - bench.in_flight.begin()), test::refused(outcome));
    }
    /// What was on its way to the vendor arrives.
    void start_again() {
        bench.tasks["1"].state = RemoteState::running;
        ++bench.tasks["1"].runs;
    }
    /// A minute and a half after the stop the task has ended, and is not believed to have.
    void expect_doubt() {
        bench.event(Command{3, "bob", StopRun{bench.order[0], "too hot"}});
        bench.advance(90s);
        EXPECT_EQ(bench.tasks["1"].state, RemoteState::stopped);
        EXPECT_EQ(bench.run().state, RunState::stopping);
    }
    std::size_t stops() const { return bench.sent_of(Action::stop).size(); }

    EngineBench bench;
    CallId resume;
};

TEST_F(EngineResume, Stop_CutsTheResumeAndWaitsForItsEnd) {
    bench.event(Command{3, "bob", StopRun{bench.order[0], "too hot"}});
    EXPECT_EQ(bench.cuts, std::vector{resume});
    EXPECT_EQ(stops(), 0U);
    answer_resume(Outcome::uncertain);
    bench.advance(1s);
    EXPECT_EQ(stops(), 1U);
}

TEST_F(EngineResume, UncertainResume_UntilSettleHasPassed_LetsNoEndBeBelieved) {
    answer_resume(Outcome::uncertain);
    expect_doubt();
    start_again();
    bench.advance(20s);
    EXPECT_EQ(stops(), 2U);
    EXPECT_EQ(bench.tasks["1"].state, RemoteState::stopped);
    bench.advance(3min);  // the new start time is not known for its own
    EXPECT_EQ(bench.story(), "due>starting>running>paused:operator>stopping:operator>stopped:operator");
}

TEST_F(EngineResume, ResumeThatACrashCutOff_IsUncertain) {
    bench.manual_answers = false;
    bench.crash();
    bench.load();
    expect_doubt();
    start_again();
    bench.advance(5min);
    EXPECT_EQ(bench.tasks["1"].state, RemoteState::stopped);
    EXPECT_EQ(bench.run().state, RunState::stopped);
}

TEST_F(EngineResume, RefusedResume_ChangesNothing) {
    answer_resume(Outcome::refused_final);
    bench.event(Command{3, "bob", StopRun{bench.order[0], "too hot"}});
    bench.advance(5s);
    EXPECT_EQ(bench.run().state, RunState::stopped);
}

}  // namespace
}  // namespace taktd
