// SPDX-License-Identifier: Apache-2.0
// What vendors say may be any bytes; what the store keeps is valid UTF-8 without NUL, cut at limits that have names.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace taktd {

inline constexpr std::size_t kBodyBytesMax = 4096;        ///< calls.request_body, calls.response_body
inline constexpr std::size_t kTargetBytesMax = 2048;      ///< calls.target
inline constexpr std::size_t kVendorTextBytesMax = 1024;  ///< calls.vendor_message, calls.vendor_extend
inline constexpr std::size_t kVendorNameBytesMax = 256;   ///< calls.vendor_code, calls.request_id
inline constexpr std::size_t kNoteBytesMax = 1024;        ///< transitions.detail, reasons and actors in words
/// What is compared for equality after a restart (tokens, vendor run ids) is never cut.
inline constexpr std::size_t kUncut = static_cast<std::size_t>(-1);

/// True if `text` can be stored as it is: valid UTF-8, no NUL.
bool is_storable_text(std::string_view text);
/// `text` with every invalid byte and NUL replaced by U+FFFD, at most `bytes_max` long, cut between characters.
std::string storable_text(std::string_view text, std::size_t bytes_max = kUncut);

}  // namespace taktd
