// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/command_desk.hpp"

#include <utility>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace taktd::control {

Async<std::optional<Reply>> CommandDesk::ask(Asker asker, Order order, Duration patience) {
    const auto waiter = std::make_shared<Waiter>(Waiter{std::nullopt, asio::steady_timer{executor_, patience}});
    const CommandId id = ++newest_;
    waiting_.emplace(id, waiter);
    loop_.take(Command{id, std::move(asker.actor), std::move(order),
                       std::string{name_of(asker.via)}});  // may answer within itself
    if (!waiter->reply) {
        boost::system::error_code ignored;
        co_await waiter->told.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    waiting_.erase(id);
    co_return std::move(waiter->reply);
}

void CommandDesk::take(const Reply& reply) {
    const auto found = waiting_.find(reply.command);
    if (found == waiting_.end()) return;
    if (const auto waiter = found->second.lock()) {
        waiter->reply = reply;
        waiter->told.cancel();
    }
    waiting_.erase(found);
}

}  // namespace taktd::control
