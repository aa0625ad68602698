// SPDX-License-Identifier: Apache-2.0
// RUN on the command line: a full id, the end of one, JOB, or JOB@TIME.
#pragma once

#include <string>

#include "daemon/ctl/commands/commands.hpp"
#include "daemon/store/queries.hpp"

namespace taktd::ctl {

Result<RunId, Answer> find_run(Queries& queries, const std::string& text, const Context& context);

}  // namespace taktd::ctl
