// Calls: an intent is written, released once it is durable, or withdrawn while nothing has left this process (R1).
#include <algorithm>
#include <utility>

#include "daemon/core/engine/state.hpp"

namespace taktd {

CallSpec spec_of(const ProviderPtr& provider, Action action, const TaskSpec& task) {
    CallSpec spec;
    spec.action = action;
    spec.provider = provider;
    spec.task_ids = {task.task_id};
    spec.parameters_json = task.start_json;
    return spec;
}

Placeholders start_placeholders(const RunRow& row) {
    return {{"run", row.id}, {"job", row.job}, {"provider", row.provider}, {"task_id", row.plan.task.task_id}};
}

PendingCall& Engine::State::make_call(CallSpec spec, CallClass call_class) {
    const CallId id = uuids.next(now.wall);
    PendingCall& call = calls[id];
    call.row.id = id;
    call.row.provider = spec.provider->name;
    call.row.account = spec.provider->account;
    call.row.action = spec.action;
    call.row.intent = now.wall;
    call.row.boot_id = boot_id;
    call.call_class = call_class;
    call.account = spec.provider->account;
    call.row.spec = std::make_shared<const CallSpec>(std::move(spec));
    return call;
}

void Engine::State::write_intent(PendingCall& call) {
    rows.emplace_back(call.row);
    intents.push_back(call.row.id);
}

// From now on it waits for its permit only.
void Engine::State::make_ready(PendingCall& call) {
    call.ready = true;
    if (call.released) return;  // a stop that could not wait for its commit
    Account& account = accounts.at(call.account);
    if (call.row.action == Action::start) account.starts_admitted.ready.emplace(call.due, call.row.id);
    if (call.call_class == CallClass::stop) {
        AdmittedCalls& stops = call.foreign_stop ? account.foreign_stops : account.stops_admitted;
        stops.ready.emplace(call.due, call.row.id);
    }
    dirty_accounts.insert(account.name);
}

void Engine::State::admit_start(LiveRun& run, Account& account) {
    RunRow& row = run.row;
    row.provider = run.job->provider->name;
    row.plan = plan_of(*run.job, row);
    // Never longer than the window, wherever the wall clock stands by now.
    row.stop_due_boot = now.boot + (row.stop_due - std::max(now.wall, row.start_due));
    row.max_end_boot = now.boot + (row.max_end - std::max(now.wall, row.start_due));
    row.boot_id = boot_id;
    row.seen_active = false;
    row.vendor_run_id.clear();
    row.baseline.reset();
    if (run.job->provider->baseline) {
        Look& look = looks.at(row.task_key);
        row.baseline = look.seen;
        if (look.row) {  // the query that the start is based on becomes part of the run's story
            look.row->linked.push_back(row.id);
            rows.emplace_back(*look.row);
        }
    }
    move(run, RunState::starting, Reason::none);
    CallSpec spec = spec_of(row.plan.provider, Action::start, row.plan.task);
    spec.placeholders = start_placeholders(row);
    PendingCall& call = make_call(std::move(spec), CallClass::start);
    call.run = row.id;
    call.row.run = row.id;
    call.row.attempt = ++run.start_attempts;
    call.is_resign = std::exchange(run.resign_start, false);
    run.start_call = call.row.id;
    call.due = row.start_due;
    account.starts_admitted.all.emplace(call.due, call.row.id);
    write_intent(call);
    plan_run(run);
}

CallId Engine::State::admit_stop(LiveRun& run, Account& account) {
    const RunRow& row = run.row;
    const bool on_schedule = row.reason == Reason::schedule;
    const Action action = run.healing ? Action::heal : Action::stop;
    CallSpec spec = spec_of(row.plan.provider, action, row.plan.task);
    spec.parameters_json = on_schedule ? row.plan.task.stop_json : row.plan.task.on_abort_json;
    const auto elapsed = std::chrono::floor<std::chrono::seconds>(now.wall - row.start_due);
    spec.placeholders = {{"run", row.id},
                         {"job", row.job},
                         {"provider", row.provider},
                         {"task_id", row.plan.task.task_id},
                         {"started", to_rfc3339(row.start_due)},
                         {"elapsed", to_text(elapsed)},
                         {"cause", std::string{name_of(row.reason)}},
                         {"actor", run.stop_cause ? run.stop_cause->actor : "taktd"},
                         {"reason", run.stop_cause ? run.stop_cause->text : ""}};
    PendingCall& call = make_call(std::move(spec), CallClass::stop);
    call.run = row.id;
    call.row.run = row.id;
    call.row.attempt = run.healing ? run.healing->failures + 1 : ++run.stop_attempts;
    call.is_resign = std::exchange(run.resign_stop, false);
    run.stop_call = call.row.id;
    call.due = row.stop_due;
    account.stops_admitted.all.emplace(call.due, call.row.id);
    write_intent(call);
    // A stop waits at most this long for its commit and then goes out all the same (R1).
    commits_boot.set(call.row.id, now.boot + kStopCommitWait);
    plan_run(run);
    return call.row.id;
}

void Engine::State::release(PendingCall& call) {
    Account& account = accounts.at(call.account);
    account.limiter.charge(now.boot);
    if (call.call_class != CallClass::stop) ++account.in_flight;
    commits_boot.set(call.row.id, std::nullopt);
    call.released = true;
    call.asked = now.wall;
    call.asked_boot = now.boot;
    call.skew = account.skew;
    if (call.row.action == Action::query) call.row.intent = now.wall;
    if (call.row.action == Action::stop && call.run) {
        if (LiveRun* run = find_live(*call.run)) run->last_stop_sent = now.boot;
    }
    effects.sends.push_back(
        {call.row.id, call.row.spec, call.call_class, call.row.spec->provider->timeout, account.skew});
}

// Between the intent and its release the world may have changed; nothing has left this process yet.
std::optional<Reason> Engine::State::objection_to_release(const LiveRun& run) const {
    const StartVerdict verdict = decide_start(start_facts(run));
    if (verdict.kind == StartVerdict::Kind::skip) return verdict.reason;
    if (end_due(run)) return Reason::misfire;
    return std::nullopt;
}

// The intent of a start is taken back: nothing left this process, so nothing is owed.
void Engine::State::withdraw_start(LiveRun& run, Reason reason, const std::string& actor, const std::string& note) {
    const CallId id = *run.start_call;
    run.start_call.reset();
    account_of(*run.row.plan.provider).starts_admitted.erase({run.row.start_due, id});
    withdraw_call(id);
    if (reason == Reason::operator_request) return move(run, RunState::cancelled, reason, actor, note);
    if (reason == Reason::none || run.refused_before)
        move(run, RunState::due, Reason::none, actor, "the start was withdrawn before it was sent");
    if (reason != Reason::none) give_up_start(run, reason, actor, note);
}

void Engine::State::withdraw_unreleased_starts() {
    for (auto& [name, account] : accounts) {
        const auto admitted = account.starts_admitted.all;
        for (const auto& [due, id] : admitted) {
            LiveRun& run = runs.at(*calls.at(id).run);
            withdraw_start(run, Reason::none);
            plan_run(run);
            runs_boot.set(run.row.id, now.boot + std::chrono::seconds{1});
        }
    }
}

void Engine::State::withdraw_call(const CallId& id) {
    const auto found = calls.find(id);
    CallRow row = std::move(found->second.row);
    CallResult result;
    result.outcome = Outcome::not_sent;
    result.vendor_message = "withdrawn before it was sent";
    result.ended = now.wall;
    result.ended_boot = now.boot;
    row.result = std::move(result);
    rows.emplace_back(std::move(row));
    commits_boot.set(id, std::nullopt);
    calls.erase(found);
}

// A run that has ended waits for nothing any more. Calls in flight stay: their answers still belong on their rows.
void Engine::State::forget_queued(LiveRun& run) {
    const RunId& id = run.row.id;
    Account& account = account_of(*run.row.plan.provider);
    account.stops_wanted.erase({run.row.stop_due, id});
    account.starts_wanted.erase({run.row.start_due, id});
    account.tasks_wanted.erase({run.row.start_due, id});
    if (run.job) {
        Account& of_job = account_of(*run.job->provider);
        of_job.starts_wanted.erase({run.row.start_due, id});
        of_job.tasks_wanted.erase({run.row.start_due, id});
    }
    forget_queued_query(run);
    if (run.stop_call && !calls.at(*run.stop_call).released) {
        account.stops_admitted.erase({run.row.stop_due, *run.stop_call});
        withdraw_call(*run.stop_call);
        run.stop_call.reset();
    }
    forget_pause(run);
}

void Engine::State::forget_pause(LiveRun& run) {
    if (!run.pause_call || calls.at(*run.pause_call).released) return;
    std::erase(account_of(*run.row.plan.provider).pauses_admitted, *run.pause_call);
    withdraw_call(*run.pause_call);
    run.pause_call.reset();
}

void Engine::State::forget_queued_query(LiveRun& run) {
    if (!run.queued_query) return;
    Account& account = account_of(*run.row.plan.provider);
    account.heal_looks_wanted.erase({run.row.stop_due, run.row.id});
    account.settles_wanted.erase({*run.queued_query, run.row.id});
    account.polls_wanted.erase({*run.queued_query, run.row.id});
    run.queued_query.reset();
}

void Engine::State::query_run(LiveRun& run, CallClass call_class) {
    forget_queued_query(run);
    run.next_query.reset();
    run.ask_alone = false;
    note_close_look(run);
    PendingCall& call = make_call(spec_of(run.row.plan.provider, Action::query, run.row.plan.task), call_class);
    call.run = run.row.id;
    call.row.run = run.row.id;
    call.is_resign = std::exchange(run.resign_query, false);
    run.query = call.row.id;
    release(call);
    plan_run(run);
}

// A list shows no token, and whoever knows his own is sure of his end: a few looks at the task itself, as soon as they
// can tell it from the runs before.
bool Engine::State::wants_name(const LiveRun& run) const {
    if (!run.row.vendor_run_id.empty() || run.naming_looks >= kNamingLooksMax) return false;
    return has_task_of_its_own(run.row) || now.boot >= run.start_ended + run.row.plan.provider->settle;
}

// One cheap list call for many tasks; those due soon come along, so that polls of one provider fall into step.
void Engine::State::poll_batch(LiveRun& first, Account& account) {
    const ProviderSpec& provider = *first.row.plan.provider;
    const auto batch_max = static_cast<std::size_t>(std::max(provider.traits.query_batch_max, 1));
    if (batch_max == 1 || asks_alone(first)) {
        ++first.naming_looks;
        query_run(first, CallClass::poll);
        return;
    }
    const BootTime until = now.boot + provider.poll_interval / 2;
    std::vector<std::pair<BootTime, RunId>> due;
    CallSpec spec;
    spec.action = Action::query;
    spec.provider = first.row.plan.provider;
    spec.batched = true;
    for (const auto& id : account.runs) {
        LiveRun& run = runs.at(id);
        const bool is_routine = run.row.state == RunState::running || run.row.state == RunState::paused;
        const auto when = run.queued_query ? run.queued_query : run.next_query;
        if (!is_routine || run.query || asks_alone(run) || !when || *when > until) continue;
        if (run.row.plan.provider->name == provider.name) due.emplace_back(*when, id);
    }
    // Those that have waited longest; with more of them than one call takes, the others would never be asked for.
    const std::size_t size = std::min(due.size(), batch_max);
    std::partial_sort(due.begin(), due.begin() + static_cast<std::ptrdiff_t>(size), due.end());
    std::vector<RunId> batch;
    for (std::size_t i = 0; i < size; ++i) {
        spec.task_ids.push_back(runs.at(due[i].second).row.plan.task.task_id);
        batch.push_back(std::move(due[i].second));
    }
    PendingCall& call = make_call(std::move(spec), CallClass::poll);
    call.row.linked = batch;
    for (const auto& id : batch) {
        LiveRun& run = runs.at(id);
        forget_queued_query(run);
        run.next_query.reset();
        if (std::exchange(run.resign_query, false)) call.is_resign = true;
        run.query = call.row.id;
        plan_run(run);
    }
    call.batch = std::move(batch);
    release(call);
}

void Engine::State::ask_look(const std::string& task_key) {
    const auto found = looks.find(task_key);
    if (found == looks.end()) return;
    Look& look = found->second;
    PendingCall& call = make_call(spec_of(look.provider, Action::query, look.task), CallClass::settle);
    call.look = task_key;
    call.is_resign = std::exchange(look.resign, false);
    look.query = call.row.id;
    look.next_ask.reset();
    release(call);
}

}  // namespace taktd
