// SPDX-License-Identifier: Apache-2.0
// Faults are undone before a stop where the task's guard rail rolls back, for a bounded time; what may be left behind
// stays with the run, and a drill that waits for a person is told once.
#include <algorithm>

#include "tests/support/engine_bench.hpp"

namespace taktd {
namespace {

using namespace std::chrono_literals;
using test::accepted;
using test::EngineBench;
using test::kMidnight;
using test::kTwo;
using test::make_job;
using test::refused;

constexpr WallTime kStop = test::kTwo + 30min;

/// A drill of half an hour with one fault. What its guard rail does is the test's to say.
struct Drill {
    Drill() {
        bench.provider.type = "tencent-cfg";
        bench.provider.traits.token_names_run = false;
        bench.provider.traits.can_heal = true;
        bench.provider.traits.query_batch_max = 100;
        bench.provider.poll_interval = 15s;
        bench.vendor = [this](const Send& send) { return answer(send); };
    }
    void load(std::optional<Duration> heal_within = 2min) {
        bench.jobs = {make_job("drill", "0 0 2 * * *", 30min)};
        bench.jobs.front().heal_within = heal_within;
        bench.load();
    }
    void begin(std::optional<Duration> heal_within = 2min) {
        load(heal_within);
        bench.advance_to(kStop - 1s);
        ASSERT_EQ(bench.story(), "due>starting>running");
    }

    CallResult answer(const Send& send) {
        const CallSpec& spec = *send.spec;
        auto& task = bench.tasks["1"];
        if (recovers_at && *recovers_at <= bench.now.boot) {
            recovers_at.reset();
            residue = recovery_fails ? residue : "";
            is_recovered = true;
            if (task.state == RemoteState::running) task.state = RemoteState::paused;
        }
        if (spec.action == Action::heal) {
            if (heal.outcome == Outcome::accepted) recovers_at = bench.now.boot + recovery_takes;
            return heal;
        }
        if (spec.action == Action::start) residue = "CPU load (action 17)";
        CallResult result = bench.obey(send);
        if (spec.action != Action::query || spec.batched) return result;
        if (is_blind) return refused(Outcome::uncertain);
        Observation& seen = result.observations["1"];
        seen.rolls_back = rolls_back;
        seen.residue = residue;
        seen.is_recovered = is_recovered;
        seen.waits_for = waits_for;
        seen.mode = mode;
        return result;
    }

    /// Its end is due, and the look before its guard rail is set off has come; what goes out from now on waits.
    void answer_the_look_by_hand() {
        bench.manual_answers = true;
        bench.advance(1s);
        ASSERT_EQ(bench.in_flight.size(), 1U);
        bench.answer(0, answer(bench.in_flight.front()));
    }

    std::size_t sent(Action action) const { return bench.sent_of(action).size(); }
    /// When the first of that kind went out, counted from the end of the window.
    Duration after_stop(Action action) const { return bench.sent_of(action).at(0).at.wall - kStop; }

