// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/world/store.hpp"

#include <algorithm>
#include <tuple>

#include "tests/simulation/world/pinned_zones.hpp"

namespace taktd::sim {
namespace {

bool is_refusal(const std::optional<CallResult>& result) {
    return result && result->outcome != Outcome::accepted && result->outcome != Outcome::uncertain &&
           result->outcome != Outcome::not_sent;
}

}  // namespace

bool SimStore::keeps(const Row& row) {
    const auto* call = std::get_if<CallRow>(&row);
    return call == nullptr || call->action != Action::query;
}

void SimStore::apply(const Row& row) {
    if (const auto* run = std::get_if<RunRow>(&row)) {
        runs[run->id] = *run;
        newest = std::max(newest, run->updated);
        if (is_terminal(run->state)) {
            live.erase(run->id);
        } else {
            live.insert(run->id);
        }
    } else if (const auto* move = std::get_if<TransitionRow>(&row)) {
        auto& moves = transitions[move->run];  // keyed by their sequence: twice equals once
        const auto at = static_cast<std::size_t>(move->seq) - 1;
        if (at < moves.size()) {
            moves[at] = *move;
        } else {
            moves.push_back(*move);
        }
        newest = std::max(newest, move->at);
    } else if (const auto* call = std::get_if<CallRow>(&row)) {
        newest = std::max(newest, call->result ? call->result->ended : call->intent);
        if (call->action == Action::query) return;
        const bool is_new = calls.insert_or_assign(call->id, *call).second;
        if (is_new && call->run) calls_of[*call->run].push_back(call->id);
    } else if (const auto* job = std::get_if<JobStateRow>(&row)) {
        jobs[job->job] = *job;
    } else if (const auto* told = std::get_if<LimitRow>(&row)) {
        limits[told->account] = *told;
        newest = std::max(newest, told->at);
    } else if (const auto* gap = std::get_if<GapRow>(&row)) {
        gaps[{gap->job, gap->first}] = *gap;
    } else if (const auto* seen = std::get_if<ForeignRow>(&row)) {
        foreign[{seen->task_key, seen->first_seen}] = *seen;
    } else if (const auto* look = std::get_if<LastLookRow>(&row)) {
        last_looks.erase(look->run);
        if (!look->done) last_looks[look->run] = look->due;
    } else if (const auto* hold = std::get_if<HoldRow>(&row)) {
        if (hold->engaged) {
            holds[hold->scope] = *hold;
        } else {
            holds.erase(hold->scope);
        }
    }
}

Past SimStore::past(bool clean) const {
    Snapshot found;
    found.clean_stop = clean;
    found.first_start = !was_opened;
    found.found_damaged = found_damaged;
    if (clean) found.limiters = limiters;
    for (const auto& [account, told] : limits) found.limits.push_back(told);
    for (const auto& id : live) {
        RecoveredRun run;
        run.run = runs.at(id);
        run.newest_row = run.run.updated;
        for (const auto& move : transitions.at(id)) {
            run.last_seq = move.seq;
            if (move.to == RunState::stopping) {
                run.stop_actor = move.actor;
                run.stop_text = move.detail;
            }
            run.newest_row = std::max(run.newest_row, move.at);
        }
        const auto its_calls = calls_of.find(id);
        for (std::size_t i = 0; its_calls != calls_of.end() && i < its_calls->second.size(); ++i) {
            CallRow call = calls.at(its_calls->second[i]);
            run.newest_row = std::max({run.newest_row, call.intent, call.result ? call.result->ended : call.intent});
            if (call.action == Action::start && is_refusal(call.result)) run.refused_before = true;
            call.spec.reset();  // not stored
            run.calls.push_back(std::move(call));
        }
        std::ranges::sort(run.calls, {}, [](const CallRow& c) { return std::tie(c.intent, c.attempt, c.id); });
        found.live.push_back(std::move(run));
    }
    std::ranges::sort(found.live, {}, [](const RecoveredRun& r) { return std::tie(r.run.start_due, r.run.id); });
    for (const auto& [id, call] : calls) {
        if (!call.result && (!call.run || is_terminal(runs.at(*call.run).state))) found.cut_calls.push_back(call);
    }
    for (const auto& [name, job] : jobs) found.jobs.push_back(job);
    for (const auto& [key, seen] : foreign) {
        if (!seen.ended) found.foreign.push_back(seen);
    }
    for (const auto& [scope, hold] : holds) found.holds.push_back(hold);
    for (const auto& [id, due] : last_looks) found.last_looks.emplace_back(runs.at(id), due);
    for (const auto& [id, run] : runs) {
        if (run.request_key) found.request_keys[{run.job, *run.request_key}] = id;
    }
    found.newest = newest;
    return past_of(std::move(found), [](const std::string& zone) { return zone_of(zone); });
}

}  // namespace taktd::sim
