// Each kind of row goes to disk and comes back whole, twice equals once, and what cannot be is refused aloud.
#include <gmock/gmock.h>

#include "daemon/store/json/detail_json.hpp"
#include "daemon/store/json/text.hpp"
#include "daemon/store/sqlite/row_writer.hpp"
#include "tests/unit/store/support.hpp"

namespace taktd {
namespace {

using testing::ask_sql;
using testing::at;
using ::testing::HasSubstr;
using testing::open_reader;
using testing::open_store;
using testing::run_row;
using testing::StoreDirectory;
using testing::write_rows;
using namespace std::chrono_literals;

RunRow full_run() {
    RunRow run = run_row(7, "load", RunState::running);
    run.request_key = "key-7";
    run.origin = Origin::catch_up;
    run.reason = Reason::operator_request;
    run.baseline = Baseline{{RemoteState::ended, "token-6"}, at(0)};
    run.stop_due_boot = boot_from_ns(123);
    run.max_end_boot = boot_from_ns(456);
    run.vendor_run_id = "4711";
    run.vendor_task_id = "99";
    run.remote_state = RemoteState::running;
    run.seen_active = true;
    run.residue = "CPU load (action 17), \"quoted\"";
    run.waits_for = "Packet loss (action 18) has failed";
    run.waits_since = at(6);
    run.updated = at(8);
    return run;
}

CallRow full_call(const RunRow& run) {
    CallRow call = testing::call_row(run, "0192f0c0-0000-7000-9000-000000000001", Action::start, Outcome::uncertain);
    call.attempt = 3;
    CallResult& result = *call.result;
    result.http_status = 502;
    result.vendor_code = "FailedOperation";
    result.vendor_message = "内部错误";
    result.vendor_extend = "{}";
    result.vendor_run_id = "4711";
    result.request_id = "req-1";
    result.retry_after = 7s;
    result.ended_boot = boot_from_ns(900);
    result.record.response_body = "<html>";
    result.record.sent = at(7) + 2ms;
    result.record.sent_boot = boot_from_ns(800);
    result.record.bytes_sent = 512;
    return call;
}

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

TEST(Rows, ARunComesBackWhole) {
    const StoreDirectory directory;
    RunRow bare = run_row(8, "drill");
    bare.occurrence.reset();
    bare.origin = Origin::manual;
    write_rows(directory.path(), {full_run(), bare});
    const Snapshot snapshot = open_store(directory.path())->load();
    ASSERT_EQ(snapshot.live.size(), 2U);
    expect_same(snapshot.live[0].run, full_run());
    expect_same(snapshot.live[1].run, bare);
}

TEST(Rows, KeysOfManualStartsComeBackAlsoOfRunsThatHaveEnded) {
    const StoreDirectory directory;
    RunRow ended = full_run();
    ended.state = RunState::stopped;
    ended.obligation = Obligation::discharged;
    RunRow other = run_row(8, "drill");
    other.state = RunState::skipped;
    other.request_key.reset();
    write_rows(directory.path(), {ended, other});
    const Snapshot snapshot = open_store(directory.path())->load();
    EXPECT_TRUE(snapshot.live.empty());
    EXPECT_EQ(snapshot.request_keys, (decltype(snapshot.request_keys){{{ended.job, "key-7"}, ended.id}}));
}

TEST(Rows, ATransitionComesBackWhole) {
    const StoreDirectory directory;
    const RunRow run = full_run();
    TransitionRow first = testing::transition_row(run, 1, std::nullopt, RunState::due);
    TransitionRow second = testing::transition_row(run, 2, RunState::due, RunState::starting);
    second.reason = Reason::operator_request;
    second.actor = "alice";
    second.detail = "said \"now\"";
    write_rows(directory.path(), {run, first, second});
    const auto history = open_reader(directory.path()).show(run.id);
    ASSERT_TRUE(history);
    ASSERT_EQ(history->transitions.size(), 2U);
    const auto fields = [](const TransitionRow& t) {
        return std::tuple{t.run, t.seq, t.from, t.to, t.at, t.reason, t.actor, t.detail};
    };
    EXPECT_EQ(fields(history->transitions[0]), fields(first));
    EXPECT_EQ(fields(history->transitions[1]), fields(second));
    EXPECT_EQ(ask_sql(directory.path(), "SELECT from_state, reason, detail FROM transitions ORDER BY seq"),
              R"(null|null|null|due|operator|{"note":"said \"now\""})");
}

TEST(Rows, AStartThatWasNotMadeKeepsItsFacts) {
    const StoreDirectory directory;
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
    write_rows(directory.path(), {run, skipped});
    const auto history = open_reader(directory.path()).show(run.id);
    ASSERT_TRUE(history && history->transitions.size() == 1);
    EXPECT_EQ(history->transitions[0].detail, "hold on everything");
    ASSERT_TRUE(history->transitions[0].facts);
    EXPECT_EQ(*history->transitions[0].facts, facts);
}

TEST(Rows, FactsOfAnotherVersionAreLeftOut) {
    TransitionRow transition;
    detail_from_json(R"({"note":"late","facts":{"now_ns":1,"who":"?"}})", transition);
    EXPECT_EQ(transition.detail, "late");
    EXPECT_FALSE(transition.facts);
    detail_from_json("no JSON at all", transition);
    EXPECT_EQ(transition.detail, "no JSON at all");
}

TEST(Rows, AForeignRunComesBackUntilItHasEnded) {
    const StoreDirectory directory;
    ForeignRow foreign{"huawei-cpts|https://x|p|7", "perf", "load", at(1), at(1), RemoteState::running, "4711", false};
    ForeignRow later = foreign;
    later.last_seen = at(9);
    ForeignRow ended = foreign;
    ended.task_key += "8";
    ended.ended = true;
    write_rows(directory.path(), {foreign, later, ended});
    const Snapshot snapshot = open_store(directory.path())->load();
    ASSERT_EQ(snapshot.foreign.size(), 1U);
    const ForeignRow& back = snapshot.foreign[0];
    EXPECT_EQ(
        std::tie(back.task_key, back.provider, back.job, back.first_seen, back.last_seen, back.remote, back.token),
        std::tie(later.task_key, later.provider, later.job, later.first_seen, later.last_seen, later.remote,
                 later.token));
}

TEST(Rows, ACallComesBackWhole) {
    const StoreDirectory directory;
    const RunRow run = full_run();
    const CallRow call = full_call(run);
    write_rows(directory.path(), {run, call});
    const Snapshot snapshot = open_store(directory.path())->load();
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

TEST(Rows, ACallThatACrashCutOffAfterItsRunHadEndedIsFound) {
    const StoreDirectory directory;
    RunRow ended = full_run();
    ended.state = RunState::stopped;
    ended.obligation = Obligation::discharged;
    RunRow long_ago = run_row(3, "drill", RunState::stopped);
    long_ago.updated = ended.updated - 2h;
    CallRow of_no_run = testing::call_row(ended, "a foreign run's", Action::stop, std::nullopt);
    of_no_run.run.reset();
    CallRow answered_of_no_run = testing::call_row(ended, "a foreign run's, answered", Action::stop, Outcome::accepted);
    answered_of_no_run.run.reset();
    write_rows(directory.path(),
               {ended, testing::call_row(ended, "answered", Action::stop, Outcome::accepted),
                testing::call_row(ended, "cut", Action::stop, std::nullopt), long_ago,
                testing::call_row(long_ago, "given up", Action::stop, std::nullopt), of_no_run, answered_of_no_run});
    const Snapshot snapshot = open_store(directory.path())->load();
    EXPECT_TRUE(snapshot.live.empty());
    ASSERT_EQ(snapshot.cut_calls.size(), 2U);
    EXPECT_EQ(snapshot.cut_calls[0].id, "cut");
    EXPECT_EQ(snapshot.cut_calls[0].record.request_body, "{}");
    EXPECT_EQ(snapshot.cut_calls[1].id, "a foreign run's");
}

TEST(Rows, AResultKeepsWhatItsIntentHasRecorded) {
    const StoreDirectory directory;
    const RunRow run = full_run();
    const CallRow intent = testing::call_row(run, "call-1", Action::stop, std::nullopt);
    CallRow ended = full_call(run);
    ended.id = "call-1";
    ended.action = Action::stop;
    ended.record = {};
    write_rows(directory.path(), {run, intent, ended});
    EXPECT_EQ(ask_sql(directory.path(), "SELECT method, target, request_body, response_body, outcome FROM calls"),
              "POST|/v1/x|{}|<html>|uncertain");
}

TEST(Rows, TheOthersComeBackWhole) {
    const StoreDirectory directory;
    JobStateRow job = testing::job_state_row("load", at(1));
    job.disabled = true;
    job.until = at(2);
    job.reason = "maintenance";
    job.actor = "alice";
    const HoldRow hold{"provider:perf", true, "freeze", "bob", at(3), at(4)};
    const GapRow gap{"load", at(-10), at(-5), 4, Reason::misfire, at(5)};
    const LimiterRow limiter{"acct", 1500ms, 333ms, boot_from_ns(77), at(6), "boot-1"};
    {
        auto store = open_store(directory.path());
        store->start({});
        store->append(1, {job, hold, gap});
        ASSERT_TRUE(store->close_clean({limiter}, 30s));
    }
    const Snapshot snapshot = open_store(directory.path())->load();
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
    const auto gaps = open_reader(directory.path()).gaps();
    ASSERT_EQ(gaps.size(), 1U);
    EXPECT_EQ(std::tie(gaps[0].job, gaps[0].first, gaps[0].last, gaps[0].count, gaps[0].reason, gaps[0].recorded),
              std::tie(gap.job, gap.first, gap.last, gap.count, gap.reason, gap.recorded));
    EXPECT_EQ(snapshot.newest, at(6)) << "the newest instant of any row";
}

TEST(Rows, DebtsOfAnUncleanStopAreNotBelieved) {
    const StoreDirectory directory;
    {
        auto store = open_store(directory.path());
        ASSERT_TRUE(store->close_clean({{"acct", 1s, 500ms, boot_from_ns(1), at(1), "boot-1"}}, 30s));
    }
    open_store(directory.path()).reset();
    EXPECT_TRUE(open_store(directory.path())->load().limiters.empty());
}

TEST(Rows, Limit_outlivesEveryKindOfStop) {
    const StoreDirectory directory;
    write_rows(directory.path(), {LimitRow{"acct", {333'333'334ns, 2}, at(1)}, LimitRow{"other", {1s, 5}, at(1)}});
    write_rows(directory.path(), {LimitRow{"acct", {2s, 3}, at(2)}});
    open_store(directory.path()).reset();  // nothing is marked clean
    const auto limits = open_store(directory.path())->load().limits;
    ASSERT_EQ(limits.size(), 2U);
    EXPECT_EQ(limits[0].account, "acct");
    EXPECT_EQ(limits[0].limit, (RateLimit{2s, 3}));
    EXPECT_EQ(limits[0].at, at(2));
    EXPECT_EQ(limits[1].limit, (RateLimit{1s, 5}));
}

TEST(Rows, AReleasedHoldIsGone) {
    const StoreDirectory directory;
    write_rows(directory.path(), {HoldRow{"", true, "freeze", "bob", at(1), {}}});
    EXPECT_EQ(ask_sql(directory.path(), "SELECT count(*) FROM holds"), "1");
    write_rows(directory.path(), {HoldRow{"", false, {}, "bob", at(2), {}}});
    EXPECT_EQ(ask_sql(directory.path(), "SELECT count(*) FROM holds"), "0");
}

/// Every table's content as one text.
std::string content(const std::string& path) {
    std::string all;
    for (const char* table :
         {"runs", "transitions", "calls", "call_runs", "job_state", "gaps", "limiters", "limits", "holds"}) {
        all += table + ask_sql(path, std::string{"SELECT * FROM "} + table + " ORDER BY 1, 2") + "\n";
    }
    return all;
}

TEST(Rows, TwiceEqualsOnce) {
    const StoreDirectory directory;
    const RunRow run = full_run();
    CallRow linked = testing::call_row(run, "call-2", Action::query, Outcome::accepted);
    linked.run.reset();
    linked.linked = {run.id, "another"};
    const std::vector<Row> rows{run,
                                testing::transition_row(run, 1, std::nullopt, RunState::due),
                                full_call(run),
                                linked,
                                testing::job_state_row("load", at(9)),
                                GapRow{"load", at(-10), at(-5), 4, Reason::misfire, at(5)},
                                LimiterRow{"acct", 1s, 500ms, boot_from_ns(1), at(1), "boot-1"},
                                LimitRow{"acct", {500ms, 2}, at(1)},
                                HoldRow{"job:load", true, "freeze", "bob", at(1), {}},
                                ForeignRow{"key", "perf", "load", at(1), at(2), RemoteState::paused, {}, false}};
    // Without a clean close, which would replace the limiters.
    const auto write = [&] {
        auto store = open_store(directory.path());
        store->start({});
        store->append(1, rows);
    };
    write();
    const std::string once = content(directory.path());
    write();
    EXPECT_EQ(content(directory.path()), once);
    EXPECT_THAT(once, HasSubstr("call-2"));
}

TEST(Rows, OfOneRunInATransactionTheLastIsWritten) {
    const StoreDirectory directory;
    RunRow run = run_row(1);
    RunRow later = run;
    later.state = RunState::starting;
    later.obligation = Obligation::open;
    write_rows(directory.path(), {run, later});
    EXPECT_EQ(ask_sql(directory.path(), "SELECT state, obligation FROM runs"), "starting|open");
}

TEST(Rows, TextFromOutsideIsCutAndMadeValid) {
    const StoreDirectory directory;
    const RunRow run = full_run();
    CallRow call = full_call(run);
    call.result->record.response_body = "\xFF" + std::string(10'000, 'x');
    call.result->vendor_message = std::string(5'000, 'm');
    call.result->vendor_code = std::string(5'000, 'c');
    call.result->vendor_run_id = std::string(5'000, '7');
    write_rows(directory.path(), {run, call});
    EXPECT_EQ(ask_sql(directory.path(),
                      "SELECT length(CAST(response_body AS BLOB)), length(vendor_message), length(vendor_code), "
                      "length(vendor_run_id), substr(response_body, 1, 2) FROM calls"),
              "4096|1024|256|5000|\xEF\xBF\xBDx")
        << "what is compared for equality is never cut";
}

struct Refused {
    const char* what;
    std::vector<Row> first, second;
    const char* error;
};

TEST(Rows, AContradictionIsRefused) {
    const RunRow run = run_row(1);
    RunRow same_occurrence = run_row(2);
    same_occurrence.occurrence = run.occurrence;
    RunRow moved = run;
    moved.start_due += 1s;
    const Refused cases[] = {
        {"two runs of one occurrence",
         {run},
         {same_occurrence},
         "UNIQUE constraint failed: runs.job, runs.occurrence_ns"},
        {"a run whose identity changes", {run}, {moved}, "identity differs"},
        {"another transition of the same number",
         {run, testing::transition_row(run, 1, std::nullopt, RunState::due)},
         {testing::transition_row(run, 1, std::nullopt, RunState::starting)},
         "transition 1 is stored already and differs"},
        {"a transition of no run",
         {run},
         {testing::transition_row(run_row(9), 1, std::nullopt, RunState::due)},
         "FOREIGN KEY"},
    };
    for (const Refused& c : cases) {
        const StoreDirectory directory;
        write_rows(directory.path(), c.first);
        const std::string before = content(directory.path());
        {
            auto store = open_store(directory.path());
            testing::Record record;
            store->start(record.events());
            store->append(1, c.second);
            EXPECT_TRUE(record.wait_said("down")) << c.what;
            EXPECT_THAT(record.why(), HasSubstr(c.error)) << c.what;
            EXPECT_FALSE(store->close_clean({}, 50ms)) << c.what;
        }
        EXPECT_EQ(content(directory.path()), before) << c.what;
        EXPECT_FALSE(open_store(directory.path())->load().clean_stop) << c.what;
    }
}

}  // namespace
}  // namespace taktd
