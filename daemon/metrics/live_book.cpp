// SPDX-License-Identifier: Apache-2.0
#include "daemon/metrics/live_book.hpp"

#include <algorithm>

#include "daemon/core/rules/ends.hpp"

namespace taktd::metrics {
namespace {

void take_one(std::map<std::string, std::size_t>& counts, const std::string& name) {
    const auto found = counts.find(name);
    if (found != counts.end() && --found->second == 0) counts.erase(found);
}

}  // namespace

void LiveBook::note(const RunRow& row) {
    const auto [place, is_new] = runs_.try_emplace(row.id);
    Run& run = place->second;
    if (!is_new) count_out(row.id, run);
    run.job = row.job;
    run.provider = row.provider;
    run.state = row.state;
    run.origin = row.origin;
    run.start_due = row.start_due;
    run.owes = row.obligation == Obligation::open;
    if (run.owes) {
        // A run that is being stopped should have ended when that began, however often its row is written since.
        const Duration allowed = overdue_from(row) - should_end_at(row);
        run.should_end = std::min(run.should_end.value_or(WallTime::max()), should_end_at(row));
        run.overdue_from = *run.should_end + allowed;
    } else if (!is_terminal(row.state)) {
        run.should_end.reset();
    }
    if (!is_terminal(row.state)) count_in(row.id, run);
}

LiveBook::Run* LiveBook::find(const RunId& id) {
    const auto found = runs_.find(id);
    return found == runs_.end() ? nullptr : &found->second;
}

void LiveBook::count_in(const RunId& id, const Run& run) {
    ++states_[static_cast<std::size_t>(run.state)];
    if (!run.owes) return;
    ++owed_[run.provider];
    ends_.emplace(*run.should_end, id);
    expected_.emplace(run.overdue_from, id);
}

void LiveBook::count_out(const RunId& id, const Run& run) {
    if (is_terminal(run.state)) return;
    --states_[static_cast<std::size_t>(run.state)];
    if (!run.owes) return;
    take_one(owed_, run.provider);
    ends_.erase({*run.should_end, id});
    if (expected_.erase({run.overdue_from, id}) == 0 && overdue_.erase({*run.should_end, id}) > 0)
        take_one(overdue_counts_, run.provider);
}

void LiveBook::note(const HoldRow& row) {
    if (row.engaged) {
        holds_[row.scope] = row;
    } else {
        holds_.erase(row.scope);
    }
}

void LiveBook::note(const ForeignRow& row) {
    if (row.ended) {
        foreign_.erase(row.task_key);
    } else {
        foreign_[row.task_key] = row.provider;
    }
}

void LiveBook::note(const JobStateRow& row) {
    if (row.disabled) {
        disabled_[row.job] = row.until;
    } else {
        disabled_.erase(row.job);
    }
}

void LiveBook::show(Facts& facts) {
    while (!expected_.empty() && expected_.begin()->first <= facts.now) {
        const RunId id = expected_.begin()->second;
        expected_.erase(expected_.begin());
        const Run& run = runs_.at(id);
        overdue_.emplace(*run.should_end, id);
        ++overdue_counts_[run.provider];
    }
    facts.states = states_;
    facts.owed = owed_;
    facts.overdue = overdue_counts_;
    for (const auto& [since, id] : overdue_) {
        if (facts.overdue_stops.size() == kNamedMax) break;
        const Run& run = runs_.at(id);
        facts.overdue_stops.push_back({run.provider, run.job, since});
    }
    if (!ends_.empty()) facts.next_stop = ends_.begin()->first;
    for (const auto& [scope, hold] : holds_) {
        if (hold.until && *hold.until <= facts.now) continue;
        ++(scope.empty() ? facts.holds.everything : scope.starts_with("job:") ? facts.holds.job : facts.holds.provider);
    }
    for (const auto& [task, provider] : foreign_) ++facts.foreign[provider];
    for (const auto& [job, until] : disabled_)
        if (!until || *until > facts.now) facts.disabled_jobs.insert(job);
}

}  // namespace taktd::metrics
