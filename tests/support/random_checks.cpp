// What the random world holds against the rules. Nothing here asks the engine how it sees things: durable rows,
// requests as they leave, and what the vendor's tasks really did.
#include <algorithm>

#include "daemon/core/lifecycle.hpp"
#include "tests/support/random_world.hpp"

namespace taktd::test {

using namespace std::chrono_literals;

namespace {

// After the faults: the probe of a closed provider, a wait of a vendor or of a final refusal, a stop ignored as
// `stopping`, and slack.
constexpr Duration kHealing = 17min;
constexpr Duration kSlack = 30s;

}  // namespace

void RandomWorld::fail(const std::string& why) {
    if (!failure_.empty()) return;
    failure_ = why;
    say("!!! " + why);
}

void RandomWorld::check_appended(const Row& row) {
    if (const auto* run = std::get_if<RunRow>(&row)) {
        Truth& truth = truth_[run->id];
        truth.key = run->task_key;
        if (run->state != RunState::starting || truth.boot != 0) return;
        truth.boot = boot_;
        truth.ends = std::min(run->stop_due, run->max_end);
        truth.deadline = t_ + (truth.ends - now().wall);
    } else if (const auto* move = std::get_if<TransitionRow>(&row)) {
        say("  run ..." + move->run.substr(30) + " " + std::to_string(move->seq) + " -> " +
            std::string{name_of(move->to)} + " " + std::string{name_of(move->reason)} + " (" + move->actor + ") " +
            move->detail);
        Truth& truth = truth_[move->run];
        if (move->to == RunState::due) truth.boot = 0;  // nothing is owed; its next intent fixes new instants
        if (!is_terminal(move->to)) return;
        truth.ended = true;
        if (!truth.discharged && vendor_.is_active(truth.key, move->run))
            fail("R3: an obligation is discharged while the vendor still runs ..." + move->run.substr(30));
    } else if (const auto* hold = std::get_if<HoldRow>(&row)) {
        known_holds_.erase(hold->scope);
        if (hold->engaged) known_holds_[hold->scope] = *hold;
    } else if (const auto* call = std::get_if<CallRow>(&row)) {
        if (call->run) owners_[call->id] = *call->run;
        if (call->result) {
            waiting_stops_.erase(call->id);
            intents_.erase(call->id);
        } else {
            intents_[call->id] = t_;
        }
    }
}

void RandomWorld::check_transition(const TransitionRow& row) {
    const auto& before = transitions_[row.run];
    std::optional<RunState> last;
    if (!before.empty()) last = before.back().to;
    if (row.seq != static_cast<int>(before.size()) + 1)
        return fail("R10: the sequence of ..." + row.run.substr(30) + " has a gap");
    if (row.from != last) return fail("R10: a transition does not follow the one before it");
    if (!is_legal(row.from, row.to)) return fail("R10: an illegal move");
    if (is_terminal(row.to)) {
        ++figures.runs;
        ++figures.ends[std::string{name_of(row.to)} + ":" + std::string{name_of(row.reason)}];
    }
}

void RandomWorld::check_run(const RunRow& row) {
    if (row.occurrence) {
        const auto first = by_occurrence_.try_emplace({row.job, *row.occurrence}, row.id).first;
        if (first->second != row.id)
            return fail("R8: occurrence " + to_rfc3339(*row.occurrence) + " of " + row.job + " has two runs");
    }
    if (row.request_key) {
        for (const auto& [id, other] : runs_) {
            if (id != row.id && other.job == row.job && other.request_key == row.request_key)
                return fail("a request key makes two runs of " + row.job);
        }
    }
    const auto known = runs_.find(row.id);
    if (known != runs_.end() && is_terminal(known->second.state) && known->second.state != row.state)
        return fail("R10: a terminal run moves on");
    if (owes_stop(row.state) != (row.obligation == Obligation::open)) return fail("R3: obligation and state disagree");
    if (row.obligation != Obligation::open) return;
    const std::string key = task_key_of(*row.plan.provider, row.plan.task.task_id);
    if (key != row.task_key) fail("R9: a run's plan names " + key + ", its key " + row.task_key);
}

// After each step's rows, which are durable together.
void RandomWorld::check_tasks() {
    std::map<std::string, RunId> open;
    for (const auto& [id, run] : runs_) {
        if (run.obligation == Obligation::open && !open.emplace(run.task_key, id).second)
            return fail("R9: two open obligations on " + run.task_key);
    }
}

void RandomWorld::check_send(const Send& send) {
    const ProviderSpec& provider = *send.spec->provider;
    // R6: the reference bucket knows true time only, and no restart.
    TrueTime& tat = tat_[provider.account];
    tat = std::max(tat, t_) + provider.rate_limit.interval;
    if (tat - t_ > provider.rate_limit.burst * provider.rate_limit.interval)
        return fail("R6: over the limit of account " + provider.account);
    if (send.call_class != CallClass::stop) {
        for (const auto& [call, account] : waiting_stops_) {
            if (account == provider.account)
                return fail("R7: a " + std::string{name_of(send.call_class)} + " goes before a stop that waits");
        }
    }
    if (send.spec->action == Action::query) return;

    const auto owner = owners_.find(send.call);
    if (owner == owners_.end()) return fail("R1: a call without an intent is sent");
    if (!released_.insert(send.call).second) return fail("a call is sent twice");
    waiting_stops_.erase(send.call);
    const auto durable = calls_.find(send.call);
    if (send.spec->action == Action::stop) {
        const bool waited = intents_.contains(send.call) && t_ - intents_[send.call] >= 1s;
        if (durable == calls_.end() && !waited)
            return fail("R1: a stop is sent before its intent is durable, and it did not wait a second");
        for (const auto& [id, flight] : flights_) {
            if (flight.owner == owner->second && flight.send.spec->action == Action::start)
                return fail("a stop is sent while its run's start is in flight");
        }
        return;
    }
    if (durable == calls_.end()) return fail("R1: it is sent before its intent is durable");
    if (send.spec->action != Action::start) return;

    const Truth& truth = truth_[owner->second];
    if (truth.effects > 0) return fail("R2: a start is sent again after one took effect");
    if (store_down_) return fail("a start is sent while the store is down");
    const RunRow& run = runs_.at(owner->second);
    if (run.state != RunState::starting) return fail("R1: a start is sent whose obligation is not durable");
    if (!configured_ || !config_->jobs.contains(run.job))
        return fail("a start is sent for a job that is not in the config");
    if (now().wall >= run.stop_due) return fail("a start is sent at or after its stop instant");
    for (const auto& scope : {std::string{}, "job:" + run.job, "provider:" + run.provider}) {
        const auto hold = known_holds_.find(scope);
        if (hold != known_holds_.end() && (!hold->second.until || now().wall < *hold->second.until))
            return fail("a start is sent against the hold '" + scope + "'");
    }
}

void RandomWorld::check_start_effect(const std::string& owner) {
    Truth& truth = truth_[owner];
    if (++truth.effects > 1) return fail("R2: two starts of ..." + owner.substr(30) + " take effect");
    if (truth.ended && !truth.discharged) return fail("R3: a start takes effect after its run was given up");
    const auto run = runs_.find(owner);
    if (!truth.discharged && (run == runs_.end() || run->second.obligation != Obligation::open))
        fail("R3: a start takes effect without an open obligation");
}

void RandomWorld::check_running(const std::string& owner) {
    const Truth& truth = truth_[owner];
    if (truth.ended && !truth.discharged)
        fail("R3: a task becomes active after its run ..." + owner.substr(30) + " was given up");
}

// While healthy: nothing runs, and nothing is owed, past its end and the bound.
void RandomWorld::check_overdue() {
    if (!failure_.empty()) return;
    later(t_ + 3s, [this] { check_overdue(); });
    Duration limiter = 0s;
    for (const auto& provider : providers_) limiter = std::max(limiter, provider->rate_limit.interval * 20);
    for (const auto& [key, task] : vendor_.tasks) {
        if (activity_of(task.state) != Activity::active || task.owner == "stranger") continue;
        const Truth& truth = truth_[task.owner];
        if (!truth.discharged && t_ > std::max(truth.deadline, healed_at_ + kHealing) + kSlack + limiter)
            return fail("R5: ..." + task.owner.substr(30) + " still runs, long past its end");
    }
    for (const auto& [id, run] : runs_) {
        if (run.obligation != Obligation::open) continue;
        const Duration bound = run.plan.provider->settle + run.plan.provider->poll_interval + kSlack + limiter;
        if (t_ > std::max(truth_[id].deadline, healed_at_ + kHealing) + bound)
            return fail("R4: the obligation of ..." + id.substr(30) + " (" + std::string{name_of(run.state)} +
                        ") is not discharged");
    }
}

// R8 against a list of one's own: the instants of `every N minutes`, counted one by one.
void RandomWorld::check_occurrences() {
    std::map<std::string, std::set<WallTime>> may, must;
    for (const auto& era : eras_) {
        if (era.schedule.rules.empty()) continue;
        const auto& rule = std::get<EveryRule>(era.schedule.rules.front());
        for (WallTime at = rule.from_instant + (era.from - rule.from_instant) / rule.period * rule.period;
             at <= era.through; at += rule.period) {
            if (at > era.from) must[era.job].insert(at);
        }
        may[era.job].insert(must[era.job].begin(), must[era.job].end());
    }
    std::map<std::string, std::set<WallTime>> found;
    for (const auto& [key, run] : by_occurrence_) found[key.first].insert(key.second);
    for (const auto& [job, instants] : must) {
        for (const WallTime at : instants) {
            int dispositions = found[job].contains(at) ? 1 : 0;
            for (const auto& [key, gap] : gaps_) {
                if (key.first == job && gap.first <= at && at <= gap.last) ++dispositions;
            }
            if (dispositions != 1)
                return fail("R8: occurrence " + to_rfc3339(at) + " of " + job + " has " + std::to_string(dispositions) +
                            " dispositions");
        }
    }
    for (const auto& [key, gap] : gaps_) {
        const auto count =
            std::ranges::count_if(must[key.first], [&](WallTime at) { return gap.first <= at && at <= gap.last; });
        if (count != gap.count)
            return fail("R8: a gap of " + key.first + " counts " + std::to_string(gap.count) + " of " +
                        std::to_string(count));
    }
}

void RandomWorld::check_end() {
    check_occurrences();
    if (engine_->status().live_runs != 0)
        return fail("R4: " + std::to_string(engine_->status().live_runs) + " runs are live at the end");
    if (engine_->status().calls_in_flight != 0) return fail("a call is in flight at the end");
    for (const auto& [id, run] : runs_) {
        if (!is_terminal(run.state)) return fail("R4: ..." + id.substr(30) + " is not ended in the store");
    }
    for (const auto& [id, call] : calls_) {
        if (!call.result) return fail("call " + id + " has no outcome in the end");
    }
    for (const auto& [key, task] : vendor_.tasks) {
        if (activity_of(task.state) == Activity::active && task.owner != "stranger" && !truth_[task.owner].discharged)
            return fail("R4: the vendor still runs ..." + task.owner.substr(30));
    }
}

}  // namespace taktd::test
