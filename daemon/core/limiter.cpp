#include "daemon/core/limiter.hpp"

#include <algorithm>

namespace taktd {

void Limiter::empty(BootTime now) { full_at_ = now + limit_.burst * limit_.interval; }

void Limiter::owe(Duration debt, BootTime now) {
    full_at_ = now + std::clamp(debt, Duration::zero(), Duration{limit_.burst * limit_.interval});
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
