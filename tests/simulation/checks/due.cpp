// SPDX-License-Identifier: Apache-2.0
// Every due occurrence has exactly one durable disposition, and nothing else has one (R8). What is due an oracle says
// (due_oracle.hpp); which schedule counts from when follows from the wall clock at its config's load.
#include <algorithm>

#include "tests/simulation/checks/checks.hpp"

namespace taktd::sim {

using namespace std::chrono_literals;

namespace {

constexpr const char* kRemoved = "removed";  // in place of a schedule
constexpr Duration kDisposed = 10s;          // that long after it came due, in a healthy process
constexpr Duration kSettlesIn = 30s;         // a process that has just become healthy

}  // namespace

// A schedule counts from its config's load on, and no watermark runs ahead of the clock: else the engine could say
// itself what was due.
void Checks::appended(const JobStateRow& row) {
    const auto known = known_jobs_.find(row.job);
    const WallTime before = known == known_jobs_.end() ? WallTime{} : known->second.watermark;
    if (known == known_jobs_.end() || known->second.schedule != row.schedule) {
        // A config is adopted in slices: it may have come some steps ago, and another one since.
        const auto says_so = [&](const LoadedConfig& load) {
            const auto job = load.config->jobs.find(row.job);
            const bool is_there = job != load.config->jobs.end();
            return row.schedule == (is_there ? job->second->schedule.fingerprint() : kRemoved);
        };
        const auto counts_from = [&](const LoadedConfig& load) { return std::max(before, load.at); };
        if (std::ranges::none_of(loads_, says_so))
            return stage_.fail("R8: the schedule of " + row.job + " changes without a config");
        const auto is_its_load = [&](const LoadedConfig& load) {
            return says_so(load) && row.watermark == counts_from(load);
        };
        if (std::ranges::none_of(loads_, is_its_load))
            return stage_.fail("R8: the schedule of " + row.job + " counts from " + to_rfc3339(row.watermark) +
                               ", and its config came at " + to_rfc3339(loads_.back().at));
    } else if (row.watermark > std::max(before, newest_wall_)) {
        return stage_.fail("R8: the watermark of " + row.job + " runs ahead of the clock");
    }
    known_jobs_[row.job] = row;
}

void Checks::durable(const JobStateRow& row) {
    const auto stored = store_.jobs.find(row.job);
    const auto era = era_of_.find(row.job);
    const WallTime before = era == era_of_.end() ? WallTime{} : stored->second.watermark;
    if (row.watermark < before) return stage_.fail("R8: the watermark of " + row.job + " moves back");
    if (era != era_of_.end() && stored->second.schedule == row.schedule) return;
    // What was due by the old schedule until now gets its disposition.
    if (era != era_of_.end()) eras_[era->second].through = row.watermark;
    era_of_[row.job] = eras_.size();
    eras_.push_back({row.job, row.schedule, before, row.watermark, row.watermark, row.watermark});
}

void Checks::durable(const GapRow& row) {
    if (row.reason == Reason::none) stage_.fail("R8: a gap of " + row.job + " says no reason");
}

std::set<WallTime> Checks::due_in(const Era& era, WallTime after, WallTime through) {
    if (era.fingerprint == kRemoved) return {};
    const auto plan = plans.find(era.fingerprint);
    if (plan == plans.end()) {
        stage_.fail("R8: " + era.job + " has a schedule that no config had: " + era.fingerprint);
        return {};
    }
    return due_between(plan->second, after, through);
}

int Checks::dispositions_of(const std::string& job, WallTime occurrence) const {
    int found = by_occurrence_.contains({job, occurrence}) ? 1 : 0;
    for (const auto& [key, gap] : store_.gaps) {
        if (key.first == job && gap.first <= occurrence && occurrence <= gap.last) ++found;
    }
    return found;
}

// While healthy: whatever came due a while ago has its disposition, and no run still thinks about its start.
void Checks::check_due_by_now() {
    const TrueTime t = stage_.clocks.t;
    const WallTime wall = stage_.clocks.now().wall;
    if (!config_ || awake_since_ == kNever || wall < trusted_from_ || store_damaged_) return;
    if (t < std::max({stage_.healed_at, awake_since_, config_at_, store_sound_since_}) + kSettlesIn) return;
    const WallTime through = wall - kDisposed;
    for (const auto& [job, index] : era_of_) {
        Era& era = eras_[index];
        if (through <= era.held) continue;
        for (const WallTime at : due_in(era, era.held, through)) {
            if (dispositions_of(job, at) != 1)
                return stage_.fail("R8: occurrence " + to_rfc3339(at) + " of " + job + " has no disposition by " +
                                   to_rfc3339(wall));
        }
        era.held = through;
    }
    for (const auto& id : store_.live) {
        const RunRow& run = store_.runs.at(id);
        const auto job = config_->jobs.find(run.job);
        if (run.state != RunState::due || !run.occurrence || job == config_->jobs.end()) continue;
        const Duration half = (run.stop_due - run.start_due) / 2;
        const Duration grace =
            job->second->start_grace > 0s ? job->second->start_grace : std::min<Duration>(1min, half);
        const WallTime last = job->second->misfire == Misfire::run_late ? run.stop_due : run.start_due + grace;
        if (through > last) return stage_.fail("R8: " + brief(id) + " is still due, and its grace is over");
    }
}

// In the end, over everything that was ever due.
void Checks::check_occurrences() {
    std::map<std::string, std::set<WallTime>> must;
    // One that is still open goes as far as its job's watermark: what left the config may not have been dealt with yet,
    // for nothing is while the clock is behind the store.
    for (const auto& [job, index] : era_of_) eras_[index].through = store_.jobs.at(job).watermark;
    for (const Era& era : eras_) {
        const auto due = due_in(era, era.from, era.through);
        must[era.job].insert(due.begin(), due.end());
        if (era.fingerprint == kRemoved || !plans.contains(era.fingerprint)) continue;
        for (const auto& rule : plans.at(era.fingerprint)) {  // a one-shot that was past already is told of once
            if (rule.kind == DueRule::Kind::once && era.known_until < rule.from && rule.from <= era.from)
                must[era.job].insert(rule.from);
        }
    }
    for (const auto& [job, instants] : must) {
        for (const WallTime at : instants) {
            if (const int dispositions = dispositions_of(job, at); dispositions != 1)
                return stage_.fail("R8: occurrence " + to_rfc3339(at) + " of " + job + " has " +
                                   std::to_string(dispositions) + " dispositions");
        }
    }
    for (const auto& [key, run] : by_occurrence_) {
        if (!must[key.first].contains(key.second))
            return stage_.fail("R8: " + brief(run) + " is of " + to_rfc3339(key.second) + ", which no schedule of " +
                               key.first + " names");
    }
    for (const auto& [key, gap] : store_.gaps) {
        const auto& instants = must[key.first];
        const auto count = std::distance(instants.lower_bound(gap.first), instants.upper_bound(gap.last));
        if (count != gap.count)
            return stage_.fail("R8: a gap of " + key.first + " counts " + std::to_string(gap.count) + " of " +
                               std::to_string(count));
    }
}

}  // namespace taktd::sim
