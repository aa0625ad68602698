// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/engine/accounts.hpp"

#include <utility>

namespace taktd {

Account& account_of(EngineState& engine, const ProviderSpec& provider) {
    return engine.accounts.of(provider, engine.now, engine.boot_id);
}

void tell_limits(EngineState& engine) {
    for (const auto& [name, provider] : engine.config->providers) {
        const bool is_first = !engine.configured;
        if (auto row = engine.accounts.tell_limit(*provider, is_first, engine.now, engine.boot_id))
            engine.journal.write(std::move(*row));
    }
}

bool may_admit(EngineState& engine, Account& account, CallClass call_class, std::size_t ahead, Duration horizon) {
    const BootTime permit = account.limiter.earliest(call_class, engine.now.boot, static_cast<int>(ahead));
    if (permit > engine.now.boot + horizon) {
        account.wake_by(permit - horizon, engine.now.boot);
        return false;
    }
    if (engine.budget.admissions() == 0) {
        engine.budget.leave_over();
        engine.accounts.mark_later(account.name);
        return false;
    }
    engine.budget.spend_admission();
    return true;
}

ProviderPtr successor_of(const EngineState& engine, const ProviderSpec& owed) {
    const auto found = engine.config->providers.find(owed.name);
    if (found == engine.config->providers.end()) return nullptr;
    const ProviderSpec& provider = *found->second;
    const bool is_same_place =
        provider.type == owed.type && provider.endpoint == owed.endpoint && provider.scope == owed.scope;
    return is_same_place && provider.account != owed.account ? found->second : nullptr;
}

}  // namespace taktd
