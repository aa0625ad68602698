// SPDX-License-Identifier: Apache-2.0
#include "providers/tencent_cfg/values.hpp"

#include <charconv>

#include "providers/json_values.hpp"

namespace taktd::tencent_cfg {

Result<std::int64_t> parse_task_id(const std::string& text) {
    std::int64_t id = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, id);
    if (error != std::errc{} || rest != end)
        return unexpected{"task_id '" + clean_text(text, 64) + "' is not an integer"};
    return id;
}

}  // namespace taktd::tencent_cfg
