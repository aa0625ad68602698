// SPDX-License-Identifier: Apache-2.0
// salvage_store() on stores with each of their pages broken in turn, on logs that were not checkpointed, and on rows
// that contradict each other; mended() case by case.
#include "daemon/store/salvage/salvage.hpp"

#include <fstream>
#include <random>
#include <set>

#include <gmock/gmock.h>

#include "daemon/store/salvage/mend_runs.hpp"
#include "daemon/store/salvage/raw_pages.hpp"
#include "daemon/store/sqlite/lock_file.hpp"
#include "daemon/store/verify/verify.hpp"
#include "tests/unit/store/support.hpp"

namespace taktd {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using testing::ask_sql;
using testing::at;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::history;
using ::testing::IsEmpty;
using testing::open_reader;
using testing::run_id;
using testing::run_row;
using testing::run_sql;
using testing::StoreDirectory;
using testing::write_rows;
using enum RunState;

constexpr int kRuns = 12;

/// Runs in many states with calls, some of which need several pages for their bodies, and a pruned hole.
std::vector<Row> sample() {
    const std::vector<std::vector<RunState>> lives = {
        {due, starting, running},           {due, skipped},
        {due, starting, running, stopping}, {due, starting, running, stopping, stopped},
        {due, starting, unconfirmed},       {due, starting, due, failed},
    };
    std::vector<Row> rows;
    for (int n = 1; n <= kRuns; ++n) {
        const std::string job = "job-" + std::to_string(n % 4);
        auto more = history(n, job, lives[static_cast<std::size_t>(n) % lives.size()]);
        RunRow& run = std::get<RunRow>(more.front());
        if (run.state == skipped) run.reason = Reason::misfire;
        const bool was_sent = more.size() > 4;
        if (was_sent) {
            const auto outcome = run.state == failed ? Outcome::refused_retryable : Outcome::accepted;
            CallRow start = testing::call_row(run, "start-" + std::to_string(n), Action::start, outcome);
            start.record.request_body = std::string(static_cast<std::size_t>(n) * 150, 'x');
            start.record.response_body = std::string(4000, 'y');
            more.emplace_back(start);
            CallRow look = testing::call_row(run, "look-" + std::to_string(n), Action::query, Outcome::accepted);
            look.run.reset();
            look.linked = {run.id};
            more.emplace_back(look);
        }
        rows.insert(rows.end(), more.begin(), more.end());
    }
    HoldRow hold;
    hold.scope = "job:job-1";
    hold.reason = "maintenance";
    hold.since = at(0);
    rows.emplace_back(hold);
    rows.emplace_back(GapRow{"job-1", at(-100), at(-50), 7, Reason::misfire, at(0)});
    return rows;
}

class Salvaged : public ::testing::Test {
protected:
    Result<SalvageReport> salvage(const std::string& to = "new.db") {
        return salvage_store(
            {.from = directory_.path(), .to = directory_.path(to), .actor = "operator", .now = at(9000)});
    }

    void write_sample() {
        write_rows(directory_.path(), sample());
        run_sql(directory_.path(), "PRAGMA wal_checkpoint(TRUNCATE)");
    }

    std::set<RunId> owed(const std::string& path) {
        std::set<RunId> ids;
        for (const RunRow& run : open_reader(path).open_obligations()) ids.insert(run.id);
        return ids;
    }

    void expect_clean(const std::string& path, const std::string& what) {
        Reader reader = open_reader(path);
        for (const Violation& v : verify(reader))
            ADD_FAILURE() << what << ": " << v.rule << " " << (v.run ? v.run->text() : "-") << " " << v.job << " "
                          << v.text;
        EXPECT_EQ(ask_sql(path, "PRAGMA integrity_check"), "ok") << what;
        EXPECT_EQ(ask_sql(path, "PRAGMA foreign_key_check"), "") << what;
    }

    std::string bytes() const {
        std::ifstream file{directory_.path(), std::ios::binary};
        return {std::istreambuf_iterator<char>{file}, {}};
    }

