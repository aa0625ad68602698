// SPDX-License-Identifier: Apache-2.0
// The numbers and ids that stand in requests to CFG and in its answers alike.
#pragma once

#include <cstdint>
#include <string>

#include "daemon/core/base/result.hpp"

namespace taktd::tencent_cfg {

// Status, which is written, and TaskStatus, which is shown.
inline constexpr std::int64_t kNotStarted = 1001;
inline constexpr std::int64_t kExecuting = 1002;
inline constexpr std::int64_t kPaused = 1003;
inline constexpr std::int64_t kEnded = 1004;

// TaskMode.
inline constexpr std::int64_t kManual = 1;
inline constexpr std::int64_t kAutomatic = 2;

/// The error is in words for an operator.
Result<std::int64_t> parse_task_id(const std::string& text);

}  // namespace taktd::tencent_cfg
