// SPDX-License-Identifier: Apache-2.0
// Who is at the keyboard, as the store keeps it beside what they did.
#pragma once

#include <string>

namespace taktd::ctl {

/// The user's name; behind sudo the name of whoever called it; "uid 1000" where there is no name.
std::string operator_name();

}  // namespace taktd::ctl
