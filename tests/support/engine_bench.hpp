// SPDX-License-Identifier: Apache-2.0
// A bench for the engine: virtual time, a store that commits when told (by default at once), and a vendor that the test
// scripts call by call. Obeys the shell's contract; keeps every row that was appended, so a test reads the story
// afterwards.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "daemon/core/engine/engine.hpp"

namespace taktd::test {

using namespace std::chrono_literals;

inline constexpr WallTime kMidnight = std::chrono::sys_days{std::chrono::year{2026} / 12 / 5};
/// When most jobs start.
inline constexpr WallTime kTwo = kMidnight + std::chrono::hours{2};
/// The states of a run that went as planned.
inline constexpr const char* kWhole = "due>starting>running>stopping:schedule>stopped:schedule";

/// A provider with a generous limiter: 1000/s, burst 10.
ProviderSpec make_provider(const std::string& name = "perf");
/// A job on task `task_id` with a cron of six fields in UTC.
Job make_job(const std::string& name, const std::string& cron, Duration stop_after, const std::string& task_id = "1");

class EngineBench {
public:
    explicit EngineBench(std::uint64_t seed = 1);

    // The config.
    ProviderSpec provider = make_provider();
    std::vector<Job> jobs;
    void load();  ///< ConfigLoaded with what stands above

    // Time. `advance` steps through every wake-up in between; latency of answers is zero unless `manual_answers`.
    Now now{kMidnight, BootTime{std::chrono::hours{1}}};
    void advance(Duration by);
    void advance_to(WallTime t) { advance(t - now.wall); }
    void step_wall(Duration by);  ///< somebody sets the wall clock

    // The store.
    bool auto_commit = true;
    void commit();  ///< everything appended so far becomes durable
    void store_down();
    void store_up();

    // The vendor: what a call yields. Default: starts and stops are accepted and obeyed.
    std::function<CallResult(const Send&)> vendor;
    bool manual_answers = false;
    std::vector<Send> in_flight;  ///< with manual_answers
    void answer(std::size_t index, CallResult result);

    /// The process dies and comes back over the same store; `lost` drops what was not committed.
    void crash(const std::string& boot_id = "boot-1");
    void clean_stop_and_start();
    /// While the process is down: what `taktctl clock` does.
    void take_time_back(const std::string& actor, const std::string& reason);

    void event(const Event& e);

    // For an onlooker: each step's rows as they become durable, each request as it goes out.
    std::function<void(const std::vector<Row>&)> on_durable;
    std::function<void(const Send&)> on_send;

    // What came of it.
    std::map<RunId, RunRow> runs;
    std::vector<TransitionRow> transitions;
    std::map<CallId, CallRow> calls;
    std::map<std::string, JobStateRow> job_states;
    std::vector<GapRow> gaps;
    std::map<std::string, HoldRow> holds;
    std::vector<ActionRow> actions;
    std::map<std::string, LimitRow> limits;                          ///< by account
    std::map<std::pair<std::string, WallTime>, ForeignRow> foreign;  ///< by task key and first sight
    std::map<RunId, WallTime> last_looks;
    std::set<std::pair<std::string, WallTime>> disposed_ahead;
    WallTime newest;  ///< of the transitions
    std::vector<Reply> replies;
    std::vector<CallId> cuts;
    struct Sent {
        Now at;
        Send send;
    };
    std::vector<Sent> sent;

    std::vector<Sent> sent_of(Action action) const;
    /// "due>starting>running>stopping:schedule>stopped:schedule" of the n-th run in order of creation.
    std::string story(std::size_t index = 0) const;
    /// The note of its last transition.
    std::string note(std::size_t index = 0) const;
    const RunRow& run(std::size_t index = 0) const;
    std::vector<RunId> order;  ///< runs in order of creation

    /// The simulated task behind the default vendor, by task id.
    struct Task {
        RemoteState state = RemoteState::idle;
        int runs = 0;
        std::string name{};
        std::optional<std::string> token() const;
    };
    std::map<std::string, Task> tasks;
    std::map<RunId, std::string> made;  ///< tasks made from a template, `made-1` and so on, the newest of each run
    CallResult obey(const Send& send);  ///< the default vendor

    Engine engine;

private:
    void perform(Effects effects);
    void keep(const Append& append);
    void apply(const Row& row);
    void apply(const ClockRow& row);
    Past past(bool clean) const;
    void recover(Recovered recovered);
    CallResult make_task(const Send& send);
    void settle();

    WakeAt wake_;
    std::deque<Append> uncommitted_;
    std::deque<Event> queue_;
    std::uint64_t seed_;
    int tasks_made_ = 0;
};

CallResult accepted(const std::string& vendor_run_id = "");
CallResult refused(Outcome outcome, std::optional<Duration> retry_after = std::nullopt);
CallResult saw(const std::string& task_id, RemoteState remote, std::optional<std::string> token = std::nullopt);

}  // namespace taktd::test
