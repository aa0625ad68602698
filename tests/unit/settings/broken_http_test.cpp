// SPDX-License-Identifier: Apache-2.0
// `control.http` of a config: what it may say, and what is said of a wrong one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/settings/settings_support.hpp"

namespace taktd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

LoadResult load_http(const std::string& http) { return test::load("version: 1\ncontrol: {http: {" + http + "}}\n"); }

TEST(HttpSettings, GoodOnes_AreRead) {
    const auto result = load_http(
        "listen: \"[::1]:8484\", tokens: {operator: \"${env:A}\", viewer: \"${file:/b}\"}, hosts: [taktd.example], "
        "metrics: open, tls: {certificate: /etc/tls.crt, key: \"${credential:key}\"}");
    ASSERT_TRUE(result.settings) << test::all_text(result);
    ASSERT_TRUE(result.settings->http);
    const HttpSettings& http = *result.settings->http;
    EXPECT_EQ(http.listen, "[::1]:8484");
    EXPECT_EQ(http.address, "::1");
    EXPECT_EQ(http.port, 8484);
    EXPECT_EQ(http.operator_token, "${env:A}");
    EXPECT_EQ(http.viewer_token, "${file:/b}");
    EXPECT_THAT(http.hosts, ElementsAre("taktd.example"));
    EXPECT_TRUE(http.is_metrics_open);
    EXPECT_EQ(http.certificate, "/etc/tls.crt");
    EXPECT_EQ(http.key, "${credential:key}");
}

TEST(HttpSettings, Absent_ServeNothing) {
    const auto result = test::load("version: 1\n");
    ASSERT_TRUE(result.settings);
    EXPECT_FALSE(result.settings->http);
}

TEST(HttpSettings, Metrics_WantATokenUnlessTheyAreOpen) {
    const auto result = load_http("listen: \"localhost:8484\"");
    ASSERT_TRUE(result.settings) << test::all_text(result);
    EXPECT_FALSE(result.settings->http->is_metrics_open);
}

TEST(HttpSettings, WrongOnes_AreExplained) {
    const std::pair<std::string, std::string> cases[] = {
        {"listen: \"taktd.example:1\"", "of names it takes localhost alone"},
        {"listen: \"127.0.0.256:1\"", "must be an address and a port"},
        {"listen: \"[::g]:1\"", "must be an address and a port"},
        {"listen: \"0.0.0.0:8484\"", "add 'tls: {certificate:"},
        {"listen: \"[::]:8484\"", "add 'tls: {certificate:"},
        {"listen: \"192.0.2.1:8484\"", "or listen on 127.0.0.1 behind a reverse proxy"},
        {"listen: \"[::1]:1\", tokens: {operator: \"${env:A}\", viewer: \"${env:A}\"}", "must be two secrets"},
        {"listen: \"[::1]:1\", tls: {certificate: /etc/tls.crt}", "'tls' needs 'key'"},
        {"listen: \"[::1]:1\", tls: {certificate: /etc/tls.crt, key: abc}", "'key'"},
        {"listen: \"[::1]:1\", tls: yes", "'tls' must be a mapping"},
        {"listen: \"[::1]:1\", hosts: taktd.example", "'hosts' must be a list"},
        {"listen: \"[::1]:1\", hosts: [\"https://taktd.example\"]", "a host is what a Host header says"},
        {"listen: \"[::1]:1\", metrics: closed", "'metrics'"},
        {"listen: \"[::1]:1\", token: abc", "did you mean 'tokens'"},
    };
    for (const auto& [http, says] : cases) {
        const auto result = load_http(http);
        EXPECT_FALSE(result.settings) << http;
        EXPECT_THAT(test::all_text(result), HasSubstr(says)) << http;
    }
}

}  // namespace
}  // namespace taktd
