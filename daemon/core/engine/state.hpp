// The engine's inside, shared by the engine_*.cpp files only: what it remembers, and the few doors through which it
// changes.
//   memory.hpp       what is remembered of each run, call, account, task and job
//   engine.cpp       one step: gather what is due, decide, hand out the effects
//   recovery.cpp     obligations re-armed from the store
//   config.cpp       a config takes over
//   adoption.cpp     its jobs are adopted, and what was due by their old schedules is settled, in slices
//   jobs.cpp         occurrences come due, baselines are asked for
//   starts.cpp       whether a run starts now
//   prepare.cpp      a run's own task is made from a template
//   runs.cpp         the life of one run
//   accounts.cpp     limiter and queues: what may go now
//   calls.cpp        intents, releases, withdrawals, queries
//   answers.cpp      what an answer means
//   heal.cpp         faults are undone before a stop
//   foreign.cpp      tasks that run without an obligation of ours
//   last_looks.cpp   runs that ended without a stop of ours are looked at again
//   credentials.cpp  keys that change while runs are live
//   commands.cpp     operators
#pragma once

#include <map>
#include <set>

#include "daemon/core/base/agenda.hpp"
#include "daemon/core/base/random.hpp"
#include "daemon/core/engine/engine.hpp"
#include "daemon/core/engine/memory.hpp"
#include "daemon/core/rules/look_rows.hpp"

namespace taktd {

/// A call about one task, with the parameters of its start.
CallSpec spec_of(const ProviderPtr& provider, Action action, const TaskSpec& task);
/// What is known of a run before it has started.
Placeholders start_placeholders(const RunRow& row);
/// The vendor's code and words, as a note shows them.
std::string problem_of(const CallResult& result);

struct Engine::State {
    State(std::uint64_t seed, SliceSizes sizes) : slices{sizes}, random{seed}, uuids{seed ^ 0x1d5ULL} {}

    const SliceSizes slices;

    /// Before taktd was, nothing was due: a clock that is not set yet (1970) must not make decades of misfires.
    static constexpr WallTime kFirstDue = std::chrono::sys_days{std::chrono::year{2020} / 1 / 1};
    static constexpr std::size_t kMissedKept = 100;
    static constexpr std::size_t kCallsInFlightMax = 256;  // per account, stops apart
    static constexpr Duration kPermitHorizon = std::chrono::milliseconds{100};
    static constexpr Duration kStopPermitHorizon = std::chrono::seconds{1};
    static constexpr Duration kStopCommitWait = std::chrono::seconds{1};  // R1's exception
    static constexpr Duration kStoppingResend = std::chrono::minutes{5};
    static constexpr Duration kSkewMin = std::chrono::minutes{4};
    static constexpr Duration kFirstQueryWait = std::chrono::seconds{1};
    static constexpr int kNamingLooksMax = 3;  // a vendor may show no token at all

    // The world as remembered. Ordered maps: decisions must not depend on hashing.
    Random random;
    UuidSource uuids;
    Now now{};
    std::string boot_id;
    ConfigPtr config = std::make_shared<const Config>();
    std::map<RunId, LiveRun> runs;
    std::map<std::string, std::set<RunId>> runs_by_job;
    std::map<std::string, RunId> open_by_task;
    std::map<std::string, std::set<RunId>> due_by_task;
    std::map<std::string, JobState> jobs;
    std::map<std::string, JobStateRow> stored_jobs;  ///< of those that are not in `jobs`
    std::map<std::string, HoldRow> holds;
    std::map<std::string, Look> looks;
    std::map<std::string, WatchedTask> watched;
    std::map<RunId, LastLook> last_looks;
    std::map<std::string, RunRow> ended_by_task;  ///< our last run of a task that is nobody's now, if its id is known
    std::map<std::string, ForeignRow> stored_foreign;  ///< not ended when the last process died
    std::set<std::pair<std::string, WallTime>> disposed_ahead;
    std::map<std::string, Schedule> stored_schedules;  ///< of stored_jobs, until the first config is adopted
    // The adoption of a config by all jobs.
    std::vector<Load> loads;         ///< those that some job has yet to adopt; the newest is `config`
    std::uint64_t loads_before = 0;  ///< so many others every job has
    bool is_adopting = false;
    bool is_naming_done = false;  ///< every job has; tasks that are watched no more are yet to be forgotten
    std::optional<std::string> adopted_up_to;  ///< the last job, or task, that was looked at
    std::map<std::string, Account> accounts;
    std::map<std::string, LimiterRow> stored_debts;
    std::map<std::string, RateLimit> told_limits;  ///< of every account that a config has ever named, as last told
    std::map<CallId, PendingCall> calls;
    std::map<std::pair<std::string, std::string>, RunId> request_keys;  ///< of manual runs
    LookRows look_rows;                                                 ///< those that the store keeps
    bool configured = false;                                            ///< the first config has taken over
    bool store_up = true;
    bool store_damaged = false;  ///< so nothing is started
    bool lacks_rows = false;     ///< some could not be read: no check of the rest makes up for them
    bool draining = false;
    bool buckets_full = false;     ///< nothing was ever sent, or the last stop was clean
    WallTime starts_from{};        ///< no start while the wall clock is behind the store
    bool accepted_starts = false;  ///< when the last step ended

