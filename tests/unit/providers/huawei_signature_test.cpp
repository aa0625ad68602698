// SPDX-License-Identifier: Apache-2.0
// SDK-HMAC-SHA256 against the vendor's own example and one made with the vendor's Node SDK
// (fixtures/signature_vectors.json).
#include <boost/json.hpp>

#include "providers/crypto.hpp"
#include "providers/huawei_cpts/signature.hpp"
#include "tests/unit/providers/huawei_helpers.hpp"

namespace taktd::huawei_cpts {
namespace {

namespace json = boost::json;

std::string text(const json::object& object, const char* name) { return object.at(name).as_string().c_str(); }

TEST(HuaweiSignature, SigningGuide_IsReproduced) {
    const auto vectors = json::parse(testing::fixture("signature_vectors.json"));
    const auto& vector = vectors.at("official").as_array().at(0).as_object();
    HttpRequest request;
    request.method = text(vector, "method");
    request.target = text(vector, "request_path");
    std::string separator = "?";
    for (const auto& [name, value] : vector.at("query").as_object()) {
        request.target += separator + std::string{name} + "=" + value.as_string().c_str();
        separator = "&";
    }
    std::vector<std::string> names;
    for (const auto& [name, value] : vector.at("headers_to_sign").as_object()) {
        request.headers.emplace_back(std::string{name}, value.as_string().c_str());
        names.emplace_back(name);
    }
    EXPECT_EQ(sha256_hex(canonical_request(request, names)), text(vector, "canonical_request_sha256"));
    EXPECT_EQ(authorization(request, names, text(vector, "ak"), Secret{text(vector, "sk")}),
              "SDK-HMAC-SHA256 Access=" + text(vector, "ak") + ", SignedHeaders=" + text(vector, "signed_headers") +
                  ", Signature=" + text(vector, "signature"));
}

TEST(HuaweiSignature, StartOfTheVendorsSdk_IsReproduced) {
    const auto vectors = json::parse(testing::fixture("signature_vectors.json"));
    const auto& vector = vectors.at("derived").as_array().at(0).as_object();
    HttpRequest request;
    request.method = text(vector, "method");
    request.target = text(vector, "request_path");
    request.body = text(vector, "body");
    for (const auto& [name, value] : vector.at("headers_after_signing").as_object()) {
        if (name != "Authorization") request.headers.emplace_back(std::string{name}, value.as_string().c_str());
    }
    const std::vector<std::string> unsorted{"x-sdk-date", "host", "x-project-id", "content-type"};
    EXPECT_EQ(canonical_request(request, unsorted), text(vector, "canonical_request"));
    EXPECT_EQ(authorization(request, unsorted, text(vector, "ak"), Secret{text(vector, "sk")}),
              text(vector, "authorization"));
}

TEST(HuaweiSignature, PathAndQuery_HaveTheirCanonicalForm) {
    struct Case {
        const char *target, *path, *query;
    };
    const Case cases[] = {{"/", "/", ""},
                          {"/v1/a", "/v1/a/", ""},
                          {"/v1/a/", "/v1/a/", ""},
                          {"/v1/a%20b/c~d", "/v1/a%20b/c~d/", ""},
                          {"/v1?b=2&a=1", "/v1/", "a=1&b=2"},
                          {"/v1?a=2&a=1&c", "/v1/", "a=1&a=2&c="},
                          {"/v1?q=a%20b%2Fc", "/v1/", "q=a%20b%2Fc"}};
    for (const auto& c : cases) {
        HttpRequest request;
        request.method = "GET";
        request.target = c.target;
        const auto canonical = canonical_request(request, {});
        EXPECT_TRUE(canonical.starts_with("GET\n" + std::string{c.path} + "\n" + c.query + "\n")) << c.target << "\n"
                                                                                                  << canonical;
    }
}

TEST(HuaweiSignature, Date_IsUtcToTheSecond) {
    EXPECT_EQ(sdk_date(testing::kInstant), "20250102T030405Z");
    EXPECT_EQ(sdk_date(testing::kInstant + std::chrono::milliseconds{999}), "20250102T030405Z");
    EXPECT_EQ(sdk_date(WallTime{std::chrono::seconds{951782399}}), "20000228T235959Z");
    EXPECT_EQ(sdk_date(WallTime{std::chrono::seconds{951782400}}), "20000229T000000Z");
}

}  // namespace
}  // namespace taktd::huawei_cpts
