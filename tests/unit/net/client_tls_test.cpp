// SPDX-License-Identifier: Apache-2.0
// TLS: who is trusted, and that nothing of a request leaves before the peer has proved who it is.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "daemon/net/server.hpp"
#include "tests/unit/net/certificates.hpp"
#include "tests/unit/net/support.hpp"

namespace taktd::test {
namespace {

using namespace std::chrono_literals;
using Kind = HttpFailure::Kind;

Async<HttpReply> echo(HttpRequest request) {
    HttpReply reply;
    reply.response.status = 200;
    reply.response.body = request.method + " " + request.target + " " + request.body;
    co_return reply;
}

class Tls : public ::testing::Test {
protected:
    void SetUp() override { trust("ca.pem"); }
    void TearDown() override { ::unsetenv("SSL_CERT_FILE"); }
    void trust(const std::string& file) { ::setenv("SSL_CERT_FILE", directory.file(file).c_str(), 1); }

    struct Asked {
        std::string host = "localhost", address = "127.0.0.1";
    };

    // One exchange with a server that shows `certificate`, asked for as `asked.host`.
    HttpResult ask(const Certificate& certificate, const Asked& asked, bool self_signed = false, int times = 1) {
        write_certificate(directory, certificate, self_signed);
        HttpServerOptions options;
        options.address = asked.address;
        options.certificate_file = directory.file("cert.pem");
        options.key_file = directory.file("key.pem");
        auto server = create_http_server(loop.io.get_executor(), options, echo);
        Background serving{loop, server->run()};
        auto look_up = [address = asked.address](const std::string&) -> Result<std::vector<std::string>> {
            return std::vector<std::string>{address};
        };
        auto client = create_http_client(loop.io.get_executor(), look_up);
        HttpExchange exchange;
        exchange.endpoint.host = asked.host;
        exchange.endpoint.port = std::to_string(server->port());
        exchange.request.body = "hello";
        HttpResult result;
        for (int i = 0; i < times; ++i) result = loop.get(client->perform(exchange));
        return result;
    }

