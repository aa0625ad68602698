// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/options.hpp"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace taktd::sim {
namespace {

constexpr std::uint64_t kSeedMax = 1'000'000'000'000;
constexpr double kMinutesMax = 60.0 * 24 * 365;
constexpr unsigned kWorkersMax = 256;
constexpr std::size_t kScopesMax = 99;

[[noreturn]] void usage(const std::string& problem) {
    if (!problem.empty()) std::fprintf(stderr, "simulate: %s\n", problem.c_str());
    std::fputs(
        "usage: simulate [--seeds N] [--seed S] [--first S] [--minutes M] [--trace] [--workers N] [--until-failure]\n"
        "       simulate --exhaustive [--scope N [--choices C]] [--workers N]\n"
        "  --seeds N     worlds to live through (2000)\n"
        "  --seed S      one world; with --trace its whole story\n"
        "  --first S     where to begin counting (1)\n"
        "  --minutes M   as many worlds as fit\n"
        "  --workers N   threads (1)\n"
        "  --exhaustive  every life of a few small worlds instead (tests/simulation/small_scope.hpp)\n"
        "  --scope N     only the Nth of them; --choices C: only the life that a broken rule has named, with its "
        "story\n"
        "  --until-failure   end at the first broken rule, and say after how many seeds\n",
        problem.empty() ? stdout : stderr);
    std::exit(problem.empty() ? 0 : 2);
}

template <class Number>
Number number_in(std::string_view name, std::string_view text, Number min, Number max) {
    Number number{};
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_whole = error == std::errc{} && rest == text.data() + text.size();
    if (!is_whole || !(number >= min && number <= max))
        usage(std::string{name} + " wants a number, not '" + std::string{text} + "'");
    return number;
}

}  // namespace

std::string repeat_command(const std::string& options) {
    const char* mutant = std::getenv("TAKTD_MUTANT");
    return "script/simulate " + (mutant == nullptr ? "" : "--mutant " + std::string{mutant} + " ") + options;
}

Options parse_options(int argc, char** argv) {
    Options options;
    for (int i = 1; i < argc; ++i) {
        const std::string_view name = argv[i];
        const auto value = [&]() -> std::string_view {
            if (i + 1 >= argc) usage(std::string{name} + " wants a value");
            return argv[++i];
        };
        if (name == "--seeds") {
            options.seeds = number_in<std::uint64_t>(name, value(), 1, kSeedMax);
        } else if (name == "--seed") {
            options.first = number_in<std::uint64_t>(name, value(), 0, kSeedMax);
            options.seeds = 1;
            options.is_single = true;
        } else if (name == "--first") {
            options.first = number_in<std::uint64_t>(name, value(), 0, kSeedMax);
        } else if (name == "--minutes") {
            options.minutes = number_in<double>(name, value(), 1e-6, kMinutesMax);
        } else if (name == "--workers") {
            options.workers = number_in<unsigned>(name, value(), 1, kWorkersMax);
        } else if (name == "--scope") {
            options.scope = number_in<std::size_t>(name, value(), 1, kScopesMax);
        } else if (name == "--choices") {
            options.choices = value();
            if (options.choices.empty() || options.choices.find_first_not_of("0123456789") != std::string::npos)
                usage("--choices wants digits");
        } else if (name == "--trace") {
            options.trace = true;
        } else if (name == "--exhaustive") {
            options.exhaustive = true;
        } else if (name == "--until-failure") {
            options.first_only = true;
        } else if (name == "--help") {
            usage("");
        } else {
            usage("there is no option '" + std::string{name} + "'");
        }
    }
    if (options.scope && !options.exhaustive) usage("--scope belongs to --exhaustive");
    if (!options.choices.empty() && !options.scope) usage("--choices belongs to --scope");
    return options;
}

}  // namespace taktd::sim
