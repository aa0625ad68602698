// SPDX-License-Identifier: Apache-2.0
// JSON Schema of what an adapter's own description (AdapterSchema) says: a provider of its type, its tasks, its stops.
#pragma once

#include <boost/json.hpp>

#include "daemon/core/model/adapter_schema.hpp"

namespace taktd::ctl {

/// Adds `<type>.provider`, and of task and stop two forms: `<type>.task` takes what a template or the defaults may
/// hold,
/// `<type>.whole_task` wants what the loader wants of a job after merging.
void add_adapter_definitions(boost::json::object& definitions, const AdapterSchema& adapter);

}  // namespace taktd::ctl
