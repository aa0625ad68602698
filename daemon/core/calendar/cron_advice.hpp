// SPDX-License-Identifier: Apache-2.0
// What the parser of cron expressions proposes for one field: the values of a range that wraps round, and when a step
// that does not divide its field fires.
#pragma once

#include <string>
#include <string_view>

namespace taktd {

/// A field's first and last value, and after how many it begins anew: 0, 23, 24 for hours.
struct FieldLimits {
    int first, last, size;
};

/// `22-23,0-6` for 22-6 of hours; with a step, the values themselves, never more: `0,2,4,6,22` for 22-6/2.
std::string wrapped_range(const FieldLimits& field, int low, int high, int step);

/// "*/45 does not divide 60: it fires at minute 0, 45, and 15 minutes later at 0 again"
std::string uneven_step_text(std::string_view field_name, const FieldLimits& field, int step);

/// `5`, `5-9`
std::string range_piece(int low, int high);

}  // namespace taktd
