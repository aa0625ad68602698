// Called once, before any secret is read.
#include "daemon/app/process.hpp"

#include <csignal>
#include <random>
#include <sys/prctl.h>
#include <sys/resource.h>

namespace taktd {

void harden_process() {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    // Each stop needs a connection, and the store its files: never fewer descriptors than may be had.
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &files);
    }
#ifndef __SANITIZE_ADDRESS__  // the leak check traces its own process, which an undumpable one refuses
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
    std::signal(SIGPIPE, SIG_IGN);
}

std::uint64_t draw_seed() {
    std::random_device device;
    return (std::uint64_t{device()} << 32) | device();
}

}  // namespace taktd
