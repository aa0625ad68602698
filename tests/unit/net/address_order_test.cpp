// SPDX-License-Identifier: Apache-2.0
// A host of several addresses: where the next exchange begins after one of them let an exchange fail. Real peers stand
// at loopback addresses of their own, on one port.
#include "daemon/net/address_order.hpp"

#include <cstdlib>

#include <gtest/gtest.h>

#include "daemon/net/server.hpp"
#include "tests/unit/net/certificates.hpp"
#include "tests/unit/net/support.hpp"

namespace taktd::test {
namespace {

using namespace std::chrono_literals;
using Kind = HttpFailure::Kind;
using List = std::vector<std::string>;

TEST(AddressOrder, AddressThatFailedLast_IsTriedLast) {
    AddressOrder order;
    Endpoint here, there;
    here.host = "a";
    there.host = "b";
    const List all{"1", "2", "3"};
    EXPECT_EQ(order.arranged(here, all), all);
    order.note_failure(here, "1");
    EXPECT_EQ(order.arranged(here, all), (List{"2", "3", "1"}));
    EXPECT_EQ(order.arranged(there, all), all) << "another endpoint's matter";
    order.note_failure(here, "2");
    EXPECT_EQ(order.arranged(here, all), (List{"3", "1", "2"}));
    order.note_failure(here, "3");
    EXPECT_EQ(order.arranged(here, all), all);
    order.note_failure(here, "9");
    EXPECT_EQ(order.arranged(here, all), all) << "the name has other addresses by now";
    EXPECT_EQ(order.arranged(here, {}), List{});
}

class Addresses : public ::testing::Test {
protected:
    enum class Peer { answers, is_silent, hangs_up };

    void add(Peer peer) {
        const std::string address = "127.0.0." + std::to_string(peers.size() + 1);
        const unsigned short port = peers.empty() ? 0 : peers.front()->port();
        auto script = [this, at = peers.size(), peer](tcp::socket& socket) -> Async<void> {
            for (;;) {
                const bool got = co_await peers[at]->read_request(socket);
                if (!got) co_return;
                asked.push_back(static_cast<int>(at) + 1);
                if (peer == Peer::hangs_up) {
                    socket.close();
                    co_return;
                }
                if (peer == Peer::answers || answers_after_all) {
                    co_await RawServer::write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                }
            }
        };
        peers.push_back(std::make_unique<RawServer>(loop, script, address, port));
    }
    // The name is known from then on, so that no time-out falls into its look-up.
    void SetUp() override {
        HttpExchange nobody;
        nobody.endpoint.tls = false;
        nobody.endpoint.host = "several.example";
        nobody.endpoint.port = "1";
        EXPECT_EQ(perform(nobody).failure.kind, Kind::connect);
    }
    static constexpr Duration kTooShort = 200ms;  // for a peer that never answers
    HttpExchange exchange(Duration timeout = 20s) const {
        auto e = get_from(peers.front()->endpoint());
        e.endpoint.host = "several.example";
        e.timeout = timeout;
        return e;
    }
    HttpResult perform(HttpExchange e) { return loop.get(client->perform(std::move(e))); }

    Loop loop;
    std::vector<std::unique_ptr<RawServer>> peers;
    std::vector<int> asked;  // which peer got each request
    bool answers_after_all = false;
    LookUp look_up = [](const std::string&) -> Result<List> { return List{"127.0.0.1", "127.0.0.2", "127.0.0.3"}; };
    std::unique_ptr<HttpClient> client = create_http_client(loop.io.get_executor(), look_up);
};

TEST_F(Addresses, NextExchange_AfterATimeout_BeginsAtTheNextAddress) {
    add(Peer::is_silent);
    add(Peer::is_silent);
    add(Peer::answers);
    for (int i = 0; i < 2; ++i) {
        const auto result = perform(exchange(kTooShort));
        EXPECT_EQ(result.failure.kind, Kind::timeout);
    }
    for (int i = 0; i < 3; ++i) {
        const auto result = perform(exchange());
        EXPECT_TRUE(result.response) << result.failure.message;
    }
    EXPECT_EQ(asked, (std::vector{1, 2, 3, 3, 3}));
}

TEST_F(Addresses, AddressThatHangsUp_IsLeftAsWell) {
    add(Peer::hangs_up);
    add(Peer::answers);
    EXPECT_EQ(perform(exchange()).failure.kind, Kind::reset);
    EXPECT_TRUE(perform(exchange()).response);
    EXPECT_EQ(asked, (std::vector{1, 2}));
}

TEST_F(Addresses, IdleConnections_ToTheAddressThatTimedOut_AreLeftToo) {
    add(Peer::is_silent);
    add(Peer::answers);
    answers_after_all = true;
    auto stop = exchange();
    stop.lane = Lane::stop;
    EXPECT_TRUE(perform(exchange()).response);
    EXPECT_TRUE(perform(stop).response);
    answers_after_all = false;
    EXPECT_EQ(perform(exchange(kTooShort)).failure.kind, Kind::timeout);
    EXPECT_TRUE(perform(stop).response) << "the stops' own connection went to the dead address, too";
    EXPECT_EQ(asked, (std::vector{1, 1, 1, 2}));
}

TEST_F(Addresses, CutExchange_SaysNothingAgainstItsAddress) {
    add(Peer::is_silent);
    add(Peer::answers);
    auto task = [&]() -> Async<void> { co_await client->perform(exchange()); };
    {
        Background cut{loop, task()};
        loop.until([&] { return asked.size() == 1; });
        cut.cancel();
    }
    EXPECT_EQ(perform(exchange(kTooShort)).failure.kind, Kind::timeout);
    EXPECT_EQ(asked, (std::vector{1, 1}));
}

TEST_F(Addresses, HandshakeThatHangs_WithinOneExchange_IsGotOver) {
    TemporaryDirectory directory;
    Certificate certificate;
    certificate.names = "DNS:several.example";
    write_certificate(directory, certificate);
    ::setenv("SSL_CERT_FILE", directory.file("ca.pem").c_str(), 1);
    add(Peer::is_silent);
    HttpServerOptions options;
    options.address = "127.0.0.2";
    options.port = peers.front()->port();
    options.certificate_file = directory.file("cert.pem");
    options.key_file = directory.file("key.pem");
    auto server = create_http_server(loop.io.get_executor(), options, [](HttpRequest) -> Async<HttpReply> {
        HttpReply reply;
        reply.response.status = 200;
        co_return reply;
    });
    Background serving{loop, server->run()};
    // However slow this machine is, some time-out leaves the second address enough.
    HttpResult result;
    for (Duration timeout = 100ms; timeout < 10s && !result.response; timeout *= 2) {
        client = create_http_client(loop.io.get_executor(), look_up);  // it remembers nothing
        auto secured = exchange(timeout);
        secured.endpoint.tls = true;
        result = perform(secured);
    }
    EXPECT_TRUE(result.response) << result.failure.message;
    ::unsetenv("SSL_CERT_FILE");
}

}  // namespace
}  // namespace taktd::test
