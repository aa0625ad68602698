// SPDX-License-Identifier: Apache-2.0
// What is kept of a vendor's text is bounded and valid UTF-8.
#include "daemon/runtime/kept_text.hpp"

#include <gtest/gtest.h>

#include "daemon/log/log.hpp"

namespace taktd {
namespace {

TEST(KeptText, Text_IsValidAndBounded) {
    struct Case {
        std::string text;
        std::size_t bytes_max;
        std::string kept;
    };
    const Case cases[] = {
        {"plain", 100, "plain"},
        {"plain", 3, "pla"},
        {"", 3, ""},
        {"\xE5\xA4\xA7\xE5\xB3\xB0", 4, "\xE5\xA4\xA7"},                // no half of a character
        {"a\xFFz", 100, "a\xEF\xBF\xBDz"},                              // a byte that never occurs
        {"a\xE5\xA4", 100, "a\xEF\xBF\xBD\xEF\xBF\xBD"},                // cut by the vendor
        {"\xC0\x80", 100, "\xEF\xBF\xBD\xEF\xBF\xBD"},                  // overlong
        {"\xED\xA0\x80", 100, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},  // a surrogate
        {"\xF0\x9F\x8C\x8D", 4, "\xF0\x9F\x8C\x8D"},
        {"\xF5\x80\x80\x80", 3, "\xEF\xBF\xBD"},
        {std::string("a\0b", 3), 100,
         "a\xEF\xBF\xBD"
         "b"},
    };
    for (const auto& c : cases) EXPECT_EQ(kept_text(c.text, c.bytes_max), c.kept);
}

TEST(KeptText, SecretAtTheEdge_IsReplacedBeforeTheCut) {
    log::register_secret("hunter2-hunter2");
    const auto kept = kept_text("12345hunter2-hunter2", 10);
    EXPECT_EQ(kept.find("hunt"), std::string::npos) << kept;
}

}  // namespace
}  // namespace taktd
