// SPDX-License-Identifier: Apache-2.0
// So many requests are at work at a time and so many wait; a herd of them neither holds the loop nor fills the memory.
// Reads never take the last places, so that a stop finds one while the store answers nobody.
#pragma once

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/net/async.hpp"

namespace taktd::control {

class Turns {
public:
    static constexpr int kAtWorkMax = 8;
    static constexpr int kReadsAtWorkMax = 6;
    static constexpr int kWaitingMax = 64;

    explicit Turns(asio::any_io_executor executor)
        : changed_{std::move(executor), asio::steady_timer::time_point::max()} {}

    /// True: take it at once, by making a Turn. False: too many wait.
    Async<bool> wait(bool is_read) {
        if (is_free(is_read)) co_return true;
        if (waiting_ >= kWaitingMax) co_return false;
        const Count waits{waiting_};
        while (!is_free(is_read)) {
            boost::system::error_code ignored;
            co_await changed_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        }
        co_return true;
    }

private:
    friend class Turn;
    struct Count {
        explicit Count(int& count) : counted{count} { ++counted; }
        Count(const Count&) = delete;
        Count& operator=(const Count&) = delete;
        ~Count() { --counted; }
        int& counted;
    };
    bool is_free(bool is_read) const { return at_work_ < kAtWorkMax && (!is_read || reads_at_work_ < kReadsAtWorkMax); }

    int at_work_ = 0, reads_at_work_ = 0, waiting_ = 0;
    asio::steady_timer changed_;  // never expires; cancelled when a turn ends
};

/// One request at work, from wait()'s yes to its end.
class Turn {
public:
    Turn(Turns& turns, bool is_read) : turns_{turns}, is_read_{is_read} {
        ++turns_.at_work_;
        if (is_read_) ++turns_.reads_at_work_;
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() {
        --turns_.at_work_;
        if (is_read_) --turns_.reads_at_work_;
        turns_.changed_.cancel();
    }

private:
    Turns& turns_;
    const bool is_read_;
};

}  // namespace taktd::control
