// SPDX-License-Identifier: Apache-2.0
// The plan is read from the environment at the first passage. A kill is SIGKILL: nothing is flushed, as in a real
// crash.
#include "daemon/runtime/crash_points.hpp"

#include <array>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include <unistd.h>

namespace taktd {
namespace {

constexpr std::array<std::string_view, 10> kNames{
    "due_committed",         "intent_committed", "start_sent",    "start_answered", "outcome_committed",
    "stop_intent_committed", "stop_sent",        "stop_answered", "discharged",     "recovery_half_done"};

}  // namespace

std::string_view name_of(CrashPoint point) { return kNames.at(static_cast<std::size_t>(point)); }

std::optional<CrashPlan> parse_crash_plan(std::string_view text) {
    CrashPlan plan;
    const auto colon = text.find(':');
    if (colon != std::string_view::npos) {
        const auto number = text.substr(colon + 1);
        const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), plan.passage);
        if (error != std::errc{} || end != number.data() + number.size() || plan.passage < 1) return std::nullopt;
        text = text.substr(0, colon);
    }
    for (std::size_t i = 0; i < kNames.size(); ++i) {
        if (kNames.at(i) != text) continue;
        plan.point = static_cast<CrashPoint>(i);
        return plan;
    }
    return std::nullopt;
}

#ifdef TAKTD_CRASH_POINTS

void pass(CrashPoint point) {
    static std::optional<CrashPlan> plan = []() -> std::optional<CrashPlan> {
        const char* text = std::getenv("TAKTD_CRASH_AT");
        if (text == nullptr || *text == '\0') return std::nullopt;
        auto parsed = parse_crash_plan(text);
        // A misspelt crash point would let a test pass that tested nothing.
        if (!parsed) throw std::runtime_error("TAKTD_CRASH_AT=" + std::string{text} + " names no crash point");
        return parsed;
    }();
    if (!plan || plan->point != point || --plan->passage > 0) return;
    ::kill(::getpid(), SIGKILL);
}

#endif

}  // namespace taktd
