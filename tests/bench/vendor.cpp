// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 with keep-alive on epoll: a request ends where its header says, and its content is not looked at.
#include "tests/bench/vendor.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <map>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string_view>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <system_error>

#include <unistd.h>

namespace taktd::bench {
namespace {

/// Enough for every action of the adapter for Tencent CFG: a request id, and a task that runs.
constexpr std::string_view kBody = R"({"Response":{"RequestId":"0f6a9d1e-0000-4000-8000-000000000001",)"
                                   R"("Task":{"TaskStatus":1002,"TaskStartTime":"2026-01-01 00:00:00"}}})";

const std::string& whole_answer() {
    static const std::string answer =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(kBody.size()) +
        "\r\n\r\n" + std::string{kBody};
    return answer;
}

int checked(int result, const char* what) {
    if (result < 0) throw std::system_error{errno, std::generic_category(), what};
    return result;
}

int listen_on_loopback(int& port) {
    const int fd = checked(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const general = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    checked(::bind(fd, general, size), "bind");
    checked(::listen(fd, 1024), "listen");
    checked(::getsockname(fd, general, &size), "getsockname");
    port = ntohs(address.sin_port);
    return fd;
}

/// Bytes of the first whole request in `text`; 0: not whole yet.
std::size_t request_size(std::string_view text) {
    constexpr std::string_view kLength = "Content-Length: ";
    const auto end = text.find("\r\n\r\n");
    if (end == std::string_view::npos) return 0;
    std::size_t body = 0;
    const auto length = text.substr(0, end).find(kLength);
    if (length != std::string_view::npos) {
        const auto digits = text.substr(length + kLength.size());
        std::from_chars(digits.data(), digits.data() + digits.size(), body);
    }
    const std::size_t size = end + 4 + body;
    return size <= text.size() ? size : 0;
}

/// False once the peer has gone.
bool serve(int fd, std::string& pending) {
    std::array<char, 16 * 1024> bytes;
    const ssize_t got = ::read(fd, bytes.data(), bytes.size());
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    if (got == 0) return false;
    pending.append(bytes.data(), static_cast<std::size_t>(got));
    while (const std::size_t size = request_size(pending)) {
        pending.erase(0, size);
        if (::write(fd, whole_answer().data(), whole_answer().size()) < 0) return false;
    }
    return true;
}

[[noreturn]] void answer_for_ever(int listener) {
    std::map<int, std::string> pending;
    const int poll = checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
    const auto watch = [poll](int fd) {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.fd = fd;
        checked(::epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
    };
    watch(listener);
    std::array<epoll_event, 256> events{};
    for (;;) {
        const int count = ::epoll_wait(poll, events.data(), static_cast<int>(events.size()), -1);
        for (int i = 0; i < count; ++i) {
            const int fd = events[static_cast<std::size_t>(i)].data.fd;
            if (fd != listener) {
                if (!serve(fd, pending[fd])) {
                    pending.erase(fd);
                    ::close(fd);
                }
                continue;
            }
            const int peer = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (peer < 0) continue;
            const int on = 1;
            ::setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            watch(peer);
        }
    }
}

}  // namespace

Vendor::Vendor() {
    int port = 0;
    const int listener = listen_on_loopback(port);
    process_ = checked(::fork(), "fork");
    if (process_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // whatever ends the benchmark ends its vendor
        answer_for_ever(listener);
    }
    ::close(listener);
    endpoint_ = "http://127.0.0.1:" + std::to_string(port);
}

Vendor::~Vendor() {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
}

}  // namespace taktd::bench
