// SPDX-License-Identifier: Apache-2.0
// When a connection counts as quiet: nothing said by the peer may wait anywhere, in the kernel or in the TLS layer.
#include "daemon/net/connection.hpp"

#include <cstdlib>

#include <gtest/gtest.h>

#include "tests/unit/net/certificates.hpp"
#include "tests/unit/net/support.hpp"

namespace taktd::test {
namespace {

class Quiet : public ::testing::TestWithParam<bool> {
protected:
    void SetUp() override {
        std::shared_ptr<TlsContext> client_tls, server_tls;
        if (GetParam()) {
            write_certificate(directory, {});
            ::setenv("SSL_CERT_FILE", directory.file("ca.pem").c_str(), 1);
            client_tls = create_client_tls();
            server_tls = create_server_tls(directory.file("cert.pem"), directory.file("key.pem"));
        }
        TaskGroup group{loop.io.get_executor()};
        group.spawn(accept(server_tls));
        group.spawn(connect(client_tls));
        loop.run(group.join());
        ASSERT_TRUE(peer && ours);
    }
    void TearDown() override { ::unsetenv("SSL_CERT_FILE"); }

    Async<void> accept(std::shared_ptr<TlsContext> tls) {
        tcp::socket socket{loop.io};
        co_await acceptor.async_accept(socket, asio::use_awaitable);
        peer = co_await accept_connection(std::move(socket), std::move(tls));
    }
    Async<void> connect(std::shared_ptr<TlsContext> tls) {
        Endpoint endpoint;
        endpoint.host = "localhost";
        endpoint.port = std::to_string(acceptor.local_endpoint().port());
        auto opened = co_await open_connection(endpoint, "127.0.0.1", std::move(tls));
        if (opened) ours = std::move(*opened);
    }
    void say(std::string_view text) {
        const auto io = loop.get(peer->write_some(text));
        ASSERT_EQ(io.bytes, text.size());
    }

    Loop loop;
    TemporaryDirectory directory;
    tcp::acceptor acceptor{loop.io, tcp::endpoint{asio::ip::address_v4::loopback(), 0}};
    std::unique_ptr<Connection> peer, ours;
};

TEST_P(Quiet, Connection_AfterTheHandshakeWithItsTickets_IsQuiet) {
    EXPECT_TRUE(ours->is_quiet());
    EXPECT_TRUE(ours->is_quiet());
    EXPECT_EQ(ours->address(), "127.0.0.1");
}

TEST_P(Quiet, Connection_OnceThePeerHasSpoken_IsNotQuiet) {
    say("answer");
    EXPECT_FALSE(ours->is_quiet());
}

TEST_P(Quiet, Connection_WithASecondAnswerBehindTheFirst_IsNotQuiet) {
    say("answer");
    say("answer");
    char text[6];
    const auto io = loop.get(ours->read_some(text, sizeof text));
    ASSERT_EQ(io.bytes, sizeof text);
    EXPECT_FALSE(ours->is_quiet());
}

TEST_P(Quiet, Connection_AfterTheAnswerWasRead_IsQuietAgain) {
    say("answer");
    char text[64];
    const auto io = loop.get(ours->read_some(text, sizeof text));
    ASSERT_EQ(io.bytes, 6u);
    EXPECT_TRUE(ours->is_quiet());
    say("more");
    const auto more = loop.get(ours->read_some(text, sizeof text));
    EXPECT_EQ(more.bytes, 4u) << "it goes on as before";
}

TEST_P(Quiet, Connection_OnceThePeerHasClosed_IsNotQuiet) {
    peer.reset();
    EXPECT_FALSE(ours->is_quiet());
}

INSTANTIATE_TEST_SUITE_P(Connection, Quiet, ::testing::Bool(),
                         [](const auto& secured) { return std::string{secured.param ? "Tls" : "Plain"}; });

}  // namespace
}  // namespace taktd::test
