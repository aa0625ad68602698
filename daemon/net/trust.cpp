// SPDX-License-Identifier: Apache-2.0
// One reading at a time; a renewal that is asked for meanwhile begins another one when it ends.
#include "daemon/net/trust.hpp"

#include <exception>
#include <list>
#include <system_error>
#include <thread>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>

#include "daemon/net/waiter.hpp"

namespace taktd {

struct Trust::State : std::enable_shared_from_this<Trust::State> {
    State(asio::any_io_executor on, std::function<void()> renewed, Read reader)
        : executor{std::move(on)}, on_renewed{std::move(renewed)}, read{std::move(reader)} {}

    asio::any_io_executor executor;
    std::function<void()> on_renewed;
    Read read;
    std::thread thread;
    std::shared_ptr<TlsContext> context;
    std::string failure;  // of the last reading; empty: it succeeded
    bool reading = false, again = false;
    SteadyTime begun;
    std::list<asio::steady_timer*> waiting;  // cancelled when there is nothing to wait for any more

    using Found = Result<std::shared_ptr<TlsContext>>;

    void begin() {
        auto work = [reader = read, on = executor, weak = weak_from_this()] {
            Found found = unexpected{std::string{"no memory"}};
            try {
                found = reader();
            } catch (const std::exception& e) {
                found = unexpected{std::string{e.what()}};
            }
            asio::post(on, [weak, found = std::move(found)] {
                if (auto alive = weak.lock()) alive->end(found);
            });
        };
        try {
            thread = std::thread{std::move(work)};
        } catch (const std::system_error& e) {  // the process may have no further thread
            failure = e.what();
            return wake();
        }
        reading = true;
        begun = std::chrono::steady_clock::now();
    }

    void end(Found found) {
        if (thread.joinable()) thread.join();
        reading = false;
        failure = found ? std::string{} : found.error();
        if (found) {
            const bool is_newer = context != nullptr;
            context = std::move(*found);
            if (is_newer) on_renewed();
        }
        if (std::exchange(again, false)) return begin();
        wake();
    }

    void wake() {
        for (auto* timer : waiting) timer->cancel();
    }
};

Trust::Trust(asio::any_io_executor executor, std::function<void()> on_renewed, Read read)
    : state_{std::make_shared<State>(std::move(executor), std::move(on_renewed), std::move(read))} {}

Trust::~Trust() {
    if (state_->thread.joinable()) state_->thread.join();
}

void Trust::renew() {
    if (state_->reading)
        state_->again = true;
    else if (state_->context)
        state_->begin();
}

Async<Result<std::shared_ptr<TlsContext>>> Trust::get() {
    auto state = state_;  // outlives this coroutine's waiting even if the owner goes first
    if (!state->context && !state->reading) state->begin();
    if (state->reading) {
        const auto patience = state->context ? state->begun + kRenewalWait : SteadyTime::max();
        asio::steady_timer wake{state->executor, patience};
        boost::system::error_code ended;
        const Waiter waiting{state->waiting, wake};
        co_await wake.async_wait(asio::redirect_error(asio::use_awaitable, ended));
    }
    if (state->context) co_return state->context;
    if (state->reading) throw boost::system::system_error{asio::error::operation_aborted};
    co_return unexpected{"the trusted certificates cannot be read: " + state->failure};
}

}  // namespace taktd
