// SPDX-License-Identifier: Apache-2.0
// What people ask of any store: lists, one run's history, a run by a short name, while it lives and afterwards.
#include <gmock/gmock.h>

#include "tests/contract/store/store_contract.hpp"
#include "tests/support/ids.hpp"

namespace taktd {
namespace {

using testing::at;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::history;
using ::testing::IsEmpty;
using testing::run_id;
using testing::run_row;
using testing::StoreContract;
using ::testing::UnorderedElementsAre;
using namespace test::id_literals;
using namespace std::chrono_literals;

RunId ending_in(std::uint64_t digits) { return RunId{Uuid{0x0192f0c0'0000'7000, 0x8000'0000'0000'0000 | digits}}; }

std::vector<Row> together(std::initializer_list<std::vector<Row>> parts) {
    std::vector<Row> rows;
    for (const auto& part : parts) rows.insert(rows.end(), part.begin(), part.end());
    return rows;
}

const std::vector<RunState> kRunning{RunState::due, RunState::starting, RunState::running};
const std::vector<RunState> kStopped{RunState::due, RunState::starting, RunState::running, RunState::stopping,
                                     RunState::stopped};
const std::vector<RunState> kSkipped{RunState::due, RunState::skipped};

/// Runs 1 to 6, by start; load: 1 stopped, 3 skipped, 4 running, 6 skipped; drill: 2 stopped, 5 skipped.
std::vector<Row> sample() {
    return together({history(1, "load", kStopped), history(2, "drill", kStopped), history(3, "load", kSkipped),
                     history(4, "load", kRunning), history(5, "drill", kSkipped), history(6, "load", kSkipped)});
}

std::vector<std::int64_t> starts(const std::vector<RunRow>& runs) {
    std::vector<std::int64_t> numbers;
    for (const RunRow& run : runs) numbers.push_back((run.start_due - at(0)) / 1s);
    return numbers;
}

TEST_P(StoreContract, List_ByFilter_IsNewestFirst) {
    write(sample());
    const auto reader = queries();
    EXPECT_THAT(starts(reader->list_runs({})), ElementsAre(6, 5, 4, 3, 2, 1));
    EXPECT_THAT(starts(reader->list_runs({.job = "load"})), ElementsAre(6, 4, 3, 1));
    EXPECT_THAT(starts(reader->list_runs({.job = "none"})), IsEmpty());
    EXPECT_THAT(starts(reader->list_runs({.states = {RunState::running}})), ElementsAre(4));
    EXPECT_THAT(starts(reader->list_runs({.states = {RunState::skipped}})), ElementsAre(6, 5, 3));
    EXPECT_THAT(starts(reader->list_runs({.job = "drill", .states = {RunState::skipped}})), ElementsAre(5));
    EXPECT_THAT(starts(reader->list_runs({.since = at(4)})), ElementsAre(6, 5, 4));
    EXPECT_THAT(starts(reader->list_runs({.limit = 2})), ElementsAre(6, 5));
    EXPECT_THAT(starts(reader->list_runs({.before = run_id(5), .limit = 2})), ElementsAre(4, 3));
    EXPECT_THAT(
        starts(reader->list_runs({.job = "load", .states = {RunState::skipped}, .since = at(1), .before = run_id(6)})),
        ElementsAre(3));
    EXPECT_THAT(starts(reader->list_runs({.before = "none"_run})), IsEmpty());
    EXPECT_THAT(starts(reader->list_runs({.limit = -1})), IsEmpty());
}

TEST_P(StoreContract, Pages_OfEqualStarts_TellEachRunOnce) {
    std::vector<Row> rows;
    for (int n = 0; n < 25; ++n) {
        RunRow run = run_row(n, "job-" + std::to_string(n), RunState::skipped);
        run.start_due = at(0);
        rows.emplace_back(run);
    }
    write(rows);
    const auto reader = queries();
    std::vector<RunId> seen;
    RunFilter filter{.limit = 4};
    for (auto page = reader->list_runs(filter); !page.empty(); page = reader->list_runs(filter)) {
        for (const RunRow& run : page) seen.push_back(run.id);
        filter.before = page.back().id;
    }
    EXPECT_EQ(seen.size(), 25U);
    std::ranges::sort(seen);
    EXPECT_EQ(std::unique(seen.begin(), seen.end()), seen.end());
}

std::vector<std::int64_t> starts(const std::vector<RunBrief>& runs) {
    std::vector<std::int64_t> numbers;
    for (const RunBrief& run : runs) numbers.push_back((run.start_due - at(0)) / 1s);
    return numbers;
}

TEST_P(StoreContract, List_BySeveralConditions_HoldsThemAll) {
    write(sample());
    const auto reader = queries();
    const auto found = [&](RunFilter filter) { return starts(reader->page_of_briefs(filter).items); };
    EXPECT_THAT(found({.states = {RunState::running, RunState::stopped}}), ElementsAre(4, 2, 1));
    EXPECT_THAT(found({.until = at(3)}), ElementsAre(2, 1));
    EXPECT_THAT(found({.is_live = true}), ElementsAre(4));
    EXPECT_THAT(found({.states = {RunState::skipped}, .is_live = true}), IsEmpty());
    EXPECT_THAT(found({.overdue = at(3600)}), ElementsAre(4));
    EXPECT_THAT(found({.overdue = at(4)}), IsEmpty());
    EXPECT_THAT(found({.provider = "perf"}), ElementsAre(6, 5, 4, 3, 2, 1));
    EXPECT_THAT(found({.provider = "chaos"}), IsEmpty());
    EXPECT_THAT(found({.reason = Reason::hold}), IsEmpty());
    EXPECT_THAT(found({.origin = Origin::schedule, .limit = 1}), ElementsAre(6));
    const auto drills = std::make_shared<const std::set<std::string>>(std::set<std::string>{"drill"});
    EXPECT_THAT(found({.jobs = drills, .limit = 1}), ElementsAre(5));
}

TEST_P(StoreContract, PagesOfSeveralStates_AreWholeAndEndWithoutANext) {
    write(sample());
    const auto reader = queries();
    RunFilter filter{.states = {RunState::skipped, RunState::stopped}, .limit = 2};
    auto page = reader->page_of_briefs(filter);
    EXPECT_THAT(starts(page.items), ElementsAre(6, 5));
    filter.behind = RunPlace::parse(page.next);
    ASSERT_TRUE(filter.behind) << page.next;
    EXPECT_EQ(filter.behind->text(), page.next);
    page = reader->page_of_briefs(filter);
    EXPECT_THAT(starts(page.items), ElementsAre(3, 2));
    filter.behind = RunPlace::parse(page.next);
    page = reader->page_of_briefs(filter);
    EXPECT_THAT(starts(page.items), ElementsAre(1));
    EXPECT_EQ(page.next, "");
}

TEST_P(StoreContract, PageBehindAPrunedPlace_IsGone) {
    write(sample());
    const auto reader = queries();
    EXPECT_TRUE(reader->page_of_runs({.before = "none"_run}).is_gone);
    EXPECT_TRUE(reader->page_of_runs({.behind = RunPlace{to_ns(at(3)), 99}}).is_gone);
    EXPECT_FALSE(reader->page_of_runs({}).is_gone);
    EXPECT_TRUE(reader->transitions({.behind = TransitionPlace{to_ns(at(3)), "none"_run, 1}}).is_gone);
}

TEST(Places, OtherTexts_AreNone) {
    for (const char* text : {"", "1", "0123456789abcdef0123456789abcdeg", "0192f0c0-0000-7000-8000-000000000001"}) {
        EXPECT_FALSE(RunPlace::parse(text)) << text;
        EXPECT_FALSE(TransitionPlace::parse(text)) << text;
    }
    const RunPlace before_1970{-5, 3};
    EXPECT_EQ(RunPlace::parse(before_1970.text()), before_1970);
    const TransitionPlace place{7, run_id(3), 2};
    EXPECT_EQ(TransitionPlace::parse(place.text()), place);
}

TEST_P(StoreContract, Briefs_SayWhenARunWasStartedAndEnded) {
    write(sample());
    for (const RunBrief& run : queries()->page_of_briefs({.job = "load"}).items) {
        EXPECT_EQ(run.ended.has_value(), is_terminal(run.state)) << name_of(run.state);
        EXPECT_EQ(run.overdue_from.has_value(), run.obligation == Obligation::open) << name_of(run.state);
        EXPECT_EQ(run.provider, "perf");
    }
}

TEST_P(StoreContract, RunsOfATime_AreThoseThatOverlapIt) {
    write(sample());
    const auto reader = queries();
    EXPECT_THAT(starts(reader->runs_between(at(4), at(6))), UnorderedElementsAre(4, 5)) << "a live one goes on";
    EXPECT_THAT(starts(reader->runs_between(at(1000), at(2000))), ElementsAre(4));
    EXPECT_THAT(starts(reader->runs_between(at(-10), at(0))), IsEmpty());
}

std::vector<std::string> moves(const Page<ToldTransition>& page) {
    std::vector<std::string> told;
    for (const ToldTransition& each : page.items) told.push_back(each.job + " " + std::string{name_of(each.row.to)});
    return told;
}

TEST_P(StoreContract, TransitionsOfAllRuns_AreToldInOrderOfTime) {
    write(together({history(1, "load", kSkipped), history(9, "drill", kRunning)}));
    const auto reader = queries();
    EXPECT_THAT(moves(reader->transitions({})),
                ElementsAre("drill running", "drill starting", "drill due", "load skipped", "load due"));
    EXPECT_THAT(moves(reader->transitions({.is_oldest_first = true, .limit = 1})), ElementsAre("load due"));
    EXPECT_THAT(moves(reader->transitions({.job = "load"})), ElementsAre("load skipped", "load due"));
    EXPECT_THAT(moves(reader->transitions({.job = "load", .is_oldest_first = true})),
                ElementsAre("load due", "load skipped"));
    EXPECT_THAT(moves(reader->transitions({.state = RunState::due})), ElementsAre("drill due", "load due"));
    EXPECT_THAT(moves(reader->transitions({.since = at(8)})).size(), 3U);
    EXPECT_THAT(moves(reader->transitions({.until = at(8)})), ElementsAre("load skipped", "load due"));
}

TEST_P(StoreContract, PagesOfTransitions_TellEachOnceInBothDirections) {
    write(sample());
    const auto reader = queries();
    const std::size_t all = reader->transitions({.limit = kListMax}).items.size();
    for (const bool is_oldest_first : {false, true}) {
        for (const bool with_job : {false, true}) {
            TransitionFilter filter{.is_oldest_first = is_oldest_first, .limit = 3};
            if (with_job) filter.job = "load";
            std::set<std::string> seen;
            for (int pages = 0; pages < 20; ++pages) {
                const auto page = reader->transitions(filter);
                for (const ToldTransition& each : page.items)
                    EXPECT_TRUE(seen.insert(each.row.run.text() + std::to_string(each.row.seq)).second);
                filter.behind = TransitionPlace::parse(page.next);
                if (!filter.behind) break;
            }
            if (!with_job) {
                EXPECT_EQ(seen.size(), all);
            }
        }
    }
}

TEST_P(StoreContract, Run_IsFoundByItsNames) {
    RunRow beef = run_row(7, "beef", RunState::skipped);
    beef.id = ending_in(0x0001'cafe);
    RunRow named = run_row(8, "cafe", RunState::skipped);
    RunRow twin_a = run_row(9, "t", RunState::skipped), twin_b = run_row(10, "t", RunState::skipped);
    twin_a.id = ending_in(0xaaaa'bbbb);
    twin_b.id = ending_in(0xcccc'bbbb);
    write(sample());
    write({beef, named, twin_a, twin_b});
    const auto reader = queries();
    EXPECT_EQ(reader->find_run(run_id(3).text()), run_id(3));
    EXPECT_EQ(reader->find_run(run_id(3).text().substr(28)), run_id(3)) << "the last 8, as tables show them";
    EXPECT_EQ(reader->find_run("load"), run_id(4)) << "the live one";
    EXPECT_EQ(reader->find_run("drill"), run_id(5)) << "else the latest";
    EXPECT_EQ(reader->find_run("beef"), beef.id);
    EXPECT_EQ(reader->find_run("1cafe"), beef.id);
    EXPECT_EQ(reader->find_run("aaaabbbb"), twin_a.id);
    EXPECT_EQ(reader->find_run("load", at(3)), run_id(3));
    const std::pair<const char*, const char*> errors[] = {
        {"cafe", "is a job and the end of a run's id"},
        {"bbbb", "'bbbb' is the end of 2 runs' ids: aaaabbbb (t), ccccbbbb (t)"},
        {"afe", "no run and no job"},
        {"", "no run and no job"},
        {"%", "no run and no job"},
        {"nothing-there", "no run and no job"},
    };
    for (const auto& [text, error] : errors) {
        const auto found = reader->find_run(text);
        ASSERT_FALSE(found) << text;
        EXPECT_THAT(found.error(), HasSubstr(error)) << text;
    }
    EXPECT_THAT(reader->find_run("load", at(99)).error(), HasSubstr("job 'load' has no run at"));
}

TEST_P(StoreContract, Run_IsShownWithEverythingThatConcernsIt) {
    auto rows = history(1, "load", kRunning);
    const RunRow run = run_row(1);
    CallRow baseline = testing::call_row(run, "c0", Action::query, Outcome::accepted);
    baseline.run.reset();
    baseline.linked = {run.id};
    baseline.intent = run.start_due - 5s;
    baseline.record.response_body = R"({"status":2})";
    CallRow both = testing::call_row(run, "c2", Action::query, Outcome::accepted);
    both.linked = {run.id};
    both.intent = run.start_due + 1s;
    CallRow of_others = testing::call_row(run_row(2), "c3", Action::start, Outcome::accepted);
    for (const CallRow& call :
         {baseline, testing::call_row(run, "c1", Action::start, Outcome::accepted), both, of_others}) {
        rows.emplace_back(call);
    }
    write(rows);
    const auto found = queries()->show(run.id);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->run.state, RunState::running);
    EXPECT_EQ(found->transitions.size(), 3U);
    ASSERT_EQ(found->calls.size(), 3U);
    EXPECT_EQ(found->calls[0].id, "c0"_call);
    EXPECT_EQ(found->calls[0].record.response_body, R"({"status":2})");
    EXPECT_THAT(found->calls[0].linked, ElementsAre(run.id));
    EXPECT_EQ(found->calls[1].id, "c1"_call);
    EXPECT_EQ(found->calls[2].id, "c2"_call);
    EXPECT_FALSE(queries()->show("none"_run));
}

TEST_P(StoreContract, OwedStops_AreListedBySoonestStop) {
    RunRow late = run_row(1, "a", RunState::running), soon = run_row(2, "b", RunState::stopping);
    late.stop_due = at(9999);
    write({late, soon, run_row(3, "c"), run_row(4, "d", RunState::skipped)});
    const auto owed = queries()->open_obligations();
    ASSERT_EQ(owed.size(), 2U);
    EXPECT_EQ(owed[0].id, soon.id);
    EXPECT_EQ(owed[1].id, late.id);
    EXPECT_EQ(owed[1].plan.provider->endpoint, testing::provider()->endpoint);
}

TEST_P(StoreContract, Question_SeesWhatIsDurableByThen) {
    testing::Record record;
    auto store = open();
    store->start(record.events());
    store->append(1, history(1, "load", kRunning));
    ASSERT_TRUE(record.wait_durable(1));
    const auto living = queries();
    EXPECT_EQ(living->list_runs({}).size(), 1U);
    store->append(2, history(2, "load", kSkipped));
    ASSERT_TRUE(record.wait_durable(2));
    EXPECT_EQ(living->list_runs({}).size(), 2U) << "each question sees what is durable by then";

    ASSERT_TRUE(store->close_clean({}, 30s));
    EXPECT_EQ(queries()->list_runs({}).size(), 2U);
}

}  // namespace
}  // namespace taktd
