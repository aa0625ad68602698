// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/engine/baselines.hpp"

#include <algorithm>
#include <utility>

#include "daemon/core/engine/accounts.hpp"
#include "daemon/core/engine/runs.hpp"

namespace taktd {
namespace {

void queue_look(EngineState& engine, const std::string& task_key, Look& look) {
    look.is_queued = true;
    if (!look.wanted_since) look.wanted_since = engine.now.boot;
    account_of(engine, *look.provider).looks_wanted.emplace(look.due, task_key);
    engine.accounts.mark(look.provider->account);
}

}  // namespace

void want_look(EngineState& engine, const ProviderPtr& provider, const TaskSpec& task, const std::string& task_key,
               const LookSpan& span) {
    Look& look = engine.baselines.add(task_key);
    unqueue_look(engine, task_key, look);  // several providers may name one task; it is asked for through one of them
    const bool is_new = look.provider == nullptr || engine.now.wall > look.wanted_until;
    look.due = is_new ? span.due : std::min(look.due, span.due);
    look.wanted_until = std::max(look.wanted_until, span.until);
    look.provider = provider;
    look.task = task;
    if (look.query) return;
    if (look.next_ask && *look.next_ask > engine.now.boot) {
        engine.baselines.look_at(task_key, look.next_ask);
        return;
    }
    queue_look(engine, task_key, look);
}

void unqueue_look(EngineState& engine, const std::string& task_key, Look& look) {
    if (!std::exchange(look.is_queued, false)) return;
    account_of(engine, *look.provider).looks_wanted.erase({look.due, task_key});
}

void forget_look(EngineState& engine, const std::string& task_key) {
    auto* found = engine.baselines.find(task_key);
    if (found == nullptr) return;
    unqueue_look(engine, task_key, *found);
    engine.look_rows.forget("look " + task_key);
    engine.baselines.erase(task_key);
}

void drive_look(EngineState& engine, const std::string& task_key) {
    auto* found = engine.baselines.find(task_key);
    if (found == nullptr || found->query) return;
    if (!engine.tasks.waiting(task_key).empty()) {
        reconsider_task(engine, task_key);
    } else if (found->seen || engine.now.wall > found->wanted_until) {
        forget_look(engine, task_key);
    } else {
        const Look& look = *found;
        want_look(engine, look.provider, look.task, task_key, {look.due, look.wanted_until});
    }
}

BaselineState baseline_state(const EngineState& engine, const LiveRun& run) {
    const ProviderSpec& provider = run.job ? *run.job->provider : *run.row.plan.provider;
    if (!provider.baseline) return BaselineState::not_needed;
    auto* look = engine.baselines.find(run.row.task_key);
    if (look == nullptr || !look->seen) return BaselineState::none;
    const Baseline& baseline = *look->seen;
    if (engine.now.boot - look->seen_boot > kBaselineMaxAge) return BaselineState::none;
    // The wall clock may have been set back since the run came due: what was asked after that was asked in time.
    const bool since_due = baseline.asked >= run.row.start_due || look->seen_boot >= run.known_since;
    if (!since_due && baseline.asked < run.row.start_due - kBaselineLead) return BaselineState::none;
    if (baseline.seen.activity() == Activity::inactive) return BaselineState::inactive;
    return since_due ? BaselineState::active : BaselineState::active_early;
}

}  // namespace taktd
