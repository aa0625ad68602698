// SPDX-License-Identifier: Apache-2.0
#include "daemon/report/inquiry.hpp"

#include <algorithm>

#include "daemon/report/planning.hpp"
#include "daemon/report/time_text.hpp"
#include "daemon/settings/source/suggest.hpp"

namespace taktd::report {
namespace {

constexpr Duration kTick{1};

/// Seconds count if they were written: two colons before any offset.
bool has_seconds(std::string_view text) {
    const std::size_t clock = text.find(':');
    return clock != std::string_view::npos && text.substr(clock + 1, 4).find(':') != std::string_view::npos;
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

bool within(WallTime t, const Asked& asked) { return asked.from <= t && t < asked.until; }

}  // namespace

Result<Asked> parse_asked(std::string_view text, const Context& context) {
    const auto at = parse_instant(text, context.now, *context.zone);
    if (!at) return unexpected{at.error()};
    if (has_seconds(text)) return Asked{*at, *at + kTick};
    const LocalTime local = context.zone->to_local(*at);
    const WallTime minute =
        std::chrono::floor<std::chrono::seconds>(*at) - (local - std::chrono::floor<std::chrono::minutes>(local));
    return Asked{minute, minute + std::chrono::minutes{1}};
}

Inquiry::Inquiry(Queries& queries, KnownConfig known, const std::string& job, const Context& context,
                 FindZone find_zone)
    : queries_{queries}, known_{std::move(known)}, context_{context}, find_zone_{std::move(find_zone)} {
    why_.job = job;
    why_.now = context.now;
    why_.retention = known_.retention;
    for (auto& state : queries.job_states()) {
        if (state.job == job) stored_ = state;
        names_.push_back(state.job);
    }
    for (auto& gap : queries.gaps()) {
        if (gap.job == job) gaps_.push_back(gap);
    }
    if (const auto oldest = queries.first_run_from(job, WallTime::min())) why_.oldest = oldest->start_due;
    if (stored_) why_.watermark = stored_->watermark;
    if (known_.config) {
        for (const auto& [name, spec] : known_.config->jobs) names_.push_back(name);
        if (const auto found = known_.config->jobs.find(job); found != known_.config->jobs.end()) job_ = found->second;
    }
    if (stored_) schedule_ = parse_schedule(stored_->schedule, find_zone_);
    why_.was_removed = stored_ && !schedule_ && stored_->schedule == "removed";
    if (job_ && !schedule_) schedule_ = job_->schedule;
}

std::string Inquiry::unknown_job() const {
    return "nothing is known of a job '" + why_.job + "'" + did_you_mean(why_.job, names_);
}

std::optional<Why> Inquiry::answer(const std::optional<Asked>& asked) {
    if (asked) return knows_job() ? std::optional{of(*asked)} : std::nullopt;
    if (const auto run = queries_.find_run(why_.job)) return of_run(*run);
    if (!knows_job()) return std::nullopt;
    return of({context_.now, context_.now + kTick});
}

Why Inquiry::of_run(const RunId& id) {
    why_.run = queries_.show(id);
    if (!why_.run) return of({context_.now, context_.now + kTick});  // pruned just now
    why_.job = why_.run->run.job;
    why_.at = why_.run->run.start_due;
    why_.disposition = disposition_of(*why_.run);
    return std::move(why_);
}

Why Inquiry::of(const Asked& asked) {
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

std::optional<WallTime> Inquiry::next_of(WallTime after) const {
    const bool is_past = stored_ && after < stored_->watermark;
    const Schedule* schedule = job_ && !is_past ? &job_->schedule : schedule_ ? &*schedule_ : nullptr;
    return schedule == nullptr ? std::nullopt : next_due(*schedule, after);
}

void Inquiry::foresee() {
    if (!job_) {
        why_.no_forecast = known_.config ? "the config that was read has no such job"
                                         : "only a config can say what it will be: name it with --config";
        return;
    }
    PlanRequest request;
    request.from = std::max(why_.at, context_.now);
    request.until = request.from + kTick;
    request.windows_max = kReckonedMax;
    request.past = past_of(queries_.snapshot(), find_zone_);
    request.past_at = context_.now;
    for (ForecastRun& run : forecast_of(*known_.config, request).runs) {
        if (run.row.job == why_.job && run.row.start_due == why_.at) why_.forecast = std::move(run);
    }
    if (!why_.forecast) why_.no_forecast = "too many starts are due before it to calculate it";
}

void Inquiry::look_around(const Asked& asked) {
    const auto of_run = [](const RunRow& run) { return Neighbour{run.start_due, state_text(run.state, run.reason)}; };
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

}  // namespace taktd::report
