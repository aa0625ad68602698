// SPDX-License-Identifier: Apache-2.0
// Percent-encoding as RFC 3986 has it; signatures depend on every byte of it.
#pragma once

#include <string>
#include <string_view>

namespace taktd {

/// Everything but letters, digits, `-` `.` `_` `~` becomes %XX with upper-case digits; a space is %20, a slash %2F.
std::string percent_encode(std::string_view text);

/// %XX becomes its byte; a percent sign without two digits behind it stays as it is.
std::string percent_decode(std::string_view text);

}  // namespace taktd
