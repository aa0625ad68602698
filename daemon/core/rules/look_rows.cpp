// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/rules/look_rows.hpp"

#include <algorithm>

namespace taktd {
namespace {

constexpr Duration kHour = std::chrono::hours{1};

}  // namespace

bool LookRows::is_worth_keeping(const Look& look, std::span<const Sight> sights) const {
    if (look.changed_something || sights.empty()) return true;
    return std::ranges::any_of(sights, [&](const Sight& sight) {
        const auto found = newest_.find(sight.subject);
        if (found == newest_.end()) return true;
        const Newest& before = found->second;
        const bool is_news =
            look.outcome != Outcome::accepted || look.outcome != before.outcome || sight.seen != before.seen;
        return is_news && (before.kept < kKeptPerHour || look.at >= before.hour + kHour);
    });
}

std::vector<CallId> LookRows::take(const Look& look, std::span<const Sight> sights) {
    std::vector<CallId> replaced;
    const bool is_kept = is_worth_keeping(look, sights);
    for (const Sight& sight : sights) {
        const auto [entry, is_first] = newest_.try_emplace(sight.subject);
        Newest& newest = entry->second;
        if (const auto before = routine_.find(newest.row); before != routine_.end()) {
            if (is_kept) {
                routine_.erase(before);  // the last one before a change tells when all was well
            } else if (--before->second == 0) {
                replaced.push_back(newest.row);
                routine_.erase(before);
            }
        }
        newest.row = look.row;
        newest.outcome = look.outcome;
        newest.seen = sight.seen;
        if (!is_kept || look.changed_something) continue;
        if (is_first || look.at >= newest.hour + kHour) {
            newest.hour = look.at;
            newest.kept = 0;
        }
        ++newest.kept;
    }
    if (!is_kept) routine_[look.row] = sights.size();
    return replaced;
}

void LookRows::forget(const Subject& subject) {
    const auto found = newest_.find(subject);
    if (found == newest_.end()) return;
    routine_.erase(found->second.row);
    newest_.erase(found);
}

}  // namespace taktd
