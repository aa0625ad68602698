#include "tests/support/workload.hpp"

#include <algorithm>

#include "tests/support/random_world.hpp"

namespace taktd::test {
namespace {

std::uint64_t hash_of(const std::string& text) {
    std::uint64_t hash = 14695981039346656037ULL;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    // So that sums of hashes say little of each.
    hash ^= hash >> 31;
    return hash * 0x9E3779B97F4A7C15ULL;
}

std::string time_text(WallTime t) { return std::to_string(to_ns(t)); }

}  // namespace

std::vector<WorkloadStep> record_workload(std::uint64_t seed, std::size_t steps_max) {
    std::vector<WorkloadStep> steps;
    RandomWorld world{seed};
    world.on_durable = [&](const std::vector<Row>& rows) {
        if (steps.size() <= steps_max) steps.push_back({rows, {}});
    };
    world.on_send = [&](const Send& send) {
        const bool is_effect = send.spec->action == Action::start || send.spec->action == Action::stop;
        if (is_effect && !steps.empty()) steps.back().sent_after.push_back(send.call);
    };
    world.run();  // whether it kept its rules is asked elsewhere
    steps.resize(std::min(steps.size(), steps_max));
    return steps;
}

void Digest::replace(const std::string& key, const std::string& text) {
    const std::uint64_t at = hash_of(key);
    const auto place = std::ranges::lower_bound(known_, std::pair{at, std::uint64_t{0}});
    const bool is_known = place != known_.end() && place->first == at;
    if (is_known) value_ -= hash_of(std::to_string(at) + std::to_string(place->second));
    if (text.empty()) {
        if (is_known) known_.erase(place);
        return;
    }
    const std::uint64_t now = hash_of(text);
    value_ += hash_of(std::to_string(at) + std::to_string(now));
    if (is_known)
        place->second = now;
    else
        known_.insert(place, {at, now});
}

void Digest::add(const Row& row) {
    if (const auto* run = std::get_if<RunRow>(&row)) {
        replace("run " + run->id, std::string{name_of(run->state)} + " " + std::string{name_of(run->obligation)} + " " +
                                      std::string{name_of(run->reason)} + " " + time_text(run->stop_due) + " " +
                                      time_text(run->max_end) + " " + time_text(run->updated) + " " +
                                      run->vendor_run_id);
    } else if (const auto* t = std::get_if<TransitionRow>(&row)) {
        replace("transition " + t->run + " " + std::to_string(t->seq),
                std::string{name_of(t->to)} + " " + time_text(t->at) + " " + std::string{name_of(t->reason)});
    } else if (const auto* call = std::get_if<CallRow>(&row)) {
        replace("call " + call->id,
                std::string{name_of(call->action)} + " " + time_text(call->intent) + " " +
                    (call->result ? std::string{name_of(call->result->outcome)} : std::string{"in flight"}));
    } else if (const auto* job = std::get_if<JobStateRow>(&row)) {
        replace("job " + job->job, time_text(job->watermark) + (job->disabled ? " off" : " on"));
    } else if (const auto* gap = std::get_if<GapRow>(&row)) {
        replace("gap " + gap->job + " " + time_text(gap->first),
                time_text(gap->last) + " " + std::to_string(gap->count));
    } else if (const auto* hold = std::get_if<HoldRow>(&row)) {
        replace("hold " + hold->scope, hold->engaged ? time_text(hold->since) : std::string{});
    }
}

}  // namespace taktd::test
