// SPDX-License-Identifier: Apache-2.0
// JSON Schema of single values: how durations, rates, numbers and the like may be written. Patterns are kept to what
// Python and JavaScript read alike; where a pattern cannot say it (an unknown zone, a cron field out of range), the
// loader alone does.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "daemon/core/model/adapter_schema.hpp"
#include "daemon/settings/sections/config_keys.hpp"

namespace taktd::ctl {

/// Matches whole numbers from `min` to `max` as a config writes them, without anchors: "[2-9]|[1-9][0-9]".
std::string number_pattern(std::int64_t min, std::int64_t max);

/// The definitions to which the others refer.
boost::json::object value_definitions();

/// With description and default.
boost::json::object schema_of(const ConfigKey& key);
boost::json::object schema_of(const Parameter& parameter);
/// Of a provider's own text, in which `${env:NAME}` may stand for a part.
boost::json::object expandable_text(const Parameter& parameter);

boost::json::object reference_to(std::string_view definition);
/// The same with room for more: in draft-07 a validator overlooks what stands beside `$ref`.
boost::json::object all_of(std::string_view definition);
boost::json::object pattern_schema(std::string_view pattern, std::string_view message);

/// Keeps the description that the property has and says what its value is.
void compose(boost::json::object& properties, std::string_view name, boost::json::object schema);
/// An object that takes these properties only; a mapping with nothing in it is null in YAML.
boost::json::object closed_object(boost::json::object properties);
template <class Keys>
boost::json::object properties_of(const Keys& keys) {
    boost::json::object properties;
    for (const auto& key : keys) properties[key.name] = schema_of(key);
    return properties;
}

}  // namespace taktd::ctl
