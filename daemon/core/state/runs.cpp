#include "daemon/core/state/runs.hpp"

#include "daemon/core/base/check.hpp"

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
    for (const auto& [id, run] : runs_) {
        TAKTD_CHECK(run.row.id == id, "a run is found by its own id");
        TAKTD_CHECK(!is_terminal(run.row.state), "between two steps no terminal run is left");
    }
}

}  // namespace taktd
