// SPDX-License-Identifier: Apache-2.0
// Runs that make a task of their own from a template: made before the start, never twice without having looked, and
// nothing is owed for it.
#include "tests/support/engine_bench.hpp"

namespace taktd::test {
namespace {

struct EnginePrepare : ::testing::Test {
    EngineBench bench;
    void SetUp() override {
        bench.provider = make_provider("chaos");
        bench.jobs = {make_job("drill", "0 0 2 * * *", 30min, "")};
        bench.jobs[0].task.prepare_json = R"({"template_id":33})";
        bench.load();
    }
    std::size_t sent(Action action) { return bench.sent_of(action).size(); }
    void command(CommandId id, decltype(Command::body) body) { bench.event(Command{id, "mia", std::move(body)}); }
    bool finds(std::size_t i) { return bench.sent_of(Action::prepare).at(i).send.spec->finds; }
    /// What the vendor answers to a `prepare`, one after the other; it makes the task first where `is_made`.
    struct Answer {
        CallResult result;
        bool is_made = false;
    };
    void prepares_are(std::vector<Answer> answers) {
        bench.vendor = [this, answers, n = std::size_t{0}](const Send& send) mutable {
            if (send.spec->action != Action::prepare || n >= answers.size()) return bench.obey(send);
            const Answer& answer = answers[n++];
            if (answer.is_made) bench.obey(send);
            return answer.result;
        };
    }
};

TEST_F(EnginePrepare, Task_IsMadeStartedAndStopped) {
    bench.advance(3h);
    EXPECT_EQ(bench.story(), kWhole);
    const auto prepares = bench.sent_of(Action::prepare);
    ASSERT_EQ(prepares.size(), 1U);
    EXPECT_EQ(prepares[0].at.wall, kTwo);
    EXPECT_FALSE(prepares[0].send.spec->finds);
    EXPECT_EQ(prepares[0].send.spec->parameters_json, R"({"template_id":33})");
    EXPECT_EQ(prepares[0].send.spec->placeholders.at("run"), bench.order[0].text());
    EXPECT_EQ(bench.run().vendor_task_id, "made-1");
    EXPECT_EQ(bench.run().task_key, task_key_of(bench.provider, "made-1"));
    ASSERT_TRUE(bench.run().baseline) << "the new task is looked at, too";
    for (const Action action : {Action::start, Action::stop}) {
        ASSERT_EQ(sent(action), 1U);
        EXPECT_EQ(bench.sent_of(action)[0].send.spec->task_ids, std::vector<std::string>{"made-1"});
    }
    EXPECT_EQ(bench.sent_of(Action::stop)[0].at.wall, kTwo + 30min);
    bench.advance(24h);
    EXPECT_EQ(bench.run(1).vendor_task_id, "made-2") << "each run has its own";
}

struct Story {
    const char* name;
    std::vector<Outcome> outcomes;  // of the first prepares
    bool is_made;                   // whether the first one made the task all the same
    const char* story;
    std::vector<bool> finds;  // which of all the prepares were searches
};

TEST_F(EnginePrepare, Answers_DecideWhatBecomesOfTheRun) {
    const Story cases[] = {
        {"lost, and made", {Outcome::uncertain}, true, "due>starting>running", {false, true}},
        {"lost, and not made", {Outcome::uncertain}, false, "due>starting>running", {false, true, false}},
        {"lost, and the search fails",
         {Outcome::uncertain, Outcome::uncertain},
         true,
         "due>starting>running",
         {false, true, true}},
        {"lost, and the search is throttled",
         {Outcome::uncertain, Outcome::throttled},
         true,
         "due>starting>running",
         {false, true, true}},
        {"throttled", {Outcome::throttled, Outcome::throttled}, false, "due>starting>running", {false, false, false}},
        {"not sent", {Outcome::not_sent}, false, "due>starting>running", {false, false}},
        {"refused for now", {Outcome::refused_retryable}, false, "due>starting>running", {false, false}},
        {"refused", {Outcome::refused_final}, false, "due>failed:refused", {false}},
        {"conflict", {Outcome::conflict}, false, "due>failed:refused", {false}},
        {"unauthorized, and the probe of the closed provider is a search",
         {Outcome::unauthorized},
         false,
         "due>skipped:provider_unauthorized",
         {false, true}},
        {"accepted without an id", {Outcome::accepted}, true, "due>starting>running", {false, true}},
    };
    for (const auto& c : cases) {
        EngineBench one;
        one.jobs = bench.jobs;
        one.load();
        std::size_t n = 0;
        one.vendor = [&](const Send& send) {
            if (send.spec->action != Action::prepare || n >= c.outcomes.size()) return one.obey(send);
            if (n == 0 && c.is_made) one.obey(send);
            return refused(c.outcomes[n++]);
        };
        one.advance_to(kTwo + 30s);
        EXPECT_EQ(one.story(), c.story) << c.name;
        std::vector<bool> finds;
        for (const auto& sent : one.sent_of(Action::prepare)) finds.push_back(sent.send.spec->finds);
        EXPECT_EQ(finds, c.finds) << c.name;
        EXPECT_TRUE(one.sent_of(Action::stop).empty());
        EXPECT_TRUE(!c.is_made || one.run().vendor_task_id == "made-1") << c.name << ": no second one";
    }
}

TEST_F(EnginePrepare, VendorsWaitAndBackoff_AreKept) {
    prepares_are({{refused(Outcome::throttled, 7s), false}, {refused(Outcome::not_sent), false}});
    bench.advance_to(kTwo + 30s);
    const auto prepares = bench.sent_of(Action::prepare);
    ASSERT_EQ(prepares.size(), 3U);
    EXPECT_EQ(prepares[1].at.wall, kTwo + 7s);
    EXPECT_GE(prepares[2].at.wall, kTwo + 8800ms) << "two seconds, up to a tenth less";
    EXPECT_LE(prepares[2].at.wall, kTwo + 9s);
}

TEST_F(EnginePrepare, FinalRefusal_SaysWhy) {
    CallResult result = refused(Outcome::refused_final);
    result.vendor_code = "ResourceNotFound";
    result.vendor_message = "no such template";
    prepares_are({{result, false}});
    bench.advance(3h);
    EXPECT_EQ(bench.story(), "due>failed:refused");
    EXPECT_EQ(bench.note(), "no task from the template: ResourceNotFound: no such template");
    EXPECT_EQ(bench.run().obligation, Obligation::none);
    EXPECT_EQ(sent(Action::prepare), 1U);
}

TEST_F(EnginePrepare, TaskThatCannotBeMadeInTime_IsNotStarted) {
    bench.vendor = [](const Send&) {
        CallResult result = refused(Outcome::uncertain);
        result.vendor_message = "timeout";
        return result;
    };
    bench.advance(3h);
    EXPECT_EQ(bench.story(), "due>skipped:no_baseline");
    EXPECT_EQ(bench.note(), "its task could not be made from the template: timeout");
    EXPECT_EQ(bench.transitions.back().at, kTwo + 1min + 1ns);
    for (std::size_t i = 1; i < sent(Action::prepare); ++i) EXPECT_TRUE(finds(i)) << "it may have been made";
}

TEST_F(EnginePrepare, Crash_WithTheAnswerUnderWay_LooksFirst) {
    for (const bool is_made : {true, false}) {
        EngineBench one;
        one.jobs = bench.jobs;
        one.load();
        one.manual_answers = true;
        one.advance_to(kTwo + 1s);
        ASSERT_EQ(one.in_flight.size(), 1U);
        if (is_made) one.obey(one.in_flight[0]);
        one.crash();
        one.manual_answers = false;
        one.load();
        one.advance(10s);
        EXPECT_EQ(one.story(), "due>starting>running");
        const auto prepares = one.sent_of(Action::prepare);
        ASSERT_EQ(prepares.size(), is_made ? 2U : 3U);
        EXPECT_TRUE(prepares[1].send.spec->finds);
        EXPECT_EQ(one.run().vendor_task_id, "made-1") << "only one was ever made";
        for (const auto& [id, call] : one.calls) EXPECT_TRUE(call.result) << name_of(call.action);
    }
}

TEST_F(EnginePrepare, Crash_BeforeTheAnswerIsDurable_LooksFirst) {
    bench.advance_to(kTwo - 1s);
    bench.auto_commit = false;
    bench.advance(2s);
    ASSERT_EQ(sent(Action::prepare), 1U) << "nothing waits for its commit";
    bench.crash();  // nothing of it is in the store
    bench.auto_commit = true;
    bench.load();
    bench.advance(10s);
    ASSERT_EQ(bench.order.size(), 1U);
    EXPECT_EQ(bench.story(), "due>starting>running");
}

TEST_F(EnginePrepare, Crash_BetweenTaskAndStart_KeepsTheTask) {
    bench.advance_to(kTwo - 1s);
    bench.vendor = [this](const Send& send) {
        return send.spec->action == Action::query ? refused(Outcome::uncertain) : bench.obey(send);
    };
    bench.advance(2s);
    ASSERT_EQ(bench.story(), "due");
    ASSERT_EQ(bench.run().vendor_task_id, "made-1");
    bench.vendor = [this](const Send& send) { return bench.obey(send); };
    bench.crash();
    bench.load();
    bench.advance(10s);
    EXPECT_EQ(bench.story(), "due>starting>running");
    EXPECT_EQ(sent(Action::prepare), 1U);
    EXPECT_EQ(bench.sent_of(Action::start)[0].send.spec->task_ids, std::vector<std::string>{"made-1"});
}

TEST_F(EnginePrepare, RefusedStart_KeepsItsTask) {
    bench.vendor = [this, n = 0](const Send& send) mutable {
        return send.spec->action == Action::start && n++ == 0 ? refused(Outcome::throttled) : bench.obey(send);
    };
    bench.advance_to(kTwo + 10s);
    EXPECT_EQ(bench.story(), "due>starting>due>starting>running");
    EXPECT_EQ(sent(Action::prepare), 1U);
}

struct Change {
    const char* name;
    std::function<void(EngineBench&)> change;
    const char* task;  // that is started
    std::size_t prepares;
};

TEST_F(EnginePrepare, Reload_WhileItsTaskIsMade_KeepsItIfItStillFits) {
    const auto same = [](EngineBench&) {};
    const auto other_template = [](EngineBench& b) { b.jobs[0].task.prepare_json = R"({"template_id":34})"; };
    const auto other_endpoint = [](EngineBench& b) { b.provider.endpoint = "https://elsewhere.example"; };
    const auto fixed_task = [](EngineBench& b) {
        b.jobs[0].task.prepare_json.clear();
        b.jobs[0].task.task_id = "7";
    };
    const Change cases[] = {
        {"nothing changes", same, "made-1", 1},
        {"another template", other_template, "made-2", 2},
        {"another endpoint", other_endpoint, "made-2", 2},
        {"no template any more", fixed_task, "7", 1},
    };
    for (const auto& c : cases) {
        EngineBench one;
        one.jobs = bench.jobs;
        one.load();
        one.manual_answers = true;
        one.advance_to(kTwo + 1s);
        ASSERT_EQ(one.in_flight.size(), 1U);
        const CallResult made = one.obey(one.in_flight[0]);  // made-1; the answer is under way
        one.manual_answers = false;
        c.change(one);
        one.load();
        one.answer(0, made);
        one.advance(20s);
        EXPECT_EQ(one.story(), "due>starting>running") << c.name;
        const auto prepares = one.sent_of(Action::prepare);
        ASSERT_EQ(prepares.size(), c.prepares) << c.name;
        EXPECT_FALSE(prepares.back().send.spec->finds) << c.name << ": its title would find the old one";
        EXPECT_EQ(prepares.back().send.spec->provider->endpoint,
                  c.prepares == 2 ? one.provider.endpoint : bench.provider.endpoint);
        ASSERT_EQ(one.sent_of(Action::start).size(), 1U);
        EXPECT_EQ(one.sent_of(Action::start)[0].send.spec->task_ids[0], c.task) << c.name;
    }
}

TEST_F(EnginePrepare, ChangedTemplate_AfterACrash_IsNotFoundByTheOldTitle) {
    bench.manual_answers = true;
    bench.advance_to(kTwo + 1s);
    bench.obey(bench.in_flight.at(0));
    bench.crash();
    bench.manual_answers = false;
    bench.jobs[0].task.prepare_json = R"({"template_id":34})";
    bench.load();
    bench.advance(10s);
    EXPECT_EQ(bench.story(), "due>starting>running");
    EXPECT_FALSE(finds(1));
    EXPECT_EQ(bench.run().vendor_task_id, "made-2");
}

TEST_F(EnginePrepare, MakingATask_IsChargedAndWaitsForItsPermit) {
    bench.provider.rate_limit = {10s, 2};
    bench.provider.baseline = false;
    bench.jobs.push_back(bench.jobs[0]);
    bench.jobs[1].name = "drill-2";
    bench.load();
    bench.advance_to(kTwo + 1min);
    ASSERT_GE(bench.sent.size(), 4U);
    for (std::size_t i = 2; i < bench.sent.size(); ++i)
        EXPECT_GE(bench.sent[i].at.boot - bench.sent[i - 2].at.boot, 10s) << "burst 2, one in 10 s";
    EXPECT_EQ(sent(Action::prepare), 2U);
    EXPECT_EQ(sent(Action::start), 2U);
}

TEST_F(EnginePrepare, HoldDisableRemoveOrCancel_WhileItsTaskIsMade_StartsNothing) {
    const auto hold = [](EngineBench& b) {
        b.event(Command{1, "mia", SetHold{HoldRow{"", true, "incident", "", {}, std::nullopt}}});
    };
    const auto disable = [](EngineBench& b) {
        b.event(Command{1, "mia", SetDisabled{"drill", true, std::nullopt, "no more"}});
    };
    const auto remove = [](EngineBench& b) {
        b.jobs.clear();
        b.load();
    };
    const auto cancel = [](EngineBench& b) { b.event(Command{1, "mia", StopRun{b.order[0], "enough"}}); };
    const std::pair<std::function<void(EngineBench&)>, const char*> cases[] = {
        {hold, "due>skipped:hold"},
        {disable, "due>skipped:disabled"},
        {remove, "due>skipped:removed"},
        {cancel, "due>cancelled:operator"},
    };
    for (const auto& [act, story] : cases) {
        EngineBench one;
        one.jobs = bench.jobs;
        one.load();
        one.manual_answers = true;
        one.advance_to(kTwo + 1s);
        act(one);
        EXPECT_EQ(one.story(), story);
        one.manual_answers = false;
        one.answer(0, one.obey(one.in_flight.at(0)));
        one.advance(1h);
        EXPECT_EQ(one.story(), story);
        EXPECT_TRUE(one.sent_of(Action::start).empty());
        EXPECT_EQ(one.engine.status().calls_in_flight, 0U);
    }
}

TEST_F(EnginePrepare, Hold_KeepsAWishForATaskFromBeingSent) {
    bench.provider.rate_limit = {10s, 2};
    bench.load();
    bench.jobs.push_back(make_job("other", "59 59 1 * * *", 30min, "5"));
    bench.provider.baseline = false;
    bench.load();
    bench.advance_to(kTwo + 1s);  // the other's start took the token
    ASSERT_EQ(sent(Action::prepare), 0U);
    command(1, SetHold{HoldRow{"", true, "incident", "", {}, std::nullopt}});
    bench.advance_to(kTwo + 30s);
    EXPECT_EQ(sent(Action::prepare), 0U);
    EXPECT_EQ(bench.story(1), "due>skipped:hold");
}

TEST_F(EnginePrepare, RefusalForTheClock_IsSignedAgainAtOnceAndOnce) {
    bench.vendor = [this](const Send& send) {
        if (send.skew == Duration{1h}) return bench.obey(send);
        CallResult result = refused(Outcome::clock_skew);
        result.http_status = 401;
        result.server_time = bench.now.wall + 1h;
        return result;
    };
    bench.advance_to(kTwo + 1s);
    EXPECT_EQ(bench.story(), "due>starting>running");
    EXPECT_EQ(sent(Action::prepare), 2U) << "signed again, at once and once";
}

TEST_F(EnginePrepare, StartByHand_WaitsForItsTask) {
    command(1, StartJob{"drill", 10min, ""});
    bench.advance(1s);
    EXPECT_EQ(bench.story(), "due>starting>running");
    EXPECT_EQ(bench.run().vendor_task_id, "made-1");
}

// A provider whose jobs all come from templates has no task to ask for.
TEST_F(EnginePrepare, ClosedProvider_OfTemplatesOnly_IsProbedByASearchAndReopens) {
    bool is_locked = true;
    bench.vendor = [&](const Send& send) {
        if (is_locked) return refused(Outcome::unauthorized);
        return bench.obey(send);
    };
    bench.advance_to(kTwo + 1s);
    ASSERT_EQ(bench.story(), "due>skipped:provider_unauthorized");
    is_locked = false;
    const auto before = bench.sent.size();
    bench.advance(11min);
    ASSERT_EQ(bench.sent.size(), before + 1);
    EXPECT_TRUE(bench.sent.back().send.spec->finds) << "without effect";
    EXPECT_LE(bench.sent.back().at.wall, kTwo + 6s);
    bench.advance(25h);
    EXPECT_EQ(bench.story(1), kWhole);
}

}  // namespace
}  // namespace taktd::test
