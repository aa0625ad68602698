// SPDX-License-Identifier: Apache-2.0
#include "tests/support/workload.hpp"

#include <algorithm>
#include <random>

#include "tests/support/engine_bench.hpp"

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
    std::mt19937_64 dice{seed};
    const auto one_in = [&dice](std::uint64_t n) { return dice() % n == 0; };
    std::vector<WorkloadStep> steps;
    EngineBench bench{seed};
    bench.on_durable = [&](const std::vector<Row>& rows) { steps.push_back({rows, {}}); };
    bench.on_send = [&](const Send& send) {
        const bool is_effect = send.spec->action == Action::start || send.spec->action == Action::stop;
        if (is_effect && !steps.empty()) steps.back().sent_after.push_back(send.call);
    };
    bench.vendor = [&](const Send& send) {
        if (!one_in(4)) return bench.obey(send);
        static constexpr Outcome kOutcomes[] = {Outcome::uncertain, Outcome::throttled, Outcome::refused_retryable,
                                                Outcome::refused_final, Outcome::conflict};
        if (one_in(2)) bench.obey(send);  // it took effect, whatever the answer says
        return refused(kOutcomes[dice() % 5]);
    };
    bench.provider.settle = 20s;
    for (int i = 1; i <= 8; ++i) {
        const std::string cron = std::to_string(i * 7 % 60) + " */" + std::to_string(1 + i % 3) + " * * * *";
        Job job = make_job("job-" + std::to_string(i), cron, std::chrono::seconds{20 + 11 * i}, std::to_string(i));
        if (i % 2 == 0) job.misfire = Misfire::run_late;
        bench.jobs.push_back(job);
    }
    bench.load();
    CommandId command = 0;
    while (steps.size() < steps_max) {
        bench.advance(std::chrono::seconds{1 + dice() % 20});
        if (one_in(12)) {
            bench.crash(one_in(3) ? "boot-" + std::to_string(dice() % 100) : "boot-1");
            bench.load();
        }
        if (one_in(10)) bench.step_wall(std::chrono::seconds{dice() % 600});  // some occurrences are missed
        if (one_in(6) && !bench.order.empty())
            bench.event(Command{++command, "anna", StopRun{bench.order.back(), "enough"}});
        HoldRow hold;
        hold.scope = "job:job-" + std::to_string(1 + dice() % 8);
        hold.engaged = one_in(2);
        hold.reason = "a holiday";
        hold.since = bench.now.wall;
        if (one_in(8)) bench.event(Command{++command, "anna", SetHold{hold}});
    }
    steps.resize(steps_max);
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
        replace("run " + run->id.text(),
                std::string{name_of(run->state)} + " " + std::string{name_of(run->obligation)} + " " +
                    std::string{name_of(run->reason)} + " " + time_text(run->stop_due) + " " + time_text(run->max_end) +
                    " " + time_text(run->updated) + " " + run->vendor_run_id);
    } else if (const auto* t = std::get_if<TransitionRow>(&row)) {
        replace("transition " + t->run.text() + " " + std::to_string(t->seq),
                std::string{name_of(t->to)} + " " + time_text(t->at) + " " + std::string{name_of(t->reason)});
    } else if (const auto* call = std::get_if<CallRow>(&row)) {
        replace("call " + call->id.text(),
                std::string{name_of(call->action)} + " " + time_text(call->intent) + " " +
                    (call->result ? std::string{name_of(call->result->outcome)} : std::string{"in flight"}));
        for (const CallId& look : call->replaces) replace("call " + look.text(), {});
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
