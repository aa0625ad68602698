// SPDX-License-Identifier: Apache-2.0
// Words are found in the order in which an operator wants them.
#include "daemon/app/status_line.hpp"

#include <vector>

#include "daemon/core/model/rows.hpp"

namespace taktd {
namespace {

std::string list(const std::vector<std::string>& names) {
    std::string text;
    for (std::size_t i = 0; i < names.size() && i < StatusLine::kNamed; ++i) text += (i == 0 ? "" : ", ") + names[i];
    if (names.size() > StatusLine::kNamed)
        text += " and " + std::to_string(names.size() - StatusLine::kNamed) + " more";
    return text;
}

}  // namespace

void StatusLine::on_recovered(const Snapshot& snapshot) {
    for (const HoldRow& hold : snapshot.holds) note(hold);
}

void StatusLine::take(ConfigPtr config) {
    config_ = std::move(config);
    is_reload_refused_ = false;
    std::erase_if(unusable_, [this](const std::string& provider) { return !config_->providers.contains(provider); });
}

void StatusLine::note(const HoldRow& hold) {
    holds_.erase(hold.scope);
    if (hold.engaged) holds_.emplace(hold.scope, hold);
}

void StatusLine::on_committed(const std::vector<Row>& rows) {
    for (const Row& row : rows) {
        if (const auto* hold = std::get_if<HoldRow>(&row)) note(*hold);
        if (const auto* run = std::get_if<RunRow>(&row); run != nullptr && run->obligation != Obligation::open)
            overdue_.erase(run->id);
        const auto* call = std::get_if<CallRow>(&row);
        if (call == nullptr || !call->result) continue;
        if (call->result->outcome == Outcome::unauthorized) unusable_.insert(call->provider);
        if (call->result->outcome == Outcome::accepted) unusable_.erase(call->provider);
    }
}

void StatusLine::on_overdue(const OverdueWatch::Overdue& stop) { overdue_[stop.run] = stop.job; }

std::string StatusLine::text(const EngineStatus& status, WallTime now, bool is_stops_only) {
    std::string text;
    if (!status.store_up) {
        text += "THE STORE CANNOT BE WRITTEN: nothing starts, stops go out; ";
    } else if (status.store_damaged) {
        text += "THE STORE IS DAMAGED: nothing starts, stops go out; ";
    }
    if (!overdue_.empty()) {
        std::vector<std::string> jobs;
        for (const auto& [run, job] : overdue_) jobs.push_back(job);
        text += "STOP OVERDUE: " + list(jobs) + "; ";
    }
    if (is_stops_only) return text + "config refused; only owed stops: " + std::to_string(status.owed_stops);
    if (is_reload_refused_) text += "the last reload was refused; ";
    std::vector<std::string> held;
    for (const auto& [scope, hold] : holds_) {
        if (hold.is_in_force(now)) held.push_back(hold.scope_text());
    }
    if (!held.empty()) text += "held: " + list(held) + "; ";
    if (!unusable_.empty())
        text += "credentials refused: " + list(std::vector<std::string>(unusable_.begin(), unusable_.end())) + "; ";
    const auto running = status.states.find(RunState::running);
    text += std::to_string(running == status.states.end() ? 0 : running->second) + " running, ";
    text += std::to_string(status.owed_stops) + " owed stops, " + std::to_string(config_->jobs.size()) + " jobs";
    if (!status.next_start) return text + ", nothing is planned";
    return text + ", next start " + to_rfc3339(status.next_start->at) + " " + status.next_start->job;
}

}  // namespace taktd
