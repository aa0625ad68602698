// SPDX-License-Identifier: Apache-2.0
#include "daemon/log/repeats.hpp"

#include <algorithm>
#include <utility>

namespace taktd::log {

bool Repeats::is_first(Line line, Time now, std::vector<Repeated>& due) {
    take_due(now, due);
    const auto [place, is_new] = known_.try_emplace(std::move(line), Known{now, 0});
    if (!is_new) {
        ++place->second.times;
        return false;
    }
    next_due_ = std::min(next_due_, now + kWindow);
    if (known_.size() > kKnownMax) forget(oldest(), now, due);
    return true;
}

void Repeats::take_due(Time now, std::vector<Repeated>& due) {
    if (now < std::exchange(newest_, now)) return take_all(now, due);
    if (now < next_due_) return;
    while (!known_.empty()) {
        const Place first = oldest();
        next_due_ = first->second.since + kWindow;
        if (now < next_due_) return;
        forget(first, now, due);
    }
    next_due_ = Time::max();
}

void Repeats::take_all(Time now, std::vector<Repeated>& due) {
    while (!known_.empty()) forget(oldest(), now, due);
    next_due_ = Time::max();
}

Repeats::Place Repeats::oldest() {
    return std::ranges::min_element(known_, {}, [](const auto& each) { return each.second.since; });
}

void Repeats::forget(Place place, Time now, std::vector<Repeated>& due) {
    const auto within = std::chrono::floor<std::chrono::seconds>(now - place->second.since);
    auto forgotten = known_.extract(place);
    if (forgotten.mapped().times == 0) return;
    due.push_back(
        {std::move(forgotten.key()), forgotten.mapped().times, std::clamp(within, std::chrono::seconds{0}, kWindow)});
}

}  // namespace taktd::log
