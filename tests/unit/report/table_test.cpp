// SPDX-License-Identifier: Apache-2.0
// The table printer: alignment by terminal cells, columns that vanish, nothing that a terminal would obey.
#include "daemon/report/table.hpp"

#include <gtest/gtest.h>

namespace taktd::report {
namespace {

TEST(Table, Columns_AreAligned_WithoutBlanksAtLineEnds) {
    Table table{{{"A"}, {.header = "N", .right = true}, {"LAST"}}};
    table.add({"long value", "7", "x"});
    table.add({"b", "1234", ""});
    EXPECT_EQ(table.to_text(false),
              "A              N  LAST\n"
              "long value     7  x\n"
              "b           1234\n");
}

TEST(Table, Widths_AreCountedInCellsNotBytes) {
    Table table{{{"JOB"}, {"X"}}};
    table.add({"夜间压测", "1"});
    table.add({"café", "2"});
    EXPECT_EQ(table.to_text(false),
              "JOB       X\n"
              "夜间压测  1\n"
              "café      2\n");
}

TEST(Table, ColumnWithoutText_VanishesIfItMay) {
    Table table{{{"A"}, {.header = "B", .may_vanish = true}, {"C"}}};
    table.add({"1", "", "3"});
    EXPECT_EQ(table.to_text(false), "A  C\n1  3\n");
    table.add({"1", "2", "3"});
    EXPECT_EQ(table.to_text(false), "A  B  C\n1     3\n1  2  3\n");
}

TEST(Table, CharactersThatATerminalWouldObey_AreSpelledOut) {
    Table table{{{"A"}}};
    table.add({"red\x1b[31m\nnext"});
    EXPECT_EQ(table.to_text(false), "A\nred\\x1b[31m\\nnext\n");
}

TEST(Table, Colours_DoNotMoveColumns) {
    Table table{{{"A"}, {"B"}}};
    table.add({{"x", Colour::red}, "y"});
    table.add({"long", "z"});
    EXPECT_EQ(table.to_text(true),
              "\x1b[2mA\x1b[0m     \x1b[2mB\x1b[0m\n"
              "\x1b[31mx\x1b[0m     y\n"
              "long  z\n");
}

Table ranked() {
    Table table{{{"RUN"},
                 {.header = "JOB", .may_be_cut = true},
                 {"STATE"},
                 {.header = "START", .rank = 1},
                 {.header = "NOTES", .rank = 2}}};
    table.add({"a5eeb8c8", "checkout-load-in-singapore", "running", "2026-12-01 14:22:29", "ends by itself"});
    return table;
}

TEST(Table, LeastColumns_WhereThereIsNoRoom_Vanish) {
    EXPECT_EQ(ranked().to_text(false, 100), ranked().to_text(false)) << "all of it fits";
    EXPECT_EQ(ranked().to_text(false, 80),
              "RUN       JOB                         STATE    START\n"
              "a5eeb8c8  checkout-load-in-singapore  running  2026-12-01 14:22:29\n");
    EXPECT_EQ(ranked().to_text(false, 60),
              "RUN       JOB                         STATE\n"
              "a5eeb8c8  checkout-load-in-singapore  running\n");
}

TEST(Table, Names_OnTheNarrowestTerminalsAlone_AreCutInTheirMiddle) {
    EXPECT_EQ(ranked().to_text(false, 40),
              "RUN       JOB                    STATE\n"
              "a5eeb8c8  checkout-l…-singapore  running\n");
    Table wide{{{"RUN"}, {.header = "JOB", .may_be_cut = true}}};
    wide.add({"a5eeb8c8", std::string(80, 'x')});
    EXPECT_EQ(wide.to_text(false, 60), wide.to_text(false)) << "a name that is cut cannot be copied";
}

}  // namespace
}  // namespace taktd::report
