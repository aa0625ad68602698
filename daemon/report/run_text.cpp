// SPDX-License-Identifier: Apache-2.0
#include "daemon/report/run_text.hpp"

#include <algorithm>

#include "daemon/report/time_text.hpp"

namespace taktd::report {
namespace {

constexpr std::size_t kShortId = 8;

}  // namespace

std::string short_id(const RunId& id) { return id.text().substr(Uuid::kTextSize - kShortId); }

std::string short_text(WallTime t, WallTime day, const Zone& zone) {
    using std::chrono::days;
    t = std::chrono::round<std::chrono::milliseconds>(t);
    if (std::chrono::floor<days>(zone.to_local(t)) != std::chrono::floor<days>(zone.to_local(day)) ||
        zone.offset_at(t) != zone.offset_at(day))
        return local_text(t, zone);
    return std::chrono::floor<std::chrono::seconds>(t) == t ? clock_text(zone.to_local(t)) : clock_text_ms(t, zone);
}

std::string baseline_text(const Baseline& baseline, WallTime day, const Zone& zone) {
    return std::string{name_of(baseline.seen.remote)} + ", " +
           (baseline.seen.token ? "run id " + *baseline.seen.token : "no run id") + ", asked at " +
           short_text(baseline.asked, day, zone);
}

Colour colour_of(RunState state) {
    switch (state) {
        case RunState::running:
        case RunState::completed:
        case RunState::stopped: return Colour::green;
        case RunState::failed: return Colour::red;
        case RunState::skipped:
        case RunState::cancelled: return Colour::dim;
        case RunState::due:
        case RunState::starting:
        case RunState::unconfirmed:
        case RunState::paused:
        case RunState::stopping: return Colour::yellow;
    }
    return Colour::none;
}

Colour colour_of(Outcome outcome) {
    switch (outcome) {
        case Outcome::accepted: return Colour::green;
        case Outcome::throttled:
        case Outcome::clock_skew:
        case Outcome::uncertain:
        case Outcome::not_sent: return Colour::yellow;
        case Outcome::refused_retryable:
        case Outcome::refused_final:
        case Outcome::conflict:
        case Outcome::unauthorized: return Colour::red;
    }
    return Colour::none;
}

Cell drill_of(const RunRow& run) {
    if (is_terminal(run.state)) return {run.residue.empty() ? "" : "faults left", Colour::red};
    return {run.waits_for.empty() ? "" : "waits for a person", Colour::yellow};
}

}  // namespace taktd::report
