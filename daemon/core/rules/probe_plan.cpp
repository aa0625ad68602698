// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/rules/probe_plan.hpp"

#include <algorithm>
#include <array>

namespace taktd {
namespace {

using namespace std::chrono_literals;

constexpr Duration kLockWindow = 5min;
constexpr std::size_t kRefusalsMax = 4;  // in any kLockWindow: the fifth would lock the key

// Each at least twice the one before; jitter makes one up to a tenth shorter. The refusal that closes the account and
// the first three probes are four in five minutes. The fifth comes 324 s after the fourth at the earliest: after the
// window of all of them, and after a lock that the fourth would have renewed. From there on there are two in any
// window.
constexpr std::array<Duration, 5> kWaits{5s, 60s, 150s, 360s, ProbePlan::kLongestWait};

}  // namespace

void ProbePlan::close(BootTime now, Random& random) {
    if (!reopened_ || now - *reopened_ > kLongestWait) probes_ = 0;
    wait(now, random);
}

void ProbePlan::note_refusal(BootTime now) {
    while (!refusals_.empty() && now - refusals_.front() >= kLockWindow) refusals_.pop_front();
    refusals_.push_back(now);
    if (refusals_.size() > kRefusalsMax + 1) refusals_.pop_front();
}

void ProbePlan::probe_at_once(BootTime now) {
    next_ = now;
    is_at_once_ = true;
}

// Calls that were on their way together may have used up what the vendor bears. One more would lock the key; after more
// than that it is locked already, and a probe can only show that it was a hiccup.
BootTime ProbePlan::next() const {
    if (is_at_once_ || refusals_.size() != kRefusalsMax) return next_;
    return std::max(next_, refusals_.front() + kLockWindow);
}

void ProbePlan::probe(BootTime now, Random& random) { wait(now, random); }

void ProbePlan::wait(BootTime now, Random& random) {
    const Duration full = kWaits[std::min(probes_++, kWaits.size() - 1)];
    is_at_once_ = false;
    next_ = now + full - std::chrono::duration_cast<Duration>(full * (random.fraction() / 10.0));
}

}  // namespace taktd
