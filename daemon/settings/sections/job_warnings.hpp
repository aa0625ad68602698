// SPDX-License-Identifier: Apache-2.0
// What is allowed and yet seldom meant: a recurring drill on a fixed task, a run longer than its period. Asked of whole
// jobs without errors only.
#pragma once

#include <optional>

#include "daemon/core/model/adapter_schema.hpp"
#include "daemon/settings/report/findings.hpp"

namespace taktd {

/// Where the keys stand that warnings speak of.
struct JobPlaces {
    Position start;
    std::optional<Position> min_window, overlap;
    bool is_rerun = false;  ///< the task says `rerun: true`
};

void warn_about(const Job& job, const AdapterSchema& schema, const JobPlaces& places, Findings& findings);

}  // namespace taktd
