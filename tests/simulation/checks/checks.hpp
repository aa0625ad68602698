// SPDX-License-Identifier: Apache-2.0
// Holds a simulated world against the rules R1-R12. Asks the engine nothing (R12 lets a second one recover from the
// same store): it sees events and rows as they come, rows as they become durable, requests as they leave, answers as
// they arrive, and what the vendors really did. A failure's text begins with the rule that is broken: "R9: ..."; "life:
// ..." is one of "The life of a run" (docs/rules.md).
//
// sends.cpp      requests and answers: R1, R2, R3, and whether a start or stop may go now
// heal.cpp       drills: faults are undone before a stop, or told
// limits.cpp     what an account may be asked: R6, R7, closed accounts
// plans.cpp      intents and reloads: R5, R9, R11
// steps.cpp      rows as they are appended: R3, R5
// histories.cpp  rows as they become durable: R9, R10
// recovery.cpp   a process begins and ends: R12
// due.cpp        dispositions of due occurrences: R8
// ends.cpp       what must hold in the long run: R4, R5; and between two stops of a run
#pragma once

#include "tests/simulation/checks/due_oracle.hpp"
#include "tests/simulation/world/store.hpp"
#include "tests/simulation/world/vendor.hpp"

namespace taktd::sim {

/// An engine that is awake is that quick at the latest.
constexpr Duration kPrompt = std::chrono::seconds{2};

class Checks {
public:
    Checks(Stage& stage, const SimStore& store, SimVendor& vendor);

    // The process.
    void process_begins(const Snapshot& found);
    void recovered(const Effects& effects);  ///< after the step that took Recovered
    void remembered(const Effects& effects);
    void config_loads(ConfigPtr config);  ///< before the step that takes it
    void process_sleeps() { awake_since_ = kNever; }
    void process_wakes() { awake_since_ = stage_.clocks.t; }
    void clocks_stand_still(Duration by);  ///< both, while true time goes on
    void process_dies();
    void store_checked(bool is_damaged);  ///< before the step that takes it

    // Operators.
    void asked(const Command& command);  ///< before the step that takes it
    void replied(const Reply& reply);

    // Rows.
    void appended(const Append& append);
    void becomes_durable(const Row& row);  ///< just before it is applied
    void is_durable();                     ///< after a step's rows
    void step_ends();

    // Requests.
    void sent(const Send& send);
    void answered(const CallId& call, const CallResult& result);
    void flight_ends(const CallId& call);  ///< answered or gone with its process
    const RunId& owner_of(const CallId& call) const;

    // The vendors.
    void start_took_effect(const SimVendor::Effect& effect);
    void stop_hit(const RunId& sender, const SimVendor::Effect& active);
    void operator_takes_over(const RunId& run) { truths_[run].discharged = true; }
    bool was_taken_over(const RunId& run) const { return truths_.contains(run) && truths_.at(run).discharged; }
    /// Its own token is known, and was seen: from now on a stranger can be told apart.
    bool knows_its_run(const RunId& run) const;
    /// It runs, and nobody has asked it to end.
    bool is_untroubled(const RunId& run) const;

    // The long run.
    void health_returns();
    void hold_healthy();             ///< now and then while healthy: nothing is overdue
    void hold_end();                 ///< everything is over
    TrueTime last_deadline() const;  ///< of the runs that owe a stop; 0: none does

    std::map<std::string, DuePlan> plans;  ///< by fingerprint, of every schedule that was ever loaded

private:
    static constexpr TrueTime kNever = TrueTime::max();

    struct Truth {                       ///< of one run
        RunState state = RunState::due;  ///< as appended
        TrueTime deadline = kNever, intent_at{};
        WallTime ends;  ///< the earlier of its stop and its ceiling
        int boot = 0;
        int effects = 0;
        bool discharged = false;       ///< by an operator
        RunRow intent;                 ///< as it stood in the row of its intent
        std::set<CallId> open_starts;  ///< released, and not certainly without effect
        bool own_seen = false, stranger_seen = false;
        std::optional<BootTime> stranger_since;  ///< the first look that showed one; none since has shown our own
        std::optional<RunId> revives{};          ///< of a run of origin `revived`: whose task goes on
        bool seen_active = false;                ///< by a look since the intent
        bool looked_over = false;                ///< by the newest look since its last stop that could be read
        std::optional<TrueTime> resend_from;     ///< since when its next stop waits for nothing but the retry cap
        int calls[7] = {};                       ///< in flight, by action
        RemoteState seen = RemoteState::unknown;
        TrueTime start_ended{}, stop_ended{};  ///< their connections; in flight: never; cut by a crash: the next exec
        TrueTime stop_waits_until{}, look_waits_until{};  ///< a vendor's wait, or the cap of a final refusal
        TrueTime wanted_at = kNever;  ///< this process has been told to end it, and nothing of that need be durable
        TrueTime ended_at = kNever;   ///< terminal since
        std::optional<bool> rolls_back{};  ///< its guard rail, by a look since the intent
        bool rail_seen = false;            ///< by the newest look of this process: active, and it rolls back
        bool heal_works = false;           ///< it was set off, and no look has shown that the recovery is over
        int heals = 0;                     ///< sent in this process
        bool stop_known = false;           ///< a stop of it was made, as far as this process knows
        Conclusion conclusion{};           ///< that an operator was told to be kept
        TrueTime concluded_at = kNever;
        TrueTime heal_ended{}, stopping_since{};
    };
    struct Flight {
        RunId run;
        Send send;
        WallTime signed_at;  ///< but for the skew
        TrueTime sent_at;
        BootTime sent_boot;
    };
    struct Answer {
        CallId call;
        Flight flight;
        CallResult result;
        Observation shown;  ///< of the first task asked for
    };
    struct Closed {
        TrueTime since;
        int sends = 0, allowed = 0;
    };
    struct WaitingStop {
        std::string account;
        TrueTime since;
        int ahead = 0;  ///< stops released since
    };
    struct Era {  ///< one schedule of one job, from a watermark on
        std::string job, fingerprint;
        WallTime known_until;  ///< of the job's eras before
        WallTime from, through;
        WallTime held;  ///< every occurrence up to here was found to have its disposition
    };

