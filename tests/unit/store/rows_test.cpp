// SPDX-License-Identifier: Apache-2.0
// Each kind of row goes to disk and comes back whole, twice equals once, and what cannot be is refused aloud.
#include <gmock/gmock.h>

#include "daemon/store/json/detail_json.hpp"
#include "daemon/store/json/text.hpp"
#include "daemon/store/sqlite/row_writer.hpp"
#include "tests/support/ids.hpp"
#include "tests/unit/store/support.hpp"

namespace taktd {
namespace {

using testing::ask_sql;
using testing::at;
using testing::full_call;
using testing::full_run;
using ::testing::HasSubstr;
using testing::open_reader;
using testing::open_store;
using testing::run_row;
using testing::StoreDirectory;
using testing::write_rows;
using namespace std::chrono_literals;
using namespace test::id_literals;

TEST(Rows, NoteOfATransition_IsJsonInTheStore) {
    const StoreDirectory directory;
    const RunRow run = full_run();
    TransitionRow first = testing::transition_row(run, 1, std::nullopt, RunState::due);
    TransitionRow second = testing::transition_row(run, 2, RunState::due, RunState::starting);
    second.reason = Reason::operator_request;
    second.detail = "said \"now\"";
    write_rows(directory.path(), {run, first, second});
    EXPECT_EQ(ask_sql(directory.path(), "SELECT from_state, reason, detail FROM transitions ORDER BY seq"),
              R"(null|null|null|due|operator|{"note":"said \"now\""})");
}

TEST(Rows, FactsOfAnotherVersion_AreLeftOut) {
    TransitionRow transition;
    detail_from_json(R"({"note":"late","facts":{"now_ns":1,"who":"?"}})", transition);
    EXPECT_EQ(transition.detail, "late");
    EXPECT_FALSE(transition.facts);
    detail_from_json("no JSON at all", transition);
    EXPECT_EQ(transition.detail, "no JSON at all");
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

TEST(Rows, SameRow_WrittenTwice_EqualsOnce) {
    const StoreDirectory directory;
    const RunRow run = full_run();
    CallRow linked = testing::call_row(run, "call-2", Action::query, Outcome::accepted);
    linked.run.reset();
    linked.linked = {run.id, "another"_run};
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
    EXPECT_THAT(once, HasSubstr(test::call_of("call-2").text()));
}

TEST(Rows, TextFromOutside_IsCutAndMadeValid) {
    const StoreDirectory directory;
    const RunRow run = full_run();
    CallRow call = full_call(run);
    call.record.response_body = "\xFF" + std::string(10'000, 'x');
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

TEST(Rows, Contradiction_IsRefused) {
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
