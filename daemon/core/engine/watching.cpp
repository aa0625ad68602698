// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/engine/watching.hpp"

#include <utility>

#include "daemon/core/engine/accounts.hpp"

namespace taktd {

void watch_at(EngineState& engine, const std::string& task_key, BootTime when) {
    WatchedTask& task = engine.foreign.at(task_key);
    Account& account = account_of(engine, *task.provider);
    if (task.next) account.watches.erase({*task.next, task_key});
    task.next = when;
    account.watches.emplace(when, task_key);
    engine.accounts.mark(task.provider->account);
}

void own_run_changed(EngineState& engine, const std::string& task_key) {
    auto* found = engine.foreign.find(task_key);
    if (found == nullptr) return;
    WatchedTask& task = *found;
    task.own_until = engine.now.boot;
    if (!task.found) return;
    task.found->ended = true;
    engine.journal.write(*std::exchange(task.found, std::nullopt));
}

bool has_foreign_stop_pending(const EngineState& engine, const std::string& task_key) {
    auto* found = engine.foreign.find(task_key);
    if (found == nullptr) return false;
    return found->stop_call || found->may_stop_until > engine.now.boot;
}

}  // namespace taktd
