// SPDX-License-Identifier: Apache-2.0
// Descriptors 0, 1 and 2 are what their names say, whoever started the program. The first thing that main() does.
#pragma once

namespace taktd::log {

/// Puts /dev/null where a standard descriptor is closed; else the next file to be opened, a lock or a database, would
/// bear its number, and the log would be written into it.
void occupy_standard_streams();

}  // namespace taktd::log
