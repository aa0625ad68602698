// SPDX-License-Identifier: Apache-2.0
// Pure text: the parser decides what is wrong, this file says what would be right.
#include "daemon/core/calendar/cron_advice.hpp"

#include <algorithm>
#include <vector>

namespace taktd {

std::string range_piece(int low, int high) {
    return low == high ? std::to_string(low) : std::to_string(low) + "-" + std::to_string(high);
}

std::string wrapped_range(const FieldLimits& field, int low, int high, int step) {
    if (step == 1) {
        if (low <= high) return range_piece(low, high);
        return range_piece(low, field.last) + "," + range_piece(field.first, high);
    }
    std::vector<int> values;
    for (int value = low; value <= (low <= high ? high : high + field.size); value += step) {
        values.push_back(value <= field.last ? value : value - field.size);
    }
    std::sort(values.begin(), values.end());
    std::string text;
    for (const int value : values) text += (text.empty() ? "" : ",") + std::to_string(value);
    return text;
}

std::string uneven_step_text(std::string_view field_name, const FieldLimits& field, int step) {
    const std::string name{field_name};
    const int last = field.last / step * step, rest = field.size - last;
    auto text = "*/" + std::to_string(step) + " does not divide " + std::to_string(field.size) + ": it fires at " +
                name + " 0, " + std::to_string(step);
    if (last == 2 * step) text += ", " + std::to_string(last);
    if (last > 2 * step) text += " ... " + std::to_string(last);
    return text + ", and " + std::to_string(rest) + " " + name + (rest == 1 ? "" : "s") + " later at 0 again";
}

}  // namespace taktd
