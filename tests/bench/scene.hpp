// SPDX-License-Identifier: Apache-2.0
// The daemon's own parts, put together as the daemon puts them together, with a watch on the rows that become durable:
// what the benchmarks measure is what runs. The vendor is vendor.hpp's.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "daemon/runtime/engine_loop.hpp"

namespace taktd::bench {

/// A Tencent CFG account at `endpoint` whose limiter lets everything pass, without baselines and without polls.
std::shared_ptr<ProviderSpec> open_provider(const std::string& endpoint);

/// A job on a task of its own that starts once, at `start`, and is stopped `window` later.
Job once(const ProviderPtr& provider, std::size_t number, WallTime start, Duration window);

ConfigPtr config_of(const ProviderPtr& provider, const std::vector<Job>& jobs);

/// The ending of one attempt to start, as it is recorded.
bool is_start_outcome(const Row& row);

struct Watch {
    std::function<bool(const Row&)> counts = is_start_outcome;
    std::size_t wanted = 0;                                    ///< complete once so many of them are durable
    std::function<void(const Row&)> sees = [](const Row&) {};  ///< every row, on the loop's thread, when it is queued
};

/// The real store; it only looks at what passes.
class WatchedStore final : public Store {
public:
    WatchedStore(const std::string& path, Watch watch);

    Snapshot load() override { return store_->load(); }
    void start(StoreEvents events) override;
    using Store::append;
    void append(std::uint64_t step, SharedRows rows) override;
    void prune(WallTime finished, WallTime queries) override { store_->prune(finished, queries); }
    bool close_clean(std::vector<LimiterRow> limiters, Duration wait) override;

    /// Called on the writer's thread, once; completed() is set.
    void on_complete(std::function<void()> handler) { on_complete_ = std::move(handler); }
    Now completed() const { return completed_; }
    std::size_t commits() const { return commits_; }

private:
    void note_durable(std::uint64_t step);

    std::unique_ptr<Store> store_;
    Watch watch_;
    std::function<void()> on_complete_ = [] {};
    std::mutex mutex_;
    std::deque<std::pair<std::uint64_t, std::size_t>> counted_;  // of steps that are not durable
    std::size_t durable_ = 0;
    std::atomic<std::size_t> commits_ = 0;
    Now completed_;
};

/// Loop, dispatcher, HTTP client and store, for as long as the watch is not complete.
class Scene {
public:
    static constexpr Duration kPatience = std::chrono::seconds{120};

    Scene(const std::string& store_path, Watch watch);
    ~Scene();

    /// False if the watch was not complete within kPatience.
    bool run(const ConfigPtr& config);

    WatchedStore& store() { return store_; }

private:
    void end();

    asio::io_context io_{1};
    AdapterTable adapters_;
    CredentialCache credentials_;
    std::unique_ptr<HttpClient> client_;
    WatchedStore store_;
    std::unique_ptr<EngineLoop> loop_;
    asio::steady_timer patience_;
    bool complete_ = false;
};

}  // namespace taktd::bench
