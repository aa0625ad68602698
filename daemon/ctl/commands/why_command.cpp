// `taktctl why`: finds the occurrence that is meant and what the store says of it; why_text.cpp tells it.
#include <algorithm>
#include <filesystem>

#include "daemon/ctl/commands/commands.hpp"
#include "daemon/ctl/commands/config_access.hpp"
#include "daemon/ctl/commands/run_reference.hpp"
#include "daemon/report/clock_note.hpp"
#include "daemon/report/json_output.hpp"
#include "daemon/report/planning.hpp"
#include "daemon/report/time_text.hpp"
#include "daemon/report/why_text.hpp"
#include "daemon/settings/source/suggest.hpp"
#include "daemon/zones/zone_loader.hpp"

namespace taktd::ctl {

using namespace report;
namespace {

constexpr Duration kTick{1};

/// What was asked for: one instant, or any in a stretch (a minute, where no seconds were given).
struct Asked {
    WallTime from, until;
};

/// Seconds count if they were written: two colons before any offset.
bool has_seconds(std::string_view text) {
    const std::size_t clock = text.find(':');
    return clock != std::string_view::npos && text.substr(clock + 1, 4).find(':') != std::string_view::npos;
}

Result<Asked> parse_asked(const std::string& text, const Context& context) {
    const auto at = parse_instant(text, context.now, *context.zone);
    if (!at) return unexpected{at.error()};
    if (has_seconds(text)) return Asked{*at, *at + kTick};
    const LocalTime local = context.zone->to_local(*at);
    const WallTime minute =
        std::chrono::floor<std::chrono::seconds>(*at) - (local - std::chrono::floor<std::chrono::minutes>(local));
    return Asked{minute, minute + std::chrono::minutes{1}};
}

/// The last occurrence before `at`, looked for further and further back.
std::optional<WallTime> last_due_before(const Schedule& schedule, WallTime at) {
    constexpr Duration kFarthest = std::chrono::hours{24 * 366 * 9};  // past any gap between leap days
    for (Duration back = std::chrono::minutes{1}; back < 2 * kFarthest; back *= 2) {
        auto due = next_due(schedule, at - std::min(back, kFarthest));
        if (!due || *due >= at) continue;
        for (auto next = next_due(schedule, *due); next && *next < at; next = next_due(schedule, *next)) due = next;
        return due;
    }
    return std::nullopt;
}

class Inquiry {
public:
    Inquiry(Queries& queries, const std::optional<Settings>& settings, const std::string& job, const Context& context)
        : queries_{queries}, settings_{settings}, context_{context} {
        why_.job = job;
        why_.now = context.now;
        if (settings) why_.retention = settings->retention;
        for (auto& state : queries.job_states()) {
            if (state.job == job) stored_ = state;
            names_.push_back(state.job);
        }
        for (auto& gap : queries.gaps()) {
            if (gap.job == job) gaps_.push_back(gap);
        }
        if (const auto oldest = queries.first_run_from(job, WallTime::min())) why_.oldest = oldest->start_due;
        if (stored_) why_.watermark = stored_->watermark;
        if (settings) {
            for (const auto& [name, known] : settings->config->jobs) names_.push_back(name);
            if (const auto found = settings->config->jobs.find(job); found != settings->config->jobs.end())
                job_ = found->second;
        }
        if (stored_) schedule_ = parse_schedule(stored_->schedule, load_zone);
        why_.was_removed = stored_ && !schedule_ && stored_->schedule == "removed";
        if (job_ && !schedule_) schedule_ = job_->schedule;
    }

    bool knows_job() const { return job_ || stored_ || why_.oldest || !gaps_.empty(); }
    std::string unknown_job() const {
        return "nothing is known of a job '" + why_.job + "'" + did_you_mean(why_.job, names_);
    }

    /// Of a run that is known by its id.
    Why of_run(const RunId& id) {
        why_.run = queries_.show(id);
        if (!why_.run) return of({context_.now, context_.now + kTick});  // pruned just now
        why_.job = why_.run->run.job;
        why_.at = why_.run->run.start_due;
        why_.disposition = disposition_of(*why_.run);
        return std::move(why_);
    }

    Why of(const Asked& asked) {
        why_.at = asked.from;
        std::vector<RunRow> found;
        for (auto run = queries_.first_run_from(why_.job, asked.from); run && run->start_due < asked.until;
             run = queries_.first_run_from(why_.job, run->start_due + kTick))
            found.push_back(std::move(*run));
        if (!found.empty()) {
            const auto scheduled =
                std::ranges::find_if(found, [](const RunRow& run) { return run.occurrence.has_value(); });
            const RunRow& meant = scheduled == found.end() ? found.front() : *scheduled;
            for (const RunRow& run : found) {
                if (run.id != meant.id) why_.others.push_back(run.start_due);
            }
            const auto id = queries_.find_run(why_.job, meant.start_due);
            return of_run(id ? *id : meant.id);
        }
        std::vector<WallTime> due;
        for (auto at = next_of(asked.from - kTick); at && *at < asked.until; at = next_of(*at)) due.push_back(*at);
        if (!due.empty()) {
            why_.at = due.front();
            why_.others.assign(due.begin() + 1, due.end());
        }
        const auto gap = std::ranges::find_if(
            gaps_, [&](const GapRow& row) { return row.first < asked.until && asked.from <= row.last; });
        if (gap != gaps_.end()) why_.gap = *gap;
        if (due.empty()) {
            // A gap whose schedule is gone begins and ends with an occurrence.
            const bool is_edge = why_.gap && (within(why_.gap->first, asked) || within(why_.gap->last, asked));
            why_.disposition = is_edge ? Disposition::counted : Disposition::none;
            if (is_edge) why_.at = within(why_.gap->first, asked) ? why_.gap->first : why_.gap->last;
        } else if (why_.gap) {
            why_.disposition = Disposition::counted;
        } else if (stored_ && why_.at <= stored_->watermark) {
            why_.disposition = Disposition::unknown;
        } else {
            why_.disposition = why_.at <= context_.now ? Disposition::pending : Disposition::expected;
            foresee();
        }
        if (why_.disposition == Disposition::none || why_.disposition == Disposition::unknown) look_around(asked);
        return std::move(why_);
    }

private:
    static bool within(WallTime t, const Asked& asked) { return asked.from <= t && t < asked.until; }

