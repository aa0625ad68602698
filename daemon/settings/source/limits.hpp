// SPDX-License-Identifier: Apache-2.0
// How large a config may be; beyond that it is refused, not read.
#pragma once

#include <cstddef>

namespace taktd {

/// Of all files of a config together.
inline constexpr std::size_t kConfigBytesMax = 64 * 1024 * 1024;
inline constexpr std::size_t kConfigFilesMax = 10'000;
inline constexpr int kNestingMax = 64;

}  // namespace taktd
