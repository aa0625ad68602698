// SPDX-License-Identifier: Apache-2.0
// What events say to people.
#include "daemon/ctl/commands/event_lines.hpp"

#include <gtest/gtest.h>

namespace taktd::ctl {
namespace {

constexpr const char* kRunFields = R"("run_id": "01a23029-6548-72aa-9e4a-a40aa5eeb8c8", "job": "load")";

std::string line_of(EventLines& lines, const std::string& name, const std::string& data) {
    const Context context{.now = WallTime{std::chrono::hours{490'000}}, .zone = Zone::utc()};
    return lines.line_of(name, json::parse(data).as_object(), context);
}

std::string line_of(const std::string& name, const std::string& data) {
    EventLines lines;
    const std::string text = line_of(lines, name, data);
    return text.substr(text.find('\n') + 1);  // without the day
}

TEST(EventLines, Transition_SaysWhoseItIsAndWhy) {
    const std::string row = std::string{"{"} + kRunFields +
                            R"(, "seq": 4, "from_state": "running", "to_state": "stopping", "at":
                            "2026-12-01T14:22:29.003Z", "reason": "operator", "actor": "ann", "detail": {"note": "a\nb"}})";
    EXPECT_EQ(line_of("transition", row),
              "14:22:29.003  load  a5eeb8c8  running -> stopping (operator) by ann: a\\nb\n");
}

TEST(EventLines, Day_StandsOnItsOwnLineWhereItChanges) {
    EventLines lines;
    const auto told = [&lines](const std::string& at) {
        return line_of(lines, "transition",
                       std::string{"{"} + kRunFields + R"(, "to_state": "due", "at": ")" + at + "\"}");
    };
    EXPECT_TRUE(told("2026-12-01T14:22:29Z").starts_with("2026-12-01\n14:22:29.000"));
    EXPECT_TRUE(told("2026-12-01T23:59:59Z").starts_with("23:59:59.000"));
    EXPECT_TRUE(told("2026-12-02T00:00:00Z").starts_with("2026-12-02\n00:00:00.000"));
}

TEST(EventLines, OtherEvents_AreTold) {
    const std::string call =
        std::string{"{"} + kRunFields + R"(, "action": "stop", "attempt": 3, "outcome": "uncertain",
        "http_status": 503, "vendor_code": "APIGW.0201", "vendor_message": "Backend", "done": "2026-12-01T14:22:29Z"})";
    EXPECT_EQ(line_of("call", call), "14:22:29.000  load  a5eeb8c8  stop #3: uncertain, HTTP 503 APIGW.0201 Backend\n");
    const std::string late = R"({"run": {"id": "01a23029-6548-72aa-9e4a-a40aa5eeb8c8", "job": "load", "late": 175.2}})";
    EXPECT_NE(line_of("overdue", late).find("load  a5eeb8c8  OVERDUE by 2m55s\n"), std::string::npos);
    EXPECT_NE(line_of("holds", R"({"holds": []})").find("  no hold is engaged\n"), std::string::npos);
    EXPECT_NE(line_of("holds", R"({"holds": [{"scope": "", "actor": "ann", "reason": "fire"}]})")
                  .find("  held: everything, by ann: fire\n"),
              std::string::npos);
    EXPECT_NE(line_of("config", R"({"generation": 3, "added": ["a", "b"], "changed": [], "removed": ["c"]})")
                  .find("  config generation 3; added a b; removed c\n"),
              std::string::npos);
    EXPECT_NE(line_of("store", R"({"up": false})").find("CANNOT BE WRITTEN"), std::string::npos);
    EXPECT_NE(line_of("job", R"({"job": "load", "disabled": false})").find("load  is enabled\n"), std::string::npos);
}

TEST(EventLines, WhatIsNotKnown_SaysNothingAndBreaksNothing) {
    EXPECT_EQ(line_of("novelty", R"({"x": 1})"), "");
    for (const char* name : {"transition", "call", "overdue", "recovered", "holds", "job", "config", "store", "foreign",
                             "providers", "status"}) {
        EXPECT_NO_THROW(line_of(name, "{}")) << name;
        EXPECT_NO_THROW(line_of(name, R"({"run": 1, "holds": [1], "providers": [1], "added": [1], "detail": 1})"))
            << name;
    }
}

}  // namespace
}  // namespace taktd::ctl
