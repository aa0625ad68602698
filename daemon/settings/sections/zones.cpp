// SPDX-License-Identifier: Apache-2.0
// Asks the loader's caller for zones; what is proposed for an unknown one is in zone_advice.cpp.
#include "daemon/settings/sections/zones.hpp"

#include <algorithm>

#include "daemon/settings/values/zone_advice.hpp"

namespace taktd {
namespace {

/// A name is a path under the system's zone data: nothing else may be looked up.
bool is_zone_name(const std::string& name) {
    const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == '_' ||
               c == '-' || c == '+';
    });
    return plain && name.size() <= 64;
}

}  // namespace

ZonePtr Zones::find(const std::string& name) {
    const auto known = found_.find(name);
    if (known != found_.end()) return known->second;
    ZonePtr zone = context_.find_zone ? context_.find_zone(name) : nullptr;
    if (!zone && name == "UTC") zone = Zone::utc();
    return found_[name] = zone;
}

std::string Zones::suggestion_for(const std::string& name) {
    const auto known = suggestions_.find(name);
    if (known != suggestions_.end()) return known->second;
    if (!names_read_ && context_.zone_names) names_ = context_.zone_names();
    names_read_ = true;
    return suggestions_[name] = zone_advice(name, names_);
}

std::string Zones::advice_on_unknown(const std::string& name) {
    return is_zone_name(name) && find(name) ? std::string{} : suggestion_for(name);
}

ZonePtr Zones::read(const Field& field) {
    const auto name = read_text(field, findings_);
    if (!name) return nullptr;
    const ZonePtr zone = is_zone_name(*name) ? find(*name) : nullptr;
    if (zone) return zone;
    const std::string hint = findings_.is_full() ? std::string{} : suggestion_for(*name);
    findings_.error(field.at(), "unknown time zone " + findings_.quoted(field.at(), *name) + hint);
    return nullptr;
}

}  // namespace taktd
