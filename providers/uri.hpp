// Percent-encoding as RFC 3986 has it; signatures depend on every byte of it.
#pragma once

#include <string>
#include <string_view>

namespace taktd {

/// Everything but letters, digits, `-` `.` `_` `~` becomes %XX with upper-case digits; a space is %20, a slash %2F.
std::string percent_encode(std::string_view text);

}  // namespace taktd
