// SPDX-License-Identifier: Apache-2.0
// The two headers of an answer that matter to any provider: when the server thinks it is, and how long it wants us to
// wait. Nothing here throws for any bytes.
#pragma once

#include <optional>
#include <string_view>

#include "daemon/core/base/time.hpp"
#include "daemon/net/http.hpp"

namespace taktd {

/// An HTTP date in its one current form (RFC 9110 IMF-fixdate): `Sun, 22 Nov 2026 02:00:00 GMT`.
std::optional<WallTime> parse_http_date(std::string_view text);

/// The Date header.
std::optional<WallTime> server_time_of(const HttpHeaders& headers);

/// The Retry-After header: seconds, or a date counted from the answer's own Date. Never negative, at most a day.
std::optional<Duration> retry_after_of(const HttpHeaders& headers);

}  // namespace taktd
