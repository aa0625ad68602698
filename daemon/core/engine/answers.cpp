// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/engine/answers.hpp"

#include <algorithm>
#include <utility>

#include "daemon/core/engine/closing.hpp"
#include "daemon/core/engine/driving.hpp"
#include "daemon/core/engine/foreign.hpp"
#include "daemon/core/engine/healing.hpp"
#include "daemon/core/engine/last_looks.hpp"
#include "daemon/core/engine/pausing.hpp"
#include "daemon/core/engine/polling.hpp"
#include "daemon/core/engine/preparing.hpp"
#include "daemon/core/engine/runs.hpp"
#include "daemon/core/engine/starting.hpp"
#include "daemon/core/engine/stopping.hpp"
#include "daemon/core/rules/outcomes.hpp"

namespace taktd {
namespace {

constexpr Duration kSkewMin = std::chrono::minutes{4};

void deliver_to_run(EngineState& engine, const RunId& id, const PendingCall& call, const CallResult& result) {
    LiveRun* run = find_live(engine, id);
    if (run == nullptr) return;
    switch (call.row.action) {
        case Action::start: start_answered(engine, *run, call, result); break;
        case Action::stop: stop_answered(engine, *run, call, result); break;
        case Action::pause:
        case Action::resume: pause_answered(engine, *run, call, result); break;
        case Action::query: query_answered(engine, *run, call, result); break;
        case Action::prepare: prepare_answered(engine, *run, call, result); break;
        case Action::heal: heal_answered(engine, *run, call, result); break;
    }
    drive_run(engine, id);
}

/// Gives an answer to those that it is for.
struct Delivery {
    EngineState& engine;
    const PendingCall& call;
    const CallResult& result;

    void operator()(const ForRun& purpose) const { deliver_to_run(engine, purpose.run, call, result); }
    void operator()(const ForBatch& purpose) const {
        for (const auto& id : purpose.runs) {
            if (LiveRun* run = find_live(engine, id)) query_answered(engine, *run, call, result);
            drive_run(engine, id);
        }
    }
    void operator()(const ForBaseline& purpose) const { look_answered(engine, purpose.task_key, call, result); }
    void operator()(const ForForeignCheck& purpose) const { watch_answered(engine, purpose.task_keys, call, result); }
    void operator()(const ForForeignStop& purpose) const {
        foreign_stop_answered(engine, purpose.task_key, call, result);
    }
    void operator()(const ForLastLook& purpose) const { last_look_answered(engine, purpose.run, call, result); }
    void operator()(const ForProbe&) const {}
};

/// What a call showed, subject by subject.
struct Sights {
    EngineState& engine;
    const CallResult& result;
    std::vector<LookRows::Sight> sights{};

    void add(LookRows::Subject subject, const std::string& task_id) {
        sights.push_back({std::move(subject), seen_of(result, task_id)});
    }
    void add_run(const RunId& id) {
        if (const LiveRun* run = find_live(engine, id)) add(id, run->row.plan.task.task_id);
    }
    void operator()(const ForRun& purpose) { add_run(purpose.run); }
    void operator()(const ForBatch& purpose) {
        for (const auto& id : purpose.runs) add_run(id);
    }
    void operator()(const ForForeignCheck& purpose) {
        for (const auto& task_key : purpose.task_keys) {
            if (auto* task = engine.foreign.find(task_key)) add("watch " + task_key, task->task.task_id);
        }
    }
    // Of a baseline only a failure can be replaced: one that could be read may become part of a run's story.
    void operator()(const ForBaseline& purpose) {
        const auto is_unreadable = [](const auto& seen) { return seen.second.remote == RemoteState::unknown; };
        if (std::ranges::all_of(result.observations, is_unreadable))
            sights.push_back({"look " + purpose.task_key, Observation{}});
    }
    void operator()(const ForForeignStop&) {}
    void operator()(const ForLastLook&) {}
    void operator()(const ForProbe&) {}
};

// A refused signature is the clock's fault only if the server's clock says so, and then one more try is worth it.
Outcome final_outcome(EngineState& engine, Account& account, const PendingCall& call, const CallResult& result) {
    if (result.outcome != Outcome::clock_skew && result.outcome != Outcome::unauthorized) return result.outcome;
    if (!result.server_time)
        return result.outcome == Outcome::clock_skew ? Outcome::refused_retryable : Outcome::unauthorized;
    const Duration off = *result.server_time - call.asked - call.skew;  // others may have set the account's skew since
    const bool is_skewed = off > kSkewMin || off < -kSkewMin;
    if (!is_skewed) return result.outcome == Outcome::clock_skew ? Outcome::refused_retryable : Outcome::unauthorized;
    account.skew = *result.server_time - engine.now.wall;
    return call.is_skew_retry ? Outcome::unauthorized : Outcome::clock_skew;
}

}  // namespace

void on(EngineState& engine, const Answered& event) {
    std::optional<PendingCall> taken = engine.calls.take(event.call);
    if (!taken) return;
    PendingCall& call = *taken;
    Account& account = engine.accounts.at(call.row.account);
    if (call.call_class != CallClass::stop) --account.in_flight;
    engine.accounts.mark(account.name);

    CallResult result = event.result;
    result.outcome = final_outcome(engine, account, call, result);
    call.row.result = result;
    call.row.record = event.record;
    // With the store down for long, the rows of queries are the ones that memory does not keep.
    const bool is_kept = engine.gate.is_store_up() || call.row.action != Action::query || engine.journal.has_room();
    const Journal::Place place = is_kept ? engine.journal.write(call.row) : 0;

    if (account.closed && result.outcome == Outcome::clock_skew) {
        account.probes.probe_at_once(engine.now.boot);
        account.probe_skew_retry = true;
    }
    if (result.outcome == Outcome::unauthorized) {
        close_account(engine, account);
        if (result.secrets_changed) account.probes.probe_at_once(engine.now.boot);  // as after a reload
    }
    // A refused time says nothing of the key, also where the server's clock does not bear the vendor out.
    const bool is_about_time = event.result.outcome == Outcome::clock_skew;
    if (shows_authentication(result.outcome) && !is_about_time && result.http_status != 0)
        reopen_account(engine, account);

    std::visit(Delivery{engine, call, result}, call.purpose);
    if (!is_kept || call.row.action != Action::query) return;
    const bool changed_something = engine.journal.has_more_than(place);
    Sights shown{engine, result};
    std::visit(shown, call.purpose);
    engine.journal.call_at(place).replaces =
        engine.look_rows.take({call.row.id, result.outcome, changed_something, engine.now.boot}, shown.sights);
}

}  // namespace taktd
