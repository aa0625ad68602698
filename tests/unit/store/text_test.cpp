// SPDX-License-Identifier: Apache-2.0
// Text from outside becomes valid UTF-8 within a limit, and nothing is changed that need not be.
#include "daemon/store/json/text.hpp"

#include <gtest/gtest.h>

namespace taktd {
namespace {

struct Case {
    const char* what;
    std::string in;
    std::size_t bytes_max;
    std::string out;
};

TEST(StoreText, Text_IsCleanedAndCutBetweenCharacters) {
    const std::string bad = "\xEF\xBF\xBD";
    const Case cases[] = {
        {"plain", "hello", kUncut, "hello"},
        {"long", "a long line of plain text", kUncut, "a long line of plain text"},
        {"long with a nul", std::string("eight by\0tes and more", 21), kUncut, "eight by" + bad + "tes and more"},
        {"long with a high byte",
         "0123456\xFF"
         "89abcdef",
         kUncut, "0123456" + bad + "89abcdef"},
        {"chinese", "压测", kUncut, "压测"},
        {"four bytes", "\xF0\x9F\x98\x80", kUncut, "\xF0\x9F\x98\x80"},
        {"cut in ascii", "hello", 3, "hel"},
        {"cut before a character that does not fit", "a压", 3, "a"},
        {"cut after one that does", "a压", 4, "a压"},
        {"nothing fits", "压", 2, ""},
        {"nul", std::string("a\0b", 3), kUncut, "a" + bad + "b"},
        {"stray continuation", "a\x80", kUncut, "a" + bad},
        {"overlong slash", "\xC0\xAF", kUncut, bad + bad},
        {"overlong in three", "\xE0\x80\x80", kUncut, bad + bad + bad},
        {"surrogate", "\xED\xA0\x80", kUncut, bad + bad + bad},
        {"beyond unicode", "\xF4\x90\x80\x80", kUncut, bad + bad + bad + bad},
        {"truncated at the end", "a\xE5\x8E", kUncut, "a" + bad + bad},
        {"latin-1", "caf\xE9", kUncut, "caf" + bad},
        {"a replacement that does not fit", "ab\xFF", 4, "ab"},
    };
    for (const Case& c : cases) {
        EXPECT_EQ(storable_text(c.in, c.bytes_max), c.out) << c.what;
        EXPECT_EQ(is_storable_text(c.in), storable_text(c.in) == c.in) << c.what;
        EXPECT_TRUE(is_storable_text(storable_text(c.in, c.bytes_max))) << c.what;
    }
}

}  // namespace
}  // namespace taktd
