// SPDX-License-Identifier: Apache-2.0
// What a client sees of an answer that is mistreated on its way.
#include "providers/simcloud/delivery.hpp"

#include <gtest/gtest.h>

#include "tests/unit/net/support.hpp"

namespace taktd::simcloud {
namespace {

using namespace std::chrono_literals;
using Kind = HttpFailure::Kind;

class DeliveryTo : public ::testing::Test {
protected:
    SimReply reply = [] {
        SimReply r;
        r.response.status = 200;
        r.response.body = "0123456789";
        return r;
    }();
    int seen = 0;
    Async<HttpReply> handle() {
        ++seen;
        HttpReply delivered = co_await in_its_time(reply);
        co_return delivered;
    }

    test::Loop loop;
    std::unique_ptr<HttpServer> server =
        create_http_server(loop.io.get_executor(), {}, [this](HttpRequest) { return handle(); });
    test::Background serving{loop, server->run()};
    std::unique_ptr<HttpClient> client = create_http_client(loop.io.get_executor());

    HttpExchange exchange() {
        HttpExchange e;
        e.endpoint.tls = false;
        e.endpoint.host = "127.0.0.1";
        e.endpoint.port = std::to_string(server->port());
        return e;
    }
    HttpResult perform(HttpExchange e) { return loop.get(client->perform(std::move(e))); }
};

TEST_F(DeliveryTo, Client_GetsTheAnswerAsItWasTold) {
    const std::pair<Delivery, Kind> cases[] = {
        {Delivery::half, Kind::reset}, {Delivery::reset, Kind::reset}, {Delivery::hang, Kind::timeout}};
    for (const auto& [delivery, kind] : cases) {
        reply.delivery = delivery;
        auto e = exchange();
        if (delivery == Delivery::hang) e.timeout = 1s;  // the request itself needs some of it
        const auto result = perform(e);
        EXPECT_FALSE(result.response);
        EXPECT_EQ(result.failure.kind, kind) << result.failure.message;
        EXPECT_GT(result.bytes_sent, 0u);
    }
    EXPECT_EQ(seen, 3);
}

TEST_F(DeliveryTo, Answer_MayBeLate) {
    reply.delay = 30ms;
    const auto begun = std::chrono::steady_clock::now();
    const auto result = perform(exchange());
    ASSERT_TRUE(result.response) << result.failure.message;
    EXPECT_EQ(result.response->body, "0123456789");
    EXPECT_GE(std::chrono::steady_clock::now() - begun, 30ms);
}

}  // namespace
}  // namespace taktd::simcloud
