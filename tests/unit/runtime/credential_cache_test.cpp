// SPDX-License-Identifier: Apache-2.0
// Secrets are read when they are needed, off the caller's thread where they are files, and never waited for without
// end.
#include "daemon/runtime/credential_cache.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/runtime/fakes.hpp"

namespace taktd {
namespace {

using namespace std::chrono_literals;

/// Reads hang until they are let go.
struct Gate {
    std::mutex mutex;
    std::condition_variable changed;
    bool open = false;
    std::atomic<int> reads{0};

    SecretReading::Read reader() {
        return [this](const SecretReading::References& references) -> Result<Credentials> {
            ++reads;
            std::unique_lock lock{mutex};
            changed.wait(lock, [this] { return open; });
            if (references.contains("broken")) return unexpected<std::string>{"broken: it cannot be read"};
            return Credentials{{"key", Secret{"the-key-in-the-file"}}};
        };
    }
    void let_go() {
        const std::lock_guard lock{mutex};
        open = true;
        changed.notify_all();
    }
};

void await_ready(CredentialCache& cache, const ProviderSpec& provider) {
    while (!cache.is_ready(provider)) std::this_thread::yield();
}

TEST(CredentialCache, FileThatHangs_IsReadOnce_AndNobodyWaitsForIt) {
    Gate gate;
    std::vector<std::string> heard;
    CredentialCache cache{[&](const Secret& secret) { heard.emplace_back(secret.reveal()); }, gate.reader()};
    const auto provider = fakes::provider();
    provider->credentials = {{"key", "${file:/hung/key}"}};
    EXPECT_FALSE(cache.is_ready(*provider));
    EXPECT_FALSE(cache.is_ready(*provider));
    const auto early = cache.get(*provider, Duration::zero());
    ASSERT_FALSE(early);
    EXPECT_NE(early.error().find("${file:/hung/key} cannot be read in time"), std::string::npos) << early.error();
    EXPECT_TRUE(heard.empty());

    gate.let_go();
    await_ready(cache, *provider);
    EXPECT_TRUE(cache.get(*provider, Duration::zero()));
    EXPECT_TRUE(cache.get(*provider, Duration::zero()));
    EXPECT_EQ(gate.reads, 1);
    EXPECT_EQ(heard, std::vector<std::string>{"the-key-in-the-file"});
}

TEST(CredentialCache, FailureOrForgottenValue_IsReadAnew) {
    Gate gate;
    gate.let_go();
    CredentialCache cache{fakes::hide, gate.reader()};
    const auto provider = fakes::provider();
    provider->credentials = {{"broken", "${file:/a}"}};
    EXPECT_FALSE(cache.get(*provider, 1h));
    EXPECT_FALSE(cache.get(*provider, 1h));
    EXPECT_EQ(gate.reads, 2);

    provider->credentials = {{"key", "${file:/b}"}};
    EXPECT_EQ(cache.forget(*provider), std::nullopt);
    EXPECT_TRUE(cache.get(*provider, 1h));
    EXPECT_TRUE(cache.forget(*provider));
    EXPECT_FALSE(cache.forget(*provider));
    EXPECT_TRUE(cache.get(*provider, 1h));
    EXPECT_EQ(gate.reads, 4);
}

TEST(CredentialCache, Environment_IsReadAtOnce) {
    ::setenv("TAKTD_TEST_CACHE_KEY", "the-key-value", 1);
    CredentialCache cache{fakes::hide};
    const auto provider = fakes::provider();
    provider->credentials = {{"key", "${env:TAKTD_TEST_CACHE_KEY}"}};
    EXPECT_TRUE(cache.is_ready(*provider));
    EXPECT_TRUE(cache.get(*provider, Duration::zero()));
    ::unsetenv("TAKTD_TEST_CACHE_KEY");
}

TEST(CredentialCache, ReadingsThatHang_AreLimitedAndRecover) {
    Gate gate;
    CredentialCache cache{fakes::hide, gate.reader()};
    std::vector<std::shared_ptr<ProviderSpec>> all;
    for (int i = 0; i <= SecretReading::kReadingsMax; ++i) {
        all.push_back(fakes::provider());
        all.back()->credentials = {{"key", "${file:/hung/" + std::to_string(i) + "}"}};
    }
    for (const auto& provider : all) cache.is_ready(*provider);
    const auto last = cache.get(*all.back(), Duration::zero());
    ASSERT_FALSE(last);
    EXPECT_NE(last.error().find("too many"), std::string::npos) << last.error();
    gate.let_go();
    for (std::size_t i = 0; i + 1 < all.size(); ++i) await_ready(cache, *all[i]);
    EXPECT_TRUE(cache.get(*all.back(), 1h));
}

}  // namespace
}  // namespace taktd
