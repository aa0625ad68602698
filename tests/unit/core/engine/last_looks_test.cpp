// SPDX-License-Identifier: Apache-2.0
// An end that was none: one look that lies, a run id that comes back, a history that is gone.
#include "tests/support/engine_bench.hpp"

namespace taktd {
namespace {

using namespace std::chrono_literals;
using test::EngineBench;
using test::kMidnight;
using test::kTwo;
using test::make_job;
using test::saw;

/// Three runs of one task, the third of 30 minutes: its vendor's run is "3", the baseline's "2".
class EngineLastLooks : public ::testing::Test {
protected:
    void SetUp() override {
        bench.provider.poll_interval = 10s;
        bench.tasks["1"] = {RemoteState::ended, 2};
        bench.jobs = {make_job("load", "0 0 2 * * *", 30min)};
        bench.load();
        bench.vendor = [this](const Send& send) {
            if (send.spec->action != Action::query || !lie) return bench.obey(send);
            CallResult result = bench.obey(send);
            result.observations["1"] = *lie;
            ++lies;
            if (lies >= lies_max) lie.reset();
            return result;
        };
        bench.advance_to(kTwo + 5min);
    }
    void lie_once(RemoteState remote, std::optional<std::string> token) {
        lie = Observation{remote, std::move(token)};
        lies_max = lies + 1;
    }
    std::size_t stops() const { return bench.sent_of(Action::stop).size(); }

