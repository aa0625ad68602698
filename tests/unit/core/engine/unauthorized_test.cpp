// SPDX-License-Identifier: Apache-2.0
// A vendor that refuses our credentials: the provider closes, is probed after seconds, then ever more slowly, and after
// a reload, and opens again; what is owed is not forgotten meanwhile.
#include <algorithm>

#include "tests/support/engine_bench.hpp"

namespace taktd::test {
namespace {

CallResult unauthorized() {
    CallResult result = refused(Outcome::unauthorized);
    result.http_status = 401;
    return result;
}

struct EngineUnauthorized : ::testing::Test {
    EngineBench bench;
    bool is_locked = false;
    void SetUp() override {
        bench.jobs = {make_job("load", "0 0 2 * * *", 30min)};
        bench.vendor = [this](const Send& send) { return is_locked ? unauthorized() : bench.obey(send); };
        bench.load();
    }
    std::size_t sent(Action action) { return bench.sent_of(action).size(); }
    /// The instants of what was sent from `after` on.
    std::vector<WallTime> sent_after(WallTime after) {
        std::vector<WallTime> found;
        for (const auto& sent : bench.sent) {
            if (sent.at.wall > after) found.push_back(sent.at.wall);
        }
        return found;
    }
    void command(CommandId id, decltype(Command::body) body) { bench.event(Command{id, "mia", std::move(body)}); }
};

TEST_F(EngineUnauthorized, OneSpuriousRefusal_HoldsAnotherRunsStopForSecondsOnly) {
    bench.jobs.push_back(make_job("other", "0 0 2 * * *", 10min, "2"));
    bench.load();
    bench.advance_to(kTwo + 10min - 200ms);
    int refusals = 1;
    bench.vendor = [&](const Send& send) { return refusals-- > 0 ? unauthorized() : bench.obey(send); };
    bench.event(Command{1, "mia", StopRun{bench.order[0], ""}});  // refused, and closes the account
    bench.advance_to(kTwo + 10min + 10s);
    for (std::size_t i = 0; i < 2; ++i) EXPECT_TRUE(is_terminal(bench.run(i).state)) << bench.story(i);
    EXPECT_LE(bench.sent_of(Action::stop)[2].at.wall, kTwo + 10min + 5s);
}

TEST_F(EngineUnauthorized, ClosedProvider_CeasesPolling_AndProbesEverMoreSlowly) {
    bench.advance_to(kTwo + 1min + 1s);
    is_locked = true;
    bench.advance_to(kTwo + 1min + 15s);  // the poll that is refused
    bench.advance_to(kTwo + 27min);
    const auto probes = sent_after(kTwo + 1min + 15s);
    const Duration waits[] = {5s, 60s, 150s, 6min, 10min};
    ASSERT_EQ(probes.size(), 5U);
    WallTime last = kTwo + 1min + 15s;
    for (std::size_t i = 0; i < 5; ++i) {
        EXPECT_LE(probes[i] - last, waits[i]);
        EXPECT_GE(probes[i] - last, waits[i] * 9 / 10);
        last = probes[i];
    }
    is_locked = false;
    bench.advance_to(last + 10min + 10s);
    bench.advance_to(kTwo + 31min);
    EXPECT_EQ(bench.story(), kWhole);
}

TEST_F(EngineUnauthorized, OwedStops_AreTheProbesInTurn) {
    bench.jobs = {make_job("a", "0 0 2 * * *", 5min, "1"), make_job("b", "0 0 2 * * *", 5min, "2"),
                  make_job("c", "0 0 2 * * *", 5min, "3")};
    bench.load();
    bench.advance_to(kTwo + 4min + 58s);
    is_locked = true;
    bench.advance_to(kTwo + 15min);
    std::vector<std::string> stopped;
    for (const auto& stop : bench.sent_of(Action::stop)) {
        if (stop.at.wall > kTwo + 5min + 1s) stopped.push_back(stop.send.spec->task_ids[0]);
    }
    ASSERT_GE(stopped.size(), 3U) << "after seconds, and once the vendor has forgotten the first refusals";
    stopped.resize(3);
    std::ranges::sort(stopped);
    EXPECT_EQ(stopped, (std::vector<std::string>{"1", "2", "3"}));
    is_locked = false;
    bench.advance_to(kTwo + 26min);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(bench.story(i), kWhole) << "one success opens it for all";
}

TEST_F(EngineUnauthorized, Starts_UntilItOpens_AreSkipped) {
    bench.jobs.push_back(make_job("later", "0 */10 * * * *", 5min, "2"));
    bench.load();
    is_locked = true;
    bench.advance_to(kMidnight + 15min);  // the baseline before ten past was refused
    EXPECT_EQ(bench.story(0), "due>skipped:provider_unauthorized");
    EXPECT_EQ(sent(Action::start), 0U);
    is_locked = false;
    bench.advance_to(kMidnight + 21min);
    EXPECT_EQ(bench.story(1), "due>starting>running") << "the probe came just before";
}

TEST_F(EngineUnauthorized, StartThatIsRefusedItself_HasFailed) {
    bench.vendor = [this](const Send& send) {
        return send.spec->action == Action::start ? unauthorized() : bench.obey(send);
    };
    bench.advance_to(kTwo + 1min);
    EXPECT_EQ(bench.story(), "due>starting>failed:provider_unauthorized");
    EXPECT_EQ(sent(Action::start), 1U);
}

TEST_F(EngineUnauthorized, StartWhoseIntentWasWritten_IsNotSent) {
    bench.jobs.push_back(make_job("other", "0 0 2 * * *", 30min, "2"));
    bench.jobs.push_back(make_job("third", "", 30min, "3"));
    bench.load();
    bench.advance_to(kTwo - 1s);
    bench.manual_answers = true;
    command(1, StartJob{"third", 10min, ""});
    const std::size_t look = bench.in_flight.size() - 1;
    bench.auto_commit = false;
    bench.advance_to(kTwo + 1s);
    bench.answer(look, unauthorized());  // while two intents wait for their commit
    bench.auto_commit = true;
    bench.commit();
    bench.advance(1min);
    EXPECT_EQ(sent(Action::start), 0U);
    for (const auto& [id, run] : bench.runs) EXPECT_EQ(run.reason, Reason::provider_unauthorized) << run.job;
    EXPECT_EQ(bench.runs.size(), 3U);
}

TEST_F(EngineUnauthorized, WaitingRun_WhenTheProviderCloses_IsSkipped) {
    bench.jobs[0].start_grace = 20min;
    bench.jobs[0].overlap = Overlap::queue;
    bench.load();
    command(1, StartJob{"load", 3h, ""});
    bench.advance_to(kTwo + 1min);
    ASSERT_EQ(bench.story(1), "due");
    is_locked = true;
    bench.advance(1min);
    EXPECT_EQ(bench.story(1), "due>skipped:provider_unauthorized");
}

TEST_F(EngineUnauthorized, Reload_ProbesAtOnce_AndWorksWithTheNewSecrets) {
    bench.advance_to(kTwo + 1min);
    is_locked = true;
    bench.advance_to(kTwo + 3min);
    is_locked = false;
    const auto before = bench.sent.size();
    bench.load();
    EXPECT_EQ(bench.sent.size(), before + 1) << "at once";
    bench.advance_to(kTwo + 31min);
    EXPECT_EQ(bench.story(), kWhole);
    EXPECT_EQ(bench.sent_of(Action::stop)[0].at.wall, kTwo + 30min);
}

TEST_F(EngineUnauthorized, SecretsThatHaveChangedMeanwhile_AreTriedAtOnceAndOnce) {
    bench.advance_to(kTwo + 1min);
    int refusals = 0;
    bool is_bad = true;
    bench.vendor = [&](const Send& send) {
        if (!is_bad) return bench.obey(send);
        CallResult result = refused(Outcome::unauthorized);
        result.http_status = 401;
        result.secrets_changed = ++refusals == 1;
        return result;
    };
    const auto before = bench.sent.size();
    bench.advance_to(kTwo + 2min);
    EXPECT_EQ(bench.sent.size(), before + 2) << "the query, and one more with the new secrets";
    is_bad = false;
    bench.advance_to(kTwo + 31min);
    EXPECT_EQ(bench.story(), kWhole);
}

TEST_F(EngineUnauthorized, Reload_WithTheSameBadSecrets_IsOneProbeOnly) {
    bench.advance_to(kTwo + 1min);
    is_locked = true;
    bench.advance_to(kTwo + 3min);
    const auto before = bench.sent.size();
    for (int i = 0; i < 3; ++i) bench.load();
    bench.advance(5min);
    EXPECT_EQ(bench.sent.size(), before + 3) << "one for each";
    bench.advance_to(kTwo + 14min);
    EXPECT_EQ(bench.sent.size(), before + 4) << "and ten minutes after the last, as the waits had grown";
}

TEST_F(EngineUnauthorized, Query_WhenNothingIsOwed_IsTheProbe) {
    is_locked = true;
    bench.advance_to(kTwo + 1min);
    ASSERT_EQ(bench.story(), "due>skipped:provider_unauthorized");
    is_locked = false;
    bench.advance(10min);
    ASSERT_GE(bench.sent.size(), 2U);
    EXPECT_LE(bench.sent[1].at.wall, kTwo - 5s) << "the look before the start was refused ten seconds before it";
    EXPECT_EQ(sent(Action::query), bench.sent.size());
    bench.advance(25h);
    EXPECT_EQ(bench.story(1), kWhole);
}

TEST_F(EngineUnauthorized, AnotherAccount_GoesOn) {
    auto config = std::make_shared<Config>();
    const auto add = [&](const std::string& name, const std::string& task) {
        auto provider = bench.provider;
        provider.name = provider.account = name;
        auto job = make_job("job-" + name, "0 0 2 * * *", 30min, task);
        job.provider = config->providers[name] = std::make_shared<const ProviderSpec>(provider);
        job.task_key = task_key_of(provider, task);
        config->jobs[job.name] = std::make_shared<const Job>(job);
    };
    add("a", "1");
    add("b", "2");
    bench.event(ConfigLoaded{config});
    bench.vendor = [this](const Send& send) {
        return send.spec->provider->account == "a" ? unauthorized() : bench.obey(send);
    };
    bench.advance(3h);
    std::vector<std::string> stories{bench.story(0), bench.story(1)};
    std::ranges::sort(stories);
    EXPECT_EQ(stories[0], "due>skipped:provider_unauthorized");
    EXPECT_EQ(stories[1], kWhole);
}

TEST_F(EngineUnauthorized, ThrottledOrBrokenAnswers_DoNotOpenIt) {
    bench.jobs = {make_job("load", "0 0 2 * * *", 3h)};
    bench.load();
    bench.advance_to(kTwo + 1min);
    is_locked = true;
    bench.advance_to(kTwo + 30min);  // by now it is asked every ten minutes
    for (const Outcome outcome : {Outcome::throttled, Outcome::uncertain, Outcome::not_sent}) {
        bench.vendor = [outcome](const Send&) {
            CallResult result = refused(outcome);
            result.http_status = outcome == Outcome::not_sent ? 0 : 503;
            return result;
        };
        const auto before = bench.sent.size();
        bench.advance(10min);
        EXPECT_GE(bench.sent.size(), before + 1) << name_of(outcome);
        EXPECT_LE(bench.sent.size(), before + 2) << name_of(outcome) << ": still a probe now and then";
    }
}

TEST_F(EngineUnauthorized, ClosedState_AfterACrash_IsForgottenAndAskedForAgain) {
    bench.advance_to(kTwo + 1min);
    is_locked = true;
    bench.advance_to(kTwo + 2min);
    bench.crash();
    bench.load();
    bench.advance_to(kTwo + 29min);
    is_locked = false;
    bench.advance_to(kTwo + 45min);
    EXPECT_EQ(bench.story(), kWhole);
    EXPECT_EQ(sent(Action::start), 1U);
}

}  // namespace
}  // namespace taktd::test
