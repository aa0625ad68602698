// Accounts: what may be sent now. An account is pumped whenever something about it changed; it releases what its
// limiter permits, in order of class (R7), and writes the intents of what will be permitted soon, so that their commit
// costs no waiting (R1).
#include <algorithm>

#include "daemon/core/engine_state.hpp"

namespace taktd {

Account& Engine::State::account_of(const ProviderSpec& provider) {
    const auto found = accounts.find(provider.account);
    if (found != accounts.end()) return found->second;
    Account account{provider};
    if (!buckets_full) {
        account.limiter.empty(now.boot);
    } else if (const auto debt = stored_debts.find(provider.account); debt != stored_debts.end()) {
        const bool same_boot = debt->second.boot_id == boot_id;
        account.limiter.owe(debt->second.debt - (same_boot ? now.boot - debt->second.at_boot : Duration::zero()),
                            now.boot);
    }
    return accounts.emplace(provider.account, std::move(account)).first->second;
}

void Engine::State::note(Account& account, BootTime when) const {
    if (when > now.boot && (!account.wake || when < *account.wake)) account.wake = when;
}

void Engine::State::pump(Account& account) {
    account.wake.reset();
    if (account.closed) {
        while (pump_probe(account)) {}
        note(account, account.next_probe);
    } else {
        bool progress = true;
        while (progress) {
            account.stops_blocked = false;
            admit_stops(account);
            progress = pump_stop(account);
            if (progress || account.stops_blocked) continue;
            progress = pump_pause(account) || pump_settle(account) || pump_start(account) || pump_poll(account);
        }
    }
    accounts_boot.set(account.name, account.wake);
}

bool Engine::State::pump_stop(Account& account) {
    for (const auto& [deadline, id] : account.stops_admitted) {
        PendingCall& call = calls.at(id);
        if (!call.ready) continue;
        if (!account.limiter.permits(CallClass::stop, now.boot)) {
            account.stops_blocked = true;
            note(account, account.limiter.earliest(CallClass::stop, now.boot));
            return false;
        }
        account.stops_admitted.erase({deadline, id});
        release(call);
        return true;
    }
    return false;
}

bool Engine::State::pump_pause(Account& account) {
    const auto ready =
        std::ranges::find_if(account.pauses_admitted, [&](const CallId& id) { return calls.at(id).ready; });
    if (ready == account.pauses_admitted.end()) return false;
    if (!account.limiter.permits(CallClass::pause_resume, now.boot)) {
        note(account, account.limiter.earliest(CallClass::pause_resume, now.boot));
        return false;
    }
    const CallId id = *ready;
    account.pauses_admitted.erase(ready);
    release(calls.at(id));
    return true;
}

bool Engine::State::pump_settle(Account& account) {
    if (account.settles_wanted.empty() && account.looks_wanted.empty()) return false;
    if (account.in_flight >= kCallsInFlightMax) return false;
    if (!account.limiter.permits(CallClass::settle, now.boot)) {
        note(account, account.limiter.earliest(CallClass::settle, now.boot));
        return false;
    }
    if (!account.settles_wanted.empty()) {
        query_run(runs.at(account.settles_wanted.begin()->second), account, CallClass::settle);
    } else {
        const std::string task_key = *account.looks_wanted.begin();
        account.looks_wanted.erase(task_key);
        ask_look(task_key, account);
    }
    return true;
}

bool Engine::State::pump_start(Account& account) {
    admit_starts(account);
    for (const auto& [due, id] : account.starts_admitted) {
        PendingCall& call = calls.at(id);
        if (!call.ready) continue;
        LiveRun& run = runs.at(*call.run);
        if (const auto objection = objection_to_release(run)) {
            withdraw_start(run, *objection);
            return true;
        }
        if (account.in_flight >= kCallsInFlightMax) return false;
        if (!account.limiter.permits(CallClass::start, now.boot)) {
            note(account, account.limiter.earliest(CallClass::start, now.boot));
            return false;
        }
        account.starts_admitted.erase({due, id});
        release(call);
        plan_run(run);
        return true;
    }
    // A start that waits for a permit or for its commit goes before routine polls.
    return false;
}

bool Engine::State::pump_poll(Account& account) {
    if (account.polls_wanted.empty() || account.in_flight >= kCallsInFlightMax) return false;
    if (!account.settles_wanted.empty() || !account.looks_wanted.empty() || !account.starts_admitted.empty())
        return false;
    if (!account.limiter.permits(CallClass::poll, now.boot)) {
        note(account, account.limiter.earliest(CallClass::poll, now.boot));
        return false;
    }
    poll_batch(runs.at(account.polls_wanted.begin()->second), account);
    return true;
}

// A closed account gets one request per kProbeInterval: its owed stops in turn, else a query.
bool Engine::State::pump_probe(Account& account) {
    for (const auto& [deadline, id] : account.stops_admitted) {
        PendingCall& call = calls.at(id);
        if (!call.ready || !account.limiter.permits(CallClass::stop, now.boot)) {
            note(account, account.limiter.earliest(CallClass::stop, now.boot));
            return false;
        }
        account.stops_admitted.erase({deadline, id});
        release(call);
        return true;
    }
    if (now.boot < account.next_probe) return false;
    if (!account.limiter.permits(CallClass::settle, now.boot)) {
        note(account, account.limiter.earliest(CallClass::settle, now.boot));
        return false;
    }
    account.next_probe = now.boot + kProbeInterval;
    LiveRun* longest_waiting = nullptr;
    LiveRun* any = nullptr;
    for (const auto& id : account.runs) {
        LiveRun& run = runs.at(id);
        if (!run.query && run.row.state != RunState::starting) any = &run;
        if (run.row.state != RunState::stopping || run.stop_call) continue;
        if (longest_waiting == nullptr || run.last_stop_sent < longest_waiting->last_stop_sent) longest_waiting = &run;
    }
    if (longest_waiting != nullptr) {
        admit_stop(*longest_waiting, account);
        return false;  // sent as soon as its intent is durable
    }
    if (any != nullptr) {
        query_run(*any, account, CallClass::settle);
        return true;
    }
    for (const auto& [name, job] : config->jobs) {
        if (job->provider->account != account.name) continue;
        PendingCall& call =
            make_call(job->provider, Action::query, CallClass::settle, {job->task.task_id}, job->task.start_json);
        release(call);
        return true;
    }
    return false;
}

void Engine::State::admit_stops(Account& account) {
    while (!account.stops_wanted.empty()) {
        const auto ahead = static_cast<int>(account.stops_admitted.size());
        const BootTime permit = account.limiter.earliest(CallClass::stop, now.boot, ahead);
        if (permit > now.boot + kStopPermitHorizon) {
            note(account, permit - kStopPermitHorizon);
            return;
        }
        if (admissions_left == 0) {
            again = true;
            dirty_accounts_later.insert(account.name);
            return;
        }
        --admissions_left;
        const RunId id = account.stops_wanted.begin()->second;
        account.stops_wanted.erase(account.stops_wanted.begin());
        LiveRun& run = runs.at(id);
        if (may_send_stop(run)) admit_stop(run, account);
    }
}

void Engine::State::admit_starts(Account& account) {
    while (!account.starts_wanted.empty() && may_consume()) {
        const std::size_t ahead = account.starts_admitted.size();
        if (account.in_flight + ahead >= kCallsInFlightMax) return;
        const BootTime permit = account.limiter.earliest(CallClass::start, now.boot, static_cast<int>(ahead));
        if (permit > now.boot + kPermitHorizon) {
            note(account, permit - kPermitHorizon);
            return;
        }
        if (admissions_left == 0) {
            again = true;
            dirty_accounts_later.insert(account.name);
            return;
        }
        --admissions_left;
        const RunId id = account.starts_wanted.begin()->second;
        account.starts_wanted.erase(account.starts_wanted.begin());
        LiveRun& run = runs.at(id);
        // The facts may have changed while it waited for a permit.
        const StartVerdict verdict = decide_start(start_facts(run));
        if (verdict.kind == StartVerdict::Kind::start) {
            admit_start(run, account);
        } else {
            consider_start(run);
        }
    }
}

PendingCall& Engine::State::make_call(const ProviderPtr& provider, Action action, CallClass call_class,
                                      std::vector<std::string> task_ids, const std::string& parameters) {
    auto spec = std::make_shared<CallSpec>();
    spec->action = action;
    spec->provider = provider;
    spec->task_ids = std::move(task_ids);
    spec->parameters_json = parameters;
    const CallId id = uuids.next(now.wall);
    PendingCall& call = calls[id];
    call.row.id = id;
    call.row.provider = provider->name;
    call.row.account = provider->account;
    call.row.action = action;
    call.row.intent = now.wall;
    call.row.boot_id = boot_id;
    call.row.spec = std::move(spec);
    call.call_class = call_class;
    call.account = provider->account;
    return call;
}

void Engine::State::write_intent(PendingCall& call) {
    rows.emplace_back(call.row);
    intents.push_back(call.row.id);
}

void Engine::State::admit_start(LiveRun& run, Account& account) {
    RunRow& row = run.row;
    row.provider = run.job->provider->name;
    row.plan = StopPlan{run.job->provider, run.job->task, row.stop_due - row.start_due, run.job->on_removal};
    row.stop_due_boot = now.boot + (row.stop_due - now.wall);
    row.max_end_boot = now.boot + (row.max_end - now.wall);
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
    PendingCall& call = make_call(row.plan.provider, Action::start, CallClass::start, {row.plan.task.task_id},
                                  row.plan.task.start_json);
    call.run = row.id;
    call.row.run = row.id;
    call.row.attempt = ++run.start_attempts;
    auto spec = std::make_shared<CallSpec>(*call.row.spec);
    spec->placeholders = {
        {"run", row.id}, {"job", row.job}, {"provider", row.provider}, {"task_id", row.plan.task.task_id}};
    call.row.spec = std::move(spec);
    run.start_call = call.row.id;
    account.starts_admitted.emplace(row.start_due, call.row.id);
    write_intent(call);
    plan_run(run);
}

CallId Engine::State::admit_stop(LiveRun& run, Account& account) {
    const RunRow& row = run.row;
    const bool on_schedule = row.reason == Reason::schedule;
    PendingCall& call = make_call(row.plan.provider, Action::stop, CallClass::stop, {row.plan.task.task_id},
                                  on_schedule ? row.plan.task.stop_json : row.plan.task.on_abort_json);
    call.run = row.id;
    call.row.run = row.id;
    call.row.attempt = ++run.stop_attempts;
    auto spec = std::make_shared<CallSpec>(*call.row.spec);
    const auto elapsed = std::chrono::floor<std::chrono::seconds>(now.wall - row.start_due);
    spec->placeholders = {{"run", row.id},
                          {"job", row.job},
                          {"provider", row.provider},
                          {"task_id", row.plan.task.task_id},
                          {"started", to_rfc3339(row.start_due)},
                          {"elapsed", to_text(elapsed)},
                          {"cause", std::string{name_of(row.reason)}},
                          {"actor", run.stop_cause ? run.stop_cause->actor : "taktd"},
                          {"reason", run.stop_cause ? run.stop_cause->text : ""}};
    call.row.spec = std::move(spec);
    run.stop_call = call.row.id;
    account.stops_admitted.emplace(row.stop_due, call.row.id);
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
    if (call.row.action == Action::query) call.row.intent = now.wall;
    if (call.row.action == Action::stop && call.run) {
        if (LiveRun* run = find_live(*call.run)) run->last_stop_sent = now.boot;
    }
    effects.sends.push_back(
        {call.row.id, call.row.spec, call.call_class, call.row.spec->provider->timeout, account.skew});
}

// Between the intent and its release the world may have changed; nothing has left this process yet.
std::optional<Reason> Engine::State::objection_to_release(const LiveRun& run) const {
    if (is_held(run.row.job, run.row.provider)) return Reason::hold;
    if (!run.job) return Reason::removed;
    if (is_disabled(run.row.job)) return Reason::disabled;
    const Window planned = window_of(*run.job, run.row.start_due);
    const Window window{run.row.start_due, run.row.stop_due, run.row.max_end, planned.start_grace, planned.min_window};
    if (now.wall > latest_start(window, run.by_hand ? Misfire::run_late : run.job->misfire)) return Reason::misfire;
    if (end_due(run)) return Reason::misfire;
    return std::nullopt;
}

// The intent of a start is taken back: nothing left this process, so nothing is owed.
void Engine::State::withdraw_start(LiveRun& run, Reason reason, const std::string& actor) {
    const CallId id = *run.start_call;
    run.start_call.reset();
    account_of(*run.row.plan.provider).starts_admitted.erase({run.row.start_due, id});
    withdraw_call(id);
    if (reason == Reason::none || run.refused_before) {
        move(run, RunState::due, Reason::none, actor, "the start was withdrawn before it was sent");
        if (reason != Reason::none) give_up_start(run, reason, actor);
        return;
    }
    move(run, reason == Reason::operator_request ? RunState::cancelled : RunState::skipped, reason, actor);
}

void Engine::State::withdraw_unreleased_starts() {
    for (auto& [name, account] : accounts) {
        const auto admitted = account.starts_admitted;
        for (const auto& [due, id] : admitted) {
            LiveRun& run = runs.at(*calls.at(id).run);
            withdraw_start(run, Reason::none);
            plan_run(run);
            runs_wall.set(run.row.id, now.wall + std::chrono::seconds{1});
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
    if (run.job) account_of(*run.job->provider).starts_wanted.erase({run.row.start_due, id});
    if (run.queued_query) {
        account.settles_wanted.erase({*run.queued_query, id});
        account.polls_wanted.erase({*run.queued_query, id});
        run.queued_query.reset();
    }
    const auto take_back = [this](std::optional<CallId>& call) {
        if (!call) return false;
        const auto found = calls.find(*call);
        return found != calls.end() && !found->second.released;
    };
    if (take_back(run.stop_call)) {
        account.stops_admitted.erase({run.row.stop_due, *run.stop_call});
        withdraw_call(*run.stop_call);
        run.stop_call.reset();
    }
    if (take_back(run.pause_call)) {
        std::erase(account.pauses_admitted, *run.pause_call);
        withdraw_call(*run.pause_call);
        run.pause_call.reset();
    }
}

void Engine::State::query_run(LiveRun& run, Account& account, CallClass call_class) {
    if (run.queued_query) {
        account.settles_wanted.erase({*run.queued_query, run.row.id});
        account.polls_wanted.erase({*run.queued_query, run.row.id});
        run.queued_query.reset();
    }
    run.next_query.reset();
    run.ask_alone = false;
    PendingCall& call = make_call(run.row.plan.provider, Action::query, call_class, {run.row.plan.task.task_id},
                                  run.row.plan.task.start_json);
    call.run = run.row.id;
    call.row.run = run.row.id;
    run.query = call.row.id;
    release(call);
    plan_run(run);
}

// One cheap list call for many tasks; those due soon come along, so that polls of one provider fall into step.
void Engine::State::poll_batch(LiveRun& first, Account& account) {
    const ProviderSpec& provider = *first.row.plan.provider;
    const auto batch_max = static_cast<std::size_t>(std::max(provider.traits.query_batch_max, 1));
    if (batch_max == 1 || first.ask_alone) {
        query_run(first, account, CallClass::poll);
        return;
    }
    const BootTime until = now.boot + provider.poll_interval / 2;
    std::vector<RunId> batch;
    std::vector<std::string> task_ids;
    for (const auto& id : account.runs) {
        LiveRun& run = runs.at(id);
        const bool is_routine = run.row.state == RunState::running || run.row.state == RunState::paused;
        const auto when = run.queued_query ? run.queued_query : run.next_query;
        if (!is_routine || run.query || run.ask_alone || !when || *when > until || batch.size() == batch_max) continue;
        if (run.row.plan.provider->name != provider.name) continue;
        batch.push_back(id);
        task_ids.push_back(run.row.plan.task.task_id);
    }
    PendingCall& call = make_call(first.row.plan.provider, Action::query, CallClass::poll, std::move(task_ids), "{}");
    auto spec = std::make_shared<CallSpec>(*call.row.spec);
    spec->batched = true;
    call.row.spec = std::move(spec);
    call.row.linked = batch;
    for (const auto& id : batch) {
        LiveRun& run = runs.at(id);
        if (run.queued_query) account.polls_wanted.erase({*run.queued_query, id});
        run.queued_query.reset();
        run.next_query.reset();
        run.query = call.row.id;
        plan_run(run);
    }
    call.batch = std::move(batch);
    release(call);
}

void Engine::State::ask_look(const std::string& task_key, Account&) {
    const auto found = looks.find(task_key);
    if (found == looks.end()) return;
    Look& look = found->second;
    PendingCall& call =
        make_call(look.provider, Action::query, CallClass::settle, {look.task.task_id}, look.task.start_json);
    call.look = task_key;
    look.query = call.row.id;
    look.next_ask.reset();
    release(call);
}

void Engine::State::close_account(Account& account) {
    account.next_probe = now.boot + kProbeInterval;
    if (account.closed) return;
    account.closed = true;
    const auto starts = account.starts_admitted;
    for (const auto& [due, id] : starts) withdraw_start(runs.at(*calls.at(id).run), Reason::none);
    const auto stops = account.stops_admitted;
    for (const auto& [deadline, id] : stops) {
        LiveRun& run = runs.at(*calls.at(id).run);
        account.stops_admitted.erase({deadline, id});
        withdraw_call(id);
        run.stop_call.reset();
    }
    account.stops_wanted.clear();
    account.settles_wanted.clear();
    account.polls_wanted.clear();
    for (const auto& id : account.runs) runs.at(id).queued_query.reset();
    for (const auto& [id, run] : runs) {
        if (run.row.state == RunState::due) runs_wall.set(id, now.wall);
    }
}

void Engine::State::reopen_account(Account& account) {
    if (!account.closed) return;
    account.closed = false;
    for (const auto& id : account.runs) {
        LiveRun& run = runs.at(id);
        run.next_stop = now.boot;
        if (!run.query && run.row.state != RunState::starting) run.next_query = now.boot;
        runs_boot.set(id, now.boot);
    }
}

}  // namespace taktd
