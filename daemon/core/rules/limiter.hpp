// SPDX-License-Identifier: Apache-2.0
// The token bucket of one provider account (R6, R7), as GCRA on boot time in exact nanoseconds: over any interval of
// length T at most burst + rate x T requests are charged. The last permit is kept for stops, so a stop waits only for
// the stops before it.
#pragma once

#include "daemon/core/model/job.hpp"

namespace taktd {

class Limiter {
public:
    /// A full bucket.
    explicit Limiter(RateLimit limit) : limit_{limit} {}

    /// After a stop that was not clean nobody knows what was sent last: the bucket starts empty.
    void empty(BootTime now);
    /// Continues a debt that a clean stop left under a limit of that interval; never more than an empty bucket.
    void owe(Duration debt, Duration interval, BootTime now);
    /// Lacks at least as many permits as the other one.
    void share_debt(const Limiter& other, BootTime now);
    /// What a clean stop stores: zero is a full bucket.
    Duration debt(BootTime now) const;

    /// The earliest instant at which a request of that class may be charged, `ahead` others charged before it.
    BootTime earliest(CallClass call_class, BootTime now, int ahead = 0) const;
    bool permits(CallClass call_class, BootTime now) const { return earliest(call_class, now) <= now; }
    void charge(BootTime now);

    /// A reload may change the limit; the bucket then lacks as many permits as before, however long those take now.
    void set_limit(RateLimit limit, BootTime now);
    const RateLimit& limit() const { return limit_; }

private:
    RateLimit limit_;
    BootTime full_at_{};  // GCRA's theoretical arrival time: when the bucket will be full again
};

}  // namespace taktd
