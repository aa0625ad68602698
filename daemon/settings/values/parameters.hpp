// SPDX-License-Identifier: Apache-2.0
// The adapter's own parameters (under `task`, `stop`, in a provider), checked against its schema and written as JSON
// values of their final types.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "daemon/core/model/adapter_schema.hpp"
#include "daemon/settings/source/json_text.hpp"
#include "daemon/settings/values/fields.hpp"

namespace taktd {

using JsonMembers = std::vector<std::pair<std::string, std::string>>;

/// In the schema's order. Takes the parameters from `section`; the caller refuses the rest.
JsonMembers read_parameters(Section& section, const std::vector<Parameter>& parameters, Completion completion,
                            Findings& findings);

/// The value as JSON text, or nothing after a report. A number may stand in quotes.
std::optional<std::string> read_parameter(const Parameter& parameter, const Field& field, Completion completion,
                                          Findings& findings);

/// `'task_id: 1'`, for messages.
std::string example_of(const Parameter& parameter);

void set_all(JsonObject& object, const JsonMembers& members);

}  // namespace taktd
