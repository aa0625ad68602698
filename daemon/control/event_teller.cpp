// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/event_teller.hpp"

#include <utility>

#include "daemon/report/json_values.hpp"

namespace taktd::control {

using namespace report;

void EventTeller::on_recovered(const Snapshot& snapshot) {
    for (const RecoveredRun& live : snapshot.live) note(live.run);
    for (const HoldRow& hold : snapshot.holds) holds_[hold.scope] = hold;
    for (const JobStateRow& job : snapshot.jobs)
        if (job.disabled) disabled_[job.job] = job;
}

void EventTeller::tell(EventType type, const Owner& about, const json::object& data) {
    ring_.publish(type, about.job, about.provider, json::serialize(data));
    on_event_();
}

void EventTeller::on_committed(const std::vector<Row>& rows) {
    std::map<RunId, const RunRow*> runs;
    for (const Row& row : rows) {
        const auto* run = std::get_if<RunRow>(&row);
        if (run == nullptr) continue;
        runs[run->id] = run;
        note(*run);
    }
    bool have_holds_changed = false;
    for (const Row& row : rows) {
        if (const auto* transition = std::get_if<TransitionRow>(&row)) {
            const auto run = runs.find(transition->run);
            tell(*transition, run == runs.end() ? nullptr : run->second);
        } else if (const auto* call = std::get_if<CallRow>(&row)) {
            tell(*call);
        } else if (const auto* foreign = std::get_if<ForeignRow>(&row)) {
            tell(*foreign);
        } else if (const auto* job = std::get_if<JobStateRow>(&row)) {
            tell(*job);
        } else if (const auto* hold = std::get_if<HoldRow>(&row)) {
            have_holds_changed = true;
            holds_.erase(hold->scope);
            if (hold->engaged) holds_[hold->scope] = *hold;
        }
    }
    for (const auto& [id, run] : runs) {
        const auto late = overdue_.find(id);
        if (late == overdue_.end() || run->obligation == Obligation::open) continue;
        json::object told = of_brief(*run, clock_());
        told["late"] = seconds(run->updated - late->second);
        overdue_.erase(late);
        tell(EventType::recovered, Owner{run->job, run->provider}, {{"run", std::move(told)}});
    }
    if (have_holds_changed) tell_holds();
}

void EventTeller::tell_holds() {
    std::vector<HoldRow> holds;
    for (const auto& [scope, hold] : holds_) holds.push_back(hold);
    tell(EventType::holds, Owner{}, {{"holds", holds_in_force(holds, clock_())}});
}

void EventTeller::tell(const TransitionRow& transition, const RunRow* run) {
    const Owner about = owner_of(transition.run);
    json::object data = of_transition(transition).as_object();
    data["job"] = text_or_null(about.job);
    data["provider"] = text_or_null(about.provider);
    data["run"] = run == nullptr ? json::value(nullptr) : json::value(of_brief(*run, clock_()));
    tell(EventType::transition, about, data);
}

void EventTeller::tell(const CallRow& call) {
    if (!call.result) return;
    note_outcome(call);
    const bool is_query = call.action == Action::query;
    if (is_query && !wants_queries_) return;
    Owner about = call.run ? owner_of(*call.run) : Owner{};
    about.provider = call.provider;
    json::object data = of_call(call).as_object();
    data.erase("request_body");
    data.erase("response_body");
    data["job"] = text_or_null(about.job);
    tell(is_query ? EventType::query : EventType::call, about, data);
}

/// That it goes on is no news.
void EventTeller::tell(const ForeignRow& foreign) {
    if (!foreign.ended && foreign.first_seen != foreign.last_seen) return;
    tell(EventType::foreign, Owner{foreign.job, foreign.provider},
         {{"task_key", text(foreign.task_key)},
          {"provider", text(foreign.provider)},
          {"job", text_or_null(foreign.job)},
          {"first_seen", instant(foreign.first_seen)},
          {"last_seen", instant(foreign.last_seen)},
          {"remote_state", word(foreign.remote)},
          {"token", optional_text(foreign.token)},
          {"ended", foreign.ended}});
}

/// The row is written at each occurrence, too; only its disablement is told.
void EventTeller::tell(const JobStateRow& job) {
    const auto known = disabled_.find(job.job);
    if (!job.disabled && known == disabled_.end()) return;
    const bool is_same = job.disabled && known != disabled_.end() && known->second.until == job.until &&
                         known->second.reason == job.reason && known->second.actor == job.actor;
    if (job.disabled) {
        disabled_[job.job] = job;
    } else {
        disabled_.erase(known);
    }
    if (is_same) return;
    tell(EventType::job, Owner{job.job},
         {{"job", text(job.job)},
          {"disabled", job.disabled},
          {"until", instant(job.until)},
          {"reason", text_or_null(job.reason)},
          {"actor", text_or_null(job.actor)}});
}

void EventTeller::on_overdue(const OverdueWatch::Overdue& stop) {
    overdue_[stop.run] = stop.stop_due;
    json::object run{{"id", id_text(stop.run)},
                     {"job", text(stop.job)},
                     {"provider", text(stop.provider)},
                     {"state", word(stop.state)},
                     {"stop_due", instant(stop.stop_due)},
                     {"overdue", true},
                     {"late", seconds(stop.late)}};
    tell(EventType::overdue, Owner{stop.job, stop.provider}, {{"run", std::move(run)}});
}

void EventTeller::on_store(bool is_up) { tell(EventType::store, Owner{}, {{"up", is_up}}); }

void EventTeller::tell_config(std::uint64_t generation, const ConfigChange& change) {
    json::object data{{"generation", generation}};
    if (change.added.size() + change.changed.size() + change.removed.size() > kNamesMax) {
        data["many"] = true;
    } else {
        const auto name = [](const std::string& job) { return text(job); };
        data["added"] = list(change.added, name);
        data["changed"] = list(change.changed, name);
        data["removed"] = list(change.removed, name);
    }
    tell(EventType::config, Owner{}, data);
}

void EventTeller::tell_of_second(const EngineStatus& status, const std::function<json::array()>& providers) {
    if (std::exchange(have_providers_changed_, false))
        tell(EventType::providers, Owner{}, {{"providers", providers()}});
    json::object states;
    for (const auto& [state, count] : status.states) states[std::string{taktd::name_of(state)}] = count;
    const json::object data{{"live_runs", status.live_runs},
                            {"owed_stops", status.owed_stops},
                            {"overdue", overdue_.size()},
                            {"states", std::move(states)}};
    std::string written = json::serialize(data);
    if (written == told_status_) return;
    told_status_ = std::move(written);
    tell(EventType::status, Owner{}, data);
}

void EventTeller::note(const RunRow& run) {
    Owner& owner = owners_[run.id];
    const bool had_ended = owner.has_ended;
    owner = Owner{run.job, run.provider, is_terminal(run.state)};
    if (!owner.has_ended || had_ended) return;
    ended_.push_back(run.id);
    if (ended_.size() <= kEndedMax) return;
    const auto oldest = owners_.find(ended_.front());
    if (oldest != owners_.end() && oldest->second.has_ended) owners_.erase(oldest);
    ended_.pop_front();
}

/// One that goes well after another that did is no news.
void EventTeller::note_outcome(const CallRow& call) {
    const Outcome outcome = call.result->outcome;
    const auto [known, is_first] = outcomes_.try_emplace(call.provider, outcome);
    if (is_first || known->second != outcome || outcome != Outcome::accepted) have_providers_changed_ = true;
    known->second = outcome;
}

EventTeller::Owner EventTeller::owner_of(RunId run) const {
    const auto known = owners_.find(run);
    return known == owners_.end() ? Owner{} : known->second;
}

}  // namespace taktd::control
