// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/decoding.hpp"

#include <algorithm>
#include <cstdlib>

#include <boost/json.hpp>

#include "providers/json_values.hpp"
#include "providers/outcomes.hpp"
#include "tests/fuzz/property.hpp"

namespace taktd::fuzz {
namespace {

/// Certainly without effect: after these a start may be made again.
bool says_no_effect(Outcome outcome) { return outcome != Outcome::accepted && outcome != Outcome::uncertain; }

void require_text(const std::string& text, std::size_t characters_max, std::string_view property,
                  const std::string& shown) {
    require(clean_text(text, characters_max) == text, property, shown);
}

void require_same(const CallResult& a, const CallResult& b, const std::string& shown) {
    require(a.outcome == b.outcome && a.vendor_code == b.vendor_code && a.vendor_message == b.vendor_message &&
                a.vendor_extend == b.vendor_extend && a.vendor_run_id == b.vendor_run_id &&
                a.request_id == b.request_id && a.retry_after == b.retry_after && a.server_time == b.server_time &&
                a.observations == b.observations,
            "the same answer reads the same", shown);
}

}  // namespace

ProviderPtr make_provider(const AdapterSchema& schema, const std::string& scope) {
    auto provider = std::make_shared<ProviderSpec>();
    provider->name = "p";
    provider->type = schema.type;
    provider->endpoint = "https://vendor.example";
    provider->scope = schema.scope_parameter.empty() ? "" : scope;
    provider->traits = schema.traits;
    return provider;
}

Credentials make_credentials(const AdapterSchema& schema) {
    Credentials credentials;
    for (const auto& name : schema.credential_sets.front()) {
        if (!name.ends_with('?')) credentials[name] = Secret{"Invented" + name};
    }
    return credentials;
}

Exchange read_exchange(std::string_view input, const AdapterSchema& schema) {
    const MessageText message = read_message(input);
    Exchange exchange;
    exchange.response.headers = message.headers;
    exchange.response.body = message.body;
    exchange.call.provider = make_provider(schema, "project");
    if (!message.words.empty()) {
        const int status = std::atoi(message.words[0].c_str());
        exchange.response.status = status >= 100 && status <= 999 ? status : 200;
    }
    if (message.words.size() > 1) {
        exchange.call.batched = message.words[1] == "list";
        exchange.call.action = parse_name<Action>(message.words[1]).value_or(Action::query);
    }
    for (std::size_t i = 2; i < message.words.size() && i < 100; ++i)
        exchange.call.task_ids.push_back(message.words[i]);
    if (exchange.call.task_ids.empty()) exchange.call.task_ids = {"1"};
    return exchange;
}

CallResult decode_and_check(const Adapter& adapter, const Exchange& exchange) {
    const auto& [call, response] = exchange;
    const std::string& shown = response.body;
    const CallResult result = adapter.decode(call, response);
    require_same(result, adapter.decode(call, response), shown);
    require(result.http_status == response.status, "the status is kept", shown);

    const bool served = response.status >= 200 && response.status < 300;
    const bool refused = may_refuse(response.status);
    if (!served && !refused) require(result.outcome == Outcome::uncertain, "a 5xx or a redirect proves nothing", shown);
    const bool throttles = response.status == 429;
    if (throttles)
        require(result.outcome == Outcome::throttled || result.outcome == Outcome::uncertain,
                "429 refuses nothing else", shown);
    if (call.action == Action::start && !throttles && says_no_effect(result.outcome))
        require(!result.vendor_code.empty(), "a start is refused in the vendor's own words only", shown);
    require(result.outcome != Outcome::not_sent, "what was answered was sent", shown);

    const auto body = parse_json(response.body);
    const bool is_object = body && body->is_object();
    if (result.outcome == Outcome::accepted) require(served && is_object, "only a 2xx with an object accepts", shown);
    if (!is_object && !throttles && (served || call.action == Action::start))
        require(!says_no_effect(result.outcome), "garbage refuses nothing", shown);

    // Half an answer: no cut of an object is an object, so no cut of an accepted answer may be accepted or refused.
    if (is_object && served) {
        const auto length = shown.find_last_not_of(" \t\r\n");
        const std::size_t cut = hash_of(shown) % (length + 1);
        HttpResponse half = response;
        half.body.resize(cut);
        require(adapter.decode(call, half).outcome == Outcome::uncertain, "half an answer is no answer", half.body);
    }

    for (const auto& [id, seen] : result.observations) {
        require(result.outcome == Outcome::accepted && call.action == Action::query, "only an accepted query observes",
                shown);
        require(std::ranges::find(call.task_ids, id) != call.task_ids.end(), "only tasks asked for are observed",
                shown);
        if (!seen.token) continue;
        require(!seen.token->empty(), "a token is not empty", shown);
        require_text(*seen.token, 128, "a token is a short text", shown);
    }
    require(result.vendor_run_id.empty() || (result.outcome == Outcome::accepted && call.action != Action::query),
            "a run id comes with an effect", shown);
    if (result.retry_after) {
        require(*result.retry_after >= Duration::zero() && *result.retry_after <= std::chrono::hours{24},
                "a wait is between nothing and a day", shown);
    }
    require_text(result.vendor_code, 1024, "the code is a text", shown);
    require_text(result.vendor_message, 1024, "the message is a text", shown);
    require_text(result.vendor_extend, 1024, "the extension is a text", shown);
    require_text(result.request_id, 128, "the request's id is a text", shown);
    require_text(result.vendor_run_id, 128, "a run id is a short text", shown);
    return result;
}

}  // namespace taktd::fuzz
