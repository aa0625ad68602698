// SPDX-License-Identifier: Apache-2.0
// A task on a worker's thread, awaited on the loop.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/net/async.hpp"
#include "daemon/runtime/worker.hpp"

namespace taktd {

/// Returns when `task` has run. It owns all that it touches, for a cancelled caller waits no longer and it runs all the
/// same; it must not throw.
inline Async<void> off_loop(asio::any_io_executor executor, Worker& worker, std::function<void()> task) {
    struct Ending {
        asio::steady_timer told;
        bool has_come = false;
    };
    const auto ending =
        std::make_shared<Ending>(Ending{asio::steady_timer{executor, asio::steady_timer::time_point::max()}});
    worker.run([task = std::move(task), executor, ending]() mutable {
        task();
        task = nullptr;
        asio::post(executor, [ending = std::move(ending)] {  // its timer is destroyed on the loop
            ending->has_come = true;
            ending->told.cancel();
        });
    });
    while (!ending->has_come) {
        boost::system::error_code ignored;
        co_await ending->told.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
}

}  // namespace taktd
