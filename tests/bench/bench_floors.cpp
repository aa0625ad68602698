// SPDX-License-Identifier: Apache-2.0
// What the machine itself can do, to hold the other figures against: bytes written and made durable, in several sizes,
// and HTTP exchanges with the bench's vendor by a client that does nothing but that (epoll, one thread, no parsing), on
// connections that are kept and on a connection for each exchange, as starts have.
// usage: bench_floors [EXCHANGES]
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "tests/bench/figures.hpp"
#include "tests/bench/vendor.hpp"

namespace taktd::bench {
namespace {

int checked(int result, const char* what) {
    if (result < 0 && errno != EINPROGRESS) throw std::system_error{errno, std::generic_category(), what};
    return result;
}

class BareClient {
public:
    BareClient(const std::string& endpoint, bool keeps) : keeps_{keeps} {
        const auto port = std::string_view{endpoint}.substr(endpoint.rfind(':') + 1);
        std::uint16_t number = 0;
        std::from_chars(port.data(), port.data() + port.size(), number);
        address_.sin_family = AF_INET;
        address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address_.sin_port = htons(number);
    }
    ~BareClient() { ::close(poll_); }
    BareClient(const BareClient&) = delete;
    BareClient& operator=(const BareClient&) = delete;

    Stopwatch::Taken exchange(std::size_t count) {
        const Stopwatch watch;
        std::size_t begun = 0, ended = 0;
        for (; begun < std::min(kAtOnce, count); ++begun) connect();
        std::array<epoll_event, kAtOnce> events{};
        std::array<char, 4096> answer{};
        while (ended < count) {
            const int ready = ::epoll_wait(poll_, events.data(), static_cast<int>(events.size()), -1);
            for (int i = 0; i < ready; ++i) {
                const epoll_event& event = events.at(static_cast<std::size_t>(i));
                const int fd = event.data.fd;
                if ((event.events & EPOLLOUT) != 0) {
                    send(fd);
                    continue;
                }
                // The answer is some hundred bytes, and loopback brings it whole.
                if (checked(static_cast<int>(::recv(fd, answer.data(), answer.size(), 0)), "recv") == 0)
                    throw std::runtime_error{"the vendor closed a connection"};
                ++ended;
                const bool goes_on = begun < count;
                if (goes_on) ++begun;
                if (goes_on && keeps_) {
                    checked(static_cast<int>(::send(fd, kRequest.data(), kRequest.size(), MSG_NOSIGNAL)), "send");
                } else {
                    ::close(fd);
                    if (goes_on) connect();
                }
            }
        }
        return watch.taken();
    }

private:
    static constexpr std::size_t kAtOnce = 256;  // as many as the engine has in flight per account
    static constexpr std::string_view kRequest =
        "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json; charset=utf-8\r\n"
        "X-TC-Action: HandleActionOfTask\r\nX-TC-Version: 2021-08-20\r\nX-TC-Timestamp: 1764720000\r\n"
        "Authorization: TC3-HMAC-SHA256 Credential=an-id/2026-12-03/cfg/tc3_request, "
        "SignedHeaders=content-type;host;x-tc-action, "
        "Signature=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\r\nContent-Length: 31\r\n\r\n"
        "{\"TaskId\":1000000,\"Status\":1002}";

    void connect() {
        const int fd = checked(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
        const int on = 1;
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        checked(::connect(fd, reinterpret_cast<const sockaddr*>(&address_), sizeof address_), "connect");
        control(EPOLL_CTL_ADD, fd, EPOLLOUT);
    }
    void send(int fd) {
        checked(static_cast<int>(::send(fd, kRequest.data(), kRequest.size(), MSG_NOSIGNAL)), "send");
        control(EPOLL_CTL_MOD, fd, EPOLLIN);
    }
    void control(int what, int fd, std::uint32_t events) const {
        epoll_event event{};
        event.events = events;
        event.data.fd = fd;
        checked(::epoll_ctl(poll_, what, fd, &event), "epoll_ctl");
    }

    bool keeps_;
    sockaddr_in address_{};
    int poll_ = checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
};

void exchange(const Vendor& vendor, bool keeps, std::size_t count) {
    const Stopwatch::Taken took = BareClient{vendor.endpoint(), keeps}.exchange(count);
    const double rate = static_cast<double>(count) / seconds(took.elapsed);
    const double us = 1e6 * seconds(took.busy) / static_cast<double>(count);
    const std::string name = keeps ? "exchange, connections kept" : "exchange, a connection each";
    std::printf("%-30s %7.0f/s  the client's processor time %5.1f us\n", name.c_str(), rate, us);
    std::fflush(stdout);
    record(name, rate, "exchanges/s");
    record(name + ", of processors", us, "us");
}

void write_durably(const Directory& directory, std::size_t bytes_each) {
    constexpr std::size_t kWrites = 200, kFileBytes = 16 << 20;
    const int fd = checked(::open(directory.file("raw").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600), "open");
    const std::vector<char> bytes(bytes_each, 'x');
    for (std::size_t at = 0; at < kFileBytes; at += bytes_each)
        checked(static_cast<int>(::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(at))), "pwrite");
    checked(::fsync(fd), "fsync");
    std::vector<Duration> took;
    for (std::size_t i = 0, at = 0; i < kWrites; ++i, at = (at + bytes_each) % kFileBytes) {
        const Stopwatch watch;
        checked(static_cast<int>(::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(at))), "pwrite");
        checked(::fdatasync(fd), "fdatasync");
        took.push_back(watch.elapsed());
    }
    ::close(fd);
    print_distribution("write + fdatasync, " + std::to_string(bytes_each >> 10) + " KiB", took, "none", bytes_each);
}

void measure(std::size_t exchanges) {
    const Vendor vendor;
    const Directory directory;
    std::printf("floors: what the machine can do without taktd\n");
    print_machine(directory.path());
    for (const std::size_t kib : {4, 64, 256, 1024}) write_durably(directory, kib << 10);
    for (int i = 0; i < 3; ++i)
        for (const bool keeps : {true, false}) exchange(vendor, keeps, exchanges);
}

}  // namespace
}  // namespace taktd::bench

int main(int argc, char** argv) { taktd::bench::measure(taktd::bench::argument(argc, argv, 1, 50'000)); }
