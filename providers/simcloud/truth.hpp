// SPDX-License-Identifier: Apache-2.0
// What really happened: every run of every task of one twin, and what that says about the starts.
#pragma once

#include <map>

#include "providers/provider.hpp"
#include "providers/simcloud/journal.hpp"

namespace taktd::simcloud {

struct Truth {
    std::vector<TwinRun> runs;
    std::size_t starts = 0;                ///< that took effect
    std::size_t doubled = 0;               ///< effective while another run was on, or too near the one before
    std::size_t starts_while_running = 0;  ///< start requests that came to a task that ran; the vendor refuses them
    std::size_t still_running = 0;
};

/// `starts_apart`: by task id, how near two starts may be to each other.
Truth truth_of(std::vector<TwinRun> runs, const Journal& journal, const std::map<std::string, Duration>& starts_apart);

}  // namespace taktd::simcloud
