#include "daemon/core/engine/accounts.hpp"

#include <utility>

namespace taktd {
namespace {

/// The bucket as the last process left it, as far as anybody knows, under a limit of now.
Limiter inherited_limiter(const EngineState& engine, const std::string& account, const RateLimit& limit) {
    Limiter limiter{limit};
    if (!engine.buckets_full) {
        limiter.empty(engine.now.boot);
    } else if (const auto debt = engine.stored_debts.find(account); debt != engine.stored_debts.end()) {
        const bool same_boot = debt->second.boot_id == engine.boot_id;
        limiter.owe(debt->second.debt - (same_boot ? engine.now.boot - debt->second.at_boot : Duration::zero()),
                    debt->second.interval, engine.now.boot);
    }
    return limiter;
}

}  // namespace

Account& account_of(EngineState& engine, const ProviderSpec& provider) {
    const auto found = engine.accounts.find(provider.account);
    if (found != engine.accounts.end()) return found->second;
    Account account{provider};
    // A stop plan carries the limit of its intent, the store the one in force since (R6). Every plan is younger than
    // the first one stored, so the plan's counts only in a store that knows of none.
    const auto told = engine.told_limits.find(provider.account);
    const RateLimit& limit = told == engine.told_limits.end() ? provider.rate_limit : told->second;
    account.limiter = inherited_limiter(engine, provider.account, limit);
    return engine.accounts.emplace(provider.account, std::move(account)).first->second;
}

void tell_limits(EngineState& engine) {
    for (const auto& [name, provider] : engine.config->providers) {
        const RateLimit& limit = provider->rate_limit;
        const bool is_used = engine.accounts.contains(provider->account);
        Limiter& limiter = account_of(engine, *provider).limiter;
        limiter.set_limit(limit, engine.now.boot);
        // Under another limit the bucket may have been brought back smaller than the one that counts, which lacks more.
        if (!engine.configured || !is_used)
            limiter.share_debt(inherited_limiter(engine, provider->account, limit), engine.now.boot);
        const auto told = engine.told_limits.find(provider->account);
        if (told != engine.told_limits.end() && told->second == limit) continue;
        engine.told_limits.insert_or_assign(provider->account, limit);
        engine.journal.write(LimitRow{provider->account, limit, engine.now.wall});
    }
}

void wake_at(const EngineState& engine, Account& account, BootTime when) {
    if (when > engine.now.boot && (!account.wake || when < *account.wake)) account.wake = when;
}

bool may_admit(EngineState& engine, Account& account, CallClass call_class, std::size_t ahead, Duration horizon) {
    const BootTime permit = account.limiter.earliest(call_class, engine.now.boot, static_cast<int>(ahead));
    if (permit > engine.now.boot + horizon) {
        wake_at(engine, account, permit - horizon);
        return false;
    }
    if (engine.budget.admissions() == 0) {
        engine.budget.leave_over();
        engine.dirty_accounts_later.insert(account.name);
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

void mark_dirty(EngineState& engine, const ProviderSpec& provider) { engine.dirty_accounts.insert(provider.account); }

}  // namespace taktd
