// SPDX-License-Identifier: Apache-2.0
#include "daemon/metrics/process_facts.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <sys/resource.h>

#include <unistd.h>

namespace taktd::metrics {

void read_stat(const std::string& text, ProcessFacts& facts) {
    // proc(5): the second field is the name in parentheses, which may hold blanks and parentheses itself.
    const std::size_t name_end = text.rfind(')');
    if (name_end == std::string::npos) return;
    std::istringstream fields{text.substr(name_end + 1)};
    std::string skipped;
    for (int field = 3; field < 14; ++field) fields >> skipped;
    double user = 0, system = 0, pages = 0;
    fields >> user >> system;
    for (int field = 16; field < 24; ++field) fields >> skipped;
    fields >> pages;
    if (!fields) return;
    facts.cpu_seconds = (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
    facts.resident_bytes = pages * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

ProcessFacts read_process_facts() {
    ProcessFacts facts;
    std::ifstream file{"/proc/self/stat"};
    read_stat({std::istreambuf_iterator<char>{file}, {}}, facts);
    std::error_code error;
    for (std::filesystem::directory_iterator each{"/proc/self/fd", error}; !error && each != end(each);
         each.increment(error))
        ++facts.open_fds;
    if (facts.open_fds > 0) --facts.open_fds;  // the directory itself
    struct rlimit limit {};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) facts.max_fds = static_cast<double>(limit.rlim_cur);
    return facts;
}

}  // namespace taktd::metrics
