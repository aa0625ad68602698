// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/engine/engine.hpp"

#include <algorithm>
#include <utility>

#include "daemon/core/engine/adoption.hpp"
#include "daemon/core/engine/answers.hpp"
#include "daemon/core/engine/baselines.hpp"
#include "daemon/core/engine/calls.hpp"
#include "daemon/core/engine/commands.hpp"
#include "daemon/core/engine/driving.hpp"
#include "daemon/core/engine/ending.hpp"
#include "daemon/core/engine/expiry.hpp"
#include "daemon/core/engine/firing.hpp"
#include "daemon/core/engine/jobs.hpp"
#include "daemon/core/engine/last_looks.hpp"
#include "daemon/core/engine/recovery.hpp"
#include "daemon/core/engine/reload.hpp"
#include "daemon/core/engine/schedules.hpp"
#include "daemon/core/engine/sending.hpp"
#include "daemon/core/engine/skipping.hpp"
#include "daemon/core/engine/status.hpp"
#include "daemon/core/engine/stopping.hpp"

namespace taktd {
namespace {

template <class Time>
void take_earlier(std::optional<Time>& when, std::optional<Time> other) {
    if (other && (!when || *other < *when)) when = other;
}

// Runs first, then what may be sent, then new work: a herd of starts never delays a stop.
void run_due(EngineState& engine) {
    // What waited for the clock to pass the store's newest instant, or for the store, goes on.
    if (engine.gate.has_opened(engine.now.wall)) engine.accounts.mark_all();
    const auto gather = [&](auto& agenda, auto time, auto&& drive) {
        const auto due = agenda.take_due(time, engine.budget.due());
        for (const auto& id : due) drive(id);
        if (const auto next = agenda.next(); next && *next <= time) engine.budget.leave_over();
    };
    const auto drive = [&](const RunId& id) {
        engine.budget.spend_due();
        drive_run(engine, id);
    };
    go_on_stopping(engine);
    expire(engine);
    gather(engine.runs.by_wall(), engine.now.wall, drive);
    gather(engine.runs.by_boot(), engine.now.boot, drive);
    gather(engine.calls.commit_waits(), engine.now.boot, [&](const CallId& id) {
        if (PendingCall* call = engine.calls.find(id)) make_ready(engine, *call);
    });
    gather(engine.accounts.by_boot(), engine.now.boot, [&](const std::string& name) { engine.accounts.mark(name); });
    gather(engine.baselines.agenda(), engine.now.boot,
           [&](const std::string& task_key) { drive_look(engine, task_key); });
    gather(engine.ended.agenda(), engine.now.boot, [&](const RunId& id) { drive_last_look(engine, id); });
    adopt_some(engine);
    if (may_consume(engine))
        gather(engine.jobs.agenda(), engine.now.wall, [&](const std::string& name) { drive_job(engine, name); });
    // Pumping an account can end runs, which can make others of the same account wait for something else.
    while (const auto name = engine.accounts.take_marked()) pump(engine, engine.accounts.at(*name));
}

Effects finish(EngineState& engine) {
    std::vector<Row> run_rows;
    run_rows.reserve(engine.journal.touched().size() + engine.journal.size());
    for (const auto& id : engine.journal.touched()) {
        LiveRun& run = engine.runs.at(id);
        RunRow& row = run.row;
        row.updated = engine.now.wall;
        engine.runs.count(run);
        if (is_terminal(row.state)) {
            run_rows.emplace_back(std::move(row));
            engine.runs.erase(id);
        } else {
            run_rows.emplace_back(row);
        }
    }
    Journal::Closed closed = engine.journal.close(std::move(run_rows));
    engine.effects.append = std::move(closed.append);
    std::ranges::move(closed.replies, std::back_inserter(engine.effects.replies));

    auto& wake = engine.effects.wake;
    take_earlier(wake.wall, engine.runs.by_wall().next());
    if (may_consume(engine)) take_earlier(wake.wall, engine.jobs.agenda().next());
    take_earlier(wake.wall, engine.gate.opens_at(engine.now.wall));
    take_earlier(wake.wall, next_expiry(engine));
    take_earlier(wake.boot, engine.runs.by_boot().next());
    take_earlier(wake.boot, engine.calls.commit_waits().next());
    take_earlier(wake.boot, engine.accounts.by_boot().next());
    take_earlier(wake.boot, engine.baselines.agenda().next());
    take_earlier(wake.boot, engine.ended.agenda().next());
    const auto next_run = engine.runs.by_wall().next();
    wake.at_once = engine.budget.has_left_over() || (next_run && *next_run <= engine.now.wall);
    return std::move(engine.effects);
}

void on(EngineState& engine, const Durable& event) {
    Journal::Committed committed = engine.journal.commit(event.step);
    for (const auto& id : committed.intents) {
        PendingCall* call = engine.calls.find(id);
        if (call == nullptr) continue;  // withdrawn meanwhile
        engine.calls.end_wait(id);
        make_ready(engine, *call);
    }
    std::ranges::move(committed.replies, std::back_inserter(engine.effects.replies));
    if (committed.has_room_again) engine.accounts.mark_all();
}

void on(EngineState& engine, const StoreDown&) {
    engine.gate.lose_store();
    withdraw_unreleased_intents(engine);
}

void on(EngineState& engine, const StoreUp&) {
    engine.gate.regain_store();
    for (auto& [name, job] : engine.jobs) plan_job(engine, job);
}

void on(EngineState& engine, const StoreChecked& event) {
    engine.gate.judge_store(event.is_damaged);
    if (engine.gate.is_store_damaged()) withdraw_unreleased_intents(engine);
}

void on(EngineState& engine, const ShutdownRequested& event) {
    engine.gate.drain();
    withdraw_unreleased_intents(engine);
    if (!event.stop_all) return;
    std::vector<RunId> ids;
    for (const auto& [id, run] : engine.runs) ids.push_back(id);
    for (const auto& id : ids) {
        LiveRun& run = engine.runs.at(id);
        if (!owes_stop(run.row.state)) continue;
        request_end(engine, run, {Reason::operator_request, "taktd", "the daemon shuts down with --stop-all-on-exit"});
        drive_run(engine, id);
    }
}

void on(EngineState&, const Wake&) {}

}  // namespace

Engine::Engine(std::uint64_t seed, SliceSizes slices) : state_{std::make_unique<EngineState>(seed, slices)} {}
Engine::~Engine() = default;
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;

Effects Engine::step(const Event& event, Now now) {
    state_->now = now;
    state_->budget.begin_step();
    state_->effects = {};
    state_->accounts.begin_step();
    std::visit([this](const auto& e) { on(*state_, e); }, event);
    run_due(*state_);
    return finish(*state_);
}

std::vector<std::string> Engine::objections(const Config& config) const {
    std::vector<std::string> found;
    for (const auto& [id, run] : state_->runs) {
        if (!owes_stop(run.row.state)) continue;
        const ProviderSpec& owed = *run.row.plan.provider;
        const auto provider = config.providers.find(owed.name);
        const std::string owes =
            "provider '" + owed.name + "' owes a stop (run " + id.text() + " of job '" + run.row.job + "')";
        if (provider == config.providers.end()) {
            found.push_back(owes + ": it cannot be removed before that run has ended");
        } else if (provider->second->type != owed.type || provider->second->endpoint != owed.endpoint ||
                   provider->second->scope != owed.scope) {
            found.push_back(owes + ": its type, endpoint and scope cannot change before that run has ended");
        }
    }
    return found;
}

EngineStatus Engine::status() const { return status_of(*state_); }

std::vector<NextStart> Engine::next_starts(std::size_t count) const { return next_starts_of(*state_, count); }

AccountStatus Engine::status_of_account(const ProviderSpec& provider, Now now) const {
    const Account* account = state_->accounts.find(provider.account);
    if (account == nullptr) return status_of(Account{provider}, now);  // no request has been wanted there yet
    return status_of(*account, now);
}

std::optional<StopStatus> Engine::status_of_stop(const RunId& run, Now now) const {
    if (!state_->runs.contains(run)) return std::nullopt;
    const StopPursuit& pursuit = state_->runs.at(run).stop;
    if (!pursuit.cause()) return std::nullopt;
    return status_of(pursuit, now);
}

void Engine::assert_invariants() const { state_->assert_invariants(); }

bool Engine::is_adopting() const { return state_->adoption.is_running(); }

bool Engine::is_store_up() const { return state_->gate.is_store_up(); }

bool Engine::is_clock_trusted(Now now) const { return !state_->gate.opens_at(now.wall); }

bool Engine::is_store_damaged() const { return state_->gate.is_store_damaged(); }

std::vector<LimiterRow> Engine::limiter_rows(Now now) const {
    return state_->accounts.limiter_rows(now, state_->boot_id);
}

}  // namespace taktd
