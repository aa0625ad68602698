// Asks the loader's caller for zones; `Shanghai` alone finds Asia/Shanghai as a suggestion.
#include "daemon/settings/sections/zones.hpp"

#include <algorithm>

#include "daemon/settings/source/suggest.hpp"

namespace taktd {

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
    std::string found;
    for (const std::string& candidate : names_) {
        const std::size_t slash = candidate.rfind('/');
        if (slash == std::string::npos) continue;
        if (edit_distance(name, std::string_view{candidate}.substr(slash + 1), 0) == 0) found = candidate;
        if (!found.empty()) break;
    }
    if (found.empty()) found = nearest(name, names_);
    return suggestions_[name] = found.empty() ? std::string{"; write an IANA name such as Asia/Shanghai or UTC"}
                                              : "; did you mean '" + found + "'?";
}

ZonePtr Zones::read(const Field& field) {
    const auto name = read_text(field, findings_);
    if (!name) return nullptr;
    // A name is a path under the system's zone data: nothing else may be looked up.
    const bool plain = std::all_of(name->begin(), name->end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == '_' ||
               c == '-' || c == '+';
    });
    const ZonePtr zone = plain && name->size() <= 64 ? find(*name) : nullptr;
    if (zone) return zone;
    const std::string hint = findings_.is_full() ? std::string{} : suggestion_for(*name);
    findings_.error(field.at(), "unknown time zone " + findings_.quoted(field.at(), *name) + hint);
    return nullptr;
}

}  // namespace taktd
