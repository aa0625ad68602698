// SPDX-License-Identifier: Apache-2.0
// What taktd tells systemd: ready, reloading, stopping, a status line, and that it is alive. Without systemd all of it
// is nothing. Nobody waits for it here: what it does not take now is said again until it does.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "daemon/app/notify_socket.hpp"
#include "daemon/core/base/time.hpp"

namespace taktd {

class ServiceManager {
public:
    static constexpr Duration kSayAgainAfter = std::chrono::milliseconds{250};
    /// A beat is due three times in the watchdog's time, so that a late one is none too few...
    static constexpr int kBeatsInTime = 3;
    /// ...and what is worked at may take all of that time before the beats end.
    static constexpr int kBeatsForgiven = kBeatsInTime;

    /// Starts the watchdog's heartbeat if the service manager wants one. It beats on the event loop, so a loop that
    /// hangs is a daemon that hangs.
    explicit ServiceManager(boost::asio::any_io_executor executor,
                            std::string address = NotifySocket::address_in_environment());

    /// The heartbeat also ends while this gives the same number, other than 0, beat after beat: another thread hangs.
    void watch(std::function<std::uint64_t()> work_in_hand) { work_in_hand_ = std::move(work_in_hand); }

    void ready(const std::string& status);
    /// What `systemctl status` shows.
    void status(const std::string& status);
    void reloading();
    void stopping(const std::string& status);
    /// Asks for that much more time to stop in.
    void extend_timeout(Duration by, const std::string& status);
    /// Ends the heartbeat and every other try, so that the event loop can end.
    void close();

private:
    void beat();
    void tell(std::string words);
    void deliver();

    NotifySocket socket_;
    boost::asio::steady_timer heartbeat_, say_again_;
    std::optional<Duration> interval_;
    std::function<std::uint64_t()> work_in_hand_ = [] { return std::uint64_t{0}; };
    std::uint64_t seen_in_hand_ = 0;
    int times_seen_ = 0;
    /// In order. At most one for each kind of word: a later one makes an earlier one pointless.
    std::deque<std::string> waiting_;
    bool is_late_ = false, closed_ = false;
};

}  // namespace taktd
