// Answers: what came of a call decides how its run goes on. A late answer never moves a run backwards: it is only
// recorded.
#include <algorithm>

#include "daemon/core/engine/state.hpp"
#include "daemon/core/rules/retry.hpp"

namespace taktd {
namespace {

bool had_no_effect(Outcome outcome) { return outcome != Outcome::accepted && outcome != Outcome::uncertain; }

// Only an answer that the vendor gave after it had checked the signature shows that the credentials work.
bool shows_authentication(Outcome outcome) {
    return outcome == Outcome::accepted || outcome == Outcome::conflict || outcome == Outcome::refused_final ||
           outcome == Outcome::refused_retryable;
}

}  // namespace

std::string problem_of(const CallResult& result) {
    return result.vendor_code.empty() ? result.vendor_message : result.vendor_code + ": " + result.vendor_message;
}

void Engine::State::on(const Answered& event) {
    const auto found = calls.find(event.call);
    if (found == calls.end()) return;
    PendingCall call = std::move(found->second);
    calls.erase(found);
    Account& account = accounts.at(call.account);
    if (call.call_class != CallClass::stop) --account.in_flight;
    dirty_accounts.insert(account.name);

    CallResult result = event.result;
    result.outcome = settle_outcome(account, call, result);
    call.row.result = result;
    call.row.record = result.record;
    // With the store down for long, the rows of queries are the ones that memory does not keep.
    const bool is_kept = store_up || call.row.action != Action::query || uncommitted_rows < kUncommittedRowsMax;
    if (is_kept) rows.emplace_back(call.row);
    const std::size_t rows_before = rows.size();

    if (account.closed && result.outcome == Outcome::clock_skew) {
        account.probes.probe_at_once(now.boot);
        account.resign_probe = true;
    }
    if (result.outcome == Outcome::unauthorized) {
        close_account(account);
        if (result.secrets_changed) account.probes.probe_at_once(now.boot);  // as after a reload
    }
    // A refused time says nothing of the key, also where the server's clock does not bear the vendor out.
    const bool is_about_time = event.result.outcome == Outcome::clock_skew;
    if (shows_authentication(result.outcome) && !is_about_time && result.http_status != 0) reopen_account(account);

    deliver(call, result);
    if (!is_kept || call.row.action != Action::query) return;
    const bool changed_something = rows.size() != rows_before || !touched.empty();
    std::get<CallRow>(rows[rows_before - 1]).replaces = looks_replaced_by(call, result, changed_something);
}

// To whom it may concern.
void Engine::State::deliver(const PendingCall& call, const CallResult& result) {
    if (call.look) look_answered(call, result);
    if (call.last_look) last_look_answered(call, result);
    if (!call.watch.empty()) watch_answered(call, result);
    if (call.foreign_stop) foreign_stop_answered(call, result);
    for (const auto& id : call.batch) {
        if (LiveRun* run = find_live(id)) query_answered(*run, call, result);
        drive_run(id);
    }
    if (!call.run) return;
    LiveRun* run = find_live(*call.run);
    if (run == nullptr) return;
    switch (call.row.action) {
        case Action::start: start_answered(*run, call, result); break;
        case Action::stop: stop_answered(*run, call, result); break;
        case Action::pause:
        case Action::resume: pause_answered(*run, call, result); break;
        case Action::query: query_answered(*run, call, result); break;
        case Action::prepare: prepare_answered(*run, call, result); break;
        case Action::heal: heal_answered(*run, call, result); break;
    }
    drive_run(*call.run);
}

// Of a baseline only a failure can be replaced: one that could be read may become part of a run's story.
std::vector<CallId> Engine::State::looks_replaced_by(const PendingCall& call, const CallResult& result,
                                                     bool changed_something) {
    std::vector<LookRows::Sight> sights;
    const auto add = [&](std::string subject, const std::string& task_id) {
        const auto seen = result.observations.find(task_id);
        sights.push_back({std::move(subject), seen == result.observations.end() ? Observation{} : seen->second});
    };
    if (call.run && find_live(*call.run) != nullptr) add(*call.run, find_live(*call.run)->row.plan.task.task_id);
    for (const auto& id : call.batch) {
        if (const LiveRun* run = find_live(id)) add(id, run->row.plan.task.task_id);
    }
    for (const auto& task_key : call.watch) {
        if (const auto task = watched.find(task_key); task != watched.end())
            add("watch " + task_key, task->second.task.task_id);
    }
    const auto is_unreadable = [](const auto& seen) { return seen.second.remote == RemoteState::unknown; };
    if (call.look && std::ranges::all_of(result.observations, is_unreadable))
        sights.push_back({"look " + *call.look, Observation{}});
    return look_rows.take({call.row.id, result.outcome, changed_something, now.boot}, sights);
}

// A refused signature is the clock's fault only if the server's clock says so, and then one more try is worth it.
Outcome Engine::State::settle_outcome(Account& account, const PendingCall& call, const CallResult& result) {
    if (result.outcome != Outcome::clock_skew && result.outcome != Outcome::unauthorized) return result.outcome;
    if (!result.server_time)
        return result.outcome == Outcome::clock_skew ? Outcome::refused_retryable : Outcome::unauthorized;
    const Duration off = *result.server_time - call.asked - call.skew;  // others may have set the account's skew since
    const bool is_skewed = off > kSkewMin || off < -kSkewMin;
    if (!is_skewed) return result.outcome == Outcome::clock_skew ? Outcome::refused_retryable : Outcome::unauthorized;
    account.skew = *result.server_time - now.wall;
    return call.is_resign ? Outcome::unauthorized : Outcome::clock_skew;
}

void Engine::State::start_answered(LiveRun& run, const PendingCall& call, const CallResult& result) {
    if (run.row.state != RunState::starting || run.start_call != call.row.id) return;
    run.start_call.reset();
    run.start_ended = result.ended_boot;
    run.query_wait = kFirstQueryWait;
    const std::string what = problem_of(result);

    if (result.outcome == Outcome::accepted) {
        run.row.vendor_run_id = result.vendor_run_id;
        move(run, RunState::running, Reason::none);
        query_at(run, now.boot + run.row.plan.provider->poll_interval);
    } else if (!had_no_effect(result.outcome)) {
        move(run, RunState::unconfirmed, Reason::none, "taktd", what);
        query_at(run, now.boot);
    } else if (run.stop_cause && result.outcome == Outcome::not_sent && !run.refused_before) {
        // Cut before a byte had left us: nothing runs and nothing is owed.
        give_up_unsent(run, StopCause{*run.stop_cause});
    } else {
        refuse_start(run, result, what);
        if (run.row.state == RunState::due && run.stop_cause) give_up_unsent(run, StopCause{*run.stop_cause});
    }
    // Its end fell due while the start was in flight.
    if (is_terminal(run.row.state) || !run.stop_cause) return;
    begin_stopping(run);
}

// Certainly without effect: for good, or to be tried again after a while.
void Engine::State::refuse_start(LiveRun& run, const CallResult& result, const std::string& what) {
    ++run.starts_tried;
    run.start_problem = what.empty() ? std::string{name_of(result.outcome)} : what;
    run.refused_before = run.refused_before || result.outcome != Outcome::not_sent;
    switch (result.outcome) {
        case Outcome::refused_final: move(run, RunState::failed, Reason::refused, "taktd", what); return;
        case Outcome::conflict: move(run, RunState::failed, Reason::task_busy, "taktd", what); return;
        case Outcome::unauthorized: move(run, RunState::failed, Reason::provider_unauthorized, "taktd", what); return;
        default: break;
    }
    const RetryPolicy policy = run.job ? run.job->retry : RetryPolicy{};
    move(run, RunState::due, Reason::none, "taktd", what);
    if (result.outcome == Outcome::clock_skew) {
        run.resign_start = true;
        run.retry_at.reset();
        return;
    }
    if (run.starts_tried >= policy.attempts) {
        move(run, RunState::failed, Reason::retries_over, "taktd", what);
        return;
    }
    const Duration wait = backoff_after({policy.initial, policy.max}, run.start_attempts, random);
    run.retry_at = now.boot + std::max(wait, vendor_wait(result));
}

void Engine::State::stop_answered(LiveRun& run, const PendingCall& call, const CallResult& result) {
    if (run.stop_call != call.row.id) return;
    run.stop_call.reset();
    if (result.lacks_credentials) {
        const ProviderPtr successor = successor_of(*run.row.plan.provider);
        if (successor != nullptr && !account_of(*successor).closed) return change_account(run, *successor);
    }
    run.sight.reset();
    run.last_stop_ended = result.ended_boot;
    run.last_stop_accepted = result.outcome == Outcome::accepted;
    run.stop_accepted = run.stop_accepted || run.last_stop_accepted;
    if (result.outcome == Outcome::clock_skew) {
        run.resign_stop = !account_of(*run.row.plan.provider).closed;  // else the next probe is that one more try
        run.next_stop = now.boot;
        return;
    }
    const Backoff backoff = result.outcome == Outcome::refused_final ? kRefusedStopBackoff : kStopBackoff;
    const Duration wait = backoff_after(backoff, ++run.stop_failures, random);
    run.next_stop = now.boot + std::max(wait, vendor_wait(result, kOwedVendorWaitMax));
    run.query_wait = kFirstQueryWait;
    if (!run.query) query_at(run, now.boot);
}

void Engine::State::pause_answered(LiveRun& run, const PendingCall& call, const CallResult& result) {
    if (run.pause_call != call.row.id) return;
    run.pause_call.reset();
    if (call.row.action == Action::resume && result.outcome == Outcome::uncertain) run.resume_ended = result.ended_boot;
    if (call.row.action == Action::resume && !had_no_effect(result.outcome)) forget_name(run);
    const bool is_wanted = run.row.state == RunState::running || run.row.state == RunState::paused;
    if (result.outcome == Outcome::clock_skew && is_wanted) return admit_pause(run, call.row.action, true);
    query_at(run, now.boot);
}

// Nobody knows whether a resume changes the start time that names the vendor's run: what it says from now on counts.
void Engine::State::forget_name(LiveRun& run) {
    run.was_resumed = true;
    if (run.row.plan.provider->traits.token_names_run) return;
    run.row.vendor_run_id.clear();
    run.candidate.clear();
    run.naming_looks = 0;
    touch(run);
}

void Engine::State::query_answered(LiveRun& run, const PendingCall& call, const CallResult& result) {
    if (run.query == call.row.id) run.query.reset();
    if (result.outcome == Outcome::clock_skew) {  // one more at once, and this one showed nothing
        run.resign_query = !account_of(*run.row.plan.provider).closed;
        return query_at(run, now.boot);
    }
    const auto seen = result.observations.find(run.row.plan.task.task_id);
    const bool is_routine = run.row.state == RunState::running || run.row.state == RunState::paused;
    const Duration poll_interval = run.row.plan.provider->poll_interval;
    const bool settles_stop = run.row.state == RunState::stopping;
    const Duration asked = vendor_wait(result, settles_stop ? kOwedVendorWaitMax : kVendorWaitMax);
    if (is_routine) {
        query_at(run, now.boot + std::max(poll_interval, asked));
    } else {
        query_at(run, now.boot + std::max(std::min(run.query_wait, poll_interval), asked));
        run.query_wait = std::min(run.query_wait * 2, poll_interval);
    }
    const Observation shown = seen == result.observations.end() ? Observation{} : seen->second;
    observe(run, shown, call);
    healing_looked(run, shown, call);
}

void Engine::State::observe(LiveRun& run, const Observation& seen, const PendingCall& call) {
    note_sight(run, seen, call);
    if (seen.remote == RemoteState::unknown) return;
    if (run.row.remote_state != seen.remote) {
        run.row.remote_state = seen.remote;
        touch(run);
    }
    const bool is_batched = call.row.spec->batched;
    if (is_batched && seen.activity() == Activity::inactive) {
        // A list shows no token: it moves no run to its end, it makes us look closely at once.
        run.ask_alone = true;
        query_at(run, now.boot);
        return;
    }
    const bool stop_in_flight = run.stop_call && calls.at(*run.stop_call).released;
    const RunEvidence evidence{.run = run.row,
                               .start_ended = run.start_ended,
                               .last_stop_ended = run.last_stop_ended,
                               .stop_in_flight = stop_in_flight,
                               .resume_in_flight = is_resuming(run),
                               .was_resumed = run.was_resumed,
                               .resume_ended = run.resume_ended,
                               .sighting = run.sighting,
                               .previous = run.previous_run_id,
                               .candidate = run.candidate};
    const auto adopted = run_id_to_adopt(evidence, seen, call.asked_boot);
    if (seen.activity() == Activity::active && !is_batched) run.candidate = seen.token.value_or("");
    if (adopted) {
        run.row.vendor_run_id = *adopted;
        touch(run);
    }
    const Judgement judgement = judge(evidence, seen, call.asked_boot);
    run.sighting = judgement.sighting;
    if (run.sight) run.sight->is_anothers = run.sighting && run.sighting->of == Sighting::Of::another_active;
    if (run.sighting) look_again_by(run, run.sighting->since + run.row.plan.provider->settle);
    follow(run, judgement.proof, seen);
}

// What the newest look since the last stop showed. One that could not be read takes back no inactivity: another stop
// would only begin the wait for `settle` anew.
void Engine::State::note_sight(LiveRun& run, const Observation& seen, const PendingCall& call) {
    if (run.row.state != RunState::stopping || run.stop_call || !run.last_stop_ended) return;
    if (call.asked_boot < *run.last_stop_ended) return query_at(run, now.boot);
    const bool was_inactive = run.sight && activity_of(run.sight->remote) == Activity::inactive;
    if (seen.remote == RemoteState::unknown && was_inactive) return;
    run.sight = StopSight{seen.remote};
}

void Engine::State::follow(LiveRun& run, Proof proof, const Observation& seen) {
    if (proof == Proof::own_active && !run.row.seen_active) {
        run.row.seen_active = true;
        touch(run);
    }
    const bool is_ours =
        proof == Proof::own_active || proof == Proof::own_inactive || (proof == Proof::absent && run.row.seen_active);
    if (is_ours) note_drill(run, seen);
    switch (proof) {
        case Proof::nothing: return;
        case Proof::own_inactive:
            learn_name_at_end(run, seen);
            finish_as_observed(run, seen);
            return;
        case Proof::another:
            if (run.row.state == RunState::unconfirmed) return;
            move(run, RunState::stopped, Reason::superseded, "taktd", "another run has taken this task");
            return;
        case Proof::absent:
            if (run.row.state == RunState::unconfirmed) move(run, RunState::failed, Reason::start_unconfirmed);
            if (run.row.state != RunState::stopping) return;
            if (run.row.seen_active) return finish_as_observed(run, seen);
            move(run, RunState::failed, Reason::no_effect);
            return;
        case Proof::own_active: break;
    }
    if (run.row.state == RunState::unconfirmed) {
        move(run, RunState::running, Reason::none, "taktd", "seen running");
        query_at(run, now.boot + run.row.plan.provider->poll_interval);
    }
    if (run.row.state == RunState::running && seen.remote == RemoteState::paused)
        move(run, RunState::paused, Reason::none);
    else if (run.row.state == RunState::paused && seen.remote == RemoteState::running)
        move(run, RunState::running, Reason::none);
}

// By its token the run is known again, should its end turn out to be none (last_looks.cpp).
void Engine::State::learn_name_at_end(LiveRun& run, const Observation& seen) {
    if (!run.row.vendor_run_id.empty() || !seen.token || *seen.token == run.previous_run_id) return;
    if (run.row.baseline && run.row.baseline->seen.token == seen.token) return;
    run.row.vendor_run_id = *seen.token;
}

void Engine::State::finish_as_observed(LiveRun& run, const Observation& seen) {
    if (run.row.state == RunState::stopping && run.stop_accepted) {
        move(run, RunState::stopped, run.row.reason, run.stop_cause ? run.stop_cause->actor : "taktd");
        return;
    }
    switch (seen.remote) {
        case RemoteState::failed: move(run, RunState::failed, Reason::remote_failed); return;
        case RemoteState::stopped: move(run, RunState::stopped, Reason::remote); return;
        default: move(run, RunState::completed, Reason::none); return;
    }
}

void Engine::State::look_answered(const PendingCall& call, const CallResult& result) {
    const auto found = looks.find(*call.look);
    if (found == looks.end() || found->second.query != call.row.id) return;  // the task was started meanwhile
    Look& look = found->second;
    look.query.reset();
    if (result.outcome == Outcome::clock_skew) {
        look.resign = true;
        return want_look(look.provider, look.task, *call.look, {look.due, look.wanted_until});
    }
    const auto seen = result.observations.find(look.task.task_id);
    if (seen != result.observations.end() && seen->second.remote != RemoteState::unknown) {
        look.seen = Baseline{seen->second, call.asked};
        look.seen_boot = call.asked_boot;
        look.row = call.row;
        look.failures = 0;
        look.problem.clear();
        look.next_ask.reset();
        looks_boot.set(*call.look, now.boot + kBaselineMaxAge);
        note_task(*call.look, seen->second, call);
    } else {
        look.problem = problem_of(result);
        if (look.problem.empty()) look.problem = "the answer did not show the task";
        const Backoff backoff{kFirstQueryWait, std::max<Duration>(look.provider->poll_interval, kFirstQueryWait)};
        const Duration wait = backoff_after(backoff, ++look.failures, random);
        look.next_ask = now.boot + std::max(wait, vendor_wait(result));
        looks_boot.set(*call.look, look.next_ask);
    }
    reconsider_task(*call.look);
}

}  // namespace taktd
