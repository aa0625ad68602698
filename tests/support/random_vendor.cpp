// The vendor model: see the header; what a request does to a task, and what a look at it shows.
#include "tests/support/random_vendor.hpp"

namespace taktd::test {

using namespace std::chrono_literals;

void RandomVendor::set(const std::string& key, RemoteState state, TrueTime t) {
    Task& task = tasks[key];
    task.state = state;
    ++task.epoch;
    if (activity_of(state) != Activity::active) task.owner.clear();
    task.history.push_back({t, state, task.token});
    trace("    vendor: " + key.substr(key.size() - 1) + " is " + std::string{name_of(state)} + " token " +
          std::to_string(task.token));
}

bool RandomVendor::is_active(const std::string& task_key, const std::string& owner) const {
    const auto found = tasks.find(task_key);
    return found != tasks.end() && activity_of(found->second.state) == Activity::active && found->second.owner == owner;
}

void RandomVendor::begin(const std::string& key, const std::string& owner, const ProviderSpec& provider, TrueTime t,
                         int promised) {
    if (owner != "stranger") on_running(owner);
    Task& task = tasks[key];
    task.owner = owner;
    task.token = promised != 0 ? promised : ++tokens_;
    const bool waits = provider.traits.token_names_run && chance_.one_in(2);
    set(key, waits ? RemoteState::waiting : RemoteState::running, t);
    const auto at = [&](TrueTime when, RemoteState state) {
        later(when, [this, key, when, state, token = task.token] {
            const Task& now = tasks[key];
            const bool lives = now.token == token && activity_of(now.state) == Activity::active &&
                               now.state != RemoteState::stopping && now.state != RemoteState::paused;
            if (lives) set(key, state, when);
        });
    };
    if (waits) at(t + chance_.between(1s, 8s), RemoteState::running);
    const RemoteState ends[] = {RemoteState::ended, RemoteState::ended, RemoteState::failed};
    if (chance_.one_in(4) || owner == "stranger")
        at(t + chance_.between(owner == "stranger" ? 130s : 5s, 200s), ends[chance_.below(3)]);
}

Outcome RandomVendor::start(const std::string& key, const CallSpec& spec, const std::string& owner, TrueTime t) {
    const Task& task = tasks[key];
    if (activity_of(task.state) == Activity::active) return Outcome::conflict;
    on_start_effect(owner);
    if (!chance_.one_in(4)) {
        begin(key, owner, *spec.provider, t);
    } else {  // accepted now, active later: until then the task shows what it was
        const int epoch = task.epoch;
        const TrueTime when = t + chance_.between(100ms, spec.provider->settle / 4);
        promised_ = chance_.one_in(2) ? ++tokens_ : 0;
        later(when, [this, key, owner, when, epoch, provider = spec.provider, promised = promised_] {
            if (tasks[key].epoch != epoch) return;
            begin(key, owner, *provider, when, promised);
        });
    }
    return Outcome::accepted;
}

Outcome RandomVendor::stop(const std::string& key, TrueTime t, const CallSpec& spec) {
    const Task& task = tasks[key];
    if (activity_of(task.state) != Activity::active) {
        return spec.provider->traits.token_names_run ? Outcome::accepted : Outcome::conflict;
    }
    if (t < task.ignores_stops_until || task.state == RemoteState::stopping) return Outcome::accepted;
    if (chance_.one_in(2)) {
        set(key, RemoteState::stopped, t);
        return Outcome::accepted;
    }
    set(key, RemoteState::stopping, t);
    const TrueTime when = t + chance_.between(500ms, 8s);
    later(when, [this, key, when, epoch = tasks[key].epoch] {
        if (tasks[key].epoch == epoch) set(key, RemoteState::stopped, when);
    });
    return Outcome::accepted;
}

void RandomVendor::stranger(const std::string& task_key, TrueTime t) {
    if (activity_of(tasks[task_key].state) == Activity::active) return;
    trace("    a stranger starts the task");
    begin(task_key, "stranger", ProviderSpec{}, t);
}

void RandomVendor::end_by_hand(const std::string& task_key, TrueTime t) {
    set(task_key, RemoteState::stopped, t);  // also ends what was about to start
}

Observation RandomVendor::look(const Task& task, const CallSpec& spec, TrueTime t) {
    Observation seen{RemoteState::idle, std::nullopt};
    for (const auto& then : task.history) {
        if (then.from > t - task.lag) break;
        seen.remote = then.state;
        seen.token = then.token == 0 ? std::nullopt : std::optional{std::to_string(then.token)};
    }
    if (spec.batched) seen.token.reset();
    if (faulty &&
        chance_.one_in(25)) {  // an answer may leave the token out, and CPTS's `ended` without one reads as idle
        seen.token.reset();
        if (spec.provider->traits.token_names_run && seen.remote == RemoteState::ended) seen.remote = RemoteState::idle;
    }
    if (faulty && chance_.one_in(25)) seen.remote = RemoteState::unknown;
    return seen;
}

void RandomVendor::take_effect(const CallSpec& spec, const std::string& owner, TrueTime t) {
    const std::string key = task_key_of(*spec.provider, spec.task_ids.front());
    if (spec.action == Action::start) start(key, spec, owner, t);
    if (spec.action == Action::stop) stop(key, t, spec);
}

CallResult RandomVendor::handle(const CallSpec& spec, const std::string& owner, TrueTime t) {
    CallResult result;
    result.http_status = 200;
    result.outcome = Outcome::accepted;
    for (const auto& id : spec.task_ids) {
        const std::string key = task_key_of(*spec.provider, id);
        Task& task = tasks[key];
        switch (spec.action) {
            case Action::start:
                result.outcome = start(key, spec, owner, t);
                if (result.outcome == Outcome::accepted && spec.provider->traits.token_names_run) {
                    const int token = task.owner == owner ? task.token : promised_;
                    if (token != 0) result.vendor_run_id = std::to_string(token);
                }
                break;
            case Action::stop: result.outcome = stop(key, t, spec); break;
            case Action::pause:
            case Action::resume: {
                const bool pauses = spec.action == Action::pause;
                if (task.state == (pauses ? RemoteState::running : RemoteState::paused)) {
                    set(key, pauses ? RemoteState::paused : RemoteState::running, t);
                } else {
                    result.outcome = Outcome::conflict;
                }
                break;
            }
            default:
                if (spec.batched && faulty && chance_.one_in(10)) break;  // missing from the list
                result.observations[id] = look(task, spec, t);
        }
    }
    return result;
}

}  // namespace taktd::test
