// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/parameters.hpp"

#include <algorithm>

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

bool Parameters::flag(const std::string& name) {
    const std::string written = text(name).value_or("false");
    if (written != "true" && written != "false") complain(name + " must be true or false");
    return written == "true";
}

std::optional<RunState> Parameters::state(const std::string& name) { return word<RunState>(name); }

std::vector<RunState> Parameters::states(const std::string& name) {
    std::vector<RunState> states;
    const std::string written = text(name).value_or("");
    for (std::size_t begin = 0; begin < written.size();) {
        const std::size_t end = std::min(written.find(',', begin), written.size());
        const std::string each = written.substr(begin, end - begin);
        if (const auto state = parse_name<RunState>(each)) {
            if (std::ranges::find(states, *state) == states.end()) states.push_back(*state);
        } else {
            complain("there is no state '" + each + "'");
        }
        begin = end + 1;
    }
    return states;
}

std::optional<std::string> Parameters::label() {
    auto label = text("label");
    if (label && label->find('=') == std::string::npos) complain("label must be written as name=value");
    return label;
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
