// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/world/scenario.hpp"

#include <algorithm>

#include "providers/registry.hpp"
#include "tests/simulation/world/pinned_zones.hpp"

namespace taktd::sim {

using namespace std::chrono_literals;

namespace {

const WallTime kYear = std::chrono::sys_days{std::chrono::year{2026} / 1 / 10};
constexpr Duration kDay = 24h;
constexpr int kNames = 7;
constexpr std::size_t kJobsMin = 2, kJobsMax = 6;

std::string join(const std::set<int>& values) {
    std::string text;
    for (const int v : values) text += (text.empty() ? "" : ",") + std::to_string(v);
    return text;
}

std::set<int> every(int step, int below) {
    std::set<int> values;
    for (int v = 0; v < below; v += step) values.insert(v);
    return values;
}

}  // namespace

WallTime Scenario::draw_origin() {
    const auto zones = pinned_zones();
    const PinnedZone& zone = zones[static_cast<std::size_t>(chance_.below(static_cast<int>(zones.size())))];
    zone_ = zone.name;
    const bool near_change = !zone.changes.empty() && !chance_.one_in(3);
    if (near_change) {
        const auto& change = chance_.one_of(zone.changes);
        const WallTime at{std::chrono::seconds{change.at}};
        return at - (is_sparse_ ? chance_.seconds_between(1 * kDay, 4 * kDay) : chance_.seconds_between(2min, 25min));
    }
    return kYear + chance_.seconds_between(0s, 600 * kDay);
}

ProviderPtr Scenario::draw_provider(const std::string& name, bool cpts, const std::string& account) {
    static constexpr Duration kIntervals[] = {125ms, 333333334ns, 1s, 3s};
    auto provider = std::make_shared<ProviderSpec>();
    provider->name = name;
    provider->type = cpts ? "huawei-cpts" : "tencent-cfg";
    provider->endpoint = cpts ? "https://cpts.example" : "https://cfg.example";
    provider->scope = cpts ? "p1" : "";
    provider->account = account;
    provider->rate_limit = {chance_.one_of(kIntervals), cpts ? 2 + chance_.below(3) : 2};
    provider->settle = is_sparse_ ? (chance_.one_in(2) ? 2min : 10min) : (chance_.one_in(2) ? Duration{40s} : 2min);
    provider->poll_interval =
        is_sparse_ ? (chance_.one_in(2) ? 10min : 25min) : (chance_.one_in(2) ? Duration{15s} : 4s);
    provider->baseline = !chance_.one_in(6);
    if (chance_.one_in(6)) provider->foreign = chance_.one_in(2) ? Foreign::stop : Foreign::ignore;
    provider->traits = find_provider(provider->type)->create_adapter()->schema().traits;
    return provider;
}

void Scenario::draw(WallTime now) {
    providers_ = {draw_provider("perf", true, "A"), draw_provider("chaos", false, "B")};
    if (chance_.one_in(2)) {  // a second name for the same tasks, with the same account or another one
        auto again = std::make_shared<ProviderSpec>(*providers_[0]);
        again->name = "perf-again";
        if (chance_.one_in(2)) again->account = "C";
        providers_.push_back(again);
    }
    const int jobs = is_sparse_ ? 2 + chance_.below(2) : 3 + chance_.below(3);
    for (int i = 0; i < jobs; ++i) jobs_.push_back(draw_job("job-" + std::to_string(i), now));
}

bool Scenario::is_blind() const {
    return std::ranges::any_of(providers_, [](const auto& provider) { return !provider->baseline; });
}

std::string Scenario::free_name() const {
    const auto is_taken = [this](const std::string& name) {
        return std::ranges::any_of(jobs_, [&](const Job& job) { return job.name == name; });
    };
    std::string name;
    do {
        name = "job-" + std::to_string(chance_.below(kNames));
    } while (is_taken(name));
    return name;
}

void Scenario::add_cron(Job& job, DuePlan& plan, const std::string& text, DueRule rule) const {
    rule.kind = DueRule::Kind::cron;
    job.schedule.rules.emplace_back(CronRule{Cron::parse(text).value(), zone_of(rule.zone), text});
    plan.push_back(std::move(rule));
}

// One rule; returns about how far its occurrences lie apart.
Duration Scenario::draw_rule(Job& job, DuePlan& plan, WallTime now) {
    static constexpr int kMinutes[] = {1, 2, 3, 5, 7};
    static constexpr int kSteps[] = {2, 3, 5, 10};
    static constexpr int kFixedMinutes[] = {0, 15, 30, 59};
    const std::string zone = chance_.one_in(4) ? "UTC" : zone_;
    DueRule rule;
    rule.zone = zone;
    if (chance_.one_in(10)) {
        rule.kind = DueRule::Kind::once;
        rule.from = now + chance_.seconds_between(is_sparse_ ? -6h : -3min, is_sparse_ ? 2 * kDay : Duration{10min});
        job.schedule.rules.emplace_back(OnceRule{rule.from});
        plan.push_back(rule);
        return is_sparse_ ? 6h : Duration{4min};
    }
    if (!is_sparse_) {
        if (chance_.one_in(2)) {
            const int step = chance_.one_of(kSteps);
            rule.minutes = every(step, 60);
            rule.hours = every(1, 24);
            add_cron(job, plan, "*/" + std::to_string(step) + " * * * *", rule);
            return std::chrono::minutes{step};
        }
        const auto period = std::chrono::minutes{chance_.one_of(kMinutes)};
        rule.from = WallTime{} + chance_.seconds_between(0s, period);
        rule.period_seconds = period / 1s;
        job.schedule.rules.emplace_back(EveryRule{period, LocalTime{}, rule.from, Zone::utc()});
        plan.push_back(rule);
        return period;
    }
    switch (chance_.below(6)) {
        case 0: {  // whole days by the local calendar
            const int days = 1 + chance_.below(2);
            rule.kind = DueRule::Kind::days;
            rule.period_seconds = days * 86400;
            rule.local_from = chance_.below(24) * 3600;
            rule.local_from += chance_.one_of(kFixedMinutes) * 60;
            const LocalTime from{std::chrono::seconds{rule.local_from}};
            job.schedule.rules.emplace_back(
                EveryRule{days * kDay, from, zone_of(zone)->meaning_of(from).first, zone_of(zone)});
            plan.push_back(rule);
            return days * kDay;
        }
        case 1: {
            const int hours = 3 + chance_.below(9);
            rule.from = WallTime{} + chance_.seconds_between(0s, 3h);
            rule.period_seconds = hours * 3600;
            job.schedule.rules.emplace_back(EveryRule{std::chrono::hours{hours}, LocalTime{}, rule.from, Zone::utc()});
            plan.push_back(rule);
            return std::chrono::hours{hours};
        }
        case 2: {  // follows elapsed time
            const int minute = chance_.one_of(kFixedMinutes);
            const int step = 1 + chance_.below(4);
            rule.minutes = {minute};
            rule.hours = every(step, 24);
            add_cron(job, plan, std::to_string(minute) + " */" + std::to_string(step) + " * * *", rule);
            return std::chrono::hours{step};
        }
        default: {  // fixed times, mostly in the small hours, when clocks change
            rule.is_fixed = true;
            for (int n = 1 + chance_.below(2); n > 0; --n) rule.minutes.insert(chance_.one_of(kFixedMinutes));
            for (int n = 1 + chance_.below(3); n > 0; --n)
                rule.hours.insert(chance_.one_in(4) ? chance_.below(24) : chance_.below(4));
            std::string days = "*";
            if (chance_.one_in(4)) {
                for (int n = 3; n > 0; --n) rule.weekdays.insert(chance_.below(7));
                days = join(rule.weekdays);
            }
            add_cron(job, plan, join(rule.minutes) + " " + join(rule.hours) + " * * " + days, rule);
            return 6h;
        }
    }
}

void Scenario::draw_schedule(Job& job, WallTime now) {
    DuePlan plan;
    Duration period = draw_rule(job, plan, now);
    if (chance_.one_in(5)) period = std::min(period, draw_rule(job, plan, now));
    plans[job.schedule.fingerprint()] = plan;
    const Duration shortest = is_sparse_ ? 10min : Duration{20s};
    job.stop = StopAfter{chance_.seconds_between(shortest, std::max(period * (is_sparse_ ? 1 : 2), shortest * 2))};
}

Job Scenario::draw_job(const std::string& name, WallTime now) {
    Job job;
    job.name = name;
    job.provider = chance_.one_of(providers_);
    const std::string id = std::to_string(1 + chance_.below(4));
    const std::string version = std::to_string(++version_);  // every draft asks for something else (R11)
    job.task.task_id = id;
    if (job.provider->type == "huawei-cpts") {
        const std::string task = R"({"test_suite_id":1,"task_id":)" + id + R"(,"cluster_id":)";
        job.task.start_json = task + version + "}";
        job.task.stop_json = job.task.on_abort_json = task + version + R"(,"stop":1})";
    } else {
        const char* by = chance_.one_in(3) ? "execute_task" : "modify_status";
        job.task.start_json = R"({"start_by":")" + std::string{by} + R"(","v":)" + version + "}";
        if (chance_.one_in(4)) {  // each run makes a task of its own
            job.task.task_id.clear();
            job.task.prepare_json =
                R"({"template_id":33,"title":"v)" + version + R"( {job} {run}","groups":[{"instances":["ins-1"]}]})";
        }
        if (!chance_.one_in(4)) job.heal_within = chance_.seconds_between(5s, 2min);
        job.task.stop_json = R"({"is_expect":true,"summary":"{job} {run}: after {elapsed}, v)" + version + R"("})";
        job.task.on_abort_json = R"({"is_expect":false,"summary":"{cause} by {actor}: {reason}, v)" + version + R"("})";
    }
    draw_schedule(job, now);
    const Duration window = std::get<StopAfter>(job.stop).after;
    if (chance_.one_in(8)) {
        job.stop = StopWhenDone{};
        job.max_duration = window;
    } else if (chance_.one_in(3)) {
        job.max_duration = chance_.seconds_between(window / 2, window * 3 / 2);
    }
    if (chance_.one_in(3)) job.start_grace = chance_.seconds_between(1s, is_sparse_ ? 20min : Duration{90s});
    if (chance_.one_in(2)) job.min_window = 5s;
    if (chance_.one_in(3)) job.misfire = Misfire::run_late;
    if (chance_.one_in(3)) job.overlap = chance_.one_in(2) ? Overlap::queue : Overlap::stop_previous;
    if (chance_.one_in(3)) job.on_removal = OnRemoval::finish;
    job.retry.attempts = 1 + chance_.below(5);
    job.enabled = !chance_.one_in(12);
    return job;
}

// What may change while stops are owed; the engine objects to the rest (R11).
void Scenario::change_provider() {
    const auto which = static_cast<std::size_t>(chance_.below(static_cast<int>(providers_.size())));
    const ProviderSpec old = *providers_[which];
    auto changed = std::make_shared<ProviderSpec>(*draw_provider(old.name, old.type == "huawei-cpts", old.account));
    if (chance_.one_in(6)) changed->scope = changed->scope == "p1" ? "p2" : changed->scope;
    for (auto& provider : providers_) {
        if (provider->account == changed->account && provider->name != old.name) {  // one account, one limit
            auto sibling = std::make_shared<ProviderSpec>(*provider);
            sibling->rate_limit = changed->rate_limit;
            for (auto& job : jobs_)
                if (job.provider->name == sibling->name) job.provider = sibling;
            provider = sibling;
        }
    }
    for (auto& job : jobs_)
        if (job.provider->name == old.name) job.provider = changed;
    providers_[which] = changed;
}

Fault Scenario::mutate(WallTime now) {
    const auto which = static_cast<std::size_t>(chance_.below(static_cast<int>(jobs_.size())));
    Job& job = jobs_[which];
    switch (chance_.below(7)) {
        case 0:
        case 1:
            if (jobs_.size() > kJobsMin && (jobs_.size() == kJobsMax || chance_.one_in(2))) {
                jobs_.erase(jobs_.begin() + static_cast<std::ptrdiff_t>(which));
                return Fault::job_removed;
            }
            if (jobs_.size() == kJobsMax) break;
            jobs_.push_back(draw_job(free_name(), now));
            return Fault::job_added;
        case 2: job.name = free_name(); return Fault::job_renamed;
        case 3: change_provider(); return Fault::provider_changed;
        case 4: {  // another schedule, all else as it was
            const Job other = draw_job(job.name, now);
            job.schedule = other.schedule;
            job.stop = other.stop;
            job.max_duration = other.max_duration;
            return Fault::job_rescheduled;
        }
        case 5: {  // the same schedule, elsewhere
            Job other = draw_job(job.name, now);
            other.schedule = job.schedule;
            job = other;
            return Fault::job_moved;
        }
        default: break;
    }
    job = draw_job(job.name, now);
    return Fault::job_changed;
}

void Scenario::keep() {
    kept_providers_ = providers_;
    kept_jobs_ = jobs_;
}

void Scenario::put_back() {
    if (kept_jobs_.empty()) return;
    providers_ = kept_providers_;
    jobs_ = kept_jobs_;
}

void Scenario::let_go() {
    for (auto& job : jobs_) job.on_removal = OnRemoval::stop;
}

ConfigPtr Scenario::config() const {
    auto config = std::make_shared<Config>();
    for (const auto& provider : providers_) config->providers.emplace(provider->name, provider);
    for (Job job : jobs_) {
        job.task_key = task_key_of(*job.provider, job.task.task_id);
        config->jobs.emplace(job.name, std::make_shared<const Job>(job));
    }
    return config;
}

}  // namespace taktd::sim
