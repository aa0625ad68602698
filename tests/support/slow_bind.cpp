// SPDX-License-Identifier: Apache-2.0
// Preloaded into taktd: a Unix socket is not made before somebody writes to the FIFO $TAKTD_TEST_BIND_GATE. So hangs
// one in a directory on a disk that does not answer.
#include <cstdlib>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <fcntl.h>
#include <unistd.h>

extern "C" int bind(int socket, const sockaddr* address, socklen_t length) {
    const char* gate = std::getenv("TAKTD_TEST_BIND_GATE");
    if (gate != nullptr && address->sa_family == AF_UNIX) ::close(::open(gate, O_RDONLY));
    return static_cast<int>(::syscall(SYS_bind, socket, address, length));
}
