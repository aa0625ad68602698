// SPDX-License-Identifier: Apache-2.0
// Date and Retry-After as servers send them, well and badly.
#include "providers/answer_headers.hpp"

#include <gtest/gtest.h>

namespace taktd {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

TEST(AnswerHeaders, HttpDates_AreRead) {
    struct Case {
        const char* text;
        std::optional<std::string> instant;
    };
    for (const auto& [text, instant] : std::vector<Case>{
             {"Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z"},
             {" Sun, 22 Nov 2026 02:00:00 GMT ", "2026-11-22T02:00:00Z"},
             {"Thu, 29 Feb 2024 23:59:59 GMT", "2024-02-29T23:59:59Z"},
             {"Sat, 31 Dec 2016 23:59:60 GMT", "2017-01-01T00:00:00Z"},  // a leap second
             {"Wed, 29 Feb 2023 00:00:00 GMT", std::nullopt},
             {"Sun, 22 Nov 2026 24:00:00 GMT", std::nullopt},
             {"Sun, 22 Nov 2026 02:60:00 GMT", std::nullopt},
             {"Sun, 00 Nov 2026 02:00:00 GMT", std::nullopt},
             {"Sun, 22 Foo 2026 02:00:00 GMT", std::nullopt},
             {"Sun, 22 Nov 2026 02:00:00 CST", std::nullopt},
             {"Sun, 22 Nov 9999 02:00:00 GMT", std::nullopt},
             {"Sun, 22 Nov -026 02:00:00 GMT", std::nullopt},
             {"2026-11-22T02:00:00Z", std::nullopt},
             {"", std::nullopt},
         }) {
        const auto parsed = parse_http_date(text);
        ASSERT_EQ(parsed.has_value(), instant.has_value()) << text;
        if (!parsed) continue;
        EXPECT_EQ(to_rfc3339(*parsed), *instant) << text;
    }
}

TEST(AnswerHeaders, VendorsWait_IsRead) {
    const HttpHeaders at_two{{"date", "Sun, 22 Nov 2026 02:00:00 GMT"}};
    const auto wait = [&](const char* value) {
        auto headers = at_two;
        headers.emplace_back("retry-after", value);
        return retry_after_of(headers);
    };
    EXPECT_EQ(wait("7"), seconds{7});
    EXPECT_EQ(wait("0"), seconds{0});
    EXPECT_EQ(wait("4294967295"), hours{24});
    EXPECT_EQ(wait("Sun, 22 Nov 2026 02:00:30 GMT"), seconds{30});
    EXPECT_EQ(wait("Sun, 22 Nov 2026 01:00:00 GMT"), seconds{0});
    EXPECT_EQ(wait("-1"), std::nullopt);
    EXPECT_EQ(wait("soon"), std::nullopt);
    EXPECT_EQ(wait("99999999999999999999"), std::nullopt);
    EXPECT_EQ(retry_after_of({{"Retry-After", "Sun, 22 Nov 2026 02:00:30 GMT"}}), std::nullopt);
    EXPECT_EQ(retry_after_of(at_two), std::nullopt);
    EXPECT_EQ(server_time_of(at_two), parse_http_date("Sun, 22 Nov 2026 02:00:00 GMT"));
}

TEST(AnswerHeaders, CompressedBody_IsNamedByItsEncoding) {
    const auto note = [](HttpHeaders headers, std::string body) {
        return compressed_note({.status = 200, .headers = std::move(headers), .body = std::move(body)}).value_or("");
    };
    const std::string gzip = "\x1f\x8b\x08 bytes";
    EXPECT_EQ(note({{"content-encoding", " gzip "}}, gzip),
              "the answer is compressed (gzip), which taktd did not ask for: it cannot be read");
    EXPECT_EQ(note({{"Content-Encoding", "br"}}, "bytes"),
              "the answer is compressed (br), which taktd did not ask for: it cannot be read");
    EXPECT_EQ(note({}, gzip),
              "the answer is compressed (gzip, which no header says), which taktd did not ask for: it cannot be read");
    EXPECT_EQ(note({{"Content-Encoding", "identity"}}, "{}"), "");
    EXPECT_EQ(note({{"Content-Encoding", "gzip"}}, ""), "");
    EXPECT_EQ(note({}, "{}"), "");
}

}  // namespace
}  // namespace taktd
