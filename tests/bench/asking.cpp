// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/asking.hpp"

#include <array>
#include <charconv>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>

#include <poll.h>
#include <unistd.h>

namespace taktd::bench {
namespace {

int connect_to(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return -1;
    std::memcpy(address.sun_path, path.data(), path.size());
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
    ::close(fd);
    return -1;
}

bool send_get(int fd, const std::string& path) {
    const std::string request = "GET " + path + " HTTP/1.1\r\nHost: taktd\r\n\r\n";
    return ::send(fd, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size());
}

/// The number behind `name` in an answer's head.
std::size_t number_behind(const std::string& head, std::string_view name) {
    const std::size_t at = head.find(name);
    std::size_t number = 0;
    if (at != std::string::npos) std::from_chars(head.data() + at + name.size(), head.data() + head.size(), number);
    return number;
}

}  // namespace

Asker::~Asker() {
    if (fd_ >= 0) ::close(fd_);
}

int Asker::ask(const std::string& path) {
    if (fd_ < 0) fd_ = connect_to(socket_);
    if (fd_ < 0 || !send_get(fd_, path)) return 0;
    std::string heard;
    std::array<char, 64 * 1024> bytes{};
    std::size_t head_end = std::string::npos, whole = 0;
    while (head_end == std::string::npos || heard.size() < whole) {
        const ssize_t got = ::recv(fd_, bytes.data(), bytes.size(), 0);
        if (got <= 0) {
            ::close(fd_);
            fd_ = -1;
            return 0;
        }
        heard.append(bytes.data(), static_cast<std::size_t>(got));
        if (head_end != std::string::npos) continue;
        head_end = heard.find("\r\n\r\n");
        if (head_end != std::string::npos) whole = head_end + 4 + number_behind(heard, "Content-Length: ");
    }
    body_ = heard.substr(head_end + 4);
    return static_cast<int>(number_behind(heard, "HTTP/1.1 "));
}

std::string Asker::next_of(const std::string& path) {
    ask(path);
    const std::string name = "\"next\":\"";
    const std::size_t at = body_.rfind(name);
    if (at == std::string::npos) return {};
    const std::size_t begin = at + name.size();
    std::string escaped;
    for (const char c : body_.substr(begin, body_.find('"', begin) - begin)) {
        constexpr std::string_view kHex = "0123456789ABCDEF";
        const auto byte = static_cast<unsigned char>(c);
        escaped += '%';
        escaped += kHex[byte >> 4];
        escaped += kHex[byte & 15];
    }
    return escaped;
}

Load::Load(const std::string& socket, std::size_t clients, std::size_t subscribers) {
    for (std::size_t i = 0; i < clients; ++i) threads_.emplace_back([this, socket] { ask_on(socket); });
    threads_.emplace_back([this, socket, subscribers] { listen(socket, subscribers); });
}

Load::Done Load::end() {
    is_over_ = true;
    for (std::thread& thread : threads_) thread.join();
    return {answers_, busy_, event_bytes_};
}

void Load::ask_on(const std::string& socket) {
    Asker asker{socket};
    constexpr std::array kPaths{"/api/v1/status",    "/api/v1/runs?limit=50&fields=brief", "/api/v1/jobs?limit=50",
                                "/api/v1/providers", "/api/v1/transitions?limit=60",       "/metrics"};
    for (std::size_t i = 0; !is_over_; ++i) {
        const int status = asker.ask(kPaths.at(i % kPaths.size()));
        ++(status == 200 ? answers_ : busy_);
    }
}

void Load::listen(const std::string& socket, std::size_t count) {
    std::vector<pollfd> streams;
    for (std::size_t i = 0; i < count; ++i) {
        const int fd = connect_to(socket);
        if (fd >= 0 && send_get(fd, "/api/v1/events")) streams.push_back({fd, POLLIN, 0});
    }
    std::array<char, 64 * 1024> bytes{};
    constexpr int kLookMs = 100;
    while (!is_over_ && !streams.empty()) {
        ::poll(streams.data(), streams.size(), kLookMs);
        for (pollfd& stream : streams) {
            if (stream.revents == 0) continue;
            const ssize_t got = ::recv(stream.fd, bytes.data(), bytes.size(), MSG_DONTWAIT);
            if (got > 0) event_bytes_ += static_cast<std::uint64_t>(got);
            if (got == 0) stream.events = 0;
        }
    }
    for (const pollfd& stream : streams) ::close(stream.fd);
}

}  // namespace taktd::bench
