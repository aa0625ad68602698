#include "daemon/control/parameters.hpp"

#include <algorithm>
#include <utility>

#include "daemon/core/calendar/zone.hpp"
#include "daemon/settings/source/suggest.hpp"
#include "daemon/settings/values/values.hpp"

namespace taktd::control {

std::optional<std::string> Parameters::text(const std::string& name) {
    known_.push_back(name);
    const auto found = given_.find(name);
    return found == given_.end() || found->second.empty() ? std::nullopt : std::optional{found->second};
}

int Parameters::limit() {
    const auto written = text("limit");
    if (!written) return kPageDefault;
    const auto number = parse_integer(*written);
    if (number && *number >= 1 && *number <= kPageMax) return static_cast<int>(*number);
    complain("limit must be a number from 1 to " + std::to_string(kPageMax));
    return kPageDefault;
}

std::optional<WallTime> Parameters::instant(const std::string& name) {
    const auto written = text(name);
    if (!written) return std::nullopt;
    const auto time = parse_time(*written);
    if (time && time->offset) {
        if (const auto at = instant_of(*time, *Zone::utc())) return *at;
    }
    complain(name + " must be an instant such as 2026-12-01T02:00:00Z");
    return std::nullopt;
}

void Parameters::complain(std::string what) {
    if (!problem_) problem_ = malformed(std::move(what));
}

std::optional<Problem> Parameters::problem() const {
    if (problem_) return problem_;
    for (const auto& [name, value] : given_) {
        if (std::ranges::find(known_, name) == known_.end())
            return malformed("there is no parameter '" + name + "'" + did_you_mean(name, known_));
    }
    return std::nullopt;
}

}  // namespace taktd::control
