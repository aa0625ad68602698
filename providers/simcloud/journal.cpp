// SPDX-License-Identifier: Apache-2.0
// The window is half open: two requests exactly one second apart are not within one second.
#include "providers/simcloud/journal.hpp"

#include <algorithm>

namespace taktd::simcloud {

void Journal::add(Entry entry) {
    ++count_;
    while (!last_second_.empty() && last_second_.front() <= entry.at - std::chrono::seconds{1})
        last_second_.pop_front();
    last_second_.push_back(entry.at);
    peak_ = std::max(peak_, last_second_.size());
    entries_.push_back(std::move(entry));
    if (entries_.size() > kEntriesMax) entries_.pop_front();
}

}  // namespace taktd::simcloud
