// SPDX-License-Identifier: Apache-2.0
// The client against peers that answer, misbehave or are not there. What is asserted everywhere is how far the request
// got.
#include "daemon/net/client.hpp"

#include <atomic>
#include <mutex>

#include <gtest/gtest.h>

#include "tests/unit/net/support.hpp"

namespace taktd::test {
namespace {

using namespace std::chrono_literals;
using Kind = HttpFailure::Kind;

constexpr const char* kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Id: 7\r\n\r\nok";

class Client : public ::testing::Test {
protected:
    Loop loop;
    std::unique_ptr<HttpClient> client = create_http_client(loop.io.get_executor());

    HttpResult perform(HttpExchange exchange) { return loop.get(client->perform(std::move(exchange))); }
    HttpResult perform(const RawServer& server) { return perform(get_from(server.endpoint())); }
};

// Answers every request of every connection with the same bytes, then does what `then` says.
enum class Then { keep, close, reset, hang };
RawServer::Script answering(RawServer*& self, std::string bytes, Then then) {
    return [&self, bytes, then](tcp::socket& socket) -> Async<void> {
        for (;;) {
            const bool got = co_await self->read_request(socket);
            if (!got) co_return;
            co_await RawServer::write(socket, bytes);
            if (then == Then::keep) continue;
            if (then == Then::reset) socket.set_option(tcp::socket::linger{true, 0});
            if (then == Then::close || then == Then::reset) {
                socket.close();
                co_return;
            }
            co_await self->read_request(socket);  // hang until the client goes
        }
    };
}

struct Answering {
    RawServer* self = nullptr;
    RawServer server;
    Answering(Loop& loop, std::string bytes, Then then) : server{loop, answering(self, std::move(bytes), then)} {
        self = &server;
    }
};

TEST_F(Client, Exchange_GetsAnAnswer) {
    Answering peer{loop, kOk, Then::keep};
    const auto result = perform(peer.server);
    ASSERT_TRUE(result.response) << result.failure.message;
    EXPECT_EQ(result.response->status, 200);
    EXPECT_EQ(result.response->body, "ok");
    EXPECT_EQ(find_header(result.response->headers, "x-id"), "7");
    EXPECT_GT(result.bytes_sent, 0u);
    EXPECT_TRUE(result.first_byte_boot && result.first_byte_wall);
}

TEST_F(Client, RefusedConnection_SendsNothing) {
    Endpoint gone;
    {
        Answering peer{loop, kOk, Then::keep};
        gone = peer.server.endpoint();
    }
    const auto result = perform(get_from(gone));
    EXPECT_FALSE(result.response);
    EXPECT_EQ(result.failure.kind, Kind::connect);
    EXPECT_EQ(result.bytes_sent, 0u);
    EXPECT_FALSE(result.first_byte_boot);
    EXPECT_NE(result.failure.message.find("127.0.0.1:" + gone.port), std::string::npos) << result.failure.message;
}

TEST_F(Client, UnknownName_SendsNothing) {
    client = create_http_client(loop.io.get_executor(), [](const std::string&) -> Result<std::vector<std::string>> {
        return unexpected{std::string{"Name or service not known"}};
    });
    auto exchange = get_from({});
    exchange.endpoint.host = "no-such-host.invalid";
    exchange.endpoint.port = "443";
    const auto result = perform(exchange);
    EXPECT_EQ(result.failure.kind, Kind::resolve);
    EXPECT_EQ(result.failure.message, "cannot resolve no-such-host.invalid: Name or service not known");
    EXPECT_EQ(result.bytes_sent, 0u);
}

TEST_F(Client, NextAddress_WhenOneRefuses_IsTaken) {
    Answering peer{loop, kOk, Then::keep};
    client = create_http_client(loop.io.get_executor(), [](const std::string&) -> Result<std::vector<std::string>> {
        return std::vector<std::string>{"127.255.0.1", "::1", "127.0.0.1"};
    });
    auto exchange = get_from(peer.server.endpoint());
    exchange.endpoint.host = "several.example";
    const auto result = perform(exchange);
    EXPECT_TRUE(result.response) << result.failure.message;
}

struct Broken {
    const char* name;
    std::string bytes;
    Then then;
    Kind kind;
};

TEST_F(Client, BrokenAnswers_AreFailuresThatSayTheRequestLeft) {
    const std::string huge(HttpClient::kResponseBytesMax + 1, 'x');
    const Broken cases[] = {
        {"half the body", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", Then::close, Kind::reset},
        {"half the headers", "HTTP/1.1 200 OK\r\nConte", Then::close, Kind::reset},
        {"half a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc", Then::close, Kind::reset},
        {"closed before the answer", "", Then::close, Kind::reset},
        {"reset before the answer", "", Then::reset, Kind::reset},
        {"reset within the answer", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", Then::reset, Kind::reset},
        {"garbage", "\x16\x03\x01 this is not HTTP\r\n\r\n", Then::close, Kind::malformed},
        {"a bad length", "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", Then::close, Kind::malformed},
        {"announced too large", "HTTP/1.1 200 OK\r\nContent-Length: 1048577\r\n\r\n", Then::hang, Kind::too_large},
        {"too large without a length", "HTTP/1.1 200 OK\r\n\r\n" + huge, Then::close, Kind::too_large},
        {"headers too large", "HTTP/1.1 200 OK\r\nX: " + huge, Then::close, Kind::too_large},
        {"nothing", "", Then::hang, Kind::timeout},
        {"half and then silence", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", Then::hang, Kind::timeout},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        Answering peer{loop, c.bytes, c.then};
        auto exchange = get_from(peer.server.endpoint());
        if (c.kind == Kind::timeout) exchange.timeout = 1s;  // the request itself needs some of it
        const auto result = perform(exchange);
        EXPECT_FALSE(result.response);
        EXPECT_EQ(result.failure.kind, c.kind) << result.failure.message;
        EXPECT_GT(result.bytes_sent, 0u);
        EXPECT_TRUE(result.first_byte_boot);
        EXPECT_EQ(peer.server.requests, 1) << "never sent again";
    }
}

TEST_F(Client, EveryShapeOfAnAnswer_IsAccepted) {
    const std::string exact(HttpClient::kResponseBytesMax, 'x');
    const std::pair<std::string, std::string> cases[] = {
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "abcde"},
        {"HTTP/1.1 200 OK\r\n\r\nuntil the end", "until the end"},
        {"HTTP/1.0 200 OK\r\n\r\nold", "old"},
        {"HTTP/1.1 204 No Content\r\n\r\n", ""},
        {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 1048576\r\n\r\n" + exact, exact},
    };
    for (const auto& [bytes, body] : cases) {
        Answering peer{loop, bytes, Then::close};
        const auto result = perform(peer.server);
        ASSERT_TRUE(result.response) << result.failure.message << " for " << bytes.substr(0, 60);
        EXPECT_TRUE(result.response->body == body) << bytes.substr(0, 60);
    }
}

TEST_F(Client, ResetRightAfterTheAnswer_DoesNotUndoIt) {
    Answering peer{loop, kOk, Then::reset};
    const auto result = perform(peer.server);
    // The reset may overtake the answer in the kernel; what must not happen is a second request.
    EXPECT_TRUE(result.response || result.failure.kind == Kind::reset);
    EXPECT_EQ(peer.server.requests, 1);
}

TEST_F(Client, Connection_IsReused) {
    Answering peer{loop, kOk, Then::keep};
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(perform(peer.server).response);
    EXPECT_EQ(peer.server.accepted, 1);
    EXPECT_EQ(peer.server.requests, 5);
    client->close_idle();
    EXPECT_TRUE(perform(peer.server).response);
    EXPECT_EQ(peer.server.accepted, 2);
}

TEST_F(Client, Lanes_HaveConnectionsOfTheirOwn) {
    Answering peer{loop, kOk, Then::keep};
    auto stop = get_from(peer.server.endpoint());
    stop.lane = Lane::stop;
    EXPECT_TRUE(perform(peer.server).response);
    EXPECT_TRUE(perform(stop).response);
    EXPECT_TRUE(perform(stop).response);
    EXPECT_EQ(peer.server.accepted, 2);
}

TEST_F(Client, ConnectionThatTheServerWantsClosed_IsNotReused) {
    Answering peer{loop, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok", Then::keep};
    EXPECT_TRUE(perform(peer.server).response);
    EXPECT_TRUE(perform(peer.server).response);
    EXPECT_EQ(peer.server.accepted, 2);
}

TEST_F(Client, ConnectionThatSaidTooMuch_IsNotReused) {
    Answering peer{loop, std::string{kOk} + "HTTP/1.1 200 OK\r\n", Then::keep};
    EXPECT_TRUE(perform(peer.server).response);
    EXPECT_TRUE(perform(peer.server).response);
    EXPECT_EQ(peer.server.accepted, 2);
}

TEST_F(Client, ExchangeThatReusesNothing_GoesAloneOnItsConnection) {
    std::vector<std::string> asked;
    RawServer* self = nullptr;
    auto script = [&](tcp::socket& socket) -> Async<void> {
        for (;;) {
            std::string text;
            const bool got = co_await self->read_request(socket, &text);
            if (!got) co_return;
            asked.push_back(text);
            co_await RawServer::write(socket, kOk);  // keeps the connection, whatever it was told
        }
    };
    RawServer server{loop, script};
    self = &server;
    auto alone = get_from(server.endpoint());
    alone.reuse = Reuse::never;
    EXPECT_TRUE(perform(server).response);
    EXPECT_TRUE(perform(alone).response);
    EXPECT_TRUE(perform(alone).response);
    EXPECT_TRUE(perform(server).response);
    EXPECT_EQ(server.accepted, 3) << "the first and the last share one";
    ASSERT_EQ(asked.size(), 4u);
    EXPECT_NE(asked[0].find("Connection: keep-alive"), std::string::npos);
    EXPECT_NE(asked[1].find("Connection: close"), std::string::npos);
}

// Answers each request by its number, in the way that `answer` says.
struct OutOfStep {
    RawServer* self = nullptr;
    RawServer server;
    std::function<Async<void>(tcp::socket&, int)> answer;
    OutOfStep(Loop& loop, std::function<Async<void>(tcp::socket&, int)> how)
        : server{loop, [this](tcp::socket& socket) { return serve(socket); }}, answer{std::move(how)} {
        self = &server;
    }
    Async<void> serve(tcp::socket& socket) {
        for (;;) {
            const bool got = co_await self->read_request(socket);
            if (!got) co_return;
            co_await answer(socket, self->requests);
        }
    }
    static std::string numbered(int n) {
        const std::string body = "answer " + std::to_string(n);
        return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    }
};

TEST_F(Client, DoubledAnswer_IsNotReadByTheNextRequest) {
    OutOfStep peer{loop, [](tcp::socket& socket, int n) -> Async<void> {
                       const std::string twice = OutOfStep::numbered(n) + OutOfStep::numbered(n);
                       co_await RawServer::write(socket, twice);
                   }};
    for (int n = 1; n <= 3; ++n) {
        const auto result = perform(peer.server);
        ASSERT_TRUE(result.response) << result.failure.message;
        EXPECT_EQ(result.response->body, "answer " + std::to_string(n));
    }
    EXPECT_EQ(peer.server.accepted, 3);
}

TEST_F(Client, AnswerThatComesUnasked_IsNotReadByTheNextRequest) {
    asio::steady_timer kept{loop.io, asio::steady_timer::time_point::max()};
    bool unasked = false;
    OutOfStep peer{loop, [&](tcp::socket& socket, int n) -> Async<void> {
                       co_await RawServer::write(socket, OutOfStep::numbered(n));
                       if (n > 1) co_return;
                       boost::system::error_code told;
                       co_await kept.async_wait(asio::redirect_error(asio::use_awaitable, told));
                       co_await RawServer::write(socket, OutOfStep::numbered(n));
                       unasked = true;
                   }};
    EXPECT_EQ(perform(peer.server).response->body, "answer 1");
    loop.io.restart();
    loop.io.poll();
    kept.cancel();
    loop.until([&] { return unasked; });
    EXPECT_EQ(perform(peer.server).response->body, "answer 2");
    EXPECT_EQ(peer.server.accepted, 2);
}

TEST_F(Client, AnswerThatComesTooLate_IsNotReadByTheNextRequest) {
    asio::steady_timer at_once{loop.io}, timed_out{loop.io, asio::steady_timer::time_point::max()};
    OutOfStep peer{loop, [&](tcp::socket& socket, int n) -> Async<void> {
                       asio::steady_timer& gate = n == 2 ? timed_out : at_once;
                       boost::system::error_code told;
                       co_await gate.async_wait(asio::redirect_error(asio::use_awaitable, told));
                       co_await RawServer::write(socket, OutOfStep::numbered(n));
                   }};
    EXPECT_EQ(perform(peer.server).response->body, "answer 1");
    auto hasty = get_from(peer.server.endpoint());
    hasty.timeout = 20ms;
    EXPECT_EQ(perform(hasty).failure.kind, Kind::timeout);
    timed_out.cancel();
    EXPECT_EQ(perform(peer.server).response->body, "answer 3");
    EXPECT_EQ(peer.server.accepted, 2);
}

TEST_F(Client, ConnectionWithAnswersShiftedByOne_IsLeftAfterTheFirstWrongOne) {
    OutOfStep peer{loop, [](tcp::socket& socket, int n) -> Async<void> {
                       const int told = n == 2 ? 1 : n;
                       co_await RawServer::write(socket, OutOfStep::numbered(told));
                   }};
    int expected = 0;
    auto exchange = get_from(peer.server.endpoint());
    exchange.is_understood = [&](const HttpResponse& response) {
        return response.body == "answer " + std::to_string(expected);
    };
    for (expected = 1; expected <= 3; ++expected) EXPECT_TRUE(perform(exchange).response);
    EXPECT_EQ(peer.server.accepted, 2) << "the second answer was another's";
}

TEST_F(Client, IdleConnectionThatTheServerClosed_IsReplacedUnseen) {
    int closed = 0;
    RawServer* self = nullptr;
    auto script = [&](tcp::socket& socket) -> Async<void> {
        co_await self->read_request(socket);
        co_await RawServer::write(socket, kOk);
        socket.close();
        ++closed;
    };
    RawServer server{loop, script};
    self = &server;
    for (int i = 1; i <= 3; ++i) {
        const auto result = perform(server);
        ASSERT_TRUE(result.response) << result.failure.message;
        loop.until([&] { return closed == i; });
    }
    EXPECT_EQ(server.requests, 3) << "each delivered once";
}

TEST_F(Client, ReusedConnection_ThatDiesAfterTheRequest_IsNotTriedAgain) {
    RawServer* self = nullptr;
    auto script = [&](tcp::socket& socket) -> Async<void> {
        co_await self->read_request(socket);
        co_await RawServer::write(socket, kOk);
        co_await self->read_request(socket);
        socket.close();
    };
    RawServer server{loop, script};
    self = &server;
    EXPECT_TRUE(perform(server).response);
    const auto result = perform(server);
    EXPECT_FALSE(result.response);
    EXPECT_EQ(result.failure.kind, Kind::reset);
    EXPECT_GT(result.bytes_sent, 0u);
    EXPECT_EQ(server.requests, 2);
    EXPECT_EQ(server.accepted, 1);
}

TEST_F(Client, ExchangeCancelledMidFlight_TellsWhatLeft) {
    Answering peer{loop, "", Then::hang};
    std::optional<HttpResult> result;
    auto task = [&]() -> Async<void> { result = co_await client->perform(get_from(peer.server.endpoint())); };
    {
        Background exchange{loop, task()};
        loop.until([&] { return peer.server.requests == 1; });
        exchange.cancel();
    }
    ASSERT_TRUE(result);
    EXPECT_FALSE(result->response);
    EXPECT_EQ(result->failure.kind, Kind::cancelled);
    EXPECT_GT(result->bytes_sent, 0u);
}

TEST_F(Client, ExchangeCancelledBeforeTheConnection_TellsThatNothingLeft) {
    bool asked = false;
    std::optional<HttpResult> result;
    std::mutex gate;
    std::unique_lock closed{gate};
    std::atomic<bool> looking{false};
    client = create_http_client(loop.io.get_executor(), [&](const std::string&) -> Result<std::vector<std::string>> {
        looking = true;
        std::lock_guard wait{gate};
        return std::vector<std::string>{"127.0.0.1"};
    });
    auto task = [&]() -> Async<void> {
        auto exchange = get_from({});
        exchange.endpoint.host = "slow.example";
        exchange.endpoint.port = "80";
        asked = true;
        result = co_await client->perform(exchange);
    };
    {
        Background exchange{loop, task()};
        loop.until([&] { return asked && looking; });
        exchange.cancel();
    }
    closed.unlock();
    ASSERT_TRUE(result);
    EXPECT_EQ(result->failure.kind, Kind::cancelled);
    EXPECT_EQ(result->bytes_sent, 0u);
    client.reset();
}

TEST_F(Client, CallerThatGoesOnAfterItsCancellation_CanStillExchange) {
    Answering peer{loop, kOk, Then::keep};
    std::optional<HttpResult> result;
    auto task = [&]() -> Async<void> {
        co_await asio::this_coro::throw_if_cancelled(false);
        asio::steady_timer timer{loop.io, asio::steady_timer::time_point::max()};
        boost::system::error_code ignored;
        co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        result = co_await client->perform(get_from(peer.server.endpoint()));
    };
    {
        Background stage{loop, task()};
        loop.io.poll();
        stage.cancel();
    }
    ASSERT_TRUE(result);
    EXPECT_TRUE(result->response) << result->failure.message;
}

TEST_F(Client, Answer_ThatIsNoHttp_IsNamedByItsFirstLine) {
    const std::pair<const char*, const char*> cases[] = {
        {"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok",
         " did not answer with HTTP: its status line has no space and no reason after the status, 'HTTP/1.1 200'"},
        {"SSH-2.0-OpenSSH_9.2\r\n\r\n", " did not answer with HTTP: its first line is 'SSH-2.0-OpenSSH_9.2'"},
        {"HTTP/1.1 abc OK\r\n\r\n", " did not answer with HTTP: its first line is 'HTTP/1.1 abc OK'"},
        {"\x15\x03\x01 nothing that a line holds\n\n",
         " did not answer with HTTP: its first line is '\\x15\\x03\\x01 nothing that a line holds'"},
    };
    for (const auto& [bytes, message] : cases) {
        SCOPED_TRACE(bytes);
        Answering peer{loop, bytes, Then::close};
        const auto result = perform(peer.server);
        EXPECT_EQ(result.failure.kind, Kind::malformed);
        EXPECT_EQ(result.failure.message, peer.server.endpoint().host_header() + message);
    }
}

TEST_F(Client, StatusLine_WithAnEmptyReason_IsAccepted) {
    Answering peer{loop, "HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok", Then::close};
    const auto result = perform(peer.server);
    ASSERT_TRUE(result.response) << result.failure.message;
    EXPECT_EQ(result.response->status, 200);
}

TEST_F(Client, RequestThatWouldBreakTheHeader_IsRefused) {
    Answering peer{loop, kOk, Then::keep};
    for (int i = 0; i < 4; ++i) {
        auto exchange = get_from(peer.server.endpoint());
        if (i == 0) exchange.request.target = "/a b";
        if (i == 1) exchange.request.headers.emplace_back("X", "1\r\nInjected: yes");
        if (i == 2) exchange.request.headers.emplace_back("X: y", "1");
        if (i == 3) exchange.request.method = "";
        const auto result = perform(exchange);
        EXPECT_EQ(result.failure.kind, Kind::malformed);
        EXPECT_EQ(result.bytes_sent, 0u);
    }
    EXPECT_EQ(peer.server.accepted, 0);
}

TEST_F(Client, FullLane_MakesExchangesWaitAndTimeOutUnsent) {
    Answering peer{loop, "", Then::hang};
    std::vector<HttpResult> results;
    auto one = [&](Duration timeout) -> Async<void> {
        auto exchange = get_from(peer.server.endpoint());
        exchange.timeout = timeout;
        auto result = co_await client->perform(exchange);
        results.push_back(std::move(result));
    };
    TaskGroup group{loop.io.get_executor()};
    for (std::size_t i = 0; i < HttpClient::kOpenPerLaneMax; ++i) group.spawn(one(1h));
    loop.until([&] { return peer.server.requests == static_cast<int>(HttpClient::kOpenPerLaneMax); });
    group.spawn(one(20ms));
    loop.until([&] { return results.size() == 1; });
    EXPECT_EQ(results[0].failure.kind, Kind::timeout);
    EXPECT_EQ(results[0].bytes_sent, 0u);
    group.cancel();
    loop.run(group.join());
    EXPECT_EQ(results.size(), HttpClient::kOpenPerLaneMax + 1);
}

}  // namespace
}  // namespace taktd::test
