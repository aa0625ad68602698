// What an observation proves about a run (docs/architecture.md, "What an observation proves"). Pure judgement: a
// careless discharge here is the accident that taktd exists to prevent, so "nothing" is the answer whenever there is
// doubt.
#pragma once

#include <optional>

#include "daemon/core/rows.hpp"

namespace taktd {

/// What is known of a run when an observation of its task arrives.
struct RunEvidence {
    const RunRow& run;
    BootTime start_ended;                     ///< when the start's connection ended; after a crash: exec
    std::optional<BootTime> last_stop_ended;  ///< likewise of the last stop
    bool own_token_seen = false;              ///< an earlier observation bore the run's vendor_run_id
    bool stop_in_flight = false;              ///< the last stop's connection has not ended yet
    bool resume_in_flight = false;
    std::optional<BootTime> resume_ended{};  ///< of the last resume with an uncertain outcome
};

enum class Proof : std::uint8_t {
    nothing,
    own_active,    ///< our run is waiting, running, paused or stopping
    own_inactive,  ///< our run has ended, as observed
    absent,        ///< the task is as it was before our start; means something in unconfirmed and stopping only
    another        ///< somebody else's run has taken our run's place
};

Proof judge(const RunEvidence& evidence, const Observation& seen, BootTime asked);

/// The token of `seen` that should be kept as the run's vendor_run_id, if it has none yet (CPTS).
std::optional<std::string> run_id_to_adopt(const RunEvidence& evidence, const Observation& seen, BootTime asked);

}  // namespace taktd
