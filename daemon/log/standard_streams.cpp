// SPDX-License-Identifier: Apache-2.0
// open(2) gives the lowest free number, so going up from 0 fills each gap with itself.
#include "daemon/log/standard_streams.hpp"

#include <cstdlib>
#include <initializer_list>

#include <fcntl.h>
#include <unistd.h>

namespace taktd::log {

void occupy_standard_streams() {
    for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(standard, F_GETFD) >= 0) continue;
        int fd = ::open("/dev/null", O_RDWR);
        if (fd < 0) fd = ::open("/", O_RDONLY | O_DIRECTORY);  // no /dev here: nothing can be written to this either
        // Nobody could be told, and a store must not be opened like this.
        if (fd != standard) std::_Exit(EXIT_FAILURE);
    }
}

}  // namespace taktd::log
