// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/state/accounts.hpp"

#include "daemon/core/base/check.hpp"

namespace taktd {

bool Account::permits(CallClass call_class, BootTime now) {
    if (limiter.permits(call_class, now)) return true;
    wake_by(limiter.earliest(call_class, now), now);
    return false;
}

void Account::wake_by(BootTime when, BootTime now) {
    if (when > now && (!wake || when < *wake)) wake = when;
}

void Accounts::recover(const Snapshot& past) {
    buckets_full_ = past.clean_stop || past.first_start;
    for (const auto& debt : past.limiters) stored_debts_.emplace(debt.account, debt);
    for (const auto& told : past.limits) told_limits_.emplace(told.account, told.limit);
}

Account* Accounts::find(const std::string& name) {
    const auto found = accounts_.find(name);
    return found == accounts_.end() ? nullptr : &found->second;
}

const Account* Accounts::find(const std::string& name) const {
    const auto found = accounts_.find(name);
    return found == accounts_.end() ? nullptr : &found->second;
}

Account& Accounts::of(const ProviderSpec& provider, Now now, const std::string& boot_id) {
    if (Account* known = find(provider.account)) return *known;
    Account account{provider};
    // A stop plan carries the limit of its intent, the store the one in force since (R6). Every plan is younger than
    // the first one stored, so the plan's counts only in a store that knows of none.
    const auto told = told_limits_.find(provider.account);
    const RateLimit& limit = told == told_limits_.end() ? provider.rate_limit : told->second;
    account.limiter = inherited_limiter(provider.account, limit, now, boot_id);
    return accounts_.emplace(provider.account, std::move(account)).first->second;
}

/// The bucket as the last process left it, as far as anybody knows, under a limit of now.
Limiter Accounts::inherited_limiter(const std::string& account, const RateLimit& limit, Now now,
                                    const std::string& boot_id) const {
    Limiter limiter{limit};
    if (!buckets_full_) {
        limiter.empty(now.boot);
    } else if (const auto debt = stored_debts_.find(account); debt != stored_debts_.end()) {
        const bool same_boot = debt->second.boot_id == boot_id;
        limiter.owe(debt->second.debt - (same_boot ? now.boot - debt->second.at_boot : Duration::zero()),
                    debt->second.interval, now.boot);
    }
    return limiter;
}

std::optional<LimitRow> Accounts::tell_limit(const ProviderSpec& provider, bool is_first, Now now,
                                             const std::string& boot_id) {
    const RateLimit& limit = provider.rate_limit;
    const bool is_used = accounts_.contains(provider.account);
    Limiter& limiter = of(provider, now, boot_id).limiter;
    limiter.set_limit(limit, now.boot);
    // Under another limit the bucket may have been brought back smaller than the one that counts, which lacks more.
    if (is_first || !is_used) limiter.share_debt(inherited_limiter(provider.account, limit, now, boot_id), now.boot);
    const auto told = told_limits_.find(provider.account);
    if (told != told_limits_.end() && told->second == limit) return std::nullopt;
    told_limits_.insert_or_assign(provider.account, limit);
    return LimitRow{provider.account, limit, now.wall};
}

std::vector<LimiterRow> Accounts::limiter_rows(Now now, const std::string& boot_id) const {
    std::vector<LimiterRow> rows;
    // Accounts that this process had no use for keep what the last one left.
    for (const auto& [name, row] : stored_debts_) {
        if (!accounts_.contains(name)) rows.push_back(row);
    }
    for (const auto& [name, account] : accounts_) {
        rows.push_back(
            {name, account.limiter.debt(now.boot), account.limiter.limit().interval, now.boot, now.wall, boot_id});
    }
    return rows;
}

void Accounts::mark_all() {
    for (const auto& [name, account] : accounts_) marked_.insert(name);
}

std::optional<std::string> Accounts::take_marked() {
    if (marked_.empty()) return std::nullopt;
    return std::move(marked_.extract(marked_.begin()).value());
}

void Accounts::assert_invariants() const {
    for (const auto& [name, account] : accounts_) {
        TAKTD_CHECK(account.name == name, "an account is found by its own name");
        for (const AdmittedCalls* admitted :
             {&account.stops_admitted, &account.starts_admitted, &account.foreign_stops})
            for (const auto& place : admitted->ready)
                TAKTD_CHECK(admitted->all.contains(place), "what may go now was admitted");
        TAKTD_CHECK(!account.closed || account.starts_admitted.all.empty(), "a closed account holds no starts");
    }
}

}  // namespace taktd
