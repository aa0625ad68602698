// SPDX-License-Identifier: Apache-2.0
// Structured concurrency: a group owns the coroutines that it spawned, cancels them together and is joined before it
// ends. One failure cancels the siblings and comes out of join(). One thread only.
#pragma once

#include <exception>
#include <list>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/core/base/check.hpp"
#include "daemon/net/async.hpp"

namespace taktd {

class TaskGroup {
public:
    explicit TaskGroup(asio::any_io_executor executor)
        : executor_{executor}, changed_{executor, asio::steady_timer::time_point::max()} {}
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;
    ~TaskGroup() { TAKTD_CHECK(running_.empty(), "a group is joined before it ends"); }

    /// What is returned ends this one alone, as long as it runs.
    asio::cancellation_signal& spawn(Async<void> task) {
        auto self = running_.emplace(running_.end());
        auto on_done = [this, self](std::exception_ptr failure) {
            running_.erase(self);
            if (failure && !is_cancellation(failure)) {
                if (!first_failure_) first_failure_ = failure;
                cancel();
            }
            changed_.cancel();
        };
        asio::co_spawn(executor_, std::move(task), asio::bind_cancellation_slot(self->slot(), std::move(on_done)));
        return *self;
    }

    void cancel() {
        for (auto it = running_.begin(); it != running_.end();) (it++)->emit(asio::cancellation_type::terminal);
    }

    std::size_t size() const { return running_.size(); }

    /// Returns when fewer than `limit` tasks run. A cancelled caller gets operation_aborted.
    Async<void> wait_below(std::size_t limit) {
        while (running_.size() >= limit) {
            boost::system::error_code ignored;
            co_await changed_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        }
    }

    /// Waits for every task; rethrows the first failure. A cancelled caller cancels the tasks and still waits for them:
    /// nothing that was spawned here outlives the join.
    Async<void> join() {
        const bool throws = co_await asio::this_coro::throw_if_cancelled();
        co_await asio::this_coro::throw_if_cancelled(false);
        auto cancellation = co_await asio::this_coro::cancellation_state;
        bool told = false;
        while (!running_.empty()) {
            if (!told && cancellation.cancelled() != asio::cancellation_type::none) {
                told = true;
                cancel();
            }
            boost::system::error_code ignored;
            co_await changed_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        }
        co_await asio::this_coro::throw_if_cancelled(throws);
        if (first_failure_) std::rethrow_exception(first_failure_);
    }

private:
    static bool is_cancellation(const std::exception_ptr& failure) {
        try {
            std::rethrow_exception(failure);
        } catch (const boost::system::system_error& e) {
            return e.code() == asio::error::operation_aborted;
        } catch (...) {
            return false;
        }
    }

    asio::any_io_executor executor_;
    std::list<asio::cancellation_signal> running_;
    asio::steady_timer changed_;  // never expires; cancelled when a task leaves
    std::exception_ptr first_failure_;
};

}  // namespace taktd
