// SPDX-License-Identifier: Apache-2.0
// One unconnected datagram socket; the service manager knows us by the credentials that the kernel adds.
#include "daemon/app/notify_socket.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <sys/socket.h>
#include <sys/un.h>
#include <utility>

#include <unistd.h>

namespace taktd {

NotifySocket::NotifySocket(std::string address) : address_{std::move(address)} {
    const bool is_known = address_.starts_with('/') || address_.starts_with('@');
    if (!is_known || address_.size() >= sizeof(sockaddr_un::sun_path)) return;
    fd_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

NotifySocket::~NotifySocket() {
    if (fd_ >= 0) ::close(fd_);
}

std::string NotifySocket::address_in_environment() {
    const char* address = std::getenv("NOTIFY_SOCKET");
    return address != nullptr ? address : "";
}

NotifySocket::Sent NotifySocket::send(std::string_view words) {
    if (fd_ < 0) return Sent::never;
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    std::ranges::copy(address_, to.sun_path);
    auto length = offsetof(sockaddr_un, sun_path) + address_.size();
    if (address_.front() == '@') {
        to.sun_path[0] = '\0';
    } else {
        ++length;
    }
    for (;;) {
        const auto sent = ::sendto(fd_, words.data(), words.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                                   reinterpret_cast<const sockaddr*>(&to), static_cast<socklen_t>(length));
        if (sent >= 0) return Sent::yes;
        if (errno == EINTR) continue;
        return errno == EAGAIN || errno == ENOBUFS ? Sent::not_yet : Sent::never;
    }
}

}  // namespace taktd
