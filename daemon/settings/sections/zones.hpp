// SPDX-License-Identifier: Apache-2.0
// Zones by name, each asked for once; an unknown one is reported with the nearest name.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "daemon/settings/settings.hpp"
#include "daemon/settings/values/fields.hpp"

namespace taktd {

class Zones {
public:
    Zones(const LoadContext& context, Findings& findings) : context_{context}, findings_{findings} {}

    /// Null after a report.
    ZonePtr read(const Field& field);
    /// "; did you mean 'Asia/Shanghai'?" for a name that is no zone; empty for one that is.
    std::string advice_on_unknown(const std::string& name);

private:
    ZonePtr find(const std::string& name);
    std::string suggestion_for(const std::string& name);

    const LoadContext& context_;
    Findings& findings_;
    std::map<std::string, ZonePtr> found_;
    std::map<std::string, std::string> suggestions_;
    std::vector<std::string> names_;
    bool names_read_ = false;
};

}  // namespace taktd
