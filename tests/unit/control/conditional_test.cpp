// SPDX-License-Identifier: Apache-2.0
// What a client may keep, and when it is told that it has it.
#include "daemon/control/conditional.hpp"

#include <gtest/gtest.h>

#include "daemon/control/problem.hpp"

namespace taktd::control {
namespace {

HttpResponse answer_to(const std::string& if_none_match, const char* said = "x") {
    HttpRequest request;
    if (!if_none_match.empty()) request.headers.emplace_back("If-None-Match", if_none_match);
    return if_changed(request, json_response(200, {{"said", said}}));
}

std::string tag_of(const HttpResponse& response) { return find_header(response.headers, "ETag").value_or(""); }

TEST(Conditional, Answers_BearATagOfWhatTheySay) {
    const std::string tag = tag_of(answer_to(""));
    EXPECT_EQ(tag.size(), 18U) << tag;
    EXPECT_EQ(tag, tag_of(answer_to("")));
    EXPECT_NE(tag, tag_of(answer_to("", "y")));
}

TEST(Conditional, WhoHasIt_IsSentNothing) {
    const std::string tag = tag_of(answer_to(""));
    for (const std::string& known : {tag, "W/" + tag, "\"0\", " + tag, std::string{"*"}}) {
        const HttpResponse response = answer_to(known);
        EXPECT_EQ(response.status, 304) << known;
        EXPECT_EQ(response.body, "") << known;
        EXPECT_EQ(tag_of(response), tag) << known;
    }
}

TEST(Conditional, WhoHasAnother_IsSentIt) {
    EXPECT_EQ(answer_to("\"0\"").status, 200);
    EXPECT_NE(answer_to("\"0\"").body, "");
}

TEST(Conditional, Problems_AreNotKept) {
    const HttpResponse response = if_changed({}, response_of(malformed("no")));
    EXPECT_EQ(response.status, 400);
    EXPECT_EQ(tag_of(response), "");
}

}  // namespace
}  // namespace taktd::control
