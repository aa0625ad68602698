// Answers: what came of a call decides how its run goes on. A late answer never moves a run backwards: it is only
// recorded.
#include <algorithm>

#include "daemon/core/engine_state.hpp"
#include "daemon/core/retry.hpp"

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

    if (account.closed && result.outcome == Outcome::clock_skew) {
        account.next_probe = now.boot;
        account.resign_probe = true;
    }
    if (result.outcome == Outcome::unauthorized) {
        close_account(account);
        if (result.secrets_changed) account.next_probe = now.boot;  // as after a reload
    }
    // A refused time says nothing of the key, also where the server's clock does not bear the vendor out.
    const bool is_about_time = event.result.outcome == Outcome::clock_skew;
    if (shows_authentication(result.outcome) && !is_about_time && result.http_status != 0) reopen_account(account);

    if (call.look) look_answered(call, result);
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
    }
    drive_run(*call.run);
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
    const Duration asked = std::min(result.retry_after.value_or(Duration::zero()), kVendorWaitMax);
    run.retry_at = now.boot + std::max(wait, asked);
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
    const Duration asked = std::min(result.retry_after.value_or(Duration::zero()), kVendorWaitMax);
    run.next_stop = now.boot + std::max(wait, asked);
    run.query_wait = kFirstQueryWait;
    if (!run.query) query_at(run, now.boot);
}

void Engine::State::pause_answered(LiveRun& run, const PendingCall& call, const CallResult& result) {
    if (run.pause_call != call.row.id) return;
    run.pause_call.reset();
    if (call.row.action == Action::resume && result.outcome == Outcome::uncertain) run.resume_ended = result.ended_boot;
    const bool is_wanted = run.row.state == RunState::running || run.row.state == RunState::paused;
    if (result.outcome == Outcome::clock_skew && is_wanted) return admit_pause(run, call.row.action, true);
    query_at(run, now.boot);
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
    const Duration asked = std::min(result.retry_after.value_or(Duration::zero()), kVendorWaitMax);
    if (is_routine) {
        query_at(run, now.boot + std::max(poll_interval, asked));
    } else {
        query_at(run, now.boot + std::max(std::min(run.query_wait, poll_interval), asked));
        run.query_wait = std::min(run.query_wait * 2, poll_interval);
    }
    observe(run, seen == result.observations.end() ? Observation{} : seen->second, call);
}

void Engine::State::observe(LiveRun& run, const Observation& seen, const PendingCall& call) {
    const bool after_last_stop = !run.stop_call && run.last_stop_ended && call.asked_boot >= *run.last_stop_ended;
    if (run.row.state == RunState::stopping && after_last_stop) run.sight = StopSight{seen.remote};
    if (run.row.state == RunState::stopping && !run.stop_call && run.last_stop_ended && !after_last_stop)
        query_at(run, now.boot);
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
                               .own_token_seen = run.own_token_seen,
                               .stop_in_flight = stop_in_flight,
                               .resume_in_flight = is_resuming(run),
                               .resume_ended = run.resume_ended};
    if (const auto token = run_id_to_adopt(evidence, seen, call.asked_boot)) {
        run.row.vendor_run_id = *token;
        touch(run);
    }
    const Proof proof = judge(evidence, seen, call.asked_boot);
    if (!run.row.vendor_run_id.empty() && seen.token == run.row.vendor_run_id) run.own_token_seen = true;
    if (proof == Proof::own_active && !run.row.seen_active) {
        run.row.seen_active = true;
        touch(run);
    }

    switch (proof) {
        case Proof::nothing: return;
        case Proof::own_inactive: finish_as_observed(run, seen); return;
        case Proof::another:
            if (run.row.state == RunState::unconfirmed) return;
            move(run, RunState::stopped, Reason::superseded, "taktd", "another run has taken this task");
            return;
        case Proof::absent:
            if (run.row.state == RunState::unconfirmed) move(run, RunState::failed, Reason::start_unconfirmed);
            if (run.row.state == RunState::stopping) move(run, RunState::failed, Reason::no_effect);
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
        return want_look(look.provider, look.task, *call.look, look.wanted_until);
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
        const Duration asked = std::min(result.retry_after.value_or(Duration::zero()), kVendorWaitMax);
        look.next_ask = now.boot + std::max(wait, asked);
        looks_boot.set(*call.look, look.next_ask);
    }
    reconsider_task(*call.look);
}

}  // namespace taktd