    Agenda<WallTime> runs_wall, jobs_wall;
    Agenda<BootTime> runs_boot, looks_boot, accounts_boot, commits_boot, last_looks_boot;
    std::set<std::string> dirty_accounts, dirty_accounts_later;  ///< to be pumped in this step, in the next one

    // Steps and their commits.
    StepId step = 0;
    std::vector<Row> rows;
    std::set<RunId> touched;      ///< runs whose row this step changed
    std::vector<CallId> intents;  ///< of this step
    std::map<StepId, std::vector<CallId>> intents_by_step;
    std::map<StepId, std::vector<Reply>> replies_by_step;
    std::map<StepId, std::size_t> rows_by_step;
    std::size_t uncommitted_rows = 0;
    std::size_t due_left = 0;         ///< runs and occurrences, of kDueItemsPerStep, in this step
    std::size_t admissions_left = 0;  ///< intents, likewise
    std::size_t scans_left = 0;       ///< missed occurrences, of slices.occurrences
    bool again = false;
    std::vector<Reply> promises;  ///< replies of this step
    Effects effects;

    // engine.cpp
    Effects finish();
    void run_due();
    void on(const Wake&) {}
    void on(const Durable& event);
    void on(const StoreDown&);
    void on(const StoreUp&);
    void on(const StoreChecked& event);
    void on(const ShutdownRequested& event);
    void reply(CommandId command, bool ok, std::string text, std::optional<RunId> run = std::nullopt);

    // recovery.cpp
    void on(const Recovered& event);
    void on(const Remembered& event) { remember(event.past); }
    void remember(const Snapshot& past);
    void recover(const RecoveredRun& recovered);

    // config.cpp
    void on(const ConfigLoaded& event);
    void follow_config(LiveRun& run);
    void follow_job(LiveRun& run, const JobPtr& job);
    static void forget_task(LiveRun& run);

    // adoption.cpp
    JobPtr configured_job(const std::string& name) const;
    const JobStateRow* stored_state(const std::string& job) const;
    void adopt_some();
    void adopt_next();
    void adopt(const std::string& name);
    void follow_config(const std::string& name, JobState& state, const Era& era);
    void settle_eras(const std::string& name, JobState& state);
    void take_over(const std::string& name, JobState& state);
    void begin_schedule(JobState& state);
    void record_past_one_shots(const JobState& job, WallTime known_until);

    // jobs.cpp
    std::optional<WallTime> next_start(const std::string& job, const Schedule& schedule, WallTime after) const;
    void drive_job(const std::string& name);
    void scan_missed(JobState& job, WallTime until);
    void record_gap(JobState& job);
    void dispose_missed(JobState& job);
    void dispose(JobState& job, WallTime due, bool newest);
    void plan_job(JobState& job);
    void look_ahead_again(const std::string& job);
    bool accepts_starts() const;
    bool may_consume() const;
    const HoldRow* engaged_hold(const std::string& job, const std::string& provider) const;
    bool is_disabled(const std::string& job) const;
    void want_look(const ProviderPtr& provider, const TaskSpec& task, const std::string& task_key,
                   const LookSpan& span);
    void queue_look(const std::string& task_key, Look& look);
    void unqueue_look(const std::string& task_key, Look& look);
    void drive_look(const std::string& task_key);
    void forget_look(const std::string& task_key);
    BaselineState baseline_state(const LiveRun& run) const;

