// What goes wrong on purpose in a random world beside its network, what operators and editors of the config do
// meanwhile, and how everything heals.
#include <algorithm>

#include "tests/simulation/random_world.hpp"

namespace taktd::sim {

using namespace std::chrono_literals;

void RandomWorld::disturb() {
    if (stage_.healed) return;
    stage_.later(stage_.clocks.t + span(40s, 4h), [this] { disturb(); });
    switch (chance_.below(8)) {
        case 0:
        case 1: disturb_process(); break;
        case 2: disturb_clocks(); break;
        case 3:
        case 4: disturb_vendors(); break;
        case 5:
            if (!config_) break;
            if (chance_.one_in(5)) {
                stage_.figures.count("a broken reload");  // the shell refuses it, and the engine hears nothing of it
                break;
            }
            stage_.figures.count("a reload");
            scenario_.mutate(stage_.clocks.now().wall);
            reload();
            break;
        default: operate();
    }
}

void RandomWorld::disturb_process() {
    switch (chance_.below(8)) {
        case 0: stage_.figures.count("a clean stop"); return stop_cleanly();
        case 1: stage_.figures.count("a suspend"); return doze_until(stage_.clocks.t + span(3min, 4h));
        case 2: {
            stage_.figures.count("a pause of both clocks");
            const Duration by = span(2min, 2h);
            freeze(by);
            if (chance_.one_in(2))  // as time synchronisation does afterwards
                later_in_process(stage_.clocks.t + by + 1ms, [this, by] { step_wall(by); });
            return;
        }
        case 3: {
            stage_.figures.count(chance_.one_in(2) ? "a failed commit" : "a full disk");
            store_goes_down();
            const Duration down = chance_.one_in(3) ? span(10min, 4h) : chance_.between(100ms, 20s);
            return later_in_process(stage_.clocks.t + down, [this] { store_comes_up(); });
        }
        case 4: slow_store_ = !slow_store_; return;
        default:
            stage_.figures.count("a crash");
            crash(static_cast<std::size_t>(chance_.below(static_cast<int>(store_.pending.size()) + 1)));
    }
}

void RandomWorld::disturb_clocks() {
    stage_.figures.count("a step of the wall clock");
    const bool is_big = chance_.one_in(3);
    if (is_sparse_) return step_wall(is_big ? chance_.between(-40h, 40h) : chance_.between(-2h, 2h));
    step_wall(is_big ? chance_.between(-3h, 4h) : chance_.between(-90s, 90s));
}

void RandomWorld::disturb_vendors() {
    const auto some_provider = chance_.one_of(scenario_.providers());
    const TrueTime until = stage_.clocks.t + span(4min, 5h);
    switch (chance_.below(8)) {
        case 0:
            stage_.figures.count("credentials rejected");
            bad_key_until_[some_provider->account] = until;
            return;
        case 1:
            stage_.figures.count("an outage");
            vendor_.down_until[some_provider->type] = until;
            return;
        case 2:
            stage_.figures.count("a storm of 429");
            vendor_.throttles_until[some_provider->type] = stage_.clocks.t + span(30s, 10min);
            return;
        case 3:
        case 4: return stranger();
        default: break;
    }
    if (vendor_.tasks.empty()) return;
    auto task = vendor_.tasks.begin();
    std::advance(task, chance_.below(static_cast<int>(vendor_.tasks.size())));
    switch (chance_.below(3)) {
        case 0: task->second.ignores_stops_until = stage_.clocks.t + span(5min, 3h); return;
        case 1: task->second.unlisted_until = stage_.clocks.t + span(5min, 3h); return;
        default: task->second.lag = chance_.between(100ms, 3s);
    }
}

// Somebody else starts a task of ours: between runs, or in place of a run that has ended and does not know it yet.
// Nobody can tell apart a stranger who comes between the last look and a start whose answer is lost.
void RandomWorld::stranger() {
    if (vendor_.tasks.empty() || scenario_.is_blind()) return;
    auto task = vendor_.tasks.begin();
    std::advance(task, chance_.below(static_cast<int>(vendor_.tasks.size())));
    const std::string& key = task->first;
    if (!store_.pending.empty() || vendor_.active_on(key) != nullptr) return;
    bool may = stage_.clocks.t >= asked_[key] + 70s;
    for (const auto& id : store_.live) {
        const RunRow& run = store_.runs.at(id);
        if (run.task_key != key || !owes_stop(run.state)) continue;
        may = run.plan.provider->traits.token_names_run && checks_.knows_its_run(id);
    }
    if (!may) return;
    stage_.figures.count("a stranger's start");
    vendor_.start_by_stranger(key);
}

void RandomWorld::operate() {
    if (!config_) return;
    stage_.figures.count("an operator's command");
    Command command = draw_command();
    if (const auto* stop = std::get_if<StopRun>(&command.body)) stage_.say([&] { return "stop " + brief(stop->run); });
    if (const auto* hold = std::get_if<SetHold>(&command.body))
        stage_.say([&] { return "hold '" + hold->hold.scope + (hold->hold.engaged ? "' engaged" : "' released"); });
    deliver(std::move(command));
}

Command RandomWorld::draw_command() {
    Command command;
    command.id = static_cast<CommandId>(stage_.figures.steps);
    command.actor = "operator";
    std::vector<RunId> live{store_.live.begin(), store_.live.end()};
    const RunId some = live.empty() ? "" : chance_.one_of(live);
    const std::string job = scenario_.some_job();
    const Duration quiet = span(3min, 5h);
    switch (chance_.below(7)) {
        case 0: {
            StartJob start{job, std::nullopt, ""};
            if (chance_.one_in(2)) start.run_for = span(4min, 2h);
            if (chance_.one_in(3)) start.request_key = "key-" + std::to_string(generation_);
            command.body = start;
            break;
        }
        case 1: command.body = StopRun{some, "enough"}; break;
        case 2: command.body = PauseRun{some}; break;
        case 3: command.body = ResumeRun{some}; break;
        case 4: {
            if (!chance_.one_in(6) || some.empty() || !owes_stop(store_.runs.at(some).state)) {
                command.body = StopRun{"no-such-run", ""};
                break;
            }
            command.body = DischargeRun{some, "mine now"};
            checks_.operator_takes_over(some);  // whoever discharges a run looks after its task
            if (vendor_.is_active(some, store_.runs.at(some).task_key))
                vendor_.end_by_hand(store_.runs.at(some).task_key);
            break;
        }
        case 5: {
            HoldRow hold;
            hold.scope = chance_.one_in(3) ? "" : chance_.one_in(2) ? "job:" + job : "provider:chaos";
            hold.engaged = !chance_.one_in(3);
            if (!chance_.one_in(4)) hold.until = stage_.clocks.now().wall + quiet;
            hold.reason = "quiet";
            command.body = SetHold{hold};
            break;
        }
        default: {
            SetDisabled disable{job, !chance_.one_in(3), std::nullopt, "quiet"};
            if (!chance_.one_in(4)) disable.until = stage_.clocks.now().wall + quiet;
            command.body = disable;
        }
    }
    return command;
}

void RandomWorld::heal() {
    stage_.say([] { return "=== the faults heal"; });
    checks_.health_returns();
    bad_key_until_.clear();
    vendor_.down_until.clear();
    vendor_.throttles_until.clear();
    for (auto& [key, task] : vendor_.tasks) {
        task.ignores_stops_until = task.unlisted_until = {};
        task.lag = {};
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
    scenario_.let_go();
    reload();
    auto empty = std::make_shared<Config>(*scenario_.config());
    empty->jobs.clear();
    load(empty);
}

}  // namespace taktd::sim
