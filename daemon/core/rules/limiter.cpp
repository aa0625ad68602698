// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/rules/limiter.hpp"

#include <algorithm>
#include <cmath>

namespace taktd {
namespace {

/// A debt is a number of tokens: as long as those take at another interval, rounded up.
Duration at_interval(Duration debt, Duration from, Duration to) {
    if (from == to || from <= Duration::zero() || debt <= Duration::zero()) return debt;
    const Duration whole = debt / from * to;
    const auto rest = static_cast<long double>((debt % from).count()) * static_cast<long double>(to.count()) /
                      static_cast<long double>(from.count());
    return whole + std::min(Duration{static_cast<Duration::rep>(std::ceil(rest))}, to);
}

}  // namespace

void Limiter::empty(BootTime now) { full_at_ = now + limit_.burst * limit_.interval; }

void Limiter::owe(Duration debt, Duration interval, BootTime now) {
    const Duration lacking = at_interval(debt, interval, limit_.interval);
    full_at_ = now + std::clamp(lacking, Duration::zero(), Duration{limit_.burst * limit_.interval});
}

void Limiter::share_debt(const Limiter& other, BootTime now) {
    full_at_ = std::max(full_at_, now + at_interval(other.debt(now), other.limit_.interval, limit_.interval));
}

void Limiter::set_limit(RateLimit limit, BootTime now) {
    full_at_ = now + at_interval(debt(now), limit_.interval, limit.interval);
    limit_ = limit;
}

Duration Limiter::debt(BootTime now) const { return std::max(full_at_ - now, Duration::zero()); }

BootTime Limiter::earliest(CallClass call_class, BootTime now, int ahead) const {
    const int reserved = call_class == CallClass::stop ? 0 : 1;
    // A token is there while the bucket lacks at most burst - 1 - reserved.
    const BootTime after_those = std::max(full_at_, now) + ahead * limit_.interval;
    return std::max(after_those - (limit_.burst - 1 - reserved) * limit_.interval, now);
}

void Limiter::charge(BootTime now) { full_at_ = std::max(full_at_, now) + limit_.interval; }

}  // namespace taktd
