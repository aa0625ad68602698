// SPDX-License-Identifier: Apache-2.0
// The network: what leaves the process, what arrives, and what comes back. Every request sent is answered exactly once.
#include <utility>

#include "tests/simulation/world/world.hpp"

namespace taktd::sim {

namespace {

CallResult without_answer(Outcome outcome) {
    CallResult result;
    result.outcome = outcome;
    return result;
}

}  // namespace

void World::send(const Send& send) {
    ++outside_changes_;
    checks_.sent(send);
    auto flight = std::make_shared<Flight>();
    flight->send = send;
    flight->owner = checks_.owner_of(send.call);
    flight->left = stage_.clocks.t;
    const CallId id = send.call;
    flights_[id] = flight;
    stage_.say([&] {
        std::string text = "> " + std::string{name_of(send.spec->action)};
        for (const auto& task : send.spec->task_ids) text += " " + send.spec->provider->name + "/" + task;
        return text + " " + brief(id) + " for " + (flight->owner == kNobody ? "nobody" : brief(flight->owner)) + " " +
               std::string{name_of(send.call_class)};
    });
    auto request =
        vendor_.encode(*send.spec, stage_.clocks.now().wall + send.skew, key_is_good(send.spec->provider->account));
    if (!request) return answer_at(flight->left, id, without_answer(Outcome::refused_final));
    flight->request = std::move(*request);
    flight->passage = passage_of(send);
    const Passage& passage = flight->passage;
    const TrueTime arrives = flight->left + passage.there;
    const TrueTime times_out = flight->left + send.timeout;
    const auto take_effect = [this, flight] { take(*flight); };
    switch (passage.fate) {
        case Passage::Fate::answered:
        case Passage::Fate::answered_twice:
        case Passage::Fate::half_answer:
        case Passage::Fate::shifted:
        case Passage::Fate::forged_after:
            stage_.later(arrives, [this, flight, generation = generation_] { arrive(flight, generation); });
            break;
        case Passage::Fate::not_sent: answer_at(arrives, id, without_answer(Outcome::not_sent)); break;
        case Passage::Fate::lost: answer_at(times_out, id, without_answer(Outcome::uncertain)); break;
        case Passage::Fate::answer_lost:
            stage_.later(arrives, take_effect);
            answer_at(times_out, id, without_answer(Outcome::uncertain));
            break;
        case Passage::Fate::late_effect:
            arrive_late(flight, times_out);
            answer_at(times_out, id, without_answer(Outcome::uncertain));
            break;
        case Passage::Fate::forged:
            answer_at(arrives + passage.back, id, vendor_.decode(*send.spec, passage.answer));
            break;
    }
}

// Late as it is, it is only so late after its connection has ended; what ends that earlier says so again.
void World::arrive_late(const std::shared_ptr<Flight>& flight, TrueTime connection_ended) {
    stage_.later(connection_ended + flight->passage.late, [this, flight] {
        if (!std::exchange(flight->has_arrived, true)) take(*flight);
    });
}

// Cut before a byte had left: nothing arrives.
HttpResponse World::take(const Flight& flight) {
    if (flight.is_unsent) return {};
    ++outside_changes_;
    return vendor_.handle(*flight.send.spec, flight.request, flight.owner);
}

// Whether or not the process that asked still lives.
void World::arrive(const std::shared_ptr<Flight>& flight, int generation) {
    if (flight->is_unsent) return;
    const Passage& passage = flight->passage;
    HttpResponse response = take(*flight);
    if (generation != generation_) return;
    HttpResponse& before = answers_before_[{flight->send.spec->provider->type, flight->send.spec->action}];
    const bool is_shifted = passage.fate == Passage::Fate::shifted && before.status != 0;
    std::swap(before, response);
    if (!is_shifted) response = before;
    if (passage.fate == Passage::Fate::forged_after) response = passage.answer;
    if (passage.fate == Passage::Fate::half_answer) response.body.resize(response.body.size() / 2);
    const CallResult result = vendor_.decode(*flight->send.spec, response);
    answer_at(stage_.clocks.t + passage.back, flight->send.call, result);
    if (passage.fate != Passage::Fate::answered_twice) return;
    later_in_process(stage_.clocks.t + 2 * passage.back, [this, id = flight->send.call, result] {
        if (!flights_.contains(id)) deliver(Answered{id, result});
    });
}

void World::answer_at(TrueTime at, const CallId& id, CallResult result) {
    later_in_process(at, [this, id, result = std::move(result)] { answer(id, result); });
}

void World::answer(const CallId& id, CallResult result) {
    if (flights_.erase(id) == 0) return;  // cut meanwhile
    const Now now = stage_.clocks.now();
    result.ended = now.wall;
    result.ended_boot = now.boot;
    stage_.say([&] {
        std::string text = "< " + brief(id) + " " + std::string{name_of(result.outcome)};
        if (!result.vendor_code.empty()) text += " " + result.vendor_code;
        for (const auto& [task, seen] : result.observations)
            text += " " + task + ":" + std::string{name_of(seen.remote)} + "/" + seen.token.value_or("-");
        return text;
    });
    checks_.answered(id, result);
    deliver(Answered{id, std::move(result)});
}

void World::cut(const CallId& id) {
    const auto found = flights_.find(id);
    if (found == flights_.end()) return;
    CallResult result;
    const bool nothing_left = stage_.clocks.t == found->second->left;
    result.outcome = nothing_left ? Outcome::not_sent : Outcome::uncertain;
    if (nothing_left) found->second->is_unsent = true;
    if (found->second->passage.fate == Passage::Fate::late_effect) arrive_late(found->second, stage_.clocks.t);
    answer_at(stage_.clocks.t, id, std::move(result));
}

}  // namespace taktd::sim
