// SPDX-License-Identifier: Apache-2.0
// The headers of an answer that matter to any provider: when the server thinks it is, how long it wants us to wait, and
// whether it compressed the body. Nothing here throws for any bytes.
#pragma once

#include <optional>
#include <string>
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

/// A sentence if the body is compressed, by its Content-Encoding or by how gzip begins. taktd asks for no encoding, so
/// the body cannot be read, and what it looks like would tell nobody why. Nothing for a plain body.
std::optional<std::string> compressed_note(const HttpResponse& response);

}  // namespace taktd
