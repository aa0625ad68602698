// SPDX-License-Identifier: Apache-2.0
// A job's `task` and `stop` as the JSON texts of a TaskSpec: what makes a run's own task, what the start sends, what
// the scheduled stop sends, and what every other end sends.
#pragma once

#include "daemon/core/model/adapter_schema.hpp"
#include "daemon/settings/values/fields.hpp"

namespace taktd {

/// What a task says of itself, beside the adapter's parameters.
inline constexpr const char* kRerunKey = "rerun";
inline constexpr const char* kExpectNameKey = "expect_name";

struct TaskSource {
    Field task;               ///< empty where the job lacks it, which the caller reports
    Section* stop = nullptr;  ///< its end is taken already; everything else in it is read, or refused, here
    const AdapterSchema& schema;
    const ProviderSpec* provider = nullptr;  ///< null if it was wrong
    Completion completion = Completion::full;
};
struct TaskReading {
    TaskSpec spec;
    bool is_rerun = false;  ///< the vendor runs this task again, says the operator
};

/// Check Findings::error_count() before using the result.
TaskReading read_task(const TaskSource& source, Findings& findings);

}  // namespace taktd
