// simulate: lives through random worlds, each from one seed, and prints what was simulated; a broken rule prints the
// command that repeats it and the story that led there. script/simulate builds and runs it.
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <thread>

#include "tests/simulation/random_world.hpp"
#include "tests/simulation/small_scope.hpp"

namespace taktd::sim {
namespace {

constexpr std::size_t kStoryLines = 60;

struct Options {
    std::uint64_t first = 1, seeds = 2000;
    double minutes = 0;  ///< more than 0: as many seeds as fit
    bool is_single = false, trace = false, first_only = false, exhaustive = false;
    unsigned workers = 1;
};

thread_local std::uint64_t current_seed = 0;

extern "C" void name_the_seed(int) {
    std::fprintf(stderr, "aborted in seed %llu: script/simulate --seed %llu --trace\n",
                 static_cast<unsigned long long>(current_seed), static_cast<unsigned long long>(current_seed));
}

[[noreturn]] void usage(int status) {
    std::fprintf(
        status == 0 ? stdout : stderr,
        "usage: simulate [--seeds N] [--seed S] [--first S] [--minutes M] [--trace] [--workers N] [--until-failure]\n"
        "       simulate --exhaustive [--workers N]\n"
        "  --seeds N     worlds to live through (2000)\n"
        "  --seed S      one world; with --trace its whole story\n"
        "  --first S     where to begin counting (1)\n"
        "  --minutes M   as many worlds as fit\n"
        "  --workers N   threads (1)\n"
        "  --exhaustive  every life of a few small worlds instead (tests/simulation/small_scope.hpp)\n"
        "  --until-failure   end at the first broken rule, and say after how many seeds\n");
    std::exit(status);
}

Options parse(int argc, char** argv) {
    Options options;
    for (int i = 1; i < argc; ++i) {
        const std::string name = argv[i];
        const auto value = [&] {
            if (i + 1 >= argc) usage(2);
            return argv[++i];
        };
        if (name == "--seeds") {
            options.seeds = std::strtoull(value(), nullptr, 10);
        } else if (name == "--seed") {
            options.first = std::strtoull(value(), nullptr, 10);
            options.seeds = 1;
            options.is_single = true;
        } else if (name == "--first") {
            options.first = std::strtoull(value(), nullptr, 10);
        } else if (name == "--minutes") {
            options.minutes = std::strtod(value(), nullptr);
        } else if (name == "--workers") {
            options.workers = static_cast<unsigned>(std::strtoul(value(), nullptr, 10));
        } else if (name == "--trace") {
            options.trace = true;
        } else if (name == "--exhaustive") {
            options.exhaustive = true;
        } else if (name == "--until-failure") {
            options.first_only = true;
        } else {
            usage(name == "--help" ? 0 : 2);
        }
    }
    return options;
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
                std::printf("caught after %llu seeds: %s\n",
                            static_cast<unsigned long long>(lowest_ - options_.first + 1), why_.c_str());
            return failed_ == 0 ? 0 : 1;
        }
        std::printf("%sseeds %llu to %llu in %.1f s; %ld rules broken\n", total_.text().c_str(),
                    static_cast<unsigned long long>(options_.first),
                    static_cast<unsigned long long>(options_.first + static_cast<std::uint64_t>(total_.worlds) - 1),
                    seconds, failed_.load());
        return failed_ == 0 ? 0 : 1;
    }

private:
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
        std::printf("%s\nseed %llu: %s\nrepeat it: script/simulate --seed %llu --trace\n",
                    again.trace_tail(options_.trace ? Trace::kLinesMax : kStoryLines).c_str(),
                    static_cast<unsigned long long>(seed), failure.c_str(), static_cast<unsigned long long>(seed));
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

int live_through_all(unsigned workers) {
    const std::vector<Scope> scopes = small_scopes();
    std::atomic<std::size_t> next{0};
    std::atomic<bool> is_broken{false};
    std::mutex mutex;
    const auto work = [&] {
        for (std::size_t i = next++; i < scopes.size(); i = next++) {
            const auto begin = std::chrono::steady_clock::now();
            const ScopeResult result = live_through(scopes[i]);
            const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
            const std::lock_guard lock{mutex};
            std::printf("%s: %ld lives, %ld steps, %zu states, %.1f s\n", scopes[i].name.c_str(), result.lives,
                        result.figures.steps, result.figures.states.size(), seconds);
            if (!result.failure.empty()) {
                is_broken = true;
                std::printf("%s\nchoices %s\n", result.failure.c_str(), result.path.c_str());
            }
            std::fflush(stdout);
        }
    };
    std::vector<std::thread> threads;
    for (unsigned i = 1; i < workers; ++i) threads.emplace_back(work);
    work();
    for (auto& thread : threads) thread.join();
    return is_broken ? 1 : 0;
}

}  // namespace
}  // namespace taktd::sim

int main(int argc, char** argv) {
    std::signal(SIGABRT, taktd::sim::name_the_seed);
    const auto options = taktd::sim::parse(argc, argv);
    if (options.exhaustive) return taktd::sim::live_through_all(options.workers);
    return taktd::sim::Run{options}.perform();
}
