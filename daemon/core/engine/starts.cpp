// Whether a run of `due` starts now: the facts are gathered, the policies decide, and their verdict is carried out. A
// start that is not made takes its facts along, so that `taktctl why` can tell.
#include <algorithm>

#include "daemon/core/engine/state.hpp"

namespace taktd {
namespace {

std::string until_text(const std::optional<WallTime>& until) { return until ? ", until " + to_rfc3339(*until) : ""; }

std::string on_behalf(const std::string& actor, const std::string& reason) {
    return (actor.empty() ? "" : " by " + actor) + (reason.empty() ? "" : ": " + reason);
}

}  // namespace

/// The run's own instants, with what its job allows. How long a run by hand lasts is the operator's choice, which may
/// be less than the job finds worth a start.
Window Engine::State::window_of_run(const LiveRun& run) {
    const Window planned = run.job ? window_of(*run.job, run.row.start_due) : Window{};
    Window window{run.row.start_due, run.row.stop_due, run.row.max_end, planned.start_grace, planned.min_window};
    const Duration length = std::min(window.stop_due, window.max_end) - window.start_due;
    if (run.by_hand) window.min_window = std::min(window.min_window, length / 2);
    return window;
}

StartFacts Engine::State::start_facts(const LiveRun& run) const {
    StartFacts facts;
    facts.window = window_of_run(run);
    facts.now = now.wall;
    facts.misfire = run.job ? run.job->misfire : Misfire::skip;
    facts.overlap = run.job ? run.job->overlap : Overlap::skip;
    facts.by_hand = run.by_hand;
    facts.removed = run.job == nullptr;
    facts.disabled = is_disabled(run.row.job);
    facts.held = engaged_hold(run.row.job, run.row.provider) != nullptr;
    const auto account = accounts.find(run.row.plan.provider->account);
    facts.provider_closed = account != accounts.end() && account->second.closed;
    facts.earlier_live = static_cast<int>(earlier_runs(run).size());
    facts.waited = run.waited;
    facts.is_newest_missed = run.is_newest_missed;
    facts.needs_task = run.row.plan.task.is_from_template() && run.row.vendor_task_id.empty();
    facts.prepared_in_vain = facts.needs_task && run.prepare_failures > 0;
    facts.task_is_taken = taker_of(run) != nullptr || is_being_cleared(run.row.task_key);
    facts.baseline = baseline_state(run);
    if (const auto look = looks.find(run.row.task_key); look != looks.end() && !facts.needs_task) {
        facts.looked_in_vain = look->second.failures > 0 && facts.baseline == BaselineState::none;
        const std::string& expected = run.row.plan.task.expect_name;
        facts.is_wrong_task = !expected.empty() && look->second.seen && look->second.seen->seen.name != expected;
    }
    return facts;
}

// Runs of the same job that are not finished and have begun or were due before this one.
std::vector<RunId> Engine::State::earlier_runs(const LiveRun& run) const {
    std::vector<RunId> earlier;
    const auto siblings = runs_by_job.find(run.row.job);
    if (siblings == runs_by_job.end()) return earlier;
    for (const auto& id : siblings->second) {
        const RunRow& other = runs.at(id).row;
        if (id == run.row.id) continue;
        // After the wall clock was set back, what runs already may have been due later.
        const bool is_first = std::pair{other.start_due, other.id} < std::pair{run.row.start_due, run.row.id};
        if (is_first || owes_stop(other.state)) earlier.push_back(id);
    }
    return earlier;
}

/// The run that owes a stop on this run's task (R9).
const LiveRun* Engine::State::taker_of(const LiveRun& run) const {
    const auto open = open_by_task.find(run.row.task_key);
    return open == open_by_task.end() || open->second == run.row.id ? nullptr : &runs.at(open->second);
}

void Engine::State::consider_start(LiveRun& run) {
    if (!configured) return;  // recovered; its job is yet to come
    const StartFacts facts = start_facts(run);
    const StartVerdict verdict = decide_start(facts);
    switch (verdict.kind) {
        case StartVerdict::Kind::skip: give_up_start(run, verdict.reason); return;
        case StartVerdict::Kind::prepare: want_task(run); break;
        case StartVerdict::Kind::look:
            want_look(run.job->provider, run.row.plan.task, run.row.task_key, {run.row.start_due, latest_start(facts)});
            break;
        case StartVerdict::Kind::wait: run.waited = run.waited || facts.earlier_live > 0; break;
        case StartVerdict::Kind::end_previous:
            end_previous(run);
            if (earlier_runs(run).empty()) return consider_start(run);  // none of them had begun
            run.waited = true;
            break;
        case StartVerdict::Kind::start:
            if (run.retry_at && *run.retry_at > now.boot) break;
            account_of(*run.job->provider).starts_wanted.emplace(run.row.start_due, run.row.id);
            dirty(*run.job->provider);
            break;
    }
    plan_run(run);
}

// `overlap: stop_previous`: what is not begun is given up, what may be running is stopped; this one waits for it.
void Engine::State::end_previous(LiveRun& run) {
    for (const auto& id : earlier_runs(run)) {
        LiveRun& earlier = runs.at(id);
        const StopCause cause{Reason::superseded, "taktd", "the job's next run is due (overlap: stop_previous)"};
        if (earlier.row.state == RunState::due) {
            give_up_unsent(earlier, cause);
        } else {
            want_end(earlier, cause);
            drive_run(id);
        }
    }
}

// `note`: what the facts do not tell.
void Engine::State::give_up_start(LiveRun& run, Reason reason, const std::string& actor, const std::string& note) {
    auto facts = std::make_shared<const StartFacts>(start_facts(run));
    // Facts that would have led elsewhere explain nothing.
    if (decide_start(*facts) != StartVerdict{StartVerdict::Kind::skip, reason}) facts.reset();
    move(run, run.refused_before ? RunState::failed : RunState::skipped, reason, actor,
         note.empty() ? circumstances(run, reason) : note, std::move(facts));
}

/// Whether the limiter has kept it from its start, its look or its task.
bool Engine::State::lacks_permit(const LiveRun& run) const {
    const auto account = accounts.find(run.job->provider->account);
    if (account == accounts.end()) return false;
    const std::pair place{run.row.start_due, run.row.id};
    const bool waits = account->second.starts_wanted.contains(place) || account->second.tasks_wanted.contains(place);
    if (waits && !account->second.limiter.permits(CallClass::start, now.boot)) return true;
    const auto look = looks.find(run.row.task_key);
    if (look == looks.end()) return false;
    const bool was_asked = look->second.query || look->second.seen || look->second.failures > 0;
    return !was_asked && !look->second.next_ask;
}

// What stood in the way of a start, as a sentence for people.
std::string Engine::State::circumstances(const LiveRun& run, Reason reason) const {
    switch (reason) {
        case Reason::misfire: {
            if (!run.start_problem.empty()) return "its last attempt: " + run.start_problem;
            if (!run.job || !lacks_permit(run)) return "";
            const RateLimit& limit = accounts.at(run.job->provider->account).limiter.limit();
            return "the provider's limit, one request per " + to_text(limit.interval) + ", left no permit in time";
        }
        case Reason::overlap: {
            const auto earlier = earlier_runs(run);
            if (earlier.empty()) return run.waited ? "it waited for the job's earlier run until too late" : "";
            return "run " + earlier.front() + " of this job is " +
                   std::string{name_of(runs.at(earlier.front()).row.state)};
        }
        case Reason::task_busy: {
            if (const LiveRun* taker = taker_of(run))
                return "run " + taker->row.id + " of job '" + taker->row.job + "' has the task";
            if (is_being_cleared(run.row.task_key)) return "a foreign run of the task is being stopped";
            const auto look = looks.find(run.row.task_key);
            if (look == looks.end() || !look->second.seen) return "";
            return "the task was seen " + std::string{name_of(look->second.seen->seen.remote)} + " at " +
                   to_rfc3339(look->second.seen->asked);
        }
        case Reason::hold: {
            const HoldRow* hold = engaged_hold(run.row.job, run.row.provider);
            if (hold == nullptr) return "";
            return "hold on " + hold->scope_text() + on_behalf(hold->actor, hold->reason) + until_text(hold->until);
        }
        case Reason::disabled: {
            const JobPtr job = configured_job(run.row.job);
            const JobStateRow* stored = stored_state(run.row.job);
            if (!job || !job->enabled || stored == nullptr) return "the config says enabled: false";
            return "disabled" + on_behalf(stored->actor, stored->reason) + until_text(stored->until);
        }
        case Reason::no_baseline: {
            if (run.prepare_failures > 0 && run.row.vendor_task_id.empty())
                return "its task could not be made from the template: " + run.prepare_problem;
            const auto look = looks.find(run.row.task_key);
            return look == looks.end() || look->second.problem.empty() ? "" : "the last query: " + look->second.problem;
        }
        case Reason::wrong_task: {
            const auto look = looks.find(run.row.task_key);
            if (look == looks.end() || !look->second.seen) return "";
            const std::string& name = look->second.seen->seen.name;
            return (name.empty() ? "the task showed no name" : "the task is called '" + name + "'") + ", not '" +
                   run.row.plan.task.expect_name + "'";
        }
        default: return "";
    }
}

// Nothing of its start has left this process, and its end has come first.
void Engine::State::give_up_unsent(LiveRun& run, const StopCause& cause) {
    if (cause.reason == Reason::operator_request) {
        move(run, RunState::cancelled, cause.reason, cause.actor, cause.text);
        return;
    }
    if (run.row.state == RunState::starting && run.refused_before) move(run, RunState::due, Reason::none);
    give_up_start(run, skip_reason_of(cause.reason), cause.actor, cause.text);
}

/// What an end of a run is called when nothing of its start has left this process.
Reason Engine::State::skip_reason_of(Reason end) {
    const bool by_clock = end == Reason::schedule || end == Reason::max_duration;
    if (by_clock) return Reason::misfire;
    return end == Reason::superseded ? Reason::overlap : end;
}

// A run of `due` that waits for the task or its baseline is looked at again.
void Engine::State::reconsider_task(const std::string& task_key) {
    const auto waiting = due_by_task.find(task_key);
    if (waiting == due_by_task.end()) return;
    for (const auto& id : waiting->second) runs_wall.set(id, now.wall);
}

// Likewise one that waits for an earlier run of its job.
void Engine::State::reconsider_job(const std::string& job) {
    const auto siblings = runs_by_job.find(job);
    if (siblings == runs_by_job.end()) return;
    for (const auto& id : siblings->second) {
        if (runs.at(id).row.state == RunState::due) runs_wall.set(id, now.wall);
    }
}

}  // namespace taktd
