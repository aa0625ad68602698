// What taktd tells systemd: ready, reloading, stopping, a status line, and that it is alive. Without systemd all of it
// is nothing.
#pragma once

#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "daemon/core/time.hpp"

namespace taktd {

class ServiceManager {
public:
    /// Starts the watchdog's heartbeat if the service manager wants one. It beats on the event loop, so a loop that
    /// hangs is a daemon that hangs.
    explicit ServiceManager(boost::asio::any_io_executor executor);

    void ready(const std::string& status);
    /// What `systemctl status` shows. Seldom, please: each word waits until the service manager has room for it.
    void status(const std::string& status);
    void reloading();
    void stopping(const std::string& status);
    /// Asks for that much more time to stop in; seldom, as above.
    void extend_timeout(Duration by, const std::string& status);
    /// Ends the heartbeat, so that the event loop can end.
    void close();

private:
    void beat();

    boost::asio::steady_timer heartbeat_;
    std::optional<Duration> interval_;
};

}  // namespace taktd
