// SPDX-License-Identifier: Apache-2.0
// A vendor, or whoever answers in its place, asks us to wait. A stop honours that for half a minute, a throttled one
// for five.
#include "tests/support/engine_bench.hpp"

namespace taktd::test {
namespace {

struct EngineWaits : ::testing::Test {
    EngineBench bench;
    void SetUp() override {
        bench.jobs = {make_job("load", "0 0 2 * * *", 30min)};
        bench.load();
        bench.advance_to(kTwo + 30min - 1s);
    }
    /// How long the second of two calls of that action waits for the first one's answer.
    Duration between(Action action) {
        const auto sent = bench.sent_of(action);
        return sent.size() < 2 ? Duration::max() : sent[1].at.boot - sent[0].at.boot;
    }
};

TEST_F(EngineWaits, StopThatAProxyHoldsBack_IsSentAgainWithinHalfAMinute) {
    int failures = 1;
    bench.vendor = [&](const Send& send) {
        if (send.spec->action == Action::stop && failures-- > 0) return refused(Outcome::uncertain, 5min);
        return bench.obey(send);
    };
    bench.advance(10min);
    EXPECT_EQ(between(Action::stop), 30s);
    EXPECT_EQ(bench.story(), "due>starting>running>stopping:schedule>stopped:schedule");
}

TEST_F(EngineWaits, StopThatIsThrottled_WaitsAsLongAsTheVendorAsks) {
    int failures = 1;
    bench.vendor = [&](const Send& send) {
        if (send.spec->action == Action::stop && failures-- > 0) return refused(Outcome::throttled, 4min);
        return bench.obey(send);
    };
    bench.advance(10min);
    EXPECT_EQ(between(Action::stop), 4min);
}

TEST_F(EngineWaits, ThrottledForAnHour_IsFiveMinutes) {
    int failures = 1;
    bench.vendor = [&](const Send& send) {
        if (send.spec->action == Action::stop && failures-- > 0) return refused(Outcome::throttled, 1h);
        return bench.obey(send);
    };
    bench.advance(10min);
    EXPECT_EQ(between(Action::stop), 5min);
}

TEST_F(EngineWaits, QueryThatSettlesAStop_IsAskedAgainWithinHalfAMinute) {
    int failures = 1;
    bench.advance(500ms);
    const auto before = bench.sent_of(Action::query).size();
    bench.vendor = [&](const Send& send) {
        if (send.spec->action == Action::query && failures-- > 0) return refused(Outcome::uncertain, 5min);
        return bench.obey(send);
    };
    bench.advance(10min);
    const auto queries = bench.sent_of(Action::query);
    ASSERT_GE(queries.size(), before + 2);
    EXPECT_LE(queries[before + 1].at.boot - queries[before].at.boot, 30s);
    EXPECT_EQ(bench.story(), "due>starting>running>stopping:schedule>stopped:schedule");
}

TEST_F(EngineWaits, RoutinePoll_WaitsAsLongAsAskedButDelaysNoStop) {
    bench.advance_to(kTwo + 24h + 1min);
    bench.vendor = [&](const Send& send) {
        return send.spec->action == Action::query ? refused(Outcome::uncertain, 1h) : bench.obey(send);
    };
    const auto before = bench.sent.size();
    bench.advance(4min);
    EXPECT_LE(bench.sent.size(), before + 1);
    bench.vendor = [&](const Send& send) { return bench.obey(send); };
    bench.advance_to(kTwo + 24h + 30min + 1s);
    EXPECT_EQ(bench.sent_of(Action::stop).back().at.wall, kTwo + 24h + 30min);
}

}  // namespace
}  // namespace taktd::test