    void overwrite(std::size_t at_byte, const std::string& with) {
        std::fstream file{directory_.path(), std::ios::binary | std::ios::in | std::ios::out};
        file.seekp(static_cast<std::streamoff>(at_byte));
        file.write(with.data(), static_cast<std::streamsize>(with.size()));
    }

    StoreDirectory directory_;
};

constexpr const char* kTables[] = {"runs", "transitions", "calls", "call_runs", "job_state", "gaps"};

TEST_F(Salvaged, StoreInGoodOrder_IsCopiedWhole) {
    write_sample();
    const auto report = salvage();
    ASSERT_TRUE(report) << report.error();
    EXPECT_THAT(report->lost, IsEmpty());
    EXPECT_THAT(report->repaired, IsEmpty());
    for (const char* table : kTables) {
        const std::string all = std::string{"SELECT * FROM "} + table + " ORDER BY 1, 2";
        EXPECT_EQ(ask_sql(directory_.path("new.db"), all), ask_sql(directory_.path(), all)) << table;
        EXPECT_EQ(std::to_string(report->copied.at(table)),
                  ask_sql(directory_.path(), std::string{"SELECT count(*) FROM "} + table));
    }
    EXPECT_EQ(report->owed, owed(directory_.path()).size());
    EXPECT_EQ(
        ask_sql(directory_.path("new.db"), "SELECT quote(scope), reason IS NOT NULL, actor FROM holds ORDER BY scope"),
        "''|1|operator|'job:job-1'|1|null");
    EXPECT_EQ(ask_sql(directory_.path("new.db"), "SELECT value FROM meta ORDER BY key"),
              "0|" + std::to_string(to_ns(at(9000))) + "|0")
        << "not a clean stop, and as new as its newest row";
    expect_clean(directory_.path("new.db"), "a store in good order");
}

TEST_F(Salvaged, NewStore_OpensAsAnyOther) {
    write_sample();
    ASSERT_TRUE(salvage());
    auto store = testing::open_store(directory_.path("new.db"));
    const Snapshot snapshot = store->load();
    EXPECT_FALSE(snapshot.clean_stop);
    EXPECT_FALSE(snapshot.first_start);
    EXPECT_EQ(snapshot.live.size(), owed(directory_.path()).size());
    EXPECT_THAT(snapshot.holds, ::testing::SizeIs(2));
}

/// Whatever page it is: the new store keeps the rules, and no run that is owed a stop goes without a word.
TEST_F(Salvaged, AnyPage_MayBeBroken) {
    write_sample();
    const std::string good = bytes();
    const auto were_owed = owed(directory_.path());
    constexpr std::size_t kPage = 4096;
    std::mt19937 chance{4711};
    std::size_t kept = 0, told = 0;
    for (std::size_t page = 0; page < good.size() / kPage; ++page) {
        const bool is_wiped = page % 2 == 1;
        std::string rubbish(kPage, '\0');
        if (!is_wiped) std::ranges::generate(rubbish, [&] { return static_cast<char>(chance()); });
        overwrite(0, good);
        overwrite(page * kPage, rubbish);
        const std::string name = "new-" + std::to_string(page) + (is_wiped ? "w" : "r") + ".db";
        const auto report = salvage(name);
        const std::string what = "page " + std::to_string(page + 1) + (is_wiped ? " wiped" : " overwritten");
        ASSERT_TRUE(report) << what << ": " << report.error();
        expect_clean(directory_.path(name), what);
        if (page > 0) {
            EXPECT_THAT(report->lost, Contains(AnyOf(HasSubstr("pages cannot be read"), HasSubstr("rows on pages"))))
                << what;
        }
        const auto are_owed = owed(directory_.path(name));
        for (const auto& id : were_owed) {
            const bool is_told = std::ranges::any_of(
                report->lost, [&](const std::string& line) { return line.find(id.text()) != std::string::npos; });
            (are_owed.contains(id) ? kept : told) += 1;
            EXPECT_TRUE(are_owed.contains(id) || is_told) << what << " loses " << id << " silently";
        }
    }
    EXPECT_GT(told, 0U);
    EXPECT_GT(kept, 20 * told);
}

TEST_F(Salvaged, AnyByte_MayBeFlipped) {
    write_sample();
    const std::string good = bytes();
    std::mt19937 chance{42};
    int salvaged = 0, runs = 0;
    for (int i = 0; i < 20; ++i) {
        overwrite(0, good);
        for (int flips = 0; flips < 20; ++flips) overwrite(chance() % good.size(), {static_cast<char>(chance())});
        const std::string name = "new-" + std::to_string(i) + ".db";
        if (!salvage(name)) continue;
        ++salvaged;
        // What a number means is beyond salvage; that stories are whole and obligations open is not.
        Reader reader = open_reader(directory_.path(name));
        for (const Violation& v : verify(reader))
            EXPECT_THAT(v.rule, AnyOf("R5", "R8")) << i << " " << (v.run ? v.run->text() : "-") << " " << v.text;
        runs += static_cast<int>(reader.list_runs({.limit = kListMax}).size());
        EXPECT_EQ(ask_sql(directory_.path(name), "PRAGMA integrity_check"), "ok") << i;
    }
    EXPECT_GE(salvaged, 15) << "of 20: what refuses all of them proves nothing";
    EXPECT_GE(runs, 150) << "and an empty store has whole stories only";
}

TEST_F(Salvaged, RowsInTheLogAlone_AreFound) {
    auto store = testing::open_store(directory_.path());
    testing::Record record;
    store->start(record.events());
    store->append(1, history(1, "load", {due, starting, running}));
    ASSERT_TRUE(record.wait_durable(1));
    // As a crash leaves them: the file and its log, while nobody could close either.
    const StoreDirectory elsewhere;
    for (const char* end : {"", "-wal"}) std::filesystem::copy_file(directory_.path() + end, elsewhere.path() + end);
    const auto report =
        salvage_store({.from = elsewhere.path(), .to = elsewhere.path("new.db"), .actor = "o", .now = at(100)});
    ASSERT_TRUE(report) << report.error();
    EXPECT_THAT(report->lost, IsEmpty());
    EXPECT_THAT(owed(elsewhere.path("new.db")), ElementsAre(run_id(1)));
    expect_clean(elsewhere.path("new.db"), "from the log");
}

TEST_F(Salvaged, BrokenEndOfTheLog_CostsWhatComesAfterIt) {
    auto store = testing::open_store(directory_.path());
    testing::Record record;
    store->start(record.events());
    store->append(1, history(1, "load", {due, starting, running}));
    ASSERT_TRUE(record.wait_durable(1));
    const auto whole = std::filesystem::file_size(directory_.path() + "-wal");
    store->append(2, history(2, "load", {due, starting, running}));
    ASSERT_TRUE(record.wait_durable(2));
    const StoreDirectory elsewhere;
    for (const char* end : {"", "-wal"}) std::filesystem::copy_file(directory_.path() + end, elsewhere.path() + end);
    {
        std::fstream log{elsewhere.path() + "-wal", std::ios::binary | std::ios::in | std::ios::out};
        log.seekp(static_cast<std::streamoff>(whole + 100));
        log.write("rubbish", 7);
    }
    ASSERT_TRUE(salvage_store({.from = elsewhere.path(), .to = elsewhere.path("new.db"), .actor = "o", .now = at(1)}));
    EXPECT_THAT(owed(elsewhere.path("new.db")), ElementsAre(run_id(1)));
    expect_clean(elsewhere.path("new.db"), "half a log");
}

TEST_F(Salvaged, RowsThatContradictEachOther_AreMended) {
    write_sample();
    const std::string running_run = run_id(6).text(), stopping_run = run_id(8).text(), pruned = run_id(12).text();
    run_sql(directory_.path(), "DELETE FROM transitions WHERE run_id = '" + running_run + "' AND seq > 1");
    run_sql(directory_.path(), "DELETE FROM transitions WHERE run_id = '" + stopping_run + "' AND seq = 2");
    run_sql(directory_.path(), "UPDATE runs SET stop_plan = 'rubbish', task_key = 't' WHERE id = '" + pruned + "'");
    run_sql(directory_.path(), "DELETE FROM job_state WHERE job = 'job-1'");
    run_sql(directory_.path(), "UPDATE job_state SET watermark_ns = 1 WHERE job = 'job-2'");
    const auto report = salvage();
    ASSERT_TRUE(report) << report.error();
    expect_clean(directory_.path("new.db"), "contradictions");
    EXPECT_THAT(report->repaired, AllOf(Contains(HasSubstr(running_run)), Contains(HasSubstr(stopping_run)),
                                        Contains(AllOf(HasSubstr("job-1"), HasSubstr("is lost"))),
                                        Contains(AllOf(HasSubstr("job-2"), HasSubstr("behind")))));
    EXPECT_THAT(report->lost,
                ElementsAre(AllOf(HasSubstr(pruned), HasSubstr("cannot be used"), HasSubstr("led to 'running'"),
                                  HasSubstr("POST /v1/x"), HasSubstr("ITS TASK MAY BE RUNNING"))));
    EXPECT_THAT(owed(directory_.path("new.db")), Contains(run_id(6)));
}

TEST_F(Salvaged, LostStopPlan_IsBorrowedFromTheSameTask) {
    write_sample();
    run_sql(directory_.path(),
            "UPDATE runs SET stop_plan = 'rubbish', task_key = 'same' WHERE id = '" + run_id(6).text() + "'");
    run_sql(directory_.path(), "UPDATE runs SET task_key = 'same' WHERE id = '" + run_id(9).text() + "'");
    const auto report = salvage();
    ASSERT_TRUE(report) << report.error();
    EXPECT_THAT(report->repaired, ElementsAre(AllOf(HasSubstr(run_id(6).text()), HasSubstr("takes its place"))));
    EXPECT_THAT(owed(directory_.path("new.db")), Contains(run_id(6)));
}

TEST_F(Salvaged, RowThatHasLostItsId_GetsAnother) {
    write_sample();
    const auto owed_before = owed(directory_.path()).size();
    run_sql(directory_.path(), "PRAGMA foreign_keys = OFF; UPDATE runs SET id = 'x' WHERE id = '" + run_id(6).text() +
                                   "'; UPDATE transitions SET run_id = 'x' WHERE run_id = '" + run_id(6).text() +
                                   "'; UPDATE calls SET id = 'y' WHERE id = '" + test::call_of("start-6").text() + "'");
    const auto report = salvage();
    ASSERT_TRUE(report) << report.error();
    EXPECT_THAT(report->repaired, AllOf(Contains(HasSubstr("run 'x': that is not an id")),
                                        Contains(HasSubstr("call 'y': that is not an id"))));
    EXPECT_EQ(owed(directory_.path("new.db")).size(), owed_before) << "its stop is owed under whatever name";
    expect_clean(directory_.path("new.db"), "lost ids");
}

TEST_F(Salvaged, StoreThatCannotBeSalvaged_IsRefusedAndMakesNothing) {
    write_sample();
    EXPECT_THAT(salvage("taktd.db").error(), HasSubstr("exists already"));
    EXPECT_THAT(salvage("nowhere/new.db").error(), HasSubstr("nowhere"));
    {
        const auto held = LockFile::acquire(directory_.path());
        EXPECT_THAT(salvage().error(), HasSubstr("in use by another taktd"));
    }
    overwrite(0, std::string(bytes().size(), 'x'));
    EXPECT_THAT(salvage().error(), HasSubstr("nothing of a taktd store can be read"));
    EXPECT_FALSE(std::filesystem::exists(directory_.path("new.db"))) << "half a store would be taken for one";
    std::filesystem::remove(directory_.path());
    EXPECT_THAT(salvage().error(), HasSubstr("No such file"));
}

struct Mending {
    const char* what;
    RunState state;
    Obligation obligation;
    std::vector<std::pair<int, RunState>> left;  // transitions by seq; each `from` is the one before it in `whole`
    bool may_have_started;
    std::vector<RunState> states;
    Obligation after;
};

TEST(Mended, Stories_AreLegalAndEndWhereTheRunIs) {
    const std::vector<RunState> whole = {due, starting, running, stopping, stopped};
    const Mending cases[] = {
        {"nothing lost",
         running,
         Obligation::open,
         {{1, due}, {2, starting}, {3, running}},
         true,
         {due, starting, running},
         Obligation::open},
        {"all lost, running", running, Obligation::open, {}, false, {due, starting, running}, Obligation::open},
        {"all lost, stopped",
         stopped,
         Obligation::discharged,
         {},
         false,
         {due, starting, running, stopped},
         Obligation::discharged},
        {"all lost, skipped", skipped, Obligation::none, {}, false, {due, skipped}, Obligation::none},
        {"all lost, failed after a start",
         failed,
         Obligation::discharged,
         {},
         false,
         {due, starting, failed},
         Obligation::discharged},
        {"the middle lost",
         stopped,
         Obligation::discharged,
         {{1, due}, {4, stopping}, {5, stopped}},
         true,
         {due, starting, running, stopping, stopped},
         Obligation::discharged},
        {"the beginning lost",
         stopping,
         Obligation::open,
         {{3, running}, {4, stopping}},
         true,
         {due, starting, running, stopping},
         Obligation::open},
        {"the end lost",
         stopped,
         Obligation::discharged,
         {{1, due}, {2, starting}, {3, running}},
         true,
         {due, starting, running, stopped},
         Obligation::discharged},
        {"a row older than its end stays open",
         running,
         Obligation::open,
         {{1, due}, {2, starting}, {3, running}, {4, stopping}, {5, stopped}},
         true,
         {due, starting, running},
         Obligation::open},
        {"a row older than its start is opened",
         due,
         Obligation::none,
         {{1, due}, {2, starting}, {3, running}},
         true,
         {due, starting, running},
         Obligation::open},
        {"a start that may have worked opens",
         due,
         Obligation::none,
         {{1, due}},
         true,
         {due, starting, unconfirmed},
         Obligation::open},
        {"due stays due", due, Obligation::none, {{1, due}}, false, {due}, Obligation::none},
        {"ended but still owed: owed",
         stopped,
         Obligation::open,
         {{1, due}, {2, starting}},
         true,
         {due, starting, unconfirmed},
         Obligation::open},
    };
    for (const Mending& c : cases) {
        Remains remains{run_row(1, "load", c.state), {}, c.may_have_started};
        remains.run.obligation = c.obligation;
        remains.run.updated = remains.run.start_due;  // transitions come seconds later
        if (is_terminal(c.state)) remains.run.updated = remains.run.start_due + std::chrono::hours{1};
        for (const auto& [seq, to] : c.left) {
            std::optional<RunState> from;
            if (seq > 1) from = whole[static_cast<std::size_t>(seq) - 2];
            remains.transitions.push_back(testing::transition_row(remains.run, seq, from, to));
        }
        const Remains after = mended(remains);
        std::vector<RunState> states;
        std::optional<RunState> before;
        for (const auto& t : after.transitions) {
            EXPECT_EQ(t.from, before) << c.what;
            EXPECT_TRUE(is_legal(t.from, t.to)) << c.what;
            states.push_back(t.to);
            EXPECT_EQ(t.seq, static_cast<int>(states.size())) << c.what;
            before = t.to;
        }
        EXPECT_EQ(states, c.states) << c.what;
        EXPECT_EQ(after.run.obligation, c.after) << c.what;
        EXPECT_EQ(after.run.state, states.back()) << c.what;
    }
}

}  // namespace
}  // namespace taktd
