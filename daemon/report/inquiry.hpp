// SPDX-License-Identifier: Apache-2.0
// Which occurrence of a job is meant and what the store and a config say of it, for `taktctl why` and the control API
// alike; why_text.cpp tells it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/base/result.hpp"
#include "daemon/report/context.hpp"
#include "daemon/report/why_text.hpp"
#include "daemon/settings/settings.hpp"
#include "daemon/store/queries.hpp"

namespace taktd::report {

/// Null if there is no zone of that name.

/// What was asked for: one instant, or any in a stretch (a minute, where no seconds were given).
struct Asked {
    WallTime from, until;
};

Result<Asked> parse_asked(std::string_view text, const Context& context);

/// What a recovery would find now, with the schedules that the store keeps.

/// What a config adds to what the store knows.
struct KnownConfig {
    ConfigPtr config;  ///< null: there is none
    std::optional<Duration> retention = {};
};

class Inquiry {
public:
    /// `queries` and `context` outlive it.
    Inquiry(Queries& queries, KnownConfig known, const std::string& job, const Context& context, FindZone find_zone);

    bool knows_job() const { return job_ || stored_ || why_.oldest || !gaps_.empty(); }
    std::string unknown_job() const;

    /// Of a run that is known by its id.
    Why of_run(const RunId& id);
    Why of(const Asked& asked);
    /// Of what is asked for; of nothing: the job's live run, else its latest, or the run that the name means. Nothing:
    /// the job is unknown.
    std::optional<Why> answer(const std::optional<Asked>& asked);

private:
    /// By the config what is to come, by the store what has been.
    std::optional<WallTime> next_of(WallTime after) const;
    void foresee();
    void look_around(const Asked& asked);

    Queries& queries_;
    KnownConfig known_;
    const Context& context_;
    FindZone find_zone_;
    Why why_;
    std::vector<std::string> names_;
    JobPtr job_;  ///< as the config has it
    std::optional<JobStateRow> stored_;
    std::optional<Schedule> schedule_;  ///< the stored one
    std::vector<GapRow> gaps_;
};

}  // namespace taktd::report
