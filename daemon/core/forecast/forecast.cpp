// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/forecast/forecast.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

#include "daemon/core/engine/engine.hpp"

namespace taktd {
namespace {

/// After `until` only the ends of what was started are waited for, and not for longer than this.
constexpr Duration kEndsAwaited = std::chrono::hours{24 * 31};
/// Decisions of runs that came due just before `until`.
constexpr Duration kDecisionsAwaited = std::chrono::hours{24};
/// Routine polls show nothing here.
constexpr Duration kNoPolls = std::chrono::hours{24 * 365};

ProviderPtr without_polls(const ProviderSpec& provider) {
    auto quiet = std::make_shared<ProviderSpec>(provider);
    quiet->poll_interval = kNoPolls;
    quiet->foreign = Foreign::ignore;
    return quiet;
}

/// Every task of every vendor, obeying at once.
class ObedientVendor {
public:
    void name_task(const std::string& task_key, const std::string& name) { tasks_[task_key].name = name; }
    void set_running(const std::string& task_key, const std::string& token) {
        tasks_[task_key].remote = RemoteState::running;
        tasks_[task_key].token = token.empty() ? next_token() : token;
    }

    CallResult answer(const CallSpec& call) {
        CallResult result;
        result.outcome = Outcome::accepted;
        result.http_status = 200;
        if (call.action == Action::prepare) {
            result.vendor_task_id = call.finds ? "" : next_token();
            return result;
        }
        for (const auto& id : call.task_ids) {
            Task& task = tasks_[task_key_of(*call.provider, id)];
            switch (call.action) {
                case Action::start:
                    task.remote = RemoteState::running;
                    task.token = next_token();
                    if (call.provider->traits.token_names_run) result.vendor_run_id = task.token;
                    break;
                case Action::stop:
                    if (activity_of(task.remote) == Activity::active) task.remote = RemoteState::stopped;
                    break;
                case Action::pause: task.remote = RemoteState::paused; break;
                case Action::resume: task.remote = RemoteState::running; break;
                default: result.observations[id] = see(task);
            }
        }
        return result;
    }

private:
    struct Task {
        RemoteState remote = RemoteState::idle;
        std::string token, name;
    };

    static Observation see(const Task& task) {
        Observation seen{task.remote, std::nullopt, task.name};
        if (!task.token.empty()) seen.token = task.token;
        return seen;
    }
    /// Like none that a vendor gave.
    std::string next_token() { return "planned-" + std::to_string(++tokens_); }

    std::map<std::string, Task> tasks_;
    std::int64_t tokens_ = 0;
};

class Forecaster {
public:
    explicit Forecaster(const ForecastRequest& request)
        : request_{request}, now_{request.begin - Duration{1}, BootTime{std::chrono::hours{1}}} {}

    Forecast make() {
        recover();
        load();
        while (now_.wall < request_.until && !is_full()) wake_up(request_.until);
        if (is_full()) forecast_.cut_at = now_.wall;
        const auto undecided = [](const RunRow& row) {
            return row.state == RunState::due || row.state == RunState::starting;
        };
        follow(request_.until + kDecisionsAwaited, undecided);
        hold();  // what starts from now on is no part of the forecast
        follow(request_.until + kEndsAwaited, [](const RunRow& row) { return !is_terminal(row.state); });
        return std::move(forecast_);
    }

private:
    void recover() {
        Recovered recovered{request_.past, "forecast"};
        recovered.past.snapshot.clean_stop = true;  // the daemon lives, or will have waited long enough
        for (auto& live : recovered.past.snapshot.live) {
            if (!owes_stop(live.run.state)) continue;
            live.run.plan.provider = quiet(live.run.plan.provider);
            vendor_.set_running(live.run.task_key, live.run.vendor_run_id);
        }
        step(std::move(recovered));
    }

    void load() {
        auto config = std::make_shared<Config>();
        for (const auto& [name, provider] : request_.config->providers)
            config->providers.emplace(name, quiet(provider));
        for (const auto& [name, job] : request_.config->jobs) {
            auto copy = std::make_shared<Job>(*job);
            copy->provider = quiet(job->provider);
            if (!job->task.expect_name.empty()) vendor_.name_task(job->task_key, job->task.expect_name);
            config->jobs.emplace(name, std::move(copy));
        }
        step(ConfigLoaded{std::move(config)});
    }

