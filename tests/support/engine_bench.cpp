// SPDX-License-Identifier: Apache-2.0
#include "tests/support/engine_bench.hpp"

#include <algorithm>

#include "daemon/core/rules/clock_correction.hpp"
#include "tests/support/past.hpp"

namespace taktd::test {
namespace {

constexpr std::size_t kJobsWalkedMax = 100;  // with more of them, walking over all after each step outlasts the story

}  // namespace

ProviderSpec make_provider(const std::string& name) {
    ProviderSpec provider;
    provider.name = name;
    provider.type = "huawei-cpts";
    provider.endpoint = "https://vendor.example";
    provider.scope = "project";
    provider.account = "huawei-cpts|https://vendor.example|key";
    provider.rate_limit = {1ms, 10};
    provider.foreign = Foreign::ignore;  // tests of it say so
    provider.traits.can_pause = true;
    return provider;
}

Job make_job(const std::string& name, const std::string& cron, Duration stop_after, const std::string& task_id) {
    Job job;
    job.name = name;
    job.task.task_id = task_id;
    job.task.stop_json = R"({"end":"stop"})";
    job.task.on_abort_json = R"({"end":"abort"})";
    if (!cron.empty()) job.schedule.rules.emplace_back(CronRule{Cron::parse(cron).value(), Zone::utc(), cron});
    job.stop = StopAfter{stop_after};
    return job;
}

CallResult accepted(const std::string& vendor_run_id) {
    CallResult result;
    result.outcome = Outcome::accepted;
    result.http_status = 200;
    result.vendor_run_id = vendor_run_id;
    return result;
}

CallResult refused(Outcome outcome, std::optional<Duration> retry_after) {
    CallResult result;
    result.outcome = outcome;
    result.retry_after = retry_after;
    return result;
}

CallResult saw(const std::string& task_id, RemoteState remote, std::optional<std::string> token) {
    CallResult result = accepted();
    result.observations[task_id] = Observation{remote, std::move(token)};
    return result;
}

std::optional<std::string> EngineBench::Task::token() const {
    return runs == 0 ? std::nullopt : std::optional{std::to_string(runs)};
}

EngineBench::EngineBench(std::uint64_t seed) : engine{seed}, seed_{seed} {
    vendor = [this](const Send& send) { return obey(send); };
    Recovered recovered;
    recovered.past.snapshot.first_start = true;
    recovered.boot_id = "boot-1";
    event(recovered);
}

CallResult EngineBench::obey(const Send& send) {
    const CallSpec& spec = *send.spec;
    if (spec.action == Action::prepare) return make_task(send);
    CallResult result = accepted();
    for (const auto& id : spec.task_ids) {
        Task& task = tasks[id];
        switch (spec.action) {
            case Action::start:
                task.state = RemoteState::running;
                ++task.runs;
                if (spec.provider->traits.token_names_run) result.vendor_run_id = *task.token();
                break;
            case Action::stop: task.state = RemoteState::stopped; break;
            case Action::pause: task.state = RemoteState::paused; break;
            case Action::resume: task.state = RemoteState::running; break;
            default:
                result.observations[id] =
                    Observation{task.state, spec.batched ? std::nullopt : task.token(), spec.batched ? "" : task.name};
        }
    }
    return result;
}

// Nothing but the title, which names the run, tells one task of a template from another.
CallResult EngineBench::make_task(const Send& send) {
    CallResult result = accepted();
    const RunId run = send.spec->run.value_or(RunId{});  // a probe is for nobody
    if (!send.spec->finds) made[run] = "made-" + std::to_string(++tasks_made_);
    if (const auto task = made.find(run); task != made.end()) result.vendor_task_id = task->second;
    return result;
}

void EngineBench::load() {
    auto config = std::make_shared<Config>();
    const auto shared = std::make_shared<const ProviderSpec>(provider);
    config->providers.emplace(provider.name, shared);
    for (Job job : jobs) {
        job.provider = shared;
        job.task_key = task_key_of(*shared, job.task.task_id);
        config->jobs.emplace(job.name, std::make_shared<const Job>(job));
    }
    event(ConfigLoaded{config});
}

void EngineBench::event(const Event& e) {
    queue_.push_back(e);
    settle();
}

void EngineBench::settle() {
    while (!queue_.empty() || wake_.at_once) {
        if (queue_.empty()) queue_.emplace_back(Wake{});
        const Event next = std::move(queue_.front());
        queue_.pop_front();
        perform(engine.step(next, now));
        if (jobs.size() <= kJobsWalkedMax) engine.assert_invariants();
        EXPECT_LE(engine.status().owed_stops, engine.status().live_runs);  // it may be asked for after any step
    }
}

void EngineBench::perform(Effects effects) {
    wake_ = effects.wake;
    if (effects.append) {
        const StepId step = effects.append->step;
        uncommitted_.push_back(std::move(*effects.append));
        if (auto_commit) {
            for (const auto& append : uncommitted_) keep(append);
            uncommitted_.clear();
            queue_.emplace_back(Durable{step});
        }
    }
    for (const auto& cut : effects.cuts) cuts.push_back(cut.call);
    std::ranges::copy(effects.replies, std::back_inserter(replies));
    for (const auto& send : effects.sends) {
        sent.push_back({now, send});
        if (on_send) on_send(send);
        if (manual_answers) {
            in_flight.push_back(send);
            continue;
        }
        CallResult result = vendor(send);
        result.ended = now.wall;
        result.ended_boot = now.boot;
        queue_.emplace_back(Answered{send.call, result});
    }
}

void EngineBench::answer(std::size_t index, CallResult result) {
    const Send send = in_flight.at(index);
    in_flight.erase(in_flight.begin() + static_cast<std::ptrdiff_t>(index));
    result.ended = now.wall;
    result.ended_boot = now.boot;
    event(Answered{send.call, result});
}

void EngineBench::advance(Duration by) {
    const BootTime until = now.boot + by;
    for (int steps = 0; steps < 1'000'000; ++steps) {
        BootTime next = until;
        if (wake_.boot) next = std::min(next, *wake_.boot);
        if (wake_.wall) next = std::min(next, now.boot + (*wake_.wall - now.wall));
        next = std::max(next, now.boot);
        const bool woken =
            (wake_.boot && *wake_.boot <= next) || (wake_.wall && *wake_.wall <= now.wall + (next - now.boot));
        now.wall += next - now.boot;
        now.boot = next;
        if (!woken) return;
        event(Wake{});
    }
    FAIL() << "the engine asks to be woken again and again at " << to_rfc3339(now.wall);
}

void EngineBench::step_wall(Duration by) {
    now.wall += by;
    event(Wake{});
}

void EngineBench::commit() {
    if (uncommitted_.empty()) return;
    const StepId step = uncommitted_.back().step;
    for (const auto& append : uncommitted_) keep(append);
    uncommitted_.clear();
    event(Durable{step});
}

void EngineBench::store_down() {
    auto_commit = false;
    event(StoreDown{});
}

void EngineBench::store_up() {
    auto_commit = true;
    commit();
    event(StoreUp{});
}

void EngineBench::keep(const Append& append) {
    if (on_durable) on_durable(append.rows);
    for (const auto& row : append.rows) apply(row);
}

void EngineBench::apply(const Row& row) {
    if (const auto* run = std::get_if<RunRow>(&row)) {
        if (!runs.contains(run->id)) order.push_back(run->id);
        runs[run->id] = *run;
    } else if (const auto* transition = std::get_if<TransitionRow>(&row)) {
        transitions.push_back(*transition);
        newest = std::max(newest, transition->at);
    } else if (const auto* call = std::get_if<CallRow>(&row)) {
        calls[call->id] = *call;
        for (const auto& id : call->replaces) calls.erase(id);
    } else if (const auto* job = std::get_if<JobStateRow>(&row)) {
        job_states[job->job] = *job;
    } else if (const auto* gap = std::get_if<GapRow>(&row)) {
        std::erase_if(gaps, [&](const GapRow& known) { return known.job == gap->job && known.first == gap->first; });
        gaps.push_back(*gap);
    } else if (const auto* hold = std::get_if<HoldRow>(&row)) {
        if (hold->engaged) holds[hold->scope] = *hold;
        if (!hold->engaged) holds.erase(hold->scope);
    } else if (const auto* told = std::get_if<LimitRow>(&row)) {
        limits[told->account] = *told;
    } else if (const auto* found = std::get_if<ForeignRow>(&row)) {
        foreign[{found->task_key, found->first_seen}] = *found;
    } else if (const auto* look = std::get_if<LastLookRow>(&row)) {
        if (!look->done) last_looks[look->run] = look->due;
        if (look->done) last_looks.erase(look->run);
    } else if (const auto* corrected = std::get_if<ClockRow>(&row)) {
        apply(*corrected);
    } else if (const auto* action = std::get_if<ActionRow>(&row)) {
        actions.push_back(*action);
    }
}

void EngineBench::apply(const ClockRow& row) {
    newest = row.at;
    std::erase_if(gaps, [&](const GapRow& gap) { return gap.first > row.at; });
    for (auto& [id, run] : runs) {
        if (!run.occurrence || *run.occurrence <= row.at) continue;
        if (run.state == RunState::skipped) {
            run.occurrence.reset();
        } else {
            disposed_ahead.emplace(run.job, *run.occurrence);
        }
    }
}

void EngineBench::take_time_back(const std::string& actor, const std::string& reason) {
    const auto rows = correct_clock(past(false), gaps, {.now = now.wall, .actor = actor, .reason = reason});
    for (const auto& row : rows) apply(row);
}

Past EngineBench::past(bool clean) const {
    Snapshot found;
    found.clean_stop = clean;
    if (clean) found.limiters = engine.limiter_rows(now);
    for (const auto& [account, told] : limits) found.limits.push_back(told);
    for (const auto& [id, row] : runs) {
        if (is_terminal(row.state)) continue;
        RecoveredRun run;
        run.run = row;
        for (const auto& t : transitions) {
            if (t.run != id) continue;
            run.last_seq = t.seq;
            if (t.to == RunState::stopping) std::tie(run.stop_actor, run.stop_text) = std::tie(t.actor, t.detail);
            run.newest_row = std::max(run.newest_row, t.at);
        }
        for (const auto& [call_id, call] : calls) {
            if (call.run == id && call.action != Action::query) run.calls.push_back(call);
        }
        std::ranges::sort(run.calls, {}, [](const CallRow& c) { return std::pair{c.intent, c.id}; });
        for (const auto& call : run.calls) {
            const bool refused = call.result && call.result->outcome != Outcome::not_sent;
            if (call.action == Action::start && refused && row.state == RunState::due) run.refused_before = true;
        }
        found.live.push_back(std::move(run));
    }
    for (const auto& [id, call] : calls) {
        const bool is_over = !call.run || is_terminal(runs.at(*call.run).state);
        if (is_over && !call.result) found.cut_calls.push_back(call);
    }
    for (const auto& [name, job] : job_states) found.jobs.push_back(job);
    for (const auto& [scope, hold] : holds) found.holds.push_back(hold);
    for (const auto& [id, run] : runs) {
        if (run.request_key) found.request_keys[{run.job, *run.request_key}] = id;
    }
    for (const auto& [key, row] : foreign) {
        if (!row.ended) found.foreign.push_back(row);
    }
    for (const auto& [id, due] : last_looks) found.last_looks.emplace_back(runs.at(id), due);
    found.disposed_ahead = disposed_ahead;
    found.newest = newest;
    return past_of(std::move(found), [](const std::string&) { return Zone::utc(); });
}

void EngineBench::crash(const std::string& boot_id) {
    uncommitted_.clear();
    queue_.clear();
    in_flight.clear();
    wake_ = {};
    Recovered recovered{past(false), boot_id};
    engine = Engine{++seed_};
    recover(std::move(recovered));
}

void EngineBench::clean_stop_and_start() {
    Recovered recovered{past(true), "boot-1"};
    wake_ = {};
    engine = Engine{++seed_};
    recover(std::move(recovered));
}

void EngineBench::recover(Recovered recovered) {
    Remembered rest{take_past(recovered.past)};
    event(recovered);
    event(rest);
}

std::vector<EngineBench::Sent> EngineBench::sent_of(Action action) const {
    std::vector<Sent> found;
    std::ranges::copy_if(sent, std::back_inserter(found), [&](const Sent& s) { return s.send.spec->action == action; });
    return found;
}

const RunRow& EngineBench::run(std::size_t index) const { return runs.at(order.at(index)); }

std::string EngineBench::note(std::size_t index) const {
    std::string text;
    for (const auto& t : transitions) {
        if (t.run == order.at(index)) text = t.detail;
    }
    return text;
}

std::string EngineBench::story(std::size_t index) const {
    if (index >= order.size()) return "(no such run)";
    std::string text;
    int seq = 0;
    for (const auto& t : transitions) {
        if (t.run != order[index]) continue;
        EXPECT_EQ(t.seq, ++seq) << "the sequence has a gap";
        if (!text.empty()) text += '>';
        text += name_of(t.to);
        if (t.reason != Reason::none) text += ':' + std::string{name_of(t.reason)};
    }
    return text;
}

}  // namespace taktd::test
