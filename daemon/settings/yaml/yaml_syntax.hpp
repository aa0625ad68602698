// SPDX-License-Identifier: Apache-2.0
// yaml-cpp's syntax errors in words that say what to write instead.
#pragma once

#include <string>

#include "daemon/settings/report/findings.hpp"

namespace taktd {

void report_syntax(Position at, const std::string& parser_message, Findings& findings);

}  // namespace taktd
