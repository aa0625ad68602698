// SPDX-License-Identifier: Apache-2.0
// A function for each way to mistreat a connection; none of them lets it go on.
#include "providers/simcloud/delivery.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/net/connection.hpp"

namespace taktd::simcloud {

namespace {

Async<bool> deliver_half(Connection& connection, std::string_view bytes) {
    const auto half = bytes.substr(0, bytes.size() / 2);
    co_await write_all(connection, half);
    co_return false;
}

Async<bool> reset(Connection& connection, std::string_view /*bytes*/) {
    connection.reset();
    co_return false;
}

Async<bool> hang(Connection& connection, std::string_view /*bytes*/) {
    char ignored[512];
    for (;;) {
        const auto io = co_await connection.read_some(ignored, sizeof ignored);
        if (io.error) co_return false;
    }
}

}  // namespace

Async<HttpReply> in_its_time(SimReply reply) {
    if (reply.delay > Duration::zero()) {
        const auto executor = co_await asio::this_coro::executor;
        const auto delay = std::chrono::duration_cast<std::chrono::steady_clock::duration>(reply.delay);
        asio::steady_timer pause{executor, delay};
        co_await pause.async_wait(asio::use_awaitable);
    }
    HttpReply out;
    out.response = std::move(reply.response);
    switch (reply.delivery) {
        case Delivery::whole: break;
        case Delivery::half: out.deliver = deliver_half; break;
        case Delivery::reset: out.deliver = reset; break;
        case Delivery::hang: out.deliver = hang; break;
    }
    co_return out;
}

}  // namespace taktd::simcloud
