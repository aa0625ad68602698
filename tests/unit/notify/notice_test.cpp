// SPDX-License-Identifier: Apache-2.0
// Which rows are told of, with which facts, and in which words.
#include "daemon/notify/notice.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>

#include "daemon/notify/cloud_event.hpp"
#include "daemon/notify/mail.hpp"
#include "tests/support/stored_rows.hpp"

namespace taktd::notify {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using testing::at;
using testing::call_row;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::run_row;
using testing::transition_row;

std::vector<NoticeType> types_of(const std::vector<Notice>& notices) {
    std::vector<NoticeType> types;
    for (const Notice& notice : notices) types.push_back(notice.type);
    return types;
}

std::vector<Row> step(int n, std::optional<RunState> from, RunState to, Reason reason = Reason::none) {
    RunRow run = run_row(n, "load", to);
    run.reason = reason;
    run.obligation = is_terminal(to) || to == RunState::due ? Obligation::none : Obligation::open;
    TransitionRow transition = transition_row(run, 1, from, to);
    transition.reason = reason;
    return {run, transition};
}

TEST(NoticeMaker, Transition_IsToldByWhatItMeans) {
    const struct {
        RunState from, to;
        Reason reason;
        std::vector<NoticeType> told;
    } cases[] = {
        {RunState::starting, RunState::running, Reason::none, {NoticeType::run_started}},
        {RunState::unconfirmed, RunState::running, Reason::none, {NoticeType::run_started}},
        {RunState::stopping, RunState::running, Reason::none, {}},
        {RunState::due, RunState::starting, Reason::none, {}},
        {RunState::starting, RunState::failed, Reason::refused, {NoticeType::run_failed}},
        {RunState::due, RunState::skipped, Reason::misfire, {NoticeType::run_skipped}},
        {RunState::due, RunState::skipped, Reason::hold, {}},
        {RunState::due, RunState::skipped, Reason::overlap, {}},
        {RunState::starting, RunState::unconfirmed, Reason::none, {NoticeType::run_unconfirmed}},
        {RunState::stopping, RunState::stopped, Reason::schedule, {NoticeType::run_stopped}},
        {RunState::running, RunState::completed, Reason::none, {NoticeType::run_completed}},
    };
    for (const auto& c : cases)
        EXPECT_EQ(types_of(NoticeMaker{}.notices_of(step(1, c.from, c.to, c.reason))), c.told)
            << name_of(c.from) << " to " << name_of(c.to);
}

TEST(NoticeMaker, AStartThatIsUnconfirmed_IsToldOnlyIfItStaysSo) {
    const auto notices = NoticeMaker{}.notices_of(step(1, RunState::starting, RunState::unconfirmed));
    EXPECT_EQ(notices.at(0).wait, NoticeMaker::kUnconfirmedPatience);
    NoticeMaker maker;
    maker.notices_of(step(1, RunState::starting, RunState::unconfirmed));
    EXPECT_TRUE(maker.is_unconfirmed(testing::run_id(1)));
    maker.notices_of(step(1, RunState::unconfirmed, RunState::running));
    EXPECT_FALSE(maker.is_unconfirmed(testing::run_id(1)));
}

TEST(NoticeMaker, AnOverdueStop_IsCountedAndItsEndIsTold) {
    NoticeMaker maker;
    maker.notices_of(step(1, RunState::running, RunState::stopping));
    const RunRow run = run_row(1, "load", RunState::stopping);
    CallRow call = call_row(run, "c1", Action::stop, Outcome::uncertain);
    call.result->http_status = 503;
    call.result->vendor_code = "APIGW.0201";
    maker.notices_of({call});
    const OverdueWatch::Overdue stop{run.id, "load", "perf", RunState::stopping, at(100), 3min};
    EXPECT_EQ(maker.overdue(stop, at(280)).repeat, 0);
    const Notice again = maker.overdue(stop, at(340));
    EXPECT_EQ(again.repeat, 1);
    EXPECT_EQ(again.run->stop_attempts, 1);
    EXPECT_EQ(again.run->last_answer, "503 APIGW.0201");
    EXPECT_TRUE(again.run->is_overdue);
    const auto ended = maker.notices_of(step(1, RunState::stopping, RunState::stopped));
    EXPECT_THAT(types_of(ended), ::testing::ElementsAre(NoticeType::run_stopped, NoticeType::run_recovered));
    EXPECT_THAT(types_of(maker.notices_of(step(1, RunState::stopping, RunState::stopped))),
                ::testing::ElementsAre(NoticeType::run_stopped))
        << "an episode ends once";
}

TEST(NoticeMaker, RefusedCredentials_AreToldOnceAnEpisode) {
    NoticeMaker maker;
    const RunRow run = run_row(1);
    const auto told = [&](Outcome outcome) {
        return types_of(maker.notices_of({call_row(run, "c1", Action::query, outcome)}));
    };
    EXPECT_THAT(told(Outcome::accepted), IsEmpty());
    EXPECT_THAT(told(Outcome::unauthorized), ::testing::ElementsAre(NoticeType::provider_unauthorized));
    EXPECT_THAT(told(Outcome::unauthorized), IsEmpty());
    EXPECT_THAT(told(Outcome::uncertain), IsEmpty()) << "says nothing of the key";
    EXPECT_THAT(told(Outcome::accepted), ::testing::ElementsAre(NoticeType::provider_recovered));
}

TEST(NoticeMaker, HoldsGapsAndForeignRuns_AreTold) {
    NoticeMaker maker;
    const HoldRow hold{.scope = "job:load", .reason = "release", .actor = "ann", .since = at(5), .until = at(605)};
    HoldRow released = hold, expired = hold;
    released.engaged = false;
    expired.engaged = false;
    expired.has_expired = true;
    const GapRow gap{"load", at(1), at(9), 3, Reason::misfire, at(10)};
    ForeignRow foreign{"perf/1", "perf", "load", at(5), at(5), RemoteState::running, {}, false};
    ForeignRow goes_on = foreign, ended = foreign;
    goes_on.last_seen = at(6);
    ended.last_seen = at(7);
    ended.ended = true;
    using enum NoticeType;
    EXPECT_THAT(types_of(maker.notices_of({hold, released, expired, gap, foreign, goes_on, ended})),
                ::testing::ElementsAre(hold_engaged, hold_released, hold_expired, occurrences_missed, foreign_seen,
                                       foreign_ended));
    EXPECT_EQ(maker.notices_of({hold}).at(0).job, "load") << "whoever listens to this job hears of it";
}

Notice overdue() {
    Notice notice{.type = NoticeType::run_overdue, .at = at(280), .job = "load", .provider = "perf"};
    notice.run = RunFacts{.id = testing::run_id(1), .should_end = at(100), .stop_attempts = 9};
    notice.run->last_answer = "503 APIGW.0201";
    notice.late = 2min + 55s;
    return notice;
}

TEST(Words, OfAnOverdueStop_SayWhatAPersonMustKnow) {
    const Wording en = words_of(overdue(), Locale::en, *Zone::utc());
    EXPECT_EQ(en.title, "Overdue: load");
    EXPECT_EQ(
        en.text,
        "It is overdue by 2m55s: it should have ended at 2027-01-15 08:01:40+00:00 and may still be running. Stop "
        "asked 9 times, last answer: 503 APIGW.0201.");
    const Wording zh = words_of(overdue(), Locale::zh, *Zone::utc());
    EXPECT_EQ(zh.title, "停止超时: load");
    EXPECT_THAT(zh.text, AllOf(HasSubstr("已超时 2m55s"), HasSubstr("已请求停止 9 次")));
}

TEST(Words, OfEveryType_AreThereInBothLanguages) {
    for (std::size_t i = 0; i < kNoticeTypes; ++i) {
        Notice notice = overdue();
        notice.type = static_cast<NoticeType>(i);
        for (const Locale locale : {Locale::en, Locale::zh}) {
            const Wording words = words_of(notice, locale, *Zone::utc());
            EXPECT_FALSE(words.text.empty()) << name_of(notice.type);
            EXPECT_EQ(words.text.find("{}"), std::string::npos) << words.text;
            EXPECT_EQ(words.title.find("load") != std::string::npos, true) << words.title;
        }
    }
}

TEST(CloudEvent, Event_HasWhatTheStandardRequires) {
    const NoticeId id{Uuid{1, 2}};
    Config config;
    auto job = std::make_shared<Job>();
    job->owner = "checkout@example.com";
    config.jobs["load"] = job;
    const Teller teller{.source = "/taktd/ops-1",
                        .dashboard = "https://taktd.example.com",
                        .config = std::make_shared<const Config>(config)};
    const auto event =
        boost::json::parse(cloud_event(overdue(), id, words_of(overdue(), Locale::en, *Zone::utc()), teller))
            .as_object();
    EXPECT_EQ(event.at("specversion"), "1.0");
    EXPECT_EQ(event.at("id"), boost::json::string{id.text()});
    EXPECT_EQ(event.at("type"), "io.taktd.run.overdue");
    EXPECT_EQ(event.at("source"), "/taktd/ops-1");
    EXPECT_EQ(event.at("subject"), "load");
    EXPECT_EQ(event.at("severity"), "critical");
    EXPECT_EQ(event.at("data").at("run").at("stop_attempts"), 9);
    EXPECT_EQ(event.at("data").at("job").at("owner"), "checkout@example.com");
    EXPECT_EQ(event.at("data").at("link"),
              boost::json::string{"https://taktd.example.com/#/runs/" + testing::run_id(1).text()});
}

TEST(GatheredEvent, Event_CountsAllAndShowsTheFirstTen) {
    std::vector<std::string> events;
    for (int i = 0; i < 17; ++i) {
        Notice notice = overdue();
        notice.job = "load" + std::to_string(i);
        events.push_back(cloud_event(notice, {}, words_of(notice, Locale::en, *Zone::utc()), Teller{}));
    }
    const std::string one = gathered_event(NoticeType::run_overdue, {}, events, at(1), Locale::en, Teller{});
    const Told told = told_of(one);
    EXPECT_EQ(told.title, "17 times: Overdue");
    EXPECT_THAT(told.text, AllOf(HasSubstr("load0; load1"), HasSubstr("load9; and 7 more")));
    const Told twice =
        told_of(gathered_event(NoticeType::run_overdue, {}, {one, events[0]}, at(1), Locale::en, Teller{}));
    EXPECT_EQ(twice.title, "18 times: Overdue") << "what was gathered before is counted, not nested";
}

TEST(Mail, OfAnEvent_IsOneMailHoweverOftenItIsSent) {
    const Told told{.title = "停止超时: load", .text = "It is overdue.", .link = "https://x/#/runs/1"};
    const NoticeId id{Uuid{1, 2}};
    const std::string mail = mail_of(told, id, {"ops@example.com"}, "ops-1", at(0));
    EXPECT_EQ(mail, mail_of(told, id, {"ops@example.com"}, "ops-1", at(0)));
    EXPECT_THAT(mail, AllOf(HasSubstr("To: ops@example.com\r\n"), HasSubstr("Subject: =?UTF-8?B?"),
                            HasSubstr("Message-ID: <" + id.text() + "@ops-1>\r\n"),
                            HasSubstr("Date: Fri, 15 Jan 2027 08:00:00 +0000\r\n"),
                            HasSubstr("Auto-Submitted: auto-generated\r\n")));
    EXPECT_EQ(mail.find("\n."), std::string::npos);
}

}  // namespace
}  // namespace taktd::notify
