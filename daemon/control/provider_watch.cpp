// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/provider_watch.hpp"

namespace taktd::control {

void ProviderWatch::on_committed(const std::vector<Row>& rows) {
    for (const Row& row : rows) {
        const auto* call = std::get_if<CallRow>(&row);
        if (call != nullptr && call->result) note(*call);
    }
}

void ProviderWatch::note(const CallRow& call) {
    const CallResult& result = *call.result;
    if (result.outcome == Outcome::not_sent) return;  // withdrawn: the provider had no part in it
    ProviderFacts& facts = facts_[call.provider];
    ++facts.calls[result.outcome];
    if (result.outcome == Outcome::accepted) {
        facts.last_ok = result.ended;
        facts.throttled_until.reset();
        return;
    }
    if (result.outcome == Outcome::throttled && result.retry_after)
        facts.throttled_until = result.ended + *result.retry_after;
    CallRow error = call;
    error.record = {};
    error.result->observations.clear();
    error.spec = nullptr;
    facts.last_error = std::move(error);
}

const ProviderFacts* ProviderWatch::find(const std::string& provider) const {
    const auto found = facts_.find(provider);
    return found == facts_.end() ? nullptr : &found->second;
}

}  // namespace taktd::control
