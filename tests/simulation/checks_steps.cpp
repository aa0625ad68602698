// Rows: as the engine appends them, and as they become durable.
#include <algorithm>

#include "daemon/core/lifecycle.hpp"
#include "tests/simulation/checks.hpp"

namespace taktd::sim {

using namespace std::chrono_literals;

namespace {

constexpr Duration kPrompt = 2s;  // an engine that is awake is that quick at the latest

}  // namespace

Checks::Checks(Stage& stage, const SimStore& store, SimVendor& vendor)
    : stage_{stage}, store_{store}, vendor_{vendor} {}

// --- the process

void Checks::process_begins(const Snapshot& found) {
    config_ = nullptr;
    limits_since_ = stage_.clocks.t;
    known_holds_ = store_.holds;
    known_jobs_ = store_.jobs;
    closed_.clear();
    const Now now = stage_.clocks.now();
    open_.clear();
    for (auto& [id, truth] : truths_) {
        const auto run = store_.runs.find(id);
        truth.state = run == store_.runs.end() ? RunState::skipped : run->second.state;  // what was lost never was
        if (owes_stop(truth.state)) open_.insert(id);
        std::fill(std::begin(truth.calls), std::end(truth.calls), 0);
    }
    std::set<std::string> known_limits;  // until the config comes, stop plans say what the limit is
    for (const auto& live : found.live) {
        const ProviderSpec& provider = *live.run.plan.provider;
        if (owes_stop(live.run.state) && known_limits.insert(provider.account).second) limit_becomes(provider);
        Truth& truth = truths_[live.run.id];
        truth.intent = live.run;  // what was appended later never was
        if (live.run.boot_id == stage_.clocks.boot_id()) truth.boot = stage_.clocks.boot;
        truth.own_seen = truth.stranger_seen = false;
        if (!owes_stop(live.run.state)) {
            truth.boot = 0;
            truth.intent = {};
        }
        if (!owes_stop(live.run.state) || truth.boot == stage_.clocks.boot) continue;
        truth.boot = stage_.clocks.boot;  // in another boot only the wall counts (R5)
        truth.deadline = stage_.clocks.t + std::max(truth.ends - now.wall, Duration::zero());
    }
    process_wakes();
}

void Checks::recovered(const Effects& effects, std::size_t owed_stops) {
    std::size_t open = 0;
    for (const auto& id : store_.live) open += store_.runs.at(id).obligation == Obligation::open ? 1U : 0U;
    if (owed_stops != open)
        return stage_.fail("R12: of " + std::to_string(open) + " open obligations " + std::to_string(owed_stops) +
                           " are armed again");
    if (!effects.append) return;
    for (const auto& row : effects.append->rows) {
        const auto* move = std::get_if<TransitionRow>(&row);
        if (move != nullptr && (!move->from || !owes_stop(*move->from) || is_terminal(move->to)))
            return stage_.fail("R12: recovery does more than arm what is owed");
    }
}

void Checks::config_loads(ConfigPtr config) {
    config_ = std::move(config);
    limits_since_ = stage_.clocks.t;
    for (auto& [account, closed] : closed_) ++closed.allowed;
    for (const auto& [name, provider] : config_->providers) limit_becomes(*provider);
}

void Checks::clocks_stand_still(Duration by) {
    for (auto& [id, truth] : truths_) {
        if (owes_stop(truth.state) && truth.deadline != TrueTime::max()) truth.deadline += by;
    }
}

void Checks::process_dies() {
    flights_.clear();
    intents_.clear();
    waiting_stops_.clear();
    process_sleeps();
}

// --- rows as appended

void Checks::appended(const Append& append) {
    // A step's rows hold together whatever their order: moves first, so that an intent finds every state as it is now.
    for (const auto& row : append.rows) {
        if (const auto* move = std::get_if<TransitionRow>(&row)) appended(*move);
    }
    for (const auto& row : append.rows) {
        if (!std::holds_alternative<TransitionRow>(row)) std::visit([this](const auto& r) { appended(r); }, row);
    }
}

void Checks::appended(const RunRow& row) {
    Truth& truth = truths_[row.id];
    if (row.state == RunState::starting && truth.boot == 0) return check_intent(row);
    if (!truth.intent.vendor_run_id.empty() && owes_stop(row.state) && row.vendor_run_id != truth.intent.vendor_run_id)
        stage_.fail("the vendor's run of " + brief(row.id) + " becomes another one");
    if (owes_stop(row.state) && truth.boot != 0) {
        truth.intent.vendor_run_id = row.vendor_run_id;
        if (!(row.plan.task == truth.intent.plan.task) || !(*row.plan.provider == *truth.intent.plan.provider) ||
            row.stop_due != truth.intent.stop_due || row.max_end > truth.intent.max_end)
            stage_.fail("R11: the plan of " + brief(row.id) + " changes after its intent");
    }
}

void Checks::appended(const TransitionRow& row) {
    stage_.say([&] {
        return "  run " + brief(row.run) + " " + std::to_string(row.seq) + " -> " + std::string{name_of(row.to)} + " " +
               std::string{name_of(row.reason)} + " (" + row.actor + ") " + row.detail;
    });
    Truth& truth = truths_[row.run];
    truth.state = row.to;
    if (owes_stop(row.to)) {
        open_.insert(row.run);
    } else {
        open_.erase(row.run);
    }
    if (row.to == RunState::due) {  // nothing is owed; its next intent fixes new instants
        truth.boot = 0;
        truth.intent = {};
    }
    note_state(truth);
    if (!is_terminal(row.to) || !row.from || !owes_stop(*row.from)) return;
    stage_.figures.run_time += stage_.clocks.t - truth.intent_at;
    if (truth.discharged) return;
    const SimVendor::Effect* active = vendor_.active_on(truth.intent.task_key);
    if (active == nullptr || active->owner != row.run) return;
    // An effect that comes later than `settle` is out of reach, unless the start is known to have been accepted and the
    // baseline tells the run before it apart.
    const auto& baseline = truth.intent.baseline;
    const bool is_told_apart = row.from == RunState::running && baseline && baseline->seen.token;
    const bool is_late = active->begins > stage_.clocks.t && !is_told_apart;
    if (is_late && stage_.clocks.t >= truth.intent_at + truth.intent.plan.provider->settle) {
        truth.discharged = true;
        return;
    }
    stage_.fail("R3: the obligation of " + brief(row.run) + " is discharged while the vendor still runs it");
}

void Checks::appended(const CallRow& row) {
    if (row.run) owners_[row.id] = *row.run;
    if (row.result) {
        waiting_stops_.erase(row.id);
        intents_.erase(row.id);
    } else {
        intents_[row.id] = stage_.clocks.t;
    }
}

void Checks::appended(const HoldRow& row) {
    known_holds_.erase(row.scope);
    if (row.engaged) known_holds_[row.scope] = row;
}

// Every intent: what it freezes must be one whole config (R11), and nothing else may be owed there (R9).
void Checks::check_intent(const RunRow& row) {
    Truth& truth = truths_[row.id];
    const Now now = stage_.clocks.now();
    truth.intent = row;
    truth.boot = stage_.clocks.boot;
    truth.ends = std::min(row.stop_due, row.max_end);
    truth.deadline = stage_.clocks.t + (truth.ends - now.wall);
    truth.intent_at = stage_.clocks.t;
    truth.own_seen = truth.stranger_seen = false;
    for (const auto& id : open_) {
        const Truth& other = truths_.at(id);
        if (id == row.id || other.boot == 0) continue;
        if (other.intent.job == row.job) return stage_.fail("R9: two runs of " + row.job + " overlap");
        if (other.intent.task_key == row.task_key)
            return stage_.fail("R9: two obligations are open on " + row.task_key);
    }
    if (!config_ || !config_->jobs.contains(row.job))
        return stage_.fail("R11: an intent of a job that the config does not know");
    const Job& job = *config_->jobs.at(row.job);
    TaskSpec task = job.task;
    if (task.is_from_template()) task.task_id = row.vendor_task_id;
    const auto provider = config_->providers.find(row.provider);
    if (provider == config_->providers.end() || *provider->second != *row.plan.provider ||
        *job.provider != *row.plan.provider || !(task == row.plan.task) || job.on_removal != row.plan.on_removal ||
        row.task_key != task_key_of(*job.provider, task.task_id))
        return stage_.fail("R11: the plan of " + brief(row.id) + " is not that of the config");
    const auto* after = std::get_if<StopAfter>(&job.stop);
    if (row.occurrence && after != nullptr && row.stop_due != *row.occurrence + after->after)
        return stage_.fail("R5: the stop instant of " + brief(row.id) + " has moved");
    if (row.occurrence && row.start_due != *row.occurrence)
        return stage_.fail("R5: the start instant of " + brief(row.id) + " has moved");
    if (now.wall < row.start_due && row.origin != Origin::manual)
        return stage_.fail("R5: " + brief(row.id) + " starts before its time, and would be longer than its window");
    const Duration ceiling = job.max_duration > Duration::zero() ? job.max_duration : Duration::max() / 4;
    if (row.max_end > row.start_due + ceiling) return stage_.fail("R5: the ceiling of " + brief(row.id) + " is missed");
    if (row.plan.provider->baseline && (!row.baseline || row.baseline->seen.activity() != Activity::inactive))
        return stage_.fail("a start without the baseline that its provider wants");
}

// --- rows as they become durable

void Checks::becomes_durable(const Row& row) {
    std::visit([this](const auto& r) { durable(r); }, row);
}

void Checks::is_durable() {
    std::map<std::string, RunId> open;
    for (const auto& id : store_.live) {
        const RunRow& run = store_.runs.at(id);
        if (run.obligation == Obligation::open && !open.emplace(run.task_key, id).second)
            return stage_.fail("R9: two open obligations on " + run.task_key);
    }
}

void Checks::durable(const RunRow& row) {
    if (row.occurrence) {
        const auto first = by_occurrence_.try_emplace({row.job, *row.occurrence}, row.id).first;
        if (first->second != row.id)
            return stage_.fail("R8: occurrence " + to_rfc3339(*row.occurrence) + " of " + row.job + " has two runs");
    }
    if (row.request_key) {
        const auto first = by_request_.try_emplace({row.job, *row.request_key}, row.id).first;
        if (first->second != row.id) return stage_.fail("a request key makes two runs of " + row.job);
    }
    const auto known = store_.runs.find(row.id);
    if (known != store_.runs.end() && is_terminal(known->second.state) && known->second.state != row.state)
        return stage_.fail("R10: a terminal run moves on");
    if (owes_stop(row.state) != (row.obligation == Obligation::open))
        return stage_.fail("R3: obligation and state disagree");
    if (row.obligation != Obligation::open) return;
    const std::string key = task_key_of(*row.plan.provider, row.plan.task.task_id);
    if (key != row.task_key) stage_.fail("R9: a run's plan names " + key + ", its key " + row.task_key);
}

void Checks::durable(const TransitionRow& row) {
    const auto found = store_.transitions.find(row.run);
    const TransitionRow* last = found == store_.transitions.end() ? nullptr : &found->second.back();
    if (row.seq != (last == nullptr ? 1 : last->seq + 1))
        return stage_.fail("R10: the sequence of " + brief(row.run) + " has a gap");
    const bool follows = last == nullptr ? !row.from : row.from == last->to;
    if (!follows) return stage_.fail("R10: a transition does not follow the one before it");
    if (last != nullptr && is_terminal(last->to)) return stage_.fail("R10: a terminal run moves on");
    if (!is_legal(row.from, row.to)) return stage_.fail("R10: an illegal move");
    if (!is_terminal(row.to)) return;
    ++stage_.figures.runs;
    ++stage_.figures.ends[std::string{name_of(row.to)} + ":" + std::string{name_of(row.reason)}];
}

void Checks::durable(const CallRow& row) {
    const bool waits = row.action == Action::stop && !row.result && intents_.contains(row.id);
    if (waits && !released_.contains(row.id)) waiting_stops_[row.id] = {row.account, stage_.clocks.t, 0};
}

void Checks::durable(const JobStateRow& row) {
    const auto stored = store_.jobs.find(row.job);
    const auto era = era_of_.find(row.job);
    if (era != era_of_.end() && row.watermark < stored->second.watermark)
        return stage_.fail("R8: the watermark of " + row.job + " moves back");
    if (era == era_of_.end() || stored->second.schedule != row.schedule) {
        // What was due by the old schedule until now gets its disposition.
        if (era != era_of_.end()) eras_[era->second].through = row.watermark;
        era_of_[row.job] = eras_.size();
        eras_.push_back({row.job, row.schedule, row.watermark, row.watermark});
    }
}

// --- after each step

void Checks::step_ends() {
    if (awake_since_ == TrueTime::max()) return;
    const TrueTime t = stage_.clocks.t;
    if (t < awake_since_ + kPrompt) return;
    for (const auto& id : open_) {
        const Truth& truth = truths_.at(id);
        if (truth.state == RunState::stopping || truth.boot == 0) continue;
        if (t > std::max({truth.deadline, truth.intent_at, awake_since_}) + kPrompt)
            return stage_.fail("R5: " + brief(id) + " is " + std::string{name_of(truth.state)} + " past its end");
    }
}

void Checks::note_state(Truth& truth) {
    std::uint32_t word = static_cast<std::uint32_t>(truth.state);
    for (const int n : truth.calls) word = word << 1U | (n > 0 ? 1U : 0U);
    word = word << 4U | static_cast<std::uint32_t>(truth.seen);
    word = word << 1U | (store_.is_down ? 1U : 0U);
    word = word << 1U |
           (closed_.contains(truth.intent.plan.provider ? truth.intent.plan.provider->account : "") ? 1U : 0U);
    word = word << 1U | (truth.intent.vendor_run_id.empty() ? 0U : 1U);
    stage_.figures.states.insert(word);
}

}  // namespace taktd::sim