    const ProviderPtr& quiet(const ProviderPtr& provider) {
        ProviderPtr& copy = quiet_[provider.get()];
        if (!copy) copy = without_polls(*provider);
        return copy;
    }

    void hold() {
        Command command;
        command.body = SetHold{HoldRow{}};
        step(command);
    }

    bool is_full() const { return told_ >= request_.runs_max; }

    template <class Unsettled>
    void follow(WallTime limit, Unsettled unsettled) {
        while (now_.wall < limit && std::ranges::any_of(open_, [&](const auto& entry) {
                   const RunRow& row = forecast_.runs[entry.second].row;
                   return row.start_due < request_.until && unsettled(row);
               }))
            wake_up(limit);
    }

    /// On to the next instant at which the engine wants to be called, at most to `limit`.
    void wake_up(WallTime limit) {
        WallTime next = limit;
        if (wake_.wall) next = std::min(next, *wake_.wall);
        if (wake_.boot) next = std::min(next, now_.wall + (*wake_.boot - now_.boot));
        next = std::max(next, now_.wall);
        now_.boot += next - now_.wall;
        now_.wall = next;
        step(Wake{});
    }

    void step(Event event) {
        queue_.push_back(std::move(event));
        while (!queue_.empty() || wake_.at_once) {
            if (queue_.empty()) queue_.emplace_back(Wake{});
            const Event next = std::move(queue_.front());
            queue_.pop_front();
            perform(engine_.step(next, now_));
        }
    }

    void perform(Effects effects) {
        wake_ = effects.wake;
        if (effects.append) {
            for (const Row& row : effects.append->rows) {
                if (const auto* run = std::get_if<RunRow>(&row)) keep(*run);
            }
            for (const Row& row : effects.append->rows) {
                if (const auto* transition = std::get_if<TransitionRow>(&row)) keep(*transition);
            }
            queue_.emplace_back(Durable{effects.append->step});
        }
        for (const Send& send : effects.sends) {
            note_sent(send);
            CallResult result = vendor_.answer(*send.spec);
            result.ended = now_.wall;
            result.ended_boot = now_.boot;
            queue_.emplace_back(Answered{send.call, std::move(result)});
        }
    }

    void keep(const RunRow& row) {
        if (row.created < request_.begin - Duration{1}) return;  // live at the beginning
        auto [place, is_new] = open_.try_emplace(row.id, forecast_.runs.size());
        if (is_new) {
            if (row.start_due >= request_.begin) ++told_;
            const auto job = request_.config->jobs.find(row.job);
            forecast_.runs.push_back({job == request_.config->jobs.end() ? nullptr : job->second, row, "", {}, {}, {}});
        }
        forecast_.runs[place->second].row = row;
    }

    void keep(const TransitionRow& transition) {
        const auto found = open_.find(transition.run);
        if (found == open_.end()) return;
        forecast_.runs[found->second].note = transition.detail;
        forecast_.runs[found->second].facts = transition.facts;
        if (is_terminal(transition.to)) open_.erase(found);
    }

    void note_sent(const Send& send) {
        const auto found = send.spec->run ? open_.find(*send.spec->run) : open_.end();
        if (found == open_.end()) return;
        ForecastRun& run = forecast_.runs[found->second];
        if (send.spec->action == Action::start && !run.start_sent) run.start_sent = now_.wall;
        if (send.spec->action == Action::stop && !run.stop_sent) run.stop_sent = now_.wall;
    }

    const ForecastRequest& request_;
    Engine engine_{1};
    ObedientVendor vendor_;
    Now now_;
    WakeAt wake_;
    std::deque<Event> queue_;
    std::map<const ProviderSpec*, ProviderPtr> quiet_;  // only looked up
    std::map<RunId, std::size_t> open_;                 ///< runs that are not finished
    std::size_t told_ = 0;  ///< of the forecast's runs, without those that are caught up with
    Forecast forecast_;
};

}  // namespace

Forecast make_forecast(const ForecastRequest& request) { return Forecaster{request}.make(); }

}  // namespace taktd
