// SPDX-License-Identifier: Apache-2.0
// Who may come in over TCP, in virtual time: tokens, login codes, sessions, wrong ones, Hosts and origins.
#include "daemon/control/access.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace taktd::control {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

const std::string kOperator = "an-operators-long-token";
const std::string kViewer = "a-viewers-long-token-too";

class AccessTest : public ::testing::Test {
protected:
    AccessTest() {
        access.take({.host = "127.0.0.1",
                     .port = "8484",
                     .is_secured = false,
                     .hosts = {"Taktd.Example.com", "proxy.example:8443"},
                     .operator_digest = Access::digest_of(Secret{kOperator}),
                     .viewer_digest = Access::digest_of(Secret{kViewer})});
    }

    static HttpRequest request(HttpHeaders headers, const std::string& peer = "192.0.2.1") {
        HttpRequest made;
        made.headers = std::move(headers);
        made.peer_address = peer;
        return made;
    }
    static HttpRequest with_token(const std::string& token, const std::string& peer = "192.0.2.1") {
        return request({{"Authorization", "Bearer " + token}}, peer);
    }
    void pass(Duration time) {
        now.wall += time;
        now.boot += time;
    }
    /// "200", or the status and the code.
    std::string admitted(const HttpRequest& asked, Need need = Need::viewer) {
        const auto asker = access.admit(asked, need, now);
        return asker ? "200" : std::to_string(asker.error().status) + " " + asker.error().code;
    }
    std::string objection(HttpHeaders headers) const {
        const auto problem = access.objection_to(request(std::move(headers)));
        return problem ? std::to_string(problem->status) + " " + problem->code : "";
    }
    Access::Entry enter(const std::string& code, const std::string& peer = "192.0.2.1") {
        return access.enter(code, peer, now);
    }

    int drawn = 0;
    Access access{[this] { return "drawn-" + std::to_string(++drawn); }};
    Now now{WallTime{std::chrono::sys_days{std::chrono::year{2026} / 12 / 1}}, BootTime{1h}};
};

TEST_F(AccessTest, Token_HasTheRoleThatTheConfigGivesIt) {
    const auto acting = access.admit(with_token(kOperator), Need::operator_, now);
    ASSERT_TRUE(acting);
    EXPECT_EQ(acting->actor, "token:operator");
    EXPECT_EQ(acting->via, Via::token);
    EXPECT_EQ(acting->role, Role::operator_);
    EXPECT_EQ(admitted(with_token(kViewer)), "200");
    EXPECT_EQ(admitted(with_token(kViewer), Need::operator_), "403 role");
}

TEST_F(AccessTest, SchemeOfAToken_IsReadInAnyCase) {
    EXPECT_EQ(admitted(request({{"authorization", "bearer " + kViewer}})), "200");
}

TEST_F(AccessTest, NoTokenOrAnotherOne_IsRefused) {
    EXPECT_EQ(admitted(request({})), "401 token");
    EXPECT_EQ(admitted(request({{"Authorization", kOperator}})), "401 token");
    EXPECT_EQ(admitted(request({{"Authorization", "Basic " + kOperator}})), "401 token");
    EXPECT_EQ(admitted(request({{"Authorization", "Bearer "}})), "401 token");
    EXPECT_EQ(admitted(with_token(kOperator + "x")), "401 token");
    EXPECT_EQ(admitted(with_token(kOperator.substr(1))), "401 token");
    EXPECT_EQ(admitted(request({{"Authorization", "Bearer " + kOperator}, {"Authorization", "Bearer x"}})),
              "401 token");
}

TEST_F(AccessTest, RoleWithoutAToken_LetsNobodyIn) {
    Access closed{[] { return "x"; }};
    EXPECT_FALSE(closed.admit(with_token(""), Need::viewer, now));
    EXPECT_FALSE(closed.admit(with_token("x"), Need::viewer, now));
}

TEST_F(AccessTest, RouteForNobody_AsksForNothing) {
    const auto asker = access.admit(request({}), Need::nobody, now);
    ASSERT_TRUE(asker);
    EXPECT_FALSE(asker->role);
}

