// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/state/stop_pursuit.hpp"

#include <algorithm>
#include <utility>

#include "daemon/core/rules/retry.hpp"

namespace taktd {

void StopPursuit::begin(BootTime now) {
    next_ = now;
    sight_.reset();
    last_ended_.reset();
}

int StopPursuit::admit(const CallId& call) {
    call_ = call;
    return ++attempts_;
}

void StopPursuit::answer(const CallResult& result, bool retries_at_once, Random& random, BootTime now) {
    sight_.reset();
    last_ended_ = result.ended_boot;
    last_accepted_ = result.outcome == Outcome::accepted;
    accepted_ = accepted_ || last_accepted_;
    if (result.outcome == Outcome::clock_skew) return answer_skew(retries_at_once, now);
    const Backoff backoff = result.outcome == Outcome::refused_final ? kRefusedStopBackoff : kStopBackoff;
    const Duration wait = backoff_after(backoff, ++failures_, random);
    next_ = now + std::max(wait, vendor_wait(result, kOwedVendorWaitMax));
}

void StopPursuit::answer_healing(const CallResult& result, int failures, Random& random, BootTime now) {
    const Duration wait = backoff_after(kStopBackoff, failures, random);
    next_ = now + std::max(wait, vendor_wait(result, kOwedVendorWaitMax));
}

void StopPursuit::answer_skew(bool retries_at_once, BootTime now) {
    skew_retry_ = retries_at_once;
    next_ = now;
}

void StopPursuit::remember(Outcome outcome, BootTime now) {
    ++attempts_;
    last_ended_ = now;
    last_accepted_ = outcome == Outcome::accepted;
    accepted_ = accepted_ || last_accepted_;
}

bool StopPursuit::take_skew_retry() { return std::exchange(skew_retry_, false); }

bool StopPursuit::see(RemoteState remote, BootTime asked) {
    if (call_ || !last_ended_) return true;
    if (asked < *last_ended_) return false;
    // One that could not be read takes back no inactivity: another stop would only begin the wait for `settle` anew.
    const bool was_inactive = sight_ && activity_of(sight_->remote) == Activity::inactive;
    if (remote != RemoteState::unknown || !was_inactive) sight_ = Sight{remote};
    return true;
}

void StopPursuit::see_anothers(bool is_anothers) {
    if (sight_) sight_->is_anothers = is_anothers;
}

bool StopPursuit::wants_stop(BootTime now) const {
    if (call_) return false;
    if (!last_ended_) return true;
    if (!sight_) return !last_accepted_;
    switch (sight_->remote) {
        case RemoteState::waiting:
        case RemoteState::running:
        case RemoteState::paused:
            return !sight_->is_anothers;  // it would hit a stranger; a look will confirm that, or show our own
        case RemoteState::unknown: return true;
        case RemoteState::stopping: return now >= *last_ended_ + kStoppingResend;
        default: return false;  // inactive: let `settle` pass
    }
}

std::optional<BootTime> StopPursuit::wake(bool may_go) const {
    if (call_) return std::nullopt;
    if (may_go) return next_;
    const bool is_stopping = sight_ && sight_->remote == RemoteState::stopping && last_ended_;
    return is_stopping ? std::optional{*last_ended_ + kStoppingResend} : std::nullopt;
}

}  // namespace taktd
