// SPDX-License-Identifier: Apache-2.0
// Values with commas in them (RFC 4180).
#include "daemon/report/csv.hpp"

#include <gtest/gtest.h>

#include "tests/support/stored_rows.hpp"

namespace taktd::report {
namespace {

TEST(Csv, Values_AreQuotedWhereTheyMustBe) {
    const std::pair<const char*, const char*> cases[] = {
        {"", ""},
        {"plain", "plain"},
        {"a,b", "\"a,b\""},
        {"say \"no\"", "\"say \"\"no\"\"\""},
        {"two\nlines", "\"two\nlines\""},
    };
    for (const auto& [value, written] : cases) EXPECT_EQ(csv_value(value), written);
}

TEST(Csv, Transitions_AreALineEachBehindAHeader) {
    const RunRow run = testing::run_row(1, "load");
    TransitionRow row = testing::transition_row(run, 2, RunState::due, RunState::starting);
    row.actor = "ann, \"the\" operator";
    EXPECT_EQ(transitions_csv({{row, "load", "perf"}}),
              "at,job,provider,run_id,seq,from_state,to_state,reason,actor,detail\r\n"
              "2027-01-15T08:00:03Z,load,perf," +
                  run.id.text() + ",2,due,starting,,\"ann, \"\"the\"\" operator\",\r\n");
    EXPECT_EQ(transitions_csv({}, false), "");
}

}  // namespace
}  // namespace taktd::report
