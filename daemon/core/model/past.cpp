// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/model/past.hpp"

namespace taktd {

Past past_of(Snapshot snapshot, const FindZone& find_zone) {
    Schedules schedules;
    for (const JobStateRow& job : snapshot.jobs) {
        if (auto schedule = parse_schedule(job.schedule, find_zone)) schedules.emplace(job.job, std::move(*schedule));
    }
    return {std::move(snapshot), std::move(schedules)};
}

}  // namespace taktd
