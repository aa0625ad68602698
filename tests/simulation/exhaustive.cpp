// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/exhaustive.hpp"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <mutex>
#include <thread>

#include "tests/simulation/small_scope.hpp"

namespace taktd::sim {
namespace {

std::string size_of(const ScopeResult& result) {
    char text[160];
    std::snprintf(text, sizeof text, "%ld lives, %ld steps, %zu states", result.lives, result.figures.steps,
                  result.figures.states.size());
    return text;
}

// A life that was named by its choices, with its story.
int live_through_one(const Scope& scope, const std::string& text) {
    Choices choices{text};
    SmallWorld world{scope, choices, true};
    const std::string failure = world.run();
    std::printf("%s%s\n", world.trace_tail(Trace::kLinesMax).c_str(), failure.c_str());
    return failure.empty() ? 0 : 1;
}

}  // namespace

int live_through_all(const Options& options) {
    const std::vector<Scope> scopes = small_scopes();
    if (options.scope && *options.scope > scopes.size()) {
        std::fprintf(stderr, "simulate: there are %zu scopes\n", scopes.size());
        return 2;
    }
    if (!options.choices.empty()) return live_through_one(scopes[*options.scope - 1], options.choices);

    std::atomic<std::size_t> next{0};
    std::mutex mutex;
    ScopeResult total;
    const auto work = [&] {
        for (std::size_t i = next++; i < scopes.size(); i = next++) {
            if (options.scope && *options.scope != i + 1) continue;
            const auto begin = std::chrono::steady_clock::now();
            const ScopeResult result = live_through(scopes[i]);
            const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
            const std::lock_guard lock{mutex};
            std::printf("%zu. %s: %s, %.1f s\n", i + 1, scopes[i].name.c_str(), size_of(result).c_str(), seconds);
            if (!result.failure.empty()) {
                const std::string life = "--scope " + std::to_string(i + 1) + " --choices " + result.path;
                std::printf("%s\nrepeat it: %s\n", result.failure.c_str(),
                            repeat_command("--exhaustive " + life).c_str());
                total.failure = result.failure;
            }
            std::fflush(stdout);
            total.lives += result.lives;
            total.figures.add(result.figures);
        }
    };
    std::vector<std::thread> threads;
    for (unsigned i = 1; i < options.workers; ++i) threads.emplace_back(work);
    work();
    for (auto& thread : threads) thread.join();
    std::printf("in all: %s; %s\n", size_of(total).c_str(),
                total.failure.empty() ? "no rule broken" : "A RULE IS BROKEN");
    return total.failure.empty() ? 0 : 1;
}

}  // namespace taktd::sim
