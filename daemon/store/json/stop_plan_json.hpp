// SPDX-License-Identifier: Apache-2.0
// runs.stop_plan and runs.baseline as JSON. What stopping needs is all in there (R3); secrets only as references. The
// text of the start's parameters is kept in runs.task and not repeated here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/base/result.hpp"
#include "daemon/core/model/rows.hpp"

namespace taktd {

std::string stop_plan_to_json(const StopPlan& plan);
std::string baseline_to_json(const Baseline& baseline);

/// Unknown members are ignored; a missing one or one of the wrong type is an error that names it.
Result<Baseline> baseline_from_json(std::string_view json);

/// Reads stop plans; runs with an equal provider share one ProviderSpec.
class StopPlanReader {
public:
    Result<StopPlan> read(std::string_view json, std::string start_json);

private:
    std::vector<ProviderPtr> known_;
};

/// Writes stop plans; remembers the text of the providers that it has seen last.
class StopPlanWriter {
public:
    std::string write(const StopPlan& plan);

private:
    static constexpr std::size_t kProvidersMax = 256;
    struct Known {
        ProviderPtr provider;
        std::string json;
    };
    std::vector<Known> known_;
};

}  // namespace taktd
