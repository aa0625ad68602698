// SPDX-License-Identifier: Apache-2.0
// Where commands are handed in: gives each its number, tells the engine, and waits for the answer, which comes when
// what the command changed is on the disk. On the loop's thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "daemon/control/asker.hpp"
#include "daemon/net/async.hpp"
#include "daemon/runtime/engine_loop.hpp"

namespace taktd::control {

class CommandDesk {
public:
    using Order = decltype(Command::body);

    CommandDesk(asio::any_io_executor executor, EngineLoop& loop) : executor_{std::move(executor)}, loop_{loop} {}

    /// Nothing: no answer within `patience`. The order stands all the same.
    Async<std::optional<Reply>> ask(Asker asker, Order order, Duration patience);

    /// To be told each reply of the engine.
    void take(const Reply& reply);

private:
    struct Waiter {
        std::optional<Reply> reply;
        asio::steady_timer told;
    };

    asio::any_io_executor executor_;
    EngineLoop& loop_;
    CommandId newest_ = 0;
    std::map<CommandId, std::weak_ptr<Waiter>> waiting_;
};

}  // namespace taktd::control
