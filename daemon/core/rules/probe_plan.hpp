// SPDX-License-Identifier: Apache-2.0
// When an account whose key was refused is asked again. A refusal may have been a hiccup, and stops wait for it, so the
// first probe comes after seconds; it may also be a wrong key, and Huawei locks one for five minutes after five bad
// signatures, so later ones come ever more slowly and fewer than five refusals fall into any five minutes.
#pragma once

#include <deque>
#include <optional>

#include "daemon/core/base/random.hpp"
#include "daemon/core/base/time.hpp"

namespace taktd {

class ProbePlan {
public:
    static constexpr Duration kLongestWait = std::chrono::minutes{10};

    /// An account that closes again within kLongestWait of its reopening goes on where its waits were.
    void close(BootTime now, Random& random);
    void reopen(BootTime now) { reopened_ = now; }
    /// An answer said that the key is bad, to a probe or to one of those that were on their way when the account
    /// closed.
    void note_refusal(BootTime now);
    /// A probe goes out now: when the next one would.
    void probe(BootTime now, Random& random);
    /// Secrets were read anew, or only our clock was wrong: one probe, whatever was refused before.
    void probe_at_once(BootTime now);

    /// While it is closed.
    BootTime next() const;

private:
    void wait(BootTime now, Random& random);

    BootTime next_{};
    bool is_at_once_ = false;
    std::size_t probes_ = 0;  // waits taken in this row of refusals
    std::optional<BootTime> reopened_;
    std::deque<BootTime> refusals_;  // the newest ones
};

}  // namespace taktd
