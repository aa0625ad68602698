// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/engine/key_change.hpp"

#include <utility>

#include "daemon/core/engine/accounts.hpp"
#include "daemon/core/engine/queues.hpp"
#include "daemon/core/engine/runs.hpp"
#include "daemon/core/engine/skipping.hpp"

namespace taktd {

void follow_keys(EngineState& engine) {
    std::vector<RunId> owing;
    for (const auto& [id, run] : engine.runs) {
        if (owes_stop(run.row.state)) owing.push_back(id);
    }
    for (const auto& id : owing) {
        LiveRun& run = engine.runs.at(id);
        const ProviderPtr successor = successor_of(engine, *run.row.plan.provider);
        if (successor == nullptr || successor->credentials != run.row.plan.provider->credentials) continue;
        account_of(engine, *successor)
            .limiter.share_debt(account_of(engine, *run.row.plan.provider).limiter, engine.now.boot);
        change_account(engine, run, *successor);
    }
}

void change_account(EngineState& engine, LiveRun& run, const ProviderSpec& to) {
    const RunId id = run.row.id;
    if (engine.calls.is_unreleased(run.start.call)) {
        withdraw_intent(engine, run, Reason::none);  // it follows its job
        return;
    }
    forget_queued(engine, run);
    account_of(engine, *run.row.plan.provider).runs.erase(id);
    auto moved = std::make_shared<ProviderSpec>(*run.row.plan.provider);
    moved->credentials = to.credentials;
    moved->account = to.account;
    run.row.plan.provider = std::move(moved);
    account_of(engine, to).runs.insert(id);
    touch(engine, run);
    if (run.row.state == RunState::stopping && !run.stop.call()) run.stop.at_once(engine.now.boot);
    if (!run.asking.call && run.row.state != RunState::starting) run.asking.next = engine.now.boot;
    engine.runs.look_at(id, engine.now.boot);
}

bool leave_account(EngineState& engine, LiveRun& run) {
    const ProviderPtr successor = successor_of(engine, *run.row.plan.provider);
    if (successor == nullptr || account_of(engine, *successor).closed) return false;
    change_account(engine, run, *successor);
    return true;
}

}  // namespace taktd
