// SPDX-License-Identifier: Apache-2.0
// What goes wrong on purpose in a random world beside its network, and how everything heals. What people do meanwhile
// is in random_hands.cpp.
#include <algorithm>

#include "tests/simulation/world/random_world.hpp"

namespace taktd::sim {

using namespace std::chrono_literals;

void RandomWorld::disturb() {
    if (stage_.healed) return;
    stage_.later(stage_.clocks.t + span(40s, 4h), [this] { disturb(); });
    switch (chance_.below(12)) {
        case 0:
        case 1: return disturb_process();
        case 2: return disturb_clocks();
        case 3:
        case 4: return disturb_vendors();
        case 5: return disturb_store();
        case 6: return disturb_config();
        case 7:
        case 8: return disturb_tasks();
        default: return operate();
    }
}

void RandomWorld::disturb_process() {
    if (!is_awake()) return die(Fault::crash);  // killed in its sleep
    switch (chance_.below(6)) {
        case 0:
            if (store_.is_down) return;
            stage_.figures.count(Fault::clean_stop);
            return stop_cleanly();
        case 1: stage_.figures.count(Fault::suspend); return doze_until(stage_.clocks.t + span(3min, 4h));
        case 2: {
            stage_.figures.count(Fault::clocks_paused);
            const Duration by = span(2min, 2h);
            freeze(by);
            if (chance_.one_in(2))  // as time synchronisation does afterwards
                later_in_process(stage_.clocks.t + by + 1ms, [this, by] { step_wall(by); });
            return;
        }
        default: die(Fault::crash);
    }
}

void RandomWorld::disturb_store() {
    if (store_.is_down || !is_awake()) return;
    switch (chance_.below(4)) {
        case 0: slow_store_ = !slow_store_; return;
        case 1:
            stage_.figures.count(Fault::disk_full);
            store_goes_down(0);
            return later_in_process(stage_.clocks.t + span(10min, 4h), [this] { store_comes_up(); });
        case 2: next_commit_ = Fault::commit_failed; return;
        default: next_commit_ = Fault::commit_failed_but_found;
    }
}

// Whatever became of its rows, the process is told that it has failed.
void RandomWorld::fail_commit(Fault how) {
    if (store_.is_down || stage_.healed || store_.pending.empty()) return;
    stage_.figures.count(how);
    store_goes_down(how == Fault::commit_failed ? 0 : draw_found());
    if (chance_.one_in(4)) later_in_process(stage_.clocks.t + chance_.between(0ms, 3s), [this] { die(Fault::crash); });
    later_in_process(stage_.clocks.t + chance_.between(100ms, 20s), [this] { store_comes_up(); });
}

// Whatever was lost to the damage: what recovery has read is stopped. Once found it lasts, over restarts too and also
// when all else is well again, until a check of the mended store has passed.
void RandomWorld::check_store() {
    const TrueTime end = stage_.clocks.t + check_chance_.between(1ms, is_sparse_ ? 3h : Duration{4min});
    if (store_.found_damaged) {
        if (check_chance_.one_in(3)) later_in_process(end, [this] { store_is_checked(false); });
    } else if (!stage_.healed && check_chance_.one_in(16)) {
        later_in_process(end, [this] {
            if (stage_.healed) return;
            stage_.figures.count(Fault::store_damaged);
            store_is_checked(true);
        });
    }
}

void RandomWorld::disturb_clocks() {
    stage_.figures.count(Fault::wall_step);
    const bool is_big = chance_.one_in(3);
    if (is_sparse_) return step_wall(is_big ? chance_.between(-40h, 40h) : chance_.between(-2h, 2h));
    step_wall(is_big ? chance_.between(-3h, 4h) : chance_.between(-90s, 90s));
}

void RandomWorld::disturb_vendors() {
    const auto some_provider = chance_.one_of(scenario_.providers());
    const TrueTime until = stage_.clocks.t + span(4min, 5h);
    switch (chance_.below(6)) {
        case 0:
            stage_.figures.count(Fault::key_rejected);
            bad_key_until_[some_provider->account] = until;
            return;
        case 1:
            stage_.figures.count(Fault::outage);
            vendor_.down_until[some_provider->type] = until;
            return;
        case 2:
            stage_.figures.count(Fault::throttling_storm);
            vendor_.throttles_until[some_provider->type] = stage_.clocks.t + span(30s, 10min);
            return;
        default: break;
    }
    const auto key = some_task();
    if (!key) return;
    SimVendor::Task& task = vendor_.tasks.at(*key);
    switch (chance_.below(3)) {
        case 0: task.ignores_stops_until = stage_.clocks.t + span(5min, 3h); return;
        case 1: task.unlisted_until = stage_.clocks.t + span(5min, 3h); return;
        default:
            // With replicas it may be nearly `settle` (three times this), as long as nothing else takes of that.
            task.has_replicas = chance_.one_in(2) && is_settled(*key);
            task.lag = task.has_replicas ? chance_.between(100ms, (task.provider->settle - kBeforeSettle) / 3)
                                         : chance_.between(100ms, kLagMax);
    }
}

// No start or resume of it may still be on its way.
bool RandomWorld::is_settled(const std::string& task_key) const {
    return std::ranges::none_of(store_.live, [&](const RunId& id) { return store_.runs.at(id).task_key == task_key; });
}

void RandomWorld::disturb_config() {
    if (!config_ || !is_awake()) return;
    if (chance_.one_in(4)) return reload_broken();
    stage_.figures.count(scenario_.mutate(stage_.clocks.now().wall));
    reload();
}

// A config that the engine must object to, for a provider that owes a stop is gone or points elsewhere in it (R11).
// What cannot be read as a config at all never reaches the engine; the shell's tests have that.
void RandomWorld::reload_broken() {
    if (!store_.pending.empty()) return;  // what is owed is not yet what the store says
    std::vector<RunId> owed;
    for (const auto& id : store_.live) {
        if (owes_stop(store_.runs.at(id).state)) owed.push_back(id);
    }
    if (owed.empty()) return;
    const std::string name = store_.runs.at(chance_.one_of(owed)).plan.provider->name;
    auto broken = std::make_shared<Config>(*scenario_.config());
    if (!broken->providers.contains(name)) return;
    const bool drops = chance_.one_in(2);
    stage_.figures.count(drops ? Fault::reload_drops_owed : Fault::reload_points_elsewhere);
    auto elsewhere = std::make_shared<ProviderSpec>(*broken->providers.at(name));
    elsewhere->endpoint += ".elsewhere";
    std::erase_if(broken->jobs, [&](const auto& job) { return job.second->provider->name == name; });
    broken->providers.erase(name);
    if (!drops) broken->providers.emplace(name, elsewhere);
    if (load(broken)) stage_.fail("R11: a config takes over although '" + name + "' owes a stop, and is gone or moved");
}

void RandomWorld::heal() {
    stage_.say([] { return "=== the faults heal"; });
    checks_.health_returns();
    next_commit_.reset();
    bad_key_until_.clear();
    vendor_.down_until.clear();
    vendor_.throttles_until.clear();
    for (auto& [key, task] : vendor_.tasks) {
        task.ignores_stops_until = task.unlisted_until = {};
        task.lag = {};
        task.has_replicas = false;
    }
    // Whatever sleeps wakes, and whatever is dead comes back.
    if (engine_ && !is_awake()) wake_up();
    store_comes_up();
    if (!engine_) {
        stage_.later(stage_.clocks.t + 10s, [this] {
            if (!engine_) begin_process(false);
        });
    } else if (!config_) {
        reload();
    }
    if (stage_.clocks.wall_off != Duration{}) step_wall(-stage_.clocks.wall_off);
    // A hold is no fault: in half of the worlds it stays, and blocks no stop.
    for (const auto& scope : {std::string{}, std::string{"provider:chaos"}}) {
        if (chance_.one_in(2)) continue;
        HoldRow hold;
        hold.scope = scope;
        hold.engaged = false;
        deliver(Command{1, "operator", SetHold{hold}});
    }
    look_around();
}

void RandomWorld::look_around() {
    stage_.later(stage_.clocks.t + (is_sparse_ ? 97s : Duration{19s}), [this] {
        checks_.hold_healthy();
        look_around();
    });
}

// The config lets go of every job; what still runs ends by itself or is stopped.
void RandomWorld::let_go() {
    if (store_.found_damaged) store_is_checked(false);
    scenario_.let_go();
    reload();
    auto empty = std::make_shared<Config>(*scenario_.config());
    empty->jobs.clear();
    load(empty);
}

}  // namespace taktd::sim
