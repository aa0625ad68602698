// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/engine/expiry.hpp"

#include <algorithm>

namespace taktd {
namespace {

constexpr const char* kExpired = "its time is over";

}  // namespace

void expire(EngineState& engine) {
    for (HoldRow& hold : engine.gate.take_expired(engine.now.wall)) {
        hold.engaged = false;
        hold.has_expired = true;
        hold.actor = "taktd";
        hold.reason = kExpired;
        engine.journal.write(std::move(hold));
    }
    for (const auto& name : engine.jobs.enablings().take_due(engine.now.wall, engine.budget.due())) {
        engine.budget.spend_due();
        JobStateRow& stored = engine.jobs.at(name).stored;
        stored.disabled = false;
        stored.until.reset();
        stored.actor = "taktd";
        stored.reason = kExpired;
        engine.journal.write(stored);
    }
    if (const auto next = engine.jobs.enablings().next(); next && *next <= engine.now.wall) engine.budget.leave_over();
}

std::optional<WallTime> next_expiry(const EngineState& engine) {
    const auto hold = engine.gate.next_expiry();
    const auto enabling = engine.jobs.enablings().next();
    if (!hold || !enabling) return hold ? hold : enabling;
    return std::min(*hold, *enabling);
}

}  // namespace taktd
