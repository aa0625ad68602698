// SPDX-License-Identifier: Apache-2.0
// Runs an operation with a deadline. Whatever happens, the operation has ended when this returns, so it may refer to
// the caller's variables and leave its result there.
#pragma once

#include <exception>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/net/async.hpp"

namespace taktd {

using SteadyTime = std::chrono::steady_clock::time_point;

/// True: `operation` ended by itself (its exception comes out of here). False: the deadline passed first and the
/// operation was cancelled. Cancelling the caller cancels the operation, which then ends with operation_aborted.
inline Async<bool> with_deadline(SteadyTime deadline, Async<void> operation) {
    auto executor = co_await asio::this_coro::executor;
    asio::steady_timer alarm{executor, deadline};
    // Boost 1.81 has no cancel_after, and `operation || timer` keeps the operation's failure until the timer fires.
    auto group = asio::experimental::make_parallel_group(asio::co_spawn(executor, std::move(operation), asio::deferred),
                                                         alarm.async_wait(asio::deferred));
    auto [order, failure, alarm_error] =
        co_await group.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    if (order[0] == 1 && !alarm_error) co_return false;
    if (failure) std::rethrow_exception(failure);
    co_return true;
}

}  // namespace taktd
