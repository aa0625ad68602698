// SPDX-License-Identifier: Apache-2.0
// The helpers that every provider shares: hashing, tolerant JSON, UTF-8, percent-encoding.
#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "providers/crypto.hpp"
#include "providers/json_values.hpp"
#include "providers/uri.hpp"

namespace taktd {
namespace {

// FIPS 180-2 appendix B.1 and the hash of nothing; RFC 4231 test cases 2 and 6.
TEST(Crypto, Hashes_AgreeWithPublishedValues) {
    EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(hex(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    EXPECT_EQ(hex(hmac_sha256("", "")), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Crypto, Comparison_IsOfWholeTexts) {
    EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
    EXPECT_TRUE(equal_in_constant_time("", ""));
    EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
    EXPECT_FALSE(equal_in_constant_time("abc", "ab"));
}

TEST(JsonValues, Integers_InEveryGuise_AreRead) {
    struct Case {
        const char* json;
        std::optional<std::int64_t> integer;
    };
    const Case cases[] = {{"7", 7},
                          {"-1", -1},
                          {"7.0", 7},
                          {"7e2", 700},
                          {"\"7\"", 7},
                          {"\" 7 \"", 7},
                          {"9223372036854775807", 9223372036854775807},
                          {"9223372036854775808", std::nullopt},
                          {"18446744073709551616", std::nullopt},
                          {"9007199254740994.0", std::nullopt},
                          {"7.5", std::nullopt},
                          {"1e300", std::nullopt},
                          {"\"\"", std::nullopt},
                          {"\"7x\"", std::nullopt},
                          {"\"99999999999999999999\"", std::nullopt},
                          {"true", std::nullopt},
                          {"null", std::nullopt},
                          {"[7]", std::nullopt}};
    for (const auto& c : cases) {
        const auto value = parse_json(c.json);
        ASSERT_TRUE(value) << c.json;
        EXPECT_EQ(integer_of(&*value), c.integer) << c.json;
    }
    EXPECT_EQ(integer_of(nullptr), std::nullopt);
}

TEST(JsonValues, Ids_AsNumbersOrTexts_AreRead) {
    struct Case {
        const char* json;
        std::optional<std::string> id;
    };
    const Case cases[] = {{"32517", "32517"},     {"32517.0", "32517"},    {"\"32517\"", "32517"},
                          {"\"run-7\"", "run-7"}, {"\"032517\"", "32517"}, {"\"  \"", std::nullopt},
                          {"null", std::nullopt}, {"{}", std::nullopt}};
    for (const auto& c : cases) {
        const auto value = parse_json(c.json);
        ASSERT_TRUE(value) << c.json;
        EXPECT_EQ(id_of(&*value), c.id) << c.json;
    }
}

TEST(JsonValues, TextThatIsNotOneDocument_IsRefused) {
    for (const std::string text : {"", "{", "{}x", "{} {}", "nul", "{\"a\":}", "\xff", "[1,2"}) {
        EXPECT_FALSE(parse_json(text)) << text;
    }
    EXPECT_FALSE(parse_json(std::string(100'000, '[')));
    const auto value = parse_json("{\"a\":{\"b\":1}}");
    ASSERT_TRUE(value);
    EXPECT_EQ(integer_of(member(member(&*value, "a"), "b")), 1);
    EXPECT_EQ(member(member(member(&*value, "a"), "b"), "c"), nullptr);
}

TEST(JsonValues, Texts_AreCleanedAndCut) {
    const auto value = parse_json("{\"text\":\"a\xff\",\"object\":{\"k\":[1,null]},\"none\":null}");
    ASSERT_TRUE(value);
    EXPECT_EQ(text_of(member(&*value, "text")), "a\xEF\xBF\xBD");
    EXPECT_EQ(text_of(member(&*value, "object")), "{\"k\":[1,null]}");
    EXPECT_EQ(text_of(member(&*value, "none")), "");
    EXPECT_EQ(text_of(member(&*value, "absent")), "");
}

TEST(CleanText, WellFormedUtf8_IsKept_AndTheRestReplaced) {
    const std::string bad = "\xEF\xBF\xBD";
    EXPECT_EQ(clean_text("a\xC3\xA9\xE4\xBD\xA0\xF0\x9F\x98\x80"), "a\xC3\xA9\xE4\xBD\xA0\xF0\x9F\x98\x80");
    EXPECT_EQ(clean_text("\xC0\x80"), bad + bad);                      // not the shortest form
    EXPECT_EQ(clean_text("\xED\xA0\x80"), bad + bad + bad);            // a surrogate
    EXPECT_EQ(clean_text("\xF4\x90\x80\x80"), bad + bad + bad + bad);  // beyond U+10FFFF
    EXPECT_EQ(clean_text("\xE4\xBD"), bad + bad);                      // cut short
    EXPECT_EQ(clean_text("\xE4\xBD\xA0\xE5\xA5\xBD", 1), "\xE4\xBD\xA0");
    EXPECT_EQ(clean_text(std::string(5000, 'x')).size(), 1024U);
}

TEST(PercentEncode, UnreservedCharacters_AreKeptAlone) {
    EXPECT_EQ(percent_encode("aZ09-._~"), "aZ09-._~");
    EXPECT_EQ(percent_encode("a b/c?d=e+\xC3\xA9"), "a%20b%2Fc%3Fd%3De%2B%C3%A9");
}

TEST(PercentDecode, Decoding_UndoesEncodingAndLeavesWhatIsNoEscape) {
    EXPECT_EQ(percent_decode("a%20b%2fc%C3%A9"), "a b/c\xC3\xA9");
    EXPECT_EQ(percent_decode("100%"), "100%");
    EXPECT_EQ(percent_decode("%4"), "%4");
    EXPECT_EQ(percent_decode("%zz%41"), "%zzA");
}

}  // namespace
}  // namespace taktd
