// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/state/gate.hpp"

#include <utility>

namespace taktd {

bool Gate::accepts_starts(WallTime now) const {
    return store_up_ && !store_damaged_ && !draining_ && now >= clock_trusted_from_;
}

const char* Gate::objection() const {
    if (!store_up_) return "the store cannot be written";
    if (store_damaged_) return "the store is damaged";
    return "the daemon is stopping or its clock is behind the store";
}

bool Gate::has_opened(WallTime now) {
    const bool accepts = accepts_starts(now);
    return !std::exchange(accepted_, accepts) && accepts;
}

std::optional<WallTime> Gate::opens_at(WallTime now) const {
    if (now >= clock_trusted_from_) return std::nullopt;
    return clock_trusted_from_;
}

void Gate::set(const HoldRow& hold) {
    if (hold.engaged) {
        holds_[hold.scope] = hold;
    } else {
        holds_.erase(hold.scope);
    }
}

std::vector<HoldRow> Gate::take_expired(WallTime now) {
    std::vector<HoldRow> expired;
    std::erase_if(holds_, [&](const auto& hold) {
        const bool is_over = !hold.second.is_in_force(now);
        if (is_over) expired.push_back(hold.second);
        return is_over;
    });
    return expired;
}

std::optional<WallTime> Gate::next_expiry() const {
    std::optional<WallTime> next;
    for (const auto& [scope, hold] : holds_)
        if (hold.until && (!next || *hold.until < *next)) next = hold.until;
    return next;
}

const HoldRow* Gate::hold_on(const std::string& job, const std::string& provider, WallTime now) const {
    for (const auto& scope : {std::string{}, "job:" + job, "provider:" + provider}) {
        const auto hold = holds_.find(scope);
        if (hold != holds_.end() && hold->second.is_in_force(now)) return &hold->second;
    }
    return nullptr;
}

}  // namespace taktd
