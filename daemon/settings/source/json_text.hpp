// SPDX-License-Identifier: Apache-2.0
// JSON out of checked values: just enough to write the texts of a TaskSpec. Nothing here reads JSON.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace taktd {

/// With quotes and escapes; `text` is UTF-8.
std::string json_quoted(std::string_view text);

/// Keys in the order in which they were first set; a later value of a key replaces the earlier one.
class JsonObject {
public:
    void set(std::string_view key, std::string value_json);
    std::string text() const;

private:
    std::vector<std::pair<std::string, std::string>> members_;
    std::unordered_map<std::string, std::size_t> index_;  // once there are many: a config may hold a million
};

}  // namespace taktd
