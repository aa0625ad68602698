// SPDX-License-Identifier: Apache-2.0
// A notice in words, in English or Chinese, from the same facts. Times are in the config's zone with their offset and
// never relative to now: a message is read later.
#pragma once

#include <string>
#include <vector>

#include "daemon/core/calendar/zone.hpp"
#include "daemon/notify/notice.hpp"
#include "daemon/settings/notify.hpp"

namespace taktd::notify {

using Locale = NotifyTarget::Locale;

struct Wording {
    std::string title;  ///< "Overdue: checkout-load"
    std::string text;   ///< one or two sentences
};

Wording words_of(const Notice& notice, Locale locale, const Zone& zone);
/// `count` notices of one type, told as one; `titles`: of the first of them.
Wording words_of_many(NoticeType type, std::size_t count, const std::vector<std::string>& titles, Locale locale);
/// Of the link to the dashboard.
std::string open_word(Locale locale);

}  // namespace taktd::notify
