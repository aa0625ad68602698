// SPDX-License-Identifier: Apache-2.0
// How long a large config takes until the engine has taken it over, and what it costs in memory while loading and
// afterwards. Each size runs in a process of its own, so that one peak does not hide another.
// usage: bench_config [JOBS ...]
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <sys/wait.h>

#include <unistd.h>

#include "daemon/core/engine/engine.hpp"
#include "daemon/runtime/clock.hpp"
#include "daemon/runtime/config_source.hpp"
#include "providers/registry.hpp"
#include "tests/bench/config_text.hpp"
#include "tests/bench/figures.hpp"

namespace taktd::bench {
namespace {

/// Every job has the schedule of the one before it.
ConfigPtr with_other_schedules(const Config& config) {
    auto changed = std::make_shared<Config>();
    changed->providers = config.providers;
    Schedule before = config.jobs.rbegin()->second->schedule;
    for (const auto& [name, job] : config.jobs) {
        Job other = *job;
        other.schedule = std::exchange(before, job->schedule);
        changed->jobs.emplace(name, std::make_shared<const Job>(std::move(other)));
    }
    return changed;
}

struct Taken {
    Duration all{},
        longest{};  ///< until nothing is left to do at once; and the longest step, in which nothing else goes
};

/// A config is adopted in slices. The store is as fast as can be.
Taken take_over(Engine& engine, const ConfigPtr& config) {
    Taken taken;
    const BootTime begin = read_time().boot;
    const auto step = [&](const Event& event) {
        const BootTime before = read_time().boot;
        Effects effects = engine.step(event, read_time());
        taken.longest = std::max(taken.longest, read_time().boot - before);
        return effects;
    };
    Effects effects = step(ConfigLoaded{config});
    while (effects.append || effects.wake.at_once) {
        effects = effects.append ? step(Durable{effects.append->step}) : step(Wake{});
    }
    taken.all = read_time().boot - begin;
    return taken;
}

void load(std::size_t jobs, bool templated, const std::string& path) {
    AdapterTable adapters;
    for (const auto& entry : providers()) adapters.add(entry.type, entry.create_adapter());
    const double before_mib = resident_mib();
    const BootTime begin = read_time().boot;
    ConfigReading reading = read_config(path, load_context(adapter_schemas()), adapters, [](const Secret&) {});
    const BootTime read = read_time().boot;
    for (const auto& error : reading.errors) std::cerr << error << '\n';
    if (!reading.settings) return;
    ConfigPtr config = reading.settings->config;
    reading = {};

    Engine engine{1};
    Snapshot snapshot;
    snapshot.first_start = true;
    engine.step(Recovered{{std::move(snapshot), {}}, read_boot_id()}, read_time());
    const Taken first = take_over(engine, config);
    const Taken again = take_over(engine, config);
    const Taken changed = take_over(engine, with_other_schedules(*config));
    config.reset();
    std::printf(
        "%7zu jobs, %s: read %.2f s, taken over %.2f s, together %.2f s; reloaded unchanged %.2f s, with other "
        "schedules "
        "%.2f s; the longest step %.1f ms; MiB: before %.0f, peak %.0f, after %.0f\n",
        jobs, templated ? "templated" : "plain    ", seconds(read - begin), seconds(first.all),
        seconds(read - begin + first.all), seconds(again.all), seconds(changed.all),
        1e3 * seconds(std::max({first.longest, again.longest, changed.longest})), before_mib, resident_peak_mib(),
        resident_mib());
    std::fflush(stdout);
    const std::string kind = templated ? "templated" : "plain";
    record(kind + ", ready", seconds(read - begin + first.all), "s", jobs);
    record(kind + ", longest step", 1e3 * seconds(std::max({first.longest, again.longest, changed.longest})), "ms",
           jobs);
    record(kind + ", peak", resident_peak_mib(), "MiB", jobs);
    record(kind + ", after", resident_mib(), "MiB", jobs);
}

void measure(const std::vector<std::size_t>& sizes) {
    const Directory directory;
    std::printf("config; budget: 10000 jobs ready in 3 s, at most 300 MiB while loading, 60 MiB when idle\n");
    print_machine(directory.path());
    std::fflush(stdout);
    for (const std::size_t jobs : sizes) {
        for (const bool templated : {false, true}) {
            const std::string path = directory.file("taktd.yaml");
            std::ofstream{path} << config_text({.jobs = jobs, .templated = templated});
            const pid_t child = ::fork();
            if (child == 0) {
                load(jobs, templated, path);
                ::_exit(0);
            }
            ::waitpid(child, nullptr, 0);
        }
    }
}

}  // namespace
}  // namespace taktd::bench

int main(int argc, char** argv) {
    std::vector<std::size_t> sizes;
    for (int i = 1; i < argc; ++i) sizes.push_back(taktd::bench::argument(argc, argv, i, 0));
    if (sizes.empty()) sizes = {1'000, 10'000, 100'000};
    ::setenv("TAKTD_BENCH_SECRET", "a-secret-of-the-benchmark", 0);
    taktd::bench::measure(sizes);
}
