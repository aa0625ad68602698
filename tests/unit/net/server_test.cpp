// SPDX-License-Identifier: Apache-2.0
// The server, spoken to by our client and by raw sockets.
#include "daemon/net/server.hpp"

#include <list>

#include <boost/asio/read.hpp>
#include <gtest/gtest.h>

#include "daemon/net/connection.hpp"
#include "tests/unit/net/support.hpp"

namespace taktd::test {
namespace {

using namespace std::chrono_literals;
using Kind = HttpFailure::Kind;

Async<bool> write_half_and_end(Connection& connection, std::string_view bytes) {
    const auto half = bytes.substr(0, bytes.size() / 2);
    co_await write_all(connection, half);
    co_return false;
}

Async<bool> never_answer(Connection& connection, std::string_view /*bytes*/) {
    char ignored[512];
    for (;;) {
        const auto io = co_await connection.read_some(ignored, sizeof ignored);
        if (io.error) co_return false;
    }
}

class Server : public ::testing::Test {
protected:
    HttpReply reply = [] {
        HttpReply r;
        r.response.status = 200;
        r.response.body = "0123456789";
        return r;
    }();
    std::vector<HttpRequest> seen;
    Async<HttpReply> handle(HttpRequest request) {
        seen.push_back(request);
        if (request.target == "/throws") throw std::runtime_error{"a bug"};
        co_return reply;
    }

    Loop loop;
    std::unique_ptr<HttpServer> server =
        create_http_server(loop.io.get_executor(), {}, [this](HttpRequest r) { return handle(std::move(r)); });
    Background serving{loop, server->run()};
    std::unique_ptr<HttpClient> client = create_http_client(loop.io.get_executor());

    HttpExchange exchange() {
        HttpExchange e;
        e.endpoint.tls = false;
        e.endpoint.host = "127.0.0.1";
        e.endpoint.port = std::to_string(server->port());
        return e;
    }
    HttpResult perform(HttpExchange e) { return loop.get(client->perform(std::move(e))); }

