// SPDX-License-Identifier: Apache-2.0
// A scrape with many live runs: what it costs the event loop (the copy of the facts), and what a worker (the text).
// usage: bench_scrape [RUNS] [PROVIDERS]
#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "daemon/metrics/metrics.hpp"
#include "daemon/runtime/clock.hpp"
#include "tests/support/stored_rows.hpp"

namespace taktd::bench {
namespace {

double milliseconds(Duration d) { return std::chrono::duration<double, std::milli>(d).count(); }

void measure(int runs, int providers) {
    metrics::Metrics metrics{{"bench", __VERSION__}};
    Config config;
    for (int i = 0; i < providers; ++i) {
        const std::string name = "provider-" + std::to_string(i);
        config.providers[name] = testing::provider(name);
    }
    const BootTime begun = read_time().boot;
    metrics.on_config(config);
    const Duration load = read_time().boot - begun;
    for (int i = 0; i < runs; ++i) {
        RunRow run = testing::run_row(i, "job-" + std::to_string(i), RunState::running);
        run.provider = "provider-" + std::to_string(i % providers);
        metrics.on_committed({run});
    }
    constexpr int kScrapes = 100;
    Duration copying{}, longest{}, writing{};
    std::size_t bytes = 0;
    for (int i = 0; i < kScrapes; ++i) {
        const BootTime first = read_time().boot;
        const metrics::Facts facts = metrics.facts(testing::at(0));
        const BootTime second = read_time().boot;
        bytes = metrics.write(facts).size();
        copying += second - first;
        longest = std::max(longest, second - first);
        writing += read_time().boot - second;
    }
    std::cout << "runs=" << runs << " providers=" << providers << " loop_ms=" << milliseconds(copying / kScrapes)
              << " loop_max_ms=" << milliseconds(longest) << " worker_ms=" << milliseconds(writing / kScrapes)
              << " bytes=" << bytes << " config_load_ms=" << milliseconds(load) << "\n";
}

}  // namespace
}  // namespace taktd::bench

int main(int count, char** arguments) {
    const int runs = count > 1 ? std::atoi(arguments[1]) : 10'000;
    const int providers = count > 2 ? std::atoi(arguments[2]) : 10;
    taktd::bench::measure(runs, providers);
    return EXIT_SUCCESS;
}