    /// By the config what is to come, by the store what has been.
    std::optional<WallTime> next_of(WallTime after) const {
        const bool is_past = stored_ && after < stored_->watermark;
        const Schedule* schedule = job_ && !is_past ? &job_->schedule : schedule_ ? &*schedule_ : nullptr;
        return schedule == nullptr ? std::nullopt : next_due(*schedule, after);
    }

    void foresee() {
        if (!job_) {
            why_.no_forecast = settings_ ? "the config that was read has no such job"
                                         : "what it will be only a config can tell: name it with --config";
            return;
        }
        PlanRequest request;
        request.from = std::max(why_.at, context_.now);
        request.until = request.from + kTick;
        request.windows_max = kReckonedMax;
        request.snapshot = snapshot_with_schedules(queries_);
        request.snapshot_at = context_.now;
        for (ForecastRun& run : forecast_of(*settings_->config, request).runs) {
            if (run.row.job == why_.job && run.row.start_due == why_.at) why_.forecast = std::move(run);
        }
        if (!why_.forecast) why_.no_forecast = "too much is due before it to reckon it out";
    }

    void look_around(const Asked& asked) {
        const auto of_run = [](const RunRow& run) {
            return Neighbour{run.start_due, state_text(run.state, run.reason)};
        };
        const auto by_schedule = [&](WallTime at) {
            const bool is_to_come = !stored_ || at > stored_->watermark;
            return Neighbour{at, is_to_come && at > context_.now ? "to come" : ""};
        };
        if (const auto run = queries_.last_run_before(why_.job, asked.from)) why_.before = of_run(*run);
        if (const auto run = queries_.first_run_from(why_.job, asked.until)) why_.after = of_run(*run);
        if (why_.disposition == Disposition::unknown) return;  // by the schedule there would be more unknown ones
        if (schedule_) {
            const auto before = last_due_before(*schedule_, asked.from);
            if (before && (!why_.before || *before > why_.before->at)) why_.before = by_schedule(*before);
        }
        const auto after = next_of(asked.until - kTick);
        if (after && (!why_.after || *after < why_.after->at)) why_.after = by_schedule(*after);
    }

    Queries& queries_;
    const std::optional<Settings>& settings_;
    const Context& context_;
    Why why_;
    std::vector<std::string> names_;
    JobPtr job_;  ///< as the config has it
    std::optional<JobStateRow> stored_;
    std::optional<Schedule> schedule_;  ///< the stored one
    std::vector<GapRow> gaps_;
};

/// The config is of use, not needed; what is wrong with it, if it was named, is said.
std::optional<Settings> config_if_any(const Options& options, std::string& warning) {
    std::error_code unknown;
    if (options.config.empty() && !std::filesystem::exists(options.config_path(), unknown) && !unknown)
        return std::nullopt;
    LoadResult loaded = load_config(options.config_path());
    if (loaded.settings) return std::move(loaded.settings);
    warning = "taktctl: told without the config " + options.config_path() + ", which has errors (taktctl check)\n";
    return std::nullopt;
}

}  // namespace

Answer why(const Options& options, const WhyOptions& command, const Context& context) {
    std::string job = command.job, time = command.time;
    if (const std::size_t at = job.rfind('@'); at != std::string::npos && time.empty()) {
        time = job.substr(at + 1);
        job.resize(at);
    }
    std::optional<Asked> asked;
    if (!time.empty()) {
        const auto parsed = parse_asked(time, context);
        if (!parsed) return failure(parsed.error(), kUsage);
        asked = *parsed;
    }
    auto queries = open_queries(options);
    if (!queries) return queries.error();
    Answer answer;
    const auto settings = config_if_any(options, answer.err);
    Inquiry inquiry{**queries, settings, job, context};
    std::optional<Why> found;
    if (asked && inquiry.knows_job()) {
        found = inquiry.of(*asked);
    } else if (!asked) {
        // The job's live run, else its latest; or the run that is meant.
        if (const auto run = (*queries)->find_run(job)) {
            found = inquiry.of_run(*run);
        } else if (inquiry.knows_job()) {
            found = inquiry.of({context.now, context.now + kTick});
        }
    }
    if (!found) return failure(inquiry.unknown_job());
    answer.err += note_line(clock_note(**queries, context));
    answer.out = options.json ? why_json(*found, *Zone::utc()) : why_text(*found, context);
    return answer;
}

}  // namespace taktd::ctl