TEST_F(AccessTest, RouteOfTheSocket_IsRefusedToAnyToken) {
    EXPECT_EQ(admitted(with_token(kOperator), Need::socket), "403 role");
}

TEST_F(AccessTest, WrongTokens_AreTooManyAfterTen_UntilAMinuteHasPassed) {
    for (int i = 0; i < 10; ++i) EXPECT_EQ(admitted(with_token("wrong")), "401 token");
    EXPECT_EQ(admitted(with_token("wrong")), "429 tokens");
    EXPECT_EQ(admitted(with_token("wrong", "192.0.2.2")), "401 token") << "another peer";
    EXPECT_EQ(admitted(with_token(kOperator)), "200") << "a user of the same host must not keep the operator out";
    pass(59s);
    EXPECT_EQ(admitted(with_token("wrong")), "429 tokens");
    pass(1s);
    EXPECT_EQ(admitted(with_token("wrong")), "401 token");
}

TEST_F(AccessTest, RequestsWithoutAToken_AreNotCountedAsWrong) {
    for (int i = 0; i < 20; ++i) EXPECT_EQ(admitted(request({})), "401 token");
}

TEST_F(AccessTest, WrongCodes_CountAsWrongTokensDo) {
    for (int i = 0; i < 10; ++i) EXPECT_EQ(enter("guess").session.error().status, 401);
    EXPECT_EQ(enter("guess").session.error().status, 429);
    EXPECT_EQ(admitted(with_token("wrong")), "429 tokens");
}

TEST_F(AccessTest, ManyPeers_AreForgottenInsteadOfFillingTheMemory) {
    for (std::size_t i = 0; i < 2 * Access::kPeersMax; ++i)
        EXPECT_EQ(admitted(with_token("wrong", "2001:db8::" + std::to_string(i))), "401 token");
}

TEST_F(AccessTest, Code_BeginsASessionUnderTheNameOfWhoAskedForIt) {
    const auto issued = access.issue(Role::operator_, "ann", now);
    EXPECT_EQ(issued.until, now.wall + 60s);
    const auto entry = enter(issued.code);
    ASSERT_TRUE(entry.session);
    EXPECT_EQ(entry.session->actor, "ann");
    EXPECT_NE(entry.session->token, issued.code);
    EXPECT_EQ(entry.session->until, now.wall + 12h);
    const auto asker = access.admit(with_token(entry.session->token), Need::operator_, now);
    ASSERT_TRUE(asker);
    EXPECT_EQ(asker->actor, "ann");
    EXPECT_EQ(asker->via, Via::page);
    EXPECT_EQ(admitted(with_token(issued.code)), "401 token") << "a code is no token";
}

TEST_F(AccessTest, SessionOfAViewer_MayNotAct) {
    const auto entry = enter(access.issue(Role::viewer, "bob", now).code);
    ASSERT_TRUE(entry.session);
    EXPECT_EQ(admitted(with_token(entry.session->token)), "200");
    EXPECT_EQ(admitted(with_token(entry.session->token), Need::operator_), "403 role");
}

TEST_F(AccessTest, Code_IsGoodForAMinute) {
    const auto issued = access.issue(Role::viewer, "ann", now);
    const auto other = access.issue(Role::viewer, "ann", now);
    pass(60s - 1ns);
    EXPECT_TRUE(enter(issued.code).session);
    pass(1ns);
    const auto late = enter(other.code);
    ASSERT_FALSE(late.session);
    EXPECT_EQ(late.session.error().code, "token");
    EXPECT_THAT(late.session.error().detail, HasSubstr("taktctl dashboard"));
}

TEST_F(AccessTest, SecondUseOfACode_EndsTheSessionThatTheFirstBegan) {
    const auto issued = access.issue(Role::operator_, "ann", now);
    const auto first = enter(issued.code);
    ASSERT_TRUE(first.session);
    pass(2h);
    const auto second = enter(issued.code);
    ASSERT_FALSE(second.session);
    EXPECT_EQ(second.ended, "ann");
    EXPECT_EQ(admitted(with_token(first.session->token)), "401 token");
    EXPECT_FALSE(enter(issued.code).ended) << "there is nothing left to end";
}

