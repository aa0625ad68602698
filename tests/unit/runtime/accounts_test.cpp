// SPDX-License-Identifier: Apache-2.0
// Providers with one adapter, endpoint and key id share a bucket, and must agree on its limit.
#include "daemon/runtime/accounts.hpp"

#include <cstdlib>

#include <gtest/gtest.h>

#include "tests/unit/runtime/fakes.hpp"

namespace taktd {
namespace {

class AccountsTest : public testing::Test {
protected:
    AccountsTest() {
        adapters.add("fake", std::make_unique<fakes::FakeAdapter>());
        ::setenv("TAKTD_TEST_A", "key-of-one-account", 1);
        ::setenv("TAKTD_TEST_B", "key-of-one-account", 1);
        ::setenv("TAKTD_TEST_C", "key-of-another", 1);
        ::unsetenv("TAKTD_TEST_NONE");
    }
    ProviderSpec& add(const std::string& name, const std::string& variable) {
        auto spec = fakes::provider(name);
        if (!variable.empty()) spec->credentials = {{"access_key", "${env:" + variable + "}"}};
        auto& result = *spec;
        config->providers[name] = std::move(spec);
        return result;
    }
    ResolvedAccounts resolve() { return resolve_accounts(config, adapters, credentials); }

    AdapterTable adapters;
    CredentialCache credentials{fakes::hide};
    std::shared_ptr<Config> config = std::make_shared<Config>();
};

TEST_F(AccountsTest, OneKey_WhateverNamesIt_IsOneAccount) {
    add("a", "TAKTD_TEST_A");
    add("b", "TAKTD_TEST_B");
    add("c", "TAKTD_TEST_C");
    const auto accounts = resolve();
    EXPECT_TRUE(accounts.errors.empty());
    const auto& providers = accounts.config->providers;
    EXPECT_EQ(providers.at("a")->account, providers.at("b")->account);
    EXPECT_NE(providers.at("a")->account, providers.at("c")->account);
    EXPECT_EQ(providers.at("a")->account.find("key-of"), std::string::npos) << "a hash stands for the key id";
    EXPECT_EQ(providers.at("a")->account.substr(0, 24), "fake|http://127.0.0.1:1|");
    EXPECT_EQ(providers.at("a")->account.size(), 24U + 16U);
}

TEST_F(AccountsTest, AnotherEndpoint_IsAnotherAccount) {
    add("a", "TAKTD_TEST_A");
    add("b", "TAKTD_TEST_B").endpoint = "http://127.0.0.1:2";
    const auto accounts = resolve();
    EXPECT_NE(accounts.config->providers.at("a")->account, accounts.config->providers.at("b")->account);
}

TEST_F(AccountsTest, DifferentLimits_OnOneAccount_AreAnError) {
    add("a", "TAKTD_TEST_A");
    add("b", "TAKTD_TEST_B").rate_limit.burst = 3;
    const auto accounts = resolve();
    ASSERT_EQ(accounts.errors.size(), 1U);
    EXPECT_NE(accounts.errors[0].find("'a' and 'b'"), std::string::npos) << accounts.errors[0];
    EXPECT_EQ(accounts.errors[0].find("key-of"), std::string::npos);
}

TEST_F(AccountsTest, UnreadableKey_KeepsItsReference) {
    add("a", "TAKTD_TEST_NONE");
    add("b", "");
    const auto accounts = resolve();
    EXPECT_TRUE(accounts.errors.empty());
    ASSERT_EQ(accounts.unreadable.size(), 1U);
    EXPECT_NE(accounts.unreadable[0].find("provider a"), std::string::npos);
    EXPECT_EQ(accounts.config->providers.at("a")->account, "fake|http://127.0.0.1:1|reference");
    EXPECT_EQ(accounts.config->providers.at("b")->account, "fake|http://127.0.0.1:1|reference") << "a token has no id";
}

TEST_F(AccountsTest, Jobs_PointAtTheResolvedProvider) {
    add("a", "TAKTD_TEST_A");
    auto job = std::make_shared<Job>();
    job->name = "j";
    job->provider = config->providers.at("a");
    config->jobs["j"] = job;
    const auto accounts = resolve();
    EXPECT_EQ(accounts.config->jobs.at("j")->provider, accounts.config->providers.at("a"));
}

}  // namespace
}  // namespace taktd
