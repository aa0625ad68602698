// `taktctl why` word by word: an engine lives through a story, its rows go into a store, and the store is asked.
#include "tests/unit/ctl/commands/why_support.hpp"

namespace taktd::ctl {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using test::EngineBench;
using test::make_job;

// The rules of a run that starts at its instant, none of which objects.
const std::string kStartedAtTen =
    "  the job is in the config ................... yes\n"
    "  the job is enabled ......................... yes\n"
    "  no hold is engaged ......................... yes\n"
    "  it is not too late ......................... decided at 10:00, in time; its stop was due at 10:30\n"
    "  its instant has come ....................... yes\n"
    "  the provider accepts our credentials ....... yes\n"
    "  no earlier run of the job is in the way .... no earlier run of this job is unfinished\n"
    "  the run has a task ......................... yes\n"
    "  no other run of ours has the task .......... yes\n"
    "  the task is idle ........................... idle, no token, asked at 09:59:50\n"
    "  the task bears the expected name ........... yes\n";

struct Story {
    const char* name;
    void (*live)(EngineBench&);
    const char* time;
    const char* told;     ///< of the occurrence
    std::string rules{};  ///< as they were asked of its run, if it has one
};

class WhyStory : public WhyCommand, public ::testing::WithParamInterface<Story> {};

const Story kStories[] = {
    {"Held",
     [](EngineBench& bench) {
         nightly(bench);
         hold(bench, "job:load", "deploy freeze");
         bench.advance(3h);
     },
     "2026-12-05 10:00",
     "job          load\n"
     "occurrence   Sat 2026-12-05 10:00:00+08:00 (2026-12-05T02:00:00Z)\n"
     "disposition  skipped (hold)\n"
     "because      a hold was engaged: hold on job:load by ann: deploy freeze\n",
     "  the job is in the config ................... yes\n"
     "  the job is enabled ......................... yes\n"
     "> no hold is engaged ......................... no  <- decided\n"},
    {"Stopped",
     [](EngineBench& bench) {
         nightly(bench);
         bench.advance(3h);
     },
     "2026-12-05 10:00",
     "job          load\n"
     "occurrence   Sat 2026-12-05 10:00:00+08:00 (2026-12-05T02:00:00Z)\n"
     "disposition  started; stopped (schedule)\n"
     "start        due 10:00: accepted\n"
     "baseline     idle, no token, asked at 09:59:50\n"
     "stop         due 10:30\n"
     "stop wanted  10:30, its scheduled end had come\n"
     "stops sent   1, the last at 10:30: accepted\n"
     "ended        10:30, taktd stopped it, and the task was seen to have ended\n",
     kStartedAtTen},
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
     "2026-12-05 10:00",
     "job          load\n"
     "occurrence   Sat 2026-12-05 10:00:00+08:00 (2026-12-05T02:00:00Z)\n"
     "disposition  started; stopped (operator)\n"
     "start        due 10:00: accepted\n"
     "baseline     idle, no token, asked at 09:59:50\n"
     "stop         due 10:30\n"
     "stop wanted  10:05, an operator asked for it, by ann: errors on the dashboard\n"
     "stops sent   1, the last at 10:05: accepted\n"
     "ended        10:05, taktd stopped it, and the task was seen to have ended\n",
     kStartedAtTen},
    {"StillRunning",
     [](EngineBench& bench) {
         nightly(bench);
         bench.advance(2h + 5min);
     },
     "",
     "job          load\n"
     "occurrence   Sat 2026-12-05 10:00:00+08:00 (2026-12-05T02:00:00Z)\n"
     "disposition  started; now running\n"
     "start        due 10:00: accepted\n"
     "baseline     idle, no token, asked at 09:59:50\n"
     "stop         due 10:30\n",
     kStartedAtTen},
    {"Overdue",
     [](EngineBench& bench) {
         nightly(bench);
         bench.advance(2h + 5min);
         bench.vendor = [](const Send&) { return test::refused(Outcome::uncertain); };
         bench.advance(40min);
     },
     "",
     "job          load\n"
     "occurrence   Sat 2026-12-05 10:00:00+08:00 (2026-12-05T02:00:00Z)\n"
     "disposition  started; now stopping (schedule)\n"
     "start        due 10:00: accepted\n"
     "baseline     idle, no token, asked at 09:59:50\n"
     "stop         due 10:30\n"
     "stop wanted  10:30, its scheduled end had come\n"
     "stops sent   36, the last at 10:44:45.801: uncertain\n"
     "now          overdue: it should have been stopped 15m ago; taktd goes on until the task is seen to have ended\n",
     kStartedAtTen},
    {"TaskInUse",
     [](EngineBench& bench) {
         nightly(bench);
         bench.tasks["1"] = {RemoteState::running, 7};
         bench.advance(3h);
     },
     "2026-12-05 10:00",
     "job          load\n"
     "occurrence   Sat 2026-12-05 10:00:00+08:00 (2026-12-05T02:00:00Z)\n"
     "disposition  skipped (task_busy)\n"
     "because      the task was in use already: the task was seen running at 2026-12-05T02:00:00Z\n",
     "  the job is in the config ................... yes\n"
     "  the job is enabled ......................... yes\n"
     "  no hold is engaged ......................... yes\n"
     "  it is not too late ......................... decided at 10:00, due 10:00, latest start 10:01 (misfire: skip, "
     "start_grace 1m, stop 10:30, min_window 1m)\n"
     "  its instant has come ....................... yes\n"
     "  the provider accepts our credentials ....... yes\n"
     "  no earlier run of the job is in the way .... no earlier run of this job is unfinished\n"
     "  the run has a task ......................... yes\n"
     "  no other run of ours has the task .......... yes\n"
     "> the task is idle ........................... active: somebody else's run  <- decided\n"},
    {"EarlierRun",
     [](EngineBench& bench) {
         bench.jobs = {make_job("load", "0 0,20 2 * * *", 30min)};
         bench.load();
         bench.advance(3h);
     },
     "2026-12-05 10:20",
     "job          load\n"
     "occurrence   Sat 2026-12-05 10:20:00+08:00 (2026-12-05T02:20:00Z)\n"
     "disposition  skipped (overlap)\n"
     "because      another run of the job was in the way: run RUN of this job is running\n",
     "  the job is in the config ................... yes\n"
     "  the job is enabled ......................... yes\n"
     "  no hold is engaged ......................... yes\n"
     "  it is not too late ......................... decided at 10:20, due 10:20, latest start 10:21 (misfire: skip, "
     "start_grace 1m, stop 10:50, min_window 1m)\n"
     "  its instant has come ....................... yes\n"
     "  the provider accepts our credentials ....... yes\n"
     "> no earlier run of the job is in the way .... 1 earlier run(s) of this job were not finished; overlap: skip  <- "
     "decided\n"},
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
     "2026-12-05 10:00",
     "job          load\n"
     "occurrence   Sat 2026-12-05 10:00:00+08:00 (2026-12-05T02:00:00Z)\n"
     "disposition  skipped (no_baseline)\n"
     "because      the task's state could not be read in time: the last query: connection refused\n",
     "  the job is in the config ................... yes\n"
     "  the job is enabled ......................... yes\n"
     "  no hold is engaged ......................... yes\n"
     "> it is not too late ......................... decided at 10:01, due 10:00, latest start 10:01 (misfire: skip, "
     "start_grace 1m, stop 10:30, min_window 1m); the task's state could not be read  <- decided\n"},
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
     "2026-12-05 10:00",
     "job          load\n"
     "occurrence   Sat 2026-12-05 10:00:00+08:00 (2026-12-05T02:00:00Z)\n"
     "disposition  failed (refused)\n"
     "because      the provider refused it for good: PERF.1001: no such cluster\n",
     kStartedAtTen + "> the provider takes the start ............... no: PERF.1001: no such cluster  <- decided\n"},
    {"NeverRan",
     [](EngineBench& bench) {
         nightly(bench);
         bench.vendor = [&bench](const Send& send) {
             if (send.spec->action == Action::start) return test::refused(Outcome::uncertain);
             return bench.obey(send);
         };
         bench.advance(3h);
     },
     "2026-12-05 10:00",
     "job          load\n"
     "occurrence   Sat 2026-12-05 10:00:00+08:00 (2026-12-05T02:00:00Z)\n"
     "disposition  started; failed (start_unconfirmed)\n"
     "start        due 10:00: uncertain\n"
     "baseline     idle, no token, asked at 09:59:50\n"
     "stop         due 10:30\n"
     "ended        10:04, the answer to the start was lost, and the task was then seen as it had been before: it never "
     "ran\n",
     kStartedAtTen},
    {"Disabled",
     [](EngineBench& bench) {
         nightly(bench);
         bench.jobs.front().enabled = false;
         bench.load();
         bench.advance(3h);
     },
     "2026-12-05 10:00",
     "job          load\n"
     "occurrence   Sat 2026-12-05 10:00:00+08:00 (2026-12-05T02:00:00Z)\n"
     "disposition  skipped (disabled)\n"
     "because      the job was disabled: the config says enabled: false\n",
     "  the job is in the config ................... yes\n"
     "> the job is enabled ......................... no  <- decided\n"},
    {"Missed",
     [](EngineBench& bench) {
         nightly(bench);
         bench.now.wall += 2h + 14min;
         bench.now.boot += 2h + 14min;
         bench.crash();
         bench.load();
         bench.advance(1h);
     },
     "2026-12-05 10:00",
     "job          load\n"
     "occurrence   Sat 2026-12-05 10:00:00+08:00 (2026-12-05T02:00:00Z)\n"
     "disposition  skipped (misfire)\n"
     "because      the start could not be made in time; the daemon came to it only at 10:14, 14m late: it had been "
     "down, or the clock was set\n",
     "  the job is in the config ................... yes\n"
     "  the job is enabled ......................... yes\n"
     "  no hold is engaged ......................... yes\n"
     "> it is not too late ......................... decided at 10:14, due 10:00, latest start 10:01 (misfire: skip, "
     "start_grace 1m, stop 10:30, min_window 1m)  <- decided\n"},
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
     "2026-12-05 08:10",
     "job          load\n"
     "occurrence   Sat 2026-12-05 08:10:00+08:00 (2026-12-05T00:10:00Z)\n"
     "disposition  counted, one of 260 missed occurrences that share a row (misfire)\n"
     "because      they had passed when the daemon came to them: it had been down, or the clock was set. The newest "
     "100 of a job get rows of their own, older ones are counted\n"
     "gap          2026-12-05 08:00:10+08:00 to 2026-12-05 08:43:20+08:00, written down at 2026-12-05 09:00:00+08:00\n"
     "also         5 more in this minute: 08:10:10, 08:10:20, 08:10:30, 08:10:40, 08:10:50; give the seconds for one "
     "of them\n"},
    {"NoOccurrence",
     [](EngineBench& bench) {
         nightly(bench);
         hold(bench, "", "deploy freeze");
         bench.advance(3h);
     },
     "2026-12-05 10:30",
     "job          load\n"
     "asked for    Sat 2026-12-05 10:30:00+08:00 (2026-12-05T02:30:00Z)\n"
     "disposition  none: the job has no start at this time\n"
     "before       Sat 2026-12-05 10:00:00+08:00 (2026-12-05T02:00:00Z): skipped (hold)\n"
     "after        Sun 2026-12-06 10:00:00+08:00 (2026-12-06T02:00:00Z): to come\n"},
    {"BeforeItWasLoaded",
     [](EngineBench& bench) {
         nightly(bench);
         bench.advance(3h);
     },
     "2026-12-03 10:00",
     "job          load\n"
     "occurrence   Thu 2026-12-03 10:00:00+08:00 (2026-12-03T02:00:00Z)\n"
     "disposition  unknown\n"
     "because      nothing is written down of it: the job, or the schedule that it has now, was loaded later, or its "
     "run was pruned. The job's oldest run that is kept was due 2026-12-05 10:00:00+08:00\n"
     "after        Sat 2026-12-05 10:00:00+08:00 (2026-12-05T02:00:00Z): stopped (schedule)\n"},
    {"ToCome",
     [](EngineBench& bench) {
         nightly(bench);
         bench.advance(3h);
     },
     "2026-12-06 10:00",
     "job          load\n"
     "occurrence   Sun 2026-12-06 10:00:00+08:00 (2026-12-06T02:00:00Z)\n"
     "disposition  to come in 23h\n"
     "because      what it will be only a config can tell: name it with --config\n"},
    {"ByHand",
     [](EngineBench& bench) {
         nightly(bench);
         bench.advance(1h);
         Command command;
         command.actor = "ann";
         command.body = StartJob{"load", 10min, "ticket-4711"};
         bench.event(command);
         bench.advance(30min);
     },
     "2026-12-05 09:00",
     "job          load\n"
     "by hand      Sat 2026-12-05 09:00:00+08:00 (2026-12-05T01:00:00Z)\n"
     "disposition  started; stopped (schedule)\n"
     "key          ticket-4711\n"
     "start        due 09:00: accepted\n"
     "baseline     idle, no token, asked at 09:00\n"
     "stop         due 09:10\n"
     "stop wanted  09:10, its scheduled end had come\n"
     "stops sent   1, the last at 09:10: accepted\n"
     "ended        09:10, taktd stopped it, and the task was seen to have ended\n",
     "  the job is in the config ................... yes\n"
     "  the job is enabled ......................... yes\n"
     "  no hold is engaged ......................... yes\n"
     "  it is not too late ......................... decided at 09:00, in time; its stop was due at 09:10\n"
     "  its instant has come ....................... yes\n"
     "  the provider accepts our credentials ....... yes\n"
     "  no earlier run of the job is in the way .... no earlier run of this job is unfinished\n"
     "  the run has a task ......................... yes\n"
     "  no other run of ours has the task .......... yes\n"
     "  the task is idle ........................... idle, no token, asked at 09:00\n"
     "  the task bears the expected name ........... yes\n"},
};

TEST_P(WhyStory, TellsTheStory) {
    EngineBench bench;
    GetParam().live(bench);
    const Answer answer = ask(bench, "load", GetParam().time);
    EXPECT_EQ(answer.exit_code, kDone) << answer.err;
    std::string expected = GetParam().told;
    if (!GetParam().rules.empty()) {
        expected += "\nThe rules, in the order in which they were asked:\n"s + GetParam().rules +
                    "\ntaktctl show RUN tells its whole story.\n";
    }
    EXPECT_EQ(without_ids(bench, answer.out), expected);
}
INSTANTIATE_TEST_SUITE_P(Stories, WhyStory, ::testing::ValuesIn(kStories),
                         [](const auto& story) { return std::string{story.param.name}; });

}  // namespace
}  // namespace taktd::ctl
