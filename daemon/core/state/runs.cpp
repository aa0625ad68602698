// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/state/runs.hpp"

#include "daemon/core/base/check.hpp"
#include "daemon/core/rules/ends.hpp"

namespace taktd {

LiveRun& Runs::add(const RunId& id, const std::string& job) {
    TAKTD_CHECK(runs_.find(id) == nullptr, "an id names one run");
    by_job_[job].insert(id);
    return runs_.add(id);
}

void Runs::end(const LiveRun& run) {
    plan(run.row.id, std::nullopt, std::nullopt);
    const auto siblings = by_job_.find(run.row.job);
    if (siblings == by_job_.end()) return;
    siblings->second.erase(run.row.id);
    if (siblings->second.empty()) by_job_.erase(siblings);
}

void Runs::count(LiveRun& run) {
    const RunId& id = run.row.id;
    if (run.counted) {
        const auto& [state, end] = *run.counted;
        if (--by_state_[state] == 0) by_state_.erase(state);
        if (owes_stop(state)) ends_.erase({end, id});
    }
    run.counted.reset();
    if (is_terminal(run.row.state)) return;
    run.counted = {run.row.state, end_of(run.row)};
    ++by_state_[run.row.state];
    if (owes_stop(run.row.state)) ends_.emplace(run.counted->second, id);
}

std::optional<std::pair<WallTime, RunId>> Runs::next_end() const {
    if (ends_.empty()) return std::nullopt;
    return *ends_.begin();
}

const std::set<RunId>& Runs::of_job(const std::string& job) const {
    static const std::set<RunId> kNone;
    const auto found = by_job_.find(job);
    return found == by_job_.end() ? kNone : found->second;
}

void Runs::plan(const RunId& id, std::optional<WallTime> wall, std::optional<BootTime> boot) {
    by_wall_.set(id, wall);
    by_boot_.set(id, boot);
}

const RunId* Runs::requested(const RequestKey& key) const {
    const auto found = request_keys_.find(key);
    return found == request_keys_.end() ? nullptr : &found->second;
}

void Runs::assert_invariants() const {
    std::size_t listed = 0;
    for (const auto& [job, ids] : by_job_) {
        TAKTD_CHECK(!ids.empty(), "a job without live runs is not listed");
        for (const auto& id : ids) {
            const LiveRun* run = runs_.find(id);
            TAKTD_CHECK(run != nullptr && run->row.job == job, "what is listed for a job is a live run of it");
        }
        listed += ids.size();
    }
    TAKTD_CHECK(listed == runs_.size(), "each live run is listed for its job");
    std::size_t owed = 0;
    for (const auto& [id, run] : runs_) {
        TAKTD_CHECK(run.row.id == id, "a run is found by its own id");
        TAKTD_CHECK(!is_terminal(run.row.state), "between two steps no terminal run is left");
        TAKTD_CHECK(run.counted && run.counted->first == run.row.state && run.counted->second == end_of(run.row),
                    "between two steps each live run is counted as it is");
        if (owes_stop(run.row.state)) ++owed;
    }
    std::size_t counted = 0;
    for (const auto& [state, count] : by_state_) counted += count;
    TAKTD_CHECK(counted == runs_.size() && ends_.size() == owed, "what is counted is live");
}

}  // namespace taktd
