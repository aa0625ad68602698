// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/form.hpp"

#include <algorithm>

#include "daemon/settings/source/suggest.hpp"
#include "daemon/settings/values/values.hpp"

namespace taktd::control {

const json::value* Form::take(std::string_view name) {
    known_.emplace_back(name);
    const json::value* value = members_.if_contains(json::string_view{name.data(), name.size()});
    return value == nullptr || value->is_null() ? nullptr : value;
}

void Form::complain(std::string_view name, const std::string& what) {
    if (problem_) return;
    problem_ = malformed("'" + std::string{name} + "' " + what);
    problem_->extra["member"] = json::string{json::string_view{name.data(), name.size()}};
}

std::string Form::text(std::string_view name) {
    const json::value* value = take(name);
    if (value == nullptr) return {};
    if (value->is_string()) return std::string{value->get_string()};
    complain(name, "must be a text in quotes");
    return {};
}

bool Form::flag(std::string_view name) { return choice(name).value_or(false); }

std::optional<bool> Form::choice(std::string_view name) {
    const json::value* value = take(name);
    if (value == nullptr) return std::nullopt;
    if (value->is_bool()) return value->get_bool();
    complain(name, "must be true or false");
    return std::nullopt;
}

std::optional<Duration> Form::duration(std::string_view name) {
    const std::string written = text(name);
    if (written.empty()) return std::nullopt;
    const auto length = parse_duration(written);
    if (length && *length > Duration{}) return *length;
    complain(name, length ? "must be longer than nothing" : length.error());
    return std::nullopt;
}

std::optional<WallTime> Form::instant(std::string_view name) {
    const std::string written = text(name);
    if (written.empty()) return std::nullopt;
    const auto time = parse_time(written);
    if (!time || !time->offset) {
        complain(name, "must be an instant such as 2026-12-01T02:00:00Z or 2026-12-01T02:00:00+08:00");
        return std::nullopt;
    }
    const auto instant = instant_of(*time, *Zone::utc());
    if (instant) return *instant;
    complain(name, instant.error());
    return std::nullopt;
}

std::string Form::reason_for(std::string_view what) {
    std::string reason = text("reason");
    if (reason.find_first_not_of(" \t\r\n") == std::string::npos)
        complain("reason", "must say why " + std::string{what});
    return reason;
}

std::optional<Problem> Form::problem() const {
    if (problem_) return problem_;
    for (const auto& [name, value] : members_) {
        const std::string member{name};
        if (std::ranges::find(known_, member) != known_.end()) continue;
        Problem unknown = malformed("there is no member '" + member + "'" + did_you_mean(member, known_));
        unknown.extra["member"] = member;
        if (const std::string meant = nearest(member, known_); !meant.empty()) unknown.extra["did_you_mean"] = meant;
        return unknown;
    }
    return std::nullopt;
}

}  // namespace taktd::control
