// Random worlds around the engine, each from one seed: hours of faults, then health, and every rule held against what
// really happened (tests/support/random_world.hpp). TAKTD_SEED=n lives through one world and prints its whole trace
// when it fails; TAKTD_SEEDS=n lives through many.
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include <gtest/gtest.h>

#include "tests/support/random_world.hpp"

namespace taktd::test {
namespace {

std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

extern "C" void name_the_seed(int) {
    std::fprintf(stderr, "aborted in TAKTD_SEED=%llu\n", static_cast<unsigned long long>(RandomWorld::current_seed));
}

TEST(EngineRandom, KeepsItsRulesInRandomWorlds) {
    std::signal(SIGABRT, name_the_seed);
    const std::uint64_t only = number_from("TAKTD_SEED", 0);
    const std::uint64_t first = only != 0 ? only : number_from("TAKTD_FIRST_SEED", 1);
    const std::uint64_t count = only != 0 ? 1 : number_from("TAKTD_SEEDS", 80);
    RandomWorld::Figures total;
    int failed = 0;
    for (std::uint64_t seed = first; seed < first + count && failed < 5; ++seed) {
        RandomWorld world{seed};
        const std::string failure = world.run();
        if (!failure.empty()) {
            ++failed;
            ADD_FAILURE() << "TAKTD_SEED=" << seed << ": " << failure << "\n"
                          << world.trace_tail(only != 0 ? 20000 : 40);
        }
        const auto& f = world.figures;
        total.lived += f.lived;
        total.steps += f.steps;
        total.sends += f.sends;
        total.starts += f.starts;
        total.stops += f.stops;
        total.runs += f.runs;
        total.crashes += f.crashes;
        total.reboots += f.reboots;
        total.reloads += f.reloads;
        total.wall_steps += f.wall_steps;
        for (const auto& [end, n] : f.ends) total.ends[end] += n;
    }
    EXPECT_GT(total.starts, 0);
    if (std::getenv("TAKTD_SEEDS") == nullptr) return;
    std::printf(
        "%llu seeds, %.0f virtual hours, %ld steps, %ld requests (%ld starts, %ld stops), %ld runs, %ld crashes, "
        "%ld reboots, %ld reloads, %ld wall steps\n",
        static_cast<unsigned long long>(count), std::chrono::duration<double, std::ratio<3600>>(total.lived).count(),
        total.steps, total.sends, total.starts, total.stops, total.runs, total.crashes, total.reboots, total.reloads,
        total.wall_steps);
    for (const auto& [end, n] : total.ends) std::printf("  %8ld %s\n", n, end.c_str());
}

}  // namespace
}  // namespace taktd::test
