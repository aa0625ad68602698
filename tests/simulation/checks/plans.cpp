// SPDX-License-Identifier: Apache-2.0
// What an intent freezes and what a reload may change: one whole config or the other (R11), window and ceiling (R5),
// and at most one obligation per task and job (R9).
#include <algorithm>

#include "tests/simulation/checks/checks.hpp"

namespace taktd::sim {

void Checks::config_loads(ConfigPtr config) {
    check_reload(*config);
    config_ = std::move(config);
    loads_.push_back({config_, stage_.clocks.now().wall});
    config_at_ = limits_since_ = stage_.clocks.t;
    for (auto& [account, closed] : closed_) ++closed.allowed;
    for (const auto& [name, provider] : config_->providers) limit_becomes(provider->account, provider->rate_limit);
}

// What owes a stop keeps its provider. A run whose job leaves is to end now, unless the job, or for one that left while
// the daemon was down the run's plan, says otherwise.
void Checks::check_reload(const Config& config) {
    for (const auto& id : open_) {
        Truth& truth = truths_.at(id);
        if (truth.boot == 0) continue;
        const RunRow& run = truth.intent;
        const ProviderSpec& owed = *run.plan.provider;
        const auto provider = config.providers.find(owed.name);
        if (provider == config.providers.end() || provider->second->type != owed.type ||
            provider->second->endpoint != owed.endpoint || provider->second->scope != owed.scope)
            return stage_.fail("R11: a reload takes away or points elsewhere provider '" + owed.name +
                               "', which owes a stop of " + brief(id));
        if (config.jobs.contains(run.job)) continue;
        const bool leaves = config_ && config_->jobs.contains(run.job);
        if (config_ && !leaves) continue;
        const OnRemoval on_removal = leaves ? config_->jobs.at(run.job)->on_removal : run.plan.on_removal;
        if (on_removal == OnRemoval::stop) truth.wanted_at = std::min(truth.wanted_at, stage_.clocks.t);
    }
}

// Every intent: what it freezes must be one whole config (R11), and nothing else may be owed there (R9).
void Checks::check_intent(const RunRow& row) {
    Truth& truth = truths_[row.id];
    const Now now = stage_.clocks.now();
    truth.intent = row;
    truth.boot = stage_.clocks.boot;
    truth.ends = std::min(row.stop_due, row.max_end);
    truth.deadline = stage_.clocks.t + (truth.ends - now.wall);
    truth.intent_at = stage_.clocks.t;
    truth.wanted_at = kNever;
    truth.stop_ended = truth.stop_waits_until = truth.look_waits_until = {};
    truth.own_seen = truth.stranger_seen = truth.seen_active = truth.rail_seen = truth.stop_known = false;
    truth.stranger_since.reset();
    truth.rolls_back.reset();
    for (const auto& id : open_) {
        const Truth& other = truths_.at(id);
        if (id == row.id || other.boot == 0) continue;
        if (other.intent.job == row.job) return stage_.fail("R9: two runs of " + row.job + " overlap");
        if (other.intent.task_key == row.task_key)
            return stage_.fail("R9: two obligations are open on " + row.task_key);
    }
    if (!config_ || !config_->jobs.contains(row.job))
        return stage_.fail("R11: an intent of a job that the config does not know");
    const Job& job = *config_->jobs.at(row.job);
    TaskSpec task = job.task;
    if (task.is_from_template()) task.task_id = row.vendor_task_id;
    const auto provider = config_->providers.find(row.provider);
    if (provider == config_->providers.end() || *provider->second != *row.plan.provider ||
        *job.provider != *row.plan.provider || !(task == row.plan.task) || job.on_removal != row.plan.on_removal ||
        row.task_key != task_key_of(*job.provider, task.task_id))
        return stage_.fail("R11: the plan of " + brief(row.id) + " is not that of the config");
    const auto* after = std::get_if<StopAfter>(&job.stop);
    if (row.occurrence && after != nullptr && row.stop_due != *row.occurrence + after->after)
        return stage_.fail("R5: the stop instant of " + brief(row.id) + " has moved");
    if (row.occurrence && row.start_due != *row.occurrence)
        return stage_.fail("R5: the start instant of " + brief(row.id) + " has moved");
    if (now.wall < row.start_due && row.origin != Origin::manual)
        return stage_.fail("R5: " + brief(row.id) + " starts before its time, and would be longer than its window");
    const Duration ceiling = job.max_duration > Duration::zero() ? job.max_duration : Duration::max() / 4;
    if (row.max_end > row.start_due + ceiling) return stage_.fail("R5: the ceiling of " + brief(row.id) + " is missed");
    if (row.plan.provider->baseline && (!row.baseline || row.baseline->seen.activity() != Activity::inactive))
        return stage_.fail("life: a start without the baseline that its provider wants");
}

// A run of ours that had ended goes on: owed from this moment, by the plan that it had.
void Checks::check_revival(const RunRow& row) {
    Truth& truth = truths_[row.id];
    truth.intent = row;
    truth.boot = stage_.clocks.boot;
    truth.ends = std::min(row.stop_due, row.max_end);
    truth.intent_at = truth.deadline = stage_.clocks.t;
    truth.own_seen = truth.seen_active = true;
    for (const auto& [id, other] : truths_) {
        const bool is_same = other.intent.task_key == row.task_key && other.intent.vendor_run_id == row.vendor_run_id;
        const bool is_first = !other.revives;  // what a crash has lost may have revived it before
        if (id != row.id && is_same && is_first && is_terminal(other.state)) truth.revives = id;
    }
    if (!truth.revives || row.vendor_run_id.empty())
        return stage_.fail("life: " + brief(row.id) + " revives a run that nobody knows");
    for (const auto& id : open_) {
        if (id != row.id && truths_.at(id).intent.task_key == row.task_key)
            return stage_.fail("R9: a run is revived on " + row.task_key + ", where another one is owed");
    }
}

}  // namespace taktd::sim
