// SPDX-License-Identifier: Apache-2.0
// Rules that mistreat requests or answers: a wrapper around the twins, which themselves are always well-behaved. The
// first rule that matches and is not used up decides.
#pragma once

#include <cstdint>
#include <random>
#include <string_view>

#include "daemon/core/base/result.hpp"
#include "daemon/core/base/time.hpp"
#include "providers/provider.hpp"

namespace taktd::simcloud {

struct Fault {
    /// `before`: the twin never sees the request; `after`: it takes effect and the answer suffers.
    enum class Kind : std::uint8_t {
        delay,        ///< answered after a while
        drop_before,  ///< connection reset
        drop_after,
        throttle,  ///< 429, no effect
        status,    ///< 5xx, no effect
        status_after,
        garbage,      ///< 200 with a body that is no JSON; took effect
        half,         ///< half the bytes of the answer, then the end; took effect
        hang_before,  ///< never answered
        hang,
    };
    Kind kind = Kind::delay;
    Duration delay{};
    int status = 503;
};

struct FaultRule {
    std::string text;              ///< as it was given
    std::string provider;          ///< "*": any
    std::optional<Action> action;  ///< none: any
    std::optional<std::string> task_id;
    Fault fault;
    std::uint64_t skip = 0;              ///< matches to let pass first
    std::optional<std::uint64_t> count;  ///< how often it fires; none: for ever
    double probability = 1;
    std::uint64_t matched = 0, fired = 0;
};

/// `PROVIDER:ACTION:[task=ID:]FAULT[:count=N][:skip=N][:nth=N][:p=0.25]`; PROVIDER may be `*`, ACTION `any`. FAULT is
/// one of `delay=D drop_before drop_after throttle status=N status_after=N garbage half hang_before hang`.
Result<FaultRule> parse_fault(std::string_view text);
std::string_view name_of(Fault::Kind kind);

class Faults {
public:
    static constexpr std::size_t kRulesMax = 1000;

    explicit Faults(std::uint64_t seed = 1) : random_{seed} {}
    Result<void> add(std::string_view text);
    void clear() { rules_.clear(); }
    const std::vector<FaultRule>& rules() const { return rules_; }
    std::optional<Fault> match(const std::string& provider, const TwinCall& call);

private:
    std::vector<FaultRule> rules_;
    std::mt19937_64 random_;
};

}  // namespace taktd::simcloud
