// SPDX-License-Identifier: Apache-2.0
// What the kernel says of this process.
#pragma once

#include <string>

namespace taktd::metrics {

struct ProcessFacts {
    double cpu_seconds = 0;
    double resident_bytes = 0;
    double open_fds = 0, max_fds = 0;
};

/// Reads /proc/self, off the loop. What cannot be read stays 0.
ProcessFacts read_process_facts();
/// The same of the text of a `stat` file; for tests.
void read_stat(const std::string& text, ProcessFacts& facts);

}  // namespace taktd::metrics
