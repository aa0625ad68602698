// SPDX-License-Identifier: Apache-2.0
// The template library behind the stand-in, and what CreateTaskFromTemplate asks of it, checked against the vendor's
// models: TaskConfig with as many groups as the template has. The tasks themselves are twin_tasks' business.
#pragma once

#include <map>

#include "providers/tencent_cfg/twin_parameters.hpp"
#include "providers/tencent_cfg/twin_tasks.hpp"

namespace taktd::tencent_cfg_twin {

/// A request to make a task, found to be in order.
struct TaskOrder {
    const TwinTemplate* origin = nullptr;
    Settings settings;
};

class Templates {
public:
    /// Throws std::invalid_argument if the id is no integer.
    void define(const TwinTemplate& definition);
    /// Reads the body of CreateTaskFromTemplate.
    Result<TaskOrder, VendorError> read(const Parameters& parameters) const;

private:
    std::map<std::int64_t, TwinTemplate> templates_;
};

}  // namespace taktd::tencent_cfg_twin
