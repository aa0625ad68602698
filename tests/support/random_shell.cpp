// The random world's store, whose commits take their time, fail, and lose what was not durable, and its network, which
// loses requests and answers.
#include <algorithm>

#include "tests/support/random_world.hpp"

namespace taktd::test {

using namespace std::chrono_literals;

// --- the store

void RandomWorld::plan_commit() {
    if (commit_planned_ || store_down_ || pending_.empty()) return;
    commit_planned_ = true;
    const bool slow = !healed_ && chance_.one_in(slow_store_ ? 3 : 60);
    const TrueTime at = t_ + (slow ? chance_.between(100ms, 3s) : chance_.between(100us, 5ms));
    later(at, [this, step = pending_.back().step, g = generation_] {
        if (g != generation_) return;
        commit_planned_ = false;
        if (store_down_) return;
        commit_up_to(step);
        plan_commit();
    });
}

void RandomWorld::commit_up_to(StepId step) {
    while (!pending_.empty() && pending_.front().step <= step) {
        for (const auto& row : pending_.front().rows) {
            apply(row);
            const auto* call = std::get_if<CallRow>(&row);
            const bool waits =
                call != nullptr && call->action == Action::stop && !call->result && intents_.contains(call->id);
            if (waits && !released_.contains(call->id)) waiting_stops_[call->id] = call->account;
        }
        pending_.pop_front();
        check_tasks();
    }
    deliver(Durable{step});
}

void RandomWorld::store_goes_down() {
    if (store_down_ || !engine_) return;
    say("the store goes down");
    store_down_ = true;
    deliver(StoreDown{});
    later(t_ + chance_.between(100ms, chance_.one_in(3) ? Duration{10min} : Duration{20s}), [this, g = generation_] {
        if (g == generation_) store_comes_up();
    });
}

void RandomWorld::store_comes_up() {
    if (!store_down_ || !engine_) return;
    say("the store is up again");
    store_down_ = false;
    if (!pending_.empty()) commit_up_to(pending_.back().step);
    deliver(StoreUp{});
    plan_commit();
}

void RandomWorld::apply(const Row& row) {
    if (const auto* run = std::get_if<RunRow>(&row)) {
        check_run(*run);
        runs_[run->id] = *run;
    } else if (const auto* transition = std::get_if<TransitionRow>(&row)) {
        check_transition(*transition);
        transitions_[transition->run].push_back(*transition);
    } else if (const auto* call = std::get_if<CallRow>(&row)) {
        if (call->action != Action::query) calls_[call->id] = *call;
    } else if (const auto* job = std::get_if<JobStateRow>(&row)) {
        const auto era = era_of_.find(job->job);
        const bool same = era != era_of_.end() && job_states_[job->job].schedule == job->schedule;
        if (same) {
            eras_[era->second].generation = generation_;
        } else {
            if (era != era_of_.end()) {
                Era& old = eras_[era->second];
                const auto loaded = loaded_.find({generation_, job->job});
                const bool lived = loaded != loaded_.end() && loaded->second == job_states_[job->job].schedule;
                old.through = lived ? job->watermark : job_states_[job->job].watermark;
            }
            era_of_[job->job] = eras_.size();
            const auto schedule = schedules_.find(job->schedule);
            eras_.push_back({job->job, schedule == schedules_.end() ? Schedule{} : schedule->second, job->watermark,
                             job->watermark, generation_});
        }
        loaded_[{generation_, job->job}] = job->schedule;
        if (era != era_of_.end() && job->watermark < job_states_[job->job].watermark) fail("a watermark moves back");
        job_states_[job->job] = *job;
    } else if (const auto* gap = std::get_if<GapRow>(&row)) {
        gaps_[{gap->job, gap->first}] = *gap;
    } else if (const auto* hold = std::get_if<HoldRow>(&row)) {
        if (hold->engaged) {
            holds_[hold->scope] = *hold;
        } else {
            holds_.erase(hold->scope);
        }
    }
}

Snapshot RandomWorld::snapshot(bool clean) const {
    Snapshot found;
    found.clean_stop = clean;
    found.first_start = runs_.empty() && job_states_.empty();
    if (clean) found.limiters = limiters_;
    for (const auto& [id, row] : runs_) {
        if (is_terminal(row.state)) continue;
        RecoveredRun run;
        run.run = row;
        run.newest_row = row.updated;
        for (const auto& t : transitions_.at(id)) {
            run.last_seq = t.seq;
            run.newest_row = std::max(run.newest_row, t.at);
        }
        for (const auto& [call_id, call] : calls_) {
            if (call.run != id) continue;
            run.calls.push_back(call);
            run.newest_row = std::max({run.newest_row, call.intent, call.result ? call.result->ended : call.intent});
            const bool refused =
                call.action == Action::start && call.result && call.result->outcome != Outcome::accepted &&
                call.result->outcome != Outcome::uncertain && call.result->outcome != Outcome::not_sent;
            run.refused_before = run.refused_before || refused;
        }
        std::ranges::sort(run.calls, {}, [](const CallRow& c) { return std::pair{c.intent, c.id}; });
        found.live.push_back(std::move(run));
    }
    for (const auto& [id, call] : calls_) {
        if (!call.result && call.run && is_terminal(runs_.at(*call.run).state)) found.cut_calls.push_back(call);
    }
    for (const auto& [name, job] : job_states_) found.jobs.push_back(job);
    for (const auto& [scope, hold] : holds_) found.holds.push_back(hold);
    for (const auto& [id, ts] : transitions_) found.newest = std::max(found.newest, ts.back().at);
    return found;
}

// --- the network

namespace {

constexpr Duration kRefusedClock = 5min;  // the vendor refuses signatures that are further away

}  // namespace

void RandomWorld::send(const Send& s) {
    check_send(s);
    const Action action = s.spec->action;
    ++figures.sends;
    if (action == Action::start) ++figures.starts;
    if (action == Action::stop) ++figures.stops;
    const auto owner = owners_.find(s.call);
    Flight flight{s, owner == owners_.end() ? "" : owner->second, t_, now().wall + s.skew};
    std::string ids;
    for (const auto& id : s.spec->task_ids) ids += " " + s.spec->provider->name + "/" + id;
    say("> " + std::string{name_of(action)} + ids + " " + s.call.substr(30) + " for ..." +
        (flight.owner.empty() ? "" : flight.owner.substr(30)) + " " + std::string{name_of(s.call_class)});
    for (const auto& id : s.spec->task_ids) asked_[task_key_of(*s.spec->provider, id)] = t_;
    flights_[s.call] = flight;
    const CallId id = s.call;
    const int g = generation_;
    const TrueTime there = t_ + chance_.between(1ms, 60ms);
    const TrueTime back = there + chance_.between(1ms, 60ms);
    const auto answer_at = [&](TrueTime at, CallResult result) {
        later(at, [this, id, g, result] {
            if (g == generation_) answer(id, result);
        });
    };
    const auto lost = [&](TrueTime at, Outcome outcome, int status) {
        CallResult result;
        result.outcome = outcome;
        result.http_status = status;
        answer_at(at, result);
    };
    if (healed_) return later(there, [this, id, g, flight, back] { arrive(id, flight, g == generation_, back); });
    const Duration settle = s.spec->provider->settle;
    switch (chance_.below(24)) {
        case 0: lost(there, Outcome::not_sent, 0); break;
        case 1: lost(t_ + s.timeout, Outcome::uncertain, 0); break;  // lost on its way
        case 2:                                                      // taken, and the answer lost
            later(there, [this, id, flight] { arrive(id, flight, false, t_); });
            lost(t_ + s.timeout, Outcome::uncertain, 0);
            break;
        case 3:  // the connection ends, and the request takes effect later, within settle
            later(t_ + s.timeout + chance_.between(0s, settle / 4),
                  [this, id, flight] { arrive(id, flight, false, t_); });
            lost(t_ + s.timeout, Outcome::uncertain, 0);
            break;
        case 4:  // a late answer
            later(there, [this, id, g, flight, at = there + chance_.between(1s, 9s)] {
                arrive(id, flight, g == generation_, at);
            });
            break;
        case 5: {
            CallResult result;
            result.outcome = Outcome::throttled;
            result.http_status = 429;
            if (chance_.one_in(2)) result.retry_after = chance_.between(1s, chance_.one_in(8) ? 10min : 10s);
            answer_at(back, result);
            break;
        }
        case 6: lost(back, Outcome::uncertain, 503); break;
        case 7:  // a 5xx or garbage after the effect
            later(there, [this, id, flight] { arrive(id, flight, false, t_); });
            lost(back, Outcome::uncertain, chance_.one_in(2) ? 500 : 200);
            break;
        case 8: lost(back, chance_.one_in(3) ? Outcome::refused_final : Outcome::refused_retryable, 400); break;
        default: later(there, [this, id, g, flight, back] { arrive(id, flight, g == generation_, back); });
    }
}

std::optional<CallResult> RandomWorld::refusal(const Flight& flight) {
    const ProviderSpec& provider = *flight.send.spec->provider;
    CallResult result;
    result.http_status = 401;
    if (const auto until = vendor_.unauthorized.find(provider.account);
        until != vendor_.unauthorized.end() && t_ < until->second) {
        result.outcome = Outcome::unauthorized;
        if (provider.traits.token_names_run) result.server_time = true_wall();
        return result;
    }
    const Duration off = flight.signed_at - (true_wall() - t_ + flight.left);
    if (off < kRefusedClock && off > -kRefusedClock) return std::nullopt;
    result.outcome = provider.traits.token_names_run ? Outcome::unauthorized : Outcome::clock_skew;
    result.server_time = true_wall();
    return result;
}

void RandomWorld::arrive(const CallId& id, Flight flight, bool answered, TrueTime answer_at) {
    if (unsent_.contains(id)) return;
    auto refused = refusal(flight);
    if (!answered) {
        if (!refused) vendor_.take_effect(*flight.send.spec, flight.owner, t_);
        return;
    }
    const CallResult result = refused ? *refused : vendor_.handle(*flight.send.spec, flight.owner, t_);
    later(answer_at, [this, id, result, g = generation_] {
        if (g == generation_) answer(id, result);
    });
}

void RandomWorld::answer(const CallId& id, CallResult result) {
    if (flights_.erase(id) == 0) return;  // cut meanwhile
    result.ended = now().wall;
    result.ended_boot = now().boot;
    std::string seen;
    for (const auto& [task, o] : result.observations)
        seen += " " + task + ":" + std::string{name_of(o.remote)} + "/" + o.token.value_or("-");
    say("< " + id.substr(30) + " " + std::string{name_of(result.outcome)} + seen);
    deliver(Answered{id, std::move(result)});
}

void RandomWorld::cut(const CallId& id) {
    const auto flight = flights_.find(id);
    if (flight == flights_.end()) return;
    CallResult result;
    const bool not_sent = t_ == flight->second.left;
    result.outcome = not_sent ? Outcome::not_sent : Outcome::uncertain;
    if (not_sent) unsent_.insert(id);
    later(t_, [this, id, result, g = generation_] {
        if (g == generation_) answer(id, result);
    });
}
}  // namespace taktd::test
