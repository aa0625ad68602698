// SPDX-License-Identifier: Apache-2.0
// The process and its time. The network is in world_network.cpp.
#include "tests/simulation/world/world.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "tests/support/past.hpp"

namespace taktd::sim {

using namespace std::chrono_literals;

namespace {

constexpr long kIdleStepsMax = 3000;

/// In every other world configs are adopted and schedules settled in slices so small that crashes fall between them.
SliceSizes slices_of(std::uint64_t seed) { return seed % 2 == 0 ? SliceSizes{1, 400} : SliceSizes{}; }

}  // namespace

World::World(std::uint64_t seed, bool traced)
    : stage_{seed, traced}, vendor_{stage_}, checks_{stage_, store_, vendor_}, seed_{seed} {
    stage_.figures.worlds = 1;
    stage_.clocks.boot_off = 1h;
    vendor_.on_start_effect = [this](const SimVendor::Effect& effect) { checks_.start_took_effect(effect); };
    vendor_.on_stop_hit = [this](const RunId& sender, const SimVendor::Effect& active) {
        checks_.stop_hit(sender, active);
    };
}

// --- time

TrueTime World::next_wake() const {
    TrueTime next = TrueTime::max();
    if (!engine_) return next;
    const Now now = stage_.clocks.now();
    const TrueTime t = stage_.clocks.t;
    if (wake_.boot) next = std::min(next, t + (*wake_.boot - now.boot));
    if (wake_.wall && *wake_.wall - now.wall < 1000h * 24) next = std::min(next, t + (*wake_.wall - now.wall));
    if (wake_.at_once) next = t;
    return std::max(next, std::max(t, adoze_until_));
}

void World::live_until(TrueTime end) {
    while (stage_.failure.empty()) {
        const TrueTime plan = stage_.plans.next().value_or(TrueTime::max());
        const TrueTime wake = next_wake();
        const TrueTime next = std::min(plan, wake);
        if (next >= end) {
            stage_.clocks.t = std::max(stage_.clocks.t, end);
            return;
        }
        if (next > stage_.clocks.t) idle_steps_ = 0;
        stage_.clocks.t = next;
        if (plan <= wake) {
            const auto what = stage_.plans.take();
            what();
        } else {
            if (++idle_steps_ > kIdleStepsMax)
                return stage_.fail("busy loop: the engine asks to be woken again and again at one instant");
            deliver(Wake{});
        }
    }
}

void World::later_in_process(TrueTime at, std::function<void()> what) {
    stage_.later(at, [this, what = std::move(what), generation = generation_] {
        if (generation != generation_) return;
        if (stage_.clocks.t < adoze_until_) return deferred_.push_back(what);
        what();
    });
}

void World::step_wall(Duration by) {
    stage_.clocks.wall_off += by;
    stage_.say([&] { return "the wall clock steps by " + to_text(by); });
    if (stage_.clocks.t >= adoze_until_) deliver(Wake{});
}

void World::doze_until(TrueTime end) {
    stage_.say([&] { return "the process gets no time for " + to_text(end - stage_.clocks.t); });
    if (!engine_) return;
    adoze_until_ = std::max(adoze_until_, end);
    checks_.process_sleeps();
    stage_.later(end, [this, end, generation = generation_] {
        if (generation == generation_ && adoze_until_ == end) wake_up();
    });
}

void World::wake_up() {
    thaw();
    if (!engine_) return;
    adoze_until_ = stage_.clocks.t;
    checks_.process_wakes();
    // What came meanwhile waits at the door, in its order.
    for (auto& what : std::exchange(deferred_, {})) later_in_process(stage_.clocks.t, std::move(what));
    deliver(Wake{});
}

void World::freeze(Duration by) {
    if (!engine_ || stage_.clocks.t < adoze_until_) return;
    frozen_until_ = stage_.clocks.t + by;
    stage_.say([&] { return "the machine is frozen for " + to_text(by); });
    stage_.clocks.wall_off -= by;
    stage_.clocks.boot_off -= by;
    checks_.clocks_stand_still(by);
    // Asleep meanwhile, it finds its clocks as they were.
    doze_until(stage_.clocks.t + by);
}

// Before its time: the clocks have stood still for less.
void World::thaw() {
    const Duration left = frozen_until_ - stage_.clocks.t;
    frozen_until_ = {};
    if (left <= Duration{}) return;
    stage_.clocks.wall_off += left;
    stage_.clocks.boot_off += left;
    checks_.clocks_stand_still(-left);
}

// --- the process

void World::deliver(Event event) {
    if (!engine_ || !stage_.failure.empty()) return;
    ++stage_.figures.steps;
    const Now now = stage_.clocks.now();
    mix_event(stage_.trace.digest, event, now);
    if (keeps_events_) events_.emplace_back(event, now);
    if (const auto* command = std::get_if<Command>(&event)) checks_.asked(*command);
    try {
        Effects effects = engine_->step(event, now);
        mix_effects(stage_.trace.digest, effects);
        if (keeps_events_) mix_effects(effects_digest_, effects);
        if (std::holds_alternative<Recovered>(event)) checks_.recovered(effects);
        if (std::holds_alternative<Remembered>(event)) checks_.remembered(effects);
        perform(std::move(effects));
        if (checks_invariants_) engine_->assert_invariants();
        // People may ask at any moment.
        if (const auto status = engine_->status(); status.owed_stops > status.live_runs)
            stage_.fail("more stops are owed than there are live runs");
    } catch (const std::exception& error) {
        stage_.fail(std::string{"the step throws: "} + error.what());
    }
    checks_.step_ends();
    if (engine_ && stage_.failure.empty()) step_is_done();
}

void World::perform(Effects effects) {
    wake_ = effects.wake;
    if (effects.append) {
        checks_.appended(*effects.append);
        if (std::ranges::any_of(effects.append->rows, SimStore::keeps)) ++outside_changes_;
        store_.pending.push_back(std::move(*effects.append));
        plan_commit();
    }
    for (const auto& one : effects.cuts) cut(one.call);
    for (const auto& one : effects.sends) send(one);
    for (const auto& reply : effects.replies) {
        checks_.replied(reply);
        stage_.say(
            [&] { return "reply " + std::to_string(reply.command) + (reply.is_ok() ? " ok " : " no ") + reply.text; });
        if (reply.is_ok() && reply.run && !store_.runs.contains(*reply.run))
            stage_.fail("a reply promises a run that is not durable");
    }
}

void World::begin_process(bool clean) {
    ++generation_;
    engine_.emplace(seed_ * 1000 + static_cast<std::uint64_t>(generation_), slices_of(seed_));
    events_.clear();
    effects_digest_ = {};
    config_ = nullptr;
    wake_ = {};
    Past found = store_.past(clean);
    store_.was_opened = true;
    store_.limiters.clear();
    checks_.process_begins(found.snapshot);
    stage_.say([&] {
        return "--- process " + std::to_string(generation_) + " in " + stage_.clocks.boot_id() +
               (clean ? " after a clean stop, " : ", ") + std::to_string(found.snapshot.live.size()) + " live runs";
    });
    past_ = test::take_past(found);
    deliver(Recovered{std::move(found), stage_.clocks.boot_id()});
    if (engine_) process_is_there();
}

void World::end_process() {
    thaw();
    replay();
    engine_.reset();
    past_.reset();
    ++generation_;
    for (const auto& [id, flight] : flights_) {
        if (flight->passage.fate == Passage::Fate::late_effect) arrive_late(flight, stage_.clocks.t);
    }
    flights_.clear();
    store_.is_down = commit_planned_ = false;
    adoze_until_ = {};
    deferred_.clear();
    checks_.process_dies();
}

void World::crash(std::size_t found) {
    if (!engine_) return;
    stage_.say([&] {
        return "*** crash; of " + std::to_string(store_.pending.size()) + " steps in flight " + std::to_string(found) +
               " are found";
    });
    end_process();
    found = std::min(std::max(found, store_.found_ahead), store_.pending.size());
    for (std::size_t i = 0; i < found; ++i) commit(store_.pending[i]);
    store_.pending.clear();
    store_.found_ahead = 0;
    process_is_gone(false);
}

void World::reboot(Duration boot_clock) {
    stage_.say([] { return "*** reboot"; });
    ++stage_.clocks.boot;
    stage_.clocks.boot_off = boot_clock - stage_.clocks.t;
}

void World::stop_cleanly() {
    if (!engine_ || store_.is_down || stage_.clocks.t < adoze_until_) return;
    stage_.say([] { return "a clean stop"; });
    deliver(ShutdownRequested{});
    while (!store_.pending.empty() && stage_.failure.empty()) commit_up_to(store_.pending.back().step);
    if (!stage_.failure.empty() || !engine_) return;
    store_.limiters = engine_->limiter_rows(stage_.clocks.now());
    end_process();
    process_is_gone(true);
}

bool World::load(const ConfigPtr& config) {
    if (!engine_ || stage_.clocks.t < adoze_until_) return false;
    if (!engine_->objections(*config).empty()) {
        ++stage_.figures.objections;
        return false;
    }
    stage_.say([&] {
        std::string text = "config:";
        for (const auto& [name, job] : config->jobs)
            text += " " + name + "=" + job->provider->name + "/" + job->task.task_id + "[" +
                    job->schedule.fingerprint() + "]";
        return text;
    });
    if (past_) deliver(Remembered{*std::exchange(past_, std::nullopt)});
    if (!engine_) return false;
    config_ = config;
    checks_.config_loads(config);
    deliver(ConfigLoaded{config});
    return true;
}

// R14: the same recorded events give the same effects.
void World::replay() {
    if (!keeps_events_ || !stage_.failure.empty()) return;
    Engine again{seed_ * 1000 + static_cast<std::uint64_t>(generation_), slices_of(seed_)};
    Digest digest;
    for (const auto& [event, now] : events_) mix_effects(digest, again.step(event, now));
    if (digest.value() != effects_digest_.value())
        stage_.fail("R14: the same events give other effects in a second engine");
}

// --- the store

void World::plan_commit() {
    if (commit_planned_ || store_.is_down || store_.pending.empty()) return;
    commit_planned_ = true;
    later_in_process(stage_.clocks.t + commit_takes(), [this, step = store_.pending.back().step] {
        commit_planned_ = false;
        if (store_.is_down) return;
        commit_up_to(step);
        plan_commit();
    });
}

void World::commit(const Append& append) {
    if (std::ranges::any_of(append.rows, SimStore::keeps)) ++outside_changes_;
    for (const auto& row : append.rows) {
        checks_.becomes_durable(row);
        store_.apply(row);
    }
    checks_.is_durable();
}

void World::commit_up_to(StepId step) {
    // What a failed commit has left behind is written again: twice equals once.
    const std::size_t again = std::exchange(store_.found_ahead, 0);
    for (std::size_t i = 0; i < again; ++i) commit(store_.pending[i]);
    for (std::size_t i = 0; !store_.pending.empty() && store_.pending.front().step <= step; ++i) {
        if (i < again) {
            for (const auto& row : store_.pending.front().rows) store_.apply(row);
        } else {
            commit(store_.pending.front());
        }
        store_.pending.pop_front();
    }
    deliver(Durable{step});
}

void World::store_goes_down(std::size_t found) {
    if (store_.is_down || !engine_ || stage_.clocks.t < adoze_until_) return;
    store_.found_ahead = std::min(found, store_.pending.size());
    stage_.say([&] { return "the store goes down; " + std::to_string(store_.found_ahead) + " steps are written"; });
    store_.is_down = true;
    deliver(StoreDown{});
}

void World::store_comes_up() {
    if (!store_.is_down || !engine_) return;
    stage_.say([] { return "the store is up again"; });
    store_.is_down = false;
    if (!store_.pending.empty()) commit_up_to(store_.pending.back().step);
    deliver(StoreUp{});
    plan_commit();
}

void World::store_is_checked(bool is_damaged) {
    if (!is_awake()) return;  // broken off
    stage_.say([&] { return std::string{"the store was checked and is "} + (is_damaged ? "damaged" : "sound"); });
    store_.found_damaged = is_damaged;
    checks_.store_checked(is_damaged);
    deliver(StoreChecked{is_damaged});
}

}  // namespace taktd::sim
