// SPDX-License-Identifier: Apache-2.0
// Endpoints and headers as plain values.
#include "daemon/net/http.hpp"

#include <gtest/gtest.h>

namespace taktd {
namespace {

struct EndpointCase {
    const char* url;
    bool tls;
    const char *host, *port, *host_header;
    bool loopback;
};

TEST(ParseEndpoint, Urls_AreTakenApart) {
    const EndpointCase cases[] = {
        {"https://cfg.tencentcloudapi.com", true, "cfg.tencentcloudapi.com", "443", "cfg.tencentcloudapi.com", false},
        {"https://cfg.tencentcloudapi.com/", true, "cfg.tencentcloudapi.com", "443", "cfg.tencentcloudapi.com", false},
        {"HTTPS://Example.COM:443", true, "example.com", "443", "example.com", false},
        {"https://example.com:8443", true, "example.com", "8443", "example.com:8443", false},
        {"http://127.0.0.1:8080", false, "127.0.0.1", "8080", "127.0.0.1:8080", true},
        {"http://127.9.9.9", false, "127.9.9.9", "80", "127.9.9.9", true},
        {"http://localhost:080", false, "localhost", "80", "localhost", true},
        {"http://[::1]:8080", false, "::1", "8080", "[::1]:8080", true},
        {"https://[2001:DB8::1]", true, "2001:db8::1", "443", "[2001:db8::1]", false},
        {"http://128.0.0.1", false, "128.0.0.1", "80", "128.0.0.1", false},
        {"http://localhost.evil.example", false, "localhost.evil.example", "80", "localhost.evil.example", false},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.url);
        const auto endpoint = parse_endpoint(c.url);
        ASSERT_TRUE(endpoint);
        EXPECT_EQ(endpoint->tls, c.tls);
        EXPECT_EQ(endpoint->host, c.host);
        EXPECT_EQ(endpoint->port, c.port);
        EXPECT_EQ(endpoint->host_header(), c.host_header);
        EXPECT_EQ(endpoint->is_loopback(), c.loopback);
    }
}

TEST(ParseEndpoint, TextThatIsNoEndpoint_IsRefused) {
    for (const char* url : {"",
                            "example.com",
                            "ftp://example.com",
                            "https://",
                            "https:///",
                            "https://a b",
                            "https://a/path",
                            "https://user@host",
                            "https://host:",
                            "https://host:0",
                            "https://host:65536",
                            "https://host:x",
                            "https://host:-1",
                            "https://::1",
                            "https://[::1",
                            "https://[]",
                            "https://[example.com]",
                            "https://[::1]x",
                            "https://.host",
                            "https://a..b",
                            "https://host?x=1",
                            "https://h\r\nX: y"})
        EXPECT_FALSE(parse_endpoint(url)) << url;
}

TEST(FindHeader, Name_InAnyCase_FindsTheFirst) {
    const HttpHeaders headers{{"Date", "today"}, {"X-Id", "1"}, {"x-id", "2"}};
    EXPECT_EQ(find_header(headers, "date"), "today");
    EXPECT_EQ(find_header(headers, "X-ID"), "1");
    EXPECT_FALSE(find_header(headers, "Dat"));
    EXPECT_FALSE(find_header({}, "Date"));
}

}  // namespace
}  // namespace taktd
