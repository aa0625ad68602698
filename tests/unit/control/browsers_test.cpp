// SPDX-License-Identifier: Apache-2.0
// Media types that are asked for and sent, and the headers of every answer on TCP.
#include "daemon/control/browsers.hpp"

#include <gtest/gtest.h>

namespace taktd::control {
namespace {

TEST(Accept, ListWithTheType_TakesIt) {
    for (const char* accept : {"", " ", "*/*", "application/json", "application/*", "text/html, */*;q=0.8",
                               "Application/JSON; q=0.5", "text/csv,application/json"})
        EXPECT_TRUE(is_accepted(accept, "application/json")) << accept;
    EXPECT_TRUE(is_accepted("text/csv", "application/json, text/csv"));
}

TEST(Accept, ListWithoutTheType_DoesNot) {
    for (const char* accept : {"text/html", "text/*", "application/json;q=0", "application/json; q=0.000",
                               "application/jsonp", "application"})
        EXPECT_FALSE(is_accepted(accept, "application/json")) << accept;
}

TEST(ContentType, Json_IsOnlyWhatNoFormCanSend) {
    EXPECT_TRUE(is_json("application/json"));
    EXPECT_TRUE(is_json("Application/JSON; charset=utf-8"));
    for (const char* type :
         {"", "text/plain", "application/x-www-form-urlencoded", "text/plain; application/json", "application/jsonx"})
        EXPECT_FALSE(is_json(type)) << type;
}

TEST(Browsers, Headers_AreAddedAndWhatIsThereStays) {
    HttpResponse response;
    response.headers = {{"cache-control", "public, immutable"}};
    response = for_browsers(std::move(response));
    EXPECT_EQ(find_header(response.headers, "Cache-Control"), "public, immutable");
    EXPECT_EQ(find_header(response.headers, "X-Content-Type-Options"), "nosniff");
    EXPECT_NE(find_header(response.headers, "Content-Security-Policy")->find("frame-ancestors 'none'"),
              std::string::npos);
    EXPECT_FALSE(find_header(response.headers, "Access-Control-Allow-Origin"));
}

}  // namespace
}  // namespace taktd::control
