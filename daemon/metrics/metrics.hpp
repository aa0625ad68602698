// SPDX-License-Identifier: Apache-2.0
// The counters and histograms of GET /metrics (docs/metrics.md), counted from what is durable, as the log is written: a
// crash cannot have counted what it forgot. Facts that are no counters are handed in at each scrape (facts.hpp). Only
// two .cpp files see prometheus-cpp.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "daemon/core/model/past.hpp"
#include "daemon/metrics/facts.hpp"
#include "daemon/runtime/follower.hpp"

namespace taktd::metrics {

struct Build {
    std::string version, compiler;
};

class Metrics final : public Follower {
public:
    explicit Metrics(const Build& build);
    ~Metrics() override;

    // On the loop's thread.
    void on_recovered(const Snapshot& snapshot) override;
    void on_committed(const std::vector<Row>& rows) override;
    void on_store(bool is_up) override { is_store_up_ = is_up; }
    void on_store_commit(const StoreCommit& commit) override;
    void on_step(Duration took) override;
    /// Each series that a provider can have begins at 0, so that its first step is seen, too.
    void on_config(const Config& config);
    /// `method` and `pattern` are those of the table; what is not in it shares one route.
    void announce_route(std::string_view method, std::string_view pattern);
    void on_request(std::string_view method, std::string_view pattern, int status, Duration took);
    /// What the durable rows say; the rest of the facts is the caller's.
    Facts facts(WallTime now);

    /// The text of a scrape. On any thread: costs milliseconds.
    std::string write(const Facts& facts) const;

private:
    struct Series;

    void count(const CallRow& call);
    void count(const TransitionRow& transition);

    std::unique_ptr<Series> series_;
    bool is_store_up_ = true;
};

}  // namespace taktd::metrics
