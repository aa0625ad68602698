// SPDX-License-Identifier: Apache-2.0
// The primitives that signatures are made of, over OpenSSL: SHA-256, HMAC-SHA-256, lower-case hexadecimal and base64.
// What is hashed, and in which order, is each provider's own business.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace taktd {

/// SHA-256 of the bytes, as 64 lower-case hexadecimal digits.
std::string sha256_hex(std::string_view bytes);

/// HMAC-SHA-256: 32 raw bytes.
std::string hmac_sha256(std::string_view key, std::string_view bytes);

/// Two lower-case digits for each byte.
std::string hex(std::string_view bytes);

/// With the alphabet and the padding of RFC 4648, section 4, on one line.
std::string base64(std::string_view bytes);
/// Nothing: it is not that.
std::optional<std::string> from_base64(std::string_view text);

/// Compares without telling by its duration where the texts differ.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace taktd
