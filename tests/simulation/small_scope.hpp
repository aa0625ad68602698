// The exhaustive part: every sequence of choices of a small world is lived through to its end, with no lot drawn.
//
// A scope is a config of one or two runs, a menu of faults, and how many of them may happen in one life. A choice is
// offered at two kinds of points, until 20 s after the last stop is due: after each step of the engine (crash with the
// rows in flight lost, crash with them found; full menu also: an operator's stop, the wall clock an hour back, the task
// ends by itself, the store down for 5 s) and at each request (lost, taken with its answer lost; full menu also: not
// sent, an effect after the timeout, a 5xx after the effect, a success that the vendor never heard of). A life with no
// fault left to choose runs on without faults until everything is discharged; R1 to R12 are held throughout, and at its
// end nothing may be owed, running, or without a disposition.
//
// Not covered here: more than two runs, more than the given number of faults, faults of other kinds and of other
// lengths (a process is down for 1 s, a commit takes 1 ms, an answer 2 ms); random_world.hpp draws those.
#pragma once

#include "tests/simulation/world.hpp"

namespace taktd::sim {

struct Scope {
    std::string name;
    std::vector<std::string> types;  ///< of the runs, one each: "huawei-cpts", "tencent-cfg"
    bool same_task = false;          ///< the second run follows the first on its task
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
};

struct ScopeResult {
    long lives = 0;
    Figures figures;
    std::string failure, path;  ///< of the first broken rule
};
/// Every life of the scope.
ScopeResult live_through(const Scope& scope);

}  // namespace taktd::sim
