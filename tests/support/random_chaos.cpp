// What goes wrong on purpose in the random world, and what operators and editors of the config do meanwhile.
#include <algorithm>

#include "tests/support/random_world.hpp"

namespace taktd::test {

using namespace std::chrono_literals;

void RandomWorld::mutate_config() {
    static constexpr int kPeriods[] = {1, 2, 3, 5, 7};
    const auto job_of = [this](const std::string& name) {
        Job job;
        job.name = name;
        job.provider = providers_[static_cast<std::size_t>(chance_.below(static_cast<int>(providers_.size())))];
        job.task.task_id = std::to_string(1 + chance_.below(4));
        const auto period = std::chrono::minutes{kPeriods[chance_.below(5)]};
        job.schedule.rules.emplace_back(
            EveryRule{period, LocalTime{}, WallTime{} + chance_.between(0s, period) / 1s * 1s, Zone::utc()});
        job.stop = StopAfter{chance_.between(20s, period * 2) / 1s * 1s};
        if (chance_.one_in(3)) job.max_duration = chance_.between(20s, 3min);
        if (chance_.one_in(3)) job.start_grace = chance_.between(1s, 90s);
        if (chance_.one_in(2)) job.min_window = 5s;
        if (chance_.one_in(3)) job.misfire = Misfire::run_late;
        if (chance_.one_in(3)) job.on_removal = OnRemoval::finish;
        job.retry.attempts = 1 + chance_.below(5);
        job.enabled = !chance_.one_in(10);
        return job;
    };
    if (jobs_.empty()) {
        for (int i = 0; i < 5; ++i) jobs_.push_back(job_of("job-" + std::to_string(i)));
        return;
    }
    const auto which = static_cast<std::size_t>(chance_.below(static_cast<int>(jobs_.size())));
    switch (chance_.below(4)) {
        case 0:
            if (jobs_.size() > 2) jobs_.erase(jobs_.begin() + static_cast<std::ptrdiff_t>(which));
            break;
        case 1: {
            const std::string name = "job-" + std::to_string(chance_.below(7));
            if (!std::ranges::any_of(jobs_, [&](const Job& job) { return job.name == name; }))
                jobs_.push_back(job_of(name));
            break;
        }
        case 2: jobs_[which] = job_of(jobs_[which].name); break;
        default: {  // the same schedule, elsewhere
            Job job = job_of(jobs_[which].name);
            job.schedule = jobs_[which].schedule;
            jobs_[which] = job;
        }
    }
}

void RandomWorld::disturb() {
    if (healed_) return;
    later(t_ + chance_.between(1s, 40s), [this] { disturb(); });
    if (!engine_) return;
    switch (chance_.below(16)) {
        case 0:
        case 1: crash(); break;
        case 2: stop_cleanly(); break;
        case 3:
            if (chance_.one_in(3)) store_goes_down();
            break;
        case 4:
            if (chance_.one_in(2)) step_wall(chance_.one_in(3) ? chance_.between(-3h, 4h) : chance_.between(-90s, 90s));
            break;
        case 5: {
            if (!chance_.one_in(4)) break;
            const auto& provider =
                providers_[static_cast<std::size_t>(chance_.below(static_cast<int>(providers_.size())))];
            say("unauthorized for a while: " + provider->account);
            vendor_.unauthorized[provider->account] = t_ + chance_.between(1s, 4min);
            break;
        }
        case 6:
        case 7:
            if (!configured_) break;
            mutate_config();
            load_config();
            break;
        case 8:
        case 9: {
            if (vendor_.tasks.empty()) break;
            auto task = vendor_.tasks.begin();
            std::advance(task, chance_.below(static_cast<int>(vendor_.tasks.size())));
            if (chance_.one_in(2)) {
                task->second.ignores_stops_until = t_ + chance_.between(10s, 5min);
            } else {
                task->second.lag = chance_.between(0s, 3s);
            }
            break;
        }
        case 10: {  // a stranger comes between runs only
            if (vendor_.tasks.empty()) break;
            auto task = vendor_.tasks.begin();
            std::advance(task, chance_.below(static_cast<int>(vendor_.tasks.size())));
            // Nobody can tell apart a stranger who comes between the last look and a start whose answer is lost.
            const bool blind =
                std::ranges::any_of(providers_, [](const auto& provider) { return !provider->baseline; }) ||
                t_ < asked_[task->first] + 70s;
            const bool ours = blind || !pending_.empty() || std::ranges::any_of(runs_, [&](const auto& entry) {
                                  return entry.second.task_key == task->first && owes_stop(entry.second.state);
                              });
            if (!ours) vendor_.stranger(task->first, t_);
            break;
        }
        case 11: slow_store_ = !slow_store_; break;
        default: operate();
    }
}

void RandomWorld::operate() {
    Command command;
    command.id = agenda_seq_;
    command.actor = "operator";
    std::vector<RunId> live;
    for (const auto& [id, run] : runs_) {
        if (!is_terminal(run.state)) live.push_back(id);
    }
    const RunId some = live.empty() ? "" : live[static_cast<std::size_t>(chance_.below(static_cast<int>(live.size())))];
    const std::string job = "job-" + std::to_string(chance_.below(6));
    switch (chance_.below(7)) {
        case 0: {
            StartJob start{job, std::nullopt, ""};
            if (chance_.one_in(2)) start.run_for = chance_.between(10s, 4min);
            if (chance_.one_in(3)) start.request_key = "key-" + std::to_string(generation_);
            command.body = start;
            break;
        }
        case 1: command.body = StopRun{some, "enough"}; break;
        case 2: command.body = PauseRun{some}; break;
        case 3: command.body = ResumeRun{some}; break;
        case 4: {
            if (!chance_.one_in(6) || some.empty() || !owes_stop(runs_[some].state)) return;
            command.body = DischargeRun{some, "mine now"};
            truth_[some].discharged = true;  // whoever discharges a run looks after its task
            const std::string key = runs_[some].task_key;
            if (vendor_.is_active(key, some) || !vendor_.tasks[key].history.empty()) vendor_.end_by_hand(key, t_);
            break;
        }
        case 5: {
            HoldRow hold;
            hold.scope = chance_.one_in(3) ? "" : chance_.one_in(2) ? "job:" + job : "provider:cfg";
            hold.engaged = !chance_.one_in(3);
            if (!chance_.one_in(4)) hold.until = now().wall + chance_.between(1s, 3min);
            hold.reason = "quiet";
            command.body = SetHold{hold};
            break;
        }
        default: {
            SetDisabled disable{job, !chance_.one_in(3), std::nullopt, "quiet"};
            if (!chance_.one_in(4)) disable.until = now().wall + chance_.between(1s, 3min);
            command.body = disable;
        }
    }
    if (std::get_if<StopRun>(&command.body) != nullptr) say("stop " + some);
    if (const auto* hold = std::get_if<SetHold>(&command.body))
        say("hold '" + hold->hold.scope + "' " + (hold->hold.engaged ? "engaged" : "released"));
    deliver(command);
}

void RandomWorld::heal() {
    say("=== the faults heal");
    healed_ = true;
    healed_at_ = t_;
    vendor_.faulty = false;
    vendor_.unauthorized.clear();
    for (auto& [key, task] : vendor_.tasks) {
        task.ignores_stops_until = {};
        task.lag = {};
    }
    if (store_down_) store_comes_up();
    if (!engine_) {
        later(t_ + 10s, [this] {
            if (!engine_) boot_process(false);
        });
    } else if (!configured_) {
        load_config();
    }
    if (wall_off_ != Duration::zero()) step_wall(-wall_off_);
    for (const auto& scope : {std::string{}, std::string{"provider:cfg"}}) {
        HoldRow hold;
        hold.scope = scope;
        hold.engaged = false;
        deliver(Command{1, "operator", SetHold{hold}});
    }
}
}  // namespace taktd::test
