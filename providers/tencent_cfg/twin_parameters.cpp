// SPDX-License-Identifier: Apache-2.0
#include "providers/tencent_cfg/twin_parameters.hpp"

#include <algorithm>
#include <charconv>

namespace taktd::tencent_cfg_twin {

namespace json = boost::json;

VendorError missing(const std::string& name) {
    return {"MissingParameter", "The request is missing a required parameter `" + name + "`."};
}
VendorError wrong_type(const std::string& name) {
    return {"InvalidParameter", "The value type of parameter `" + name + "` is not valid."};
}
VendorError wrong_value(const std::string& name) {
    return {"InvalidParameterValue", "The value of parameter `" + name + "` is not valid."};
}

std::optional<VendorError> Parameters::only(std::initializer_list<std::string_view> known) const {
    for (const auto& [key, value] : body_) {
        const std::string name{key};
        if (std::ranges::find(known, name) == known.end()) {
            return VendorError{"UnknownParameter", "The parameter `" + path_ + name + "` is not recognized."};
        }
    }
    return std::nullopt;
}

const json::value* Parameters::find(std::string_view name) const {
    const auto* value = body_.if_contains(json::string_view{name.data(), name.size()});
    return value == nullptr || value->is_null() ? nullptr : value;
}

Result<std::int64_t, VendorError> Parameters::integer(const std::string& name) const {
    const auto number = integer_if(name);
    if (!number) return unexpected{number.error()};
    if (!*number) return unexpected{missing(path_ + name)};
    return **number;
}

Result<std::optional<std::int64_t>, VendorError> Parameters::integer_if(const std::string& name) const {
    const auto* value = find(name);
    if (value == nullptr) return std::nullopt;
    const auto number = as_integer(*value);
    if (!number) return unexpected{wrong_type(path_ + name)};
    return number;
}

Result<std::optional<std::string>, VendorError> Parameters::text(const std::string& name) const {
    const auto* value = find(name);
    if (value == nullptr) return std::nullopt;
    if (!value->is_string()) return unexpected{wrong_type(path_ + name)};
    return std::string{value->get_string()};
}

Result<json::array, VendorError> Parameters::list(const std::string& name, bool required) const {
    const auto* value = find(name);
    if (value == nullptr && required) return unexpected{missing(path_ + name)};
    if (value == nullptr) return json::array{};
    if (!value->is_array()) return unexpected{wrong_type(path_ + name)};
    return value->get_array();
}

std::optional<std::int64_t> Parameters::as_integer(const json::value& value) {
    if (value.is_int64()) return value.get_int64();
    if (!value.is_string()) return std::nullopt;
    const std::string text{value.get_string()};
    std::int64_t number = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || rest != text.data() + text.size()) return std::nullopt;
    return number;
}

}  // namespace taktd::tencent_cfg_twin