TEST_F(AccessTest, Session_EndsAfterTwelveHours) {
    const auto entry = enter(access.issue(Role::viewer, "ann", now).code);
    pass(12h - 1ns);
    EXPECT_EQ(admitted(with_token(entry.session->token)), "200");
    pass(1ns);
    EXPECT_EQ(admitted(with_token(entry.session->token)), "401 token");
}

TEST_F(AccessTest, Session_EndsWhenItLeavesAndOutlivesAReload) {
    const auto entry = enter(access.issue(Role::viewer, "ann", now).code);
    access.take({.host = "127.0.0.1", .port = "8484"});
    EXPECT_EQ(admitted(with_token(entry.session->token)), "200");
    EXPECT_EQ(admitted(with_token(kOperator)), "401 token") << "that token is gone";
    EXPECT_FALSE(access.leave(with_token("another")));
    EXPECT_TRUE(access.leave(with_token(entry.session->token)));
    EXPECT_EQ(admitted(with_token(entry.session->token)), "401 token");
}

TEST_F(AccessTest, TooManyCodes_PushOutTheOldest) {
    const auto oldest = access.issue(Role::viewer, "ann", now);
    pass(1s);
    std::string newest;
    for (std::size_t i = 0; i < Access::kCodesMax; ++i) newest = access.issue(Role::viewer, "ann", now).code;
    EXPECT_FALSE(enter(oldest.code).session);
    EXPECT_TRUE(enter(newest).session);
}

TEST_F(AccessTest, Host_IsOneOfOurs) {
    for (const char* host : {"127.0.0.1:8484", "localhost:8484", "LocalHost:8484", "[::1]:8484", "taktd.example.com",
                             "taktd.example.com:443", "proxy.example:8443"})
        EXPECT_EQ(objection({{"Host", host}}), "") << host;
}

TEST_F(AccessTest, HostThatIsForged_IsRefused) {
    for (const char* host : {"evil.example", "evil.example:8484", "127.0.0.1", "127.0.0.1:8485", "localhost", "",
                             "127.0.0.1:8484.evil.example", "taktd.example.com.evil.example", "proxy.example:8444",
                             "evil.taktd.example.com", "[::1]"})
        EXPECT_EQ(objection({{"Host", host}}), "403 host") << host;
    EXPECT_EQ(objection({}), "403 host");
    EXPECT_EQ(objection({{"Host", "localhost:8484"}, {"host", "evil.example"}}), "403 host");
}

TEST_F(AccessTest, HostWithoutItsUsualPort_IsOurs) {
    access.take({.host = "192.0.2.1", .port = "443", .is_secured = true});
    EXPECT_EQ(objection({{"Host", "192.0.2.1"}}), "");
    access.take({.host = "127.0.0.1", .port = "443", .is_secured = false});
    EXPECT_EQ(objection({{"Host", "127.0.0.1"}}), "403 host");
}

TEST_F(AccessTest, Origin_IsOneOfOurs) {
    const auto from = [&](const char* origin) { return objection({{"Host", "localhost:8484"}, {"Origin", origin}}); };
    EXPECT_EQ(from("http://localhost:8484"), "");
    EXPECT_EQ(from("http://127.0.0.1:8484"), "");
    EXPECT_EQ(from("https://taktd.example.com"), "");
    for (const char* origin : {"null", "", "http://evil.example", "http://localhost:3000", "ftp://localhost:8484",
                               "https://localhost:8484.evil.example", "localhost:8484"})
        EXPECT_EQ(from(origin), "403 origin") << origin;
    EXPECT_EQ(
        objection({{"Host", "localhost:8484"}, {"Origin", "http://localhost:8484"}, {"Origin", "http://evil.example"}}),
        "403 origin");
}

}  // namespace
}  // namespace taktd::control
