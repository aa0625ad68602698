// SPDX-License-Identifier: Apache-2.0
// What goes over the wire to a target of each kind, and what its answer means. Pure: the request is made of the event
// that the outbox keeps, and of the time of the try. DingTalk, Feishu and WeCom answer HTTP 200 to a refusal, so what
// counts is what the body says. Sources: each vendor's page on custom robots; standardwebhooks.com; docs.ntfy.sh.
#pragma once

#include <optional>
#include <string>

#include "daemon/net/client.hpp"
#include "daemon/notify/cloud_event.hpp"
#include "daemon/runtime/notify_front.hpp"

namespace taktd::notify {

/// Of one try, for any kind but `command`.
HttpRequest request_for(const NotifyEndpoint& target, NoticeId id, const std::string& event, WallTime now,
                        const std::string& agent);

struct Verdict {
    enum class Kind : std::uint8_t {
        delivered,
        again,    ///< later
        setting,  ///< later, and somebody must mend the config: `why` says what
        never,    ///< this message is refused for what it is
        gone      ///< 410: the receiver wants nothing any more
    };
    Kind kind = Kind::again;
    std::string why{};  ///< for people: no secrets
    std::optional<Duration> after{};
};

Verdict verdict_of(const NotifyTarget& target, const HttpResponse& response);
Verdict verdict_of(const HttpFailure& failure);

}  // namespace taktd::notify
