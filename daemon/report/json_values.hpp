// SPDX-License-Identifier: Apache-2.0
// Rows and values as JSON, for taktctl's --output json and the control API alike: members named like the store's
// columns without `_ns`, instants as RFC 3339 in UTC, durations and boot times as seconds, what is not known as null.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include "daemon/core/model/rows.hpp"
#include "daemon/store/queries.hpp"

namespace taktd::report {

namespace json = boost::json;

/// Bytes that are no UTF-8 become replacement characters.
json::value text(std::string_view value);
json::value text_or_null(std::string_view value);
json::value optional_text(const std::optional<std::string>& value);

template <class Tag>
json::value id_text(const Id<Tag>& id) {
    return json::string{id.text()};
}
template <class Tag>
json::value id_text(const std::optional<Id<Tag>>& id) {
    return id ? id_text(*id) : nullptr;
}

template <class Enum>
json::value word(Enum value) {
    return text_or_null(name_of(value));
}

json::value instant(WallTime t);
json::value instant(const std::optional<WallTime>& t);
json::value seconds(Duration d);
json::value boot_seconds(const std::optional<BootTime>& t);
/// The object that the store keeps as text.
json::value object_in(const std::string& stored);

/// Serialised, with a line feed behind it.
std::string document(json::object object);

template <class Items, class ToValue>
json::array list(const Items& items, ToValue to_value) {
    json::array array;
    for (const auto& item : items) array.push_back(to_value(item));
    return array;
}

json::value of_run(const RunRow& run);
/// What a living daemon knows of a run that is being stopped.
struct StopFacts {
    int attempts = 0;
    std::optional<WallTime> next{};  ///< nothing: one is on its way
};
/// With `stop_attempts` and `next_stop` where they are known.
json::object of_shown_run(const RunRow& run, const std::optional<StopFacts>& stop);
json::value of_transition(const TransitionRow& transition);
json::value of_call(const CallRow& call);
/// What was wrong with a call that has ended, without its request.
json::value of_failed_call(const CallRow& call);
json::value of_hold(const HoldRow& hold);
/// As lists and pictures show a run.
json::object of_brief(const RunBrief& run, WallTime now);
/// Of a row alone: when its start was sent is not known from it.
json::object of_brief(const RunRow& run, WallTime now);
/// With the job and the provider of its run.
json::object of_told_transition(const ToldTransition& told);
json::value of_foreign(const ForeignRow& foreign);
/// Those that have not expired by `now`; the store keeps them all until they are released.
json::array holds_in_force(const std::vector<HoldRow>& holds, WallTime now);

}  // namespace taktd::report
