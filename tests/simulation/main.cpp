// SPDX-License-Identifier: Apache-2.0
// simulate: lives through random worlds, each from one seed, and prints what was simulated; a broken rule prints the
// command that repeats it and the story that led there. script/simulate builds and runs it.
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "tests/simulation/checks/floors.hpp"
#include "tests/simulation/exhaustive.hpp"
#include "tests/simulation/options.hpp"
#include "tests/simulation/world/random_world.hpp"

namespace taktd::sim {
namespace {

constexpr std::size_t kStoryLines = 60;

thread_local std::uint64_t current_seed = 0;

extern "C" void name_the_seed(int signal) {
    const std::string again = repeat_command("--seed " + std::to_string(current_seed) + " --trace");
    std::fprintf(stderr, "crashed in seed %llu: %s\n", static_cast<unsigned long long>(current_seed), again.c_str());
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

class Run {
public:
    explicit Run(const Options& options) : options_{options} {}

    int perform() {
        const auto begin = std::chrono::steady_clock::now();
        deadline_ = begin + std::chrono::duration_cast<std::chrono::nanoseconds>(
                                std::chrono::duration<double>(options_.minutes * 60));
        std::vector<std::thread> workers;
        for (unsigned i = 1; i < options_.workers; ++i) workers.emplace_back([this] { work(); });
        work();
        for (auto& worker : workers) worker.join();
        const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        if (options_.first_only) {
            if (failed_ == 0)
                std::printf("no rule broken in %ld seeds\n", total_.worlds);
            else
                std::printf("caught after %llu seeds, %.0f simulated hours: %s\n",
                            static_cast<unsigned long long>(lowest_ - options_.first + 1),
                            std::chrono::duration<double, std::ratio<3600>>(total_.lived).count(), why_.c_str());
            return failed_ == 0 ? 0 : 1;
        }
        // One world that has broken a rule has said all that it has to say.
        if (options_.is_single && failed_ != 0) return 1;
        std::printf("%sseeds %llu to %llu in %.1f s; %ld rules broken\n", total_.text().c_str(),
                    static_cast<unsigned long long>(options_.first),
                    static_cast<unsigned long long>(options_.first + static_cast<std::uint64_t>(total_.worlds) - 1),
                    seconds, failed_.load());
        return failed_ == 0 && has_seen_enough() ? 0 : 1;
    }

private:
    bool has_seen_enough() const {
        if (total_.worlds < kWorldsForFloors) return true;
        const auto missed = missed_floors(total_);
        for (const auto& what : missed) std::printf("these worlds prove too little: %s\n", what.c_str());
        return missed.empty();
    }

    bool is_over(std::uint64_t seed) const {
        if (failed_ >= 5 || (options_.first_only && seed > lowest_)) return true;
        if (options_.minutes > 0) return std::chrono::steady_clock::now() >= deadline_;
        return seed >= options_.first + options_.seeds;
    }

    void work() {
        for (;;) {
            const std::uint64_t seed = options_.first + next_++;
            if (is_over(seed)) return;
            current_seed = seed;
            RandomWorld world{seed, options_.trace};
            const std::string failure = world.run();
            const std::lock_guard lock{mutex_};
            total_.add(world.figures());
            if (options_.is_single && options_.trace && failure.empty())
                std::printf("%s", world.trace_tail(Trace::kLinesMax).c_str());
            if (options_.is_single)
                std::printf("seed %llu: trace hash %016llx\n", static_cast<unsigned long long>(seed),
                            static_cast<unsigned long long>(world.hash()));
            if (!failure.empty()) tell(seed, failure);
        }
    }

    void tell(std::uint64_t seed, const std::string& failure) {
        ++failed_;
        if (seed < lowest_) {
            lowest_ = seed;
            why_ = failure;
        }
        if (options_.first_only) return;
        RandomWorld again{seed, true};  // with its story
        again.run();
        std::printf("%s\nseed %llu: %s\nrepeat it: %s\n",
                    again.trace_tail(options_.trace ? Trace::kLinesMax : kStoryLines).c_str(),
                    static_cast<unsigned long long>(seed), failure.c_str(),
                    repeat_command("--seed " + std::to_string(seed) + " --trace").c_str());
        std::fflush(stdout);
    }

    Options options_;
    std::atomic<std::uint64_t> next_{0};
    std::atomic<long> failed_{0};
    std::atomic<std::uint64_t> lowest_{~0ULL};
    std::chrono::steady_clock::time_point deadline_;
    std::mutex mutex_;
    Figures total_;
    std::string why_;
};

}  // namespace
}  // namespace taktd::sim

int main(int argc, char** argv) {
    for (const int signal : {SIGABRT, SIGSEGV}) std::signal(signal, taktd::sim::name_the_seed);
    const auto options = taktd::sim::parse_options(argc, argv);
    if (options.exhaustive) return taktd::sim::live_through_all(options);
    return taktd::sim::Run{options}.perform();
}
