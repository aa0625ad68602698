// SPDX-License-Identifier: Apache-2.0
// The one table of the API: what it serves, and what does it. Documents and tests read it, too.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/control/api.hpp"

namespace taktd::control {

struct Route {
    std::string_view method, pattern;
    Need need;
    std::string_view help;
    Async<Answered<HttpResponse>> (Api::*handler)(const Exchange& exchange);
    std::string_view produces = "application/json";  ///< media types, with commas between them
};

std::span<const Route> routes();

struct Match {
    const Route* route = nullptr;
    std::vector<std::string> arguments;
    std::vector<std::string> methods;  ///< that the path has; empty: there is no such path
};
/// `segments`: the path's, decoded. HEAD is a GET.
Match find_route(std::string_view method, const std::vector<std::string>& segments);

}  // namespace taktd::control
