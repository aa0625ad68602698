// What a request asks for, read from the vendors' pages and not with the adapters' functions: faults and the journal
// speak of actions and tasks, whatever API they came through.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/core/model/model.hpp"
#include "daemon/net/http.hpp"

namespace taktd::simcloud {

struct SimCall {
    std::optional<Action> action;       ///< none: not understood
    std::vector<std::string> task_ids;  ///< several for a list
};

SimCall classify(const std::string& provider_type, const HttpRequest& request);

}  // namespace taktd::simcloud
