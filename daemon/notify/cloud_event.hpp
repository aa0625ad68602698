// SPDX-License-Identifier: Apache-2.0
// The one form in which the outbox keeps what is told: a CloudEvent 1.0 in JSON, words included. A webhook gets it as
// it is; what robots get is made of it.
#pragma once

#include <string>
#include <vector>

#include "daemon/notify/notice.hpp"
#include "daemon/notify/words.hpp"

namespace taktd::notify {

/// Of the daemon that tells.
struct Teller {
    std::string source;       ///< "/taktd/ops-1"
    std::string dashboard{};  ///< "https://taktd.example.com"; empty: nobody knows its address
    ConfigPtr config = std::make_shared<const Config>();  ///< whose owners and runbooks are told
};

std::string cloud_event(const Notice& notice, NoticeId id, const Wording& words, const Teller& teller);
/// One event for many of one type, which are given as they are kept; it has the data of the first of them.
std::string gathered_event(NoticeType type, NoticeId id, const std::vector<std::string>& events, WallTime now,
                           Locale locale, const Teller& teller);

/// What a person is shown of an event that is kept.
struct Told {
    std::string title, text;
    std::string link{}, command{};  ///< empty: there is none
    NoticeType type = NoticeType::test;
    Severity severity = Severity::info;
    std::string job{}, run{};
};
Told told_of(const std::string& event);

}  // namespace taktd::notify
