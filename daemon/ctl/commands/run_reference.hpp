// RUN on the command line: a full id, the end of one, JOB, or JOB@TIME.
#pragma once

#include <string>

#include "daemon/ctl/commands/commands.hpp"
#include "daemon/store/reader.hpp"

namespace taktd::ctl {

Result<RunId, Answer> find_run(Reader& reader, const std::string& text, const Context& context);

}  // namespace taktd::ctl
