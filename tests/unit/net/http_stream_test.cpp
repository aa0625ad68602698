// SPDX-License-Identifier: Apache-2.0
// Answers without an end: what a peer hears of them, and how they end with the peer, the server, or neither's help.
#include "daemon/net/http_stream.hpp"

#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/net/server.hpp"
#include "tests/unit/net/support.hpp"

namespace taktd::test {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

class HttpStream : public ::testing::Test {
protected:
    Async<HttpReply> handle() {
        HttpReply reply;
        reply.response.status = 200;
        reply.response.headers.emplace_back("Content-Type", "text/event-stream");
        reply.stream = body;
        co_return reply;
    }
    /// Asks, and returns when the body has begun.
    void ask() {
        client.connect({asio::ip::address_v4::loopback(), server->port()});
        asio::write(client, asio::buffer(std::string_view{"GET / HTTP/1.1\r\nHost: x\r\n\r\n"}));
        loop.until([&] { return has_begun; });
    }
    /// All that the server has said until it closed; it is driven meanwhile.
    std::string hear() {
        std::string said;
        loop.run(read_to_end(said));
        return said;
    }
    Async<void> read_to_end(std::string& said) {
        boost::system::error_code ended;
        co_await asio::async_read(client, asio::dynamic_buffer(said), asio::redirect_error(asio::use_awaitable, ended));
    }

    Loop loop;
    bool has_begun = false, has_returned = false;
    StreamBody body;
    std::unique_ptr<HttpServer> server =
        create_http_server(loop.io.get_executor(), {}, [this](HttpRequest) { return handle(); });
    Background serving{loop, server->run()};
    tcp::socket client{loop.io};
};

/// Sleeps until it is cancelled, and then has a last word.
Async<void> sleep_and_say_goodbye(asio::steady_timer& sleep, StreamWriter& writer, bool& has_begun,
                                  bool& has_returned) {
    co_await asio::this_coro::throw_if_cancelled(false);
    has_begun = true;
    boost::system::error_code cancelled;
    co_await sleep.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    co_await writer.write("bye");
    has_returned = true;
}

Async<void> say_two_words(StreamWriter& writer, bool& has_begun) {
    has_begun = true;
    co_await writer.write("one");
    co_await writer.write("and two");
}

Async<void> talk_without_end(StreamWriter& writer, bool& has_begun, bool& has_returned) {
    co_await asio::this_coro::throw_if_cancelled(false);
    has_begun = true;
    const std::string much(64 * 1024, 'x');
    for (bool is_taken = true; is_taken;) is_taken = co_await writer.write(much);
    has_returned = true;
}

TEST_F(HttpStream, Body_Returns_PeerHearsEachChunkAndTheEnd) {
    body = [this](StreamWriter& writer) { return say_two_words(writer, has_begun); };
    ask();
    const std::string said = hear();
    EXPECT_THAT(said, HasSubstr("Content-Type: text/event-stream\r\n"));
    EXPECT_THAT(said, EndsWith("\r\n\r\n3\r\none\r\n7\r\nand two\r\n0\r\n\r\n"));
}

TEST_F(HttpStream, Server_EndsWhileTheBodySleeps_LastWordIsHeard) {
    asio::steady_timer sleep{loop.io, asio::steady_timer::time_point::max()};
    body = [&](StreamWriter& writer) { return sleep_and_say_goodbye(sleep, writer, has_begun, has_returned); };
    ask();
    serving.cancel();
    EXPECT_THAT(hear(), EndsWith("3\r\nbye\r\n0\r\n\r\n"));
    loop.until([&] { return serving.has_ended(); });
}

TEST_F(HttpStream, Server_EndsWhileADeafPeerTakesNothing_Ends) {
    body = [this](StreamWriter& writer) { return talk_without_end(writer, has_begun, has_returned); };
    ask();
    while (loop.io.poll() > 0) {}  // until the sockets take no more and nothing is left to do
    EXPECT_FALSE(has_returned);
    serving.cancel();
    loop.until([&] { return serving.has_ended(); });
    EXPECT_TRUE(has_returned);
}

TEST_F(HttpStream, Peer_GoesWhileTheBodySleeps_BodyIsEnded) {
    asio::steady_timer sleep{loop.io, asio::steady_timer::time_point::max()};
    body = [&](StreamWriter& writer) { return sleep_and_say_goodbye(sleep, writer, has_begun, has_returned); };
    ask();
    client.close();
    loop.until([&] { return has_returned; });
}

}  // namespace
}  // namespace taktd::test
