#include "daemon/ctl/planning.hpp"

#include <algorithm>
#include <map>
#include <queue>
#include <tuple>

#include "daemon/core/limiter.hpp"
#include "daemon/core/policies.hpp"
#include "daemon/ctl/dst_notes.hpp"
#include "daemon/ctl/time_text.hpp"

namespace taktd::ctl {
namespace {

/// Shorter waits at the limiter are not worth a note.
constexpr Duration kWaitTold = std::chrono::milliseconds{100};

PlannedWindow window_at(const JobPtr& job, WallTime due, const ZonePtr& default_zone) {
    PlannedWindow planned{.job = job, .window = window_of(*job, due), .zone = default_zone, .skip = {}, .notes = {}};
    for (const StartRule& rule : job->schedule.rules) {
        if (next_due(Schedule{{rule}}, due - Duration{1}) != due) continue;
        if (const ZonePtr zone = zone_of(rule)) planned.zone = zone;
        planned.notes = notes_on_start(rule, due);
        break;
    }
    const Window& w = planned.window;
    const WallTime end = std::min(w.stop_due, w.max_end);
    for (auto& note : notes_between(due, end, *planned.zone)) planned.notes.push_back(std::move(note));
    if (w.max_end < w.stop_due) {
        planned.notes.push_back("max_duration ends it at " + clock_text(planned.zone->to_local(w.max_end)));
    }
    return planned;
}

class Planner {
public:
    Planner(const Config& config, const PlanRequest& request, const ZonePtr& default_zone)
        : request_{request}, default_zone_{default_zone} {
        for (const auto& [name, job] : config.jobs) push_next(job, request.from - Duration{1});
    }

    Plan make() {
        std::size_t shown = 0;
        while (!due_.empty() && due_.top().at < request_.until) {
            const JobPtr job = due_.top().job;
            const WallTime at = due_.top().at;
            const bool is_shown = request_.job.empty() || job->name == request_.job;
            if (windows_.size() >= kReckonedMax || (is_shown && shown >= request_.windows_max)) {
                cut_at_ = at;
                break;
            }
            due_.pop();
            shown += is_shown ? 1 : 0;
            windows_.push_back(window_at(job, at, default_zone_));
            decide(windows_.back());
            push_next(job, at);
        }
        queue_at_limiters();
        if (!request_.job.empty())
            std::erase_if(windows_, [this](const PlannedWindow& w) { return w.job->name != request_.job; });
        return {.windows = std::move(windows_), .cut_at = cut_at_};
    }

private:
    struct Due {
        WallTime at;
        JobPtr job;
        bool operator>(const Due& other) const { return std::tie(at, job->name) > std::tie(other.at, other.job->name); }
    };
    struct Live {
        WallTime until;
        std::string job;
    };

    void push_next(const JobPtr& job, WallTime after) {
        if (const auto at = next_due(job->schedule, after)) due_.push({*at, job});
    }

    void decide(PlannedWindow& planned) {
        const Job& job = *planned.job;
        const WallTime due = planned.window.start_due;
        const auto same_job = live_jobs_.find(job.name);
        const auto same_task = live_tasks_.find(job.task_key);
        StartFacts facts;
        facts.window = planned.window;
        facts.now = due;
        facts.misfire = job.misfire;
        facts.disabled = !job.enabled;
        // A stop takes a while to be done: whoever starts at that very instant comes too early.
        facts.job_is_live = same_job != live_jobs_.end() && same_job->second.until >= due;
        facts.task_is_taken = same_task != live_tasks_.end() && same_task->second.until >= due;
        facts.baseline = BaselineState::inactive;
        planned.skip = decide_start(facts).reason;
        if (planned.skip == Reason::overlap) {
            planned.notes.push_back("the run before is stopped at " +
                                    clock_text(planned.zone->to_local(same_job->second.until)));
        } else if (planned.skip == Reason::task_busy) {
            planned.notes.push_back("job " + same_task->second.job + " has the task until " +
                                    clock_text(planned.zone->to_local(same_task->second.until)));
        }
        if (planned.skip != Reason::none) return;
        const Live live{.until = std::min(planned.window.stop_due, planned.window.max_end), .job = job.name};
        live_jobs_[job.name] = live;
        live_tasks_[job.task_key] = live;
    }

    /// A lower bound of the waits: each account's baselines, starts and stops one after the other, without polls.
    void queue_at_limiters() {
        struct Request {
            WallTime at;
            CallClass call_class;
            PlannedWindow* window;
        };
        struct Account {
            RateLimit limit;
            std::vector<Request> requests;
        };
        std::map<std::string, Account> accounts;
        for (PlannedWindow& planned : windows_) {
            if (planned.skip != Reason::none) continue;
            const ProviderSpec& provider = *planned.job->provider;
            auto& account = accounts.try_emplace(provider.account, Account{provider.rate_limit, {}}).first->second;
            const WallTime due = planned.window.start_due;
            const WallTime end = std::min(planned.window.stop_due, planned.window.max_end);
            if (provider.baseline) account.requests.push_back({due - kBaselineLead, CallClass::settle, &planned});
            account.requests.push_back({due, CallClass::start, &planned});
            account.requests.push_back({end, CallClass::stop, &planned});
        }
        for (auto& [name, account] : accounts) {
            std::ranges::stable_sort(account.requests, {},
                                     [](const Request& r) { return std::tie(r.at, r.call_class); });
            Limiter limiter{account.limit};
            BootTime free_at{};
            const WallTime epoch = account.requests.front().at;
            for (const Request& request : account.requests) {
                const BootTime asked{request.at - epoch};
                const BootTime released = limiter.earliest(request.call_class, std::max(asked, free_at));
                limiter.charge(released);
                free_at = released;
                if (request.call_class == CallClass::start) tell_wait(*request.window, released - asked);
            }
        }
    }

    static void tell_wait(PlannedWindow& planned, Duration wait) {
        if (wait < kWaitTold) return;
        planned.notes.push_back("waits at least " + rough_text(wait) + " at the provider's limiter");
        if (planned.window.start_due + wait > latest_start(planned.window, planned.job->misfire))
            planned.skip = Reason::misfire;
    }

    const PlanRequest& request_;
    const ZonePtr& default_zone_;
    std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
    std::map<std::string, Live> live_jobs_, live_tasks_;
    std::vector<PlannedWindow> windows_;
    std::optional<WallTime> cut_at_;
};

}  // namespace

Plan make_plan(const Config& config, const PlanRequest& request, const ZonePtr& default_zone) {
    return Planner{config, request, default_zone}.make();
}

std::vector<PlannedWindow> next_windows(const JobPtr& job, WallTime from, std::size_t count,
                                        const ZonePtr& default_zone) {
    std::vector<PlannedWindow> windows;
    auto due = next_due(job->schedule, from - Duration{1});
    for (; due && windows.size() < count; due = next_due(job->schedule, *due)) {
        windows.push_back(window_at(job, *due, default_zone));
        if (!job->enabled) windows.back().skip = Reason::disabled;
    }
    return windows;
}

}  // namespace taktd::ctl
