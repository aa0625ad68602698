// SPDX-License-Identifier: Apache-2.0
// What the service manager is told, when it reads and when it does not.
#include "daemon/app/service_manager.hpp"

#include <array>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace taktd {
namespace {

using testing::ElementsAre;

/// systemd's end of the socket; reads when the test says so.
class Manager {
public:
    explicit Manager(std::string path) : path_{std::move(path)}, fd_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)} {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path_.copy(address.sun_path, sizeof address.sun_path - 1);
        if (path_.front() == '@') address.sun_path[0] = '\0';
        const auto length = offsetof(sockaddr_un, sun_path) + path_.size() + (path_.front() == '@' ? 0 : 1);
        if (::bind(fd_, reinterpret_cast<const sockaddr*>(&address), static_cast<socklen_t>(length)) != 0)
            ADD_FAILURE() << "cannot bind " << path_;
    }
    Manager() : Manager{testing::TempDir() + "taktd_notify_" + std::to_string(::getpid())} {}
    Manager(const Manager&) = delete;
    Manager& operator=(const Manager&) = delete;
    ~Manager() {
        ::close(fd_);
        ::unlink(path_.c_str());
    }

    const std::string& address() const { return path_; }

    /// Until nobody could send any more.
    void fill_up() const {
        NotifySocket socket{path_};
        while (socket.send("FILLER=1") == NotifySocket::Sent::yes) {}
    }

    /// What has come, without the filler.
    std::vector<std::string> read_all() const {
        std::vector<std::string> all;
        std::array<char, 4096> bytes{};
        for (;;) {
            const auto got = ::recv(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT);
            if (got < 0) return all;
            std::string words{bytes.data(), static_cast<std::size_t>(got)};
            if (words != "FILLER=1") all.push_back(std::move(words));
        }
    }

private:
    std::string path_;
    int fd_;
};

TEST(ServiceManager, Manager_ThatReads_IsToldAtOnce) {
    const Manager manager;
    boost::asio::io_context io;
    ServiceManager service{io.get_executor(), manager.address()};
    service.ready("3 jobs");
    service.status("4 jobs");
    service.extend_timeout(std::chrono::seconds{30}, "stopping");
    EXPECT_THAT(manager.read_all(), ElementsAre("READY=1\nSTATUS=3 jobs", "STATUS=4 jobs",
                                                "EXTEND_TIMEOUT_USEC=30000000\nSTATUS=stopping"));
    service.close();
    io.run();
}

TEST(ServiceManager, AbstractAddress_IsUnderstood) {
    const Manager manager{"@taktd-notify-" + std::to_string(::getpid())};
    boost::asio::io_context io;
    ServiceManager service{io.get_executor(), manager.address()};
    service.status("here");
    EXPECT_THAT(manager.read_all(), ElementsAre("STATUS=here"));
}

TEST(ServiceManager, Messages_WithoutAManagerOrToOneThatHasGone_DoNothing) {
    for (const std::string address : {"", "vsock:2:1", "/nonexistent/notify", "@taktd-nobody-is-there"}) {
        boost::asio::io_context io;
        ServiceManager service{io.get_executor(), address};
        service.ready("3 jobs");
        EXPECT_EQ(io.run(), 0u) << address;  // nothing is tried again
    }
}

TEST(ServiceManager, Manager_ThatDoesNotRead_HoldsNobodyAndReadsTheLatestLater) {
    const Manager manager;
    boost::asio::io_context io;
    ServiceManager service{io.get_executor(), manager.address()};
    manager.fill_up();
    service.ready("1 job");
    for (int jobs = 2; jobs < 2000; ++jobs) service.status(std::to_string(jobs) + " jobs");
    service.reloading();
    service.ready("2 jobs");
    service.reloading();
    service.stopping("bye");

    auto told = manager.read_all();
    while (told.size() < 4) {
        io.run_one();  // it tries again
        const auto more = manager.read_all();
        told.insert(told.end(), more.begin(), more.end());
    }
    EXPECT_THAT(told, ElementsAre("STATUS=1999 jobs", "READY=1\nSTATUS=2 jobs", testing::StartsWith("RELOADING=1\n"),
                                  "STOPPING=1\nSTATUS=bye"));
    EXPECT_EQ(io.run(), 0u);  // and is then at peace
}

TEST(ServiceManager, Heartbeat_ThatWasNotTaken_IsRepeated) {
    const Manager manager;
    manager.fill_up();
    boost::asio::io_context io;
    ::setenv("WATCHDOG_USEC", "3600000000", 1);
    ServiceManager service{io.get_executor(), manager.address()};
    ::unsetenv("WATCHDOG_USEC");
    auto told = manager.read_all();
    while (told.empty()) {
        io.run_one();
        told = manager.read_all();
    }
    EXPECT_THAT(told, ElementsAre("WATCHDOG=1"));
    service.close();
    io.run();
}

TEST(ServiceManager, WorkOfAnotherThread_ThatNeverEnds_EndsTheHeartbeat) {
    const Manager manager;
    boost::asio::io_context io;
    ::setenv("WATCHDOG_USEC", "30000", 1);  // a beat each 10 ms
    ServiceManager service{io.get_executor(), manager.address()};
    ::unsetenv("WATCHDOG_USEC");
    std::uint64_t piece = 0, looks = 0;
    service.watch([&] {
        ++looks;
        return piece;
    });
    const auto beats_in = [&](std::uint64_t wanted) {
        manager.read_all();
        for (looks = 0; looks < wanted;) io.run_one();
        return manager.read_all().size();
    };
    EXPECT_EQ(beats_in(10), 10u);  // nothing in hand
    piece = 7;
    EXPECT_EQ(beats_in(10), 3u);  // forgiven for the watchdog's time
    EXPECT_EQ(beats_in(10), 0u);
    piece = 8;  // it gets on
    EXPECT_EQ(beats_in(2), 2u);
    service.close();
    io.run();
}

TEST(ServiceManager, Close_WithABeatDue_EndsTheHeartbeat) {
    const Manager manager;
    boost::asio::io_context io;
    ::setenv("WATCHDOG_USEC", "3", 1);  // a beat each microsecond
    ServiceManager service{io.get_executor(), manager.address()};
    ::unsetenv("WATCHDOG_USEC");
    for (int beats = 0; beats < 10; ++beats) io.run_one();
    boost::asio::post(io, [&] { service.close(); });  // runs before the loop looks at its timers, and the next is due
    io.run_for(std::chrono::seconds{30});
    EXPECT_TRUE(io.stopped());
}

TEST(ServiceManager, Status_OnceClosed_TriesNoMore) {
    const Manager manager;
    manager.fill_up();
    boost::asio::io_context io;
    ServiceManager service{io.get_executor(), manager.address()};
    service.stopping("bye");
    service.close();
    io.run();
    service.status("too late");
    io.restart();
    EXPECT_EQ(io.run(), 0u);
}

}  // namespace
}  // namespace taktd
