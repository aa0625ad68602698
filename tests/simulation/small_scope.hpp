// SPDX-License-Identifier: Apache-2.0
// The exhaustive part: every sequence of choices of a small world is lived through to its end, with no lot drawn.
//
// A scope is a config of one or two runs, a menu of faults, and how many of them may happen in one life. A choice is
// offered at two kinds of points, until 20 s after the last stop is due:
// - after each step of the engine: a crash that loses the rows in flight, a crash that finds them; full menu also an
//   operator's stop, the wall clock an hour back, the task stopped by somebody else, the store down for 5 s;
// - at each request: lost, or taken with its answer lost; full menu also not sent, an effect 5 s after its connection
//   has ended (settle: 6 s), a 5xx after the effect, a success that the vendor never heard of.
// A life with no fault left to choose runs on without faults until everything is discharged; R1 to R12 are held
// throughout, and at its end nothing may be owed, running, or without a disposition.
//
// Left out, because another life is the same to everybody: a crash after a step since which no row was appended or
// committed and no request was sent or arrived after the last crash on offer (it would find the same world, a little
// later); which rows a crash finds if none are in flight; whether it was a query that was lost or its answer.
//
// Not covered here: the order of events and every latency are fixed (a commit takes 1 ms, an answer 2 ms, a process is
// down for 1 s, a timeout comes after 2 s), so no two events are ever exchanged; more than two runs, more faults, and
// faults of other kinds and lengths. random_world.hpp draws those.
#pragma once

#include "tests/simulation/world/world.hpp"

namespace taktd::sim {

struct Scope {
    std::string name;
    std::vector<std::string> types;  ///< of the runs, one each: "huawei-cpts", "tencent-cfg"
    bool same_task = false;
    Duration apart{};  ///< the second start from the first; a window is 20 s
    bool full_menu = false;
    int faults_max = 3;
};
std::vector<Scope> small_scopes();

/// One life's choices: a path that is replayed as far as it goes, and continued with the first alternatives.
class Choices {
public:
    Choices() = default;
    /// One path, as text() gives it.
    explicit Choices(const std::string& text);
    /// 0: nothing happens. Costs a fault if something does; not asked when none is left.
    int choose(int alternatives);
    /// The next path in order; false: that was the last.
    bool advance();
    void restart(int faults_max) {
        at_ = 0;
        faults_left_ = faults_max;
    }
    std::size_t length() const { return path_.size(); }
    std::string text() const;

private:
    struct Choice {
        int taken = 0, alternatives = 0;
    };
    std::vector<Choice> path_;
    std::size_t at_ = 0;
    int faults_left_ = 0;
};

class SmallWorld final : public World {
public:
    SmallWorld(const Scope& scope, Choices& choices, bool traced = false);
    const std::string& run();

private:
    Passage passage_of(const Send& send) override;
    Duration commit_takes() override { return std::chrono::milliseconds{1}; }
    void process_is_gone(bool clean) override;
    void process_is_there() override;
    bool key_is_good(const std::string&) override { return true; }
    void step_is_done() override;
    ConfigPtr make_config();
    bool may_choose() const { return !stage_.healed && stage_.clocks.t < horizon_; }

    const Scope& scope_;
    Choices& choices_;
    ConfigPtr full_config_;
    TrueTime horizon_{};
    bool in_choice_ = false;
    long crash_offered_at_ = -1;  ///< of outside_changes_
};

struct ScopeResult {
    long lives = 0;
    Figures figures;
    std::string failure, path;  ///< of the first broken rule
};
/// Every life of the scope.
ScopeResult live_through(const Scope& scope);

}  // namespace taktd::sim
