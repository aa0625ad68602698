// SPDX-License-Identifier: Apache-2.0
// The members of a request: each of its form, none unknown, none lost.
#include "daemon/control/form.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace taktd::control {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

json::object members(const std::string& text) { return json::parse(text).as_object(); }

TEST(Form, GoodMembers_AreRead) {
    Form form{members(R"({"reason": "why", "stop": true, "for": "30m", "until": "2026-12-01T08:00:00+08:00"})")};
    EXPECT_EQ(form.text("reason"), "why");
    EXPECT_TRUE(form.flag("stop"));
    EXPECT_EQ(form.duration("for"), 30min);
    EXPECT_EQ(form.instant("until"), WallTime{std::chrono::sys_days{std::chrono::year{2026} / 12 / 1}});
    EXPECT_FALSE(form.problem());
}

TEST(Form, MissingAndNullMembers_AreNothing) {
    Form form{members(R"({"for": null})")};
    EXPECT_EQ(form.text("reason"), "");
    EXPECT_FALSE(form.flag("stop"));
    EXPECT_FALSE(form.duration("for"));
    EXPECT_FALSE(form.problem());
}

TEST(Form, UnknownMember_IsTheProblemWithWhatIsMeant) {
    Form form{members(R"({"resaon": "why"})")};
    form.text("reason");
    const auto problem = form.problem();
    ASSERT_TRUE(problem);
    EXPECT_EQ(problem->status, 400);
    EXPECT_THAT(problem->detail, HasSubstr("did you mean 'reason'"));
    EXPECT_EQ(problem->extra.at("did_you_mean"), "reason");
}

TEST(Form, MemberOfAnotherForm_IsNamed) {
    const std::pair<const char*, const char*> cases[] = {
        {R"({"m": 1})", "must be a text"},
        {R"({"m": ["30m"]})", "must be a text"},
    };
    for (const auto& [text, words] : cases) {
        Form form{members(text)};
        form.text("m");
        ASSERT_TRUE(form.problem()) << text;
        EXPECT_THAT(form.problem()->detail, HasSubstr(words)) << text;
        EXPECT_EQ(form.problem()->extra.at("member"), "m");
    }
    Form flag{members(R"({"stop": "yes"})")};
    EXPECT_FALSE(flag.flag("stop"));
    EXPECT_THAT(flag.problem()->detail, HasSubstr("true or false"));
}

TEST(Form, Lengths_MustBeOnesThatAConfigTakes) {
    for (const char* text : {"soon", "0s", "-5m", "5", "100000d"}) {
        Form form{{{"for", text}}};
        EXPECT_FALSE(form.duration("for")) << text;
        EXPECT_TRUE(form.problem()) << text;
    }
}

TEST(Form, Instants_MustSayTheirOffset) {
    for (const char* text : {"tomorrow", "2026-12-01 02:00", "2026-13-01T00:00:00Z"}) {
        Form form{{{"until", text}}};
        EXPECT_FALSE(form.instant("until")) << text;
        EXPECT_TRUE(form.problem()) << text;
    }
}

TEST(Form, BlankReason_IsNone) {
    for (const char* text : {R"({})", R"({"reason": ""})", R"({"reason": " \n"})"}) {
        Form form{members(text)};
        form.reason_for("nothing may start");
        ASSERT_TRUE(form.problem()) << text;
        EXPECT_THAT(form.problem()->detail, HasSubstr("must say why nothing may start"));
    }
}

}  // namespace
}  // namespace taktd::control
