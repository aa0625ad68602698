// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/provider_text.hpp"

#include "daemon/report/json_values.hpp"

namespace taktd::control {

namespace json = boost::json;
using namespace report;

json::object about_provider(const ProviderSpec& provider, const AccountStatus& account, const ProviderFacts* facts,
                            WallTime now) {
    static const ProviderFacts kNone;
    const ProviderFacts& lately = facts == nullptr ? kNone : *facts;
    const bool is_throttled = lately.throttled_until && *lately.throttled_until > now;
    json::object calls;
    for (const auto& [outcome, count] : lately.calls) calls[name_of(outcome)] = count;
    return {{"provider", text(provider.name)},
            {"type", text(provider.type)},
            {"endpoint", text(provider.endpoint)},
            {"region", text_or_null(provider.region)},
            {"account", text(provider.account)},
            {"rate", 1e9 / static_cast<double>(provider.rate_limit.interval.count())},
            {"burst", provider.rate_limit.burst},
            {"tokens", account.tokens},
            {"full_in", seconds(account.full_in)},
            {"queued", json::object{{"stop", account.waiting.stop},
                                    {"pause_resume", account.waiting.pause_resume},
                                    {"settle", account.waiting.settle},
                                    {"start", account.waiting.start},
                                    {"poll", account.waiting.poll}}},
            {"in_flight", account.in_flight},
            {"live_runs", account.owed_stops},
            {"closed", account.closed},
            {"next_probe_in", account.next_probe_in ? seconds(*account.next_probe_in) : nullptr},
            {"clock_skew", seconds(account.skew)},
            {"throttled_until", is_throttled ? instant(lately.throttled_until) : nullptr},
            {"last_ok", instant(lately.last_ok)},
            {"last_error", lately.last_error ? of_failed_call(*lately.last_error) : nullptr},
            {"calls", std::move(calls)}};
}

}  // namespace taktd::control
