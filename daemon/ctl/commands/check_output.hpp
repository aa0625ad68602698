// SPDX-License-Identifier: Apache-2.0
// What `taktctl check` shows beside windows: a job after merging, and what the vendors said of the tasks; for people
// and for programs.
#pragma once

#include <string>
#include <vector>

#include "daemon/app/task_survey.hpp"
#include "daemon/settings/settings.hpp"

namespace taktd::ctl {

/// The job as YAML, each key with the place that it came from as a comment.
std::string resolved_text(const std::string& job, const std::vector<ResolvedKey>& keys);
std::string resolved_json(const std::string& job, const std::vector<ResolvedKey>& keys,
                          const std::vector<Diagnostic>& diagnostics);

std::string survey_text(const std::vector<SurveyedTask>& tasks, bool colour);
/// `check` is what check prints as JSON; it gets a member more.
std::string with_survey_json(const std::string& check, const std::vector<SurveyedTask>& tasks);

}  // namespace taktd::ctl
