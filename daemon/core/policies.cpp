#include "daemon/core/policies.hpp"

#include <algorithm>

namespace taktd {

WallTime latest_start(const Window& window, Misfire misfire) {
    const WallTime by_window = window.stop_due - window.min_window;
    if (misfire == Misfire::run_late) return by_window;
    return std::min(window.start_due + window.start_grace, by_window);
}

StartVerdict decide_start(const StartFacts& facts) {
    const auto skip = [](Reason reason) { return StartVerdict{StartVerdict::Kind::skip, reason}; };
    if (facts.removed) return skip(Reason::removed);
    if (facts.disabled) return skip(Reason::disabled);
    if (facts.held) return skip(Reason::hold);

    // By hand and run_late alike know no grace, but a window that has all but passed is not worth a start.
    const bool knows_grace = !facts.by_hand && facts.misfire == Misfire::skip;
    if (facts.now > latest_start(facts.window, knows_grace ? Misfire::skip : Misfire::run_late)) {
        if (facts.looked_in_vain) return skip(Reason::no_baseline);
        const bool missed = knows_grace && facts.now > facts.window.start_due + facts.window.start_grace;
        return skip(missed ? Reason::misfire : Reason::window_too_short);
    }
    if (facts.provider_closed) return skip(Reason::provider_unauthorized);
    if (facts.job_is_live) return skip(Reason::overlap);
    if (facts.task_is_taken) return skip(Reason::task_busy);

    switch (facts.baseline) {
        case BaselineState::active: return skip(Reason::task_busy);
        case BaselineState::active_early:
        case BaselineState::none: return {StartVerdict::Kind::look, Reason::none};
        case BaselineState::inactive:
        case BaselineState::not_needed: break;
    }
    return {};
}

}  // namespace taktd
