#include <algorithm>

#include "daemon/core/engine/state.hpp"
#include "daemon/core/rules/ends.hpp"

namespace taktd {
namespace {

template <class Time>
void take_earlier(std::optional<Time>& when, std::optional<Time> other) {
    if (other && (!when || *other < *when)) when = other;
}

}  // namespace

Engine::Engine(std::uint64_t seed, SliceSizes slices) : state_{std::make_unique<State>(seed, slices)} {}
Engine::~Engine() = default;
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;

Effects Engine::step(const Event& event, Now now) {
    state_->now = now;
    state_->due_left = kDueItemsPerStep;
    state_->admissions_left = kDueItemsPerStep;
    state_->scans_left = state_->slices.occurrences;
    state_->again = false;
    state_->effects = {};
    state_->promises.clear();
    state_->dirty_accounts.merge(state_->dirty_accounts_later);
    std::visit([this](const auto& e) { state_->on(e); }, event);
    state_->run_due();
    return state_->finish();
}

// Runs first, then what may be sent, then new work: a herd of starts never delays a stop.
void Engine::State::run_due() {
    // What waited for the clock to pass the store's newest instant, or for the store, goes on.
    if (accepts_starts() && !accepted_starts) {
        for (const auto& [name, account] : accounts) dirty_accounts.insert(name);
    }
    accepted_starts = accepts_starts();
    const auto gather = [this](auto& agenda, auto time, auto&& drive) {
        const auto due = agenda.take_due(time, due_left);
        for (const auto& id : due) drive(id);
        if (const auto next = agenda.next(); next && *next <= time) again = true;
    };
    const auto drive = [this](const RunId& id) {
        --due_left;
        drive_run(id);
    };
    gather(runs_wall, now.wall, drive);
    gather(runs_boot, now.boot, drive);
    gather(commits_boot, now.boot, [this](const CallId& id) {
        if (const auto call = calls.find(id); call != calls.end()) make_ready(call->second);
    });
    gather(accounts_boot, now.boot, [this](const std::string& name) { dirty_accounts.insert(name); });
    gather(looks_boot, now.boot, [this](const std::string& task_key) { drive_look(task_key); });
    gather(last_looks_boot, now.boot, [this](const RunId& id) { drive_last_look(id); });
    adopt_some();
    if (may_consume()) gather(jobs_wall, now.wall, [this](const std::string& name) { drive_job(name); });
    // Pumping an account can end runs, which can make others of the same account wait for something else.
    while (!dirty_accounts.empty()) {
        const auto name = *dirty_accounts.begin();
        dirty_accounts.erase(dirty_accounts.begin());
        pump(accounts.at(name));
    }
}

Effects Engine::State::finish() {
    std::vector<Row> step_rows;
    step_rows.reserve(touched.size() + rows.size());
    for (const auto& id : touched) {
        const auto run = runs.find(id);
        run->second.row.updated = now.wall;
        if (is_terminal(run->second.row.state)) {
            step_rows.emplace_back(std::move(run->second.row));
            runs.erase(run);
        } else {
            step_rows.emplace_back(run->second.row);
        }
    }
    std::ranges::move(rows, std::back_inserter(step_rows));
    touched.clear();
    rows.clear();

    if (!step_rows.empty()) {
        ++step;
        rows_by_step[step] = step_rows.size();
        uncommitted_rows += step_rows.size();
        if (!intents.empty()) intents_by_step[step] = std::move(intents);
        effects.append = Append{step, std::move(step_rows)};
    }
    intents.clear();
    // What a reply says may stem from an earlier step that is not durable yet.
    for (auto& promise : promises) {
        const bool waits = promise.ok && !rows_by_step.empty();
        (waits || effects.append ? replies_by_step[step] : effects.replies).push_back(std::move(promise));
    }

    auto& wake = effects.wake;
    take_earlier(wake.wall, runs_wall.next());
    if (may_consume()) take_earlier(wake.wall, jobs_wall.next());
    if (now.wall < starts_from) take_earlier(wake.wall, std::optional{starts_from});
    take_earlier(wake.boot, runs_boot.next());
    take_earlier(wake.boot, commits_boot.next());
    take_earlier(wake.boot, accounts_boot.next());
    take_earlier(wake.boot, looks_boot.next());
    take_earlier(wake.boot, last_looks_boot.next());
    const auto next_run = runs_wall.next();
    wake.at_once = again || (next_run && *next_run <= now.wall);
    return std::move(effects);
}

void Engine::State::on(const Durable& event) {
    const bool was_full = uncommitted_rows >= kUncommittedRowsMax;
    while (!rows_by_step.empty() && rows_by_step.begin()->first <= event.step) {
        uncommitted_rows -= rows_by_step.begin()->second;
        rows_by_step.erase(rows_by_step.begin());
    }
    while (!intents_by_step.empty() && intents_by_step.begin()->first <= event.step) {
        for (const auto& id : intents_by_step.begin()->second) {
            const auto call = calls.find(id);
            if (call == calls.end()) continue;  // withdrawn meanwhile
            commits_boot.set(id, std::nullopt);
            make_ready(call->second);
        }
        intents_by_step.erase(intents_by_step.begin());
    }
    // Replies go out after the commit, so a crash cannot have promised what it forgot.
    while (!replies_by_step.empty() && replies_by_step.begin()->first <= event.step) {
        std::ranges::move(replies_by_step.begin()->second, std::back_inserter(effects.replies));
        replies_by_step.erase(replies_by_step.begin());
    }
    if (was_full && uncommitted_rows < kUncommittedRowsMax) {
        for (const auto& [name, account] : accounts) dirty_accounts.insert(name);
    }
}

void Engine::State::on(const StoreDown&) {
    store_up = false;
    withdraw_unreleased_starts();
}

void Engine::State::on(const StoreUp&) {
    store_up = true;
    for (auto& [name, job] : jobs) plan_job(job);
}

void Engine::State::on(const StoreChecked& event) {
    store_damaged = event.is_damaged || lacks_rows;
    if (store_damaged) withdraw_unreleased_starts();
}

void Engine::State::on(const ShutdownRequested& event) {
    draining = true;
    withdraw_unreleased_starts();
    if (!event.stop_all) return;
    std::vector<RunId> ids;
    for (const auto& [id, run] : runs) ids.push_back(id);
    for (const auto& id : ids) {
        LiveRun& run = runs.at(id);
        if (!owes_stop(run.row.state)) continue;
        want_end(run, {Reason::operator_request, "taktd", "the daemon shuts down with --stop-all-on-exit"});
        drive_run(id);
    }
}

void Engine::State::reply(CommandId command, bool ok, std::string text, std::optional<RunId> run) {
    promises.push_back({command, ok, std::move(text), std::move(run)});
}

std::vector<std::string> Engine::objections(const Config& config) const {
    std::vector<std::string> found;
    for (const auto& [id, run] : state_->runs) {
        if (!owes_stop(run.row.state)) continue;
        const ProviderSpec& owed = *run.row.plan.provider;
        const auto provider = config.providers.find(owed.name);
        const std::string owes =
            "provider '" + owed.name + "' owes a stop (run " + id + " of job '" + run.row.job + "')";
        if (provider == config.providers.end()) {
            found.push_back(owes + ": it cannot be removed before that run has ended");
        } else if (provider->second->type != owed.type || provider->second->endpoint != owed.endpoint ||
                   provider->second->scope != owed.scope) {
            found.push_back(owes + ": its type, endpoint and scope cannot change before that run has ended");
        }
    }
    return found;
}

EngineStatus Engine::status() const {
    EngineStatus status;
    status.live_runs = state_->runs.size();
    status.calls_in_flight = static_cast<std::size_t>(
        std::ranges::count_if(state_->calls, [](const auto& entry) { return entry.second.released; }));
    status.store_up = is_store_up();
    status.store_damaged = is_store_damaged();
    for (const auto& [id, run] : state_->runs) {
        if (!owes_stop(run.row.state)) continue;
        ++status.owed_stops;
        take_earlier(status.next_stop_due, std::optional{end_of(run.row)});
    }
    return status;
}

bool Engine::is_adopting() const { return state_->is_adopting; }

bool Engine::is_store_up() const { return state_->store_up; }

bool Engine::is_store_damaged() const { return state_->store_damaged; }

std::vector<LimiterRow> Engine::limiter_rows(Now now) const {
    std::vector<LimiterRow> found;
    // Accounts that this process had no use for keep what the last one left.
    for (const auto& [name, row] : state_->stored_debts) {
        if (!state_->accounts.contains(name)) found.push_back(row);
    }
    for (const auto& [name, account] : state_->accounts) {
        found.push_back({name, account.limiter.debt(now.boot), account.limiter.limit().interval, now.boot, now.wall,
                         state_->boot_id});
    }
    return found;
}

}  // namespace taktd
