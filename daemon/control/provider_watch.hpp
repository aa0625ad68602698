// SPDX-License-Identifier: Apache-2.0
// What the calls to each provider came to lately: the last answer that counted, the last that did not.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "daemon/runtime/follower.hpp"

namespace taktd::control {

struct ProviderFacts {
    std::optional<WallTime> last_ok;
    std::optional<CallRow> last_error;  ///< without bodies
    std::optional<WallTime> throttled_until;
    std::map<Outcome, std::uint64_t> calls;  ///< that have ended, since this process began
};

class ProviderWatch final : public Follower {
public:
    void on_committed(const std::vector<Row>& rows) override;
    /// Null: no call to it has ended yet.
    const ProviderFacts* find(const std::string& provider) const;

private:
    void note(const CallRow& call);

    std::map<std::string, ProviderFacts> facts_;
};

}  // namespace taktd::control
