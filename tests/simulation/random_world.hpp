// A world drawn from one seed: its config, its load, its faults. Phase 1: anything goes wrong at any moment, and no
// rule of safety may break. Phase 2: the faults heal, and every obligation is discharged within R4's bound.
#pragma once

#include "tests/simulation/scenario.hpp"
#include "tests/simulation/world.hpp"

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

    TwinTask draw_task(const std::string& id, bool is_stranger);
    Passage forged(Passage::Fate fate, HttpResponse answer) const;
    void disturb();
    void disturb_process();
    void disturb_clocks();
    void disturb_vendors();
    void stranger();
    void reload();
    void operate();
    Command draw_command();
    void heal();
    void let_go();
    void look_around();

    /// A length of a fault: seconds to minutes; in sparse worlds minutes to hours.
    Duration span(Duration dense, Duration sparse) { return chance_.between(kSecond, is_sparse_ ? sparse : dense); }
    static constexpr Duration kSecond = std::chrono::seconds{1};

    Chance& chance_;
    bool is_sparse_;
    Scenario scenario_;
    bool slow_store_ = false;
    std::map<std::string, TrueTime> bad_key_until_;  ///< by account
    std::map<std::string, TrueTime> asked_;          ///< by task key: the newest request
};

}  // namespace taktd::sim
