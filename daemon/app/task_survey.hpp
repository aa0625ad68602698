// SPDX-License-Identifier: Apache-2.0
// Reads every configured task from its vendor once, within the accounts' rate limits: what `taktctl check --connect`
// shows. Nothing is started, stopped or stored.
#pragma once

#include <string>
#include <vector>

#include "daemon/core/model/job.hpp"

namespace taktd {

struct SurveyedTask {
    ProviderPtr provider;
    TaskSpec task;
    std::string task_key;
    std::vector<std::string> jobs;  ///< that name it
    std::string expect_name{};      ///< what they say that it is called; empty: nothing
    Observation seen{};
    std::string problem{};  ///< why it could not be read, or what is wrong with it; empty: all is well
};

/// Tasks that runs make for themselves from templates do not exist yet and are left out.
std::vector<SurveyedTask> survey_tasks(const Config& config);

}  // namespace taktd