    Loop loop;
    TemporaryDirectory directory;
};

TEST_F(Tls, GoodCertificate_Passes) {
    Certificate certificate;
    const auto result = ask(certificate, {});
    ASSERT_TRUE(result.response) << result.failure.message;
    EXPECT_EQ(result.response->body, "POST / hello");
    EXPECT_GT(result.bytes_sent, 5u);
}

TEST_F(Tls, Connection_IsReused) {
    Certificate certificate;
    const auto result = ask(certificate, {}, false, 3);
    ASSERT_TRUE(result.response) << result.failure.message;
}

TEST_F(Tls, AddressLiterals_AreCheckedAsAddresses) {
    Certificate v4;
    v4.names = "IP:127.0.0.1";
    Asked by_address;
    by_address.host = "127.0.0.1";
    EXPECT_TRUE(ask(v4, by_address).response);

    Certificate v6;
    v6.names = "IP:::1";
    Asked by_v6;
    by_v6.host = by_v6.address = "::1";
    const auto result = ask(v6, by_v6);
    EXPECT_TRUE(result.response) << result.failure.message;

    Certificate name_only;
    EXPECT_EQ(ask(name_only, by_address).failure.kind, Kind::tls);
}

TEST_F(Tls, Wildcard_StandsForOneLabel) {
    Certificate certificate;
    certificate.names = "DNS:*.myhuaweicloud.com";
    Asked one;
    one.host = "cpts.myhuaweicloud.com";
    EXPECT_TRUE(ask(certificate, one).response);
    Asked two;
    two.host = "cpts.ap-southeast-3.myhuaweicloud.com";
    EXPECT_EQ(ask(certificate, two).failure.kind, Kind::tls);
}

TEST_F(Tls, Request_UnlessThePeerIsTheRightOne_DoesNotLeave) {
    struct Case {
        const char* name;
        Certificate certificate;
        bool self_signed;
        const char* says;
    };
    Certificate wrong, expired, future, good;
    wrong.names = "DNS:other.example";
    expired.valid_from_s = -7200;
    expired.valid_until_s = -3600;
    future.valid_from_s = 3600;
    future.valid_until_s = 7200;
    const Case cases[] = {{"wrong host", wrong, false, "mismatch"},
                          {"expired", expired, false, "expired"},
                          {"not yet valid", future, false, "not yet valid"},
                          {"self-signed", good, true, "self-signed"}};
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const auto result = ask(c.certificate, {}, c.self_signed);
        EXPECT_FALSE(result.response);
        EXPECT_EQ(result.failure.kind, Kind::tls);
        EXPECT_EQ(result.bytes_sent, 0u);
        EXPECT_FALSE(result.first_byte_boot);
        EXPECT_NE(result.failure.message.find(c.says), std::string::npos) << result.failure.message;
    }
}

TEST_F(Tls, AuthorityThatIsNotTrusted_IsRefused) {
    ::setenv("SSL_CERT_FILE", "/dev/null", 1);
    Certificate certificate;
    const auto result = ask(certificate, {});
    EXPECT_EQ(result.failure.kind, Kind::tls);
    EXPECT_EQ(result.bytes_sent, 0u);
}

class TrustRenewal : public Tls {
protected:
    void SetUp() override {
        write_certificate(directory, {});
        HttpServerOptions options;
        options.certificate_file = directory.file("cert.pem");
        options.key_file = directory.file("key.pem");
        server = create_http_server(loop.io.get_executor(), options, echo);
        serving.emplace(loop, server->run());
        copy("/dev/null");
        trust("bundle.pem");
    }
    // What stands in the bundle from now on.
    void copy(const std::string& from) {
        std::filesystem::remove(directory.file("bundle.pem"));
        std::ofstream{directory.file("bundle.pem")} << std::ifstream{from}.rdbuf();
    }
    HttpResult ask(Reuse reuse = Reuse::kept) {
        HttpExchange exchange;
        exchange.endpoint.host = "localhost";
        exchange.endpoint.port = std::to_string(server->port());
        exchange.reuse = reuse;
        return loop.get(client->perform(exchange));
    }
    std::unique_ptr<HttpServer> server;
    std::optional<Background> serving;
    std::unique_ptr<HttpClient> client = create_http_client(
        loop.io.get_executor(),
        [](const std::string&) -> Result<std::vector<std::string>> { return std::vector<std::string>{"127.0.0.1"}; });
};

TEST_F(TrustRenewal, Exchange_AfterAFailedVerification_ReadsTheBundleAnew) {
    const auto refused = ask();
    EXPECT_TRUE(refused.failure.untrusted) << refused.failure.message;
    EXPECT_TRUE(ask().failure.untrusted) << "nothing has changed";
    copy(directory.file("ca.pem"));
    // The reading that the last failure began may be older than the copy, and none is waited for without end.
    loop.until([&] { return ask().response.has_value(); });
}

TEST_F(TrustRenewal, Reload_ReadsTheBundleAnew_AndKeepsNoOldConnection) {
    copy(directory.file("ca.pem"));
    EXPECT_TRUE(ask().response);
    copy("/dev/null");
    EXPECT_TRUE(ask().response) << "in force until it is renewed";
    client->renew_trust();
    // The kept connection goes when the new bundle has been read.
    loop.until([&] { return !ask().response; });
    EXPECT_TRUE(ask().failure.untrusted);
}

TEST_F(Tls, PeerWithoutTls_IsRefused) {
    RawServer* self = nullptr;
    auto script = [&](tcp::socket& socket) -> Async<void> {
        co_await RawServer::write(socket, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        co_await self->read_request(socket);
    };
    RawServer server{loop, script};
    self = &server;
    auto client = create_http_client(loop.io.get_executor());
    auto exchange = get_from(server.endpoint());
    exchange.endpoint.tls = true;
    const auto result = loop.get(client->perform(exchange));
    EXPECT_EQ(result.failure.kind, Kind::tls);
    EXPECT_EQ(result.bytes_sent, 0u);
}

TEST_F(Tls, HandshakeThatHangs_TimesOutUnsent) {
    auto script = [](tcp::socket& socket) -> Async<void> {
        asio::steady_timer never{socket.get_executor(), asio::steady_timer::time_point::max()};
        co_await never.async_wait(asio::use_awaitable);
    };
    RawServer server{loop, script};
    auto client = create_http_client(loop.io.get_executor());
    auto exchange = get_from(server.endpoint());
    exchange.endpoint.tls = true;
    // The certificates are read within the timeout, which a busy machine may need more than once.
    exchange.timeout = 1s;
    HttpResult result;
    const auto was_connecting = [&] {
        result = loop.get(client->perform(exchange));
        EXPECT_EQ(result.failure.kind, Kind::timeout);
        EXPECT_EQ(result.bytes_sent, 0u);
        return result.failure.message.find("connecting") != std::string::npos;
    };
    while (!was_connecting() && exchange.timeout < 1min) exchange.timeout *= 2;
    EXPECT_NE(result.failure.message.find("connecting"), std::string::npos) << result.failure.message;
}

}  // namespace
}  // namespace taktd::test
