// A job's instants: one occurrence's window with the defaults that the config leaves open, and the key that names a
// task whichever job or provider asks for it.
#include "daemon/core/job.hpp"

#include <algorithm>

namespace taktd {

std::string task_key_of(const ProviderSpec& provider, const std::string& task_id) {
    return provider.type + "|" + provider.endpoint + "|" + provider.scope + "|" + task_id;
}

Window window_of(const Job& job, WallTime start_due) {
    constexpr Duration kMinute = std::chrono::minutes{1};
    const auto stop = stop_due(job.stop, start_due);
    const auto length = std::max(stop - start_due, Duration::zero());
    const auto or_default = [](Duration set, Duration otherwise) { return set > Duration::zero() ? set : otherwise; };

    const auto ceiling = or_default(job.max_duration, length);
    return {.start_due = start_due,
            .stop_due = stop,
            .max_end = ceiling > WallTime::max() - start_due ? WallTime::max() : start_due + ceiling,
            .start_grace = or_default(job.start_grace, std::min(kMinute, length / 2)),
            .min_window = or_default(job.min_window, std::min(kMinute, length / 2))};
}

}  // namespace taktd
