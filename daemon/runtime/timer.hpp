// SPDX-License-Identifier: Apache-2.0
// A timer for an absolute instant, on the wall clock or on CLOCK_BOOTTIME (timerfd). Nothing ticks: an idle daemon
// sleeps until the instant comes. The wall timer also tells when somebody sets the clock.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include <boost/asio/any_io_executor.hpp>

#include "daemon/core/base/time.hpp"

namespace taktd {

/// Calls `on_due` on the executor's thread once per arming, at or after the instant. Handlers may arm it again.
class BootTimer {
public:
    BootTimer(boost::asio::any_io_executor executor, std::function<void()> on_due);
    ~BootTimer();

    /// Replaces the instant; nothing: sleeps.
    void arm(std::optional<BootTime> at);
    /// For good: drops the wait, so that the event loop can end.
    void close();

private:
    class Wait;
    std::shared_ptr<Wait> wait_;
    std::optional<BootTime> armed_;
};

/// The same for the wall clock. `on_clock_set` is told whenever the clock was set, armed or not, by how much it jumped.
class WallTimer {
public:
    WallTimer(boost::asio::any_io_executor executor, std::function<void()> on_due,
              std::function<void(Duration step)> on_clock_set);
    ~WallTimer();

    void arm(std::optional<WallTime> at);
    void close();

private:
    void settle();
    void noticed_clock_set();

    class Wait;
    std::shared_ptr<Wait> wait_;
    std::function<void(Duration)> on_clock_set_;
    std::optional<WallTime> armed_;
    Duration wall_minus_boot_{};
};

}  // namespace taktd
