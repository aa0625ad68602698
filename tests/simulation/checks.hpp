// Holds a simulated world against the rules R1-R12. Asks the engine nothing: it sees rows as they are appended and as
// they become durable, requests as they leave, answers as they come, and what the vendors really did. Rows and requests
// are in checks_steps.cpp and checks_sends.cpp, what must hold in the long run in checks_ends.cpp.
#pragma once

#include "tests/simulation/due_oracle.hpp"
#include "tests/simulation/store.hpp"
#include "tests/simulation/vendor.hpp"

namespace taktd::sim {

class Checks {
public:
    Checks(Stage& stage, const SimStore& store, SimVendor& vendor);

    // The process.
    void process_begins(const Snapshot& found);
    /// After the step that took Recovered.
    void recovered(const Effects& effects, std::size_t owed_stops);
    void config_loads(ConfigPtr config);  ///< before the step that takes it
    void process_sleeps() { awake_since_ = TrueTime::max(); }
    void process_wakes() { awake_since_ = stage_.clocks.t; }
    void clocks_stand_still(Duration by);  ///< both, while true time goes on
    void process_dies();

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

    // The long run.
    void health_returns();
    void hold_healthy();             ///< now and then while healthy: nothing is overdue
    void hold_end();                 ///< everything is over
    TrueTime last_deadline() const;  ///< of the runs that owe a stop; 0: none does

    std::map<std::string, DuePlan> plans;  ///< by fingerprint, of every schedule that was ever loaded

private:
    struct Truth {                       ///< of one run
        RunState state = RunState::due;  ///< as appended
        TrueTime deadline = TrueTime::max(), intent_at{};
        WallTime ends;  ///< the earlier of its stop and its ceiling
        int boot = 0;
        int effects = 0;
        bool discharged = false;       ///< by an operator
        RunRow intent;                 ///< as it stood in the row of its intent
        std::set<CallId> open_starts;  ///< released, and not certainly without effect
        bool own_seen = false, stranger_seen = false;
        int calls[6] = {};  ///< in flight, by action
        RemoteState seen = RemoteState::unknown;
    };
    struct Flight {
        RunId run;
        Send send;
        WallTime signed_at;  ///< but for the skew
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
        WallTime from, through;
    };

    void appended(const RunRow& row);
    void appended(const TransitionRow& row);
    void appended(const CallRow& row);
    void appended(const HoldRow& row);
    void appended(const JobStateRow& row) { known_jobs_[row.job] = row; }
    template <class Other>
    void appended(const Other&) {}
    void check_intent(const RunRow& row);
    void durable(const RunRow& row);
    void durable(const TransitionRow& row);
    void durable(const CallRow& row);
    void durable(const JobStateRow& row);
    template <class Other>
    void durable(const Other&) {}
    void limit_becomes(const ProviderSpec& provider);
    void check_limit(const Send& send);
    void check_priority(const Send& send);
    void check_stop(const Send& send, const RunId& run);
    void check_start(const Send& send, const RunId& run);
    void check_closed(const Send& send);
    bool is_held(const RunRow& run) const;
    void check_occurrences();
    Duration bound_of(const RunRow& run, bool since_healing) const;
    void note_state(Truth& truth);

    Stage& stage_;
    const SimStore& store_;
    SimVendor& vendor_;
    ConfigPtr config_;  ///< of this process
    std::map<RunId, Truth> truths_;
    std::set<RunId> open_;  ///< those that owe a stop, as appended
    std::map<CallId, RunId> owners_;
    std::map<CallId, Flight> flights_;
    std::set<CallId> released_;           ///< all but queries
    std::map<CallId, TrueTime> intents_;  ///< appended in this process, not answered
    std::map<CallId, WaitingStop> waiting_stops_;
    struct Bucket {
        TrueTime full_at;
        RateLimit limit;
    };
    std::map<std::string, Bucket> buckets_;  ///< the reference, per account
    std::map<std::string, Closed> closed_;   ///< by account
    std::map<std::string, HoldRow> known_holds_;
    std::map<std::string, JobStateRow> known_jobs_;
    std::map<std::pair<std::string, WallTime>, RunId> by_occurrence_;
    std::map<std::pair<std::string, std::string>, RunId> by_request_;
    std::vector<Era> eras_;
    std::map<std::string, std::size_t> era_of_;
    TrueTime awake_since_ = TrueTime::max();
    TrueTime limits_since_{};  ///< a reload may have changed them
};

}  // namespace taktd::sim
