// SPDX-License-Identifier: Apache-2.0
// An event as a mail, for sendmail and what stands in for it: RFC 5322, UTF-8, without lines that are too long.
#pragma once

#include <string>

#include "daemon/notify/cloud_event.hpp"

namespace taktd::notify {

/// `to`: addresses; sendmail has them as arguments, too, or takes them from here (`-t`). One event is one mail, however
/// often it is handed over: its Message-ID is the event's id.
std::string mail_of(const Told& told, NoticeId id, const std::vector<std::string>& to, const std::string& host,
                    WallTime now);

}  // namespace taktd::notify
