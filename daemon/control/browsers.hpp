// SPDX-License-Identifier: Apache-2.0
// What HTTP asks of a server that browsers reach: media types, and the headers that keep a page to itself.
#pragma once

#include <string>
#include <string_view>

#include "daemon/net/http.hpp"

namespace taktd::control {

/// With the headers that keep other origins out; one that is there already stays.
HttpResponse for_browsers(HttpResponse response);

/// Whether an Accept header takes one of `produced` ("application/json, text/csv"); an empty one takes anything.
bool is_accepted(std::string_view accept, std::string_view produced);

/// `application/json`, whatever its parameters. A form of another origin cannot send that without being asked first.
bool is_json(std::string_view content_type);

}  // namespace taktd::control
