// Accounts: what may be sent now. An account is pumped whenever something about it changed; it releases what its
// limiter permits, in order of class (R7), and has the intents written of what will be permitted soon, so that their
// commit costs no waiting. How a call is made, released and withdrawn: calls.cpp.
#include <algorithm>
#include <utility>

#include "daemon/core/engine/state.hpp"

namespace taktd {

Account& Engine::State::account_of(const ProviderSpec& provider) {
    const auto found = accounts.find(provider.account);
    if (found != accounts.end()) return found->second;
    Account account{provider};
    // A stop plan carries the limit of its intent, the store the one in force since (R6). Every plan is younger than
    // the first one stored, so the plan's counts only in a store that knows of none.
    const auto told = told_limits.find(provider.account);
    const RateLimit& limit = told == told_limits.end() ? provider.rate_limit : told->second;
    account.limiter = inherited_limiter(provider.account, limit);
    return accounts.emplace(provider.account, std::move(account)).first->second;
}

/// The bucket as the last process left it, as far as anybody knows, under a limit of now.
Limiter Engine::State::inherited_limiter(const std::string& account, const RateLimit& limit) const {
    Limiter limiter{limit};
    if (!buckets_full) {
        limiter.empty(now.boot);
    } else if (const auto debt = stored_debts.find(account); debt != stored_debts.end()) {
        const bool same_boot = debt->second.boot_id == boot_id;
        limiter.owe(debt->second.debt - (same_boot ? now.boot - debt->second.at_boot : Duration::zero()),
                    debt->second.interval, now.boot);
    }
    return limiter;
}

// A config says what counts from now on; what it says is kept for a recovery that comes before the next one.
void Engine::State::tell_limits() {
    for (const auto& [name, provider] : config->providers) {
        const RateLimit& limit = provider->rate_limit;
        const bool is_used = accounts.contains(provider->account);
        Limiter& limiter = account_of(*provider).limiter;
        limiter.set_limit(limit, now.boot);
        // Under another limit the bucket may have been brought back smaller than the one that counts, which lacks more.
        if (!configured || !is_used) limiter.share_debt(inherited_limiter(provider->account, limit), now.boot);
        const auto told = told_limits.find(provider->account);
        if (told != told_limits.end() && told->second == limit) continue;
        told_limits.insert_or_assign(provider->account, limit);
        rows.emplace_back(LimitRow{provider->account, limit, now.wall});
    }
}

void Engine::State::note(Account& account, BootTime when) const {
    if (when > now.boot && (!account.wake || when < *account.wake)) account.wake = when;
}

void Engine::State::pump(Account& account) {
    account.wake.reset();
    if (account.closed) leave_closed(account);
    if (account.closed) {
        while (pump_probe(account)) {}
        note(account, account.probes.next());
    } else {
        bool progress = true;
        while (progress) {
            account.stops_blocked = false;
            admit_stops(account);
            progress = pump_stop(account);
            if (progress || account.stops_blocked) continue;
            progress = pump_foreign_stop(account) || pump_pause(account) || pump_settle(account) ||
                       pump_coming_start(account) || pump_poll(account) || pump_watch(account);
        }
    }
    accounts_boot.set(account.name, account.wake);
}

bool Engine::State::pump_stop(Account& account) {
    if (account.stops_admitted.ready.empty()) return false;
    if (!account.limiter.permits(CallClass::stop, now.boot)) {
        account.stops_blocked = true;
        note(account, account.limiter.earliest(CallClass::stop, now.boot));
        return false;
    }
    const AdmittedCalls::Place next = *account.stops_admitted.ready.begin();
    account.stops_admitted.erase(next);
    release(calls.at(next.second));
    return true;
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
    if (account.heal_looks_wanted.empty() && account.settles_wanted.empty() && account.last_looks_wanted.empty())
        return false;
    if (account.in_flight >= kCallsInFlightMax) return false;
    if (!account.limiter.permits(CallClass::settle, now.boot)) {
        note(account, account.limiter.earliest(CallClass::settle, now.boot));
        return false;
    }
    if (!account.heal_looks_wanted.empty()) {
        query_run(runs.at(account.heal_looks_wanted.begin()->second), CallClass::settle);
    } else if (!account.settles_wanted.empty()) {
        query_run(runs.at(account.settles_wanted.begin()->second), CallClass::settle);
    } else {
        const RunId id = *account.last_looks_wanted.begin();
        account.last_looks_wanted.erase(id);
        ask_last_look(id);
    }
    return true;
}

// A start takes up to three requests: its task is made, its task is looked at, it is started. The earliest start goes
// first with whatever it needs next; of those that are due together, the one that has come furthest. Were all of them
// looked at before one is started, a herd would use up its grace and the permits of starts that were due before it.
bool Engine::State::pump_coming_start(Account& account) {
    admit_starts(account);
    forgo_late_looks(account);
    std::optional<WallTime> first;
    const auto is_first = [&first](const auto& waiting) {
        if (waiting.empty() || (first && *first <= waiting.begin()->first)) return false;
        first = waiting.begin()->first;
        return true;
    };
    auto pump_one = &State::pump_start;
    is_first(account.starts_admitted.all);
    if (may_consume()) is_first(account.starts_wanted);
    if (is_first(account.looks_wanted)) pump_one = &State::pump_look;
    if (may_consume() && is_first(account.tasks_wanted)) pump_one = &State::pump_prepare;
    return (this->*pump_one)(account);
}

// A look whose start could not follow in time takes a permit from one that can.
void Engine::State::forgo_late_looks(Account& account) {
    const Duration wait = account.limiter.earliest(CallClass::start, now.boot, 1) - now.boot;
    while (!account.looks_wanted.empty()) {
        const std::string task_key = account.looks_wanted.begin()->second;
        Look& look = looks.at(task_key);
        if (now.wall + wait <= look.wanted_until) return;
        unqueue_look(task_key, look);
        looks_boot.set(task_key, now.boot + std::max(look.wanted_until - now.wall, Duration::zero()) + kFirstQueryWait);
    }
}

bool Engine::State::pump_look(Account& account) {
    if (account.in_flight >= kCallsInFlightMax) return false;
    if (!account.limiter.permits(CallClass::settle, now.boot)) {
        note(account, account.limiter.earliest(CallClass::settle, now.boot));
        return false;
    }
    const std::string task_key = account.looks_wanted.begin()->second;
    unqueue_look(task_key, looks.at(task_key));
    ask_look(task_key);
    return true;
}

bool Engine::State::pump_start(Account& account) {
    if (account.starts_admitted.ready.empty()) return false;
    const AdmittedCalls::Place next = *account.starts_admitted.ready.begin();
    PendingCall& call = calls.at(next.second);
    LiveRun& run = runs.at(*call.run);
    if (const auto objection = objection_to_release(run)) {
        withdraw_start(run, *objection);
        return true;
    }
    if (baseline_state(run) == BaselineState::none) {  // it has waited behind stops until that was too old
        withdraw_start(run, Reason::none);
        return true;
    }
    if (account.in_flight >= kCallsInFlightMax) return false;
    if (!account.limiter.permits(CallClass::start, now.boot)) {
        note(account, account.limiter.earliest(CallClass::start, now.boot));
        return false;
    }
    account.starts_admitted.erase(next);
    release(call);
    plan_run(run);
    return true;
}

bool Engine::State::pump_poll(Account& account) {
    if (account.polls_wanted.empty() || account.in_flight >= kCallsInFlightMax) return false;
    // A start that waits for a permit or for its commit goes before routine polls.
    if (!account.heal_looks_wanted.empty() || !account.settles_wanted.empty() || !account.last_looks_wanted.empty() ||
        !account.looks_wanted.empty() || !account.starts_admitted.all.empty() ||
        (!account.tasks_wanted.empty() && may_consume()))
        return false;
    if (!account.limiter.permits(CallClass::poll, now.boot)) {
        note(account, account.limiter.earliest(CallClass::poll, now.boot));
        return false;
    }
    poll_batch(runs.at(account.polls_wanted.begin()->second), account);
    return true;
}

// A closed account gets one request whenever its plan says so: its owed stops in turn, else a query.
bool Engine::State::pump_probe(Account& account) {
    for (const auto& [deadline, id] : account.stops_admitted.all) {
        PendingCall& call = calls.at(id);
        if (!call.ready || !account.limiter.permits(CallClass::stop, now.boot)) {
            note(account, account.limiter.earliest(CallClass::stop, now.boot));
            return false;
        }
        account.stops_admitted.erase({deadline, id});
        release(call);
        return true;
    }
    if (now.boot < account.probes.next()) return false;
    if (!account.limiter.permits(CallClass::settle, now.boot)) {
        note(account, account.limiter.earliest(CallClass::settle, now.boot));
        return false;
    }
    account.probes.probe(now.boot, random);
    const bool is_resign = std::exchange(account.resign_probe, false);
    LiveRun* longest_waiting = nullptr;
    LiveRun* any = nullptr;
    for (const auto& id : account.runs) {
        LiveRun& run = runs.at(id);
        if (!run.query && run.row.state != RunState::starting) any = &run;
        if (!may_send_stop(run)) continue;
        if (longest_waiting == nullptr || run.last_stop_sent < longest_waiting->last_stop_sent) longest_waiting = &run;
    }
    if (longest_waiting != nullptr) {
        longest_waiting->resign_stop |= is_resign;
        admit_stop(*longest_waiting, account);
        return false;  // sent as soon as its intent is durable
    }
    if (any != nullptr) {
        any->resign_query |= is_resign;
        query_run(*any, CallClass::settle);
        return true;
    }
    if (auto spec = harmless_call(account)) {
        PendingCall& call = make_call(std::move(*spec), CallClass::settle);
        call.is_resign = is_resign;
        release(call);
        return true;
    }
    return false;
}

// A query of a task that the config names. Where there are only templates: the search for a task that no run has.
std::optional<CallSpec> Engine::State::harmless_call(const Account& account) const {
    std::optional<CallSpec> search;
    for (const auto& [name, job] : config->jobs) {
        if (job->provider->account != account.name) continue;
        if (!job->task.is_from_template()) return spec_of(job->provider, Action::query, job->task);
        if (search) continue;
        search = spec_of(job->provider, Action::prepare, job->task);
        search->parameters_json = job->task.prepare_json;
        search->finds = true;
        search->placeholders = {{"run", "none"}, {"job", name}, {"provider", job->provider->name}, {"task_id", ""}};
    }
    return search;
}

// Whether one more intent may be written now, with `ahead` others written and not sent; if not, the account comes
// again.
bool Engine::State::may_admit(Account& account, CallClass call_class, std::size_t ahead, Duration horizon) {
    const BootTime permit = account.limiter.earliest(call_class, now.boot, static_cast<int>(ahead));
    if (permit > now.boot + horizon) {
        note(account, permit - horizon);
        return false;
    }
    if (admissions_left == 0) {
        again = true;
        dirty_accounts_later.insert(account.name);
        return false;
    }
    --admissions_left;
    return true;
}

void Engine::State::admit_stops(Account& account) {
    while (!account.stops_wanted.empty()) {
        const std::size_t ahead = account.stops_admitted.all.size();
        if (!may_admit(account, CallClass::stop, ahead, kStopPermitHorizon)) return;
        const RunId id = account.stops_wanted.begin()->second;
        account.stops_wanted.erase(account.stops_wanted.begin());
        LiveRun& run = runs.at(id);
        if (may_send_stop(run)) admit_stop(run, account);
    }
}

void Engine::State::admit_starts(Account& account) {
    // What goes first needs its permits first; an intent that waits for long would only grow old.
    const auto goes_first = [](const auto& waiting, WallTime due) {
        return !waiting.empty() && waiting.begin()->first < due;
    };
    while (!account.starts_wanted.empty() && may_consume()) {
        const WallTime due = account.starts_wanted.begin()->first;
        if (goes_first(account.looks_wanted, due) || goes_first(account.tasks_wanted, due)) return;
        const std::size_t ahead = account.starts_admitted.all.size();
        if (account.in_flight + ahead >= kCallsInFlightMax) return;
        if (!may_admit(account, CallClass::start, ahead, kPermitHorizon)) return;
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

void Engine::State::close_account(Account& account) {
    const bool was_closed = std::exchange(account.closed, true);
    if (!was_closed) account.probes.close(now.boot, random);
    account.probes.note_refusal(now.boot);
    if (was_closed) return;
    const auto starts = account.starts_admitted.all;
    for (const auto& [due, id] : starts) withdraw_start(runs.at(*calls.at(id).run), Reason::none);
    const auto stops = account.stops_admitted.all;
    for (const auto& [deadline, id] : stops) {
        LiveRun& run = runs.at(*calls.at(id).run);
        account.stops_admitted.erase({deadline, id});
        withdraw_call(id);
        run.stop_call.reset();
    }
    const auto foreign_stops = account.foreign_stops.all;
    for (const auto& [since, id] : foreign_stops) {
        WatchedTask& task = watched.at(*calls.at(id).foreign_stop);
        account.foreign_stops.erase({since, id});
        withdraw_call(id);
        task.stop_call.reset();
    }
    account.stops_wanted.clear();
    account.heal_looks_wanted.clear();
    account.settles_wanted.clear();
    account.polls_wanted.clear();
    for (const auto& id : account.runs) {
        LiveRun& run = runs.at(id);
        run.queued_query.reset();
        run.resign_stop = run.resign_query = false;  // `at once` is over
        end_healing(run, "the provider refuses our credentials");
    }
    for (const auto& [id, run] : runs) {
        if (run.row.state == RunState::due) runs_wall.set(id, now.wall);
    }
}

void Engine::State::reopen_account(Account& account) {
    if (!account.closed) return;
    account.closed = false;
    account.probes.reopen(now.boot);
    for (const auto& id : account.runs) {
        LiveRun& run = runs.at(id);
        run.next_stop = now.boot;
        if (!run.query && run.row.state != RunState::starting) run.next_query = now.boot;
        runs_boot.set(id, now.boot);
    }
}

}  // namespace taktd
