// Addresses: a provider's (`scheme://host[:port]`, https, or http for this machine only), and one to listen on.
#pragma once

#include <string>
#include <string_view>

#include "daemon/core/base/result.hpp"

namespace taktd {

/// Lower case, without a trailing slash and without the scheme's own port, so that equal endpoints are equal texts. The
/// error says what to write and does not repeat the text.
Result<std::string> canonical_endpoint(std::string_view text);

/// `127.0.0.1:8484`, `[::1]:8484`: an address, or a host's name, and a port from 1 to 65535.
bool is_listen_address(std::string_view text);

}  // namespace taktd
