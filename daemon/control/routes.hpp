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
    std::string_view method, pattern, help;
    Async<Answered<HttpResponse>> (Api::*handler)(const Exchange& exchange);
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