    void appended(const RunRow& row);
    void appended(const TransitionRow& row);
    void appended(const CallRow& row);
    void appended(const HoldRow& row);
    void appended(const JobStateRow& row);
    template <class Other>
    void appended(const Other&) {}
    void check_discharge(Truth& truth, const TransitionRow& row);
    bool is_too_early(const Truth& truth, const TransitionRow& row) const;
    void check_intent(const RunRow& row);
    void check_revival(const RunRow& row);
    void check_reload(const Config& config);
    void durable(const RunRow& row);
    void durable(const TransitionRow& row);
    void durable(const CallRow& row);
    void durable(const JobStateRow& row);
    void durable(const GapRow& row);
    template <class Other>
    void durable(const Other&) {}
    void check_obligation(const RunRow& run);
    void limit_becomes(const std::string& account, const RateLimit& limit);
    void check_limit(const Send& send);
    void check_priority(const Send& send);
    void check_stop(const Send& send, const RunId& run);
    void check_start(const Send& send, const RunId& run);
    void check_closed(const Send& send);
    void check_retry(const Send& send, const RunId& run);
    static Duration healing_takes(const Truth& truth);
    void note_drill(Truth& truth, const Answer& look);
    TrueTime first_shown(const std::string& task_key, const std::string& token);
    void note_heal(Truth& truth, const CallResult& result);
    void check_healing(const Send& send, const RunId& run);
    void check_residue(const RunRow& row);
    void note_stop(Truth& truth, const CallResult& result);
    void note_look(Truth& truth, const Answer& look);
    static void note_stranger(Truth& truth, const Answer& look);
    void note_list(const CallRow& row);
    void note_retry(Truth& truth, const Answer& look);
    Duration limiter_wait(const RunId& run, TrueTime from) const;
    void note_authentication(const Flight& flight, const CallResult& result);
    bool is_held(const RunRow& run) const;
    std::vector<RunId> live_in(const std::string& scope) const;
    void end_by(Truth& truth, TrueTime t) { truth.deadline = std::min(truth.deadline, t); }
    std::set<WallTime> due_in(const Era& era, WallTime after, WallTime through);
    int dispositions_of(const std::string& job, WallTime occurrence) const;
    void check_due_by_now();
    void check_occurrences();
    TrueTime counts_from(const Truth& truth) const;
    bool is_late(const RunId& run) const;
    void note_state(Truth& truth);

    Stage& stage_;
    const SimStore& store_;
    SimVendor& vendor_;
    struct LoadedConfig {
        ConfigPtr config;
        WallTime at;
    };
    std::vector<LoadedConfig> loads_;  ///< of this process
    ConfigPtr config_;                 ///< of this process
    std::map<RunId, Truth> truths_;
    std::set<RunId> open_;       ///< those that owe a stop, as appended
    std::set<RunId> rewritten_;  ///< rows of runs in the step that is becoming durable
    std::map<CallId, RunId> owners_;
    std::map<CallId, Flight> flights_;
    Answer just_answered_;                ///< before the step that takes it
    std::set<CallId> released_;           ///< all but queries
    std::map<CallId, TrueTime> intents_;  ///< appended in this process, not answered
    std::map<CallId, WaitingStop> waiting_stops_;
    std::map<CommandId, Conclusion> asked_conclusions_;
    std::map<CommandId, std::vector<RunId>> asked_stops_;  ///< of the runs that were live then; not replied to
    struct Bucket {
        TrueTime full_at;
        RateLimit limit;
    };
    std::map<std::string, Bucket> buckets_;                                ///< the reference, per account
    std::map<std::pair<std::string, std::string>, TrueTime> first_shown_;  ///< by task key and token: at which instant
    std::map<std::string, Closed> closed_;                                 ///< by account
    std::map<std::string, TrueTime> refused_before_;  ///< accounts, and the first refusal since their key was taken
    std::map<std::string, TrueTime> refused_keys_;    ///< accounts whose key is refused, and when they were asked last
    std::map<std::string, TrueTime> reopened_at_;     ///< by account: since when its last answer tells of none
    std::map<std::string, HoldRow> known_holds_;
    std::map<std::string, JobStateRow> known_jobs_;
    std::map<std::pair<std::string, WallTime>, RunId> by_occurrence_;
    std::map<std::pair<std::string, std::string>, RunId> by_request_;
    std::vector<Era> eras_;
    std::map<std::string, std::size_t> era_of_;
    TrueTime awake_since_ = kNever;
    TrueTime began_at_{};                ///< this process
    TrueTime config_at_ = -Duration{1};  ///< the newest config of this process came
    WallTime newest_wall_;               ///< that this process has seen
    WallTime trusted_from_;              ///< a wall clock behind the store's newest instant starts nothing
    TrueTime limits_since_{};            ///< a reload may have changed them
    bool store_damaged_ = false;         ///< this process knows of it
    TrueTime store_sound_since_{};
};

}  // namespace taktd::sim
