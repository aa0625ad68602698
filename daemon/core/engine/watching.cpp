#include "daemon/core/engine/watching.hpp"

#include <utility>

#include "daemon/core/engine/accounts.hpp"

namespace taktd {

void watch_at(EngineState& engine, const std::string& task_key, BootTime when) {
    WatchedTask& task = engine.watched.at(task_key);
    Account& account = account_of(engine, *task.provider);
    if (task.next) account.watches.erase({*task.next, task_key});
    task.next = when;
    account.watches.emplace(when, task_key);
    mark_dirty(engine, *task.provider);
}

void own_run_changed(EngineState& engine, const std::string& task_key) {
    const auto found = engine.watched.find(task_key);
    if (found == engine.watched.end()) return;
    WatchedTask& task = found->second;
    task.own_until = engine.now.boot;
    if (!task.found) return;
    task.found->ended = true;
    engine.journal.write(*std::exchange(task.found, std::nullopt));
}

bool has_foreign_stop_pending(const EngineState& engine, const std::string& task_key) {
    const auto found = engine.watched.find(task_key);
    if (found == engine.watched.end()) return false;
    return found->second.stop_call || found->second.may_stop_until > engine.now.boot;
}

}  // namespace taktd
