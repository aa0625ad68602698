// SPDX-License-Identifier: Apache-2.0
// Keys that change while a run is live: its stop goes out with whatever key works, and no bucket is doubled.
#include "tests/support/engine_bench.hpp"

namespace taktd::test {
namespace {

struct EngineCredentials : ::testing::Test {
    EngineBench bench;
    std::set<std::string> revoked, unreadable;  // references

    void SetUp() override {
        bench.jobs = {make_job("load", "0 0 2 * * *", 30min)};
        bench.provider.credentials = {{"secret_key", "${file:/one}"}};
        bench.provider.account = "fake|one";
        bench.vendor = [this](const Send& send) {
            const std::string& reference = send.spec->provider->credentials.at("secret_key");
            if (unreadable.contains(reference)) {
                CallResult result = refused(Outcome::not_sent);
                result.lacks_credentials = true;
                return result;
            }
            if (!revoked.contains(reference)) return bench.obey(send);
            CallResult result = refused(Outcome::unauthorized);
            result.http_status = 401;
            return result;
        };
        bench.load();
        bench.advance_to(kTwo + 1min);
        ASSERT_EQ(bench.story(), "due>starting>running");
    }
    void reload_with(const std::string& reference, const std::string& account) {
        bench.provider.credentials["secret_key"] = reference;
        bench.provider.account = account;
        bench.load();
    }
    std::string account_of_last_call() const { return bench.sent.back().send.spec->provider->account; }
};

TEST_F(EngineCredentials, Run_WhileItsOwnCredentialsWork_KeepsThem) {
    reload_with("${file:/two}", "fake|two");
    bench.advance_to(kTwo + 31min);
    EXPECT_EQ(bench.story(), "due>starting>running>stopping:schedule>stopped:schedule");
    EXPECT_EQ(bench.sent_of(Action::stop).back().send.spec->provider->account, "fake|one");
}

TEST_F(EngineCredentials, RefusedCredentials_GiveWayToThoseOfTheConfig) {
    reload_with("${file:/two}", "fake|two");
    revoked = {"${file:/one}"};
    bench.advance_to(kTwo + 31min);
    EXPECT_EQ(bench.story(), "due>starting>running>stopping:schedule>stopped:schedule");
    EXPECT_EQ(bench.run().plan.provider->credentials.at("secret_key"), "${file:/two}")
        << "the next process knows it, too";
}

TEST_F(EngineCredentials, RefusedCredentials_GiveWayAsSoonAsTheConfigHasOthers) {
    revoked = {"${file:/one}"};
    bench.advance_to(kTwo + 30min + 1s);
    EXPECT_EQ(bench.story(), "due>starting>running>stopping:schedule");
    reload_with("${file:/two}", "fake|two");
    bench.advance(1s);
    EXPECT_EQ(bench.story(), "due>starting>running>stopping:schedule>stopped:schedule");
}

TEST_F(EngineCredentials, UnreadableCredentials_GiveWayToThoseOfTheConfig) {
    reload_with("${file:/two}", "fake|two");
    unreadable = {"${file:/one}"};
    bench.advance_to(kTwo + 30min + 1s);
    EXPECT_EQ(bench.story(), "due>starting>running>stopping:schedule>stopped:schedule");
}

TEST_F(EngineCredentials, CredentialsOfAnotherEndpoint_AreNotTaken) {
    bench.provider.endpoint = "https://elsewhere.example";
    reload_with("${file:/two}", "fake|two");
    revoked = {"${file:/one}"};
    bench.advance_to(kTwo + 31min);
    EXPECT_EQ(bench.story(), "due>starting>running>stopping:schedule");
    for (const auto& stop : bench.sent_of(Action::stop)) EXPECT_EQ(stop.send.spec->provider->account, "fake|one");
}

// The file of the key has another content now; the account is named after the key's id.
TEST_F(EngineCredentials, NewKey_InTheSamePlace_IsOneBucket) {
    bench.provider.rate_limit = {1s, 2};
    bench.load();
    bench.advance(1h);
    bench.jobs[0] = make_job("load", "0 0 4 * * *", 30min);
    bench.load();
    bench.advance_to(kMidnight + 4h + 1min);
    ASSERT_EQ(bench.run(1).state, RunState::running);
    bench.event(Command{1, "mia", StopRun{bench.order[1], "enough"}});  // takes its tokens
    const std::size_t before = bench.sent.size();
    const BootTime since = bench.now.boot;
    reload_with("${file:/one}", "fake|another");
    bench.advance(10s);
    const auto sent = static_cast<std::int64_t>(bench.sent.size() - before);
    EXPECT_EQ(account_of_last_call(), "fake|another");
    EXPECT_LE(sent, (bench.now.boot - since) / 1s + 1) << "a bucket that was empty is not full under another name";
    EXPECT_EQ(bench.run(1).state, RunState::stopped);
}

TEST_F(EngineCredentials, StartThatHasNotLeft_FollowsItsJob) {
    bench.jobs[0] = make_job("load", "0 0 4 * * *", 30min);
    bench.load();
    bench.advance_to(kMidnight + 4h - 1s);
    bench.auto_commit = false;
    bench.advance(1s);
    ASSERT_EQ(bench.engine.status().live_runs, 1U);
    reload_with("${file:/one}", "fake|another");
    bench.auto_commit = true;
    bench.commit();
    bench.advance(10s);
    EXPECT_EQ(bench.run(1).state, RunState::running) << bench.story(1);
    EXPECT_EQ(bench.sent_of(Action::start).size(), 2U);
    EXPECT_EQ(bench.sent_of(Action::start).back().send.spec->provider->account, "fake|another");
}

TEST_F(EngineCredentials, NewKey_FoundAtTheDaemonsStart_TakesTheRunAlong) {
    bench.clean_stop_and_start();
    reload_with("${file:/one}", "fake|another");
    bench.advance_to(kTwo + 31min);
    EXPECT_EQ(bench.story(), "due>starting>running>stopping:schedule>stopped:schedule");
    EXPECT_EQ(bench.sent_of(Action::stop).back().send.spec->provider->account, "fake|another");
}

}  // namespace
}  // namespace taktd::test