    EngineBench bench;
    CallResult heal = accepted();
    std::optional<bool> rolls_back = true;
    std::optional<std::string> residue = "";
    std::string waits_for, mode = "automatic";
    bool is_recovered = false, is_blind = false, recovery_fails = false;
    Duration recovery_takes = 20s;
    std::optional<BootTime> recovers_at;
};

class EngineHeal : public ::testing::Test, protected Drill {};

TEST_F(EngineHeal, Heal_GoesBeforeTheStop_OnceTheDrillHasPaused) {
    begin();
    bench.advance(1s);
    ASSERT_EQ(sent(Action::heal), 1U);
    EXPECT_EQ(after_stop(Action::heal), 0s);
    const Send call = bench.sent_of(Action::heal).at(0).send;
    EXPECT_EQ(call.call_class, CallClass::stop);
    EXPECT_EQ(call.spec->placeholders.at("cause"), "schedule");
    bench.advance(10s);
    EXPECT_EQ(sent(Action::stop), 0U) << "its recovery actions are at work";
    bench.advance(30s);
    ASSERT_EQ(sent(Action::stop), 1U);
    EXPECT_LE(after_stop(Action::stop), 35s);
    bench.advance(5min);
    EXPECT_EQ(bench.story(), "due>starting>running>stopping:schedule>stopped:schedule");
    EXPECT_EQ(bench.run().residue, "");
    EXPECT_EQ(sent(Action::heal), 1U);
    EXPECT_EQ(sent(Action::stop), 1U);
}

TEST_F(EngineHeal, Intent_IsDurableBeforeItIsSent) {
    begin();
    bench.auto_commit = false;
    bench.advance(1500ms);
    EXPECT_EQ(sent(Action::heal), 0U);
    bench.advance(1s);
    EXPECT_EQ(sent(Action::heal), 1U) << "like a stop it waits a second for its commit at most";
}

TEST_F(EngineHeal, RecoveriesThatHaveEnded_AreEnough) {
    begin();
    bench.tasks["1"].state = RemoteState::paused;  // by an alarm: that it is paused says nothing of this guard rail
    bench.advance(10s);
    ASSERT_EQ(sent(Action::heal), 1U);
    EXPECT_EQ(sent(Action::stop), 0U);
    bench.advance(30s);
    EXPECT_EQ(sent(Action::stop), 1U);
    EXPECT_LE(after_stop(Action::stop), 35s);
}

TEST_F(EngineHeal, Stop_WaitsNoLongerThanHealWithin) {
    recovery_takes = 24h;
    begin(1min);
    bench.advance(5min);
    ASSERT_EQ(sent(Action::stop), 1U);
    EXPECT_EQ(after_stop(Action::stop), 1min);
    EXPECT_EQ(bench.story(), "due>starting>running>stopping:schedule>stopped:schedule");
    EXPECT_EQ(bench.run().residue, "CPU load (action 17)");
    EXPECT_EQ(bench.note(),
              "the guard rail was set off, and 1m later its recovery actions were not seen to have ended");
}

TEST_F(EngineHeal, Heal_WhereItIsNotWantedOrNotPossible_IsNotSent) {
    struct Case {
        const char* name;
        std::optional<Duration> heal_within;
        bool can_heal;
        std::optional<bool> rolls_back;
    };
    const Case cases[] = {{"never", std::nullopt, true, true},
                          {"an adapter that cannot", 2min, false, true},
                          {"the guard rail pauses", 2min, true, false},
                          {"no guard rail was shown", 2min, true, std::nullopt}};
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        Drill one_of;
        one_of.bench.provider.traits.can_heal = c.can_heal;
        one_of.rolls_back = c.rolls_back;
        one_of.begin(c.heal_within);
        one_of.bench.advance(1s);
        EXPECT_EQ(one_of.sent(Action::heal), 0U);
        ASSERT_EQ(one_of.sent(Action::stop), 1U);
        EXPECT_EQ(one_of.after_stop(Action::stop), 0s);
        one_of.bench.advance(5min);
        EXPECT_EQ(one_of.bench.run().residue, "CPU load (action 17)") << "and what is left is known all the same";
    }
}

TEST_F(EngineHeal, Refusal_SendsTheStopAtOnce) {
    for (const Outcome outcome : {Outcome::refused_final, Outcome::conflict}) {
        Drill one;
        one.heal = refused(outcome);
        one.heal.vendor_code = "UnsupportedOperation";
        one.begin();
        one.bench.advance(1s);
        EXPECT_EQ(one.sent(Action::heal), 1U);
        ASSERT_EQ(one.sent(Action::stop), 1U) << name_of(outcome);
        EXPECT_EQ(one.after_stop(Action::stop), 0s);
        one.bench.advance(5min);
        EXPECT_NE(one.bench.note().find("refused to set off the guard rail: UnsupportedOperation"), std::string::npos)
            << one.bench.note();
    }
}

TEST_F(EngineHeal, UncertainHeal_IsWaitedForAndNotRepeated) {
    heal = refused(Outcome::uncertain);
    begin();
    bench.advance(1min);
    EXPECT_EQ(sent(Action::heal), 1U);
    EXPECT_EQ(sent(Action::stop), 0U) << "it may be at work";
    bench.advance(2min);
    ASSERT_EQ(sent(Action::stop), 1U);
    EXPECT_EQ(after_stop(Action::stop), 2min);
    EXPECT_EQ(sent(Action::heal), 1U);
}

TEST_F(EngineHeal, HealWithoutEffect_IsTriedAgainUntilTheTimeIsOver) {
    heal = refused(Outcome::throttled);
    begin();
    bench.advance(5s);
    EXPECT_GE(sent(Action::heal), 2U);
    heal = accepted();
    bench.advance(1min);
    EXPECT_EQ(sent(Action::stop), 1U);
    EXPECT_EQ(bench.run().residue, "");

    Drill other;
    other.heal = refused(Outcome::not_sent);
    other.begin(30s);
    other.bench.advance(10min);
    ASSERT_EQ(other.sent(Action::stop), 1U);
    EXPECT_EQ(other.after_stop(Action::stop), 30s);
    EXPECT_EQ(other.bench.note(), "the guard rail could not be set off within 30s");
}

TEST_F(EngineHeal, HealThatHangs_WhenItsTimeIsOver_IsCut) {
    begin(5s);
    answer_the_look_by_hand();
    ASSERT_EQ(sent(Action::heal), 1U);
    bench.advance(6s);
    ASSERT_EQ(bench.cuts.size(), 1U);
    const auto hanging = std::ranges::find(bench.in_flight, bench.cuts.front(), &Send::call);
    ASSERT_NE(hanging, bench.in_flight.end());
    EXPECT_EQ(sent(Action::stop), 0U) << "a stop never overtakes it";
    bench.manual_answers = false;
    bench.answer(static_cast<std::size_t>(hanging - bench.in_flight.begin()), refused(Outcome::uncertain));
    bench.advance(1ms);
    EXPECT_EQ(sent(Action::stop), 1U);
}

TEST_F(EngineHeal, OperatorsStopAndShutdown_GoTheSameWay) {
    load();
    bench.advance_to(kTwo + 5min);
    bench.event(Command{1, "ann", StopRun{bench.order[0], "too hot"}});
    bench.advance(1s);
    ASSERT_EQ(sent(Action::heal), 1U);
    EXPECT_EQ(bench.sent_of(Action::heal).at(0).send.spec->placeholders.at("actor"), "ann");
    EXPECT_EQ(sent(Action::stop), 0U);
    bench.advance(1min);
    EXPECT_EQ(bench.story(), "due>starting>running>stopping:operator>stopped:operator");

    Drill other;
    other.load();
    other.bench.advance_to(kTwo + 5min);
    other.bench.event(ShutdownRequested{.stop_all = true});
    other.bench.advance(1s);
    EXPECT_EQ(other.sent(Action::heal), 1U);
    EXPECT_EQ(other.sent(Action::stop), 0U);
}

TEST_F(EngineHeal, RunThatNoLookHasShown_IsLookedAtFirst) {
    load();
    bench.advance_to(kTwo + 1s);  // before its first poll
    const std::size_t before = bench.sent.size();
    bench.event(Command{1, "ann", StopRun{bench.order[0], "too hot"}});
    bench.advance(10ms);
    ASSERT_GE(bench.sent.size(), before + 2);
    EXPECT_EQ(bench.sent[before].send.spec->action, Action::query);
    EXPECT_EQ(bench.sent[before + 1].send.spec->action, Action::heal);
    EXPECT_EQ(sent(Action::stop), 0U);
}

TEST_F(EngineHeal, UnreadableLook_HoldsTheStopUpForHealWithinAtMost) {
    load();
    bench.advance_to(kTwo + 1s);
    is_blind = true;
    bench.event(Command{1, "ann", StopRun{bench.order[0], "too hot"}});
    bench.advance(1min);
    EXPECT_EQ(sent(Action::stop), 0U) << "its baseline has shown that the guard rail rolls back";
    bench.advance(2min);
    EXPECT_GE(sent(Action::stop), 1U);
    EXPECT_EQ(sent(Action::heal), 0U);

    Drill other;
    other.bench.provider.baseline = false;
    other.load();
    other.bench.advance_to(kTwo + 1s);
    other.is_blind = true;
    other.bench.event(Command{1, "ann", StopRun{other.bench.order[0], "too hot"}});
    other.bench.advance(10ms);
    EXPECT_EQ(other.sent(Action::stop), 1U) << "nobody knows of a guard rail";
}

TEST_F(EngineHeal, EarlierLooks_WhereTheLastCannotBeRead_AreEnough) {
    begin();
    is_blind = true;
    bench.advance(1s);
    EXPECT_EQ(sent(Action::heal), 1U);
    EXPECT_EQ(sent(Action::stop), 0U);
}

TEST_F(EngineHeal, Heal_AfterACrash_IsNotRepeatedAndItsTimeGoesOn) {
    recovery_takes = 24h;
    begin();
    bench.advance(31s);
    ASSERT_EQ(sent(Action::heal), 1U);
    bench.crash();
    bench.load();
    bench.advance(1min);
    EXPECT_EQ(sent(Action::heal), 1U);
    EXPECT_EQ(sent(Action::stop), 0U);
    bench.crash();
    bench.load();
    bench.advance(5min);
    EXPECT_EQ(sent(Action::heal), 1U);
    ASSERT_EQ(sent(Action::stop), 1U);
    EXPECT_EQ(after_stop(Action::stop), 2min);
}

TEST_F(EngineHeal, RefusedHeal_AfterACrash_IsNotRepeatedEither) {
    heal = refused(Outcome::conflict);
    begin();
    answer_the_look_by_hand();
    ASSERT_EQ(bench.in_flight.size(), 1U);
    bench.answer(0, heal);
    ASSERT_EQ(sent(Action::heal), 1U);
    bench.manual_answers = false;
    bench.crash();
    bench.advance(1s);
    EXPECT_EQ(sent(Action::heal), 1U);
    EXPECT_GE(sent(Action::stop), 1U);
}

TEST_F(EngineHeal, Heal_AfterACrashBeforeItWasSent_IsMadeUpFor) {
    load();
    bench.advance_to(kStop - 1s);
    bench.crash();
    bench.advance(10s);
    EXPECT_EQ(sent(Action::heal), 1U);
    EXPECT_EQ(sent(Action::stop), 0U);
}

TEST_F(EngineHeal, OverdueDrillsAfterACrash_AreLookedAtInTheOrderOfTheirDeadlines) {
    bench.provider.rate_limit = {100ms, 10};
    bench.provider.baseline = false;
    bench.vendor = [this](const Send& send) { return bench.obey(send); };
    bench.jobs.clear();
    for (const int minutes : {33, 31, 34, 32}) {
        const std::string task = std::to_string(minutes);
        bench.jobs.push_back(
            make_job("drill-" + std::to_string(99 - minutes), "0 0 2 * * *", std::chrono::minutes{minutes}, task));
        bench.jobs.back().heal_within = 2min;
    }
    bench.load();
    bench.advance_to(kStop - 1s);
    bench.now.wall += 10min;
    bench.now.boot += 10min;
    const std::size_t before = bench.sent.size();
    bench.crash();
    bench.advance(10s);
    std::vector<std::string> looks;
    for (std::size_t i = before; i < bench.sent.size(); ++i) {
        const std::string& task = bench.sent[i].send.spec->task_ids.front();
        const bool is_first = std::ranges::find(looks, task) == looks.end();
        if (bench.sent[i].send.spec->action == Action::query && is_first) looks.push_back(task);
    }
    EXPECT_EQ(looks, (std::vector<std::string>{"31", "32", "33", "34"}));
    EXPECT_EQ(sent(Action::stop), 4U);
}

TEST_F(EngineHeal, ClosedAccount_GetsTheStopAsItsProbe) {
    begin();
    heal = refused(Outcome::unauthorized);
    bench.advance(1s);
    ASSERT_EQ(sent(Action::heal), 1U);
    bench.advance(11min);
    EXPECT_EQ(sent(Action::heal), 1U);
    EXPECT_GE(sent(Action::stop), 1U);
    EXPECT_EQ(bench.story(), "due>starting>running>stopping:schedule>stopped:schedule");
}

TEST_F(EngineHeal, DrillThatEndsMeanwhile_NeedsNoMoreHealing) {
    recovery_takes = 24h;
    begin();
    bench.advance(1s);
    bench.tasks["1"].state = RemoteState::ended;
    residue = "";
    bench.advance(1min);
    EXPECT_EQ(bench.story(), "due>starting>running>stopping:schedule>completed");
    EXPECT_EQ(sent(Action::stop), 0U);
}

TEST_F(EngineHeal, RunThatEndsByItself_SaysWhatItLeft) {
    load();
    bench.advance_to(kTwo + 5min);
    bench.tasks["1"].state = RemoteState::failed;
    bench.advance(1min);
    EXPECT_EQ(bench.story(), "due>starting>running>failed:remote_failed");
    EXPECT_EQ(bench.run().residue, "CPU load (action 17)");
}

TEST_F(EngineHeal, LastLook_ThatShowsNoActions_TakesNothingBack) {
    rolls_back = false;
    begin();
    residue.reset();
    bench.advance(5min);
    EXPECT_EQ(bench.story(), "due>starting>running>stopping:schedule>stopped:schedule");
    EXPECT_EQ(bench.run().residue, "CPU load (action 17)");
}

TEST_F(EngineHeal, PollByList_IsReplacedNowAndThen) {
    load();
    bench.advance_to(kTwo + 20min);
    const auto looks = bench.sent_of(Action::query);
    const auto alone = std::ranges::count_if(looks, [](const auto& s) { return !s.send.spec->batched; });
    EXPECT_GE(alone, 8);
    EXPECT_LE(alone, 13) << "the others ask by the list";
}

TEST_F(EngineHeal, AutomaticDrill_ThatWaitsForAPerson_IsToldOnce) {
    int told = 0;
    bench.on_durable = [&](const std::vector<Row>& rows) {
        for (const auto& row : rows) {
            const auto* run = std::get_if<RunRow>(&row);
            told += run != nullptr && run->waits_since && run->waits_since == run->updated ? 1 : 0;
        }
    };
    load();
    bench.advance_to(kTwo + 5min);
    EXPECT_EQ(told, 0);
    waits_for = "CPU load (action 17) has failed";
    mode = "manual";  // as the vendor shows it then; the baseline knows better
    bench.advance(3min);
    EXPECT_EQ(told, 1);
    EXPECT_EQ(bench.run().waits_for, "CPU load (action 17) has failed");
    bench.crash();
    bench.load();
    bench.advance(10min);
    EXPECT_EQ(told, 1);
}

TEST_F(EngineHeal, ManualDrill_ThatWaitsForAPerson_IsNotTold) {
    mode = "manual";
    load();
    bench.advance_to(kTwo + 1min);
    waits_for = "CPU load (action 17) is to be executed";
    bench.advance(10min);
    EXPECT_EQ(bench.run().waits_for, "");
}

}  // namespace
}  // namespace taktd