    // starts.cpp
    StartFacts start_facts(const LiveRun& run) const;
    std::vector<RunId> earlier_runs(const LiveRun& run) const;
    const LiveRun* taker_of(const LiveRun& run) const;
    void consider_start(LiveRun& run);
    void end_previous(LiveRun& run);
    static Window window_of_run(const LiveRun& run);
    void give_up_start(LiveRun& run, Reason reason, const std::string& actor = "taktd", const std::string& note = "");
    void give_up_unsent(LiveRun& run, const StopCause& cause);
    bool lacks_permit(const LiveRun& run) const;
    std::string circumstances(const LiveRun& run, Reason reason) const;
    static Reason skip_reason_of(Reason end);
    void reconsider_task(const std::string& task_key);
    void reconsider_job(const std::string& job);

    // prepare.cpp
    void want_task(LiveRun& run);
    bool pump_prepare(Account& account);
    void prepare_answered(LiveRun& run, const PendingCall& call, const CallResult& result);

    // heal.cpp
    void note_drill(LiveRun& run, const Observation& seen);
    bool asks_alone(const LiveRun& run) const;
    void note_close_look(LiveRun& run) const;
    void begin_healing(LiveRun& run);
    void want_healing(LiveRun& run, RemoteState remote);
    void end_healing(LiveRun& run, const std::string& why = "");
    void drive_healing(LiveRun& run);
    void healing_looked(LiveRun& run, const Observation& seen, const PendingCall& call);
    void heal_answered(LiveRun& run, const PendingCall& call, const CallResult& result);
    void recover_healing(LiveRun& run, const std::vector<CallRow>& stored);

    // foreign.cpp
    void watch_task_of(const Job& job);
    void forget_next_watch();
    void close_foreign(ForeignRow row);
    void end_adoption();
    void watch_at(const std::string& task_key, BootTime when);
    bool pump_watch(Account& account);
    bool pump_foreign_stop(Account& account);
    void watch_answered(const PendingCall& call, const CallResult& result);
    void foreign_stop_answered(const PendingCall& call, const CallResult& result);
    void note_task(const std::string& task_key, const Observation& seen, const PendingCall& call);
    void note_own_run(const std::string& task_key);
    bool is_being_cleared(const std::string& task_key) const;

    // last_looks.cpp
    void remember_ended(const LiveRun& run);
    void expect_last_look(const RunRow& ended, WallTime due);
    void drive_last_look(const RunId& id);
    void ask_last_look(const RunId& id);
    void last_look_answered(const PendingCall& call, const CallResult& result);
    void close_last_look(const RunId& id);
    bool is_revived(const std::string& task_key, const Observation& seen);
    bool revive_if_ours(const RunRow& ended, const Observation& seen);
    void enter_stopping(LiveRun& run, StopCause cause);

    // runs.cpp
    LiveRun* find_live(const RunId& id);
    LiveRun& create_run(const JobPtr& job, const Window& window, Origin origin, std::optional<WallTime> occurrence);
    void move(LiveRun& run, RunState to, Reason reason, const std::string& actor = "taktd",
              const std::string& note = "", std::shared_ptr<const StartFacts> facts = nullptr);
    void open_obligation(LiveRun& run);
    void drive_run(const RunId& id);
    static StopPlan plan_of(const Job& job, const RunRow& row);
    void set_task_key(LiveRun& run, const std::string& task_key);
    void want_end(LiveRun& run, const StopCause& cause);
    void begin_stopping(LiveRun& run);
    void pursue_stop(LiveRun& run);
    std::optional<StopCause> end_due(const LiveRun& run) const;
    bool is_resuming(const LiveRun& run) const;
    bool may_send_stop(const LiveRun& run) const;
    void query_at(LiveRun& run, BootTime when);
    void look_again_by(LiveRun& run, BootTime when);
    void plan_run(LiveRun& run);
    void touch(LiveRun& run);

