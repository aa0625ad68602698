// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/state/calls.hpp"

#include <algorithm>
#include <utility>

#include "daemon/core/base/check.hpp"

namespace taktd {

PendingCall& Calls::make(const CallId& id, CallSpec spec, CallClass call_class, Purpose purpose, Now now,
                         const std::string& boot_id) {
    PendingCall& call = calls_[id];
    call.row.id = id;
    call.row.provider = spec.provider->name;
    call.row.account = spec.provider->account;
    call.row.action = spec.action;
    call.row.intent = now.wall;
    call.wanted = now.boot;
    call.row.boot_id = boot_id;
    if (const auto* run = std::get_if<ForRun>(&purpose)) call.row.run = run->run;
    if (const auto* ended = std::get_if<ForLastLook>(&purpose)) call.row.run = ended->run;
    if (const auto* batch = std::get_if<ForBatch>(&purpose)) call.row.linked = batch->runs;
    call.row.spec = std::make_shared<const CallSpec>(std::move(spec));
    call.call_class = call_class;
    call.purpose = std::move(purpose);
    return call;
}

PendingCall* Calls::find(const CallId& id) {
    const auto found = calls_.find(id);
    return found == calls_.end() ? nullptr : &found->second;
}

const PendingCall* Calls::find(const CallId& id) const {
    const auto found = calls_.find(id);
    return found == calls_.end() ? nullptr : &found->second;
}

std::size_t Calls::in_flight(const std::string& account) const {
    return static_cast<std::size_t>(std::ranges::count_if(calls_, [&](const auto& entry) {
        const PendingCall& call = entry.second;
        return call.released && call.call_class != CallClass::stop && call.row.account == account;
    }));
}

bool Calls::is_released(const std::optional<CallId>& id) const {
    const auto found = id ? calls_.find(*id) : calls_.end();
    return found != calls_.end() && found->second.released;
}

bool Calls::is_unreleased(const std::optional<CallId>& id) const {
    const auto found = id ? calls_.find(*id) : calls_.end();
    return found != calls_.end() && !found->second.released;
}

Send Calls::release(PendingCall& call, Duration skew, Now now) {
    TAKTD_CHECK(!call.released, "R2: a request leaves once");
    end_wait(call.row.id);
    call.released = true;
    call.asked = now.wall;
    call.asked_boot = now.boot;
    call.skew = skew;
    call.row.permit = PermitWait{call.call_class, now.boot - call.wanted};
    if (call.row.action == Action::query) call.row.intent = now.wall;
    ++in_flight_;
    return {call.row.id, call.row.spec, call.call_class, call.row.spec->provider->timeout, skew};
}

CallRow Calls::withdraw(const CallId& id, Now now) {
    const auto found = calls_.find(id);
    TAKTD_CHECK(found != calls_.end() && !found->second.released, "only what has not left can be withdrawn");
    CallRow row = std::move(found->second.row);
    CallResult result;
    result.outcome = Outcome::not_sent;
    result.vendor_message = "withdrawn before it was sent";
    result.ended = now.wall;
    result.ended_boot = now.boot;
    row.result = std::move(result);
    end_wait(id);
    calls_.erase(found);
    return row;
}

std::optional<PendingCall> Calls::take(const CallId& id) {
    const auto found = calls_.find(id);
    if (found == calls_.end()) return std::nullopt;
    PendingCall call = std::move(found->second);
    calls_.erase(found);
    if (call.released) --in_flight_;
    return call;
}

void Calls::assert_invariants() const {
    std::size_t in_flight = 0;
    for (const auto& [id, call] : calls_) {
        TAKTD_CHECK(call.row.id == id, "a call is found by its own id");
        if (call.released) ++in_flight;
    }
    TAKTD_CHECK(in_flight == in_flight_, "calls in flight are counted");
}

}  // namespace taktd
