// SPDX-License-Identifier: Apache-2.0
// Answers of CFG, read by its adapter (decoding.hpp says in which form). Beyond what holds for all: an Error never
// accepts, and a list never names a run.
#include <boost/json.hpp>

#include "providers/json_values.hpp"
#include "tests/fuzz/decoding.hpp"
#include "tests/fuzz/property.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace taktd;
    using fuzz::require;
    static const auto adapter = find_provider("tencent-cfg")->create_adapter();
    const auto exchange = fuzz::read_exchange({reinterpret_cast<const char*>(data), size}, adapter->schema());
    const CallResult result = fuzz::decode_and_check(*adapter, exchange);
    const std::string& shown = exchange.response.body;

    require(result.vendor_run_id.empty(), "CFG names no run in an answer to a start", shown);
    if (result.outcome == Outcome::accepted) {
        require(exchange.response.status == 200, "only 200 accepts", shown);
        const auto body = parse_json(shown);
        const auto* response = member(&*body, "Response");
        require(response != nullptr && response->is_object(), "only a Response accepts", shown);
        const auto* error = member(response, "Error");
        require(error == nullptr || error->is_null(), "an Error never accepts", shown);
        if (exchange.call.action == Action::query && !exchange.call.batched)
            require(result.observations.size() == 1, "an accepted query shows its task", shown);
        if (exchange.call.action != Action::query)
            require(!result.request_id.empty(), "an effect is acknowledged by its request's id", shown);
    }
    if (exchange.call.batched) {
        for (const auto& [id, seen] : result.observations) require(!seen.token, "a list names no run", shown);
    }
    return 0;
}
