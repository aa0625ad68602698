// SPDX-License-Identifier: Apache-2.0
// The API gateway before the twin of CPTS: knows who asks (its own check of the signature, or a token), locks a key
// after too many bad signatures, and throttles. Pure: it is told the time.
#pragma once

#include <optional>
#include <string>

#include "providers/provider.hpp"

namespace taktd::huawei_cpts {

/// What the gateway says instead of letting a request pass: {error_code, error_msg, request_id}.
struct GateRefusal {
    int status = 0;
    std::string code, message;
};

class TwinGate {
public:
    explicit TwinGate(TwinOptions options);
    std::optional<GateRefusal> check(const HttpRequest& request, WallTime now);

private:
    std::optional<GateRefusal> authenticate(const HttpRequest& request, WallTime now);
    std::optional<GateRefusal> check_signature(const HttpRequest& request, const std::string& header, WallTime now);
    std::optional<GateRefusal> bad_signature(WallTime now);
    std::optional<GateRefusal> throttle(WallTime now);
    const Secret* credential(const std::string& name) const;

    TwinOptions options_;
    int bad_in_a_row_ = 0;
    std::optional<WallTime> locked_until_;
    WallTime next_free_{};  ///< when the bucket would be full again
};

}  // namespace taktd::huawei_cpts
