// SPDX-License-Identifier: Apache-2.0
// Answers of CPTS, read by its adapter (decoding.hpp says in which form). Beyond what holds for all: only the
// documented success codes accept, and no filler becomes a run id.
#include <boost/json.hpp>

#include "providers/json_values.hpp"
#include "tests/fuzz/decoding.hpp"
#include "tests/fuzz/property.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace taktd;
    using fuzz::require;
    static const auto adapter = find_provider("huawei-cpts")->create_adapter();
    const auto exchange = fuzz::read_exchange({reinterpret_cast<const char*>(data), size}, adapter->schema());
    const CallResult result = fuzz::decode_and_check(*adapter, exchange);
    const std::string& shown = exchange.response.body;

    require(result.outcome != Outcome::clock_skew, "whether clocks differ is for the engine to say", shown);
    if (exchange.response.status == 401)
        require(result.outcome == Outcome::unauthorized || result.outcome == Outcome::uncertain,
                "401 refuses nothing else", shown);
    if (result.outcome == Outcome::accepted) {
        require(result.vendor_code.find("CPTS.0000000") != std::string::npos, "only success is success", shown);
        if (exchange.call.action == Action::query)
            require(result.observations.size() == 1, "an accepted query shows its task", shown);
    }
    const auto is_run_id = [](const std::string& id) { return id != "0" && !id.starts_with('-'); };
    require(is_run_id(result.vendor_run_id), "a run id is no filler", shown);
    for (const auto& [id, seen] : result.observations) {
        require(is_run_id(seen.token.value_or("")), "a token is no filler", shown);
        if (seen.remote == RemoteState::ended) require(seen.token.has_value(), "what never ran has not ended", shown);
    }
    return 0;
}
