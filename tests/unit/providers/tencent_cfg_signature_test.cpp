// SPDX-License-Identifier: Apache-2.0
// TC3-HMAC-SHA256 against the vendor's published vectors and one made with the vendor's Node SDK
// (vectors/tencent-tc3.json names each one's source).
#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "providers/crypto.hpp"
#include "providers/tencent_cfg/signature.hpp"
#include "tests/unit/providers/tencent_cfg_support.hpp"

namespace taktd::tencent_cfg {
namespace {

namespace json = boost::json;

std::string text(const json::object& vector, const char* key) { return std::string{vector.at(key).as_string()}; }

std::vector<json::object> vectors() {
    const auto all = json::parse(tencent_test::read_text("tests/unit/providers/vectors/tencent-tc3.json")).as_object();
    std::vector<json::object> found;
    for (const char* group : {"official", "derived"}) {
        for (const auto& vector : all.at(group).as_array()) found.push_back(vector.as_object());
    }
    return found;
}

Tc3Input input_of(const json::object& vector) {
    const auto& headers = vector.at("headers_sent").as_object();
    Tc3Input input;
    input.secret_id = text(vector, "secret_id");
    input.secret_key = Secret{text(vector, "secret_key")};
    input.service = text(vector, "service");
    input.timestamp = vector.at("timestamp").as_int64();
    input.host = text(headers, "Host");
    input.content_type = text(headers, "Content-Type");
    if (text(vector, "signed_headers").ends_with(";x-tc-action")) input.action = text(headers, "X-TC-Action");
    input.body = text(vector, "body");
    return input;
}

TEST(TencentSignature, EveryVector_IsReproduced) {
    const auto all = vectors();
    ASSERT_EQ(all.size(), 3U);
    for (const auto& vector : all) {
        SCOPED_TRACE(text(vector, "name"));
        const auto result = sign_tc3(input_of(vector));
        EXPECT_EQ(sha256_hex(text(vector, "body")), text(vector, "hashed_payload"));
        EXPECT_EQ(result.signature, text(vector, "signature"));
        if (vector.contains("hashed_canonical_request")) {
            EXPECT_EQ(sha256_hex(result.canonical_request), text(vector, "hashed_canonical_request"));
        }
        if (vector.contains("canonical_request")) {
            EXPECT_EQ(result.canonical_request, text(vector, "canonical_request"));
        }
        if (vector.contains("string_to_sign")) {
            EXPECT_EQ(result.string_to_sign, text(vector, "string_to_sign"));
        }
        if (vector.contains("authorization")) {
            EXPECT_EQ(result.authorization, text(vector, "authorization"));
        }
    }
}

TEST(TencentSignature, Day_IsTakenFromTheSignedTimestamp) {
    struct Case {
        std::int64_t timestamp;
        const char* day;
    };
    for (const auto& [timestamp, day] :
         {Case{0, "1970-01-01"}, Case{1735775999, "2025-01-01"}, Case{1735776000, "2025-01-02"},
          Case{1709164799, "2024-02-28"}, Case{1709164800, "2024-02-29"}}) {
        Tc3Input input;
        input.service = "cfg";
        input.timestamp = timestamp;
        EXPECT_NE(sign_tc3(input).string_to_sign.find(std::string{day} + "/cfg/tc3_request"), std::string::npos)
            << timestamp;
    }
}

TEST(TencentSignature, Names_AreSignedInLowerCase) {
    Tc3Input input;
    input.host = "CFG.Example";
    input.content_type = "application/JSON";
    input.action = "ExecuteTask";
    EXPECT_TRUE(sign_tc3(input).canonical_request.starts_with(
        "POST\n/\n\ncontent-type:application/json\nhost:cfg.example\nx-tc-action:executetask\n\n"
        "content-type;host;x-tc-action\n"));
}

}  // namespace
}  // namespace taktd::tencent_cfg
