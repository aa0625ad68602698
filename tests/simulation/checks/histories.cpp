// SPDX-License-Identifier: Apache-2.0
// Rows as they become durable: histories are legal and gap-free, rows agree with them (R10), and no task or job is owed
// two stops (R9).
#include "tests/simulation/checks/checks.hpp"

namespace taktd::sim {

namespace {

using enum RunState;

// "The life of a run", read once more: not the core's table, so that one misreading cannot hide in both.
const std::map<std::optional<RunState>, std::set<RunState>> kLegal{
    {std::nullopt, {due, stopping}},
    {due, {starting, skipped, failed, cancelled}},
    {starting, {running, due, failed, unconfirmed, skipped, cancelled}},
    {unconfirmed, {running, completed, failed, stopped, stopping}},
    {running, {paused, completed, failed, stopped, stopping}},
    {paused, {running, completed, failed, stopped, stopping}},
    {stopping, {stopped, completed, failed}},
};

}  // namespace

void Checks::becomes_durable(const Row& row) {
    std::visit([this](const auto& r) { durable(r); }, row);
}

void Checks::is_durable() {
    for (const auto& id : rewritten_) check_obligation(store_.runs.at(id));
    rewritten_.clear();
    std::map<std::string, RunId> open;
    for (const auto& id : store_.live) {
        const RunRow& run = store_.runs.at(id);
        if (run.obligation == Obligation::open && !open.emplace(run.task_key, id).second)
            return stage_.fail("R9: two open obligations on " + run.task_key);
    }
}

// A run's row against its history.
void Checks::check_obligation(const RunRow& run) {
    const TransitionRow& last = store_.transitions.at(run.id).back();
    if (run.state != last.to)
        return stage_.fail("R10: " + brief(run.id) + " is " + std::string{name_of(run.state)} + ", and its last move " +
                           std::string{name_of(last.to)});
    Obligation expected = Obligation::none;
    if (owes_stop(last.to)) expected = Obligation::open;
    if (is_terminal(last.to) && last.from && owes_stop(*last.from)) expected = Obligation::discharged;
    if (run.obligation != expected)
        stage_.fail("R10: the obligation of " + brief(run.id) + " (" + std::string{name_of(run.state)} + ") is " +
                    std::string{name_of(run.obligation)} + ", not " + std::string{name_of(expected)});
}

void Checks::durable(const RunRow& row) {
    rewritten_.insert(row.id);
    if (row.occurrence) {
        const auto first = by_occurrence_.try_emplace({row.job, *row.occurrence}, row.id).first;
        if (first->second != row.id)
            return stage_.fail("R8: occurrence " + to_rfc3339(*row.occurrence) + " of " + row.job + " has two runs");
    }
    if (row.request_key) {
        const auto first = by_request_.try_emplace({row.job, *row.request_key}, row.id).first;
        if (first->second != row.id) return stage_.fail("life: a request key makes two runs of " + row.job);
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
    if (!kLegal.at(row.from).contains(row.to))
        return stage_.fail("R10: an illegal move to " + std::string{name_of(row.to)});
    if (row.to == RunState::skipped && row.reason == Reason::none)
        return stage_.fail("R8: " + brief(row.run) + " is skipped without a reason");
    if (row.to == RunState::stopping) end_by(truths_[row.run], stage_.clocks.t);
    if (!is_terminal(row.to)) return;
    ++stage_.figures.runs;
    ++stage_.figures.ends[std::string{name_of(row.to)} + ":" + std::string{name_of(row.reason)}];
}

void Checks::durable(const CallRow& row) {
    const bool waits =
        (row.action == Action::stop || row.action == Action::heal) && !row.result && intents_.contains(row.id);
    if (waits && !released_.contains(row.id)) waiting_stops_[row.id] = {row.account, stage_.clocks.t, 0};
}

}  // namespace taktd::sim
