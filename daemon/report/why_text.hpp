// SPDX-License-Identifier: Apache-2.0
// Why an occurrence became what it became, as values and as a text that can be read aloud: its disposition, the rules
// with the facts that decided, what ended it. why_command.cpp gathers the facts, json_output.cpp writes them for
// programs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/core/forecast/forecast.hpp"
#include "daemon/report/context.hpp"
#include "daemon/store/queries.hpp"

namespace taktd::report {

enum class Disposition : std::uint8_t {
    started,
    skipped,
    failed,     ///< its start was refused
    cancelled,  ///< withdrawn by an operator before it was sent
    due,        ///< not decided yet
    counted,    ///< one of many missed ones that share a row
    pending,    ///< came due, and the daemon has not written down anything of it
    expected,   ///< yet to come
    none,       ///< no occurrence
    unknown     ///< by the schedule of today, but nothing was written down, or is there any more
};
std::string_view name_of(Disposition);

/// An occurrence beside the instant that was asked for.
struct Neighbour {
    WallTime at;
    std::string word;  ///< "skipped (hold)", "expected"; empty: known by the schedule alone
};

struct WhyRule {
    std::string rule, facts;
    bool decided = false;
};

struct Why {
    std::string job;
    WallTime at;  ///< the occurrence, or what was asked for
    WallTime now;
    Disposition disposition = Disposition::unknown;
    std::vector<WallTime> others;            ///< more of the same minute, which was asked for
    std::optional<RunHistory> run;           ///< of a disposition that is a run
    std::optional<GapRow> gap;               ///< that it is counted in; or that `at` lies in
    std::optional<ForecastRun> forecast;     ///< of one that is pending or expected
    std::string no_forecast;                 ///< why there is none
    std::optional<Neighbour> before, after;  ///< of an instant that is no occurrence, or unknown
    std::optional<WallTime> watermark;       ///< up to here every occurrence has its disposition
    std::optional<WallTime> oldest;          ///< the start of the oldest run that is kept
    std::optional<Duration> retention;       ///< as the config has it
    bool was_removed = false;                ///< the job has left the config
};

/// The instant at which its last start was sent, or else decided; nothing for a run that was never so far.
std::optional<WallTime> started_at(const RunHistory& history);
Disposition disposition_of(const RunHistory& history);
/// "skipped (hold)": a run's state as its neighbours show it.
std::string state_text(RunState state, Reason reason);

/// The rules that were asked, in order; `decided` marks the one that objected. Empty: nothing of it was kept.
std::vector<WhyRule> rules_of(const Why& why, const Zone& zone);
/// One sentence: why it is what it is.
std::string because(const Why& why, const Zone& zone);

std::string why_text(const Why& why, const Context& context);

}  // namespace taktd::report
