// SPDX-License-Identifier: Apache-2.0
// `taktctl why` word by word: an engine lives through a story, its rows go into a store, and the store is asked. The
// words are in golden/why.
#include "tests/support/golden.hpp"
#include "tests/unit/ctl/commands/why_support.hpp"

namespace taktd::ctl {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using test::EngineBench;
using test::make_job;

struct Story {
    const char* name;  ///< golden/why/NAME.txt says what is told of the occurrence
    void (*live)(EngineBench&);
    const char* time;
};

class WhyStory : public WhyCommand, public ::testing::WithParamInterface<Story> {};

const Story kStories[] = {
    {"Held",
     [](EngineBench& bench) {
         nightly(bench);
         hold(bench, "job:load", "deploy freeze");
         bench.advance(3h);
     },
     "2026-12-05 10:00"},
    {"Stopped",
     [](EngineBench& bench) {
         nightly(bench);
         bench.advance(3h);
     },
     "2026-12-05 10:00"},
    {"StoppedByAPerson",
     [](EngineBench& bench) {
         nightly(bench);
         bench.advance(2h + 5min);
         Command command;
         command.actor = "ann";
         command.body = StopRun{bench.order.at(0), "errors on the dashboard"};
         bench.event(command);
         bench.advance(1min);
     },
     "2026-12-05 10:00"},
    {"StillRunning",
     [](EngineBench& bench) {
         nightly(bench);
         bench.advance(2h + 5min);
     },
     ""},
    {"Overdue",
     [](EngineBench& bench) {
         nightly(bench);
         bench.advance(2h + 5min);
         bench.vendor = [](const Send&) { return test::refused(Outcome::uncertain); };
         bench.advance(40min);
     },
     ""},
    // The stop works, and its answer is lost.
    {"StoppedWithoutAnAnswer",
     [](EngineBench& bench) {
         nightly(bench);
         bench.advance(2h + 5min);
         bench.vendor = [&bench](const Send& send) {
             CallResult result = bench.obey(send);
             return send.spec->action == Action::stop ? test::refused(Outcome::uncertain) : result;
         };
         bench.advance(1h);
     },
     "2026-12-05 10:00"},
    // The job has been there for a day when the daemon comes back within the grace.
    {"TooLateAfterARestart",
     [](EngineBench& bench) {
         bench.jobs = {make_job("load", "0 0 2 * * *", 30min)};
         bench.jobs[0].start_grace = 20min;
         bench.load();
         bench.advance(25h);
         bench.crash();
         bench.advance(1h + 10s);
         hold(bench, "", "freeze");
         bench.load();
         bench.advance(1h);
     },
     "2026-12-06 10:00"},
    {"TaskInUse",
     [](EngineBench& bench) {
         nightly(bench);
         bench.tasks["1"] = {RemoteState::running, 7};
         bench.advance(3h);
     },
     "2026-12-05 10:00"},
    {"EarlierRun",
     [](EngineBench& bench) {
         bench.jobs = {make_job("load", "0 0,20 2 * * *", 30min)};
         bench.load();
         bench.advance(3h);
     },
     "2026-12-05 10:20"},
    {"NotReadable",
     [](EngineBench& bench) {
         nightly(bench);
         bench.vendor = [](const Send&) {
             CallResult result = test::refused(Outcome::uncertain);
             result.vendor_message = "connection refused";
             return result;
         };
         bench.advance(3h);
     },
     "2026-12-05 10:00"},
    {"Refused",
     [](EngineBench& bench) {
         nightly(bench);
         bench.vendor = [&bench](const Send& send) {
             if (send.spec->action != Action::start) return bench.obey(send);
             CallResult result = test::refused(Outcome::refused_final);
             result.vendor_code = "PERF.1001";
             result.vendor_message = "no such cluster";
             return result;
         };
         bench.advance(3h);
     },
     "2026-12-05 10:00"},
    {"NeverRan",
     [](EngineBench& bench) {
         nightly(bench);
         bench.vendor = [&bench](const Send& send) {
             if (send.spec->action == Action::start) return test::refused(Outcome::uncertain);
             return bench.obey(send);
         };
         bench.advance(3h);
     },
     "2026-12-05 10:00"},
    {"Disabled",
     [](EngineBench& bench) {
         nightly(bench);
         bench.jobs.front().enabled = false;
         bench.load();
         bench.advance(3h);
     },
     "2026-12-05 10:00"},
    {"Missed",
     [](EngineBench& bench) {
         nightly(bench);
         bench.now.wall += 2h + 14min;
         bench.now.boot += 2h + 14min;
         bench.crash();
         bench.load();
         bench.advance(1h);
     },
     "2026-12-05 10:00"},
    {"Counted",
     [](EngineBench& bench) {
         bench.jobs = {make_job("load", "*/10 * * * * *", 5s)};
         bench.load();
         bench.now.wall += 1h;
         bench.now.boot += 1h;
         bench.crash();
         bench.load();
         bench.advance(1s);
     },
     "2026-12-05 08:10"},
    {"NoOccurrence",
     [](EngineBench& bench) {
         nightly(bench);
         hold(bench, "", "deploy freeze");
         bench.advance(3h);
     },
     "2026-12-05 10:30"},
    {"BeforeItWasLoaded",
     [](EngineBench& bench) {
         nightly(bench);
         bench.advance(3h);
     },
     "2026-12-03 10:00"},
    {"ToCome",
     [](EngineBench& bench) {
         nightly(bench);
         bench.advance(3h);
     },
     "2026-12-06 10:00"},
    {"Manual",
     [](EngineBench& bench) {
         nightly(bench);
         bench.advance(1h);
         Command command;
         command.actor = "ann";
         command.body = StartJob{"load", 10min, "ticket-4711"};
         bench.event(command);
         bench.advance(30min);
     },
     "2026-12-05 09:00"},
};

TEST_P(WhyStory, Occurrence_OfEachKind_HasItsStoryTold) {
    EngineBench bench;
    GetParam().live(bench);
    const Answer answer = ask(bench, "load", GetParam().time);
    EXPECT_EQ(answer.exit_code, kDone) << answer.err;
    test::expect_golden(without_ids(bench, answer.out), "unit/ctl/commands/golden/why/"s + GetParam().name + ".txt");
}
INSTANTIATE_TEST_SUITE_P(Stories, WhyStory, ::testing::ValuesIn(kStories),
                         [](const auto& story) { return std::string{story.param.name}; });

}  // namespace
}  // namespace taktd::ctl