    // What the server says to these bytes until it closes.
    Async<std::string> talk(std::string bytes) {
        tcp::socket socket{loop.io};
        const tcp::endpoint target{asio::ip::address_v4::loopback(), server->port()};
        co_await socket.async_connect(target, asio::use_awaitable);
        co_await RawServer::write(socket, bytes);
        std::string said;
        boost::system::error_code ended;
        auto until_end = asio::redirect_error(asio::use_awaitable, ended);
        co_await asio::async_read(socket, asio::dynamic_buffer(said), until_end);
        co_return said;
    }
};

TEST_F(Server, Request_IsHandedOver_AndTheConnectionKept) {
    auto e = exchange();
    e.request.target = "/v4/x?y=%20z";
    e.request.headers.emplace_back("X-Sdk-Date", "20260101T000000Z");
    e.request.body = std::string(100'000, 'b');
    for (int i = 0; i < 3; ++i) {
        const auto result = perform(e);
        ASSERT_TRUE(result.response) << result.failure.message;
        EXPECT_EQ(result.response->body, "0123456789");
        EXPECT_GT(result.bytes_sent, 100'000u);
    }
    ASSERT_EQ(seen.size(), 3u);
    EXPECT_EQ(seen[0].method, "POST");
    EXPECT_EQ(seen[0].target, "/v4/x?y=%20z");
    EXPECT_EQ(seen[0].body, e.request.body);
    EXPECT_EQ(find_header(seen[0].headers, "x-sdk-date"), "20260101T000000Z");
    EXPECT_EQ(find_header(seen[0].headers, "host"), "127.0.0.1:" + std::to_string(server->port()));
}

TEST_F(Server, ReplyThatSeesToItsDelivery_IsLeftToIt) {
    reply.deliver = write_half_and_end;
    const auto result = perform(exchange());
    EXPECT_FALSE(result.response);
    EXPECT_EQ(result.failure.kind, Kind::reset) << result.failure.message;
    EXPECT_GT(result.bytes_sent, 0u);
    EXPECT_EQ(seen.size(), 1u);
}

TEST_F(Server, HandlerThatThrows_IsA500_AndTheServerGoesOn) {
    auto e = exchange();
    e.request.target = "/throws";
    auto result = perform(e);
    ASSERT_TRUE(result.response);
    EXPECT_EQ(result.response->status, 500);
    EXPECT_EQ(result.response->body.find("a bug"), std::string::npos);
    EXPECT_TRUE(perform(exchange()).response);
}

TEST_F(Server, UnreadableRequest_IsRefused) {
    const std::pair<std::string, std::string> cases[] = {
        {"hello\r\n\r\n", "HTTP/1.1 400"},
        {"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", "HTTP/1.1 400"},
        {"POST / HTTP/1.1\r\nContent-Length: 1048577\r\n\r\n", "HTTP/1.1 413"},
        {"GET / HTTP/1.1\r\nX: " + std::string(70'000, 'x'), "HTTP/1.1 431"},
        // One of the two would be believed here and the other one by a proxy: where a request ends must be beyond
        // doubt.
        {"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "HTTP/1.1 400"},
        {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", "HTTP/1.1 400"},
        {"POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n012345", "HTTP/1.1 400"},
    };
    for (const auto& [bytes, answer] : cases) {
        const auto said = loop.get(talk(bytes));
        EXPECT_EQ(said.substr(0, answer.size()), answer) << bytes.substr(0, 50);
    }
    EXPECT_TRUE(seen.empty());
}

TEST_F(Server, PipelinedRequests_AreServed_AndClosedWhenAsked) {
    const auto said =
        loop.get(talk("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
    ASSERT_EQ(seen.size(), 2u);
    EXPECT_EQ(seen[1].target, "/2");
    EXPECT_NE(said.find("Connection: close"), std::string::npos);
}

TEST_F(Server, ClientThatWaitsForContinue_IsToldIt) {
    const auto said = loop.get(talk("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
    EXPECT_EQ(said.substr(0, 12), "HTTP/1.1 200");
}

TEST_F(Server, Server_WithOpenAndHangingConnections_Ends) {
    reply.deliver = never_answer;
    std::optional<HttpResult> result;
    auto hang = [&]() -> Async<void> { result = co_await client->perform(exchange()); };
    Background hanging{loop, hang()};
    loop.until([&] { return seen.size() == 1; });
    serving.cancel();
    loop.until([&] { return serving.has_ended() && result.has_value(); });
    EXPECT_EQ(result->failure.kind, Kind::reset);
    const auto after = perform(exchange());
    EXPECT_EQ(after.failure.kind, Kind::connect);
    EXPECT_EQ(after.bytes_sent, 0u);
}

TEST_F(Server, PortInUse_Throws) {
    HttpServerOptions same;
    same.port = server->port();
    auto handler = [this](HttpRequest r) { return handle(std::move(r)); };
    EXPECT_THROW(create_http_server(loop.io.get_executor(), same, handler), boost::system::system_error);
}

TEST_F(Server, Request_TellsWhoseAddressItCameFrom) {
    perform(exchange());
    EXPECT_EQ(seen.at(0).peer_address, "127.0.0.1");
}

TEST_F(Server, SlowHeader_EndsTheConnection) {
    HttpServerOptions options;
    options.header_max = 1s;
    auto impatient =
        create_http_server(loop.io.get_executor(), options, [this](HttpRequest r) { return handle(std::move(r)); });
    const Background also{loop, impatient->run()};
    server.swap(impatient);
    EXPECT_EQ(loop.get(talk("GET / HTTP/1.1\r\nHost: ")), "");
    EXPECT_EQ(loop.get(talk("")), "") << "nor may the first byte be waited for";
    server.swap(impatient);
    EXPECT_TRUE(seen.empty());
}

TEST_F(Server, SlowBody_EndsTheConnection) {
    HttpServerOptions options;
    options.body_max = 1s;
    auto impatient =
        create_http_server(loop.io.get_executor(), options, [this](HttpRequest r) { return handle(std::move(r)); });
    const Background also{loop, impatient->run()};
    server.swap(impatient);
    EXPECT_EQ(loop.get(talk("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n01")), "");
    server.swap(impatient);
    EXPECT_TRUE(seen.empty());
}

TEST_F(Server, FurtherStranger_EndsTheOldestAndNoFriend) {
    HttpServerOptions options;
    options.strangers_max = 2;
    auto choosy =
        create_http_server(loop.io.get_executor(), options, [this](HttpRequest r) { return handle(std::move(r)); });
    const Background also{loop, choosy->run()};
    server.swap(choosy);
    reply.is_of_friend = true;
    ASSERT_TRUE(perform(exchange()).response);
    ASSERT_TRUE(perform(exchange()).response) << "on the same connection, as it is kept";
    std::vector<std::string> ended;
    auto stay = [&](std::string name) -> Async<void> {
        co_await talk("");
        ended.push_back(name);
    };
    std::list<Background> strangers;
    for (const char* name : {"first", "second", "third"}) strangers.emplace_back(loop, stay(name));
    loop.until([&] { return !ended.empty(); });
    EXPECT_EQ(ended, std::vector<std::string>{"first"});
    ASSERT_TRUE(perform(exchange()).response);
    server.swap(choosy);
}

TEST_F(Server, ThatAcceptsNoMore_AnswersWhatItHasAndLeavesThePort) {
    const auto port = server->port();
    reply.deliver = [this](Connection& connection, std::string_view bytes) -> Async<bool> {
        server->stop_accepting();
        co_await write_all(connection, bytes);
        co_return true;
    };
    ASSERT_TRUE(perform(exchange()).response);
    HttpServerOptions same;
    same.port = port;
    reply.deliver = nullptr;
    auto next =
        create_http_server(loop.io.get_executor(), same, [this](HttpRequest r) { return handle(std::move(r)); });
    const Background also{loop, next->run()};
    auto e = exchange();
    e.reuse = Reuse::never;
    ASSERT_TRUE(perform(std::move(e)).response);
    EXPECT_FALSE(serving.has_ended()) << "until it is cancelled";
}

TEST_F(Server, Ipv6_IsListenedOn) {
    HttpServerOptions options;
    options.address = "::1";
    auto v6 =
        create_http_server(loop.io.get_executor(), options, [this](HttpRequest r) { return handle(std::move(r)); });
    Background also{loop, v6->run()};
    auto e = exchange();
    e.endpoint.host = "::1";
    e.endpoint.port = std::to_string(v6->port());
    const auto result = perform(e);
    ASSERT_TRUE(result.response) << result.failure.message;
    EXPECT_EQ(find_header(seen[0].headers, "host"), "[::1]:" + e.endpoint.port);
}

}  // namespace
}  // namespace taktd::test
