// SPDX-License-Identifier: Apache-2.0
// A process with the real engine in a simulated world: the shell's contract (docs/architecture.md) over a simulated
// store, network and clocks, with the real codecs before the real twins. What goes wrong, and when, is for the derived
// world to say: at random (random_world.hpp) or exhaustively (small_scope.hpp).
#pragma once

#include <cstdlib>

#include "daemon/core/engine/engine.hpp"
#include "tests/simulation/checks/checks.hpp"

namespace taktd::sim {

/// What becomes of one request on its way, and of its answer.
struct Passage {
    enum class Fate : std::uint8_t {
        answered,
        not_sent,        ///< no byte leaves
        lost,            ///< it never arrives; the timeout ends it
        answer_lost,     ///< it takes effect; the timeout ends it
        late_effect,     ///< it takes effect after its connection has ended, by timeout, cut or crash
        answered_twice,  ///< the same answer comes again
        forged,          ///< `answer` comes back, and the vendor never hears of it
        forged_after,    ///< `answer` comes back after the effect
        half_answer,     ///< it takes effect, and the answer breaks off
        shifted          ///< it takes effect, and the answer of the request before comes back
    };
    Fate fate = Fate::answered;
    Duration there = std::chrono::milliseconds{1}, back = std::chrono::milliseconds{1};
    Duration late{};  ///< how long after the connection's end
    HttpResponse answer;
};

class World {
public:
    World(std::uint64_t seed, bool traced);
    virtual ~World() = default;
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    const std::string& failure() const { return stage_.failure; }
    const Figures& figures() const { return stage_.figures; }
    std::uint64_t hash() const { return stage_.trace.digest.value(); }
    std::string trace_tail(std::size_t lines) const { return stage_.trace.tail(lines); }

protected:
    // What goes wrong.
    virtual Passage passage_of(const Send& send) = 0;
    virtual Duration commit_takes() = 0;
    /// The process has died; somebody must begin another one.
    virtual void process_is_gone(bool clean) = 0;
    /// A process has recovered; somebody must load its config.
    virtual void process_is_there() = 0;
    virtual bool key_is_good(const std::string& account) = 0;
    /// The engine has taken one step, and its effects are performed.
    virtual void step_is_done() {}

    // Time.
    void live_until(TrueTime end);
    void step_wall(Duration by);
    /// Until then the process gets no time (suspended, stopped, swapped out); its clocks go on.
    void doze_until(TrueTime end);
    /// The machine is frozen from outside: its clocks stand still, too.
    void freeze(Duration by);
    void wake_up();
    void later_in_process(TrueTime at, std::function<void()> what);

    // The process.
    void begin_process(bool clean);
    /// Of the steps that wait for their commit, `found` are found afterwards.
    void crash(std::size_t found);
    void reboot(Duration boot_clock);
    void stop_cleanly();
    bool load(const ConfigPtr& config);  ///< false: the engine objects, and the old one stays
    void deliver(Event event);
    bool is_awake() const { return engine_ && stage_.clocks.t >= adoze_until_; }

    // The store.
    /// A commit has failed; of the steps that wait, `found` stand on the disk all the same.
    void store_goes_down(std::size_t found);
    void store_comes_up();
    /// A check of the whole store has come to its end.
    void store_is_checked(bool is_damaged);

    Stage stage_;
    SimStore store_;
    SimVendor vendor_;
    Checks checks_;
    std::optional<Engine> engine_;
    int generation_ = 0;
    ConfigPtr config_;          ///< of this process; null: none yet
    std::optional<Past> past_;  ///< what it is told of before its first config

    /// Grows with whatever a crash would leave otherwise: rows appended or committed, requests sent or arrived.
    long outside_changes_ = 0;

    /// R14: a second engine that gets the same events must give the same effects.
    bool keeps_events_ = false;

    /// Of the events of this process.
    void replay();

private:
    struct Flight {
        Send send;
        RunId owner;
        TrueTime left;
        HttpRequest request;
        Passage passage;
        bool is_unsent = false;    ///< cut before a byte had left
        bool has_arrived = false;  ///< what came late
    };

    void perform(Effects effects);
    void end_process();
    void thaw();
    void plan_commit();
    void commit(const Append& append);
    void commit_up_to(StepId step);
    void send(const Send& send);
    void cut(const CallId& call);
    void arrive(const std::shared_ptr<Flight>& flight, int generation);
    HttpResponse take(const Flight& flight);
    void arrive_late(const std::shared_ptr<Flight>& flight, TrueTime connection_ended);
    void answer(const CallId& call, CallResult result);
    void answer_at(TrueTime at, const CallId& call, CallResult result);
    TrueTime next_wake() const;

    std::map<CallId, std::shared_ptr<Flight>> flights_;
    std::map<std::pair<std::string, Action>, HttpResponse> answers_before_;  ///< of calls on kept connections
    std::uint64_t seed_;
    // A mutant must be caught by what it does, so its own assertions are left out.
    const bool checks_invariants_ = std::getenv("TAKTD_MUTANT") == nullptr;
    WakeAt wake_;
    TrueTime adoze_until_{}, frozen_until_{};
    std::vector<std::function<void()>> deferred_;  ///< what came while the process slept
    bool commit_planned_ = false;
    long idle_steps_ = 0;  ///< at one instant
    std::vector<std::pair<Event, Now>> events_;
    Digest effects_digest_;
};

}  // namespace taktd::sim
