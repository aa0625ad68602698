// SPDX-License-Identifier: Apache-2.0
// The schema's patterns of quoted numbers hold exactly the numbers of their range, and the document is what it says it
// is. Whether it agrees with the loader is held by tests/integration/test_schema.py.
#include <regex>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "daemon/ctl/schema/schema_document.hpp"
#include "daemon/ctl/schema/schema_values.hpp"
#include "providers/registry.hpp"

namespace taktd::ctl {
namespace {

struct Range {
    std::int64_t min, max;
};

TEST(NumberPattern, Pattern_HoldsItsRangeAndNothingElse) {
    constexpr Range kRanges[] = {{0, 0},    {0, 9},    {1, 9},     {2, 1000},  {1, 65535},  {-1, 7},  {-25, -13},
                                 {7, 7},    {10, 99},  {95, 105},  {199, 201}, {123, 456},  {1, 100}, {-100, 100},
                                 {0, 2147}, {99, 100}, {58, 1203}, {300, 399}, {1999, 2000}};
    for (const auto [min, max] : kRanges) {
        const std::regex pattern{"^(?:" + number_pattern(min, max) + ")$"};
        for (std::int64_t n = -150; n <= 3000; ++n)
            EXPECT_EQ(std::regex_match(std::to_string(n), pattern), n >= min && n <= max)
                << n << " " << min << " " << max;
        for (const std::int64_t edge : {min, max}) EXPECT_TRUE(std::regex_match(std::to_string(edge), pattern)) << edge;
        EXPECT_FALSE(std::regex_match("0" + std::to_string(max), pattern)) << max;
        EXPECT_FALSE(std::regex_match("", pattern));
    }
}

TEST(NumberPattern, Pattern_KnowsLargeEdges) {
    const std::regex pattern{number_pattern(0, 2'147'483'647)};
    for (const char* in : {"0", "9", "1000000000", "2147483647", "2147483599", "1999999999"})
        EXPECT_TRUE(std::regex_match(in, pattern)) << in;
    for (const char* out : {"2147483648", "2147483650", "2200000000", "3000000000", "10000000000", "00", "-1"})
        EXPECT_FALSE(std::regex_match(out, pattern)) << out;
}

TEST(SchemaDocument, Document_KnowsEveryAdapter_AndEveryReferenceLeadsSomewhere) {
    const std::string text = schema_document(adapter_schemas());
    const auto document = boost::json::parse(text).as_object();
    EXPECT_EQ(document.at("$schema").as_string(), "http://json-schema.org/draft-07/schema#");
    const auto& definitions = document.at("definitions").as_object();
    for (const AdapterSchema& adapter : adapter_schemas()) {
        for (const char* part : {".provider", ".task", ".whole_task", ".stop", ".whole_stop"})
            EXPECT_TRUE(definitions.contains(adapter.type + part)) << adapter.type << part;
    }
    const std::regex reference{"\"#/definitions/([^\"]+)\""};
    int references = 0;
    for (std::sregex_iterator found{text.begin(), text.end(), reference}, end; found != end; ++found, ++references)
        EXPECT_TRUE(definitions.contains((*found)[1].str())) << (*found)[1];
    EXPECT_GT(references, 50);
}

}  // namespace
}  // namespace taktd::ctl
