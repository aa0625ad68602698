// SPDX-License-Identifier: Apache-2.0
// `notify` in the JSON Schema.
#pragma once

#include <boost/json.hpp>

namespace taktd::ctl {

boost::json::object notify_schema();
/// One of its targets: a definition, with a table of its own in docs/configuration.md.
boost::json::object notify_target_definition();

}  // namespace taktd::ctl
