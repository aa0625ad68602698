// SPDX-License-Identifier: Apache-2.0
// A request's members, read one by one: each has a name and a form, and one that nobody asked for is an error, for a
// misspelt `reason` must not be lost.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/control/problem.hpp"
#include "daemon/core/calendar/zone.hpp"

namespace taktd::control {

class Form {
public:
    explicit Form(json::object members) : members_{std::move(members)} {}

    /// Each is looked at once; a member of another form, or one that cannot be read, is remembered as the problem.
    std::string text(std::string_view name);
    bool flag(std::string_view name);
    /// A flag that may be left open.
    std::optional<bool> choice(std::string_view name);
    std::optional<Duration> duration(std::string_view name);
    std::optional<WallTime> instant(std::string_view name);
    /// The same of a text that must not be blank.
    std::string reason_for(std::string_view what);

    /// The first thing that is wrong, unknown members among them.
    std::optional<Problem> problem() const;

private:
    const json::value* take(std::string_view name);
    void complain(std::string_view name, const std::string& what);

    json::object members_;
    std::vector<std::string> known_;
    std::optional<Problem> problem_;
};

}  // namespace taktd::control