    // accounts.cpp
    Account& account_of(const ProviderSpec& provider);
    Limiter inherited_limiter(const std::string& account, const RateLimit& limit) const;
    void tell_limits();
    void dirty(const ProviderSpec& provider) { dirty_accounts.insert(provider.account); }
    void pump(Account& account);
    void note(Account& account, BootTime when) const;
    bool pump_stop(Account& account);
    bool pump_pause(Account& account);
    bool pump_settle(Account& account);
    bool pump_coming_start(Account& account);
    bool pump_look(Account& account);
    bool pump_start(Account& account);
    void forgo_late_looks(Account& account);
    bool pump_poll(Account& account);
    bool pump_probe(Account& account);
    std::optional<CallSpec> harmless_call(const Account& account) const;
    bool may_admit(Account& account, CallClass call_class, std::size_t ahead, Duration horizon);
    void admit_starts(Account& account);
    void admit_stops(Account& account);
    void close_account(Account& account);
    void reopen_account(Account& account);

    // calls.cpp
    PendingCall& make_call(CallSpec spec, CallClass call_class);
    void write_intent(PendingCall& call);
    void make_ready(PendingCall& call);
    void admit_start(LiveRun& run, Account& account);
    CallId admit_stop(LiveRun& run, Account& account);
    void release(PendingCall& call);
    std::optional<Reason> objection_to_release(const LiveRun& run) const;
    void withdraw_start(LiveRun& run, Reason reason, const std::string& actor = "taktd", const std::string& note = "");
    void withdraw_unreleased_starts();
    void forget_queued_query(LiveRun& run);
    void query_run(LiveRun& run, CallClass call_class);
    void poll_batch(LiveRun& first, Account& account);
    bool wants_name(const LiveRun& run) const;
    void ask_look(const std::string& task_key);
    void forget_queued(LiveRun& run);
    void forget_pause(LiveRun& run);
    void withdraw_call(const CallId& id);

    // answers.cpp
    void on(const Answered& event);
    void deliver(const PendingCall& call, const CallResult& result);
    std::vector<CallId> looks_replaced_by(const PendingCall& call, const CallResult& result, bool changed_something);
    void start_answered(LiveRun& run, const PendingCall& call, const CallResult& result);
    void refuse_start(LiveRun& run, const CallResult& result, const std::string& what);
    void stop_answered(LiveRun& run, const PendingCall& call, const CallResult& result);
    void pause_answered(LiveRun& run, const PendingCall& call, const CallResult& result);
    void forget_name(LiveRun& run);
    void query_answered(LiveRun& run, const PendingCall& call, const CallResult& result);
    void look_answered(const PendingCall& call, const CallResult& result);
    void observe(LiveRun& run, const Observation& seen, const PendingCall& call);
    void note_sight(LiveRun& run, const Observation& seen, const PendingCall& call);
    void follow(LiveRun& run, Proof proof, const Observation& seen);
    static void learn_name_at_end(LiveRun& run, const Observation& seen);
    Outcome settle_outcome(Account& account, const PendingCall& call, const CallResult& result);
    void finish_as_observed(LiveRun& run, const Observation& seen);

    // credentials.cpp
    ProviderPtr successor_of(const ProviderSpec& owed) const;
    void follow_keys();
    void leave_closed(Account& account);
    void change_account(LiveRun& run, const ProviderSpec& to);

    // commands.cpp
    void on(const Command& event);
    void command(const Command& event, const StartJob& body);
    void command(const Command& event, const StopRun& body);
    void command(const Command& event, const PauseRun& body);
    void command(const Command& event, const ResumeRun& body);
    void command(const Command& event, const DischargeRun& body);
    void command(const Command& event, const SetHold& body);
    void command(const Command& event, const SetDisabled& body);
    void change_pause(const Command& event, const RunId& id, Action action);
    void admit_pause(LiveRun& run, Action action, bool is_resign);
};

}  // namespace taktd
