// SPDX-License-Identifier: Apache-2.0
// The parameters of one request to the stand-in, read as the pages' own examples want it: numbers may stand in quotes,
// a null counts as absent, and an extra parameter is an error of its own.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "daemon/core/base/result.hpp"
#include "providers/tencent_cfg/twin_tasks.hpp"

namespace taktd::tencent_cfg_twin {

VendorError missing(const std::string& name);
VendorError wrong_type(const std::string& name);
VendorError wrong_value(const std::string& name);

class Parameters {
public:
    /// `path` stands before the names in errors: `TaskConfig.` for what is in there.
    explicit Parameters(const boost::json::object& body, std::string path = {}) : body_{body}, path_{std::move(path)} {}

    std::optional<VendorError> only(std::initializer_list<std::string_view> known) const;
    const boost::json::value* find(std::string_view name) const;

    Result<std::int64_t, VendorError> integer(const std::string& name) const;
    /// Nothing if it is absent.
    Result<std::optional<std::int64_t>, VendorError> integer_if(const std::string& name) const;
    Result<std::optional<std::string>, VendorError> text(const std::string& name) const;
    /// An empty one if it is absent and may be.
    Result<boost::json::array, VendorError> list(const std::string& name, bool required) const;

    static std::optional<std::int64_t> as_integer(const boost::json::value& value);

private:
    const boost::json::object& body_;
    std::string path_;
};

}  // namespace taktd::tencent_cfg_twin
