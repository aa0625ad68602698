// SPDX-License-Identifier: Apache-2.0
// A store that is damaged, or whose past comes late: starts wait or cease, stops do not.
#include "tests/support/engine_bench.hpp"

namespace taktd::test {
namespace {

struct EngineDamage : ::testing::Test {
    EngineBench bench;
    void SetUp() override {
        bench.jobs = {make_job("load", "0 0 2 * * *", 30min), make_job("later", "0 10 2 * * *", 30min, "2")};
    }
    std::size_t starts() { return bench.sent_of(Action::start).size(); }
    std::size_t stops() { return bench.sent_of(Action::stop).size(); }
};

TEST_F(EngineDamage, DamageFound_StartsNothingMore_AndStopsGoOut) {
    bench.load();
    bench.advance_to(kTwo + 5min);
    bench.event(StoreChecked{true});
    EXPECT_TRUE(bench.engine.is_store_damaged());
    bench.advance_to(kTwo + 40min);
    EXPECT_EQ(starts(), 1U);
    EXPECT_EQ(stops(), 1U);
    EXPECT_EQ(bench.story(), "due>starting>running>stopping:schedule>stopped:schedule");
    EXPECT_EQ(bench.order.size(), 1U) << "what it does not start it does not consume";
}

TEST_F(EngineDamage, DamageFound_WithdrawsAStartThatHasNotLeft) {
    bench.load();
    bench.advance_to(kTwo - 1s);
    bench.auto_commit = false;
    bench.advance_to(kTwo + 1s);
    bench.event(StoreChecked{true});
    bench.auto_commit = true;
    bench.commit();
    bench.advance(5s);
    EXPECT_EQ(starts(), 0U);
    EXPECT_EQ(bench.story(), "due>starting>due");
}

TEST_F(EngineDamage, DamageFound_IsWhatACommandIsToldOf) {
    bench.load();
    bench.event(StoreChecked{true});
    bench.event(Command{1, "op", StartJob{"load", std::nullopt, ""}});
    ASSERT_EQ(bench.replies.size(), 1U);
    EXPECT_FALSE(bench.replies[0].is_ok());
    EXPECT_EQ(bench.replies[0].text, "no starts now: the store is damaged");
}

TEST_F(EngineDamage, SoundCheck_LiftsWhatAnEarlierOneFound) {
    Recovered recovered;
    recovered.past.snapshot.found_damaged = true;
    bench.engine = Engine{7};
    bench.event(recovered);
    bench.load();
    bench.advance_to(kTwo + 1s);
    EXPECT_EQ(starts(), 0U);
    bench.event(StoreChecked{false});
    bench.advance(5s);
    EXPECT_EQ(starts(), 1U);
}

TEST_F(EngineDamage, SoundCheck_DoesNotMakeUpForUnreadableRows) {
    bench.engine = Engine{7};
    bench.event(Recovered{});
    Remembered past;
    past.past.snapshot.damage = {"the jobs' state cannot be read"};
    bench.event(past);
    bench.load();
    bench.event(StoreChecked{false});
    bench.advance_to(kTwo + 11min);
    EXPECT_TRUE(bench.engine.is_store_damaged());
    EXPECT_EQ(starts(), 0U);
}

TEST_F(EngineDamage, Obligations_BeforeThePastIsKnown_AreMet) {
    bench.load();
    bench.advance_to(kTwo + 5min);
    Recovered recovered;
    RecoveredRun live;
    live.run = bench.run();
    live.last_seq = 3;
    recovered.past.snapshot.live = {live};
    recovered.boot_id = "boot-1";
    bench.engine = Engine{7};
    bench.event(recovered);
    bench.advance_to(kTwo + 31min);
    EXPECT_EQ(stops(), 1U);
}

}  // namespace
}  // namespace taktd::test
