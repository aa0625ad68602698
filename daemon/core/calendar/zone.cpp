// SPDX-License-Identifier: Apache-2.0
// Look-ups in a zone's table of changes. A local time is taken back to instants by trying every stretch of constant
// offset that can show it, so 30-minute shifts, skipped days and offsets with seconds need no case of their own.
#include "daemon/core/calendar/zone.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace taktd {

using std::chrono::floor;
using std::chrono::hours;
using std::chrono::seconds;
using std::chrono::sys_seconds;

namespace {

// No zone ever stood further than this from UTC (the widest are +15:13 and -15:58, local mean times before the date
// line moved).
constexpr hours kOffsetMax{26};

/// Local times reach further than WallTime does (1677 to 2262); beyond it they mean its ends.
WallTime to_wall(sys_seconds t) {
    if (t <= floor<seconds>(WallTime::min()) + seconds{1}) return WallTime::min();
    if (t >= floor<seconds>(WallTime::max())) return WallTime::max();
    return t;
}

}  // namespace

Zone::Zone(std::string name, seconds initial, std::vector<Change> changes)
    : name_{std::move(name)}, initial_{initial}, changes_{std::move(changes)} {}

std::shared_ptr<const Zone> Zone::utc() {
    static const auto zone = std::make_shared<const Zone>("UTC", seconds{0}, std::vector<Change>{});
    return zone;
}

std::size_t Zone::index_at(WallTime t) const {
    const auto later = std::upper_bound(changes_.begin(), changes_.end(), t,
                                        [](WallTime instant, const Change& change) { return instant < change.at; });
    return static_cast<std::size_t>(later - changes_.begin());
}

Zone::Span Zone::span(std::size_t index) const {
    return {.begin = index == 0 ? WallTime::min() : changes_[index - 1].at,
            .end = index == changes_.size() ? WallTime::max() : changes_[index].at,
            .offset = index == 0 ? initial_ : changes_[index - 1].offset};
}

Zone::Span Zone::span_at(WallTime t) const { return span(index_at(t)); }

seconds Zone::offset_at(WallTime t) const { return span_at(t).offset; }

LocalTime Zone::to_local(WallTime t) const { return LocalTime{floor<seconds>(t).time_since_epoch() + offset_at(t)}; }

LocalMeaning Zone::meaning_of(LocalTime local) const {
    using Kind = LocalMeaning::Kind;
    const auto as_if_utc = sys_seconds{local.time_since_epoch()};
    const auto latest = to_wall(as_if_utc + kOffsetMax);
    std::optional<WallTime> first;
    WallTime gap_end = WallTime::max();
    for (auto i = index_at(to_wall(as_if_utc - kOffsetMax)); i <= changes_.size(); ++i) {
        const auto here = span(i);
        if (here.begin > latest) break;
        const auto t = to_wall(as_if_utc - here.offset);
        if (t < here.begin) {  // this stretch began later than `local`: if nothing showed it before, here the gap ends
            gap_end = std::min(gap_end, here.begin);
        } else if (t < here.end || here.end == WallTime::max()) {
            if (first) return {.kind = Kind::fold, .first = *first, .second = t};
            first = t;
        }
    }
    if (first) return {.kind = Kind::unique, .first = *first, .second = *first};
    return {.kind = Kind::gap, .first = gap_end, .second = gap_end};
}

LocalTime Zone::first_unseen(WallTime t) const {
    const auto index = index_at(t);
    const auto here = span(index);
    const LocalTime next{floor<seconds>(t).time_since_epoch() + here.offset + seconds{1}};
    if (index == 0) return next;
    // Before the change the clock had come up to this, exclusive; after a fold that is ahead of the present.
    const LocalTime shown{floor<seconds>(here.begin).time_since_epoch() + span(index - 1).offset};
    return std::max(next, shown);
}

std::vector<Zone::Change> Zone::changes_between(WallTime after, WallTime until) const {
    if (until <= after) return {};
    const auto first = changes_.begin() + static_cast<std::ptrdiff_t>(index_at(after));
    const auto last = changes_.begin() + static_cast<std::ptrdiff_t>(index_at(until));
    return {first, last};
}

}  // namespace taktd
