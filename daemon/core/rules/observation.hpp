// SPDX-License-Identifier: Apache-2.0
// What an observation proves about a run (docs/proofs.md, "What an observation proves"). Pure judgement: a
// careless discharge here is the accident that taktd exists to prevent. A single answer may be a cache's, a lagging
// replica's or somebody else's, so it ends a run only where it bears the run's own name; all else needs a second look,
// asked `settle` after the first, that says the same.
#pragma once

#include <optional>

#include "daemon/core/model/rows.hpp"

namespace taktd {

/// What looks have shown so far, and no single one of them can prove.
struct Sighting {
    enum class Of : std::uint8_t {
        inactivity,     ///< the task does nothing, whatever token it shows
        another_active  ///< the task runs under another token than the run's
    };
    Of of = Of::inactivity;
    BootTime since;  ///< when the first look that showed it was asked; none since has shown otherwise
    std::optional<std::string> token{};  ///< that it showed
    bool operator==(const Sighting&) const = default;
};

/// What is known of a run when an observation of its task arrives.
struct RunEvidence {
    const RunRow& run;
    BootTime start_ended;                       ///< when the start's connection ended; after a crash: exec
    std::optional<BootTime> last_stop_ended{};  ///< likewise of the last stop
    bool stop_in_flight = false;                ///< the last stop's connection has not ended yet
    bool resume_in_flight = false;
    bool was_resumed = false;                ///< a resume of ours may have had an effect
    std::optional<BootTime> resume_ended{};  ///< of the last resume with an uncertain outcome
    std::optional<Sighting> sighting{};      ///< as the last judgement left it
    std::string previous{};                  ///< the token of our run before this one, if it is known
    std::string candidate{};                 ///< the token of the last active look, of a run whose own is not known
};

enum class Proof : std::uint8_t {
    nothing,
    own_active,    ///< our run is waiting, running, paused or stopping
    own_inactive,  ///< our run has ended, as observed
    absent,  ///< the task is inactive and shows nothing of our run; means something in unconfirmed and stopping only
    another  ///< somebody else's run has taken our run's place
};

struct Judgement {
    Proof proof = Proof::nothing;
    std::optional<Sighting> sighting{};  ///< what is left for a later look to confirm
    bool operator==(const Judgement&) const = default;
};

/// The task was made for this run, so any token that it shows is this run's.
bool has_task_of_its_own(const RunRow& run);

Judgement judge(const RunEvidence& evidence, const Observation& seen, BootTime asked);

/// The token of `seen` that from now on is the run's vendor_run_id, if it has none yet: seen active twice in a row,
/// differing from the baseline's, and asked so late that no lagging replica can show a run before ours.
std::optional<std::string> run_id_to_adopt(const RunEvidence& evidence, const Observation& seen, BootTime asked);

}  // namespace taktd
