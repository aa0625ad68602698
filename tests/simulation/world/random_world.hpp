// SPDX-License-Identifier: Apache-2.0
// A world drawn from one seed: its config, its load, its faults. Phase 1: anything goes wrong at any moment, and no
// rule of safety may break. Phase 2: the faults heal, and every obligation is discharged within R4's bound.
#pragma once

#include "tests/simulation/world/scenario.hpp"
#include "tests/simulation/world/world.hpp"

namespace taktd::sim {

class RandomWorld final : public World {
public:
    explicit RandomWorld(std::uint64_t seed, bool traced = false);

    /// Lives through both phases; the first broken rule, or nothing.
    const std::string& run();

private:
    Passage passage_of(const Send& send) override;
    Duration commit_takes() override;
    void process_is_gone(bool clean) override;
    void process_is_there() override;
    bool key_is_good(const std::string& account) override;
    void step_is_done() override;

    TwinTask draw_task(const SimVendor::Task& of, bool is_stranger);
    void draw_drill(const SimVendor::Task& of, TwinTask& task);
    Passage forged(Passage::Fate fate, HttpResponse answer) const;
    Duration lag_of(const CallSpec& spec) const;
    void reload();
    void die(Fault fault);
    /// Of the steps in flight, how many a crash finds.
    std::size_t draw_found() {
        return static_cast<std::size_t>(chance_.below(static_cast<int>(store_.pending.size()) + 1));
    }

    // random_chaos.cpp
    void disturb();
    void disturb_process();
    void disturb_store();
    void fail_commit(Fault how);
    void check_store();
    void disturb_clocks();
    void disturb_vendors();
    void disturb_config();
    void reload_broken();
    void heal();
    void let_go();
    void look_around();
    bool is_settled(const std::string& task_key) const;

    // random_hands.cpp
    std::optional<std::string> some_task();
    void disturb_tasks();
    void by_hand(const std::string& task_key, Action action, Fault fault);
    void start_foreign(const std::string& task_key, const RunId& ended, Fault fault);
    void draw_moods(const SimVendor::Task& task, const TwinTask& drawn);
    void operate();
    std::optional<RunId> some_run(std::initializer_list<RunState> states);
    std::optional<WallTime> some_end();
    Conclusion some_conclusion();
    std::string some_job();
    Fault draw_order(Command& command);
    Fault draw_start(Command& command, const std::string& job);

    /// A length of a fault: seconds to minutes; in sparse worlds minutes to hours.
    Duration span(Duration dense, Duration sparse) { return chance_.between(kSecond, is_sparse_ ? sparse : dense); }
    static constexpr Duration kSecond = std::chrono::seconds{1};
    /// What comes late comes before anybody may conclude that it never will, however old a look is by then.
    static constexpr Duration kBeforeSettle = std::chrono::seconds{10};
    static constexpr Duration kLagMax = std::chrono::seconds{3};  ///< of a look at a task

    Chance& chance_;
    Chance check_chance_;  ///< lots of its own, so that worlds without damage are what they are
    bool is_sparse_;
    Scenario scenario_;
    bool slow_store_ = false;
    std::optional<Fault> next_commit_;                            ///< what becomes of it
    bool is_back_soon_ = false;                                   ///< the next process
    std::vector<std::pair<std::string, std::string>> used_keys_;  ///< of manual starts, by job
    std::map<std::string, TrueTime> bad_key_until_;               ///< by account
    std::map<std::string, TrueTime> asked_;                       ///< by task key: the newest request
};

}  // namespace taktd::sim
