// SPDX-License-Identifier: Apache-2.0
// Answers that a client may keep: an ETag of what they say, and 304 to who has just that (RFC 9110).
#pragma once

#include "daemon/net/http.hpp"

namespace taktd::control {

/// `response` with its ETag, or 304 without a body if the request's If-None-Match names it.
HttpResponse if_changed(const HttpRequest& request, HttpResponse response);

}  // namespace taktd::control
