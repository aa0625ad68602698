// A provider's address: `scheme://host[:port]`, https, or http for this machine only.
#pragma once

#include <string>
#include <string_view>

#include "daemon/core/result.hpp"

namespace taktd {

/// Lower case, without a trailing slash and without the scheme's own port, so that equal endpoints are equal texts. The
/// error says what to write and does not repeat the text.
Result<std::string> canonical_endpoint(std::string_view text);

}  // namespace taktd
