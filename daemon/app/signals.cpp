// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/signals.hpp"

#include <csignal>
#include <utility>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace taktd {

Signals::Signals(asio::any_io_executor executor) : set_{std::move(executor), SIGHUP, SIGTERM, SIGINT} {}

Async<std::optional<int>> Signals::next() {
    boost::system::error_code woken;
    const int signal = co_await set_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    if (woken) co_return std::nullopt;
    co_return signal;
}

void Signals::on_end(std::function<void()> told) {
    set_.async_wait([this, told = std::move(told)](boost::system::error_code error, int signal) mutable {
        // A signal that had come by the time of close() is told without an error all the same.
        if (error || is_closed_) return;
        if (signal == SIGHUP) return on_end(std::move(told));
        told();
    });
}

void Signals::close() {
    is_closed_ = true;
    set_.cancel();
}

}  // namespace taktd
