// A seeded random world around the engine: clocks that step, a store with a durable prefix, a network that loses, a
// vendor with a will of its own (random_vendor.hpp), crashes, reboots, reloads and operators. It obeys the shell's
// contract and holds the engine to R1-R10 from the durable rows and the vendor's ground truth alone
// (random_checks.cpp).
#pragma once

#include <deque>
#include <set>

#include "daemon/core/engine.hpp"
#include "tests/support/random_vendor.hpp"

namespace taktd::test {

class RandomWorld {
public:
    explicit RandomWorld(std::uint64_t seed);

    /// Lives through both phases; returns the first broken rule, or nothing.
    std::string run();
    std::string trace_tail(std::size_t lines = 120) const;
    static std::uint64_t current_seed;

    struct Figures {
        Duration lived{};
        long steps = 0, sends = 0, starts = 0, stops = 0, runs = 0, crashes = 0, reboots = 0, reloads = 0,
             wall_steps = 0;
        std::map<std::string, long> ends;  ///< runs by state and reason
    };
    Figures figures;

private:
    // Time.
    Now now() const;
    WallTime true_wall() const;
    void later(TrueTime at, std::function<void()> what);
    void step_wall(Duration by);
    void live_until(TrueTime end);

    // The process.
    void boot_process(bool clean);
    void crash();
    void stop_cleanly();
    void load_config();
    void mutate_config();
    void deliver(const Event& event);
    void perform(Effects effects);

    // The store.
    void commit_up_to(StepId step);
    void plan_commit();
    void apply(const Row& row);
    Snapshot snapshot(bool clean) const;
    void store_goes_down();
    void store_comes_up();

    // The network.
    struct Flight {
        Send send;
        std::string owner;
        TrueTime left;
        WallTime signed_at;
    };
    void send(const Send& send);
    void cut(const CallId& call);
    void answer(const CallId& call, CallResult result);
    void arrive(const CallId& call, Flight flight, bool answered, TrueTime answer_after);
    std::optional<CallResult> refusal(const Flight& flight);

    // Chaos.
    void disturb();
    void operate();
    void heal();

    // Checks.
    void fail(const std::string& why);
    void check_send(const Send& send);
    void check_transition(const TransitionRow& row);
    void check_run(const RunRow& row);
    void check_tasks();
    void check_appended(const Row& row);
    void check_start_effect(const std::string& owner);
    void check_running(const std::string& owner);
    void check_overdue();
    void check_occurrences();
    void check_end();
    void say(const std::string& text);

    std::uint64_t seed_;
    Chance chance_;
    TrueTime t_{};
    Duration wall_off_{}, boot_off_{};
    int boot_ = 1, generation_ = 0;
    std::map<std::pair<TrueTime, std::uint64_t>, std::function<void()>> agenda_;
    std::uint64_t agenda_seq_ = 0;

    std::optional<Engine> engine_;
    bool configured_ = false;
    WakeAt wake_;
    long idle_steps_ = 0;  ///< at one instant
    bool healed_ = false;
    TrueTime healed_at_{};

    ConfigPtr config_;
    std::vector<Job> jobs_;
    std::vector<ProviderPtr> providers_;
    bool slow_store_ = false;

    // The store: what is durable, and what waits for it.
    std::deque<Append> pending_;
    bool store_down_ = false, commit_planned_ = false;
    std::map<RunId, RunRow> runs_;
    std::map<RunId, std::vector<TransitionRow>> transitions_;
    std::map<CallId, CallRow> calls_;
    std::map<std::string, JobStateRow> job_states_;
    std::map<std::pair<std::string, WallTime>, GapRow> gaps_;
    std::map<std::string, HoldRow> holds_, known_holds_;  ///< durable; and as this process knows them
    std::vector<LimiterRow> limiters_;
    std::map<std::pair<std::string, WallTime>, RunId> by_occurrence_;

    std::map<CallId, Flight> flights_;
    std::map<std::string, TrueTime> asked_;  ///< by task key: the newest request
    RandomVendor vendor_;

    // What the checks remember.
    struct Truth {
        TrueTime deadline = TrueTime::max();
        WallTime ends;  ///< the earlier of its stop and its ceiling
        int boot = 0;
        int effects = 0;
        bool discharged = false, ended = false;
        std::string key;
    };
    std::map<RunId, Truth> truth_;
    std::set<CallId> released_;                    ///< all but queries
    std::set<CallId> unsent_;                      ///< cut before a byte had left
    std::map<CallId, std::string> waiting_stops_;  ///< durable, not released: account
    std::map<CallId, TrueTime> intents_;           ///< appended in this process
    std::map<std::string, TrueTime> tat_;          ///< reference bucket per account
    std::map<CallId, std::string> owners_;
    struct Era {  ///< one schedule of one job, from a watermark on
        std::string job;
        Schedule schedule;
        WallTime from, through;
        int generation = 0;
    };
    std::vector<Era> eras_;
    std::map<std::string, std::size_t> era_of_;
    std::map<std::string, Schedule> schedules_;                  ///< by fingerprint
    std::map<std::pair<int, std::string>, std::string> loaded_;  ///< (process, job): schedule it has loaded before

    std::deque<std::string> trace_;
    std::string failure_;
};

}  // namespace taktd::test
