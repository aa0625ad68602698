// SPDX-License-Identifier: Apache-2.0
// What each HTTP status is worth, for every vendor, with the vendor's own words in the body and without: the table of
// docs/proofs.md, status by status. Only the vendor's own refusal says that a start had no effect.
#include <memory>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "providers/outcomes.hpp"
#include "providers/registry.hpp"

namespace taktd {
namespace {

constexpr Action kActions[] = {Action::start,  Action::stop,  Action::pause,
                               Action::resume, Action::query, Action::prepare};

struct Vendor {
    const char *type, *own_words;
};
// A code of the vendor's shape that no table knows, so that the status decides.
const Vendor kVendors[] = {
    {"huawei-cpts", R"({"code":"SVCSTG.CPTS.4999999","message":"m","extend":null})"},
    {"huawei-cpts", R"({"error_code":"APIG.9999","error_msg":"m","request_id":"r"})"},
    {"tencent-cfg", R"({"Response":{"Error":{"Code":"NeverHeardOf","Message":"m"},"RequestId":"r"}})"},
};
const char* const kOthersWords[] = {"",
                                    "<html>403 Forbidden</html>",
                                    "{}",
                                    "null",
                                    "[]",
                                    R"({"message":"no Route matched with those values"})",
                                    R"({"code":403,"message":"forbidden"})",
                                    R"({"code":"FORBIDDEN","message":"forbidden"})",
                                    R"({"error":"forbidden","status":403})",
                                    R"({"Response":{"Error":{"Code":"","Message":"m"},"RequestId":"r"}})",
                                    R"({"Response":{"Error":{"Code":"NeverHea)"};
// Somebody gave up waiting, something failed behind, or a proxy speaks for itself.
const std::set<int> kProveNothing{407, 408, 424, 444, 460, 499};

bool refuses_by_its_own_words(int status) { return status >= 400 && status < 500 && !kProveNothing.contains(status); }

Outcome outcome(const Vendor& vendor, Action action, int status, const std::string& body) {
    CallSpec call;
    call.action = action;
    auto provider = std::make_shared<ProviderSpec>();
    provider->type = vendor.type;
    call.provider = provider;
    call.task_ids = {"7"};
    HttpResponse response;
    response.status = status;
    response.body = body;
    return find_provider(vendor.type)->create_adapter()->decode(call, response).outcome;
}

TEST(Statuses, FourHundred_InTheVendorsOwnWords_Refuses) {
    for (const auto& vendor : kVendors) {
        for (const auto action : kActions) {
            for (int status = 100; status <= 599; ++status) {
                const Outcome expected = !refuses_by_its_own_words(status) ? Outcome::uncertain
                                         : status == 401                   ? Outcome::unauthorized
                                         : status == 429                   ? Outcome::throttled
                                                                           : Outcome::refused_final;
                ASSERT_EQ(outcome(vendor, action, status, vendor.own_words), expected)
                    << vendor.own_words << " " << name_of(action) << " " << status;
            }
        }
    }
}

TEST(Statuses, Only429_InOthersWords_SaysThatAStartHadNoEffect) {
    for (const auto& vendor : kVendors) {
        for (const auto* body : kOthersWords) {
            for (const auto action : {Action::start, Action::resume}) {
                for (int status = 100; status <= 599; ++status)
                    ASSERT_EQ(outcome(vendor, action, status, body),
                              status == 429 ? Outcome::throttled : Outcome::uncertain)
                        << vendor.type << " " << name_of(action) << " " << status << " " << body;
            }
        }
    }
}

TEST(Statuses, OnlyStrange401And429_WhereNothingStarts_AreHeeded) {
    for (const auto& vendor : kVendors) {
        for (const auto action : {Action::stop, Action::pause, Action::query, Action::prepare}) {
            for (int status = 100; status <= 599; ++status) {
                const Outcome expected = status == 401   ? Outcome::unauthorized
                                         : status == 429 ? Outcome::throttled
                                                         : Outcome::uncertain;
                ASSERT_EQ(outcome(vendor, action, status, "<html></html>"), expected)
                    << vendor.type << " " << name_of(action) << " " << status;
            }
        }
    }
}

TEST(Statuses, KnownCode_WithAnInconclusiveStatus_IsNoRefusal) {
    const Vendor known[] = {{"huawei-cpts", R"({"error_code":"APIG.0302","error_msg":"m"})"},
                            {"tencent-cfg", R"({"Response":{"Error":{"Code":"InvalidParameter"},"RequestId":"r"}})"}};
    for (const auto& vendor : known) {
        EXPECT_EQ(outcome(vendor, Action::start, 400, vendor.own_words), Outcome::refused_final);
        for (const int status : kProveNothing) {
            EXPECT_FALSE(may_refuse(status));
            EXPECT_EQ(outcome(vendor, Action::start, status, vendor.own_words), Outcome::uncertain) << status;
        }
        for (const int status : {0, 100, 101, 302, 500, 502, 503, 504, 520, 599, 600, 999})
            EXPECT_EQ(outcome(vendor, Action::start, status, vendor.own_words), Outcome::uncertain) << status;
    }
}

}  // namespace
}  // namespace taktd