    EngineBench bench;
    std::optional<Observation> lie;
    int lies = 0, lies_max = 0;
};

TEST_F(EngineLastLooks, OneStaleAnswer_EndsNoRun) {
    const std::pair<RemoteState, std::optional<std::string>> kStale[] = {
        {RemoteState::ended, "2"},   {RemoteState::ended, "1"}, {RemoteState::running, "1"},
        {RemoteState::stopped, "1"}, {RemoteState::idle, {}},   {RemoteState::failed, "2"},
    };
    for (const auto& [remote, token] : kStale) {
        lie_once(remote, token);
        bench.advance(3min);
        EXPECT_EQ(bench.story(), "due>starting>running") << name_of(remote) << " " << token.value_or("-");
    }
    bench.advance_to(kTwo + 31min);
    EXPECT_EQ(bench.story(), "due>starting>running>stopping:schedule>stopped:schedule");
    EXPECT_EQ(bench.tasks["1"].state, RemoteState::stopped);
}

TEST_F(EngineLastLooks, StaleAnswerAfterTheStop_DoesNotEndTheRun) {
    bench.vendor = [this](const Send& send) {  // the first stop is accepted and ignored
        if (send.spec->action == Action::stop && stops() == 1) return test::accepted();
        CallResult result = bench.obey(send);
        if (send.spec->action == Action::query && stops() == 1) result.observations["1"] = {RemoteState::ended, "2"};
        return result;
    };
    bench.advance_to(kTwo + 30min + 30s);
    EXPECT_EQ(bench.run().state, RunState::stopping);
}

TEST_F(EngineLastLooks, RunSeenToEndThatGoesOn_IsRevivedAndStoppedAtItsInstant) {
    lie_once(RemoteState::stopped, "3");
    bench.advance(1min);
    ASSERT_EQ(bench.story(), "due>starting>running>stopped:remote");
    EXPECT_EQ(bench.last_looks.size(), 1U);
    bench.advance_to(kTwo + 30min - 1s);
    EXPECT_EQ(bench.order.size(), 1U);
    bench.advance(5s);
    ASSERT_EQ(bench.order.size(), 2U);
    EXPECT_EQ(bench.run(1).origin, Origin::revived);
    EXPECT_EQ(bench.run(1).vendor_run_id, "3");
    EXPECT_EQ(bench.story(1), "stopping:revived>stopped:revived");
    EXPECT_EQ(bench.run(1).obligation, Obligation::discharged);
    EXPECT_EQ(bench.tasks["1"].state, RemoteState::stopped);
    EXPECT_TRUE(bench.last_looks.empty());
}

TEST_F(EngineLastLooks, LastLook_SurvivesACrash) {
    lie_once(RemoteState::stopped, "3");
    bench.advance(1min);
    bench.crash();
    bench.load();
    bench.advance_to(kTwo + 30min + 5s);
    ASSERT_EQ(bench.order.size(), 2U);
    EXPECT_EQ(bench.story(1), "stopping:revived>stopped:revived");
}

TEST_F(EngineLastLooks, ClockThatWentBack_DelaysNoLastLook) {
    lie_once(RemoteState::stopped, "3");
    bench.advance(1min);
    bench.step_wall(-5h);
    bench.crash();
    bench.load();
    bench.advance(25min);
    ASSERT_EQ(bench.order.size(), 2U);
    EXPECT_EQ(bench.story(1), "stopping:revived>stopped:revived");
}

TEST_F(EngineLastLooks, LastLookThatCannotBeRead_IsAskedAgain) {
    lie_once(RemoteState::stopped, "3");
    bench.advance_to(kTwo + 30min - 1s);
    lie = Observation{RemoteState::unknown, {}};
    lies_max = lies + 3;
    bench.advance(1min);
    ASSERT_EQ(bench.order.size(), 2U);
    EXPECT_EQ(bench.run(1).state, RunState::stopped);
}

class EngineLastLooksOutOfReach : public EngineLastLooks, public ::testing::WithParamInterface<Outcome> {};

TEST_P(EngineLastLooksOutOfReach, LastLook_IsAskedUntilTheVendorAnswers) {
    lie_once(RemoteState::stopped, "3");
    bench.advance_to(kTwo + 30min - 1s);
    const auto answers = std::exchange(bench.vendor, [](const Send&) { return test::refused(GetParam()); });
    bench.advance(3h);
    ASSERT_EQ(bench.order.size(), 1U);
    bench.vendor = answers;
    bench.advance(1h);
    ASSERT_EQ(bench.order.size(), 2U);
    EXPECT_EQ(bench.story(1), "stopping:revived>stopped:revived");
}

INSTANTIATE_TEST_SUITE_P(Outcomes, EngineLastLooksOutOfReach,
                         ::testing::Values(Outcome::uncertain, Outcome::unauthorized, Outcome::throttled,
                                           Outcome::not_sent),
                         [](const auto& param) { return std::string{name_of(param.param)}; });

TEST_F(EngineLastLooks, OneUnreadableAnswerBeforeHoursOutOfReach_DoesNotEndTheMatter) {
    lie_once(RemoteState::stopped, "3");
    bench.advance_to(kTwo + 30min - 1s);
    lie_once(RemoteState::unknown, {});
    const auto answers = bench.vendor;
    bench.vendor = [&](const Send& send) { return lie ? answers(send) : test::refused(Outcome::uncertain); };
    bench.advance(3h);
    EXPECT_EQ(bench.last_looks.size(), 1U);
    bench.vendor = answers;
    lie_once(RemoteState::unknown, {});  // one more does not either
    bench.advance(1h);
    ASSERT_EQ(bench.order.size(), 2U);
    EXPECT_EQ(bench.story(1), "stopping:revived>stopped:revived");
}

TEST_F(EngineLastLooks, LastLookThatIsNeverReadable_EndsAfterAnHour) {
    lie_once(RemoteState::stopped, "3");
    bench.advance_to(kTwo + 30min - 1s);
    lie = Observation{RemoteState::unknown, {}};
    lies_max = 1'000'000;
    bench.advance(30min);
    EXPECT_EQ(bench.last_looks.size(), 1U);
    bench.advance(50min);
    EXPECT_TRUE(bench.last_looks.empty());
    EXPECT_EQ(bench.order.size(), 1U);
}

TEST_F(EngineLastLooks, OneStaleAnswerToTheLastLook_IsAskedAgain) {
    lie_once(RemoteState::stopped, "3");
    bench.advance_to(kTwo + 30min - 1s);
    lie_once(RemoteState::running, "1");
    bench.advance(1min + bench.provider.settle);
    ASSERT_EQ(bench.order.size(), 2U);
    EXPECT_EQ(bench.story(1), "stopping:revived>stopped:revived");
}

TEST_F(EngineLastLooks, TrueEnd_IsLeftAlone) {
    bench.tasks["1"].state = RemoteState::ended;
    bench.advance_to(kTwo + 40min);
    EXPECT_EQ(bench.story(), "due>starting>running>completed");
    EXPECT_EQ(bench.order.size(), 1U);
    EXPECT_EQ(stops(), 0U);
    EXPECT_TRUE(bench.last_looks.empty());
}

TEST_F(EngineLastLooks, ForeignLook_FindsARunOfOursThatGoesOn) {
    bench.provider.foreign = Foreign::report;
    bench.load();
    lie_once(RemoteState::stopped, "3");
    bench.advance(1min);
    ASSERT_EQ(bench.story(), "due>starting>running>stopped:remote");
    bench.crash();  // after its start the daemon looks at every task
    bench.load();
    bench.advance(1min);
    ASSERT_EQ(bench.order.size(), 2U);
    EXPECT_EQ(bench.story(1), "stopping:revived>stopped:revived");
    EXPECT_TRUE(bench.foreign.empty());
}

TEST_F(EngineLastLooks, HistoryThatIsGone_EndsTheRunAfterItsStop) {
    bench.tasks["1"] = {RemoteState::idle, 0};  // deleted and made again
    bench.advance_to(kTwo + 35min);
    EXPECT_TRUE(is_terminal(bench.run().state)) << bench.story();
    EXPECT_EQ(bench.run().obligation, Obligation::discharged);
}

TEST_F(EngineLastLooks, LostStartAtAFlakyVendor_IsSettledWithFewStops) {
    bench.tasks["2"] = {RemoteState::idle, 0};
    bench.jobs.push_back(make_job("flaky", "0 10 2 * * *", 1min, "2"));
    bench.load();
    int query = 0;
    bench.vendor = [&](const Send& send) {
        const bool is_flaky = send.spec->task_ids == std::vector<std::string>{"2"} && bench.now.wall >= kTwo + 10min;
        if (is_flaky && send.spec->action == Action::start) return test::refused(Outcome::uncertain);
        if (is_flaky && send.spec->action == Action::query && ++query % 3 != 0)
            return test::refused(Outcome::uncertain);
        return is_flaky && send.spec->action == Action::stop ? test::accepted() : bench.obey(send);
    };
    bench.advance_to(kTwo + 20min);
    EXPECT_EQ(bench.run(1).state, RunState::failed) << bench.story(1);
    EXPECT_LE(stops(), 4U);
}

}  // namespace
}  // namespace taktd
