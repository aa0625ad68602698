// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/engine/last_looks.hpp"

#include <algorithm>

#include "daemon/core/engine/accounts.hpp"
#include "daemon/core/engine/calls.hpp"
#include "daemon/core/engine/ended.hpp"
#include "daemon/core/engine/foreign.hpp"
#include "daemon/core/engine/reviving.hpp"
#include "daemon/core/rules/outcomes.hpp"
#include "daemon/core/rules/retry.hpp"

namespace taktd {

void drive_last_look(EngineState& engine, const RunId& id) {
    auto* found = engine.ended.find(id);
    if (found == nullptr || found->query) return;
    LastLook& look = *found;
    if (engine.tasks.is_owned(look.ended.task_key)) {  // a later run of ours has the task: after that
        look.not_shown_since.reset();
        look.not_shown = 0;
        return engine.ended.look_at(id, engine.now.boot + look.ended.plan.provider->settle);
    }
    // Its key may have been replaced since.
    if (const ProviderPtr successor = successor_of(engine, *look.ended.plan.provider))
        look.ended.plan.provider = successor;
    const ProviderSpec& provider = *look.ended.plan.provider;
    account_of(engine, provider).last_looks_wanted.insert(id);
    engine.accounts.mark(provider.account);
}

void ask_last_look(EngineState& engine, const RunId& id) {
    auto* found = engine.ended.find(id);
    if (found == nullptr) return;
    LastLook& look = *found;
    PendingCall& call = make_call(engine, spec_of(look.ended, Action::query), CallClass::settle, ForLastLook{id});
    look.query = call.row.id;
    release(engine, call);
}

void last_look_answered(EngineState& engine, const RunId& id, const PendingCall& call, const CallResult& result) {
    auto* found = engine.ended.find(id);
    if (found == nullptr || found->query != call.row.id) return;
    LastLook& look = *found;
    look.query.reset();
    const RunRow ended = look.ended;
    const Observation shown = seen_of(result, ended.plan.task.task_id);
    const bool is_nameless = shown.activity() == Activity::active && !shown.token;
    if (shown.remote == RemoteState::unknown || is_nameless) {
        // Only a vendor that answers tries the patience: while it is out of reach or refuses our keys, nothing is
        // known.
        if (shows_authentication(result.outcome)) {
            if (!look.not_shown_since) look.not_shown_since = call.asked_boot;
            const bool is_long = call.asked_boot >= *look.not_shown_since + kLastLookPatience;
            if (++look.not_shown >= kLastLookAnswers && is_long) return close_last_look(engine, ended.id);
        }
        const Backoff backoff{kFirstQueryWait, std::max<Duration>(ended.plan.provider->poll_interval, kFirstQueryWait)};
        const Duration wait = backoff_after(backoff, ++look.failures, engine.random);
        engine.ended.look_at(ended.id, engine.now.boot + std::max(wait, vendor_wait(result)));
        return;
    }
    if (revive_if_ours(engine, ended, shown)) return close_last_look(engine, ended.id);
    // One answer may be a cache's, or a replica's that lags: a second one, `settle` later, makes it certain.
    const Duration settle = ended.plan.provider->settle;
    if (!look.clear_since) look.clear_since = call.asked_boot;
    if (call.asked_boot < *look.clear_since + settle) {
        const BootTime confirmed_by = *look.clear_since + settle;
        look.not_shown_since.reset();
        look.not_shown = 0;
        return engine.ended.look_at(ended.id, std::max(confirmed_by, engine.now.boot));
    }
    close_last_look(engine, ended.id);
    task_seen(engine, ended.task_key, shown, call);
}

}  // namespace taktd
