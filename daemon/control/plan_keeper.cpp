// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/plan_keeper.hpp"

#include <algorithm>

namespace taktd::control {
namespace {

std::chrono::sys_time<std::chrono::minutes> minute_of(WallTime t) {
    return std::chrono::floor<std::chrono::minutes>(t);
}

}  // namespace

std::string PlanKeeper::conditions_of(Queries& queries, WallTime now) {
    std::string text;
    for (const HoldRow& hold : queries.holds()) {
        if (hold.is_in_force(now))
            text += "hold " + hold.scope + " " + (hold.until ? to_rfc3339(*hold.until) : "") + "\n";
    }
    for (const JobStateRow& job : queries.job_states()) {
        if (job.is_disabled_at(now))
            text += "disabled " + job.job + " " + (job.until ? to_rfc3339(*job.until) : "") + "\n";
    }
    return text;
}

std::shared_ptr<const MadePlan> PlanKeeper::make(Queries& queries, const PlanQuestion& question, WallTime from,
                                                 WallTime until) {
    report::PlanRequest request;
    request.from = from;
    request.until = until;
    request.windows_max = report::kReckonedMax;
    if (from >= question.now) {
        request.past = past_of(queries.snapshot(), find_zone_);
        request.past_at = question.now;
    }
    ZonePtr zone = find_zone_(question.time_zone);
    if (zone == nullptr) zone = Zone::utc();
    auto made = std::make_shared<MadePlan>();
    made->made = question.now;
    made->until = until;
    made->plan = report::make_plan(*question.config, request, zone);
    return made;
}

std::shared_ptr<const MadePlan> PlanKeeper::plan(Queries& queries, const PlanQuestion& question) {
    const bool is_past = minute_of(question.from) < minute_of(question.now);
    const WallTime from = is_past ? question.from : std::max(question.from, question.now);
    if (is_past || question.until > question.now + kKeptMax) return make(queries, question, from, question.until);
    std::string conditions = conditions_of(queries, question.now);
    const bool is_good = kept_ && generation_ == question.generation && conditions_ == conditions &&
                         kept_->made <= question.now && question.now < kept_->made + kKeptFor &&
                         kept_->until >= question.until;
    if (is_good) return kept_;
    // A picture that looks as far ahead and is asked for a second later is answered by the same plan.
    const WallTime until = std::max(question.until, question.now + std::chrono::hours{24}) + kKeptFor;
    kept_ = make(queries, question, question.now, until);
    generation_ = question.generation;
    conditions_ = std::move(conditions);
    return kept_;
}

}  // namespace taktd::control
