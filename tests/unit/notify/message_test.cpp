// SPDX-License-Identifier: Apache-2.0
// What goes over the wire to each kind of target, held against the vendors' own vectors, and what their answers mean.
#include "daemon/notify/message.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>

#include "providers/crypto.hpp"

namespace taktd::notify {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;
using Kind = NotifyTarget::Kind;
using Taken = Verdict::Kind;

const NoticeId kId = *NoticeId::parse("019ad8c2-7a10-7c33-8b1d-2f9a60c1e4d7");
const WallTime kNow{1796106731s};

NotifyEndpoint endpoint(Kind kind, const std::string& key = {}, const std::string& path = "/robot?token=t") {
    NotifyEndpoint made;
    made.settings.name = "ops";
    made.settings.kind = kind;
    made.settings.topic = "taktd";
    made.endpoint = "https://robot.example.com";
    made.path = Secret{path};
    if (!key.empty()) made.keys.emplace_back(key);
    return made;
}

std::string event_of(NoticeType type, const std::string& job, const std::string& text = "It failed.") {
    Notice notice{.type = type, .at = kNow, .job = job, .provider = "perf"};
    notice.run = RunFacts{
        .id = *RunId::parse("01a23029-6548-72aa-9e4a-a40aa5eeb8c8"), .start_due = kNow - 1h, .should_end = kNow - 3min};
    Teller teller{.source = "/taktd/ops-1", .dashboard = "https://taktd.example.com"};
    return cloud_event(notice, kId, {"Failed: " + job, text}, teller);
}

boost::json::object body_of(const HttpRequest& request) { return boost::json::parse(request.body).as_object(); }

std::string header(const HttpRequest& request, const std::string& name) {
    return find_header(request.headers, name).value_or("");
}

TEST(Webhook, Signature_IsThatOfStandardWebhooks) {
    const std::string key = webhook_key_of("whsec_dGFrdGQtdGVzdC1zZWNyZXQtMzItYnl0ZXMtbG9uZy4=");
    const std::string event = R"({"id":"019ad8c2-7a10-7c33-8b1d-2f9a60c1e4d7","type":"run.overdue"})";
    const HttpRequest request = request_for(endpoint(Kind::webhook, key), kId, event, kNow, "taktd/1");
    EXPECT_EQ(header(request, "webhook-id"), kId.text());
    EXPECT_EQ(header(request, "webhook-timestamp"), "1796106731");
    EXPECT_EQ(header(request, "webhook-signature"), "v1,H2TzQjNwOdDMNfd/R1r+h0b6xWvUClI5aB8OZ9slbUQ=");
    EXPECT_EQ(request.body, event);
    EXPECT_EQ(request.target, "/robot?token=t");
    EXPECT_EQ(header(request, "User-Agent"), "taktd/1");
}

TEST(Webhook, TwoKeys_GiveTwoSignatures) {
    NotifyEndpoint target = endpoint(Kind::webhook, std::string(32, 'a'));
    target.keys.emplace_back(std::string(32, 'b'));
    const std::string signature = header(request_for(target, kId, "{}", kNow, ""), "webhook-signature");
    EXPECT_EQ(std::ranges::count(signature, ' '), 1);
    EXPECT_THAT(signature, ::testing::MatchesRegex("v1,[^ ]+ v1,[^ ]+"));
}

TEST(WebhookKey, OfAnotherForm_IsRefused) {
    for (const char* wrong : {"", "whsec_", "whsec_c2hvcnQ=", "dGFrdGQtdGVzdC1zZWNyZXQtMzItYnl0ZXMtbG9uZy4=",
                              "whsec_dGFrdGQtdGVzdC1zZWNyZXQtMzItYnl0ZXMtbG9uZy4", "whsec_%%%%dGVzdC1zZWNyZXQt"})
        EXPECT_EQ(webhook_key_of(wrong), "") << wrong;
}

TEST(Base64, DecodedText_IsWhatWasEncoded) {
    const std::string samples[] = {"", "a", "ab", "abc", "abcd", std::string{"\0\xff\n", 3}};
    for (const std::string& bytes : samples) {
        EXPECT_EQ(from_base64(base64(bytes)), bytes);
    }
    EXPECT_EQ(base64("foobar"), "Zm9vYmFy");  // RFC 4648, section 10
    EXPECT_FALSE(from_base64("Zg="));
    EXPECT_FALSE(from_base64("Zh=="));  // stray bits
}

TEST(Dingtalk, Signature_IsThatOfTheVector) {
    const HttpRequest request = request_for(endpoint(Kind::dingtalk, "SECtest", "/robot/send?access_token=x"), kId,
                                            event_of(NoticeType::run_failed, "load"), kNow, "");
    EXPECT_EQ(
        request.target,
        "/robot/send?access_token=x&timestamp=1796106731000&sign=WOd1u4lLrGeLKUpLGJLam6LgzaUWYdjXB4M%2F4bMXfsc%3D");
    const auto body = body_of(request);
    EXPECT_EQ(body.at("msgtype"), "markdown");
    EXPECT_THAT(std::string{body.at("markdown").at("text").as_string()}, HasSubstr("### Failed: load"));
}

TEST(Feishu, Signature_IsThatOfTheVector) {
    const auto body = body_of(
        request_for(endpoint(Kind::feishu, "testsecret"), kId, event_of(NoticeType::run_overdue, "load"), kNow, ""));
    EXPECT_EQ(body.at("timestamp"), "1796106731");
    EXPECT_EQ(body.at("sign"), "g2kU32iWAP3UqeC398OwlHEfXU3XGmHJHkbgEAOUBb4=");
    EXPECT_EQ(body.at("card").at("header").at("template"), "red");
    EXPECT_EQ(body.at("card").at("elements").at(1).at("actions").at(0).at("url"),
              "https://taktd.example.com/#/runs/01a23029-6548-72aa-9e4a-a40aa5eeb8c8");
}

TEST(Robots, CriticalEvent_CallsThoseWhomTheConfigNames) {
    for (const Kind kind : {Kind::dingtalk, Kind::feishu, Kind::wecom, Kind::slack}) {
        NotifyEndpoint target = endpoint(kind);
        target.settings.mentions = {"all"};
        const auto text = [&](NoticeType type) {
            return request_for(target, kId, event_of(type, "load"), kNow, "").body;
        };
        const char* call = kind == Kind::dingtalk ? "\"isAtAll\":true"
                           : kind == Kind::feishu ? "<at id=all></at>"
                           : kind == Kind::wecom  ? "<@all>"
                                                  : "<!channel>";
        EXPECT_THAT(text(NoticeType::run_overdue), HasSubstr(call)) << name_of(kind);
        EXPECT_THAT(text(NoticeType::run_failed), Not(HasSubstr(call))) << name_of(kind);
    }
}

TEST(Robots, TextFromOutside_CallsNobodyAndDrawsNoLink) {
    const std::string hostile = "@all <at id=all></at> <!channel> <@U1> [click](https://evil.example)";
    for (const Kind kind : {Kind::dingtalk, Kind::feishu, Kind::wecom, Kind::slack}) {
        const std::string text =
            request_for(endpoint(kind), kId, event_of(NoticeType::run_failed, "load", hostile), kNow, "").body;
        // In Slack's text only what stands in angle brackets calls anybody.
        if (kind != Kind::slack) {
            EXPECT_THAT(text, Not(HasSubstr("@all")));
        }
        for (const char* call : {"<at id", "<!channel", "<@U1", "\"isAtAll\":true"})
            EXPECT_THAT(text, Not(HasSubstr(call))) << name_of(kind);
        if (kind != Kind::slack) {
            EXPECT_THAT(text, Not(HasSubstr("[click](")));
        }
    }
}

TEST(Robots, LongText_FitsTheirLimits) {
    const std::string event = event_of(NoticeType::run_failed, "load", std::string(100'000, 'x'));
    EXPECT_LE(request_for(endpoint(Kind::dingtalk), kId, event, kNow, "").body.size(), 20'000U);
    EXPECT_LE(request_for(endpoint(Kind::feishu), kId, event, kNow, "").body.size(), 20'000U);
    EXPECT_LE(request_for(endpoint(Kind::wecom), kId, event, kNow, "").body.size(), 4'200U);
    EXPECT_LE(request_for(endpoint(Kind::slack), kId, event, kNow, "").body.size(), 3'500U);
    EXPECT_LE(request_for(endpoint(Kind::ntfy), kId, event, kNow, "").body.size(), 4'500U);
}

TEST(Ntfy, Request_HasTopicPriorityAndToken) {
    const HttpRequest request =
        request_for(endpoint(Kind::ntfy, "tk_1", "/"), kId, event_of(NoticeType::run_overdue, "load"), kNow, "");
    const auto body = body_of(request);
    EXPECT_EQ(body.at("topic"), "taktd");
    EXPECT_EQ(body.at("priority"), 5);
    EXPECT_EQ(header(request, "Authorization"), "Bearer tk_1");
}

Verdict said(Kind kind, int status, const std::string& body, HttpHeaders headers = {}) {
    return verdict_of(endpoint(kind).settings, {.status = status, .headers = std::move(headers), .body = body});
}

TEST(Verdict, OfARobotThatAnswers200_IsWhatItsBodySays) {
    const struct {
        Kind kind;
        const char* body;
        Taken taken;
        const char* why;
    } cases[] = {
        {Kind::dingtalk, R"({"errcode":0,"errmsg":"ok"})", Taken::delivered, ""},
        {Kind::dingtalk, R"({"errcode":130101})", Taken::again, "too many"},
        {Kind::dingtalk, R"({"errcode":310000})", Taken::setting, "notify.targets.ops.secret"},
        {Kind::dingtalk, R"({"errcode":400013})", Taken::setting, "notify.targets.ops.url"},
        {Kind::dingtalk, "<html>", Taken::again, "no 'errcode'"},
        {Kind::feishu, R"({"code":0})", Taken::delivered, ""},
        {Kind::feishu, R"({"code":11232})", Taken::again, "too many"},
        {Kind::feishu, R"({"code":19021})", Taken::setting, "19021, the signature or the time is wrong"},
        {Kind::feishu, R"({"code":9499})", Taken::never, "form"},
        {Kind::feishu, R"({"code":"0"})", Taken::again, "no 'code'"},
        {Kind::wecom, R"({"errcode":0})", Taken::delivered, ""},
        {Kind::wecom, R"({"errcode":45009})", Taken::again, "too many"},
        {Kind::wecom, R"({"errcode":93000})", Taken::setting, "notify.targets.ops.url"},
        {Kind::slack, "ok", Taken::delivered, ""},
        {Kind::slack, "<html>", Taken::again, "not 'ok'"},
    };
    for (const auto& c : cases) {
        const Verdict verdict = said(c.kind, 200, c.body);
        EXPECT_EQ(verdict.kind, c.taken) << c.body;
        EXPECT_THAT(verdict.why, HasSubstr(c.why));
    }
}

TEST(Verdict, OfAStatus_SaysWhetherItIsTriedAgain) {
    EXPECT_EQ(said(Kind::webhook, 204, "").kind, Taken::delivered);
    EXPECT_EQ(said(Kind::webhook, 500, "").kind, Taken::again);
    EXPECT_EQ(said(Kind::webhook, 400, "").kind, Taken::again) << "a receiver's deployment may mend it";
    EXPECT_EQ(said(Kind::webhook, 401, "").kind, Taken::setting);
    EXPECT_EQ(said(Kind::webhook, 410, "").kind, Taken::gone);
    EXPECT_EQ(said(Kind::webhook, 429, "", {{"Retry-After", "7"}}).after, 7s);
    EXPECT_EQ(said(Kind::webhook, 503, "", {{"retry-after", "soon"}}).after, std::nullopt);
    EXPECT_EQ(said(Kind::webhook, 302, "", {{"Location", "http://evil"}}).kind, Taken::setting);
    EXPECT_THAT(said(Kind::webhook, 302, "").why, HasSubstr("redirects"));
    EXPECT_EQ(said(Kind::slack, 400, "invalid_payload").kind, Taken::never);
    EXPECT_EQ(said(Kind::slack, 404, "no_service").kind, Taken::setting);
    EXPECT_EQ(said(Kind::ntfy, 413, "").kind, Taken::never);
}

}  // namespace
}  // namespace taktd::notify
