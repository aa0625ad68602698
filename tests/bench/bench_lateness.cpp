// SPDX-License-Identifier: Apache-2.0
// How late: from a due instant to the first byte of the request, with many idle jobs beside it; then stops behind a
// backlog of starts that an account's limiter holds back.
// usage: bench_lateness [IDLE JOBS] [SECONDS] [BACKLOG]            0: no stops
#include <cstdio>
#include <map>

#include "tests/bench/figures.hpp"
#include "tests/bench/scene.hpp"
#include "tests/bench/vendor.hpp"

namespace taktd::bench {
namespace {

constexpr std::size_t kDispatchesPerSecond = 100;
constexpr Duration kFarAway = std::chrono::hours{100};

/// Until everything is loaded and quiet.
Duration lead(std::size_t jobs) { return std::chrono::seconds{3 + jobs / 10'000}; }

/// Runs by id, with what is needed of them when their calls end.
struct Runs {
    std::map<RunId, RunRow> rows;
    void see(const Row& row) {
        const auto* run = std::get_if<RunRow>(&row);
        if (run != nullptr) rows.try_emplace(run->id, *run);
    }
};

const CallRow* ended(const Row& row, Action action) {
    const auto* call = std::get_if<CallRow>(&row);
    return call != nullptr && call->action == action && call->result ? call : nullptr;
}

void dispatches(std::size_t idle, std::size_t duration_s) {
    const Vendor vendor;
    const Directory directory;
    const ProviderPtr provider = open_provider(vendor.endpoint());
    const WallTime begin = read_time().wall + lead(idle);
    const std::size_t count = kDispatchesPerSecond * duration_s;
    std::vector<Job> jobs;
    for (std::size_t i = 0; i < idle; ++i)
        jobs.push_back(once(provider, i, begin + kFarAway + i * std::chrono::seconds{1}, std::chrono::hours{1}));
    for (std::size_t i = 0; i < count; ++i) {
        const WallTime due = begin + i * (Duration{std::chrono::seconds{1}} / kDispatchesPerSecond);
        jobs.push_back(once(provider, idle + i, due, kFarAway));
    }

    Runs runs;
    std::vector<Duration> to_bytes, to_outcome;
    std::size_t never_sent = 0;
    Watch watch;
    watch.wanted = count;
    watch.sees = [&](const Row& row) {
        runs.see(row);
        const CallRow* call = ended(row, Action::start);
        if (call == nullptr) return;
        const RunRow& run = runs.rows.at(*call->run);
        if (!call->record.sent) {
            ++never_sent;
            return;
        }
        to_bytes.push_back(*call->record.sent - run.start_due);
        to_outcome.push_back(call->result->ended - run.start_due);
    };
    Scene scene{directory.file("store.db"), std::move(watch)};
    std::printf("lateness: %zu idle jobs, %zu dispatches/s for %zu s\n", idle, kDispatchesPerSecond, duration_s);
    print_machine(directory.path());
    const bool complete = scene.run(config_of(provider, jobs));
    print_distribution("due instant -> request bytes", to_bytes, "p99 2 ms, p99.9 8 ms", idle);
    print_distribution("due instant -> answer decoded", to_outcome, "none", idle);
    if (!complete || never_sent > 0) std::printf("NOT COMPLETE: %zu were never sent\n", never_sent);
}

/// Some runs are under way when a backlog of starts begins to fill the account for longer than anybody waits; then all
/// of those runs are to be stopped at one instant.
void stops_behind_backlog(std::size_t backlog) {
    constexpr std::size_t kStops = 50;
    constexpr std::size_t kRate = 100;
    const Vendor vendor;
    const Directory directory;
    auto provider = open_provider(vendor.endpoint());
    provider->rate_limit = {.interval = Duration{std::chrono::seconds{1}} / kRate, .burst = 2};
    const WallTime begin = read_time().wall + lead(backlog);
    const WallTime flood = begin + std::chrono::seconds{2};
    const WallTime stop = flood + std::chrono::seconds{4};
    std::vector<Job> jobs;
    for (std::size_t i = 0; i < kStops; ++i) jobs.push_back(once(provider, i, begin, stop - begin));
    for (std::size_t i = 0; i < backlog; ++i) jobs.push_back(once(provider, kStops + i, flood, std::chrono::hours{1}));

    std::map<RunId, WallTime> first_stops;  // by when they were sent
    Watch watch;
    watch.wanted = kStops;
    watch.counts = [](const Row& row) {
        const CallRow* call = ended(row, Action::stop);
        return call != nullptr && call->attempt == 1;
    };
    watch.sees = [&](const Row& row) {
        const CallRow* call = ended(row, Action::stop);
        if (call != nullptr && call->record.sent) first_stops.try_emplace(*call->run, *call->record.sent);
    };
    Scene scene{directory.file("store.db"), std::move(watch)};
    std::printf("stops: %zu at one instant, behind a backlog of %zu starts at %zu/s\n", kStops, backlog, kRate);
    print_machine(directory.path());
    const bool complete = scene.run(config_of(provider, jobs));

    std::vector<WallTime> sent;
    for (const auto& [run, at] : first_stops) sent.push_back(at);
    std::ranges::sort(sent);
    std::vector<Duration> beyond;
    for (std::size_t i = 0; i < sent.size(); ++i)
        beyond.push_back(sent[i] - stop - i * (Duration{std::chrono::seconds{1}} / kRate));
    print_distribution("stop due -> bytes, less its turn", beyond, "5 ms", backlog);
    if (!complete) std::printf("NOT COMPLETE: %zu of %zu stops were sent\n", sent.size(), kStops);
}

}  // namespace
}  // namespace taktd::bench

int main(int argc, char** argv) {
    using namespace taktd::bench;
    taktd::log::setup({.level = taktd::log::Level::info, .sink = [](std::string_view) {}});
    dispatches(argument(argc, argv, 1, 10'000), argument(argc, argv, 2, 20));
    const std::size_t backlog = argument(argc, argv, 3, 10'000);
    if (backlog > 0) stops_behind_backlog(backlog);
}
