// SPDX-License-Identifier: Apache-2.0
// Each kind of row comes back whole from any store, and of several of one thing the last.
#include <gtest/gtest.h>

#include "daemon/core/rules/policies.hpp"
#include "tests/contract/store/store_contract.hpp"
#include "tests/support/ids.hpp"

namespace taktd {
namespace {

using testing::at;
using testing::full_call;
using testing::full_run;
using testing::run_row;
using testing::StoreContract;
using namespace test::id_literals;
using namespace std::chrono_literals;

void expect_same(const RunRow& a, const RunRow& b) {
    EXPECT_EQ(std::tie(a.id, a.job, a.provider, a.task_key, a.occurrence, a.request_key, a.origin, a.state, a.reason),
              std::tie(b.id, b.job, b.provider, b.task_key, b.occurrence, b.request_key, b.origin, b.state, b.reason));
    EXPECT_EQ(*a.plan.provider, *b.plan.provider);
    EXPECT_EQ(a.plan.task, b.plan.task);
    EXPECT_EQ(a.plan.window, b.plan.window);
    ASSERT_EQ(a.baseline.has_value(), b.baseline.has_value());
    if (a.baseline) {
        EXPECT_EQ(a.baseline->seen, b.baseline->seen);
        EXPECT_EQ(a.baseline->asked, b.baseline->asked);
    }
    EXPECT_EQ(std::tie(a.start_due, a.stop_due, a.max_end, a.stop_due_boot, a.max_end_boot, a.boot_id),
              std::tie(b.start_due, b.stop_due, b.max_end, b.stop_due_boot, b.max_end_boot, b.boot_id));
    EXPECT_EQ(
        std::tie(a.vendor_run_id, a.vendor_task_id, a.remote_state, a.seen_active, a.obligation, a.created, a.updated),
        std::tie(b.vendor_run_id, b.vendor_task_id, b.remote_state, b.seen_active, b.obligation, b.created, b.updated));
    EXPECT_EQ(std::tie(a.residue, a.waits_for, a.waits_since), std::tie(b.residue, b.waits_for, b.waits_since));
}

TEST_P(StoreContract, Run_ComesBackWhole) {
    RunRow bare = run_row(8, "drill");
    bare.occurrence.reset();
    bare.origin = Origin::manual;
    write({full_run(), bare});
    const Snapshot snapshot = open()->load();
    ASSERT_EQ(snapshot.live.size(), 2U);
    expect_same(snapshot.live[0].run, full_run());
    expect_same(snapshot.live[1].run, bare);
}

TEST_P(StoreContract, KeysOfManualStarts_OfEndedRunsToo_ComeBack) {
    RunRow ended = full_run();
    ended.state = RunState::stopped;
    ended.obligation = Obligation::discharged;
    RunRow other = run_row(8, "drill");
    other.state = RunState::skipped;
    other.request_key.reset();
    write({ended, other});
    const Snapshot snapshot = open()->load();
    EXPECT_TRUE(snapshot.live.empty());
    EXPECT_EQ(snapshot.request_keys, (decltype(snapshot.request_keys){{{ended.job, "key-7"}, ended.id}}));
}

TEST_P(StoreContract, Transition_ComesBackWhole) {
    const RunRow run = full_run();
    TransitionRow first = testing::transition_row(run, 1, std::nullopt, RunState::due);
    TransitionRow second = testing::transition_row(run, 2, RunState::due, RunState::starting);
    second.reason = Reason::operator_request;
    second.actor = "alice";
    second.detail = "said \"now\"";
    write({run, first, second});
    const auto history = queries()->show(run.id);
    ASSERT_TRUE(history);
    ASSERT_EQ(history->transitions.size(), 2U);
    const auto fields = [](const TransitionRow& t) {
        return std::tuple{t.run, t.seq, t.from, t.to, t.at, t.reason, t.actor, t.detail};
    };
    EXPECT_EQ(fields(history->transitions[0]), fields(first));
    EXPECT_EQ(fields(history->transitions[1]), fields(second));
}

TEST_P(StoreContract, StartThatWasNotMade_KeepsItsFacts) {
    const RunRow run = full_run();
    StartFacts facts;
    facts.window = {at(1), at(2), at(3), 4s, 5s};
    facts.now = at(6);
    facts.misfire = Misfire::run_late;
    facts.overlap = Overlap::stop_previous;
    facts.earlier_live = 2;
    facts.baseline = BaselineState::active_early;
    facts.held = facts.looked_in_vain = facts.is_wrong_task = true;
    facts.is_newest_missed = false;
    TransitionRow skipped = testing::transition_row(run, 1, RunState::due, RunState::skipped);
    skipped.detail = "hold on everything";
    skipped.facts = std::make_shared<const StartFacts>(facts);
    write({run, skipped});
    const auto history = queries()->show(run.id);
    ASSERT_TRUE(history && history->transitions.size() == 1);
    EXPECT_EQ(history->transitions[0].detail, "hold on everything");
    ASSERT_TRUE(history->transitions[0].facts);
    EXPECT_EQ(*history->transitions[0].facts, facts);
}

TEST_P(StoreContract, ForeignRun_UntilItHasEnded_ComesBack) {
    ForeignRow foreign{"huawei-cpts|https://x|p|7", "perf", "load", at(1), at(1), RemoteState::running, "4711", false};
    ForeignRow later = foreign;
    later.last_seen = at(9);
    ForeignRow ended = foreign;
    ended.task_key += "8";
    ended.ended = true;
    write({foreign, later, ended});
    const Snapshot snapshot = open()->load();
    ASSERT_EQ(snapshot.foreign.size(), 1U);
    const ForeignRow& back = snapshot.foreign[0];
    EXPECT_EQ(
        std::tie(back.task_key, back.provider, back.job, back.first_seen, back.last_seen, back.remote, back.token),
        std::tie(later.task_key, later.provider, later.job, later.first_seen, later.last_seen, later.remote,
                 later.token));
}

TEST_P(StoreContract, Call_ComesBackWhole) {
    const RunRow run = full_run();
    const CallRow call = full_call(run);
    write({run, call});
    const Snapshot snapshot = open()->load();
    ASSERT_EQ(snapshot.live.at(0).calls.size(), 1U);
    const CallRow& back = snapshot.live[0].calls[0];
    EXPECT_EQ(
        std::tie(back.id, back.run, back.provider, back.account, back.action, back.attempt, back.intent, back.boot_id),
        std::tie(call.id, call.run, call.provider, call.account, call.action, call.attempt, call.intent, call.boot_id));
    ASSERT_TRUE(back.result);
    const auto fields = [](const CallResult& r) {
        return std::tuple{r.outcome,       r.http_status, r.vendor_code, r.vendor_message, r.vendor_extend,
                          r.vendor_run_id, r.request_id,  r.retry_after, r.ended,          r.ended_boot};
    };
    EXPECT_EQ(fields(*back.result), fields(*call.result));
    EXPECT_EQ(back.record.method, "POST") << "what the intent has recorded stays";
    EXPECT_EQ(back.record.request_body, "{}");
    EXPECT_EQ(back.record.response_body, "<html>");
    EXPECT_EQ(back.record.sent, at(7) + 2ms);
    EXPECT_EQ(back.record.sent_boot, boot_from_ns(800));
    EXPECT_EQ(back.record.bytes_sent, 512U);
}

TEST_P(StoreContract, CallThatACrashCutOff_AfterItsRunHadEnded_IsFound) {
    RunRow ended = full_run();
    ended.state = RunState::stopped;
    ended.obligation = Obligation::discharged;
    RunRow long_ago = run_row(3, "drill", RunState::stopped);
    long_ago.updated = ended.updated - 2h;
    CallRow of_no_run = testing::call_row(ended, "foreign", Action::stop, std::nullopt);
    of_no_run.run.reset();
    CallRow answered_of_no_run = testing::call_row(ended, "foreign answered", Action::stop, Outcome::accepted);
    answered_of_no_run.run.reset();
    write({ended, testing::call_row(ended, "answered", Action::stop, Outcome::accepted),
           testing::call_row(ended, "cut", Action::stop, std::nullopt), long_ago,
           testing::call_row(long_ago, "given up", Action::stop, std::nullopt), of_no_run, answered_of_no_run});
    const Snapshot snapshot = open()->load();
    EXPECT_TRUE(snapshot.live.empty());
    ASSERT_EQ(snapshot.cut_calls.size(), 2U);
    EXPECT_EQ(snapshot.cut_calls[0].id, "cut"_call);
    EXPECT_EQ(snapshot.cut_calls[0].record.request_body, "{}");
    EXPECT_EQ(snapshot.cut_calls[1].id, "foreign"_call);
}

TEST_P(StoreContract, Result_KeepsWhatItsIntentHasRecorded) {
    const RunRow run = full_run();
    const CallRow intent = testing::call_row(run, "call-1", Action::stop, std::nullopt);
    CallRow ended = full_call(run);
    ended.id = "call-1"_call;
    ended.action = Action::stop;
    ended.record = {};
    ended.record.response_body = "<html>";
    write({run, intent, ended});
    const auto history = queries()->show(run.id);
    ASSERT_TRUE(history && history->calls.size() == 1);
    const CallRow& kept = history->calls[0];
    EXPECT_EQ(kept.record.method, "POST");
    EXPECT_EQ(kept.record.target, "/v1/x");
    EXPECT_EQ(kept.record.request_body, "{}");
    EXPECT_EQ(kept.record.response_body, "<html>");
    ASSERT_TRUE(kept.result);
    EXPECT_EQ(kept.result->outcome, Outcome::uncertain);
}

TEST_P(StoreContract, JobStatesHoldsGapsAndLimiters_ComeBackWhole) {
    JobStateRow job = testing::job_state_row("load", at(1));
    job.disabled = true;
    job.until = at(2);
    job.reason = "maintenance";
    job.actor = "alice";
    const HoldRow hold{"provider:perf", true, "freeze", "bob", at(3), at(4)};
    const GapRow gap{"load", at(-10), at(-5), 4, Reason::misfire, at(5)};
    const LimiterRow limiter{"acct", 1500ms, 333ms, boot_from_ns(77), at(6), "boot-1"};
    {
        auto store = open();
        store->start({});
        store->append(1, {job, hold, gap});
        ASSERT_TRUE(store->close_clean({limiter}, 30s));
    }
    const Snapshot snapshot = open()->load();
    ASSERT_EQ(snapshot.jobs.size(), 1U);
    const JobStateRow& j = snapshot.jobs[0];
    EXPECT_EQ(std::tie(j.job, j.schedule, j.watermark, j.disabled, j.until, j.reason, j.actor),
              std::tie(job.job, job.schedule, job.watermark, job.disabled, job.until, job.reason, job.actor));
    ASSERT_EQ(snapshot.holds.size(), 1U);
    const HoldRow& h = snapshot.holds[0];
    EXPECT_EQ(std::tie(h.scope, h.engaged, h.reason, h.actor, h.since, h.until),
              std::tie(hold.scope, hold.engaged, hold.reason, hold.actor, hold.since, hold.until));
    ASSERT_EQ(snapshot.limiters.size(), 1U);
    const LimiterRow& l = snapshot.limiters[0];
    EXPECT_EQ(std::tie(l.account, l.debt, l.interval, l.at_boot, l.at, l.boot_id),
              std::tie(limiter.account, limiter.debt, limiter.interval, limiter.at_boot, limiter.at, limiter.boot_id));
    const auto gaps = queries()->gaps();
    ASSERT_EQ(gaps.size(), 1U);
    EXPECT_EQ(std::tie(gaps[0].job, gaps[0].first, gaps[0].last, gaps[0].count, gaps[0].reason, gaps[0].recorded),
              std::tie(gap.job, gap.first, gap.last, gap.count, gap.reason, gap.recorded));
    EXPECT_EQ(snapshot.newest, at(6)) << "the newest instant of any row";
}

TEST_P(StoreContract, Actions_WrittenTwice_StandOnceNewestFirst) {
    ActionRow first{
        .at = at(1), .command = 1, .actor = "ann", .via = "socket", .action = "hold", .target = "everything"};
    first.reason = "incident";
    first.until = at(9);
    ActionRow second{.at = at(1), .command = 2, .actor = "bob", .via = "token", .action = "stop", .target = "load"};
    second.run = testing::run_id(7);
    second.note = "it is being stopped already";
    second.is_ok = false;
    {
        auto store = open();
        store->start({});
        store->append(1, {first, second});
        store->append(2, {first});
        ASSERT_TRUE(store->close_clean({}, 30s));
    }
    const auto actions = queries()->list_actions({});
    ASSERT_EQ(actions.size(), 2U);
    const ActionRow& newest = actions[0].row;
    EXPECT_EQ(std::tie(newest.actor, newest.via, newest.action, newest.target, newest.run, newest.note, newest.is_ok),
              std::tie(second.actor, second.via, second.action, second.target, second.run, second.note, second.is_ok));
    const ActionRow& oldest = actions[1].row;
    EXPECT_EQ(std::tie(oldest.at, oldest.reason, oldest.until, oldest.is_ok),
              std::tie(first.at, first.reason, first.until, first.is_ok));
    EXPECT_EQ(queries()->list_actions({.before = actions[0].id}).size(), 1U);
    EXPECT_EQ(queries()->list_actions({.actor = "bob"}).size(), 1U);
    EXPECT_TRUE(queries()->list_actions({.since = at(2)}).empty());
}

TEST_P(StoreContract, Debts_OfAnUncleanStop_AreNotBelieved) {
    {
        auto store = open();
        ASSERT_TRUE(store->close_clean({{"acct", 1s, 500ms, boot_from_ns(1), at(1), "boot-1"}}, 30s));
    }
    open().reset();
    EXPECT_TRUE(open()->load().limiters.empty());
}

TEST_P(StoreContract, Limit_OutlivesEveryKindOfStop) {
    write({LimitRow{"acct", {333'333'334ns, 2}, at(1)}, LimitRow{"other", {1s, 5}, at(1)}});
    write({LimitRow{"acct", {2s, 3}, at(2)}});
    open().reset();  // nothing is marked clean
    const auto limits = open()->load().limits;
    ASSERT_EQ(limits.size(), 2U);
    EXPECT_EQ(limits[0].account, "acct");
    EXPECT_EQ(limits[0].limit, (RateLimit{2s, 3}));
    EXPECT_EQ(limits[0].at, at(2));
    EXPECT_EQ(limits[1].limit, (RateLimit{1s, 5}));
}

TEST_P(StoreContract, Notification_StaysUntilItIsTaken) {
    const OutboxRow first{.event = NoticeId{Uuid{1, 1}},
                          .target = "ops",
                          .type = NoticeType::run_failed,
                          .job = "load",
                          .run = testing::run_id(1),
                          .body = "{}",
                          .created = at(1),
                          .next = at(1)};
    OutboxRow other = first, failed = first, taken = first;
    other.target = "bus";
    failed.attempts = 1;
    failed.next = at(6);
    taken.done = true;
    write({first, other});
    write({first, failed});
    const auto outbox = open()->load().outbox;
    ASSERT_EQ(outbox.size(), 2U);
    EXPECT_EQ(outbox[0].event, first.event);
    EXPECT_EQ(outbox[0].target, "ops");
    EXPECT_EQ(outbox[0].type, NoticeType::run_failed);
    EXPECT_EQ(outbox[0].job, "load");
    EXPECT_EQ(outbox[0].run, first.run);
    EXPECT_EQ(outbox[0].body, "{}");
    EXPECT_EQ(outbox[0].created, at(1));
    EXPECT_EQ(outbox[0].attempts, 1);
    EXPECT_EQ(outbox[0].next, at(6));
    EXPECT_EQ(outbox[1].target, "bus");
    write({taken});
    EXPECT_EQ(open()->load().outbox.size(), 1U);
}

TEST_P(StoreContract, ReleasedHold_IsGone) {
    write({HoldRow{"", true, "freeze", "bob", at(1), {}}});
    EXPECT_EQ(queries()->holds().size(), 1U);
    write({HoldRow{"", false, {}, "bob", at(2), {}}});
    EXPECT_TRUE(queries()->holds().empty());
}

TEST_P(StoreContract, RowsOfOneRun_InATransaction_LeaveTheLast) {
    RunRow run = run_row(1);
    RunRow later = run;
    later.state = RunState::starting;
    later.obligation = Obligation::open;
    write({run, later});
    const auto kept = queries()->list_runs({});
    ASSERT_EQ(kept.size(), 1U);
    EXPECT_EQ(kept[0].state, RunState::starting);
    EXPECT_EQ(kept[0].obligation, Obligation::open);
}

}  // namespace
}  // namespace taktd
