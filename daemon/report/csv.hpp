// SPDX-License-Identifier: Apache-2.0
// Rows as comma-separated values (RFC 4180): a header, lines that end in CRLF, quotes where a value needs them.
#pragma once

#include <string>
#include <vector>

#include "daemon/store/queries.hpp"

namespace taktd::report {

/// One value, in quotes if it has a comma, a quote or a line's end in it.
std::string csv_value(std::string_view value);
/// With `with_header` false: the lines of a further page.
std::string transitions_csv(const std::vector<ToldTransition>& transitions, bool with_header = true);

}  // namespace taktd::report
