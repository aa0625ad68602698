// SPDX-License-Identifier: Apache-2.0
// Preloaded into taktd: a Unix socket is made as slowly as in a directory on a disk that hangs. It takes
// TAKTD_TEST_BIND_MS milliseconds.
#include <chrono>
#include <cstdlib>
#include <sys/socket.h>
#include <thread>

#include <dlfcn.h>

extern "C" int bind(int socket, const sockaddr* address, socklen_t length) {
    using Bind = int (*)(int, const sockaddr*, socklen_t);
    static const auto real = reinterpret_cast<Bind>(::dlsym(RTLD_NEXT, "bind"));
    const char* wait = std::getenv("TAKTD_TEST_BIND_MS");
    if (wait != nullptr && address->sa_family == AF_UNIX)
        std::this_thread::sleep_for(std::chrono::milliseconds{std::atoi(wait)});
    return real(socket, address, length);
}
