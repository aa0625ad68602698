// Whether an occurrence may start now: the policies as one pure function over plain facts, so that the truth table of
// the documentation is a table in the tests, too. The order of the checks is the order in which an operator would
// explain it.
#pragma once

#include <optional>
#include <string>

#include "daemon/core/job.hpp"

namespace taktd {

/// What is known of the task itself before a start.
enum class BaselineState : std::uint8_t {
    not_needed,  ///< the provider says `baseline: false`
    none,        ///< not asked, not readable, or over kBaselineMaxAge old
    inactive,
    active_early,  ///< active, asked before the start was due: to be asked again
    active         ///< active, asked at or after it: somebody else's run
};

inline constexpr Duration kBaselineLead = std::chrono::seconds{10};
inline constexpr Duration kBaselineMaxAge = std::chrono::seconds{60};

struct StartFacts {
    Window window;
    WallTime now;
    Misfire misfire = Misfire::skip;
    bool by_hand = false;   ///< a manual start knows no misfire
    bool disabled = false;  ///< `enabled: false`, or disabled by an operator
    bool removed = false;   ///< the job has left the config
    bool held = false;
    bool provider_closed = false;
    bool job_is_live = false;    ///< another run of this job is not finished (overlap: skip)
    bool task_is_taken = false;  ///< another run owes a stop on this task (R9)
    BaselineState baseline = BaselineState::none;
    bool looked_in_vain = false;  ///< a baseline was asked for and could not be read
};

struct StartVerdict {
    enum class Kind : std::uint8_t { start, look, skip } kind = Kind::start;
    Reason reason = Reason::none;  ///< of a skip
};

/// `look`: ask for a baseline (again) and decide then.
StartVerdict decide_start(const StartFacts& facts);

/// The last instant at which a start of this window may be released.
WallTime latest_start(const Window& window, Misfire misfire);

}  // namespace taktd
