// SPDX-License-Identifier: Apache-2.0
// What the network tests share: an event loop that runs one coroutine to its end, and a raw server whose script may
// mistreat its clients as no HTTP library would.
#pragma once

#include <functional>
#include <optional>
#include <stdexcept>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include "daemon/net/client.hpp"
#include "daemon/net/task_group.hpp"

namespace taktd::test {

using asio::ip::tcp;

/// One io_context; run() drives it until the given coroutine has ended, and not longer than kPatience.
struct Loop {
    static constexpr auto kPatience = std::chrono::seconds{30};
    asio::io_context io{1};

    void run(Async<void> task) {
        std::optional<std::exception_ptr> ended;
        asio::co_spawn(io, std::move(task), [&](std::exception_ptr failure) { ended = failure; });
        until([&] { return ended.has_value(); });
        if (*ended) std::rethrow_exception(*ended);
    }

    template <class Condition>
    void until(Condition condition) {
        const auto deadline = std::chrono::steady_clock::now() + kPatience;
        while (!condition()) {
            io.restart();
            io.run_one_for(std::chrono::milliseconds{100});
            if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error{"the test waited too long"};
        }
    }

    template <class T>
    T get(Async<T> task) {
        std::optional<T> value;
        run(store(std::move(task), value));
        return std::move(*value);
    }

private:
    template <class T>
    static Async<void> store(Async<T> task, std::optional<T>& value) {
        T got = co_await std::move(task);
        value.emplace(std::move(got));
    }
};

/// A coroutine in the background, cancelled and awaited when the test leaves its scope.
class Background {
public:
    Background(Loop& loop, Async<void> task) : loop_{loop}, group_{loop.io.get_executor()} {
        group_.spawn(std::move(task));
    }
    ~Background() {
        group_.cancel();
        loop_.until([&] { return group_.size() == 0; });
    }
    void cancel() { group_.cancel(); }
    bool has_ended() const { return group_.size() == 0; }

private:
    Loop& loop_;
    TaskGroup group_;
};

/// Accepts on loopback and gives each connection to the script.
class RawServer {
public:
    using Script = std::function<Async<void>(tcp::socket&)>;
    explicit RawServer(Loop& loop, Script script, const std::string& address = "127.0.0.1", unsigned short at_port = 0)
        : acceptor_{loop.io, tcp::endpoint{asio::ip::make_address(address), at_port}},
          script_{std::move(script)},
          background_{loop, accept()} {}

    Endpoint endpoint() const {
        Endpoint e;
        e.tls = false;
        e.host = "127.0.0.1";
        e.port = std::to_string(acceptor_.local_endpoint().port());
        return e;
    }
    unsigned short port() const { return acceptor_.local_endpoint().port(); }
    int accepted = 0;
    int requests = 0;  ///< counted by read_request

    /// Reads one request without a body up to the end of its headers; false at the end of the stream.
    Async<bool> read_request(tcp::socket& socket, std::string* head = nullptr) {
        std::string text;
        boost::system::error_code error;
        co_await asio::async_read_until(socket, asio::dynamic_buffer(text), "\r\n\r\n",
                                        asio::redirect_error(asio::use_awaitable, error));
        if (error) co_return false;
        ++requests;
        if (head != nullptr) *head = text;
        co_return true;
    }

    static Async<void> write(tcp::socket& socket, std::string text) {
        boost::system::error_code error;
        co_await asio::async_write(socket, asio::buffer(text), asio::redirect_error(asio::use_awaitable, error));
    }

private:
    Async<void> accept() {
        TaskGroup group{acceptor_.get_executor()};
        boost::system::error_code error;
        while (!error) {
            tcp::socket socket{acceptor_.get_executor()};
            co_await acceptor_.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
            if (error) break;
            ++accepted;
            group.spawn(serve(std::move(socket)));
        }
        group.cancel();
        co_await asio::this_coro::throw_if_cancelled(false);
        co_await group.join();
    }

    Async<void> serve(tcp::socket socket) { co_await script_(socket); }

    tcp::acceptor acceptor_;
    Script script_;
    Background background_;
};

inline HttpExchange get_from(Endpoint endpoint) {
    HttpExchange exchange;
    exchange.endpoint = std::move(endpoint);
    exchange.request.method = "GET";
    return exchange;
}

}  // namespace taktd::test
