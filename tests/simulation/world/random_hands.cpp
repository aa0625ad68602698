// SPDX-License-Identifier: Apache-2.0
// What people do meanwhile in a random world: operators of taktd, and strangers at the vendor's console.
#include <algorithm>

#include "tests/simulation/world/random_world.hpp"

namespace taktd::sim {

using namespace std::chrono_literals;

// --- at the vendor's console

// Mostly one that jobs name: what was made from a template for one run is of no interest any more once that has ended.
std::optional<std::string> RandomWorld::some_task() {
    std::vector<std::string> lasting, all;
    for (const auto& [key, task] : vendor_.tasks) {
        all.push_back(key);
        if (task.title.empty() || vendor_.active_on(key) != nullptr) lasting.push_back(key);
    }
    if (all.empty()) return std::nullopt;
    return chance_.one_of(lasting.empty() || chance_.one_in(8) ? all : lasting);
}

void RandomWorld::disturb_tasks() {
    if (chance_.one_in(3)) {
        if (const auto key = some_task()) start_foreign(*key, kNobody, Fault::started_by_hand);
        return;
    }
    if (chance_.one_in(6)) {
        const auto key = some_task();
        if (!key || !vendor_.tasks.at(*key).latest) return;
        stage_.figures.count(Fault::history_gone);
        vendor_.tasks.at(*key).forgotten = vendor_.tasks.at(*key).latest;
        return;
    }
    std::vector<std::string> ours;
    for (const auto* effect : vendor_.all_active()) {
        if (effect->owner != kStranger) ours.push_back(effect->task_key);
    }
    if (ours.empty()) return;
    const std::string& key = chance_.one_of(ours);
    switch (chance_.below(3)) {
        case 0: return by_hand(key, Action::stop, Fault::ended_by_hand);
        case 1: return by_hand(key, Action::pause, Fault::paused_by_hand);
        default: return by_hand(key, Action::resume, Fault::resumed_by_hand);
    }
}

void RandomWorld::by_hand(const std::string& task_key, Action action, Fault fault) {
    if (vendor_.by_hand(task_key, action)) stage_.figures.count(fault);
}

// Something that is not ours starts on a task of ours: between runs, or in place of the run `ended`, which has ended
// and may not know it yet; of another one that owes a stop the own run must be known. Nobody can tell apart a stranger
// who comes between the last look and a start whose answer is lost.
void RandomWorld::start_foreign(const std::string& key, const RunId& ended, Fault fault) {
    if (scenario_.is_blind() || !store_.pending.empty() || vendor_.active_on(key) != nullptr) return;
    bool may = stage_.clocks.t >= asked_[key] + 70s;
    for (const auto& id : store_.live) {
        const RunRow& run = store_.runs.at(id);
        if (run.task_key != key || !owes_stop(run.state)) continue;
        may = id == ended || (run.plan.provider->traits.token_names_run && checks_.knows_its_run(id));
    }
    if (!may) return;
    stage_.figures.count(fault);
    vendor_.start_by_stranger(key);
}

// What the run that is about to start there will do of itself, seen from its `begins`.
void RandomWorld::draw_moods(const SimVendor::Task& task, const TwinTask& drawn) {
    const std::string key = task_key_of(*task.provider, task.id);
    const std::size_t index = vendor_.effects().size();  // of the effect that this start has, if it is accepted
    const auto later = [&](TrueTime at, auto what) {
        stage_.later(at, [this, key, index, what = std::move(what)] {
            const SimVendor::Task& now = vendor_.tasks.at(key);
            if (!stage_.healed && now.latest == index) what(key);
        });
    };
    const TrueTime begins = stage_.clocks.t + drawn.waits_for;
    if (chance_.one_in(8)) {
        const TrueTime pauses = begins + span(60s, 1h);
        later(pauses, [this](const std::string& k) { by_hand(k, Action::pause, Fault::pauses_itself); });
        const TrueTime resumes = pauses + span(2min, 2h);
        if (chance_.one_in(2)) later(resumes, [this](const std::string& k) { vendor_.by_hand(k, Action::resume); });
    }
    if (!drawn.ends_itself_after || !chance_.one_in(2)) return;
    // What then runs is nobody's: ours has ended before.
    later(begins + *drawn.ends_itself_after + span(20s, 5min), [this, index](const std::string& k) {
        start_foreign(k, vendor_.effects()[index].owner, Fault::restarts_itself);
    });
}

// --- operators

void RandomWorld::operate() {
    if (!config_ || !is_awake()) return;
    Command command;
    command.id = static_cast<CommandId>(stage_.figures.steps);
    command.actor = "operator";
    stage_.figures.count(draw_order(command));
    // Whoever resumes a run may think better of it while that is still on its way.
    const auto* resumed = std::get_if<ResumeRun>(&command.body);
    if (resumed != nullptr && chance_.one_in(2)) {
        later_in_process(stage_.clocks.t + chance_.between(0s, 20s), [this, id = resumed->run] {
            if (!is_awake()) return;
            stage_.figures.count(Fault::order_stop);
            deliver(Command{static_cast<CommandId>(stage_.figures.steps), "operator", StopRun{id, "better not"}});
        });
    }
    deliver(std::move(command));
}

// A live run in one of these states, if there is one.
std::optional<RunId> RandomWorld::some_run(std::initializer_list<RunState> states) {
    std::vector<RunId> found;
    for (const auto& id : store_.live) {
        if (std::ranges::find(states, store_.runs.at(id).state) != states.end()) found.push_back(id);
    }
    return found.empty() ? std::nullopt : std::optional{chance_.one_of(found)};
}

std::optional<WallTime> RandomWorld::some_end() {
    if (chance_.one_in(4)) return std::nullopt;
    return stage_.clocks.now().wall + span(3min, 5h);
}

Conclusion RandomWorld::some_conclusion() { return chance_.one_in(2) ? Conclusion{true, "as we hoped"} : Conclusion{}; }

// Mostly about what there is: a command for nothing tells little.
Fault RandomWorld::draw_order(Command& command) {
    const std::string job = some_job();
    const auto scope = [&] { return chance_.one_in(3) ? "" : chance_.one_in(2) ? "job:" + job : "provider:chaos"; };
    switch (chance_.below(12)) {
        case 0:
            if (const auto run =
                    some_run({RunState::unconfirmed, RunState::running, RunState::paused, RunState::stopping})) {
                command.body = StopRun{*run, "enough", some_conclusion()};
                return Fault::order_stop;
            }
            break;
        case 1:
            if (const auto run = some_run({RunState::due, RunState::starting})) {
                command.body = StopRun{*run, "not now"};
                return Fault::order_withdraw;
            }
            break;
        case 2:
        case 3:
        case 4:
            // What is paused is mostly resumed, at times just before its end.
            if (const auto run = some_run({RunState::paused}); run && !chance_.one_in(4)) {
                command.body = ResumeRun{*run};
                return Fault::order_resume;
            }
            if (const auto run = some_run({RunState::running})) {
                command.body = PauseRun{*run};
                return Fault::order_pause;
            }
            break;
        case 5: {
            if (!chance_.one_in(4)) break;
            const auto run = some_run(
                {RunState::starting, RunState::unconfirmed, RunState::running, RunState::paused, RunState::stopping});
            if (!run) break;
            command.body = DischargeRun{*run, "mine now"};
            checks_.operator_takes_over(*run);  // whoever discharges a run looks after its task
            const std::string& key = store_.runs.at(*run).task_key;
            if (vendor_.is_active(*run, key)) vendor_.by_hand(key, Action::stop);
            return Fault::order_discharge;
        }
        case 6: {
            HoldRow hold;
            hold.scope = scope();
            hold.until = some_end();
            hold.reason = "quiet";
            const bool is_stop = chance_.one_in(3);
            command.body = SetHold{hold, is_stop};
            return is_stop ? Fault::order_hold_and_stop : Fault::order_hold;
        }
        case 7: {
            if (store_.holds.empty()) break;
            HoldRow hold = store_.holds.begin()->second;
            hold.engaged = false;
            command.body = SetHold{hold};
            return Fault::order_release;
        }
        case 8: command.body = SetDisabled{job, true, some_end(), "quiet"}; return Fault::order_disable;
        case 9:
            for (const auto& [name, state] : store_.jobs) {
                if (!state.disabled || !config_->jobs.contains(name)) continue;
                command.body = SetDisabled{name, false, std::nullopt, ""};
                return Fault::order_enable;
            }
            break;
        case 10:
            if (!chance_.one_in(3)) break;
            command.body = StopMany{scope(), "all of them", some_conclusion()};
            return Fault::order_stop_many;
        default: break;
    }
    return draw_start(command, job);
}

Fault RandomWorld::draw_start(Command& command, const std::string& job) {
    if (chance_.one_in(6)) {
        command.body = StopRun{kNoSuchRun, ""};
        return Fault::order_for_nothing;
    }
    if (!used_keys_.empty() && chance_.one_in(3)) {
        const auto& [of, key] = chance_.one_of(used_keys_);
        command.body = StartJob{of, std::nullopt, key};
        return Fault::order_start_again;
    }
    StartJob start{job, std::nullopt, ""};
    if (chance_.one_in(2)) start.run_for = span(4min, 2h);
    if (chance_.one_in(2)) {
        start.request_key = "key-" + std::to_string(command.id);
        used_keys_.emplace_back(job, start.request_key);
    }
    command.body = start;
    return Fault::order_start;
}

// Of the config in force; now and then one that it does not have.
std::string RandomWorld::some_job() {
    std::vector<std::string> names;
    for (const auto& [name, job] : config_->jobs) names.push_back(name);
    return names.empty() || chance_.one_in(12) ? "no-such-job" : chance_.one_of(names);
}

}  // namespace taktd::sim
