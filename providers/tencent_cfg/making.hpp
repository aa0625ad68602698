// SPDX-License-Identifier: Apache-2.0
// Making tasks from templates: what CreateTaskFromTemplate is told, and how the task of a lost answer is found again.
// Each creation makes one more task, which does nothing until it is started; its title, which names the run, is what
// tells it from the others.
#pragma once

#include <boost/json/fwd.hpp>

#include "daemon/core/base/result.hpp"
#include "daemon/core/model/call.hpp"

namespace taktd::tencent_cfg {

/// The body of CreateTaskFromTemplate. `parameters` are those of the schema's `prepare` and may be null.
Result<boost::json::object> creation_body(const CallSpec& call, const boost::json::value* parameters);

/// The body of DescribeTaskList for tasks with the title that this call's task would bear. Nobody has published whether
/// the vendor's filter compares whole titles, so read_found() does.
Result<boost::json::object> search_body(const CallSpec& call, const boost::json::value* parameters);

/// Reads the new task's id; false if the answer names none.
bool read_created(const boost::json::value* response, CallResult& result);

/// Reads the id of the newest task with exactly the title of this call, or leaves it empty if there is none; false if
/// the answer is no list.
bool read_found(const CallSpec& call, const boost::json::value* response, CallResult& result);

}  // namespace taktd::tencent_cfg
