// SPDX-License-Identifier: Apache-2.0
// When a job starts and stops, in sentences of English, as the config has it and not as it comes out on one day.
#pragma once

#include <string>
#include <vector>

#include "daemon/core/model/job.hpp"

namespace taktd::report {

/// One sentence for each start rule. None: it is only started manually.
std::vector<std::string> start_sentences(const Job& job);
std::string stop_sentence(const Job& job);

}  // namespace taktd::report
