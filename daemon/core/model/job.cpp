// SPDX-License-Identifier: Apache-2.0
// A job's instants: one occurrence's window with the defaults that the config leaves open, and the key that names a
// task whichever job or provider asks for it.
#include "daemon/core/model/job.hpp"

#include <algorithm>

namespace taktd {

bool Job::bears(std::string_view label) const {
    const std::size_t equals = label.find('=');
    if (equals == std::string_view::npos) return false;
    const auto found = labels.find(std::string{label.substr(0, equals)});
    return found != labels.end() && found->second == label.substr(equals + 1);
}

namespace {

WallTime plus(WallTime from, Duration length) {
    return length > WallTime::max() - from ? WallTime::max() : from + length;
}

struct ScheduledEnd {
    const Job& job;
    WallTime start_due;

    WallTime operator()(const StopAfter& rule) const { return plus(start_due, rule.after); }
    WallTime operator()(const StopAt& rule) const { return rule.at; }
    WallTime operator()(const StopCron& rule) const {
        const auto nominal = nominal_time(job.schedule, start_due, job.zone);
        return stop_due(rule, start_due, nominal).value_or(plus(start_due, job.max_duration));
    }
    WallTime operator()(const StopWhenDone&) const { return plus(start_due, job.max_duration); }
};

}  // namespace

Window window_of(const Job& job, WallTime start_due) {
    constexpr Duration kMinute = std::chrono::minutes{1};
    const auto stop = std::visit(ScheduledEnd{job, start_due}, job.stop);
    const auto length = std::max(stop - start_due, Duration::zero());
    const auto or_default = [](Duration set, Duration otherwise) { return set > Duration::zero() ? set : otherwise; };

    const auto ceiling = or_default(job.max_duration, length);
    const auto half = std::min(length, ceiling) / 2;
    return {.start_due = start_due,
            .stop_due = stop,
            .max_end = plus(start_due, ceiling),
            .start_grace = or_default(job.start_grace, std::min(kMinute, half)),
            .min_window = or_default(job.min_window, std::min(kMinute, half))};
}

}  // namespace taktd
